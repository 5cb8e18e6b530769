"""Signatures of version 2: an HMAC of a few lines of the request, with the secret as key. Only old regions take them.

S3: API/RESTAuthentication.html
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping

from fakes3.model.errors import InvalidArgument, InvalidRequest
from fakes3.model.identity import AccessKey
from fakes3.model.regions import takes_version_2
from fakes3.wire.addressing import Host, without_base
from fakes3.wire.message import Request
from fakes3.wire.signatures.signature import VERSION_2, Credential, Place, Signature
from fakes3.wire.signatures.version_4 import as_sent, encode_text, mismatch

_BUCKET = r"(\n/[^/?\n]+)(\?[^\n]*)?\Z"
"""The resource of a string to sign, where it is a bucket in the path."""

HEADERS = frozenset({"content-md5", "content-type"})

# fmt: off
SUBRESOURCES = frozenset({
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "encryption", "inventory", "legal-hold",
    "lifecycle", "location", "logging", "metrics", "notification", "object-lock", "ownershipControls", "partNumber",
    "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
    "response-expires", "restore", "retention", "select", "select-type", "storageClass", "tagging", "torrent",
    "uploadId", "uploads", "versionId", "versioning", "versions", "website",
})
# fmt: on
"""The query parameters that a signature covers."""


def parse_authorization(text: str) -> Signature:
    """Return the signature in an Authorization header of version 2. Raises: InvalidArgument."""
    key_id, colon, value = text.partition(" ")[2].partition(":")
    if not (key_id and colon and value) or ":" in value or " " in f"{key_id}{value}":
        raise InvalidArgument(
            "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
            ArgumentName="Authorization",
            ArgumentValue=text,
        )
    return make_signature(key_id, value, "REST-HEADER")


def make_signature(key_id: str, value: str, place: Place) -> Signature:
    """Return a signature of version 2, which has neither a scope nor a list of headers."""
    return Signature(VERSION_2, Credential(key_id), (), value, place)


def check_accepted_in(region: str) -> None:
    """Refuse version 2 in regions that opened after January 2014. Raises: InvalidRequest."""
    if not takes_version_2(region):
        raise InvalidRequest(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )


def check(to_sign: str, key: AccessKey | None, provided: str) -> None:
    """Refuse a signature that was not made with this key, if its secret is known. Raises: SignatureDoesNotMatch."""
    if key is None or key.secret is None:
        return
    # S3's reference signs a bucket in the path as the path is, "/bucket", and botocore signs "/bucket/".
    if provided not in {sign(key.secret, text) for text in (to_sign, re.sub(_BUCKET, r"\1/\2", to_sign))}:
        raise mismatch(key, provided, to_sign)


def sign(secret: str, to_sign: str) -> str:
    """Return the signature that a secret makes."""
    return b64encode(hmac.digest(secret.encode(), encode_text(to_sign), "sha1")).decode()


def string_to_sign(request: Request, host: Host, query: Mapping[str, str], expires: str | None = None) -> str:
    """Return the text of a request that is signed. It covers the bucket and the key, and not the path of an endpoint.

    The `Expires` of a presigned URL replaces the date; `expires` is None for other requests.
    """
    # Headers in the query of a presigned URL count as headers.
    headers = dict(request.headers) if expires is None else read_headers(query) | dict(request.headers)
    amz = "".join(f"{name}:{as_sent(headers[name])}\n" for name in sorted(headers) if name.startswith("x-amz-"))
    bucket = "" if host.bucket is None else f"/{host.bucket}"
    covered = sorted(name for name in query if name in SUBRESOURCES)
    subresources = "&".join(f"{name}={query[name]}" if query[name] else name for name in covered)
    resource = f"{bucket}{without_base(host, request.path)}" + (f"?{subresources}" if subresources else "")
    if expires is None:
        expires = "" if "x-amz-date" in headers else headers.get("date", "")
    first = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), expires]
    return "\n".join(first) + f"\n{amz}{resource}"


def read_headers(query: Mapping[str, str]) -> dict[str, str]:
    """Return the headers in the query of a presigned URL."""
    return {
        name.lower(): value
        for name, value in query.items()
        if name.lower().startswith("x-amz-") or name.lower() in HEADERS
    }
