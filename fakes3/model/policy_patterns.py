"""The text of policies: wildcards, and variables that a request fills in.

`*` stands for any run of characters and `?` for any one. `${aws:username}` stands for the value of a condition key,
`${aws:username, 'nobody'}` for the same with a default, and `${*}`, `${?}` and `${$}` for the characters themselves.
A `*` or `?` in the value of a variable is not a wildcard.

Matching takes time in proportion to the pattern times the text at worst, however many wildcards there are. It tries
nothing twice: between two `*` the number of characters is fixed, so the first place that fits is the best one.

S3: IAM/UserGuide/reference_policies_variables.html, IAM/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

ConditionKeys: TypeAlias = Mapping[str, tuple[str, ...]]
"""The values of a request's condition keys, by lower-case key. A key that is absent has no value."""


class Wild(Enum):
    """A wildcard."""

    ANY = "*"
    ONE = "?"


Tokens: TypeAlias = tuple[str | Wild, ...]
"""A pattern: characters that stand for themselves, and wildcards."""


class Variable(NamedTuple):
    """A place for the value of a condition key."""

    key: str
    """In lower case."""
    default: str | None

    def value(self, keys: ConditionKeys) -> str | None:
        """Return its value in a request; None for none and for several, which no variable can stand for."""
        found = keys.get(self.key, ())
        if len(found) == 1:
            return found[0]
        return None if found else self.default


_VARIABLE = re.compile(r"\$\{(?:(?P<literal>[*?$])|\s*(?P<key>[^\s,{}']+)\s*(?:,\s*'(?P<default>[^']*)'\s*)?)\}")
_WILD = re.compile(r"([*?])")
_PARTS_OF_AN_ARN = 6


@dataclass(frozen=True, slots=True)
class Template:
    """A text of a policy, split into its characters, wildcards and variables."""

    text: str
    """As the policy has it."""
    pieces: tuple[str | Wild | Variable, ...]
    has_variables: bool = False

    @classmethod
    def of(cls, text: str, *, wildcards: bool = True, variables: bool = False) -> Template:
        """Split a text. `*` and `?` count only with `wildcards`, and `${...}` only with `variables`."""
        pieces = tuple(_split(text, wildcards, variables))
        return cls(text, pieces, any(isinstance(piece, Variable) for piece in pieces))

    def fill(self, keys: ConditionKeys) -> Tokens | None:
        """Return the pattern with a request's values; None if a variable has no value, so that nothing can match."""
        if not self.has_variables:
            return self.pieces  # type: ignore[return-value]  # there is no Variable in it
        filled = [piece.value(keys) if isinstance(piece, Variable) else piece for piece in self.pieces]
        tokens = tuple(token for token in filled if token is not None)
        return tokens if len(tokens) == len(filled) else None

    @property
    def broadest(self) -> Tokens:
        """The pattern that matches whatever this one matches in some request."""
        return tuple(Wild.ANY if isinstance(piece, Variable) else piece for piece in self.pieces)

    def matches(self, text: str, keys: ConditionKeys) -> bool:
        """Whether it matches a text in a request."""
        tokens = self.fill(keys)
        return tokens is not None and matches(tokens, text)


def _split(text: str, wildcards: bool, variables: bool) -> Iterator[str | Wild | Variable]:
    at = 0
    for found in _VARIABLE.finditer(text) if variables else ():
        yield from _literals(text[at : found.start()], wildcards)
        at = found.end()
        yield found["literal"] or Variable(found["key"].lower(), found["default"])
    yield from _literals(text[at:], wildcards)


def _literals(text: str, wildcards: bool) -> Iterator[str | Wild]:
    for part in filter(None, _WILD.split(text) if wildcards else [text]):
        yield Wild(part) if wildcards and _WILD.match(part) else part


class _Segment(NamedTuple):
    """The part of a pattern between two `*`."""

    regex: re.Pattern[str]
    width: int


def matches(tokens: Tokens, text: str) -> bool:
    """Whether a pattern matches a whole text; case matters.

    >>> matches(Template.of("photos/*/?.jpg").pieces, "photos/2024/05/a.jpg")
    True
    """
    if len(tokens) == 1:  # as nearly all are
        return tokens[0] is Wild.ANY or tokens[0] == text or (tokens[0] is Wild.ONE and len(text) == 1)
    first, *others = _segments(tokens)
    if not others:
        return first.regex.fullmatch(text) is not None
    *middle, last = others
    end = len(text) - last.width
    if first.regex.match(text) is None:
        return False
    at = first.width
    for segment in middle:
        found = segment.regex.search(text, at, max(end, 0))
        if found is None:
            return False
        at = found.end()
    return at <= end and last.regex.match(text, end) is not None


@lru_cache(maxsize=4096)
def _segments(tokens: Tokens) -> tuple[_Segment, ...]:
    """Return the part before the first `*`, those between two that are not empty, and the part after the last."""
    runs: list[list[str | Wild]] = [[]]
    for token in tokens:
        if token is Wild.ANY:
            runs.append([])
        else:
            runs[-1].append(token)
    segments = [_segment(run) for run in runs]
    return (segments[0], *(segment for segment in segments[1:-1] if segment.width), *segments[1:][-1:])


def _segment(run: list[str | Wild]) -> _Segment:
    regex = "".join("." if isinstance(token, Wild) else re.escape(token) for token in run)
    return _Segment(re.compile(regex, re.DOTALL), sum(1 if isinstance(token, Wild) else len(token) for token in run))


def matches_arn(tokens: Tokens, arn: str) -> bool:
    """Whether a pattern matches an ARN: each part of the pattern the same of the ARN's six parts.

    A pattern may have fewer parts if it ends in `*`. Its last part then matches all the parts that are left.

    >>> matches_arn(Template.of("arn:*:s3:::*/b").pieces, "arn:aws:s3:::a:a/b")
    True
    >>> matches_arn(Template.of("arn:aws:s3*").pieces, "arn:aws:s3:::a")
    True
    >>> matches_arn(Template.of("arn:*:a").pieces, "arn:aws:s3:::a")
    False
    """
    parts = arn.split(":", _PARTS_OF_AN_ARN - 1)
    *patterns, last = _parts(tokens)
    count = len(patterns)
    if len(parts) != _PARTS_OF_AN_ARN:
        return False
    if count < _PARTS_OF_AN_ARN - 1 and last[-1:] != (Wild.ANY,):
        return False
    if not all(matches(pattern, part) for pattern, part in zip(patterns, parts, strict=False)):
        return False
    return matches(last, ":".join(parts[count:]))


@lru_cache(maxsize=4096)
def _parts(tokens: Tokens) -> tuple[Tokens, ...]:
    """Split a pattern of ARNs at its first five colons."""
    parts: list[list[str | Wild]] = [[]]
    for token in tokens:
        if isinstance(token, Wild):
            parts[-1].append(token)
            continue
        head, *others = token.split(":", _PARTS_OF_AN_ARN - len(parts))
        parts[-1].append(head)
        parts.extend([other] for other in others)
    return tuple(tuple(token for token in part if token) for part in parts)


def may_begin(tokens: Tokens, prefix: str) -> bool:
    """Whether a pattern matches any text with this prefix.

    >>> may_begin(Template.of("a/*.jpg").pieces, "a/b/")
    True
    >>> may_begin(Template.of("a/*.jpg").pieces, "b/")
    False
    """
    at = 0
    for token in tokens:
        if at >= len(prefix) or token is Wild.ANY:
            return True
        if isinstance(token, str) and token[: len(prefix) - at] != prefix[at : at + len(token)]:
            return False
        at += len(token) if isinstance(token, str) else 1
    return at >= len(prefix)
