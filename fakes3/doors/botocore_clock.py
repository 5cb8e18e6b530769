"""Lets botocore presign URLs and forms by the clock of the fake.

A test may move that clock. What is presigned afterwards must not have expired already.

botocore's modules ask the process for the time. While something is presigned, they are given stand-ins for their
sources of time. These ask the clock that the context variable `_SHOWN` holds, or the process if it holds none. So other
threads and tasks see the time of the process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
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

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the methods that presign URLs and forms."""
        really_sign_url = module.RequestSigner.generate_presigned_url
        really_sign_post = module.S3PostPresigner.generate_presigned_post

        @wraps(really_sign_url)
        def generate_presigned_url(signer: Any, *args: Any, **kwargs: Any) -> Any:
            with presigning_at(self.clock_for(signer.signing_name)):
                return really_sign_url(signer, *args, **kwargs)

        @wraps(really_sign_post)
        def generate_presigned_post(presigner: Any, *args: Any, **kwargs: Any) -> Any:
            with presigning_at(self.clock_for("s3")):
                return really_sign_post(presigner, *args, **kwargs)

        yield module.RequestSigner, "generate_presigned_url", generate_presigned_url
        yield module.S3PostPresigner, "generate_presigned_post", generate_presigned_post

    def clock_for(self, signing_name: str) -> Clock | None:
        """Return the clock of the fake that is entered, if this is a service of S3's."""
        endpoint = self._current() if signing_name in _SIGNING_NAMES else None
        return None if endpoint is None else endpoint.service.clock


@contextmanager
def presigning_at(clock: Clock | None) -> Iterator[None]:
    """Let botocore presign by this clock inside the `with` block, in this thread or task alone.

    A block inside another one keeps the outer clock: that of a client which belongs to one fake.

    Args:
        clock: The clock; None for the time of the process.
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


def presign_by(clock: Clock, really_presign: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that presigns by this clock."""

    @wraps(really_presign)
    def presign(*args: Any, **kwargs: Any) -> Any:
        with presigning_at(clock):
            return really_presign(*args, **kwargs)

    return presign


def _patch_time() -> None:
    """Replace the sources of time in the modules that presign, also with the CRT.

    These modules call `get_current_datetime()`, before botocore 1.40 `datetime.datetime.utcnow()`, and for signature
    version 2 `time.time()`.
    """
    for module in filter(None, map(sys.modules.get, _PRESIGNERS)):
        names = vars(module)
        if "get_current_datetime" in names:
            _replace(module, "get_current_datetime", _tell_datetime(names["get_current_datetime"]))
        elif "datetime" in names:
            _replace(module, "datetime", _DatetimeModule(names["datetime"]))
        if "time" in names:
            _replace(module, "time", _TimeModule(names["time"]))


def _replace(module: ModuleType, name: str, new: Any) -> None:
    _PATCHED.append((module, name, vars(module)[name]))
    setattr(module, name, new)


def _tell_datetime(really: Callable[..., datetime]) -> Callable[..., datetime]:
    def get_current_datetime(remove_tzinfo: bool = True) -> datetime:
        clock = _SHOWN.get()
        if clock is None:
            return really(remove_tzinfo=remove_tzinfo)
        return clock.now().replace(tzinfo=None) if remove_tzinfo else clock.now()

    return get_current_datetime


class _StandIn:
    """Has the attributes of another object, apart from those that a subclass defines."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _TimeModule(_StandIn):
    """The module `time`, whose `time()` reads the shown clock."""

    def time(self) -> float:
        clock = _SHOWN.get()
        return float(self._real.time()) if clock is None else clock.now().timestamp()


class _DatetimeModule(_StandIn):
    """The module `datetime`, whose `datetime.utcnow()` reads the shown clock."""

    @property
    def datetime(self) -> Any:
        return _DatetimeClass(self._real.datetime)


class _DatetimeClass(_StandIn):
    def utcnow(self) -> Any:
        clock = _SHOWN.get()
        return self._real.utcnow() if clock is None else clock.now().replace(tzinfo=None)
