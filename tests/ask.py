"""Send S3 a request by hand: `Ask(service)("PUT", "/bucket/key", {"x-amz-acl": "private"}, b"body")`.

For requests that no client library would send, and where a client in between would hide what is tested. The fixtures
`ask` of tests/rules and tests/wire are made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree

from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.operations.service import Service
from fakes3.wire.addressing import host_of
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request, Response

HOST = "s3.us-east-1.amazonaws.com"


def signed_by(key_id: str = ACCESS_KEY_ID, region: str = "us-east-1") -> str:
    """Return an Authorization header that names a key and a region. Its signature is wrong, and is not verified."""
    scope = f"{key_id}/20260101/{region}/s3/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"


class Refusal(NamedTuple):
    """What an `<Error>` document says, without its request ids."""

    status: int
    code: str
    message: str
    members: dict[str, str]


@dataclass
class Answer:
    """A response, and what its body says."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> dict[str, str]:
        return self.response.headers

    @property
    def body(self) -> bytes:
        return bytes(self.response.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def error(self) -> dict[str, str]:
        """The elements of the `<Error>` document, in their order."""
        root = ElementTree.fromstring(self.body)
        assert "Error" == root.tag, self.body
        return {each.tag: each.text or "" for each in root}

    @property
    def refusal(self) -> Refusal:
        """The `<Error>` document, to be compared whole."""
        assert self.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<Error>'), self.text
        members = {name: value for name, value in self.error.items() if name not in {"RequestId", "HostId"}}
        return Refusal(self.status, members.pop("Code"), members.pop("Message"), members)

    @property
    def code(self) -> str | None:
        """The code of a refusal; None for an answer that is none, or that has no body."""
        return self.error["Code"] if self.status >= 300 and self.body else None

    def __str__(self) -> str:
        return f"{self.status} {self.body.decode(errors='replace')}"


class Ask:
    """Sends requests to one service, as the root of its account where no header says otherwise.

    Args:
        service: The service; tests read its world and its calls.
        key_id: The access key that requests are signed by.
    """

    def __init__(self, service: Service, key_id: str = ACCESS_KEY_ID) -> None:
        self.service = service
        self.key_id = key_id

    def __call__(
        self,
        method: str,
        target: str = "/",
        headers: Mapping[str, str | None] | None = None,
        body: bytes | Iterable[bytes] = b"",
        *,
        host: str = HOST,
        signed: bool = True,
    ) -> Answer:
        """Send a request.

        Args:
            method: GET, PUT, ...
            target: Path and query as they are to be sent, `/bucket/key?acl`.
            headers: By name in any case. They replace those that are sent by themselves: `Host`, `Authorization` and
                `Content-Length`. None leaves such a one out.
            body: The body, or its pieces.
            host: Which endpoint is called.
            signed: Whether an Authorization header is sent that no header of the call replaces.
        """
        path, _, query = target.partition("?")
        region = host_of(host).region or "us-east-1"
        sent: dict[str, str | None] = {"host": host}
        if signed:
            sent["authorization"] = signed_by(self.key_id, region)
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        if "content-length" not in sent and isinstance(body, bytes | list) and (body or method in {"PUT", "POST"}):
            sent["content-length"] = str(len(body) if isinstance(body, bytes) else sum(map(len, body)))
        kept = {name: value for name, value in sent.items() if value is not None}
        return Answer(handle(self.service, Request(method, "https", host, path, query, kept, body)))
