"""Signatures of version 4: how they are written, what they cover, and how the chunks of a body are signed.

A signature covers the request as it was sent: the path, encoded once and never normalised; the query, sorted; and the
headers that the signature names. It has a scope: a day, a region and a service. It is made in one of two ways: by HMAC,
with a key derived from the secret and the scope, or by ECDSA, with a key derived from the secret, for many regions.

S3: API/sig-v4-authenticating-requests.html, API/sigv4-streaming.html
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote_plus, unquote_to_bytes

from fakes3.model.errors import (
    AccessDenied,
    AuthorizationHeaderMalformed,
    InvalidArgument,
    S3Error,
    SignatureDoesNotMatch,
)
from fakes3.model.identity import AccessKey
from fakes3.wire.message import Request
from fakes3.wire.signatures import version_4a
from fakes3.wire.signatures.signature import Credential, Refuse, Signature

HMAC = "AWS4-HMAC-SHA256"
ECDSA = "AWS4-ECDSA-P256-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"

_COMPONENTS = ("Credential", "SignedHeaders", "Signature")
_EMPTY_HASH = sha256().hexdigest()
_DAY = re.compile(r"[0-9]{8}")
_PORTS = {"http": ":80", "https": ":443"}

# ---- Reading ----


def parse_authorization(text: str) -> Signature:
    """Return the signature in an Authorization header of version 4.

    Raises: InvalidArgument, AuthorizationHeaderMalformed.
    """
    head, found, signature = text.rpartition(", Signature=")
    if not found or "," in signature:
        return _parse_authorization(text)
    try:
        algorithm, signed_by, names = _parse_head(head)
    except S3Error:
        return _parse_authorization(text)  # raises again, with the whole text
    return Signature(algorithm, signed_by, names, signature)


@lru_cache(maxsize=1024)
def _parse_head(text: str) -> tuple[str, Credential, tuple[str, ...]]:
    """Return what comes before the signature. It is the same in many requests, so it is parsed once."""
    return _parse_authorization(f"{text}, Signature=")[:3]


def _parse_authorization(text: str) -> Signature:
    algorithm, space, rest = text.strip().partition(" ")
    argument = {"ArgumentName": "Authorization", "ArgumentValue": text}
    if not space:
        raise InvalidArgument("Authorization header is invalid -- one and only one ' ' (space) required", **argument)
    if algorithm not in {HMAC, ECDSA}:
        raise InvalidArgument("Unsupported Authorization Type", **argument)
    parts = rest.split(",")
    if len(parts) != len(_COMPONENTS):
        raise malformed("the authorization header requires three components: Credential, SignedHeaders, and Signature.")
    named = dict(part.strip().split("=", 1) for part in parts if "=" in part)
    for name in _COMPONENTS:
        if name not in named:
            raise malformed(f"missing {name}.")
    found = parse_credential(named["Credential"], malformed, with_region=algorithm == HMAC)
    return Signature(algorithm, found, tuple(named["SignedHeaders"].lower().split(";")), named["Signature"].strip())


def find_key_id(text: str) -> str:
    """Return the id of the access key in an Authorization header, even a malformed one."""
    return text.partition("Credential=")[2].partition(",")[0].rsplit("/", 4)[0]


def malformed(problem: str) -> S3Error:
    """Return the error for a malformed Authorization header."""
    return AuthorizationHeaderMalformed(f"The authorization header is malformed; {problem}")


def parse_credential(text: str, refuse: Refuse, *, with_region: bool = True) -> Credential:
    """Return the parts of a credential. `refuse` returns the error to raise."""
    parts = text.strip().rsplit("/", 4 if with_region else 3)
    if len(parts) != (5 if with_region else 4) or not parts[0]:
        form = f"<YOUR-AKID>/YYYYMMDD/{'REGION/' if with_region else ''}SERVICE/aws4_request"
        raise refuse(f'the Credential is mal-formed; expecting "{form}".')
    key_id, date, *region, service, terminal = parts
    if not _DAY.fullmatch(date):
        raise refuse(f'incorrect date format "{date}". This date in the credential must be in the format "yyyyMMdd".')
    if service not in {"s3", "s3express"}:
        raise refuse(f'incorrect service "{service}". This endpoint belongs to "s3".')
    if terminal != "aws4_request":
        raise refuse(f'incorrect terminal "{terminal}". This endpoint uses "aws4_request".')
    return Credential(key_id, date, region[0] if region else None, service)


# ---- What a signature covers ----


def check_all_signed(request: Request, signed: Iterable[str], *, but: Collection[str] = ()) -> None:
    """Refuse a request if its host or an `x-amz-` header is not signed. The headers `but` need not be."""
    unsigned = [
        name
        for name in ("host", *request.headers)
        if (name.startswith("x-amz-") or name == "host") and name not in signed and name not in but
    ]
    if unsigned:
        raise AccessDenied(
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(dict.fromkeys(unsigned)),
            reason="every x-amz- header of a request must be signed. Pass these headers when you sign or presign, or "
            "do not send them.",
        )


def canonical_request(request: Request, signed_headers: Iterable[str]) -> str:
    """Return the text of a request that a signature covers. Without a signed header for it, the body is unsigned."""
    headers = {"host": request.host.removesuffix(_PORTS.get(request.scheme, "")), **request.headers}
    names = list(signed_headers)
    lines = "".join(f"{name}:{' '.join(as_sent(headers.get(name, '')).split())}\n" for name in names)
    hashed = headers.get("x-amz-content-sha256", UNSIGNED) if "x-amz-content-sha256" in names else UNSIGNED
    path = quote(unquote_to_bytes(encode_text(request.path)), safe="/-_.~")
    return "\n".join((request.method, path, canonical_query(request.query), lines, ";".join(names), hashed))


def canonical_query(query: str) -> str:
    """Return a query in the form that signatures cover: encoded again, sorted, without the signature itself."""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name and unquote_plus(name) != "X-Amz-Signature":
            pairs.append((_encode_again(name), _encode_again(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def check(request: Request, signed: Signature, key: AccessKey | None, date: str) -> None:
    """Refuse a request whose signature was not made with this key, at this `X-Amz-Date`.

    Raises: SignatureDoesNotMatch.
    """
    canonical = canonical_request(request, signed.signed_headers)
    hashed = sha256(encode_text(canonical)).hexdigest()
    to_sign = f"{signed.algorithm}\n{date}\n{signed.credential.scope}\n{hashed}"
    check_text(signed, key, to_sign, canonical)


def check_text(signed: Signature, key: AccessKey | None, to_sign: str, canonical: str | None = None) -> None:
    """Refuse a signature that was not made of this text, if the secret of its key is known.

    Raises: SignatureDoesNotMatch.
    """
    if key is not None and key.secret is not None and not _is_signature(signed, key.secret, to_sign):
        raise mismatch(key, signed.value, to_sign, canonical)


def mismatch(key: AccessKey, provided: str, to_sign: str, canonical: str | None = None) -> S3Error:
    """Return the error for a wrong signature. It shows the text that should have been signed."""
    members = {
        "AWSAccessKeyId": key.id,
        "StringToSign": to_sign,
        "SignatureProvided": provided,
        "StringToSignBytes": encode_text(to_sign).hex(" "),
    }
    if canonical is not None:
        members |= {"CanonicalRequest": canonical, "CanonicalRequestBytes": encode_text(canonical).hex(" ")}
    return SignatureDoesNotMatch(
        reason=f"the signature was not made with the secret of {key.id} ({key.principal}), or the request was "
        "changed later. Sign with that secret, and send the method, path, query, signed headers and body as signed.",
        **members,
    )


class ChunkSignatures:
    """Checks the signatures of a body's chunks. Each covers the signature before it, the first that of the request.

    `signed` is the signature of the request, `key` the access key that signed, `date` the request's `X-Amz-Date`.
    """

    def __init__(self, signed: Signature, key: AccessKey, date: str) -> None:
        self._previous = signed
        self._key = key
        self._stamp = f"{date}\n{signed.credential.scope}"

    def verify_chunk(self, data: bytes | memoryview, signature: str) -> None:
        """Refuse a chunk whose signature does not fit its data and its place. Raises: SignatureDoesNotMatch."""
        self._verify("PAYLOAD", f"{_EMPTY_HASH}\n{sha256(data).hexdigest()}", signature)

    def verify_trailer(self, canonical: bytes | memoryview, signature: str) -> None:
        """Refuse trailing headers that do not fit their signature. Raises: SignatureDoesNotMatch."""
        self._verify("TRAILER", sha256(canonical).hexdigest(), signature)

    def _verify(self, kind: str, hashes: str, signature: str) -> None:
        before = self._previous
        self._previous = before._replace(value=signature.rstrip("*"))  # by ECDSA they vary in length, and are padded
        check_text(self._previous, self._key, f"{before.algorithm}-{kind}\n{self._stamp}\n{before.value}\n{hashes}")


# ---- Arithmetic ----


def signing_key(secret: str, date: str, region: str, service: str = "s3") -> bytes:
    """Return the key derived from a secret that signs on a day in a region.

    S3: API/sig-v4-header-based-auth.html
    """
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, encode_text(part), "sha256")
    return key


def sign(key: bytes, to_sign: str) -> str:
    """Return the signature that a key from `signing_key` makes."""
    return hmac.digest(key, encode_text(to_sign), "sha256").hex()


def _is_signature(signed: Signature, secret: str, to_sign: str) -> bool:
    key_id, date, region, service = signed.credential
    if region is None:
        return version_4a.is_signature(key_id, secret, encode_text(to_sign), signed.value)
    return sign(signing_key(secret, date, region, service), to_sign) == signed.value


def _encode_again(text: str) -> str:
    return quote(unquote_to_bytes(encode_text(text.replace("+", " "))), safe="-_.~")


def as_sent(value: str) -> str:
    """Return the value of a header as the client signed it: UTF-8 is received as latin-1."""
    try:
        return value if value.isascii() else value.encode("latin-1").decode()
    except UnicodeError:
        return value


def encode_text(text: str) -> bytes:
    """Return a text as UTF-8, even with lone surrogates."""
    return text.encode(errors="surrogatepass")
