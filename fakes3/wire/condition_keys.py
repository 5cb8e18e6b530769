"""Condition keys that only the transport knows (aws:SourceIp, s3:authType, ...).

S3: userguide/amazon-s3-policy-keys.html, API/bucket-policy-s3-sigv4-conditions.html
"""

from __future__ import annotations

from fakes3.model.dates import parse_basic
from fakes3.wire.exchange import Exchange

_HEADERS = {"user-agent": "aws:useragent", "referer": "aws:referer", "x-amz-content-sha256": "s3:x-amz-content-sha256"}
"""Headers that are condition keys."""


def transport_keys(exchange: Exchange) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that the transport of a request has, in lower case, with their values.

    From within a VPC it has another key for the address of the caller.

    S3: IAM/latest/UserGuide/reference_policies_condition-keys.html, "Properties of the network"
    """
    request, vpc = exchange.request, exchange.service.vpc
    found = {"aws:securetransport": "true" if request.scheme == "https" else "false"}
    if vpc is None:
        found["aws:sourceip"] = request.client
    else:
        found |= {"aws:sourcevpc": vpc, "aws:vpcsourceip": request.client}
    for header, key in _HEADERS.items():
        if header in request.headers:
            found[key] = request.headers[header]
    return {key: (value,) for key, value in (found | _signature_keys(exchange)).items()}


def _signature_keys(exchange: Exchange) -> dict[str, str]:
    signature = exchange.signature
    if signature is None:
        return {}
    found = {"s3:authtype": str(signature.place), "s3:signatureversion": signature.algorithm}
    signed_at = None if signature.date is None else parse_basic(signature.date)
    if signed_at is not None:
        milliseconds = round((exchange.service.clock.now() - signed_at).total_seconds() * 1000)
        found["s3:signatureage"] = str(max(0, milliseconds))
    return found
