"""Readers of the job's results and of the split's documents."""
