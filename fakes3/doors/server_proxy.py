"""The server as a proxy of HTTP: which hosts it answers for, which it lets out, and what it refuses.

A client that was told of a proxy keeps the names that it knows, `bucket.s3.eu-west-1.amazonaws.com`. It sends a
request for `http://` with the whole URL as its target, and for `https://` it first asks for a tunnel, by CONNECT. For
S3's hosts the server is itself the other end of the tunnel, with a certificate for the name.

S3: RFC 9110, section 9.3.6; RFC 9112, section 3.2
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ssl import SSLContext
from typing import TYPE_CHECKING, NamedTuple

from fakes3.doors.endpoint import is_this_machine
from fakes3.doors.server_head import Head, unreadable
from fakes3.wire.addressing import host_of
from fakes3.wire.message import Request

if TYPE_CHECKING:
    from fakes3.doors.server_certificates import Authority

_PORTS = {"http": 80, "https": 443}
_PLAIN = 80
"""The port at which the other end of a tunnel speaks no TLS."""

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?").fullmatch
_LAST_PORT = 65535
_PHRASES = {403: "Not a host of S3", 501: "TLS needs --ca-file", 502: "Not reached"}
"""What clients tell of a refusal, since few show its text."""

_NOT_FORWARDED = frozenset({"connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "upgrade"})
"""Headers for the proxy itself."""


class Here(NamedTuple):
    """The server itself answers; where there is a context, after TLS has begun."""

    tls: SSLContext | None = None


class Out(NamedTuple):
    """The request is let out to a host."""

    host: str
    port: int


class ProxyRefusal(Exception):
    """A proxy does not lead there.

    Args:
        status: The status of the response.
        why: Its text, which ends with the remedy.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status

    def write(self, method: str) -> bytes:
        """Return the response to a request of this method."""
        body = f"{self}\n".encode()
        lines = (
            f"HTTP/1.1 {self.status} {_PHRASES[self.status]}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(body)}",
            f"x-fakes3-reason: {self}",
            "Connection: close",
            *("", ""),
        )
        return "\r\n".join(lines).encode() + (b"" if method == "HEAD" else body)


class Proxy:
    """Where the requests go that a client sends to a server as to a proxy.

    Args:
        base_hosts: Hosts that are this S3 too, and under which a bucket may be a subdomain.
        authority: Who signs certificates for the other end of tunnels; None where nobody does.
        passthrough: Hosts or URLs, with a port or without, that are let out.
    """

    def __init__(
        self,
        base_hosts: frozenset[str] = frozenset(),
        authority: Authority | None = None,
        passthrough: Iterable[str] = (),
    ) -> None:
        self._base_hosts = base_hosts
        self._authority = authority
        self._passthrough = frozenset(each.lower().rpartition("://")[2].partition("/")[0] for each in passthrough)

    def find_way(self, request: Request, own_host: str, own_port: int) -> Here | Out:
        """Return where a request goes that names its host in its target.

        Args:
            request: The request.
            own_host, own_port: Where this server listens. It answers for no other server of this machine.

        Raises: BadRequest, for a host that is none; ProxyRefusal.
        """
        name, port = _read_place(request)
        is_tunnel = request.method == "CONNECT"
        if not self._passthrough.isdisjoint((name, f"{name}:{port}")):
            if not is_tunnel and request.scheme == "https":
                raise unreadable("a proxy lets out https by CONNECT alone")
            return Out(name.strip("[]"), port)
        if is_this_machine(name) or name == own_host:
            is_here = port == own_port
        else:
            is_here = host_of(name, self._base_hosts).kind not in ("other-aws", "not-aws")
        if not is_here:
            place = name if port in _PORTS.values() else f"{name}:{port}"
            raise ProxyRefusal(
                403,
                f"{place} is no host of S3, and fakes3 as a proxy leads to S3 alone. To let it out: fakes3 serve "
                f'--passthrough {place}, or s3.server(proxy=True, passthrough=["{place}"]).',
            )
        if not is_tunnel or port == _PLAIN:
            return Here()
        if self._authority is None:
            raise ProxyRefusal(
                501,
                f"A tunnel to {name} needs a certificate for it, and this server makes none. Start it with an "
                "authority, whose certificate the client is to trust: fakes3 serve --ca-file FILE, or "
                "s3.server(proxy=True).",
            )
        return Here(self._authority.context_for(name.strip("[]")))


def _read_place(request: Request) -> tuple[str, int]:
    """Return the name and the port of the host that a request names. Raises: BadRequest."""
    found = _ADDRESS(request.host)
    port = 0
    if found is not None:
        port = int(found[2] or 0) if request.method == "CONNECT" else int(found[2] or _PORTS[request.scheme])
    if found is None or not 0 < port <= _LAST_PORT:
        raise unreadable("its target names no host, or no port")
    return found[1].lower(), port


def unreachable(way: Out, error: OSError) -> ProxyRefusal:
    """Return the refusal for a host that is let out and does not answer."""
    why = " ".join(str(error).split())
    return ProxyRefusal(502, f"{way.host}:{way.port} is let out, and cannot be reached ({why}). See that it runs.")


def forwarded_head(head: Head) -> bytes:
    """Return the head of a request as the host that it names receives it. Its connection has this request alone."""
    request = head.request
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = {name: value for name, value in request.headers.items() if name not in _NOT_FORWARDED}
    headers |= {"host": request.host, "connection": "close"}
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")
