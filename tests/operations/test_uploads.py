"""The operations of multipart uploads: laws that hold whatever is uploaded, and what a failed one leaves behind."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from fakes3 import FakeS3
from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.operations.call import Ask
from fakes3.operations.registry import REGISTRY

BUCKET = "bucket"


def fake() -> tuple[FakeS3, Any]:
    s3 = FakeS3(min_part_size=0)
    s3.create_bucket(BUCKET)
    return s3, s3.client()


@pytest.fixture(scope="class")
def shared() -> tuple[FakeS3, Any]:
    """A fake whose client the examples of a law share: making one takes longer than all else. They `empty` it."""
    return fake()


def empty(s3: FakeS3) -> None:
    s3.reset()
    s3.create_bucket(BUCKET)


def encoded(algorithm: str, body: bytes) -> str:
    return checksums.encode(checksums.digest_of(algorithm, [body]))


cuts = st.lists(st.binary(max_size=20), min_size=1, max_size=5)
declarations = st.sampled_from(
    [
        (None, None),
        ("CRC32", "COMPOSITE"),
        ("CRC32", "FULL_OBJECT"),
        ("CRC64NVME", "FULL_OBJECT"),
        ("SHA256", "COMPOSITE"),
    ]
)


class TestAnySplit:
    """However a body is cut into parts, the object has the same bytes and the checksums S3 says it has."""

    @given(cuts, declarations, st.randoms(use_true_random=False))
    def test_split(
        self,
        shared: tuple[FakeS3, Any],
        bodies: list[bytes],
        declared: tuple[str | None, str | None],
        random,
    ) -> None:
        s3, client = shared
        empty(s3)
        algorithm, kind = declared
        options = {} if algorithm is None else {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        upload = client.create_multipart_upload(**here, **options)["UploadId"]
        numbered = list(enumerate(bodies, 1))
        listed: dict[int, dict[str, Any]] = {}
        for number, body in random.sample(numbered, len(numbered)):
            sent = {} if algorithm is None else {f"Checksum{algorithm}": encoded(algorithm, body)}
            part = client.upload_part(**here, UploadId=upload, PartNumber=number, Body=body, **sent)
            listed[number] = {"PartNumber": number, "ETag": part["ETag"]} | sent
        parts = {"Parts": [listed[number] for number in sorted(listed)]}
        client.complete_multipart_upload(**here, UploadId=upload, MultipartUpload=parts)
        whole = b"".join(bodies)
        got = client.get_object(**here, ChecksumMode="ENABLED")
        digests = b"".join(hashlib.md5(body).digest() for body in bodies)
        assert whole == got["Body"].read()
        assert f'"{hashlib.md5(digests).hexdigest()}-{len(bodies)}"' == got["ETag"]
        name = algorithm or "CRC64NVME"
        if kind == "COMPOSITE":
            inner = b"".join(checksums.digest_of(name, [body]) for body in bodies)
            expected = f"{encoded(name, inner)}-{len(bodies)}"
        else:
            expected = encoded(name, whole)
        assert (expected, kind or "FULL_OBJECT") == (got[f"Checksum{name}"], got["ChecksumType"])
        for number, body in numbered:
            assert body == client.get_object(**here, PartNumber=number)["Body"].read()
        copied = client.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/key")["CopyObjectResult"]
        assert (f'"{hashlib.md5(whole).hexdigest()}"', encoded(name, whole)) == (
            copied["ETag"],
            copied[f"Checksum{name}"],
        )

    @given(st.binary(min_size=1, max_size=40), st.data())
    def test_ranges_of_a_source(self, shared: tuple[FakeS3, Any], body: bytes, data: st.DataObject) -> None:
        s3, client = shared
        empty(s3)
        client.put_object(Bucket=BUCKET, Key="source", Body=body)
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        upload = client.create_multipart_upload(**here)["UploadId"]
        ends = sorted(data.draw(st.sets(st.integers(1, len(body) - 1), max_size=4)) if len(body) > 1 else [])
        parts = []
        for number, (first, stop) in enumerate(zip([0, *ends], [*ends, len(body)], strict=True), 1):
            result = client.upload_part_copy(
                **here,
                UploadId=upload,
                PartNumber=number,
                CopySource=f"{BUCKET}/source",
                CopySourceRange=f"bytes={first}-{stop - 1}",
            )["CopyPartResult"]
            parts.append({"PartNumber": number, "ETag": result["ETag"]})
        client.complete_multipart_upload(**here, UploadId=upload, MultipartUpload={"Parts": parts})
        got = client.get_object(**here, ChecksumMode="ENABLED")
        assert (body, encoded("CRC64NVME", body)) == (got["Body"].read(), got["ChecksumCRC64NVME"])


class TestFailure:
    """A request that is refused has changed nothing."""

    @given(st.data())
    def test_world_is_the_one_before(self, shared: tuple[FakeS3, Any], data: st.DataObject) -> None:
        s3, client = shared
        empty(s3)
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        client.put_object(**here, Body=b"old")
        upload = client.create_multipart_upload(**here, ChecksumAlgorithm="CRC32")["UploadId"]
        sent = client.upload_part(**here, UploadId=upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="CRC32")
        good = {"PartNumber": 1, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}
        bad_list = data.draw(
            st.sampled_from(
                [
                    [good | {"PartNumber": 2}],
                    [good | {"ETag": "x"}],
                    [good | {"ChecksumCRC32": "AAAAAA=="}],
                    [good, good],
                    [{"PartNumber": 1, "ETag": sent["ETag"]}],
                ]
            )
        )
        listed = {"MultipartUpload": {"Parts": [good]}}
        refused = data.draw(
            st.sampled_from(
                [
                    lambda: client.complete_multipart_upload(
                        **here, UploadId=upload, MultipartUpload={"Parts": bad_list}
                    ),
                    lambda: client.complete_multipart_upload(**here, UploadId=upload, **listed, MpuObjectSize=2),
                    lambda: client.complete_multipart_upload(**here, UploadId=upload, **listed, IfNoneMatch="*"),
                    lambda: client.complete_multipart_upload(**here, UploadId=upload, **listed, ChecksumSHA1="x"),
                    lambda: client.upload_part(
                        **here, UploadId=upload, PartNumber=1, Body=b"y", ChecksumCRC32="AAAAAA=="
                    ),
                    lambda: client.upload_part_copy(
                        **here, UploadId=upload, PartNumber=1, CopySource=f"{BUCKET}/missing"
                    ),
                    lambda: client.abort_multipart_upload(**here, UploadId="other"),
                    lambda: client.create_multipart_upload(**here, ChecksumAlgorithm="CRC32", ChecksumType="x"),
                ]
            )
        )
        before = s3.service.world
        with pytest.raises(ClientError):
            refused()
        assert before is s3.service.world
        client.complete_multipart_upload(**here, UploadId=upload, **listed)
        assert b"x" == client.get_object(**here)["Body"].read()


class TestCost:
    """Completing looks at no byte, and copies none."""

    def test_complete_hashes_and_joins_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        s3, client = fake()
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        upload = client.create_multipart_upload(**here)["UploadId"]
        parts = []
        for number in range(1, 20):
            sent = client.upload_part(**here, UploadId=upload, PartNumber=number, Body=b"x" * 1000)
            parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        pieces = [
            piece
            for part in s3.service.world.buckets[BUCKET].uploads.first()[1].parts.values()  # type: ignore[index]
            for piece in part.body
        ]

        def refuse(*_: object) -> None:
            raise AssertionError("the bytes were looked at")

        monkeypatch.setattr(Rope, "__bytes__", refuse)
        monkeypatch.setattr(checksums, "digest_of", refuse)
        call: dict[str, Any] = {"UploadId": upload, "MultipartUpload": Listed({"Parts": parts})}
        s3.service.perform(Ask("CompleteMultipartUpload", here | call, s3.service.root))
        made = s3.service.world.buckets[BUCKET].versions.current["key"]
        assert all(mine is theirs for mine, theirs in zip(pieces, made.body, strict=True))

    def test_source_is_hashed_once_though_the_operation_is_asked_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _, client = fake()
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        client.put_object(Bucket=BUCKET, Key="source", Body=b"0123456789")
        upload = client.create_multipart_upload(**here)["UploadId"]
        hashed = []
        real = checksums.digest_of

        def digest_of(algorithm: str, pieces: Any) -> bytes:
            hashed.append(algorithm)
            if len(hashed) == 1:  # somebody else commits while the first try is hashing
                client.put_object(Bucket=BUCKET, Key="other", Body=b"")
            return real(algorithm, pieces)

        monkeypatch.setattr(checksums, "digest_of", digest_of)
        client.upload_part_copy(
            **here, UploadId=upload, PartNumber=1, CopySource=f"{BUCKET}/source", CopySourceRange="bytes=1-2"
        )
        assert ["MD5", "CRC64NVME"] == hashed

    def test_parts_that_arrive_at_once_are_all_kept(self) -> None:
        s3, client = fake()
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        upload = client.create_multipart_upload(**here)["UploadId"]
        start = threading.Barrier(8, timeout=60)

        def send(number: int) -> None:
            mine = s3.client()
            start.wait()
            mine.upload_part(**here, UploadId=upload, PartNumber=number, Body=bytes([number]))

        threads = [threading.Thread(target=send, args=(number,)) for number in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        told = client.list_parts(**here, UploadId=upload)["Parts"]
        assert list(range(1, 9)) == [part["PartNumber"] for part in told]


class Listed:
    """The document of a completion, as an operation is handed it."""

    def __init__(self, contents: dict[str, Any]) -> None:
        self.contents = contents

    def read(self) -> dict[str, Any]:
        return self.contents


class TestForkAndDiff:
    """Uploads under way are part of the world."""

    def test_fork_has_its_own(self) -> None:
        s3, client = fake()
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        upload = client.create_multipart_upload(**here)["UploadId"]
        fork = s3.fork()
        client.abort_multipart_upload(**here, UploadId=upload)
        (entry,) = fork.client().list_multipart_uploads(Bucket=BUCKET)["Uploads"]
        assert upload == entry["UploadId"]

    def test_diff_tells_them(self) -> None:
        s3, client = fake()
        before = s3.snapshot()
        here: dict[str, Any] = {"Bucket": BUCKET, "Key": "key"}
        upload = client.create_multipart_upload(**here)["UploadId"]
        begun = s3.snapshot()
        client.upload_part(**here, UploadId=upload, PartNumber=1, Body=b"x")
        change = (BUCKET, "key", upload, "multipart upload")
        assert ((change,), (), ()) == before.diff(begun)
        assert ((), (), (change,)) == begun.diff(s3.snapshot())
        assert ((), (change,), ()) == begun.diff(before)


def test_every_operation_of_uploads_is_registered() -> None:
    names = {
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPartCopy",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "ListParts",
        "ListMultipartUploads",
    }
    assert names <= REGISTRY.keys()
