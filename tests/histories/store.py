"""What S3 answers to one call after another: a store of a few keys, as a value.

A body is told by its size alone, since every write of a history has another size. A state has one entry for each key
that has versions: the key, and its versions with the newest first. A version is its size and its ETag, a delete marker
is None.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Hashable, Iterable
from functools import cache
from hashlib import md5
from random import Random
from typing import Any, TypeAlias

KEYS = ("a", "b", "c")
VERSIONINGS = ("", "Enabled", "Suspended")

Call: TypeAlias = tuple[Any, ...]
Object: TypeAlias = tuple[int, str]
State: TypeAlias = tuple[tuple[str, tuple[Object | None, ...]], ...]


def body_of(size: int) -> bytes:
    """Return the body of this size."""
    return b"%07d" % size * (size // 7) + b"x" * (size % 7)


@cache
def etag_of(size: int) -> str:
    """Return the ETag of a body that was put or copied."""
    return md5(body_of(size)).hexdigest()


@cache
def etag_of_upload(size: int) -> str:
    """Return the ETag of a body that was uploaded in one part."""
    return md5(bytes.fromhex(etag_of(size))).hexdigest() + "-1"


@cache
def content_md5(size: int) -> str:
    """Return the Content-MD5 of a body."""
    return b64encode(bytes.fromhex(etag_of(size))).decode()


class Store:
    """The store of a bucket: never versioned, or with this state of versioning from its beginning."""

    def __init__(self, versioning: str) -> None:
        self.versioning = versioning

    def step(self, state: State, call: Call) -> tuple[State, Hashable]:
        """Return the state after a call, and its answer."""
        name, *given = call
        found: tuple[State, Hashable] = getattr(self, f"_{name}")(state, *given)
        return found

    def _put(self, state: State, key: str, size: int) -> tuple[State, Hashable]:
        return self._written(state, key, (size, etag_of(size))), "ok"

    def _upload(self, state: State, key: str, size: int) -> tuple[State, Hashable]:
        return self._written(state, key, (size, etag_of_upload(size))), "ok"

    def _put_new(self, state: State, key: str, size: int) -> tuple[State, Hashable]:
        """If-None-Match: *"""
        return (state, "refused") if _current(state, key) is not None else self._put(state, key, size)

    def _put_over(self, state: State, key: str, size: int, etag: str) -> tuple[State, Hashable]:
        """If-Match"""
        current = _current(state, key)
        if current is None:
            return state, "missing"
        return self._put(state, key, size) if current[1] == etag else (state, "refused")

    def _get(self, state: State, key: str) -> tuple[State, Hashable]:
        return state, _current(state, key) or "missing"

    def _copy(self, state: State, source: str, key: str) -> tuple[State, Hashable]:
        current = _current(state, source)
        return (state, "missing") if current is None else self._put(state, key, current[0])

    def _delete(self, state: State, key: str) -> tuple[State, Hashable]:
        if not self.versioning:
            return tuple(each for each in state if each[0] != key), "ok"
        return self._written(state, key, None), "ok"

    def _list(self, state: State) -> tuple[State, Hashable]:
        return state, tuple((key, *versions[0]) for key, versions in state if versions[0] is not None)

    def _list_versions(self, state: State) -> tuple[State, Hashable]:
        return state, tuple((key, each and each[0]) for key, versions in state for each in versions)

    def _written(self, state: State, key: str, version: Object | None) -> State:
        versions = dict(state)
        below = versions.get(key, ()) if self.versioning == "Enabled" else ()
        return tuple(sorted({**versions, key: (version, *below)}.items(), key=lambda each: each[0]))


def _current(state: State, key: str) -> Object | None:
    return next((versions[0] for name, versions in state if name == key), None)


def keys_of(call: Call) -> Iterable[str] | None:
    """Return the keys that a call is about; None for all."""
    if call[0].startswith("list"):
        return None
    return call[1:3] if call[0] == "copy" else call[1:2]


class Program:
    """What one client does: a call after another, chosen by a seed and by the ETags that it has seen."""

    def __init__(self, seed: int, client: int, *, lists: bool = True, smallest: int = 100) -> None:
        self._chance = Random(f"{seed} {client}")
        self._size = smallest + client
        self._weights = [5, 2, 3, 3, 6, 2, 3, 2 * lists, 2 * lists]
        self._seen: dict[str, str] = {}

    def next_call(self) -> Call:
        """Return the next call."""
        chance = self._chance
        names = ("put", "upload", "put_new", "put_over", "get", "copy", "delete", "list", "list_versions")
        (name,) = chance.choices(names, self._weights)
        if name.startswith("list"):
            return (name,)
        key, other = chance.sample(KEYS, 2)
        if name in {"get", "delete"}:
            return name, key
        if name == "copy":
            return name, key, other
        self._size += 10
        if name == "put_over":
            return name, key, self._size, self._seen.get(key, "0" * 32)
        return name, key, self._size

    def note(self, call: Call, answer: Any) -> None:
        """Remember the ETag that a call has shown."""
        if call[0] == "get" and answer not in ("missing", "unknown"):
            self._seen[call[1]] = answer[1]
