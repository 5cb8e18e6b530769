"""The tour that `fakes3 demo` gives: a boto3 session against the fake, with a comment on each step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fakes3.model.errors import UsageError
from fakes3.testing.session import mock_s3

Say = Callable[[str], object]


def play(say: Say) -> None:
    """Give the tour. Every line shows what a client really gets.

    Raises: UsageError, when boto3 is missing.
    """
    try:
        import boto3
    except ImportError:
        raise UsageError('The demo needs boto3, which is not installed. Run: pip install "fakes3[boto3]"') from None

    with mock_s3() as s3:
        say("1. Inside mock_s3() every boto3 client of this process talks to S3 in memory: no network, no account.")
        client: Any = boto3.client("s3")
        s3.create_bucket("reports", versioning=True)
        client.put_object(Bucket="reports", Key="2026/may.txt", Body=b"all is well")
        say(f"   {_read(client, '2026/may.txt')!r} was written and read back.\n")

        say("2. The bucket keeps versions: an overwrite loses nothing.")
        client.put_object(Bucket="reports", Key="2026/may.txt", Body=b"all is lost")
        for version in s3["reports"].versions("2026/may.txt"):
            say(f"   {version.version_id}  {_read(client, '2026/may.txt', VersionId=version.version_id)!r}")

        say("\n3. A delete only hides the key behind a delete marker; removing the marker brings the object back.")
        marker = client.delete_object(Bucket="reports", Key="2026/may.txt")
        say(f"   get: {_refusal(lambda: _read(client, '2026/may.txt'))}")
        client.delete_object(Bucket="reports", Key="2026/may.txt", VersionId=marker["VersionId"])
        say(f"   get: {_read(client, '2026/may.txt')!r}")

        say("\n4. It says no where S3 says no, in S3's words.")
        again = {"Bucket": "reports", "Key": "2026/may.txt", "Body": b"mine!", "IfNoneMatch": "*"}
        say(f"   put if there is none: {_refusal(lambda: client.put_object(**again))}")
        wrong = {"Bucket": "reports", "Key": "x", "Body": b"flipped", "ChecksumCRC32": "AAAAAA=="}
        say(f"   a wrong checksum: {_refusal(lambda: client.put_object(**wrong))}")
        say(f"   a full bucket: {_refusal(lambda: client.delete_bucket(Bucket='reports'))}")

        say("\n5. A snapshot or a fork copies nothing, and two snapshots can be compared.")
        before = s3.snapshot()
        client.put_object(Bucket="reports", Key="2026/june.txt", Body=b"better")
        for change in before.diff(s3.snapshot()).added:
            say(f"   new: {change.what} {change.key} of {change.bucket}")

        say("\n6. A version under Object Lock in COMPLIANCE mode can be removed by nobody until its retention ends.")
        s3.create_bucket("ledger", object_lock=True)
        kept = {"Bucket": "ledger", "Key": "2026.csv"}
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": s3.clock.now() + timedelta(days=365)}
        kept |= {"VersionId": client.put_object(**kept, **lock, Body=b"1,2,3")["VersionId"]}
        say(f"   delete it: {_refusal(lambda: client.delete_object(**kept))}")
        s3.clock.advance(days=366)
        client.delete_object(**kept)
        say(f"   366 days later, by s3.clock.advance(days=366), it is deleted: {len(s3['ledger'])} objects are left.")

        say("\n7. And this is what is in it now:")
        say(s3.tree())
        say(f"\n{len(s3.calls)} requests were answered; none left this process.")


def _read(client: Any, key: str, **version: str) -> bytes:
    body: bytes = client.get_object(Bucket="reports", Key=key, **version)["Body"].read()
    return body


def _refusal(act: Callable[[], object]) -> str:
    from botocore.exceptions import ClientError

    try:
        act()
    except ClientError as refusal:
        response: Any = refusal.response
        error, status = response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{status} {error['Code']}: {error['Message']}"
    raise AssertionError("S3 would have refused this")
