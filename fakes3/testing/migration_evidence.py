"""Which services of AWS each part of a module uses: what decides whether moto is needed beside the fake.

A part is a function, a method, a class without its methods, or a name that the module assigns. The evidence for a part
is in itself, in what it uses (helpers, fixtures, the set-up of its class) and in what uses it: a fixture that enters a
mock makes no client, and the tests that take it do.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

HOOKS = frozenset({"setUp", "setUpClass", "asyncSetUp", "setup_method", "setup_class", "setup", "__init__"})
"""Methods that run before each test of their class, or before its first one."""

MODULE = ""
"""The name of the part that has what stands in no function and class."""

_MAKES_A_CLIENT = re.compile(r"(^|_)(client|resource)$")
_SERVICE = re.compile(r"[a-z][a-z0-9-]*")
_WORD = re.compile(r"S3(?![0-9])|(?<![A-Za-z0-9])s3(?![0-9])")
_OF_FAKES3 = re.compile(r"\bmock_s3\b|\bMOTO_S3_\w+")
"""What says S3 in a module that has been migrated, or that sets moto up, and says nothing of what a test uses."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Finding(NamedTuple):
    """What a human has to decide, in a line of a module."""

    line: int
    text: str


@dataclass(frozen=True)
class Services:
    """The services that some code uses."""

    known: frozenset[str] = frozenset()
    has_unknown: bool = False
    """Whether a client is made for a service that no literal names."""
    has_s3_words: bool = False
    """Whether something is named after S3, such as `S3Hook` or "s3://bucket"."""

    def __or__(self, other: Services) -> Services:
        return Services(
            self.known | other.known,
            self.has_unknown or other.has_unknown,
            self.has_s3_words or other.has_s3_words,
        )


@dataclass
class Part:
    """A part of a module."""

    name: str
    first: int
    last: int
    """Its first line, decorators included, and its last one."""
    of_class: str | None = None
    names: set[str] = field(default_factory=set)
    """Every name that it mentions, parameters and attributes included."""
    services: Services = Services()
    is_fixture: bool = False
    is_automatic: bool = False
    """Whether it is a fixture that no test has to name."""

    @property
    def own_name(self) -> str:
        return self.name.rpartition(".")[2]


class Evidence:
    """The parts of one module, and what they use of each other."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source)
        self._lines = source.split("\n")  # as the parser does: other ends of lines stand in texts
        self.parts = {part.name: part for part in self._read_parts()}
        self._uses = {name: self._find_used(part) for name, part in self.parts.items()}
        self._used_by = defaultdict(set)
        for name, used in self._uses.items():
            for each in used:
                self._used_by[each].add(name)

    @property
    def everything(self) -> Services:
        """What the whole module uses."""
        return _union(part.services for part in self.parts.values())

    def part_at(self, line: int) -> Part:
        """Return the innermost part that has a line."""
        found = [part for part in self.parts.values() if part.first <= line <= part.last]
        return min(found, key=lambda part: part.last - part.first)

    def around(self, name: str, *, is_class: bool = False) -> Services:
        """Return what a part uses, with what it uses of the module and what uses it there."""
        return _union(self.parts[each].services for each in self._related(name, is_class))

    def fixtures_around(self, name: str, *, is_class: bool = False) -> set[str]:
        """Return the names of the fixtures among what is related to a part. Tests in other files may take them."""
        parts = (self.parts[each] for each in self._related(name, is_class))
        return {part.own_name for part in parts if part.is_fixture}

    def around_names(self, names: Collection[str]) -> Services:
        """Return what the parts use that mention one of some names."""
        found = (self.around(part.name) for part in self.parts.values() if not part.names.isdisjoint(names))
        return _union(found)

    def has_fixture_with(self, name: str, entering: Iterable[str]) -> bool:
        """Whether a test takes a fixture that is among these parts, or one that stands on it."""
        return bool(_reach({name}, self._uses) & set(entering) - {name})

    def _related(self, name: str, is_class: bool) -> set[str]:
        begin = {name}
        if is_class:
            begin |= {part.name for part in self.parts.values() if part.of_class == name}
        return _reach(_reach(begin, self._used_by), self._uses)

    def _read_parts(self) -> Iterator[Part]:
        module = Part(MODULE, 1, len(self._lines) + 1)
        for node in self.tree.body:
            if isinstance(node, _Function):
                yield self._read_part(node, node.name, None)
            elif isinstance(node, ast.ClassDef):
                own = [each for each in node.body if not isinstance(each, _Function)]
                part = Part(node.name, _first_line(node), node.end_lineno or node.lineno)
                self._read_into(part, [*node.bases, *node.decorator_list, *own])
                yield part
                for each in node.body:
                    if isinstance(each, _Function):
                        yield self._read_part(each, f"{node.name}.{each.name}", node.name)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                part = Part(node.targets[0].id, node.lineno, node.end_lineno or node.lineno)
                self._read_into(part, [node.value])
                yield part
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                self._read_into(module, [node])
        yield module

    def _read_part(self, node: _Function, name: str, of_class: str | None) -> Part:
        part = Part(name, _first_line(node), node.end_lineno or node.lineno, of_class)
        self._read_into(part, [node])
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            if "fixture" in text:
                part.is_fixture = True
                part.is_automatic = "autouse=True" in text
        return part

    def _read_into(self, part: Part, nodes: Iterable[ast.AST]) -> None:
        for top in nodes:
            for node in ast.walk(top):
                if isinstance(node, ast.Call):
                    part.services |= _read_service(node, part)
                part.names |= _names_in(node)
            text = "\n".join(self._lines[_first_line(top) - 1 : getattr(top, "end_lineno", 0)])
            if _WORD.search(_OF_FAKES3.sub("", text)):
                part.services |= Services(has_s3_words=True)

    def _find_used(self, part: Part) -> set[str]:
        """Return the names of the parts that one uses: those that it mentions, and what runs before a test."""
        found = {name for name in part.names if name in self.parts and name != part.name}
        for other in self.parts.values():
            in_reach = other.of_class is None or other.of_class == part.of_class
            if other.name == part.name or not in_reach:
                continue
            if other.is_automatic and part.own_name.startswith("test"):
                found.add(other.name)
            if other.of_class is not None and (other.own_name in HOOKS or other.own_name in part.names):
                found.add(other.name)
        if part.of_class is not None:
            found.add(part.of_class)
        return found


def _union(found: Iterable[Services]) -> Services:
    result = Services()
    for each in found:
        result |= each
    return result


def _reach(begin: set[str], ways: dict[str, set[str]]) -> set[str]:
    """Return what is reached from some names. What stands in no function leads nowhere."""
    found, left = set(begin), list(begin)
    while left:
        name = left.pop()
        for each in ways.get(name, set()) - found if name != MODULE else ():
            found.add(each)
            left.append(each)
    return found


def _first_line(node: ast.AST) -> int:
    nodes: list[Any] = [node, *getattr(node, "decorator_list", [])]
    return min(int(each.lineno) for each in nodes)


def _names_in(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.Call) and name_of(node.func) == "usefixtures":
        return {each for each in map(literal_of, node.args) if each is not None}
    return set()


def name_of(node: ast.AST) -> str:
    """Return the last name of a dotted one; an empty text for anything else.

    >>> name_of(ast.parse("session.client", mode="eval").body)
    'client'
    """
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def literal_of(node: ast.AST | None) -> str | None:
    """Return the text of a literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def argument_of(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """Return an argument of a call, which has it by name or at its position; None where it has none."""
    found = [each.value for each in call.keywords if each.arg == name]
    if not found and position is not None and len(call.args) > position:
        return call.args[position]
    return found[0] if found else None


def _read_service(call: ast.Call, part: Part) -> Services:
    """Return the service that a call makes a client of: `session.client("sqs")`, `self._make_client("sqs")`.

    A helper that makes a client of what it is given says nothing by itself: its callers name the service.
    """
    name = name_of(call.func)
    if not _MAKES_A_CLIENT.search(name):
        return Services()
    given = argument_of(call, "service_name", 0)
    literal = literal_of(given)
    if literal is not None and _SERVICE.fullmatch(literal):
        return Services(frozenset({literal}))
    is_handed_on = isinstance(given, ast.Name) and _MAKES_A_CLIENT.search(part.own_name) is not None
    if given is None or literal is not None or isinstance(given, ast.Starred) or name_of(given) == "self":
        return Services()
    return Services(has_unknown=not is_handed_on)
