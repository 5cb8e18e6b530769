"""Evaluates a statement of S3 Select on records, one after the other.

An unknown value makes the result of most operators and functions unknown. A record is selected if the condition of
WHERE is TRUE.

S3: userguide/s3-select-sql-reference-select.html, userguide/s3-select-sql-reference-conditional.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, NamedTuple

from fakes3.model.select_errors import InvalidColumnIndex, MissingHeaders, UnsupportedSqlStructure
from fakes3.model.select_functions import AGGREGATES, FUNCTIONS, ORDERS, calculate, is_like
from fakes3.model.select_syntax import (
    Aggregate,
    Case,
    Cast,
    Function,
    In,
    Is,
    Items,
    Like,
    Literal,
    Node,
    Operator,
    Path,
    Statement,
    Step,
    Wildcard,
)
from fakes3.model.select_timestamps import from_moment
from fakes3.model.select_values import (
    MISSING,
    Name,
    Row,
    Value,
    cast,
    check_number,
    find_column,
    find_member,
    is_equal,
    is_unknown,
)

Record = Value
"""A row, or a value of JSON."""

_TABLE = Name("S3Object")
_FIRST = Name("_1")


class Source(NamedTuple):
    """What is known of the records before they are read."""

    names: tuple[str, ...] | None = None
    """The names of the columns; None where they have only places, as in JSON and in a CSV object without a header."""
    has_columns: bool = True
    """Whether a record is a row."""


def check_bindings(statement: Statement, source: Source) -> None:
    """Refuse a statement that names columns which the object has not, or a path in an object that has columns.

    Raises: MissingHeaders, InvalidColumnIndex, AmbiguousFieldName, UnsupportedSqlStructure.
    """
    aggregates = any(isinstance(each, Aggregate) for each in _walk(statement.columns))
    bare = [each for each in _walk(statement.columns, within_aggregates=False) if isinstance(each, Path)]
    within = (
        inner for each in _walk(statement.columns) if isinstance(each, Aggregate) for inner in _walk(each.argument)
    )
    is_nested = any(isinstance(each, Aggregate) for each in within)
    if (aggregates and bare) or is_nested or any(isinstance(each, Aggregate) for each in _walk(statement.where)):
        raise UnsupportedSqlStructure
    if not source.has_columns:
        return
    if statement.source:
        raise UnsupportedSqlStructure
    for path in _walk((statement.columns, statement.where)):
        name = _column_of(path, statement.alias) if isinstance(path, Path) else None
        if name is None:
            continue
        if name.text == "_0":
            raise InvalidColumnIndex
        if find_column(source.names or (), name) is None:
            known = ", ".join(source.names) if source.names else "_1, _2 and so on"
            raise MissingHeaders(
                reason=f'the object has no column "{name.text}" that a statement can name. Its columns are {known}.'
            )


def _column_of(path: Path, alias: Name | None) -> Name | None:
    """Return the column that a path begins with; None for the whole record."""
    steps = _without_alias(path.steps, alias)
    return steps[0] if steps and isinstance(steps[0], Name) else None


def _without_alias(steps: Sequence[Name | int], alias: Name | None) -> Sequence[Name | int]:
    first = steps[0]
    is_table = isinstance(first, Name) and (
        (alias is not None and first.fits(alias.text)) or (_TABLE.fits(first.text) and not first.is_quoted)
    )
    return steps[1:] if is_table else steps


def _walk(part: Any, *, within_aggregates: bool = True) -> Iterator[Any]:
    """Yield all nodes inside a part of a statement."""
    if isinstance(part, tuple) and not isinstance(part, Name):
        for each in part:
            yield from _walk(each, within_aggregates=within_aggregates)
    elif is_dataclass(part):
        yield part
        if within_aggregates or not isinstance(part, Aggregate):
            for each in fields(part):
                yield from _walk(getattr(part, each.name), within_aggregates=within_aggregates)


def evaluate(statement: Statement, records: Iterable[Record], now: datetime) -> Iterator[Record]:
    """Yield the records of the result. Raises: the errors of expressions, when it comes to them."""
    expressions = _Expressions(statement.alias, now)
    found: Iterator[Record] = (
        each
        for record in records
        for each in expand(record, statement.source)
        if statement.where is None or expressions.evaluate(statement.where, each) is True
    )
    if any(isinstance(each, Aggregate) for each in _walk(statement.columns)):
        found = iter([_Totals(found)])
    if statement.limit == 0:
        return
    for count, record in enumerate(found, 1):
        yield expressions.project(statement, record)
        if count == statement.limit:
            return


def expand(value: Value, steps: Sequence[Step]) -> Iterator[Value]:
    """Yield all that a path leads to. A wildcard that leads to nothing yields MISSING."""
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if not isinstance(step, Wildcard):
        yield from expand(_step(value, step), rest)
        return
    inside: list[Value] = []
    if step is Wildcard.ITEMS and isinstance(value, list):
        inside = value
    elif step is Wildcard.MEMBERS and isinstance(value, dict):
        inside = list(value.values())
    for each in inside or [MISSING]:
        yield from expand(each, rest)


def _step(value: Value, step: Name | int) -> Value:
    if isinstance(step, Name):
        return find_member(value, step)
    return value[step] if isinstance(value, list) and step < len(value) else MISSING


class _Totals(NamedTuple):
    """Stands for the one record of a statement with aggregate functions."""

    records: Iterable[Record]


class _Expressions:
    """Evaluates expressions on a record."""

    def __init__(self, alias: Name | None, now: datetime) -> None:
        self._alias = alias
        self._now = from_moment(now)
        self._totals: dict[Node, Value] = {}
        self._ways: dict[type[Any], Callable[[Any, Record], Value]] = {
            Literal: lambda node, _: node.value,
            Items: lambda node, record: [self.evaluate(each, record) for each in node.items],
            Path: self._find,
            Operator: self._operate,
            Is: self._is,
            In: self._is_in,
            Like: self._is_like,
            Case: self._choose,
            Cast: lambda node, record: cast(self.evaluate(node.node, record), node.kind),
            Function: self._call,
            Aggregate: lambda node, _: self._totals[node],
        }

    def evaluate(self, node: Node, record: Record) -> Value:
        """Return the value of an expression."""
        return self._ways[type(node)](node, record)

    def project(self, statement: Statement, record: Record) -> Record:
        """Return what is selected of a record."""
        if statement.columns is None:
            return record
        if isinstance(record, _Totals):
            self._add_up(statement, record.records)
        names, values = [], []
        for place, column in enumerate(statement.columns, 1):
            names.append(column.name or f"_{place}")
            values.append(self.evaluate(column.node, record))
        return Row(tuple(names), tuple(values))

    def _add_up(self, statement: Statement, records: Iterable[Record]) -> None:
        """Evaluate the aggregate functions of a statement."""
        nodes = [each for each in _walk(statement.columns) if isinstance(each, Aggregate)]
        counts = dict.fromkeys(nodes, 0)
        found: dict[Node, list[Value]] = {each: [] for each in nodes}
        for record in records:
            for node in counts:
                value = None if node.argument is None else self.evaluate(node.argument, record)
                if node.argument is None:
                    counts[node] += 1
                elif not is_unknown(value):
                    counts[node] += 1
                    if node.name != "count":
                        found[node].append(value)
        for node, count in counts.items():
            if node.name == "count":
                self._totals[node] = count
            else:
                self._totals[node] = AGGREGATES[node.name](found[node]) if count else None

    def _find(self, node: Path, record: Record) -> Value:
        steps = _without_alias(node.steps, self._alias)
        if steps is node.steps and steps[0] == _FIRST and not isinstance(record, Row):
            # A record of JSON is its own first column, unless it has a member of that name.
            steps = steps[1:] if find_member(record, _FIRST) is MISSING else steps
        value = record
        for step in steps:
            value = _step(value, step)
        return value

    def _operate(self, node: Operator, record: Record) -> Value:
        if node.sign in {"and", "or"}:
            return self._join(node, record, stop=node.sign == "or")
        values = [self.evaluate(each, record) for each in node.operands]
        for each in values:
            if is_unknown(each):
                return each
        if node.sign == "not":
            return not values[0] if isinstance(values[0], bool) else None
        if len(values) == 1:
            return calculate("-", 0, check_number(values[0]))
        if node.sign in ORDERS:
            return ORDERS[node.sign](*values)
        return calculate(node.sign, *values)

    def _join(self, node: Operator, record: Record, *, stop: bool) -> Value:
        """Return what AND or OR gives: the value that decides alone, else NULL if any is no truth value."""
        result: bool | None = not stop
        for each in node.operands:
            value = self.evaluate(each, record)
            if value is stop:
                return stop
            if not isinstance(value, bool):
                result = None
        return result

    def _is(self, node: Is, record: Record) -> bool:
        value = self.evaluate(node.node, record)
        if node.what == "null":
            return is_unknown(value)
        return value is {"missing": MISSING, "true": True, "false": False}[node.what]

    def _is_in(self, node: In, record: Record) -> bool | None:
        value = self.evaluate(node.node, record)
        others = [self.evaluate(each, record) for each in node.items]
        if is_unknown(value):
            return None
        if any(not is_unknown(each) and is_equal(value, each) for each in others):
            return True
        return None if any(is_unknown(each) for each in others) else False

    def _is_like(self, node: Like, record: Record) -> bool | None:
        escape = None if node.escape is None else self.evaluate(node.escape, record)
        text, pattern = self.evaluate(node.node, record), self.evaluate(node.pattern, record)
        if is_unknown(text) or is_unknown(pattern) or escape is MISSING:
            return None
        return is_like(text, pattern, escape)

    def _choose(self, node: Case, record: Record) -> Value:
        operand = None if node.operand is None else self.evaluate(node.operand, record)
        for condition, result in node.cases:
            value = self.evaluate(condition, record)
            if node.operand is not None:
                value = not is_unknown(operand) and not is_unknown(value) and is_equal(operand, value)
            if value is True:
                return self.evaluate(result, record)
        return self.evaluate(node.other, record)

    def _call(self, node: Function, record: Record) -> Value:
        if node.name == "utcnow":
            return self._now
        values = [self.evaluate(each, record) for each in node.arguments]
        if node.name == "coalesce":
            return next((each for each in values if not is_unknown(each)), None)
        if node.name == "nullif":
            one, other = values
            return None if is_unknown(one) or (not is_unknown(other) and is_equal(one, other)) else one
        if any(is_unknown(each) for each in values):
            return None
        return FUNCTIONS[node.name](node.mode, *values)
