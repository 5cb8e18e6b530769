"""What the faults that a test added do to one request and its response. Which happen, `operations/faults.py` says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import PermanentRedirect, S3Error, TemporaryRedirect
from fakes3.model.regions import bucket_host
from fakes3.operations.faults import Asked
from fakes3.operations.members import Body, Members, Received
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Broken, Response

if TYPE_CHECKING:
    from fakes3.operations.fault import Effect

_BODIES = ("Body", "AnnotationPayload")
"""Members that are the bytes that a request sends."""


def choose_effects(exchange: Exchange, name: str) -> Sequence[Effect]:
    """Return what goes wrong with a request, whose members have been read."""
    return exchange.service.faults.choose(Asked(name, exchange.members, exchange.caller))


def perform_with(exchange: Exchange, effects: Sequence[Effect], perform: Callable[[], Members]) -> Members:
    """Do the operation of a request with which something goes wrong, if it is done at all.

    Raises: Broken, and the error that a fault names.
    """
    for effect in effects:
        if effect.delay:
            _pass_time(exchange, effect)
        if effect.drop == "before" or effect.time_out == "before":
            raise Broken("reset" if effect.drop else "time-out")
        if effect.corrupt:
            _corrupt_request(exchange)
        error = effect.make_error()
        if error is not None:
            if effect.applied:
                perform()
            if isinstance(error, PermanentRedirect | TemporaryRedirect):
                _lead(exchange, error)
            raise error
    return perform()


def _lead(exchange: Exchange, redirect: S3Error) -> None:
    """Let a redirect lead to where the bucket is: at Amazon's hosts to its own endpoint, elsewhere to the same host."""
    name = str(exchange.members.get("Bucket", ""))
    bucket = exchange.service.world.buckets.get(name)
    host = exchange.request.host
    if bucket is not None:
        redirect.headers["x-amz-bucket-region"] = bucket.region
        host = host if exchange.region is None else bucket_host(bucket.region, name)
    redirect.members.update(Endpoint=host, Bucket=name)


def _pass_time(exchange: Exchange, effect: Effect) -> None:
    if effect.real_time:
        time.sleep(effect.delay)
    else:
        exchange.service.clock.pass_time(effect.delay)


def damage(response: Response, effects: Sequence[Effect], sent: Any) -> None:
    """Let the response to a request with these members go wrong on its way to the client."""
    for effect in effects:
        if effect.drop == "after" or effect.time_out == "after":
            response.breaks = "reset" if effect.drop else "time-out"
        if effect.truncate is not None and effect.truncate < len(response.body):
            response.body = response.body[: effect.truncate]
            response.breaks = "end"
        if effect.corrupt and response.body and not any(name in sent for name in _BODIES):
            response.body = flip_bit(response.body)


def flip_bit(body: Rope) -> Rope:
    """Return a body with another bit in its middle byte; an empty one as it is."""
    middle = len(body) // 2
    flipped = bytes(each ^ 1 for each in bytes(body[middle : middle + 1]))
    return Rope([*body[:middle].pieces, flipped, *body[middle + 1 :].pieces]) if flipped else body


def _corrupt_request(exchange: Exchange) -> None:
    for name in _BODIES:
        if name in exchange.members:
            exchange.members = {**exchange.members, name: _CorruptBody(exchange.members[name])}


@dataclass
class _CorruptBody:
    """The body of a request of which one bit was flipped on the way."""

    _sent: Body

    @property
    def announced(self) -> str | None:
        """The checksum algorithm of its trailer."""
        return self._sent.announced

    def receive(self, *algorithms: str) -> Received:
        """Read the whole body. What it should have been, nobody knows any more."""
        received = self._sent.receive(*algorithms)
        body = flip_bit(received.body)
        return _Arrived(body, {name: checksums.digest_of(name, body) for name in algorithms}, received.trailers)


@dataclass
class _Arrived:
    body: Rope
    digests: Any
    trailers: Any
