"""Every image judged by a network that has seen nothing like it, and calibrated by that."""
