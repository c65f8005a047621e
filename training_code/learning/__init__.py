"""Pixels and labels to a trained network, epoch by epoch, on the machine that there is."""
