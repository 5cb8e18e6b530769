"""Refresh the files made from botocore's data: `python -m fakes3.wire.regenerate`.

`wire/table.json` is botocore's S3 service model without its prose: every operation, shape, place and wire name.
`model/partitions.json` is its list of partitions and their regions. Both are kept in the repository, so that every door
works without botocore, and no upgrade of botocore changes how fakes3 behaves. `tests/test_table_drift.py` fails when
a newer botocore has something new.

This is a developer's tool, and the only file of the wire that reads botocore.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("table.json")
PARTITIONS = Path(__file__).parents[1] / "model" / "partitions.json"

_OPERATION = ("http", "input", "output", "deprecated")
# fmt: off
_SHAPE = (
    "type", "required", "members", "member", "key", "value", "payload", "flattened", "locationName",
    "xmlNamespace", "enum", "timestampFormat", "eventstream", "sensitive",
)
# fmt: on
_MEMBER = ("shape", "location", "locationName", "flattened", "xmlAttribute", "xmlNamespace", "streaming")


def make_table(model: dict[str, Any]) -> dict[str, Any]:
    """Return what the wire needs of a botocore service model."""
    return {
        "apiVersion": model["metadata"]["apiVersion"],
        "operations": {name: _operation(raw) for name, raw in sorted(model["operations"].items())},
        "shapes": {name: _shape(raw) for name, raw in sorted(model["shapes"].items())},
    }


def _operation(raw: dict[str, Any]) -> dict[str, Any]:
    kept = _keep(raw, _OPERATION)
    return kept | {side: _keep(kept[side], _MEMBER) for side in ("input", "output") if side in kept}


def _shape(raw: dict[str, Any]) -> dict[str, Any]:
    kept = _keep(raw, _SHAPE)
    if "members" in kept:
        kept["members"] = {name: _keep(member, _MEMBER) for name, member in kept["members"].items()}
    return kept | {name: _keep(kept[name], _MEMBER) for name in ("member", "key", "value") if name in kept}


def _keep(raw: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: raw[name] for name in names if name in raw}


def format_table(table: dict[str, Any]) -> str:
    """Return the table as JSON with one operation or shape on each line, so that a refresh is a readable diff."""
    text = json.dumps(table, indent=1, ensure_ascii=True)
    # What is nested in a row goes on the row's line.
    text = re.sub(r"\n {3,}", " ", text)
    return re.sub(r"\n {2}([}\]])", r" \1", text) + "\n"


def read_newest_table() -> dict[str, Any]:
    """Return the table made from the installed botocore."""
    from botocore.loaders import Loader

    return make_table(Loader().load_service_model("s3", "service-2"))


def read_partitions() -> dict[str, dict[str, Any]]:
    """Return each partition's DNS suffixes, region pattern, implicit global region and known regions.

    botocore has two files with slightly different regions, so both are read. Pseudo-regions (`aws-global`) are left
    out: no bucket is in one.
    """
    data = files("botocore") / "data"
    listed = json.loads((data / "partitions.json").read_text("utf-8"))["partitions"]
    endpoints = json.loads((data / "endpoints.json").read_text("utf-8"))["partitions"]
    also = {partition["partition"]: partition["regions"] for partition in endpoints}
    found = {}
    for partition in sorted(listed, key=lambda partition: str(partition["id"])):
        name, outputs = partition["id"], partition["outputs"]
        regions = {*partition["regions"], *also.get(name, ())} - {f"{name}-global"}
        found[name] = {
            "suffix": outputs["dnsSuffix"],
            "dual_stack_suffix": outputs["dualStackDnsSuffix"],
            "region_regex": partition["regionRegex"],
            "implicit_global_region": outputs["implicitGlobalRegion"],
            "regions": sorted(regions),
        }
    return found


if __name__ == "__main__":
    PARTITIONS.write_text(json.dumps(read_partitions(), indent=1) + "\n", encoding="ascii")
    TABLE.write_text(format_table(read_newest_table()), encoding="ascii")
    print(f"{TABLE.name}: {len(json.loads(TABLE.read_text())['operations'])} operations")
