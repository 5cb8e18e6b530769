"""Signatures in the Authorization header of a request.

S3: API/sigv4-auth-using-authorization-header.html, API/RESTAuthentication.html
"""

from __future__ import annotations

from fakes3.model.errors import InvalidRequest, S3Error
from fakes3.model.identity import AccessKey, Principal
from fakes3.wire.exchange import Exchange
from fakes3.wire.payload import check_content_sha256
from fakes3.wire.signatures import version_2, version_4
from fakes3.wire.signatures.verification import (
    check_date,
    check_key,
    check_region,
    expect_chunks,
    find_key,
    find_session_key,
    principal_of,
)


def judge_version_4(exchange: Exchange, text: str) -> Principal:
    """Return the principal whose key signed a request with version 4."""
    service, headers = exchange.service, exchange.request.headers
    try:
        signed = version_4.parse_authorization(text)
        if signed.credential.region is None or signed.credential.region != exchange.region:
            check_region(exchange, signed.credential, headers.get("x-amz-region-set"), version_4.malformed)
    except S3Error:
        if _is_verified(exchange, service.find_access_key(version_4.find_key_id(text))):
            check_date(exchange)  # S3 checks the date first
        raise
    exchange.signature = signed
    key_id, session = signed.credential.key_id, headers.get("x-amz-s3session-token")
    key = service.find_access_key(key_id) if session is None else find_session_key(exchange, key_id, session)
    is_verified = _is_verified(exchange, key)
    date = f"{check_date(exchange):%Y%m%dT%H%M%SZ}" if is_verified else headers.get("x-amz-date")
    if date is not None and not date.startswith(signed.credential.date):
        raise version_4.malformed("Invalid credential date. Date is not the same as X-Amz-Date.")
    if session is None:
        check_key(service, key, key_id, headers.get("x-amz-security-token"))
    if is_verified and date is not None:
        # The signature must cover the whole request.
        version_4.check_all_signed(exchange.request, signed.signed_headers)
        if "x-amz-content-sha256" not in headers:
            raise InvalidRequest("Missing required header for this request: x-amz-content-sha256")
        check_content_sha256(headers["x-amz-content-sha256"])
        version_4.check(exchange.request, signed, key, date)
    if key is not None:
        expect_chunks(exchange, signed, key, date)
    return principal_of(service, key)


def judge_version_2(exchange: Exchange, text: str) -> Principal:
    """Return the principal whose key signed a request with version 2."""
    service, request = exchange.service, exchange.request
    is_verified = _is_verified(exchange, service.find_access_key(text.removeprefix("AWS ").partition(":")[0]))
    if is_verified:
        check_date(exchange)
    version_2.check_accepted_in(exchange.region or service.settings.region)
    exchange.signature = signed = version_2.parse_authorization(text)
    key = find_key(service, signed.credential.key_id, request.headers.get("x-amz-security-token"))
    if is_verified:
        version_2.check(version_2.string_to_sign(request, exchange.host, exchange.query), key, signed.value)
    return principal_of(service, key)


def _is_verified(exchange: Exchange, key: AccessKey | None) -> bool:
    """Whether signatures of a key in an Authorization header are verified."""
    return exchange.service.settings.verifies_signatures or (key is not None and key.is_verified)
