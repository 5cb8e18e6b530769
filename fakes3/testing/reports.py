"""What the report of a failed test tells of S3: its content, the last calls, what changed since the test began.

What lints find in these calls is told too, whatever lints do to tests that pass: it may be why the test failed.

Nothing is done for a test that passes but to keep references. Texts are bounded, however much is in S3.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from fakes3.model.world import World
from fakes3.testing.calls import table_of
from fakes3.testing.entries import ENTRIES, Entry
from fakes3.testing.fake import FakeS3
from fakes3.testing.lints import Finding, lint
from fakes3.testing.snapshots import Snapshot
from fakes3.testing.tree import Bounds, tree_of

MOST_FAKES = 3
MOST_CALLS = 20
MOST_CHANGES = 20
MOST_FINDINGS = 5
LONGEST_LINE = 400
TREE = Bounds(buckets=10, keys=10, versions=3)


@dataclass(slots=True)
class _Seen:
    """A fake as it was when the test began, or when the test entered it."""

    fake: FakeS3
    before: World
    calls: int
    is_of_others: bool
    """Whether it was active before, for other tests too."""

    @property
    def is_used(self) -> bool:
        """Whether the test may have to do with it."""
        service = self.fake.service
        if self.is_of_others:
            return service.world is not self.before or len(service.calls) != self.calls
        return bool(service.calls or service.world.buckets)


class Watch:
    """Remembers the fakes of one test, the latest ones, and how they were when it began.

    Args:
        lints: Whether lints will look at what the test did.
    """

    def __init__(self, *, lints: bool = False) -> None:
        self._lints = lints
        self.has_passed = False
        """Whether the test itself has passed, without its tear-down."""
        self._seen: deque[_Seen] = deque(maxlen=MOST_FAKES)
        for entry in ENTRIES.active():
            self._see(entry, is_of_others=True)
        ENTRIES.watchers.append(self._see)

    def _see(self, entry: Entry, is_of_others: bool = False) -> None:
        fake, service = entry.fake, entry.fake.service
        service.watches_bodies |= self._lints
        if all(seen.fake is not fake for seen in self._seen):
            self._seen.append(_Seen(fake, service.world, len(service.calls), is_of_others))

    @property
    def has_fakes(self) -> bool:
        """Whether a fake has been active."""
        return bool(self._seen)

    def begin(self) -> None:
        """Take the state as it is now, after all set-up, for the one in which the test began."""
        for seen in self._seen:
            seen.before, seen.calls = seen.fake.service.world, len(seen.fake.service.calls)

    def end(self) -> None:
        """Watch no longer."""
        if self._lints:
            for seen in self._seen:
                seen.fake.service.watches_bodies = False
        ENTRIES.watchers.remove(self._see)

    def findings(self) -> list[Finding]:
        """Return what lints find in what the test did."""
        return [
            found
            for seen in self._seen
            for found in lint(list(seen.fake.service.calls)[seen.calls :], seen.before, seen.fake.service.world)
        ]

    def shortened_tracebacks(self) -> AbstractContextManager[None]:
        """Leave what clients do out of tracebacks, where the test has to do with a fake."""
        return without_frames_of_clients() if any(seen.is_used for seen in self._seen) else nullcontext()

    def sections(self) -> Iterator[tuple[str, str]]:
        """Yield the title and the text of a section for each fake that was used."""
        try:
            used = [seen for seen in self._seen if seen.is_used]
        except RuntimeError as gone:  # the process of s3.server(process=True), which had the state
            yield "S3", str(gone)
            return
        for number, seen in enumerate(used, 1):
            title = "S3" if len(used) == 1 else f"S3, fake {number} of {len(used)}"
            yield title, describe(seen.fake, seen.before, seen.calls)


_OF_CLIENTS = ("botocore.client", "botocore.context", "fakes3.doors.botocore", "fakes3.doors.direct")
"""The modules between a call of boto3 and the refusal that it raises."""


@contextmanager
def without_frames_of_clients() -> Iterator[None]:
    """Let pytest leave out of tracebacks what botocore does between a call and a refusal of S3: it is long."""
    exceptions = sys.modules.get("botocore.exceptions")
    modules = [sys.modules[name] for name in _OF_CLIENTS if name in sys.modules] if exceptions is not None else []

    def is_refusal(excinfo: Any) -> bool:
        return exceptions is not None and isinstance(excinfo.value, exceptions.ClientError)

    for module in modules:
        vars(module)["__tracebackhide__"] = is_refusal  # pytest looks here
    try:
        yield
    finally:
        for module in modules:
            del vars(module)["__tracebackhide__"]


def describe(fake: FakeS3, before: World, calls_before: int = 0) -> str:
    """Return what is in a fake, its last calls, what changed since it held `before`, and what lints find in that."""
    world, calls = fake.service.world, list(fake.service.calls)
    first = max(0, len(calls) - MOST_CALLS)
    lines = [*tree_of(world, TREE).splitlines(), "", f"Calls: {len(calls)}, the last of them:"]
    if calls:
        lines += table_of(calls[first:], first + 1).splitlines()
    else:
        lines[-1] = "No calls."
    changed = Snapshot(before).diff(Snapshot(world)).text(MOST_CHANGES)
    lines += ["", "Changed since the test began:" if changed else "Nothing changed since the test began.", changed]
    if findings := lint(calls[calls_before:], before, world):
        lines += ["", "What may be wrong:", *map(str, findings[:MOST_FINDINGS])]
    return "\n".join(map(_cut, "\n".join(lines).rstrip().splitlines()))


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
