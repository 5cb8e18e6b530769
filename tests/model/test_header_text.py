"""One place decides what can be in a header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.header_text import is_header_name, is_header_value, to_header_text

CONTROLS = [chr(code) for code in (*range(0x20), 0x7F) if code != 0x09]


class TestNames:
    """RFC 9110, section 5.6.2: a name is a token."""

    @pytest.mark.parametrize("name", ["x-amz-meta-a", "X-Amz-Meta-A_b", "a", "!#$%&'*+-.^_`|~09"])
    def test_tokens(self, name):
        assert is_header_name(name)

    @pytest.mark.parametrize("name", ["", "a b", "a:", "é", "a\tb", "a\n", "\ufffd", "a/b", 'a"', "(a)", *CONTROLS])
    def test_all_else(self, name):
        assert not is_header_name(name)


class TestValues:
    """RFC 9110, section 5.5: a value has printable characters, blanks, and bytes above ASCII."""

    @pytest.mark.parametrize("value", ["", " ", "a\tb", "é", "\x80\xff", "attachment; filename*=UTF-8''%e2%82%ac"])
    def test_texts_of_bytes(self, value):
        assert is_header_value(value)

    @pytest.mark.parametrize("value", [f"a{each}b" for each in (*CONTROLS, "\r\n", "\r\n ", "漢", "\u0100", "\udcff")])
    def test_line_ends_other_controls_and_what_is_no_byte(self, value):
        assert not is_header_value(value)

    @given(st.text(st.characters(codec=None)))
    def test_every_text_can_be_encoded(self, text):
        kept = to_header_text(text)
        assert text.encode(errors="surrogatepass") == kept.encode("latin-1")
        assert is_header_value(kept) == all(each == "\t" or (each >= " " and each != "\x7f") for each in text)
