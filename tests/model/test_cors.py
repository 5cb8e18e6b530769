"""Which rule allows a request from a page, and what the browser is told."""

from __future__ import annotations

import pytest

from fakes3.model.cors import Rule, find_rule, rules_of


def rules(*stated: dict[str, list[str]]) -> tuple[Rule, ...]:
    return rules_of({"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], **each} for each in stated]})


class TestWildcards:
    """A `*` in an origin or a header stands for any text, also for none."""

    @pytest.mark.parametrize(
        ("pattern", "origin", "expected"),
        [
            ("*", "https://a.example", True),
            ("https://a.example", "https://a.example", True),
            ("https://a.example", "https://A.example", False),
            ("https://a.example", "https://a.example:8080", False),
            ("http*://a.example", "http://a.example", True),
            ("https://*.example", "https://a.b.example", True),
            ("https://*.example", "https://a.example.test", False),
            ("https://a*a.example", "https://a.example", False),
            ("", "https://a.example", False),
        ],
    )
    def test_origins(self, pattern: str, origin: str, *, expected: bool) -> None:
        found = find_rule(rules({"AllowedOrigins": [pattern]}), origin, "GET")
        assert expected is (found is not None)

    @pytest.mark.parametrize(
        ("allowed", "wanted", "expected"),
        [
            ([], [], True),
            ([], ["x-one"], False),
            (["*"], ["x-one", "y"], True),
            (["X-*"], ["x-one", "x-"], True),
            (["X-One"], ["x-one"], True),
            (["x-one"], ["x-one", "y"], False),
            (["x-*-z"], ["x-1-z", "x-z"], False),
        ],
    )
    def test_headers_in_any_case(self, allowed: list[str], wanted: list[str], *, expected: bool) -> None:
        found = find_rule(rules({"AllowedHeaders": allowed}), "https://a.example", "GET", wanted)
        assert expected is (found is not None)


class TestOrder:
    """The first rule that allows all of a request decides."""

    def test_the_first(self) -> None:
        both = rules({"ExposeHeaders": ["one"]}, {"ExposeHeaders": ["two"]})
        found = find_rule(both, "https://a.example", "GET")
        assert found is both[0]

    def test_not_one_that_allows_a_part(self) -> None:
        three = rules(
            {"AllowedMethods": ["PUT"]}, {"AllowedOrigins": ["https://b.example"]}, {"AllowedHeaders": ["x-*"]}
        )
        assert find_rule(three, "https://a.example", "GET", ["x-one"]) is three[2]
        assert find_rule(three, "https://a.example", "POST") is None
