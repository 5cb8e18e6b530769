"""An immutable map in key order, whose versions share what they have in common.

All of S3 is held in maps like this one. Writing to a map returns another map and leaves the first as it was. So a
snapshot is a reference, a listing reads one state while writers go on, and a failed operation has changed nothing.

The map is a B-tree with all items in its leaves. A branch holds its children and, between each two of them, a
separator: every key to its left is smaller, every key to its right is equal or larger. A write copies only the nodes
on the way from the root to one leaf (five of them in a map of a million keys) and shares all the others:

    before:       root  = [ left  | "m" | right ]      left  = {"a": 1, "c": 3}
    set("b", 2):  root' = [ left' | "m" | right ]      left' = {"a": 1, "b": 2, "c": 3}

`right` is one object in both. That is how `diff` finds what two maps do not share: it asks "is this the same node?",
and does not look into one that is.

The keys of a bucket are `str`, which Python sorts by code point. That is the order of their UTF-8 bytes, and so S3's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from enum import Enum
from itertools import chain, islice
from operator import lt
from typing import Any, Final, Generic, NoReturn, Protocol, TypeAlias, TypeVar, cast, final, overload


class Comparable(Protocol):
    """What a key must be: sortable with `<`."""

    def __lt__(self, other: Any, /) -> bool: ...


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT
"""Stands in a `diff` for the value of a key that one of the maps does not have (None may be a value)."""

K = TypeVar("K", bound=Comparable)
V = TypeVar("V")
T = TypeVar("T")

MOST: Final = 32
"""The most keys that a node holds. From 24 to 64 the speed hardly changes; larger nodes save some memory."""

LEAST: Final = 12
"""The fewest keys that a node holds, the root aside. It is below half of the most, so that a write and a delete in
turns do not split and merge the same nodes again and again."""

FILL: Final = 2 * LEAST
"""The most keys of a node that is built in bulk: full ones would all split at their next write, up to the root."""


@final
class OrderedMap(Mapping[K, V]):
    """An immutable map in key order: a write returns another map, which shares most nodes with this one.

    `OrderedMap()` is the empty map. Keys are sorted with `<`; None cannot be a key.

    Two of these maps are equal when their items are, however they were made; no other mapping is equal to one. The
    hash is one of all items, like a tuple's: O(n), and a TypeError where a value has none. Maps that are pickled
    together still share their nodes afterwards.

        >>> before = OrderedMap.from_sorted([("a", 1), ("b", 2)])
        >>> after = before.set("c", 3).delete("a")
        >>> list(after.items())
        [('b', 2), ('c', 3)]
        >>> list(before.diff(after))
        [('a', 1, ABSENT), ('c', ABSENT, 3)]
    """

    __slots__ = ("_root", "_size")

    _root: _Node[K, V]
    _size: int

    def __init__(self) -> None:
        _set_root(self, _EMPTY)
        _set_size(self, 0)

    @classmethod
    def from_sorted(cls, items: Iterable[tuple[K, V]]) -> OrderedMap[K, V]:
        """Build a map from items that are in key order already, in O(n).

        Raises ValueError unless every key is larger than the one before it.
        """
        pairs = list(items)
        keys = tuple([key for key, _ in pairs])
        values = tuple([value for _, value in pairs])
        if not all(map(lt, keys, islice(keys, 1, None))):
            raise ValueError("The keys given to from_sorted() must be strictly ascending.")
        return _map(_build(keys, values), len(keys)) if keys else cls()

    # Reading one key

    def __getitem__(self, key: K) -> V:
        """Return the value of a key, in O(log n); KeyError where it is absent."""
        value = self.get(key, ABSENT)
        if value is ABSENT:
            raise KeyError(key)
        return value

    @overload
    def get(self, key: K, /) -> V | None: ...
    @overload
    def get(self, key: K, /, default: V | T) -> V | T: ...
    def get(self, key: K, /, default: V | T | None = None) -> V | T | None:
        """Return the value of a key, or the default where it is absent, in O(log n)."""
        node = self._root
        while isinstance(node, _Branch):
            node = node.children[bisect_right(node.keys, key)]
        keys = node.keys
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            return node.values[at]
        return default

    def __contains__(self, key: object) -> bool:
        """Tell whether a key is in the map, in O(log n)."""
        return self.get(cast(K, key), ABSENT) is not ABSENT

    def first(self, start: K | None = None, *, after: bool = False) -> tuple[K, V] | None:
        """Return the first item of `scan(start, after=after)`, or None where there is none, in O(log n)."""
        node = self._root
        if start is None:
            return _leftmost(node) if self._size else None
        right: _Node[K, V] | None = None
        while isinstance(node, _Branch):
            at = bisect_right(node.keys, start)
            if at < len(node.keys):
                right = node.children[at + 1]
            node = node.children[at]
        at = bisect_right(node.keys, start) if after else bisect_left(node.keys, start)
        if at < len(node.keys):
            return node.keys[at], node.values[at]
        return None if right is None else _leftmost(right)

    # Reading many

    def scan(self, start: K | None = None, *, after: bool = False) -> Iterator[tuple[K, V]]:
        """Walk the items from a key on, in key order: O(log n) to begin, then O(1) for each.

        Args:
            start: the key to begin at, itself in the map or not; None begins at the first.
            after: leave out the item of `start` itself.
        """
        return chain.from_iterable(_pairs(leaf) for leaf in _leaves(self._root, start, after))

    def __iter__(self) -> Iterator[K]:
        """Walk the keys in order."""
        return chain.from_iterable(leaf.keys for leaf in _leaves(self._root))

    def items(self) -> ItemsView[K, V]:
        """Return a view of the items, in key order."""
        return _Items(self)

    def values(self) -> ValuesView[V]:
        """Return a view of the values, in the order of their keys."""
        return _Values(self)

    def __len__(self) -> int:
        """Return the number of keys, in O(1)."""
        return self._size

    def __bool__(self) -> bool:
        """Tell whether there is any key, in O(1)."""
        return self._size > 0

    # Writing

    def set(self, key: K, value: V) -> OrderedMap[K, V]:
        """Return the map with this value for this key, in O(log n).

        Where the key has this very object for its value already, that is the map itself. A key that is in the
        map stays the same object, as in a dict.
        """
        path, leaf = _path(self._root, key)
        keys, values = leaf.keys, leaf.values
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            if values[at] is value:
                return self
            changed = _Leaf(keys, _put(values, at, value))
            return _map(_rewrite(path, changed) if path else changed, self._size)
        node: _Node[K, V] = _Leaf(_insert(keys, at, key), _insert(values, at, value))
        while len(node.keys) > MOST:
            left, separator, right = _halve(node)
            if not path:
                node = _Branch((separator,), (left, right), left.height + 1)
                break
            branch, at = path.pop()
            children = _insert(_put(branch.children, at, right), at, left)
            node = _Branch(_insert(branch.keys, at, separator), children, branch.height)
        return _map(_rewrite(path, node) if path else node, self._size + 1)

    def delete(self, key: K) -> OrderedMap[K, V]:
        """Return the map without this key, in O(log n); the map itself where the key is absent."""
        path, leaf = _path(self._root, key)
        keys, values = leaf.keys, leaf.values
        at = bisect_left(keys, key)
        if at == len(keys) or keys[at] != key:
            return self
        node: _Node[K, V] = _Leaf(keys[:at] + keys[at + 1 :], values[:at] + values[at + 1 :])
        while path and len(node.keys) < LEAST:
            branch, at = path.pop()
            node = _top_up(branch, at, node)
        if not path and isinstance(node, _Branch) and not node.keys:
            (node,) = node.children
        return _map(_rewrite(path, node), self._size - 1)

    # Comparing

    def diff(self, other: OrderedMap[K, V], *, exactly: bool = False) -> Iterator[tuple[K, V | Absent, V | Absent]]:
        """Walk, in key order, the keys whose values differ, as `(key, mine, theirs)`.

        `ABSENT` stands for the value of a key that is on one side only. Values differ when they are neither
        the same object nor equal; with `exactly` equal ones differ too. Nodes that the maps share are passed over
        whole: k writes apart it takes O(k log n), and O(n) where they share nothing.
        """
        # What is left to compare on either side, the next node last.
        mine: list[_Node[K, V]] = [self._root]
        theirs: list[_Node[K, V]] = [other._root]
        i = j = 0  # where the topmost leaf goes on
        while mine and theirs:
            a, b = mine[-1], theirs[-1]
            if a is b:
                mine.pop()
                theirs.pop()
                i = j = 0
                continue
            # Opening the taller one finds the nodes they share again where the trees have changed shape.
            height = max(a.height, b.height)
            if height:
                for stack, node in ((mine, a), (theirs, b)):
                    if isinstance(node, _Branch) and node.height == height:
                        stack.pop()
                        stack.extend(reversed(node.children))
                continue
            a, b = cast(_Leaf[K, V], a), cast(_Leaf[K, V], b)
            while i < len(a.keys) and j < len(b.keys):
                key, their_key = a.keys[i], b.keys[j]
                if key == their_key:
                    value, their_value = a.values[i], b.values[j]
                    i += 1
                    j += 1
                    if value is not their_value and (exactly or value != their_value):
                        yield key, value, their_value
                elif key < their_key:
                    i += 1
                    yield key, a.values[i - 1], ABSENT
                else:
                    j += 1
                    yield their_key, ABSENT, b.values[j - 1]
            if i == len(a.keys):
                mine.pop()
                i = 0
            if j == len(b.keys):
                theirs.pop()
                j = 0
        for key, value in _unpack(mine, i):
            yield key, value, ABSENT
        for key, value in _unpack(theirs, j):
            yield key, ABSENT, value

    def __eq__(self, other: object) -> bool:
        """Tell whether both maps have equal items; like `diff`, this compares only what they do not share."""
        if not isinstance(other, OrderedMap):
            return NotImplemented
        return self._size == other._size and next(self.diff(other), None) is None

    def __hash__(self) -> int:
        return hash(tuple(self.scan()))

    def __repr__(self) -> str:
        shown = [f"{key!r}: {value!r}" for key, value in islice(self.scan(), 3)]
        more = [f"... {self._size - 3} more"] if self._size > 3 else []
        return f"OrderedMap({{{', '.join(shown + more)}}})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("An OrderedMap is immutable.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("An OrderedMap is immutable.")

    def __copy__(self) -> OrderedMap[K, V]:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _map, (self._root, self._size)


# A map refuses attributes; only the slots themselves still take them, and only here.
_set_root = OrderedMap.__dict__["_root"].__set__
_set_size = OrderedMap.__dict__["_size"].__set__


def _map(root: _Node[K, V], size: int) -> OrderedMap[K, V]:
    made: OrderedMap[K, V] = object.__new__(OrderedMap)
    _set_root(made, root)
    _set_size(made, size)
    return made


# Mapping's own views look every key up again.
@final
class _Items(ItemsView[K, V]):
    __slots__ = ()

    _mapping: OrderedMap[K, V]

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return self._mapping.scan()


@final
class _Values(ValuesView[V]):
    __slots__ = ()

    _mapping: OrderedMap[Any, V]

    def __iter__(self) -> Iterator[V]:
        return chain.from_iterable(leaf.values for leaf in _leaves(self._mapping._root))


@final
class _Leaf(Generic[K, V]):
    """Items in key order. Never changed once made; without items only as the root of the empty map."""

    __slots__ = ("keys", "values")

    height: Final = 0

    def __init__(self, keys: tuple[K, ...], values: tuple[V, ...]) -> None:
        self.keys = keys
        self.values = values

    def __reduce__(self) -> tuple[object, ...]:
        return _Leaf, (self.keys, self.values)


@final
class _Branch(Generic[K, V]):
    """Children of equal height, and a separator between each two of them. Never changed once made.

    A separator is a bound, and not always a key of the map: it stays when the key is deleted.
    """

    __slots__ = ("children", "height", "keys")

    def __init__(self, keys: tuple[K, ...], children: tuple[_Node[K, V], ...], height: int) -> None:
        self.keys = keys
        self.children = children
        self.height = height

    def __reduce__(self) -> tuple[object, ...]:
        return _Branch, (self.keys, self.children, self.height)


_Node: TypeAlias = _Leaf[K, V] | _Branch[K, V]
_Path: TypeAlias = list[tuple[_Branch[K, V], int]]

_EMPTY: Final[_Leaf[Any, Any]] = _Leaf((), ())


# Ways down the tree


def _path(node: _Node[K, V], key: K) -> tuple[_Path[K, V], _Leaf[K, V]]:
    """Return the leaf where the key belongs, and the branches above it, each with the way taken."""
    path: _Path[K, V] = []
    while isinstance(node, _Branch):
        at = bisect_right(node.keys, key)
        path.append((node, at))
        node = node.children[at]
    return path, node


def _leftmost(node: _Node[K, V]) -> tuple[K, V]:
    while isinstance(node, _Branch):
        node = node.children[0]
    return node.keys[0], node.values[0]


def _leaves(node: _Node[K, V], start: K | None = None, after: bool = False) -> Iterator[_Leaf[K, V]]:
    """Walk the leaves from a key on; the first of them is cut at that key."""
    if start is None:
        yield from _under([node])
        return
    path, leaf = _path(node, start)
    at = bisect_right(leaf.keys, start) if after else bisect_left(leaf.keys, start)
    yield _Leaf(leaf.keys[at:], leaf.values[at:]) if at else leaf
    for branch, at in reversed(path):
        yield from _under(list(reversed(branch.children[at + 1 :])))


def _pairs(leaf: _Leaf[K, V]) -> Iterator[tuple[K, V]]:
    return zip(leaf.keys, leaf.values, strict=True)


def _under(stack: list[_Node[K, V]]) -> Iterator[_Leaf[K, V]]:
    """Walk the leaves under these nodes, the last node first; this uses the stack up."""
    while stack:
        node = stack.pop()
        if isinstance(node, _Branch):
            stack.extend(reversed(node.children))
        else:
            yield node


def _unpack(stack: list[_Node[K, V]], skip: int) -> Iterator[tuple[K, V]]:
    return islice(chain.from_iterable(map(_pairs, _under(stack))), skip, None)


# New nodes from old ones


# By way of a list: about twice as fast as joining slices.
def _put(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    copy = [*items]
    copy[at] = item
    return tuple(copy)


def _insert(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    copy = [*items]
    copy.insert(at, item)
    return tuple(copy)


def _rewrite(path: _Path[K, V], node: _Node[K, V]) -> _Node[K, V]:
    """Copy the branches of a path, so that they lead to this node, and return the new root."""
    for branch, at in reversed(path):
        node = _Branch(branch.keys, _put(branch.children, at, node), branch.height)
    return node


def _halve(node: _Node[K, V]) -> tuple[_Node[K, V], K, _Node[K, V]]:
    """Cut a node in two, and return the separator between the halves."""
    keys = node.keys
    half = len(keys) // 2
    if isinstance(node, _Leaf):
        return _Leaf(keys[:half], node.values[:half]), keys[half], _Leaf(keys[half:], node.values[half:])
    left = _Branch(keys[:half], node.children[: half + 1], node.height)
    right = _Branch(keys[half + 1 :], node.children[half + 1 :], node.height)
    return left, keys[half], right


def _join(left: _Node[K, V], separator: K, right: _Node[K, V]) -> _Node[K, V]:
    if isinstance(left, _Leaf):
        right = cast(_Leaf[K, V], right)
        return _Leaf(left.keys + right.keys, left.values + right.values)
    right = cast(_Branch[K, V], right)
    return _Branch((*left.keys, separator, *right.keys), left.children + right.children, left.height)


def _top_up(branch: _Branch[K, V], at: int, child: _Node[K, V]) -> _Branch[K, V]:
    """Copy a branch, with a child that has become too small merged with a neighbour, or both made even."""
    gap = max(at - 1, 0)
    if at:
        one = _join(branch.children[gap], branch.keys[gap], child)
    else:
        one = _join(child, branch.keys[gap], branch.children[1])
    keys_before, keys_behind = branch.keys[:gap], branch.keys[gap + 1 :]
    before, behind = branch.children[:gap], branch.children[gap + 2 :]
    if len(one.keys) <= MOST:
        return _Branch(keys_before + keys_behind, (*before, one, *behind), branch.height)
    left, separator, right = _halve(one)
    return _Branch((*keys_before, separator, *keys_behind), (*before, left, right, *behind), branch.height)


def _build(keys: tuple[K, ...], values: tuple[V, ...]) -> _Node[K, V]:
    """Build a tree, level by level, of nodes that are of even size."""
    nodes: list[_Node[K, V]] = []
    lows: list[K] = []
    for begin, end in _evenly(len(keys), FILL):
        nodes.append(_Leaf(keys[begin:end], values[begin:end]))
        lows.append(keys[begin])
    height = 0
    while len(nodes) > 1:
        height += 1
        cuts = list(_evenly(len(nodes), FILL + 1))
        nodes = [_Branch(tuple(lows[i + 1 : j]), tuple(nodes[i:j]), height) for i, j in cuts]
        lows = [lows[begin] for begin, _ in cuts]
    return nodes[0]


def _evenly(total: int, most: int) -> Iterator[tuple[int, int]]:
    """Cut a range into the fewest runs of at most so many, which differ in length by one at most."""
    runs = -(-total // most)
    for run in range(runs):
        yield run * total // runs, (run + 1) * total // runs
