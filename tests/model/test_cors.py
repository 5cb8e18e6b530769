"""Which rule allows a request from a page, and what the browser is told."""

from __future__ import annotations

import pytest

from fakes3.model.cors import VARY, Question, Rule, find_rule, rules_of


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
        found = find_rule(rules({"AllowedOrigins": [pattern]}), Question(origin, "GET"))
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
        found = find_rule(rules({"AllowedHeaders": allowed}), Question("https://a.example", "GET", tuple(wanted)))
        assert expected is (found is not None)


class TestOrder:
    """The first rule that allows all of a request decides."""

    def test_the_first(self) -> None:
        both = rules({"ExposeHeaders": ["one"]}, {"ExposeHeaders": ["two"]})
        found = find_rule(both, Question("https://a.example", "GET"))
        assert found is not None
        assert "one" == found["Access-Control-Expose-Headers"]

    def test_not_one_that_allows_a_part(self) -> None:
        three = rules(
            {"AllowedMethods": ["PUT"]},
            {"AllowedOrigins": ["https://b.example"]},
            {"AllowedHeaders": ["x-*"], "ExposeHeaders": ["three"]},
        )
        found = find_rule(three, Question("https://a.example", "GET", ("x-one",)))
        assert found is not None
        assert "three" == found["Access-Control-Expose-Headers"]
        assert find_rule(three, Question("https://a.example", "POST")) is None

    @pytest.mark.parametrize("origins", [["*", "https://a.example"], ["https://a.example", "*"]])
    def test_so_does_the_first_origin(self, origins: list[str]) -> None:
        found = find_rule(rules({"AllowedOrigins": origins}), Question("https://a.example", "GET"))
        public = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET", "Vary": VARY}
        own = {"Access-Control-Allow-Origin": "https://a.example", "Access-Control-Allow-Credentials": "true"}
        assert (public if origins[0] == "*" else public | own) == found
