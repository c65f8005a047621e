"""What the split costs and how fast it is; nothing here runs on AWS."""
