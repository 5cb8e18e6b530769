"""Refresh what we keep of the newest botocore: `python -m fakes3.wire.regenerate`.

`wire/table.json` is botocore's S3 service model without its prose: every operation, shape, place and wire name, and
nothing else; `model/partitions.json` is its list of regions and their partitions. They are kept in the repository, so
that every door works without botocore and an upgrade of botocore never moves our behaviour;
`tests/test_table_drift.py` tells when a newer botocore has something new.

This is a developer's tool and the only file of the wire that reads botocore.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("table.json")
PARTITIONS = Path(__file__).parents[1] / "model" / "partitions.json"

_OPERATION = ("http", "input", "output", "deprecated", "httpChecksum")
_SHAPE = ("type", "required", "members", "member", "key", "value", "payload", "flattened", "locationName")
_SHAPE_ONLY = ("xmlNamespace", "enum", "timestampFormat", "eventstream", "sensitive")
_MEMBER = ("shape", "location", "locationName", "flattened", "xmlAttribute", "xmlNamespace", "streaming")


def table_of(model: dict[str, Any]) -> dict[str, Any]:
    """What the wire needs of a botocore service model."""
    return {
        "apiVersion": model["metadata"]["apiVersion"],
        "operations": {name: _operation(raw) for name, raw in sorted(model["operations"].items())},
        "shapes": {name: _shape(raw) for name, raw in sorted(model["shapes"].items())},
    }


def _operation(raw: dict[str, Any]) -> dict[str, Any]:
    kept = {name: raw[name] for name in _OPERATION if name in raw}
    checksum = kept.pop("httpChecksum", {})
    if checksum.get("requestChecksumRequired"):
        kept["checksumRequired"] = True
    for side in ("input", "output"):
        if side in kept:
            kept[side] = {name: kept[side][name] for name in _MEMBER if name in kept[side]}
    return kept


def _shape(raw: dict[str, Any]) -> dict[str, Any]:
    kept = {name: raw[name] for name in _SHAPE + _SHAPE_ONLY if name in raw}
    if "members" in kept:
        kept["members"] = {name: _reference(member) for name, member in kept["members"].items()}
    for name in ("member", "key", "value"):
        if name in kept:
            kept[name] = _reference(kept[name])
    return kept


def _reference(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: raw[name] for name in _MEMBER if name in raw}


def text_of(table: dict[str, Any]) -> str:
    """The table as JSON, one operation or shape a line, so that a refresh shows as a readable change."""
    text = json.dumps(table, indent=1, ensure_ascii=True)
    # Everything deeper than a table's rows goes on the line of its row.
    text = re.sub(r"\n {3,}", " ", text)
    return re.sub(r"\n {2}([}\]])", r" \1", text) + "\n"


def newest() -> dict[str, Any]:
    """The table of the botocore that is installed."""
    from botocore.loaders import Loader

    return table_of(Loader().load_service_model("s3", "service-2"))


def partitions() -> dict[str, dict[str, Any]]:
    """Each partition's DNS suffixes, region pattern, implicit global region and known regions.

    The two files of botocore do not list quite the same regions, so both are read. Pseudo-regions
    (`aws-global`) are left out: no bucket lives there.
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
    PARTITIONS.write_text(json.dumps(partitions(), indent=1) + "\n", encoding="ascii")
    TABLE.write_text(text_of(newest()), encoding="ascii")
    print(f"{TABLE.name}: {len(json.loads(TABLE.read_text())['operations'])} operations")
