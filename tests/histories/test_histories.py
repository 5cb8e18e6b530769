"""What concurrent clients of the fake are answered is linearizable: threads, tasks that are cancelled, and processes.

Some seeds at each run. For longer, `tox -e histories`, or FAKES3_HISTORIES=720 pytest --timeout 0 tests/histories: then
each test of a kind of client goes on from seed to seed for as many seconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Any

import anyio
import pytest

from fakes3 import mock_s3
from fakes3.model.world import World
from fakes3.operations.current_world import CurrentWorld
from fakes3.operations.service import Service

from . import clients
from .checker import Event, is_linearizable, partition
from .store import VERSIONINGS, Store, keys_of

SECONDS = float(os.environ.get("FAKES3_HISTORIES") or 0)


def seeds(number: int) -> Iterator[int]:
    """Yield the first seeds, or as many as there is time for."""
    until = time.monotonic() + SECONDS
    seed = 0
    while seed < number or time.monotonic() < until:
        yield seed
        seed += 1


def check(history: Iterable[Event], versioning: str, seed: int) -> None:
    for part in partition(history, keys_of):
        if not is_linearizable(part, (), Store(versioning).step):
            shown = "\n".join(map(str, sorted(part, key=lambda event: event.begin)))
            pytest.fail(f"seed {seed}, versioning {versioning!r}: no order explains\n{shown}")


@pytest.mark.parametrize("versioning", VERSIONINGS)
def test_histories_of_threads(versioning):
    for seed in seeds(12):
        check(clients.in_threads(Service(), seed, versioning), versioning, seed)


@pytest.mark.parametrize("versioning", VERSIONINGS)
@pytest.mark.parametrize("library", ["httpx", "aiobotocore"])
def test_histories_of_tasks(versioning, library):
    pytest.importorskip(library)

    async def record(seed: int) -> list[Event]:
        async with clients.SENDERS[library]() as send:
            return await clients.in_tasks(send, seed, versioning)

    for seed in seeds(6):
        with mock_s3():
            history = anyio.run(record, seed)
        check(history, versioning, seed)


@pytest.fixture(scope="module")
def at_server() -> Iterator[tuple[str, list[Any]]]:
    with clients.server() as url, clients.processes(url) as processes:
        yield url, processes


@pytest.mark.parametrize("versioning", VERSIONINGS)
def test_histories_of_processes(versioning, at_server):
    url, processes = at_server
    for seed in seeds(5):
        number = seed * len(VERSIONINGS) + VERSIONINGS.index(versioning)  # the server keeps every bucket
        check(clients.in_processes(url, processes, number, versioning), versioning, number)


class Careless(CurrentWorld):
    """Replaces the world without a look at which one it is, and lets another thread come before."""

    def replace(self, before: World, after: World) -> bool:
        time.sleep(0)  # a thread whose turn ends here is rare where many programs share the processors
        return super().replace(self.get(), after)


def test_a_service_that_commits_without_a_look_is_found():
    """That the histories are concurrent enough to show what they are made for."""
    found = False
    for seed in range(200):
        service = Service()
        service._current = Careless(service.world)
        try:
            history = clients.in_threads(service, seed, "")
        except AssertionError:  # such as an upload that is gone before its first part
            found = True
        else:
            found = not all(is_linearizable(part, (), Store("").step) for part in partition(history, keys_of))
        if found:
            break
    assert found
