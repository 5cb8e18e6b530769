"""The README's python examples run as they stand, offline, each in a namespace of its own."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from fakes3 import FakeS3, mock_s3, pytest_plugin
from fakes3.operations.registry import REGISTRY

README = Path(__file__).parent.parent / "README.md"
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[int, str]]:
    """Every ```python block, with the line of the README it starts on."""
    text = README.read_text(encoding="utf-8")
    return [(text.count("\n", 0, found.start(1)) + 1, found.group(1)) for found in FENCE.finditer(text)]


@pytest.mark.parametrize(("line", "source"), blocks(), ids=[f"line{line}" for line, _ in blocks()])
def test_example_runs(line: int, source: str, request: pytest.FixtureRequest) -> None:
    """The block runs, and so does each test it defines, with the fixtures it names."""
    names: dict[str, Any] = {"__name__": f"readme_line_{line}"}
    exec(compile("\n" * (line - 1) + source, str(README), "exec"), names)
    for name, test in list(names.items()):
        if name.startswith("test_") and inspect.isfunction(test):
            fixtures = inspect.signature(test).parameters
            test(**{fixture: request.getfixturevalue(fixture) for fixture in fixtures})


def test_readme_has_examples() -> None:
    """Guards the test above: an unmatched fence would make it pass with nothing run."""
    assert README.read_text(encoding="utf-8").count("```python") == len(blocks()) > 2


def test_the_table_names_what_is_built_and_nothing_else() -> None:
    """The table of operations is the registry."""
    text = README.read_text(encoding="utf-8")
    table = text.partition("| noun | operations |")[2].partition("\n\n")[0]
    assert {*REGISTRY, "PostObject"} == set(re.findall(r"`(\w+)`", table))


def test_the_members_and_fixtures_it_names_exist() -> None:
    """A member or fixture that is renamed is renamed in the README too."""
    text = README.read_text(encoding="utf-8")
    members = set(re.findall(r"`s3\.(\w+)", text))
    assert {"client", "fork", "tree"} < members
    assert set() == {name for name in members if not hasattr(FakeS3(), name)}
    fixtures = re.findall(r"^\| `(s3\w*)` \|", text, re.MULTILINE)
    assert ["s3", "s3_client", "s3_resource", "s3_server"] == fixtures
    assert all(hasattr(pytest_plugin, name) for name in fixtures)


def test_the_options_it_names_exist() -> None:
    text = README.read_text(encoding="utf-8")
    named = set(re.findall(r"mock_s3\((\w+)=", text))
    assert {"direct", "fake"} < named
    assert named <= set(inspect.signature(mock_s3).parameters)


def test_the_files_it_links_to_exist() -> None:
    links = re.findall(r"\]\((?!http)([^)]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [] == [link for link in links if not (README.parent / link).exists()]
