"""Laws of the persistent ordered map: it acts as a dict that is kept sorted, and never changes once made."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fakes3.model import ordered_map
from fakes3.model.ordered_map import ABSENT, FILL, LEAST, MOST, OrderedMap

Map = OrderedMap[int, object]
Oracle = dict[int, object]


def made(entries: dict[Any, Any]) -> OrderedMap[Any, Any]:
    return OrderedMap.from_sorted(sorted(entries.items()))


def kept_sorted(oracle: Oracle, start: int | None = None, *, after: bool = False) -> list[tuple[int, object]]:
    def wanted(key: int) -> bool:
        return start is None or key > start or (key == start and not after)

    return sorted(item for item in oracle.items() if wanted(item[0]))


def differences(mine: Oracle, theirs: Oracle) -> list[tuple[int, object, object]]:
    sides = [(key, mine.get(key, ABSENT), theirs.get(key, ABSENT)) for key in sorted(mine.keys() | theirs.keys())]
    return [side for side in sides if side[1] != side[2]]


def nodes(tree: OrderedMap[Any, Any]) -> list[Any]:
    """All nodes, the root first."""
    found = [tree._root]
    for node in found:
        found.extend(getattr(node, "children", ()))
    return found


def check_balanced(tree: OrderedMap[Any, Any]) -> None:
    """Check what makes the tree shallow and its searches right."""

    def check(node: Any, low: Any, high: Any, height: int) -> None:
        assert height == node.height
        assert sorted(set(node.keys)) == list(node.keys)
        assert all((low is None or low <= key) and (high is None or key < high) for key in node.keys)
        if node is not tree._root:
            assert LEAST <= len(node.keys) <= MOST
        if height:
            assert len(node.keys) + 1 == len(node.children)
            bounds = [low, *node.keys, high]
            for child, begin, end in zip(node.children, bounds[:-1], bounds[1:], strict=True):
                check(child, begin, end, height - 1)
        else:
            assert len(node.keys) == len(node.values)

    root = tree._root
    assert len(root.keys) <= MOST
    assert not root.height or root.keys
    check(root, None, None, root.height)
    assert sum(len(node.keys) for node in nodes(tree) if not node.height) == len(tree)


@contextmanager
def opened(patch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """Collect which nodes are looked into."""
    seen: set[int] = set()

    def watched(slot: Any) -> property:
        def read(node: Any) -> Any:
            seen.add(id(node))
            return slot.__get__(node)

        return property(read)

    with patch.context() as during:
        for kind in (ordered_map._Leaf, ordered_map._Branch):
            during.setattr(kind, "keys", watched(kind.__dict__["keys"]))
        during.setattr(ordered_map._Branch, "children", watched(ordered_map._Branch.__dict__["children"]))
        yield seen


KEYS = st.integers(0, 3000)
VALUES = st.one_of(st.none(), st.integers(0, 3))
RUNS = st.builds(range, st.integers(0, 2000), st.integers(1000, 3000), st.integers(1, 7))


class BesideADict(RuleBasedStateMachine):
    """Drives a map beside a dict. Runs of writes grow and shrink the tree by whole levels."""

    def __init__(self) -> None:
        super().__init__()
        self.map: Map = OrderedMap()
        self.oracle: Oracle = {}
        self.kept: list[tuple[Map, Oracle]] = [(self.map, {})]

    @rule(key=KEYS, value=VALUES)
    def set(self, key: int, value: object) -> None:
        self.map = self.map.set(key, value)
        self.oracle[key] = value

    @rule(key=KEYS)
    def delete(self, key: int) -> None:
        self.map = self.map.delete(key)
        self.oracle.pop(key, None)

    @rule(keys=RUNS, value=VALUES, seed=st.none() | st.integers(0, 9))
    def set_a_run(self, keys: range, value: object, seed: int | None) -> None:
        for key in keys if seed is None else Random(seed).sample(keys, len(keys)):
            self.set(key, value)

    @rule(keys=RUNS, seed=st.none() | st.integers(0, 9))
    def delete_a_run(self, keys: range, seed: int | None) -> None:
        for key in keys if seed is None else Random(seed).sample(keys, len(keys)):
            self.delete(key)

    @rule()
    def build_anew(self) -> None:
        again: Map = OrderedMap.from_sorted(iter(sorted(self.oracle.items())))
        assert again == self.map
        self.map = again

    @rule()
    def keep(self) -> None:
        self.kept.append((self.map, dict(self.oracle)))

    @rule(data=st.data())
    def go_back(self, data: st.DataObject) -> None:
        self.map, oracle = data.draw(st.sampled_from(self.kept))
        self.oracle = dict(oracle)

    @rule(key=KEYS)
    def read_one(self, key: int) -> None:
        assert (key in self.oracle) == (key in self.map)
        assert self.oracle.get(key) == self.map.get(key)
        assert self.oracle.get(key, ABSENT) == self.map.get(key, ABSENT)

    @rule(start=st.none() | KEYS, after=st.booleans())
    def read_from_anywhere(self, start: int | None, after: bool) -> None:
        expected = kept_sorted(self.oracle, start, after=after)
        assert expected == list(self.map.scan(start, after=after))
        assert next(iter(expected), None) == self.map.first(start, after=after)

    @precondition(lambda self: self.oracle)
    @rule(data=st.data(), after=st.booleans())
    def read_from_a_key(self, data: st.DataObject, after: bool) -> None:
        self.read_from_anywhere(data.draw(st.sampled_from(sorted(self.oracle))), after)

    @rule(data=st.data())
    def compare(self, data: st.DataObject) -> None:
        other, oracle = data.draw(st.sampled_from(self.kept))
        assert differences(self.oracle, oracle) == list(self.map.diff(other))
        assert differences(oracle, self.oracle) == list(other.diff(self.map))
        assert (oracle == self.oracle) == (other == self.map)

    @invariant()
    def is_balanced(self) -> None:
        assert len(self.oracle) == len(self.map)
        check_balanced(self.map)

    def teardown(self) -> None:
        for old, oracle in [*self.kept, (self.map, self.oracle)]:
            assert kept_sorted(oracle) == list(old.items())


BesideADict.TestCase.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)
TestActsAsADictThatIsKeptSorted = BesideADict.TestCase


class TestOrder:
    """Keys come in S3's order: that of their UTF-8 bytes."""

    @given(st.sets(st.text(st.characters(exclude_categories=["Cs"]))))
    def test_str_keys_are_in_the_order_of_their_utf8_bytes(self, keys):
        tree: OrderedMap[str, int] = OrderedMap()
        for key in keys:
            tree = tree.set(key, len(key))
        assert sorted(keys, key=str.encode) == list(tree)

    @given(st.dictionaries(st.tuples(st.text(max_size=2), st.integers(0, 3)), st.integers()))
    def test_tuples_are_keys_too(self, entries):
        assert sorted(entries.items()) == list(made(entries).items())

    def test_a_scan_begins_at_the_key_or_right_after_it(self):
        tree = made({"a": 1, "b": 2, "c": 3})
        assert [("b", 2), ("c", 3)] == list(tree.scan("b"))
        assert [("c", 3)] == list(tree.scan("b", after=True))
        assert [("c", 3)] == list(tree.scan("bb"))
        assert [] == list(tree.scan("d"))

    def test_a_scan_can_be_left_at_any_item(self):
        tree = made(dict.fromkeys(range(1000)))
        assert (500, None) == next(tree.scan(500))

    def test_first_finds_what_a_scan_begins_with_from_every_key(self):
        tree = made({key: key for key in range(0, 2000, 2)}).delete(998).delete(1000)
        for start in range(-1, 2001):
            for after in (False, True):
                assert next(tree.scan(start, after=after), None) == tree.first(start, after=after)


class TestMapping:
    """A map reads as any mapping does."""

    def test_the_empty_map_has_nothing(self):
        tree: OrderedMap[str, int] = OrderedMap()
        assert 0 == len(tree)
        assert not tree
        assert [] == list(tree)
        assert tree.first() is None
        assert tree.first("a") is None
        assert tree is tree.delete("a")
        assert tree == OrderedMap.from_sorted([])

    def test_keys_items_and_values_are_in_order(self):
        entries = {key: str(key) for key in range(100)}
        tree = made(dict(reversed(entries.items())))
        assert list(entries) == list(tree) == list(tree.keys())
        assert list(entries.values()) == list(tree.values())
        assert list(entries.items()) == list(tree.items())
        assert entries == dict(tree)
        assert (7, "7") in tree.items()

    def test_an_absent_key_is_a_key_error(self):
        with pytest.raises(KeyError, match="'b'"):
            made({"a": 1})["b"]

    def test_a_value_may_be_none(self):
        tree = made({"a": None})
        assert "a" in tree
        assert tree["a"] is None

    @pytest.mark.parametrize("keys", [["b", "a"], ["a", "a"], [*"abcdefg", "f"]])
    def test_from_sorted_refuses_keys_that_do_not_ascend(self, keys):
        with pytest.raises(ValueError, match="strictly ascending"):
            OrderedMap.from_sorted((key, 1) for key in keys)

    def test_the_representation_is_short(self):
        assert "OrderedMap({})" == repr(OrderedMap())
        assert "OrderedMap({'a': 1})" == repr(made({"a": 1}))
        assert "OrderedMap({0: None, 1: None, 2: None, ... 997 more})" == repr(made(dict.fromkeys(range(1000))))


class TestPersistence:
    """A write leaves the map as it was, and shares with it all nodes but those on one path."""

    def test_a_map_refuses_to_be_changed(self):
        tree: Any = made({"a": 1})
        with pytest.raises(AttributeError):
            tree._root = None
        with pytest.raises(AttributeError):
            tree.note = "mine"
        with pytest.raises(AttributeError):
            del tree._size
        with pytest.raises(TypeError):
            tree["a"] = 2

    def test_setting_the_value_that_is_there_is_the_map_itself(self):
        value = object()
        tree = made({"a": value, "b": 2})
        assert tree is tree.set("a", value)
        assert tree is not tree.set("a", object())

    def test_setting_an_equal_value_puts_it_in_place(self):
        value = [1]
        assert value is made({"a": [1]}).set("a", value)["a"]

    def test_deleting_an_absent_key_is_the_map_itself(self):
        tree = made(dict.fromkeys(range(0, 1000, 2)))
        assert all(tree is tree.delete(key) for key in range(-1, 1000, 2))

    def test_an_equal_key_keeps_the_key_that_is_there(self):
        key, equal = "".join(["ke", "y"]), "".join(["k", "ey"])
        (held,) = made({key: 1}).set(equal, 2)
        assert key is held

    @pytest.mark.parametrize("write", [lambda tree: tree.set(50_001, 1), lambda tree: tree.delete(50_000)])
    def test_a_write_copies_one_path(self, write):
        tree = made(dict.fromkeys(range(0, 200_000, 2)))
        copied = {id(node) for node in nodes(write(tree))} - {id(node) for node in nodes(tree)}
        assert tree._root.height + 1 == len(copied)

    def test_pickles_keep_the_items_and_the_sharing(self):
        before = made({key: str(key) for key in range(1000)})
        after = before.set(500, "new")
        again, again_after = pickle.loads(pickle.dumps((before, after)))
        assert before == again
        assert after == again_after
        shared = {id(node) for node in nodes(again)} & {id(node) for node in nodes(again_after)}
        assert len(nodes(before)) - (before._root.height + 1) == len(shared)

    def test_a_copy_is_the_map_itself(self):
        tree = made({"a": 1})
        assert tree is copy.copy(tree)
        assert tree == copy.deepcopy(tree)


class TestBalance:
    """The tree is shallow, however it came about."""

    SIZES = [1, FILL, FILL + 1, MOST + 1, FILL * (FILL + 1), FILL * (FILL + 1) + 1, 20_000]

    @pytest.mark.parametrize("size", SIZES)
    def test_a_tree_built_in_bulk_is_balanced(self, size):
        check_balanced(made(dict.fromkeys(range(size))))

    @pytest.mark.parametrize("order", ["ascending", "descending", "random"])
    def test_growing_and_shrinking_keep_it_balanced(self, order):
        keys = list(range(20_000))
        if order == "random":
            Random(1).shuffle(keys)
        elif order == "descending":
            keys.reverse()
        tree: OrderedMap[int, int] = OrderedMap()
        for key in keys:
            tree = tree.set(key, key)
        check_balanced(tree)
        # Between 13 and 33 children a branch, and 12 and 32 items a leaf.
        assert 2 <= tree._root.height <= 3
        for key in keys[:-MOST]:
            tree = tree.delete(key)
            if not len(tree) % 500:
                check_balanced(tree)
        assert sorted(keys[-MOST:]) == list(tree)
        assert tree._root.height <= 1
        for key in keys[-MOST:]:
            tree = tree.delete(key)
        assert OrderedMap() == tree
        assert 0 == tree._root.height


class TestDiff:
    """A diff lists what differs, in key order, and looks only into nodes that are not shared."""

    @given(st.dictionaries(KEYS, VALUES), st.dictionaries(KEYS, VALUES))
    def test_maps_that_share_nothing_are_compared_by_items(self, mine, theirs):
        assert differences(mine, theirs) == list(made(mine).diff(made(theirs)))

    def test_a_missing_side_is_absent_and_not_none(self):
        assert [("a", None, ABSENT), ("b", ABSENT, None)] == list(made({"a": None}).diff(made({"b": None})))
        assert "ABSENT" == repr(ABSENT)
        assert ABSENT is pickle.loads(pickle.dumps(ABSENT))

    def test_equal_values_do_not_differ(self):
        assert [] == list(made({"a": [1]}).diff(made({"a": [1]})))

    def test_a_map_does_not_differ_from_itself_and_is_not_walked(self, monkeypatch):
        tree = made(dict.fromkeys(range(1000)))
        with opened(monkeypatch) as seen:
            assert [] == list(tree.diff(tree))
        assert set() == seen

    @given(
        changed=st.dictionaries(st.integers(0, 200_000), st.sampled_from(["set", "delete"]), max_size=5),
        run=st.integers(0, 100),
    )
    @settings(deadline=None, max_examples=50)
    def test_few_changes_in_100_000_keys_open_few_nodes(self, changed, run):
        after = HUNDRED_THOUSAND
        mine: Oracle = {}
        theirs: Oracle = {}
        for begin, change in changed.items():
            # A run of them splits leaves, or merges them.
            for key in range(begin, begin + run + 1):
                if key in HUNDRED_THOUSAND:
                    mine[key] = None
                    theirs.setdefault(key, None)
                if change == "set":
                    after, theirs[key] = after.set(key, 1), 1
                else:
                    after = after.delete(key)
                    theirs.pop(key, None)
        with opened(pytest.MonkeyPatch()) as seen:
            found = list(HUNDRED_THOUSAND.diff(after))
        assert differences(mine, theirs) == found
        copied = {id(node) for node in nodes(after)} - HUNDRED_THOUSAND_NODES
        # The copies, what they stand for, and the shared nodes next to where the shape changed.
        assert len(seen) <= 4 * len(copied)

    def test_a_tree_that_grew_by_a_level_is_compared_by_what_is_not_shared(self, monkeypatch):
        before: OrderedMap[int, int] = OrderedMap()
        key = 0
        while before._root.height < 3:
            before, last, key = before.set(key, 0), before, key + 1
        assert last._root.height + 1 == before._root.height
        with opened(monkeypatch) as seen:
            assert [(key - 1, ABSENT, 0)] == list(last.diff(before))
        assert len(nodes(last)) > 500
        assert len(seen) < 12


HUNDRED_THOUSAND: Map = made(dict.fromkeys(range(0, 200_000, 2)))
HUNDRED_THOUSAND_NODES = {id(node) for node in nodes(HUNDRED_THOUSAND)}


class TestEquality:
    """Maps are equal when their items are."""

    @given(st.lists(KEYS, unique=True), st.randoms(use_true_random=False))
    def test_the_way_to_a_map_does_not_matter(self, keys, random):
        built = made({key: str(key) for key in keys})
        random.shuffle(keys)
        written: OrderedMap[int, str] = OrderedMap()
        for key in keys:
            written = written.set(key, "").set(-1, "").set(key, str(key))
        written = written.delete(-1)
        assert built == written
        assert hash(built) == hash(written)
        assert built != written.set(-1, "")

    def test_another_value_makes_another_map(self):
        assert made({"a": 1}) != made({"a": 2})

    def test_no_other_mapping_is_equal(self):
        assert made({"a": 1}) != {"a": 1}

    def test_a_map_of_unhashable_values_has_no_hash(self):
        with pytest.raises(TypeError):
            hash(made({"a": []}))
