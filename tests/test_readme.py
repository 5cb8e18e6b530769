"""The python examples of the README and of two pages run as they stand, offline, each in a namespace of its own."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from fakes3 import FakeS3, mock_s3, pytest_plugin
from fakes3.operations.registry import REGISTRY

pytest_plugins = ["pytester"]

README = Path(__file__).parent.parent / "README.md"
GUIDE = README.parent / "docs" / "testing.md"
DIRECTORY_BUCKETS = GUIDE.with_name("directory-buckets.md")
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[Path, int, str]]:
    """Every ```python block, with its page and the line on which it starts."""
    return [
        (page, text.count("\n", 0, found.start(1)) + 1, found.group(1))
        for page in (README, GUIDE, DIRECTORY_BUCKETS)
        for text in [page.read_text(encoding="utf-8")]
        for found in FENCE.finditer(text)
    ]


@pytest.mark.parametrize(
    ("page", "line", "source"), blocks(), ids=[f"{page.stem}-line{line}" for page, line, _ in blocks()]
)
def test_example_runs(page: Path, line: int, source: str, pytester: pytest.Pytester) -> None:
    """The block runs, and so does each test it defines, by pytest."""
    if "\ndef test_" in source or "\nTest" in source:
        pytester.makepyfile(source)
        outcomes = pytester.runpytest("-p", "no:cacheprovider", "-W", "error").parseoutcomes()
        assert {"passed"} == outcomes.keys()
    else:
        exec(compile("\n" * (line - 1) + source, str(page), "exec"), {"__name__": f"{page.stem}_line_{line}"})


def test_readme_has_examples() -> None:
    """Guards the test above: an unmatched fence would make it pass with nothing run."""
    for page in (README, GUIDE):
        found = [source for where, _, source in blocks() if where == page]
        assert page.read_text(encoding="utf-8").count("```python") == len(found) > 2


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
    assert ["s3", "s3_client", "s3_resource", "s3_server", "s3_seed"] == fixtures
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
