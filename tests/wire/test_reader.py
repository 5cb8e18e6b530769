"""From a request to the members of its operation: what is sent is read, and what is not taken is refused by name."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import md5
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3.model.directory import ONLY_HERE
from fakes3.model.errors import InvalidArgument, MaxMessageLengthExceeded, NotImplemented_
from fakes3.operations.members import BucketHeaders
from fakes3.operations.registry import EVERYTHING, REGISTRY, Accepted
from fakes3.operations.service import Service
from fakes3.wire import endpoint, reader
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import Request
from fakes3.wire.payload import Document, Payload
from fakes3.wire.quirks import BORROWED, DOCUMENT_LIMITS, HEADERS_OF_OTHERS, JUDGED_BY_THE_OPERATION
from fakes3.wire.table import Member, Operation, Shape, operations

BUILT = [operations()[name] for name in sorted(REGISTRY) if name in operations()]
"""The operations of S3 that are built; those of S3 Control are in test_control.py."""

SEEN_TO_BY_THE_WIRE = {"ContentLength"}
"""Members of no operation's signature: the payload holds the body to its length."""
SEEN_TO_BY_DOCUMENTS = {"ContentMD5", "ChecksumAlgorithm"}
"""Likewise where the body is a document: it is held to its checksums before it is parsed."""


def is_document(operation: Operation) -> bool:
    shape = operation.input
    return shape is not None and shape.payload is not None and shape.members[shape.payload].shape.type == "structure"


def is_text(operation: Operation) -> bool:
    """Whether the request's document is no XML: that of a bucket's policy."""
    shape = operation.input
    return shape is not None and shape.payload is not None and shape.members[shape.payload].shape.type == "string"


def exempt(operation: Operation) -> set[str]:
    has_document = is_document(operation) or is_text(operation)
    return SEEN_TO_BY_THE_WIRE | (SEEN_TO_BY_DOCUMENTS if has_document else set())


def untaken(*locations: str) -> list[Any]:
    """Every member of a built operation in these places that its signature does not have."""
    return [
        pytest.param(each, member, id=f"{each.name}-{member.name}")
        for each in BUILT
        for member in (each.input.members.values() if each.input else ())
        if member.location in locations
        and member.name not in REGISTRY[each.name].accepts
        and member.name not in exempt(each)
        and each.name not in ONLY_HERE  # which the bucket of these requests does not have
    ]


def nested(
    shape: Shape, accepted: Accepted, path: tuple[Member, ...] = ()
) -> Iterator[tuple[tuple[Member, ...], Member, bool]]:
    """Every member inside a document with the path to it, and whether it is taken. Not below those that are not."""
    for member in shape.members.values():
        taken = member.name in accepted
        yield path, member, taken
        inner = member.shape.member.shape if member.shape.type == "list" else member.shape
        if taken and inner.type == "structure":
            yield from nested(inner, accepted[member.name], (*path, member))


def nested_untaken() -> list[Any]:
    found = []
    for each in BUILT:
        if each.input is None or not is_document(each):
            continue
        payload = each.input.members[each.input.payload or ""]
        if payload.name not in REGISTRY[each.name].accepts:
            continue
        for path, member, taken in nested(payload.shape, REGISTRY[each.name].accepts[payload.name]):
            if not taken:
                name = "-".join([each.name, *(step.name for step in path), member.name])
                found.append(pytest.param(each, payload, path, member, id=name))
    return found


class TestMembersNotTaken:
    """What an operation does not take is never accepted and ignored: it answers 501 and names the member."""

    @pytest.mark.parametrize(("operation", "member"), untaken("header", "querystring"))
    def test_in_a_header_or_the_query(self, stocked, shapes, question, operation, member):
        world = stocked.service.world
        asked = question(operation)
        value = shapes.full(member.shape)
        text = ",".join(value) if isinstance(value, list) else str(value)
        if member.location == "header":
            asked.headers[member.wire_name] = text
        else:
            asked.query[member.wire_name] = quote(text)
        answer = stocked(asked.method, asked.target, asked.headers, asked.body)
        assert 501 == answer.status, answer
        if asked.method != "HEAD":
            assert ("NotImplemented", member.wire_name) == (answer.code, answer.error["Header"])
            if member.wire_name not in HEADERS_OF_OTHERS.get(operation.name, ()):  # which S3 itself does not take
                assert (
                    f"fakes3 does not model {member.name} of {operation.name}, and never ignores what it does not "
                    "model. Leave it out." == answer.error["Message"]
                )
        (call,) = stocked.service.calls
        assert (operation.name, "NotImplemented") == (call.operation, call.error)
        assert world is stocked.service.world

    @pytest.mark.parametrize(
        ("operation", "member"),
        # of all headers, only S3's own may stand there
        [each for each in untaken("header") if each.values[1].wire_name.lower().startswith("x-amz-")],
    )
    def test_in_the_query_of_a_presigned_url(self, stocked, question, presigned, operation, member):
        asked = question(operation)
        required = {name: value for name, value in asked.headers.items() if name.startswith("x-amz-")}
        target = presigned(asked.target, **required, **{member.wire_name: "1"})
        rest = {name: value for name, value in asked.headers.items() if name not in required}
        answer = stocked(asked.method, target, rest, asked.body, signed=False)
        assert 501 == answer.status, answer

    def test_in_headers_with_a_prefix(self):
        accepts: Accepted = {"Bucket": {}, "Key": {}, "Body": {}}
        with pytest.raises(NotImplemented_) as refused:
            read(operations()["PutObject"], accepts, {"x-amz-meta-colour": "red"}, {}, b"")
        assert "x-amz-meta-" == refused.value.members["Header"]

    def test_metadata_is_taken_wherever_it_can_be_sent(self):
        assert [] == untaken("headers")

    @pytest.mark.parametrize(("operation", "payload", "path", "member"), nested_untaken())
    def test_inside_a_document(self, stocked, shapes, question, operation, payload, path, member):
        asked = question(operation)
        inner = shapes.element(member.wire_name, shapes.full(member.shape), member)
        if member.is_attribute:
            pytest.fail("write this test for attributes when an operation has one that it does not take")
        for step in reversed(path):
            inner = f"<{step.wire_name}>{inner}</{step.wire_name}>"
            if step.shape.type == "list" and not step.flattened:
                pytest.fail("write this test for lists in an element of their own")
        body = f"<{payload.wire_name}>{inner}</{payload.wire_name}>".encode()
        headers = asked.headers | {"content-md5": b64encode(md5(body).digest()).decode()}
        target = asked.target
        if operation.name == "CreateBucket":
            target = target.replace("/bucket", "/new-bucket")
        elif operation.name in {"PutObjectLockConfiguration", "PutObjectRetention", "PutObjectLegalHold"}:
            # Elsewhere S3 finds fault with the bucket before it looks at the document.
            stocked("PUT", "/locked", {"x-amz-bucket-object-lock-enabled": "true"})
            stocked("PUT", "/locked/key", body=b"hello")
            target = target.replace("/bucket", "/locked")
        world = stocked.service.world
        answer = stocked(asked.method, target, headers, body)
        assert (501, "NotImplemented", member.name) == (answer.status, answer.code, answer.error["Header"])
        assert (
            f"fakes3 does not model {member.name} in this document, and never ignores what it does not model. "
            "Leave it out." == answer.error["Message"]
        )
        assert world is stocked.service.world

    @pytest.mark.parametrize("operation", BUILT, ids=lambda operation: operation.name)
    def test_every_member_is_somewhere_the_reader_looks(self, operation):
        shape = operation.input
        members = shape.members if shape else {}
        unseen = [
            name for name, each in members.items() if each.location == "" and (shape is None or name != shape.payload)
        ]
        assert [] == unseen

    @pytest.mark.parametrize("operation", BUILT, ids=lambda operation: operation.name)
    def test_a_signature_takes_nothing_that_is_not_of_the_operation(self, operation):
        members = {*(operation.input.members if operation.input else ()), *BORROWED.get(operation.name, ())[1:]}
        assert set() == REGISTRY[operation.name].accepts.keys() - members - BucketHeaders.__annotations__.keys()

    @pytest.mark.parametrize("operation", BUILT, ids=lambda operation: operation.name)
    def test_nor_does_a_document(self, operation):
        accepts = REGISTRY[operation.name].accepts
        shape = operation.input
        payload = shape.payload if shape else None
        if shape is not None and payload is not None and is_document(operation) and payload in accepts:
            self.check(shape.members[payload].shape, accepts[payload])

    def check(self, shape: Shape, accepted: Accepted) -> None:
        if accepted is EVERYTHING:
            return
        inner = shape.member.shape if shape.type == "list" else shape
        assert set() == accepted.keys() - inner.members.keys()
        for name, below in accepted.items():
            self.check(inner.members[name].shape, below)

    def test_a_refusal_is_made_anew_each_time(self):
        # One that was raised again and again would keep every frame it ever passed, and the bodies in them.
        read = reader.compile_reader(operations()["GetObject"], {"Bucket": {}, "Key": {}})
        refusals = []
        for _ in range(2):
            with pytest.raises(NotImplemented_) as refused:
                read(exchange("GET", {"range": "bytes=0-1"}))
            refusals.append(refused.value)
        assert refusals[0] is not refusals[1]


class TestHeadersOfOthers:
    """A header that means something only to other operations is refused as S3 refuses it, by name."""

    @pytest.mark.parametrize(
        ("operation", "header"),
        [
            pytest.param(operations()[name], header, id=f"{name}-{header}")
            for name, headers in HEADERS_OF_OTHERS.items()
            if name in REGISTRY
            for header in headers
        ],
    )
    def test_is_refused_and_changes_nothing(self, stocked, question, operation, header):
        world = stocked.service.world
        asked = question(operation)
        answer = stocked(asked.method, asked.target, asked.headers | {header: "1"}, asked.body)
        assert (501, "NotImplemented", header) == (answer.status, answer.code, answer.error["Header"])
        assert "A header you provided implies functionality that is not implemented" == answer.error["Message"]
        assert world is stocked.service.world


class TestMembersOfTheBody:
    """The members that speak of a document's bytes are held against them, though no signature has them."""

    LIST = b"<Delete><Object><Key>key</Key></Object></Delete>"

    @pytest.mark.parametrize(
        "headers",
        [
            {"content-md5": b64encode(md5(b"other").digest()).decode()},
            {"x-amz-checksum-crc32": "AAAAAA=="},
            {"content-md5": "not base64"},
            {"x-amz-sdk-checksum-algorithm": "CRC32"},
            {"x-amz-sdk-checksum-algorithm": "JUNK", "x-amz-checksum-crc32": "AAAAAA=="},
        ],
    )
    def test_a_document_that_is_not_what_they_say_is_refused(self, stocked, headers):
        world = stocked.service.world
        answer = stocked("POST", "/bucket?delete", headers, self.LIST)
        assert 400 == answer.status, answer
        assert world is stocked.service.world

    def test_content_length_is_no_member_of_any_call(self, stocked):
        assert 200 == stocked("PUT", "/bucket/key", {"content-length": "2"}, b"hi").status
        (call,) = stocked.service.calls
        assert "ContentLength" not in call.parameters


SERVICE = Service()


def exchange(
    method: str = "PUT",
    headers: Mapping[str, str] = MappingProxyType({}),
    query: Mapping[str, str] = MappingProxyType({}),
    body: Any = b"",
    *,
    level: str = "key",
) -> Exchange:
    """A request on its way, for the key "key" of the bucket "bucket"."""
    made = Exchange(SERVICE, Request(method, "https", "s3.amazonaws.com", "/bucket/key", "", headers, body))
    made.query = query
    made.bucket = None if level == "service" else "bucket"
    made.key = "key" if level == "key" else None
    return made


def read(operation: Operation, accepts: Accepted, headers: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    asked = exchange(operation.method, headers, query, body, level=operation.level)
    return reader.compile_reader(operation, accepts)(asked)


READABLE = [each for each in operations().values() if each.input is not None]


class TestReading:
    """Every member of every operation is read from its place, where it is taken."""

    @pytest.mark.parametrize("operation", READABLE, ids=lambda operation: operation.name)
    def test_every_header_and_query_parameter(self, shapes, operation):
        headers, query, expected = {}, {}, {}
        for name, member in operation.input.members.items():
            value: Any = shapes.full(member.shape)
            text = ",".join(value) if isinstance(value, list) else str(value)
            text = text.lower() if isinstance(value, bool) else text
            if member.wire_name in HEADERS_OF_OTHERS.get(operation.name, ()):
                continue
            if member.location == "header":
                headers[member.wire_name.lower()] = text
            elif member.location == "querystring":
                query[member.wire_name] = text
            elif member.location == "headers":
                headers |= {f"{member.wire_name}{key}": each for key, each in value.items()}
            elif member.location == "uri":
                value = name.lower()
            else:
                continue
            kept_as_text = member.shape.type == "timestamp" or name in JUDGED_BY_THE_OPERATION
            expected[name] = text if kept_as_text else value
        headers["content-length"] = "0"
        headers.pop("x-amz-copy-source", None)
        if expected.pop("CopySource", None):
            headers["x-amz-copy-source"] = expected["CopySource"] = "/b/k"
        if "ContentLength" in expected:
            expected["ContentLength"] = 0
        found = read(operation, shapes.every(operation.input), headers, query, b"")
        found.pop(operation.input.payload, None)
        assert expected == found

    @settings(max_examples=10)
    @given(data=st.data())
    @pytest.mark.parametrize(
        "operation",
        [each for each in READABLE if is_document(each) and not each.deprecated],
        ids=lambda operation: operation.name,
    )
    def test_every_document(self, shapes, operation, data):
        shape = operation.input
        payload = shape.members[shape.payload]
        # A structure without members is an empty element, which reads as one; an empty list cannot be told from none.
        value = data.draw(shapes.values(payload.shape))
        body = shapes.element(payload.wire_name, value, payload).encode()
        headers = {"content-length": str(len(body)), "content-md5": b64encode(md5(body).digest()).decode()}
        found = read(operation, shapes.every(shape), headers, {}, body)
        document = found[shape.payload]
        assert isinstance(document, Document)
        assert document.contents is None
        assert value == document.read()
        assert document.contents is document.read()

    def test_the_name_of_a_metadata_header_is_what_follows_the_prefix(self, stocked):
        stocked("PUT", "/bucket/k", {"x-amz-meta-a": "1", "X-Amz-Meta-B-c": "2", "x-amz-meta-": "3"})
        (call,) = stocked.service.calls
        assert {"a": "1", "b-c": "2", "": "3"} == call.parameters["Metadata"]

    def test_a_body_that_is_no_document_is_read_when_the_operation_asks(self, untouchable):
        put = operations()["PutObject"]
        asked = exchange("PUT", {"content-length": "1"}, body=untouchable)
        found = reader.compile_reader(put, REGISTRY["PutObject"].accepts)(asked)
        assert isinstance(found["Body"], Payload)

    def test_a_document_that_is_not_required_may_be_absent(self, ask):
        assert 200 == ask("PUT", "/new-bucket").status
        (call,) = ask.service.calls
        assert {"Bucket": "new-bucket"} == call.parameters

    def test_a_document_of_unknown_length_is_not_taken_for_an_absent_one(self, ask, untouchable):
        answer = ask("PUT", "/new-bucket", {"transfer-encoding": "chunked"}, untouchable)
        assert (501, "Transfer-Encoding") == (answer.status, answer.error["Header"])
        assert not ask.service.world.buckets

    def test_a_document_that_is_required_may_not_be_absent(self, stocked):
        empty = b64encode(md5(b"").digest()).decode()
        answer = stocked("POST", "/bucket?delete", {"content-md5": empty})
        assert (400, "MissingRequestBodyError") == (answer.status, answer.code)


class TestNumbers:
    """A number is an integer within 32 bits, or S3 says which argument is none."""

    @pytest.mark.parametrize("text", ["x", "1.5", "1e3", "0x10", "1_000", "٣", "2147483648", "9" * 5000, "- 1"])
    def test_anything_else_is_refused(self, stocked, text):
        answer = stocked("GET", f"/bucket?max-keys={quote(text)}")
        assert 400 == answer.status
        assert {
            "Code": "InvalidArgument",
            "Message": "Provided max-keys not an integer or within integer range",
            "ArgumentName": "max-keys",
            "ArgumentValue": text,
        } == {name: each for name, each in answer.error.items() if name not in {"RequestId", "HostId"}}

    @pytest.mark.parametrize(
        ("operation", "parameter"),
        [
            ("ListObjects", "max-keys"),
            ("ListObjectsV2", "max-keys"),
            ("ListObjectVersions", "max-keys"),
            ("ListMultipartUploads", "max-uploads"),
            ("ListParts", "max-parts"),
            ("ListParts", "part-number-marker"),
            ("ListBuckets", "max-buckets"),
            ("GetObject", "partNumber"),
            ("HeadObject", "partNumber"),
        ],
    )
    def test_an_empty_parameter_is_none(self, operation, parameter):
        found = read(operations()[operation], REGISTRY[operation].accepts, {}, {parameter: ""}, b"")
        assert {} == {name: value for name, value in found.items() if name not in {"Bucket", "Key"}}

    @given(st.integers(-(2**31), 2**31 - 1))
    def test_every_integer_is_read(self, number):
        found = read(operations()["ListObjects"], REGISTRY["ListObjects"].accepts, {}, {"max-keys": str(number)}, b"")
        assert number == found["MaxKeys"]

    def test_part_numbers_are_left_to_the_operation(self):
        found = read(operations()["GetObject"], {"PartNumber": {}}, {}, {"partNumber": "x"}, b"")
        assert "x" == found["PartNumber"]


class TestOtherValues:
    """Booleans are true or not, lists are separated by commas, dates stay as they were sent."""

    @pytest.mark.parametrize(("text", "value"), [("true", True), ("TRUE", True), ("True", True), ("false", False)])
    def test_booleans(self, text, value):
        found = read(operations()["ListObjectsV2"], {"FetchOwner": {}}, {}, {"fetch-owner": text}, b"")
        assert value is found["FetchOwner"]

    @pytest.mark.parametrize(
        ("text", "value"), [("ETag", ["ETag"]), ("ETag, Checksum,ObjectSize", ["ETag", "Checksum", "ObjectSize"])]
    )
    def test_lists(self, text, value):
        accepts: Accepted = {"ObjectAttributes": {}}
        found = read(operations()["GetObjectAttributes"], accepts, {"x-amz-object-attributes": text}, {}, b"")
        assert value == found["ObjectAttributes"]

    def test_dates(self):
        found = read(
            operations()["GetObject"], {"IfModifiedSince": {}}, {"if-modified-since": "yesterday, say"}, {}, b""
        )
        assert "yesterday, say" == found["IfModifiedSince"]


class TestHeadersOutOfPlace:
    """Some headers S3 refuses where they mean nothing; others, and parameters it does not know, it ignores."""

    def test_a_copy_source_where_nothing_is_copied(self):
        with pytest.raises(InvalidArgument, match="You can only specify a copy source header for copy requests"):
            read(operations()["GetObject"], {}, {"x-amz-copy-source": "/b/k"}, {}, b"")

    def test_a_checksum_of_an_unknown_algorithm(self, stocked):
        answer = stocked("PUT", "/bucket/key", {"x-amz-checksum-crc7": "AA=="}, b"x")
        assert ("InvalidRequest", "The algorithm type you specified in x-amz-checksum- header is invalid.") == (
            answer.code,
            answer.error["Message"],
        )

    @pytest.mark.parametrize("headers", [{"x-custom": "1"}, {"x-amz-unheard-of": "1"}, {"referer": "http://x"}])
    def test_others_are_ignored(self, stocked, headers):
        assert 200 == stocked("GET", "/bucket/key?unheard-of=1", headers).status


class TestCompiling:
    """A reader is compiled once for an operation."""

    def test_a_second_request_compiles_nothing(self, stocked):
        stocked("GET", "/bucket/key")
        before = endpoint._compile.cache_info()
        stocked("GET", "/bucket/key")
        after = endpoint._compile.cache_info()
        assert (before.misses, before.hits + 1) == (after.misses, after.hits)


class TestLimitsOfDocuments:
    """A document that is longer than its operation takes is refused by its length, before anything of it is read."""

    # S3: API/API_PutBucketCors.html: "The document is limited to 64 KB in size."
    @pytest.mark.parametrize(("name", "most"), DOCUMENT_LIMITS.items())
    def test_each_operation_with_a_limit_of_its_own(self, untouchable, name, most):
        operation = operations()[name]
        assert operation.input is not None
        asked = Exchange(Service(), Request("PUT", "https", "", "", "", {"content-length": str(most + 1)}, untouchable))
        members = reader.compile_reader(operation, EVERYTHING)(asked)
        with pytest.raises(MaxMessageLengthExceeded) as refused:
            members[operation.input.payload or ""].read()
        assert {"MaxMessageLengthBytes": most} == refused.value.members
