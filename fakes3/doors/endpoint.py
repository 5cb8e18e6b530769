"""A fake S3 as the doors see it: which requests are for it, and its responses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from fakes3.doors.environment import read_variables
from fakes3.doors.own_servers import has_server
from fakes3.model.errors import UnmockedRequest
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.operations.service import Service
from fakes3.wire.addressing import Host, base_paths_of, host_of, is_aws_host

if TYPE_CHECKING:
    from fakes3.wire.message import Request, Response

_SCOPES_OF_S3 = ("/s3/aws4_request", "/s3express/aws4_request")
_SCOPE_OF_ANY_SERVICE = "/aws4_request"
_SIGNATURE_V2 = "AWS "
_UNCERTAIN_KINDS = frozenset({"other-aws", "not-aws", "custom"})
"""Kinds of hosts that may receive requests for other services than S3."""

_USUAL_PORTS = (80, 443)
_ANY_ADDRESS = ("0.0.0.0", "::")  # of servers; who connects to them reaches this machine

NAMED_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables that give AWS's tools another endpoint for S3: the fake answers there too."""


class ClientHosts:
    """The hosts of the endpoints that clients were given, with their paths, known while a fake is entered.

    At such an endpoint the first labels of a host may be a bucket, and only the client's endpoint tells how many. So it
    is with the first segments of a path. Every door reads the hosts: one client presigns a URL, and another one sends
    it.
    """

    known: frozenset[str] = frozenset()

    def note(self, endpoint: str) -> None:
        """Remember the host and the path of a client's endpoint, a URL or a host. Amazon's own are known anyway."""
        base = _base(endpoint)
        if base not in self.known and not is_aws_host(base.partition("/")[0]):
            self.known |= {base}

    def forget(self) -> None:
        """Forget all hosts."""
        self.known = frozenset()


CLIENT_HOSTS = ClientHosts()


class Endpoint:
    """The address of one fake S3.

    Args:
        service: The S3 that answers.
        endpoints: Base URLs or hosts, such as `http://minio:9000`, that lead to this S3 too.
        passthrough: Hosts whose requests always leave the process.
        direct: Whether calls of botocore's clients are answered above HTTP where that is possible; "auto" for where
            nobody could see it.
        around: The S3 of the mocks around this one, which do not answer.
    """

    def __init__(
        self,
        service: Service,
        *,
        endpoints: Iterable[str] = (),
        passthrough: Iterable[str] = (),
        direct: bool | Literal["auto"] = False,
        around: Sequence[Service] = (),
    ) -> None:
        # It is a quarter of `import fakes3`, and not every process that imports fakes3 enters a mock.
        from fakes3.wire.endpoint import handle

        self._handle = handle
        self.service = service
        self.around = around
        self.others = around
        """The S3 of the mocks around this one, and of the last within it, once that has ended."""
        self.direct = direct
        self._named = frozenset(map(_base, endpoints))
        self.passthrough = frozenset(_host(each) for each in passthrough)

    @property
    def base_hosts(self) -> frozenset[str]:
        """The hosts that lead to this S3 too, also by a variable that was set after the fake was entered."""
        variables = tuple(filter(None, read_variables(NAMED_ENDPOINTS).values()))
        return self._named.union(map(_base, variables)) if variables else self._named

    def handle(self, request: Request) -> Response:
        """Return the response of S3 to a request.

        Raises: UnmockedRequest, if its path may or may not begin with that of an endpoint.
        """
        if host_of(request.host).kind not in _UNCERTAIN_KINDS:  # whatever endpoints are named
            return self._handle(self.service, request, others=self.others)
        base_hosts = self.base_hosts | CLIENT_HOSTS.known
        _check_base_path(host_of(request.host, base_hosts), request)
        return self._handle(self.service, request, base_hosts, others=self.others)

    def remember(self, inner: Endpoint) -> None:
        """Keep what the last mock within this one has left, for the reasons of refusals."""
        self.others = (*self.around, inner.service)

    def claims(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """Whether a request is for S3, by its host or by the service that it is signed for.

        Args:
            host: The host that is called, with its port if it has one.
            headers: The headers, by lower-case name.
            query: The query as sent.

        Raises: UnmockedRequest, if it is for S3 and its host may or may not begin with a bucket.
        """
        is_for_s3 = self._is_for_s3(host, headers, query)
        if is_for_s3 and host_of(host).kind in _UNCERTAIN_KINDS:
            self._check_place(host)
        return is_for_s3

    def _check_place(self, host: str) -> None:
        """Refuse a host that may begin with a bucket, unless it is known what the host of the store is.

        Raises: UnmockedRequest.
        """
        if host_of(host, self.base_hosts | CLIENT_HOSTS.known).kind == "not-aws" and _has_labels(host):
            raise UnmockedRequest(
                f"A request to {host} was stopped: it is signed for S3, but nothing says whether this host begins with "
                "the name of a bucket. Name the host of the store, without a bucket: "
                f'mock_s3(endpoints=["{host.partition(".")[2]}"]) or mock_s3(endpoints=["{host}"]).'
            )

    def _is_for_s3(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        if self.passes(host):
            return False
        if host_of(host).kind not in _UNCERTAIN_KINDS:  # whatever endpoints are named
            return True
        kind = host_of(host, self.base_hosts).kind
        authorization = headers.get("authorization", "")
        query = query.replace("%2F", "/").replace("%2f", "/")
        if any(scope in authorization or scope in query for scope in _SCOPES_OF_S3):
            return True
        if authorization.startswith(_SIGNATURE_V2) or ("AWSAccessKeyId=" in query and "Signature=" in query):
            return True
        # AWS_ENDPOINT_URL names one host for every service, and requests for the others are signed for them.
        return kind == "custom" and _SCOPE_OF_ANY_SERVICE not in authorization and _SCOPE_OF_ANY_SERVICE not in query

    def models(self, request: Request) -> bool:
        """Whether fakes3 has what a request for S3 asks for: it has not all operations of S3 Control."""
        if host_of(request.host, self.base_hosts).kind != "control":
            return True
        from fakes3.wire.control import is_built  # few tests ask S3 Control

        return is_built(request.method, request.path)

    def claims_or_stops(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """The same as `claims`, for a door behind which no other mock can answer.

        Raises: UnmockedRequest, if the request is for another service of AWS.
        """
        if self.claims(host, headers, query):
            return True
        if is_aws_host(host) and not self.passes(host) and host_of(host, self.base_hosts).kind != "custom":
            raise UnmockedRequest(
                f"A request to {host} was stopped: it is Amazon's, but not S3's, so fakes3 does not answer it, "
                "and nothing else did. moto's mock_aws, entered beside mock_s3, answers for other services. "
                f'To let it out, pass mock_s3(passthrough=["{host}"]).'
            )
        return False

    def passes(self, host: str) -> bool:
        """Whether requests to a host are let out: it was named, or a server of this very process answers there."""
        here = _place_here(host)
        if here is not None and has_server(*here):
            return True
        if not self.passthrough:
            return False
        name = host.lower()
        return name in self.passthrough or name.partition(":")[0] in self.passthrough


def check_key(host: str, authorization: str | bytes, query: str) -> None:
    """Let no request that is signed with the mock's dummy key leave this machine.

    Raises: UnmockedRequest.
    """
    text = authorization.decode("latin-1") if isinstance(authorization, bytes) else authorization
    if ACCESS_KEY_ID in query or ACCESS_KEY_ID in text:
        name = urlsplit(f"//{host}").hostname or ""
        if not is_this_machine(name):
            raise UnmockedRequest(
                f"A request to {host} was stopped: it is signed with the dummy key of mock_s3, and no mock is active. "
                "Let it end before its mock does, make it inside a mock_s3() of its own, or give its client other keys."
            )


def is_this_machine(name: str) -> bool:
    """Whether a name or an address, without a port, is this machine's own, which no other machine reaches."""
    name = name.strip("[]").lower().removesuffix(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


@lru_cache(maxsize=256)
def _place_here(host: str) -> tuple[str, Collection[int]] | None:
    """Return the name and the port of a host on this machine, both usual ports where it has none; else None."""
    parts = urlsplit(f"//{host}")
    name = parts.hostname or ""
    try:
        ports = _USUAL_PORTS if parts.port is None else (parts.port,)
    except ValueError:
        return None
    return (name, ports) if is_this_machine(name) or name in _ANY_ADDRESS else None


@lru_cache(maxsize=256)
def _has_labels(host: str) -> bool:
    """Whether a host is a name of several labels, so that the first may be a bucket, and no address."""
    name = host if host.startswith("[") else host.partition(":")[0]
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return "." in name.removesuffix(".")
    return False


def _check_base_path(host: Host, request: Request) -> None:
    """Refuse a path that several endpoints at a host read in several ways. Raises: UnmockedRequest."""
    bases = base_paths_of(host, request.path) if host.base_paths else ()
    if len(bases) > 1:
        ways = " and ".join(f'"{base or "/"}"' for base in bases)
        raise UnmockedRequest(
            f"A request to {request.host}{request.path} was stopped: endpoints at this host were given with the paths "
            f"{ways}, so nothing says where the name of the bucket begins. Give every client of {request.host} the "
            "same endpoint_url."
        )


@lru_cache(maxsize=256)
def _base(endpoint: str) -> str:
    """Return the host of an endpoint, a URL or a host, in lower case, and its path without a final slash."""
    host, slash, path = endpoint.rpartition("://")[2].partition("?")[0].rstrip("/").partition("/")
    return host.lower() + slash + path


def _host(endpoint: str) -> str:
    return _base(endpoint).partition("/")[0]
