"""An operation that fails has changed nothing: the world afterwards is the very world it was before.

A table of what each operation can be refused with, each provoked once over the wire.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any
from xml.etree import ElementTree

import pytest

from fakes3 import FakeS3
from fakes3.model.identity import AccessKey, Principal
from fakes3.operations.service import Service

from ..ask import HOST, Answer, Ask

HERE = "us-east-1"
MINE, THEIRS, NOBODY = "AKIDMINE", "AKIDTHEIRS", ""
VERSION_OF_NOBODY = "A" * 32
EMPTY_MD5 = b64encode(md5(b"", usedforsecurity=False).digest()).decode()


@dataclass(frozen=True)
class Asked:
    """A request and the code of its refusal. `{...}` in the target is filled in from the service's world."""

    operation: str
    code: str
    method: str
    target: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    caller: str = MINE
    host: str = HOST
    status: int | None = None

    def __str__(self) -> str:
        return f"{self.operation}-{self.code}"


# What every operation on a bucket shares: a request that would succeed, had the bucket been the right one.
DELETE = b"<Delete><Object><Key>cat</Key></Object></Delete>"
DELETE_MD5 = {"content-md5": b64encode(md5(DELETE, usedforsecurity=False).digest()).decode()}
ON_BUCKETS: list[tuple[str, str, str, bytes, dict[str, str]]] = [
    ("HeadBucket", "HEAD", "/{bucket}", b"", {}),
    ("DeleteBucket", "DELETE", "/{bucket}", b"", {}),
    ("GetBucketLocation", "GET", "/{bucket}?location", b"", {}),
    ("ListObjects", "GET", "/{bucket}", b"", {}),
    ("ListObjectsV2", "GET", "/{bucket}?list-type=2", b"", {}),
    ("PutObject", "PUT", "/{bucket}/cat", b"meow", {}),
    ("GetObject", "GET", "/{bucket}/cat", b"", {}),
    ("HeadObject", "HEAD", "/{bucket}/cat", b"", {}),
    ("DeleteObject", "DELETE", "/{bucket}/cat", b"", {}),
    ("DeleteObjects", "POST", "/{bucket}?delete", DELETE, DELETE_MD5),
    ("CopyObject", "PUT", "/{bucket}/copy", b"", {"x-amz-copy-source": "pictures/cat"}),
]


def on_buckets() -> Iterator[Asked]:
    for each in ON_BUCKETS:
        yield from on_bucket(*each)


def on_bucket(operation: str, method: str, target: str, body: bytes, headers: dict[str, str]) -> Iterator[Asked]:
    def asked(code: str, bucket: str = "pictures", caller: str = MINE, **more: str) -> Asked:
        sent = headers | {name.replace("_", "-"): value for name, value in more.items()}
        return Asked(operation, code, method, target.replace("{bucket}", bucket), body, sent, caller)

    yield asked("NoSuchBucket", bucket="missing")
    if operation != "DeleteObjects":  # which answers of each object by itself
        yield asked("AccessDenied", caller=THEIRS)
        yield asked("AccessDenied", caller=NOBODY)
    yield asked("AccessDenied", x_amz_expected_bucket_owner="444455556666")
    yield asked("InvalidBucketOwnerAWSAccountID", x_amz_expected_bucket_owner="me")
    if operation != "GetBucketLocation":
        yield asked("PermanentRedirect", bucket="far")


AWS_CHUNKED = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32",
    "x-amz-decoded-content-length": "4",
}


def put(code: str, body: bytes = b"meow", key: str = "cat", **headers: str) -> Asked:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Asked("PutObject", code, "PUT", f"/pictures/{key}", body, sent)


def get(code: str, target: str, **headers: str) -> Asked:
    return Asked("GetObject", code, "GET", target, b"", {k.replace("_", "-"): v for k, v in headers.items()})


def head(code: str, target: str, **headers: str) -> Asked:
    return Asked("HeadObject", code, "HEAD", target, b"", {k.replace("_", "-"): v for k, v in headers.items()})


def delete(code: str, target: str, **headers: str) -> Asked:
    return Asked("DeleteObject", code, "DELETE", target, b"", {k.replace("_", "-"): v for k, v in headers.items()})


def copy(code: str, source: str = "pictures/cat", target: str = "/pictures/copy", **headers: str) -> Asked:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Asked("CopyObject", code, "PUT", target, b"", {"x-amz-copy-source": source, **sent})


def delete_several(code: str, body: bytes, **headers: str) -> Asked:
    digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
    sent = {"content-md5": digest} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Asked("DeleteObjects", code, "POST", "/pictures?delete", body, {k: v for k, v in sent.items() if v})


def create(code: str, bucket: str = "fresh", body: bytes = b"", **options: Any) -> Asked:
    return Asked("CreateBucket", code, "PUT", f"/{bucket}", body, **options)


def region(name: str) -> bytes:
    return (
        f"<CreateBucketConfiguration><LocationConstraint>{name}</LocationConstraint></CreateBucketConfiguration>"
    ).encode()


TABLE: list[Asked] = [
    *on_buckets(),
    # ---- buckets ----
    create("AccessDenied", caller=NOBODY),
    create("InvalidBucketName", "Pictures"),
    create("InvalidBucketName", "xn--pictures"),
    create("BucketAlreadyExists", "theirs"),
    create("BucketAlreadyOwnedByYou", "far"),
    create("BucketAlreadyOwnedByYou", "pictures", region("eu-west-1")),
    create("InvalidLocationConstraint", body=region("mars")),
    create("InvalidLocationConstraint", body=region("us-east-1")),
    create("IllegalLocationConstraintException", host="s3.eu-west-1.amazonaws.com"),
    create("IllegalLocationConstraintException", body=region("eu-west-2"), host="s3.eu-west-1.amazonaws.com"),
    create("MalformedXML", body=b"<CreateBucketConfiguration>"),
    create("MalformedXML", body=b"<Something/>"),
    create("MalformedXML", body=b"<CreateBucketConfiguration><Mars/></CreateBucketConfiguration>"),
    create(
        "MalformedXML",
        body=b"<CreateBucketConfiguration><Location><Type>x</Type></Location></CreateBucketConfiguration>",
    ),
    create("InvalidNamespaceHeader", headers={"x-amz-bucket-namespace": "account-regional"}),
    create("InvalidDigest", body=region("eu-west-1"), headers={"content-md5": "x"}),
    create("BadDigest", body=region("eu-west-1"), headers={"content-md5": EMPTY_MD5}),
    create("IncompleteBody", body=region("eu-west-1"), headers={"content-length": "1000"}),
    Asked("DeleteBucket", "BucketNotEmpty", "DELETE", "/pictures"),
    Asked("DeleteBucket", "BucketNotEmpty", "DELETE", "/kept"),
    Asked("ListBuckets", "307", "GET", "/", caller=NOBODY),
    Asked("ListBuckets", "InvalidArgument", "GET", "/?max-buckets=0"),
    Asked("ListBuckets", "InvalidArgument", "GET", "/?max-buckets=many"),
    Asked("ListBuckets", "InvalidArgument", "GET", "/?bucket-region=mars"),
    Asked("ListBuckets", "InvalidArgument", "GET", "/?continuation-token=mars"),
    # ---- put ----
    put("IncompleteBody", content_length="5"),
    put("MissingContentLength", content_length=""),
    put("NotImplemented", content_length="", transfer_encoding="chunked"),
    put("EntityTooLarge", content_length=str(5 * 1024**3 + 1)),
    put("InvalidDigest", content_md5="x"),
    put("BadDigest", content_md5=EMPTY_MD5),
    put("BadDigest", x_amz_checksum_crc32="AAAAAA=="),
    put("InvalidRequest", x_amz_checksum_crc32="x"),
    put("InvalidRequest", x_amz_checksum_crc32="AAAAAA==", x_amz_checksum_sha1="AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    put("InvalidRequest", x_amz_sdk_checksum_algorithm="CRC32"),
    put("InvalidArgument", x_amz_content_sha256="mars"),
    put("XAmzContentSHA256Mismatch", x_amz_content_sha256="0" * 64),
    put("IncompleteBody", b"5\r\nmeow", **AWS_CHUNKED),
    put("IncompleteBody", b"3\r\nmeo\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", **AWS_CHUNKED),
    put("BadDigest", b"4\r\nmeow\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", **AWS_CHUNKED),
    put("InvalidRequest", b"4\r\nmeow\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n", **AWS_CHUNKED),
    put("MalformedTrailerError", b"4\r\nmeow\r\n0\r\nx-amz-checksum-sha1:x\r\n\r\n", **AWS_CHUNKED),
    put(
        "InvalidChunkSizeError",
        b"2\r\nme\r\n2\r\now\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        **AWS_CHUNKED,
    ),
    put("InvalidRequest", b"", **(AWS_CHUNKED | {"x-amz-trailer": "x-amz-meta-mood"})),
    put("KeyTooLongError", key="k" * 1025),
    put("400", key="..%2Fup"),
    put("MetadataTooLarge", x_amz_meta_mood="m" * 2049),
    put("NotImplemented", if_none_match='"etag"'),
    put("NotImplemented", if_match="*"),
    put("NotImplemented", if_match='"etag"', if_none_match="*"),
    put("PreconditionFailed", if_none_match="*"),
    put("PreconditionFailed", if_match='"etag"'),
    put("NoSuchKey", key="missing", if_match='"etag"'),
    put("InvalidStorageClass", x_amz_storage_class="MARS"),
    put("AccessControlListNotSupported", x_amz_acl="public-read"),
    put("InvalidRedirectLocation", x_amz_website_redirect_location="mars"),
    put("InvalidTag", x_amz_tagging="aws:mine=1"),
    put("BadRequest", x_amz_tagging="&".join(f"{number}=x" for number in range(11))),
    put("InvalidArgument", x_amz_server_side_encryption="mars"),
    # ---- get and head ----
    *(
        case
        for make in (get, head)
        for case in (
            make("NoSuchKey", "/pictures/missing"),
            make("NoSuchKey", "/kept/hidden"),
            make("NoSuchVersion", "/kept/cat?versionId={unknown}"),
            make("InvalidArgument", "/kept/cat?versionId=mars"),
            make("InvalidArgument", "/kept/cat?versionId="),
            make("MethodNotAllowed", "/kept/hidden?versionId={marker}"),
            make("InvalidRange", "/pictures/cat", range="bytes=100-"),
            make("PreconditionFailed", "/pictures/cat", if_match='"etag"'),
            make("PreconditionFailed", "/pictures/cat", if_unmodified_since="Thu, 01 Jan 1970 00:00:00 GMT"),
            make("NotModified", "/pictures/cat", if_none_match="*"),
            make("NotModified", "/pictures/cat", if_modified_since="Thu, 01 Jan 2026 00:00:00 GMT"),
            make("KeyTooLongError", "/pictures/" + "k" * 1025),
        )
    ),
    Asked("GET", "InvalidURI", "GET", "/pictures/%FF"),  # of no operation yet
    # ---- delete ----
    delete("KeyTooLongError", "/pictures/" + "k" * 1025),
    delete("PreconditionFailed", "/pictures/cat", if_match='"etag"'),
    delete("PreconditionFailed", "/pictures/missing", if_match="*"),
    delete("NoSuchKey", "/pictures/missing", if_match='"etag"'),
    delete("InvalidArgument", "/kept/cat?versionId=mars"),
    delete_several("MalformedXML", b"<Delete>"),
    delete_several("MalformedXML", b"<Delete></Delete>"),
    delete_several("MalformedXML", b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>"),
    delete_several("MalformedXML", b"<Delete><Object><VersionId>null</VersionId></Object></Delete>"),
    delete_several("InvalidRequest", DELETE, content_md5=""),
    delete_several("BadDigest", DELETE, content_md5=EMPTY_MD5),
    delete_several("InvalidDigest", DELETE, content_md5="x"),
    delete_several("IncompleteBody", DELETE, content_length="1000"),
    delete_several("MissingRequestBodyError", b""),
    delete_several("MaxMessageLengthExceeded", b"", content_length=str(9 * 1024**2)),
    # ---- copy ----
    copy("NoSuchBucket", "missing/cat"),
    copy("NoSuchKey", "pictures/missing"),
    copy("NoSuchKey", "kept/hidden"),
    copy("NoSuchVersion", "kept/cat?versionId={unknown}"),
    copy("InvalidArgument", "kept/cat?versionId=mars"),
    copy("InvalidRequest", "kept/hidden?versionId={marker}"),
    copy("AccessDenied", "theirs/cat"),
    copy("AccessDenied", x_amz_source_expected_bucket_owner="444455556666"),
    copy("InvalidArgument", "pictures"),
    copy("InvalidArgument", "%FF/cat"),
    copy("InvalidRequest", target="/pictures/cat"),
    copy("InvalidArgument", x_amz_metadata_directive="MARS"),
    copy("InvalidArgument", x_amz_tagging_directive="MARS"),
    copy("InvalidRequest", x_amz_checksum_algorithm="MARS"),
    copy("MetadataTooLarge", x_amz_metadata_directive="REPLACE", x_amz_meta_mood="m" * 2049),
    copy("PreconditionFailed", x_amz_copy_source_if_match='"etag"'),
    copy("PreconditionFailed", x_amz_copy_source_if_none_match="*"),
    copy("PreconditionFailed", x_amz_copy_source_if_modified_since="Thu, 01 Jan 2026 00:00:00 GMT"),
    copy("PreconditionFailed", x_amz_copy_source_if_unmodified_since="Thu, 01 Jan 1970 00:00:00 GMT"),
    copy("PreconditionFailed", target="/kept/cat", if_none_match="*"),
    copy("NotImplemented", if_match="*"),
    copy("KeyTooLongError", target="/pictures/" + "k" * 1025),
    copy("InvalidStorageClass", x_amz_storage_class="MARS"),
    # ---- listings ----
    *(
        Asked(operation, code, "GET", f"/pictures?{query}{more}")
        for operation, query in (("ListObjects", ""), ("ListObjectsV2", "list-type=2&"))
        for code, more in (
            ("InvalidArgument", "max-keys=-1"),
            ("InvalidArgument", "max-keys=many"),
            ("InvalidArgument", "encoding-type=mars"),
        )
    ),
    Asked("ListObjectsV2", "InvalidArgument", "GET", "/pictures?list-type=2&continuation-token=mars"),
    Asked(
        "ListObjectsV2",
        "InvalidArgument",
        "GET",
        "/pictures?list-type=2",
        headers={"x-amz-optional-object-attributes": "Mars"},
    ),
]

OPERATIONS = {"CreateBucket", "ListBuckets", *(operation for operation, *_ in ON_BUCKETS)}


@pytest.fixture
def s3() -> FakeS3:
    """A fake in which every case of the table finds what it needs."""
    s3 = FakeS3()
    s3.clock.freeze("2026-01-01T00:00:00Z")
    service = s3.service
    for key, account in ((MINE, s3.account_id), (THEIRS, "444455556666")):
        service.access_keys[key] = AccessKey(key, None, Principal(account))
    s3.create_bucket("pictures", objects={"cat": b"meow"})
    s3.create_bucket("far", region="eu-west-1", objects={"cat": b"meow"})
    s3.create_bucket("kept", versioning=True, objects={"cat": b"1", "hidden": b"1"})
    assert 200 == ask(service, Asked("CreateBucket", "", "PUT", "/theirs", caller=THEIRS)).status
    assert 200 == ask(service, Asked("PutObject", "", "PUT", "/theirs/cat", caller=THEIRS)).status
    assert 204 == ask(service, Asked("DeleteObject", "", "DELETE", "/kept/hidden")).status
    return s3


def ask(service: Service, asked: Asked) -> Answer:
    kept = service.world.buckets.get("kept")
    marker = next(iter(kept.versions.of("hidden"))).id if kept is not None else ""
    unknown = service.ids.version_id(10**6)

    def filled(text: str) -> str:
        return text.replace("{marker}", marker).replace("{unknown}", unknown)

    headers = {"content-length": str(len(asked.body))}
    headers |= {name: filled(value) for name, value in asked.headers.items()}
    sent = {name: value or None for name, value in headers.items()}
    by = Ask(service, asked.caller)
    return by(asked.method, filled(asked.target), sent, asked.body, host=asked.host, signed=bool(asked.caller))


@pytest.mark.parametrize("asked", TABLE, ids=str)
def test_refused(s3, asked):
    before = s3.service.world
    response = ask(s3.service, asked)
    call = s3.calls[-1]
    assert (asked.operation, asked.code) == (call.operation, call.error), response.text
    assert 300 <= response.status < 600
    assert s3.service.world is before


def test_every_operation_is_in_the_table():
    assert {"GET", *OPERATIONS} == {asked.operation for asked in TABLE}


class TestNothingToDo:
    """A request that succeeds and finds nothing to do changes nothing, either."""

    @pytest.mark.parametrize(
        "asked",
        [
            Asked("DeleteObject", "", "DELETE", "/pictures/missing"),
            Asked("DeleteObject", "", "DELETE", "/kept/cat?versionId={unknown}"),
            Asked("GetObject", "", "GET", "/pictures/cat"),
            Asked("HeadObject", "", "HEAD", "/pictures/cat"),
            Asked("ListObjectsV2", "", "GET", "/pictures?list-type=2"),
            Asked("ListBuckets", "", "GET", "/"),
            create("", "pictures"),
            delete_several("", b"<Delete><Object><Key>missing</Key></Object></Delete>"),
        ],
        ids=str,
    )
    def test_world_stays(self, s3, asked):
        before = s3.service.world
        assert ask(s3.service, asked).status < 300
        assert s3.service.world is before

    def test_deletes_of_which_none_succeeds(self, s3):
        before = s3.service.world
        named = b"<Object><Key>" + b"k" * 1025 + b"</Key></Object><Object><Key>cat</Key><ETag>x</ETag></Object>"
        response = ask(s3.service, delete_several("", b"<Delete>" + named + b"</Delete>"))
        root = ElementTree.fromstring(response.body)
        codes = [each.text for each in root.iter("{http://s3.amazonaws.com/doc/2006-03-01/}Code")]
        assert (200, ["KeyTooLongError", "PreconditionFailed"]) == (response.status, codes)
        assert s3.service.world is before


class TestBodyThatBreaksOff:
    """A client that goes away in the middle of a body has written nothing."""

    def test_error_of_the_client_s_own(self, s3):
        def body() -> Iterator[bytes]:
            yield b"me"
            raise ConnectionResetError("gone")

        before = s3.service.world
        with pytest.raises(ConnectionResetError):
            Ask(s3.service, MINE)("PUT", "/pictures/cat", {"content-length": "4"}, body())
        assert s3.service.world is before
        assert b"meow" == s3["pictures"]["cat"].body
