"""Faults: which calls they are for, on which of them they happen, and what a test author may ask for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import UsageError
from fakes3.model.identity import Principal
from fakes3.operations.faults import Asked, Faults
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Service

SOMEBODY = Principal("123456789012")


def asked(operation: str = "GetObject", **parameters: Any) -> Asked:
    return Asked(operation, {"Bucket": "photos", "Key": "cats/1.jpg", **parameters}, SOMEBODY)


def faults(seed: int = 0) -> Faults:
    return Faults(seed, lambda: REGISTRY)


def happened(given: Faults, calls: int, call: Asked | None = None) -> list[bool]:
    return [bool(given.choose(call or asked())) for _ in range(calls)]


class TestWhere:
    """Which calls a fault is for."""

    @pytest.mark.parametrize(
        ("which", "expected"),
        [
            ({}, True),
            ({"on": "GetObject"}, True),
            ({"on": ["PutObject", "GetObject"]}, True),
            ({"on": "PutObject"}, False),
            ({"bucket": "photos"}, True),
            ({"bucket": "photo?"}, True),
            ({"bucket": "music"}, False),
            ({"key": "cats/*"}, True),
            ({"key": "dogs/*"}, False),
            ({"key": "CATS/*"}, False),
            ({"when": lambda call: call.operation == "GetObject" and call.principal is SOMEBODY}, True),
            ({"when": lambda call: call.parameters["Key"] == "other"}, False),
            ({"bucket": "photos", "key": "dogs/*"}, False),
        ],
    )
    def test_matches(self, which: dict[str, Any], expected: bool) -> None:
        given = faults()
        given.add(error="SlowDown", **which)
        assert [expected] == happened(given, 1)

    def test_a_call_without_a_key_matches_no_key(self) -> None:
        given = faults()
        given.add(error="SlowDown", key="cats/*")
        assert [] == given.choose(Asked("ListBuckets", {}, SOMEBODY))

    def test_all_faults_that_match_happen_in_the_order_in_which_they_were_added(self) -> None:
        given = faults()
        given.add(delay=1)
        given.add(error="SlowDown")
        assert [1, 0] == [each.delay for each in given.choose(asked())]


class TestHowOften:
    """On which of the matching calls it happens."""

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            ({}, "xxxxxx"),
            ({"times": 2}, "xx...."),
            ({"after": 2}, "..xxxx"),
            ({"every": 3}, "..x..x"),
            ({"after": 1, "every": 2}, "..x.x."),
            ({"after": 1, "times": 1}, ".x...."),
            ({"every": 2, "times": 2}, ".x.x.."),
            ({"probability": 0}, "......"),
            ({"probability": 1}, "xxxxxx"),
        ],
    )
    def test_happens(self, how: dict[str, Any], expected: str) -> None:
        given = faults()
        fault = given.add(error="SlowDown", **how)
        assert expected == "".join("x" if each else "." for each in happened(given, 6))
        assert expected.count("x") == fault.happened

    def test_calls_that_do_not_match_are_not_counted(self) -> None:
        given = faults()
        given.add(error="SlowDown", on="GetObject", after=1)
        assert [False, False] == happened(given, 2, asked("PutObject"))
        assert [False, True] == happened(given, 2)

    @given(st.integers(0, 5), st.floats(0.2, 0.8))
    def test_the_same_seed_has_the_same_faults(self, seed: int, probability: float) -> None:
        first, second = faults(seed), faults(seed)
        for each in (first, second):
            each.add(error="SlowDown", probability=probability)
        assert happened(first, 50) == happened(second, 50)

    def test_a_probability_is_about_a_share_of_the_calls(self) -> None:
        given = faults()
        given.add(error="SlowDown", probability=0.25)
        assert 200 < sum(happened(given, 1000)) < 300

    def test_two_faults_are_drawn_apart(self) -> None:
        given = faults()
        one, other = (given.add(error="SlowDown", probability=0.5) for _ in range(2))
        both = [{id(each) for each in (one, other) if each.happens(asked())} for _ in range(40)]
        assert {0, 1, 2} == {len(each) for each in both}


class TestRemoving:
    """A fault happens until it is removed."""

    def test_remove_and_clear(self) -> None:
        given = faults()
        first, second = given.add(error="SlowDown"), given.add(error="InternalError")
        first.remove()
        first.remove()
        assert [second] == list(given)
        given.clear()
        assert [] == list(given)
        assert 0 == len(given)

    def test_as_a_context_manager(self) -> None:
        given = faults()
        with given.add(error="SlowDown") as fault:
            assert [fault] == list(given)
        assert not given

    def test_a_fork_has_none(self) -> None:
        service = Service()
        service.faults.add(error="SlowDown")
        assert not service.fork().faults

    def test_repr(self) -> None:
        given = faults()
        assert "<fault error='SlowDown' on GetObject, PutObject: happened 0 times>" == repr(
            given.add(error="SlowDown", on=["PutObject", "GetObject"])
        )
        assert "<fault delay=2, drop='after' on any call: happened 0 times>" == repr(given.add(delay=2, drop="after"))
        assert "<Faults: 2>" == repr(given)


class TestUsage:
    """What cannot happen is refused where it is written, with the remedy."""

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({}, "lets nothing go wrong"),
            ({"delay": 0}, "lets nothing go wrong"),
            ({"error": "Slowdown"}, "'Slowdown', which is no error of S3"),
            ({"error": "SlowDown", "on": "GetObjekt"}, "cannot be 'GetObjekt'"),
            ({"error": "SlowDown", "drop": "after"}, "both error= and drop="),
            ({"truncate": 1, "time_out": "after"}, "both time_out= and truncate="),
            ({"drop": "during"}, "cannot be 'during'"),
            ({"time_out": "never"}, "cannot be 'never'"),
            ({"delay": -1}, "cannot be -1"),
            ({"truncate": -1}, "cannot be -1"),
            ({"delay": 1, "status": 200}, "status=...) belongs to an error"),
            ({"delay": 1, "message": "m"}, "message=...) belongs to an error"),
            ({"delay": 1, "retry_after": 1}, "retry_after=...) belongs to an error"),
            ({"drop": "after", "applied": True}, "applied=True) belongs to an error"),
            ({"error": "SlowDown", "real_time": True}, "real_time=True) belongs to a delay"),
            ({"error": "SlowDown", "times": 0}, "times=...) cannot be 0"),
            ({"error": "SlowDown", "every": 0}, "every=...) cannot be 0"),
            ({"error": "SlowDown", "after": -1}, "after=...) cannot be -1"),
            ({"error": "SlowDown", "after": 1.5}, "after=...) cannot be 1.5"),
            ({"error": "SlowDown", "probability": 1.1}, "probability=...) cannot be 1.1"),
            ({"fails": True}, "has no argument fails="),
            ({"error": "SlowDown", "on": 5}, "on=...) cannot be 5"),
            ({"error": "SlowDown", "on": []}, "on=...) was given no operation"),
            ({"error": "SlowDown", "on": ["GetObject", None]}, "on=...) cannot be None"),
            ({"error": "SlowDown", "bucket": 5}, "bucket=...) cannot be 5"),
            ({"error": "SlowDown", "key": b"may"}, "key=...) cannot be b'may'"),
            ({"error": "SlowDown", "when": True}, "when=...) cannot be True"),
            ({"error": "SlowDown", "status": 99}, "status=...) cannot be 99"),
            ({"error": "SlowDown", "status": "503"}, "status=...) cannot be '503'"),
            ({"error": "SlowDown", "message": 5}, "message=...) cannot be 5"),
            ({"error": "SlowDown", "applied": "yes"}, "applied=...) cannot be 'yes'"),
            ({"error": "SlowDown", "retry_after": 1.5}, "retry_after=...) cannot be 1.5"),
            ({"delay": True}, "delay=...) cannot be True"),
            ({"delay": float("inf")}, "delay=...) cannot be inf"),
            ({"delay": 1, "real_time": 1}, "real_time=...) cannot be 1"),
            ({"truncate": True}, "truncate=...) cannot be True"),
            ({"truncate": 1.5}, "truncate=...) cannot be 1.5"),
            ({"corrupt": 1}, "corrupt=...) cannot be 1"),
        ],
    )
    def test_is_refused(self, arguments: dict[str, Any], problem: str) -> None:
        with pytest.raises(UsageError) as refusal:
            faults().add(**arguments)
        text = str(refusal.value)
        assert problem in text
        assert "Give" in text or "Say" in text or "Add" in text
