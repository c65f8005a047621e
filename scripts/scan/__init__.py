"""The scans of template and code: each finding is mended, or skipped with a reason."""
