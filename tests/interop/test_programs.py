"""SDKs of other languages: each runs the contract of programs/README.md against `fakes3 serve`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .built import find_built
from .programs.build import PROGRAMS
from .served import client_of, run, served, variables_of

MIB = 1024**2
ODD = "a b+c/é&?%20=~'\"<>#.txt"
MANY = " ".join(f"many/{number:02}" for number in range(25))
FOUND = {
    "small": "hello text/plain alice",
    "large": str(11 * MIB),
    "range": bytes(index % 251 for index in range(5 * MIB - 1, 5 * MIB + 2)).hex(),
    "odd": "odd",
    "pages": "3",
    "listed": MANY,
    "copy": "hello",
    "left": "0",
    "presigned": "odd",
    "missing": "NoSuchKey",
    "conditional": "PreconditionFailed",
}
UNABLE = {"minio-js": {"pages", "conditional"}}
"""What a client has no call for: minio-js asks for pages by itself, and takes no conditions with a put."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("--verify-signatures") as url:
        yield url


@pytest.mark.parametrize("folder", [each.folder for each in PROGRAMS if each.is_run])
def test_what_a_program_reads_and_what_it_leaves(url: str, folder: str, tmp_path: Path) -> None:
    command = find_built(folder, "contract")
    bucket = f"of-{folder}"
    home = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    ended = run(*command, bucket, variables=home | variables_of(url), folder=tmp_path)
    assert 0 == ended.returncode, ended.stderr
    read = dict(line.split("\t", 1) for line in ended.stdout.splitlines() if "\t" in line)
    unable = UNABLE.get(folder, set())
    assert {step: found for step, found in FOUND.items() if step not in unable} == read

    with client_of(url) as s3:
        left = {each["Key"]: each["Size"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]}
        assert {"small": 5, "large": 11 * MIB, ODD: 3, "copy": 5} == left
        small, large = (s3.head_object(Bucket=bucket, Key=key) for key in ("small", "large"))
        assert ("text/plain", {"owner": "alice"}) == (small["ContentType"], small["Metadata"])
        # Of how many parts, each SDK decides by a default of its own.
        assert re.fullmatch(r'"[0-9a-f]{32}-[23]"', large["ETag"])
        copy = s3.head_object(Bucket=bucket, Key="copy")
        assert ("text/plain", {"owner": "alice"}) == (copy["ContentType"], copy["Metadata"])
