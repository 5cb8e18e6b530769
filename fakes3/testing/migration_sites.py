"""Where a module uses moto: its imports of moto, and what the module does with each name that they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

import libcst as cst
from libcst.metadata import (
    BaseAssignment,
    ImportAssignment,
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    Scope,
    ScopeProvider,
)

Import = cst.Import | cst.ImportFrom

MOCKS_OF_ALL = frozenset({"moto.mock_aws", "moto.mock_all"})
MOCKS_OF_S3 = frozenset({"moto.mock_s3"})
"""Those of moto 4, which has a mock for each service."""
SERVERS = frozenset({"moto.server.ThreadedMotoServer", "moto.moto_server.threaded_moto_server.ThreadedMotoServer"})


class Form(Enum):
    """How a mock is used."""

    DECORATOR = "a decorator"
    ITEM = "an item of `with`"
    VALUE = "a value"


@dataclass(eq=False)
class Imported:
    """One name that a module imports from moto, or from fakes3."""

    statement: Import | cst.Assign | cst.Try
    """What gives it: also a whole `try` whose other ways import another mock of moto's by the same name."""
    name: str
    """What the module calls it."""
    line: int
    is_plain: bool
    """Whether the import stands at the top of the module or of a function, on no condition."""
    references: list[cst.CSTNode] = field(default_factory=list)
    """Every expression that begins with it."""


@dataclass(eq=False)
class Site:
    """One use of something of moto's."""

    qualified: str
    node: cst.BaseExpression
    """The dotted name."""
    imported: Imported
    line: int
    form: Form
    call: cst.Call | None
    """The call of it, where it is called."""
    around: tuple[cst.CSTNode, ...]
    """The nodes around it, the nearest first."""


class Sites:
    """What a module has of moto and of fakes3."""

    def __init__(self, module: cst.Module) -> None:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)  # which a module just parsed does not need
        self.module = module
        self._parents: Mapping[cst.CSTNode, cst.CSTNode] = wrapper.resolve(ParentNodeProvider)
        self._positions = wrapper.resolve(PositionProvider)
        scopes = {id(scope): scope for scope in wrapper.resolve(ScopeProvider).values() if scope is not None}
        self.imported: list[Imported] = []
        self.sites: list[Site] = []
        self.bound: set[str] = set()
        """Every name that the module binds to something else."""
        for scope in scopes.values():
            self._read(scope)
        self.imported.sort(key=lambda imported: (imported.line, imported.name))
        self.sites.sort(key=lambda site: site.line)

    def line_of(self, node: cst.CSTNode) -> int:
        line: int = self._positions[node].start.line
        return line

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield the nodes around one, the nearest first."""
        while (parent := self._parents.get(node)) is not None:
            yield parent
            node = parent

    def _read(self, scope: Scope) -> None:
        for assignment in scope.assignments:
            found = list(self._read_binding(assignment))
            if not found:
                self.bound.add(assignment.name)
            for statement, base in found:
                tried = next((node for node in self.around(statement) if isinstance(node, cst.Try)), None)
                holder = tried if tried is not None and _is_one_import(tried) else statement
                if any(each.statement is holder and each.name == assignment.name for each in self.imported):
                    continue  # the same name, by another way of a `try`
                is_plain = _is_plain(list(self.around(holder)))
                imported = Imported(holder, assignment.name, self.line_of(holder), is_plain)
                self.imported.append(imported)
                for access in assignment.references:
                    node, name = self._widen(access.node, base, assignment.name)
                    imported.references.append(node)
                    if all(site.node is not node for site in self.sites):  # a name may be imported twice
                        self.sites.append(self._read_site(node, name, imported))

    def _read_binding(self, assignment: BaseAssignment) -> Iterator[tuple[Import | cst.Assign, str]]:
        """Yield the statement that gives a name, and what of moto or fakes3 the name is."""
        if isinstance(assignment, ImportAssignment):
            statement = assignment.node
            assert isinstance(statement, Import)
            for alias in () if isinstance(statement.names, cst.ImportStar) else statement.names:
                if assignment.name == (alias.evaluated_alias or alias.evaluated_name):
                    base = alias.evaluated_name
                    if isinstance(statement, cst.ImportFrom):
                        base = f"{_dotted(statement.module)}.{base}" if not statement.relative else ""
                    if base.partition(".")[0] in {"moto", "fakes3"}:
                        yield statement, base
        elif isinstance(node := getattr(assignment, "node", None), cst.Name):
            around = list(self.around(node))
            given = around[1] if len(around) > 1 else None
            if isinstance(given, cst.Assign) and _skipped_without(given.value).partition(".")[0] == "moto":
                yield given, _skipped_without(given.value)

    def _widen(self, node: cst.CSTNode, base: str, name: str) -> tuple[cst.BaseExpression, str]:
        """Return the whole dotted expression that begins with a name, and what it is."""
        text = base + (_dotted(node).removeprefix(name) if isinstance(node, cst.BaseExpression) else "")
        while isinstance(parent := self._parents[node], cst.Attribute) and parent.value is node:
            node, text = parent, f"{text}.{parent.attr.value}"
        assert isinstance(node, cst.BaseExpression)
        return node, text

    def _read_site(self, node: cst.BaseExpression, name: str, imported: Imported) -> Site:
        around = tuple(self.around(node))
        call = around[0] if isinstance(around[0], cst.Call) and around[0].func is node else None
        holder = around[0] if call is None else around[1]
        forms = {cst.Decorator: Form.DECORATOR, cst.WithItem: Form.ITEM}
        form = forms.get(type(holder), Form.VALUE)
        return Site(name, node, imported, self.line_of(node), form, call, around)


def _is_plain(around: list[cst.CSTNode]) -> bool:
    """Whether a statement stands at the top of the module or of a function."""
    kinds = [type(node) for node in around if not isinstance(node, cst.SimpleStatementLine | cst.IndentedBlock)]
    return kinds[0] in {cst.Module, cst.FunctionDef}


def _is_one_import(tried: cst.Try) -> bool:
    """Whether a `try` imports one mock of moto's by one name, from wherever this version of moto has it."""
    if tried.orelse is not None or tried.finalbody is not None:
        return False
    names = set()
    for block in (tried.body, *(handler.body for handler in tried.handlers)):
        for line in block.body:
            for statement in line.body if isinstance(line, cst.SimpleStatementLine) else [None]:
                if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
                    return False
                names |= {each.evaluated_alias or each.evaluated_name for each in statement.names}
                if _dotted(statement.module).partition(".")[0] != "moto":
                    return False
    return len(names) == 1


def _dotted(node: cst.CSTNode | None) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _skipped_without(node: cst.BaseExpression) -> str:
    """Return the module that `pytest.importorskip("moto")` gives; an empty text for anything else."""
    if isinstance(node, cst.Call) and _dotted(node.func).rpartition(".")[2] == "importorskip" and node.args:
        given = node.args[0].value
        if isinstance(given, cst.SimpleString):
            return str(given.evaluated_value)
    return ""
