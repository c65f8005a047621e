"""Patches for moto, one module per service; nothing else in the project touches moto's insides."""

from __future__ import annotations

import logging
from functools import cache

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local_cloud.cloud.moto_patches import (
    cloudformation_types,
    eventbridge,
    lambda_functions,
    quotas,
    s3,
    s3_notifications,
    sagemaker,
    sam_transform,
    sqs,
    stacks,
)


@cache
def install() -> None:
    """Patch moto in this process, once: all servers of the process share its classes."""
    _remember_backends()
    for patch in (
        sqs,
        sam_transform,
        stacks,
        cloudformation_types,
        s3,
        s3_notifications,
        lambda_functions,
        eventbridge,
        sagemaker,
        quotas,
    ):
        patch.install()


def _remember_backends() -> None:
    """Find each host's service once: moto lists its source folders for every request.

    This doubles the throughput. It also silences the line that werkzeug logs per request.
    """
    dispatcher = DomainDispatcherApplication
    dispatcher.get_backend_for_host = cache(dispatcher.get_backend_for_host)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
