"""The servers of this process: the addresses of this machine at which it listens itself.

Whoever starts a server in a test, such as moto's `ThreadedMotoServer` or one of WSGI in a thread, wants it to answer.
So the doors do not answer for it. A server of another process is another matter: it may hold real data, and the fake
takes its place.

The process is asked for the sockets that it has open, never the network: nothing is connected, bound or looked up. On
Linux and macOS the system lists the open files of a process, so servers in compiled code are found too, and it takes
some microseconds for each socket. Elsewhere, as on Windows, only the sockets that Python made are found, by a walk
through all objects, which takes milliseconds. Only requests to an address of this machine pay for it.

A process that was forked has the listening sockets of its parent, and so it reaches them.
"""

from __future__ import annotations

import gc
import os
import socket
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from ipaddress import ip_address

_OPEN_FILES = ("/proc/self/fd", "/dev/fd")
"""Folders in which a system lists the open files of the process that looks."""

_OF_DOORS: set[int] = set()


def leave_to_doors(port: int) -> None:
    """Let the doors answer at a port of this process all the same, as they would if nobody listened there."""
    _OF_DOORS.add(port)


def has_server(name: str, ports: Collection[int]) -> bool:
    """Whether this process listens at one of these ports of a name or address of this machine."""
    return any(
        port in ports and port not in _OF_DOORS and _is_reached(address, name) for address, port in find_listening()
    )


def find_listening() -> Iterator[tuple[str, int]]:
    """Yield the address and the port of each socket at which this process listens."""
    for folder in _OPEN_FILES:
        with suppress(OSError):
            with os.scandir(folder) as files:
                numbers = [int(file.name) for file in files]
            yield from _of_files(numbers)
            return
    yield from _of_objects()


def _of_files(numbers: Iterable[int]) -> Iterator[tuple[str, int]]:
    for number in numbers:
        with suppress(OSError):  # closed meanwhile, as is the one that the list was read from
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                # A copy, since what is closed here must not be the program's. Python's own type of sockets, and not the
                # class on top of it, which other programs replace.
                copy = socket.SocketType(fileno=os.dup(number))
                try:
                    yield from _of_socket(copy)
                finally:
                    copy.close()


def _of_objects() -> Iterator[tuple[str, int]]:
    for each in gc.get_objects():
        if issubclass(type(each), socket.SocketType):
            with suppress(OSError):
                yield from _of_socket(each)


def _of_socket(sock: socket.SocketType) -> Iterator[tuple[str, int]]:
    is_network = sock.family in (socket.AF_INET, socket.AF_INET6)
    if is_network and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        address, port, *_ = sock.getsockname()
        yield address, port


def _is_reached(address: str, name: str) -> bool:
    """Whether a socket that listens at an address is reached by a name or address of this machine."""
    bound = ip_address(address.partition("%")[0])
    if bound.is_unspecified:
        return True
    try:
        asked = ip_address(name)
    except ValueError:
        return bound.is_loopback
    return bound == asked or (asked.is_unspecified and bound.is_loopback)
