"""What the configurations of a directory bucket may say: its default encryption, and its lifecycle.

S3: API/API_PutBucketEncryption.html, API/API_PutBucketLifecycleConfiguration.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fakes3.model.encryption import AES256, KMS, BucketEncryption
from fakes3.model.errors import InvalidArgument, InvalidRequest, S3Error

_DEFAULT = "ApplyServerSideEncryptionByDefault"
_LIFECYCLE_TAKES = frozenset({"ID", "Status", "Filter", "Prefix", "Expiration", "AbortIncompleteMultipartUpload"})
_FILTERS_TAKEN = frozenset({"Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"})


def check_directory_encryption(now: BucketEncryption, document: Mapping[str, Any]) -> None:
    """Refuse a default encryption that a directory bucket cannot have.

    It is SSE-S3, or SSE-KMS with one key of the customer's, which stays the same, and with an S3 Bucket Key.

    Raises: InvalidArgument.
    S3: userguide/s3-express-UsingKMSEncryption.html
    """
    for rule in document.get("Rules", ()):
        default = rule.get(_DEFAULT, {"SSEAlgorithm": AES256})
        algorithm, key = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
        if "BlockedEncryptionTypes" in rule:
            raise _refuse("BlockedEncryptionTypes", "no directory bucket takes customers' keys. Leave it out.")
        if algorithm not in {AES256, KMS}:
            raise _refuse("SSEAlgorithm", f'directory buckets have SSE-S3 and SSE-KMS. Pass "{AES256}" or "{KMS}".')
        if algorithm == KMS and (key is None or "alias/" in key):
            raise _refuse("KMSMasterKeyID", "SSE-KMS needs a key of the customer's. Pass its id or its ARN.")
        if algorithm == KMS and now.kms_key not in {None, key}:
            raise _refuse("KMSMasterKeyID", f"the key of the bucket cannot be changed. Pass {now.kms_key}.")
        if algorithm == KMS and rule.get("BucketKeyEnabled") is False:
            raise _refuse("BucketKeyEnabled", "S3 Bucket Keys cannot be switched off. Leave it out.")


def check_directory_lifecycle(rules: Iterable[Mapping[str, Any]]) -> None:
    """Refuse rules of lifecycle that do anything but expire objects and abort uploads, or select objects by tags.

    Raises: InvalidRequest.
    S3: API/API_GetBucketLifecycleConfiguration.html, userguide/directory-buckets-objects-lifecycle.html
    """
    for rule in rules:
        conditions = rule.get("Filter", {})
        others = {*(rule.keys() - _LIFECYCLE_TAKES), *(conditions.keys() - _FILTERS_TAKEN)}
        others |= conditions.get("And", {}).keys() - _FILTERS_TAKEN
        others |= rule.get("Expiration", {}).keys() & {"ExpiredObjectDeleteMarker"}
        if others:
            # No page gives S3's answer.
            name = min(others)
            raise InvalidRequest(
                f"{name} is not supported for directory buckets.",
                reason="rules of a directory bucket expire objects or abort uploads, by prefix and size. Leave it out.",
            )


def _refuse(name: str, reason: str) -> S3Error:
    """Return the error for a member of a default encryption; no page gives S3's answer."""
    return InvalidArgument(ArgumentName=name, reason=reason)
