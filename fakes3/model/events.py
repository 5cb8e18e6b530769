"""What happened to objects, in the order of the commits. Notifications tell of it.

S3: userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from fakes3.model.bucket import Bucket
from fakes3.model.versions import Entry


class Event(NamedTuple):
    """Something that happened to one object or delete marker."""

    name: str
    """As records have it, without "s3:": `ObjectCreated:Put`."""
    bucket: Bucket
    """The bucket, whose configurations decide who is told."""
    key: str
    entry: Entry
    """The version or delete marker that was made, changed or removed."""
    at: datetime
    sequence: int
    """The number of the commit by which it happened: of two events of a key, the later one has the higher."""
