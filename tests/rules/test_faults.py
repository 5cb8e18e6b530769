"""S3 fails where a test says so, and the client meets exactly what it meets in production."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
)

from fakes3 import FakeS3, mock_s3
from fakes3.model.error_codes import BY_CODE

ONCE = Config(retries={"total_max_attempts": 1})
THRICE = Config(retries={"total_max_attempts": 3, "mode": "standard"})


@pytest.fixture
def s3(s3: FakeS3) -> FakeS3:
    s3.create_bucket("photos", objects={"cat": "meow meow"})
    return s3


@pytest.fixture
def client(s3: FakeS3) -> Any:
    """A client that tries once."""
    return s3.client(config=ONCE)


class TestErrors:
    """S3 answers with an error, before or after it did what was asked."""

    def test_the_error_has_its_status_and_text(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(error="SlowDown", on="GetObject", retry_after=2)
        with pytest.raises(ClientError) as refusal:
            client.get_object(Bucket="photos", Key="cat")
        answer = refusal.value.response
        assert (503, "SlowDown", "Please reduce your request rate.") == (
            answer["ResponseMetadata"]["HTTPStatusCode"],
            answer["Error"]["Code"],
            answer["Error"]["Message"],
        )
        assert "2" == answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]
        assert "a fault that the test added" in refusal.value.__notes__[0]
        assert "SlowDown" == s3.calls[-1].error

    def test_nothing_happened(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(error="InternalError", on="PutObject")
        with pytest.raises(ClientError):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
        assert "dog" not in s3["photos"]

    def test_it_was_applied_and_the_answer_says_it_was_not(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(error="InternalError", on="PutObject", applied=True)
        with pytest.raises(ClientError):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
        assert b"woof" == s3["photos"]["dog"].body

    def test_other_calls_go_on(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(error="SlowDown", on="PutObject")
        s3.faults.add(error="SlowDown", key="dog")
        assert b"meow meow" == client.get_object(Bucket="photos", Key="cat")["Body"].read()

    def test_the_client_tries_again(self, s3: FakeS3) -> None:
        s3.faults.add(error="SlowDown", on="GetObject", times=2)
        answer = s3.client(config=THRICE).get_object(Bucket="photos", Key="cat")
        assert 2 == answer["ResponseMetadata"]["RetryAttempts"]
        assert [503, 503, 200] == [call.status for call in s3.calls.filter("GetObject")]

    def test_a_lost_answer_makes_a_conditional_write_fail_that_succeeded(self, s3: FakeS3) -> None:
        """The trap of retries: the second try meets the object that the first one wrote."""
        s3.faults.add(drop="after", on="PutObject", times=1)
        with pytest.raises(ClientError, match="PreconditionFailed"):
            s3.client(config=THRICE).put_object(Bucket="photos", Key="dog", Body=b"woof", IfNoneMatch="*")
        assert b"woof" == s3["photos"]["dog"].body

    def test_200_with_an_error_document(self, s3: FakeS3) -> None:
        """S3: API/API_CopyObject.html, "Response and special errors" """
        s3.faults.add(error="InternalError", status=200, message="", on="CopyObject", times=1)
        answer = s3.client(config=THRICE).copy_object(Bucket="photos", Key="copy", CopySource="photos/cat")
        assert 1 == answer["ResponseMetadata"]["RetryAttempts"]
        assert [200, 200] == [call.status for call in s3.calls.filter("CopyObject")]

    @pytest.mark.parametrize("code", ["PermanentRedirect", "TemporaryRedirect"])
    @pytest.mark.parametrize("is_there", [True, False])
    def test_a_stale_redirect_leads_to_the_bucket(self, s3: FakeS3, code: str, is_there: bool) -> None:
        """A redirect has the endpoint to which the request is to be sent again. S3: userguide/Redirects.html"""
        bucket = "photos" if is_there else "missing"
        s3.faults.add(error=code, on="GetObject", times=1)
        with mock_s3(fake=s3):
            signed = s3.client().generate_presigned_url("get_object", {"Bucket": bucket, "Key": "cat"})
            answer = requests.get(signed, allow_redirects=False)
            assert (301 if code == "PermanentRedirect" else 307) == answer.status_code
            assert f"<Endpoint>{bucket}.s3.amazonaws.com</Endpoint><Bucket>{bucket}</Bucket>" in answer.text
            assert ("us-east-1" if is_there else None) == answer.headers.get("x-amz-bucket-region")
            if code == "TemporaryRedirect":
                assert answer.headers["Location"].startswith(f"https://{bucket}.s3.amazonaws.com/cat?")

    def test_the_client_follows_a_stale_redirect(self, s3: FakeS3) -> None:
        s3.faults.add(error="PermanentRedirect", on="GetObject", times=1)
        assert b"meow meow" == s3.client().get_object(Bucket="photos", Key="cat")["Body"].read()

    def test_every_error_can_be_a_fault(self, s3: FakeS3, client: Any) -> None:
        for code in BY_CODE:
            with s3.faults.add(error=code, on="GetObject"), pytest.raises(ClientError):
                client.get_object(Bucket="photos", Key="cat")


class TestConnections:
    """The connection breaks before or after the operation is done."""

    @pytest.mark.parametrize(("moment", "is_there"), [("before", False), ("after", True)])
    def test_drop(self, s3: FakeS3, client: Any, moment: Any, is_there: bool) -> None:
        s3.faults.add(drop=moment, on="PutObject")
        with pytest.raises(ConnectionClosedError):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
        assert is_there is ("dog" in s3["photos"])
        assert [200 if is_there else 0] == [call.status for call in s3.calls]

    @pytest.mark.parametrize(("moment", "is_there"), [("before", False), ("after", True)])
    def test_time_out(self, s3: FakeS3, client: Any, moment: Any, is_there: bool) -> None:
        s3.faults.add(time_out=moment, on="PutObject")
        with pytest.raises(ReadTimeoutError):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
        assert is_there is ("dog" in s3["photos"])

    def test_the_client_tries_again(self, s3: FakeS3) -> None:
        s3.faults.add(drop="before", on="GetObject", times=1)
        answer = s3.client(config=THRICE).get_object(Bucket="photos", Key="cat")
        assert (1, b"meow meow") == (answer["ResponseMetadata"]["RetryAttempts"], answer["Body"].read())


class TestBodies:
    """Bytes are lost or change on the way, and checks of the client or of S3 find that."""

    def test_a_short_body(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(truncate=4, on="GetObject")
        answer = client.get_object(Bucket="photos", Key="cat")
        assert 9 == answer["ContentLength"]
        with pytest.raises(IncompleteReadError):
            answer["Body"].read()

    def test_a_short_document(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(truncate=4, on="ListObjectsV2")
        with pytest.raises(ConnectionClosedError):
            client.list_objects_v2(Bucket="photos")

    def test_a_body_that_is_shorter_anyway_is_whole(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(truncate=9, on="GetObject")
        assert b"meow meow" == client.get_object(Bucket="photos", Key="cat")["Body"].read()

    def test_a_download_is_corrupt(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(corrupt=True, on="GetObject")
        answer = client.get_object(Bucket="photos", Key="cat")
        with pytest.raises(FlexibleChecksumError):
            answer["Body"].read()
        assert b"meow meow" == s3["photos"]["cat"].body

    def test_an_upload_is_corrupt(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(corrupt=True, on="PutObject")
        with pytest.raises(ClientError, match="BadDigest"):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
        assert "dog" not in s3["photos"]

    def test_an_empty_body_cannot_be_corrupt(self, s3: FakeS3, client: Any) -> None:
        s3.faults.add(corrupt=True, on="PutObject")
        client.put_object(Bucket="photos", Key="dog", Body=b"")
        assert b"" == s3["photos"]["dog"].body


class TestDelays:
    """Time passes on the fake's clock, and none for real."""

    def test_a_delay(self, s3: FakeS3, client: Any) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.clock.thaw()
        before = s3.clock.now()
        s3.faults.add(delay=3600, on="HeadObject")
        client.head_object(Bucket="photos", Key="cat")
        assert timedelta(hours=1) <= s3.clock.now() - before < timedelta(hours=2)

    def test_a_frozen_clock_stays_frozen(self, s3: FakeS3, client: Any) -> None:
        s3.clock.freeze("2026-01-01T00:00:00Z")
        before = s3.clock.now()
        s3.faults.add(delay=3600)
        client.head_object(Bucket="photos", Key="cat")
        assert before == s3.clock.now()

    def test_in_real_time(self, s3: FakeS3, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr("fakes3.wire.faults.time.sleep", slept.append)
        s3.faults.add(delay=2.5, real_time=True, on="HeadObject")
        client.head_object(Bucket="photos", Key="cat")
        assert [2.5] == slept


class TestHandle:
    """Faults belong to one fake."""

    def test_another_fake_has_none(self, s3: FakeS3, client: Any) -> None:
        twin = s3.fork()
        s3.faults.add(error="SlowDown")
        assert ["photos"] == [each["Name"] for each in twin.client(config=ONCE).list_buckets()["Buckets"]]

    def test_reset_removes_them(self, s3: FakeS3) -> None:
        s3.faults.add(error="SlowDown")
        s3.reset()
        assert not s3.faults

    def test_in_every_mode(self, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
        from fakes3 import mock_s3

        with mock_s3(fake=s3, direct=True):
            client: Any = boto3.client("s3", region_name="us-east-1", config=ONCE)
            with s3.faults.add(drop="before"), pytest.raises(ConnectionClosedError):
                client.get_object(Bucket="photos", Key="cat")
            assert b"meow meow" == client.get_object(Bucket="photos", Key="cat")["Body"].read()

    def test_a_form(self, s3: FakeS3, client: Any) -> None:
        import requests

        from fakes3 import mock_s3

        s3.faults.add(error="SlowDown", on="PutObject")
        with mock_s3(fake=s3):
            form = client.generate_presigned_post("photos", "dog")
            answer = requests.post(form["url"], form["fields"], files={"file": b"woof"}, timeout=5)
        assert 503 == answer.status_code
