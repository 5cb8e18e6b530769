"""Objects that services of AWS write into buckets: logs and reports.

S3: userguide/enable-server-access-logging.html, userguide/example-bucket-policies.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from fakes3.model.access_log import LOG_DELIVERY, Record, requester_of
from fakes3.model.acl import Acl, shared_acl
from fakes3.model.bytes_rope import Rope
from fakes3.model.identity import Principal, canonical_id
from fakes3.model.ownership import Ownership
from fakes3.operations.access_logs import log
from fakes3.operations.background import MadeBody, perform_as
from fakes3.operations.call import Call


class Sender(NamedTuple):
    """A service that writes objects on account of a bucket, the source."""

    service: Principal
    arn: str
    """That of the source."""
    account: str
    """That which owns the source."""
    grants: Acl = ()
    """What others are granted on the objects, where ACLs apply."""
    gives_away: bool = False
    """Whether it writes with the canned ACL `bucket-owner-full-control`."""

    @property
    def condition_keys(self) -> Mapping[str, tuple[str, ...]]:
        """What policies can ask about its writes."""
        found = {"aws:sourcearn": (self.arn,), "aws:sourceaccount": (self.account,)}
        return found | ({"s3:x-amz-acl": ("bucket-owner-full-control",)} if self.gives_away else {})


def deliver_object(s3: Call, sender: Sender, bucket: str, key: str, body: bytes, **members: Any) -> None:
    """Write an object. Where ACLs apply, the bucket's owner gets full control of it. It is logged as a request is.

    The service needs no right but s3:PutObject.

    Raises: the errors of PutObject.
    """
    whole = members | {"Bucket": bucket, "Key": key, "Body": MadeBody(Rope.of(body))}
    perform_as(s3, sender.service, "PutObject", sender.condition_keys, **whole)
    if s3.world.buckets[bucket].acls_apply:
        _set_acl(s3, sender, bucket, key)
    record = Record(
        at=s3.now,
        operation="REST.PUT.OBJECT",
        requester=requester_of(sender.service),
        request_id=s3.ids.opaque_16(f"delivery of {key}", s3.sequence),
        key=key,
        status=200,
        size=len(body),
    )
    s3.world = log(s3.world, [(bucket, record)], causes_delivery=sender.service != LOG_DELIVERY)


def _set_acl(s3: Call, sender: Sender, bucket: str, key: str) -> None:
    target = s3.world.buckets[bucket]
    version = target.versions.current[key]
    owner = target.owner if sender.gives_away and target.ownership is Ownership.PREFERRED else version.owner
    acl = shared_acl(canonical_id(owner), canonical_id(target.owner), sender.grants)
    settled = replace(version, owner=owner, attributes=replace(version.attributes, acl=acl))
    target = target.with_versions(target.versions.replaced(key, version, settled))
    s3.world = s3.world._replace(buckets=s3.world.buckets.set(bucket, target))
