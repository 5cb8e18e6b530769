"""How an operation is declared.

An operation is one function, named as the API names it. Its keyword parameters are the members it accepts. A member
that is not in the signature is answered with 501 `NotImplemented`, so nothing is accepted and then ignored.

An operation that only keeps a document of a bucket has no function of its own: see `configurations.py`.

`MODULES` says which module declares an operation. It is imported when the operation is first done or looked into, since
a test meets few of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, get_args, get_type_hints, is_typeddict

if TYPE_CHECKING:
    from fakes3.operations.members import Members

Accepted: TypeAlias = "Mapping[str, Accepted]"
"""Names of members, each with the names that are accepted inside it."""


class _Everything(dict[str, Any]):
    """Accepts every name, and everything inside it."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Accepted:
        return self


EVERYTHING: Accepted = _Everything()
"""Every member that the API has at a place."""


class Declaration(NamedTuple):
    """What a module says of an operation."""

    function: Callable[..., Members]
    """Takes a `Call` and the members of a request, and returns the members of the response."""
    accepts: Accepted | None = None
    """The members it accepts; None to take them from the function's signature."""
    requires: frozenset[str] = frozenset()
    """The members it requires, where `accepts` is given."""


DECLARED: dict[str, Declaration] = {}
"""The operations of the modules that were imported by now, by their API names."""


class Operation:
    """An operation that is built: its API name, its function, and the members it accepts."""

    def __init__(self, name: str, module: str) -> None:
        self.name = name
        self.module = module
        """The name of the module that declares it."""

    @cached_property
    def _declared(self) -> Declaration:
        import_module(self.module)
        return DECLARED[self.name]

    @cached_property
    def function(self) -> Callable[..., Members]:
        """Takes a `Call` and the members of a request, and returns the members of the response."""
        return self._declared.function

    @cached_property
    def accepts(self) -> Accepted:
        """The members it accepts, each with those it accepts inside it."""
        if self._declared.accepts is not None:
            return self._declared.accepts
        hints = get_type_hints(self.function)
        accepted: dict[str, Accepted] = {}
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                accepted[parameter.name] = _accepted_inside(hints[parameter.name])
            elif parameter.kind is parameter.VAR_KEYWORD:
                (group,) = get_args(hints[parameter.name])
                accepted.update(_accepted_inside(group))
        return accepted

    @cached_property
    def requires(self) -> frozenset[str]:
        """The members it requires: those without a default."""
        if self._declared.accepts is not None:
            return self._declared.requires
        parameters = inspect.signature(self.function).parameters.values()
        return frozenset(
            each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty
        )


def _accepted_inside(hint: Any) -> Accepted:
    """Return the members that a type accepts, also within a document or a list; none for a scalar."""
    from fakes3.operations.members import Members

    if hint == Members:
        return EVERYTHING
    if is_typeddict(hint):
        return {name: _accepted_inside(inner) for name, inner in get_type_hints(hint).items()}
    found: dict[str, Accepted] = {}
    for inner in get_args(hint):
        inside = _accepted_inside(inner)
        if inside is EVERYTHING:
            return inside
        found.update(inside)
    return found


MODULES = {
    "access_points": """
        CreateAccessPoint DeleteAccessPoint DeleteAccessPointPolicy GetAccessPoint GetAccessPointPolicy
        GetAccessPointPolicyStatus ListAccessPoints PutAccessPointPolicy
    """,
    "accounts": "DeleteAccountPublicAccessBlock GetAccountPublicAccessBlock PutAccountPublicAccessBlock",
    "acls": "GetBucketAcl GetObjectAcl PutBucketAcl PutObjectAcl",
    "annotations": "DeleteObjectAnnotation GetObjectAnnotation ListObjectAnnotations PutObjectAnnotation",
    "archive": "RestoreObject",
    "bucket_configurations": """
        DeleteBucketCors DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketOwnershipControls
        DeleteBucketReplication DeleteBucketTagging DeleteBucketWebsite DeletePublicAccessBlock GetBucketAbac
        GetBucketAccelerateConfiguration GetBucketCors GetBucketEncryption GetBucketLifecycleConfiguration
        GetBucketLogging GetBucketNotificationConfiguration GetBucketOwnershipControls GetBucketReplication
        GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetObjectLockConfiguration
        GetPublicAccessBlock PutBucketAbac PutBucketAccelerateConfiguration PutBucketCors PutBucketEncryption
        PutBucketLifecycleConfiguration PutBucketLogging PutBucketNotificationConfiguration
        PutBucketOwnershipControls PutBucketReplication PutBucketRequestPayment PutBucketTagging
        PutBucketVersioning PutBucketWebsite PutObjectLockConfiguration PutPublicAccessBlock
    """,
    "buckets": "CreateBucket DeleteBucket GetBucketLocation HeadBucket ListBuckets",
    "configurations_by_id": """
        DeleteBucketAnalyticsConfiguration DeleteBucketIntelligentTieringConfiguration
        DeleteBucketInventoryConfiguration DeleteBucketMetricsConfiguration GetBucketAnalyticsConfiguration
        GetBucketIntelligentTieringConfiguration GetBucketInventoryConfiguration GetBucketMetricsConfiguration
        ListBucketAnalyticsConfigurations ListBucketIntelligentTieringConfigurations
        ListBucketInventoryConfigurations ListBucketMetricsConfigurations PutBucketAnalyticsConfiguration
        PutBucketIntelligentTieringConfiguration PutBucketInventoryConfiguration PutBucketMetricsConfiguration
    """,
    "copies": "CopyObject",
    "directories": "CreateSession ListDirectoryBuckets RenameObject",
    "encryption": "UpdateObjectEncryption",
    "listings": "ListObjects ListObjectsV2",
    "metadata_tables": """
        CreateBucketMetadataConfiguration CreateBucketMetadataTableConfiguration
        DeleteBucketMetadataConfiguration DeleteBucketMetadataTableConfiguration GetBucketMetadataConfiguration
        GetBucketMetadataTableConfiguration UpdateBucketMetadataAnnotationTableConfiguration
        UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration
    """,
    "object_attributes": "GetObjectAttributes",
    "object_lock": "GetObjectLegalHold GetObjectRetention PutObjectLegalHold PutObjectRetention",
    "objects": "DeleteObject DeleteObjects GetObject HeadObject PutObject",
    "policies": "DeleteBucketPolicy GetBucketPolicy GetBucketPolicyStatus PutBucketPolicy",
    "resource_tags": "ListTagsForResource TagResource UntagResource",
    "select": "SelectObjectContent",
    "tagging": "DeleteObjectTagging GetObjectTagging PutObjectTagging",
    "torrents": "GetObjectTorrent",
    "upload_listings": "ListMultipartUploads ListParts",
    "uploads": "AbortMultipartUpload CompleteMultipartUpload CreateMultipartUpload UploadPart UploadPartCopy",
    "versioning": "ListObjectVersions",
}
"""The names of the operations that each module of this room declares."""

REGISTRY = {
    name: Operation(name, f"fakes3.operations.{module}") for module, names in MODULES.items() for name in names.split()
}
"""Every operation that is built, by its API name."""

_Function = TypeVar("_Function", bound="Callable[..., Members]")


def operation(function: _Function) -> _Function:
    """Declare a function as the S3 operation of its name: `put_object` is PutObject."""
    DECLARED["".join(word.capitalize() for word in function.__name__.split("_"))] = Declaration(function)
    return function
