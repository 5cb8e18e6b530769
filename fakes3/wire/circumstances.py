"""What policies may ask about a request itself: how, from where and by what kind of signature it came.

S3: userguide/amazon-s3-policy-keys.html, API/bucket-policy-s3-sigv4-conditions.html
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3.model.dates import parse_basic
from fakes3.operations.service import Service
from fakes3.wire import signing
from fakes3.wire.message import Request

Query = Mapping[str, str]

_AS_THEY_ARE = {
    "user-agent": "aws:useragent",
    "referer": "aws:referer",
    "x-amz-content-sha256": "s3:x-amz-content-sha256",
}
"""Headers that are condition keys."""


def circumstances(
    service: Service, request: Request, query: Query, form: Mapping[str, str] | None = None
) -> dict[str, tuple[str, ...]]:
    """The condition keys that a request has by itself, in lower case, and their values. Keys it lacks are absent.

    Args:
        service: The S3 that is asked.
        request: The request.
        query: The parameters of its query.
        form: The fields of a browser's form, by their names in lower case, where it brings one.
    """
    found = {
        "aws:securetransport": "true" if request.scheme == "https" else "false",
        "aws:sourceip": request.client,
    }
    for header, key in _AS_THEY_ARE.items():
        if header in request.headers:
            found[key] = request.headers[header]
    found |= _of_signature(service, request, query, form)
    return {key: (value,) for key, value in found.items()}


def _of_signature(service: Service, request: Request, query: Query, form: Mapping[str, str] | None) -> dict[str, str]:
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return {"s3:authtype": "REST-HEADER", "s3:signatureversion": authorization.partition(" ")[0]}
    if any(name in query for name in signing.PARAMETERS):
        age = _age(service, query["X-Amz-Date"])
        return {"s3:authtype": "REST-QUERY-STRING", "s3:signatureversion": query["X-Amz-Algorithm"]} | age
    if any(name in query for name in signing.PARAMETERS_V2):
        return {"s3:authtype": "REST-QUERY-STRING", "s3:signatureversion": "AWS"}
    if form is None or "policy" not in form:
        return {}
    if "x-amz-algorithm" in form:
        return {"s3:authtype": "POST", "s3:signatureversion": form["x-amz-algorithm"]} | _age(
            service, form["x-amz-date"]
        )
    return {"s3:authtype": "POST", "s3:signatureversion": "AWS"}


def _age(service: Service, date: str) -> dict[str, str]:
    """How many milliseconds ago it was signed."""
    signed_at = parse_basic(date)
    if signed_at is None:
        return {}
    return {"s3:signatureage": str(max(0, round((service.clock.now() - signed_at).total_seconds() * 1000)))}
