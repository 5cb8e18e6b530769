"""Strategies of hypothesis for what S3 takes, and for what it refuses. They are made in `testing/strategies.py`."""

from fakes3.testing.strategies import (
    Invalid,
    bodies,
    bucket_names,
    canned_acls,
    metadata,
    object_keys,
    policies,
    retentions,
    storage_classes,
    tag_sets,
)

__all__ = [
    "Invalid",
    "bodies",
    "bucket_names",
    "canned_acls",
    "metadata",
    "object_keys",
    "policies",
    "retentions",
    "storage_classes",
    "tag_sets",
]
