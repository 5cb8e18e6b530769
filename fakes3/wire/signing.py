"""Who made a request, and whether a presigned URL still holds.

A request is made by whoever's key signed it. The signature of a presigned URL is checked whenever the key's secret is
known, its expiry always; both versions of signatures are in use, since boto3 still presigns with the old one.

What a signature covers is the request as it was sent: the path encoded once and never normalised, the query sorted,
the headers it names.

S3: API/sigv4-query-string-auth.html, API/RESTAuthentication.html
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote, unquote_plus, unquote_to_bytes

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
UNSIGNED = "UNSIGNED-PAYLOAD"
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
_HEADERS_V2 = frozenset({"content-md5", "content-type"})
_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_DAY = re.compile(r"[0-9]{8}")
_SECONDS = re.compile(r"-?[0-9]+")
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


class Credential(NamedTuple):
    """Whose key signed, and for which day and region."""

    key_id: str
    date: str
    region: str


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
        return principal_of(service, _key_id(authorization))
    if in_query:
        return principal_of(service, _check_presigned(service, request, host, query))
    if in_query_v2:
        _check_presigned_v2(service, request, host, query)
        return principal_of(service, query["AWSAccessKeyId"])
    return ANONYMOUS


def headers_in(request: Request, query: Query) -> Mapping[str, str]:
    """The headers of a request, with those that a presigned URL carries in its query. A header wins over its twin.

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
    elif "Signature" in query:
        carried = _carried_v2(query)
    else:
        return request.headers
    return carried | dict(request.headers)


def signing_key(secret: str, date: str, region: str) -> bytes:
    """The key that signs for S3 on a day in a region, derived from a secret.

    S3: API/sig-v4-header-based-auth.html
    """
    key = f"AWS4{secret}".encode()
    for part in (date, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def canonical_query(query: str) -> str:
    """A query as signatures cover it: every parameter encoded anew, sorted, and without the signature itself."""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name and unquote_plus(name) != "X-Amz-Signature":
            pairs.append((_encoded_anew(name), _encoded_anew(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def credential(text: str, host: Host, refuse: Callable[[str], S3Error]) -> Credential:
    """The parts of a credential.

    Args:
        text: The credential.
        host: The host that was called. One that names its region wants signatures for that region.
        refuse: Makes the error to raise from what is wrong.
    """
    parts = text.rsplit("/", 4)
    problem = "Error parsing the X-Amz-Credential parameter; "
    if len(parts) != 5 or not parts[0]:
        raise refuse(
            f'{problem}the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    key_id, date, region, service, terminal = parts
    if not _DAY.fullmatch(date):
        raise refuse(
            f'{problem}incorrect date format "{date}". This date in the credential must be in the format "yyyyMMdd".'
        )
    if service not in {"s3", "s3express"}:
        raise refuse(f'{problem}incorrect service "{service}". This endpoint belongs to "s3".')
    if terminal != "aws4_request":
        raise refuse(f'{problem}incorrect terminal "{terminal}". This endpoint uses "aws4_request".')
    if host.region is not None and region != host.region:
        refusal = refuse(f"{problem}the region '{region}' is wrong; expecting '{host.region}'")
        refusal.members["Region"] = host.region
        raise refusal
    return Credential(key_id, date, region)


def check_day(signed_by: Credential, date: str, refuse: Callable[[str], S3Error]) -> None:
    """Refuse a credential of another day than the X-Amz-Date beside it."""
    if not date.startswith(signed_by.date):
        raise refuse(f'Invalid credential date "{signed_by.date}". This date is not the same as X-Amz-Date: "{date}".')


def is_moment(text: str) -> bool:
    """Whether a text is a moment as X-Amz-Date has it: `20130524T000000Z`."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.strptime(text, "%Y%m%dT%H%M%SZ")
    except ValueError:
        return False
    return True


def check_signature(key: AccessKey, computed: str, provided: str, to_sign: str, canonical: str | None = None) -> None:
    """Refuse a signature that is not the computed one, and tell what it should have been made of."""
    if computed != provided:
        members = {
            "AWSAccessKeyId": key.id,
            "StringToSign": to_sign,
            "SignatureProvided": provided,
            "StringToSignBytes": _bytes_of(to_sign).hex(" "),
        }
        if canonical is not None:
            members |= {"CanonicalRequest": canonical, "CanonicalRequestBytes": _bytes_of(canonical).hex(" ")}
        raise SignatureDoesNotMatch(**members)


def signature(key: bytes, to_sign: str) -> str:
    """The signature of version 4 by a key from `signing_key`."""
    return hmac.digest(key, _bytes_of(to_sign), "sha256").hex()


def signature_v2(secret: str, to_sign: str) -> str:
    """The signature of version 2, which the secret makes itself. S3: API/RESTAuthentication.html"""
    return b64encode(hmac.digest(secret.encode(), _bytes_of(to_sign), "sha1")).decode()


def principal_of(service: Service, key_id: str) -> Principal:
    """Whose key this is; the root of the fake's own account for a key it does not know."""
    key = service.access_keys.get(key_id)
    return service.root if key is None else key.principal


def _key_id(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme == "AWS":
        return rest.partition(":")[0]
    return rest.partition("Credential=")[2].partition("/")[0]


def _check_presigned(service: Service, request: Request, host: Host, query: Query) -> str:
    """Hold a presigned URL to its expiry and signature; answers the id of the key that signed it."""
    refuse = AuthorizationQueryParametersError
    if not all(name in query for name in _PARAMETERS):
        raise refuse
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise refuse('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"')
    signed_by = credential(query["X-Amz-Credential"], host, refuse)
    date = query["X-Amz-Date"]
    if not is_moment(date):
        raise refuse("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    check_day(signed_by, date, refuse)
    lifetime = _lifetime(query["X-Amz-Expires"])
    signed_at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
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
    key = service.access_keys.get(signed_by.key_id)
    if key is not None and key.secret is not None:
        scope = f"{signed_by.date}/{signed_by.region}/s3/aws4_request"
        canonical = canonical_request(request, signed)
        to_sign = f"{ALGORITHM}\n{date}\n{scope}\n{sha256(_bytes_of(canonical)).hexdigest()}"
        computed = signature(signing_key(key.secret, signed_by.date, signed_by.region), to_sign)
        check_signature(key, computed, query["X-Amz-Signature"], to_sign, canonical)
    return signed_by.key_id


def canonical_request(request: Request, signed_headers: list[str]) -> str:
    """A request as a signature of version 4 covers it, its body unsigned unless a signed header says otherwise."""
    headers = {"host": request.host} | dict(request.headers)
    lines = "".join(f"{name}:{' '.join(_as_sent(headers.get(name, '')).split())}\n" for name in signed_headers)
    is_hashed = "x-amz-content-sha256" in signed_headers
    hashed = headers.get("x-amz-content-sha256", UNSIGNED) if is_hashed else UNSIGNED
    path = quote(unquote_to_bytes(request.path), safe="/-_.~")
    return "\n".join((request.method, path, canonical_query(request.query), lines, ";".join(signed_headers), hashed))


def _lifetime(text: str) -> timedelta:
    if not _SECONDS.fullmatch(text):
        raise AuthorizationQueryParametersError("X-Amz-Expires should be a number")
    if text.startswith("-"):
        raise AuthorizationQueryParametersError("X-Amz-Expires must be non-negative")
    seconds = _integer(text)
    if seconds > LONGEST:
        raise AuthorizationQueryParametersError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            "604800 seconds"
        )
    return timedelta(seconds=seconds)


def _check_all_signed(request: Request, signed: list[str]) -> None:
    unsigned = [
        name
        for name in ("host", *request.headers)
        if (name.startswith("x-amz-") or name == "host") and name not in signed and name not in _MAY_STAY_UNSIGNED
    ]
    if unsigned:
        raise AccessDenied(
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(dict.fromkeys(unsigned)),
        )


def _check_presigned_v2(service: Service, request: Request, host: Host, query: Query) -> None:
    if not all(name in query for name in _PARAMETERS_V2):
        raise AccessDenied("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    if not (query["Expires"].isascii() and query["Expires"].isdigit()):
        raise AccessDenied(f"Invalid date (should be seconds since epoch): {query['Expires']}")
    expiry = datetime.fromtimestamp(min(_integer(query["Expires"]), 2**33), UTC)
    now = service.clock.now()
    if now > expiry:
        raise AccessDenied("Request has expired", Expires=_iso(expiry), ServerTime=_iso(now))
    key = service.access_keys.get(query["AWSAccessKeyId"])
    if key is not None and key.secret is not None:
        to_sign = _string_to_sign_v2(request, host, query)
        check_signature(key, signature_v2(key.secret, to_sign), query["Signature"], to_sign)


def _string_to_sign_v2(request: Request, host: Host, query: Query) -> str:
    # What a client puts into the query of such a URL counts as the header of that name.
    headers = _carried_v2(query) | dict(request.headers)
    amz = "".join(f"{name}:{_as_sent(headers[name])}\n" for name in sorted(headers) if name.startswith("x-amz-"))
    bucket = "" if host.bucket is None else f"/{host.bucket}"
    covered = sorted(name for name in query if name in _SUBRESOURCES)
    subresources = "&".join(f"{name}={query[name]}" if query[name] else name for name in covered)
    resource = f"{bucket}{request.path}" + (f"?{subresources}" if subresources else "")
    first = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), query["Expires"]]
    return "\n".join(first) + f"\n{amz}{resource}"


def _carried_v2(query: Query) -> dict[str, str]:
    """The headers that a URL presigned with version 2 carries in its query."""
    return {
        name.lower(): value
        for name, value in query.items()
        if name.lower().startswith("x-amz-") or name.lower() in _HEADERS_V2
    }


def _is_of_a_checksum(name: str) -> bool:
    return name.startswith("x-amz-checksum-") or name == "x-amz-sdk-checksum-algorithm"


def _encoded_anew(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="-_.~")


def _integer(digits: str) -> int:
    """A number of any length; Python refuses to read one of thousands of digits."""
    return int(digits) if len(digits) < 20 else 10**20


def _as_sent(value: str) -> str:
    """A header as its sender signed it: UTF-8 arrives as latin-1."""
    try:
        return value if value.isascii() else value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _bytes_of(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
