"""What every Lambda of the pipeline shares: keys, settings, S3, status, notification."""
