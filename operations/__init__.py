"""Operates a deployed stack: build, deploy, status, logs, forget, delete, verify.

It works with an AWS account and, when `AWS_ENDPOINT_URL` is set, with the local cloud.
"""
