"""Sends requests that are signed already, in a process of its own, so that making them is no part of what is measured.

    python load.py < job.json > outcome.json

It needs the standard library alone, and looks at no more of an answer than its status and its length.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Sequence
from selectors import EVENT_READ, DefaultSelector
from time import perf_counter
from typing import Any

PIECE = 1024 * 1024
Address = tuple[str, int]


class Client:
    """One connection that repeats one request."""

    def __init__(self, address: Address, request: bytes) -> None:
        self._address, self._request = address, request
        self._sock = _connect(address)
        self._held = b""
        self.is_over = False
        """Whether the server closes the connection behind the answer, as moto's does."""

    def fileno(self) -> int:
        """The connection, as selectors know it."""
        return self._sock.fileno()

    def send(self) -> None:
        """Send the request."""
        self._sock.sendall(self._request)

    def take(self) -> bool:
        """Take what has arrived. Whether the answer is whole; then it is forgotten."""
        data = self._sock.recv(PIECE)
        self._held += data
        top, end, body = self._held.partition(b"\r\n\r\n")
        top = top.lower()
        if not data:
            raise SystemExit(f"The server closed a connection within {self._held[:500]!r}.")
        if not end or not _is_whole(top, body):
            return False
        if not 200 <= int(top[9:12]) < 300:
            raise SystemExit(f"The server answered {self._held[:500]!r}.")
        self._held = b""
        self.is_over = b"\r\nconnection: close" in top
        return True

    def connect_again(self) -> None:
        """Take a new connection."""
        self._sock.close()
        self._sock = _connect(self._address)


def _connect(address: Address) -> socket.socket:
    sock = socket.create_connection(address, timeout=60)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _is_whole(top: bytes, body: bytes) -> bool:
    at = top.find(b"\r\ncontent-length:")
    if at >= 0:
        return len(body) >= int(top[at + 17 :].split(b"\r\n", 1)[0])
    return b"chunked" in top and body.endswith(b"0\r\n\r\n")


class Crowd:
    """Slow clients: each has sent something, reads nothing, and sends another byte each second if it is uploading."""

    def __init__(self, address: Address, groups: Sequence[dict[str, Any]]) -> None:
        self._all: list[socket.socket] = []
        self._uploading: list[socket.socket] = []
        for group in groups:
            for _ in range(group["clients"]):
                sock = _connect(address)
                sock.sendall(group["sent"].encode("latin-1"))
                (self._uploading if group["uploads"] else self._all).append(sock)
        self._next = perf_counter() + 1

    def go_on(self, now: float) -> None:
        """Send the byte of this second."""
        if now >= self._next:
            self._next += 1
            for sock in self._uploading:
                sock.sendall(b"x")


def repeat(address: Address, requests: Sequence[bytes], *, seconds: float, most: int, crowd: Crowd) -> dict[str, float]:
    """Repeat each request on a connection of its own: for so many seconds, or until there were so many answers."""
    selector = DefaultSelector()
    for request in requests:
        client = Client(address, request)
        selector.register(client, EVENT_READ, client)
        client.send()
    answers, begin = 0, perf_counter()
    now = begin
    while now < begin + seconds and answers < most:
        for key, _ in selector.select(1):
            client = key.data
            if client.take():
                answers += 1
                if client.is_over:
                    selector.unregister(client)
                    client.connect_again()
                    selector.register(client, EVENT_READ, client)
                client.send()
        now = perf_counter()
        crowd.go_on(now)
    return {"answers": answers, "seconds": now - begin}


def once(address: Address, request: bytes) -> dict[str, float]:
    """Send a request once."""
    client = Client(address, request)
    begin = perf_counter()
    client.send()
    while not client.take():
        pass
    return {"answers": 1, "seconds": perf_counter() - begin}


def upload(address: Address, head: bytes, size: int) -> dict[str, float]:
    """Send a body of this many bytes, and wait for the answer."""
    piece = bytes(PIECE)
    with _connect(address) as sock:
        begin = perf_counter()
        sock.sendall(head)
        for _ in range(size // PIECE):
            sock.sendall(piece)
        answer = sock.recv(PIECE)
        seconds = perf_counter() - begin
    _check(answer)
    return {"answers": 1, "seconds": seconds}


def download(address: Address, request: bytes) -> dict[str, float]:
    """Read an answer to its end, and keep nothing of it."""
    buffer = bytearray(PIECE)
    with _connect(address) as sock:
        begin = perf_counter()
        sock.sendall(request)
        answer = sock.recv(PIECE)
        _check(answer)
        top, _, body = answer.partition(b"\r\n\r\n")
        left = int(top.lower().partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0]) - len(body)
        while left > 0:
            got = sock.recv_into(buffer)
            if not got:
                raise SystemExit("The server closed the connection within a body.")
            left -= got
        return {"answers": 1, "seconds": perf_counter() - begin}


def _check(answer: bytes) -> None:
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"The server answered {answer[:500]!r}.")


def main(job: dict[str, Any]) -> dict[str, float]:
    """Do a job, and return how many answers there were in how many seconds."""
    address = job["host"], job["port"]
    requests = [each.encode("latin-1") for each in job["requests"]]
    match job["kind"]:
        case "upload":
            return upload(address, requests[0], job["size"])
        case "download":
            return download(address, requests[0])
        case "once":
            return once(address, requests[0])
    return repeat(
        address,
        requests,
        seconds=job["seconds"],
        most=job["most"],
        crowd=Crowd(address, job["crowd"]),
    )


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
