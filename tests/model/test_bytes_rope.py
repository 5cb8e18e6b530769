"""Laws of the rope: it acts as the bytes it holds, however they are cut, and copies none of them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.bytes_rope import WINDOW, LateRope, Rope


def views(source: bytes) -> st.SearchStrategy[memoryview]:
    bounds = st.tuples(st.integers(0, len(source)), st.integers(0, len(source)))
    return bounds.map(lambda cut: memoryview(source)[min(cut) : max(cut)])


PIECES = st.lists(st.binary(max_size=6) | st.binary(max_size=6).flatmap(views), max_size=6)
ROPES = PIECES.map(Rope)
BOUNDS = st.none() | st.integers(-40, 40)
CUTS = st.builds(slice, BOUNDS, BOUNDS)


def sources(rope: Rope) -> set[int]:
    """The `bytes` objects whose memory the rope uses."""
    return {id(memoryview(piece).obj) for piece in rope.pieces}


class TestActsAsItsBytes:
    """A rope has the length, the slices and the equality of its bytes."""

    @given(PIECES)
    def test_a_rope_is_its_pieces_end_to_end(self, pieces):
        whole = b"".join(pieces)
        rope = Rope(pieces)
        assert whole == bytes(rope)
        assert len(whole) == len(rope)
        assert bool(whole) == bool(rope)
        assert [piece for piece in pieces if piece] == [bytes(piece) for piece in rope.pieces]
        assert rope.pieces == tuple(iter(rope))

    @given(ROPES, CUTS)
    def test_a_slice_is_the_slice_of_the_bytes(self, rope, cut):
        assert bytes(rope)[cut] == bytes(rope[cut])
        assert all(rope[cut].pieces)

    @given(ROPES, CUTS, CUTS)
    def test_a_slice_of_a_slice_is_the_slice_of_the_bytes(self, rope, cut, again):
        assert bytes(rope)[cut][again] == bytes(rope[cut][again])

    @given(ROPES, ROPES)
    def test_a_sum_is_both_end_to_end(self, one, other):
        assert bytes(one) + bytes(other) == bytes(one + other)

    @given(st.lists(ROPES))
    def test_concat_joins_in_order(self, ropes):
        assert b"".join(map(bytes, ropes)) == bytes(Rope.concat(ropes))

    @given(ROPES, ROPES)
    def test_ropes_are_equal_when_their_bytes_are(self, one, other):
        assert (bytes(one) == bytes(other)) == (one == other)

    @given(ROPES, CUTS, st.integers(0, 40))
    def test_the_way_a_rope_is_cut_does_not_matter(self, rope, cut, at):
        part = Rope.of(bytes(rope[cut]))
        assert part == rope[cut] == part[:at] + part[at:]
        assert hash(part) == hash(rope[cut]) == hash(part[:at] + part[at:])

    @pytest.mark.parametrize("size", [WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW])
    def test_large_ropes_are_compared_to_the_last_byte(self, size):
        data = bytes(range(256)) * (size // 256 + 1)
        one = Rope.of(data)[:size]
        assert one == Rope((data[:100], data[100:size]))
        assert one != Rope((data[:100], data[100 : size - 1], b"?" if data[size - 1 : size] != b"?" else b"!"))

    def test_a_rope_is_equal_to_ropes_only(self):
        assert Rope.of(b"a") != b"a"

    def test_the_empty_rope_has_no_pieces(self):
        for empty in (
            Rope(),
            Rope.of(b""),
            Rope((b"", memoryview(b""))),
            Rope.concat(()),
            Rope.of(b"abc")[2:1],
        ):
            assert () == empty.pieces
            assert 0 == len(empty)
            assert not empty
            assert b"" == bytes(empty)
            assert Rope() == empty

    @pytest.mark.parametrize("index", [0, -1, "a"])
    def test_a_rope_gives_no_single_bytes(self, index):
        with pytest.raises(TypeError, match="ranges only"):
            Rope.of(b"abc")[index]

    @pytest.mark.parametrize("step", [2, -1, 0])
    def test_a_slice_has_no_step(self, step):
        with pytest.raises(ValueError, match="step"):
            Rope.of(b"abc")[::step]

    def test_the_representation_is_short(self):
        assert "<Rope of 3072 bytes in 2 pieces>" == repr(Rope((b"a" * 1024, b"b" * 2048)))


class TestLate:
    """A late rope is the rope of the bytes that it fetches, once."""

    @given(PIECES.filter(any), CUTS)
    def test_it_is_as_if_its_bytes_had_been_here(self, pieces, cut):
        soon, fetched = Rope(pieces), []

        def fetch():
            fetched.append(True)
            return [bytes(piece) for piece in soon.pieces]

        late = LateRope(len(soon), fetch)
        assert (len(soon), True, late, False) == (len(late), bool(late), late[:], late.is_here)
        assert bytes(soon) == b"".join(late.walk())
        assert not late.is_here
        assert bytes(soon[cut]) == bytes(late[cut])
        assert soon == late
        assert (True, 2) == (late.is_here, len(fetched))
        assert bytes(soon) == b"".join(late.walk())

    def test_it_has_no_other_attributes(self):
        with pytest.raises(AttributeError):
            LateRope(1, lambda: [b"x"]).missing  # noqa: B018


class TestCopiesNothing:
    """Slices and sums use the memory of the pieces they are made from."""

    @given(ROPES, ROPES, CUTS)
    def test_slices_and_sums_use_the_memory_of_their_pieces(self, one, other, cut):
        whole = one + other
        assert sources(one) | sources(other) == sources(whole)
        assert sources(whole[cut]) <= sources(whole)

    def test_a_slice_looks_into_the_original(self):
        data = b"a gigabyte"
        (piece,) = Rope.of(data)[2:6].pieces
        assert data is memoryview(piece).obj
        assert b"giga" == piece

    def test_a_slice_takes_whole_pieces_as_they_are(self):
        first, second, third = b"one", b"two", b"three"
        cut = Rope((first, second, third))[1:-1]
        assert second is cut.pieces[1]
        assert [first, second, third] == [memoryview(piece).obj for piece in cut.pieces]
        assert second is bytes(Rope((first, second, third))[3:6])

    @given(ROPES)
    def test_a_slice_of_everything_is_the_rope_itself(self, rope):
        if rope:
            assert rope is rope[:] is rope[0 : len(rope)] is rope[-100:100]

    def test_a_sum_with_nothing_is_the_rope_itself(self):
        rope = Rope.of(b"abc")
        assert rope is rope + Rope() is Rope() + rope is Rope.concat([Rope(), rope, Rope()])

    def test_bytes_of_one_piece_are_that_very_object(self):
        data = b"".join([b"some ", b"bytes"])
        assert data is bytes(Rope.of(data))
        assert data is bytes(Rope((b"", data)))

    def test_a_view_of_all_of_some_bytes_is_taken_as_those_bytes(self):
        data = b"".join([b"some ", b"bytes"])
        assert data is Rope((memoryview(data),)).pieces[0]

    def test_ten_thousand_parts_are_cut_where_they_are_asked_to_be(self):
        parts = [b"%05d" % number for number in range(10_000)]
        whole = Rope.concat(Rope.of(part) for part in parts)
        assert (b"05000", b"05001") == whole[25_000:25_010].pieces
        assert all(parts[at] is whole[5 * at : 5 * at + 5].pieces[0] for at in range(0, 10_000, 99))


class TestNeverChanges:
    """A rope is made of what cannot change, and refuses the rest."""

    @pytest.mark.parametrize(
        ("piece", "kind"),
        [
            (bytearray(b"abc"), "bytearray"),
            (bytearray(), "bytearray"),
            ("abc", "str"),
            (97, "int"),
            (memoryview(bytearray(b"abc")), "views of bytearray"),
            (memoryview(bytearray(b"abc")).toreadonly(), "views of bytearray"),
        ],
    )
    def test_what_may_change_or_is_not_bytes_is_refused(self, piece, kind):
        with pytest.raises(TypeError, match=rf"not of {kind}\. Take Rope\.of\(bytes\(data\)\)\.$"):
            Rope((piece,))

    @pytest.mark.parametrize(
        "view", [memoryview(b"abcd")[::2], memoryview(b"abcd")[::-1], memoryview(b"abcd").cast("H")]
    )
    def test_a_view_is_a_row_of_bytes(self, view):
        with pytest.raises(TypeError, match="format 'B', one dimension and no gaps"):
            Rope((view,))

    def test_of_takes_bytes_only(self):
        changing: Any = bytearray(b"abc")
        with pytest.raises(TypeError, match="not of bytearray"):
            Rope.of(changing)

    def test_a_view_that_its_owner_releases_stays_readable(self):
        with memoryview(b"abcdef") as view:
            rope = Rope((view[1:4],))
            second = view[2:]
            other = Rope((second,))
            second.release()
        assert b"bcd" == bytes(rope)
        assert b"cdef" == bytes(other)

    def test_attributes_are_refused(self):
        rope: Any = Rope.of(b"abc")
        with pytest.raises(AttributeError):
            rope._body = b""
        with pytest.raises(AttributeError):
            rope.note = "mine"
        with pytest.raises(AttributeError):
            del rope._ends

    def test_a_copy_is_the_rope_itself(self):
        rope = Rope.of(b"abc")
        assert rope is copy.copy(rope) is copy.deepcopy(rope)

    @given(ROPES)
    def test_pickles_keep_the_bytes_and_the_cuts(self, rope):
        again = pickle.loads(pickle.dumps(rope))
        assert rope == again
        assert list(map(bytes, rope)) == list(map(bytes, again))
