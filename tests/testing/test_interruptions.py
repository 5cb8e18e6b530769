"""A signal that raises while a mock is entered or left, as Ctrl-C and pytest-timeout do, leaves nothing behind."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import boto3
import pytest

import fakes3
from fakes3 import mock_s3
from fakes3.doors.locks import _OWNERS
from fakes3.testing.decorated import entered_for_fixture
from fakes3.testing.entries import ENTRIES

pytestmark = pytest.mark.timeout(110)

OURS = str(Path(fakes3.__file__).parent)
LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"


BY_INSTRUCTION = pytest.mark.skipif(
    sys.gettrace() is not None and (3, 12) <= sys.version_info[:3] <= (3, 12, 1),
    reason="CPython 3.12.1 crashes where instructions are traced beside another tracer, such as that of coverage",
)


class Interrupted(BaseException):
    """What the signal raises."""


class Interrupter:
    """Raises at the n-th line, or at the n-th instruction, that is run of the project's own code."""

    def __init__(self, *, by_instruction: bool) -> None:
        self.event = "opcode" if by_instruction else "line"
        self.seen = 0
        self.at = 0

    def _trace(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        frame.f_trace_opcodes = self.event == "opcode"
        if event in {self.event, "call"}:
            self.seen += 1
            if self.seen == self.at:
                raise Interrupted
        return self._trace

    @contextmanager
    def at_step(self, number: int) -> Iterator[None]:
        self.seen, self.at = 0, number
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            yield
        except Interrupted:
            pass
        finally:
            sys.settrace(before)
            # A signal raises at a call or a jump. A trace function also raises between the end of a block and the
            # release of its lock, where no signal can come.
            for lock in held_locks():
                while lock._is_owned():
                    lock.release()


def held_locks() -> list[Any]:
    """Return the locks that this thread holds."""
    return [lock for lock in (getattr(owner, name) for owner, name in _OWNERS.items()) if lock._is_owned()]


def bare() -> None:
    with mock_s3():
        pass


def nested() -> None:
    with mock_s3(), mock_s3(region="eu-west-1"):
        pass


def direct_inside() -> None:
    with mock_s3(direct=False), mock_s3(direct=True):
        pass


@mock_s3
def decorated() -> None:
    pass


def started() -> None:
    mock = mock_s3()
    try:
        mock.start()
        mock.stop()
    except Interrupted:
        with suppress(fakes3.UsageError):
            mock.stop()
        raise


def as_fixture() -> None:
    with entered_for_fixture(None, None, mock_s3()):
        pass


def presigning() -> None:
    with mock_s3() as s3:
        s3.clock.advance(days=1)
        CLIENT.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})


CLIENT: Any = boto3.client("s3", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
WAYS = [bare, nested, direct_inside, decorated, started, as_fixture, presigning]


Attribute = tuple[Any, str, Any]


def attributes() -> list[Attribute]:
    """Return the attributes of every class and module that a mock patches: owner, name and value."""
    with mock_s3(direct=True):
        owners = {owner for _, owner, *_ in ENTRIES.entrance._replaced}
    owners |= {sys.modules[name] for name in ("botocore.auth", "botocore.signers")}
    return [(owner, name, value) for owner in owners for name, value in vars(owner).items()]


def state() -> dict[str, Any]:
    """Return what else a mock changes."""
    return {
        "environment": {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "finders": list(sys.meta_path),
        "session": boto3.DEFAULT_SESSION,
        "stack": list(ENTRIES._stack),
        "entered": list(ENTRIES.entrance._entered),
        "locks": held_locks(),
    }


class Before:
    """What a mock changes, as it was before."""

    def __init__(self) -> None:
        for way in WAYS:
            way()  # and with it what is imported and remembered at the first time
        self.attributes, self.state = attributes(), state()

    def check(self) -> None:
        if (self.state, []) != (state(), self.changed()):
            gc.collect()  # the exception's traceback may be in a cycle
        assert (self.state, []) == (state(), self.changed())

    def changed(self) -> list[tuple[Any, str]]:
        return [(owner, name) for owner, name, value in self.attributes if vars(owner).get(name) is not value]


@pytest.fixture
def before(monkeypatch) -> Before:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", object())
    return Before()


# Python ignores what is raised inside a finalizer, as that of an earlier mock whose exception was in a cycle.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "by_instruction", [False, pytest.param(True, marks=BY_INSTRUCTION)], ids=["line", "instruction"]
)
@pytest.mark.parametrize("way", WAYS)
def test_at_any_step(way, by_instruction, before):
    """12,000 in all in the long run, at steps that a seed chooses."""
    interrupter, chance = Interrupter(by_instruction=by_instruction), Random(0)
    for _ in range(2):  # Python 3.12 tells the instructions of functions that it has traced before
        with interrupter.at_step(0):
            way()
    steps = interrupter.seen
    for _ in range(1000 if LONG else 20):
        with interrupter.at_step(chance.randrange(1, steps + 1)):
            way()
        before.check()


def test_of_a_real_signal(before):
    """Ctrl-C, some hundred times, at whatever moment it comes."""
    interrupted = 0

    def interrupt(_number: int, _frame: Any) -> None:
        raise Interrupted

    real, chance = signal.signal(signal.SIGALRM, interrupt), Random(0)
    try:
        for _ in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 4e-4))
                for _ in range(1000):
                    bare()
            except Interrupted:
                interrupted += 1
            before.check()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, real)
    assert 300 == interrupted
