"""Of many conditional writes of one key, one wins.

S3: userguide/conditional-writes.html, userguide/conditional-deletes.html
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3

WRITERS = 64


@pytest.fixture
def client(s3: FakeS3, bucket: str) -> Any:
    return s3.client(config=Config(max_pool_connections=WRITERS))


@contextmanager
def impatient() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(10e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def outcomes(act: Callable[[int], object]) -> Counter[str]:
    """What became of 64 writers that began at once: "won", or the code of the refusal."""
    gate = Event()
    told: list[str] = []

    def run(number: int) -> None:
        assert gate.wait(60)
        try:
            act(number)
        except ClientError as refusal:
            told.append(str(refusal.response["Error"]["Code"]))
        else:
            told.append("won")

    threads = [Thread(target=run, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    with impatient():  # but not while they start: a thread that was lost there would be waited for in vain
        gate.set()
        for thread in threads:
            thread.join(60)
    return Counter(told)


@pytest.mark.parametrize("condition", ["IfNoneMatch", "IfMatch"])
class TestWrites:
    """The first to finish wins, and the others find that the key is no longer what they expected."""

    LOST = Counter({"won": 1, "PreconditionFailed": WRITERS - 1})

    @pytest.fixture
    def expected(self, condition: str, bucket: str, client) -> dict[str, str]:
        if condition == "IfNoneMatch":
            return {condition: "*"}
        return {condition: client.put_object(Bucket=bucket, Key="key", Body=b"first")["ETag"]}

    def test_put(self, bucket: str, client, expected: dict[str, str]) -> None:
        assert self.LOST == outcomes(
            lambda number: client.put_object(Bucket=bucket, Key="key", Body=b"%d" % number, **expected)
        )

    def test_copy(self, bucket: str, client, expected: dict[str, str]) -> None:
        client.put_object(Bucket=bucket, Key="source", Body=b"source")
        source = f"{bucket}/source"
        assert self.LOST == outcomes(
            lambda _: client.copy_object(Bucket=bucket, Key="key", CopySource=source, **expected)
        )


class TestOthers:
    def test_complete(self, bucket: str, client) -> None:
        """Uploads race to be the first object of a key."""
        place = {"Bucket": bucket, "Key": "key"}
        uploads = [client.create_multipart_upload(**place)["UploadId"] for _ in range(WRITERS)]
        parts = [
            client.upload_part(**place, UploadId=each, PartNumber=1, Body=each.encode())["ETag"] for each in uploads
        ]

        def complete(number: int) -> None:
            chosen = {"Parts": [{"PartNumber": 1, "ETag": parts[number]}]}
            client.complete_multipart_upload(**place, UploadId=uploads[number], MultipartUpload=chosen, IfNoneMatch="*")

        assert {"won": 1, "PreconditionFailed": WRITERS - 1} == outcomes(complete)

    def test_delete(self, bucket: str, client) -> None:
        """What one has deleted is not there for the others."""
        etag = client.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
        found = outcomes(lambda _: client.delete_object(Bucket=bucket, Key="key", IfMatch=etag))
        assert {"won": 1, "NoSuchKey": WRITERS - 1} == found
