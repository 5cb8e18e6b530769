"""A law: whoever keeps an index by the events of a bucket has what the bucket lists, in whatever order they come."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import unquote_plus

from hypothesis import given
from hypothesis import strategies as st

from fakes3 import FakeS3

KEYS = st.sampled_from(["a", "b c", "d/ü"])
STEPS = st.one_of(
    st.tuples(st.just("put"), KEYS, st.binary(max_size=3)),
    st.tuples(st.just("copy"), KEYS, KEYS),
    st.tuples(st.just("delete"), KEYS, st.none()),
    st.tuples(st.just("delete all"), st.lists(KEYS, min_size=1, unique=True), st.none()),
    st.tuples(st.just("expire"), st.none(), st.none()),
)
RULES = [{"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]


@given(steps=st.lists(STEPS, max_size=12), versioned=st.booleans(), seed=st.randoms(use_true_random=False))
def test_an_index_by_the_sequencer_is_the_listing(
    steps: list[tuple[str, Any, Any]], versioned: bool, seed: random.Random
) -> None:
    s3 = FakeS3()
    s3.create_bucket("pictures", versioning=versioned)
    client: Any = s3.client()
    client.put_bucket_lifecycle_configuration(Bucket="pictures", LifecycleConfiguration={"Rules": RULES})
    told: list[dict[str, Any]] = []
    every = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]
    s3.on_event("pictures", every, lambda event: told.append(event["Records"][0]))
    for step, about, value in steps:
        do(s3, client, step, about, value)
    contents = {each["Key"]: each["ETag"].strip('"') for each in listed(client)}
    seed.shuffle(told)
    assert contents == index(told)


def do(s3: FakeS3, client: Any, step: str, about: Any, value: Any) -> None:
    match step:
        case "put":
            client.put_object(Bucket="pictures", Key=about, Body=value)
        case "copy" if about in {each["Key"] for each in listed(client)}:
            client.copy_object(
                Bucket="pictures",
                Key=value,
                CopySource={"Bucket": "pictures", "Key": about},
                MetadataDirective="REPLACE",
            )
        case "delete":
            client.delete_object(Bucket="pictures", Key=about)
        case "delete all":
            client.delete_objects(Bucket="pictures", Delete={"Objects": [{"Key": key} for key in about]})
        case "expire":
            s3.clock.advance(days=2)


def listed(client: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.list_objects_v2(Bucket="pictures").get("Contents", [])
    return found


def index(records: list[dict[str, Any]]) -> dict[str, str]:
    """Return the ETags that the last event of each key tells of, as the docs have an application do it."""
    newest: dict[str, dict[str, Any]] = {}
    for record in records:
        about = record["s3"]["object"]
        key = unquote_plus(about["key"])
        if key not in newest or newest[key]["s3"]["object"]["sequencer"] < about["sequencer"]:
            newest[key] = record
    return {
        key: record["s3"]["object"]["eTag"]
        for key, record in newest.items()
        if record["eventName"].startswith("ObjectCreated:")
    }
