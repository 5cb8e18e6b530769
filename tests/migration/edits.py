"""What a user changes in a suite to run it with fakes3: a few lines, and the names of buckets that S3 refuses."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple


class Edit(NamedTuple):
    """A piece of one file, and what stands in its place afterwards."""

    file: str
    before: str
    after: str

    def count_lines(self) -> int:
        """Return how many lines a reviewer of the change sees as changed."""
        before, after = self.before.splitlines(), self.after.splitlines()
        changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        return sum(max(j - i, m - k) for kind, i, j, k, m in changes if kind != "equal")


class Renaming(NamedTuple):
    """The name of a bucket that S3 refuses, and one that does, in all these files."""

    before: str
    after: str
    files: tuple[str, ...]


def apply_edit(folder: Path, edit: Edit) -> None:
    """Change the one place in the file that the edit names.

    Raises: ValueError, where there is no such place, or more than one.
    """
    file = folder / edit.file
    text = file.read_text(encoding="utf-8")
    found = text.count(edit.before)
    if found != 1:
        raise ValueError(f"{edit.file} has {found} times, and not once: {edit.before!r}")
    file.write_text(text.replace(edit.before, edit.after), encoding="utf-8")


def apply_renaming(folder: Path, renaming: Renaming) -> None:
    """Change the name wherever it stands in the files.

    Raises: ValueError, where a file does not have it.
    """
    for name in renaming.files:
        file = folder / name
        text = file.read_text(encoding="utf-8")
        if renaming.before not in text:
            raise ValueError(f"{name} does not have the bucket {renaming.before!r}")
        file.write_text(text.replace(renaming.before, renaming.after), encoding="utf-8")


def rename_test(name: str, renamings: Iterable[Renaming]) -> str:
    """Return the name of a test after the renamings: its parameters may be names of buckets."""
    function, bracket, parameters = name.partition("[")
    for renaming in renamings:
        parameters = parameters.replace(renaming.before.strip('"'), renaming.after.strip('"'))
    return function + bracket + parameters
