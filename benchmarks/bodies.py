"""Large bodies: what is held of them at once, and files that go up in parts."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.calls import Step
from benchmarks.contenders import BUCKET, Contender
from benchmarks.rows import Field, Row


def peak(step: Step, size: int, *, first: Step | None = None, no_moto: str = "") -> Callable[[Field], Row]:
    """Measure how much more memory than before a call holds at once, as a multiple of the body.

    Args:
        step: The call.
        size: The bytes of its body.
        first: A call that is made before.
        no_moto: Why moto is left out, if it is.
    """

    def measure(runners: Field) -> Row:
        everyone = runners.everyone(moto=not no_moto)
        runners.floor.reads_bodies = True
        runners.fake.fill({})
        if first is not None:
            with runners.fake.active():
                first(runners.fake.client(), 0)
        client = runners.fake.client()
        runners.floor.learn(runners.fake, lambda: step(client, 0))
        figures = {each.name: _peak(each, each.active, step, first) / size for each in everyone}
        as_it_comes = _peak(runners.fake, runners.fake.active_above_http, step, first) / size
        return Row.plain(figures, no_moto, f"fakes3 as it comes: {as_it_comes:.2f}")

    return measure


def _peak(
    contender: Contender, active: Callable[[], AbstractContextManager[object]], step: Step, first: Step | None
) -> int:
    """Return the bytes that a call holds at once, beside what there was before."""
    contender.fill({})
    client = contender.client()
    with active():
        if first is not None and contender.name != "floor":
            first(client, 0)
        gc.collect()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            step(client, 0)
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
            contender.fill({})


def upload(size: int) -> Step:
    """Return a call of `upload_file`, which sends a file of this many bytes in parts, from several threads."""

    def step(client: Any, number: int) -> object:
        return client.upload_file(str(_file(size)), BUCKET, "key")

    return step


_FOLDER = TemporaryDirectory()


@cache
def _file(size: int) -> Path:
    """Return a file of this many zeros, which takes no room on the disk. It is removed at the end of the process."""
    path = Path(_FOLDER.name, str(size))
    with path.open("wb") as file:
        file.truncate(size)
    return path
