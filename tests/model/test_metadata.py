"""User metadata and its trip through HTTP headers. S3: userguide/UsingMetadata.html"""

from __future__ import annotations

from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import InvalidRedirectLocation, MetadataTooLarge
from fakes3.model.metadata import (
    LONGEST_REDIRECT,
    MOST_BYTES,
    check_redirect,
    check_size,
    encode_value,
    parse_metadata,
    remove_aws_chunked,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


def stored(value: str) -> str:
    ((_, kept),) = parse_metadata({"name": value})
    return kept


class TestNames:
    """Names are kept in lower case."""

    # recorded: TestS3::test_metadata_header_character_decoding
    def test_underscores_are_kept(self) -> None:
        assert (("test_meta_1", "foo"), ("__meta_2", "bar")) == parse_metadata(
            {"TEST_META_1": "foo", "__meta_2": "bar"}
        )


class TestBlanks:
    """Blanks around a value are no part of it. Other bytes are."""

    @pytest.mark.parametrize("value", ["caffà", "\N{NO-BREAK SPACE}a", "a\x85"])
    def test_letters_whose_last_byte_looks_like_a_blank(self, value: str) -> None:
        assert value == stored(f" {value.encode().decode('latin-1')}\t")


class TestShown:
    """Printable ASCII is shown as it is, everything else as an encoded word of RFC 2047."""

    @pytest.mark.parametrize("value", ["", "a", "two words", "a=b?c_d", "~!@#$%^&*()", "=?"])
    def test_printable_ascii_as_it_is(self, value: str) -> None:
        assert value == encode_value(value)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("é", "=?UTF-8?Q?=C3=A9?="),
            ("ÄMÄZÕÑ S3", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
            ("é_=?", "=?UTF-8?Q?=C3=A9=5F=3D=3F?="),
            ("日本", "=?UTF-8?Q?=E6=97=A5=E6=9C=AC?="),
            ("\N{GRINNING FACE}", "=?UTF-8?Q?=F0=9F=98=80?="),
        ],
    )
    def test_printable_text_in_quoted_printable(self, value: str, expected: str) -> None:
        assert expected == encode_value(value)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("\x01", "=?UTF-8?B?AQ==?="),
            ("a\tb", "=?UTF-8?B?YQli?="),
            ("é\x7f", "=?UTF-8?B?w6l/?="),
            ("\ufffd", "=?UTF-8?B?77+9?="),
            ("\U0003fffe", "=?UTF-8?B?8L+/vg==?="),
        ],
    )
    def test_other_characters_in_base64(self, value: str, expected: str) -> None:
        assert expected == encode_value(value)

    @given(TEXTS)
    def test_it_is_printable_ascii(self, value: str) -> None:
        assert encode_value(value).isascii()
        assert encode_value(value).isprintable()

    @given(TEXTS.filter(lambda value: "=?" not in value))
    def test_what_is_shown_decodes_to_what_was_stored(self, value: str) -> None:
        shown = encode_value(value)
        assert value == (str(make_header(decode_header(shown))) if shown != value else shown)

    @given(TEXTS.filter(lambda value: "=?" not in value and value == value.strip()))
    def test_what_is_shown_may_be_sent_back(self, value: str) -> None:
        assert value == stored(encode_value(value))


class TestStored:
    """Values are trimmed, and decoded where they were sent encoded."""

    @pytest.mark.parametrize(
        ("sent", "expected"),
        [
            ("a", "a"),
            ("", ""),
            ("  a b  ", "a b"),
            ("=?UTF-8?Q?=C3=A9?=", "é"),
            ("=?utf-8?q?a_b?=", "a b"),
            ("=?UTF-8?B?w6k=?=", "é"),
            ("=?ISO-8859-1?Q?=E9?=", "é"),
            ("=?UTF-8?Q?=FF?=", "\ufffd"),
            ("=?UTF-8?B?w6k?=", "é"),  # without the padding
            ("=?UTF-8?B?w6k=A?=", "é"),  # with something behind the padding
            ("=?UTF-8?B?w-6k=?=", "é"),  # with a character that is not Base64
            ("=?UTF-8?B?YWJjZ?=", "abc"),  # with a last character that makes no byte
            ("=?UTF-8?B?YWLD?=", "ab\ufffd"),  # with bytes that are not UTF-8
            ("=?UTF-8?B?!?=", ""),
            ("a =?UTF-8?B?w6k?= b", "a é b"),
            ("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?="),
            ("=?", "=?"),
            ("a=?b", "a=?b"),
        ],
    )
    def test_values(self, sent: str, expected: str) -> None:
        assert expected == stored(sent)

    @given(TEXTS.filter(lambda value: "=?" not in value and value == value.strip(" \t")))
    def test_utf_8_in_a_header_is_read_as_such(self, value: str) -> None:
        assert value == stored(value.encode().decode("latin-1"))

    @pytest.mark.parametrize(
        "charset",
        [
            "utf-7",
            "idna",
            "punycode",
            "unicode_escape",
            "raw_unicode_escape",
            "undefined",
            "rot13",
            "hex",
            "a\x00b",
        ],
    )
    @pytest.mark.parametrize("word", ["Q?=2B2AA-", "B?K0NPQS0=", "Q?=5Cud800"])
    def test_a_word_of_what_is_no_charset_stays_as_it_is(self, charset: str, word: str) -> None:
        assert f"=?{charset}?{word}?=" == stored(f"=?{charset}?{word}?=")

    def test_latin_1_in_a_header_is_kept(self) -> None:
        assert "é" == stored("é")

    @given(st.text())
    def test_any_text_may_be_sent(self, value: str) -> None:
        stored(value)


class TestSize:
    """Names without their prefix and values have 2 KB together, in bytes of UTF-8."""

    def test_two_kilobytes_pass(self) -> None:
        check_size((("a", "x" * 1023), ("b", "é" * 511 + "x")))

    def test_one_byte_more_is_too_large(self) -> None:
        with pytest.raises(MetadataTooLarge) as caught:
            check_size((("a", "x" * 1023), ("b", "é" * 512)))
        assert "Your metadata headers exceed the maximum allowed metadata size" == caught.value.message
        assert {"Size": 2049, "MaxSizeAllowed": MOST_BYTES} == caught.value.members

    def test_none_is_never_too_large(self) -> None:
        check_size(())


class TestAwsChunked:
    """The coding aws-chunked is of the transfer and not of the object. S3: API/sigv4-streaming.html"""

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("gzip", "gzip"),
            ("aws-chunked", None),
            ("aws-chunked,gzip", "gzip"),
            ("gzip, aws-chunked", "gzip"),
            ("gzip, aws-chunked, br", "gzip,br"),
            ("aws-chunked,", None),
            ("gzip, br", "gzip, br"),
            ("my-aws-chunked", "my-aws-chunked"),
            ("", ""),
        ],
    )
    def test_it_is_taken_away(self, sent: str, kept: str | None) -> None:
        expected = () if kept is None else (("ContentEncoding", kept),)
        assert expected == remove_aws_chunked([("ContentEncoding", sent)])

    def test_other_headers_are_left_alone(self) -> None:
        assert (("ContentType", "aws-chunked"),) == remove_aws_chunked([("ContentType", "aws-chunked")])


class TestRedirect:
    """A redirect leads to another object of the bucket or to a web address."""

    @pytest.mark.parametrize("location", ["/", "/page", "//x", "http://", "http://example.com/x", "https://a"])
    def test_taken(self, location):
        check_redirect(location)

    @pytest.mark.parametrize("location", ["", "page", "HTTP://x", "ftp://x", " /x", "http:/x", "www.example.com"])
    def test_refused(self, location):
        with pytest.raises(InvalidRedirectLocation) as caught:
            check_redirect(location)
        expected = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
        assert expected == caught.value.message

    def test_longest(self):
        check_redirect("/" * LONGEST_REDIRECT)
        with pytest.raises(InvalidRedirectLocation):
            check_redirect("/" * (LONGEST_REDIRECT + 1))
