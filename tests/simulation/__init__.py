"""The whole chain under random faults: real handlers, moto, a fake trainer, a clock of its own."""
