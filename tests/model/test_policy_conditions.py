"""Conditions: each operator of IAM's page on them, missing keys, keys with several values, and variables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fakes3.model.policy_conditions import (
    Comparison,
    Condition,
    parse_comparison,
    parse_date,
    parse_network,
    parse_number,
)
from fakes3.model.policy_patterns import Template

KEY = "aws:key"


def condition(operator: str, *values: str, variables: bool = True) -> Condition:
    parsed = parse_comparison(operator)
    assert parsed is not None
    parts = parsed.parts
    has_variables = variables and parts.has_variables
    templates = [Template.of(each, wildcards=parts.has_wildcards, variables=has_variables) for each in values]
    return Condition(parsed, KEY, tuple(templates))


def holds(operator: str, wanted: str | tuple[str, ...], *got: str, **others: Any) -> bool:
    values = (wanted,) if isinstance(wanted, str) else wanted
    context = {KEY: got} if got else {}
    return condition(operator, *values).holds(context | others.get("context", {}))


USER = "arn:aws:iam::111122223333:user/ada"


class TestOperators:
    """S3: IAM/UserGuide/reference_policies_elements_condition_operators.html"""

    @pytest.mark.parametrize(
        ("operator", "wanted", "got", "expected"),
        [
            ("StringEquals", "ada", "ada", True),
            ("StringEquals", "ada", "Ada", False),
            ("StringEquals", "a*", "ada", False),
            ("StringEquals", "a*", "a*", True),
            ("StringEquals", "", "", True),
            ("StringNotEquals", "ada", "bob", True),
            ("StringNotEquals", "ada", "ada", False),
            ("StringEqualsIgnoreCase", "Ada", "aDA", True),
            ("StringEqualsIgnoreCase", "Ada", "Adam", False),
            ("StringNotEqualsIgnoreCase", "Ada", "aDA", False),
            ("StringLike", "home/*", "home/a/b", True),
            ("StringLike", "home/?", "home/a", True),
            ("StringLike", "home/?", "home/", False),
            ("StringLike", "HOME/*", "home/a", False),
            ("StringNotLike", "home/*", "home/a", False),
            ("StringNotLike", "home/*", "work/a", True),
            ("NumericEquals", "10", "10.0", True),
            ("NumericEquals", "10", "11", False),
            ("NumericEquals", "10", "ten", False),
            ("NumericNotEquals", "10", "11", True),
            ("NumericNotEquals", "10", "ten", True),
            ("NumericLessThan", "10", "9.99", True),
            ("NumericLessThan", "10", "10", False),
            ("NumericLessThanEquals", "10", "10", True),
            ("NumericLessThanEquals", "10", "11", False),
            ("NumericGreaterThan", "10", "9", False),
            ("NumericGreaterThan", "9", "10", True),  # as numbers, not as text
            ("NumericGreaterThan", "-1", "0", True),
            ("NumericGreaterThanEquals", "10", "10", True),
            ("NumericGreaterThanEquals", "10", "9", False),
            ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
            ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
            ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", True),
            ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59.999Z", True),
            ("DateLessThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
            ("DateLessThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
            ("DateGreaterThan", "2026-01-01", "2026-01-01T00:00:01Z", True),
            ("DateGreaterThanEquals", "2026-01-01", "2026-01-01", True),
            ("DateGreaterThanEquals", "2026-01-01", "nonsense", False),
            ("Bool", "true", "true", True),
            ("Bool", "True", "true", True),
            ("Bool", "false", "true", False),
            ("BinaryEquals", "QQ==", "QQ==", True),
            ("BinaryEquals", "QQ==", "QUI=", False),
            ("BinaryEquals", "QQ==", "?", False),
            ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
            ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
            ("IpAddress", "203.0.113.7/24", "203.0.113.9", True),  # bits of the host do not matter
            ("IpAddress", "203.0.113.9", "203.0.113.9", True),
            ("IpAddress", "203.0.113.9", "203.0.113.8", False),
            ("IpAddress", "203.0.113.0/24", "::ffff:203.0.113.9", True),
            ("IpAddress", "2001:db8::/32", "2001:db8:1::1", True),
            ("IpAddress", "2001:db8::/32", "2001:db9::1", False),
            ("IpAddress", "2001:db8::/32", "203.0.113.9", False),
            ("IpAddress", "0.0.0.0/0", "nonsense", False),
            ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
            ("NotIpAddress", "203.0.113.0/24", "198.51.100.1", True),
            ("ArnEquals", USER, USER, True),
            ("ArnEquals", "arn:aws:iam::111122223333:user/*", USER, True),
            ("ArnLike", "arn:aws:iam::*:user/ad?", USER, True),
            ("ArnLike", "arn:*:user/ada", USER, False),
            ("ArnLike", "arn:aws:iam::1*:root", USER, False),
            ("ArnLike", "ARN:aws:iam::*:user/ada", USER, False),
            ("ArnLike", "*", USER, True),
            ("ArnLike", "arn:aws:iam::*", USER, True),
            ("ArnLike", "arn:aws:iam::*", "ada", False),
            ("ArnLike", "arn:aws:iam::111122223333", USER, False),
            ("ArnNotEquals", USER, USER, False),
            ("ArnNotLike", "arn:aws:iam::*:role/*", USER, True),
            ("Null", "true", "ada", False),
            ("Null", "false", "ada", True),
            ("Null", "False", "", True),
        ],
    )
    def test_comparisons(self, operator, wanted, got, expected):
        assert expected == holds(operator, wanted, got)


NEGATED = ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "NumericNotEquals", "DateNotEquals"]
NEGATED += ["NotIpAddress", "ArnNotEquals", "ArnNotLike"]
POSITIVE = ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "NumericEquals", "NumericLessThan", "DateEquals"]
POSITIVE += ["DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "ArnEquals", "ArnLike"]


class TestMissingKeys:
    """A missing key matches nothing: a condition is false, or true if its operator is negated."""

    @pytest.mark.parametrize("operator", POSITIVE)
    def test_nothing_matches(self, operator):
        found = [holds(each, "1") for each in (operator, f"{operator}IfExists", f"ForAllValues:{operator}")]
        assert [False, True, True, False] == [*found, holds(f"ForAnyValue:{operator}", "1")]

    @pytest.mark.parametrize("operator", NEGATED)
    def test_so_nothing_is_kept_out(self, operator):
        found = [holds(each, "1") for each in (operator, f"{operator}IfExists", f"ForAllValues:{operator}")]
        assert [True, True, True, False] == [*found, holds(f"ForAnyValue:{operator}", "1")]

    @pytest.mark.parametrize(("value", "expected"), [("true", True), ("false", False)])
    def test_null_asks_for_it(self, value, expected):
        assert expected == holds("Null", value)

    def test_if_exists_compares_what_exists(self):
        assert [True, False] == [holds("StringEqualsIfExists", "ada", each) for each in ("ada", "bob")]
        assert holds("ForAnyValue:StringEqualsIfExists", "ada")


class TestSeveralValuesOfThePolicy:
    """One of them must match; with a negated operator none may."""

    @pytest.mark.parametrize(
        ("operator", "got", "expected"),
        [
            ("StringEquals", "bob", True),
            ("StringEquals", "eve", False),
            ("StringNotEquals", "bob", False),
            ("StringNotEquals", "eve", True),
        ],
    )
    def test_alternatives(self, operator, got, expected):
        assert expected == holds(operator, ("ada", "bob"), got)

    @pytest.mark.parametrize(("operator", "expected"), [("StringEquals", False), ("StringNotEquals", True)])
    def test_none_at_all(self, operator, expected):
        assert expected == holds(operator, (), "ada")


class TestSeveralValuesOfTheRequest:
    """ForAllValues wants each of them to hold, ForAnyValue one.

    S3: IAM/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """

    @pytest.mark.parametrize(
        ("operator", "got", "expected"),
        [
            ("ForAllValues:StringEquals", ("a", "b"), True),
            ("ForAllValues:StringEquals", ("a",), True),
            ("ForAllValues:StringEquals", ("a", "c"), False),
            ("ForAllValues:StringEquals", ("",), True),
            ("ForAllValues:StringEquals", ("", "c"), False),
            ("ForAnyValue:StringEquals", ("c", "a"), True),
            ("ForAnyValue:StringEquals", ("c", "d"), False),
            ("ForAnyValue:StringEquals", ("",), False),
            ("ForAllValues:StringNotEquals", ("c", "d"), True),
            ("ForAllValues:StringNotEquals", ("c", "a"), False),
            ("ForAnyValue:StringNotEquals", ("c", "a"), True),
            ("ForAnyValue:StringNotEquals", ("a", "b"), False),
            ("ForAnyValue:StringLike", ("a",), True),
            # without either, one that matches is enough, and with a negated operator too much
            ("StringEquals", ("c", "a"), True),
            ("StringEquals", ("c", "d"), False),
            ("StringNotEquals", ("c", "a"), False),
            ("StringNotEquals", ("c", "d"), True),
        ],
    )
    def test_sets(self, operator, got, expected):
        assert expected == holds(operator, ("a", "b"), *got)


class TestVariables:
    """Variables bring in values of other keys. S3: IAM/UserGuide/reference_policies_variables.html"""

    @pytest.mark.parametrize(
        ("operator", "wanted", "got", "expected"),
        [
            ("StringEquals", "${aws:username}", "ada", True),
            ("StringEquals", "${AWS:UserName}", "ada", True),
            ("StringEquals", "x-${ aws:username }-y", "x-ada-y", True),
            ("StringNotEquals", "${aws:username}", "ada", False),
            ("StringEquals", "${aws:missing}", "", False),
            ("StringNotEquals", "${aws:missing}", "", True),
            ("StringEquals", "${aws:missing, 'nobody'}", "nobody", True),
            ("StringEquals", "${aws:username,'nobody'}", "ada", True),
            ("StringEquals", "${aws:missing, ''}", "", True),
            ("StringEquals", "${aws:several}", "a", False),
            ("StringEquals", "${aws:several, 'a'}", "a", False),
            ("StringEquals", "${*}${?}${$}", "*?$", True),
            ("StringLike", "${aws:username}/*", "ada/b", True),
            ("StringLike", "${*}*", "*b", True),
            ("StringLike", "${*}*", "ab", False),
            ("StringLike", "${aws:star}", "ab", False),
            ("StringLike", "${aws:star}", "*", True),
            ("ArnLike", "arn:aws:iam::*:user/${aws:username}", USER, True),
            ("ArnEquals", "${aws:arn}", USER, True),
            ("Bool", "${aws:flag}", "true", True),
            ("StringEquals", "${aws:username", "${aws:username", True),
            ("StringEquals", "${}", "${}", True),
            ("StringEquals", "${aws:username, nobody}", "${aws:username, nobody}", True),
        ],
    )
    def test_values(self, operator, wanted, got, expected):
        context = {
            "aws:username": ("ada",),
            "aws:several": ("a", "b"),
            "aws:star": ("*",),
            "aws:arn": (USER,),
            "aws:flag": ("true",),
        }
        assert expected == holds(operator, wanted, got, context=context)

    def test_there_are_none_in_the_old_version(self):
        old = condition("StringLike", "${*}", variables=False)
        assert [True, False] == [old.holds({KEY: (each,)}) for each in ("${anything}", "*")]


class TestReading:
    """Numbers, dates and addresses are read strictly."""

    @pytest.mark.parametrize("text", ["1", "+1", "-0.5", ".5", "5.", "1e3", "9" * 5_000])
    def test_numbers(self, text):
        assert Decimal(text) == parse_number(text)

    @pytest.mark.parametrize("text", ["", ".", "1_000", "0x1", "NaN", "Infinity", "1e9999", "١", " 1"])
    def test_no_numbers(self, text):
        assert parse_number(text) is None

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("0", 0),
            ("1970-01", 0),
            ("1970-01-01", 0),
            ("1970-01-01T00:01", 60),
            ("1970-01-01T00:00:01", 1),
            ("1970-01-01T00:00:00.5Z", Decimal("0.5")),
            ("1970-01-01T02:00:00+0200", 0),
            ("1969-12-31T22:30:00-01:30", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2024-02-29T23:59:59Z", 1709251199),
        ],
    )
    def test_dates(self, text, seconds):
        assert seconds == parse_date(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "today",
            "2026-02-30",
            "2026-00-01",
            "0000-01-01",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01 00:00:00",
            "2026-W01",
        ],
    )
    def test_no_dates(self, text):
        assert parse_date(text) is None

    @pytest.mark.parametrize(
        "text", ["203.0.113.0/24/8", "203.0.113.0/255.255.255.0", "fe80::1%eth0", "", "/8", "1.2.3.04"]
    )
    def test_no_networks(self, text):
        assert parse_network(text) is None

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Null", Comparison("Null")),
            ("ForAllValues:ArnLike", Comparison("ArnLike", "ForAllValues")),
            ("ForAnyValue:BoolIfExists", Comparison("Bool", "ForAnyValue", if_exists=True)),
            ("IfExists", None),
            ("NullIfExists", None),
            ("ForAnyValue:ForAnyValue:Bool", None),
        ],
    )
    def test_operators(self, text, expected):
        assert expected == parse_comparison(text)
