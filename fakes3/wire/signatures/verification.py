"""What every signature is judged by: its key, its region, its date.

When a signature is verified:

- What it says of itself must be well formed, and a session token must belong to its key, always.
- A presigned URL is held to its expiry always, and to its signature whenever the key's secret is known. Chunks of a
  body are held to theirs whenever it is.
- The signature of an Authorization header, with its date and the headers it must cover, is verified for keys that say
  so (those of identities the test made, and of a server's accounts), or for all where the test asked.

The date of a header's signature must be within 15 minutes of the fake's clock, or of the process's. A test that moves
the fake's clock does not move that of its clients: they go on to sign by the process's, and are not wrong.

S3: API/sig-v4-authenticating-requests.html, API/RESTAuthentication.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from fakes3.model.dates import format_seconds, parse_basic, parse_http_date
from fakes3.model.errors import (
    AccessDenied,
    ExpiredToken,
    InvalidAccessKeyId,
    InvalidToken,
    RequestTimeTooSkewed,
)
from fakes3.model.identity import AccessKey, Principal
from fakes3.operations.service import Service
from fakes3.wire.addressing import locate
from fakes3.wire.exchange import Exchange
from fakes3.wire.signatures import version_4
from fakes3.wire.signatures.signature import Credential, Refuse, Signature

SKEW = timedelta(minutes=15)
"""How far a client's clock may be off."""

SIGNED_CHUNKS = "STREAMING-AWS4-"
"""How `x-amz-content-sha256` begins where the chunks of a body are signed."""

UNDATED = "AWS authentication requires a valid Date or x-amz-date header"


def find_key(service: Service, key_id: str, token: str | None) -> AccessKey | None:
    """Return the key with this id; None where the fake does not know it, but takes unknown keys.

    An unknown key is that of the root user of the fake's own account, so that plain tests need no set-up.

    Args:
        service: The S3 that is asked.
        key_id: The id.
        token: The session token that came with it.

    Raises: InvalidAccessKeyId, InvalidToken, ExpiredToken.
    """
    key = service.access_keys.get(key_id)
    if key is None:
        if service.settings.verifies_signatures or service.settings.enforces_iam:
            option = "verify_signatures" if service.settings.verifies_signatures else "enforce_iam"
            raise InvalidAccessKeyId(
                AWSAccessKeyId=key_id,
                reason=f"{option}=True refuses keys that nobody made here. Sign with those of an identity, such as "
                f's3.user("alice", policy=...).credentials, or leave out {option}=True.',
            )
        return None
    if key.token is None and token is None and key.expires is None:
        return key
    if token is None and key.token is not None:
        # S3 finds no temporary key without its token. observed: soto-project/soto#121, databendlabs/databend#8069
        raise InvalidAccessKeyId(
            AWSAccessKeyId=key_id,
            reason=f"{key_id} is a temporary key, and its session token did not come with it. Pass that too, as "
            'boto3.client("s3", **session.credentials) does.',
        )
    shown = {} if token is None else {"Token-0": token}
    if token != key.token:
        raise InvalidToken(
            reason=f"the session token does not belong to the key {key_id}. Pass those that were made together.",
            **shown,
        )
    if key.expires is not None and service.clock.now() >= key.expires:
        raise ExpiredToken(
            reason=f"the credentials of {key.principal} ended at {format_seconds(key.expires)}, and by the fake's "
            f"clock it is {format_seconds(service.clock.now())}. Make new ones, with s3.role(...).",
            **shown,
        )
    return key


def principal_of(service: Service, key: AccessKey | None) -> Principal:
    """Return whose key this is; an unknown one is that of the root user of the fake's own account."""
    return service.root if key is None else key.principal


def check_region(exchange: Exchange, signed_by: Credential, refuse: Refuse) -> None:
    """Refuse a signature for another region than the endpoint's.

    The refusal names the right region, so that clients sign anew: that of the bucket, where there is one. A signature
    for the bucket's own region, but sent to another, is left to be redirected. Hosts that are not Amazon's are in any
    region.
    """
    region = exchange.region
    if (
        signed_by.region == region
        or (region is None and exchange.host.kind != "accelerate")
        or signed_by.region is None
    ):
        return
    name, _ = locate(exchange.host, exchange.request.path)
    bucket = None if name is None else exchange.service.world.buckets.get(name)
    expected = region if bucket is None else bucket.region
    if expected is None or signed_by.region == expected:
        return
    refusal = refuse(f"the region '{signed_by.region}' is wrong; expecting '{expected}'")
    refusal.members["Region"] = expected
    if bucket is not None:
        refusal.headers["x-amz-bucket-region"] = expected
    raise refusal


def check_region_set(exchange: Exchange, region_set: str | None, refuse: Refuse) -> None:
    """Refuse a signature by ECDSA for regions among which the endpoint's is not."""
    region = exchange.region
    patterns = [] if region_set is None else [each.strip() for each in region_set.split(",")]
    if not patterns or (region is not None and not any(fnmatchcase(region, each) for each in patterns)):
        raise refuse(f"the region set '{region_set or ''}' is wrong; expecting '{region or '*'}'")


def check_date(exchange: Exchange) -> datetime:
    """Return the date of a request that is signed in a header.

    Raises: AccessDenied, where it has none; RequestTimeTooSkewed, where it is too far off.
    """
    headers, clock = exchange.request.headers, exchange.service.clock
    text = headers.get("x-amz-date") or headers.get("date") or ""
    date = parse_basic(text) or parse_http_date(text)
    if date is None:
        raise AccessDenied(UNDATED)
    now = clock.now()
    if abs(now - date) > SKEW and abs(clock.outside - date) > SKEW:
        raise RequestTimeTooSkewed(
            RequestTime=text,
            ServerTime=format_seconds(now),
            MaxAllowedSkewMilliseconds=SKEW // timedelta(milliseconds=1),
            reason=f"the request was signed at {format_seconds(date)}, and it is {format_seconds(clock.outside)}, by "
            f"the fake's clock {format_seconds(now)}. Send it within 15 minutes, or sign it anew.",
        )
    return date


def expect_chunks(exchange: Exchange, signed: Signature, key: AccessKey, secret: str, date: str | None) -> None:
    """Have the chunks of a body checked, where they are signed."""
    if exchange.request.headers.get("x-amz-content-sha256", "").startswith(SIGNED_CHUNKS):
        if date is None:
            raise AccessDenied(UNDATED)
        exchange.chunk_signatures = version_4.Chunks(signed, key, secret, date)
