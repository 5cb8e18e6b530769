"""Who made a request, and whether a presigned URL still holds.

A request is made by whoever's key signed it. The signature of a presigned URL is checked whenever the key's secret is
known, its expiry always; both versions of signatures are in use, since boto3 still presigns with the old one.

What a signature covers is the request as it was sent: the path encoded once and never normalised, the query sorted,
the headers it names.

S3: API/sigv4-query-string-auth.html, API/RESTAuthentication.html
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from urllib.parse import quote, unquote_to_bytes

from fakes3.model.errors import (
    AccessDenied,
    AuthorizationQueryParametersError,
    InvalidArgument,
    S3Error,
    SignatureDoesNotMatch,
)
from fakes3.model.identity import ANONYMOUS, AccessKey, Principal
from fakes3.operations.service import Service
from fakes3.wire.addressing import Host
from fakes3.wire.message import Request

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST = 604_800
"""How many seconds a presigned URL may live: a week."""

SKEW = timedelta(minutes=15)
"""How far a client's clock may be ahead."""

_PARAMETERS = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Signature",
    "X-Amz-Date",
    "X-Amz-SignedHeaders",
    "X-Amz-Expires",
)
_PARAMETERS_V2 = ("Signature", "Expires", "AWSAccessKeyId")
_MAY_STAY_UNSIGNED = frozenset({"x-amz-content-sha256"})

# fmt: off
_SUBRESOURCES = frozenset(
    {
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "encryption", "inventory",
        "legal-hold", "lifecycle", "location", "logging", "metrics", "notification", "object-lock",
        "ownershipControls", "partNumber", "policy", "policyStatus", "publicAccessBlock", "replication",
        "requestPayment", "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires", "restore", "retention", "select",
        "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning",
        "versions", "website",
    }
)
# fmt: on
"""The query parameters that a signature of version 2 covers. S3: API/RESTAuthentication.html"""

Query = Mapping[str, str]


def caller_of(service: Service, request: Request, host: Host, query: Query) -> Principal:
    """The principal whose key signed; nobody in particular where nobody signed.

    A key the fake does not know is the root of the fake's own account, so that plain tests need no set-up.

    Raises: AuthorizationQueryParametersError, AccessDenied, SignatureDoesNotMatch, InvalidArgument.
    """
    authorization = request.headers.get("authorization")
    if not query and authorization is None:
        return ANONYMOUS
    in_query = [name for name in _PARAMETERS if name in query]
    in_query_v2 = [name for name in ("Signature", "AWSAccessKeyId") if name in query]
    if authorization is not None:
        if in_query or in_query_v2:
            raise InvalidArgument(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified",
                ArgumentName="Authorization",
                ArgumentValue=authorization,
            )
        return _principal(service, _key_id(authorization))
    if in_query:
        _check_presigned(service, request, query)
        return _principal(service, query["X-Amz-Credential"].partition("/")[0])
    if in_query_v2:
        _check_presigned_v2(service, request, host, query)
        return _principal(service, query["AWSAccessKeyId"])
    return ANONYMOUS


def signing_key(secret: str, date: str, region: str) -> bytes:
    """The key that signs for S3 on a day in a region, derived from a secret.

    S3: API/sig-v4-header-based-auth.html
    """
    key = f"AWS4{secret}".encode()
    for part in (date, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_query(query: Query) -> str:
    """A query as signatures cover it: encoded anew, sorted, and without the signature itself."""
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items() if name != _PARAMETERS[2]
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


def _principal(service: Service, key_id: str) -> Principal:
    key = service.access_keys.get(key_id)
    return service.root if key is None else key.principal


def _key_id(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme == "AWS":
        return rest.partition(":")[0]
    return rest.partition("Credential=")[2].partition("/")[0]


def _check_presigned(service: Service, request: Request, query: Query) -> None:
    if not all(name in query for name in _PARAMETERS):
        raise AuthorizationQueryParametersError(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise AuthorizationQueryParametersError(
            'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
        )
    key_id, date, region = _credential(query["X-Amz-Credential"])
    signed_at = _moment(query["X-Amz-Date"])
    if f"{signed_at:%Y%m%d}" != date:
        raise AuthorizationQueryParametersError(
            f'Invalid credential date "{date}". This date is not the same as X-Amz-Date: "{query["X-Amz-Date"]}".'
        )
    lifetime = _lifetime(query["X-Amz-Expires"])
    now = service.clock.now()
    if signed_at - now > SKEW:
        raise AccessDenied("Request is not yet valid")
    expiry = signed_at + lifetime
    if now > expiry:
        raise AccessDenied(
            "Request has expired",
            **{"X-Amz-Expires": query["X-Amz-Expires"], "Expires": _iso(expiry), "ServerTime": _iso(now)},
        )
    signed = query["X-Amz-SignedHeaders"].lower().split(";")
    _check_all_signed(request, signed)
    key = service.access_keys.get(key_id)
    if key is not None and key.secret is not None:
        scope = f"{date}/{region}/s3/aws4_request"
        canonical = canonical_request(request, query, signed)
        to_sign = f"{ALGORITHM}\n{query['X-Amz-Date']}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        computed = hmac.new(signing_key(key.secret, date, region), to_sign.encode(), sha256).hexdigest()
        if not hmac.compare_digest(computed, query["X-Amz-Signature"]):
            raise _mismatch(key, to_sign, query["X-Amz-Signature"], canonical)


def canonical_request(request: Request, query: Query, signed_headers: list[str]) -> str:
    """A request as a signature of version 4 covers it, its body unsigned unless a signed header says otherwise."""
    headers = {**request.headers, "host": request.headers.get("host", request.host)}
    lines = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in signed_headers)
    hashed = headers["x-amz-content-sha256"] if "x-amz-content-sha256" in signed_headers else "UNSIGNED-PAYLOAD"
    path = quote(unquote_to_bytes(request.path), safe="/-_.~")
    return "\n".join((request.method, path, canonical_query(query), lines, ";".join(signed_headers), hashed))


def _credential(text: str) -> tuple[str, str, str]:
    parts = text.rsplit("/", 4)
    problem = "Error parsing the X-Amz-Credential parameter; "
    if len(parts) != 5 or not parts[0]:
        raise AuthorizationQueryParametersError(
            f'{problem}the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    key_id, date, region, service, terminal = parts
    if len(date) != 8 or not date.isdigit():
        raise AuthorizationQueryParametersError(
            f'{problem}incorrect date format "{date}". This date in the credential must be in the format "yyyyMMdd".'
        )
    if service not in {"s3", "s3express"}:
        raise AuthorizationQueryParametersError(
            f'{problem}incorrect service "{service}". This endpoint belongs to "s3".'
        )
    if terminal != "aws4_request":
        raise AuthorizationQueryParametersError(
            f'{problem}incorrect terminal "{terminal}". This endpoint uses "aws4_request".'
        )
    return key_id, date, region


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise AuthorizationQueryParametersError(
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
        ) from None


def _lifetime(text: str) -> timedelta:
    try:
        seconds = int(text)
    except ValueError:
        raise AuthorizationQueryParametersError("X-Amz-Expires should be a number") from None
    if seconds < 0:
        raise AuthorizationQueryParametersError("X-Amz-Expires must be non-negative")
    if seconds > LONGEST:
        raise AuthorizationQueryParametersError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            "604800 seconds"
        )
    return timedelta(seconds=seconds)


def _check_all_signed(request: Request, signed: list[str]) -> None:
    unsigned = [
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in signed and name not in _MAY_STAY_UNSIGNED
    ]
    if unsigned:
        raise AccessDenied(
            "There were headers present in the request which were not signed", HeadersNotSigned=", ".join(unsigned)
        )


def _check_presigned_v2(service: Service, request: Request, host: Host, query: Query) -> None:
    if not all(name in query for name in _PARAMETERS_V2):
        raise AccessDenied("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    if not (query["Expires"].isascii() and query["Expires"].isdigit()):
        raise AccessDenied(f"Invalid date (should be seconds since epoch): {query['Expires']}")
    expiry = datetime.fromtimestamp(min(int(query["Expires"]), 2**33), UTC)
    now = service.clock.now()
    if now > expiry:
        raise AccessDenied("Request has expired", Expires=_iso(expiry), ServerTime=_iso(now))
    key = service.access_keys.get(query["AWSAccessKeyId"])
    if key is not None and key.secret is not None:
        to_sign = _string_to_sign_v2(request, host, query)
        computed = b64encode(hmac.new(key.secret.encode(), to_sign.encode(), sha1).digest()).decode()
        if not hmac.compare_digest(computed, query["Signature"]):
            raise _mismatch(key, to_sign, query["Signature"], None)


def _string_to_sign_v2(request: Request, host: Host, query: Query) -> str:
    # What a client puts into the query of such a URL counts as the header of that name.
    headers = {name.lower(): value for name, value in query.items() if name.lower().startswith("x-amz-")}
    headers |= request.headers
    amz = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-amz-"))
    bucket = "" if host.bucket is None else f"/{host.bucket}"
    covered = sorted(name for name in query if name in _SUBRESOURCES)
    subresources = "&".join(f"{name}={query[name]}" if query[name] else name for name in covered)
    resource = f"{bucket}{request.path}" + (f"?{subresources}" if subresources else "")
    first = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), query["Expires"]]
    return "\n".join(first) + f"\n{amz}{resource}"


def _mismatch(key: AccessKey, to_sign: str, provided: str, canonical: str | None) -> S3Error:
    members = {
        "AWSAccessKeyId": key.id,
        "StringToSign": to_sign,
        "SignatureProvided": provided,
        "StringToSignBytes": to_sign.encode().hex(" "),
    }
    if canonical is not None:
        members |= {"CanonicalRequest": canonical, "CanonicalRequestBytes": canonical.encode().hex(" ")}
    return SignatureDoesNotMatch(**members)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
