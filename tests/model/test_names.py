"""The rules of names, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import (
    AccessDenied,
    BareBadRequest,
    InvalidBucketName,
    InvalidBucketOwnerAWSAccountID,
    InvalidURI,
    KeyTooLongError,
)
from fakes3.model.names import check_bucket_name, check_expected_owner, check_key, is_account_id

OWNER = "123456789012"
SEGMENTS = st.sampled_from(["", ".", "..", "a", "b.c", "..."])


class TestBucketNames:
    """A bucket's name can be a label of a host name.

    S3: userguide/bucketnamingrules.html
    """

    @pytest.mark.parametrize(
        "name",
        [
            "abc",
            "123",
            "a" * 63,
            "docexamplebucket1",
            "log-delivery-march-2020",
            "docexamplewebsite.com",
            "www.docexamplewebsite.com",
            "my.example.s3.bucket",
            "a.-b",
            "a-.b",
            "a--b",
            "1.2.3",
            "1.2.3.4.5",
            "1234.5.6.7",
            "a.2.3.4",
            "xn-a",
            "my-xn--bucket",
            "sthree",
            "amzn-s3-demo",
            "a-s3alias-b",
            "mrap",
            "ban",
            "man.an",
        ],
    )
    def test_good_names_pass(self, name: str) -> None:
        check_bucket_name(name)

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("", "empty"),
            ("ab", "shorter than 3"),
            ("a" * 64, "longer than 63"),
            ("Bucket", "upper case"),
            ("doc_example_bucket", "underscore"),
            ("a b", "space"),
            ("a/b", "slash"),
            ("b\u00fccher", "not ASCII"),
            ("abc\n", "line end"),
            ("\u0663\u0663\u0663", "digits that are not ASCII"),
            ("-abc", "begins with a hyphen"),
            (".abc", "begins with a period"),
            ("abc-", "ends with a hyphen"),
            ("doc-example-bucket.", "ends with a period"),
            ("doc..example", "two periods in a row"),
            ("192.168.5.4", "an IP address"),
            ("999.999.999.999", "formatted as an IP address"),
            ("xn--bucket", "reserved prefix"),
            ("sthree-bucket", "reserved prefix"),
            ("sthree-configurator", "reserved prefix"),
            ("amzn-s3-demo-bucket", "reserved prefix"),
            ("bucket-s3alias", "reserved suffix"),
            ("bucket--ol-s3", "reserved suffix"),
            ("bucket.mrap", "reserved suffix"),
            ("bucket--use1-az5--x-s3", "reserved suffix"),
            ("bucket--table-s3", "reserved suffix"),
            ("bucket-an", "the account's own namespace"),
        ],
    )
    def test_bad_names_are_refused(self, name: str, why: str) -> None:
        with pytest.raises(InvalidBucketName) as caught:
            check_bucket_name(name)
        assert {"BucketName": name} == caught.value.members, why

    def test_account_regional_name_may_end_like_its_namespace(self) -> None:
        check_bucket_name("bucket-123456789012-us-east-1-an")

    def test_account_regional_name_keeps_the_other_rules(self) -> None:
        with pytest.raises(InvalidBucketName):
            check_bucket_name("Bucket-123456789012-us-east-1-an")

    @given(name=st.from_regex(r"[b-m0-9]([b-m0-9-]{1,61})[b-m]", fullmatch=True))
    def test_names_without_reserved_letters_pass(self, name: str) -> None:
        check_bucket_name(name)

    @given(name=st.text(max_size=70).filter(lambda name: not name.isascii() or not name.islower()))
    def test_names_with_other_letters_are_refused(self, name: str) -> None:
        if set(name) <= set("0123456789.-"):
            return
        with pytest.raises(InvalidBucketName):
            check_bucket_name(name)


class TestKeyLength:
    """A key has at most 1024 bytes of UTF-8.

    S3: userguide/object-keys.html
    """

    @pytest.mark.parametrize(
        "key",
        [
            "a",
            "a" * 1024,
            "\u00e9" * 512,
            "\U0001f600" * 256,
            "\u00e9" + "a" * 1022,
            "a..b" + "a" * 1020,
            " ",
            "\x00\x1f",
        ],
    )
    def test_1024_bytes_pass(self, key: str) -> None:
        check_key(key)

    @pytest.mark.parametrize(
        ("key", "size"),
        [
            ("a" * 1025, 1025),
            ("\u00e9" * 513, 1026),
            ("\U0001f600" * 257, 1028),
            ("\u00e9" + "a" * 1023, 1025),
            ("a..b" + "a" * 1021, 1025),
        ],
    )
    def test_1025_bytes_are_refused(self, key: str, size: int) -> None:
        with pytest.raises(KeyTooLongError) as caught:
            check_key(key)
        assert {"Size": size, "MaxSizeAllowed": 1024} == caught.value.members

    @given(key=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), max_size=1100))
    def test_bytes_decide_not_characters(self, key: str) -> None:
        size = len(key.encode())
        if size <= 1024:
            check_key(key)
        else:
            with pytest.raises(KeyTooLongError):
                check_key(key)

    def test_what_utf_8_cannot_say_is_no_uri(self) -> None:
        with pytest.raises(InvalidURI) as caught:
            check_key("a\udc80 b")
        assert {"URI": "a%ED%B2%80%20b"} == caught.value.members


class TestRelativePaths:
    """A key may hold relative path elements as long as it never climbs above its bucket.

    S3: userguide/object-keys.html
    """

    @pytest.mark.parametrize(
        "key",
        [
            "a/../b",
            "a/..",
            "a/b/../..",
            "videos/2014/../../video1.wmv",
            "a//../../b",
            "/../a",
            "./a",
            "a/.",
            "...",
            "..a",
            "a..",
            "a..b",
            "..a/b..",
            "a/./../b",
            "//",
            "/",
            "\u00e9/../a",
        ],
    )
    def test_keys_that_stay_inside_pass(self, key: str) -> None:
        check_key(key)

    @pytest.mark.parametrize(
        "key",
        [
            ".",
            "..",
            "../x",
            "../",
            "a/../../b",
            "videos/../../video1.wmv",
            "videos/../../2014/video1.wmv",
            "./../a",
            "a/./../../b",
            "a/../..",
            "../\u00e9",
            "../" + "a" * 1100,
        ],
    )
    def test_keys_that_climb_out_get_a_bare_400(self, key: str) -> None:
        with pytest.raises(BareBadRequest) as caught:
            check_key(key)
        assert (400, "400", "Bad Request", {}) == (
            caught.value.status,
            caught.value.code,
            caught.value.message,
            caught.value.members,
        )

    @given(segments=st.lists(SEGMENTS, min_size=1, max_size=12))
    def test_a_key_climbs_out_when_one_of_its_beginnings_does(self, segments: list[str]) -> None:
        beginnings = [segments[:end] for end in range(len(segments) + 1)]
        names = [sum(name not in (".", "..") for name in beginning) for beginning in beginnings]
        climbs = [beginning.count("..") for beginning in beginnings]
        key = "/".join(segments)
        if key == "." or any(up > down for up, down in zip(climbs, names, strict=True)):
            with pytest.raises(BareBadRequest):
                check_key(key)
        else:
            check_key(key)


class TestAccountIds:
    """An account id has 12 digits."""

    @pytest.mark.parametrize("text", ["123456789012", "000000000000"])
    def test_twelve_digits_are_one(self, text: str) -> None:
        assert is_account_id(text)

    @pytest.mark.parametrize(
        "text", ["", "12345678901", "1234567890123", "12345678901a", "123456789012\n", "\u0661" * 12]
    )
    def test_everything_else_is_none(self, text: str) -> None:
        assert not is_account_id(text)


class TestExpectedOwner:
    """A caller may say whose bucket it expects, and is refused when it is another's.

    S3: userguide/bucket-owner-condition.html
    """

    def test_the_owner_passes(self) -> None:
        check_expected_owner(OWNER, OWNER)

    @pytest.mark.parametrize("expected", ["210987654321", "abcdefghijkl", "____________"])
    def test_another_account_is_denied(self, expected: str) -> None:
        with pytest.raises(AccessDenied) as caught:
            check_expected_owner(expected, OWNER)
        assert ("Access Denied", {}) == (caught.value.message, caught.value.members)

    @pytest.mark.parametrize("expected", ["", "1234", "1234567890123", "12345678901-", "\u00e9" * 12])
    def test_what_is_no_account_id_is_a_bad_request(self, expected: str) -> None:
        with pytest.raises(InvalidBucketOwnerAWSAccountID) as caught:
            check_expected_owner(expected, OWNER)
        assert (
            f"The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]"
            == caught.value.message
        )
