"""The values of the condition keys of a request.

They are worked out only where a policy may need them. Most are members of the request under other names. Those that
only the transport knows (the caller's address, the kind of signature) come from the wire, by `Ask.condition_keys`.

S3: userguide/amazon-s3-policy-keys.html, IAM/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fakes3.model.access_points import AccessPoint
from fakes3.model.actions import condition_key
from fakes3.model.bucket import Bucket
from fakes3.model.dates import format_iso8601, parse_iso8601
from fakes3.model.errors import S3Error
from fakes3.model.identity import Principal
from fakes3.model.names import path_of_source
from fakes3.model.policy_patterns import ConditionKeys
from fakes3.model.tags import pairs_of, parse_tagging
from fakes3.model.versions import Version
from fakes3.operations.members import GRANT_HEADERS

if TYPE_CHECKING:
    from fakes3.operations.call import Call

_MEMBERS = {
    "s3:annotation-prefix": "AnnotationPrefix",
    "s3:delimiter": "Delimiter",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:max-annotation-results": "MaxAnnotationResults",
    "s3:max-keys": "MaxKeys",
    "s3:object-lock-event-hold": "ObjectLockEventHold",
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:object-lock-retain-until-date": "ObjectLockRetainUntilDate",
    "s3:prefix": "Prefix",
    "s3:versionid": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-bucket-namespace": "BucketNamespace",
    "s3:x-amz-copy-source": "CopySource",
    **{f"s3:{header}": member for member, header in GRANT_HEADERS.items()},
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-object-annotation-directive": "AnnotationDirective",
    "s3:x-amz-object-if-match": "ObjectIfMatch",
    "s3:x-amz-object-ownership": "ObjectOwnership",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
}
"""Condition keys, each with the member of the request that is its value."""

_CREATION = "CreateBucketConfiguration"

_TAGGED = (_CREATION, "TagResourceRequest")
"""The documents with tags of a bucket that policies see as `aws:RequestTag`. That of PutBucketTagging is not one.

observed: radkawar/stackd, testdata/aws/s3/abac_authorization_replay.json (legacy-requesttag)
"""

_IN_DOCUMENTS = {
    ("Retention", "Mode"): "s3:object-lock-mode",
    ("Retention", "RetainUntilDate"): "s3:object-lock-retain-until-date",
    ("Retention", "EventHold"): "s3:object-lock-event-hold",
    ("LegalHold", "Status"): "s3:object-lock-legal-hold",
    (_CREATION, "LocationConstraint"): "s3:locationconstraint",
}
"""Members of a request's document, each with the condition key that has its value."""


def condition_keys_of(
    call: Call,
    bucket: Bucket | None,
    version: Version | None,
    *,
    action: str | None = None,
    version_id: str | None = None,
) -> ConditionKeys:
    """Return the condition keys of a request and their values. A key without a value is absent.

    `version` is the object before the request. `action` is the one that is judged; a request may need several.
    """
    found: dict[str, tuple[str, ...]] = dict(call.condition_keys())
    found |= _caller_keys(call.caller)
    found["aws:currenttime"] = (format_iso8601(call.now),)
    found["aws:epochtime"] = (str(int(call.now.timestamp())),)
    if call.region is not None or bucket is not None:
        found["aws:requestedregion"] = (call.region or (bucket.region if bucket is not None else ""),)
    if bucket is not None:
        found["s3:resourceaccount"] = found["aws:resourceaccount"] = (bucket.owner,)
        if bucket.configurations.has_abac:
            # S3: userguide/buckets-tagging.html, for actions on objects as well
            for family in ("aws:resourcetag", "s3:buckettag"):
                found |= _tag_keys(family, bucket.configurations.tags)
    if call.access_point is not None:
        found |= access_point_keys(call.access_point)
    found |= _member_keys(call.members, call.now)
    if version_id is not None:
        found["s3:versionid"] = (version_id,)
    if action == "s3:PutObject":
        found["s3:objectcreationoperation"] = (str(_creates_object(call.members)).lower(),)
    if version is not None:
        found |= _tag_keys("s3:existingobjecttag", version.attributes.tags)
    return found if action is None else {key: found[key] for key in found if _applies_to(key, action)}


def access_point_keys(point: AccessPoint) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of requests through an access point, and of those that are about it.

    S3: userguide/access-points-policies.html, "Condition keys"
    """
    return {
        "s3:dataaccesspointarn": (point.arn,),
        "s3:dataaccesspointaccount": (point.id.account,),
        "s3:accesspointnetworkorigin": (point.network_origin,),
    }


def _applies_to(key: str, action: str) -> bool:
    """Whether S3 has the condition key for this action: none of tags for a delete, no prefix for a listing of uploads.

    S3: service-authorization/latest/reference/list_amazons3.html
    """
    known = condition_key(key)
    return known is None or known.actions is None or action in known.actions


def _creates_object(members: Mapping[str, Any]) -> bool:
    """Whether a write makes an object, and not an upload or a part of one.

    S3: userguide/conditional-writes-enforce.html
    """
    return "PartNumber" not in members and not members.keys().isdisjoint(_ONLY_OF_OBJECTS)


_ONLY_OF_OBJECTS = frozenset({"Body", "CopySource", "MultipartUpload"})
"""Members of PutObject, CopyObject and CompleteMultipartUpload that CreateMultipartUpload does not have."""


def _tag_keys(family: str, tags: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return a condition key for each tag. Policies ignore the case of the name, but tags do not."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in tags:
        name = f"{family}/{key.lower()}"
        found[name] = (*found.get(name, ()), value)
    return found


def _caller_keys(caller: Principal) -> dict[str, tuple[str, ...]]:
    if caller.account is None:
        return {"aws:principaltype": ("Anonymous",), "aws:userid": ("anonymous",)}
    if caller.service is not None:
        return {"aws:principalisawsservice": ("true",), "aws:principalservicename": (caller.service,)}
    kind = "User" if caller.user is not None else "AssumedRole" if caller.role is not None else "Account"
    found: dict[str, tuple[str, ...]] = {
        # In a condition, the ARN of a session is that of its role.
        "aws:principalarn": (caller.role_arn or caller.arn,),
        "aws:principalaccount": (caller.account,),
        "aws:principaltype": (kind,),
        "aws:userid": (caller.unique_id,),
    }
    if caller.user is not None:
        found["aws:username"] = (caller.user.rpartition("/")[2],)
    return found


def _member_keys(members: Mapping[str, Any], now: datetime) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {
        key: (_text(members[name]),) for key, name in _MEMBERS.items() if name in members
    }
    for (document, member), key in _IN_DOCUMENTS.items():
        if document in members and (value := _contents(members[document]).get(member)) is not None:
            found[key] = (_text(value),)
    if (source := found.get("s3:x-amz-copy-source")) is not None:
        found["s3:x-amz-copy-source"] = (_read_source(source[0]),)
    if (until := found.get("s3:object-lock-retain-until-date")) is not None:
        found |= _remaining_days(until[0], now)
    if (days := _hold_days(members)) is not None:
        found["s3:object-lock-event-hold-duration-days"] = (str(days),)
    tags = _read_tags(members)
    if tags:
        found |= _tag_keys("s3:requestobjecttag", tags)
        found["s3:requestobjecttagkeys"] = tuple(key for key, _ in tags)
    if "InventoryConfiguration" in members:
        fields = _contents(members["InventoryConfiguration"]).get("OptionalFields")
        if fields:
            found["s3:inventoryaccessibleoptionalfields"] = tuple(fields)
    return found | _resource_tag_keys(members)


def _resource_tag_keys(members: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of the tags that a request gives a bucket, or of those that it takes away."""
    given = [pairs_of(_contents(members[name]).get("Tags", ())) for name in _TAGGED if name in members]
    tags = given[0] if given else ()
    keys = tuple(members.get("TagKeys", ())) or tuple(key for key, _ in tags)
    return _tag_keys("aws:requesttag", tags) | ({"aws:tagkeys": keys} if keys else {})


def _read_source(header: str) -> str:
    """Return the source of a copy as `bucket/key`, decoded, so that no other encoding evades a policy."""
    path, mark, version_id = path_of_source(header).partition("?versionId=")
    return unquote(path.replace("+", " ")).removeprefix("/") + mark + version_id


def _read_tags(members: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the tags that a request sets, in a header or in its document."""
    tagging = members.get("Tagging")
    if tagging is None:
        return []
    try:
        if isinstance(tagging, str):
            return list(parse_tagging(tagging))
    except S3Error:
        return []  # the operation will refuse them
    return list(pairs_of(_contents(tagging).get("TagSet", ())))


def _contents(document: Any) -> Mapping[str, Any]:
    """Return the members of a document; none for a document that the operation will refuse."""
    try:
        contents: Mapping[str, Any] = document.read()
    except S3Error:
        return {}
    return contents


def _remaining_days(until: str, now: datetime) -> dict[str, tuple[str, ...]]:
    moment = parse_iso8601(until)
    if moment is None:
        return {}
    seconds = (moment - now).total_seconds()
    return {"s3:object-lock-remaining-retention-days": (str(max(0, -int(-seconds // 86_400))),)}


def _hold_days(members: Mapping[str, Any]) -> int | None:
    """Return the duration of an event hold in days. A year counts as 365 of them.

    S3: userguide/object-lock-managing.html, "Bucket policy doesn't match a duration that is set in years"
    """
    prefix = "ObjectLockEventHoldDuration"
    duration = _contents(members["Retention"]).get("EventHoldDuration", {}) if "Retention" in members else {}
    days: int | None = members.get(f"{prefix}Days", duration.get("Days"))
    years: int | None = members.get(f"{prefix}Years", duration.get("Years"))
    return days if years is None else 365 * years


def _text(value: object) -> str:
    return format_iso8601(value) if isinstance(value, datetime) else str(value)
