"""Access logs: which lines are kept. They are delivered by `log_delivery.py`, and what they say is in the model.

S3: userguide/ServerLogs.html
"""

from __future__ import annotations

from collections.abc import Iterable

from fakes3.model.access_log import Line, Record, WaitingLines, format_record, next_delivery
from fakes3.model.world import World

ACCESS_LOGS = "access logs"


def begin_logs(world: World) -> World:
    """Return the world in which requests may be logged."""
    before = world.background
    return world if before.logs is not None else world._replace(background=before._replace(logs=WaitingLines()))


def is_logged(world: World, name: str | None) -> bool:
    """Whether there is a bucket of this name, and it has a log."""
    bucket = None if name is None else world.buckets.get(name)
    return bucket is not None and bucket.configurations.logging is not None


def logs_into_itself(world: World, name: str) -> bool:
    """Whether the log of a bucket goes to the bucket itself, or to one whose log comes back to it."""
    seen: list[str] = []
    target: str | None = name
    while target is not None and target not in seen:
        seen.append(target)
        bucket = world.buckets.get(target)
        logging = None if bucket is None else bucket.configurations.logging
        target = None if logging is None else logging.target
    return target == name


def log(world: World, records: Iterable[tuple[str, Record]], *, causes_delivery: bool = True) -> World:
    """Return the world in which these records wait for their delivery, each in the log of the bucket of this name.

    A record of a bucket without logging is left out. `causes_delivery` is False for those that go along with others.
    """
    for name, record in records:
        bucket, waiting = world.buckets.get(name), world.background.logs
        if bucket is None or waiting is None or bucket.configurations.logging is None:
            continue
        text, where = format_record(record, bucket), bucket.configurations.logging
        line = Line(record.at, text, name, bucket.owner, bucket.region, where, causes_delivery)
        world = world._replace(background=world.background._replace(logs=waiting.with_line(line)))
        if causes_delivery:
            world = world.with_due(ACCESS_LOGS, next_delivery(record.at))
    return world
