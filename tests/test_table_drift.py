"""Tells when botocore's models of S3 and S3 Control have moved on from the tables that are kept here.

The tables are refreshed on purpose (`python -m fakes3.wire.regenerate`), never by upgrading botocore. A newer botocore
that only adds is told of in a skipped test; one that changes what the table already says fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore
import pytest

from fakes3.wire.regenerate import (
    CONTROL_TABLE,
    PARTITIONS,
    TABLE,
    read_newest_control_table,
    read_newest_table,
    read_partitions,
)

HINT = (
    f"botocore {botocore.__version__} says otherwise than wire/table.json. "
    "Run `python -m fakes3.wire.regenerate`, read the change, and run the tests."
)


def kept() -> Any:
    return json.loads(TABLE.read_text(encoding="ascii"))


def paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every leaf of a table with the path to it. Lists of words count as sets of them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from paths(inner, (*path, name))
    elif isinstance(value, list):
        for each in value:
            yield (*path, str(each)), True
    else:
        yield path, value


@pytest.fixture(autouse=True)
def no_older_botocore() -> None:
    """An older botocore has nothing to tell."""
    if len(dict(paths(read_newest_table()))) < len(dict(paths(kept()))):
        pytest.skip(f"botocore {botocore.__version__} is older than wire/table.json")


class TestDrift:
    """The table is what the botocore it was made from says, and everything a newer one says too."""

    def test_what_the_table_says_botocore_says(self):
        found, ours = dict(paths(read_newest_table())), dict(paths(kept()))
        changed = sorted("/".join(path) for path, value in ours.items() if found.get(path) != value)
        assert [] == changed, HINT

    def test_so_it_is_with_the_table_of_s3_control(self):
        found = dict(paths(read_newest_control_table()))
        ours = dict(paths(json.loads(CONTROL_TABLE.read_text(encoding="ascii"))))
        changed = sorted("/".join(path) for path, value in ours.items() if found.get(path) != value)
        assert [] == changed, HINT.replace("table.json", "control_table.json")

    def test_what_is_new_in_botocore(self):
        found, ours = read_newest_table(), kept()
        new = sorted(found["operations"].keys() - ours["operations"].keys())
        members = sorted(
            f"{name}.{member}"
            for name, shape in found["shapes"].items()
            if name in ours["shapes"]
            for member in shape.get("members", {}).keys() - ours["shapes"][name].get("members", {}).keys()
        )
        if new or members:
            pytest.skip(f"{HINT} New operations: {', '.join(new)}; new members: {', '.join(members)}")

    def test_every_region_that_is_kept_is_one_of_botocores(self):
        ours = json.loads(PARTITIONS.read_text(encoding="ascii"))
        found = read_partitions()
        assert [] == sorted(ours.keys() - found.keys()), HINT
        for name, partition in ours.items():
            assert [] == sorted(set(partition["regions"]) - set(found[name]["regions"])), HINT
            for each in ("suffix", "dual_stack_suffix", "region_regex", "implicit_global_region"):
                assert partition[each] == found[name][each], HINT
