"""The table tells where on the wire everything is, and the parts of it that the wire leans on hold."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from fakes3.operations.registry import REGISTRY
from fakes3.wire import table
from fakes3.wire.regenerate import TABLE
from fakes3.wire.table import CONTROL, Member, Operation, Shape, find_operation, operations, shape

EVERY = pytest.mark.parametrize("operation", operations().values(), ids=lambda operation: operation.name)


def members_below(top: Shape, seen: frozenset[str] = frozenset()) -> Iterator[Member]:
    """Every member of a shape and of the shapes inside it."""
    if top.name in seen:
        return
    inner = [top.member] if top.type == "list" else list(top.members.values())
    for member in inner:
        yield member
        yield from members_below(member.shape, seen | {top.name})


class TestOperations:
    """The table has every operation of S3: its method, what it addresses, its query, its shapes."""

    def test_there_are_116(self):
        assert 116 == len(operations())

    def test_every_built_operation_is_in_the_table(self):
        assert set() == REGISTRY.keys() - operations().keys() - operations(CONTROL).keys()

    def test_no_name_is_in_both_tables(self):
        assert set() == operations().keys() & operations(CONTROL).keys()

    def test_one_is_found_by_its_name(self):
        assert operations()["GetPublicAccessBlock"] is find_operation("GetPublicAccessBlock")
        assert operations(CONTROL)["GetAccountPublicAccessBlock"] is find_operation("GetAccountPublicAccessBlock")
        with pytest.raises(KeyError):
            find_operation("NoSuchOperation")

    def test_an_operation_reads_as_the_api_page_says(self):
        put = operations()["PutObject"]
        assert ("PutObject", "PUT", "key", {}, 200) == (put.name, put.method, put.level, put.query, put.status)
        assert put.input is not None
        assert "Body" == put.input.payload
        assert frozenset({"Bucket", "Key"}) == put.input.required

    def test_a_deletion_answers_204(self):
        assert 204 == operations()["DeleteObject"].status

    def test_the_fixed_query_has_values_only_where_they_are_fixed(self):
        assert {"versioning": None} == operations()["GetBucketVersioning"].query
        assert {"list-type": "2"} == operations()["ListObjectsV2"].query
        assert {"select": None, "select-type": "2"} == operations()["SelectObjectContent"].query

    @pytest.mark.parametrize(
        ("name", "level"), [("ListBuckets", "service"), ("HeadBucket", "bucket"), ("HeadObject", "key")]
    )
    def test_the_path_tells_the_level(self, name, level):
        assert level == operations()[name].level

    def test_exactly_these_are_deprecated_twins_of_newer_operations(self):
        deprecated = {name for name, each in operations().items() if each.deprecated}
        assert {
            "GetBucketLifecycle",
            "GetBucketNotification",
            "PutBucketLifecycle",
            "PutBucketNotification",
        } == deprecated

    @EVERY
    def test_a_payload_is_a_member(self, operation: Operation):
        for each in (operation.input, operation.output):
            assert each is None or each.payload is None or each.payload in each.members

    @EVERY
    def test_what_is_required_is_a_member(self, operation: Operation):
        for top in filter(None, (operation.input, operation.output)):
            assert top.required <= top.members.keys()
            for member in members_below(top):
                assert member.shape.required <= member.shape.members.keys()

    @pytest.mark.parametrize(
        "operation",
        [each for each in operations().values() if not each.deprecated],  # an old topic has both Event and Events
        ids=lambda operation: operation.name,
    )
    def test_no_two_members_of_a_structure_share_a_place(self, operation: Operation):
        for top in filter(None, (operation.input, operation.output)):
            for each in [top, *(member.shape for member in members_below(top))]:
                places = [(member.location, member.wire_name.lower()) for member in each.members.values()]
                assert len(places) == len(set(places)), each.name

    @EVERY
    def test_locations_are_those_the_wire_knows(self, operation: Operation):
        for top in filter(None, (operation.input, operation.output)):
            assert {each.location for each in top.members.values()} <= {"", "header", "headers", "querystring", "uri"}

    def test_only_the_bucket_and_key_are_in_paths(self):
        in_paths = {
            name
            for each in operations().values()
            for name, member in (each.input.members.items() if each.input else ())
            if member.location == "uri"
        }
        assert {"Bucket", "Key"} == in_paths


class TestShapes:
    """A shape is a structure with members in the model's order, a list, a map, or a scalar."""

    def test_a_member_knows_its_place_and_its_name_there(self):
        member = shape("PutObjectRequest").members["CacheControl"]
        assert ("header", "Cache-Control") == (member.location, member.wire_name)

    def test_a_member_without_a_name_of_its_own_is_called_by_its_api_name(self):
        assert "Quiet" == shape("Delete").members["Quiet"].wire_name

    def test_flattened_lists_stand_without_an_element_around_them(self):
        objects = shape("Delete").members["Objects"]
        assert ("Object", True, "list") == (objects.wire_name, objects.flattened, objects.shape.type)

    def test_the_items_of_other_lists_have_a_name(self):
        tags = shape("Tagging").members["TagSet"]
        assert ("TagSet", False, "Tag") == (tags.wire_name, tags.flattened, tags.shape.member.wire_name)

    def test_the_type_of_a_grantee_is_an_attribute(self):
        kind = shape("Grantee").members["Type"]
        assert (True, "xsi:type") == (kind.is_attribute, kind.wire_name)
        assert ["Grantee"] == [
            name
            for name in json.loads(TABLE.read_bytes())["shapes"]
            if any(member.is_attribute for member in shape(name).members.values())
        ]

    def test_metadata_is_every_header_with_a_prefix(self):
        metadata = shape("PutObjectRequest").members["Metadata"]
        assert ("headers", "x-amz-meta-", "map") == (metadata.location, metadata.wire_name, metadata.shape.type)

    def test_documents_have_the_namespace_of_s3(self):
        assert "http://s3.amazonaws.com/doc/2006-03-01/" == shape("DeleteObjectsRequest").members["Delete"].namespace

    def test_a_shape_is_made_once(self):
        assert shape("Tagging") is shape("Tagging")

    def test_members_keep_the_order_of_the_model(self):
        raw = json.loads(TABLE.read_bytes())["shapes"]["PutObjectRequest"]["members"]
        assert list(raw) == list(shape("PutObjectRequest").members)

    def test_the_shapes_know_their_values(self):
        assert ("COPY", "REPLACE") == shape("MetadataDirective").enum

    def test_there_is_no_such_shape(self):
        with pytest.raises(KeyError):
            table.shape("NoSuchShape")


class TestReading:
    """The table is read at first need, not when fakes3 is imported."""

    def test_importing_the_wire_reads_no_table(self):
        program = (
            "import fakes3.wire.endpoint, fakes3.wire.table as table\n"
            "assert 0 == table._raw.cache_info().currsize, 'the table was read'\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
        assert (0, "") == (done.returncode, done.stderr)
