"""Signatures in the query of a request: presigned URLs.

S3: API/sigv4-query-string-auth.html, API/RESTAuthentication.html, "Query String Request Authentication Alternative"
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fakes3.model.dates import format_seconds, later, parse_basic
from fakes3.model.errors import AccessDenied, AuthorizationQueryParametersError, S3Error
from fakes3.model.header_text import to_header_text
from fakes3.model.identity import AccessKey, Principal
from fakes3.model.numbers import read_int
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Request
from fakes3.wire.signatures import version_2, version_4
from fakes3.wire.signatures.signature import Credential, Refuse, Signature
from fakes3.wire.signatures.verification import (
    SKEW,
    check_region,
    expect_chunks,
    find_key,
    find_session_key,
    principal_of,
)
from fakes3.wire.signatures.version_4 import ECDSA, HMAC

LONGEST = 604_800
"""The longest time in seconds for which a presigned URL is valid: a week."""

_PARTS = ("Algorithm", "Credential", "Signature", "Date", "SignedHeaders", "Expires")
PARAMETERS = tuple(f"X-Amz-{part}" for part in _PARTS)
"""The parameters of a URL presigned with version 4."""

_SSE_C = "x-amz-server-side-encryption-customer-algorithm"
_UNSIGNED = frozenset({"x-amz-content-sha256"})
_UNSIGNED_WITH_ALGORITHM = _UNSIGNED | {
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
}
"""The headers that a presigned URL need not sign: with the algorithm of a customer's key, the key and its MD5.

S3: userguide/ServerSideEncryptionCustomerKeys.html, "Presigned URLs and SSE-C"
"""

PARAMETERS_V2 = ("Signature", "AWSAccessKeyId")
"""The parameters of a URL presigned with version 2, without `Expires`, which other requests have too."""


def is_presigned(query: Mapping[str, str]) -> bool:
    """Whether a query has any parameter of a signature, of either version."""
    return any(name in query for name in (*PARAMETERS, *PARAMETERS_V2))


def headers_of_presigned(request: Request, query: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers of a presigned request, including those in its query. A real header replaces its twin there.

    Clients put `x-amz-` headers into the query, and with version 2 also Content-Type and Content-MD5. Version 4 signs
    the whole query, so that all headers of the API count there. A checksum counts only if it is among the signed
    headers, because a URL is usually presigned before its body is known.
    """
    if "X-Amz-Signature" in query:
        signed = query.get("X-Amz-SignedHeaders", "").lower().split(";")
        carried = {
            name.lower(): value
            for name, value in query.items()
            if _is_header(name.lower()) and (name.lower() in signed or not _is_of_a_checksum(name.lower()))
        }
    else:
        carried = version_2.read_headers(query)
    return {name: to_header_text(value) for name, value in carried.items()} | dict(request.headers)


def _is_header(name: str) -> bool:
    return name.startswith("x-amz-") or name in _PLAIN_HEADERS


# fmt: off
_PLAIN_HEADERS = frozenset({
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-md5", "content-type",
    "expires", "if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range",
})
# fmt: on
"""The headers of S3's operations without the prefix `x-amz-`, except for the length of a body."""


def _is_of_a_checksum(name: str) -> bool:
    return name == "content-md5" or name.startswith("x-amz-checksum-") or name == "x-amz-sdk-checksum-algorithm"


def judge_version_4(exchange: Exchange) -> Principal:
    """Return the principal whose key presigned a URL with version 4. Its expiry and signature are always checked."""
    service, request, query = exchange.service, exchange.request, exchange.query
    refuse = AuthorizationQueryParametersError
    algorithm = query.get("X-Amz-Algorithm")
    if not all(name in query for name in PARAMETERS):
        raise refuse
    if algorithm not in {HMAC, ECDSA}:
        raise refuse(f'X-Amz-Algorithm only supports "{HMAC} and {ECDSA}"')
    signed_by = read_credential(exchange, query["X-Amz-Credential"], refuse, with_region=algorithm == HMAC)
    date = query["X-Amz-Date"]
    signed_at = parse_basic(date)
    if signed_at is None:
        raise refuse("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    check_day(signed_by, date, refuse)
    _check_lifetime(exchange, signed_at, query["X-Amz-Expires"])
    session = query.get("X-Amz-S3session-Token")
    key = None if session is None else find_session_key(exchange, signed_by.key_id, session)
    if key is None:
        key = find_key(service, signed_by.key_id, query.get("X-Amz-Security-Token"))
    exchange.outlives_key = _outlives(key, later(signed_at, _parse_lifetime(query["X-Amz-Expires"])))
    names = tuple(query["X-Amz-SignedHeaders"].lower().split(";"))
    version_4.check_all_signed(request, names, but=_UNSIGNED_WITH_ALGORITHM if _SSE_C in names else _UNSIGNED)
    signed = Signature(algorithm, signed_by, names, query["X-Amz-Signature"], "REST-QUERY-STRING", date)
    exchange.signature = signed
    version_4.check(request, signed, key, date)
    expect_chunks(exchange, signed, key, date)
    return principal_of(service, key)


def judge_version_2(exchange: Exchange) -> Principal:
    """Return the principal whose key presigned a URL with version 2. Its expiry and signature are always checked."""
    service, request, query = exchange.service, exchange.request, exchange.query
    version_2.check_accepted_in(exchange.region or service.settings.region)
    if not all(name in query for name in (*PARAMETERS_V2, "Expires")):
        raise AccessDenied("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    expires = query["Expires"]
    seconds = read_int(expires)
    if seconds is None:
        raise AccessDenied(f"Invalid date (should be seconds since epoch): {expires}")
    expiry = datetime.fromtimestamp(min(seconds, 2**33), UTC)
    _check_not_expired(exchange, expiry)
    signed = version_2.make_signature(query["AWSAccessKeyId"], query["Signature"], "REST-QUERY-STRING")
    exchange.signature = signed
    token = headers_of_presigned(request, query).get("x-amz-security-token")
    key = find_key(service, signed.credential.key_id, token)
    exchange.outlives_key = _outlives(key, expiry)
    version_2.check(version_2.string_to_sign(request, exchange.host, query, expires), key, signed.value)
    return principal_of(service, key)


def read_credential(exchange: Exchange, text: str, refuse: Refuse, *, with_region: bool = True) -> Credential:
    """Return the credential of a presigned URL or form. `refuse` returns the error to raise."""

    def refuse_credential(problem: str) -> S3Error:
        return refuse(f"Error parsing the X-Amz-Credential parameter; {problem}")

    signed_by = version_4.parse_credential(text, refuse_credential, with_region=with_region)
    check_region(exchange, signed_by, exchange.query.get("X-Amz-Region-Set"), refuse_credential)
    return signed_by


def _outlives(key: AccessKey | None, expiry: datetime) -> bool:
    """Whether a URL is to be valid for longer than the credentials that signed it."""
    return key is not None and key.expires is not None and expiry > key.expires


def check_day(signed_by: Credential, date: str, refuse: Refuse) -> None:
    """Refuse a credential whose day is not that of the X-Amz-Date beside it."""
    if not date.startswith(signed_by.date):
        raise refuse(f'Invalid credential date "{signed_by.date}". This date is not the same as X-Amz-Date: "{date}".')


def _check_lifetime(exchange: Exchange, signed_at: datetime, seconds: str) -> None:
    """Refuse a URL that is not yet valid, has expired, or is valid for longer than a week."""
    lifetime = _parse_lifetime(seconds)
    now = exchange.service.clock.now()
    if signed_at - now > SKEW:
        raise AccessDenied(
            "Request is not yet valid",
            reason=f"the URL is valid from {format_seconds(signed_at)}, and the fake's clock shows "
            f"{format_seconds(now)}. Presign by the fake's clock, as boto3's clients do while the fake is active.",
        )
    _check_not_expired(exchange, later(signed_at, lifetime), **{"X-Amz-Expires": seconds})


def _parse_lifetime(text: str) -> timedelta:
    seconds = read_int(text.removeprefix("-"))
    if seconds is None:
        raise AuthorizationQueryParametersError("X-Amz-Expires should be a number")
    if text.startswith("-"):
        raise AuthorizationQueryParametersError("X-Amz-Expires must be non-negative")
    if seconds > LONGEST:
        raise AuthorizationQueryParametersError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            "604800 seconds"
        )
    return timedelta(seconds=seconds)


def _check_not_expired(exchange: Exchange, expiry: datetime, **members: str) -> None:
    now = exchange.service.clock.now()
    if now > expiry:
        raise AccessDenied(
            "Request has expired",
            reason=f"the URL expired at {format_seconds(expiry)}, and the fake's clock shows {format_seconds(now)}. "
            "Presign for longer (ExpiresIn=), or use the URL earlier.",
            **members,
            Expires=format_seconds(expiry),
            ServerTime=format_seconds(now),
        )
