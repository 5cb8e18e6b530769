"""What every test stands on: hypothesis profiles, and a guard that keeps the suite off the network."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
import certifi
import pytest
from hypothesis import HealthCheck, settings

# No deadline: a slow machine must not turn a law into a timed test. CI repeats the same examples every time.
# By default as few examples as find what hypothesis finds soon; the depth is the long profile's, for a quiet night:
# FAKES3_HYPOTHESIS=long pytest tests/rules
settings.register_profile("fakes3", deadline=None, derandomize=bool(os.environ.get("CI")), max_examples=40)
settings.register_profile(
    "long",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=5_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("FAKES3_HYPOTHESIS") or "fakes3")


@pytest.fixture(scope="session", autouse=True)
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let clients know one certificate of the world's, not all: reading them takes a client of httpx 20 ms.

    None is verified here. Some clients want one at least.
    """
    last_line = "-----END CERTIFICATE-----\n"
    first, found, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(last_line)
    path = tmp_path_factory.mktemp("certificates") / "one.pem"
    path.write_text(first + found, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@cache
def loader(*paths: Any) -> Any:
    """botocore's loader of these paths, with what it has read."""
    return botocore.loaders.create_loader(*paths)


@pytest.fixture(scope="module")
def models_are_read_once() -> Iterator[None]:
    """Let sessions of boto3 share what they read of botocore's models, which takes each of them 70 ms.

    For rooms in which many tests make sessions; what a mock itself does about it is tested in tests/testing.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", loader)
        yield


def pytest_collection_finish() -> None:
    """Let garbage be collected more seldom, and without a look at what was made by now, which lives to the end.

    A client of boto3 is 25,000 objects in cycles. Looking for them as often as Python does takes a quarter of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


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
    """Fail any test that connects to, or resolves the name of, another machine.

    By Python's own audit events, which every socket raises: pytest-socket puts `socket.socket.connect` back after each
    test, and with it would take away whatever had been patched over it.
    """
    is_on = True

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect" and is_on:  # by connect and connect_ex alike
            sock, address = args
            if sock.family in (socket.AF_INET, socket.AF_INET6) and not stays_here(address[0]):
                sock.close()  # or the caller, who expects no such failure, leaks it
                refuse(f"connected to {address[0]}:{address[1]}")
        elif event == "socket.getaddrinfo" and is_on:
            name = args[0].decode() if isinstance(args[0], bytes) else args[0]
            if not stays_here(name) and not is_address(name):  # an address needs no look-up
                refuse(f"looked up the host {name}")

    sys.addaudithook(watch)  # for as long as the process lives
    yield
    is_on = False


def is_address(host: str) -> bool:
    """Whether the host is a numeric address already."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
