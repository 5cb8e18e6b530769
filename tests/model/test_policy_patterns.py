"""Wildcards and variables of policies, beside a regular expression and a search through all prefixes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.policy_patterns import Template, Variable, Wild, matches, matches_arn, may_begin

PATTERNS = st.text(alphabet="ab*?", max_size=8)
TEXTS = st.text(alphabet="ab\n", max_size=8)


def as_regex(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)


class TestWildcards:
    @given(PATTERNS, TEXTS)
    def test_like_a_regular_expression(self, pattern, text):
        expected = re.fullmatch(as_regex(pattern), text, re.DOTALL) is not None
        assert expected == matches(Template.of(pattern).broadest, text)

    @given(PATTERNS, st.text(alphabet="ab", max_size=4))
    def test_what_may_begin_so_does_for_some_end(self, pattern, prefix):
        tokens = Template.of(pattern).broadest
        # The shortest text that goes on from the prefix, and is like the pattern, ends as the pattern does.
        ends = [re.sub(r"\*", "", pattern[at:]).replace("?", "a") for at in range(len(pattern) + 1)]
        assert any(matches(tokens, prefix + end) for end in ends) == may_begin(tokens, prefix)

    @pytest.mark.parametrize("text", ["", "a", "[a]", "a.b", "\\", "^$", "\ud800", "*"])
    def test_other_characters_stand_for_themselves(self, text):
        assert matches(Template.of(text, wildcards=False).broadest, text)

    def test_parts_of_arns_are_cut_where_a_variable_brings_colons_in(self):
        template = Template.of("arn:aws:iam::${aws:rest}", variables=True)
        tokens = template.fill({"aws:rest": ("1:user/a:b",)})
        assert tokens is not None
        assert [True, False] == [matches_arn(tokens, f"arn:aws:iam::1:user/a:{end}") for end in "bc"]


class TestTemplates:
    def test_pieces(self):
        template = Template.of("a*${aws:UserName}?${b, 'c'}${*}", variables=True)
        expected = ("a", Wild.ANY, Variable("aws:username", None), Wild.ONE, Variable("b", "c"), "*")
        assert (expected, True) == (template.pieces, template.has_variables)

    def test_opened_is_for_whatever_variables_bring_in(self):
        assert ("a/", Wild.ANY) == Template.of("a/${aws:username}", variables=True).broadest

    def test_without_variables_there_is_nothing_to_fill_in(self):
        template = Template.of("${aws:username}")
        assert (("${aws:username}",), False) == (template.fill({}), template.has_variables)

    def test_what_has_no_value_matches_nothing(self):
        template = Template.of("a/${aws:username}", variables=True)
        assert [True, False] == [
            template.matches("a/ada", {"aws:username": ("ada",)}),
            template.matches("a/", {}),
        ]
