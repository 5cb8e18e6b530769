"""Refresh the files made from botocore's data: `python -m fakes3.wire.regenerate`.

`wire/table.json` is botocore's S3 service model without its prose: every operation, shape, place and wire name.
`wire/control_table.json` is the same of S3 Control, with the shapes of the operations in `CONTROL_OPERATIONS` alone.
`model/partitions.json` is its list of partitions and their regions. All are kept in the repository, so that every door
works without botocore, and no upgrade of botocore changes how fakes3 behaves. `tests/test_table_drift.py` fails when
a newer botocore has something new.

This is a developer's tool, and the only file of the wire that reads botocore.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("table.json")
CONTROL_TABLE = Path(__file__).with_name("control_table.json")
PARTITIONS = Path(__file__).parents[1] / "model" / "partitions.json"

CONTROL_OPERATIONS = frozenset(
    {
        *("CreateAccessPoint", "DeleteAccessPoint", "GetAccessPoint", "ListAccessPoints"),
        *("DeleteAccessPointPolicy", "GetAccessPointPolicy", "GetAccessPointPolicyStatus", "PutAccessPointPolicy"),
        *("DeletePublicAccessBlock", "GetPublicAccessBlock", "PutPublicAccessBlock"),
        *("ListTagsForResource", "TagResource", "UntagResource"),
    }
)
"""The operations of S3 Control that fakes3 builds. Of the others the table has how they are asked for, to name them."""

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
CONTROL_NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"

_OPERATION = ("http", "input", "output", "deprecated")
# fmt: off
_SHAPE = (
    "type", "required", "members", "member", "key", "value", "payload", "flattened", "locationName",
    "xmlNamespace", "enum", "timestampFormat", "eventstream", "sensitive",
)
# fmt: on
_MEMBER = ("shape", "location", "locationName", "flattened", "xmlAttribute", "xmlNamespace", "streaming")


def make_table(model: dict[str, Any]) -> dict[str, Any]:
    """Return what the wire needs of a botocore service model.

    Where the members of a request are its document, the document is made one member, its payload, which has the name of
    the document's root.
    """
    operations = {name: _operation(raw) for name, raw in sorted(model["operations"].items())}
    shapes = {name: _shape(raw) for name, raw in sorted(model["shapes"].items())}
    for raw in operations.values():
        if "locationName" in raw.get("input", {}):
            _wrap_document(raw["input"], shapes)
    return {
        "apiVersion": model["metadata"]["apiVersion"],
        "namespace": NAMESPACE,
        "operations": operations,
        "shapes": dict(sorted(shapes.items())),
    }


def make_control_table(model: dict[str, Any], names_of_s3: Collection[str]) -> dict[str, Any]:
    """Return what the wire needs of botocore's model of S3 Control.

    An operation that shares its name with one of S3 gets another, since calls and rights are told apart by name: the
    public access block is that of an account, and all else that of a bucket on Outposts.
    """
    table = make_table(model)
    shapes = table["shapes"]
    kept: dict[str, Any] = {}
    operations = {}
    for name, raw in table["operations"].items():
        if name not in CONTROL_OPERATIONS:
            raw = _keep(raw, ("http",))
        for side in ("input", "output"):
            if side in raw:
                _collect(raw[side]["shape"], shapes, kept)
        operations[name_in_table(name) if name in names_of_s3 else name] = raw
    return table | {
        "namespace": CONTROL_NAMESPACE,
        "operations": dict(sorted(operations.items())),
        "shapes": dict(sorted(kept.items())),
    }


def name_in_table(name: str) -> str:
    """Return the name of an operation of S3 Control that has the name of one of S3.

    >>> name_in_table("GetPublicAccessBlock"), name_in_table("GetBucketPolicy")
    ('GetAccountPublicAccessBlock', 'GetOutpostsBucketPolicy')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "Account" if "PublicAccessBlock" in name else "Outposts", name, count=1)


def _wrap_document(reference: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Move the members of an input that are its document into a payload."""
    outer = shapes[reference["shape"]]
    inside = {name: member for name, member in outer["members"].items() if "location" not in member}
    if "payload" in outer or not inside:
        return
    root = reference["locationName"]
    content = f"{root}Document"
    required = [name for name in outer["required"] if name in inside]
    shapes[content] = {"type": "structure", "required": required, "members": inside}
    outer["required"] = [name for name in outer["required"] if name not in inside] + [root]
    members = {name: member for name, member in outer["members"].items() if name not in inside}
    outer["members"] = members | {root: {"shape": content, "locationName": root}}
    outer["payload"] = root


def _collect(name: str, shapes: dict[str, Any], kept: dict[str, Any]) -> None:
    """Add a shape, and all that is inside it, to those that are kept."""
    if name in kept:
        return
    raw = kept[name] = shapes[name]
    for reference in (
        *raw.get("members", {}).values(),
        *(raw[each] for each in ("member", "key", "value") if each in raw),
    ):
        _collect(reference["shape"], shapes, kept)


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


def read_newest_control_table() -> dict[str, Any]:
    """Return the table of S3 Control made from the installed botocore."""
    from botocore.loaders import Loader

    load = Loader().load_service_model
    return make_control_table(load("s3control", "service-2"), load("s3", "service-2")["operations"])


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
    for path, table in ((TABLE, read_newest_table()), (CONTROL_TABLE, read_newest_control_table())):
        path.write_text(format_table(table), encoding="ascii")
        print(f"{path.name}: {len(table['operations'])} operations")
