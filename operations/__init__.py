"""What someone at a desk does with a stack: build, deploy, look, follow a log, delete.

The same commands speak to an AWS account and, with `AWS_ENDPOINT_URL` set, to the local cloud.
"""
