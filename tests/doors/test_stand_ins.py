"""Stand-ins for what compiled libraries define, and the modules that hold it."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.doors.stand_ins import Holders, StandIn


class TestStandIn:
    def test_it_counts_as_the_class_that_it_stands_for(self):
        class Whole:
            name = "whole"

        class Part(Whole):
            pass

        stand_in: Any = StandIn(Whole, lambda given: given)
        assert isinstance(Part(), stand_in)
        assert issubclass(Part, stand_in)
        assert "whole" == stand_in.name
        assert Whole == stand_in
        assert hash(Whole) == hash(stand_in)
        assert repr(Whole) == repr(stand_in)
        assert (Whole | None) == (stand_in | None) == (None | stand_in)
        assert (Whole,) == bases_of(stand_in)

    def test_too_many_arguments_are_refused_by_the_class(self):
        with pytest.raises(TypeError):
            StandIn(dict, lambda given: given, ("first",))(1, 2)


def bases_of(parent: Any) -> tuple[type, ...]:
    class Child(parent):  # type: ignore[misc]
        pass

    return Child.__bases__


class TestHolders:
    def test_each_module_is_searched_once(self, library):
        sought = type("Sought", (), {"__module__": "defines"})
        library("defines", Sought=sought)
        holders = Holders(sought)
        first = library("first", One=sought, Two=sought)
        assert {(first, "One"), (first, "Two")} == set(holders.find())
        del first.Two
        second = library("second", Three=sought)
        assert {(first, "One"), (second, "Three")} == set(holders.find())
