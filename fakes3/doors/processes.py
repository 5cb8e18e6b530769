"""The door to processes that this one starts.

A forked process has its own copy of the fake, as of all else. One that is spawned, or forked by a server that was, has
none: what it sends would go to Amazon. So a guard travels with it, which stops that and says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from types import ModuleType
from typing import Any

from fakes3.doors.door import Door, Endpoint
from fakes3.model.errors import UnmockedRequest
from fakes3.operations.service import Service

Arrive = Callable[[tuple[str, ...], tuple[str, ...]], None]


class ProcessDoor(Door):
    """Sends a guard along with every process that is started while a fake is entered.

    Args:
        current: Tells the fake that is entered, if any.
        arrive: What a process that is not forked calls when it begins, with the endpoints and the hosts passed through
            of the fake that it has no part in. It is found by its name, so it is a function of a module.
    """

    module = "multiprocessing.process"

    def __init__(self, current: Callable[[], Endpoint | None], arrive: Arrive) -> None:
        self._current = current
        self._arrive = arrive

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The `start` of processes of every kind."""
        process_class = module.BaseProcess
        really_start = process_class.start

        @wraps(really_start)
        def start(process: Any) -> None:
            endpoint = self._current()
            if endpoint is None:
                really_start(process)
                return
            # First of all it holds, so that it arrives before the modules are imported that the rest needs.
            process.__dict__ = {_NAME: _Guard(self._arrive, endpoint), **process.__dict__}
            try:
                really_start(process)
            finally:
                process.__dict__.pop(_NAME, None)

        yield process_class, "start", start


_NAME = "_fakes3_guard"


class _Guard:
    """What calls `arrive` where it is unpickled."""

    def __init__(self, arrive: Arrive, endpoint: Endpoint) -> None:
        self._arrive = arrive
        self._arguments = tuple(endpoint.base_hosts), tuple(endpoint.passthrough)

    def __reduce__(self) -> tuple[Arrive, tuple[tuple[str, ...], tuple[str, ...]]]:
        return self._arrive, self._arguments


class NoPart(Endpoint):
    """What stands for the fake in a process that has no part in it: it refuses whatever that would have answered."""

    def __init__(self, endpoints: Iterable[str], passthrough: Iterable[str]) -> None:
        super().__init__(Service(), endpoints=endpoints, passthrough=passthrough)

    def takes(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """Say whether a request is for something else than S3.

        Raises: UnmockedRequest, for one that is for S3.
        """
        if super().takes(host, headers, query):
            raise UnmockedRequest(
                f"A request to {host} was stopped: mock_s3 is active in the process that started this one, which has "
                "no part in its fake. Enter mock_s3() in this process too, or start it by fork, which copies the fake."
            )
        return False
