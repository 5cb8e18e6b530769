"""The parts of a statement of S3 Select, as `select_parser` makes them and `select_evaluator` evaluates them.

S3: userguide/s3-select-sql-reference-select.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from fakes3.model.select_values import Name, Value


class Wildcard(Enum):
    """The steps of a path in FROM that lead to all that is inside."""

    ITEMS = "[*]"
    MEMBERS = ".*"


Step: TypeAlias = Name | int | Wildcard
"""A step of a path: to a member, to an item by its place, or to all."""


@dataclass(frozen=True)
class Literal:
    """A value that stands in the statement."""

    value: Value


@dataclass(frozen=True)
class Items:
    """A list that stands in the statement."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Path:
    """A column, or what is inside the record: `_1`, `s.name`, `s.projects[0].name`."""

    steps: tuple[Name | int, ...]


@dataclass(frozen=True)
class Operator:
    """An operator with its operands: AND, OR, NOT, a comparison, or one of numbers. A minus may have one operand."""

    sign: str
    operands: tuple[Node, ...]


@dataclass(frozen=True)
class Is:
    """Whether a value is NULL, MISSING, TRUE or FALSE."""

    node: Node
    what: str


@dataclass(frozen=True)
class In:
    """Whether a value is among others."""

    node: Node
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Like:
    """Whether a text has a form."""

    node: Node
    pattern: Node
    escape: Node | None


@dataclass(frozen=True)
class Case:
    """The result of the first case that holds. With an operand, a case holds if it is equal to that."""

    operand: Node | None
    cases: tuple[tuple[Node, Node], ...]
    other: Node


@dataclass(frozen=True)
class Cast:
    """A value as one of another type."""

    node: Node
    kind: str


@dataclass(frozen=True)
class Function:
    """A call of a function. `mode` is the part of a date, or the side that TRIM trims."""

    name: str
    arguments: tuple[Node, ...]
    mode: str = ""


@dataclass(frozen=True)
class Aggregate:
    """A call of an aggregate function; without an argument it is COUNT(*)."""

    name: str
    argument: Node | None


Node: TypeAlias = Literal | Items | Path | Operator | Is | In | Like | Case | Cast | Function | Aggregate


@dataclass(frozen=True)
class Column:
    """A column of the result. Its name is None where it has only its place."""

    node: Node
    name: str | None


@dataclass(frozen=True)
class Statement:
    """A statement."""

    columns: tuple[Column, ...] | None
    """What it selects; None for `*`."""
    source: tuple[Step, ...]
    """The path in FROM, after `S3Object[*]`."""
    alias: Name | None
    where: Node | None
    limit: int | None
