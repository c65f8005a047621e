"""Launch: starts at most one training job for a dataset."""
