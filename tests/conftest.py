"""What every test stands on: hypothesis profiles, and a guard that keeps the suite off the network."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# No deadline: a slow machine must not turn a law into a timed test. CI repeats the same examples every time;
# the long profile is for a quiet night: FAKES3_HYPOTHESIS=long pytest tests/rules
settings.register_profile("fakes3", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.register_profile(
    "long",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=5_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("FAKES3_HYPOTHESIS") or "fakes3")


def stays_here(host: object) -> bool:
    """Whether connecting to this host name or address stays on this machine."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse(what: str) -> None:
    """Fail the test, past every `except Exception` and retry of a client library on the way."""
    pytest.fail(
        f"The test would have {what}. Tests of fakes3 never leave this machine: "
        "serve it from the fake, or from a server on 127.0.0.1."
    )


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """Fail any test that connects to, or resolves the name of, another machine."""
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex
    real_getaddrinfo = socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not stays_here(address[0]):
            sock.close()  # or the caller, who expects no such failure, leaks it
            refuse(f"connected to {address[0]}:{address[1]}")

    def connect(self: socket.socket, address: Any) -> None:
        check(self, address)
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        check(self, address)
        return real_connect_ex(self, address)

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not stays_here(name) and not is_address(name):  # an address needs no look-up
            refuse(f"looked up the host {name}")
        return real_getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        patch.setattr(socket.socket, "connect_ex", connect_ex)
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def is_address(host: str) -> bool:
    """Whether the host is a numeric address already."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
