"""Refusals that turn suites red say why, beside S3's answer: which rule refused, and, last, what would allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.wire.quirks import not_taken

NOW, LATER = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
NO_LOCK = (
    "the bucket has no Object Lock. Create it with ObjectLockEnabledForBucket=True, or enable its versioning and then "
    "call PutObjectLockConfiguration."
)

Why = Callable[..., str | None]


@pytest.fixture
def why(s3: FakeS3) -> Why:
    """The reason that goes with the refusal of a call."""

    def ask(call: Callable[..., Any], /, **parameters: Any) -> str | None:
        with pytest.raises(ClientError):
            call(**parameters)
        return s3.calls[-1].reason

    return ask


class TestObjectLock:
    """A lock says what it is, until when it holds, and how it is got past."""

    @pytest.fixture
    def put(self, s3: FakeS3, s3_client) -> Callable[..., dict[str, Any]]:
        """Puts a version with a lock, and answers where it is."""
        s3.clock.freeze(NOW)
        s3.create_bucket("locked", object_lock=True)

        def put(**lock: Any) -> dict[str, Any]:
            version = s3_client.put_object(Bucket="locked", Key="cat", **lock)["VersionId"]
            return {"Bucket": "locked", "Key": "cat", "VersionId": version}

        return put

    def test_a_legal_hold(self, s3_client, put, why: Why) -> None:
        where = put(ObjectLockLegalHoldStatus="ON")
        version = where["VersionId"]
        assert f"a legal hold is on the version {version}. Take it off with PutObjectLegalHold, Status OFF." == why(
            s3_client.delete_object, **where
        )

    def test_governance(self, s3: FakeS3, s3_client, put, why: Why) -> None:
        where = put(ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=LATER)
        remedy = (
            "Pass BypassGovernanceRetention=True, which needs s3:BypassGovernanceRetention, or move the clock: "
            's3.clock.freeze("2026-02-01T00:00:00.000Z").'
        )
        assert (
            f"the version {where['VersionId']} is retained until 2026-02-01T00:00:00.000Z in GOVERNANCE mode. "
            f"{remedy}" == why(s3_client.delete_object, **where)
        )
        assert (
            "the retention can only be extended in its mode, since the version is retained until "
            f"2026-02-01T00:00:00.000Z in GOVERNANCE mode. {remedy}"
            == why(s3_client.put_object_retention, **where, Retention={})
        )
        s3.clock.freeze("2026-02-01T00:00:00.000Z")
        s3_client.delete_object(**where)

    def test_compliance(self, s3: FakeS3, s3_client, put, why: Why) -> None:
        where = put(ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=LATER)
        assert (
            f"the version {where['VersionId']} is retained until 2026-02-01T00:00:00.000Z in COMPLIANCE mode. "
            'Nobody can bypass that. Move the clock: s3.clock.freeze("2026-02-01T00:00:00.000Z").'
            == why(s3_client.delete_object, **where, BypassGovernanceRetention=True)
        )
        s3.clock.freeze("2026-02-01T00:00:00.000Z")
        s3_client.delete_object(**where)

    def test_an_event_hold(self, s3: FakeS3, s3_client, put, why: Why) -> None:
        where = put(ObjectLockMode="COMPLIANCE", ObjectLockEventHold="ON", ObjectLockEventHoldDurationDays=10)
        remedy = (
            "in COMPLIANCE mode. Nobody can bypass that. Move the clock once the event hold is released, since until "
            "then that end moves along: put_object_retention(..., "
            'Retention={"Mode": "COMPLIANCE", "EventHold": "OFF"}).'
        )
        assert str(why(s3_client.delete_object, **where)).endswith(remedy)
        assert str(why(s3_client.put_object_retention, **where, Retention={})).endswith(remedy)
        s3_client.put_object_retention(**where, Retention={"Mode": "COMPLIANCE", "EventHold": "OFF"})
        until = s3_client.get_object_retention(**where)["Retention"]["RetainUntilDate"]
        assert f's3.clock.freeze("{until:%Y-%m-%d}' in str(why(s3_client.delete_object, **where))
        s3.clock.freeze(until)
        s3_client.delete_object(**where)

    def test_a_bucket_without_it(self, s3: FakeS3, s3_client, why: Why) -> None:
        where = {"Bucket": s3.create_bucket("plain", objects={"cat": "meow"}).name, "Key": "cat"}
        lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2099-01-01T00:00:00Z"}
        assert NO_LOCK == why(s3_client.put_object, **where, **lock)
        assert NO_LOCK == why(s3_client.get_object_retention, **where)
        assert NO_LOCK == why(s3_client.delete_object, **where, BypassGovernanceRetention=True)
        configuration = {"ObjectLockEnabled": "Enabled"}
        assert "Object Lock locks versions, and the bucket makes none. Enable its versioning first." == why(
            s3_client.put_object_lock_configuration, Bucket="plain", ObjectLockConfiguration=configuration
        )

    def test_bytes_that_nothing_proves(self, s3: FakeS3, put) -> None:
        client = s3.client(config=Config(request_checksum_calculation="when_required"))
        lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": LATER}
        url = client.generate_presigned_url("put_object", {"Bucket": "locked", "Key": "dog", **lock})
        with requests.Session() as session:
            session.put(url, data=b"woof")
        assert (
            "the writer or the bucket's default locks the new version, and S3 locks only bytes that come with a "
            'checksum. Send one, such as ChecksumAlgorithm="CRC32", or a Content-MD5.' == s3.calls[-1].reason
        )


class TestEncryption:
    """New buckets take no keys of customers."""

    def test_sse_c(self, s3: FakeS3, s3_client, why: Why) -> None:
        s3_client.create_bucket(Bucket="new")
        key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
        reason = why(s3_client.put_object, Bucket="new", Key="cat", **key)
        assert (
            "the bucket blocks customers' keys (SSE-C), as new buckets do by default. Encrypt with SSE-S3 or "
            'SSE-KMS, or call PutBucketEncryption with BlockedEncryptionTypes {"EncryptionType": ["NONE"]} first. Code '
            'that lives with buckets from before April 2026: mock_s3(bucket_defaults="2025").' == reason
        )
        rule = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
        }
        s3_client.put_bucket_encryption(Bucket="new", ServerSideEncryptionConfiguration={"Rules": [rule]})
        s3_client.put_object(Bucket="new", Key="cat", **key)


class TestNotModelled:
    """What answers 501 says what it is that is not modelled."""

    def test_an_operation(self, s3_client, why: Why) -> None:
        assert (
            "fakes3 does not model WriteGetObjectResponse, and never ignores what it does not model. Leave the call "
            "out, or answer it with a stub of your client, such as botocore's Stubber."
            == why(
                s3_client.write_get_object_response,
                RequestRoute="route",
                RequestToken="token",
            )
        )

    def test_a_member(self) -> None:
        expected = "fakes3 does not model Colour of PutObject, and never ignores what it does not model. Leave it out."
        assert expected == not_taken("PutObject", "Colour", "x-amz-colour").reason

    def test_a_member_of_a_document(self, s3: FakeS3, s3_client, why: Why) -> None:
        s3.create_bucket("pictures", objects={"cat": b"meow"})
        request = {"Description": "for the vet"}
        assert (
            "fakes3 does not model Description in this document, and never ignores what it does not model. "
            "Leave it out." == why(s3_client.restore_object, Bucket="pictures", Key="cat", RestoreRequest=request)
        )

    def test_an_endpoint(self, s3: FakeS3, ask) -> None:
        ask("GET", "/", host="mine-123456789012.op-1.s3-outposts.us-east-1.amazonaws.com")
        assert (
            "fakes3 does not model outposts endpoints. Address the bucket by its own name, at an ordinary "
            "endpoint of S3." == s3.calls[-1].reason
        )

    def test_a_header_of_other_operations(self, s3: FakeS3, ask) -> None:
        ask("PUT", "/pictures/cat", {"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"})
        assert (
            "If-Modified-Since is a header of other operations, and S3 refuses it here. Leave it out."
            == s3.calls[-1].reason
        )

    def test_a_body_in_chunks_of_http(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("pictures")
        ask("PUT", "/pictures/cat", {"Transfer-Encoding": "chunked", "Content-Length": None})
        assert (
            "S3 needs the length of a body before its first byte. Send a Content-Length, or use aws-chunked."
            == s3.calls[-1].reason
        )

    def test_conditions_of_writes(self, s3: FakeS3, s3_client, why: Why) -> None:
        where = {"Bucket": s3.create_bucket("pictures").name, "Key": "cat"}
        assert "S3 accepts one condition for a write. Leave out IfMatch or IfNoneMatch." == why(
            s3_client.put_object, **where, IfMatch='"0"', IfNoneMatch="*"
        )
        assert 'S3 accepts "*" for the If-None-Match of a write, and an ETag for its If-Match. Send that.' == why(
            s3_client.put_object, **where, IfNoneMatch='"0"'
        )

    def test_mfa_delete(self, s3: FakeS3, s3_client, why: Why) -> None:
        configuration = {"Status": "Enabled", "MFADelete": "Enabled"}
        assert (
            'the bucket pictures needs a code for this. Pass MFA="<serial> <code>": s3.account().mfa_device(serial, '
            'codes=["123456"]) gives the root user of the account a device; `fakes3 serve` has none.'
        ) == why(
            s3_client.put_bucket_versioning,
            Bucket=s3.create_bucket("pictures").name,
            VersioningConfiguration=configuration,
        )


class TestSignatures:
    """Who is not believed is told what was wrong with the key, the date or the signature."""

    @pytest.mark.parametrize("option", ["enforce_iam", "verify_signatures"])
    def test_an_unknown_key(self, option: str) -> None:
        chosen: dict[str, Any] = {option: True}
        with mock_s3(**chosen) as s3:
            with pytest.raises(ClientError):
                boto3.client("s3", aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x").list_buckets()
            assert (
                f"{option}=True refuses access keys that were not made by this fake. Sign with the credentials of an "
                f'identity, such as s3.user("alice", policy=...).credentials, or leave out {option}=True. A '
                "server knows the keys that it is given: fakes3 serve --account ID:ACCESS:SECRET."
                == s3.calls[-1].reason
            )

    def test_a_temporary_key_without_its_token(self, s3: FakeS3, why: Why) -> None:
        session = s3.role("backup")
        keys = {name: value for name, value in session.credentials.items() if name != "aws_session_token"}
        assert (
            f"{session.access_key_id} is a temporary access key, and the request has no session token. Pass the token "
            'too, as boto3.client("s3", **session.credentials) does.' == why(boto3.client("s3", **keys).list_buckets)
        )

    def test_another_token(self, s3: FakeS3, why: Why) -> None:
        session = s3.role("backup")
        client = boto3.client("s3", **session.credentials | {"aws_session_token": "another"})
        assert (
            f"the session token does not belong to the access key {session.access_key_id}. Pass a key and a token "
            "that were made together." == why(client.list_buckets)
        )

    def test_credentials_that_ended(self, s3: FakeS3, why: Why) -> None:
        s3.clock.freeze(NOW)
        session = s3.role("backup")
        s3.clock.advance(hours=2)
        assert (
            f"the credentials of {session.arn} expired at 2026-01-01T01:00:00Z, and the fake's clock shows "
            "2026-01-01T02:00:00Z. Make new ones, with s3.role(...)." == why(session.client().list_buckets)
        )

    def test_a_wrong_secret(self, s3: FakeS3, why: Why) -> None:
        alice = s3.user("alice")
        client = boto3.client("s3", aws_access_key_id=alice.access_key_id, aws_secret_access_key="guessed")
        assert (
            f"the signature was not made with the secret of {alice.access_key_id} ({alice.arn}), or the request was "
            "changed later. Sign with that secret, and send the method, path, query, signed headers and body as signed."
            == why(client.list_buckets)
        )

    def test_a_request_that_was_signed_long_ago(
        self, s3: FakeS3, ask, time_machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
        alice = s3.user("alice")
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={alice.access_key_id}/20260101/us-east-1/s3/aws4_request, "
            f"SignedHeaders=host, Signature={'0' * 64}"
        )
        s3.clock.advance(hours=1)
        ask("GET", "/", {"Authorization": authorization, "X-Amz-Date": "20260101T110000Z"})
        assert (
            "the request was signed at 2026-01-01T11:00:00Z. The time is 2026-01-01T12:00:00Z, and the fake's clock "
            "shows 2026-01-01T13:00:00Z. Send the request within 15 minutes, or sign it again." == s3.calls[-1].reason
        )


class TestRedirects:
    """A client that follows a redirect to another host drops the signature."""

    def test_a_signature_that_was_lost(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("far", region="eu-west-1", objects={"k": "v"})
        lost = {"x-amz-date": "20260101T000000Z", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        assert 403 == ask("GET", "/k", lost, host="far.s3.eu-west-1.amazonaws.com", signed=False).status
        assert (
            "the request has the date of a signature and no signature, as clients send it that follow a redirect to "
            'another host (aiohttp does). Make the client with region_name="eu-west-1".' == s3.calls[-1].reason
        )

    def test_a_caller_who_signed_nothing(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("far", region="eu-west-1", objects={"k": "v"})
        assert 403 == ask("GET", "/k", host="far.s3.eu-west-1.amazonaws.com", signed=False).status
        assert str(s3.calls[-1].reason).startswith("anonymous may not s3:GetObject")


class TestPaths:
    """A path that an endpoint_url ends with is no bucket, and a server cannot know that."""

    def test_of_an_endpoint(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("data")
        answer = ask("PUT", "/base/data/key", body=b"x", host="localhost:9000")
        assert (404, "NoSuchBucket", "base") == (answer.status, answer.code, answer.error["BucketName"])
        assert (
            "there is no bucket base, and the next part of the path, data, is a bucket. If the endpoint_url of the "
            "client ends with /base, leave that out, or name the endpoint with its path: "
            'mock_s3(endpoints=["http://localhost:9000/base"]).' == s3.calls[-1].reason
        )

    @pytest.mark.parametrize(
        ("target", "host"),
        [("/base/other/key", "localhost:9000"), ("/base", "localhost:9000"), ("/base/data", "s3.amazonaws.com")],
    )
    def test_of_a_bucket_that_is_not_there(self, s3: FakeS3, ask, target: str, host: str) -> None:
        s3.create_bucket("data")
        assert "NoSuchBucket" == ask("GET", target, host=host).code
        assert s3.calls[-1].reason is None


class TestPresignedUrls:
    """A presigned URL that is refused says by how much, or for what."""

    @pytest.fixture
    def client(self, s3: FakeS3) -> Any:
        """A client of a fake whose clock stands."""
        s3.clock.freeze(NOW)
        s3.create_bucket("pictures", region="us-east-1", objects={"cat": "meow"})
        return s3.client(config=Config(signature_version="s3v4"))

    @pytest.mark.parametrize("version", ["s3v4", "s3"])
    def test_that_ended(self, s3: FakeS3, client, version: str) -> None:
        client = s3.client(config=Config(signature_version=version))
        url = client.generate_presigned_url("get_object", {"Bucket": "pictures", "Key": "cat"}, ExpiresIn=60)
        s3.clock.advance(seconds=61)
        answer = requests.get(url)
        expected = (
            "the URL expired at 2026-01-01T00:01:00Z, and the fake's clock shows 2026-01-01T00:01:01Z. "
            "Presign for longer (ExpiresIn=), or use the URL earlier."
        )
        assert (403, expected) == (answer.status_code, answer.headers["x-fakes3-reason"])

    def test_that_has_not_begun(self, s3: FakeS3, client) -> None:
        s3.clock.freeze(LATER)
        url = client.generate_presigned_url("get_object", {"Bucket": "pictures", "Key": "cat"})
        s3.clock.freeze(NOW)
        assert (
            "the URL is valid from 2026-02-01T00:00:00Z, and the fake's clock shows 2026-01-01T00:00:00Z. Presign by "
            "the fake's clock, as boto3's clients do while the fake is active."
            == requests.get(url).headers["x-fakes3-reason"]
        )

    def test_with_headers_that_were_not_signed(self, s3: FakeS3, client) -> None:
        url = client.generate_presigned_url("put_object", {"Bucket": "pictures", "Key": "cat"})
        answer = requests.put(url, data=b"purr", headers={"x-amz-acl": "private"})
        assert (
            "every x-amz- header of a request must be signed. Pass these headers when you sign or presign, or "
            "do not send them." == answer.headers["x-fakes3-reason"]
        )


class TestRegions:
    """A bucket of another region says which."""

    def test_of_an_endpoint_that_is_not_the_buckets(self, s3: FakeS3, ask) -> None:
        s3.create_bucket("far", region="eu-west-1")
        assert 301 == ask("GET", "/far").status
        assert (
            "the bucket far is in eu-west-1, and the endpoint that was called is that of us-east-1. Make the client "
            'with region_name="eu-west-1".' == s3.calls[-1].reason
        )
