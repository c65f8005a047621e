"""A job's folders to the images of both sides: which files, each read once, and what to warn of."""
