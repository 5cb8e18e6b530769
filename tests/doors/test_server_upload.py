"""A body on its way from a connection to an operation."""

from __future__ import annotations

import pytest

from fakes3 import FakeS3
from fakes3.doors.server import Site
from fakes3.doors.server_head import read_head
from fakes3.doors.server_upload import MOST_WAITING, PIECE, Absent, BodyWanted, Upload
from fakes3.model.errors import IncompleteBody
from fakes3.wire.message import Request

from .raw_http import head


def request(method: str, target: str, *lines: str) -> Request:
    read = read_head(head(method, target, *lines)[:-4], scheme="http", host="localhost", client="127.0.0.1")
    return Request(
        *(read.request.method, read.request.scheme, read.request.host, read.request.path, read.request.query),
        read.request.headers,
        Absent(),
    )


class TestAbsent:
    """A request can be answered without its body, and has done nothing where that fails."""

    @pytest.mark.parametrize(
        ("method", "target"),
        [
            *(("PUT", "/bucket/k"), ("PUT", "/bucket/k?partNumber=1&uploadId={upload}"), ("PUT", "/bucket?lifecycle")),
            *(("POST", "/bucket?delete"), ("POST", "/bucket/k?uploadId={upload}"), ("PUT", "/bucket?policy")),
            *(("PUT", "/bucket?versioning"), ("PUT", "/bucket/hello.txt?acl"), ("PUT", "/bucket/hello.txt?tagging")),
        ],
    )
    def test_what_needs_the_body_changes_nothing_without_it(self, method: str, target: str):
        fake = FakeS3()
        fake.create_bucket("bucket", objects={"hello.txt": "hello"})
        upload = fake.client().create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
        before, calls = fake.snapshot(), len(fake.calls)
        lines = ("Content-Length: 2000000", "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==")
        with pytest.raises(BodyWanted):
            Site(fake.service).answer(request(method, target.format(upload=upload), *lines))
        assert not before.diff(fake.snapshot())
        assert calls == len(fake.calls)

    def test_a_form_needs_it(self):
        fake = FakeS3()
        fake.create_bucket("bucket")
        with pytest.raises(BodyWanted):
            lines = ("Content-Length: 9000000", "Content-Type: multipart/form-data; boundary=x")
            Site(fake.service).answer(request("POST", "/bucket", *lines))

    def test_what_does_not_is_answered(self):
        fake = FakeS3()
        fake.create_bucket("bucket", objects={"hello.txt": "hello"})
        answers = [
            Site(fake.service).answer(request(method, target, "Content-Length: 9000000"))
            for method, target in (("GET", "/bucket/hello.txt"), ("PUT", "/nobucket/k"), ("PUT", "/bucket/k?acl=%FF"))
        ]
        assert [200, 404, 400] == [answer.status for answer in answers]


class TestUpload:
    def test_gives_what_was_put_in(self):
        upload = Upload(lambda _: None)
        for piece in (b"a" * (PIECE - 1), b"b", b"c"):
            upload.put(piece)
        upload.end()
        assert PIECE + 1 == upload.waiting
        assert b"a" * (PIECE - 1) + b"bc" == b"".join(upload)

    def test_says_when_much_was_taken_before_the_client_would_wait_for_ever(self):
        took: list[int] = []
        upload = Upload(took.append)
        while upload.waiting <= MOST_WAITING:
            upload.put(b"a" * (PIECE // 4))
        upload.end()
        assert upload.waiting == sum(map(len, upload))
        assert [MOST_WAITING // 2] * 2 == took

    def test_raises_why_the_rest_does_not_come(self):
        upload = Upload(lambda _: None)
        upload.put(b"a")
        upload.end(IncompleteBody())
        pieces = iter(upload)
        assert b"a" == next(pieces)
        with pytest.raises(IncompleteBody):
            next(pieces)
