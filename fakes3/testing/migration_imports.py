"""The imports of a module once its uses of moto are rewritten: what is imported for nothing goes, fakes3 comes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import Any

import libcst as cst

from fakes3.testing.migration_sites import Imported, Sites

Edits = dict[cst.CSTNode, Callable[[Any], Any]]
"""What becomes of nodes: a function of the node, whose parts have been edited already."""

_Container = cst.Module | cst.IndentedBlock
_Import = cst.Import | cst.ImportFrom


class _Editor(cst.CSTTransformer):
    def __init__(self, edits: Edits) -> None:
        super().__init__()
        self._edits = edits

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        edit = self._edits.get(original_node)
        return updated_node if edit is None else edit(updated_node)


def edited(module: cst.Module, edits: Edits) -> cst.Module:
    """Return a module with its nodes edited."""
    return module.visit(_Editor(edits))


def with_imports(
    module: cst.Module, before: Sequence[Imported], touched: Collection[Imported], names: Collection[str]
) -> cst.Module:
    """Return a rewritten module with its imports put right.

    Args:
        module: The module, whose imports are as they were.
        before: What it imported of moto and fakes3, with its uses, before it was rewritten.
        touched: Those of them beside whose uses, or in whose place, fakes3 stands now.
        names: What it needs of fakes3 now: "mock_s3", "FakeS3", or "" for the package itself.
    """
    sites = Sites(module)
    pairs = list(zip(before, sites.imported, strict=True))
    gone = {(id(now.statement), now.name) for was, now in pairs if was.references and not now.references}
    places: dict[_Container, set[int]] = {}
    if any(_find_fakes3(line) for line in module.body):
        places[module] = set()
    for was, now in pairs:
        if was in touched:
            holder = next(node for node in sites.around(now.statement) if isinstance(node, _Container))
            places.setdefault(holder, set()).add(id(now.statement))
    edits: Edits = {}
    for holder, statements in places.items():
        wanted = names if holder is module or module not in places else ()
        edits[holder] = _make_edit(holder, statements, gone, wanted)
    return edited(module, edits)


def _make_edit(
    holder: _Container, statements: Collection[int], gone: Collection[tuple[int, str]], names: Collection[str]
) -> Callable[[Any], Any]:
    """Return the edit of a body by its places: nothing else moves in it."""
    old = list(holder.body)
    first = next((index for index, line in enumerate(old) if _holds(line, statements)), 0)
    there = next((index for index, line in enumerate(old) if _find_fakes3(line)), None)

    def edit(updated: Any) -> Any:
        lines = [_without(was, now, gone) for was, now in zip(old, updated.body, strict=True)]
        if not names:
            return updated.with_changes(body=_joined(lines, old))
        if there is not None and "" not in names:
            lines[there] = _with_names(lines[there], names)
            return updated.with_changes(body=_joined(lines, old))
        place, is_first = _place_in(old, first, is_plain="" in names)
        return updated.with_changes(body=_joined(lines, old, place, _make_import(names), is_first=is_first))

    return edit


def _small(line: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return line.body if isinstance(line, cst.SimpleStatementLine) else ()


def _holds(line: cst.CSTNode, statements: Collection[int]) -> bool:
    return any(id(each) in statements for each in (line, *_small(line)))


def _without(was: Any, now: Any, gone: Collection[tuple[int, str]]) -> Any:
    """Return a line without the imports that are gone; None where nothing is left of it."""
    if not isinstance(was, cst.SimpleStatementLine):
        return None if any(statement == id(was) for statement, _ in gone) else now
    left = (_without_names(old, new, gone) for old, new in zip(was.body, now.body, strict=True))
    kept = [each for each in left if each is not None]
    if kept:
        kept[-1] = kept[-1].with_changes(semicolon=now.body[-1].semicolon)
    return now.with_changes(body=kept) if kept else None


def _without_names(was: cst.BaseSmallStatement, now: Any, gone: Collection[tuple[int, str]]) -> Any:
    """Return a statement without the names that are gone; None where it gives no other."""
    if not isinstance(was, _Import) or isinstance(was.names, cst.ImportStar):
        return None if any(statement == id(was) for statement, _ in gone) else now
    names = [each for each in was.names if (id(was), each.evaluated_alias or each.evaluated_name) not in gone]
    if not names or len(names) == len(was.names):
        return now if names else None
    names[-1] = names[-1].with_changes(comma=was.names[-1].comma)
    return now.with_changes(names=names)


def _joined(
    lines: list[Any], old: list[Any], place: int | None = None, new: Any = None, *, is_first: bool = False
) -> list[Any]:
    """Return the lines that are left, with a new one before a place. Comments above a line that is gone stay.

    Args:
        lines: The lines, with None for one that is gone.
        old: The lines as they were.
        place: Where the new one comes.
        new: The new one.
        is_first: Whether what stands above the line at that place is to stand above the new one.
    """
    entries = [(line, list(was.leading_lines)) for line, was in zip(lines, old, strict=True)]
    if place is not None:
        taken: list[cst.EmptyLine] = []
        if is_first:
            line, taken = entries[place]
            entries[place] = (line, [])
        entries.insert(place, (new, taken))
    kept: list[Any] = []
    above: list[cst.EmptyLine] = []
    for line, own in entries:
        if line is None:
            above += own
            continue
        carried = above if any(each.comment for each in above) or not own else []
        kept.append(line.with_changes(leading_lines=carried + own))
        above = []
    return kept


def _is_blank_above(line: Any) -> bool:
    return any(each.comment is None for each in line.leading_lines)


def _place_in(lines: list[Any], first: int, *, is_plain: bool) -> tuple[int, bool]:
    """Return where an import of fakes3 is sorted, and whether it is the first one of its block.

    The block is that of moto's import, or the one before it where moto is imported in another way. Imports of the form
    `from` come last, unless they are mixed with the others.
    """
    if not _is_import(lines[first]):
        before = [index for index in range(first) if _is_import(lines[index])]
        if not before:
            return first, True
        first = before[-1]
    begin, end = _block_around(lines, first)
    kinds = [isinstance(lines[index].body[0], cst.Import) for index in range(begin, end)]
    are_mixed = any(now and not was for was, now in pairwise(kinds))
    for index in range(begin, end):
        is_same = are_mixed or kinds[index - begin] is is_plain
        is_later = is_same and _module_of(lines[index].body[0]) > "fakes3"
        if is_later or (is_plain and not is_same):
            return index, index == begin
    return end, False


def _block_around(lines: list[Any], first: int) -> tuple[int, int]:
    """Return where the imports around one begin and end that no blank line parts from it."""
    begin, end = first, first + 1
    while begin > 0 and _is_import(lines[begin - 1]) and not _is_blank_above(lines[begin]):
        begin -= 1
    while end < len(lines) and _is_import(lines[end]) and not _is_blank_above(lines[end]):
        end += 1
    return begin, end


def _is_import(line: Any) -> bool:
    return len(_small(line)) == 1 and isinstance(line.body[0], _Import)


def _module_of(statement: Any) -> str:
    """Return the name that an import is sorted by. Relative ones come last."""
    if isinstance(statement, cst.Import):
        return statement.names[0].evaluated_name.lower()
    if statement.relative or statement.module is None:
        return "~"
    return cst.Module([]).code_for_node(statement.module).lower()


def _find_fakes3(line: cst.CSTNode) -> bool:
    (small, *others) = [*_small(line), None]
    if others[1:] or not isinstance(small, cst.ImportFrom) or isinstance(small.names, cst.ImportStar):
        return False
    return _module_of(small) == "fakes3"


def _with_names(line: Any, names: Collection[str]) -> Any:
    """Return a line `from fakes3 import ...` that imports these names too."""
    (statement,) = line.body
    there = {each.evaluated_alias or each.evaluated_name for each in statement.names}
    more = [cst.ImportAlias(cst.Name(name)) for name in sorted(names) if name not in there]
    if not more:
        return line
    last = statement.names[-1]
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    old = [*statement.names[:-1], last.with_changes(comma=comma)]
    added = [each.with_changes(comma=comma) for each in more[:-1]] + [more[-1].with_changes(comma=last.comma)]
    return line.with_changes(body=[statement.with_changes(names=[*old, *added])])


def _make_import(names: Collection[str]) -> cst.SimpleStatementLine:
    if "" in names:
        return cst.SimpleStatementLine([cst.Import([cst.ImportAlias(cst.Name("fakes3"))])])
    aliases = [cst.ImportAlias(cst.Name(name)) for name in sorted(names)]
    return cst.SimpleStatementLine([cst.ImportFrom(cst.Name("fakes3"), aliases)])
