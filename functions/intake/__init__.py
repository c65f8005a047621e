"""Intake: turns a burst of S3 events into one schedule for the split."""
