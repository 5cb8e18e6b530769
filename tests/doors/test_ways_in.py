"""Each way to reach S3 ends within a second in an answer of the fake or in UnmockedRequest, and looks up no host."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from fakes3 import UnmockedRequest, mock_s3

from .ways_in import BODY, WAYS, Way, make

WATCHDOG = 1
"""How many seconds a way may take. It takes a tenth of that, unless it retries or waits for a network."""

TRIES = 3
"""A busy machine may let one try wait. What retries, or waits for a network, does so in each."""


class Hangs(Exception):
    """A way did not end before its watchdog."""


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that were looked up or connected to, which fails at once."""
    hosts: list[str] = []

    def getaddrinfo(host: Any, *_: Any, **__: Any) -> Any:
        hosts.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, f"no way to {host}")

    def connect(_self: socket.socket, address: Any) -> None:
        hosts.append(str(address))
        raise ConnectionRefusedError(f"no way to {address}")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return hosts


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without an AWS account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)


def is_here(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False


def watch(work: Callable[[], Any], seconds: float) -> Any:
    """Return what a way returns, run in a thread of its own. Raises Hangs, if it takes longer."""
    outcome: Future[Any] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError:
        if outcome.done():
            raise
        raise Hangs(f"it did not end in {seconds} s") from None


def go(way: Way, *seconds: float) -> Any:
    """Run a way in a mock of its own, once more for each watchdog that it outlasts."""
    *others, last = seconds
    for each in others:
        with suppress(Hangs):
            return go(way, each)
    with mock_s3() as s3:
        at = make(s3)
        if not way.is_late:
            return watch(lambda: way.run(at), last)
        late = way.run(at)
    return watch(late, last)


@pytest.mark.parametrize("name", WAYS)
def test_way(name, reached):
    way = WAYS[name]
    missing = [library for library in way.needs if not is_here(library)]
    if missing:
        pytest.skip(f"not installed: {' '.join(missing)}")
    with suppress(Exception):
        go(way, 60)  # imports what it needs
    if way.is_stopped:
        with pytest.raises(UnmockedRequest):
            go(way, *[WATCHDOG] * TRIES)
    else:
        assert BODY == go(way, *[WATCHDOG] * TRIES)
    assert [] == reached


PROGRAM = """
    import multiprocessing, sys, threading
    import boto3
    from fakes3 import mock_s3

    def watch(event, args):
        if event in ("socket.connect", "socket.getaddrinfo") and args[0].__class__ is not bytes:
            is_local = event == "socket.connect" and args[0].family.name == "AF_UNIX"
            if not is_local:
                print("reached", args, flush=True)
                raise OSError("no way")

    def read(outcome):
        try:
            outcome.append(boto3.client("s3").get_object(Bucket="bucket", Key="key")["Body"].read().decode())
        except Exception as error:
            outcome.append(type(error).__name__)

    def child(out):
        sys.addaudithook(watch)
        for seconds in [60] + {tries} * [{watchdog}]:  # at first it reads botocore's models
            outcome = []
            thread = threading.Thread(target=read, args=(outcome,), daemon=True)
            thread.start()
            thread.join(seconds)
            if outcome and seconds < 60:
                break
        out.send(outcome)

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        with mock_s3() as s3:
            s3.create_bucket("bucket", objects={{"key": "hello"}})
            mine, theirs = context.Pipe()
            process = context.Process(target=child, args=(theirs,))
            process.start()
            assert mine.poll(60)
            print(*mine.recv())
            process.join(60)
"""


@pytest.mark.parametrize(
    ("method", "outcome"), [("fork", "hello"), ("forkserver", "UnmockedRequest"), ("spawn", "UnmockedRequest")]
)
def test_process(method, outcome, tmp_path: Path):
    """A forked process has a copy of the fake; one that is started otherwise is stopped."""
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(PROGRAM).format(watchdog=WATCHDOG, tries=TRIES))
    run = subprocess.run([sys.executable, str(path), method], capture_output=True, text=True, check=False, timeout=120)
    assert (f"{outcome}\n", "") == (run.stdout, run.stderr)


def test_there_are_as_many_as_promised():
    assert 25 <= len(WAYS)
