"""Split: decides which images of a drop can be trained on and copies them into a dataset."""
