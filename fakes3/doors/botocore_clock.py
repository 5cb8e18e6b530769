"""Lets botocore presign URLs and forms by the clock of the fake.

A test may move that clock. What is presigned afterwards must not have expired already.

botocore's modules ask the process for the time. While something is presigned, they are given stand-ins for their
sources of time. These ask the clock that the context variable `_SHOWN` holds, or the process if it holds none. So other
threads and tasks see the time of the process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from threading import Lock
from types import ModuleType
from typing import Any

from fakes3.doors.entrance import Door
from fakes3.model.clock import Clock

_SIGNING_NAMES = frozenset({"s3", "s3express"})
"""The services that requests to S3 are signed for."""

_SHOWN: ContextVar[Clock | None] = ContextVar("fakes3_presigning_at", default=None)
"""The clock by which this thread or task is presigning."""

_PRESIGNERS = ("botocore.auth", "botocore.crt.auth", "botocore.signers", "aiobotocore.signers")
_LOCK = Lock()
_PATCHED: list[tuple[ModuleType, str, Any]] = []
_PRESIGNING: list[Clock] = []


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
    if clock is None or _SHOWN.get() is not None:
        yield
        return
    with _LOCK:
        if not _PRESIGNING:
            _patch_time()
        _PRESIGNING.append(clock)
    token = _SHOWN.set(clock)
    try:
        yield
    finally:
        _SHOWN.reset(token)
        with _LOCK:
            _PRESIGNING.remove(clock)
            if not _PRESIGNING:
                for module, name, real in _PATCHED:
                    setattr(module, name, real)
                _PATCHED.clear()


def _patch_time() -> None:
    """Replace the sources of time in the modules that presign, also with the CRT.

    These modules call `get_current_datetime()`, before botocore 1.40 `datetime.datetime.utcnow()`, and for signature
    version 2 `time.time()`.
    """
    for module in filter(None, map(sys.modules.get, _PRESIGNERS)):
        names = vars(module)
        if "get_current_datetime" in names:
            _replace(module, "get_current_datetime", _ask_shown(names["get_current_datetime"], _naive))
        elif "datetime" in names:
            datetime_class = names["datetime"].datetime
            shown_class = _StandIn(datetime_class, utcnow=_ask_shown(datetime_class.utcnow, _naive))
            _replace(module, "datetime", _StandIn(names["datetime"], datetime=shown_class))
        if "time" in names:
            _replace(module, "time", _StandIn(names["time"], time=_ask_shown(names["time"].time, datetime.timestamp)))


def _replace(module: ModuleType, name: str, new: Any) -> None:
    _PATCHED.append((module, name, vars(module)[name]))
    setattr(module, name, new)


class _StandIn:
    """Has the attributes of another object, apart from those that are given."""

    def __init__(self, real: Any, **attributes: Any) -> None:
        self.__dict__.update(attributes, real=real)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def _ask_shown(really: Callable[..., Any], read: Callable[..., Any]) -> Callable[..., Any]:
    """Return a source of time that reads the clock of the fake, or asks the process if no clock is shown."""

    def ask(*args: Any, **kwargs: Any) -> Any:
        clock = _SHOWN.get()
        return really(*args, **kwargs) if clock is None else read(clock.now(), *args, **kwargs)

    return ask


def _naive(now: datetime, remove_tzinfo: bool = True) -> datetime:
    return now.replace(tzinfo=None) if remove_tzinfo else now
