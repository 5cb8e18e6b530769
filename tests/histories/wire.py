"""The calls of a history as requests, for whatever sends them: in this thread, in a task, or to a server."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple

from ..ask import signed_by
from .store import Call, body_of, content_md5, etag_of

XML = re.compile(r"<(Contents|Version|DeleteMarker)>(.*?)</\1>", re.DOTALL)


class Sent(NamedTuple):
    """A request."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Got(NamedTuple):
    """A response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Talk = Generator[Sent, Got, Any]
"""Yields requests and is sent their responses; returns the answer to the call."""


def request(method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> Sent:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Sent(method, path, query, {"authorization": signed_by(), **named}, body)


def talk(bucket: str, call: Call) -> Talk:
    """Make a call."""
    name, *given = call
    return globals()[f"_{name}"](f"/{bucket}", *given)


def make_bucket(bucket: str, versioning: str) -> Talk:
    """Make a bucket with this state of versioning."""
    got = yield request("PUT", f"/{bucket}")
    assert 200 == got.status, got
    if versioning:
        document = f"<VersioningConfiguration><Status>{versioning}</Status></VersioningConfiguration>".encode()
        got = yield request("PUT", f"/{bucket}", "versioning", document)
        assert 200 == got.status, got


def _written(got: Got) -> str:
    assert got.status in (200, 412, 404), got
    return {200: "ok", 412: "refused", 404: "missing"}[got.status]


def _put(bucket: str, key: str, size: int, **headers: str) -> Talk:
    body, checked = body_of(size), content_md5(size)
    return _written((yield request("PUT", f"{bucket}/{key}", body=body, content_md5=checked, **headers)))


def _put_new(bucket: str, key: str, size: int) -> Talk:
    return (yield from _put(bucket, key, size, if_none_match="*"))


def _put_over(bucket: str, key: str, size: int, etag: str) -> Talk:
    return (yield from _put(bucket, key, size, if_match=f'"{etag}"'))


def _upload(bucket: str, key: str, size: int) -> Talk:
    got = yield request("POST", f"{bucket}/{key}", "uploads")
    assert 200 == got.status, got
    upload = got.body.decode().partition("<UploadId>")[2].partition("</UploadId>")[0]
    got = yield request("PUT", f"{bucket}/{key}", f"partNumber=1&uploadId={upload}", body_of(size))
    assert 200 == got.status, got
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag_of(size)}</ETag></Part>"
    document = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    return _written((yield request("POST", f"{bucket}/{key}", f"uploadId={upload}", document)))


def _get(bucket: str, key: str) -> Talk:
    got = yield request("GET", f"{bucket}/{key}")
    if got.status == 404:
        return "missing"
    assert 200 == got.status, got
    assert body_of(len(got.body)) == got.body, "a torn body"
    return len(got.body), {name.lower(): value for name, value in got.headers.items()}["etag"].strip('"')


def _copy(bucket: str, source: str, key: str) -> Talk:
    return _written((yield request("PUT", f"{bucket}/{key}", x_amz_copy_source=f"{bucket}/{source}")))


def _delete(bucket: str, key: str) -> Talk:
    got = yield request("DELETE", f"{bucket}/{key}")
    return "ok" if got.status == 204 else got.status


def _list(bucket: str) -> Talk:
    got = yield request("GET", bucket, "list-type=2")
    found = [each[1] for each in XML.findall(got.body.decode())]
    return tuple((_text(each, "Key"), int(_text(each, "Size")), _text(each, "ETag")) for each in found)


def _list_versions(bucket: str) -> Talk:
    got = yield request("GET", bucket, "versions")
    found = XML.findall(got.body.decode())
    return tuple((_text(each, "Key"), int(_text(each, "Size")) if kind == "Version" else None) for kind, each in found)


def _text(element: str, name: str) -> str:
    return element.partition(f"<{name}>")[2].partition(f"</{name}>")[0].replace("&quot;", "").strip('"')
