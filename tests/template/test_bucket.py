"""The bucket: private, versioned, encrypted, kept, tidy."""

from __future__ import annotations

from typing import Any

import pytest

from common import keys


@pytest.fixture
def bucket(resources: dict[str, Any]) -> dict[str, Any]:
    bucket: dict[str, Any] = resources["Bucket"]
    return bucket


def rule(bucket: dict[str, Any], name: str) -> dict[str, Any]:
    [statement] = [
        r for r in bucket["Properties"]["LifecycleConfiguration"]["Rules"] if r["Id"] == name
    ]
    assert statement["Status"] == "Enabled"
    return dict(statement)


def test_its_name_is_generated(bucket: dict[str, Any]):
    assert "BucketName" not in bucket["Properties"]


def test_it_is_kept_with_its_images_but_not_when_its_creation_fails(bucket: dict[str, Any]):
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"


def test_all_public_access_is_blocked(bucket: dict[str, Any]):
    block = bucket["Properties"]["PublicAccessBlockConfiguration"]

    assert len(block) == 4
    assert all(value is True for value in block.values())


def test_it_is_versioned_and_encrypted_so_that_etags_tell_contents(bucket: dict[str, Any]):
    [encryption] = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_it_answers_over_tls_alone(resources: dict[str, Any]):
    [statement] = resources["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_what_grows_for_nothing_expires_and_nothing_else(bucket: dict[str, Any]):
    expiring = {
        r["Prefix"]: r["ExpirationInDays"]
        for r in bucket["Properties"]["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in r
    }

    assert set(expiring) == {keys.DATASETS, keys.CHECKPOINTS, keys.REFUSED, keys.THUMBNAILS}
    assert expiring[keys.DATASETS] == {"Ref": "DatasetExpiryDays"}


def test_checkpoints_outlive_the_longest_job(bucket: dict[str, Any], template: dict[str, Any]):
    """A spot job may run for MaximumRunSeconds, and from first to last for twice that."""
    longest = 2 * template["Parameters"]["MaximumRunSeconds"]["MaxValue"] / 86_400
    checkpoints = rule(bucket, "ExpireCheckpoints")

    assert checkpoints["ExpirationInDays"] > longest
    assert checkpoints["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_old_versions_and_unfinished_uploads_expire(bucket: dict[str, Any]):
    assert rule(bucket, "ExpireNoncurrentVersions")["NoncurrentVersionExpiration"]
    pages = rule(bucket, "ExpireVersionsOfPages")
    assert (pages["Prefix"], pages["NoncurrentVersionExpiration"]) == (
        keys.PREDICTIONS,
        {"NoncurrentDays": 1},
    )
    assert rule(bucket, "AbortUnfinishedUploads")["AbortIncompleteMultipartUpload"]
