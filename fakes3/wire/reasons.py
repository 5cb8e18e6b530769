"""Reasons of refusals that only the wire sees, for the test author.

Where an operation knows the reason, it gives it itself.
"""

from __future__ import annotations

from fakes3.model.errors import AccessDenied, NoSuchBucket, S3Error
from fakes3.wire.exchange import Exchange


def explain(refusal: S3Error, exchange: Exchange) -> str | None:
    """Return the reason of a refusal: a path that was misread, or a signature that was lost; None for others."""
    if isinstance(refusal, NoSuchBucket):
        return _explain_path(exchange)
    headers = exchange.request.headers
    if isinstance(refusal, AccessDenied) and "authorization" not in headers and "x-amz-date" in headers:
        bucket = exchange.service.world.buckets.get(exchange.bucket or "")
        region = exchange.region if bucket is None else bucket.region
        return (
            "the request has the date of a signature and no signature, as clients send it that follow a redirect to "
            f'another host (aiohttp does). Make the client with region_name="{region}".'
        )
    return None


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
