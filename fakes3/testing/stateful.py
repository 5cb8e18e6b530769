"""`S3Machine` drives an S3 client, or your own class that stores things in S3, beside a model, and compares.

hypothesis chooses what to do, and finds a sequence after which the two disagree. It shrinks the sequence to a few
lines, which can be run as they are printed.

The model is small enough to be seen through: for each key, its versions and delete markers, the newest first. It stands
in for S3, and not for fakes3: so the machine runs against any store, and fakes3 itself is tested with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, ClassVar, NamedTuple, TypeVar

from fakes3.model.errors import UsageError
from fakes3.testing.fake import FakeS3
from fakes3.testing.session import mock_s3

try:
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
except ImportError:
    raise UsageError("fakes3.stateful needs hypothesis. Install it: pip install 'fakes3[hypothesis]'.") from None

Rule = TypeVar("Rule", bound=Callable[..., None])

KEYS = ("a", "a/b", "a/c", "b")
USERS = 2
_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed", "405"})


class Kept(NamedTuple):
    """What the model knows of a version or, with no body, of a delete marker."""

    id: str | None
    body: bytes | None


class History:
    """The versions and delete markers of every key, newest first, as a bucket in one versioning state keeps them."""

    def __init__(self, *, versioning: bool) -> None:
        self.is_versioned = versioning
        self.entries: dict[str, list[Kept]] = {}

    def current(self, key: str) -> bytes | None:
        """Return the current body of a key; None where there is none, or a delete marker hides it."""
        found = self.entries.get(key)
        return found[0].body if found else None

    def add(self, key: str, new: Kept) -> None:
        """Put a version or a delete marker on top of a key."""
        kept = self.entries.get(key, []) if self.is_versioned else []
        self.entries[key] = [new, *kept] if self.is_versioned or new.body is not None else []

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that a listing shows, in S3's order."""
        return sorted(key for key in self.entries if key.startswith(prefix) and self.current(key) is not None)


def _needs(verb: str) -> Callable[[Rule], Rule]:
    return precondition(lambda machine: verb not in machine.lacks)


_CAN_BE_LACKED = frozenset({"append", "copy", "delete", "list", "replace", "versions"})


class S3Machine(RuleBasedStateMachine):
    """Two users of one bucket, each with a client or a store of its own, beside a model.

    Override `open` to drive your own class, and those of the methods `do_...` that it names otherwise. Name what it
    cannot do in `lacks`. While the machine runs, `self.s3` is an active fake, so your class may make its own clients.

    Example:
        >>> class MyStorage(S3Machine):
        ...     lacks = {"copy", "replace", "versions"}
        ...
        ...     def open(self, user):
        ...         return Storage("bucket")
        ...
        ...     def do_put(self, store, key, body):
        ...         store.save(key, body)
        ...     # and do_get, do_delete, do_list, do_append
        >>> TestMyStorage = MyStorage.TestCase
    """

    bucket: ClassVar[str] = "bucket"
    versioning: ClassVar[bool] = False
    """Whether the bucket has versioning."""
    page_size: ClassVar[int] = 2
    """How many keys a page of a listing has at most. S3 may return fewer than a request asks for."""
    lacks: ClassVar[frozenset[str] | set[str]] = frozenset()
    """Which of `append`, `copy`, `delete`, `list`, `replace` and `versions` the store cannot do."""

    def __init__(self) -> None:
        super().__init__()
        if unknown := set(self.lacks) - _CAN_BE_LACKED:
            raise UsageError(f"lacks cannot name {sorted(unknown)}. Name some of {', '.join(sorted(_CAN_BE_LACKED))}.")
        self.model = History(versioning=self.versioning)
        self.s3 = FakeS3()
        self.s3.service.settings = self.s3.service.settings._replace(longest_page=self.page_size)
        self._written = 0
        self._seen: dict[tuple[int, str], tuple[Any, bytes | None]] = {}
        with ExitStack() as stack:
            stack.enter_context(self.entered())
            self.make_bucket()
            self.stores = [self.open(user) for user in range(USERS)]
            for store in self.stores:
                stack.callback(self.close, store)
            self._leaving = stack.pop_all()

    def teardown(self) -> None:
        """Close the stores, and leave the fake."""
        self._leaving.close()

    # ---- What to override ----

    def entered(self) -> AbstractContextManager[object]:
        """Return the context in which everything is done: `mock_s3` with the machine's fake."""
        return mock_s3(fake=self.s3)

    def make_bucket(self) -> None:
        """Make the bucket, empty, with versioning if `versioning` says so. It is made in `self.s3`."""
        self.s3.create_bucket(self.bucket, versioning=self.versioning)

    def open(self, user: int) -> Any:
        """Return what a user drives: a client like boto3's, or your own class. Each of two users has one."""
        return self.s3.client()

    def close(self, store: Any) -> None:
        """Close what `open` returned."""

    def do_put(self, store: Any, key: str, body: bytes) -> str | None:
        """Write an object; return its version id, or None where there is none."""
        version: str | None = store.put_object(Bucket=self.bucket, Key=key, Body=body).get("VersionId")
        return version

    def do_get(self, store: Any, key: str) -> bytes | None:
        """Return the bytes of the current object; None where there is none."""
        return self._read(store, Key=key)

    def do_delete(self, store: Any, key: str) -> str | None:
        """Delete a key; return the version id of the delete marker, or None where there is none."""
        version: str | None = store.delete_object(Bucket=self.bucket, Key=key).get("VersionId")
        return version

    def do_list(self, store: Any, prefix: str) -> Sequence[str]:
        """Return all keys with this prefix."""
        pages = store.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def do_copy(self, store: Any, source: str, key: str) -> str | None:
        """Copy an object that is there; return the version id of the copy, or None where there is none."""
        place = {"Bucket": self.bucket, "Key": source}
        version: str | None = store.copy_object(Bucket=self.bucket, Key=key, CopySource=place).get("VersionId")
        return version

    def do_append(self, store: Any, key: str, body: bytes) -> str | None:
        """Append to an object, or make it; return its version id, or None where there is none."""
        return self.do_put(store, key, (self.do_get(store, key) or b"") + body)

    def do_look(self, store: Any, key: str) -> Any:
        """Return what `do_replace` needs to see whether the object has changed: an ETag; None where there is none."""
        try:
            return store.head_object(Bucket=self.bucket, Key=key)["ETag"]
        except Exception as error:
            check_absent(error)
            return None

    def do_replace(self, store: Any, key: str, body: bytes, seen: Any) -> str | bool | None:
        """Write an object unless it has changed since `seen`; return its version id or None, and False if it has."""
        condition = {"IfNoneMatch": "*"} if seen is None else {"IfMatch": seen}
        try:
            version: str | None = store.put_object(Bucket=self.bucket, Key=key, Body=body, **condition).get("VersionId")
        except Exception as error:
            if _code_of(error) in {"PreconditionFailed", "412", "NoSuchKey", "404"}:
                return False
            raise
        return version

    def do_history(self, store: Any, key: str) -> Sequence[str | None]:
        """Return the version ids of all versions and delete markers of a key, in any order."""
        pages = store.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=key)
        found = [each for page in pages for name in ("Versions", "DeleteMarkers") for each in page.get(name, ())]
        return [each["VersionId"] for each in found if each["Key"] == key]

    def do_get_version(self, store: Any, key: str, version: str) -> bytes | None:
        """Return the bytes of a version; None for a delete marker."""
        return self._read(store, Key=key, VersionId=version)

    def do_delete_version(self, store: Any, key: str, version: str) -> None:
        """Remove a version or a delete marker for good."""
        store.delete_object(Bucket=self.bucket, Key=key, VersionId=version)

    # ---- What users do ----

    users = st.integers(0, USERS - 1)
    keys = st.sampled_from(KEYS)
    ages = st.integers(0, 2)

    @rule(user=users, key=keys)
    def put(self, user: int, key: str) -> None:
        body = self._new_body()
        self.model.add(key, Kept(self.do_put(self.stores[user], key, body), body))

    @rule(user=users, key=keys)
    def get(self, user: int, key: str) -> None:
        self._compare(self.do_get(self.stores[user], key), self.model.current(key), f"get {key!r}")

    @_needs("delete")
    @rule(user=users, key=keys)
    def delete(self, user: int, key: str) -> None:
        self.model.add(key, Kept(self.do_delete(self.stores[user], key), None))

    @_needs("list")
    @rule(user=users, prefix=st.sampled_from(["", "a", "a/"]))
    def list(self, user: int, prefix: str) -> None:
        found = [*self.do_list(self.stores[user], prefix)]
        self._compare(found, self.model.keys(prefix), f"list {prefix!r}")

    @_needs("append")
    @rule(user=users, key=keys)
    def append(self, user: int, key: str) -> None:
        body, before = self._new_body(), self.model.current(key) or b""
        self.model.add(key, Kept(self.do_append(self.stores[user], key, body), before + body))

    @_needs("copy")
    @rule(user=users, source=keys, key=keys)
    def copy(self, user: int, source: str, key: str) -> None:
        body = self.model.current(source)
        if body is not None and source != key:
            self.model.add(key, Kept(self.do_copy(self.stores[user], source, key), body))

    @_needs("replace")
    @rule(user=users, key=keys)
    def look(self, user: int, key: str) -> None:
        self._seen[user, key] = self.do_look(self.stores[user], key), self.model.current(key)

    @_needs("replace")
    @precondition(lambda self: self._seen)
    @rule(user=users, key=keys)
    def replace(self, user: int, key: str) -> None:
        if (user, key) not in self._seen:
            return
        body, (token, seen) = self._new_body(), self._seen[user, key]
        answer = self.do_replace(self.stores[user], key, body, token)
        self._compare(answer is not False, self.model.current(key) == seen, f"replace {key!r}")
        if not isinstance(answer, bool):
            self.model.add(key, Kept(answer, body))

    @_needs("versions")
    @precondition(lambda self: self.versioning)
    @rule(user=users, key=keys)
    def history(self, user: int, key: str) -> None:
        found, kept = self.do_history(self.stores[user], key), self.model.entries.get(key, [])
        # Pages list versions and delete markers apart, so an order of all of them cannot be expected.
        self._compare(sorted(map(str, found)), sorted(str(each.id) for each in kept), f"history of {key!r}")

    @_needs("versions")
    @precondition(lambda self: self.versioning)
    @rule(user=users, key=keys, age=ages)
    def get_version(self, user: int, key: str, age: int) -> None:
        for kept in self.model.entries.get(key, [])[age : age + 1]:
            found = self.do_get_version(self.stores[user], key, str(kept.id))
            self._compare(found, kept.body, f"version {age} before the newest of {key!r}")

    @_needs("versions")
    @precondition(lambda self: self.versioning)
    @rule(user=users, key=keys, age=ages)
    def delete_version(self, user: int, key: str, age: int) -> None:
        for kept in self.model.entries.get(key, [])[age : age + 1]:
            self.do_delete_version(self.stores[user], key, str(kept.id))
            self.model.entries[key].remove(kept)

    def _new_body(self) -> bytes:
        self._written += 1
        return b"%d " % self._written

    def _compare(self, found: object, expected: object, what: str) -> None:
        assert found == expected, f"{what} returned {found!r}, and S3 has {expected!r}"

    def _read(self, store: Any, **which: str) -> bytes | None:
        try:
            body: bytes = store.get_object(Bucket=self.bucket, **which)["Body"].read()
        except Exception as error:
            check_absent(error)
            return None
        return body


def _code_of(error: Exception) -> str | None:
    response = getattr(error, "response", None)
    return response["Error"]["Code"] if isinstance(response, dict) else None


def check_absent(error: Exception) -> None:
    """Raise an error again, unless it is what clients like boto3's raise where there is no object."""
    if _code_of(error) not in _ABSENT:
        raise error
