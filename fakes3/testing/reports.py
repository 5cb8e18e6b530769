"""What the report of a failed test tells of S3: what is in it, the last calls, and what changed since the test began.

Nothing is done for a test that passes but to keep references. Texts are bounded, however much is in S3.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

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
    """Remembers the fakes of one test, the latest ones, and how they were when it began."""

    def __init__(self) -> None:
        self.has_passed = False
        """Whether the test itself has passed, without its tear-down."""
        self._seen: deque[_Seen] = deque(maxlen=MOST_FAKES)
        for entry in ENTRIES.active():
            self._see(entry, is_of_others=True)
        ENTRIES.watchers.append(self._see)

    def _see(self, entry: Entry, is_of_others: bool = False) -> None:
        fake, service = entry.fake, entry.fake.service
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
        ENTRIES.watchers.remove(self._see)

    def findings(self) -> list[Finding]:
        """Return what lints find in what the test did."""
        return [
            found
            for seen in self._seen
            for found in lint(list(seen.fake.service.calls)[seen.calls :], seen.before, seen.fake.service.world)
        ]

    def sections(self) -> Iterator[tuple[str, str]]:
        """Yield the title and the text of a section for each fake that was used."""
        used = [seen for seen in self._seen if seen.is_used]
        for number, seen in enumerate(used, 1):
            title = "S3" if len(used) == 1 else f"S3, fake {number} of {len(used)}"
            yield title, describe(seen.fake, seen.before)


def describe(fake: FakeS3, before: World) -> str:
    """Return what is in a fake, its last calls, and what changed since it held `before`."""
    world, calls = fake.service.world, list(fake.service.calls)
    first = max(0, len(calls) - MOST_CALLS)
    lines = [*tree_of(world, TREE).splitlines(), "", f"Calls: {len(calls)}, the last of them:"]
    if calls:
        lines += table_of(calls[first:], first + 1).splitlines()
    else:
        lines[-1] = "No calls."
    changed = Snapshot(before).diff(Snapshot(world)).text(MOST_CHANGES)
    lines += ["", "Changed since the test began:" if changed else "Nothing changed since the test began.", changed]
    return "\n".join(map(_cut, "\n".join(lines).rstrip().splitlines()))


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
