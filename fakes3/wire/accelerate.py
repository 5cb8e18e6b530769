"""The accelerate endpoint: which buckets and which operations it serves.

S3: userguide/transfer-acceleration.html
"""

from __future__ import annotations

from fakes3.model.errors import InvalidRequest, NotImplemented_
from fakes3.wire.addressing import Host
from fakes3.wire.exchange import Exchange

_ELSEWHERE = frozenset({"CreateBucket", "DeleteBucket"})
"""The operations on buckets that it does not have."""


def check_accelerated(exchange: Exchange) -> None:
    """Refuse path style, and a bucket without Transfer Acceleration, at the accelerate endpoint.

    Raises: InvalidRequest.
    S3: API/ErrorResponses.html
    """
    if exchange.host.kind != "accelerate":
        return
    if exchange.bucket is None:
        raise InvalidRequest(
            "Amazon S3 Transfer Accelerate endpoint only supports virtual style requests.",
            reason="the accelerate endpoint serves a bucket that is named by the host. Make the client without "
            "use_accelerate_endpoint, or address the bucket virtual-hosted.",
        )
    bucket = exchange.service.world.buckets.get(exchange.bucket)
    if bucket is not None:
        bucket.check_accelerated()


def check_has(host: Host, operation: str) -> None:
    """Refuse an operation that the accelerate endpoint does not have. No page gives S3's error.

    Raises: NotImplemented_.
    """
    if host.kind == "accelerate" and operation in _ELSEWHERE:
        text = f"The accelerate endpoint has no {operation}. Make the client for it without use_accelerate_endpoint."
        raise NotImplemented_(text, Header="Host", reason=text)
