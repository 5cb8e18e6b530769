"""What S3 will do by itself as time passes: which kinds of work are due, and when.

This is the part of the world that waits for the clock. What a kind of work does is in `operations/background.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from fakes3.model.dates import LATEST
from fakes3.model.ordered_map import OrderedMap

if TYPE_CHECKING:
    from fakes3.model.access_log import WaitingLines
    from fakes3.model.replication import Replication


class Due(NamedTuple):
    """A kind of work, and when it is due next."""

    at: datetime
    work: str
    """Its name, such as "lifecycle"."""

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be done at a moment. What would come after the calendar's end is never done."""
        return self.at <= now and self.at != LATEST


class Background(NamedTuple):
    """The work that S3 will do by itself."""

    due: tuple[Due, ...] = ()
    """Each kind of work that is to be done, the earliest first. Each stands here once."""
    replications: OrderedMap[tuple[datetime, int], Replication] = OrderedMap()
    """What will be replicated, by the moment and the number of the commit that asked for it."""
    logs: WaitingLines | None = None
    """The lines of access logs that wait for their delivery; None where no bucket ever had logging."""
    inventories: OrderedMap[tuple[str, str], datetime] = OrderedMap()
    """When the next report of each inventory is written, by the name of its bucket and its id."""

    def with_due(self, work: str, at: datetime) -> Background:
        """Return the background in which a kind of work is due at this moment, or earlier if it was."""
        return self if any(each.work == work and each.at <= at for each in self.due) else self.rescheduled(work, at)

    def rescheduled(self, work: str, at: datetime | None) -> Background:
        """Return the background in which a kind of work is due at this moment and no other; never for None."""
        others = [each for each in self.due if each.work != work]
        return self._replace(due=tuple(sorted(others if at is None else [*others, Due(at, work)])))


IDLE = Background()
"""The background of a world in which nothing will happen by itself."""
