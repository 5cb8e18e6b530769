"""A mock of moto's that is kept in a variable: one of the fake's beside it is started and stopped where that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst
import libcst.matchers as m

from fakes3.testing.migration_sites import Site

_NAME = "s3_mock"
"""What the second variable is called."""

_CLEANING_UP = m.Name("addCleanup") | m.Name("addClassCleanup") | m.Name("addfinalizer") | m.Name("callback")


def edit_variable(site: Site, mock: str) -> dict[cst.CSTNode, Callable[[Any], Any]] | None:
    """Return the edits; None where the variable does more than be started and stopped.

    Args:
        site: Where moto's mock is made.
        mock: The name of the fake's.
    """
    assignment, line = site.around[1:3]
    made = m.Assign([m.AssignTarget(m.Name() | m.Attribute(m.Name()))])
    if not m.matches(assignment, made) or not m.matches(line, m.SimpleStatementLine([made])):
        return None
    target = cst.ensure_type(assignment, cst.Assign).targets[0].target
    scope = _scope_of(target, site)
    if scope is None or m.findall(scope, m.Name(_NAME)):
        return None
    variable = _matcher_of(target)
    managing = [each for each in m.findall(scope, m.SimpleStatementLine([m.Expr()])) if _manages(each, variable)]
    if len(m.findall(scope, variable)) != 1 + len(managing):
        return None
    other = cst.Name(_NAME) if isinstance(target, cst.Name) else target.with_changes(attr=cst.Name(_NAME))
    assert isinstance(other, cst.Name | cst.Attribute)
    second = cst.Assign([cst.AssignTarget(other)], cst.Call(cst.Name(mock)))
    edits = {line: _followed_by(cst.SimpleStatementLine([second]))}
    for each in managing:
        again = m.replace(
            cst.ensure_type(each, cst.SimpleStatementLine).with_changes(leading_lines=[]), variable, other
        )
        edits[each] = _followed_by(again)
    return edits


def _scope_of(target: cst.BaseExpression, site: Site) -> cst.CSTNode | None:
    """Return where a variable is used: an attribute in its class, a name in its function or in the module."""
    kinds = (cst.ClassDef,) if isinstance(target, cst.Attribute) else (cst.FunctionDef, cst.Module)
    return next((node for node in site.around if isinstance(node, kinds)), None)


def _matcher_of(target: cst.BaseExpression) -> Any:
    if isinstance(target, cst.Attribute):
        return m.Attribute(m.Name(cst.ensure_type(target.value, cst.Name).value), m.Name(target.attr.value))
    return m.Name(cst.ensure_type(target, cst.Name).value)


def _manages(line: cst.CSTNode, variable: Any) -> bool:
    """Whether a statement starts the mock, stops it, or has it stopped later, and does nothing else."""
    started = m.Call(m.Attribute(variable, m.Name("start") | m.Name("stop")), [])
    cleaned = m.Call(m.Attribute(attr=_CLEANING_UP), [m.Arg(m.Attribute(variable, m.Name("stop")))])
    return m.matches(line, m.SimpleStatementLine([m.Expr(started | cleaned)]))


def _followed_by(again: Any) -> Callable[[Any], Any]:
    return lambda line: cst.FlattenSentinel([line, again])
