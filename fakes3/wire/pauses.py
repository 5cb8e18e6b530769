"""Where a test races: a request lets others go first once its body has been read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fakes3.operations.members import Body, Received


def pause_after_body(members: Mapping[str, Any], pause: Callable[[str], None]) -> Mapping[str, Any]:
    """Return the members of a request, whose body, if there is one, pauses at "read"."""
    return {**members, "Body": _PausingBody(members["Body"], pause)} if "Body" in members else members


@dataclass
class _PausingBody:
    _sent: Body
    _pause: Callable[[str], None]

    @property
    def announced(self) -> str | None:
        """The checksum algorithm of its trailer."""
        return self._sent.announced

    def receive(self, *algorithms: str) -> Received:
        """Read the whole body, and pause."""
        received = self._sent.receive(*algorithms)
        self._pause("read")
        return received
