"""The checks that all signatures have in common: of the key, the region and the date.

These parts of a signature are verified:

- Every signature must be well formed, and a session token must belong to its key.
- The expiry of a presigned URL is always checked. The signature of a presigned URL or of a form, and the signatures of
  a body's chunks, are checked whenever the secret of the key is known.
- The signature in an Authorization header, its date and the headers it must cover are checked for the keys of
  identities that the test made and of a server's accounts. With `verify_signatures=True` they are checked for all keys.
- Keys that a test made in a mock of IAM are known, with their secrets. With `enforce_iam=True` they are checked as
  those of the test's own identities are.

The date of a header's signature must be within 15 minutes of the fake's clock, or of the process's. A test that moves
the fake's clock does not move the clocks of its clients, so they are right to sign by the process's clock.

S3: API/sig-v4-authenticating-requests.html, API/RESTAuthentication.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from fakes3.model.dates import format_seconds, parse_basic, parse_http_date
from fakes3.model.directory import is_directory_name
from fakes3.model.errors import AccessDenied, ExpiredToken, InvalidAccessKeyId, InvalidToken, RequestTimeTooSkewed
from fakes3.model.identity import AccessKey, Principal
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings
from fakes3.wire.addressing import locate
from fakes3.wire.exchange import Exchange
from fakes3.wire.signatures import version_4
from fakes3.wire.signatures.signature import Credential, Refuse, Signature

SKEW = timedelta(minutes=15)
"""The largest difference allowed between the clocks of a client and of S3."""

SIGNED_CHUNKS = "STREAMING-AWS4-"
"""The beginning of `x-amz-content-sha256` for bodies with signed chunks."""

UNDATED = "AWS authentication requires a valid Date or x-amz-date header"


def find_key(service: Service, key_id: str, token: str | None) -> AccessKey | None:
    """Return the access key with this id; None for an unknown key that is accepted.

    An unknown key counts as one of the root user of the fake's own account, so that plain tests need no set-up. `token`
    is the session token in the request.

    Raises: InvalidAccessKeyId, InvalidToken, ExpiredToken.
    """
    key = service.find_access_key(key_id)
    check_key(service, key, key_id, token)
    return key


def check_key(service: Service, key: AccessKey | None, key_id: str, token: str | None) -> None:
    """Refuse a key that is unknown where that matters, or that has another session token than the request.

    Raises: InvalidAccessKeyId, InvalidToken, ExpiredToken.
    """
    if key is None:
        _check_accepted(service.settings, key_id)
    elif key.token is not None or token is not None or key.expires is not None:
        _check_session(service, key, token)


def find_session_key(exchange: Exchange, key_id: str, token: str) -> AccessKey:
    """Return the access key of a session of a directory bucket, by the token of the session in the request.

    A session is valid at the endpoints of zones. At a host that is not Amazon's it is valid for requests on a directory
    bucket itself too, since botocore signs them with it there.

    Raises: InvalidToken, ExpiredToken; InvalidAccessKeyId at an endpoint of a region or of general purpose buckets.
    """
    from fakes3.model.directory_sessions import read_session  # most tests have no directory buckets

    service, host = exchange.service, exchange.host
    key = read_session(token)
    if key is None or key.id != key_id:
        raise InvalidToken(
            reason="the token is that of no session, or of another one. Pass a key and a token that one create_session "
            "returned.",
            **{"Token-0": token},
        )
    name, _ = locate(host, exchange.request.path)
    if host.kind not in {"express", "custom", "not-aws"} or not is_directory_name(name or ""):
        raise InvalidAccessKeyId(
            AWSAccessKeyId=key_id,
            reason="the credentials of a session are for the objects of a directory bucket alone. Sign with those that "
            "created the session.",
        )
    _check_session(service, key, token)
    return _complete_session(service, key)


def _complete_session(service: Service, key: AccessKey) -> AccessKey:
    """Return the key of a session with the policies of whoever began it, as the fake knows them.

    Its signatures are verified in headers, too, if those of whoever began it are. Who is no root user and unknown here
    is allowed nothing beside the session.
    """
    began = key.principal
    keys = list(service.access_keys.values())
    for known in keys:
        if known.principal.arn == began.arn and known.principal.directory_session is None:
            principal = replace(known.principal, directory_session=began.directory_session)
            return key._replace(principal=principal, is_verified=known.is_verified)
    return key if began.is_root else key._replace(principal=replace(began, policies=()))


def _check_accepted(settings: Settings, key_id: str) -> None:
    """Refuse an unknown key where the test asked for that. Raises: InvalidAccessKeyId."""
    if settings.verifies_signatures or settings.enforces_iam:
        option = "verify_signatures" if settings.verifies_signatures else "enforce_iam"
        raise InvalidAccessKeyId(
            AWSAccessKeyId=key_id,
            reason=f"{option}=True refuses access keys that were not made by this fake. Sign with the credentials of "
            f'an identity, such as s3.user("alice", policy=...).credentials, or leave out {option}=True. A '
            "server knows the keys that it is given: fakes3 serve --account ID:ACCESS:SECRET.",
        )


def _check_session(service: Service, key: AccessKey, token: str | None) -> None:
    """Refuse a key without the token that belongs to it, or after its expiry.

    Raises: InvalidAccessKeyId, InvalidToken, ExpiredToken.
    """
    if token is None and key.token is not None:
        # S3 finds no temporary key without its token. observed: soto-project/soto#121, databendlabs/databend#8069
        raise InvalidAccessKeyId(
            AWSAccessKeyId=key.id,
            reason=f"{key.id} is a temporary access key, and the request has no session token. Pass the token too, as "
            'boto3.client("s3", **session.credentials) does.',
        )
    shown = {} if token is None else {"Token-0": token}
    if token != key.token:
        raise InvalidToken(
            reason=f"the session token does not belong to the access key {key.id}. Pass a key and a token that were "
            "made together.",
            **shown,
        )
    now = service.clock.now()
    if key.expires is not None and now >= key.expires:
        raise ExpiredToken(
            reason=f"the credentials of {key.principal} expired at {format_seconds(key.expires)}, and the fake's clock "
            f"shows {format_seconds(now)}. Make new ones, with s3.role(...).",
            **shown,
        )


def principal_of(service: Service, key: AccessKey | None) -> Principal:
    """Return the principal that a key belongs to: the root user of the fake's own account for an unknown key."""
    return service.root if key is None else key.principal


def check_region(exchange: Exchange, signed_by: Credential, region_set: str | None, refuse: Refuse) -> None:
    """Refuse a signature that is not valid in the region of the endpoint.

    The refusal names the right region, so that clients sign again for it: the region of the bucket, if it exists. A
    signature for the bucket's region that was sent to another one is accepted here, and will be redirected. Hosts that
    are not Amazon's accept every region.

    The credential of a signature by ECDSA has no region: its regions are in `region_set`, with wildcards. `refuse`
    returns the error to raise.
    """
    region = exchange.region
    if signed_by.region is None:
        _check_region_set(region, region_set, refuse)
        return
    if signed_by.region == region or (region is None and exchange.host.kind != "accelerate"):
        return
    name, _ = locate(exchange.host, exchange.request.path)
    bucket = None if name is None else exchange.service.world.buckets.get(name)
    expected = region if bucket is None else bucket.region
    if expected is None or signed_by.region == expected:
        return
    refusal = refuse(f"the region '{signed_by.region}' is wrong; expecting '{expected}'")
    refusal.members["Region"] = expected
    where = "the endpoint is that of" if bucket is None else f"the bucket {name} is in"
    refusal.reason = (
        f"the request is signed for {signed_by.region}, and {where} {expected}. Make the client with "
        f'region_name="{expected}".'
    )
    if bucket is not None:
        refusal.headers["x-amz-bucket-region"] = expected
    raise refusal


def _check_region_set(region: str | None, region_set: str | None, refuse: Refuse) -> None:
    patterns = [] if region_set is None else [each.strip() for each in region_set.split(",")]
    if not patterns or (region is not None and not any(fnmatchcase(region, each) for each in patterns)):
        raise refuse(f"the region set '{region_set or ''}' is wrong; expecting '{region or '*'}'")


def check_date(exchange: Exchange) -> datetime:
    """Return the date of a request that is signed in a header.

    Raises: AccessDenied, where it has none; RequestTimeTooSkewed, where it differs too much from the time.
    """
    headers, clock = exchange.request.headers, exchange.service.clock
    text = headers.get("x-amz-date") or headers.get("date") or ""
    date = parse_basic(text) or parse_http_date(text)
    if date is None:
        raise AccessDenied(UNDATED)
    now = clock.now()
    if not exchange.request.is_new and abs(now - date) > SKEW and abs(clock.outside - date) > SKEW:
        raise RequestTimeTooSkewed(
            RequestTime=text,
            ServerTime=format_seconds(now),
            MaxAllowedSkewMilliseconds=SKEW // timedelta(milliseconds=1),
            reason=f"the request was signed at {format_seconds(date)}. The time is {format_seconds(clock.outside)}, "
            f"and the fake's clock shows {format_seconds(now)}. Send the request within 15 minutes, or sign it again.",
        )
    return date


def expect_chunks(exchange: Exchange, signed: Signature, key: AccessKey | None, date: str | None) -> None:
    """Set the exchange's `chunk_signatures`, if the chunks of the body are signed, and the secret of the key is known.

    Raises: AccessDenied (no date).
    """
    if key is None or key.secret is None:
        return
    if exchange.request.headers.get("x-amz-content-sha256", "").startswith(SIGNED_CHUNKS):
        if date is None:
            raise AccessDenied(UNDATED)
        exchange.chunk_signatures = version_4.ChunkSignatures(signed, key, date)
