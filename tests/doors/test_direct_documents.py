"""What is made of a document's members is what botocore reads of the document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import boto3
import botocore.parsers
import pytest
from botocore.parsers import ResponseParserError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import mock_s3
from fakes3.doors.direct_documents import Convert, OnlyAsTextError, make_reader
from fakes3.wire.quirks import INTERLEAVED, TEXT_ROOTS
from fakes3.wire.table import Shape, find_operation
from fakes3.wire.writer import compile_writer

CLIENT: Any = boto3.client("s3", "us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")
MODELS: Any = CLIENT.meta.service_model
PARSER: Any = cast(Any, botocore.parsers).RestXMLParser()
READ_BY_BOTOCORE = {"GetBucketPolicy", "GetObject", "GetObjectAnnotation", "GetObjectTorrent", "SelectObjectContent"}
"""Operations whose bodies are no documents."""
TWICE_IN_ONE_ELEMENT = {"GetBucketNotification"}
"""Operations of which botocore reads two members of one element."""


def readers() -> dict[str, Convert | None]:
    """Return the readers of all operations that have more than headers in their responses."""
    found = {}
    for name in MODELS.operation_names:
        shape = MODELS.operation_model(name).output_shape
        if shape is None or all(each.serialization.get("location") for each in shape.members.values()):
            continue
        found[name] = make_reader(shape, PARSER._timestamp_parser)
    return found


READERS = readers()
DOCUMENTS = {name: read for name, read in READERS.items() if read is not None and name not in TEXT_ROOTS}

TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))
TEXTS = st.text(max_size=6) | st.sampled_from(['"etag"', "a&b<c>", " both sides ", "tab\t", "line\r\n", "\ud800", "é"])
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "integer": st.integers(-(2**31), 2**31),
    "long": st.integers(-(2**40), 2**60),
    "boolean": st.booleans(),
    "timestamp": TIMES,
}


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Return values of a shape, as operations return them."""
    if shape.type == "structure":
        members = {
            name: values(each.shape) if each.is_attribute else st.none() | values(each.shape)
            for name, each in shape.members.items()
            if each.location == ""
        }
        return st.fixed_dictionaries({}, optional=members)
    if shape.type == "list":
        return st.lists(values(shape.member.shape), max_size=3)
    return st.sampled_from(shape.enum) if shape.enum else SCALARS[shape.type]


def read_text(name: str, members: dict[str, Any]) -> Any:
    """Return the members that botocore reads of the document that the wire writes."""
    response = compile_writer(find_operation(name))(members)
    shown = {"status_code": 200, "headers": {}, "body": bytes(response.body)}
    parsed = PARSER.parse(shown, MODELS.operation_model(name).output_shape)
    del parsed["ResponseMetadata"]
    return parsed


def test_documents_are_read_of_nearly_all_operations() -> None:
    others = {name for name, read in READERS.items() if read is None}
    assert others == (READ_BY_BOTOCORE | TWICE_IN_ONE_ELEMENT) & set(MODELS.operation_names)
    assert len(DOCUMENTS) > 40


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=12)
@given(data=st.data())
def test_a_document_is_what_botocore_reads(name: str, data: st.DataObject) -> None:
    shape = find_operation(name).output
    assert shape is not None
    members = data.draw(values(shape))
    if shape.payload is not None:
        members[shape.payload] = data.draw(values(shape.members[shape.payload].shape))
    try:
        made, read = DOCUMENTS[name](members), read_text(name, members)
    except (OnlyAsTextError, ResponseParserError):  # the second by an older botocore, of a member that it does not know
        return
    assert repr(read) == repr(made), "also in the same order"


class TestListing:
    """What a listing of versions mixes stands in a list for each kind."""

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["Versions", "DeleteMarkers"]), st.fixed_dictionaries({"Key": st.sampled_from("ab")})
            )
        )
    )
    def test_entries_are_sorted_by_kind(self, entries: list[tuple[str, dict[str, str]]]) -> None:
        members = {"Name": "bucket", INTERLEAVED: entries}
        assert read_text("ListObjectVersions", members) == DOCUMENTS["ListObjectVersions"](members)


class TestOnlyAsText:
    """Values that are not known to come through a document as they are."""

    @pytest.mark.parametrize("key", ["a\x01b", "a\nb", "\ud800", 7, b"key"])
    def test_are_no_texts(self, key: object) -> None:
        with pytest.raises(OnlyAsTextError):
            DOCUMENTS["ListObjectsV2"]({"Contents": [{"Key": key}]})

    @pytest.mark.parametrize(
        "members",
        [
            {"KeyCount": "1"},
            {"KeyCount": True},
            {"IsTruncated": 1},
            {"Contents": iter([])},
            {"Contents": ["key"]},
            {"Contents": [{"LastModified": "2026-11-28"}]},
        ],
    )
    def test_have_another_type_than_the_member(self, members: dict[str, object]) -> None:
        with pytest.raises(OnlyAsTextError):
            DOCUMENTS["ListObjectsV2"](members)


class TestCalls:
    """Through a client."""

    @pytest.mark.parametrize("direct", [True, False])
    def test_keys_are_decoded_at_every_call(self, direct: bool) -> None:
        with mock_s3(direct=direct) as s3:
            s3.create_bucket("bucket", objects={"a\x01b": b"", "a b": b""})
            client = s3.client()
            for _ in range(3):
                assert ["a\x01b", "a b"] == [
                    each["Key"] for each in client.list_objects_v2(Bucket="bucket")["Contents"]
                ]
                found = client.list_object_versions(Bucket="bucket")["Versions"]
                assert ["a\x01b", "a b"] == [each["Key"] for each in found]
