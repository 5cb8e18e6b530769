"""Signatures of version 2, made by the secret itself of a few lines of the request. Only the oldest regions take them.

S3: API/RESTAuthentication.html
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping

from fakes3.model.errors import InvalidArgument, InvalidRequest
from fakes3.model.identity import AccessKey
from fakes3.model.regions import takes_version_2
from fakes3.wire.addressing import Host
from fakes3.wire.message import Request
from fakes3.wire.signature_v4 import as_sent, bytes_of, mismatch

HEADERS = frozenset({"content-md5", "content-type"})

# fmt: off
SUBRESOURCES = frozenset(
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
"""The query parameters that a signature covers."""


def authorization(text: str) -> tuple[str, str]:
    """The key's id and the signature in an Authorization header.

    Raises: InvalidArgument.
    """
    key_id, colon, signed = text.partition(" ")[2].partition(":")
    if not (key_id and colon and signed) or ":" in signed or " " in f"{key_id}{signed}":
        raise InvalidArgument(
            "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
            ArgumentName="Authorization",
            ArgumentValue=text,
        )
    return key_id, signed


def check_taken(region: str) -> None:
    """Refuse version 2 in regions that opened after January 2014. Raises: InvalidRequest."""
    if not takes_version_2(region):
        raise InvalidRequest(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )


def check(to_sign: str, key: AccessKey, secret: str, provided: str) -> None:
    """Refuse a signature that is not the one this secret makes. Raises: SignatureDoesNotMatch."""
    if signature(secret, to_sign) != provided:
        raise mismatch(key, provided, to_sign)


def signature(secret: str, to_sign: str) -> str:
    """The signature by a secret."""
    return b64encode(hmac.digest(secret.encode(), bytes_of(to_sign), "sha1")).decode()


def string_to_sign(request: Request, host: Host, query: Mapping[str, str], expires: str | None = None) -> str:
    """What of a request is signed.

    Args:
        request: The request.
        host: The host that was called.
        query: The parameters of the query.
        expires: When a presigned URL expires, which stands in the place of the date; None for other requests.
    """
    # What a client puts into the query of a presigned URL counts as the header of that name.
    headers = dict(request.headers) if expires is None else carried(query) | dict(request.headers)
    amz = "".join(f"{name}:{as_sent(headers[name])}\n" for name in sorted(headers) if name.startswith("x-amz-"))
    bucket = "" if host.bucket is None else f"/{host.bucket}"
    covered = sorted(name for name in query if name in SUBRESOURCES)
    subresources = "&".join(f"{name}={query[name]}" if query[name] else name for name in covered)
    resource = f"{bucket}{request.path}" + (f"?{subresources}" if subresources else "")
    if expires is None:
        expires = "" if "x-amz-date" in headers else headers.get("date", "")
    first = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), expires]
    return "\n".join(first) + f"\n{amz}{resource}"


def carried(query: Mapping[str, str]) -> dict[str, str]:
    """The headers that a presigned URL carries in its query."""
    return {
        name.lower(): value
        for name, value in query.items()
        if name.lower().startswith("x-amz-") or name.lower() in HEADERS
    }
