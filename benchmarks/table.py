"""What is measured, and what is aimed at: one `Benchmark` a line of the table.

The targets are those of the product's page on speed. "Cost" is a contender's time less the floor's.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from botocore.config import Config

from benchmarks.contenders import BUCKET, Contender, Fake, Floor, Moto
from benchmarks.fixtures import seconds_each
from benchmarks.race import Runner, race
from benchmarks.suites import seconds_of, seconds_of_asynchronous
from fakes3 import FakeS3, mock_s3
from fakes3.doors.endpoint import Endpoint
from fakes3.doors.messages import read_prepared

KIB, MIB, GIB = 1024, 1024**2, 1024**3
US, MS = 1e-6, 1e-3
WITHOUT_CHECKSUMS = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")


@dataclass
class Row:
    """What came of one benchmark: seconds, or bytes, by contender. Who is absent was not measured."""

    figures: dict[str, float]
    costs: dict[str, float]
    """What is over the floor; the figure itself where there is no floor."""
    notes: tuple[str, ...] = ()
    """Why somebody was not measured, or was measured less."""

    @classmethod
    def of(cls, times: Mapping[str, list[float]], *notes: str) -> Row:
        """The medians of repeated measurements.

        A cost is the median of the differences to the floor's turn in the same round, so that slow drifts of the
        machine cancel out.
        """
        figures = {name: median(each) for name, each in times.items()}
        costs = dict(figures)
        if floors := times.get("floor"):
            costs = {
                name: median(mine - floor for mine, floor in zip(each, floors, strict=False))
                for name, each in times.items()
            }
        hurried = [
            f"{name} took too long for more than {len(each)} turns" for name, each in times.items() if len(each) < 3
        ]
        return cls(figures, costs, (*notes, *hurried))

    @classmethod
    def plain(cls, figures: dict[str, float]) -> Row:
        """Figures that are costs themselves."""
        return cls(figures, figures)

    def cost(self, name: str) -> float | None:
        """The cost of a contender, None where it was not measured."""
        return self.costs.get(name)

    @property
    def ratio(self) -> float | None:
        """How many times fakes3's cost moto's is; None where fakes3's is too small beside the noise to divide by."""
        ours, theirs = self.cost("fakes3"), self.cost("moto")
        return None if ours is None or theirs is None or ours <= 0 else theirs / ours


Rows = Mapping[str, Row]


@dataclass(frozen=True)
class Target:
    """What a figure should be. `holds` raises KeyError while a row it compares with has not been measured."""

    text: str
    holds: Callable[[Rows], bool]


@dataclass(frozen=True)
class Field:
    """Who runs, and how long."""

    floor: Floor
    fake: Fake
    moto: Moto
    quick: bool = False

    def everyone(self, *, moto: bool = True) -> list[Contender]:
        """The contenders, the floor first."""
        return [self.floor, self.fake, self.moto] if moto else [self.floor, self.fake]


@dataclass(frozen=True)
class Benchmark:
    """One line of the table."""

    name: str
    label: str
    measure: Callable[[Field], Row]
    targets: tuple[Target, ...] = ()
    unit: str = "s"
    slow: bool = False
    """Whether `--quick` leaves it out."""


# ---- A boto3 call, made by every contender ----

Step = Callable[[Any, int], object]


def calls(
    step: Step,
    objects: Callable[[], dict[str, bytes]] = dict,
    *,
    rounds: int = 40,
    laps: int = 20,
    budget: float = 20.0,
    first: Step | None = None,
    config: Config | None = None,
    reads_bodies: bool = False,
    no_moto: str = "",
    direct: bool = False,
) -> Callable[[Field], Row]:
    """Measure a boto3 call.

    Args:
        step: The call.
        objects: What is in the bucket.
        rounds: How often each contender has its turn.
        laps: How many calls a turn has.
        budget: The seconds after which a contender gets no other turn.
        first: A call that is made before, once.
        config: How the clients are configured; as boto3 comes if absent.
        reads_bodies: Whether the floor reads request bodies, as sending them would.
        no_moto: Why moto is left out, if it is.
        direct: Whether fakes3 answers above HTTP.
    """

    def measure(runners: Field) -> Row:
        runners.floor.reads_bodies = reads_bodies
        everyone = runners.everyone(moto=not no_moto)
        filling = objects()
        for each in everyone:
            each.fill(filling)
        del filling
        clients = {each.name: each.client(config) for each in everyone}
        if first is not None:
            for each in everyone[1:]:
                with each.active():
                    first(clients[each.name], 0)
        runners.floor.learn(runners.fake, partial(step, clients["fakes3"], 0))
        gc.collect()
        gc.freeze()  # what the buckets hold is no concern of the collections between the rounds
        try:
            tracks = {each.name: Runner(each.active, partial(step, clients[each.name])) for each in everyone}
            if direct:
                tracks["fakes3"] = Runner(runners.fake.active_above_http, partial(step, clients["fakes3"]))
            found = race(tracks, rounds=rounds // 4 if runners.quick else rounds, laps=laps, budget=budget)
        finally:
            gc.unfreeze()
            for each in everyone:
                each.fill({})
        return Row.of(found, *([no_moto] if no_moto else []))

    return measure


def put(size: int) -> Step:
    """PutObject of a body of this many bytes, to a thousand keys in turn."""
    body = bytes(size)

    def step(client: Any, number: int) -> object:
        return client.put_object(Bucket=BUCKET, Key=f"key-{number % 1000:04}" if size < MIB else "key", Body=body)

    return step


def get(client: Any, number: int) -> object:
    """GetObject, read to its end."""
    return client.get_object(Bucket=BUCKET, Key="key")["Body"].read()


def head(client: Any, number: int) -> object:
    """HeadObject."""
    return client.head_object(Bucket=BUCKET, Key="key")


def copy(client: Any, number: int) -> object:
    """CopyObject to another key of the bucket."""
    return client.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "key"})


def page(*, total: int) -> Step:
    """ListObjectsV2 of 1,000 keys from the middle of them all."""
    start = f"under/{(total - 1000) // 2:08}" if total > 1000 else ""

    def step(client: Any, number: int) -> object:
        answer = client.list_objects_v2(Bucket=BUCKET, StartAfter=start)
        assert answer["KeyCount"] == 1000
        return answer

    return step


def groups(client: Any, number: int) -> object:
    """ListObjectsV2 with a delimiter, where all keys have one prefix."""
    answer = client.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert answer["CommonPrefixes"] == [{"Prefix": "under/"}]
    return answer


def many(total: int) -> Callable[[], dict[str, bytes]]:
    """So many small objects under one prefix."""
    return lambda: {f"under/{number:08}": b"%d" % number for number in range(total)}


def one(size: int) -> Callable[[], dict[str, bytes]]:
    """One object of this many bytes."""
    return lambda: {"key": bytes(size)}


# ---- What is not a boto3 call: there is no floor, the figure is the cost ----


def entering(runners: Field) -> Row:
    """Enter and leave the mock, with nothing in it."""

    def fakes3(_number: int) -> None:
        with mock_s3():
            pass

    def moto(_number: int) -> None:
        with runners.moto.mock():
            pass

    tracks = {"fakes3": Runner(nullcontext, fakes3), "moto": Runner(nullcontext, moto)}
    return Row.of(race(tracks, rounds=40, laps=5, budget=20))


def making_clients(runners: Field) -> Row:
    """Make a boto3 client under the mock, as nearly every test does; each under a mock of its own."""
    import boto3

    def fakes3(_number: int) -> None:
        with mock_s3():
            boto3.client("s3")

    def moto(_number: int) -> None:
        with runners.moto.mock():
            boto3.client("s3", region_name="us-east-1")

    tracks = {"fakes3": Runner(nullcontext, fakes3), "moto": Runner(nullcontext, moto)}
    return Row.of(race(tracks, rounds=20, laps=3, budget=20))


LIBRARIES = (
    "aioboto3",
    "aiobotocore.httpsession",
    "aiobotocore.httpxsession",
    "aiohttp",
    "boto3",
    "cloudpathlib",
    "httpx",
    "httpx2",
    "minio",
    "moto",
    "requests",
    "responses",
    "s3fs",
    "smart_open",
    "urllib3",
)
"""Everything that has a door, or comes by one."""


def entering_beside(*libraries: str) -> Callable[[Field], Row]:
    """Enter and leave the mock in a fresh interpreter that has these libraries loaded, as far as they are installed."""

    def measure(runners: Field) -> Row:
        script = f"""
import gc, importlib, time
absent = []
for library in {libraries!r}:
    try:
        importlib.import_module(library)
    except ImportError:
        absent.append(library)
from fakes3 import mock_s3
gc.collect()
gc.disable()
for _ in range({50 if runners.quick else 200}):
    before = time.perf_counter()
    with mock_s3():
        pass
    print(time.perf_counter() - before)
print(*absent)
"""
        command = [sys.executable, "-c", script]
        *times, absent = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        notes = [f"without {absent}"] if absent else []
        return Row.of({"fakes3": [float(each) for each in times[5:]]}, *notes)

    return measure


def importing(runners: Field) -> Row:
    """Import the mock in a fresh interpreter that has botocore and boto3 loaded: the best of several."""
    statements = {"fakes3": "from fakes3 import mock_s3", "moto": "from moto import mock_aws"}
    found: dict[str, list[float]] = {name: [] for name in statements}
    with TemporaryDirectory() as compiled:
        for _ in range(5 if runners.quick else 15):
            for name, statement in statements.items():
                found[name].append(_seconds_of(statement, compiled))
    return Row.plain({name: min(times) for name, times in found.items()})


def _seconds_of(statement: str, compiled: str) -> float:
    """The seconds of a statement in an interpreter that keeps its compiled modules in this folder."""
    script = (
        "import boto3, botocore.session, time; before = time.perf_counter(); "
        f"{statement}; print(time.perf_counter() - before)"
    )
    # Where no compiled modules may be written, every import would compile, and that would be measured.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = compiled
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout)


def spending_in_fixtures(runners: Field) -> Row:
    """Set up and tear down each of 1,000 small tests that need the same 10,000 objects."""
    tests = {"floor": 1000, "fakes3": 1000, "moto": 3}
    if runners.quick:
        tests = {"floor": 100, "fakes3": 100, "moto": 1}
    figures = {side: seconds_each(side, count) for side, count in tests.items()}
    costs = {side: each - figures["floor"] for side, each in figures.items()}
    return Row(figures, costs, (f"moto fills its mock in each test, {tests['moto']} of them",))


def running_a_suite(runners: Field, *, by_fixture: bool = False) -> Row:
    """Run 300 small tests, in a process of their own."""
    count = 60 if runners.quick else 300
    return Row.plain({side: seconds_of(side, count, by_fixture=by_fixture) for side in ("fakes3", "moto")})


def running_an_asynchronous_suite(runners: Field) -> Row:
    """Run 300 small tests of aiobotocore, in a process of their own."""
    if find_spec("aiobotocore") is None:
        return Row({}, {}, ("aiobotocore is not installed",))
    count = 60 if runners.quick else 300
    figures = {side: seconds_of_asynchronous(side, count) for side in ("floor", "fakes3")}
    return Row(figures, {side: each - figures["floor"] for side, each in figures.items()})


def memory(runners: Field) -> Row:
    """The bytes that one more object of 1 KiB takes, put through boto3: its body, its key and all that is kept."""
    few, most = (500, 1000) if runners.quick else (1000, 4000)
    return Row.plain({each.name: _bytes_each(each, few, most) for each in (runners.fake, runners.moto)})


def _bytes_each(contender: Fake | Moto, few: int, most: int) -> float:
    contender.fill({})
    client = contender.client()
    held: list[int] = []
    tracemalloc.start()
    try:
        for begin, end in ((0, few), (few, most)):
            with contender.active():
                for number in range(begin, end):
                    client.put_object(Bucket=BUCKET, Key=f"key-{number:08}", Body=b"%1024d" % number)
            contender.forget_calls()
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        contender.fill({})
    return (held[1] - held[0]) / (most - few)


def of_the_fake(act: Callable[[Any], object], total: int) -> Callable[[Field], Row]:
    """Measure something only fakes3 has, on a bucket with so many objects."""

    def measure(runners: Field) -> Row:
        runners.fake.fill(many(total)())
        runner = Runner(nullcontext, lambda _number: act(runners.fake.s3))
        try:
            return Row.of(race({"fakes3": runner}, rounds=20, laps=50, budget=20))
        finally:
            runners.fake.fill({})

    return measure


def growth(few: int, most: int) -> Callable[[Field], Row]:
    """How many times longer a page takes to answer where the bucket has more keys.

    Both sizes race each other, at the place where the client's request has become the fake's: what boto3 takes to
    read a page, and how fast the machine happens to be, would drown the difference.
    """

    def measure(runners: Field) -> Row:
        answers = {str(total): Runner(nullcontext, _answering(total)) for total in (few, most)}
        gc.collect()
        gc.freeze()
        try:
            found = race(answers, rounds=100, laps=1, budget=20)
        finally:
            gc.unfreeze()
        return Row.plain({"fakes3": median(found[str(most)]) / median(found[str(few)])})

    return measure


def _answering(total: int) -> Callable[[int], object]:
    """What answers, over and over, the request for a page of a fake with so many keys."""
    s3 = FakeS3()
    s3.create_bucket(BUCKET, objects=many(total)())
    sent: list[Any] = []
    with mock_s3(fake=s3):
        client = s3.client()
        client.meta.events.register_first("before-send.s3", lambda request, **_context: sent.append(request))
        page(total=total)(client, 0)
    endpoint, request = Endpoint(s3.service), read_prepared(sent[0])
    return lambda _number: endpoint.handle(request)


# ---- The targets ----


def cost_at_most(name: str, limit: float, text: str) -> Target:
    """The fake's cost has a bound."""
    return Target(f"<= {text}", lambda rows: _known(rows[name].cost("fakes3")) <= limit)


def tenth_of_moto(name: str) -> Target:
    """The fake's cost is at most a tenth of moto's."""
    return Target("<= moto/10", lambda rows: _known(rows[name].cost("fakes3")) <= _known(rows[name].cost("moto")) / 10)


def whole_at_most(name: str, times: float, other: str, text: str) -> Target:
    """The whole call through the fake takes at most so many times another."""
    return Target(text, lambda rows: rows[name].figures["fakes3"] <= times * rows[other].figures["fakes3"])


def times_faster(name: str, times: float) -> Target:
    """The whole call through the fake is so many times faster than the floor."""
    return Target(
        f"floor >= {times:g}x fakes3",
        lambda rows: times * rows[name].figures["fakes3"] <= rows[name].figures["floor"],
    )


def _known(cost: float | None) -> float:
    if cost is None:
        raise KeyError
    return cost


def small(name: str) -> tuple[Target, ...]:
    """What is asked of a small call."""
    return cost_at_most(name, 60 * US, "60 us"), tenth_of_moto(name)


# ---- The table ----

large = partial(calls, rounds=8, laps=1, budget=15.0, reads_bodies=True)
pages = partial(calls, rounds=80, laps=1, budget=10.0)
TOO_LARGE = "no moto: it would copy every byte"
ABOVE_HTTP = "no moto: nothing of the kind"
TOO_MANY = "no moto: it takes most of a minute to fill, and walks all keys for each page"

BENCHMARKS = (
    Benchmark("put-1k", "put 1 KiB", calls(put(KIB)), small("put-1k")),
    Benchmark("get-1k", "get 1 KiB", calls(get, one(KIB)), small("get-1k")),
    Benchmark("head-1k", "head 1 KiB", calls(head, one(KIB)), small("head-1k")),
    Benchmark(
        "direct-put-1k",
        "put 1 KiB, as it comes",
        calls(put(KIB), no_moto=ABOVE_HTTP, direct=True),
        (times_faster("direct-put-1k", 5),),
    ),
    Benchmark(
        "direct-get-1k",
        "get 1 KiB, as it comes",
        calls(get, one(KIB), no_moto=ABOVE_HTTP, direct=True),
        (times_faster("direct-get-1k", 5),),
    ),
    Benchmark("put-100m", "put 100 MiB", large(put(100 * MIB))),
    Benchmark(
        "put-200m-plain",
        "put 200 MiB, checksums off",
        large(put(200 * MIB), config=WITHOUT_CHECKSUMS),
        slow=True,
    ),
    Benchmark(
        "put-200m",
        "put 200 MiB",
        large(put(200 * MIB)),
        (
            whole_at_most("put-200m", 2.0, "put-200m-plain", "<= 2x checksums off"),
            whole_at_most("put-200m", 2.5, "put-100m", "linear"),
        ),
        slow=True,
    ),
    Benchmark("get-100m", "get 100 MiB", large(get, first=put(100 * MIB))),
    Benchmark("get-200m", "get 200 MiB", large(get, first=put(200 * MIB)), slow=True),
    Benchmark(
        "list-1e3",
        "list 1,000 of 1e3 keys",
        pages(page(total=10**3), many(10**3)),
        (cost_at_most("list-1e3", 2 * MS, "2 ms"),),
    ),
    Benchmark(
        "list-1e5",
        "list 1,000 of 1e5 keys",
        pages(page(total=10**5), many(10**5)),
        (cost_at_most("list-1e5", 2 * MS, "2 ms"),),
    ),
    Benchmark(
        "list-1e6",
        "list 1,000 of 1e6 keys",
        pages(page(total=10**6), many(10**6), no_moto=TOO_MANY),
        (cost_at_most("list-1e6", 2 * MS, "2 ms"),),
        slow=True,
    ),
    Benchmark(
        "groups-1e6",
        "list 1 prefix over 1e6 keys",
        calls(groups, many(10**6), no_moto=TOO_MANY),
        (cost_at_most("groups-1e6", 2 * MS, "2 ms"),),
        slow=True,
    ),
    Benchmark(
        "list-growth",
        "list page, 1e6 over 1e3 keys",
        growth(10**3, 10**6),
        (cost_at_most("list-growth", 1.5, "1.5x"),),
        unit="x",
        slow=True,
    ),
    Benchmark(
        "copy-1g",
        "copy 1 GiB",
        calls(copy, one(GIB), rounds=10, laps=2, no_moto=TOO_LARGE),
        (cost_at_most("copy-1g", 1 * MS, "1 ms"),),
        slow=True,
    ),
    Benchmark(
        "snapshot-1e5",
        "snapshot at 1e5 objects",
        of_the_fake(lambda s3: s3.snapshot(), 10**5),
        (cost_at_most("snapshot-1e5", 1 * MS, "1 ms"),),
    ),
    Benchmark(
        "fork-1e5",
        "fork at 1e5 objects",
        of_the_fake(lambda s3: s3.fork(), 10**5),
        (cost_at_most("fork-1e5", 1 * MS, "1 ms"),),
    ),
    Benchmark("client", "boto3.client under the mock", making_clients, (cost_at_most("client", 15 * MS, "15 ms"),)),
    Benchmark("enter", "enter and leave the mock", entering, (cost_at_most("enter", 300 * US, "300 us"),)),
    Benchmark(
        "enter-boto3",
        "enter and leave, boto3 alone",
        entering_beside("boto3"),
        (cost_at_most("enter-boto3", 300 * US, "300 us"),),
    ),
    Benchmark(
        "enter-all",
        "enter and leave, all libraries",
        entering_beside(*LIBRARIES),
        (cost_at_most("enter-all", 1 * MS, "1 ms"),),
    ),
    Benchmark(
        "fixtures",
        "fixtures of a test, 1e4 objects",
        spending_in_fixtures,
        (cost_at_most("fixtures", 1 * MS, "1 ms"),),
    ),
    Benchmark("suite", "300 small tests", running_a_suite, (tenth_of_moto("suite"),)),
    Benchmark(
        "suite-fixture",
        "300 small tests, s3_client",
        partial(running_a_suite, by_fixture=True),
        (tenth_of_moto("suite-fixture"),),
    ),
    Benchmark(
        "suite-aio",
        "300 small tests, aiobotocore",
        running_an_asynchronous_suite,
        (times_faster("suite-aio", 5),),
    ),
    Benchmark("import", "import, botocore loaded", importing, (cost_at_most("import", 30 * MS, "30 ms"),)),
    Benchmark(
        "memory", "memory of a 1 KiB object", memory, (cost_at_most("memory", KIB + 700, "1 KiB + 700 B"),), unit="B"
    ),
)
