"""Time and chance, the two inputs of the model besides requests.

`Clock` returns the present moment. It asks `time.time()`, so that time-machine and freezegun move it too, until a test
freezes or advances it. `Ids` makes version ids, upload ids and request ids from a seed. The same calls with the same
seed get the same ids.

A version id looks random, but is the sequence number of its write under a keyed, authenticated permutation. So an id
finds its version without an index. It also shows whether S3 could have made it: S3 responds to an impossible version id
with another error than to the id of a version that is gone.
"""

from __future__ import annotations

import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import count

from fakes3.model.dates import format_http_date, later, parse_iso8601, whole_second
from fakes3.model.errors import UsageError

NULL = "null"
"""The version id of an object written while versioning was off or suspended."""

_ID_LENGTH = 32
_STEP = 0x9E3779B97F4A7C15
_64_BITS = (1 << 64) - 1


class Clock:
    """The time in this S3: the process's time, unless a test froze or advanced it.

    Example:
        >>> clock = Clock()
        >>> clock.freeze("2026-01-01T00:00:00Z")
        >>> clock.advance(days=1)
        >>> clock.now().isoformat()
        '2026-01-02T00:00:00+00:00'
    """

    def __init__(self) -> None:
        self._frozen: datetime | None = None
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        if self._frozen is not None:
            return self._frozen
        now = datetime.fromtimestamp(time.time(), UTC)
        return later(now, self._ahead) if self._ahead else now

    def http_date(self) -> str:
        """Return the present moment as responses state it."""
        if self._frozen is None and not self._ahead:
            return _http_date_of(int(time.time()))
        return format_http_date(whole_second(self.now()))

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen is not None

    @property
    def outside(self) -> datetime:
        """The process's time, at which clients sign. A test that moves this clock does not change it."""
        return datetime.fromtimestamp(time.time(), UTC)

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop the clock at `at` (aware datetime, or ISO 8601 text; now if absent) until `thaw`."""
        self._frozen = self.now() if at is None else _parse(at)

    def thaw(self) -> None:
        """Let a frozen clock run again, from the moment at which it stands."""
        if self._frozen is not None:
            self._ahead = self._frozen - datetime.fromtimestamp(time.time(), UTC)
            self._frozen = None

    def advance(
        self,
        by: timedelta | None = None,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Move the clock forward, frozen or not. S3's time never runs backwards: a negative step is refused."""
        try:
            step = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
            step += by or timedelta()
            _ = self.now() + step  # which raises where the calendar ends
        except (TypeError, ValueError):
            raise UsageError(
                "The clock can be advanced by a timedelta or by numbers. Call clock.advance(days=30), for example."
            ) from None
        except OverflowError:
            raise UsageError(
                "The clock cannot be advanced beyond the year 9999, in which the calendar ends. Advance it by less."
            ) from None
        if step < timedelta():
            raise UsageError(
                f"The clock cannot be advanced by {step}: S3's time runs forward. "
                "Call clock.freeze(at) to set it to a moment of your choice."
            )
        if self._frozen is not None:
            self._frozen += step
        else:
            self._ahead += step

    def pass_time(self, seconds: float) -> None:
        """Let time pass without waiting, as for a client that sleeps before it tries again. A frozen clock stands."""
        if self._frozen is None:
            self._ahead += timedelta(seconds=seconds)

    def copy(self) -> Clock:
        """Return another clock that shows the same time."""
        twin = Clock()
        twin.show_time_of(self)
        return twin

    def show_time_of(self, other: Clock) -> None:
        """Show the same time as another clock from now on, frozen or not."""
        self._frozen, self._ahead = other._frozen, other._ahead

    def __repr__(self) -> str:
        state = "frozen at" if self.is_frozen else "at"
        return f"<Clock {state} {self.now().isoformat()}>"


@lru_cache(maxsize=8)  # many responses fall into one second
def _http_date_of(second: int) -> str:
    return format_http_date(datetime.fromtimestamp(second, UTC))


def _parse(at: datetime | str) -> datetime:
    moment = parse_iso8601(at) if isinstance(at, str) else at
    if not isinstance(moment, datetime):
        remedy = 'Give an aware datetime or ISO 8601 text such as "2026-01-01T00:00:00Z".'
        raise UsageError(f"The clock cannot be set to {at!r}. {remedy}")
    if moment.tzinfo is None:
        raise UsageError(
            f"The clock cannot be set to the naive datetime {at!r}, which is another moment in every time zone. "
            "Give it a time zone, for example tzinfo=datetime.UTC."
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UsageError(
            f"The clock cannot be set to {at!r}, which in UTC is outside the years 1 to 9999. Give another moment."
        ) from None


@lru_cache(maxsize=8)
def _hash_seed(seed: str) -> tuple[bytes, str]:
    """Return the key of all ids that are made from a seed, and what every `x-amz-id-2` begins with."""
    key = blake2b(seed.encode(), digest_size=32).digest()
    return key, b64encode(blake2b(key, digest_size=45).digest()).decode()[:59]


class Ids:
    """Makes ids from a seed: equal seeds and equal calls give equal ids."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._key, self._host = _hash_seed(str(seed))
        self._requests = count(1)
        self._first_request = int.from_bytes(self._key[:8])
        self._host_mask = int.from_bytes(self._key[8:16])

    def version_id(self, sequence: int) -> str:
        """Return the version id of the write with this sequence number: 32 characters, safe in URLs."""
        plain = sequence.to_bytes(8)
        seal = blake2b(plain, key=self._key, digest_size=16).digest()
        return urlsafe_b64encode(seal + self._mask(plain, seal)).decode()

    def sequence_of(self, version_id: str) -> int | None:
        """Return the sequence number in a version id; None for an id that was not made from this seed."""
        if len(version_id) != _ID_LENGTH or not version_id.isascii():
            return None
        if not version_id.replace("-", "").replace("_", "").replace(".", "").isalnum():
            return None
        raw = urlsafe_b64decode(version_id.replace(".", "A"))
        seal, plain = raw[:16], self._mask(raw[16:], raw[:16])
        sequence = int.from_bytes(plain)
        return sequence if blake2b(plain, key=self._key, digest_size=16).digest() == seal else None

    def upload_id(self, sequence: int, key: str = "") -> str:
        """Return the id of the multipart upload of a key that began with this sequence number.

        It is long and opaque, as S3's are. Its first 32 characters hold the number. The others depend on the key, so an
        id shows whether it belongs to a key even after its upload is gone.
        """
        return self.version_id(sequence) + self.opaque(f"upload of {key}", sequence)

    def opaque(self, purpose: str, sequence: int) -> str:
        """Return 32 hex digits without a meaning, for ETags of encrypted objects and ids of unnamed rules."""
        return blake2b(f"{purpose}:{sequence}".encode(), key=self._key, digest_size=16).hexdigest()

    def opaque_16(self, purpose: str, sequence: int) -> str:
        """Return 16 upper-case hex digits without a meaning, for request ids of what S3 does by itself."""
        return self.opaque(purpose, sequence)[:16].upper()

    def request_id(self) -> tuple[str, str]:
        """Return the `x-amz-request-id` (16 upper-case letters and digits) and `x-amz-id-2` of the next request.

        Neither contains the other, so a test that looks for one in a log finds only that one.
        """
        # A step of an odd size visits all 64-bit numbers before it repeats.
        number = (self._first_request + next(self._requests) * _STEP) & _64_BITS
        return f"{number:016X}", f"{self._host}{number ^ self._host_mask:016X}="

    def leave_requests(self, number: int) -> None:
        """Leave the ids of so many requests to another process, which has the same seed."""
        self._requests = count(number)

    def _mask(self, block: bytes, seal: bytes) -> bytes:
        mask = blake2b(seal, key=self._key, person=b"version", digest_size=8).digest()
        return (int.from_bytes(block) ^ int.from_bytes(mask)).to_bytes(8)
