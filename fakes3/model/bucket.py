"""A bucket: a name, an owner, a region, its configurations, and the versions of its keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fakes3.model.versions import Versioning, Versions


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as it is at one moment. Every change answers a new bucket that shares what did not change."""

    name: str
    owner: str
    """The account that created it: 12 digits. It never changes."""
    region: str
    created: datetime
    location: str | None = None
    """The location constraint it was created with: "EU" and "eu-west-1" are one region, but read back as given."""
    versioning: Versioning | None = None
    versions: Versions = Versions()

    def having(self, versions: Versions) -> Bucket:
        """The bucket with these versions of its keys."""
        return replace(self, versions=versions)
