"""Pages of keys beside a plain walk over all of them. S3: userguide/using-prefixes.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.listing import MOST_KEYS, common_prefix, end_of, page, position_of, token_of
from fakes3.model.ordered_map import OrderedMap

LAST = "\U0010ffff"

ALPHABET = st.sampled_from(["a", "b", "/", "//", "-", "é", "\ud7ff", "\ue000", LAST])
TEXTS = st.lists(ALPHABET, max_size=5).map("".join)
KEYS = st.sets(TEXTS.filter(bool), max_size=30)
PREFIXES = TEXTS.map(lambda text: text[:2])
DELIMITERS = st.sampled_from(["", "/", "//", "a", "a/", "é", LAST, "/a/"])
SIZES = st.integers(min_value=1, max_value=7)

Item = tuple[str, str]


def stored(keys: set[str]) -> OrderedMap[str, int]:
    return OrderedMap.from_sorted((key, number) for number, key in enumerate(sorted(keys)))


def everything(keys: set[str], prefix: str, delimiter: str) -> list[Item]:
    """What a listing has to tell, from beginning to end: keys and common prefixes in one order."""
    told: list[Item] = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix):
            continue
        rest = key[len(prefix) :]
        if delimiter and delimiter in rest:
            item = ("prefix", prefix + rest.partition(delimiter)[0] + delimiter)
        else:
            item = ("key", key)
        if item not in told:
            told.append(item)
    return told


def following(items: list[Item], after: str | None) -> list[Item]:
    """What is left for a marker: of common prefixes those that do not begin the marker."""
    if after is None:
        return items
    return [(kind, text) for kind, text in items if text > after and not (kind == "prefix" and after.startswith(text))]


def shown(found: Any) -> list[Item]:
    both = [("key", key) for key, _ in found.items] + [("prefix", each) for each in found.prefixes]
    return sorted(both, key=lambda item: item[1])


def pages(keys: OrderedMap[str, int], prefix: str, delimiter: str, size: int) -> Iterator[Any]:
    after: str | None = None
    while True:
        found = page(keys, prefix=prefix, delimiter=delimiter, after=after, limit=size)
        yield found
        if not found.is_truncated:
            return
        after = position_of(token_of(found.last))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def many() -> OrderedMap[str, int]:
    """Keys enough to tell a page's cost from the bucket's size."""
    return stored({f"one/{number:06}" for number in range(100_000)} | {f"two/{n}/x" for n in range(50)} | {"z"})


class TestPage:
    """A page is a stretch of the keys and common prefixes in the order of their UTF-8 bytes."""

    @given(KEYS, PREFIXES, DELIMITERS, SIZES, st.none() | TEXTS)
    def test_it_is_what_a_walk_over_all_keys_finds(
        self, keys: set[str], prefix: str, delimiter: str, size: int, after: str | None
    ) -> None:
        expected = following(everything(keys, prefix, delimiter), after)
        found = page(stored(keys), prefix=prefix, delimiter=delimiter, after=after, limit=size)
        assert expected[:size] == shown(found)
        assert (len(expected) > size) == found.is_truncated
        assert (expected[:size][-1][1] if expected else None) == found.last

    @given(KEYS, PREFIXES, DELIMITERS, SIZES)
    def test_page_after_page_nothing_is_repeated_and_nothing_is_lost(
        self, keys: set[str], prefix: str, delimiter: str, size: int
    ) -> None:
        seen = [item for found in pages(stored(keys), prefix, delimiter, size) for item in shown(found)]
        assert everything(keys, prefix, delimiter) == seen

    @given(KEYS, PREFIXES, DELIMITERS, SIZES)
    def test_no_page_but_the_last_is_short_and_none_is_empty(
        self, keys: set[str], prefix: str, delimiter: str, size: int
    ) -> None:
        sizes = [len(shown(found)) for found in pages(stored(keys), prefix, delimiter, size)]
        assert [size] * (len(sizes) - 1) == sizes[:-1]
        assert sizes[-1] > 0 or not everything(keys, prefix, delimiter)

    @given(KEYS, PREFIXES, DELIMITERS, SIZES, st.data())
    def test_a_listing_goes_on_from_its_position_though_keys_were_deleted(
        self, keys: set[str], prefix: str, delimiter: str, size: int, data: st.DataObject
    ) -> None:
        first = page(stored(keys), prefix=prefix, delimiter=delimiter, limit=size)
        if first.last is None:
            return
        left = data.draw(st.sets(st.sampled_from(sorted(keys))))
        rest = page(stored(left), prefix=prefix, delimiter=delimiter, after=first.last)
        assert following(everything(left, prefix, delimiter), first.last) == shown(rest)

    def test_values_come_with_their_keys(self) -> None:
        assert [("a", 0), ("b", 1)] == page(stored({"a", "b"})).items

    @pytest.mark.parametrize("limit", [0, -1])
    def test_a_page_of_nothing_is_not_truncated(self, limit: int) -> None:
        found = page(stored({"a", "b"}), limit=limit)
        assert ([], False, None) == (shown(found), found.is_truncated, found.last)

    def test_keys_are_ordered_by_their_bytes(self) -> None:
        keys = ["A", "a", "a-", "a.", "a/", "a0", "~", "é", "\uffff", "\U00010000"]
        assert keys == [key for key, _ in page(stored(set(keys))).items]

    def test_a_page_has_a_thousand_at_most_unless_more_is_asked_for(self) -> None:
        found = page(stored({f"{number:05}" for number in range(MOST_KEYS + 1)}))
        assert (1000, True, "00999") == (len(found.items), found.is_truncated, found.last)


class TestCost:
    """A common prefix costs as much as one key, however many keys it stands for."""

    @pytest.fixture
    def scanned(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        read: list[str] = []
        really_scan = OrderedMap.scan

        def scan(self: Any, start: Any = None, *, after: bool = False) -> Iterator[tuple[Any, Any]]:
            for key, value in really_scan(self, start, after=after):
                read.append(key)
                yield key, value

        monkeypatch.setattr(OrderedMap, "scan", scan)
        return read

    def test_of_a_hundred_thousand_keys_under_one_prefix_one_is_read(
        self, many: OrderedMap[str, int], scanned: list[str]
    ) -> None:
        found = page(many, delimiter="/")
        assert ["one/", "two/"] == found.prefixes
        assert ["one/000000", "two/0/x", "z"] == scanned

    def test_a_page_of_common_prefixes_reads_as_many_keys_and_one_more(
        self, many: OrderedMap[str, int], scanned: list[str]
    ) -> None:
        assert page(many, prefix="two/", delimiter="/", limit=10).is_truncated
        assert 11 == len(scanned)

    def test_a_page_of_keys_reads_as_many_and_one_more(self, many: OrderedMap[str, int], scanned: list[str]) -> None:
        assert page(many, after="one/050000", limit=10).is_truncated
        assert 11 == len(scanned)

    def test_a_marker_within_a_common_prefix_steps_over_all_of_it(
        self, many: OrderedMap[str, int], scanned: list[str]
    ) -> None:
        assert ["two/"] == page(many, delimiter="/", after="one/000001").prefixes
        assert ["two/0/x", "z"] == scanned


class TestCommonPrefix:
    """Keys that contain the delimiter after the prefix roll up to what ends with it."""

    @pytest.mark.parametrize(
        ("key", "prefix", "delimiter", "expected"),
        [
            ("a/b", "", "/", "a/"),
            ("a/b/c", "a/", "/", "a/b/"),
            ("a/b", "a/", "/", None),
            ("dir/", "", "/", "dir/"),
            ("dir/", "dir/", "/", None),
            ("/a", "", "/", "/"),
            ("a//b", "a/", "/", "a//"),
            ("a||b", "", "||", "a||"),
            ("a|b", "", "||", None),
            ("a/b", "", "", None),
            ("a/b", "b", "/", None),
            ("photos-2026", "photo", "-", "photos-"),
        ],
    )
    def test_it_is_all_up_to_the_first_delimiter_after_the_prefix(
        self, key: str, prefix: str, delimiter: str, expected: str | None
    ) -> None:
        assert expected == common_prefix(key, prefix, delimiter)


class TestEndOfPrefix:
    """The least string after all that begin with a prefix."""

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("a/", "a0"),
            ("a" + LAST, "b"),
            ("a" + LAST * 3, "b"),
            ("\ud7ff", "\ud800"),  # which no key begins with: it is but a place to go on from
            (LAST, None),
            (LAST * 2, None),
            ("", None),
        ],
    )
    def test_the_last_character_that_can_be_raised_is(self, prefix: str, expected: str | None) -> None:
        assert expected == end_of(prefix)

    @given(st.text(), st.text())
    def test_nothing_lies_between(self, prefix: str, text: str) -> None:
        end = end_of(prefix)
        assert text.startswith(prefix) == (text >= prefix and (end is None or text < end))


class TestTokens:
    """A continuation token is opaque; what S3 never gave out is refused."""

    @given(st.text())
    def test_a_token_stands_for_its_position(self, position: str) -> None:
        assert position == position_of(token_of(position))

    @given(st.text())
    def test_a_token_is_safe_in_urls(self, position: str) -> None:
        token = token_of(position)
        assert token.isascii()
        assert not set(token) & set("+/ &?#%")

    @given(st.text())
    def test_any_other_text_is_none(self, text: str) -> None:
        position = position_of(text)
        assert position is None or token_of(position) == text

    @pytest.mark.parametrize("token", ["", "test_4", "a", "====", "é", "MTIzNDU2", "MTIzNDU2Nzg5"])
    def test_what_s3_never_gave_out_is_none(self, token: str) -> None:
        assert position_of(token) is None
