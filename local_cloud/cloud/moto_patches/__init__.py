"""The only package that touches moto's insides: one module for each thing moto leaves out."""

from __future__ import annotations

from functools import cache

from local_cloud.cloud.moto_patches import (
    bucket_properties,
    change_sets,
    cloudformation_types,
    code_packages,
    event_rules,
    function_properties,
    lambda_invoke,
    parameter_values,
    queue_storage,
    request_speed,
    s3_notifications,
    sam_transform,
    schedule_times,
    service_quotas,
    stack_operations,
    stack_updates,
    training_jobs,
)


@cache
def install() -> None:
    """Mend moto in this process, once: its classes are shared by every server in the process."""
    for seam in (
        request_speed,
        queue_storage,
        sam_transform,
        parameter_values,
        stack_updates,
        change_sets,
        stack_operations,
        cloudformation_types,
        bucket_properties,
        function_properties,
        code_packages,
        event_rules,
        lambda_invoke,
        s3_notifications,
        schedule_times,
        training_jobs,
        service_quotas,
    ):
        seam.install()
