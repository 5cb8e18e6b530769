"""What a test that passes does to S3 that would go wrong with real data: told from its calls, and from what it leaves.

Each lint looks at what certainly happened, and none at what may have been meant:

| name | what it finds |
|---|---|
| `open-upload` | multipart uploads that are neither completed nor aborted, whose parts are paid for until they are |
| `truncated-listing` | a first page of a list that goes on, after which nobody asked for the next one |
| `overwrite-race` | a look at a key, and then a put of it that overwrites what another has put in between |
| `url-outlives-key` | a presigned URL that is to be valid for longer than the temporary credentials that signed it |
| `etag-as-md5` | a condition on the MD5 of an object whose ETag is no MD5 |
| `unread-body` | an object that was got, and whose body nobody has read or closed: it keeps its connection |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import md5
from typing import NamedTuple

from fakes3.model.errors import UsageError
from fakes3.model.world import World
from fakes3.operations.service import Recorded
from fakes3.testing.snapshots import Snapshot
from fakes3.wire.message import WatchedBody

LEVELS = ("off", "warn", "error")


class S3LintWarning(UserWarning):
    """A test did to S3 what would go wrong with real data."""


class Finding(NamedTuple):
    """What a lint found."""

    lint: str
    text: str
    """What was done, and in the last sentence what to do instead."""

    def __str__(self) -> str:
        return f"{self.lint}: {self.text}"


def lint(calls: Sequence[Recorded], before: World, after: World) -> list[Finding]:
    """Return what all lints find in the calls that led from one world to another."""
    found: list[Finding] = []
    for name, find in LINTS.items():
        with suppress(UsageError):  # of a file that is read only now, and has changed
            found.extend(Finding(name, text) for text in find(calls, before, after))
    return found


def _open_uploads(_: Sequence[Recorded], before: World, after: World) -> Iterator[str]:
    # S3: userguide/mpuoverview.html: parts are stored, and billed, until the upload is completed or aborted
    for change in Snapshot(before).diff(Snapshot(after)).added:
        if change.what == "multipart upload":
            yield (
                f"the multipart upload of {change.key!r} to {change.bucket} is left open, and its parts are paid for. "
                "Complete it, or abort it when something fails."
            )


_PLACES = frozenset(
    {"ContinuationToken", "KeyMarker", "Marker", "PartNumberMarker", "StartAfter", "UploadIdMarker", "VersionIdMarker"}
)
_SIZES = frozenset({"MaxBuckets", "MaxKeys", "MaxParts", "MaxUploads"})


def _truncated_listings(calls: Sequence[Recorded], _: World, __: World) -> Iterator[str]:
    """Yield each list whose first page is not the whole, unless the request names the size of its page itself."""
    for number, call in enumerate(calls):
        is_whole_list = not (_PLACES | _SIZES).intersection(call.parameters)
        if call.is_truncated and is_whole_list and not any(_goes_on(call, other) for other in calls[number + 1 :]):
            yield (
                f"{call.operation} of {_where(call)} returned one page of several, and nobody asked for the next. "
                "Go on while IsTruncated is true, or use a paginator."
            )


def _goes_on(call: Recorded, other: Recorded) -> bool:
    """Whether a request asks for another page of the same list."""
    here, there = ({k: v for k, v in each.parameters.items() if k not in _PLACES} for each in (call, other))
    return call.operation == other.operation and here == there and bool(_PLACES.intersection(other.parameters))


_CONDITIONS = frozenset({"IfMatch", "IfNoneMatch"})


def _overwrite_races(calls: Sequence[Recorded], _: World, __: World) -> Iterator[str]:
    """Yield each put without a condition, where the call before it on the key, by the same caller, looked at the key.

    S3: userguide/conditional-writes.html
    """
    latest: dict[tuple[object, object], Recorded] = {}
    for call in calls:
        place = call.parameters.get("Bucket"), call.parameters.get("Key")
        look, latest[place] = latest.get(place), call
        is_put = call.operation == "PutObject" and call.error is None
        has_looked = look is not None and look.operation == "HeadObject" and look.principal == call.principal
        if is_put and has_looked and look is not None and not _CONDITIONS.intersection(call.parameters):
            found, remedy = ("no ", 'IfNoneMatch="*"') if look.error else ("", "IfMatch= with the ETag that it found")
            yield (
                f"HeadObject found {found}{_where(call)}, and PutObject then wrote it without a condition: what "
                f"another has put in between is lost. Give PutObject {remedy}."
            )


_MD5 = re.compile('"?([0-9a-f]{32})"?').fullmatch
_TAGS = ("IfMatch", "IfNoneMatch", "CopySourceIfMatch", "CopySourceIfNoneMatch")


def _etags_as_md5(calls: Sequence[Recorded], _: World, after: World) -> Iterator[str]:
    """Yield each condition on what is the MD5 of the object's bytes, and not its ETag.

    S3: API/API_Object.html, "ETag"
    """
    for call in calls:
        tags = [found[1] for name in _TAGS if (found := _MD5(str(call.parameters.get(name, ""))))]
        bucket = after.buckets.get(str(call.parameters.get("Bucket"))) if tags else None
        version = None if bucket is None else bucket.versions.current.get(str(call.parameters.get("Key")))
        if version is None or version.etag in tags:
            continue
        if md5(bytes(version.body), usedforsecurity=False).hexdigest() in tags:
            yield (
                f"{call.operation} of {_where(call)} has a condition on the MD5 of its bytes, but its ETag is "
                f"{version.etag}: that of a multipart upload, or of an object with a KMS key, is no MD5. "
                "Keep the ETag that S3 returned."
            )


def _urls_that_outlive_keys(calls: Sequence[Recorded], _: World, __: World) -> Iterator[str]:
    # S3: userguide/using-presigned-url.html, "Who can create a presigned URL"
    for call in calls:
        if call.outlives_key:
            yield (
                f"the presigned URL for {call.operation} of {_where(call)} is to be valid for longer than the "
                "temporary credentials that signed it, with which it expires. Presign it with a shorter ExpiresIn, or "
                "with credentials that last."
            )


def _unread_bodies(calls: Sequence[Recorded], _: World, __: World) -> Iterator[str]:
    """Yield each body that nobody has read or closed. Clients that read a whole response by themselves have none."""
    for call in calls:
        if isinstance(call.body, WatchedBody) and call.body.is_forgotten:
            yield (
                f"GetObject of {_where(call)} returned {len(call.body)} bytes, and nobody has read or closed the body, "
                "so its connection can serve no other request. Read it, close it, or ask with HeadObject."
            )


def _where(call: Recorded) -> str:
    """Return the place that a call is for, as `bucket/key` or `bucket/prefix`."""
    bucket, key = call.parameters.get("Bucket", ""), call.parameters.get("Key", call.parameters.get("Prefix", ""))
    return f"{bucket}/{key}"


LINTS: dict[str, Callable[[Sequence[Recorded], World, World], Iterator[str]]] = {
    "open-upload": _open_uploads,
    "truncated-listing": _truncated_listings,
    "overwrite-race": _overwrite_races,
    "etag-as-md5": _etags_as_md5,
    "unread-body": _unread_bodies,
    "url-outlives-key": _urls_that_outlive_keys,
}
