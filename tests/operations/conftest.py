"""What tests of operations ask with: a service, and bodies that have arrived, with no wire in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.model.identity import Principal
from fakes3.operations.call import Ask
from fakes3.operations.service import Service


class Perform(Protocol):
    """Does an operation: `perform("PutObject", Bucket=..., Key=...)`, as the root of the fake's account."""

    def __call__(
        self, name: str, /, *, caller: Principal | None = None, region: str | None = None, **parameters: Any
    ) -> dict[str, Any]: ...


@dataclass
class Arrived:
    """A body that has arrived, and the digests that were asked for."""

    body: Rope
    digests: Mapping[str, bytes]
    trailers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class SentBody:
    """The body of a put. It counts how often it was read."""

    data: bytes
    announced: str | None = None
    trailers: Mapping[str, str] = field(default_factory=dict)
    times_read: int = 0
    meanwhile: Callable[[], object] = lambda: None
    """What happens elsewhere while it arrives."""
    _arrived: Arrived | None = None

    def receive(self, *algorithms: str) -> Arrived:
        """Read it, unless it was read."""
        if self._arrived is None:
            self.times_read += 1
            self.meanwhile()
            digests = {name: checksums.digest_of(name, [self.data]) for name in algorithms}
            self._arrived = Arrived(Rope.of(self.data), digests, self.trailers)
        return self._arrived


@dataclass
class SentDocument:
    """The document of a request, parsed."""

    contents: Mapping[str, Any]

    def read(self) -> Mapping[str, Any]:
        """Its members."""
        return self.contents


@pytest.fixture
def service() -> Service:
    """A service whose clock stands at the beginning of 2026, with the bucket "bucket"."""
    made = Service()
    made.clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
    made.perform(Ask("CreateBucket", {"Bucket": "bucket"}, made.root))
    return made


@pytest.fixture
def perform(service: Service) -> Perform:
    """Does an operation of the service."""

    def ask(
        name: str, /, *, caller: Principal | None = None, region: str | None = None, **parameters: Any
    ) -> dict[str, Any]:
        return service.perform(Ask(name, parameters, caller or service.root, region)).members

    return ask


@pytest.fixture
def sent() -> Callable[..., SentBody]:
    """A body of these bytes: `sent(b"hello")`."""
    return SentBody


@pytest.fixture
def document() -> Callable[..., SentDocument]:
    """A document of these members: `document(Objects=[...])`."""
    return lambda **contents: SentDocument(contents)
