"""What is measured, and what is aimed at: one `Benchmark` a line of the table.

The targets are those of the product's page on speed.
"""

from __future__ import annotations

from functools import partial

from botocore.config import Config

from benchmarks.bodies import peak, upload
from benchmarks.calls import calls, copy, get, groups, head, many, one, page, put
from benchmarks.costs import (
    LIBRARIES,
    completing,
    entering,
    entering_beside,
    growth,
    importing,
    making_clients,
    memory,
    memory_of_many,
    of_the_fake,
    running_a_suite,
    running_an_asynchronous_suite,
    spending_in_fixtures,
)
from benchmarks.rows import (
    GIB,
    KIB,
    MIB,
    MS,
    US,
    Benchmark,
    above_http,
    cost_at_most,
    of_a_page,
    small,
    tenth_of_moto,
    times_faster,
    whole_at_most,
)

WITHOUT_CHECKSUMS = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")
TOO_LARGE = "no moto: it would copy every byte"
TOO_MANY = "no moto: it takes most of a minute to fill, and walks all keys for each page"

ONE_COPY = 1.05
"""The most that is held at once of a body, in bodies: one, and some pieces."""

large = partial(calls, rounds=8, laps=1, budget=15.0, reads_bodies=True)
pages = partial(calls, rounds=80, laps=1, budget=10.0)

BENCHMARKS = (
    Benchmark("put-1k", "put 1 KiB", calls(put(KIB)), small("put-1k", 70, 20)),
    Benchmark("get-1k", "get 1 KiB", calls(get, one(KIB)), small("get-1k", 40, 10)),
    Benchmark("head-1k", "head 1 KiB", calls(head, one(KIB)), small("head-1k", 35, 9)),
    Benchmark(
        "direct-put-1k",
        "put 1 KiB, as it comes",
        calls(put(KIB), direct=True),
        above_http("direct-put-1k", 60),
    ),
    Benchmark(
        "direct-get-1k",
        "get 1 KiB, as it comes",
        calls(get, one(KIB), direct=True),
        above_http("direct-get-1k", 40),
    ),
    Benchmark(
        "direct-head-1k",
        "head 1 KiB, as it comes",
        calls(head, one(KIB), direct=True),
        above_http("direct-head-1k", 30),
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
    Benchmark(
        "get-100m",
        "get 100 MiB",
        large(get, first=put(100 * MIB)),
        (whole_at_most("get-100m", 1.0, "get-100m", "<= moto", side="moto"),),
    ),
    Benchmark(
        "get-200m",
        "get 200 MiB",
        large(get, first=put(200 * MIB)),
        (whole_at_most("get-200m", 2.5, "get-100m", "linear"),),
        slow=True,
    ),
    Benchmark(
        "get-parts-100m",
        "get 100 MiB, put in parts",
        large(get, first=upload(100 * MIB)),
        slow=True,
    ),
    Benchmark(
        "peak-put-100m",
        "peak of memory, put 100 MiB",
        peak(put(100 * MIB), 100 * MIB),
        (cost_at_most("peak-put-100m", ONE_COPY, "1 copy"),),
        unit="copies",
        slow=True,
    ),
    Benchmark(
        "peak-get-100m",
        "peak of memory, get 100 MiB",
        peak(get, 100 * MIB, first=put(100 * MIB)),
        (cost_at_most("peak-get-100m", ONE_COPY, "1 copy"),),
        unit="copies",
        slow=True,
    ),
    Benchmark(
        "peak-get-parts-100m",
        "peak of memory, get of parts",
        peak(get, 100 * MIB, first=upload(100 * MIB)),
        (cost_at_most("peak-get-parts-100m", ONE_COPY, "1 copy"),),
        unit="copies",
        slow=True,
    ),
    Benchmark(
        "upload-1g",
        "upload_file 1 GiB",
        calls(upload(GIB), rounds=5, laps=1, budget=30.0, reads_bodies=True, direct=True, no_moto=TOO_LARGE),
        slow=True,
    ),
    Benchmark(
        "peak-upload-1g",
        "peak of memory, upload_file 1 GiB",
        peak(upload(GIB), GIB, no_moto=TOO_LARGE),
        (cost_at_most("peak-upload-1g", ONE_COPY, "1 copy"),),
        unit="copies",
        slow=True,
    ),
    Benchmark(
        "list-1e3",
        "list 1,000 of 1e3 keys",
        pages(page(total=10**3), many(10**3)),
        of_a_page("list-1e3"),
    ),
    Benchmark(
        "direct-list-1e3",
        "list 1,000 of 1e3 keys, as it comes",
        pages(page(total=10**3), many(10**3), direct=True),
        above_http("direct-list-1e3", 2000),
    ),
    Benchmark(
        "list-1e5",
        "list 1,000 of 1e5 keys",
        pages(page(total=10**5), many(10**5)),
        of_a_page("list-1e5"),
    ),
    Benchmark(
        "list-1e6",
        "list 1,000 of 1e6 keys",
        pages(page(total=10**6), many(10**6), no_moto=TOO_MANY),
        of_a_page("list-1e6"),
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
        "complete-1g",
        "complete 1 GiB in 128 parts",
        completing(128, 8 * MIB),
        (cost_at_most("complete-1g", 1 * MS, "1 ms"),),
        slow=True,
    ),
    Benchmark(
        "snapshot-1e6",
        "snapshot at 1e6 objects",
        of_the_fake(lambda s3: s3.snapshot(), 10**6),
        (cost_at_most("snapshot-1e6", 1 * MS, "1 ms"),),
        slow=True,
    ),
    Benchmark(
        "fork-1e6",
        "fork at 1e6 objects",
        of_the_fake(lambda s3: s3.fork(), 10**6),
        (cost_at_most("fork-1e6", 1 * MS, "1 ms"),),
        slow=True,
    ),
    Benchmark("client", "boto3.client under the mock", making_clients, (cost_at_most("client", 6 * MS, "6 ms"),)),
    Benchmark("enter", "enter and leave the mock", entering, (cost_at_most("enter", 100 * US, "100 us"),)),
    Benchmark(
        "enter-boto3",
        "enter and leave, boto3 alone",
        entering_beside("boto3"),
        (cost_at_most("enter-boto3", 100 * US, "100 us"),),
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
        "memory",
        "memory of a 1 KiB object",
        memory,
        (cost_at_most("memory", KIB + 700, "1 KiB + 700 B"),),
        unit="B",
    ),
    Benchmark(
        "memory-1e6",
        "memory of each of 1e6 such objects",
        memory_of_many(10**6),
        (cost_at_most("memory-1e6", KIB + 700, "1 KiB + 700 B"),),
        unit="B",
        slow=True,
    ),
)
