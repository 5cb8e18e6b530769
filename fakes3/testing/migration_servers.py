"""A server of moto's that a function starts and stops, as the `with` of a server of the fake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import libcst as cst
import libcst.matchers as m

from fakes3.testing.migration_sites import Site

_PORT_OF_MOTO = 5000
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost"})


class _Served(NamedTuple):
    """The places, in the body of a function, of the statements that a server lives in."""

    name: str
    made: int
    started: int
    stopped: int
    is_tried: bool
    """Whether it is stopped in the `finally` of a `try`."""


def edit_server(site: Site, fake: str) -> tuple[cst.CSTNode, Callable[[Any], Any]] | None:
    """Return the body of a function and its edit; None where the server does not live and end in that body.

    Args:
        site: Where moto's server is made.
        fake: The name of the class of fakes.
    """
    served = _find(site)
    port = _port_of(site.call) if site.call is not None else None
    if served is None or port is None:
        return None
    block = site.around[3]

    def edit(updated: Any) -> Any:
        body = list(updated.body)
        before = [*body[: served.made], *body[served.made + 1 : served.started]]
        inside = body[served.started + 1 : served.stopped]
        ending = body[served.stopped]
        if served.is_tried:
            inside += _without_stop(ending, served.name)
        made = body[served.made]
        server = cst.Call(cst.Attribute(cst.Call(cst.Name(fake)), cst.Name("server")), [_argument(port)])
        comments = [*body[served.started].leading_lines, *inside[0].leading_lines]
        inside[0] = inside[0].with_changes(leading_lines=comments)
        indented = cst.IndentedBlock(inside, header=made.trailing_whitespace)
        block = cst.With([cst.WithItem(server)], indented, leading_lines=made.leading_lines)
        return updated.with_changes(body=[*before, block, *body[served.stopped + 1 :]])

    return block, edit


def _argument(port: cst.BaseExpression) -> cst.Arg:
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(port, keyword=cst.Name("port"), equal=equal)


def _find(site: Site) -> _Served | None:
    _, assignment, line, block, *others = site.around
    if not isinstance(block, cst.IndentedBlock) or not isinstance(others[0], cst.FunctionDef):
        return None
    if not m.matches(assignment, m.Assign([m.AssignTarget(m.Name())])):
        return None
    name = cst.ensure_type(cst.ensure_type(assignment, cst.Assign).targets[0].target, cst.Name).value
    body = list(block.body)
    made = next(index for index, each in enumerate(body) if each is line)
    started = next((index for index, each in enumerate(body) if _calls(each, name, "start")), None)
    if started is None or _count(body, name) != 3:
        return None  # it is used otherwise too
    for index, each in enumerate(body[started + 1 :], started + 1):
        if _calls(each, name, "stop"):
            return _Served(name, made, started, index, False) if index > started + 1 else None
        if _stops_at_last(each, name):
            return _Served(name, made, started, index, True)
    return None


def _stops_at_last(line: cst.CSTNode, name: str) -> bool:
    """Whether this is a `try` whose `finally` stops the server."""
    if not isinstance(line, cst.Try) or line.finalbody is None:
        return False
    return any(_calls(each, name, "stop") for each in line.finalbody.body.body)


def _count(body: list[cst.BaseStatement], name: str) -> int:
    """Return how often a variable is mentioned: an attribute and what is imported may have the same name."""
    found = 0
    for line in body:
        if not m.matches(line, m.SimpleStatementLine([m.ImportFrom() | m.Import()])):
            found += len(m.findall(line, m.Name(name))) - len(m.findall(line, m.Attribute(attr=m.Name(name))))
    return found


def _calls(line: cst.CSTNode, name: str, method: str) -> bool:
    """Whether a line calls a method of the server, and does nothing else."""
    call = m.Call(m.Attribute(m.Name(name), m.Name(method)), [])
    return m.matches(line, m.SimpleStatementLine([m.Expr(call)]))


def _without_stop(ending: Any, name: str) -> list[Any]:
    """Return the statements of a `try` whose `finally` stops the server: the `with` does that."""
    last = [each for each in ending.finalbody.body.body if not _calls(each, name, "stop")]
    if last:
        body = ending.finalbody.body.with_changes(body=last)
        return [ending.with_changes(finalbody=ending.finalbody.with_changes(body=body))]
    if ending.handlers:
        return [ending.with_changes(finalbody=None)]
    (first, *others) = ending.body.body
    return [first.with_changes(leading_lines=[*ending.leading_lines, *first.leading_lines]), *others]


def _port_of(call: cst.Call) -> cst.BaseExpression | None:
    """Return the port of moto's server; None where its arguments say what the fake's server does not do."""
    port: cst.BaseExpression = cst.Integer(str(_PORT_OF_MOTO))
    for position, argument in enumerate(call.args):
        name = argument.keyword.value if argument.keyword is not None else ["ip_address", "port", "verbose"][position]
        text = argument.value.evaluated_value if isinstance(argument.value, cst.SimpleString) else None
        if name == "port":
            port = cst.Integer(str(text)) if text is not None else argument.value
        elif name == "ip_address" and text not in _THIS_MACHINE:
            return None
    return port
