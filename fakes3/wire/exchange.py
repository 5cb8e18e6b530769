"""One request on its way through the wire, and what is known about it so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.regions import IMPLICIT_REGIONS
from fakes3.operations.call import Right, Through, Transport
from fakes3.wire.message import Request
from fakes3.wire.routing import POST_OBJECT
from fakes3.wire.signatures.signature import VERSION_2

if TYPE_CHECKING:
    from fakes3.model.cors import Question
    from fakes3.model.events import Event
    from fakes3.operations.fault import Effect
    from fakes3.operations.service import Service
    from fakes3.wire.addressing import Host
    from fakes3.wire.signatures.signature import Signature
    from fakes3.wire.signatures.version_4 import ChunkSignatures

_USUAL = Transport()

ACCOUNT_HEADER = "x-amz-account-id"
_PATH_OF_CONTROL = "/v20180820/"
"""The beginning of every path of S3 Control. S3: API/API_control_GetPublicAccessBlock.html"""
_ANY_SERVICE = frozenset({"custom", "not-aws", "other-aws"})
"""The kinds of hosts that may stand for every endpoint of AWS."""


class Exchange:
    """A request and what `endpoint.handle` finds out about it. Attributes stand in the order in which they are set.

    After a refusal the later attributes keep their defaults, and the call is recorded with these. Once its signature
    holds, the request has the headers, too, that its query carries.
    """

    ids: tuple[str, str] = "", ""
    """The `x-amz-request-id` and the `x-amz-id-2` of the response."""
    host: Host
    """What the name of the host that was called says."""
    through: Through | None = None
    """The access point that the request names in place of the bucket. The host is then that of the bucket."""
    region: str | None = None
    """The region of the endpoint that was called; None where the host is not Amazon's and names no region."""
    name_is_new = False
    """Whether the host is a bucket's name that does not lead to the bucket's region yet."""
    question: Question | None = None
    """What a browser asks for a page of another origin; None where the request names no origin."""
    query: Mapping[str, str] = MappingProxyType({})
    """The parameters of the query, decoded."""
    signature: Signature | None = None
    """The request's statement of its signature; None where it is not signed."""
    chunk_signatures: ChunkSignatures | None = None
    """Checks the chunks of the body; None where they are not signed."""
    caller: Principal = ANONYMOUS
    bucket: str | None = None
    key: str | None = None
    is_express = False
    """Whether the request is for an endpoint of directory buckets."""
    operation: str
    """The API's name of the operation; the HTTP method until that is known."""
    others: Sequence[Service] = ()
    """The fakes of mocks around the one that answers or within it, which this request does not reach."""
    members: Mapping[str, Any] = MappingProxyType({})
    """The members of the operation's request."""
    effects: Sequence[Effect] = ()
    """What goes wrong, by faults that a test added."""
    rights: Sequence[Right] = ()
    """The rights that the caller needed and had."""
    answered: Mapping[str, Any] = MappingProxyType({})
    """The members of the response."""
    needs_acl = False
    """Whether the caller was allowed something by an ACL alone."""
    events: Sequence[Event] = ()
    """What happened to objects by the request."""
    outlives_key = False
    """Whether it is a presigned URL that is to be valid for longer than its temporary credentials."""

    def __init__(self, service: Service, request: Request) -> None:
        self.service = service
        self.request = request
        self.operation = request.method

    @property
    def is_control(self) -> bool:
        """Whether the request is for S3 Control, which has operations and errors of its own."""
        kind = self.host.kind
        return kind == "control" or (
            kind in _ANY_SERVICE
            and ACCOUNT_HEADER in self.request.headers
            and self.request.path.startswith(_PATH_OF_CONTROL)
        )

    @property
    def transport(self) -> Transport:
        """How the request came, as far as operations depend on it."""
        signature = self.signature
        has_version_4 = signature is not None and signature.algorithm != VERSION_2
        is_form = self.operation == POST_OBJECT
        if self.is_express:
            region = None if signature is None else signature.credential.region
            return Transport(has_version_4, signed_for=region, is_express=True)
        if self.host.kind in {"custom", "not-aws"}:
            region = None if signature is None else signature.credential.region
            return Transport(has_version_4, signed_for=region, is_form=is_form)
        is_secure = self.request.scheme == "https"
        if has_version_4 and is_secure and not self.name_is_new and not is_form:
            return _USUAL
        return Transport(has_version_4, is_secure, self.name_is_new, is_form=is_form)

    def find_region(self) -> str | None:
        """Return the region of the endpoint that was called. Also sets `name_is_new`.

        A bucket's name under the global endpoint leads to the partition's first region while the bucket is new, and
        later to the bucket's own. The fake does so for requests signed in a header, whose clients follow redirects.
        URLs and forms are taken to the bucket's own region at once.

        S3: userguide/VirtualHosting.html, "Request redirection and the REST API"
        """
        host = self.host
        if host.region is not None or host.kind != "s3":
            return host.region
        first = IMPLICIT_REGIONS[host.partition]
        bucket = None if host.bucket is None else self.service.world.buckets.get(host.bucket)
        if bucket is None or bucket.region == first:
            return first
        self.name_is_new = "authorization" in self.request.headers and bucket.is_new(self.service.clock.now())
        return first if self.name_is_new else bucket.region
