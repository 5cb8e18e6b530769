"""The programs of other languages, where programs/build.py has built them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .programs.build import PROGRAMS


def programs() -> Path | None:
    """Return the folder in which programs are built, or None where none is named."""
    named = os.environ.get("FAKES3_PROGRAMS")
    return Path(named).expanduser() if named else None


def find_built(folder: str, name: str) -> list[str]:
    """Return the command that runs a program, or skip the test that needs it."""
    (program,) = (each for each in PROGRAMS if each.folder == folder)
    if not program.has_tools():
        pytest.skip(f"{' or '.join(program.tools)} is not installed")
    root = programs()
    if root is None or not program.is_built(root):
        pytest.skip(
            f"The programs in {folder} are not built: set FAKES3_PROGRAMS to a folder outside the repository, and run "
            'python tests/interop/programs/build.py "$FAKES3_PROGRAMS"'
        )
    return program.command(root, name)
