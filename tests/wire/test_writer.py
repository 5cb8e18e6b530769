"""What the writer writes, botocore's own parser reads back; and the shape of S3's documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import botocore.session
import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3.model.bytes_rope import Rope
from fakes3.wire import writer
from fakes3.wire.message import Response
from fakes3.wire.quirks import ROOTS, TEXT_ROOTS
from fakes3.wire.table import Operation, operations
from fakes3.wire.xml import DECLARATION, NAMESPACE

EVENT_STREAMS = {"SelectObjectContent"}
"""Answers that are no document and no bytes, but a stream of events, which the writer does not write."""

WRITTEN = [each for name, each in operations().items() if each.output and name not in EVENT_STREAMS | TEXT_ROOTS.keys()]
# Of a deprecated answer botocore reads two members, Event and Events, from one element.
EVERY = pytest.mark.parametrize(
    "operation", [each for each in WRITTEN if not each.deprecated], ids=lambda operation: operation.name
)


@pytest.fixture(scope="session")
def model() -> Any:
    return botocore.session.Session().get_service_model("s3")


def written(name: str, members: dict[str, Any]) -> Response:
    return writer.compile_writer(operations()[name])(members)


def text_of(name: str, members: dict[str, Any]) -> str:
    return bytes(written(name, members).body).decode()


def read_back(model: Any, name: str, response: Response) -> dict[str, Any]:
    """The members as botocore reads them."""
    shape = model.operation_model(name).output_shape
    payload = shape.serialization.get("payload")
    body: bytes | bytearray = bytes(response.body)
    if payload and shape.members[payload].type_name == "blob":
        body = bytearray(body)  # a stream is not bytes, and botocore leaves it as it is
    sent = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": body}
    parsed = create_parser("rest-xml").parse(sent, shape)
    assert response.status == parsed.pop("ResponseMetadata")["HTTPStatusCode"]
    if not parsed.get("Metadata"):
        parsed.pop("Metadata", None)
    return dict(parsed)


def sent(operation: Operation, value: dict[str, Any]) -> dict[str, Any]:
    """Members as an operation gives them: what is in the payload is always there, bytes are a rope."""
    shape = operation.output
    assert shape is not None
    members = dict(value)
    if shape.payload is not None:
        kind = shape.members[shape.payload].shape.type
        members.setdefault(shape.payload, {} if kind == "structure" else "" if kind == "string" else b"")
        if kind == "blob":
            members[shape.payload] = Rope.of(members[shape.payload])
    return members


def comparable(value: dict[str, Any]) -> dict[str, Any]:
    return {name: bytes(each) if isinstance(each, Rope) else each for name, each in value.items()}


class TestRoundTrip:
    """Every member of every answer, where it is sent, is read back by botocore as it was."""

    @EVERY
    def test_all_members_at_once(self, model, shapes, operation):
        text = ' & <é> "😀"/'
        value = shapes.full(operation.output, text=text)
        for name, member in operation.output.members.items():
            if member.location and value[name] == text:
                value[name] = "a header's text"
        members = sent(operation, value)
        read = read_back(model, operation.name, writer.compile_writer(operation)(members))
        if "Expires" in members and "ExpiresString" in operation.output.members:
            read["ExpiresString"] = members["ExpiresString"]
        assert comparable(members) == read

    @settings(max_examples=10)
    @given(data=st.data())
    @EVERY
    def test_any_of_them(self, model, shapes, operation, data):
        members = sent(operation, data.draw(shapes.values(operation.output)))
        read = read_back(model, operation.name, writer.compile_writer(operation)(members))
        members.pop("ExpiresString", None)  # botocore reads it from the Expires header
        read.pop("ExpiresString", None)
        assert comparable(members) == read

    @given(data=st.data())
    def test_any_text_that_xml_can_hold(self, model, shapes, data):
        keys = data.draw(st.lists(shapes.xml_text, min_size=1, max_size=5))
        members = {"Contents": [{"Key": key} for key in keys]}
        assert members == read_back(model, "ListObjectsV2", written("ListObjectsV2", members))

    @given(st.binary(max_size=100))
    def test_any_bytes(self, model, body):
        assert {"Body": body} == read_back(model, "GetObject", written("GetObject", {"Body": Rope.of(body)}))

    def test_grantees_have_their_type_as_an_attribute(self, model):
        grantee = {"Type": "CanonicalUser", "ID": "a&b", "DisplayName": "me"}
        members = {"Owner": {"ID": "me"}, "Grants": [{"Grantee": grantee, "Permission": "READ"}]}
        response = written("GetBucketAcl", members)
        assert members == read_back(model, "GetBucketAcl", response)
        assert (
            '<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xsi:type="CanonicalUser"><ID>a&amp;b</ID><DisplayName>me</DisplayName></Grantee>'
            "<Permission>READ</Permission></Grant></AccessControlList>"
        ) in bytes(response.body).decode()

    def test_event_streams_are_not_written(self):
        assert EVENT_STREAMS == {
            name
            for name, each in operations().items()
            if each.output and any(member.shape.name.endswith("EventStream") for member in each.output.members.values())
        }


class TestDocuments:
    """A document has S3's declaration, S3's namespace, the root element of its page, and the given order."""

    def test_elements_stand_in_the_order_of_the_members(self):
        members = {"Prefix": "", "Name": "b", "Contents": [{"Size": 1, "Key": "k"}], "IsTruncated": False}
        assert (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            "<Prefix></Prefix><Name>b</Name><Contents><Size>1</Size><Key>k</Key></Contents>"
            "<IsTruncated>false</IsTruncated></ListBucketResult>"
        ) == text_of("ListObjects", members)

    def test_a_list_in_an_element_of_its_own(self):
        assert "<TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet>" in text_of(
            "GetObjectTagging", {"TagSet": [{"Key": "k", "Value": "v"}]}
        )

    def test_an_empty_list(self):
        assert "<TagSet></TagSet>" in text_of("GetObjectTagging", {"TagSet": []})
        assert "Contents" not in text_of("ListObjects", {"Contents": []})

    def test_any_sequence_will_do_for_a_list(self):
        assert "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm>" in text_of(
            "ListObjects", {"Contents": ({"ChecksumAlgorithm": ("CRC32",)},)}
        )

    def test_none_is_no_element_and_no_header(self):
        response = written("ListObjects", {"Name": "b", "Delimiter": None, "RequestCharged": None})
        assert b"Delimiter" not in bytes(response.body)
        assert {"Content-Type": "application/xml"} == response.headers

    def test_what_the_answer_does_not_have_is_not_written(self):
        assert "Unheard" not in text_of("ListObjects", {"Name": "b", "Unheard": "x"})

    def test_a_moment_has_milliseconds(self):
        moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
        text = text_of("ListObjects", {"Contents": [{"LastModified": moment}]})
        assert "<LastModified>2026-03-04T05:06:07.000Z</LastModified>" in text

    def test_the_document_is_utf_8(self):
        assert "<Name>é漢😀</Name>".encode() in bytes(written("ListObjects", {"Name": "é漢😀"}).body)

    def test_characters_that_xml_cannot_hold_are_references_as_s3_writes_them(self):
        # No XML parser reads these: clients ask for encoding-type=url.
        assert "<Name>&#x0;&#x1f;&#xfffe;&#xd;&#x7f;\t\n</Name>" in text_of(
            "ListObjects", {"Name": "\x00\x1f\ufffe\r\x7f\t\n"}
        )

    @pytest.mark.parametrize("name", sorted(ROOTS))
    def test_every_oddly_named_root_is_of_an_operation_that_has_a_document(self, name, shapes):
        operation = operations()[name]
        value = shapes.full(operation.output)
        root = ElementTree.fromstring(bytes(writer.compile_writer(operation)(value).body))
        assert f"{{{NAMESPACE}}}{ROOTS[name]}" == root.tag

    @EVERY
    def test_every_document_is_well_formed_and_of_s3s_namespace(self, operation, shapes):
        response = writer.compile_writer(operation)(sent(operation, shapes.full(operation.output)))
        if response.headers.get("Content-Type") == "application/xml" and operation.method != "HEAD":
            body = bytes(response.body).decode()
            assert body.startswith(DECLARATION)
            assert ElementTree.fromstring(body).tag.startswith(f"{{{NAMESPACE}}}")
            assert f' xmlns="{NAMESPACE}"' in body


class TestLocation:
    """The location of a bucket is the text of the root element, and an empty element for us-east-1."""

    def test_a_region(self):
        assert (f'{DECLARATION}<LocationConstraint xmlns="{NAMESPACE}">eu-west-1</LocationConstraint>') == text_of(
            "GetBucketLocation", {"LocationConstraint": "eu-west-1"}
        )

    def test_us_east_1(self):
        assert f'{DECLARATION}<LocationConstraint xmlns="{NAMESPACE}"/>' == text_of(
            "GetBucketLocation", {"LocationConstraint": None}
        )


class TestHeaders:
    """Members with a place in the headers go there, and nowhere else."""

    def test_each_type_as_headers_have_it(self):
        moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
        response = written(
            "HeadObject",
            {
                "LastModified": moment,
                "ObjectLockRetainUntilDate": moment,
                "ContentLength": 12,
                "DeleteMarker": True,
                "BucketKeyEnabled": False,
                "ETag": '"abc"',
                "Expires": "whenever",
                "Metadata": {"colour": "red", "b_c": "1"},
            },
        )
        assert {
            "Last-Modified": "Wed, 04 Mar 2026 05:06:07 GMT",
            "x-amz-object-lock-retain-until-date": "2026-03-04T05:06:07.000Z",
            "Content-Length": "12",
            "x-amz-delete-marker": "true",
            "x-amz-server-side-encryption-bucket-key-enabled": "false",
            "ETag": '"abc"',
            "Expires": "whenever",
            "x-amz-meta-colour": "red",
            "x-amz-meta-b_c": "1",
        } == response.headers
        assert b"" == bytes(response.body)

    def test_an_answer_of_headers_alone_has_no_body_and_no_type(self):
        response = written("PutObject", {"ETag": '"abc"'})
        assert (200, {"ETag": '"abc"'}, b"") == (response.status, response.headers, bytes(response.body))

    def test_the_status_is_the_one_of_the_table(self):
        assert 204 == written("DeleteObject", {}).status
        assert 204 == written("DeleteBucket", {}).status

    def test_a_range_is_partial_content(self):
        response = written("GetObject", {"Body": Rope.of(b"ell"), "ContentRange": "bytes 1-3/5"})
        assert (206, "bytes 1-3/5") == (response.status, response.headers["Content-Range"])

    def test_bytes_are_shared_not_copied(self):
        body = Rope.of(b"hello")
        assert body is written("GetObject", {"Body": body}).body

    def test_a_text_payload_is_the_body_as_it_is(self):
        assert b'{"Version": "2012-10-17"}' == bytes(
            written("GetBucketPolicy", {"Policy": '{"Version": "2012-10-17"}'}).body
        )


class TestErrorDocument:
    """An error has no namespace, its own members between Message and RequestId, and everything escaped."""

    def test_word_for_word(self):
        document = writer.error_document(
            "InvalidArgument", 'No <"&"> here', {"ArgumentName": "key", "Size": 3, "Flag": True}, "ID", "HOST"
        )
        assert (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            "<Error><Code>InvalidArgument</Code><Message>No &lt;&quot;&amp;&quot;&gt; here</Message>"
            "<ArgumentName>key</ArgumentName><Size>3</Size><Flag>true</Flag>"
            "<RequestId>ID</RequestId><HostId>HOST</HostId></Error>"
        ) == bytes(document).decode()

    @given(data=st.data())
    def test_any_text_reads_back(self, shapes, data):
        message, value = data.draw(shapes.xml_text), data.draw(shapes.xml_text)
        root = ElementTree.fromstring(bytes(writer.error_document("Code", message, {"Key": value}, "ID", "HOST")))
        assert [("Code", "Code"), ("Message", message), ("Key", value), ("RequestId", "ID"), ("HostId", "HOST")] == [
            (each.tag, each.text or "") for each in root
        ]

    def test_lone_surrogates_and_control_characters_do_not_break_it(self):
        document = writer.error_document("Code", "\ud800\x00", {}, "ID", "HOST")
        assert b"<Message>&#xd800;&#x0;</Message>" in bytes(document)
