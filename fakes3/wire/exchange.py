"""One request on its way through the wire, and what has become known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.regions import IMPLICIT_REGIONS
from fakes3.operations.call import Right
from fakes3.operations.service import Service
from fakes3.wire.addressing import Host
from fakes3.wire.message import ChunkSignatures, Request
from fakes3.wire.signatures.signature import Signature


class Exchange:
    """A request and what `endpoint.handle` has found out about it, in the order in which it is found out.

    A refusal ends the way: what was not found out by then is as a new exchange has it, and is recorded so.

    Args:
        service: The S3 that is asked.
        request: The request.
    """

    host: Host
    """What the name that was called stands for."""
    region: str | None = None
    """The region whose endpoint was called; None where the host is not Amazon's and names none."""
    query: Mapping[str, str] = MappingProxyType({})
    """The parameters of the query, decoded."""
    signature: Signature | None = None
    """What the request says of its signature; None where it has none."""
    chunk_signatures: ChunkSignatures | None = None
    """What checks the chunks of the body, where they are signed."""
    caller: Principal = ANONYMOUS
    bucket: str | None = None
    key: str | None = None
    headers: Mapping[str, str]
    """The headers, with those that a presigned query or a form carries."""
    operation: str
    """The API's name of the operation; the HTTP method as long as that is not known."""
    members: Mapping[str, Any] = MappingProxyType({})
    """The members of the operation's request."""
    rights: Sequence[Right] = ()
    """What the caller needed to be allowed, and was."""

    def __init__(self, service: Service, request: Request) -> None:
        self.service = service
        self.request = request
        self.headers = request.headers
        self.operation = request.method

    def find_region(self) -> str | None:
        """Return the region of the host that was called.

        The name of a bucket under the global endpoint leads to the bucket's region, once that has spread. Clients that
        follow redirects, which sign in a header, meet the partition's first region there; URLs and forms, the bucket's.

        S3: userguide/VirtualHosting.html, "Request redirection and the REST API"
        """
        host = self.host
        if host.region is not None or host.kind != "s3":
            return host.region
        if host.bucket is not None and "authorization" not in self.request.headers:
            bucket = self.service.world.buckets.get(host.bucket)
            if bucket is not None:
                return bucket.region
        return IMPLICIT_REGIONS[host.partition]
