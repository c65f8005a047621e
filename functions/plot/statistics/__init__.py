"""Statistics of predictions. Pure, in NumPy."""
