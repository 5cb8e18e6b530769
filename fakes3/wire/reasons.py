"""Reasons of refusals that only the wire sees, for the test author.

Where an operation knows the reason, it gives it itself.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

from fakes3.model.bucket import Bucket
from fakes3.model.configuration_errors import InvalidS3DestinationBucket
from fakes3.model.errors import (
    AccessDenied,
    BadDigest,
    BucketNotEmpty,
    InvalidDigest,
    InvalidLocationConstraint,
    MalformedPolicy,
    MalformedXML,
    NoSuchBucket,
    NoSuchKey,
    S3Error,
)
from fakes3.wire.exchange import Exchange

_REASONS: dict[type[S3Error], str] = {
    BucketNotEmpty: "the bucket has objects, or versions and delete markers that a listing of objects does not show. "
    "Delete what list_object_versions shows, each with its VersionId.",
    BadDigest: "the body is not the one that its digest was made of. Compute the digest of exactly the bytes that are "
    "sent, or leave it out.",
    InvalidDigest: "a Content-MD5 is the Base64 of 16 bytes. Send b64encode(md5(body).digest()), or leave it out.",
    InvalidS3DestinationBucket: "a bucket for inventories is named by its ARN. Pass it like arn:aws:s3:::reports.",
    InvalidLocationConstraint: "us-east-1 is named by no location constraint, and others are regions of AWS. Leave "
    'CreateBucketConfiguration out, or pass {"LocationConstraint": "eu-west-1"} or the like.',
    MalformedPolicy: "the policy is no JSON in UTF-8. Pass json.dumps(policy).",
    MalformedXML: "the document of {operation} lacks an element, or has one that is unknown, misplaced or of a value "
    "that it cannot have. Compare it with its page, API/API_{operation}.html.",
}
"""The reasons of errors that are one mistake, wherever they are raised."""

_MOST_KEYS = 100
"""How many keys a bucket may have that all are compared with one that is missing."""


def explain(refusal: S3Error, exchange: Exchange) -> str | None:
    """Return the reason of a refusal that the operation has not given; None where nothing more is known."""
    if isinstance(refusal, NoSuchBucket):
        return _explain_path(exchange) or _explain_nesting(exchange)
    if isinstance(refusal, NoSuchKey):
        key = exchange.key
        if key is None or key != refusal.members.get("Key"):  # the source of a copy
            return None
        return _explain_key(exchange, key) or _explain_nesting(exchange, key)
    headers = exchange.request.headers
    if isinstance(refusal, AccessDenied) and "authorization" not in headers and "x-amz-date" in headers:
        return _explain_lost_signature(exchange)
    if refusal.reason is None and type(refusal) in _REASONS:
        return _REASONS[type(refusal)].replace("{operation}", exchange.operation)
    return None


def _explain_lost_signature(exchange: Exchange) -> str:
    bucket = exchange.service.world.buckets.get(exchange.bucket or "")
    region = exchange.region if bucket is None else bucket.region
    return (
        "the request has the date of a signature and no signature, as clients send it that follow a redirect to "
        f'another host (aiohttp does). Make the client with region_name="{region}".'
    )


def _explain_nesting(exchange: Exchange, key: str | None = None) -> str | None:
    """Return the reason for a bucket or a key that does not exist, where a mock around this one or in it has it."""
    name = exchange.bucket or ""
    buckets = [each for service in exchange.others if (each := service.world.buckets.get(name)) is not None]
    if not any(key is None or key in bucket.versions.current for bucket in buckets):
        return None
    what = f"a bucket {name}" if key is None else f'the key "{key}"'
    return (
        f"another mock, around this one or within it, has {what}, and each mock has a fake of its own. Leave the inner "
        'mock out, enter the same fake by mock_s3(fake=...), or share it: mock_s3(nested="share").'
    )


def _explain_key(exchange: Exchange, key: str) -> str | None:
    """Return the reason for a key that does not exist, where the bucket tells of one."""
    bucket = exchange.service.world.buckets.get(exchange.bucket or "")
    if bucket is None:
        return None
    return explain_absence(bucket, key)


def explain_absence(bucket: Bucket, key: str) -> str | None:
    """Return why there is no object with a key: it is hidden, not uploaded yet, or nearly the same as another.

    None where nothing of it is there.
    """
    latest = bucket.versions.latest(key)
    if latest is not None:
        return (
            f'a delete marker, {latest.id}, hides the key "{key}", which keeps its older versions. Name one of them as '
            "VersionId, or delete the marker by its own."
        )
    if next((each for (each, _), _ in bucket.uploads.scan((key, 0))), None) == key:
        return f'a multipart upload of "{key}" is in progress. Complete it: only then is there an object.'
    keys = bucket.versions.current
    near = (key.lstrip("/"), f"/{key}", key.rstrip("/"), f"{key}/", unquote_plus(key))
    found = next((each for each in near if each != key and each in keys), None)
    if found is None and len(keys) <= _MOST_KEYS:
        folded = key.casefold()
        found = next((each for each in keys if each.casefold() == folded), None)
    if found is None:
        return None
    return f'there is no key "{key}", and keys are compared letter by letter, with every slash. Ask for "{found}".'


def _explain_path(exchange: Exchange) -> str | None:
    """Return the reason for a bucket that does not exist, where the path seems to begin with that of an endpoint."""
    following = (exchange.key or "").partition("/")[0]
    is_path_style = exchange.host.kind in {"custom", "not-aws"} and exchange.host.bucket is None
    if not is_path_style or following not in exchange.service.world.buckets:
        return None
    return (
        f"there is no bucket {exchange.bucket}, and the next part of the path, {following}, is a bucket. If the "
        f"endpoint_url of the client ends with /{exchange.bucket}, leave that out, or name the endpoint with its path: "
        f'mock_s3(endpoints=["http://{exchange.request.host}/{exchange.bucket}"]).'
    )
