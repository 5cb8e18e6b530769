"""The guard of the whole suite: it lets tests connect to this machine alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

ELSEWHERE = ("198.51.100.1", 443)  # TEST-NET-2, which is nobody's

WAYS: dict[str, Callable[[socket.socket], Any]] = {
    "connect": lambda out: out.connect(ELSEWHERE),
    "connect_ex": lambda out: out.connect_ex(ELSEWHERE),
    "create_connection": lambda _: socket.create_connection(ELSEWHERE),
    "getaddrinfo": lambda _: socket.getaddrinfo("s3.amazonaws.com", 443),
}


class TestOffline:
    @pytest.mark.parametrize("way", WAYS)
    def test_nothing_leaves_this_machine(self, way):
        with socket.socket() as out, pytest.raises(pytest.fail.Exception, match="Tests of fakes3 never leave"):
            WAYS[way](out)

    def test_a_failure_is_caught_by_no_client(self):
        assert not issubclass(pytest.fail.Exception, Exception)

    def test_this_machine_is_reached(self):
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as out:
            assert server.getsockname() == out.getpeername()
