"""The operations that list objects, called without the wire."""

from __future__ import annotations

from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import InvalidArgument
from fakes3.operations.listings import check_encoding_type, encoder, url_encoded


class TestEncoding:
    """Keys are shown percent-encoded, or as they are."""

    @pytest.mark.parametrize(
        ("key", "shown"),
        [
            ("a/b-c_d.e~f", "a/b-c_d.e~f"),
            ("test@key", "test%40key"),
            ("test%40key", "test%2540key"),
            ("a b+c", "a+b%2Bc"),
            ("\U0001f600", "%F0%9F%98%80"),
            ("\x00\x1f", "%00%1F"),
            ("date=2026", "date%3D2026"),
            ("", ""),
        ],
    )
    def test_of_characters(self, key: str, shown: str) -> None:
        assert shown == url_encoded(key)

    @given(st.text(st.characters(codec="utf-8")))
    def test_decodes(self, key: str) -> None:
        assert key == unquote_plus(url_encoded(key)) == encoder({})(key)

    @given(st.text(st.characters(codec="utf-8")))
    def test_is_plain_ascii(self, key: str) -> None:
        assert url_encoded(key).isascii()
        assert url_encoded(key).isprintable()

    def test_there_is_one(self) -> None:
        check_encoding_type(None)
        for url in ("url", "Url", "URL"):
            check_encoding_type(url)
        for junk in ("", "base64"):
            with pytest.raises(InvalidArgument):
                check_encoding_type(junk)


class TestMembers:
    """What a page tells, by the API's names."""

    @pytest.fixture(autouse=True)
    def _three(self, perform, sent) -> None:
        for key in ("a/1", "a/2", "b"):
            perform("PutObject", Bucket="bucket", Key=key, Body=sent(b"x"))

    def test_of_version_1(self, perform) -> None:
        answer = perform("ListObjects", Bucket="bucket", Delimiter="/", MaxKeys=1)
        assert {
            "BucketRegion": "us-east-1",
            "Name": "bucket",
            "Prefix": "",
            "MaxKeys": 1,
            "IsTruncated": True,
            "Contents": [],
            "CommonPrefixes": [{"Prefix": "a/"}],
            "Delimiter": "/",
            "Marker": "",
            "NextMarker": "a/",
        } == answer

    def test_of_version_2(self, perform) -> None:
        answer = perform("ListObjectsV2", Bucket="bucket", Delimiter="/", StartAfter="a/")
        assert ["b"] == [each["Key"] for each in answer.pop("Contents")]
        assert {
            "BucketRegion": "us-east-1",
            "Name": "bucket",
            "Prefix": "",
            "MaxKeys": 1000,
            "IsTruncated": False,
            "CommonPrefixes": [],
            "Delimiter": "/",
            "KeyCount": 1,
            "StartAfter": "a/",
        } == answer

    def test_no_members_for_what_was_not_asked(self, perform) -> None:
        answer = perform("ListObjectsV2", Bucket="bucket")
        assert not {"Delimiter", "EncodingType", "StartAfter", "ContinuationToken", "NextContinuationToken"} & set(
            answer
        )
        assert not any("Owner" in each or "RestoreStatus" in each for each in answer["Contents"])
