"""How costs grow: the same call on buckets, keys, uploads and bodies of several sizes, and the exponent that fits.

A cost that is proportional to `size ** exponent` has that exponent: 0 where it does not depend on the size, 1 where it
is linear. It is the slope of the line through the logarithms, by least squares. All sizes of a curve take turns. The
fake is asked without a client, which would drown what is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, partial
from math import log
from statistics import linear_regression, median
from typing import Any

from benchmarks.answers import answering
from benchmarks.calls import groups, many
from benchmarks.contenders import BUCKET, Fake
from benchmarks.race import Runner, frozen, race
from benchmarks.report import aligned, shown
from benchmarks.rows import KIB, MIB
from fakes3 import FakeS3

LEGEND = """\
Times are medians of seconds of the processor, from the request as the fake has it to its response, without a client.
exponent: the slope of the logarithm of the time over that of the size, by least squares. 0 is constant, 1 is linear."""

CONSTANT = 0.1
"""The largest exponent of what is said not to depend on the size."""
TREE = 0.3
"""That of a walk down a tree to each of some changes: the fewer keys there are, the more of the way they share."""
LINEAR = 1.1


@dataclass(frozen=True)
class Curve:
    """One line of a table: a time for each size, and the exponent that is aimed at."""

    name: str
    label: str
    start: Callable[[Any], Runner]
    """Returns what is repeated, given what was made for a size."""
    most: float = CONSTANT
    least_size: int = 1
    """Smaller sizes are left out, since there the call does less."""


@dataclass(frozen=True)
class Family:
    """Curves over the same sizes of one thing."""

    name: str
    label: str
    sizes: Sequence[int]
    make: Callable[[int], Any]
    """Returns what the curves need, for a size."""
    curves: Sequence[Curve]


@dataclass(frozen=True)
class Grown:
    """What came of one curve."""

    family: Family
    curve: Curve
    seconds: Mapping[int, float]

    @property
    def exponent(self) -> float:
        """The slope through the logarithms."""
        sizes = [log(size) for size in self.seconds]
        slope = linear_regression(sizes, [log(each) for each in self.seconds.values()]).slope
        return round(slope, 2) or 0.0  # not -0.0

    @property
    def verdict(self) -> str:
        """Whether the exponent is at most what is aimed at."""
        return "met" if self.exponent <= self.curve.most else "MISSED"


def measure(*, most: int, quick: bool) -> list[Grown]:
    """Measure all curves. The largest bucket has `most` keys."""
    return [grown for family in families(most, quick=quick) for grown in _measure(family, quick=quick)]


def _measure(family: Family, *, quick: bool) -> list[Grown]:
    """Measure the curves of one family, of which nothing stays."""
    print(f"measuring: growth by {family.label}", file=sys.stderr, flush=True)
    found, made = [], {size: family.make(size) for size in family.sizes}
    with frozen():
        for curve in family.curves:
            runners = {str(size): curve.start(each) for size, each in made.items() if size >= curve.least_size}
            times = race(runners, rounds=20 if quick else 100, laps=3, budget=1.0 if quick else 5.0)
            found.append(Grown(family, curve, {int(size): median(each) for size, each in times.items()}))
    return found


# ---- What is called ----

Call = Callable[[Any], object]
"""A call of a boto3 client."""


def repeat(*calls: Call) -> Callable[[Fake], Runner]:
    """Repeat calls that leave the content as large as it was."""
    return lambda fake: Runner(nullcontext, answering(fake, *calls))


def undone(call: Call) -> Callable[[Fake], Runner]:
    """Repeat a call, before which the content is each time what it was at first."""

    def start(fake: Fake) -> Runner:
        fork, before = Fake(fake.s3.fork()), fake.s3.snapshot()
        return Runner(nullcontext, answering(fork, call), lambda _number: fork.s3.restore(before))

    return start


def spread(call: Callable[[str], Call]) -> Callable[[Fake], Runner]:
    """Repeat a call with 200 keys from all over the bucket in turn."""

    def start(fake: Fake) -> Runner:
        total = len(fake.s3[BUCKET])
        return repeat(*(call(f"under/{number * LARGE_PRIME % total:08}") for number in range(200)))(fake)

    return start


LARGE_PRIME = 15_485_863
"""Its multiples lie all over a bucket."""


def from_middle(call: Callable[[str], Call]) -> Callable[[Fake], Runner]:
    """Repeat a call that lists the 1,000 keys after this one, which is in the middle of the bucket."""
    return lambda fake: repeat(call(f"under/{_middle(fake) - 1:08}" if _middle(fake) else ""))(fake)


def page_from_middle(fake: Fake) -> Runner:
    """Repeat a page of 1,000 keys from the middle of the bucket."""
    return from_middle(lambda key: lambda client: client.list_objects_v2(Bucket=BUCKET, StartAfter=key))(fake)


def delete_thousand(fake: Fake) -> Runner:
    """Repeat DeleteObjects of 1,000 keys from the middle of the bucket."""
    keys = [{"Key": f"under/{_middle(fake) + number:08}"} for number in range(1000)]
    return undone(lambda client: client.delete_objects(Bucket=BUCKET, Delete={"Objects": keys}))(fake)


def _middle(fake: Fake) -> int:
    """Return the number of the first of 1,000 keys, before which there are as many as after them."""
    return (len(fake.s3[BUCKET]) - 1000) // 2


def of_fake(act: Callable[[FakeS3], object]) -> Callable[[Fake], Runner]:
    """Repeat what only a fake can."""
    return lambda fake: Runner(nullcontext, lambda _number: act(fake.s3))


def diff(changes: int) -> Callable[[Fake], Runner]:
    """Repeat a comparison with a fork in which so many objects from all over the bucket were replaced."""

    def start(fake: Fake) -> Runner:
        fork = Fake(fake.s3.fork())
        apart = len(fake.s3[BUCKET]) // changes
        _fill(fork, *(put(f"under/{number * apart:08}", b"changed") for number in range(changes)))
        before, after = fake.s3.snapshot(), fork.s3.snapshot()
        assert len(before.diff(after).changed) == changes
        return Runner(nullcontext, lambda _number: before.diff(after))

    return start


def put(key: str, body: bytes = b"all is well") -> Call:
    """Put an object."""
    return lambda client: client.put_object(Bucket=BUCKET, Key=key, Body=body)


def get(key: str) -> Call:
    """Get an object."""
    return lambda client: client.get_object(Bucket=BUCKET, Key=key)


def of_middle_version(call: Callable[[str], Call], repeated: Callable[[Call], Callable[[Fake], Runner]]) -> Any:
    """Repeat a call that names the version in the middle of all those of one key."""

    def start(fake: Fake) -> Runner:
        versions = fake.s3[BUCKET]["key"].versions
        return repeated(call(versions[len(versions) // 2].version_id))(fake)

    return start


# ---- What it is called on ----


def _fill(fake: Fake, *calls: Call) -> None:
    client = fake.client()
    with fake.active_above_http():
        for call in calls:
            call(client)


def keys(total: int) -> Fake:
    """Return a fake with a bucket of so many keys."""
    fake = Fake()
    fake.fill(many(total)())
    return fake


def versions(total: int) -> Fake:
    """Return a fake with a bucket of one key that has so many versions."""
    fake = Fake()
    fake.s3.create_bucket(BUCKET, versioning=True)
    _fill(fake, *[put("key")] * total)
    return fake


def parts(total: int, size: int = KIB) -> tuple[Fake, Call]:
    """Return a fake with an upload of so many parts of `size` bytes, and the call that completes it."""
    fake = Fake(FakeS3(min_part_size=1))
    fake.s3.create_bucket(BUCKET)
    client, body, done = fake.client(), bytes(size), []
    with fake.active_above_http():
        about = {"Bucket": BUCKET, "Key": "key"}
        about["UploadId"] = client.create_multipart_upload(**about)["UploadId"]
        for number in range(1, total + 1):
            answer = client.upload_part(**about, PartNumber=number, Body=body)
            done.append({"PartNumber": number, "ETag": answer["ETag"]})
    return fake, lambda client: client.complete_multipart_upload(**about, MultipartUpload={"Parts": done})


def complete(upload: tuple[Fake, Call]) -> Runner:
    """Repeat CompleteMultipartUpload."""
    fake, call = upload
    return undone(call)(fake)


def copy_completed(upload: tuple[Fake, Call]) -> Runner:
    """Repeat CopyObject of the object that comes of an upload. Its copy has another ETag, the MD5 of all its bytes."""
    fake, call = upload
    fork = Fake(fake.s3.fork())
    _fill(fork, call)
    return repeat(copy)(fork)


def copy_put(upload: tuple[Fake, Call]) -> Runner:
    """Repeat CopyObject of an object that was put with all these bytes."""
    fake, call = upload
    fork = Fake(fake.s3.fork())
    _fill(fork, call)
    whole = bytes(fork.s3[BUCKET]["key"].body)
    _fill(fork, lambda client: client.put_object(Bucket=BUCKET, Key="key", Body=whole))
    return repeat(copy)(fork)


def copy(client: Any) -> object:
    """Copy an object to another key of the bucket."""
    return client.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "key"})


def families(most: int, *, quick: bool) -> Iterable[Family]:
    """Return what is measured, where the largest bucket has `most` keys."""

    def flat(start: str) -> Call:
        return lambda client: client.list_objects_v2(Bucket=BUCKET, StartAfter=start, Prefix="under/", Delimiter="/")

    def all_versions(start: str) -> Call:
        return lambda client: client.list_object_versions(Bucket=BUCKET, KeyMarker=start)

    yield Family(
        "keys",
        "keys of a bucket",
        _powers(1000, most),
        keys,
        (
            Curve("put", "put", spread(put)),
            Curve("get", "get", spread(get)),
            Curve("page", "list page of 1,000", page_from_middle),
            Curve("flat", "page with a delimiter that no key has", from_middle(flat)),
            Curve("groups", "list of one prefix over all", repeat(lambda client: groups(client, 0))),
            Curve("all-versions", "ListObjectVersions page of 1,000", from_middle(all_versions)),
            Curve("delete", "DeleteObjects of 1,000", delete_thousand),
            Curve("fork", "fork", of_fake(lambda s3: s3.fork())),
            Curve("snapshot", "snapshot", of_fake(lambda s3: s3.snapshot())),
            Curve("diff", "diff after 100 changes", diff(100), TREE),
        ),
    )

    def get_version(version: str) -> Call:
        return lambda client: client.get_object(Bucket=BUCKET, Key="key", VersionId=version)

    def delete_version(version: str) -> Call:
        return lambda client: client.delete_object(Bucket=BUCKET, Key="key", VersionId=version)

    def half_page(version: str) -> Call:
        about = {"Bucket": BUCKET, "KeyMarker": "key", "VersionIdMarker": version, "MaxKeys": 500}
        return lambda client: client.list_object_versions(**about)

    yield Family(
        "versions",
        "versions of a key",
        _powers(1, 10**4 if quick else 10**5),
        versions,
        (
            Curve("version-put", "put", undone(put("key"))),
            Curve("version-get", "get", repeat(get("key"))),
            Curve("version-get-old", "get of the middle version", of_middle_version(get_version, repeat)),
            Curve("version-delete", "delete of the middle version", of_middle_version(delete_version, undone)),
            Curve("version-page", "page of 500 versions", of_middle_version(half_page, repeat), least_size=1000),
        ),
    )
    yield Family(
        "parts",
        "parts of an upload",
        _powers(10, 1000 if quick else 10_000),
        parts,
        (Curve("complete-parts", "CompleteMultipartUpload", complete, LINEAR),),
    )
    yield Family(
        "bytes",
        "bytes of an object",
        [size * MIB for size in _powers(1, 10 if quick else 1000)],
        lambda size: parts(10, size // 10),
        (
            Curve("complete-bytes", "CompleteMultipartUpload of 10 parts", complete),
            Curve("copy-bytes", "CopyObject, put whole", copy_put),
            Curve("copy-completed", "CopyObject, put in parts: a new MD5", copy_completed, LINEAR),
        ),
    )
    base = cache(partial(keys, min(most, 10**5)))
    yield Family(
        "changes",
        "changes since a fork",
        _powers(10, 1000 if quick else 10_000),
        lambda changes: diff(changes)(base()),
        (Curve("diff-changes", f"diff of {min(most, 10**5):,} keys", lambda runner: runner, LINEAR),),
    )


def _powers(least: int, most: int) -> list[int]:
    """Return `least`, and ten times as much as long as that is at most `most`."""
    found = [least]
    while found[-1] * 10 <= most:
        found.append(found[-1] * 10)
    return found


# ---- How it is shown ----


def table(found: Sequence[Grown]) -> str:
    """Return a table of each family."""
    tables = [aligned(lines) for lines in cells(found)]
    return "\n\n".join([*tables, LEGEND])


def cells(found: Sequence[Grown]) -> list[list[tuple[str, ...]]]:
    """Return the lines of each family's table, the heading first."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    for each in found:
        family = each.family
        sizes = [_size(size, family.name) for size in family.sizes]
        lines = tables.setdefault(family.name, [(f"by {family.label}", *sizes, "exponent", "target")])
        times = [shown(each.seconds.get(size), "s") for size in family.sizes]
        lines.append((each.curve.label, *times, f"{each.exponent:.2f}", f"<= {each.curve.most:g} {each.verdict}"))
    return list(tables.values())


def _size(size: int, family: str) -> str:
    return f"{size // MIB:,} MiB" if family == "bytes" else f"{size:,}"


def as_json(found: Sequence[Grown]) -> dict[str, Any]:
    """Return the same as values."""
    return {
        "rows": {
            each.curve.name: {
                "family": each.family.name,
                "by": each.family.label,
                "label": each.curve.label,
                "seconds": {str(size): seconds for size, seconds in each.seconds.items()},
                "exponent": each.exponent,
                "targets": {f"<= {each.curve.most:g}": each.verdict},
            }
            for each in found
        },
        "printed": cells(found),
        "legend": LEGEND,
        "notes": [],
    }
