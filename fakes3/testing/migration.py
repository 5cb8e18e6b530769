"""`fakes3 migrate`: the tests of S3 under some paths, taken from moto to fakes3.

Facts come first: `migration_evidence` reads which services each part of a module uses, and `migration_sites` where moto
is used. Then `migration_decisions` says what becomes of each use. `migration_rewrite` writes it by LibCST, so that
comments and formatting stay. What nobody can decide by reading is listed.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import stat
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from fakes3.model.errors import UsageError
from fakes3.testing.migration_evidence import Evidence, Services

try:
    from fakes3.testing.migration_rewrite import Rewritten, Unreadable, rewrite
except ModuleNotFoundError as missing:
    if missing.name != "libcst":
        raise
    raise UsageError('Migrating needs LibCST, which is not installed. Run: pip install "fakes3[migrate]"') from None

Say = Callable[[str], object]

_SAYS_SOMETHING = re.compile(rb"(?i:moto)|create_bucket|LocationConstraint|S3_UPLOAD_PART_MIN_SIZE|TEST_SERVER_MODE")
_NOT_OF_THE_PROJECT = frozenset({"__pycache__", "node_modules", "site-packages"})


def migrate(paths: Iterable[str], *, check: bool, say: Say) -> int:
    """Rewrite the files under some paths; return the exit status.

    It is 1 where a file cannot be read or written, and with `check` also where one would be changed.

    Args:
        paths: Files, and folders whose files are meant.
        check: Whether nothing is written, and what would be is shown as a difference.
        say: Prints a line.

    Raises: UsageError, for a path that is not there.
    """
    totals = {"changed": 0, "instead": 0, "beside": 0, "told": 0, "failed": 0}
    neighbours = _Neighbours()
    for path in list(_find_files(paths)):
        try:
            content = path.read_bytes()
            if not _SAYS_SOMETHING.search(content):
                continue
            made = rewrite(content, partial(neighbours.services_with, path))
            if made.content != content:
                _check_writable(path)
                if not check:
                    _write(path, made.content)
        except (Unreadable, OSError) as error:
            text = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            say(f"{path}:1: it is left as it is: {text}. Change it by hand.")
            totals["failed"] += 1
        else:
            _tell(path, content, made, check, say)
            _count(totals, made, content)
    say(_sum_up(totals, check))
    return 1 if totals["failed"] or (check and totals["changed"]) else 0


def _tell(path: Path, content: bytes, made: Rewritten, check: bool, say: Say) -> None:
    """Print the difference where nothing was written, and what a human has to look at."""
    if check and made.content != content:
        say(_difference(path, content, made.content))
    moved = {} if check else _moved_lines(content, made.content)
    for line, text in made.findings:
        say(f"{path}:{moved.get(line, line)}: {text}.")


def _moved_lines(old: bytes, new: bytes) -> dict[int, int]:
    """Return where the lines of a file stand once it is rewritten."""
    found = {}
    matcher = difflib.SequenceMatcher(None, old.splitlines(), new.splitlines())
    for _, first, last, new_first, new_last in matcher.get_opcodes():
        for line in range(first, last):
            found[line + 1] = max(min(new_first + line - first, new_last - 1), new_first) + 1
    return found


def _count(totals: dict[str, int], made: Rewritten, content: bytes) -> None:
    totals["changed"] += made.content != content
    totals["instead"] += made.instead
    totals["beside"] += made.beside
    totals["told"] += len(made.findings)


def _sum_up(totals: dict[str, int], check: bool) -> str:
    would = "that would be rewritten" if check else "rewritten"
    text = (
        f"Files {would}: {totals['changed']}. Uses of moto with fakes3 in their place: {totals['instead']}, and with "
        f"fakes3 beside them: {totals['beside']}. Lines for you to look at: {totals['told']}."
    )
    return f"{text} Files that could not be done: {totals['failed']}." if totals["failed"] else text


def _find_files(paths: Iterable[str]) -> Iterator[Path]:
    """Yield the files that are meant, each once. Raises: UsageError."""
    told = set()
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise UsageError(f"There is no {text!r}. Give files of Python, or folders that have some.")
        for each in sorted(_walk(path)) if path.is_dir() else [path]:
            if each not in told:
                told.add(each)
                yield each


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files of Python in a folder that are the project's own. Links to folders are not followed."""
    for place, folders, names in os.walk(folder):
        kept = [name for name in folders if not name.startswith(".") and name not in _NOT_OF_THE_PROJECT]
        folders[:] = [name for name in kept if not Path(place, name, "pyvenv.cfg").exists()]
        yield from (Path(place, name) for name in names if name.endswith(".py"))


class _Neighbours:
    """The files beside and below others, read once in a run."""

    def __init__(self) -> None:
        self._read_folder = cache(_read_folder)
        self._read_evidence = cache(_read_evidence)

    def services_with(self, path: Path, names: Collection[str]) -> Services:
        """Return what the files beside and below one use that mention one of some names of it.

        A file of tests keeps its names to itself. Others, such as conftest.py, are there for those below.
        """
        found = Services()
        if path.stem.startswith("test") or path.stem.endswith("_test") or not names:
            return found
        mentions = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b")
        for other, text in self._read_folder(path.parent):
            if other != path and mentions.search(text) and (evidence := self._read_evidence(text)) is not None:
                found |= evidence.around_names(names)
        return found


def _read_folder(folder: Path) -> list[tuple[Path, str]]:
    """Return the files in and below a folder, with their text."""
    read = []
    for path in _walk(folder):
        with suppress(OSError, ValueError):
            read.append((path, path.read_text(encoding="utf-8")))
    return read


def _read_evidence(text: str) -> Evidence | None:
    with suppress(SyntaxError, ValueError, RecursionError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nobody is told of escapes here
        return Evidence(text)
    return None


def _difference(path: Path, old: bytes, new: bytes) -> str:
    before, after = (each.decode("utf-8", "replace").splitlines(keepends=True) for each in (old, new))
    lines = difflib.unified_diff(before, after, f"a/{path.as_posix()}", f"b/{path.as_posix()}")
    text = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return text.removesuffix("\n")


def _check_writable(path: Path) -> None:
    """Refuse to write where that would write elsewhere too, or against the owner's will. Raises: OSError."""
    if path.is_symlink():
        raise OSError(None, f"it is a link to {path.resolve()}, which has to be named itself")
    if not path.stat().st_mode & stat.S_IWUSR:
        raise PermissionError(None, "it is read-only")


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole: whoever reads it meanwhile has the old one or the new one. Raises: OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
