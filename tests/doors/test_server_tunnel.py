"""One end of a tunnel, with what asyncio would call it by. Whole tunnels are in test_server_proxy.py."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fakes3.doors.server_head import InChunks, Sized
from fakes3.doors.server_tunnel import Pipe


class Transport(asyncio.Transport):
    """Notes what is asked of it."""

    def __init__(self, *, can_end_alone: bool = True) -> None:
        super().__init__()
        self.asked: list[Any] = []
        self._can_end_alone = can_end_alone

    def write(self, data: Any) -> None:
        self.asked.append(bytes(data))

    def can_write_eof(self) -> bool:
        return self._can_end_alone

    def write_eof(self) -> None:
        self.asked.append("end of writing")

    def close(self) -> None:
        self.asked.append("close")

    def abort(self) -> None:
        self.asked.append("abort")

    def pause_reading(self) -> None:
        self.asked.append("pause")

    def resume_reading(self) -> None:
        self.asked.append("resume")


class Tunnel:
    """A tunnel between two transports."""

    def __init__(self, body: Any = None, *, can_end_alone: bool = True) -> None:
        self.open: set[Any] = set()
        self.near, self.far = Pipe(self.open.add, self.open.discard, body), Pipe(self.open.add, self.open.discard)
        self.near.other, self.far.other = self.far, self.near
        self.client, self.host = Transport(can_end_alone=can_end_alone), Transport()
        self.near.connection_made(self.client)
        self.far.connection_made(self.host)


def test_what_one_end_receives_the_other_sends():
    tunnel = Tunnel()
    tunnel.near.data_received(b"question")
    tunnel.far.data_received(b"answer")
    assert ([b"question"], [b"answer"]) == (tunnel.host.asked, tunnel.client.asked)


def test_who_is_slow_to_read_stops_the_other_from_sending():
    tunnel = Tunnel()
    tunnel.near.pause_writing()
    tunnel.near.resume_writing()
    assert (["pause", "resume"], []) == (tunnel.host.asked, tunnel.client.asked)


def test_each_side_may_end_first():
    tunnel = Tunnel()
    assert tunnel.near.eof_received()  # it may still write
    assert ["end of writing"] == tunnel.host.asked
    assert not tunnel.far.eof_received()
    assert ["end of writing"] == tunnel.client.asked


def test_a_side_with_tls_ends_with_the_other():
    tunnel = Tunnel(can_end_alone=False)
    tunnel.far.eof_received()
    assert ["close"] == tunnel.client.asked
    assert not Tunnel(can_end_alone=False).near.eof_received()


def test_when_one_side_is_gone_so_is_the_other():
    tunnel = Tunnel()
    tunnel.near.connection_lost(None)
    assert (["close"], {tunnel.far}) == (tunnel.host.asked, tunnel.open)


def test_a_server_that_stops_ends_it():
    tunnel = Tunnel()
    tunnel.near.end()
    tunnel.near.abort()
    assert ["close", "abort"] == tunnel.client.asked


@pytest.mark.parametrize(
    ("body", "sent"), [(Sized(5), b"hello"), (InChunks(), b"2\r\nhe\r\n3;x\r\nllo\r\n0\r\nt: 1\r\n\r\n")]
)
def test_no_more_than_a_body_is_handed_on(body: Any, sent: bytes):
    tunnel = Tunnel(body)
    for at in range(len(sent)):
        tunnel.near.data_received(sent[at : at + 1])
    tunnel.near.data_received(b"GET http://another.example/ HTTP/1.1\r\n\r\n")
    assert sent == b"".join(tunnel.host.asked)


@pytest.mark.parametrize(("body", "sent"), [(Sized(5), b"hello"), (InChunks(), b"5\r\nhello\r\n0\r\n\r\n")])
def test_what_follows_a_body_in_one_packet_is_not(body: Any, sent: bytes):
    tunnel = Tunnel(body)
    tunnel.near.data_received(sent + b"GET http://another.example/ HTTP/1.1\r\n\r\n")
    assert [sent] == tunnel.host.asked


def test_chunks_that_are_none_end_it():
    tunnel = Tunnel(InChunks())
    tunnel.near.data_received(b"zz\r\n")
    assert (["close"], []) == (tunnel.client.asked, tunnel.host.asked)
