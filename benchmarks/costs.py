"""What is not a boto3 call: there is no floor, the figure is the cost."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.calls import many
from benchmarks.contenders import BUCKET, Fake, Moto
from benchmarks.fixtures import seconds_each
from benchmarks.growth import complete, keys, page_from_middle, parts
from benchmarks.race import Runner, frozen, race
from benchmarks.rows import Field, Row
from benchmarks.suites import seconds_of, seconds_of_asynchronous
from fakes3 import mock_s3


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
        return Row.plain({}, "aiobotocore is not installed")
    count = 60 if runners.quick else 300
    figures = {side: seconds_of_asynchronous(side, count) for side in ("floor", "fakes3")}
    return Row(figures, {side: each - figures["floor"] for side, each in figures.items()})


def memory(runners: Field) -> Row:
    """The bytes that one more object of 1 KiB takes, put through boto3: its body, its key and all that is kept."""
    few, most = 1000, 2000 if runners.quick else 4000
    return Row.plain({each.name: _bytes_each(each, few, most) for each in (runners.fake, runners.moto)})


def _bytes_each(contender: Fake | Moto, few: int, most: int) -> float:
    contender.fill({})
    held: list[int] = []
    tracemalloc.start()
    try:
        for begin, end in ((0, few), (few, most)):
            _put_small(contender, begin, end)
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
        contender.fill({})
    return (held[1] - held[0]) / (most - few)


def _put_small(contender: Fake | Moto, begin: int, end: int) -> None:
    """Put objects of 1 KiB, of these numbers."""
    client = contender.client()
    with contender.active_above_http() if isinstance(contender, Fake) else contender.active():
        for number in range(begin, end):
            client.put_object(Bucket=BUCKET, Key=f"key-{number:08}", Body=b"%1024d" % number)
            if number % 10_000 == 0:
                contender.forget_calls()
    contender.forget_calls()
    gc.collect()


def memory_of_many(total: int) -> Callable[[Field], Row]:
    """Measure what each of so many objects of 1 KiB adds to the memory of a process, which is that of Linux."""

    def measure(_runners: Field) -> Row:
        script = f"from benchmarks.costs import resident_each; print(resident_each({total}))"
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=Path(__file__).parents[1], check=True, capture_output=True, text=True)
        return Row.plain({"fakes3": float(done.stdout)}, "no moto: it would take ten minutes and 6 GB")

    return measure


def resident_each(total: int) -> float:
    """Return the bytes of memory that each of so many objects takes, in a process that does nothing else."""
    fake = Fake()
    fake.fill({})
    _put_small(fake, 0, 1000)
    before = _resident()
    _put_small(fake, 1000, total)
    return (_resident() - before) / (total - 1000)


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def of_the_fake(act: Callable[[Any], object], total: int) -> Callable[[Field], Row]:
    """Measure something only fakes3 has, on a bucket with so many objects."""

    def measure(runners: Field) -> Row:
        runners.fake.fill(many(total)())
        runner = Runner(nullcontext, lambda _number: act(runners.fake.s3))
        with frozen():
            found = race({"fakes3": runner}, rounds=20, laps=50, budget=20)
        runners.fake.fill({})
        return Row.of(found)

    return measure


def completing(count: int, size: int) -> Callable[[Field], Row]:
    """Measure CompleteMultipartUpload of so many parts of `size` bytes, from the request to the response."""

    def measure(runners: Field) -> Row:
        with frozen():
            return Row.of(race({"fakes3": complete(parts(count, size))}, rounds=20, laps=5, budget=20))

    return measure


def growth(few: int, most: int) -> Callable[[Field], Row]:
    """How many times longer a page takes to answer where the bucket has more keys.

    Both sizes race each other, at the place where the client's request has become the fake's: what boto3 takes to
    read a page, and how fast the machine happens to be, would drown the difference.
    """

    def measure(runners: Field) -> Row:
        answers = {str(total): page_from_middle(keys(total)) for total in (few, most)}
        with frozen():
            found = race(answers, rounds=100, laps=1, budget=20)
        return Row.plain({"fakes3": median(found[str(most)]) / median(found[str(few)])})

    return measure
