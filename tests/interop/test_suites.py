"""Test runs of other languages that start and end a server of their own, by the lines that the docs show."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from .built import find_built
from .served import run

ROOT = Path(__file__).parents[2]
SOURCES = {
    "go": ["go/suite/main_test.go"],
    "java": ["java/src/main/java/FakeS3.java", "java/src/main/java/LetterTest.java"],
}


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """An environment with a command `fakes3`, which notes when it ends."""
    command = tmp_path / "bin" / "fakes3"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\n'{sys.executable}' -m fakes3 \"$@\"\necho $? > '{tmp_path}/ended'\n")
    command.chmod(0o755)
    kept = {name: os.environ[name] for name in ("HOME", "PYTHONPATH", "PYTHONSAFEPATH") if name in os.environ}
    return kept | {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}"}


def test_go(variables: dict[str, str], tmp_path: Path) -> None:
    ended = run(*find_built("go", "suite"), "-test.v", variables=variables, folder=tmp_path)
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert "--- PASS: TestLetter" in ended.stdout
    assert "0" == (tmp_path / "ended").read_text().strip()


def test_java(variables: dict[str, str], tmp_path: Path) -> None:
    *java, _ = find_built("java", "")
    launcher = ("org.junit.platform.console.ConsoleLauncher", "execute", "--select-class=LetterTest")
    ended = run(*java, *launcher, variables=variables, folder=tmp_path)
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert "1 tests successful" in ended.stdout
    assert "" == ended.stderr


@pytest.mark.parametrize("language", SOURCES)
def test_docs_show_what_is_run(language: str) -> None:
    page = (ROOT / "docs" / f"other-languages-{language}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w+\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    programs = Path(__file__).parent / "programs"
    sources = "".join((programs / each).read_text(encoding="utf-8") for each in SOURCES[language])
    assert blocks
    assert not [block for block in blocks if block not in sources]
