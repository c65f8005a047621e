"""Puts each image on a side, train or validation, for good, and makes the dataset."""
