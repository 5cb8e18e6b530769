"""boto3 calls, made by every contender."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.config import Config

from benchmarks.contenders import BUCKET
from benchmarks.race import Runner, frozen, race
from benchmarks.rows import MIB, Field, Row

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
        tracks = {each.name: Runner(each.active, partial(step, clients[each.name])) for each in everyone}
        if direct:
            tracks["fakes3"] = Runner(runners.fake.active_above_http, partial(step, clients["fakes3"]))
        with frozen():
            found = race(tracks, rounds=rounds // 4 if runners.quick else rounds, laps=laps, budget=budget)
        for each in everyone:
            each.fill({})
        return Row.of(found, *filter(None, [no_moto]))

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
