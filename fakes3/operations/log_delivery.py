"""The delivery of access logs: at each full hour, the lines of a bucket arrive in one object.

S3: userguide/ServerLogs.html, "How are logs delivered?"
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import TypeAlias

from fakes3.model.access_log import (
    EVENT_TIME,
    LOG_DELIVERY,
    Line,
    Logging,
    find_obstacle,
    log_key,
    next_delivery,
)
from fakes3.model.errors import S3Error
from fakes3.model.regions import arn_of
from fakes3.operations.access_logs import ACCESS_LOGS
from fakes3.operations.background import Step, background
from fakes3.operations.call import Call
from fakes3.operations.deliveries import Sender, deliver_object

_Group: TypeAlias = tuple[str, str, str, Logging, date | None]
"""What the lines of one object have in common: their bucket, its owner and region, where they go, and perhaps a day."""


@background(ACCESS_LOGS, latest=next_delivery)
def deliver(s3: Call, *, until: datetime, step: Step) -> datetime | None:
    """Deliver all lines that were written before `s3.now`, those of each bucket and target in one object."""
    waiting = s3.world.background.logs
    assert waiting is not None, "lines cause the delivery"
    groups: dict[_Group, list[tuple[int, Line]]] = {}
    kept = waiting.lines
    for number, line in waiting.lines.items():
        if line.at < s3.now:
            day = line.at.date() if line.logging.dates == EVENT_TIME else None
            groups.setdefault((line.bucket, line.owner, line.region, line.logging, day), []).append((number, line))
            kept = kept.delete(number)
    s3.world = s3.world._replace(background=s3.world.background._replace(logs=waiting._replace(lines=kept)))
    for group in groups.values():
        step()
        _deliver(s3, group[0][0], [line for _, line in group])
    causes = [line.at for line in kept.values() if line.causes_delivery]
    return next_delivery(min(causes)) if causes else None


def _deliver(s3: Call, number: int, lines: list[Line]) -> None:
    """Deliver lines of one bucket in one object. Where that is not possible they are lost, as on S3."""
    first = lines[0]
    source, target = first.bucket, first.logging.target
    obstacle = find_obstacle(first, s3.world.buckets.get(target))
    if obstacle is None:
        unique = s3.ids.opaque_16(f"log {number}", s3.sequence)
        key = log_key(first, now=s3.now, unique=unique)
        body = "".join(f"{line.text}\n" for line in lines).encode(errors="replace")
        sender = Sender(LOG_DELIVERY, arn_of(first.region, source), first.owner, first.logging.grants)
        try:
            deliver_object(s3, sender, target, key, body)
        except S3Error as refusal:
            obstacle = refusal.reason or refusal.message
        else:
            return
    logging.getLogger("fakes3").warning("%d line(s) of the access log of %s are lost: %s", len(lines), source, obstacle)
