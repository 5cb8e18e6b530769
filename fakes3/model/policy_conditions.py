"""Conditions of policies, which compare condition keys of a request with values.

A condition compares the values that the request has for one key with the values that the policy lists. It holds if
one of the policy's values matches. With a negated operator (`StringNotLike`) it holds if none does.

- A key that the request lacks matches nothing, so a negated operator holds. With `...IfExists` every operator holds.
- `ForAllValues:` holds if every value of the request does, and so if there is none. `ForAnyValue:` holds if one does.
- `Null` holds if the key is absent ("true") or present ("false").

S3: IAM/UserGuide/reference_policies_elements_condition_operators.html,
IAM/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import operator
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from types import MappingProxyType
from typing import Any, NamedTuple

from fakes3.model.dates import parse_policy_date
from fakes3.model.policy_patterns import ConditionKeys, Template, Tokens, matches, matches_arn

FOR_ALL_VALUES, FOR_ANY_VALUE = "ForAllValues", "ForAnyValue"
NULL = "Null"
IF_EXISTS = "IfExists"

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_NETWORK = re.compile(r"[0-9a-fA-F.:]{2,45}(?:/[0-9]{1,3})?")


@lru_cache(maxsize=1024)
def parse_number(text: str) -> Decimal | None:
    """Return the number that a text writes; None for another text."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=1024)
def parse_date(text: str) -> Decimal | None:
    """Return a date as seconds since 1970; None for another text. A bare number is such seconds already."""
    seconds = parse_number(text)
    return parse_policy_date(text) if seconds is None else seconds


@lru_cache(maxsize=1024)
def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """Return the addresses that a text in CIDR notation names, or the one address; None for another text."""
    if not _NETWORK.fullmatch(text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _parse_base64(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def _literal(tokens: Tokens) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _in_network(wanted: Tokens, value: str) -> bool:
    among = parse_network(_literal(wanted))
    try:
        address = ip_address(value)
    except ValueError:
        return False
    # A socket for both families shows an IPv4 client as ::ffff:192.0.2.1.
    mapped = getattr(address, "ipv4_mapped", None)
    return among is not None and (mapped or address) in among


class Operator(NamedTuple):
    """A way to compare values."""

    compare: Callable[[Tokens, str], bool]
    is_negated: bool = False
    has_wildcards: bool = False
    has_variables: bool = False
    is_value: Callable[[str], object] = lambda _: True
    """Whether a policy may list such a value for it."""


def _compared(parse: Callable[[str], Any], holds: Callable[[Any, Any], bool] = operator.eq) -> Operator:
    """Return an operator on what `parse` makes of both texts. A text that it cannot read matches nothing."""

    def compare(wanted: Tokens, value: str) -> bool:
        right, left = parse(_literal(wanted)), parse(value)
        return right is not None and left is not None and holds(left, right)

    return Operator(compare, is_value=lambda text: parse(text) is not None)


def _operators() -> dict[str, Operator]:
    like = Operator(matches, has_wildcards=True, has_variables=True)
    arn = Operator(matches_arn, has_wildcards=True, has_variables=True)
    ignoring_case = Operator(lambda wanted, value: _literal(wanted).lower() == value.lower(), has_variables=True)
    flag = ignoring_case._replace(is_value=lambda text: text.lower() in {"true", "false"})
    found = {
        "StringEquals": Operator(lambda wanted, value: _literal(wanted) == value, has_variables=True),
        "StringEqualsIgnoreCase": ignoring_case,
        "StringLike": like,
        "Bool": flag,
        "BinaryEquals": _compared(_parse_base64),
        "IpAddress": Operator(_in_network, is_value=lambda text: parse_network(text) is not None),
        "ArnEquals": arn,
        "ArnLike": arn,
        NULL: flag,
    }
    for family, parse in (("Numeric", parse_number), ("Date", parse_date)):
        found |= {
            f"{family}Equals": _compared(parse),
            f"{family}LessThan": _compared(parse, operator.lt),
            f"{family}LessThanEquals": _compared(parse, operator.le),
            f"{family}GreaterThan": _compared(parse, operator.gt),
            f"{family}GreaterThanEquals": _compared(parse, operator.ge),
        }
    found["NotIpAddress"] = found["IpAddress"]._replace(is_negated=True)
    for family in ("String", "Arn", "Numeric", "Date"):
        for comparison in ("Equals", "EqualsIgnoreCase", "Like"):
            if positive := found.get(family + comparison):
                found[f"{family}Not{comparison}"] = positive._replace(is_negated=True)
    return found


OPERATORS = MappingProxyType(_operators())
"""The operators by name, in the exact case, without `ForAllValues:`, `ForAnyValue:` and `IfExists`."""


class Comparison(NamedTuple):
    """An operator as a policy writes it: `ForAnyValue:StringLikeIfExists`."""

    operator: str
    over: str | None = None
    """`ForAllValues` or `ForAnyValue`."""
    if_exists: bool = False

    @property
    def parts(self) -> Operator:
        """The operator of that name."""
        return OPERATORS[self.operator]


def parse_comparison(text: str) -> Comparison | None:
    """Return an operator as a policy writes it; None if there is none of that name.

    >>> parse_comparison("ForAnyValue:StringLikeIfExists")
    Comparison(operator='StringLike', over='ForAnyValue', if_exists=True)
    >>> parse_comparison("stringequals")
    """
    over, _, name = text.rpartition(":")
    if over not in {"", FOR_ALL_VALUES, FOR_ANY_VALUE} or text.startswith(":"):
        return None
    bare = name.removesuffix(IF_EXISTS)
    if bare not in OPERATORS or (bare == NULL and text != NULL):
        return None
    return Comparison(bare, over or None, bare != name)


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one condition key with values."""

    comparison: Comparison
    key: str
    """In lower case."""
    values: tuple[Template, ...]

    def holds(self, keys: ConditionKeys) -> bool:
        """Whether a request with these values of condition keys meets the condition."""
        found = keys.get(self.key, ())
        if self.comparison.operator == NULL:
            return self._matches(str(not found), keys)
        over, negated = self.comparison.over, self.comparison.parts.is_negated
        if over is not None and not any(found):
            found = ()  # both take "a null data set, such as an empty string" for none
        if not found:
            return self.comparison.if_exists or (over == FOR_ALL_VALUES if over else negated)
        if over is None:
            return any(self._matches(value, keys) for value in found) != negated
        quantifier = all if over == FOR_ALL_VALUES else any
        return quantifier(self._matches(value, keys) != negated for value in found)

    def _matches(self, value: str, keys: ConditionKeys) -> bool:
        """Whether a value of the request matches one of the policy's."""
        compare = self.comparison.parts.compare
        patterns = (template.fill(keys) for template in self.values)
        return any(tokens is not None and compare(tokens, value) for tokens in patterns)
