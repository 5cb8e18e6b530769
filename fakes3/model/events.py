"""What happened to objects, in the order of the commits. Notifications tell of it.

S3: userguide/notification-how-to-event-types-and-destinations.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from fakes3.model.bucket import Bucket
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.versions import Entry

TEST: Final = "TestEvent"
"""The event by which S3 tries the destinations of a new configuration. It has no key and no entry."""


class Origin(NamedTuple):
    """The request by which something happened."""

    request_id: str
    host_id: str
    address: str
    """The address of the caller."""


class Event(NamedTuple):
    """Something that happened to one object or delete marker."""

    name: str
    """As records have it, without "s3:": `ObjectCreated:Put`."""
    bucket: Bucket
    """The bucket, whose configurations decide who is told."""
    key: str
    entry: Entry | None
    """The version or delete marker that was made, changed or removed; None for `TEST` alone."""
    at: datetime
    sequence: int
    """The number of the commit by which it happened: of two events of a key, the later one has the higher."""
    caller: Principal = ANONYMOUS
    origin: Origin | None = None
    """None for what S3 does by itself."""
    place: int = 0
    """Its place among the events of its request."""
    data: Mapping[str, Any] = MappingProxyType({})
    """What only events of this name say, as records have it: `{"lifecycleEventData": {...}}`."""
