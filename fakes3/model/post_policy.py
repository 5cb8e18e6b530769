"""The policy of a browser's form, by which its signer limits what users of the form can upload.

A policy is a JSON document, in Base64, with an expiration and a list of conditions. Each condition is for one field of
the form; only `content-length-range` is for the file. Every field needs a condition, and so does the bucket. So users
can add no field that the signer did not expect.

`parse_form_policy` checks the document, `Policy.check` the fields of a form, and `Policy.check_size` its file.

S3: API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from fakes3.model.dates import parse_iso8601
from fakes3.model.errors import AccessDenied, EntityTooLarge, EntityTooSmall, InvalidPolicyDocument
from fakes3.model.json_documents import Number, describe, load
from fakes3.model.numbers import LARGEST, read_int

EXEMPT = frozenset({"file", "policy", "signature", "x-amz-signature", "awsaccesskeyid"})
"""The fields that need no condition, beside those that begin with `x-ignore-`, in lower case."""

_IGNORED = "x-ignore-"
_EQ, _STARTS_WITH, _RANGE = "eq", "starts-with", "content-length-range"
_EXACT_ONLY = frozenset({"bucket", "success_action_status"})
_EXPIRATION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")
_MEMBERS = ("expiration", "conditions")


class Condition(NamedTuple):
    """The value that one field of the form must have, or with which it must begin.

    A `content-length-range` of other things than sizes is a condition, too, that never holds.
    """

    operator: str
    field: str
    """As the document spells it: `$key`."""
    value: str

    def holds(self, fields: Mapping[str, str]) -> bool:
        """Whether a form meets it, given its fields by lower-case name.

        A form without the field does not, not even `starts-with` an empty value.
        """
        name = self.field.removeprefix("$").lower()
        value = None if self.operator == _RANGE else fields.get(name)
        if value is None or not self.field.startswith("$"):
            return False
        if self.operator == _EQ:
            return value == self.value
        if name in _EXACT_ONLY:
            return False
        # S3 reads a Content-Type as a list, and every item must meet the condition.
        items = [each.strip() for each in value.split(",")] if name == "content-type" else [value]
        return all(each.startswith(self.value) for each in items)

    def __str__(self) -> str:
        if self.operator == _RANGE:
            return f'["{_RANGE}", {self.field}, {self.value}]'
        return json.dumps(list(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that was read from a valid document."""

    expiration: datetime
    conditions: tuple[Condition, ...]
    sizes: tuple[range, ...] = ()
    """The sizes that the file may have are those in all of these ranges."""

    def check(self, fields: Mapping[str, str], *, now: datetime) -> None:
        """Refuse a form that is too late or breaks a condition, given its fields by lower-case name.

        `bucket` is one of these fields. Raises: AccessDenied.
        """
        if now > self.expiration:
            raise _refuse("Policy expired.")
        for condition in self.conditions:
            if not condition.holds(fields):
                raise _refuse(f"Policy Condition failed: {condition}")
        named = {condition.field.removeprefix("$").lower() for condition in self.conditions}
        extra = [name for name in fields if name not in named | EXEMPT and not name.startswith(_IGNORED)]
        if extra:
            raise _refuse(f"Extra input fields: {', '.join(extra)}")

    def check_size(self, size: int) -> None:
        """Refuse a file that is smaller or larger than the policy allows. Both ends are inclusive.

        Raises: EntityTooSmall, EntityTooLarge.
        """
        for allowed in self.sizes:
            if size < allowed.start:
                raise EntityTooSmall(ProposedSize=size, MinSizeAllowed=allowed.start, reason=_OTHER_SIZES)
            if size >= allowed.stop:
                raise EntityTooLarge(ProposedSize=size, MaxSizeAllowed=allowed.stop - 1, reason=_OTHER_SIZES)

    @property
    def largest(self) -> int | None:
        """The most bytes that the file may have; None without a limit."""
        return min((allowed.stop - 1 for allowed in self.sizes), default=None)


def parse_form_policy(text: str) -> Policy:
    """Read the policy in a form's `policy` field.

    Raises: InvalidPolicyDocument.

    >>> document = b'{"expiration": "2030-01-01T12:00:00.000Z", "conditions": [{"bucket": "b"}]}'
    >>> from base64 import b64encode
    >>> parse_form_policy(b64encode(document).decode()).conditions
    (Condition(operator='eq', field='$bucket', value='b'),)
    """
    document = _parse_document(text)
    for name in document:
        _check(name in _MEMBERS, f'Unexpected: "{name}"')
    for name in _MEMBERS:
        _check(name in document, f"Policy missing {name}.")
    expiration = _parse_expiration(document["expiration"])
    listed = document["conditions"]
    _check(isinstance(listed, list), "Invalid 'conditions' value: must be a List.")
    found = [_parse_condition(each) for each in listed]
    conditions = tuple(each for each in found if isinstance(each, Condition))
    return Policy(expiration, conditions, tuple(each for each in found if isinstance(each, range)))


def _parse_document(text: str) -> dict[str, Any]:
    try:
        raw = b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise _invalid("invalid Base64 encoding.") from None
    _check(raw.strip(), "Expecting '{' but found End-of-Input")
    try:
        document: dict[str, Any] = load(raw.decode())
    except ValueError:
        raise _invalid("Invalid JSON.") from None
    _check(isinstance(document, dict), "Invalid JSON.")
    return document


def _parse_expiration(value: Any) -> datetime:
    # Of the forms of ISO 8601, a policy takes only this one.
    moment = parse_iso8601(value) if isinstance(value, str) and _EXPIRATION.fullmatch(value) else None
    if moment is None:
        raise _invalid(f"Invalid 'expiration' value: '{describe(value)}'")
    return moment


def _parse_condition(item: Any) -> Condition | range:
    if isinstance(item, dict):
        problem = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
        _check(len(item) == 1, problem)
        ((name, value),) = item.items()
        _check(isinstance(value, str), "Invalid Simple-Condition: value must be a string.")
        return Condition(_EQ, f"${name}", value)
    _check(isinstance(item, list), "Invalid condition test: must be a List or Object.")
    operator = item[0] if item else ""
    known = operator.lower() if isinstance(operator, str) else ""
    _check(known in {_EQ, _STARTS_WITH, _RANGE}, f"Invalid Condition: unknown operation '{describe(operator)}'.")
    _check(len(item) == 3, f"Invalid {known}: wrong number of arguments.")
    _, first, second = item
    if known == _RANGE:
        return _parse_range(first, second)
    _check(isinstance(first, str) and isinstance(second, str), f"Invalid {known}: value must be a string.")
    return Condition(known, first, second)


def _parse_range(least: Any, most: Any) -> range | Condition:
    """Return the sizes of a content-length-range; the condition that never holds where an end is not a size."""
    first, last = _parse_size(least), _parse_size(most)
    if first is not None and last is not None:
        return range(first, last + 1)
    return Condition(_RANGE, *(each.text if isinstance(each, Number) else _quote(each) for each in (least, most)))


def _parse_size(value: Any) -> int | None:
    """Read one end of a content-length-range: a number, which many forms write as text. None for no size."""
    text = value.text if isinstance(value, Number) else value
    size = read_int(text) if isinstance(text, str) else None
    return None if size is None or size >= LARGEST else size


def _quote(value: Any) -> str:
    """Return a value that is no number as JSON, and a list or object by its type."""
    return json.dumps(value if isinstance(value, bool | None) else describe(value), ensure_ascii=False)


def _check(holds: object, problem: str) -> None:
    if not holds:
        raise _invalid(problem)


def _invalid(problem: str) -> InvalidPolicyDocument:
    return InvalidPolicyDocument(f"Invalid Policy: {problem}")


_OTHER_SIZES = (
    "the policy of the form allows other sizes. Post a file of such a size, or presign with other numbers in its "
    "content-length-range."
)


def _refuse(reason: str) -> AccessDenied:
    return AccessDenied(f"Invalid according to Policy: {reason}")
