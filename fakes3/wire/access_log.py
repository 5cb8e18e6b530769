"""What the access log says of a request: see `model/access_log.py`. Only buckets with logging have one.

A copy is logged in the bucket of its source, too, if it succeeds. DeleteObjects has a line for each key beside its own.

S3: userguide/LogFormat.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from fakes3.model.access_log import Record, logs_redirects, requester_of
from fakes3.model.acl import BUCKET_OWNER_FULL_CONTROL
from fakes3.model.bucket import Bucket
from fakes3.model.clock import NULL
from fakes3.model.error_codes import BY_CODE
from fakes3.model.errors import InvalidURI
from fakes3.model.numbers import read_int
from fakes3.model.versions import Entry, Version
from fakes3.model.world import World
from fakes3.operations.access_logs import is_logged, log
from fakes3.operations.copies import find_source
from fakes3.operations.members import GRANT_HEADERS
from fakes3.wire.addressing import locate
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Response
from fakes3.wire.signatures.signature import VERSION_2
from fakes3.wire.table import operations

_COPIES = {"CopyObject": "OBJECT", "UploadPartCopy": "PART"}
_RESOURCES = {
    "UploadPart": "PART",
    "CompleteMultipartUpload": "UPLOAD",
    "AbortMultipartUpload": "UPLOAD",
    "ListParts": "UPLOAD",
    "DeleteObjects": "MULTI_OBJECT_DELETE",
    "GetObjectAttributes": "OBJECT_ATTRIBUTES",
    "GetBucketPolicy": "BUCKETPOLICY",
    "PutBucketPolicy": "BUCKETPOLICY",
    "DeleteBucketPolicy": "BUCKETPOLICY",
    "GetBucketLogging": "LOGGING_STATUS",
    "PutBucketLogging": "LOGGING_STATUS",
    "ListObjectsV2": "BUCKET",
    "ListObjectVersions": "BUCKETVERSIONS",
    "GetObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION",
    "PutObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION",
    "GetObjectTagging": "OBJECT_TAGGING",
    "PutObjectTagging": "OBJECT_TAGGING",
    "DeleteObjectTagging": "OBJECT_TAGGING",
}
"""What lines call the resource of an operation, where that is not the sub-resource in its query.

observed: digitalcorpora/digitalcorpora-stats, python/dclogtool.py, and Netflix/consoleme: what they met in their logs
"""

_READS = frozenset({"GetObject", "HeadObject"})
_WRITES = frozenset({"PutObject", "CopyObject", "CompleteMultipartUpload", "PostObject"})
_OF_ACLS = frozenset({"PutBucketAcl", "PutObjectAcl"})
_AUTHENTICATIONS = {"REST-HEADER": "AuthHeader", "REST-QUERY-STRING": "QueryString"}
_REDIRECTS = frozenset({"PermanentRedirect", "TemporaryRedirect", "IncorrectEndpoint"})
_NO_CONTENT = 204
_REFUSED = 400


class Begun(NamedTuple):
    """What is kept of the moment at which a request is received."""

    world: World
    at: datetime


def log_request(
    exchange: Exchange,
    received: tuple[World, datetime] | None,
    ids: tuple[str, str],
    response: Response,
    code: str | None,
) -> None:
    """Put what the access log says of a request into the world; nothing where no bucket of the request has a log.

    `received` are the world and the time when the request came; None for the request that made the first log begin.
    `ids` are the two of the response.
    """
    service = exchange.service
    world, now = service.world, service.clock.now()
    name, _ = _find_place(exchange)
    if exchange.operation not in _COPIES and not is_logged(world, name):
        return
    begun = Begun(world, now) if received is None else Begun(*received)
    found = _records(exchange, begun, ids, response, code, now)
    records = [(bucket, record) for bucket, record in found if is_logged(world, bucket)]
    if records:
        service.change_world(lambda world: log(world, records))


def _records(
    exchange: Exchange, begun: Begun, ids: tuple[str, str], response: Response, code: str | None, now: datetime
) -> Iterator[tuple[str, Record]]:
    name, key = _find_place(exchange)
    after = exchange.service.world
    bucket = after.buckets.get(name or "")
    request, members = exchange.request, exchange.members
    operation = exchange.operation
    is_known = exchange.caller.account is not None
    signature = exchange.signature if is_known else None
    query = f"?{request.query}" if request.query else ""
    point = None if exchange.through is None else begun.world.access_points.get(exchange.through.name)
    record = Record(
        at=begun.at,
        operation=_operation_of(exchange, key),
        requester=requester_of(exchange.caller),
        request_id=ids[0],
        key=key,
        client=request.client,
        uri=f"{request.method} {request.path}{query} HTTP/1.1",
        status=response.status,
        error=code,
        sent=len(response.body),
        size=_size(exchange, begun.world, after, key) if response.status < _REFUSED else None,
        duration=max(now - begun.at, now - now),
        referer=request.headers.get("referer", "-"),
        user_agent=request.headers.get("user-agent", "-"),
        version_id=exchange.query.get("versionId"),
        host_id=ids[1],
        signature=None if signature is None else "SigV2" if signature.algorithm == VERSION_2 else "SigV4",
        is_encrypted=request.scheme == "https",
        authentication=None if signature is None else _AUTHENTICATIONS.get(signature.place),
        host=request.host,
        needs_acl=code is None and (exchange.needs_acl or _sets_acl(exchange)),
        access_point=None if point is None else point.arn,
    )
    inner = record._replace(uri=None, sent=0, duration=None, referer=None, user_agent=None)
    if operation in _COPIES and code is None:
        source = find_source(begun.world, members["CopySource"])
        yield (
            source.bucket,
            inner._replace(
                access_point=None if source.point is None else source.point.arn,
                operation=f"{record.operation}_GET",
                key=source.key,
                size=_size_of(exchange, begun.world.buckets.get(source.bucket), source.key, source.version_id),
                version_id=source.version_id,
                needs_acl=False,
            ),
        )
    if name is None or bucket is None or (code in _REDIRECTS and not logs_redirects(bucket.region)):
        return
    if operation == "DeleteObjects" and code is None:
        yield from ((name, each) for each in _deletions(exchange, begun.world, inner))
    yield name, record


def _sets_acl(exchange: Exchange) -> bool:
    """Whether a request sets an ACL, and not merely gives the bucket's owner full control.

    S3: userguide/acl-overview.html, "aclRequired values for common Amazon S3 requests"
    """
    members = exchange.members
    if exchange.operation in _OF_ACLS or not members.keys().isdisjoint(GRANT_HEADERS):
        return True
    return "ACL" in members and str(members["ACL"]) != BUCKET_OWNER_FULL_CONTROL


def _find_place(exchange: Exchange) -> tuple[str | None, str | None]:
    """Return the bucket and the key of a request, also of one that was refused before they were looked for."""
    if exchange.bucket is not None:
        return exchange.bucket, exchange.key
    try:
        return locate(exchange.host, exchange.request.path)
    except InvalidURI:
        return None, None


def _operation_of(exchange: Exchange, key: str | None) -> str:
    """Return what lines call a request: `REST.GET.VERSIONING`."""
    method, name = exchange.request.method, exchange.operation
    if exchange.host.kind == "website":
        return f"WEBSITE.{method}.OBJECT"
    if method == "OPTIONS":
        return "REST.OPTIONS.PREFLIGHT"
    if name in _COPIES:
        return f"REST.COPY.{_COPIES[name]}"
    resource = _RESOURCES.get(name)
    if resource is None:
        known = operations().get(name)
        subresource = next(iter(known.query), None) if known is not None else None
        plain = "BUCKET" if key is None and name != "PostObject" else "OBJECT"
        resource = plain if subresource is None else _HUMP.sub("_", subresource).replace("-", "_").upper()
    return f"REST.{method}.{resource}"


_HUMP = re.compile("(?=[A-Z])")


def _size(exchange: Exchange, before: World, after: World, key: str | None) -> int | None:
    """Return the size of the object that a request reads, writes or deletes; None for other requests."""
    name, operation = exchange.bucket or "", exchange.operation
    version_id = exchange.query.get("versionId")
    if operation == "UploadPart":
        headers = exchange.request.headers
        return read_int(headers.get("x-amz-decoded-content-length") or headers.get("content-length"))
    if key is None:
        return None
    if operation in _WRITES:
        return _size_of(exchange, after.buckets.get(name), key, None)
    if operation in _READS:
        return _size_of(exchange, after.buckets.get(name), key, version_id)
    if operation == "DeleteObject":
        return _size_of(exchange, before.buckets.get(name), key, version_id)
    return None


def _size_of(exchange: Exchange, bucket: Bucket | None, key: str, version_id: str | None) -> int | None:
    entry: Entry | None
    if bucket is None or version_id is None:  # it may be gone by now
        entry = None if bucket is None else bucket.versions.current.get(key)
    elif version_id == NULL:
        entry = bucket.versions.null(key)
    else:
        entry = bucket.versions.find(key, exchange.service.ids.sequence_of(version_id) or 0)
    return entry.size if isinstance(entry, Version) else None


def _deletions(exchange: Exchange, before: World, inner: Record) -> Iterator[Record]:
    """Yield a record for each key that a DeleteObjects names."""
    refused = {(each["Key"], each["VersionId"]): each["Code"] for each in exchange.answered["Errors"]}
    for each in exchange.members["Delete"].contents["Objects"]:
        key, version_id = each["Key"], each.get("VersionId")
        code = refused.get((key, version_id))
        size = _size_of(exchange, before.buckets.get(exchange.bucket or ""), key, version_id)
        yield inner._replace(
            operation="BATCH.DELETE.OBJECT",
            key=key,
            version_id=version_id,
            status=_NO_CONTENT if code is None else BY_CODE[code].status,
            error=code,
            size=size if code is None else None,
        )
