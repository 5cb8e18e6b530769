"""Rules of replication: which of them select a version, a change and a delete marker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import NULL
from fakes3.model.encryption import KMS, Encryption
from fakes3.model.replication_rules import ReplicationRules, rules_of
from fakes3.model.versions import Attributes, DeleteMarker, Version

START = datetime(2026, 1, 1, tzinfo=UTC)
ROLE = "arn:aws:iam::111111111111:role/paths/copier"


def version(**attributes: Any) -> Version:
    return Version(1, NULL, START, "1" * 12, Rope.of(b"cat"), "etag", None, Attributes(**attributes))


def rule(destination: str, priority: int, **stated: Any) -> dict[str, Any]:
    """Return a rule of the second version, which a test may change."""
    usual = {"Filter": {}, "Status": "Enabled", "DeleteMarkerReplication": {"Status": "Disabled"}}
    return usual | {"Destination": {"Bucket": f"arn:aws:s3:::{destination}"}, "Priority": priority} | stated


def first_version(**stated: Any) -> dict[str, Any]:
    return {"Prefix": "", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copies"}} | stated


def read(*rules: dict[str, Any]) -> ReplicationRules:
    return rules_of({"Role": ROLE, "Rules": rules})


def priorities(rules: ReplicationRules, key: str = "cat", **attributes: Any) -> list[int]:
    """Return the priorities of the rules that select an object."""
    return [each.priority for each in rules.for_object(key, version(**attributes))]


def test_the_role_has_an_account_and_a_name_with_its_path() -> None:
    assert read().role == ("111111111111", "paths/copier", ROLE)


class TestForObject:
    """S3: userguide/replication-add-config.html, "Priority"."""

    def test_the_highest_priority_counts_for_a_destination(self) -> None:
        rules = read(rule("a", 1), rule("b", 2), rule("a", 3), rule("b", 0))
        assert [3, 2] == priorities(rules)

    def test_a_rule_that_does_not_select_the_object_leaves_it_to_the_next(self) -> None:
        rules = read(rule("a", 1), rule("a", 2, Filter={"Prefix": "dogs/"}))
        assert [1] == priorities(rules)
        assert [2] == priorities(rules, "dogs/rex")

    def test_a_disabled_rule_selects_nothing(self) -> None:
        assert [] == priorities(read(rule("a", 1, Status="Disabled")))

    def test_by_tags(self) -> None:
        rules = read(rule("a", 1, Filter={"Tag": {"Key": "copy", "Value": "yes"}}))
        assert [1] == priorities(rules, tags=(("copy", "yes"),))
        assert [] == priorities(rules)

    @pytest.mark.parametrize(("status", "selected"), [("Enabled", [1]), ("Disabled", [])])
    def test_with_a_kms_key_where_a_rule_says_so(self, status: str, selected: list[int]) -> None:
        rules = read(rule("a", 1, SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": status}}))
        assert selected == priorities(rules, encryption=Encryption(KMS))
        assert [1] == priorities(rules)

    def test_archived(self) -> None:
        assert [] == priorities(read(rule("a", 1)), storage_class="GLACIER")
        assert [1] == priorities(read(rule("a", 1)), storage_class="GLACIER_IR")


PREFIXES = st.text("ab", max_size=2)
TAGS = st.tuples(st.sampled_from("ab"), st.sampled_from("12"))
KEYS = st.text("ab", max_size=4)
OBJECT_TAGS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("12")).map(lambda tags: tuple(tags.items()))


def prefix_or_tag(drawn: str | tuple[str, str]) -> dict[str, Any]:
    """Return the filter of one prefix, or of one tag."""
    return {"Prefix": drawn} if isinstance(drawn, str) else {"Tag": {"Key": drawn[0], "Value": drawn[1]}}


FILTERS = (PREFIXES | TAGS).map(prefix_or_tag)


def selects(conditions: dict[str, Any], key: str, tags: tuple[tuple[str, str], ...]) -> bool:
    """Whether a rule with this filter selects an object."""
    return [] != priorities(read(rule("a", 1, Filter=conditions)), key, tags=tags)


class TestNot:
    """S3: API/API_ReplicationRuleNotOperator.html, API/API_ReplicationRuleOrOperator.html"""

    @given(FILTERS, KEYS, OBJECT_TAGS)
    def test_every_object_is_selected_by_a_filter_or_by_its_not(
        self, one: dict[str, Any], key: str, tags: tuple[tuple[str, str], ...]
    ) -> None:
        assert selects(one, key, tags) is not selects({"Not": one}, key, tags)

    @given(st.lists(PREFIXES, max_size=2), st.lists(TAGS, max_size=2), KEYS, OBJECT_TAGS)
    def test_an_or_excludes_what_one_of_its_filters_excludes(
        self, prefixes: list[str], named: list[tuple[str, str]], key: str, tags: tuple[tuple[str, str], ...]
    ) -> None:
        singles = [*map(prefix_or_tag, prefixes), *map(prefix_or_tag, named)]
        either = {"Prefixes": prefixes, "Tags": [{"Key": name, "Value": value} for name, value in named]}
        expected = all(selects({"Not": one}, key, tags) for one in singles)
        assert expected is selects({"Not": {"Or": either}}, key, tags)

    @given(PREFIXES, FILTERS, KEYS, OBJECT_TAGS)
    def test_an_and_takes_the_not_as_one_more_condition(
        self, prefix: str, one: dict[str, Any], key: str, tags: tuple[tuple[str, str], ...]
    ) -> None:
        both = {"And": {"Prefix": prefix, "Not": one}}
        assert (key.startswith(prefix) and selects({"Not": one}, key, tags)) is selects(both, key, tags)


class TestForMarker:
    """S3: userguide/delete-marker-replication.html."""

    MARKER = DeleteMarker(2, NULL, START, "1" * 12)

    @pytest.mark.parametrize(("status", "expected"), [("Enabled", 1), ("Disabled", 0)])
    def test_where_a_rule_of_the_second_version_says_so(self, status: str, expected: int) -> None:
        rules = read(rule("a", 1, DeleteMarkerReplication={"Status": status}))
        assert expected == len(rules.for_marker("cat", self.MARKER))

    def test_by_every_rule_of_the_first_version(self) -> None:
        rules = read(first_version(Prefix="c"))
        assert 1 == len(rules.for_marker("cat", self.MARKER))
        assert not rules.for_marker("dog", self.MARKER)

    def test_not_where_its_key_is_excluded(self) -> None:
        rules = read(rule("a", 1, Filter={"Not": {"Prefix": "c"}}, DeleteMarkerReplication={"Status": "Enabled"}))
        assert not rules.for_marker("cat", self.MARKER)
        assert 1 == len(rules.for_marker("dog", self.MARKER))

    def test_the_rule_of_the_highest_priority_decides(self) -> None:
        rules = read(rule("a", 1, DeleteMarkerReplication={"Status": "Enabled"}), rule("a", 2))
        assert not rules.for_marker("cat", self.MARKER)


class TestForChange:
    """S3: userguide/replication-for-metadata-changes.html."""

    @pytest.mark.parametrize(("status", "expected"), [("Enabled", 1), ("Disabled", 0)])
    def test_of_a_replica_where_a_rule_says_so(self, status: str, expected: int) -> None:
        rules = read(rule("a", 1, SourceSelectionCriteria={"ReplicaModifications": {"Status": status}}))
        assert expected == len(rules.for_change("cat", version(), is_replica=True))
        assert 1 == len(rules.for_change("cat", version(), is_replica=False))
