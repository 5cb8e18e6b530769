"""A fake S3 as the doors see it: which requests are for it, and its responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from fakes3.model.errors import UnmockedRequest
from fakes3.operations.service import Service
from fakes3.wire.addressing import host_of, is_aws_host
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request, Response

_SCOPES_OF_S3 = ("/s3/aws4_request", "/s3express/aws4_request")
_SCOPE_OF_ANY_SERVICE = "/aws4_request"
_SIGNATURE_V2 = "AWS "
_UNCERTAIN_KINDS = frozenset({"other-aws", "not-aws", "custom"})
"""Kinds of hosts that may receive requests for other services than S3."""


class Endpoint:
    """The address of one fake S3.

    Args:
        service: The S3 that answers.
        endpoints: Base URLs or hosts, such as `http://minio:9000`, that lead to this S3 too.
        passthrough: Hosts whose requests always leave the process.
        direct: Whether calls of botocore's clients are answered above HTTP where that is possible.
    """

    def __init__(
        self, service: Service, *, endpoints: Iterable[str] = (), passthrough: Iterable[str] = (), direct: bool = False
    ) -> None:
        self.service = service
        self.direct = direct
        self.base_hosts = frozenset(_host(each) for each in endpoints)
        self.passthrough = frozenset(_host(each) for each in passthrough)

    def handle(self, request: Request) -> Response:
        """Return the response of S3 to a request."""
        return handle(self.service, request, self.base_hosts)

    def claims(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """Whether a request is for S3, by its host or by the service that it is signed for.

        Args:
            host: The host that is called, with its port if it has one.
            headers: The headers, by lower-case name.
            query: The query as sent.
        """
        if self._passes(host):
            return False
        kind = host_of(host, self.base_hosts).kind
        if kind not in _UNCERTAIN_KINDS:
            return True
        authorization = headers.get("authorization", "")
        query = query.replace("%2F", "/").replace("%2f", "/")
        if any(scope in authorization or scope in query for scope in _SCOPES_OF_S3):
            return True
        if authorization.startswith(_SIGNATURE_V2) or ("AWSAccessKeyId=" in query and "Signature=" in query):
            return True
        # AWS_ENDPOINT_URL names one host for every service, and requests for the others are signed for them.
        return kind == "custom" and _SCOPE_OF_ANY_SERVICE not in authorization and _SCOPE_OF_ANY_SERVICE not in query

    def claims_or_stops(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """The same as `claims`, for a door behind which no other mock can answer.

        Raises: UnmockedRequest, if the request is for another service of AWS.
        """
        if self.claims(host, headers, query):
            return True
        if is_aws_host(host) and not self._passes(host) and host_of(host, self.base_hosts).kind != "custom":
            raise UnmockedRequest(
                f"A request to {host} was stopped: it is Amazon's, but not S3's, so fakes3 does not answer it, "
                f'and nothing else did. To let it out, pass mock_s3(passthrough=["{host}"]).'
            )
        return False

    def _passes(self, host: str) -> bool:
        if not self.passthrough:
            return False
        name = host.lower()
        return name in self.passthrough or name.partition(":")[0] in self.passthrough


def _host(endpoint: str) -> str:
    return (urlsplit(endpoint).netloc if "://" in endpoint else endpoint.rstrip("/")).lower()
