"""The configurations of a bucket. Each is the document that was put, and a GET returns it.

A document is a frozen value: `freeze` makes it from the members of a request, `thaw` makes the members of a response
from it. It is kept under the name of its configuration. Where a bucket has several of one kind (metrics, inventory,
...), it is kept under its id as well.

Operations do not read documents but views of them, such as `Configurations.lock`. A view is made once, and shared by
all buckets with the same configurations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from fakes3.model.encryption import UNSET_ENCRYPTION, encryption_in, encryption_rule
from fakes3.model.lock import configuration_of as lock_in
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.ownership import Ownership
from fakes3.model.public_access import ALL_BLOCKED, block_of, switches_of
from fakes3.model.versions import Pairs, Versioning

if TYPE_CHECKING:
    from fakes3.model import access_log, cors, lifecycle_rules, notifications, replication_rules, tierings, website

Document: TypeAlias = Mapping[str, Any]
"""The members of a document by their API names, frozen: mappings, tuples and scalars."""

VERSIONING = "BucketVersioning"
TAGGING = "BucketTagging"
ABAC = "BucketAbac"
METADATA = "BucketMetadataConfiguration"
CORS = "BucketCors"
WEBSITE = "BucketWebsite"
LOGGING = "BucketLogging"
ENCRYPTION = "BucketEncryption"
LOCK = "ObjectLockConfiguration"
LIFECYCLE = "BucketLifecycleConfiguration"
OWNERSHIP = "BucketOwnershipControls"
PUBLIC_ACCESS = "PublicAccessBlock"
PAYMENT = "BucketRequestPayment"
ACCELERATION = "BucketAccelerateConfiguration"
REPLICATION = "BucketReplication"
TIERING = "BucketIntelligentTieringConfiguration"
NOTIFICATION = "BucketNotificationConfiguration"
"""The names of the configurations."""

BUCKET_OWNER, REQUESTER = "BucketOwner", "Requester"
"""The values of `Configurations.payer`."""


def freeze(value: Any) -> Any:
    """Return a copy of a value that cannot be changed."""
    if isinstance(value, Mapping):
        return MappingProxyType({name: freeze(each) for name, each in value.items()})
    return tuple(map(freeze, value)) if isinstance(value, list | tuple) else value


def thaw(value: Any) -> Any:
    """Return a copy of a frozen value, in dictionaries and lists that may be changed."""
    if isinstance(value, Mapping):
        return {name: thaw(each) for name, each in value.items()}
    return list(map(thaw, value)) if isinstance(value, tuple) else value


_View = TypeVar("_View")
_Missing = TypeVar("_Missing")


def _view(name: str, read: Callable[[Document], _View], missing: _Missing) -> cached_property[_View | _Missing]:
    """Return a view: what `read` makes of the document of this name, or `missing` where there is none."""

    def view(configurations: Configurations) -> _View | _Missing:
        document = configurations.get(name)
        return missing if document is None else read(document)

    return cached_property(view)


# What few buckets have is imported with the first document of its kind.


def _tags_in(document: Document) -> Pairs:
    from fakes3.model.tags import pairs_of

    return pairs_of(document["TagSet"])


def _lifecycle_in(document: Document) -> lifecycle_rules.Rules:
    from fakes3.model.lifecycle_rules import rules_of

    return rules_of(document)


def _replication_in(document: Document) -> replication_rules.ReplicationRules:
    from fakes3.model.replication_rules import rules_of

    return rules_of(document)


def _cors_in(document: Document) -> tuple[cors.Rule, ...]:
    from fakes3.model.cors import rules_of

    return rules_of(document)


def _website_in(document: Document) -> website.Website:
    from fakes3.model.website import website_of

    return website_of(document)


def _notifications_in(document: Document) -> notifications.Notifications:
    from fakes3.model.notifications import notifications_of

    return notifications_of(document)


def _logging_in(document: Document) -> access_log.Logging | None:
    from fakes3.model.access_log import logging_of

    return logging_of(document)


def _tierings_in(document: Document) -> tierings.Tierings | None:
    from fakes3.model.tierings import tierings_of

    return tierings_of(document)


@dataclass(frozen=True)
class Configurations:
    """The documents of a bucket, and views of them."""

    documents: OrderedMap[tuple[str, str], Document] = OrderedMap()
    """By the name of the configuration and the id, which is "" where there is only one document."""

    def get(self, name: str, config_id: str = "") -> Document | None:
        """Return a document; None where there is none."""
        return self.documents.get((name, config_id))

    def put(self, name: str, document: Document, config_id: str = "") -> Configurations:
        """Return these configurations with this document, in place of an earlier one."""
        return replace(self, documents=self.documents.set((name, config_id), freeze(document)))

    def delete(self, name: str, config_id: str = "") -> Configurations:
        """Return these configurations without one document; it need not be there."""
        return replace(self, documents=self.documents.delete((name, config_id)))

    versioning = _view(VERSIONING, lambda document: Versioning(document["Status"]), None)
    """Whether versions are kept; None for a bucket that never had versioning."""
    has_mfa_delete = _view(VERSIONING, lambda document: document.get("MFADelete") == "Enabled", False)
    """Whether a version is removed for good only with a code of the root user's device."""
    encryption = _view(ENCRYPTION, encryption_in, UNSET_ENCRYPTION)
    """How writes that name no encryption are encrypted, and whether customers' keys are blocked."""
    tags = _view(TAGGING, _tags_in, ())
    """The tags of the bucket."""
    has_abac = _view(ABAC, lambda document: document["Status"] == "Enabled", False)
    """Whether policies see the tags of the bucket."""
    lock = _view(LOCK, lock_in, None)
    """The Object Lock; None where it is not enabled."""
    lifecycle = _view(LIFECYCLE, _lifecycle_in, None)
    """The lifecycle rules; None where there are none."""
    replication = _view(REPLICATION, _replication_in, None)
    """The rules of replication; None where there are none."""
    ownership = _view(OWNERSHIP, lambda document: Ownership(document["Rules"][0]["ObjectOwnership"]), None)
    """The Object Ownership; None where the setting was deleted, which means ObjectWriter."""
    public_access = _view(PUBLIC_ACCESS, block_of, None)
    """What Block Public Access blocks; None where the setting was deleted."""
    cors = _view(CORS, _cors_in, ())
    """The rules by which browsers let pages of other origins use the bucket."""
    website = _view(WEBSITE, _website_in, None)
    """How it is served at the website endpoint; None for a bucket that is no website."""
    notifications = _view(NOTIFICATION, _notifications_in, None)
    """Who is told of events; None for nobody."""
    logging = _view(LOGGING, _logging_in, None)
    """Where its access log goes; None where it has none."""

    @cached_property
    def tierings(self) -> tuple[tierings.Tierings, ...]:
        """The enabled configurations of intelligent tiering."""
        following = takewhile(lambda item: item[0][0] == TIERING, self.documents.scan((TIERING, "")))
        read = (_tierings_in(document) for _, document in following)
        return tuple(each for each in read if each is not None)

    payer = _view(PAYMENT, lambda document: str(document["Payer"]), BUCKET_OWNER)
    """Who pays for requests: "BucketOwner" or "Requester"."""


def ownership_controls(ownership: Ownership) -> Document:
    """Return the document that sets an Object Ownership."""
    return {"Rules": [{"ObjectOwnership": ownership.value}]}


OLD = Configurations()
"""What new buckets had before April 2023: nothing."""

NEW = (
    OLD.put(OWNERSHIP, ownership_controls(Ownership.ENFORCED))
    .put(PUBLIC_ACCESS, switches_of(ALL_BLOCKED))
    .put(ENCRYPTION, encryption_rule(blocks_sse_c=True))
)
"""What new buckets have. S3: userguide/create-bucket-faq.html"""
