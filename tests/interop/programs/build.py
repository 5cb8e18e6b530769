#!/usr/bin/env python3
"""Build the programs of this folder, with the packages that they need, in a folder outside the repository.

    python tests/interop/programs/build.py FOLDER [--only NAME] [--seconds N]

A program whose toolchain is missing is left out, and so is one that is not built within so many seconds in all. The
exit status is 0 unless a build has failed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parent
STAMP = "built-from"
"""The file that says from which sources a program was built."""


class Program(NamedTuple):
    """A folder of programs in one language: how they are built, and how they are run."""

    folder: str
    tools: tuple[str, ...]
    build: tuple[tuple[str, ...], ...]
    run: tuple[str, ...]
    """The command that runs the program `{name}` (in Java `{Name}`) of those built in `{folder}`."""
    is_run: bool = True
    """Whether there are programs: mere libraries have no command but the path where they are."""

    def has_tools(self) -> bool:
        return all(map(shutil.which, self.tools))

    def is_built(self, root: Path) -> bool:
        """Whether this program is there, built from what the sources are now."""
        stamp = root / self.folder / STAMP
        return stamp.is_file() and stamp.read_text() == self.digest()

    def command(self, root: Path, name: str) -> list[str]:
        """Return the command that runs a program of this folder."""
        names = {"folder": root.absolute() / self.folder, "name": name, "Name": name.capitalize()}
        return [word.format_map(names) for word in self.run]

    def digest(self) -> str:
        """Return a digest of the sources."""
        found = hashlib.sha256()
        for each in sorted((SOURCES / self.folder).rglob("*")):
            if each.is_file():
                found.update(each.name.encode() + each.read_bytes())
        return found.hexdigest()


NPM = (("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"),)
MAVEN = (("mvn", "--batch-mode", "--quiet", "clean", "package"),)
PROGRAMS = (
    Program("javascript", ("node", "npm"), NPM, ("node", "{folder}/{name}.mjs")),
    Program("minio-js", ("node", "npm"), NPM, ("node", "{folder}/{name}.mjs")),
    Program(
        "go",
        ("go",),
        (("go", "build", "-o", "bin/", "./..."), ("go", "test", "-c", "-o", "bin/suite", "./suite")),
        ("{folder}/bin/{name}",),
    ),
    Program(
        "java",
        ("java", "mvn"),
        MAVEN,
        ("java", "-cp", "{folder}/target/contract.jar:{folder}/target/libraries/*", "{Name}"),
    ),
    Program("spark", ("java", "mvn"), MAVEN, ("{folder}/target/libraries/*",), is_run=False),
    # The last, since it takes the longest.
    Program("rust", ("cargo",), (("cargo", "build", "--quiet", "--jobs", "2"),), ("{folder}/target/debug/{name}",)),
)


def build(program: Program, root: Path, end: float) -> str:
    """Build the programs of a folder until then, and return what has become of it."""
    if not program.has_tools():
        return f"left out: {' or '.join(program.tools)} is not installed"
    if program.is_built(root):
        return "built before"
    folder = root / program.folder
    digest = program.digest()
    shutil.copytree(SOURCES / program.folder, folder, dirs_exist_ok=True)
    try:
        for command in program.build:
            left = max(end - time.monotonic(), 1)
            subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, timeout=left)
    except subprocess.TimeoutExpired:
        return "left out: there was no time for it"
    except subprocess.CalledProcessError as failure:
        return f"FAILED with status {failure.returncode}"
    (folder / STAMP).write_text(digest)
    return "built"


def main() -> int:
    """Build what is asked for; return the exit status."""
    parser = argparse.ArgumentParser(description="Build the programs of this folder.")
    parser.add_argument("folder", type=Path, help="where to build them, outside the repository")
    parser.add_argument("--only", metavar="NAME", choices=[each.folder for each in PROGRAMS], help="one of them")
    parser.add_argument("--seconds", type=float, default=400, help="for all of them (default: %(default)s)")
    options = parser.parse_args()
    end = time.monotonic() + options.seconds
    outcomes = []
    for program in PROGRAMS:
        if options.only in (None, program.folder):
            began = time.monotonic()
            outcomes.append(build(program, options.folder, end))
            print(f"{program.folder}: {outcomes[-1]} ({time.monotonic() - began:.0f} s)", flush=True)
    return any(each.startswith("FAILED") for each in outcomes)


if __name__ == "__main__":
    sys.exit(main())
