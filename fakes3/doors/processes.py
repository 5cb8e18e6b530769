"""The door of multiprocessing, for processes that are started while a fake is entered.

A forked process has its own copy of the fake. A process that is started by spawn or by a fork server has none, and its
requests would go to Amazon. So it is given a guard, which stops such requests and says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Current, Door
from fakes3.model.errors import UnmockedRequest
from fakes3.operations.service import Service

Arrive = Callable[[tuple[str, ...], tuple[str, ...]], None]
"""Called in a process that has no copy of the fake, with the endpoints and the passthrough hosts of that fake."""


class ProcessDoor(Door):
    """Gives a guard to every process that is started while a fake is entered.

    Args:
        current: Returns the endpoint that answers, or None.
        arrive: Called by the guard in a process that was not forked. It is pickled, so it is a function of a module.
    """

    module = "multiprocessing.process"
    replaces = ("BaseProcess.start",)

    def __init__(self, current: Current, arrive: Arrive) -> None:
        super().__init__(current)
        self._arrive = arrive

    def replace(self, really: Any) -> Any:
        """Return the `start` of processes of every kind."""

        @wraps(really)
        def start(process: Any) -> None:
            endpoint = self._current()
            if endpoint is None:
                really(process)
                return
            # The guard stands first, so it is unpickled before the modules are imported that the rest needs.
            process.__dict__ = {_NAME: _Guard(self._arrive, endpoint), **process.__dict__}
            try:
                really(process)
            finally:
                process.__dict__.pop(_NAME, None)

        return start


_NAME = "_fakes3_guard"


class _Guard:
    """Calls `arrive` in the process that unpickles it."""

    def __init__(self, arrive: Arrive, endpoint: Endpoint) -> None:
        self._arrive = arrive
        self._arguments = tuple(endpoint.base_hosts), tuple(endpoint.passthrough)

    def __reduce__(self) -> tuple[Arrive, tuple[tuple[str, ...], tuple[str, ...]]]:
        return self._arrive, self._arguments


class NoPart(Endpoint):
    """Takes the place of the fake in a process that has no copy of it. It stops every request for S3."""

    def __init__(self, endpoints: Iterable[str], passthrough: Iterable[str]) -> None:
        super().__init__(Service(), endpoints=endpoints, passthrough=passthrough)

    def claims(self, host: str, headers: Mapping[str, str], query: str) -> bool:
        """Return False.

        Raises: UnmockedRequest, if the request is for S3.
        """
        if self._is_for_s3(host, headers, query):
            raise UnmockedRequest(
                f"A request to {host} was stopped: mock_s3 is active in the process that started this one, which has "
                "no part in its fake. Let processes that need the same S3, such as workers of Dask, Ray or Spark, use "
                "one `fakes3 serve`: set AWS_ENDPOINT_URL_S3 to its URL, with no mock in any of them. Else enter "
                "mock_s3() in this process too, or start it by fork, which copies the fake."
            )
        return False
