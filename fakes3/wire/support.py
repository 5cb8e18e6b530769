"""Write docs/operations.md, the table of what is built: `python -m fakes3.wire.support`.

Each row is made from the code: the operation's members in the table of the API, those that its function accepts, and
the docstring of the function or of its configuration. What no docstring says is in `support_notes.json`: by operation,
its `effects`, and what is `unsure` since no page and no recording says it.

This is a developer's tool. `tests/wire/test_support.py` fails when the file is not what it writes.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import fakes3.operations.service  # noqa: F401  registers the operations
from fakes3.model.data_files import read_beside
from fakes3.operations.registry import EVERYTHING, REGISTRY, Accepted
from fakes3.wire.reader import is_seen_to
from fakes3.wire.table import CONTROL, Operation, Shape, find_operation, operations

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"

TWINS = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
"""Deprecated operations, each with its successor. Both have one route, so S3 cannot tell them apart."""

NOT_BUILT = {
    "WriteGetObjectResponse": "It is for functions behind object lambda access points, which AWS closed to new "
    "customers in November 2025.",
}
"""Operations that answer 501 and are named in the Message, with the reason. There are at most five.

S3: userguide/amazons3-ol-change.html
"""

_OF_TWINS = "It is deprecated. Its old documents are taken, and read with the names of its successor."

_SHARED = frozenset({"Bucket", "Key", "ExpectedBucketOwner", "RequestPayer", "ContentMD5", "ChecksumAlgorithm"})
"""Members that most operations have, and which would only make the table wide."""

_HEAD = """\
# What is built, operation by operation

<!-- Made by `python -m fakes3.wire.support` from the code. Change the code, and make it anew. -->

A row says which members an operation takes, which it refuses with 501 `NotImplemented`, and what it does. Members
that nearly all take stand in no row:
{shared}.

What is marked *unsure* is said by no page and no recording: it is the nearest documented behaviour.
"""


def make_page() -> str:
    """Return the page."""
    s3, control = operations(), operations(CONTROL)
    parts = [_HEAD.format(shared=", ".join(f"`{name}`" for name in sorted(_SHARED)))]
    parts += ["## S3\n", *_table([name for name in s3 if name in REGISTRY or name in TWINS])]
    missing = [name for name in s3 if name not in REGISTRY and name not in TWINS]
    parts += ["## Not built\n", "These answer 501 `NotImplemented`, with a message that names them.\n"]
    parts += ["| operation | why |", "|---|---|", *(f"| `{name}` | {NOT_BUILT[name]} |" for name in missing), ""]
    parts += ["## S3 Control\n", "Every other operation of S3 Control answers 501, and is named.\n"]
    parts += _table([name for name in control if name in REGISTRY])
    return "\n".join(parts)


def _table(names: list[str]) -> Iterator[str]:
    """Yield the lines of a table of these operations."""
    yield "| operation | takes | refuses with 501 | what it does |"
    yield "|---|---|---|---|"
    notes: dict[str, dict[str, str]] = json.loads(read_beside(__name__, "support_notes.json"))
    for name in names:
        if name in TWINS:
            successor = TWINS[name]
            yield f"| `{name}` | as `{successor}`, whose route it has | | {_OF_TWINS} |"
            continue
        operation, accepts = find_operation(name), REGISTRY[name].accepts
        taken = sorted(_taken(operation, accepts) - _SHARED)
        refused = list(_refused(operation.input, accepts, has_document=_has_document(operation)))
        yield f"| `{name}` | {_codes(taken)} | {_codes(refused)} | {_effects(name, notes.get(name, {}))} |"
    yield ""


def _codes(names: list[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _has_document(operation: Operation) -> bool:
    payload = None if operation.input is None else operation.input.members.get(operation.input.payload or "")
    return payload is not None and payload.shape.type in {"structure", "string"}


def _taken(operation: Operation, accepts: Accepted) -> set[str]:
    """Return the members that an operation takes."""
    members = {} if operation.input is None else operation.input.members
    has_document = _has_document(operation)
    seen_to = {name for name, member in members.items() if is_seen_to(member, has_document=has_document)}
    return set(accepts) | seen_to - {"ContentLength"}


def _refused(
    shape: Shape | None, accepts: Accepted, path: str = "", seen: frozenset[str] = frozenset(), *, has_document: bool
) -> Iterator[str]:
    """Yield the members that are refused, also those inside of documents: `Filter.And`."""
    for member in shape.members.values() if shape is not None else ():
        if member.name not in accepts:
            if path or not is_seen_to(member, has_document=has_document):
                yield path + member.name
            continue
        inner = member.shape
        while inner.type == "list":
            inner = inner.member.shape
        if inner.type == "structure" and accepts[member.name] is not EVERYTHING and inner.name not in seen:
            place = f"{path}{member.name}."
            yield from _refused(inner, accepts[member.name], place, seen | {inner.name}, has_document=has_document)


def _effects(name: str, notes: dict[str, str]) -> str:
    """Return what an operation does: by its docstring, with what only the notes say."""
    function: Any = REGISTRY[name].function
    row = getattr(function, "__self__", None)
    sentences = _sentences(function)
    if row is not None:
        # One function is shared by all configurations, and says of them what may not be true of this one.
        sentences = [sentences[0], *_sentences(type(row))]
    sure = [each for each in sentences if each and not _is_unsure(each)]
    unsure = [each for each in sentences if _is_unsure(each)]
    if "effects" in notes:
        sure.append(notes["effects"])
    if "unsure" in notes:
        unsure.append(notes["unsure"])
    marked = [f"*Unsure:* {' '.join(unsure)}"] if unsure else []
    return " ".join((*sure, *marked)).replace("|", "\\|")


def _sentences(documented: Any) -> list[str]:
    """Return the sentences of a docstring."""
    return re.split(r"(?<=[.!?])\s+", _paragraphs(inspect.getdoc(documented) or ""))


def _is_unsure(sentence: str) -> bool:
    return sentence.lower().startswith("no page")


_ASIDE = ("Raises:", "S3:", "recorded:", "observed:", ">>>", "Args:")
"""How the rest of a paragraph begins that says nothing of what an operation does."""


def _paragraphs(text: str) -> str:
    """Return a docstring without its lists of errors, sources and examples, on one line."""
    lines = [
        line.strip()
        for paragraph in text.split("\n\n")
        for line in takewhile(lambda line: not line.startswith(_ASIDE), paragraph.splitlines())
    ]
    return re.sub(r"\s+S3: \S+/\S+\.html.*", "", " ".join(lines)).strip()


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
    print(f"{PAGE.name}: {len(REGISTRY)} operations")
