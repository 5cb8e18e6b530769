"""Versions of objects beside a plain list of entries for each key, which follows the User Guide to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fakes3.model.bytes_rope import LateRope, Rope
from fakes3.model.clock import NULL
from fakes3.model.versions import Attributes, DeleteMarker, Entry, LateVersion, Version, Versioning, Versions

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = st.sampled_from(["", "a", "a/", "a/b", "b", "\U0010ffff"])

Oracle = dict[str, list[Entry]]
"""The entries of each key, newest first."""


def version(sequence: int, id_: str = "") -> Version:
    return Version(sequence, id_ or f"id-{sequence}", WHEN, None, Rope(), "etag", None, Attributes())


def marker(sequence: int, id_: str = "") -> DeleteMarker:
    return DeleteMarker(sequence, id_ or f"id-{sequence}", WHEN, None)


def without_null(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.id != NULL]


class VersionsBesideLists(RuleBasedStateMachine):
    """A bucket's versioning goes from never to enabled or suspended, and between these two as often as you like."""

    def __init__(self) -> None:
        super().__init__()
        self.versions = Versions()
        self.oracle: Oracle = {}
        self.versioning: Versioning | None = None
        self.sequence = 0
        self.before: list[tuple[Versions, Oracle]] = []

    def next_id(self) -> str:
        self.sequence += 1
        return f"id-{self.sequence}" if self.versioning is Versioning.ENABLED else NULL

    def becomes(self, versions: Versions, key: str, entries: list[Entry]) -> None:
        self.before.append((self.versions, self.oracle))
        self.versions = versions
        self.oracle = {**self.oracle, key: entries}
        if not entries:
            del self.oracle[key]

    @rule(versioning=st.sampled_from(Versioning))
    def set_versioning(self, versioning: Versioning) -> None:
        self.versioning = versioning

    @rule(key=KEYS)
    def put(self, key: str) -> None:
        new = version(0, self.next_id())
        new = replace(new, sequence=self.sequence)
        entries = self.oracle.get(key, [])
        if self.versioning is None:
            kept: list[Entry] = []
        elif self.versioning is Versioning.ENABLED:
            kept = entries
        else:
            kept = without_null(entries)
        self.becomes(self.versions.written(key, new, self.versioning), key, [new, *kept])

    @precondition(lambda self: self.versioning is not None)
    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        new = marker(0, self.next_id())
        new = new._replace(sequence=self.sequence)
        entries = self.oracle.get(key, [])
        kept = entries if self.versioning is Versioning.ENABLED else without_null(entries)
        self.becomes(self.versions.hidden(key, new), key, [new, *kept])

    @precondition(lambda self: self.versioning is Versioning.ENABLED)
    @rule(key=KEYS, is_marker=st.booleans(), behind=st.integers(0, 5))
    def replicate(self, key: str, is_marker: bool, behind: int) -> None:
        """A replica of a write in another bucket, which may be older than what is here. It is not "null"."""
        self.sequence += 1
        sequence = self.sequence - behind
        if sequence < 1 or any(entry.sequence == sequence for each in self.oracle.values() for entry in each):
            return
        new = marker(sequence) if is_marker else version(sequence)
        entries = sorted([new, *self.oracle.get(key, [])], key=lambda entry: -entry.sequence)
        self.becomes(self.versions.inserted(key, new), key, entries)

    @precondition(lambda self: self.oracle)
    @rule(data=st.data())
    def delete_version(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.oracle)))
        entries = self.oracle[key]
        gone = data.draw(st.sampled_from(entries))
        kept = [entry for entry in entries if entry is not gone]
        self.becomes(self.versions.without(key, gone), key, kept)

    @precondition(lambda self: any(isinstance(entry, Version) for each in self.oracle.values() for entry in each))
    @rule(data=st.data())
    def change_attributes(self, data: st.DataObject) -> None:
        both = [
            (key, entry)
            for key, entries in sorted(self.oracle.items())
            for entry in entries
            if isinstance(entry, Version)
        ]
        key, old = data.draw(st.sampled_from(both))
        new = replace(old, attributes=Attributes(tags=(("tag", str(self.sequence)),)))
        entries = [new if entry is old else entry for entry in self.oracle[key]]
        self.becomes(self.versions.replaced(key, old, new), key, entries)

    @rule(key=KEYS)
    def each_entry_is_found(self, key: str) -> None:
        entries = self.oracle.get(key, [])
        assert (entries[0] if entries else None) is self.versions.latest(key)
        assert entries == list(self.versions.of(key))
        for entry in entries:
            assert entry is self.versions.find(key, entry.sequence)
        assert self.versions.find(key, 0) is None
        assert self.versions.find(key, self.sequence + 1) is None
        nulls = [entry for entry in entries if entry.id == NULL]
        assert (nulls[0] if nulls else None) is self.versions.null(key)

    @rule()
    def what_was_is_as_it_was(self) -> None:
        for versions, oracle in self.before:
            agree(versions, oracle)

    @invariant()
    def is_what_the_oracle_says(self) -> None:
        agree(self.versions, self.oracle)


def agree(versions: Versions, oracle: Oracle) -> None:
    """The three maps are exactly what the entries of each key make of them."""
    current = {key: entries[0] for key, entries in oracle.items() if isinstance(entries[0], Version)}
    past = {
        (key, -entry.sequence): entry
        for key, entries in oracle.items()
        for entry in entries
        if entry is not current.get(key)
    }
    nulls = {key: entry.sequence for (key, _), entry in past.items() if entry.id == NULL}
    assert current == dict(versions.current)
    assert past == dict(versions.past)
    assert nulls == dict(versions.nulls)
    assert bool(oracle) == bool(versions)


TestVersionsBesideLists = VersionsBesideLists.TestCase


class TestNull:
    """A key has at most one entry with the id "null", wherever in its history it lies."""

    def test_a_null_write_takes_the_null_from_the_middle_of_the_history(self) -> None:
        versions = Versions()
        versions = versions.written("k", version(1, NULL), None)
        versions = versions.written("k", version(2), Versioning.ENABLED)
        versions = versions.written("k", version(3, NULL), Versioning.SUSPENDED)
        assert [3, 2] == [entry.sequence for entry in versions.of("k")]

    def test_a_null_marker_takes_the_null_too(self) -> None:
        versions = Versions()
        versions = versions.written("k", version(1, NULL), None)
        versions = versions.written("k", version(2), Versioning.ENABLED)
        versions = versions.hidden("k", marker(3, NULL))
        assert [marker(3, NULL), version(2)] == list(versions.of("k"))

    def test_a_version_with_an_id_leaves_the_null_alone(self) -> None:
        versions = Versions().written("k", version(1, NULL), None).written("k", version(2), Versioning.ENABLED)
        assert version(1, NULL) == versions.null("k")


class TestDeletedVersion:
    """When the newest entry is removed, the newest that is left takes its place."""

    def test_an_object_under_a_removed_marker_is_current_again(self) -> None:
        versions = Versions().written("k", version(1), Versioning.ENABLED).hidden("k", marker(2))
        versions = versions.without("k", marker(2))
        assert version(1) == versions.current["k"]
        assert not versions.past

    def test_a_marker_under_a_removed_object_hides_the_key_again(self) -> None:
        versions = Versions().hidden("k", marker(1)).written("k", version(2), Versioning.ENABLED)
        versions = versions.without("k", versions.current["k"])
        assert marker(1) == versions.latest("k")
        assert not versions.current

    def test_nothing_is_left_of_the_last_one(self) -> None:
        versions = Versions().written("k", version(1), Versioning.ENABLED)
        versions = versions.without("k", versions.current["k"])
        assert (False, None, []) == (bool(versions), versions.latest("k"), list(versions.of("k")))


class TestSize:
    def test_it_is_that_of_the_body(self) -> None:
        assert 5 == replace(version(1), body=Rope.of(b"hello")).size


class TestLateVersion:
    def test_etag_and_checksum_are_made_at_first_need(self) -> None:
        late = LateVersion.of(1, NULL, WHEN, "1" * 12, LateRope(5, lambda: [b"he", b"llo"]), Attributes())
        assert "5d41402abc4b2a76b9719d911017c592" == late.etag
        assert late.checksum is not None
        assert ("NhCmhg==", 5, False) == (late.checksum.value, late.size, getattr(late.body, "is_here", None))
        assert late.body is replace(late, id="other").body
        with pytest.raises(AttributeError):
            late.missing  # noqa: B018

    def test_two_are_compared_without_their_bytes(self) -> None:
        one, other = (
            LateVersion.of(number, NULL, WHEN, "1" * 12, LateRope(5, lambda: [b"he", b"llo"]), Attributes())
            for number in (1, 2)
        )
        assert one != other
        assert [False, False] == [getattr(each.body, "is_here", None) for each in (one, other)]
        assert one == replace(one)
        assert hash(one) == hash(replace(one))
