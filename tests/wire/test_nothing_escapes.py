"""Whatever a request is made of, it gets a response of S3: no exception leaves `handle`."""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3.model.clock import Clock
from fakes3.model.dates import parse_iso8601
from fakes3.model.header_text import is_header_name, is_header_value
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.model.world import World
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request, Response
from fakes3.wire.signatures import version_4
from fakes3.wire.table import Member, Operation, Shape, operations

from ..ask import Ask
from .odd import (
    AUTHORIZATION,
    DATES,
    DIGITS,
    ECDSA,
    FORM,
    HOST,
    HOSTS,
    JSON,
    NOW,
    NUMBERS,
    PATHS,
    POLICY_DOCUMENTS,
    PRESIGNED,
    PRESIGNED_V2,
    SCOPE,
    STREAMING,
    WORDS,
    XML,
    encode,
)

values = st.one_of(*map(st.sampled_from, (NUMBERS, DATES, WORDS)), st.text(st.characters(codec=None), max_size=5))
"""Texts that some reader of headers, parameters, fields or elements may fail on."""


def _start() -> tuple[World, str]:
    """Return a world with two buckets, one of them with Object Lock, and the id of an upload in the other."""
    s3 = Service(clock=_clock())
    for path, headers in (
        ("/bucket", {}),
        ("/bucket/k", {"x-amz-meta-a": "b"}),
        ("/locked", {"x-amz-bucket-object-lock-enabled": "true"}),
        ("/locked/k", {}),
    ):
        sent = {"authorization": AUTHORIZATION, "content-length": "0"} | headers
        assert 200 == handle(s3, Request("PUT", "https", HOST, path, "", sent)).status
    sent = {"authorization": AUTHORIZATION, "content-length": "0"}
    begun = handle(s3, Request("POST", "https", HOST, "/bucket/k", "uploads", sent))
    return s3.world, bytes(begun.body).decode().partition("<UploadId>")[2].partition("<")[0]


def _clock() -> Clock:
    clock = Clock()
    clock.freeze(NOW)
    return clock


START, UPLOAD_ID = _start()


def elements(member: Member) -> st.SearchStrategy[str]:
    """Draw an element of this member, in which texts may be odd."""
    return st.deferred(lambda: _contents(member.shape)).map(
        lambda inner: f"<{member.wire_name}>{inner}</{member.wire_name}>"
    )


def _contents(shape: Shape) -> st.SearchStrategy[str]:
    if shape.type == "structure":
        members = list(shape.members.values())
        several = st.lists(st.sampled_from(members).flatmap(elements), max_size=3) if members else st.just([])
        return several.map("".join)
    if shape.type == "list":
        return st.lists(elements(shape.member), min_size=1, max_size=2).map("".join)
    texts = st.sampled_from(shape.enum) if shape.enum else values
    return st.one_of(texts, values).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))


FIELDS = (
    "acl",
    "tagging",
    "success_action_redirect",
    "success_action_status",
    "x-amz-meta-a",
    "expires",
    "policy",
    "é",
)
forms = st.builds(FORM.format, st.one_of(st.just("k"), values), st.sampled_from(FIELDS), values, values).map(encode)
chunks = st.builds("{};chunk-signature={}\r\nbytes\r\n{}\r\n{}:{}\r\n\r\n".format, *[values] * 5).map(encode)
unsigned_chunks = st.builds("5{}\r\nbytes\r\n0\r\n{}:{}\r\n\r\n".format, st.sampled_from(["", DIGITS]), values, values)


def _payload(operation: Operation) -> Member | None:
    shape = operation.input
    return None if shape is None or shape.payload is None else shape.members[shape.payload]


def bodies(operation: Operation) -> st.SearchStrategy[bytes | list[bytes]]:
    """Draw a body, which is mostly a document where the operation has one."""
    payload = _payload(operation)
    plain = st.sampled_from([b"", b"bytes"])
    if payload is None or payload.shape.type == "blob":
        return st.one_of(plain, chunks, unsigned_chunks.map(encode), st.lists(st.binary(max_size=5), max_size=3))
    if payload.shape.type == "string":
        return st.one_of(st.sampled_from(JSON), plain)
    return st.one_of(*[elements(payload).map(encode)] * 4, st.sampled_from(XML), st.binary(max_size=9))


def _members(operation: Operation, location: str) -> list[Member]:
    members = {} if operation.input is None else operation.input.members
    return [member for member in members.values() if member.location == location]


def _required(operation: Operation, location: str) -> dict[str, str]:
    """Return what the operation requires at a place, with plain values."""
    required = () if operation.input is None else operation.input.required
    plain = {"uploadId": UPLOAD_ID, "partNumber": "1", "x-amz-copy-source": "bucket/k"}
    names = [member.wire_name for member in _members(operation, location) if member.name in required]
    return {name: plain.get(name, "x") for name in names}


OTHER_HEADERS = (
    "date", "x-amz-date", "x-amz-trailer", "x-amz-security-token", "x-amz-content-sha256", "x-amz-region-set",
    "x-amz-decoded-content-length", "x-amz-meta-a", "x-amz-copy-source", "content-length", "transfer-encoding",
    "content-type", "content-md5", "user-agent", "referer", "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm",
)  # fmt: skip
authorizations = st.one_of(
    values,
    st.sampled_from([ECDSA, f"AWS {ACCESS_KEY_ID}:0"]),
    values.map(f"AWS {ACCESS_KEY_ID}:{{}}".format),
    st.tuples(st.integers(0, len(AUTHORIZATION)), st.integers(0, 12), values).map(
        lambda cut: AUTHORIZATION[: cut[0]] + cut[2] + AUTHORIZATION[cut[0] + cut[1] :]
    ),
)


@st.composite
def requests(draw: Any) -> Request:
    """Draw a request for some operation, of which a few things are odd."""
    operation = draw(st.sampled_from([each for name, each in operations().items() if name in REGISTRY]))
    odd = draw(st.sets(st.sampled_from(["method", "host", "path", "query", "authorization", "presigned"]), max_size=1))
    query = {name: value or "" for name, value in operation.query.items()} | _required(operation, "querystring")
    names = [member.wire_name for member in _members(operation, "querystring")]
    query |= draw(st.dictionaries(st.sampled_from(names), values, max_size=2)) if names else {}
    headers = {"x-amz-date": "20260101T000000Z", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    headers |= _required(operation, "header")
    body = draw(bodies(operation))
    if isinstance(body, bytes) and b"\r\n0" in body:
        headers |= {"x-amz-content-sha256": draw(st.sampled_from(STREAMING)), "x-amz-decoded-content-length": "5"}
    headers["content-length"] = str(sum(map(len, body)) if isinstance(body, list) else len(body))
    own = [member.wire_name.lower() for member in _members(operation, "header")]
    headers |= draw(st.dictionaries(st.sampled_from([*own, *OTHER_HEADERS]), values, max_size=2))
    headers["authorization"] = AUTHORIZATION.replace("=host", f"={';'.join(['host', *headers])}")
    method, host = operation.method, HOST
    path = {"service": "/", "bucket": "/bucket", "key": draw(st.sampled_from(["/bucket/k", "/locked/k"]))}[
        operation.level
    ]
    if "method" in odd:
        method = draw(st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "get", ""]))
    if "host" in odd:
        host = draw(st.one_of(st.sampled_from(HOSTS), values))
    if "path" in odd:
        path = draw(
            st.one_of(st.sampled_from(PATHS), values, values.map("/bucket/{}".format), values.map("/{}".format))
        )
    if "authorization" in odd:
        headers["authorization"] = draw(authorizations)
    if "presigned" in odd:
        del headers["authorization"]
        parameters = draw(st.sampled_from([PRESIGNED, PRESIGNED_V2]))
        query |= parameters | draw(st.dictionaries(st.sampled_from(sorted(parameters)), values, max_size=1))
    headers = {name: encode(value).decode("latin-1") for name, value in headers.items()}  # as doors hand them over
    text = "&".join(f"{name}={value}" if value else name for name, value in query.items())
    if "query" in odd:
        text += draw(values)
    return Request(method, "https", host, path, text, headers, body)


@st.composite
def posted_forms(draw: Any) -> Request:
    """Draw a browser's form."""
    body = draw(forms)
    if draw(st.booleans()):
        policy = b64encode(draw(st.sampled_from(POLICY_DOCUMENTS))).decode()
        credential = draw(st.sampled_from([SCOPE, SCOPE, DIGITS]))
        date = draw(st.sampled_from(["20260101T000000Z", *DATES]))
        key = version_4.signing_key(SECRET_ACCESS_KEY, "20260101", "us-east-1")
        fields = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": credential, "X-Amz-Date": date}
        fields |= {"Policy": policy, "X-Amz-Signature": version_4.sign(key, policy)}
        body = (
            b"".join(
                encode(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n')
                for name, value in fields.items()
            )
            + body
        )
    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": str(len(body))}
    return Request("POST", "https", HOST, "/bucket", "", headers, body)


def check(request: Request, *, verifies_signatures: bool = False) -> Service:
    """Check that a request gets one response that a server can send, and return the S3 that responded."""
    s3 = Service(Settings(verifies_signatures=verifies_signatures), world=START, clock=_clock())
    response = handle(s3, request)
    assert isinstance(response, Response)
    assert 200 <= response.status < 600
    assert isinstance(bytes(response.body), bytes)
    for name, value in response.headers.items():
        assert is_header_name(name), name
        assert is_header_value(value), name
    assert 1 == len(s3.calls)
    return s3


DEEPER = max(1, settings().max_examples // 100)  # the long profile has fifty times as many examples


class TestNothingEscapes:
    """A request that no client would send is served or refused, and breaks nothing."""

    @settings(max_examples=140 * DEEPER)
    @given(requests())
    def test_each_request_gets_a_response(self, request: Request) -> None:
        check(request)

    @settings(max_examples=40 * DEEPER)
    @given(requests())
    def test_each_request_gets_a_response_where_signatures_are_verified(self, request: Request) -> None:
        check(request, verifies_signatures=True)

    @settings(max_examples=40 * DEEPER)
    @given(posted_forms())
    def test_each_form_gets_a_response(self, request: Request) -> None:
        check(request)

    def test_a_path_that_is_no_utf_8_can_be_signed(self) -> None:
        query = "&".join(f"{name}={value}" for name, value in PRESIGNED.items())
        s3 = check(Request("GET", "https", HOST, "/bucket/\udcff", query, {}))
        assert "SignatureDoesNotMatch" == s3.calls[-1].error

    def test_a_query_that_is_no_utf_8_is_none(self) -> None:
        s3 = check(Request("GET", "https", HOST, "/bucket", "delimiter=\udcff", {"authorization": AUTHORIZATION}))
        assert "InvalidURI" == s3.calls[-1].error

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_page_for_a_query_that_is_no_utf_8(self, method: str) -> None:
        request = Request(method, "http", "bucket.s3-website-us-east-1.amazonaws.com", "/key", "versionId=\udcff", {})
        response = handle(Service(), request)
        assert 400 == response.status
        assert (b"<li>URI: versionId=&#56575;</li>" in bytes(response.body)) is (method == "GET")

    def test_a_region_that_is_no_utf_8_is_part_of_no_query(self) -> None:
        credential = SCOPE.replace("us-east-1", "\udcff")
        query = "&".join(f"{name}={value}" for name, value in (PRESIGNED | {"X-Amz-Credential": credential}).items())
        s3 = check(Request("GET", "https", "minio:9000", "/bucket/k", query, {}))
        assert "InvalidURI" == s3.calls[-1].error

    def test_a_restore_of_millions_of_days_ends_with_the_calendar(self) -> None:
        s3, ask = self.at_the_end_of(None)
        assert 200 == ask("PUT", "/bucket/k", {"x-amz-storage-class": "GLACIER"}).status
        for days in (3_000_000, 10**19 - 1):
            document = f"<RestoreRequest><Days>{days}</Days></RestoreRequest>".encode()
            assert 202 == ask("POST", "/bucket/k?restore", body=document).status
            s3.clock.advance(days=1)
            expected = 'ongoing-request="false", expiry-date="Fri, 31 Dec 9999 00:00:00 GMT"'
            assert expected == ask("HEAD", "/bucket/k").headers["x-amz-restore"]
            assert 200 == ask("PUT", "/bucket/k", {"x-amz-storage-class": "GLACIER"}).status

    def test_a_nul_in_a_key_does_not_come_back_in_a_header(self) -> None:
        headers = {"x-amz-object-lock-legal-hold": "ON", "x-amz-object-lock-mode": "\x80"}
        _, ask = self.at_the_end_of(None)
        answers = [ask("GET", "/nobody/%00"), ask("PUT", "/bucket/%00%0A%7F%C2%85", headers), ask("GET", "/bucket/%00")]
        for answer in answers:
            assert all(is_header_value(value) for value in answer.headers.values())

    @pytest.mark.parametrize("now", ["9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"])
    def test_all_goes_on_at_the_ends_of_the_calendar(self, now: str) -> None:
        _, ask = self.at_the_end_of(now)
        rule = "<Rule><ID>r</ID><Status>Enabled</Status><Filter/><Expiration><Days>3650</Days></Expiration>"
        rules = f"<LifecycleConfiguration>{rule}</Rule></LifecycleConfiguration>"
        default = "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Years>100</Years></DefaultRetention></Rule>"
        lock = f"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>{default}"
        lock += "</ObjectLockConfiguration>"
        for target, document in (("/bucket?lifecycle", rules), ("/locked?object-lock", lock)):
            digest = {"content-md5": b64encode(md5(document.encode()).digest()).decode()}
            assert 200 == ask("PUT", target, digest, document.encode()).status
        for bucket in ("bucket", "locked"):
            headers = {"x-amz-storage-class": "GLACIER", "content-md5": b64encode(md5(b"new").digest()).decode()}
            assert 200 == ask("PUT", f"/{bucket}/new", headers, b"new").status
            assert 200 == ask("HEAD", f"/{bucket}/new").status
            restore = b"<RestoreRequest><Days>1</Days></RestoreRequest>"
            assert ask("POST", f"/{bucket}/new?restore", body=restore).status in {200, 202}
            assert 200 == ask("GET", f"/{bucket}?versions").status
        assert 204 == ask("DELETE", f"/bucket/k?uploadId={UPLOAD_ID}").status
        assert ask("DELETE", f"/bucket/k?uploadId={UPLOAD_ID}").status in {204, 404}  # after the last moment is no day
        date = parse_iso8601(now)
        assert date is not None
        stamp = date.strftime("%Y%m%dT%H%M%SZ").rjust(16, "0")
        query = "&".join(f"{name}={value}" for name, value in (PRESIGNED | {"X-Amz-Date": stamp}).items())
        query = query.replace("20260101", stamp[:8])
        assert 403 == ask("GET", f"/bucket/k?{query}", signed=False).status

    def at_the_end_of(self, now: str | None) -> tuple[Service, Ask]:
        """Return an S3 whose clock stands at this moment, and a way to ask it."""
        s3 = Service(world=START, clock=_clock())
        if now is not None:
            s3.clock.freeze(now)
        return s3, Ask(s3)

    def test_a_trailer_that_is_announced_for_a_body_without_chunks(self) -> None:
        headers = {"authorization": AUTHORIZATION, "content-length": "5", "x-amz-trailer": "x-amz-checksum-crc32"}
        s3 = check(Request("PUT", "https", HOST, "/bucket/k", "", headers, b"bytes"))
        assert "MalformedTrailerError" == s3.calls[-1].error
        assert START is s3.world
