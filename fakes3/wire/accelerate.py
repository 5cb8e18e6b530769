"""The accelerate endpoint: which buckets and which operations it serves.

S3: userguide/transfer-acceleration.html
"""

from __future__ import annotations

from urllib.parse import unquote

from fakes3.model.errors import InvalidRequest, NotImplemented_
from fakes3.model.names import path_of_source
from fakes3.wire.exchange import Exchange

_ELSEWHERE = frozenset({"CreateBucket", "DeleteBucket"})
"""The operations on buckets that it does not have."""


def check_accelerated(exchange: Exchange) -> None:
    """Refuse path style, a bucket without Transfer Acceleration, and a copy from another region.

    Raises: InvalidRequest.
    S3: API/ErrorResponses.html
    """
    if exchange.bucket is None:
        raise InvalidRequest(
            "Amazon S3 Transfer Accelerate endpoint only supports virtual style requests.",
            reason="the accelerate endpoint serves a bucket that is named by the host. Make the client without "
            "use_accelerate_endpoint, or address the bucket virtual-hosted.",
        )
    buckets = exchange.service.world.buckets
    bucket = buckets.get(exchange.bucket)
    if bucket is None:
        return
    bucket.check_accelerated()
    source = unquote(path_of_source(exchange.request.headers.get("x-amz-copy-source", "")))
    original = buckets.get(source.removeprefix("/").partition("/")[0])
    if original is not None and original.region != bucket.region:
        raise InvalidRequest(  # S3: API/API_CopyObject.html, which gives the status alone
            "Amazon S3 transfer acceleration does not support cross-Region copies.",
            reason=f"{original.name} is in {original.region}, and {bucket.name} in {bucket.region}. Make the client "
            "for copies without use_accelerate_endpoint.",
        )


def check_has(operation: str) -> None:
    """Refuse an operation that the accelerate endpoint does not have. No page gives S3's error.

    Raises: NotImplemented_.
    """
    if operation in _ELSEWHERE:
        text = f"The accelerate endpoint has no {operation}. Make the client for it without use_accelerate_endpoint."
        raise NotImplemented_(text, Header="Host", reason=text)
