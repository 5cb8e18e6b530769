"""docs/operations.md is what the code says."""

from __future__ import annotations

import json
from pathlib import Path

from fakes3.model.data_files import read_beside
from fakes3.operations.registry import REGISTRY
from fakes3.wire import support
from fakes3.wire.table import operations

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_the_page_is_made_of_the_code() -> None:
    expected = support.make_page()
    assert expected == PAGE.read_text(encoding="utf-8"), "Run `python -m fakes3.wire.support`."


def test_at_most_five_operations_are_not_built_each_for_a_reason() -> None:
    missing = operations().keys() - REGISTRY.keys() - support.TWINS.keys()
    assert missing <= support.NOT_BUILT.keys()
    assert len(missing) <= 5
    assert all(f"| `{name}` |" in support.make_page() for name in operations())


def test_a_twin_has_the_route_of_its_successor() -> None:
    for old, new in support.TWINS.items():
        asked = [(each.method, each.path, each.query) for each in (operations()[old], operations()[new])]
        assert asked[0] == asked[1]
        assert operations()[old].deprecated


def test_notes_are_about_operations_that_are_built() -> None:
    assert json.loads(read_beside("fakes3.wire.support", "support_notes.json")).keys() <= REGISTRY.keys()
