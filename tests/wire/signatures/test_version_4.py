"""The examples that S3's reference works out, sent as they stand there: by header, in chunks, with trailers."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.dates import parse_basic
from fakes3.model.errors import AuthorizationHeaderMalformed, InvalidArgument
from fakes3.model.identity import AccessKey, Principal
from fakes3.operations.service import Service
from fakes3.wire.message import Request
from fakes3.wire.signatures.signature import Credential
from fakes3.wire.signatures.version_4 import (
    canonical_query,
    canonical_request,
    find_key_id,
    parse_authorization,
    sign,
    signing_key,
)

AKID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
BUCKET = "examplebucket.s3.amazonaws.com"
GLOBAL = "s3.amazonaws.com"


@pytest.fixture
def example(ask) -> Any:
    """S3 on 24 May 2013, as the examples have it: the bucket `examplebucket`, and the key that owns it."""
    assert 200 == ask("PUT", "/examplebucket").status
    assert 200 == ask("PUT", "/examplebucket/test.txt", body=b"0123456789abc").status
    service: Service = ask.service
    service.clock.freeze(datetime(2013, 5, 24, tzinfo=UTC))
    key = AccessKey(AKID, SECRET, Principal("123456789012"), is_verified=True)
    service.access_keys[key.id] = key
    return ask


def signed(names: str, signature: str, **headers: str) -> dict[str, str]:
    scope = f"{AKID}/20130524/us-east-1/s3/aws4_request"
    sent = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope},SignedHeaders={names},Signature={signature}",
        "x-amz-date": "20130524T000000Z",
        "x-amz-content-sha256": EMPTY,
    }
    return sent | {name.replace("_", "-"): value for name, value in headers.items()}


class TestInOneChunk:
    """S3: API/sig-v4-header-based-auth.html, "Examples: Signature calculations\""""

    @pytest.mark.parametrize(
        ("target", "status", "names", "signature", "headers"),
        [
            (
                "/test.txt",
                206,
                "host;range;x-amz-content-sha256;x-amz-date",
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
                {"range": "bytes=0-9"},
            ),
            (
                "/?lifecycle",
                404,
                "host;x-amz-content-sha256;x-amz-date",
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
                {},
            ),
            (
                "/?max-keys=2&prefix=J",
                200,
                "host;x-amz-content-sha256;x-amz-date",
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
                {},
            ),
        ],
        ids=["GET Object", "GET Bucket lifecycle", "GET Bucket (List Objects)"],
    )
    def test_reads(self, example, target, status, names, signature, headers):
        sent = signed(names, signature, **headers)
        assert status == example("GET", target, sent, host=BUCKET, signed=False).status
        sent = signed(names, "0" + signature[1:], **headers)
        assert "SignatureDoesNotMatch" == example("GET", target, sent, host=BUCKET, signed=False).code

    def test_put_object(self, example):
        body = b"Welcome to Amazon S3."
        sent = signed(
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            Date="Fri, 24 May 2013 00:00:00 GMT",
            x_amz_storage_class="REDUCED_REDUNDANCY",
            x_amz_content_sha256=sha256(body).hexdigest(),
        )
        assert 200 == example("PUT", "/test%24file.text", sent, body, host=BUCKET, signed=False).status
        changed = example("PUT", "/test%24file.text", sent, b"Welcome to Amazon S4.", host=BUCKET, signed=False)
        assert (400, "XAmzContentSHA256Mismatch") == (changed.status, changed.code)


CHUNKS = {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "66560",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
}


def body_of(*signatures: str, trailer: bytes = b"") -> bytes:
    sizes = [65536, 1024, 0]
    chunks = [
        b"%x;chunk-signature=%s\r\n%s" % (size, signature.encode(), b"a" * size + b"\r\n" if size else b"")
        for size, signature in zip(sizes, signatures, strict=True)
    ]
    return b"".join(chunks) + trailer + b"\r\n"


class TestInChunks:
    """S3: API/sigv4-streaming.html, "Example: PUT Object\""""

    SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    CHUNKS = (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    )

    def headers(self) -> dict[str, str]:
        names = (
            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
            "x-amz-storage-class"
        )
        word = {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
        return signed(names, self.SEED) | CHUNKS | word

    def put(self, example: Any, *signatures: str) -> Any:
        return example(
            "PUT", "/examplebucket/chunkObject.txt", self.headers(), body_of(*signatures), host=GLOBAL, signed=False
        )

    def test_put_object(self, example):
        assert 66824 == len(body_of(*self.CHUNKS))
        assert 200 == self.put(example, *self.CHUNKS).status
        assert "66560" == example("HEAD", "/examplebucket/chunkObject.txt").headers["Content-Length"]

    @pytest.mark.parametrize("which", [0, 1, 2])
    def test_a_chunk_with_another_signature(self, example, which):
        signatures = list(self.CHUNKS)
        signatures[which] = "0" * 64
        before = example.service.world
        answer = self.put(example, *signatures)
        assert (403, "SignatureDoesNotMatch") == (answer.status, answer.code)
        assert before is example.service.world
        previous = (self.SEED, *self.CHUNKS)[which]
        assert (AKID, "0" * 64) == (answer.error["AWSAccessKeyId"], answer.error["SignatureProvided"])
        begin = f"AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n{previous}\n{EMPTY}\n"
        assert answer.error["StringToSign"].startswith(begin)

    def test_chunks_in_another_order(self, example):
        first, second, last = self.CHUNKS
        assert "SignatureDoesNotMatch" == self.put(example, second, first, last).code

    def test_of_a_key_that_is_not_verified_otherwise(self, example):
        """The secret is known, so the chunks must be those of the signature that is given."""
        example.service.access_keys[AKID] = AccessKey(AKID, SECRET, Principal("123456789012"))
        assert 200 == self.put(example, *self.CHUNKS).status
        assert "SignatureDoesNotMatch" == self.put(example, *self.CHUNKS[:2], "0" * 64).code

    def test_without_a_date(self, example):
        example.service.access_keys[AKID] = AccessKey(AKID, SECRET, Principal("123456789012"))
        sent = self.headers()
        del sent["x-amz-date"]
        target = "/examplebucket/chunkObject.txt"
        answer = example("PUT", target, sent, body_of(*self.CHUNKS), host=GLOBAL, signed=False)
        message = "AWS authentication requires a valid Date or x-amz-date header"
        assert (403, message) == (answer.status, answer.error["Message"])

    def test_of_a_key_nobody_knows(self, example):
        del example.service.access_keys[AKID]
        assert 200 == self.put(example, *self.CHUNKS[:2], "0" * 64).status
        # S3 takes what is no signature at all from nobody.
        assert "SignatureDoesNotMatch" == self.put(example, *self.CHUNKS[:2], "x").code


class TestWithTrailers:
    """S3: API/sigv4-streaming-trailers.html, "Examples: Signature calculations for trailing headers\""""

    SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    CHUNKS = (
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    )
    TRAILER = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"

    def put(self, example: Any, trailer_signature: str, checksum: str = "sOO8/Q==") -> Any:
        names = (
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;"
            "x-amz-trailer"
        )
        word = {
            "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            "x-amz-trailer": "x-amz-checksum-crc32c",
        }
        trailer = f"x-amz-checksum-crc32c:{checksum}\r\nx-amz-trailer-signature:{trailer_signature}\r\n".encode()
        body = body_of(*self.CHUNKS, trailer=trailer)
        sent = signed(names, self.SEED) | CHUNKS | word
        return example("PUT", "/examplebucket/chunkObject.txt", sent, body, host=GLOBAL, signed=False)

    def test_put_object(self, example):
        assert 200 == self.put(example, self.TRAILER).status

    def test_another_signature(self, example):
        before = example.service.world
        answer = self.put(example, "0" * 64)
        assert (403, "SignatureDoesNotMatch") == (answer.status, answer.code)
        assert answer.error["StringToSign"].startswith(
            f"AWS4-HMAC-SHA256-TRAILER\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n{self.CHUNKS[-1]}\n"
        )
        assert before is example.service.world

    def test_another_trailer(self, example):
        assert "SignatureDoesNotMatch" == self.put(example, self.TRAILER, "AAAAAA==").code


class TestReading:
    """What an Authorization header says, in whatever order and with whatever space between its parts."""

    EXPECTED = (
        "AWS4-HMAC-SHA256",
        Credential("A/B", "20130524", "us-east-1", "s3"),
        ("host", "x-amz-date"),
        "abc",
    )

    @pytest.mark.parametrize(
        "text",
        [
            "AWS4-HMAC-SHA256 Credential=A/B/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, "
            "Signature=abc",
            "AWS4-HMAC-SHA256 Credential=A/B/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-date,"
            "Signature=abc",
            "AWS4-HMAC-SHA256   Signature=abc , SignedHeaders=Host;X-Amz-Date,"
            "  Credential=A/B/20130524/us-east-1/s3/aws4_request",
        ],
    )
    def test_forms(self, text):
        assert self.EXPECTED == parse_authorization(text)[:4]
        assert "A/B" == find_key_id(text)

    @given(st.text() | st.text().map("AWS4-HMAC-SHA256 Credential={}, SignedHeaders=host, Signature=0".format))
    def test_any_text_is_read_or_refused(self, text):
        with suppress(InvalidArgument, AuthorizationHeaderMalformed):
            assert parse_authorization(text).credential.key_id

    @pytest.mark.parametrize("text", ["", "20130524", "20131324T000000Z", "20130524T000000", "20130524T240000Z"])
    def test_no_moment(self, text):
        assert parse_basic(text) is None

    @pytest.mark.parametrize(
        ("scheme", "host", "expected"),
        [
            ("https", "h:443", "h"),
            ("http", "h:80", "h"),
            ("http", "h:443", "h:443"),
            ("https", "h", "h"),
        ],
    )
    def test_the_port_that_a_scheme_has_anyway_is_not_signed(self, scheme, host, expected):
        """Clients leave it out of the Host header."""
        assert f"\nhost:{expected}\n" in canonical_request(Request("GET", scheme, host, "/", "", {}), ["host"])


class TestArithmetic:
    """The parts of which signatures are made."""

    # S3: API/sigv4-query-string-auth.html, "An Example"
    def test_the_example_of_version_4(self):
        query = (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        )
        request = Request("GET", "https", "examplebucket.s3.amazonaws.com", "/test.txt", query, {})
        hashed = sha256(canonical_request(request, ["host"]).encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n{hashed}"
        key = signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1")
        assert "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404" == sign(key, to_sign)

    @pytest.mark.parametrize(
        ("query", "canonical"),
        [
            ("", ""),
            ("b=2&a=1&b=1", "a=1&b=1&b=2"),
            ("acl", "acl="),
            ("a=x y&b=x+y&c=x%20y", "a=x%20y&b=x%20y&c=x%20y"),
            ("a=%2f%7e%ff", "a=%2F~%FF"),
            ("X-Amz-Signature=0&a=1", "a=1"),
            ("a==", "a=%3D"),
        ],
    )
    def test_canonical_query(self, query, canonical):
        assert canonical == canonical_query(query)

    @given(st.text())
    def test_any_text_can_be_signed(self, text):
        assert 64 == len(sign(b"key", text))
