"""What is computed from the predictions. Pure, in NumPy."""
