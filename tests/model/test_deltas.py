"""What leads from one value to the next, and how it is told to another process."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.bytes_rope import Rope
from fakes3.model.deltas import Delta, Entries, Fields, Whole, apply_delta, delta_of, receive, send
from fakes3.model.ordered_map import ABSENT, OrderedMap


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    body: Rope
    seen: int = field(default=0, compare=False)


class Pair(NamedTuple):
    left: Any
    right: Any


CAT = Record("cat", Rope.of(b"meow"))
PETS = OrderedMap.from_sorted([("cat", CAT), ("dog", Record("dog", Rope.of(b"woof")))])


def sent(value: Any) -> Any:
    pipe = io.BytesIO()
    send(pipe, value)
    pipe.seek(0)
    return receive(pipe)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (CAT, CAT, None),
        (1, 2, Whole(2)),
        (CAT, PETS, Whole(PETS)),
        (CAT, replace(CAT, name="tom"), Fields({"name": Whole("tom")})),
        (Pair(CAT, 1), Pair(CAT, 2), Fields({"right": Whole(2)})),
        (OrderedMap(), PETS, Whole(PETS)),
        (PETS, PETS.delete("cat"), Entries((("cat", ABSENT),))),
        (PETS, PETS.set("cow", CAT), Entries((("cow", Whole(CAT)),))),
        # What two records do not compare by differs nevertheless.
        (PETS, PETS.set("cat", replace(CAT, seen=1)), Entries((("cat", Fields({"seen": Whole(1)})),))),
    ],
)
def test_only_what_is_not_shared_is_told(before: Any, after: Any, expected: Delta):
    delta = delta_of(before, after)
    assert expected == delta
    assert repr(after) == repr(apply_delta(before, sent(delta)))


def test_what_did_not_change_is_the_same_object_afterwards():
    after = apply_delta(PETS, sent(delta_of(PETS, PETS.set("cat", replace(CAT, name="tom")))))
    assert after["cat"].body is CAT.body
    assert after["dog"] is PETS["dog"]


def test_bytes_that_are_shared_stay_shared():
    body = Rope.of(b"meow" * 1000)
    told = sent(delta_of(OrderedMap(), OrderedMap.from_sorted([("a", body), ("b", body)])))
    assert told.value["a"] is told.value["b"]
    assert len(pickle.dumps(body)) < 5000


def test_read_only_mappings_are_told():
    document = MappingProxyType({"Rules": (MappingProxyType({"ID": "1"}),)})
    assert (document, MappingProxyType) == (sent(document), type(sent(document)["Rules"][0]))


def test_of_what_cannot_be_told_nothing_is_written():
    pipe = io.BytesIO()
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        send(pipe, ["a" * 100_000, lambda: None])
    assert b"" == pipe.getvalue()


def test_the_end_of_a_pipe():
    with pytest.raises(EOFError):
        receive(io.BytesIO())


maps = st.dictionaries(st.text("abc", max_size=4), st.integers(0, 2), max_size=40).map(
    lambda found: OrderedMap.from_sorted(sorted(found.items()))
)


@given(maps, st.lists(st.tuples(st.text("abc", max_size=4), st.none() | st.integers(0, 2)), max_size=20))
def test_any_writes_lead_to_the_same_map(before: OrderedMap[str, int], writes: list[tuple[str, int | None]]):
    after = before
    for key, value in writes:
        after = after.delete(key) if value is None else after.set(key, value)
    assert after == apply_delta(sent(before), sent(delta_of(before, after)))
