"""Who may use the admin API of a server: the tests on this machine, and whoever has the token.

A page that a browser shows can send requests to any port of this machine. It is kept out three times. A browser tells
the origin of the page (`Origin`, `Sec-Fetch-Site`). A page cannot choose the host by which it calls: under DNS
rebinding that is its own name. And a POST without a JSON type, which is all that a form can send, changes nothing.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from fakes3.doors.endpoint import is_this_machine
from fakes3.wire.message import Request

FORBIDDEN, UNAUTHORIZED, UNSUPPORTED = 403, 401, 415

_OWN_PAGES = frozenset({"same-origin", "none"})
"""What browsers say of requests by a page of the server itself, and of those that its user makes."""


class AdminError(Exception):
    """A refusal of the admin API, with what to do about it."""

    def __init__(self, status: int, error: str, remedy: str) -> None:
        super().__init__(f"{error} {remedy}")
        self.status, self.error, self.remedy = status, error, remedy


def check_allowed(request: Request, *, is_local: bool, token: str | None) -> None:
    """Refuse a request that may not use the admin API.

    Args:
        request: The request.
        is_local: Whether the server is reached from this machine alone.
        token: What each request has to show; None for nothing.

    Raises: AdminError.
    """
    if token is None and not is_local:
        raise AdminError(
            FORBIDDEN,
            "The admin API is off: other machines reach this server, and it was given no token.",
            "Start it with --admin-token TOKEN.",
        )
    if token is not None and not _shows(request, token):
        raise AdminError(
            UNAUTHORIZED,
            "The token of the admin API is missing or wrong.",
            "Send the header Authorization: Bearer TOKEN, with the TOKEN of --admin-token.",
        )
    _check_host(request.host, has_token=token is not None)
    _check_page(request)
    if request.method == "POST" and not _is_deliberate(request):
        raise AdminError(
            UNSUPPORTED,
            "A POST to the admin API has to say that it is meant for it, which the form of a page cannot do.",
            "Send the header Content-Type: application/json.",
        )


def _shows(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _check_host(host: str, *, has_token: bool) -> None:
    """Refuse a host that is a name of elsewhere, unless a token was shown, which no page knows. Raises: AdminError."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        name = ""
    if not (has_token or is_this_machine(name) or _is_address(name)):
        raise AdminError(
            FORBIDDEN,
            f"The admin API does not answer at the host {host}, to which the page of a stranger may have led.",
            "Call it by an IP address or as localhost, or start the server with --admin-token TOKEN.",
        )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _check_page(request: Request) -> None:
    """Refuse what a page of another origin sends, be it at another port of this machine. Raises: AdminError."""
    origin = request.headers.get("origin")
    is_foreign = origin is not None and origin.lower() != f"{request.scheme}://{request.host}".lower()
    if is_foreign or request.headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
        raise AdminError(
            FORBIDDEN,
            f"The admin API does not answer pages of other origins ({origin or 'which the browser does not name'}).",
            "Call it from the tests themselves, or open /_fakes3/ at this server.",
        )


def _is_deliberate(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or "x-fakes3" in request.headers
