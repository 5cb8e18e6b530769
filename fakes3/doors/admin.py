"""The admin API of a server: under `/_fakes3/`, which is the name of no bucket, it tells and changes what is in it.

It has one more thing that no S3 has: forks. A fork is a whole S3 of its own at the same port, which began with the same
content. It is at `/_fakes3/s3/ID`, as the path of an endpoint, and at the host `ID.forks.localhost`. Its own admin API
is under `/_fakes3/` of these. Making one copies nothing, so each test of a suite can have one.

What the API tells of an S3 is not decided here, but by the functions that it is given.
"""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import count
from typing import Any, NamedTuple, NoReturn, TypeAlias

from fakes3.doors.admin_guard import AdminError, check_allowed
from fakes3.doors.server import Site
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import S3Error, UsageError
from fakes3.operations.service import Service
from fakes3.wire.addressing import host_of
from fakes3.wire.endpoint import parse_query
from fakes3.wire.message import EMPTY, Request, Response

PLACE = "/_fakes3"
"""Where the admin API begins."""

_AFTER_SLASH = f"/{PLACE}"
"""Where it is taken to begin too: many write it after the URL of an endpoint that ends with a slash."""

MOST_BYTES = 256 * 1024**2
"""The most bytes of a request to the admin API."""

_FORK = re.compile(r"/_fakes3/s3/(f\d+-[0-9a-f]{8})(?![^/])")
_FORK_HOST = re.compile(r"(?:^|\.)(f\d+-[0-9a-f]{8})\.forks\.localhost$")
_SURROGATE = re.compile(rb"\\u[dD]")
_OWN_KINDS = frozenset({"custom", "not-aws"})
"""The kinds of hosts at which a server is called. Amazon's own hosts, as for a proxy, are S3's alone."""


class Ask(NamedTuple):
    """What is asked of the admin API."""

    service: Service
    """The S3 that it is asked about."""
    query: Mapping[str, str]
    body: Mapping[str, Any]


Act: TypeAlias = Callable[[Ask], Any]
"""Does what is asked, and returns what is told, as JSON has it. Raises: UsageError, AdminError."""

Routes: TypeAlias = Mapping[str, Mapping[str, Act]]
"""What the API does: by path, without what it begins with, and by method."""


def check_names(ask: Ask, query: Collection[str] = (), body: Collection[str] = ()) -> None:
    """Refuse parameters of the query and members of the body that are not known. Raises: AdminError."""
    for given, known, what in ((ask.query, query, "parameters"), (ask.body, body, "members")):
        unknown = sorted(given.keys() - set(known))
        if unknown:
            remedy = f"The {what} here are {', '.join(known)}." if known else f"Leave out all {what}."
            raise AdminError(400, f"The {what} {', '.join(map(ascii, unknown))} are not known.", remedy)


class AdminSite:
    """A server's S3, its forks, and their admin API.

    Args:
        site: The S3 of the server.
        routes: What the API does with one S3.
        is_local: Whether the server is reached from this machine alone. Otherwise the API needs a token.
        token: What each request to the API has to show.
    """

    def __init__(self, site: Site, routes: Routes, *, is_local: bool = True, token: str | None = None) -> None:
        self._site = site
        self.proxy = site.proxy
        self._routes = routes
        self._is_local, self._token = is_local, token
        self._forks: dict[str, _Fork] = {}
        self._numbers = count(1)

    def tell(self, what: str) -> None:
        """Tell a line to whoever is told of refusals."""
        self._site.tell(what)

    def refuse(self, error: S3Error) -> Response:
        """Return the response to a request that could not be read."""
        return self._site.refuse(error)

    def answer(self, request: Request) -> Response:
        """Return the response of the admin API, of a fork, or of the server's S3."""
        if not request.path.startswith((PLACE, _AFTER_SLASH)) and ".forks." not in request.host.lower():
            return self._site.answer(request)
        host = host_of(request.host, self._site.base_hosts)
        if host.kind not in _OWN_KINDS:
            return self._site.answer(request)
        site, base = self._site, ""
        by_host, by_path = _FORK_HOST.search(_name(request.host)), _FORK.match(request.path)
        found = by_path or by_host
        if found is not None:
            fork = self._forks.get(found[1])
            if fork is None:
                return self._site.answer(request) if host.bucket and not by_host else _tell(_no_fork(found[1]))
            base = found[0] if found is by_path else ""
            site = fork.at(request.host, self._site)
            host = host_of(request.host, site.base_hosts)
        place = request.path[len(base) :]
        if place.startswith(_AFTER_SLASH):
            place = place[1:]
        if host.bucket is not None or not f"{place}/".startswith(f"{PLACE}/"):
            return site.answer(request)
        return self._administer(site.service, request, place)

    def _administer(self, service: Service, request: Request, place: str) -> Response:
        """Return the response of the admin API."""
        try:
            response = self._do(service, request, place.removeprefix(PLACE))
        except AdminError as refusal:
            response = _tell(refusal)
        except UsageError as mistake:
            error, _, remedy = str(mistake).rpartition(". ")
            response = _tell(AdminError(400, f"{error}.", remedy))
        except S3Error as unreadable:
            response = _tell(AdminError(400, unreadable.message, "Send the whole request, in UTF-8."))
        except Exception:
            logging.getLogger("fakes3").exception("fakes3 failed to answer %s %s", request.method, request.path)
            response = _tell(AdminError(500, "fakes3 failed, and logged the fault.", "Look at its standard error."))
        if request.method == "HEAD":
            response.body = EMPTY
        return response

    def _do(self, service: Service, request: Request, name: str) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if name in _FILES and method == "GET":
            return _FILES[name]()
        if name != "/health":
            check_allowed(request, is_local=self._is_local, token=self._token)
        acts = self._find(name, request)
        act = acts.get(method)
        if act is None:
            allowed = ", ".join(acts)
            raise AdminError(405, f"{PLACE}{name} has no {request.method}.", f"Send {allowed}.")
        body = _read_body(request) if method == "POST" else {}
        told = act(Ask(service, parse_query(request.query), body))
        return _json(201 if (method, name) == ("POST", "/forks") else 200, told)

    def _find(self, name: str, request: Request) -> Mapping[str, Act]:
        """Return what can be done at a path, by method. Raises: AdminError, where there is nothing."""
        if name == "/forks":
            return {"GET": lambda ask: self._list(ask, request), "POST": lambda ask: self._fork(ask, request)}
        if name.startswith("/forks/"):
            return {"DELETE": lambda ask: self._end(ask, name.removeprefix("/forks/"))}
        acts = self._routes.get(name.removeprefix("/"))
        if acts is None:
            raise AdminError(404, f"There is nothing at {PLACE}{name}.", f"Look at {PLACE}/openapi.json.")
        return acts

    def _fork(self, ask: Ask, request: Request) -> Any:
        check_names(ask)
        service = ask.service
        name = f"f{next(self._numbers)}-{sha256(service.ids.request_id()[0].encode()).hexdigest()[:8]}"
        self._forks[name] = _Fork(name, service.fork())
        return _places(name, request)

    def _list(self, ask: Ask, request: Request) -> Any:
        check_names(ask)
        return {"forks": [_places(name, request) for name in list(self._forks)]}

    def _end(self, ask: Ask, name: str) -> Any:
        check_names(ask)
        if self._forks.pop(name, None) is None:
            raise _no_fork(name)
        return {}


class _Fork:
    """An S3 of its own at the server's port."""

    def __init__(self, name: str, service: Service) -> None:
        self._service = service
        self._hosts = frozenset({f"{name}.forks.localhost"})
        self._path = f"{PLACE}/s3/{name}"
        self._sites: dict[str, Site] = {}

    def at(self, host: str, site: Site) -> Site:
        """Return it as it is called at a host: there it may be under its path."""
        found = self._sites.get(host)
        if found is None:
            bases = site.base_hosts | self._hosts
            if host_of(host, bases).kind == "not-aws":
                bases |= {host.lower()}
            if len(self._sites) >= _MOST_HOSTS:
                self._sites.clear()
            places = frozenset(f"{base}{self._path}" for base in bases)
            found = self._sites[host] = site.beside(self._service, bases | places)
        return found


_MOST_HOSTS = 64
"""For how many hosts a fork remembers how it is called there."""


def _name(host: str) -> str:
    return host.rpartition("@")[2].partition(":")[0].lower().removesuffix(".")


def _places(name: str, request: Request) -> dict[str, str]:
    """Return where a fork is found, from where the request came."""
    _, colon, port = request.host.rpartition("]")[2].partition(":")
    return {
        "id": name,
        "url": f"{request.scheme}://{request.host}{PLACE}/s3/{name}",
        "host_url": f"{request.scheme}://{name}.forks.localhost{colon}{port}",
    }


def _no_fork(name: str) -> AdminError:
    return AdminError(404, f"There is no fork {name!r}.", f"Make one with POST {PLACE}/forks.")


def _read_body(request: Request) -> Mapping[str, Any]:
    """Return the members of a request's body; none of an empty one. Raises: AdminError, S3Error."""
    remedy = 'Send a JSON object, such as {"freeze": true}.'
    try:
        raw = b"".join(_limited(request)) or b"{}"
        found = json.loads(raw, parse_constant=_refuse_constant)
        if _SURROGATE.search(raw):
            json.dumps(found, ensure_ascii=False).encode()  # raises a ValueError where one stands alone
    except (ValueError, RecursionError) as error:
        raise AdminError(400, f"The body is no JSON ({error}).", remedy) from None
    if not isinstance(found, dict):
        raise AdminError(400, "The body is no object.", remedy)
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _limited(request: Request) -> Iterator[bytes]:
    size = 0
    for piece in request.pieces:
        size += len(piece)
        if size > MOST_BYTES:
            raise AdminError(413, f"The body has more than {MOST_BYTES} bytes.", "Send it in several requests.")
        yield piece


def _tell(refusal: AdminError) -> Response:
    response = _json(refusal.status, {"error": refusal.error, "remedy": refusal.remedy})
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _json(status: int, value: Any) -> Response:
    return _respond(status, "application/json", json.dumps(value, default=_plain).encode() + b"\n")


def _plain(value: Any) -> Any:
    """Return as JSON what is kept as something else."""
    if isinstance(value, Mapping):
        return dict(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _respond(status: int, kind: str, body: bytes, policy: str = "default-src 'none'") -> Response:
    headers = {
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"{policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(status, headers, Rope.of(body))


@cache
def _read_file(name: str) -> bytes:
    return (files("fakes3.doors") / name).read_bytes()


def _show_page() -> Response:
    """Return the page, whose style and script are the only ones that run in it."""
    body = _read_file("admin_page.html")
    hashes = {}
    for tag in ("style", "script"):
        content = body.partition(b"<%s>" % tag.encode())[2].partition(b"</%s>" % tag.encode())[0]
        hashes[tag] = f"{tag}-src 'sha256-{b64encode(sha256(content).digest()).decode()}'"
    policy = f"default-src 'none'; connect-src 'self'; img-src data:; {hashes['style']}; {hashes['script']}"
    return _respond(200, "text/html; charset=utf-8", body, policy)


def _lead_to_page() -> Response:
    response = _respond(308, "text/plain", b"")
    response.headers["Location"] = "_fakes3/"
    return response


_FILES: Mapping[str, Callable[[], Response]] = {
    "": _lead_to_page,
    "/": _show_page,
    "/openapi.json": lambda: _respond(200, "application/json", _read_file("admin_openapi.json")),
}
"""What is told to everybody, since it tells nothing of what is in the S3."""
