"""The port of this process, for native clients: those that send from compiled code, where no door can be opened.

There is one server for the process, at a free port of this machine. It starts when it is first needed and stays until
the process ends. Its requests are answered as those of other threads are: by the fake that was entered last. So a
client that was made under one mock and is used under the next, because its library keeps clients, meets the next fake.
Where no fake is entered, each request is refused at once, with a status after which no client tries again.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from contextvars import Context
from functools import cache
from threading import RLock, Thread
from urllib.parse import urlsplit

from fakes3.doors.endpoint import NAMED_ENDPOINTS
from fakes3.doors.entrance import Current
from fakes3.doors.locks import give_lock
from fakes3.doors.own_servers import leave_to_doors
from fakes3.doors.server_proxy import Proxy
from fakes3.model.errors import InvalidRequest, S3Error, UnmockedRequest, UsageError
from fakes3.operations.service import Service
from fakes3.wire.endpoint import handle, refuse
from fakes3.wire.message import EMPTY, Request, Response

_BASE_HOSTS = frozenset({"localhost"})
"""Hosts under which a bucket may be a subdomain: duckdb calls `bucket.localhost`."""

_PROXIES = ("HTTP_PROXY", "ALL_PROXY")
_NOT_PROXIED = "127.0.0.1,localhost"

_NOWHERE = "http://127.0.0.1:9/fakes3-could-open-no-port"
"""A port at which nobody answers. Who shows the URL of what failed shows why."""

_LEFT = (
    "This request was stopped: it came from a client that sends from compiled code and was led to fakes3, but no "
    "mock_s3 is active now. Enter mock_s3() around the use of the client."
)


class Loopback:
    """The server of this process.

    Args:
        current: Returns the endpoint that answers, or None.
    """

    def __init__(self, current: Current) -> None:
        self._current = current
        self._lock: RLock
        give_lock(self)
        self._url: str | None = None
        self._service = Service()  # of its own, for the ids of what it refuses itself
        self.proxy = Proxy(_BASE_HOSTS)

    @property
    def url(self) -> str:
        """The URL of the server, which is started if it is not running.

        Raises: UnmockedRequest, if no port can be opened.
        """
        with self._lock:
            if self._url is None:
                self._url = self._start()
        return self._url

    @property
    def host(self) -> str:
        """The host and port of the server. Raises: UnmockedRequest, if no port can be opened."""
        return urlsplit(self.url).netloc

    def answer(self, request: Request) -> Response:
        """Return the response of the fake that was entered last."""
        endpoint = self._current()
        if endpoint is None:
            return self._stop(_LEFT, request.method)
        try:
            endpoint.claims("s3.amazonaws.com", {}, "")
        except UnmockedRequest as stopped:
            return self._stop(str(stopped), request.method)
        # What time-machine and freezegun do to the time of the process is not seen by compiled code.
        request = request._replace(is_new=True)
        return handle(endpoint.service, request, _BASE_HOSTS, others=endpoint.others, logs_faults=True)

    def refuse(self, error: S3Error) -> Response:
        """Return the response to a request that could not be read."""
        return refuse(self._service, error)

    def tell(self, what: str) -> None:
        """Log a request that never came to be answered."""
        logging.getLogger("fakes3").warning(what)

    def _stop(self, text: str, method: str) -> Response:
        """Return the response to a request that no fake answers. Its text is logged, too: many clients show none."""
        logging.getLogger("fakes3").warning(text)
        response = self.refuse(InvalidRequest(text, reason=text))
        if method == "HEAD":
            response.body = EMPTY
        return response

    def is_here(self, endpoint: str) -> bool:
        """Whether an endpoint, a URL or a host, is on this machine: then somebody serves there on purpose."""
        host = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
        return host in {"localhost", "::1"} or host.startswith("127.")

    def is_of_this_process(self, endpoint: str) -> bool:
        """Whether an endpoint that is on this machine is a server of this process, such as `s3.server()`."""
        server = sys.modules.get("fakes3.doors.server")
        port = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").port
        return server is not None and port in server.ports_of_process()

    def variables(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return a library's own variables, and those that would keep its requests from this port.

        Where no port can be opened they lead nowhere: a mock can be entered all the same, and nothing leaves.

        Args:
            own: The variables that lead the library to the port, with `{url}` and `{port}` in their values.
        """
        try:
            url = self.url
        except UnmockedRequest:
            url = _NOWHERE
        found = {name: value.format(url=url, port=urlsplit(url).port) for name, value in own.items()}
        if any(os.environ.get(name) for name in NAMED_ENDPOINTS):
            # Who reads AWS_ENDPOINT too may prefer what was given to AWS's tools. This name comes before both.
            found["AWS_ENDPOINT_URL_S3"] = url
        return found | avoid_proxies()

    def _start(self) -> str:
        from fakes3.doors.server import open_server  # imports asyncio, and few tests need a port

        try:
            server = open_server(self)
            thread = Thread(target=server.serve, name="fakes3-loopback", daemon=True)
            # In no context of an entry: this thread belongs to all of them.
            Context().run(thread.start)
        except (UsageError, OSError, RuntimeError) as error:  # pytest-socket raises the last
            raise UnmockedRequest(
                "A client that sends from compiled code was stopped: it is led to a port of this process, and none "
                f"could be opened ({error}). Let the test open sockets on 127.0.0.1."
            ) from error
        _register_at_fork(self)
        leave_to_doors(urlsplit(server.url).port or 0)  # they know which fake the caller has entered
        return server.url

    def start_again(self) -> None:
        """Start another server in a process that was forked, which has a copy of the fake and no threads."""
        old, self._url = self._url, None
        if old is not None:
            port = old[old.rindex(":") :]
            for name, value in list(os.environ.items()):
                if value.endswith(port):
                    os.environ[name] = value.removesuffix(port) + self.url[self.url.rindex(":") :]


class LoopbackProxy(Loopback):
    """A second server of this process, through which S3's own hosts are reached: a proxy.

    It is for clients that let no endpoint replace these hosts. Each has to be given its certificate.

    Raises: UsageError, where the package that makes certificates is not installed.
    """

    def __init__(self, current: Current) -> None:
        from fakes3.doors.server_certificates import Authority  # imports a large package, and few tests need it

        super().__init__(current)
        authority = Authority()
        self.certificate = authority.pem.decode()
        self.proxy = Proxy(_BASE_HOSTS, authority)


def avoid_proxies() -> dict[str, str]:
    """Return the variables that keep requests for this machine from the proxies that others name."""
    if not any(os.environ.get(name) or os.environ.get(name.lower()) for name in _PROXIES):
        return {}
    found: dict[str, str] = {}
    for name in ("NO_PROXY", "no_proxy"):
        kept = os.environ.get(name, "").removesuffix(_NOT_PROXIED).rstrip(",")
        found[name] = f"{kept},{_NOT_PROXIED}" if kept else _NOT_PROXIED
    return found


@cache
def loopback_proxy(current: Current) -> LoopbackProxy:
    """Return the proxy for what an entrance lets in."""
    return LoopbackProxy(current)


@cache
def loopback(current: Current) -> Loopback:
    """Return the server for what an entrance lets in."""
    return Loopback(current)


@cache
def _register_at_fork(server: Loopback) -> None:
    if hasattr(os, "register_at_fork"):  # not on Windows
        os.register_at_fork(after_in_child=server.start_again)
