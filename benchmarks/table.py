"""What is measured, and what is aimed at: one `Benchmark` a line of the table.

The targets are those of the product's page on speed.
"""

from __future__ import annotations

from functools import partial

from botocore.config import Config

WITHOUT_CHECKSUMS = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")

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
    Benchmark("import", "import, botocore loaded", importing, (cost_at_most("import", 30 * MS, "30 ms"),)),
    Benchmark(
        "memory", "memory of a 1 KiB object", memory, (cost_at_most("memory", KIB + 700, "1 KiB + 700 B"),), unit="B"
    ),
)
