"""What policies may ask of a request: the values of condition keys.

They are worked out only where a policy is there to ask. What the request says are the members of its operation,
under other names; what it is made with (the address it came from, how it was signed) only the wire knows.

S3: userguide/amazon-s3-policy-keys.html, IAM/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fakes3.model.actions import condition_key
from fakes3.model.bucket import Bucket
from fakes3.model.dates import as_iso8601, parse_iso8601
from fakes3.model.errors import S3Error
from fakes3.model.identity import Principal
from fakes3.model.policy import Context
from fakes3.model.tags import parsed_header
from fakes3.model.versions import Version

if TYPE_CHECKING:
    from fakes3.operations.registry import Call

_MEMBERS = {
    "s3:delimiter": "Delimiter",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:max-keys": "MaxKeys",
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:object-lock-retain-until-date": "ObjectLockRetainUntilDate",
    "s3:prefix": "Prefix",
    "s3:versionid": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-object-ownership": "ObjectOwnership",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
}
"""Condition keys whose value is a member of the request."""

_IN_DOCUMENTS = {
    ("Retention", "Mode"): "s3:object-lock-mode",
    ("Retention", "RetainUntilDate"): "s3:object-lock-retain-until-date",
    ("LegalHold", "Status"): "s3:object-lock-legal-hold",
    ("CreateBucketConfiguration", "LocationConstraint"): "s3:locationconstraint",
}
"""Members of a request's document, and the condition keys they are the value of."""

_DAY = 86_400


def context_of(
    request: Call,
    bucket: Bucket | None,
    version: Version | None,
    *,
    action: str | None = None,
    version_id: str | None = None,
) -> Context:
    """The condition keys of a request and their values; a key that has none is not there.

    Args:
        request: The request.
        bucket: The bucket it is about.
        version: The object that is there already.
        action: What is to be done of all that the request is for.
        version_id: The version that this is done to, where the request names one.
    """
    found: dict[str, tuple[str, ...]] = dict(request.circumstances())
    found |= _of_caller(request.caller)
    found["aws:currenttime"] = (as_iso8601(request.now),)
    found["aws:epochtime"] = (str(int(request.now.timestamp())),)
    if request.region is not None or bucket is not None:
        found["aws:requestedregion"] = (request.region or (bucket.region if bucket is not None else ""),)
    if bucket is not None:
        found["s3:resourceaccount"] = found["aws:resourceaccount"] = (bucket.owner,)
    found |= _of_parameters(request.parameters, request.now)
    if version_id is not None:
        found["s3:versionid"] = (version_id,)
    if action == "s3:PutObject":
        found["s3:objectcreationoperation"] = (str(_creates_an_object(request.parameters)).lower(),)
    if version is not None:
        found |= _by_tag("s3:existingobjecttag", version.attributes.tags)
    return found if action is None else {key: found[key] for key in found if _can_be_asked(key, action)}


def _can_be_asked(key: str, action: str) -> bool:
    """Whether S3 has the key for this action: a delete knows of no tags, and a listing of uploads of no prefix.

    S3: service-authorization/latest/reference/list_amazons3.html
    """
    known = condition_key(key)
    return known is None or known.actions is None or action in known.actions


def _creates_an_object(parameters: Mapping[str, Any]) -> bool:
    """Whether there is an object when a write is done, and not only an upload under way, or a part of one.

    S3: userguide/conditional-writes-enforce.html
    """
    return "PartNumber" not in parameters and not parameters.keys().isdisjoint(_MAKING_OBJECTS)


_MAKING_OBJECTS = frozenset({"Body", "CopySource", "MultipartUpload"})
"""What PutObject, CopyObject and CompleteMultipartUpload have, and CreateMultipartUpload has not."""


def _by_tag(family: str, tags: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """The keys for the values of tags. Policies do not tell upper and lower case apart in them, though tags do."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in tags:
        name = f"{family}/{key.lower()}"
        found[name] = (*found.get(name, ()), value)
    return found


def _of_caller(caller: Principal) -> dict[str, tuple[str, ...]]:
    if caller.account is None:
        return {"aws:principaltype": ("Anonymous",), "aws:userid": ("anonymous",)}
    kind = "User" if caller.user is not None else "AssumedRole" if caller.role is not None else "Account"
    found: dict[str, tuple[str, ...]] = {
        # A session's ARN for conditions is that of its role.
        "aws:principalarn": (caller.role_arn or caller.arn,),
        "aws:principalaccount": (caller.account,),
        "aws:principaltype": (kind,),
        "aws:userid": (caller.unique_id,),
    }
    if caller.user is not None:
        found["aws:username"] = (caller.user.rpartition("/")[2],)
    return found


def _of_parameters(parameters: Mapping[str, Any], now: datetime) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {
        key: (_text(parameters[name]),) for key, name in _MEMBERS.items() if name in parameters
    }
    for (document, member), key in _IN_DOCUMENTS.items():
        if document in parameters and (value := _contents(parameters[document]).get(member)) is not None:
            found[key] = (_text(value),)
    if (source := found.get("s3:x-amz-copy-source")) is not None:
        found["s3:x-amz-copy-source"] = (_named_source(source[0]),)
    if (until := found.get("s3:object-lock-retain-until-date")) is not None:
        found |= _remaining_days(until[0], now)
    tags = _tags(parameters)
    if tags:
        found |= _by_tag("s3:requestobjecttag", tags)
        found["s3:requestobjecttagkeys"] = tuple(key for key, _ in tags)
    return found


def _named_source(header: str) -> str:
    """What is copied, `bucket/key`, however the header is written: no policy is evaded by another encoding."""
    path, mark, version_id = header.partition("?versionId=")
    return unquote(path.replace("+", " ")).removeprefix("/") + mark + version_id


def _tags(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The tags that a request sets, by a header or by its document."""
    tagging = parameters.get("Tagging")
    if tagging is None:
        return []
    try:
        if isinstance(tagging, str):
            return list(parsed_header(tagging))
    except S3Error:
        return []  # the operation will say what is wrong
    return [(tag["Key"], tag["Value"]) for tag in _contents(tagging).get("TagSet", ())]


def _contents(document: Any) -> Mapping[str, Any]:
    """The members of a document; none of one that the operation will refuse."""
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
    return {"s3:object-lock-remaining-retention-days": (str(max(0, -int(-seconds // _DAY))),)}


def _text(value: object) -> str:
    return as_iso8601(value) if isinstance(value, datetime) else str(value)
