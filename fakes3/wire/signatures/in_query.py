"""Signatures in the query of a request: presigned URLs.

S3: API/sigv4-query-string-auth.html, API/RESTAuthentication.html, "Query String Request Authentication Alternative"
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fakes3.model.dates import format_seconds, parse_basic
from fakes3.model.errors import AccessDenied, AuthorizationQueryParametersError
from fakes3.model.identity import Principal
from fakes3.model.numbers import read_int
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Request
from fakes3.wire.signatures import version_2, version_4
from fakes3.wire.signatures.signature import Credential, Refuse, Signature
from fakes3.wire.signatures.verification import (
    SKEW,
    check_region,
    check_region_set,
    expect_chunks,
    find_key,
    principal_of,
)
from fakes3.wire.signatures.version_4 import ECDSA, HMAC

LONGEST = 604_800
"""How many seconds a presigned URL may live: a week."""

PARAMETERS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
"""The parameters of a URL presigned with version 4."""

PARAMETERS_V2 = ("Signature", "AWSAccessKeyId")
"""Those that make a URL one presigned with version 2; the third, `Expires`, means something elsewhere too."""

_UNPARSED = "Error parsing the X-Amz-Credential parameter; "
_MAY_STAY_UNSIGNED = frozenset({"x-amz-content-sha256"})


def is_presigned(query: Mapping[str, str]) -> bool:
    """Whether a query has anything of a signature, of either version."""
    return any(name in query for name in (*PARAMETERS, *PARAMETERS_V2))


def headers_of_presigned(request: Request, query: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers of a presigned request, with those that its query carries. A header wins over its twin.

    Clients put `x-amz-` headers there, and with a signature of version 2 also Content-Type and Content-MD5. A checksum
    counts only if the signature says that it is a header: whoever signed could not know the body.
    """
    if "X-Amz-Signature" in query:
        signed = query.get("X-Amz-SignedHeaders", "").lower().split(";")
        carried = {
            name.lower(): value
            for name, value in query.items()
            if name.lower().startswith("x-amz-") and (name.lower() in signed or not _is_of_a_checksum(name.lower()))
        }
    else:
        carried = version_2.headers_in(query)
    return carried | dict(request.headers)


def _is_of_a_checksum(name: str) -> bool:
    return name.startswith("x-amz-checksum-") or name == "x-amz-sdk-checksum-algorithm"


def judge_version_4(exchange: Exchange) -> Principal:
    """Return whose key presigned a URL with version 4. It is held to its expiry and its signature."""
    service, request, query = exchange.service, exchange.request, exchange.query
    refuse = AuthorizationQueryParametersError
    algorithm = query.get("X-Amz-Algorithm")
    if not all(name in query for name in PARAMETERS):
        raise refuse
    if algorithm not in {HMAC, ECDSA}:
        raise refuse(f'X-Amz-Algorithm only supports "{HMAC} and {ECDSA}"')
    signed_by = read_credential(exchange, query["X-Amz-Credential"], refuse, with_region=algorithm == HMAC)
    if signed_by.region is None:
        check_region_set(exchange, query.get("X-Amz-Region-Set"), _about_credential(refuse))
    date = query["X-Amz-Date"]
    signed_at = parse_basic(date)
    if signed_at is None:
        raise refuse("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    check_day(signed_by, date, refuse)
    _check_lifetime(exchange, signed_at, query["X-Amz-Expires"])
    key = find_key(service, signed_by.key_id, query.get("X-Amz-Security-Token"))
    names = tuple(query["X-Amz-SignedHeaders"].lower().split(";"))
    version_4.check_all_signed(request, names, but=_MAY_STAY_UNSIGNED)
    signed = Signature(algorithm, signed_by, names, query["X-Amz-Signature"], "REST-QUERY-STRING", date)
    exchange.signature = signed
    if key is not None and key.secret is not None:
        version_4.check(request, signed, key, key.secret, date)
        expect_chunks(exchange, signed, key, key.secret, date)
    return principal_of(service, key)


def judge_version_2(exchange: Exchange) -> Principal:
    """Return whose key presigned a URL with version 2. It is held to its expiry and its signature."""
    service, request, query = exchange.service, exchange.request, exchange.query
    version_2.check_accepted_in(exchange.region or service.settings.region)
    if not all(name in query for name in (*PARAMETERS_V2, "Expires")):
        raise AccessDenied("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    expires = query["Expires"]
    seconds = read_int(expires)
    if seconds is None:
        raise AccessDenied(f"Invalid date (should be seconds since epoch): {expires}")
    _check_not_expired(exchange, datetime.fromtimestamp(min(seconds, 2**33), UTC))
    signed = version_2.signature_of(query["AWSAccessKeyId"], query["Signature"], "REST-QUERY-STRING")
    exchange.signature = signed
    token = headers_of_presigned(request, query).get("x-amz-security-token")
    key = find_key(service, signed.credential.key_id, token)
    if key is not None and key.secret is not None:
        to_sign = version_2.string_to_sign(request, exchange.host, query, expires)
        version_2.check(to_sign, key, key.secret, signed.value)
    return principal_of(service, key)


def read_credential(exchange: Exchange, text: str, refuse: Refuse, *, with_region: bool = True) -> Credential:
    """Return the credential of a presigned URL or form; `refuse` makes the error to raise."""
    signed_by = version_4.parse_credential(text, _about_credential(refuse), with_region=with_region)
    check_region(exchange, signed_by, _about_credential(refuse))
    return signed_by


def _about_credential(refuse: Refuse) -> Refuse:
    return lambda problem: refuse(f"{_UNPARSED}{problem}")


def check_day(signed_by: Credential, date: str, refuse: Refuse) -> None:
    """Refuse a credential of another day than the X-Amz-Date beside it."""
    if not date.startswith(signed_by.date):
        raise refuse(f'Invalid credential date "{signed_by.date}". This date is not the same as X-Amz-Date: "{date}".')


def _check_lifetime(exchange: Exchange, signed_at: datetime, seconds: str) -> None:
    """Refuse a URL that is used before it was presigned, after it expired, or that lives longer than a week."""
    lifetime = _parse_lifetime(seconds)
    now = exchange.service.clock.now()
    if signed_at - now > SKEW:
        raise AccessDenied(
            "Request is not yet valid",
            reason=f"it was presigned for {format_seconds(signed_at)}, and by the fake's clock it is "
            f"{format_seconds(now)}. Presign by that clock, as boto3's clients do while the fake is active.",
        )
    _check_not_expired(exchange, signed_at + lifetime, **{"X-Amz-Expires": seconds})


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
            reason=f"it was presigned to end at {format_seconds(expiry)}, and by the fake's clock it is "
            f"{format_seconds(now)}. Presign for longer (ExpiresIn=), or use it before that.",
            **members,
            Expires=format_seconds(expiry),
            ServerTime=format_seconds(now),
        )
