"""Signatures by ECDSA, made by the library that AWS's clients make them with, and by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.identity import AccessKey, Principal
from fakes3.wire.signatures.version_4a import is_signature, multiply, private_key, public_key

from ...ask import HOST

AKID, SECRET = "AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom"
AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def der(r: int, s: int) -> str:
    def number(value: int) -> bytes:
        raw = value.to_bytes(value.bit_length() // 8 + 1)
        return bytes([2, len(raw)]) + raw

    inside = number(r) + number(s)
    return (bytes([0x30, len(inside)]) + inside).hex()


def sign(message: bytes, nonce: int = 0x1234567) -> str:
    """A signature by the textbook."""
    point = multiply(nonce, G)
    assert point is not None
    r = point[0] % N
    s = pow(nonce, -1, N) * (int.from_bytes(sha256(message).digest()) + r * private_key(AKID, SECRET)) % N
    return der(r, s)


class TestArithmetic:
    """The curve is P-256, and the key that of AWS's derivation."""

    # The test vector of aws-c-auth, tests/key_derivation_tests.c
    def test_derived_key(self):
        expected = (
            0x15D242CEEBF8D8169FD6A8B5A746C41140414C3B07579038DA06AF89190FFFCB,
            0x0515242CEDD82E94799482E4C0514B505AFCCF2C0C98D6A553BF539F424C5EC0,
        )
        assert expected == public_key(AKID, SECRET)

    # NIST's multiples of the base point, k = 2 and k = N - 1
    def test_multiples(self):
        double = 0x7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978
        point = multiply(2, G)
        assert point is not None
        assert double == point[0]
        opposite = multiply(N - 1, G)
        assert opposite is not None
        assert G[0] == opposite[0]
        assert multiply(N, G) is None
        assert multiply(N + 1, G) == G

    def test_the_derivation_goes_on_until_the_curve_has_the_number(self, monkeypatch):
        expected = private_key(AKID, SECRET)
        found = iter([b"\xff" * 32, (expected - 1).to_bytes(32)])
        monkeypatch.setattr("fakes3.wire.signatures.version_4a.hmac.digest", lambda *_: next(found))
        assert expected == private_key(AKID, SECRET)

    def test_a_signature(self):
        assert is_signature(AKID, SECRET, b"message", sign(b"message"))
        assert not is_signature(AKID, SECRET, b"other", sign(b"message"))
        assert not is_signature(AKID, "other", b"message", sign(b"message"))

    @pytest.mark.parametrize("wrong", ["", "zz", "30", "3000", der(0, 1), der(1, N), der(1, 1) + "00", "3003020100"])
    def test_no_signature(self, wrong):
        assert not is_signature(AKID, SECRET, b"message", wrong)

    @given(st.binary(max_size=80))
    def test_any_bytes_are_read(self, data):
        assert not is_signature(AKID, SECRET, b"message", data.hex())


@pytest.fixture
def world(stocked) -> Any:
    """S3 on 4 March 2026, with the key of these tests."""
    stocked.service.clock.freeze(AT)
    stocked.service.access_keys[AKID] = AccessKey(AKID, SECRET, Principal("123456789012"), is_verified=True)
    return stocked


@pytest.fixture
def crt_signed() -> Callable[..., tuple[str, dict[str, str]]]:
    """Signs a request as AWS's clients do: the target and the headers to send."""
    auth = pytest.importorskip("awscrt.auth")
    http = pytest.importorskip("awscrt.http")

    def signed(
        method: str, target: str, *, regions: str = "*", in_query: bool = False, **headers: str
    ) -> tuple[str, dict[str, str]]:
        kinds = auth.AwsSignatureType
        sent = {"host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        request = http.HttpRequest(method, target, http.HttpHeaders(list(sent.items())))
        config = auth.AwsSigningConfig(
            algorithm=auth.AwsSigningAlgorithm.V4_ASYMMETRIC,
            signature_type=kinds.HTTP_REQUEST_QUERY_PARAMS if in_query else kinds.HTTP_REQUEST_HEADERS,
            credentials_provider=auth.AwsCredentialsProvider.new_static(AKID, SECRET),
            region=regions,
            service="s3",
            date=AT,
            use_double_uri_encode=False,
            should_normalize_uri_path=False,
            signed_body_value=auth.AwsSignedBodyValue.UNSIGNED_PAYLOAD,
            signed_body_header_type=auth.AwsSignedBodyHeaderType.NONE
            if in_query
            else auth.AwsSignedBodyHeaderType.X_AMZ_CONTENT_SHA_256,
            expiration_in_seconds=900 if in_query else None,
        )
        done = auth.aws_sign_request(request, config).result(10)
        return done.path, {name.lower(): value for name, value in done.headers}

    return signed


class TestByAwssLibrary:
    """What the CRT signs, S3 takes."""

    @pytest.mark.parametrize("key", ["key", "a%20b%2Bc", "%C3%A9//x"])
    def test_header(self, world, crt_signed, key):
        target, headers = crt_signed("PUT", f"/bucket/{key}", x_amz_meta_a=" two  spaces ")
        assert 200 == world("PUT", target, headers, b"new", signed=False).status
        wrong = headers | {"x-amz-meta-a": "other"}
        answer = world("PUT", target, wrong, b"newer", signed=False)
        assert (403, "SignatureDoesNotMatch") == (answer.status, answer.code)
        assert "AWS4-ECDSA-P256-SHA256" == answer.error["StringToSign"].partition("\n")[0]

    def test_presigned(self, world, crt_signed):
        target, headers = crt_signed("GET", "/bucket/key?response-content-type=text%2Fx", in_query=True)
        assert b"hello" == world("GET", target, headers, signed=False).body
        assert "SignatureDoesNotMatch" == world("GET", target.replace("2Fx", "2Fy"), headers, signed=False).code
        world.service.clock.advance(minutes=16)
        assert "Request has expired" == world("GET", target, headers, signed=False).error["Message"]

    @pytest.mark.parametrize(("regions", "status"), [("us-east-1", 200), ("eu-west-1,us-*", 200), ("eu-west-1", 400)])
    @pytest.mark.parametrize("in_query", [False, True])
    def test_regions(self, world, crt_signed, regions, status, in_query):
        target, headers = crt_signed("GET", "/bucket/key", regions=regions, in_query=in_query)
        answer = world("GET", target, headers, signed=False)
        assert status == answer.status
        if status == 400:
            problem = "the region set 'eu-west-1' is wrong; expecting 'us-east-1'"
            assert answer.error["Message"].endswith(problem)


class TestMalformed:
    """The credential of such a signature has no region; which regions it is for, a header says."""

    def header(self, scope: str = "20260304/s3/aws4_request") -> str:
        return f"AWS4-ECDSA-P256-SHA256 Credential=X/{scope}, SignedHeaders=host, Signature=0"

    def test_credential(self, world):
        sent = {"authorization": self.header("20260304").replace("X/", ""), "x-amz-region-set": "*"}
        answer = world("GET", "/bucket/key", sent, signed=False)
        expected = (
            "The authorization header is malformed; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/SERVICE/aws4_request".'
        )
        assert expected == answer.error["Message"]

    def test_no_region_set(self, world):
        answer = world("GET", "/bucket/key", {"authorization": self.header()}, signed=False)
        assert (400, "AuthorizationHeaderMalformed") == (answer.status, answer.code)

    def test_a_host_that_says_no_region_is_in_any(self, world):
        sent = {"authorization": self.header(), "x-amz-region-set": "eu-west-1"}
        assert 200 == world("GET", "/bucket/key", sent, signed=False, host="minio:9000").status


class TestChunks:
    """Each chunk's signature is filled up with asterisks to 144 characters."""

    def put(self, world: Any, data: bytes, chunk: str, last: str) -> Any:
        body = b"%x;chunk-signature=%s\r\n%s\r\n0;chunk-signature=%s\r\n\r\n" % (
            len(data),
            chunk.ljust(144, "*").encode(),
            data,
            last.ljust(144, "*").encode(),
        )
        sent = {
            "authorization": f"AWS4-ECDSA-P256-SHA256 Credential={AKID}/20260304/s3/aws4_request, "
            f"SignedHeaders=host, Signature={self.SEED}",
            "x-amz-date": "20260304T050607Z",
            "x-amz-region-set": "*",
            "x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            "x-amz-decoded-content-length": str(len(data)),
        }
        return world("PUT", "/bucket/new", sent, body, signed=False)

    SEED = "30440220" + "11" * 32 + "0220" + "22" * 32

    def signature(self, previous: str, data: bytes) -> str:
        to_sign = (
            "AWS4-ECDSA-P256-SHA256-PAYLOAD\n20260304T050607Z\n20260304/s3/aws4_request\n"
            f"{previous}\n{sha256().hexdigest()}\n{sha256(data).hexdigest()}"
        )
        return sign(to_sign.encode())

    @pytest.fixture
    def unverified(self, world):
        """Only the chunks are verified, which is always so where the secret is known."""
        world.service.access_keys[AKID] = AccessKey(AKID, SECRET, Principal("123456789012"))
        return world

    def test_signed(self, unverified):
        first = self.signature(self.SEED, b"hello")
        last = self.signature(first, b"")
        assert 200 == self.put(unverified, b"hello", first, last).status
        assert "SignatureDoesNotMatch" == self.put(unverified, b"HELLO", first, last).code
        assert "SignatureDoesNotMatch" == self.put(unverified, b"hello", first, first).code

    def test_of_a_key_nobody_knows(self, unverified):
        del unverified.service.access_keys[AKID]
        assert 200 == self.put(unverified, b"hello", self.SEED, self.SEED).status
