"""Buckets and bucket policies of moto's CloudFormation: what a template says of them is put into the fake.

moto's own class of buckets knows two of the properties, and nothing of policies. Here each property is the document of
an operation of S3, with other names for some of its members. So S3's own rules judge it, and a property that is not in
the table is refused by its name.

S3: AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html and its neighbours
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, cast

from fakes3.model.errors import MalformedXML, UnmockedRequest
from fakes3.model.regions import partition_of
from fakes3.operations.members import Members
from fakes3.operations.registry import REGISTRY
from fakes3.wire.structures import compile_structure
from fakes3.wire.table import Member, Shape, find_operation
from fakes3.wire.xml import escape, parse_xml

BUCKET = "AWS::S3::Bucket"
POLICY = "AWS::S3::BucketPolicy"


class _Property(NamedTuple):
    """The operation that puts a property, and what is done when a template no longer has it."""

    operation: str
    member: str
    within: str | None = None
    """The member of the document in which the property stands; None for a property that is the document."""
    delete: str = ""
    """The operation that takes it away."""
    without: Mapping[str, Any] | None = None
    """The document that is put instead, where there is no such operation."""
    beside: Mapping[str, Any] = {}
    """Other members that the operation is given."""


_PROPERTIES = {
    # Those come first on which others depend.
    "OwnershipControls": _Property(
        "PutBucketOwnershipControls", "OwnershipControls", delete="DeleteBucketOwnershipControls"
    ),
    "PublicAccessBlockConfiguration": _Property(
        "PutPublicAccessBlock", "PublicAccessBlockConfiguration", delete="DeletePublicAccessBlock"
    ),
    "VersioningConfiguration": _Property(
        "PutBucketVersioning", "VersioningConfiguration", without={"Status": "Suspended"}
    ),
    "AccelerateConfiguration": _Property(
        "PutBucketAccelerateConfiguration", "AccelerateConfiguration", without={"Status": "Suspended"}
    ),
    "BucketEncryption": _Property(
        "PutBucketEncryption", "ServerSideEncryptionConfiguration", delete="DeleteBucketEncryption"
    ),
    "CorsConfiguration": _Property("PutBucketCors", "CORSConfiguration", delete="DeleteBucketCors"),
    "LifecycleConfiguration": _Property(
        "PutBucketLifecycleConfiguration", "LifecycleConfiguration", delete="DeleteBucketLifecycle"
    ),
    "LoggingConfiguration": _Property("PutBucketLogging", "BucketLoggingStatus", "LoggingEnabled", without={}),
    "NotificationConfiguration": _Property(
        "PutBucketNotificationConfiguration",
        "NotificationConfiguration",
        without={},
        beside={"SkipDestinationValidation": True},  # moto knows no policies of queues and topics in templates
    ),
    "ObjectLockConfiguration": _Property(
        "PutObjectLockConfiguration", "ObjectLockConfiguration", without={"ObjectLockEnabled": "Enabled"}
    ),
    "ReplicationConfiguration": _Property(
        "PutBucketReplication", "ReplicationConfiguration", delete="DeleteBucketReplication"
    ),
    "Tags": _Property("PutBucketTagging", "Tagging", "TagSet", delete="DeleteBucketTagging"),
    "WebsiteConfiguration": _Property("PutBucketWebsite", "WebsiteConfiguration", delete="DeleteBucketWebsite"),
}

_OTHERS = frozenset({"AccessControl", "BucketName", "ObjectLockEnabled"})
"""Properties that are no documents: a canned ACL, and those of which a bucket is made."""

_PRIVATE = "Private"
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")

_NAMES: Mapping[str, Mapping[str, str]] = {
    "AccelerateConfiguration": {"AccelerationStatus": "Status"},
    "CORSConfiguration": {"CorsRules": "CORSRules"},
    "CORSRule": {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"},
    "LambdaFunctionConfiguration": {"Event": "Events", "Function": "LambdaFunctionArn"},
    "LifecycleRule": {
        "ExpirationDate": "Expiration.Date",
        "ExpirationInDays": "Expiration.Days",
        "ExpiredObjectDeleteMarker": "Expiration.ExpiredObjectDeleteMarker",
        "Id": "ID",
        "NoncurrentVersionExpirationInDays": "NoncurrentVersionExpiration.NoncurrentDays",
        "NoncurrentVersionTransition": "NoncurrentVersionTransitions",
        "ObjectSizeGreaterThan": "Filter.ObjectSizeGreaterThan",
        "ObjectSizeLessThan": "Filter.ObjectSizeLessThan",
        "Prefix": "Filter.Prefix",
        "TagFilters": "Filter.Tags",
        "Transition": "Transitions",
    },
    "LoggingEnabled": {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"},
    "NoncurrentVersionTransition": {"TransitionInDays": "NoncurrentDays"},
    "NotificationConfiguration": {"LambdaConfigurations": "LambdaFunctionConfigurations"},
    "NotificationConfigurationFilter": {"S3Key": "Key"},
    "QueueConfiguration": {"Event": "Events", "Queue": "QueueArn"},
    "ReplicationRule": {"Id": "ID"},
    "ReplicationRuleAndOperator": {"TagFilters": "Tags"},
    "ReplicationRuleFilter": {"TagFilter": "Tag"},
    "RoutingRule": {"RedirectRule": "Redirect", "RoutingRuleCondition": "Condition"},
    "S3KeyFilter": {"Rules": "FilterRules"},
    "ServerSideEncryptionConfiguration": {"ServerSideEncryptionConfiguration": "Rules"},
    "ServerSideEncryptionRule": {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"},
    "TopicConfiguration": {"Event": "Events", "Topic": "TopicArn"},
    "Transition": {"TransitionDate": "Date", "TransitionInDays": "Days"},
    "WebsiteConfiguration": {"ErrorDocument": "ErrorDocument.Key", "IndexDocument": "IndexDocument.Suffix"},
}
"""The names of templates, and those of the API, by the shapes that have these. A dot goes into another structure."""


class StackBuckets:
    """Stands for moto's class of buckets where a stack makes, changes and deletes them.

    Args:
        models: moto's models of S3, whose backends are the fake's.
    """

    def __init__(self, models: Any) -> None:
        self._models = models

    def __getattr__(self, name: str) -> Any:
        return getattr(self._models.FakeBucket, name)

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        """Make a bucket with its properties, or none where S3 refuses one of them."""
        backend, properties = find_backend(self._models, account_id, region_name), cloudformation_json["Properties"]
        changes = find_changes(resource_name, {}, properties)
        members: Members = {"ObjectLockEnabledForBucket": _is_true(properties.get("ObjectLockEnabled", False))}
        for controls in properties.get("OwnershipControls", {}).get("Rules", ()):
            members["ObjectOwnership"] = controls["ObjectOwnership"]
        bucket = backend.make_bucket(resource_name, region_name, members)
        try:
            for operation, given in changes:
                backend.perform(operation, given)
        except Exception:
            backend.delete_bucket(resource_name)
            raise
        bucket.stack_properties = properties
        return bucket

    def update_from_cloudformation_json(
        self,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        """Put what has changed, and take away what the template no longer has. Another name is another bucket."""
        properties, name = cloudformation_json["Properties"], original_resource.name
        if properties.get("BucketName", name) != name:
            new = self.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
            self.delete_from_cloudformation_json(name, cloudformation_json, account_id, region_name)
            return new
        backend = find_backend(self._models, account_id, region_name)
        for operation, given in find_changes(name, getattr(original_resource, "stack_properties", {}), properties):
            backend.perform(operation, given)
        original_resource.stack_properties = properties
        return original_resource

    def delete_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Delete a bucket. One that is not empty stays, as at moto."""
        find_backend(self._models, account_id, region_name).delete_bucket(resource_name)


class StackPolicies:
    """Stands for the class of bucket policies, which moto has not."""

    def __init__(self, models: Any) -> None:
        self._models = models

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> StackPolicy:
        """Put the policy of a bucket."""
        properties = cloudformation_json["Properties"]
        bucket, policy = properties["Bucket"], properties["PolicyDocument"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        backend = find_backend(self._models, account_id, region_name)
        backend.perform("PutBucketPolicy", {"Bucket": bucket, "Policy": Document(lambda: text)})
        return StackPolicy(bucket)

    def update_from_cloudformation_json(
        self,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> StackPolicy:
        """Put another policy, perhaps of another bucket."""
        new = self.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        before = original_resource.physical_resource_id
        if before != new.physical_resource_id:
            self.delete_from_cloudformation_json(before, cloudformation_json, account_id, region_name)
        return new

    def delete_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Delete the policy of a bucket, unless the bucket is gone already: stacks delete in any order."""
        backend = find_backend(self._models, account_id, region_name)
        if resource_name in backend.buckets:
            backend.perform("DeleteBucketPolicy", {"Bucket": resource_name})

    @staticmethod
    def has_cfn_attr(_attr: str) -> bool:
        """Whether templates can ask for an attribute: there is none."""
        return False


class StackPolicy:
    """The policy of a bucket, as a stack keeps it. Its name is that of the bucket."""

    type = POLICY

    def __init__(self, bucket: str) -> None:
        self.physical_resource_id = bucket

    @staticmethod
    def is_created() -> bool:
        """Whether the stack need not wait for it."""
        return True


class Document(NamedTuple):
    """The document of a request that nobody has sent."""

    read: Callable[[], Any]
    """Returns its members, or its text."""


def find_backend(models: Any, account: str, region: str) -> Any:
    """Return the backend of an account. Older moto has one for all partitions."""
    backends, partition = models.s3_backends[account], partition_of(region)
    return backends[partition if partition in backends else "global"]


def find_changes(bucket: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Members]]:
    """Return the operations that lead from the properties of a bucket to others, each with its members.

    Raises: UnmockedRequest, for properties that have no operation here.
    """
    unknown = sorted(after.keys() - _PROPERTIES.keys() - _OTHERS)
    if unknown:
        raise UnmockedRequest(
            f"A template of CloudFormation gives a bucket {', '.join(unknown)}, which fakes3 does not read from "
            "templates, and never ignores. Leave it out of the template, and set it by a client of boto3."
        )
    found: list[tuple[str, Members]] = []
    for name, row in _PROPERTIES.items():
        if name in after and after[name] != before.get(name):
            document = _add_default(name, after[name], bucket)
        elif name in before and name not in after:
            document = row.without
        else:
            continue
        if document is None:
            found.append((row.delete, {"Bucket": bucket}))
        else:
            within = document if row.within is None or not document else {row.within: document}
            members = {"Bucket": bucket, row.member: Document(partial(_read, row, within)), **row.beside}
            found.append((row.operation, members))
    acl = after.get("AccessControl", _PRIVATE)
    if acl != before.get("AccessControl", _PRIVATE):
        found.append(("PutBucketAcl", {"Bucket": bucket, "ACL": _CAPITAL.sub("-", acl).lower()}))
    return found


def _add_default(name: str, stated: Any, bucket: str) -> Any:
    """Return a property with what S3's document needs and a template may leave out: a bucket can log into itself."""
    return {"DestinationBucketName": bucket} | stated if name == "LoggingConfiguration" else stated


def _read(row: _Property, document: Any) -> Members:
    """Return the members of a document, as S3 reads them. Raises: what S3 raises for a wrong one."""
    shape = find_operation(row.operation).input
    payload = cast(Shape, shape).members[row.member]
    root = parse_xml(_write(row.member, document, payload.shape).encode())
    return compile_structure(payload.shape, REGISTRY[row.operation].accepts[row.member])(root)


def _write(name: str, value: Any, shape: Shape) -> str:
    """Return the element of a value of a template. Raises: MalformedXML, for members that S3 does not know."""
    if shape.type != "structure" or not isinstance(value, Mapping):
        return f"<{name}>{escape(_text(value))}</{name}>"
    elements = []
    for member_name, inner in _rename(value, shape).items():
        member = shape.members.get(member_name)
        if member is None:
            raise MalformedXML(reason=f"{shape.name} has no {member_name}. Take it out of the template.")
        elements.append(_write_member(member, inner))
    return f"<{name}>{''.join(elements)}</{name}>"


def _write_member(member: Member, value: Any) -> str:
    """Return the element of a member; of a list, those of its items, with or without one around them."""
    if member.shape.type != "list":
        return _write(member.wire_name, value, member.shape)
    items, item = value if isinstance(value, list) else [value], member.shape.member
    if member.flattened:
        return "".join(_write(member.wire_name, each, item.shape) for each in items)
    inside = "".join(_write(item.wire_name, each, item.shape) for each in items)
    return f"<{member.wire_name}>{inside}</{member.wire_name}>"


def _rename(value: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return what a template says of a structure by the API's names, and in the API's structures."""
    names, found = _NAMES.get(shape.name, {}), dict[str, Any]()
    for name, inner in value.items():
        outer, dot, own = names.get(name, name).rpartition(".")
        place = found.setdefault(outer, {}) if dot else found
        place[own] = inner
    if shape.name == "LifecycleRule":
        found["Filter"] = _filter(found.get("Filter", {}))
    if shape.name == "NotificationConfiguration":
        bridge = found.pop("EventBridgeConfiguration", None)
        if bridge is not None and _is_true(bridge.get("EventBridgeEnabled", True)):
            found["EventBridgeConfiguration"] = {}
    return found


def _filter(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filter of a rule that says in its own properties what it is for; nothing there means all objects."""
    others = {name: value for name, value in parts.items() if name != "Tags"}
    tags = parts.get("Tags", [])
    if len(tags) + len(others) > 1:
        return {"And": dict(parts)}
    return {"Tag": tags[0]} if tags else others or {"Prefix": ""}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_true(value: Any) -> bool:
    return _text(value).lower() == "true"
