"""Preflight requests: a browser asks, with OPTIONS, whether a page of another origin may send a request.

S3 judges them before it looks at a signature, since browsers sign none of them. No bucket has CORS rules here yet, so
each is refused.

S3: userguide/cors.html, "How does Amazon S3 evaluate the CORS configuration on a bucket?"
"""

from __future__ import annotations

from fakes3.model.errors import AccessForbidden, BadRequest
from fakes3.wire.addressing import locate
from fakes3.wire.exchange import Exchange


def check_preflight(exchange: Exchange) -> None:
    """Refuse a preflight request of a bucket or a key. The service itself has no OPTIONS, and `route` says so.

    Raises: BadRequest without an Origin, AccessForbidden, InvalidURI.
    """
    exchange.bucket, exchange.key = locate(exchange.host, exchange.request.path)
    if exchange.bucket is None:
        return
    headers = exchange.request.headers
    if "origin" not in headers:
        raise BadRequest("Insufficient information. Origin request header needed.")
    asked = {"Method": headers.get("access-control-request-method", "OPTIONS"), "ResourceType": "BUCKET"}
    if exchange.bucket not in exchange.service.world.buckets:
        raise AccessForbidden("CORSResponse: Bucket not found", **asked)
    raise AccessForbidden(
        reason=f"the bucket {exchange.bucket} has no CORS rules, and fakes3 does not model PutBucketCors. Only "
        "browsers need a preflight: send the request itself.",
        **asked,
    )
