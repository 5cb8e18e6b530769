"""XML that comes in is read as it is written, or refused before it can do harm; what goes out is escaped."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import MalformedXML
from fakes3.wire.xml import MOST_TAGS, escape, local_name, parse_xml

BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]>
<Delete><Object><Key>&e;</Key></Object></Delete>"""
QUADRATIC = b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 100_000 + b'">]><a>' + b"&x;" * 10_000 + b"</a>"


class TestWhatIsRead:
    """Elements with their texts, nothing stripped."""

    def test_an_element_with_children(self):
        document = "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>"
        assert document == ElementTree.tostring(parse_xml(document.encode()), "unicode")

    def test_an_empty_element(self):
        assert None is parse_xml(b"<a/>").text is parse_xml(b"<a></a>").text

    @pytest.mark.parametrize("text", [" leading", "trailing ", "  ", "\t", "a\nb", " \n "])
    def test_white_space_inside_an_element_is_kept(self, text):
        assert text == parse_xml(f"<a><Key>{text}</Key></a>".encode())[0].text

    def test_a_carriage_return_survives_as_a_reference_and_only_so(self):
        assert "x\r\ny\nz" == parse_xml(b"<a>x&#13;&#10;y\r\nz</a>").text

    def test_references_and_cdata(self):
        assert "<&>\"'é<b/>" == parse_xml(b"<a>&lt;&amp;&gt;&quot;&apos;&#xe9;<![CDATA[<b/>]]></a>").text

    def test_comments_and_instructions_are_nothing(self):
        assert " x  y  z " == parse_xml(b"<!-- 1 --><a> x <!-- 2 --> y <?pi z?> z </a><?end?>").text

    def test_the_letters_of_a_document_type_in_a_text(self):
        assert "<!DOCTYPE a>" == parse_xml(b"<a><!-- <!DOCTYPE b> --><![CDATA[<!DOCTYPE a>]]></a>").text

    @pytest.mark.parametrize(
        "document",
        [
            b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet></Delete>',
            b'<s3:Delete xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/"><s3:Quiet>true</s3:Quiet></s3:Delete>',
            b'<Delete xmlns="urn:other" xmlns:x="urn:x"><x:Quiet>true</x:Quiet></Delete>',
            b"<Delete><Quiet>true</Quiet></Delete>",
        ],
    )
    def test_local_names_are_without_prefixes_and_namespaces(self, document):
        root = parse_xml(document)
        assert ["Delete", "Quiet"] == [local_name(root.tag), local_name(root[0].tag)]
        assert {} == root.attrib

    def test_attributes_have_their_namespace(self):
        root = parse_xml(b'<g xmlns:xsi="urn:x" xsi:type="CanonicalUser" plain=""/>')
        assert {"{urn:x}type": "CanonicalUser", "plain": ""} == root.attrib

    def test_utf_8_with_a_byte_order_mark_or_said_to_be(self):
        document = "<a>é漢😀</a>".encode()
        declaration = b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
        for said in (b"", b"\xef\xbb\xbf", declaration, b"\xef\xbb\xbf" + declaration):
            assert "é漢😀" == parse_xml(said + document).text

    @given(data=st.data())
    def test_any_text_that_was_escaped(self, shapes, data):
        text = data.draw(shapes.xml_text)
        assert text == (parse_xml(f"<a><b>{escape(text)}</b></a>".encode())[0].text or "")

    def test_as_many_tags_as_any_document_of_s3(self):
        checksums = "".join(f"<Checksum{number}>c</Checksum{number}>" for number in range(10))
        part = f"<Part>{checksums}<ETag>e</ETag><PartNumber>1</PartNumber></Part>"
        assert 10_000 == len(parse_xml(f"<C>{part * 10_000}</C>".encode()))


class TestWhatIsRefused:
    """All else is MalformedXML, and quickly: nothing is expanded, fetched or built first."""

    @pytest.mark.parametrize(
        "document",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"  \n", id="white space"),
            pytest.param(b"hello", id="no XML"),
            pytest.param(b'{"a": 1}', id="JSON"),
            pytest.param(b"<a>", id="unclosed"),
            pytest.param(b"<a></b>", id="crossed"),
            pytest.param(b"<a/><b/>", id="two roots"),
            pytest.param(b"<a/>x", id="text after the root"),
            pytest.param(b"<a>&nbsp;</a>", id="undeclared entity"),
            pytest.param(b"<a b='1' b='2'/>", id="attribute twice"),
            pytest.param(b"<x:a/>", id="undeclared prefix"),
            pytest.param(b" <?xml version='1.0'?><a/>", id="late declaration"),
            pytest.param(b"<a>\x00</a>", id="NUL"),
            pytest.param(b"<a>&#0;</a>", id="reference to NUL"),
            pytest.param(b"<a/>\x00", id="NUL after the root"),
            pytest.param(b"<a>\x0b</a>", id="control character"),
            pytest.param(b"<a>&#xb;</a>", id="reference to a control character"),
            pytest.param("<a>\ufffe</a>".encode(), id="noncharacter"),
            pytest.param(b"<a>\xff</a>", id="no UTF-8"),
            pytest.param(b"<a>\xc0\xaf</a>", id="overlong UTF-8"),
            pytest.param(b"<a>\xed\xa0\x80</a>", id="surrogate in UTF-8"),
        ],
    )
    def test_what_is_not_well_formed(self, document):
        with pytest.raises(MalformedXML):
            parse_xml(document)

    @pytest.mark.parametrize(
        "document",
        [
            pytest.param("<a>é</a>".encode("utf-16"), id="UTF-16"),
            pytest.param("<a>é</a>".encode("utf-16-le"), id="UTF-16 without a mark"),
            pytest.param("<a>é</a>".encode("utf-16-be"), id="UTF-16 the other way"),
            pytest.param("<a>é</a>".encode("utf-32"), id="UTF-32"),
            pytest.param('<?xml version="1.0" encoding="utf-16"?><a>e</a>'.encode("utf-16"), id="UTF-16 declared"),
            pytest.param(b'<?xml version="1.0" encoding="utf-16"?><a>e</a>', id="UTF-16 declared wrongly"),
            pytest.param('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"), id="latin-1"),
            pytest.param(b'<?xml version="1.0" encoding="ISO-8859-1"?><a>e</a>', id="latin-1 declared"),
            pytest.param(b'<?xml version="1.0" encoding="cp037"?><a>e</a>', id="EBCDIC declared"),
            pytest.param(b'<?xml version="1.0" encoding="nonsense"?><a>e</a>', id="nonsense"),
            pytest.param(b"+ADw-a/+AD4-", id="UTF-7"),
        ],
    )
    def test_what_is_not_utf_8(self, document):
        with pytest.raises(MalformedXML):
            parse_xml(document)

    @pytest.mark.parametrize(
        "document",
        [
            pytest.param(BILLION_LAUGHS, id="billion laughs"),
            pytest.param(QUADRATIC, id="quadratic blow-up"),
            pytest.param(b"<!DOCTYPE a><a/>", id="a document type alone"),
            pytest.param(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>', id="external document type"),
            pytest.param(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', id="external entity"),
            pytest.param(b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/"> %x;]><a/>', id="parameter entity"),
            pytest.param(b'<!DOCTYPE a [<!ENTITY x "hello">]><a>&x;</a>', id="harmless entity"),
            pytest.param(b'<!DOCTYPE a [<!ATTLIST a b CDATA "1">]><a/>', id="default attribute"),
        ],
    )
    def test_document_types_and_all_they_can_hold(self, document):
        with pytest.raises(MalformedXML):
            parse_xml(document)

    def test_more_tags_than_any_document_of_s3(self):
        with pytest.raises(MalformedXML):
            parse_xml(b"<a>" + b"<b/>" * MOST_TAGS + b"</a>")

    def test_nesting_that_never_ends(self):
        with pytest.raises(MalformedXML):
            parse_xml(b"<a>" * 100_000)

    @given(st.binary(max_size=60))
    def test_no_bytes_raise_anything_else(self, document):
        try:
            root = parse_xml(document)
        except MalformedXML:
            return
        assert root.tag

    @given(st.text(alphabet="<>/a &;!?[]\"'=x:#-", max_size=30))
    def test_no_markup_raises_anything_else(self, document):
        try:
            root = parse_xml(f"<a>{document}</a>".encode())
        except MalformedXML:
            return
        assert "a" == root.tag


class TestEscaping:
    """What goes out is escaped so that it reads back, as far as XML can hold it."""

    @given(data=st.data())
    def test_reads_back(self, shapes, data):
        text = data.draw(shapes.xml_text)
        assert text == (ElementTree.fromstring(f"<a>{escape(text)}</a>").text or "")

    @given(data=st.data())
    def test_reads_back_from_an_attribute_too(self, shapes, data):
        text = data.draw(shapes.xml_text).replace("\t", "").replace("\n", "")
        assert text == ElementTree.fromstring(f'<a b="{escape(text)}"/>').attrib["b"]

    def test_plain_text_is_the_same_object(self):
        text = "plain/é漢😀 text"
        assert text is escape(text)

    @pytest.mark.parametrize(
        ("character", "reference"),
        [
            ("&", "&amp;"),
            ("<", "&lt;"),
            (">", "&gt;"),
            ('"', "&quot;"),
            ("'", "'"),
            ("\t", "\t"),
            ("\n", "\n"),
            ("\r", "&#xd;"),
            ("\x00", "&#x0;"),
            ("\x1f", "&#x1f;"),
            ("\x7f", "&#x7f;"),
            ("\uffff", "&#xffff;"),
            ("\udfff", "&#xdfff;"),
        ],
    )
    def test_special_characters(self, character, reference):
        assert reference == escape(character)

    @given(st.text(st.characters()))
    def test_anything_at_all_can_be_encoded(self, text):
        assert "<" not in escape(text)
        escape(text).encode()
