"""Lifecycle configurations of buckets, and what answers about objects and uploads tell of them.

S3: API/API_PutBucketLifecycleConfiguration.html and its neighbours
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Required, TypedDict, Unpack

from fakes3.model import lifecycle
from fakes3.model.bucket import Bucket
from fakes3.model.errors import NoSuchLifecycleConfiguration
from fakes3.model.lifecycle import (
    OF_ALL_CLASSES,
    Filter,
    Rule,
    abortion,
    check_configuration,
    expiration_header,
)
from fakes3.model.uploads import MultipartUpload
from fakes3.model.versions import Version
from fakes3.operations.registry import Call, Document, ExpectedOwner, Members, operation


class LifecycleTag(TypedDict):
    """A tag that objects must have."""

    Key: Required[str]
    Value: Required[str]


class And(TypedDict, total=False):
    """Several conditions, which objects must all meet."""

    Prefix: str
    Tags: list[LifecycleTag]
    ObjectSizeGreaterThan: int
    ObjectSizeLessThan: int


class RuleFilter(TypedDict, total=False):
    """Which objects a rule is for: one condition, or none."""

    Prefix: str
    Tag: LifecycleTag
    ObjectSizeGreaterThan: int
    ObjectSizeLessThan: int
    And: And


class Expiration(TypedDict, total=False):
    """When current objects expire."""

    Days: int
    Date: datetime
    ExpiredObjectDeleteMarker: bool


class Transition(TypedDict, total=False):
    """When current objects move."""

    Days: int
    Date: datetime
    StorageClass: str


class NoncurrentExpiration(TypedDict, total=False):
    """When noncurrent versions go."""

    NoncurrentDays: int
    NewerNoncurrentVersions: int


class NoncurrentTransition(TypedDict, total=False):
    """When noncurrent versions move."""

    NoncurrentDays: int
    NewerNoncurrentVersions: int
    StorageClass: str


class Abort(TypedDict, total=False):
    """When multipart uploads are aborted."""

    DaysAfterInitiation: int


class LifecycleRule(TypedDict, total=False):
    """One rule."""

    ID: str
    Status: Required[str]
    Prefix: str
    Filter: RuleFilter
    Expiration: Expiration
    Transitions: list[Transition]
    NoncurrentVersionExpiration: NoncurrentExpiration
    NoncurrentVersionTransitions: list[NoncurrentTransition]
    AbortIncompleteMultipartUpload: Abort


class Configuration(TypedDict):
    """The body of PutBucketLifecycleConfiguration."""

    Rules: Required[list[LifecycleRule]]


@operation
def put_bucket_lifecycle_configuration(
    s3: Call,
    *,
    Bucket: str,
    LifecycleConfiguration: Document[Configuration],
    TransitionDefaultMinimumObjectSize: str = OF_ALL_CLASSES,
    **headers: Unpack[ExpectedOwner],
) -> Members:
    """Set the bucket's rules, in place of all it had. They run from the next midnight on, on what is there too."""
    bucket = s3.bucket(Bucket, to="s3:PutLifecycleConfiguration", **headers)
    rules = LifecycleConfiguration.read()["Rules"]
    configuration = lifecycle.LifecycleConfiguration(
        tuple(_rule(each, s3.ids.opaque(f"rule {number}", s3.sequence)) for number, each in enumerate(rules)),
        TransitionDefaultMinimumObjectSize,
    )
    check_configuration(configuration)
    s3.commit(replace(bucket, lifecycle=configuration))
    s3.world = s3.world.with_lifecycle(s3.now)
    return {"TransitionDefaultMinimumObjectSize": configuration.minimum}


@operation
def get_bucket_lifecycle_configuration(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Tell the bucket's rules, in the order and the form they were put in."""
    configuration = s3.bucket(Bucket, to="s3:GetLifecycleConfiguration", **headers).lifecycle
    if configuration is None:
        raise NoSuchLifecycleConfiguration(BucketName=Bucket)
    return {
        "Rules": [_members(rule) for rule in configuration.rules],
        "TransitionDefaultMinimumObjectSize": configuration.minimum,
    }


@operation
def delete_bucket_lifecycle(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Take all rules from the bucket; it need not have any."""
    bucket = s3.bucket(Bucket, to="s3:PutLifecycleConfiguration", **headers)
    if bucket.lifecycle is not None:
        s3.commit(replace(bucket, lifecycle=None))
    return {}


def expiration_members(bucket: Bucket, key: str, version: Version) -> Members:
    """The member that tells when a current object expires, where a rule says so."""
    if bucket.lifecycle is None:
        return {}
    told = expiration_header(key, version, bucket.lifecycle)
    return {} if told is None else {"Expiration": told}


def abortion_members(bucket: Bucket, upload: MultipartUpload) -> Members:
    """The members that tell when an upload is aborted, where a rule says so."""
    told = abortion(upload.key, upload.initiated, bucket.lifecycle)
    return {} if told is None else {"AbortDate": told[0], "AbortRuleId": told[1]}


def _rule(sent: LifecycleRule, fallback_id: str) -> Rule:
    expiration, removal, abort = (
        sent.get("Expiration"),
        sent.get("NoncurrentVersionExpiration"),
        sent.get("AbortIncompleteMultipartUpload"),
    )
    return Rule(
        id=sent.get("ID") or fallback_id,
        is_enabled=sent["Status"] == "Enabled",
        filter=_filter(sent["Filter"]) if "Filter" in sent else None,
        prefix=sent.get("Prefix"),
        expiration=None
        if expiration is None
        else lifecycle.Expiration(
            expiration.get("Days"), expiration.get("Date"), expiration.get("ExpiredObjectDeleteMarker")
        ),
        transitions=tuple(
            lifecycle.Transition(each.get("StorageClass"), each.get("Days"), each.get("Date"))
            for each in sent.get("Transitions", ())
        ),
        noncurrent_expiration=None
        if removal is None
        else lifecycle.NoncurrentVersionExpiration(
            removal.get("NoncurrentDays"), removal.get("NewerNoncurrentVersions")
        ),
        noncurrent_transitions=tuple(
            lifecycle.NoncurrentVersionTransition(
                each.get("StorageClass"), each.get("NoncurrentDays"), each.get("NewerNoncurrentVersions")
            )
            for each in sent.get("NoncurrentVersionTransitions", ())
        ),
        abort=None if abort is None else lifecycle.AbortIncompleteMultipartUpload(abort.get("DaysAfterInitiation")),
    )


def _filter(sent: RuleFilter) -> Filter:
    tag, every = sent.get("Tag"), sent.get("And")
    return Filter(
        prefix=sent.get("Prefix"),
        tags=() if tag is None else ((tag["Key"], tag["Value"]),),
        larger_than=sent.get("ObjectSizeGreaterThan"),
        smaller_than=sent.get("ObjectSizeLessThan"),
        every=None
        if every is None
        else Filter(
            prefix=every.get("Prefix"),
            tags=tuple((each["Key"], each["Value"]) for each in every.get("Tags", ())),
            larger_than=every.get("ObjectSizeGreaterThan"),
            smaller_than=every.get("ObjectSizeLessThan"),
        ),
    )


def _members(rule: Rule) -> Members:
    """A rule as its document tells it."""
    expiration, removal, abort = rule.expiration, rule.noncurrent_expiration, rule.abort
    told: Members = {"ID": rule.id, "Status": "Enabled" if rule.is_enabled else "Disabled"}
    if rule.filter is not None:
        told["Filter"] = _filter_members(rule.filter)
    if rule.prefix is not None:
        told["Prefix"] = rule.prefix
    if expiration is not None:
        told["Expiration"] = {
            "Days": expiration.days,
            "Date": expiration.date,
            "ExpiredObjectDeleteMarker": expiration.expired_delete_marker,
        }
    if rule.transitions:
        told["Transitions"] = [
            {"Days": each.days, "Date": each.date, "StorageClass": each.storage_class} for each in rule.transitions
        ]
    if removal is not None:
        told["NoncurrentVersionExpiration"] = {
            "NoncurrentDays": removal.days,
            "NewerNoncurrentVersions": removal.newer_versions,
        }
    if rule.noncurrent_transitions:
        told["NoncurrentVersionTransitions"] = [
            {
                "NoncurrentDays": each.days,
                "NewerNoncurrentVersions": each.newer_versions,
                "StorageClass": each.storage_class,
            }
            for each in rule.noncurrent_transitions
        ]
    if abort is not None:
        told["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": abort.days}
    return told


def _filter_members(rule_filter: Filter) -> Members:
    tags = [{"Key": key, "Value": value} for key, value in rule_filter.tags]
    return {
        "Prefix": rule_filter.prefix,
        "Tag": tags[0] if tags else None,
        "ObjectSizeGreaterThan": rule_filter.larger_than,
        "ObjectSizeLessThan": rule_filter.smaller_than,
        "And": None if rule_filter.every is None else _and_members(rule_filter.every),
    }


def _and_members(every: Filter) -> Members:
    return {
        "Prefix": every.prefix,
        "Tags": [{"Key": key, "Value": value} for key, value in every.tags],
        "ObjectSizeGreaterThan": every.larger_than,
        "ObjectSizeLessThan": every.smaller_than,
    }
