"""A body must be what its sender says. S3: userguide/checking-object-integrity-upload.html, API/sigv4-streaming.html"""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterator
from hashlib import md5, sha1, sha256

import pytest
from botocore.config import Config

from fakes3 import FakeS3
from fakes3.model import checksums

SHORT = "You did not provide the number of bytes specified by the Content-Length HTTP header"
CUT_OFF = "The request body terminated unexpectedly"
SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
HELLO_CRC32 = "NhCmhg=="


def encoded(digest: bytes) -> str:
    return b64encode(digest).decode()


def chunked(*pieces: bytes, trailer: str | None = f"x-amz-checksum-crc32:{HELLO_CRC32}") -> bytes:
    """A body in aws-chunked, with its trailer."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b"") if piece)
    return body + b"0\r\n" + (f"{trailer}\r\n".encode() if trailer is not None else b"") + b"\r\n"


def streaming(length: int | str | None, trailer: str | None = "x-amz-checksum-crc32") -> dict[str, str | None]:
    stated = None if length is None else str(length)
    return {"x-amz-content-sha256": TRAILER, "x-amz-decoded-content-length": stated, "x-amz-trailer": trailer}


class TestAnswer:
    """A put answers the ETag, the encryption and one checksum, and nothing else."""

    # recorded: TestS3PutObjectChecksum::test_s3_get_object_checksum[None]
    def test_of_a_plain_put(self, bucket: str, ask) -> None:
        response = ask("PUT", f"/{bucket}/k", body=b"hello")
        own = {"x-amz-request-id", "x-amz-id-2", "Date", "Server"}
        assert (200, b"") == (response.status, response.body)
        assert {
            "ETag": '"5d41402abc4b2a76b9719d911017c592"',
            "x-amz-server-side-encryption": "AES256",
            "x-amz-checksum-crc64nvme": "M3eFcAZSQlc=",
            "x-amz-checksum-type": "FULL_OBJECT",
            "Content-Length": "0",
        } == {name: value for name, value in response.headers.items() if name not in own}

    # recorded: TestS3ObjectCRUD::test_put_object_on_suspended_bucket
    def test_the_version_is_told_while_versioning_is_enabled(self, any_bucket: str, ask) -> None:
        headers = ask("PUT", f"/{any_bucket}/k").headers
        assert (any_bucket == "enabled") == ("x-amz-version-id" in headers)

    def test_of_an_empty_object(self, bucket: str, s3_client) -> None:
        assert '"d41d8cd98f00b204e9800998ecf8427e"' == s3_client.put_object(Bucket=bucket, Key="k")["ETag"]


class TestContentMD5:
    """Content-MD5 is the Base64 of the body's digest. S3: API/API_PutObject.html"""

    # recorded: TestS3::test_s3_invalid_content_md5
    @pytest.mark.parametrize(
        "value", ["__invalid__", "000", "not base64 encoded checksum", "MTIz", "dGVzdC1zdHJpbmc=", ""]
    )
    def test_that_is_none(self, bucket: str, ask, value: str) -> None:
        assert (400, "InvalidDigest", "The Content-MD5 you specified was invalid.", {"Content-MD5": value}) == ask(
            "PUT", f"/{bucket}/k", {"Content-MD5": value}, b"something"
        ).refusal

    # recorded: TestS3::test_s3_invalid_content_md5
    def test_of_another_body(self, bucket: str, s3_client, refused) -> None:
        other = md5(b"another thing").digest()
        with refused(
            "BadDigest",
            400,
            "The Content-MD5 you specified did not match what we received.",
            ExpectedDigest=other.hex(),
            CalculatedDigest="Q3uTDbhLgHnC3YBKcZNrXw==",
        ):
            s3_client.put_object(Bucket=bucket, Key="k", Body=b"something", ContentMD5=encoded(other))

    def test_of_this_body(self, bucket: str, s3_client) -> None:
        digest = encoded(md5(b"something").digest())
        answer = s3_client.put_object(Bucket=bucket, Key="k", Body=b"something", ContentMD5=digest)
        assert "ChecksumMD5" not in answer

    def test_it_is_checked_beside_a_checksum(self, bucket: str, ask) -> None:
        headers = {"Content-MD5": encoded(md5(b"x").digest()), "x-amz-checksum-crc32": HELLO_CRC32}
        assert "BadDigest" == ask("PUT", f"/{bucket}/k", headers, b"hello").refusal.code


class TestChecksums:
    """One checksum may be sent, S3 makes one where none is, and that one is kept."""

    # recorded: TestS3PutObjectChecksum::test_s3_get_object_checksum
    @pytest.mark.parametrize("name", list(checksums.ALGORITHMS))
    def test_each_algorithm(self, bucket: str, ask, name: str) -> None:
        value = checksums.encode(checksums.digest_of(name, [b"hello"]))
        header = f"x-amz-checksum-{name.lower()}"
        for response in (
            ask("PUT", f"/{bucket}/k", {header: value}, b"hello"),
            ask("GET", f"/{bucket}/k", {"x-amz-checksum-mode": "ENABLED"}),
        ):
            told = {each: text for each, text in response.headers.items() if each.startswith("x-amz-checksum-")}
            assert {header: value, "x-amz-checksum-type": "FULL_OBJECT"} == told

    # recorded: TestS3PutObjectChecksum::test_s3_get_object_checksum[CRC32]
    @pytest.mark.parametrize("name", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
    def test_as_boto3_sends_them(self, bucket: str, s3_client, name: str) -> None:
        answer = s3_client.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=name)
        expected = checksums.encode(checksums.digest_of(name, [b"hello"]))
        got = s3_client.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert [expected, expected] == [each[f"Checksum{name}"] for each in (answer, got)]
        (entry,) = s3_client.list_objects_v2(Bucket=bucket)["Contents"]
        assert [name] == entry["ChecksumAlgorithm"]

    # recorded: TestS3PutObjectChecksum::test_s3_get_object_checksum[None]
    def test_where_none_is_sent_s3_makes_one(self, bucket: str, s3: FakeS3) -> None:
        client = s3.client(config=Config(request_checksum_calculation="when_required"))
        answer = client.put_object(Bucket=bucket, Key="k", Body=b"hello world")
        assert ("jSnVw/bqjr4=", "FULL_OBJECT") == (answer["ChecksumCRC64NVME"], answer["ChecksumType"])

    @pytest.mark.parametrize(
        ("header", "value"),
        [
            ("x-amz-checksum-crc32", "nonsense"),
            ("x-amz-checksum-crc32", ""),
            ("x-amz-checksum-crc32", "AAAAAAAAAAA="),
            ("x-amz-checksum-sha256", HELLO_CRC32),
        ],
    )
    def test_a_value_that_is_none(self, bucket: str, ask, header: str, value: str) -> None:
        assert (400, "InvalidRequest", f"Value for {header} header is invalid.", {}) == ask(
            "PUT", f"/{bucket}/k", {header: value}, b"hello"
        ).refusal

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CRC32", "AAAAAA=="),
            ("SHA1", encoded(sha1(b"x").digest())),
            ("SHA256", encoded(sha256(b"x").digest())),
        ],
    )
    def test_a_value_of_another_body(self, bucket: str, ask, name: str, value: str) -> None:
        text = f"The {name} you specified did not match the calculated checksum."
        response = ask("PUT", f"/{bucket}/k", {f"x-amz-checksum-{name.lower()}": value}, b"hello")
        assert (400, "BadDigest", text, {}) == response.refusal

    def test_two_of_them(self, bucket: str, ask) -> None:
        headers = {"x-amz-checksum-crc32": HELLO_CRC32, "x-amz-checksum-crc64nvme": "M3eFcAZSQlc="}
        assert (400, "InvalidRequest", SEVERAL, {}) == ask("PUT", f"/{bucket}/k", headers, b"hello").refusal

    def test_an_algorithm_that_there_is_not(self, bucket: str, ask) -> None:
        text = "The algorithm type you specified in x-amz-checksum- header is invalid."
        response = ask("PUT", f"/{bucket}/k", {"x-amz-checksum-foo": "AAAA"}, b"hello")
        assert (400, "InvalidRequest", text, {}) == response.refusal

    def test_an_announced_algorithm_without_a_value(self, bucket: str, ask) -> None:
        text = (
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found."
        )
        response = ask("PUT", f"/{bucket}/k", {"x-amz-sdk-checksum-algorithm": "CRC32"}, b"hello")
        assert (400, "InvalidRequest", text, {}) == response.refusal

    @pytest.mark.parametrize("name", ["SHA1", "JUNK"])
    def test_an_announced_algorithm_of_another_value(self, bucket: str, ask, name: str) -> None:
        headers = {"x-amz-sdk-checksum-algorithm": name, "x-amz-checksum-crc32": HELLO_CRC32}
        text = "Value for x-amz-sdk-checksum-algorithm header is invalid."
        assert (400, "InvalidRequest", text, {}) == ask("PUT", f"/{bucket}/k", headers, b"hello").refusal


class TestPayloadHash:
    """x-amz-content-sha256 is the hash of the body, or a word that says there is none."""

    def test_of_this_body(self, bucket: str, ask) -> None:
        headers = {"x-amz-content-sha256": sha256(b"hello").hexdigest()}
        assert 200 == ask("PUT", f"/{bucket}/k", headers, b"hello").status

    def test_of_another_body(self, bucket: str, ask) -> None:
        other, real = sha256(b"x").hexdigest(), sha256(b"hello").hexdigest()
        assert (
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            {"ClientComputedContentSHA256": other, "S3ComputedContentSHA256": real},
        ) == ask("PUT", f"/{bucket}/k", {"x-amz-content-sha256": other}, b"hello").refusal


class TestLength:
    """A body has the length it was announced with, and at most 5 GiB."""

    def test_it_must_be_announced(self, bucket: str, ask) -> None:
        refusal = ask("PUT", f"/{bucket}/k", {"Content-Length": None}, b"hello").refusal
        assert (411, "MissingContentLength", "You must provide the Content-Length HTTP header.", {}) == refusal

    def test_fewer_bytes_than_announced(self, bucket: str, ask) -> None:
        status, code, message, _ = ask("PUT", f"/{bucket}/k", {"Content-Length": "6"}, b"hello").refusal
        assert (400, "IncompleteBody", SHORT) == (status, code, message)

    def test_more_than_5_gib(self, bucket: str, ask) -> None:
        status, code, _, members = ask("PUT", f"/{bucket}/k", {"Content-Length": str(5 * 2**30 + 1)}, [b""]).refusal
        assert (400, "EntityTooLarge") == (status, code)
        assert {"ProposedSize": "5368709121", "MaxSizeAllowed": "5368709120"} == members

    def test_a_transfer_of_unknown_length(self, bucket: str, ask) -> None:
        headers = {"Content-Length": None, "Transfer-Encoding": "chunked"}
        assert (
            501,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            {"Header": "Transfer-Encoding"},
        ) == ask("PUT", f"/{bucket}/k", headers, b"hello").refusal


class TestWithoutXXHash:
    """Without the package xxhash, a checksum that needs it is answered with 501 and the line that installs it."""

    @pytest.fixture(autouse=True)
    def _without_xxhash(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setitem(sys.modules, "xxhash", None)
        checksums._xxhash.cache_clear()
        yield
        checksums._xxhash.cache_clear()

    @pytest.mark.parametrize(("name", "size"), [("XXHASH64", 8), ("XXHASH3", 8), ("XXHASH128", 16)])
    def test_by_value_in_a_trailer_and_for_a_copy(self, s3: FakeS3, ask, name: str, size: int) -> None:
        bucket = s3.create_bucket("full", objects={"k": b"hello"}).name
        before, header = s3.service.world, f"x-amz-checksum-{name.lower()}"
        text = (
            f"fakes3 needs the package xxhash for S3's {name} checksum, and it is not installed. "
            'Install it: pip install "fakes3[checksums]"'
        )
        expected = (501, "NotImplemented", text, {"Header": header})
        value = encoded(bytes(size))
        assert expected == ask("PUT", f"/{bucket}/new", {header: value}, b"hello").refusal
        in_trailer = chunked(b"hello", trailer=f"{header}:{value}")
        assert expected == ask("PUT", f"/{bucket}/new", streaming(5, header), in_trailer).refusal
        copying = {"x-amz-copy-source": f"{bucket}/k", "x-amz-checksum-algorithm": name}
        assert expected == ask("PUT", f"/{bucket}/new", copying).refusal
        assert text == s3.calls[-1].reason
        assert before is s3.service.world


class TestChunkedBodies:
    """A body in aws-chunked brings its checksum in the trailer."""

    def test_that_is_right(self, bucket: str, s3: FakeS3, ask) -> None:
        response = ask("PUT", f"/{bucket}/k", streaming(5), chunked(b"hello"))
        assert (200, HELLO_CRC32) == (response.status, response.headers["x-amz-checksum-crc32"])
        assert b"hello" == s3[bucket]["k"].body

    def test_its_coding_is_not_the_object_s(self, bucket: str, s3_client, ask) -> None:
        for sent, kept in [("aws-chunked", None), ("gzip,aws-chunked", "gzip")]:
            ask("PUT", f"/{bucket}/k", {**streaming(5), "Content-Encoding": sent}, chunked(b"hello"))
            assert kept == s3_client.head_object(Bucket=bucket, Key="k").get("ContentEncoding")

    def test_without_a_trailer_s3_makes_a_checksum(self, bucket: str, ask) -> None:
        response = ask("PUT", f"/{bucket}/k", streaming(5, trailer=None), chunked(b"hello", trailer=None))
        assert (200, "M3eFcAZSQlc=") == (response.status, response.headers["x-amz-checksum-crc64nvme"])

    @pytest.mark.parametrize("length", [None, "x", ""])
    def test_its_decoded_length_must_be_announced(self, bucket: str, ask, length: str | None) -> None:
        status, code, _, _ = ask("PUT", f"/{bucket}/k", streaming(length), chunked(b"hello")).refusal
        assert (411, "MissingContentLength") == (status, code)

    @pytest.mark.parametrize("length", [4, 6])
    def test_of_another_length(self, bucket: str, ask, length: int) -> None:
        status, code, message, _ = ask("PUT", f"/{bucket}/k", streaming(length), chunked(b"hello")).refusal
        assert (400, "IncompleteBody", SHORT) == (status, code, message)

    @pytest.mark.parametrize("body", [b"", b"nonsense", b"5\r\nhel", b"5\r\nhello", b"z\r\nhello\r\n0\r\n\r\n"])
    def test_that_is_cut_off_or_broken(self, bucket: str, ask, body: bytes) -> None:
        status, code, message, _ = ask("PUT", f"/{bucket}/k", streaming(5), body).refusal
        assert (400, "IncompleteBody") == (status, code)
        assert message in {CUT_OFF, SHORT}

    def test_only_the_last_chunk_is_small(self, bucket: str, ask) -> None:
        response = ask("PUT", f"/{bucket}/k", streaming(10), chunked(b"hello", b"world"))
        status, code, message, members = response.refusal
        assert (400, "InvalidChunkSizeError") == (status, code)
        assert "Only the last chunk is allowed to have a size less than 8192 bytes" == message
        assert {"Chunk", "BadChunkSize"} == set(members)

    @pytest.mark.parametrize("trailer", [None, "x-amz-checksum-sha1:qvTGHdzF6KLavt4PO0gs2a6pQ00=", "x:y"])
    def test_with_another_trailer_than_announced(self, bucket: str, ask, trailer: str | None) -> None:
        text = (
            "The request contained trailing data that was not well-formed or did not conform to our published schema."
        )
        response = ask("PUT", f"/{bucket}/k", streaming(5), chunked(b"hello", trailer=trailer))
        assert (400, "MalformedTrailerError", text) == response.refusal[:3]

    def test_with_a_trailer_that_is_no_checksum(self, bucket: str, ask) -> None:
        text = "The value specified in the x-amz-trailer header is not supported"
        response = ask("PUT", f"/{bucket}/k", streaming(5, trailer="x-amz-meta-a"), chunked(b"hello"))
        assert (400, "InvalidRequest", text) == response.refusal[:3]

    def test_with_a_value_that_is_no_checksum(self, bucket: str, ask) -> None:
        text = "Value for x-amz-checksum-crc32 trailing header is invalid."
        response = ask("PUT", f"/{bucket}/k", streaming(5), chunked(b"hello", trailer="x-amz-checksum-crc32:junk"))
        assert (400, "InvalidRequest", text) == response.refusal[:3]

    def test_with_the_checksum_of_another_body(self, bucket: str, ask) -> None:
        text = "The CRC32 you specified did not match the calculated checksum."
        response = ask("PUT", f"/{bucket}/k", streaming(5), chunked(b"hallo"))
        assert (400, "BadDigest", text) == response.refusal[:3]

    def test_with_a_checksum_in_a_header_too(self, bucket: str, ask) -> None:
        headers = {**streaming(5), "x-amz-checksum-crc32": HELLO_CRC32}
        assert (400, "InvalidRequest", SEVERAL) == ask("PUT", f"/{bucket}/k", headers, chunked(b"hello")).refusal[:3]


class TestAllOrNothing:
    """After a refused write the previous object is untouched, and there is no new version."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-MD5": encoded(md5(b"x").digest())},
            {"x-amz-checksum-crc32": "AAAAAA=="},
            {"x-amz-content-sha256": sha256(b"x").hexdigest()},
            {"Content-Length": "99"},
            {"If-None-Match": "*"},
            {"x-amz-meta-a": "x" * 2049},
        ],
    )
    def test_whatever_was_wrong(self, any_bucket: str, s3: FakeS3, ask, headers: dict[str, str]) -> None:
        ask("PUT", f"/{any_bucket}/k", {"x-amz-meta-a": "kept"}, b"before")
        world = s3.service.world
        response = ask("PUT", f"/{any_bucket}/k", headers, b"after")
        assert 400 <= response.status < 500
        assert world is s3.service.world

    def test_an_overwrite_inherits_nothing(self, bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Metadata={"a": "b"}, ContentType="text/plain", CacheControl="c")
        s3_client.put_object(Bucket=bucket, Key="k")
        answer = s3_client.head_object(Bucket=bucket, Key="k")
        assert ({}, "binary/octet-stream", False) == (
            answer["Metadata"],
            answer["ContentType"],
            "CacheControl" in answer,
        )


class TestUserMetadata:
    """User metadata has 2 KB. S3: userguide/UsingMetadata.html"""

    def test_of_2048_bytes(self, bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Metadata={"a": "x" * 2047})

    def test_of_more(self, bucket: str, s3_client, refused) -> None:
        with refused(
            "MetadataTooLarge",
            400,
            "Your metadata headers exceed the maximum allowed metadata size",
            Size="2049",
            MaxSizeAllowed="2048",
        ):
            s3_client.put_object(Bucket=bucket, Key="k", Metadata={"a": "x" * 2048})


class TestExpectedOwner:
    """A caller may say whose bucket it expects. S3: userguide/bucket-owner-condition.html"""

    @pytest.mark.parametrize("operation", ["put_object", "get_object", "head_bucket", "list_objects_v2"])
    def test_another_s(self, s3: FakeS3, s3_client, refused, operation: str) -> None:
        s3.create_bucket("mine", objects={"k": ""})
        options = {"Bucket": "mine", "ExpectedBucketOwner": "210987654321"}
        if operation.endswith("_object"):
            options["Key"] = "k"
        code = "403" if operation == "head_bucket" else "AccessDenied"
        with refused(code, 403):
            getattr(s3_client, operation)(**options)

    @pytest.mark.parametrize("owner", ["1234", "not-an-account"])
    def test_that_is_no_account(self, bucket: str, s3_client, refused, owner: str) -> None:
        text = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{owner}]"
        with refused("InvalidBucketOwnerAWSAccountID", 400, text):
            s3_client.put_object(Bucket=bucket, Key="k", ExpectedBucketOwner=owner)

    def test_one_s_own(self, bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", ExpectedBucketOwner="123456789012")


class TestDocuments:
    """Content-MD5 or a checksum is demanded of a few documents only. Where one is sent, it is compared."""

    NEEDED = (
        ("POST", "?delete", b"<Delete><Object><Key>k</Key></Object></Delete>"),
        ("PUT", "?lifecycle", b"<LifecycleConfiguration/>"),
        ("PUT", "?object-lock", b"<ObjectLockConfiguration/>"),
        ("PUT", "/k?legal-hold", b"<LegalHold><Status>ON</Status></LegalHold>"),
        ("PUT", "/k?retention", b"<Retention/>"),
    )
    # observed: minio/minio#9750 (encryption), versity/versitygw#1662 (object tagging)
    NOT_NEEDED = (
        ("?encryption", "ServerSideEncryptionConfiguration", "<Rule><BucketKeyEnabled>true</BucketKeyEnabled></Rule>"),
        ("?versioning", "VersioningConfiguration", "<Status>Enabled</Status>"),
        ("?publicAccessBlock", "PublicAccessBlockConfiguration", "<BlockPublicAcls>true</BlockPublicAcls>"),
        ("?ownershipControls", "OwnershipControls", "<Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"),
        ("?requestPayment", "RequestPaymentConfiguration", "<Payer>Requester</Payer>"),
        ("/k?tagging", "Tagging", "<TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet>"),
    )

    @pytest.mark.parametrize(("method", "target", "body"), NEEDED)
    def test_needed(self, s3: FakeS3, ask, method: str, target: str, body: bytes) -> None:
        s3.create_bucket("locking", object_lock=True, objects={"k": b"x"})
        text = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        assert (400, "InvalidRequest", text, {}) == ask(method, f"/locking{target}", body=body).refusal

    @pytest.mark.parametrize(("target", "root", "inside"), NOT_NEEDED)
    def test_not_needed(self, bucket: str, s3_client, ask, target: str, root: str, inside: str) -> None:
        s3_client.put_object(Bucket=bucket, Key="k")
        body = f"<{root}>{inside}</{root}>".encode()
        wrong = {"content-md5": encoded(md5(b"other").digest())}
        assert (400, "BadDigest") == ask("PUT", f"/{bucket}{target}", wrong, body).refusal[:2]
        assert 200 == ask("PUT", f"/{bucket}{target}", body=body).status

    @pytest.mark.parametrize("word", ["CRC32", "crc32", "Crc32"])
    def test_the_algorithm_is_named_in_any_case(self, bucket: str, ask, word: str) -> None:
        headers = {"x-amz-sdk-checksum-algorithm": word, "x-amz-checksum-crc32": HELLO_CRC32}
        assert 200 == ask("PUT", f"/{bucket}/k", headers, b"hello").status
        answer = ask("PUT", f"/{bucket}/k", headers | {"x-amz-sdk-checksum-algorithm": "sha256"}, b"hello")
        assert (400, "InvalidRequest") == (answer.status, answer.code)
