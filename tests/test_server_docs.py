"""The example of docs/server.md runs as it stands, and the document names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fakes3.__main__ import make_parser
from fakes3.testing.admin import ROUTES

PAGE = Path(__file__).parent.parent / "docs" / "server.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # clients and servers that no example closes
def test_the_example_runs():
    (source,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    exec(compile(source, str(PAGE), "exec"), {"__name__": "example"})


def test_the_paths_it_names_exist():
    named = set(re.findall(r"`(GET|POST|DELETE) (\w+)(?:/ID)?`", TEXT))
    built = {(method, path) for path, methods in ROUTES.items() for method in methods}
    assert named == built | {("GET", "forks"), ("POST", "forks"), ("DELETE", "forks")}


def test_the_options_it_names_exist():
    known = make_parser().parse_args(["serve", "--admin-token", "x", "--host", "::1"])
    assert ("x", "::1") == (known.admin_token, known.host)
    assert {"--admin-token", "--host"} == set(re.findall(r"`(--[\w-]+)", TEXT))
