"""XML elements become the members they stand for, and what fits no shape is MalformedXML, never dropped."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import MalformedXML, NotImplemented_
from fakes3.operations.registry import Accepted
from fakes3.wire.structures import compile_structure
from fakes3.wire.table import shape
from fakes3.wire.xml import escape, parse_xml

DELETE: Accepted = {
    "Objects": {"Key": {}, "VersionId": {}, "ETag": {}, "LastModifiedTime": {}, "Size": {}},
    "Quiet": {},
}
TAGGING: Accepted = {"TagSet": {"Key": {}, "Value": {}}}
GRANTEE: Accepted = {name: {} for name in ("DisplayName", "EmailAddress", "ID", "Type", "URI")}
ACL: Accepted = {"Grants": {"Grantee": GRANTEE, "Permission": {}}, "Owner": {"ID": {}, "DisplayName": {}}}


read_delete = compile_structure(shape("Delete"), DELETE)


def delete(inside: str) -> Any:
    return read_delete(parse_xml(f"<Delete>{inside}</Delete>".encode()))


def tagging(inside: str) -> Any:
    return compile_structure(shape("Tagging"), TAGGING)(parse_xml(f"<Tagging>{inside}</Tagging>".encode()))


def acl(inside: str) -> Any:
    document = f'<A xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{inside}</A>'
    return compile_structure(shape("AccessControlPolicy"), ACL)(parse_xml(document.encode()))


def an_object(inside: str) -> Any:
    return delete(f"<Object><Key>k</Key>{inside}</Object>")["Objects"][0]


class TestStructures:
    """Each element is the member of its name."""

    def test_members_by_their_api_names(self):
        assert {"Objects": [{"Key": "a", "VersionId": "1"}, {"Key": "b"}], "Quiet": True} == delete(
            "<Object><Key>a</Key><VersionId>1</VersionId></Object><Object><Key>b</Key></Object><Quiet>true</Quiet>"
        )

    def test_the_order_of_elements_does_not_matter(self):
        assert delete("<Quiet>true</Quiet><Object><Key>a</Key></Object>") == delete(
            "<Object><Key>a</Key></Object><Quiet>true</Quiet>"
        )

    def test_members_have_the_order_of_the_api(self):
        found = delete("<Quiet>true</Quiet><Object><VersionId>1</VersionId><Key>a</Key></Object>")
        assert ["Objects", "Quiet"] == list(found)
        assert ["Key", "VersionId"] == list(found["Objects"][0])

    def test_indentation_is_nothing(self):
        assert {"Objects": [{"Key": " a "}]} == delete("\n  <Object>\n    <Key> a </Key>\n  </Object>\n")

    @given(data=st.data())
    def test_any_key_survives(self, shapes, data):
        key = data.draw(shapes.xml_text)
        assert {"Objects": [{"Key": key}]} == delete(f"<Object><Key>{escape(key)}</Key></Object>")

    def test_an_empty_element_is_the_empty_string(self):
        assert {"Objects": [{"Key": ""}]} == delete("<Object><Key/></Object>")

    @pytest.mark.parametrize(
        "inside",
        [
            pytest.param("<Object><Key>k</Key></Object><Other/>", id="unknown element"),
            pytest.param("<Object><Key>k</Key><Other/></Object>", id="unknown element below"),
            pytest.param("<object><Key>k</Key></object>", id="wrong case"),
            pytest.param("<Object><Key>k</Key></Object>text", id="text between elements"),
            pytest.param("<Object>k</Object>", id="text for a structure"),
            pytest.param("<Object/>", id="a required member is missing"),
            pytest.param("", id="all is missing"),
            pytest.param("<Object><Key>k</Key><Key>l</Key></Object>", id="a member twice"),
            pytest.param("<Object><Key><b>k</b></Key></Object>", id="markup in a text"),
            pytest.param("<Object><Key a='1'>k</Key></Object>", id="an attribute of a text"),
            pytest.param("<Object a='1'><Key>k</Key></Object>", id="an attribute of a structure"),
            pytest.param("<Object>" * 100_000 + "</Object>" * 100_000, id="deeper than any document of S3"),
            pytest.param("<Object><Key>k</Key></Object>" * 1001, id="more items than any list"),
            pytest.param(f"<Object a='{'x' * 1_000_000}'><Key>k</Key></Object>", id="a huge attribute"),
            pytest.param(f"<Object><Key a='{'x' * 1_000_000}'>k</Key></Object>", id="a huge attribute of a text"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, inside):
        with pytest.raises(MalformedXML):
            delete(inside)

    def test_a_namespace_declared_anywhere_is_no_attribute(self):
        assert {"Objects": [{"Key": "k"}]} == delete(
            "<Object xmlns='urn:a'><p:Key xmlns:p='urn:b' xmlns='urn:c'>k</p:Key></Object>"
        )

    def test_a_member_that_is_not_taken_is_named(self):
        root = parse_xml(b"<Delete><Object><Key>k</Key><Size>1</Size></Object></Delete>")
        with pytest.raises(NotImplemented_) as refused:
            compile_structure(shape("Delete"), {"Objects": {"Key": {}}})(root)
        assert {"Header": "Size"} == refused.value.members


class TestLists:
    """The items of a list stand in an element of their own, or flattened, one or many."""

    @pytest.mark.parametrize("number", [1, 2, 5])
    def test_flattened(self, number):
        objects = [{"Key": str(each)} for each in range(number)]
        inside = "".join(f"<Object><Key>{each['Key']}</Key></Object>" for each in objects)
        assert {"Objects": objects} == delete(inside)

    @pytest.mark.parametrize("number", [0, 1, 2, 5])
    def test_in_an_element(self, number):
        tags = [{"Key": str(each), "Value": "v"} for each in range(number)]
        inside = "".join(f"<Tag><Key>{each['Key']}</Key><Value>v</Value></Tag>" for each in tags)
        assert {"TagSet": tags} == tagging(f"<TagSet>\n{inside}\n</TagSet>")

    def test_an_empty_element_is_an_empty_list(self):
        assert {"TagSet": []} == tagging("<TagSet/>") == tagging('<TagSet xmlns="urn:x"/>')

    @pytest.mark.parametrize("inside", ["", "\n  "])
    def test_no_tag_set_is_an_empty_one(self, inside):
        assert {"TagSet": []} == tagging(inside)

    @pytest.mark.parametrize(
        "inside",
        [
            pytest.param("<TagSet><Other/></TagSet>", id="another element"),
            pytest.param(
                "<TagSet><Tag><Key>k</Key><Value>v</Value></Tag><Other/></TagSet>", id="another element beside"
            ),
            pytest.param("<TagSet>text</TagSet>", id="text"),
            pytest.param("<TagSet a='1'/>", id="an attribute"),
            pytest.param("<TagSet/><TagSet/>", id="two lists"),
            pytest.param("<TagSet><Tag><Key>k</Key></Tag></TagSet>", id="half an item"),
            pytest.param(f"<TagSet>{'<Tag/>' * 10_001}</TagSet>", id="more items than any list"),
        ],
    )
    def test_nothing_else_may_be_in_it(self, inside):
        with pytest.raises(MalformedXML):
            tagging(inside)


class TestAttributes:
    """The type of a grantee is an attribute."""

    def test_is_read(self):
        found = acl(
            "<AccessControlList><Grant><Grantee xsi:type='Group'><URI>u</URI></Grantee>"
            "<Permission>READ</Permission></Grant></AccessControlList>"
        )
        assert {"Grants": [{"Grantee": {"Type": "Group", "URI": "u"}, "Permission": "READ"}]} == found

    @pytest.mark.parametrize(
        "grantee",
        [
            pytest.param("<Grantee><URI>u</URI></Grantee>", id="missing"),
            pytest.param("<Grantee type='Group'><URI>u</URI></Grantee>", id="without its prefix"),
            pytest.param("<Grantee><type>Group</type><URI>u</URI></Grantee>", id="an element"),
            pytest.param("<Grantee xsi:type='Nobody'><URI>u</URI></Grantee>", id="no such type"),
        ],
    )
    def test_must_be_there_and_one_of_its_values(self, grantee):
        with pytest.raises(MalformedXML):
            acl(f"<AccessControlList><Grant>{grantee}<Permission>READ</Permission></Grant></AccessControlList>")


class TestScalars:
    """Numbers, booleans, dates and words of a fixed set are what their shape says."""

    @pytest.mark.parametrize(("text", "value"), [("0", 0), ("12", 12), (" 12\n", 12), ("-1", -1), ("+1", 1)])
    def test_numbers(self, text, value):
        assert value == an_object(f"<Size>{text}</Size>")["Size"]

    def test_a_long_text_is_not_remembered(self):
        text = " " * 1_000_000 + "12"
        tracemalloc.start()
        try:
            for number in range(20):
                assert 12 == an_object(f"<Size>{text}{' ' * number}</Size>")["Size"]
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert kept < 1_000_000

    @pytest.mark.parametrize("text", ["", "x", "1.5", "1e3", "0x1", "1_000", "٣", "1 2", "9" * 5000])
    def test_no_numbers(self, text):
        with pytest.raises(MalformedXML):
            an_object(f"<Size>{text}</Size>")

    @pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("TRUE", True), (" true ", True)])
    def test_booleans(self, text, value):
        assert value is delete(f"<Object><Key>k</Key></Object><Quiet>{text}</Quiet>")["Quiet"]

    @pytest.mark.parametrize("text", ["", "1", "yes", "truth"])
    def test_no_booleans(self, text):
        with pytest.raises(MalformedXML):
            delete(f"<Object><Key>k</Key></Object><Quiet>{text}</Quiet>")

    @pytest.mark.parametrize(
        "text",
        ["2026-03-04T05:06:07Z", "2026-03-04T05:06:07.000Z", "2026-03-04T06:06:07+01:00", "2026-03-04T05:06:07"],
    )
    def test_dates_are_of_utc(self, text):
        moment = an_object(f"<LastModifiedTime>{text}</LastModifiedTime>")["LastModifiedTime"]
        assert datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC) == moment
        assert UTC is moment.tzinfo

    @pytest.mark.parametrize(
        "text", ["", "today", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
    )
    def test_no_dates(self, text):
        with pytest.raises(MalformedXML):
            an_object(f"<LastModifiedTime>{text}</LastModifiedTime>")

    def test_words_of_a_fixed_set(self):
        def status(text: str) -> Any:
            root = parse_xml(f"<V><Status>{text}</Status></V>".encode())
            return compile_structure(shape("VersioningConfiguration"), {"Status": {}})(root)

        assert {"Status": "Enabled"} == status("Enabled")
        for text in ("enabled", " Enabled", "On", ""):
            with pytest.raises(MalformedXML):
                status(text)
