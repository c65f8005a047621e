"""Split: decides what of a drop can be trained and copies it into a dataset."""
