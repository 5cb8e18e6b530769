"""JSON documents of callers, read more strictly than Python reads them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.json_documents import DuplicateName, Number, describe, load

VALUES = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


class TestLoad:
    """A document says what JSON says, or is refused."""

    @given(VALUES)
    def test_it_reads_what_python_writes(self, value: object) -> None:
        assert value == load(json.dumps(value))

    @pytest.mark.parametrize("text", ["0", "-1.5e3", "9" * 5000])
    def test_numbers_stay_text(self, text: str) -> None:
        assert [Number(text)] == load(f"[{text}]")

    @pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '[{"b": {}, "a": 1, "a": 1}]'])
    def test_equal_names_are_refused(self, text: str) -> None:
        with pytest.raises(DuplicateName) as caught:
            load(text)
        assert "a" == caught.value.name

    @pytest.mark.parametrize("text", ["", "{", "NaN", "[Infinity]", "-Infinity", "{'a': 1}", "[" * 100_000])
    def test_other_text_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError):
            load(text)


class TestDescribe:
    """Errors show a wrong value, but not the contents of a list or object."""

    @pytest.mark.parametrize(
        ("value", "shown"),
        [([1], "List"), ({"a": 1}, "Object"), (Number("1e5"), "1e5"), ("x", "x"), (None, "null"), (True, "true")],
    )
    def test_shown(self, value: object, shown: str) -> None:
        assert shown == describe(value)
