"""Rules of lifecycle: what is read in their documents, which objects they are for, and what is shown ahead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL
from fakes3.model.lifecycle_rules import (
    BY_CLASS,
    OF_ALL_CLASSES,
    Action,
    abort_date,
    expiration_header,
    rule_of,
    rules_of,
)
from fakes3.model.versions import Attributes, DeleteMarker, Version

START = datetime(2026, 1, 1, tzinfo=UTC)


def version(size: int = 1, *tags: tuple[str, str]) -> Version:
    return Version(1, NULL, START, "1" * 12, Rope.of(b"x" * size), "etag", None, Attributes(tags=tags))


def holds(stated: dict[str, Any], key: str, entry: Version | DeleteMarker) -> bool:
    """Whether a rule that states these conditions is for an entry of a key."""
    return rule_of({"ID": "rule", "Status": "Enabled", **stated}).conditions.hold(key, entry)


A, B = {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}


class TestConditions:
    """A rule is for what meets every one of its conditions."""

    @pytest.mark.parametrize(
        ("conditions", "expected"),
        [
            ({}, True),
            ({"Prefix": "c"}, True),
            ({"Prefix": "d"}, False),
            ({"ObjectSizeGreaterThan": 4}, False),
            ({"ObjectSizeGreaterThan": 3}, True),
            ({"ObjectSizeLessThan": 4}, False),
            ({"ObjectSizeLessThan": 5}, True),
            ({"Tag": A}, True),
            ({"Tag": A | {"Value": "2"}}, False),
            ({"And": {"Prefix": "c", "Tags": [A, B], "ObjectSizeGreaterThan": 3, "ObjectSizeLessThan": 5}}, True),
            ({"And": {"Prefix": "c", "Tags": [A, B | {"Key": "c"}]}}, False),
        ],
    )
    def test_of_a_filter(self, conditions: dict[str, Any], expected: bool) -> None:
        assert expected == holds({"Filter": conditions}, "cat", version(4, ("a", "1"), ("b", "2")))

    def test_a_prefix_without_a_filter(self) -> None:
        stated = {"Prefix": "c"}
        assert (True, False) == (holds(stated, "cat", version()), holds(stated, "dog", version()))

    def test_delete_markers_have_no_tags_and_no_size(self) -> None:
        marker = DeleteMarker(1, NULL, START, None)
        assert not holds({"Filter": {"Tag": A}}, "cat", marker)
        assert not holds({"Filter": {"ObjectSizeGreaterThan": 0}}, "cat", marker)


class TestRules:
    """The rules that act are those that are enabled."""

    def test_disabled_ones_do_nothing(self) -> None:
        one = {"ID": "on", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
        assert ["on"] == [each.id for each in rules_of({"Rules": [one, one | {"Status": "Disabled"}]}).enabled]

    def test_the_smallest_size(self) -> None:
        assert OF_ALL_CLASSES == rules_of({"Rules": []}).minimum
        assert BY_CLASS == rules_of({"Rules": [], "TransitionDefaultMinimumObjectSize": BY_CLASS}).minimum

    def test_actions(self) -> None:
        rule = rule_of(
            {
                "ID": "rule",
                "Filter": {},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
                "Transitions": [{"Date": START, "StorageClass": "GLACIER"}],
                "NoncurrentVersionExpiration": {"NoncurrentDays": 4, "NewerNoncurrentVersions": 2},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
            }
        )
        assert Action(expired_delete_marker=True) == rule.expiration
        assert (Action(date=START, storage_class="GLACIER"),) == rule.transitions
        assert Action(days=4, newer_versions=2) == rule.noncurrent_expiration
        assert ((), Action(days=7)) == (rule.noncurrent_transitions, rule.abort)


class TestWhatIsShown:
    """What is shown ahead is the earliest of all that is due."""

    def test_days_beyond_all_calendars(self) -> None:
        rule = {"ID": "rule", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 2**31 - 1}}
        shown = expiration_header("cat", version(), rules_of({"Rules": [rule]}))
        assert 'expiry-date="Fri, 31 Dec 9999 00:00:00 GMT", rule-id="rule"' == shown

    def test_nothing(self) -> None:
        assert expiration_header("cat", version(), None) is None
        assert abort_date("cat", START, None) is None
