"""Numbers that callers write as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.numbers import LARGEST, read_int


class TestReadInt:
    """Any text is a number or none; none is too long."""

    @given(st.integers(0, LARGEST))
    def test_it_reads_what_python_writes(self, number: int) -> None:
        assert number == read_int(str(number)) == read_int(f"000{number}") == read_int(f"+{number}", signed=True)
        assert -number == read_int(f"-{number}", signed=True)

    @pytest.mark.parametrize("digits", [20, 4300, 5000, 100_000])
    def test_long_numbers_are_the_largest(self, digits: int) -> None:
        assert LARGEST == read_int("9" * digits)
        assert -LARGEST == read_int("-" + "9" * digits, signed=True)
        assert 1 == read_int("0" * digits + "1")

    @pytest.mark.parametrize(
        "text", [None, "", " 1", "1 ", "1\n", "1_000", "1.0", "1e3", "0x1", "\u0661", "\u00b2", "-", "+", "--1", "+-1"]
    )
    def test_other_text_is_none(self, text: str | None) -> None:
        assert read_int(text) is None
        assert read_int(text, signed=True) is None

    @pytest.mark.parametrize("text", ["-1", "+1"])
    def test_a_sign_must_be_allowed(self, text: str) -> None:
        assert read_int(text) is None

    @given(st.text())
    def test_any_text_may_be_sent(self, text: str) -> None:
        read_int(text)
        read_int(text, signed=True)
