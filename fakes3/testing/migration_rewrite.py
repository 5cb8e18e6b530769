"""A module that uses moto, rewritten: the fake's mock in the place of moto's, or beside it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import libcst as cst

from fakes3.testing.migration_buckets import find_in_literals
from fakes3.testing.migration_decisions import Decision, Elsewhere, Verdict, context_of, decide_all, list_findings
from fakes3.testing.migration_evidence import Evidence, Finding
from fakes3.testing.migration_imports import Edits, edited, with_imports
from fakes3.testing.migration_servers import edit_server
from fakes3.testing.migration_sites import SERVERS, Form, Sites
from fakes3.testing.migration_variables import edit_variable

_MOCK = "_fakes3_puts_its_mock_here"
_FAKE = "_fakes3_puts_its_class_here"
"""Names that stand in a module until its imports are put right: what they become may still be a name of moto's."""


class Rewritten(NamedTuple):
    """What became of a module."""

    content: bytes
    findings: Sequence[Finding]
    instead: int
    """How many uses of moto became fakes3."""
    beside: int
    """How many have fakes3 beside them now."""


class Unreadable(Exception):
    """A module that cannot be read, and why."""


def rewrite(content: bytes, elsewhere: Elsewhere) -> Rewritten:
    """Return a module rewritten, and what a human has to look at in it.

    Args:
        content: The module, in the encoding that it says.
        elsewhere: Returns what the other files use that mention one of some names.

    Raises: Unreadable.
    """
    module, evidence = _parse(content)
    findings = set(find_in_literals(evidence.tree))
    if b"moto" not in content:
        return Rewritten(content, sorted(findings), 0, 0)
    sites = Sites(module)
    decisions = decide_all(sites, evidence, elsewhere)
    decisions = [_make_possible(each) for each in decisions]
    findings |= set(list_findings(decisions, evidence))
    verdicts = [each.verdict for each in decisions]
    counts = verdicts.count(Verdict.INSTEAD), verdicts.count(Verdict.BESIDE)
    if any(counts):
        content = _write(module, sites, decisions).encode(module.encoding)
    return Rewritten(content, sorted(findings), *counts)


def _parse(content: bytes) -> tuple[cst.Module, Evidence]:
    try:
        module = cst.parse_module(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is not told of its escapes here
            evidence = Evidence(module.code)
    except (cst.ParserSyntaxError, SyntaxError, UnicodeDecodeError, LookupError, ValueError, RecursionError) as error:
        (first, *_) = str(error).splitlines() or [""]
        raise Unreadable(f"it is no Python that can be read ({first.strip()})") from None
    if module.bytes != content:
        raise Unreadable("LibCST would not write it as it is")
    return module, evidence


def _make_possible(decision: Decision) -> Decision:
    """Return a decision to rewrite only where the use of a server, or of a mock in a variable, is understood."""
    site, why = decision.site, None
    is_kept_somewhere = site.form is Form.VALUE and context_of(site) is None
    if decision.verdict is Verdict.INSTEAD and site.qualified in SERVERS and edit_server(site, _FAKE) is None:
        why = "the server is not just made, started and stopped in one function. Write `with FakeS3().server() as url`"
    elif decision.verdict is Verdict.BESIDE and is_kept_somewhere and edit_variable(site, _MOCK) is None:
        why = "moto is needed for other services here, and is handed on. Start and stop a mock_s3() beside it"
    return decision if why is None else Decision(site, Verdict.KEPT, why)


def _write(module: cst.Module, sites: Sites, decisions: Sequence[Decision]) -> str:
    """Return the code of a module rewritten as was decided."""
    edits: Edits = {}
    touched = {each.site.imported for each in decisions if each.verdict is not Verdict.KEPT}
    for decision in decisions:
        site = decision.site
        if decision.verdict is Verdict.INSTEAD and site.qualified in SERVERS:
            found = edit_server(site, _FAKE)
            assert found is not None
            edits[found[0]] = found[1]
        elif decision.verdict is Verdict.INSTEAD:
            edits[site.node] = lambda node: cst.Name(_MOCK, lpar=node.lpar, rpar=node.rpar)
        elif decision.verdict is Verdict.BESIDE:
            _put_beside(decision, edits)
    code = edited(module, edits).code
    called = {text: _name_of(name, sites) for text, name in ((_MOCK, "mock_s3"), (_FAKE, "FakeS3")) if text in code}
    names = {needed for _, needed in called.values() if needed is not None}
    code = with_imports(cst.parse_module(code), sites.imported, touched, names).code
    for text, (name, _) in called.items():
        code = code.replace(text, name)
    return code


def _put_beside(decision: Decision, edits: Edits) -> None:
    site = decision.site
    called = cst.Call(cst.Name(_MOCK))
    if site.form is Form.DECORATOR:
        beside: cst.BaseExpression = cst.Name(_MOCK) if site.call is None else called
        edits[site.around[0 if site.call is None else 1]] = lambda decorator: cst.FlattenSentinel(
            [decorator, cst.Decorator(beside)]
        )
    elif site.form is Form.ITEM:
        edits[site.around[1]] = _put_item_beside
    elif (line := context_of(site)) is None:
        edits |= edit_variable(site, _MOCK) or {}
    else:
        call = site.call
        assert call is not None
        again = line.with_changes(leading_lines=[]).deep_replace(call, called)
        edits[line] = lambda updated: cst.FlattenSentinel([updated, again])


def _put_item_beside(item: Any) -> Any:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    has_more = isinstance(item.comma, cst.Comma) and not item.comma.whitespace_after.empty
    first = item.with_changes(comma=item.comma if has_more else comma)
    return cst.FlattenSentinel([first, cst.WithItem(cst.Call(cst.Name(_MOCK)), comma=item.comma)])


def _name_of(name: str, sites: Sites) -> tuple[str, str | None]:
    """Return what something of fakes3 is called in a module, and what has to be imported for that; None for nothing."""
    for each in sites.imported:
        is_there = any(site.imported is each and site.qualified == f"fakes3.{name}" for site in sites.sites)
        is_at_top = len(list(sites.around(each.statement))) == 2  # its line and the module
        if is_there and is_at_top and isinstance(each.statement, cst.ImportFrom):
            return each.name, None
    return (f"fakes3.{name}", "") if name in sites.bound else (name, name)
