"""What becomes of each use of moto in a module: the fake's mock in its place, the fake's mock beside it, or nothing.

Beside each other both are right in every case: the fake answers for S3, and moto for the rest. So where nothing says
whether other services are used, moto stays, and a human is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum

import libcst as cst

from fakes3.testing.migration_evidence import Evidence, Finding, Part, Services
from fakes3.testing.migration_sites import MOCKS_OF_ALL, MOCKS_OF_S3, SERVERS, Form, Imported, Site, Sites

Elsewhere = Callable[[Collection[str]], Services]
"""Returns what the other files use that mention one of some names."""

OF_S3 = frozenset({"s3", "s3control"})

_MAY_GO = "Leave moto's out if the test needs no other service"


class Verdict(Enum):
    """What becomes of a use of moto."""

    INSTEAD = "the fake's mock takes its place"
    BESIDE = "the fake's mock stands beside it"
    KEPT = "it stays"


@dataclass(frozen=True)
class Decision:
    """What becomes of one use of moto, and what a human has to look at."""

    site: Site
    verdict: Verdict
    why: str | None = None
    """What could not be decided, and what to do."""


def decide_all(sites: Sites, evidence: Evidence, elsewhere: Elsewhere) -> list[Decision]:
    """Return a decision for each use of a mock or of a server of moto's."""
    decisions = []
    for site in sites.sites:
        if site.qualified in MOCKS_OF_ALL | MOCKS_OF_S3 or (site.qualified in SERVERS and site.call is not None):
            decisions.append(_decide(site, sites, evidence, elsewhere))
        elif site.qualified in {"moto.mock_s3_deprecated", "moto.mock_s3control"}:
            decisions.append(Decision(site, Verdict.KEPT, f"{site.qualified} has no counterpart. Write mock_s3"))
    return decisions


def list_findings(decisions: Collection[Decision], evidence: Evidence) -> Iterator[Finding]:
    """Yield what a human has to look at, once for each import that stands on a condition."""
    told: set[Imported] = set()
    for decision in decisions:
        site = decision.site
        if not site.imported.is_plain:
            if site.imported not in told:
                told.add(site.imported)
                yield Finding(site.imported.line, str(decision.why))
        elif decision.why is not None:
            yield Finding(site.line, decision.why)
    yield from _find_nested(decisions, evidence)


def _decide(site: Site, sites: Sites, evidence: Evidence, elsewhere: Elsewhere) -> Decision:
    services = _services_around(site, evidence, elsewhere)
    has_s3 = site.qualified in MOCKS_OF_S3 or bool(services.known & OF_S3) or services.has_s3_words
    if is_beside(site, sites):
        return Decision(site, Verdict.KEPT)
    if not has_s3 and not services.has_unknown:
        return Decision(site, Verdict.KEPT)
    if not site.imported.is_plain:
        why = "moto is imported on a condition here. Import mock_s3 from fakes3, and write it where S3 is used"
        return Decision(site, Verdict.KEPT, why)
    if _counts_requests(site):
        return Decision(site, Verdict.KEPT)  # which is listed for that decorator
    if site.qualified in SERVERS:
        return _decide_server(site, sites, services)
    if site.qualified in MOCKS_OF_S3:
        return Decision(site, Verdict.INSTEAD)
    return _decide_mock(site, services)


def _decide_mock(site: Site, services: Services) -> Decision:
    settings = _settings_of(site)
    if settings is None or "core" in settings:
        why = "moto is set up here in its own way. Write mock_s3 beside it, with passthrough= if hosts are let out"
        return Decision(site, Verdict.KEPT, why)
    others = services.known - OF_S3 | settings
    if services.has_unknown:
        if not (services.known & OF_S3 or services.has_s3_words):
            why = "clients are made for services that no literal names. Write mock_s3 beside it if S3 is among them"
            return Decision(site, Verdict.KEPT, why)
        why = f"clients are made for services that no literal names, so both mocks stand here. {_MAY_GO}"
        return Decision(site, Verdict.BESIDE, why)
    if others:
        return Decision(site, Verdict.BESIDE)
    if services.known & OF_S3:
        return Decision(site, Verdict.INSTEAD)
    return Decision(site, Verdict.BESIDE, f"no client is made here, so both mocks stand here. {_MAY_GO}")


def _decide_server(site: Site, sites: Sites, services: Services) -> Decision:
    if services.has_unknown or not services.known & OF_S3 or services.known - OF_S3:
        why = "the server answers for more than S3, or for what no literal names. Serve S3 by s3.server() beside it"
    elif any(each.qualified in MOCKS_OF_ALL | MOCKS_OF_S3 for each in sites.sites):
        why = "moto's server and mocks are one S3. Serve the mock's fake instead: `with s3.server(port=...) as url`"
    else:
        return Decision(site, Verdict.INSTEAD)
    return Decision(site, Verdict.KEPT, why)


def _services_around(site: Site, evidence: Evidence, elsewhere: Elsewhere) -> Services:
    """Return what is used under a mock: in its part of the module, else in the module, and where others take it."""
    part = evidence.part_at(site.line)
    is_class = site.form is Form.DECORATOR and any(isinstance(node, cst.ClassDef) for node in site.around[:3])
    found = evidence.around(part.name, is_class=is_class)
    names = {part.of_class or part.own_name, *evidence.fixtures_around(part.name, is_class=is_class)}
    found |= elsewhere(names - {""})
    if found.known or found.has_unknown:
        return found
    return found | evidence.everything


def is_beside(site: Site, sites: Sites) -> bool:
    """Whether a mock of fakes3 stands beside or under a use of moto already."""
    holder = _holder_of(site)
    return any(holder in each.around for each in sites.sites if each.qualified == "fakes3.mock_s3")


def _holder_of(site: Site) -> cst.CSTNode:
    """Return what both mocks would stand in: what is decorated, the `with`, or the innermost function or block."""
    kinds: tuple[type[cst.CSTNode], ...] = (cst.IndentedBlock, cst.Module)
    if site.form is Form.DECORATOR:
        kinds = (cst.FunctionDef, cst.ClassDef)
    elif site.form is Form.ITEM:
        kinds = (cst.With,)
    return next(node for node in site.around if isinstance(node, kinds))


def context_of(site: Site) -> cst.SimpleStatementLine | None:
    """Return the statement `stack.enter_context(mock_aws())` that a mock stands in, alone."""
    if site.call is None or len(site.around) < 5:
        return None
    _, argument, entering, expression, line = site.around[:5]
    is_alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and isinstance(expression, cst.Expr)
    if is_alone and isinstance(argument, cst.Arg) and isinstance(entering, cst.Call) and len(entering.args) == 1:
        function = entering.func
        if isinstance(function, cst.Attribute) and function.attr.value in {"enter_context", "enterContext"}:
            assert isinstance(line, cst.SimpleStatementLine)
            return line
    return None


def _settings_of(site: Site) -> frozenset[str] | None:
    """Return the services that the `config=` of a mock is for; None where that cannot be read."""
    if site.call is None or not site.call.args:
        return frozenset()
    (argument, *more) = site.call.args
    if more or argument.keyword is None or argument.keyword.value != "config":
        return None
    if not isinstance(argument.value, cst.Dict):
        return None
    keys = [each.key for each in argument.value.elements if isinstance(each, cst.DictElement)]
    names = [str(key.evaluated_value) for key in keys if isinstance(key, cst.SimpleString)]
    return frozenset(names) if len(names) == len(argument.value.elements) else None


def _counts_requests(site: Site) -> bool:
    """Whether what is decorated is also told from which request on moto enforces policies."""
    for node in site.around[:3]:
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            text = cst.Module([]).code_for_node(node.with_changes(body=cst.IndentedBlock([])))
            return "set_initial_no_auth_action_count" in text
    return False


def _find_nested(decisions: Collection[Decision], evidence: Evidence) -> Iterator[Finding]:
    """Yield the tests that enter a mock inside that of a fixture: with moto these are one S3."""
    written = [each for each in decisions if each.verdict is not Verdict.KEPT and each.site.qualified not in SERVERS]
    parts: dict[str, Part] = {}
    for each in written:
        part = evidence.part_at(each.site.line)
        parts[part.name] = part
    entering = {name for name, part in parts.items() if part.is_fixture or part.own_name.startswith("set")}
    for each in written:
        part = evidence.part_at(each.site.line)
        if part.name not in entering and evidence.has_fixture_with(part.name, entering):
            yield Finding(
                each.site.line,
                "a mock inside that of a fixture or of a set-up has an S3 of its own. Leave it out here, or set "
                's3_nested = "share" among pytest\'s ini options',
            )
