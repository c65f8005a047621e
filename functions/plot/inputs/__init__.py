"""What plot reads: what the job left, and what the split wrote of its dataset."""
