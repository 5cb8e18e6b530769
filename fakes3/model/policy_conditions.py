"""Conditions of policies: what must be true of a request besides who asks, what for and of what.

A condition compares the values that the request has for one key with the values that the policy lists. With several
values of the policy it holds if one of them matches; if its operator is negated (`StringNotLike`), if none does.

- A key that the request lacks matches nothing, so a negated operator holds for it. `...IfExists` holds always then.
- `ForAllValues:` wants every value of the request to hold, which is so if there is none; `ForAnyValue:` wants one.
- `Null` asks whether the key is missing, and nothing else.

S3: IAM/UserGuide/reference_policies_elements_condition_operators.html,
IAM/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

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
from fakes3.model.policy_patterns import Template, Tokens, Values, matches, matches_arn

FOR_ALL_VALUES, FOR_ANY_VALUE = "ForAllValues", "ForAnyValue"
NULL = "Null"
IF_EXISTS = "IfExists"

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_NETWORK = re.compile(r"[0-9a-fA-F.:]{2,45}(?:/[0-9]{1,3})?")


@lru_cache(maxsize=1024)
def number(text: str) -> Decimal | None:
    """A number; None if the text is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=1024)
def moment(text: str) -> Decimal | None:
    """A date or a time as seconds since 1970; None if the text is none. A bare number is such seconds already."""
    seconds = number(text)
    return parse_policy_date(text) if seconds is None else seconds


@lru_cache(maxsize=1024)
def network(text: str) -> IPv4Network | IPv6Network | None:
    """A range of addresses in CIDR notation, or one address; None if the text is none."""
    if not _NETWORK.fullmatch(text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _binary(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def _literal(tokens: Tokens) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _equal(wanted: Tokens, value: str) -> bool:
    return _literal(wanted) == value


def _equal_ignoring_case(wanted: Tokens, value: str) -> bool:
    return _literal(wanted).lower() == value.lower()


def _in_network(wanted: Tokens, value: str) -> bool:
    among = network(_literal(wanted))
    try:
        address = ip_address(value)
    except ValueError:
        return False
    # A socket for both families shows an IPv4 client as ::ffff:192.0.2.1.
    mapped = getattr(address, "ipv4_mapped", None)
    return among is not None and (mapped or address) in among


def _ordered(read: Callable[[str], Any], holds: Callable[[Any, Any], bool]) -> Callable[[Tokens, str], bool]:
    """Compare as what `read` makes of both; what it cannot read matches nothing."""

    def compare(wanted: Tokens, value: str) -> bool:
        right, left = read(_literal(wanted)), read(value)
        return right is not None and left is not None and holds(left, right)

    return compare


class Operator(NamedTuple):
    """How values are compared."""

    compare: Callable[[Tokens, str], bool]
    is_negated: bool = False
    has_wildcards: bool = False
    has_variables: bool = False
    is_value: Callable[[str], object] = lambda _: True
    """Whether it can compare with such a value at all: None or False if not."""


def _is_flag(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _is_network(text: str) -> bool:
    return network(text) is not None


def _operators() -> dict[str, Operator]:
    string = Operator(_equal, has_variables=True)
    ignoring_case = string._replace(compare=_equal_ignoring_case)
    like = Operator(matches, has_wildcards=True, has_variables=True)
    arn = Operator(matches_arn, has_wildcards=True, has_variables=True)
    address = Operator(_in_network, is_value=_is_network)
    binary = _ordered(_binary, lambda left, right: bool(left == right))
    found = {
        "StringEquals": string,
        "StringNotEquals": string._replace(is_negated=True),
        "StringEqualsIgnoreCase": ignoring_case,
        "StringNotEqualsIgnoreCase": ignoring_case._replace(is_negated=True),
        "StringLike": like,
        "StringNotLike": like._replace(is_negated=True),
        "Bool": Operator(_equal_ignoring_case, has_variables=True, is_value=_is_flag),
        "BinaryEquals": Operator(binary, is_value=lambda text: _binary(text) is not None),
        "IpAddress": address,
        "NotIpAddress": address._replace(is_negated=True),
        "ArnEquals": arn,
        "ArnLike": arn,
        "ArnNotEquals": arn._replace(is_negated=True),
        "ArnNotLike": arn._replace(is_negated=True),
        NULL: Operator(_equal_ignoring_case, has_variables=True, is_value=_is_flag),
    }
    for family, read in (("Numeric", number), ("Date", moment)):

        def ordered(holds: Callable[[Any, Any], bool], read: Callable[[str], Decimal | None] = read) -> Operator:
            return Operator(_ordered(read, holds), is_value=lambda text: read(text) is not None)

        equals = ordered(lambda left, right: bool(left == right))
        found |= {
            f"{family}Equals": equals,
            f"{family}NotEquals": equals._replace(is_negated=True),
            f"{family}LessThan": ordered(lambda left, right: bool(left < right)),
            f"{family}LessThanEquals": ordered(lambda left, right: bool(left <= right)),
            f"{family}GreaterThan": ordered(lambda left, right: bool(left > right)),
            f"{family}GreaterThanEquals": ordered(lambda left, right: bool(left >= right)),
        }
    return found


OPERATORS = MappingProxyType(_operators())
"""The operators by name, which case matters in, without `ForAllValues:`, `ForAnyValue:` and `IfExists`."""


class Comparison(NamedTuple):
    """An operator as a policy writes it: `ForAnyValue:StringLikeIfExists`."""

    operator: str
    over: str | None = None
    """`ForAllValues` or `ForAnyValue`."""
    if_exists: bool = False

    @property
    def parts(self) -> Operator:
        """How it compares."""
        return OPERATORS[self.operator]


def comparison(text: str) -> Comparison | None:
    """Read an operator; None if there is none of that name.

    >>> comparison("ForAnyValue:StringLikeIfExists")
    Comparison(operator='StringLike', over='ForAnyValue', if_exists=True)
    >>> comparison("stringequals")
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
    """What a request must have for one key."""

    comparison: Comparison
    key: str
    """In lower case."""
    values: tuple[Template, ...]

    def holds(self, values: Values) -> bool:
        """Whether a request fulfils it.

        Args:
            values: The values of the request's condition keys, by lower-case key.
        """
        found = values.get(self.key, ())
        if self.comparison.operator == NULL:
            return self._matches(str(not found), values)
        over, negated = self.comparison.over, self.comparison.parts.is_negated
        if over is not None and not any(found):
            found = ()  # "a null data set, such as an empty string", is as good as none to them
        if not found:
            return self.comparison.if_exists or (over == FOR_ALL_VALUES if over else negated)
        if over == FOR_ALL_VALUES:
            return all(self._matches(value, values) != negated for value in found)
        if over == FOR_ANY_VALUE:
            return any(self._matches(value, values) != negated for value in found)
        return any(self._matches(value, values) for value in found) != negated

    def _matches(self, value: str, values: Values) -> bool:
        """Whether a value of the request matches one of the policy's."""
        compare = self.comparison.parts.compare
        filled = (template.filled(values) for template in self.values)
        return any(tokens is not None and compare(tokens, value) for tokens in filled)
