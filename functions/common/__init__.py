"""Shared by all functions: keys, settings, documents, status, locks and gateways."""
