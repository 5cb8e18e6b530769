"""The endpoints of directory buckets: which requests are for them, and what they refuse.

At Amazon's own hosts the name of the host tells: a zone's endpoint has the operations on objects, a region's those on
buckets. Any other host stands for both, and for general purpose buckets as well. There the service of the signature
tells, or the name of the bucket.

S3: userguide/s3-express-Endpoints.html, userguide/s3-express-APIs.html
"""

from __future__ import annotations

from fakes3.model import directory
from fakes3.model.errors import AccessDenied, MethodNotAllowed, NoSuchBucket, NotImplemented_
from fakes3.operations.registry import REGISTRY
from fakes3.wire.exchange import Exchange
from fakes3.wire.quirks import not_built
from fakes3.wire.table import find_operation

_EXPRESS = "s3express"
"""The service that requests for directory buckets are signed for."""

_ENDPOINTS = {"express": directory.ZONAL, "express-control": directory.REGIONAL}
_OF_USERS = frozenset({"custom", "not-aws"})


def is_express(exchange: Exchange, name: str) -> bool:
    """Whether a request is for an endpoint of directory buckets; `name` is its operation.

    Raises: at an endpoint of general purpose buckets NotImplemented_ for what only directory buckets have, NoSuchBucket
        for a directory bucket.
    """
    kind, signature, bucket = exchange.host.kind, exchange.signature, exchange.bucket
    if kind in _ENDPOINTS or (signature is not None and signature.credential.service == _EXPRESS):
        return True
    has_name = bucket is not None and bucket.endswith(directory.SUFFIX)
    if has_name and kind in _OF_USERS:
        return True
    if name in directory.ONLY_HERE:
        # observed: awslabs/mountpoint-s3, rename_object.rs: general purpose buckets answer a RenameObject so
        reason = (
            f"only directory buckets have {name}, such as logs--use1-az4{directory.SUFFIX}. Use one, or leave it out."
        )
        raise NotImplemented_(Header=name, reason=reason)
    if has_name and name != "CreateBucket":
        # observed: peak/s5cmd#854
        raise NoSuchBucket(BucketName=bucket)
    return False


def check_operation(exchange: Exchange, name: str) -> str:
    """Return the operation that a request for directory buckets asks for; `name` is that of general purpose buckets.

    Raises: NoSuchBucket for the name of a general purpose bucket. MethodNotAllowed at the endpoint that does not have
        the operation. AccessDenied for the credentials of a session where these are not valid. NotImplemented_ or
        InvalidArgument for an operation that directory buckets do not have.
    """
    bucket, kind = exchange.bucket, exchange.host.kind
    if bucket is None and name == "ListBuckets":
        name = exchange.operation = "ListDirectoryBuckets"
    if name in directory.NOT_BUILT:
        raise not_built(f"{name} of directory buckets")
    if name not in directory.ZONAL and name not in directory.REGIONAL:
        raise directory.refuse_operation(name, _root_of(name))
    if kind in _ENDPOINTS and name not in _ENDPOINTS[kind]:
        # No page gives S3's answer.
        where = (
            "zone, BUCKET.s3express-ZONE.REGION" if kind == "express-control" else "region, s3express-control.REGION"
        )
        raise MethodNotAllowed(
            ResourceType="BUCKET", reason=f"{name} is an operation of the endpoint of a {where}. Send it there."
        )
    if bucket is not None and not directory.is_directory_name(bucket) and name != "CreateBucket":
        raise NoSuchBucket(BucketName=bucket)
    if exchange.caller.directory_session is not None and name in directory.WITHOUT_SESSION:
        raise AccessDenied(
            reason=f"{name} does not take the credentials of a session. Sign it with those that created the session, "
            "as AWS SDKs do."
        )
    directory.check_headers(name, exchange.request.headers)
    return name


def _root_of(name: str) -> str | None:
    """Return the root element of the document of a PUT of a bucket; None for other operations.

    That of PutObjectLockConfiguration counts for nothing: it is refused as the others are.
    """
    operation = find_operation(name) if name in REGISTRY else None
    if operation is None or (operation.method, operation.level) != ("PUT", "bucket"):
        return None
    shape = operation.input
    payload = None if shape is None else shape.members.get(shape.payload or "")
    return None if payload is None or name == "PutObjectLockConfiguration" else payload.wire_name
