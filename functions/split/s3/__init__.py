"""Gateways to S3 for very many objects: list, read first bytes, copy; at the pace S3 allows."""
