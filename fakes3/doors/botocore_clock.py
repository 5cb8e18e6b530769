"""Lets botocore presign URLs and forms by the clock of the fake.

A test may move that clock. What is presigned afterwards must not have expired already.

botocore's modules ask the process for the time. While something is presigned, they are given stand-ins for their
sources of time. These ask the clock of the call that the context variable `_SHOWN` knows, or the process if it knows
none. So other threads and tasks see the time of the process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from itertools import count
from threading import RLock
from types import ModuleType
from typing import Any
from weakref import finalize, ref

from fakes3.doors.entrance import Door, finish
from fakes3.doors.locks import give_lock
from fakes3.model.clock import Clock

_SIGNING_NAMES = frozenset({"s3", "s3express"})
"""The services that requests to S3 are signed for."""

_PRESIGNERS = ("botocore.auth", "botocore.crt.auth", "botocore.signers", "aiobotocore.signers")


class _Presigning:
    """One call that presigns. botocore's sources of time are patched while there is any.

    It ends at the latest when nobody has it any more, since a signal may raise before the lines that end it.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._number = next(_NUMBERS)
        self._last_end = finalize(self, _PATCHES.leave, self._number)
        _PATCHES.enter(self._number)

    def end(self) -> None:
        """Patch for this call no more."""
        _PATCHES.leave(self._number)
        self._last_end.detach()


class _Patches:
    """What is patched in botocore's modules, and the numbers of the calls for which it is."""

    def __init__(self) -> None:
        self._lock: RLock
        give_lock(self)
        self._calls: set[int] = set()
        self._replaced: list[tuple[ModuleType, str, Any]] = []

    def enter(self, number: int) -> None:
        """Patch for a call."""
        with self._lock:
            if not self._calls:
                self._calls.add(number)
                for module, name, new in _stand_ins():
                    self._replaced.append((module, name, vars(module)[name]))
                    setattr(module, name, new)
            self._calls.add(number)

    def leave(self, number: int) -> None:
        """Let a call need the patches no more, if it did."""
        finish(self._leave, number)

    def _leave(self, number: int) -> None:
        with self._lock:
            if self._calls == {number}:
                for module, name, real in reversed(self._replaced):
                    setattr(module, name, real)
                self._replaced.clear()
            self._calls.discard(number)


_PATCHES = _Patches()
_NUMBERS = count()

_SHOWN: ContextVar[Callable[[], _Presigning | None]] = ContextVar("fakes3_presigning", default=lambda: None)
"""Returns the call for which this thread or task presigns by the clock of a fake."""


class BotocorePresigner(Door):
    """Presigns URLs and forms for S3 by the clock of the fake. Other services' are signed with the process's time."""

    module = "botocore.signers"
    replaces = ("RequestSigner.generate_presigned_url", "S3PostPresigner.generate_presigned_post")

    def replace(self, really: Any) -> Any:
        """Return a method that presigns by the clock of the fake."""

        @wraps(really)
        def presign(signer: Any, *args: Any, **kwargs: Any) -> Any:
            with presigning_at(self.clock_for(signer)):
                return really(signer, *args, **kwargs)

        return presign

    def clock_for(self, signer: Any) -> Clock | None:
        """Return the clock of the fake that is entered; None if the signer is another service's."""
        # Forms have no signing name: only S3 takes them.
        endpoint = self._current() if getattr(signer, "signing_name", "s3") in _SIGNING_NAMES else None
        return None if endpoint is None else endpoint.service.clock


@contextmanager
def presigning_at(clock: Clock | None) -> Iterator[None]:
    """Let botocore presign by this clock inside the `with` block, in this thread or task alone.

    None means the time of the process. A block inside another one keeps the outer clock: that of a client which belongs
    to one fake.
    """
    if clock is None or _SHOWN.get()() is not None:
        yield
        return
    presigning = _Presigning(clock)
    token = _SHOWN.set(ref(presigning))
    try:
        yield
    finally:
        _SHOWN.reset(token)
        presigning.end()


def _stand_ins() -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield what replaces the sources of time in the modules that presign, also with the CRT.

    These modules call `get_current_datetime()`, before botocore 1.40 `datetime.datetime.utcnow()`, and for signature
    version 2 `time.time()`.
    """
    for module in filter(None, map(sys.modules.get, _PRESIGNERS)):
        names = vars(module)
        if "get_current_datetime" in names:
            yield module, "get_current_datetime", _ask_shown(names["get_current_datetime"], _naive)
        elif "datetime" in names:
            datetime_class = names["datetime"].datetime
            shown_class = _StandIn(datetime_class, utcnow=_ask_shown(datetime_class.utcnow, _naive))
            yield module, "datetime", _StandIn(names["datetime"], datetime=shown_class)
        if "time" in names:
            yield module, "time", _StandIn(names["time"], time=_ask_shown(names["time"].time, datetime.timestamp))


class _StandIn:
    """Has the attributes of another object, apart from those that are given."""

    def __init__(self, real: Any, **attributes: Any) -> None:
        self.__dict__.update(attributes, real=real)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def _ask_shown(really: Callable[..., Any], read: Callable[..., Any]) -> Callable[..., Any]:
    """Return a source of time that reads the clock of the fake, or asks the process if no clock is shown."""

    def ask(*args: Any, **kwargs: Any) -> Any:
        presigning = _SHOWN.get()()
        return really(*args, **kwargs) if presigning is None else read(presigning.clock.now(), *args, **kwargs)

    return ask


def _naive(now: datetime, remove_tzinfo: bool = True) -> datetime:
    return now.replace(tzinfo=None) if remove_tzinfo else now
