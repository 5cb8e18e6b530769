"""Who made a request, and whether the signature that says so holds.

A request is made by whoever's key signed it: in its Authorization header, or in the query of a presigned URL. (What a
browser's form says of its maker is in `browser`.) A key the fake does not know is the root of the fake's own account,
so that plain tests need no set-up, unless the test asked for known callers only.

What is verified when:

- What a signature says of itself must be well formed, and a session token must belong to its key, always.
- A presigned URL is held to its expiry always, and to its signature whenever the key's secret is known. Chunks of a
  body are held to theirs whenever it is.
- The signature of an Authorization header, with the date it was made at and the headers it must cover, is verified for
  keys that say so (those of identities the test made, and of a server's accounts), or for all where the test asked.

The date of a header's signature must be within 15 minutes of the fake's clock, or of the process's. A test that moves
the fake's clock does not move that of its clients: they go on to sign by the process's, and are not wrong.

S3: API/sig-v4-authenticating-requests.html, API/RESTAuthentication.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from fakes3.model.dates import format_seconds as _iso
from fakes3.model.dates import parse_basic, parse_http_date
from fakes3.model.errors import (
    AccessDenied,
    AuthorizationQueryParametersError,
    ExpiredToken,
    InvalidAccessKeyId,
    InvalidArgument,
    InvalidRequest,
    InvalidToken,
    RequestTimeTooSkewed,
    S3Error,
)
from fakes3.model.identity import ANONYMOUS, AccessKey, Principal
from fakes3.model.numbers import read_int
from fakes3.model.regions import IMPLICIT_REGIONS
from fakes3.operations.service import Service
from fakes3.wire import signature_v2, signature_v4
from fakes3.wire.addressing import Host, locate
from fakes3.wire.message import Request
from fakes3.wire.payload import check_content_sha256
from fakes3.wire.signature_v4 import ECDSA, HMAC, Authorization, Credential, Refuse

LONGEST = 604_800
"""How many seconds a presigned URL may live: a week."""

SKEW = timedelta(minutes=15)
"""How far a client's clock may be off."""

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

_UNDATED = "AWS authentication requires a valid Date or x-amz-date header"
_UNPARSED = "Error parsing the X-Amz-Credential parameter; "
_SIGNED_CHUNKS = "STREAMING-AWS4-"
_MAY_STAY_UNSIGNED = frozenset({"x-amz-content-sha256"})

Query = Mapping[str, str]


def caller_of(service: Service, request: Request, host: Host, query: Query) -> Principal:
    """The principal whose key signed; nobody in particular where nobody signed.

    Where the body is sent in signed chunks, the request is given what checks them.

    Raises: AccessDenied, AuthorizationHeaderMalformed, AuthorizationQueryParametersError, ExpiredToken,
        InvalidAccessKeyId, InvalidArgument, InvalidRequest, InvalidToken, RequestTimeTooSkewed, SignatureDoesNotMatch.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        if query and any(name in query for name in (*PARAMETERS, *PARAMETERS_V2)):
            raise InvalidArgument(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified",
                ArgumentName="Authorization",
                ArgumentValue=authorization,
            )
        if authorization.startswith("AWS "):
            return _by_header_v2(service, request, host, query, authorization)
        return _by_header(service, request, host, authorization)
    if query:
        if any(name in query for name in PARAMETERS):
            return _by_query(service, request, host, query)
        if any(name in query for name in PARAMETERS_V2):
            return _by_query_v2(service, request, host, query)
    if request.headers.get("x-amz-content-sha256", "").startswith(_SIGNED_CHUNKS):
        raise InvalidRequest(
            "Anonymous requests don't support this x-amz-content-sha256 value. Please use UNSIGNED-PAYLOAD or "
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER."
        )
    return ANONYMOUS


def headers_in(request: Request, query: Query) -> Mapping[str, str]:
    """The headers of a presigned request, with those that it carries in its query. A header wins over its twin.

    Clients put `x-amz-` headers there, and with a signature of version 2 also Content-Type and Content-MD5. A checksum
    counts only if the signature says that it is a header: what signed could not know the body.
    """
    if "X-Amz-Signature" in query:
        signed = query.get("X-Amz-SignedHeaders", "").lower().split(";")
        carried = {
            name.lower(): value
            for name, value in query.items()
            if name.lower().startswith("x-amz-") and (name.lower() in signed or not _is_of_a_checksum(name.lower()))
        }
    else:
        carried = signature_v2.carried(query)
    return carried | dict(request.headers)


# ---- Whose key ----


def known_key(service: Service, key_id: str, token: str | None) -> AccessKey | None:
    """The key with this id; None for one that the fake does not know, but takes.

    Args:
        service: The S3 that is asked.
        key_id: Its id.
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
            reason=f"the session token is none that belongs to the key {key_id}. Pass those that were made together.",
            **shown,
        )
    if key.expires is not None and service.clock.now() >= key.expires:
        raise ExpiredToken(
            reason=f"the credentials of {key.principal} ended at {_iso(key.expires)}, and by the fake's clock it is "
            f"{_iso(service.clock.now())}. Make new ones, with s3.role(...).",
            **shown,
        )
    return key


def principal_of(service: Service, key: AccessKey | None) -> Principal:
    """Whose key this is; the root of the fake's own account for one it does not know."""
    return service.root if key is None else key.principal


def serving_region(service: Service, request: Request, host: Host) -> str | None:
    """The region whose endpoint was called; None where the host is not Amazon's and does not say.

    The name of a bucket under the global endpoint leads to the bucket's region, once that has spread: clients that may
    be redirected, which sign in a header, meet the partition's first region there; URLs and forms, the bucket's.

    S3: userguide/VirtualHosting.html, "Request redirection and the REST API"
    """
    if host.region is not None or host.kind != "s3":
        return host.region
    if host.bucket is not None and "authorization" not in request.headers:
        bucket = service.world.buckets.get(host.bucket)
        if bucket is not None:
            return bucket.region
    return IMPLICIT_REGIONS[host.partition]


def check_region(service: Service, request: Request, host: Host, signed_by: Credential, refuse: Refuse) -> None:
    """Refuse a signature for another region than the endpoint's.

    The right region is told, so that clients sign anew: that of the bucket, where there is one. A signature for the
    bucket's own region, but sent to another, is left to be redirected. Hosts that are not Amazon's are in any region.
    """
    region = serving_region(service, request, host)
    if signed_by.region == region or (region is None and host.kind != "accelerate") or signed_by.region is None:
        return
    name, _ = locate(host, request.path)
    bucket = None if name is None else service.world.buckets.get(name)
    expected = region if bucket is None else bucket.region
    if expected is None or signed_by.region == expected:
        return
    refusal = refuse(f"the region '{signed_by.region}' is wrong; expecting '{expected}'")
    refusal.members["Region"] = expected
    if bucket is not None:
        refusal.headers["x-amz-bucket-region"] = expected
    raise refusal


def _check_region_set(service: Service, request: Request, host: Host, region_set: str | None, refuse: Refuse) -> None:
    """Refuse a signature by ECDSA for regions among which the endpoint's is not."""
    region = serving_region(service, request, host)
    patterns = [] if region_set is None else [each.strip() for each in region_set.split(",")]
    if not patterns or (region is not None and not any(fnmatchcase(region, each) for each in patterns)):
        raise refuse(f"the region set '{region_set or ''}' is wrong; expecting '{region or '*'}'")


# ---- In the Authorization header ----


def _by_header(service: Service, request: Request, host: Host, text: str) -> Principal:
    headers = request.headers
    try:
        signed = signature_v4.authorization(text)
        signed_by = signed.credential
        if signed_by.region is None:
            _check_region_set(service, request, host, headers.get("x-amz-region-set"), signature_v4.malformed)
        else:
            check_region(service, request, host, signed_by, signature_v4.malformed)
    except S3Error:
        if _is_verified(service, service.access_keys.get(signature_v4.key_id_in(text))):
            _check_date(service, request)  # S3 looks at the date first
        raise
    is_verified = _is_verified(service, service.access_keys.get(signed_by.key_id))
    date = headers.get("x-amz-date")
    if is_verified:
        date = f"{_check_date(service, request):%Y%m%dT%H%M%SZ}"
    if date is not None and not date.startswith(signed_by.date):
        raise signature_v4.malformed("Invalid credential date. Date is not the same as X-Amz-Date.")
    key = known_key(service, signed_by.key_id, headers.get("x-amz-security-token"))
    secret = None if key is None else key.secret
    if is_verified:
        signature_v4.check_all_signed(request, signed.signed_headers)
        stated = headers.get("x-amz-content-sha256")
        if stated is None:
            raise InvalidRequest("Missing required header for this request: x-amz-content-sha256")
        check_content_sha256(stated)
        if key is not None and secret is not None and date is not None:
            signature_v4.check(request, signed, key, secret, date)
    if key is not None and secret is not None:
        _expect_chunks(request, signed, key, secret, date)
    return principal_of(service, key)


def _by_header_v2(service: Service, request: Request, host: Host, query: Query, text: str) -> Principal:
    is_verified = _is_verified(service, service.access_keys.get(text.removeprefix("AWS ").partition(":")[0]))
    if is_verified:
        _check_date(service, request)
    signature_v2.check_taken(serving_region(service, request, host) or service.settings.region)
    key_id, provided = signature_v2.authorization(text)
    key = known_key(service, key_id, request.headers.get("x-amz-security-token"))
    if is_verified and key is not None and key.secret is not None:
        to_sign = signature_v2.string_to_sign(request, host, query)
        signature_v2.check(to_sign, key, key.secret, provided)
    return principal_of(service, key)


def _is_verified(service: Service, key: AccessKey | None) -> bool:
    """Whether what a key signs in an Authorization header is verified."""
    return service.settings.verifies_signatures or (key is not None and key.is_verified)


def _check_date(service: Service, request: Request) -> datetime:
    """The date of a request. Raises: AccessDenied, for none; RequestTimeTooSkewed, for one that is too far off."""
    text = request.headers.get("x-amz-date") or request.headers.get("date") or ""
    date = parse_basic(text) or parse_http_date(text)
    if date is None:
        raise AccessDenied(_UNDATED)
    now = service.clock.now()
    if abs(now - date) > SKEW and abs(service.clock.outside - date) > SKEW:
        raise RequestTimeTooSkewed(
            RequestTime=text,
            ServerTime=_iso(now),
            MaxAllowedSkewMilliseconds=SKEW // timedelta(milliseconds=1),
            reason=f"the request was signed at {_iso(date)}, and it is {_iso(service.clock.outside)}, by the fake's "
            f"clock {_iso(now)}. Send it within 15 minutes, or sign it anew.",
        )
    return date


def _expect_chunks(request: Request, signed: Authorization, key: AccessKey, secret: str, date: str | None) -> None:
    """Give a request what checks its chunks, where they are signed."""
    if request.headers.get("x-amz-content-sha256", "").startswith(_SIGNED_CHUNKS):
        if date is None:
            raise AccessDenied(_UNDATED)
        request.chunk_signatures = signature_v4.Chunks(signed, key, secret, date)


# ---- In the query ----


def _by_query(service: Service, request: Request, host: Host, query: Query) -> Principal:
    """Hold a presigned URL to its expiry and signature."""
    refuse = AuthorizationQueryParametersError
    algorithm = query.get("X-Amz-Algorithm")
    if not all(name in query for name in PARAMETERS):
        raise refuse
    if algorithm not in {HMAC, ECDSA}:
        raise refuse(f'X-Amz-Algorithm only supports "{HMAC} and {ECDSA}"')
    signed_by = credential_of(service, request, host, query["X-Amz-Credential"], refuse, with_region=algorithm == HMAC)
    if signed_by.region is None:
        _check_region_set(service, request, host, query.get("X-Amz-Region-Set"), _of_credential(refuse))
    date = query["X-Amz-Date"]
    signed_at = parse_basic(date)
    if signed_at is None:
        raise refuse("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    check_day(signed_by, date, refuse)
    lifetime = _lifetime(query["X-Amz-Expires"])
    now = service.clock.now()
    if signed_at - now > SKEW:
        raise AccessDenied(
            "Request is not yet valid",
            reason=f"it was presigned for {_iso(signed_at)}, and by the fake's clock it is {_iso(now)}. Presign by "
            "that clock, as boto3's clients do while the fake is active.",
        )
    expiry = signed_at + lifetime
    if now > expiry:
        raise AccessDenied(
            "Request has expired",
            reason=_expired(expiry, now),
            **{"X-Amz-Expires": query["X-Amz-Expires"], "Expires": _iso(expiry), "ServerTime": _iso(now)},
        )
    key = known_key(service, signed_by.key_id, query.get("X-Amz-Security-Token"))
    names = tuple(query["X-Amz-SignedHeaders"].lower().split(";"))
    signature_v4.check_all_signed(request, names, but=_MAY_STAY_UNSIGNED)
    if key is not None and key.secret is not None:
        signed = Authorization(algorithm, signed_by, names, query["X-Amz-Signature"])
        signature_v4.check(request, signed, key, key.secret, date)
        _expect_chunks(request, signed, key, key.secret, date)
    return principal_of(service, key)


def credential_of(
    service: Service, request: Request, host: Host, text: str, refuse: Refuse, *, with_region: bool = True
) -> Credential:
    """The credential of a presigned URL or form; `refuse` makes the error to raise."""
    signed_by = signature_v4.credential(text, _of_credential(refuse), with_region=with_region)
    check_region(service, request, host, signed_by, _of_credential(refuse))
    return signed_by


def _of_credential(refuse: Refuse) -> Refuse:
    return lambda problem: refuse(f"{_UNPARSED}{problem}")


def check_day(signed_by: Credential, date: str, refuse: Refuse) -> None:
    """Refuse a credential of another day than the X-Amz-Date beside it."""
    if not date.startswith(signed_by.date):
        raise refuse(f'Invalid credential date "{signed_by.date}". This date is not the same as X-Amz-Date: "{date}".')


def _lifetime(text: str) -> timedelta:
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


def _by_query_v2(service: Service, request: Request, host: Host, query: Query) -> Principal:
    signature_v2.check_taken(serving_region(service, request, host) or service.settings.region)
    if not all(name in query for name in (*PARAMETERS_V2, "Expires")):
        raise AccessDenied("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    expires = query["Expires"]
    seconds = read_int(expires)
    if seconds is None:
        raise AccessDenied(f"Invalid date (should be seconds since epoch): {expires}")
    expiry = datetime.fromtimestamp(min(seconds, 2**33), UTC)
    now = service.clock.now()
    if now > expiry:
        raise AccessDenied(
            "Request has expired",
            reason=_expired(expiry, now),
            Expires=_iso(expiry),
            ServerTime=_iso(now),
        )
    token = headers_in(request, query).get("x-amz-security-token")
    key = known_key(service, query["AWSAccessKeyId"], token)
    if key is not None and key.secret is not None:
        to_sign = signature_v2.string_to_sign(request, host, query, expires)
        signature_v2.check(to_sign, key, key.secret, query["Signature"])
    return principal_of(service, key)


def _expired(expiry: datetime, now: datetime) -> str:
    return (
        f"it was presigned to end at {_iso(expiry)}, and by the fake's clock it is {_iso(now)}. "
        "Presign for longer (ExpiresIn=), or use it before that."
    )


def _is_of_a_checksum(name: str) -> bool:
    return name.startswith("x-amz-checksum-") or name == "x-amz-sdk-checksum-algorithm"
