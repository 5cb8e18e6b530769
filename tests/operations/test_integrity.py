"""Whether a body is what its sender says. S3: userguide/checking-object-integrity-upload.html"""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model import checksums
from fakes3.model.errors import BadDigest, InvalidDigest, InvalidRequest, S3Error
from fakes3.operations.integrity import Integrity, judge_headers

HELLO_MD5 = b64encode(md5(b"hello").digest()).decode()
HELLO_CRC32 = "NhCmhg=="


def refusal(content_md5: str | None, members: dict[str, str], trailer: str | None = None) -> tuple[type, str]:
    with pytest.raises(S3Error) as caught:
        judge_headers(content_md5, members, trailer)
    return type(caught.value), caught.value.message


class TestAnnounced:
    """The headers that speak of the body are judged before it is read."""

    def test_nothing(self) -> None:
        integrity = judge_headers(None, {"ContentType": "text/plain"}, None)
        assert (Integrity(None, None, None), False, ()) == (integrity, integrity.is_given, integrity.algorithms)

    def test_content_md5(self) -> None:
        integrity = judge_headers(HELLO_MD5, {}, None)
        assert (Integrity(md5(b"hello").digest(), None, None), True) == (integrity, integrity.is_given)
        assert ("MD5",) == integrity.algorithms

    @pytest.mark.parametrize("junk", ["", "junk", "MTIz", HELLO_CRC32, f" {HELLO_MD5}"])
    def test_content_md5_that_is_none(self, junk: str) -> None:
        assert (InvalidDigest, "The Content-MD5 you specified was invalid.") == refusal(junk, {})

    @pytest.mark.parametrize("name", list(checksums.ALGORITHMS))
    def test_a_checksum(self, name: str) -> None:
        value = checksums.encode(bytes(checksums.ALGORITHMS[name].size))
        integrity = judge_headers(None, {f"Checksum{name}": value}, None)
        assert (Integrity(None, name, value), (name,)) == (integrity, integrity.algorithms)
        both = judge_headers(HELLO_MD5, {f"Checksum{name}": value}, None)
        assert ("MD5", name) == both.algorithms

    def test_a_checksum_in_the_trailer(self) -> None:
        assert Integrity(None, "CRC32", None) == judge_headers(None, {}, "CRC32")
        assert Integrity(None, "CRC32", None) == judge_headers(None, {"ChecksumAlgorithm": "CRC32"}, "CRC32")

    @pytest.mark.parametrize(
        ("members", "trailer"),
        [
            ({"ChecksumCRC32": HELLO_CRC32, "ChecksumSHA1": "x"}, None),
            ({"ChecksumCRC32": HELLO_CRC32}, "CRC32"),
        ],
    )
    def test_several(self, members: dict[str, str], trailer: str | None) -> None:
        text = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        assert (InvalidRequest, text) == refusal(None, members, trailer)

    def test_a_checksum_that_is_none(self) -> None:
        text = "Value for x-amz-checksum-crc32 header is invalid."
        assert (InvalidRequest, text) == refusal(None, {"ChecksumCRC32": "junk"})

    @pytest.mark.parametrize("wanted", ["SHA1", "JUNK", ""])
    def test_an_algorithm_that_is_another(self, wanted: str) -> None:
        members = {"ChecksumAlgorithm": wanted, "ChecksumCRC32": HELLO_CRC32}
        text = "Value for x-amz-sdk-checksum-algorithm header is invalid."
        assert (InvalidRequest, text) == refusal(None, members)

    def test_an_algorithm_without_checksum(self) -> None:
        text = (
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found."
        )
        assert (InvalidRequest, text) == refusal(None, {"ChecksumAlgorithm": "SHA256"})


class TestReceived:
    """A body that has arrived is held against what was said of it."""

    @given(st.binary(max_size=100))
    def test_s3_makes_a_checksum_where_none_was_sent(self, data: bytes) -> None:
        # `sent` is of one test, not of one example
        digests = {name: checksums.digest_of(name, [data]) for name in ("MD5", "CRC64NVME")}

        class Body:
            announced: str | None = None

            def receive(self, *algorithms: str) -> Any:
                assert ("MD5", "CRC64NVME") == algorithms
                return type("Arrived", (), {"body": data, "digests": digests, "trailers": {}})

        upload = judge_headers(None, {}, None).receive(Body())
        assert ("CRC64NVME", checksums.encode(digests["CRC64NVME"]), "FULL_OBJECT") == upload.checksum
        assert digests["MD5"] == upload.md5

    def test_the_right_one(self, sent) -> None:
        upload = judge_headers(HELLO_MD5, {"ChecksumCRC32": HELLO_CRC32}, None).receive(sent(b"hello"))
        assert (b"hello", ("CRC32", HELLO_CRC32, "FULL_OBJECT")) == (bytes(upload.body), upload.checksum)

    def test_the_right_one_in_the_trailer(self, sent) -> None:
        body = sent(b"hello", announced="CRC32", trailers={"x-amz-checksum-crc32": HELLO_CRC32})
        assert HELLO_CRC32 == judge_headers(None, {}, "CRC32").receive(body).checksum.value

    def test_a_trailer_that_is_no_checksum(self, sent) -> None:
        with pytest.raises(InvalidRequest) as caught:
            judge_headers(None, {}, "CRC32").receive(sent(b"hello", trailers={"x-amz-checksum-crc32": "junk"}))
        assert "Value for x-amz-checksum-crc32 trailing header is invalid." == caught.value.message

    def test_another_checksum(self, sent) -> None:
        with pytest.raises(BadDigest) as caught:
            judge_headers(None, {"ChecksumCRC32": HELLO_CRC32}, None).receive(sent(b"hallo"))
        assert "The CRC32 you specified did not match the calculated checksum." == caught.value.message

    # recorded: TestS3::test_s3_invalid_content_md5
    def test_another_md5(self, sent) -> None:
        with pytest.raises(BadDigest) as caught:
            judge_headers(HELLO_MD5, {}, None).receive(sent(b"something"))
        assert {
            "ExpectedDigest": md5(b"hello").hexdigest(),
            "CalculatedDigest": "Q3uTDbhLgHnC3YBKcZNrXw==",
        } == caught.value.members
