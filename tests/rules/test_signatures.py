"""Who signs wrongly, with an unknown key or with temporary credentials that ended, is refused, as boto3 sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
import requests
import time_machine
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, mock_s3
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, AccessKey

from .answers import as_recorded

KEY = "AKIAALICEEXAMPLE0000"
SECRET = "alices/secret"
TOKEN = "alices/token=="


@pytest.fixture
def verifying() -> Iterator[FakeS3]:
    """A fake that verifies every signature, with one object in it."""
    with mock_s3(verify_signatures=True) as s3:
        s3.create_bucket("pictures", objects={"cat": "meow"})
        yield s3


@pytest.fixture
def alice(s3: FakeS3) -> Callable[..., Any]:
    """Gives the account's root a key of the test's making, and makes clients that sign with it."""
    s3.create_bucket("pictures", objects={"cat": "meow"})

    def client(secret: str = SECRET, token: str | None = None, *, issued: str | None = None, **more: Any) -> Any:
        key = AccessKey(KEY, SECRET, s3.service.root, token=issued, is_verified=True, **more)
        s3.service.access_keys[key.id] = key
        config = Config(signature_version="s3v4")
        return boto3.client(
            "s3", aws_access_key_id=KEY, aws_secret_access_key=secret, aws_session_token=token, config=config
        )

    return client


def code_of(call: Callable[[], Any]) -> str:
    """How a call ends: S3's code, or "" where it is answered."""
    try:
        call()
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return ""


def cat_of(client: Any) -> Callable[[], Any]:
    return lambda: client.get_object(Bucket="pictures", Key="cat")


# recorded: TestS3PresignedUrl::test_put_object
def test_a_presigned_put_is_what_is_got(s3: FakeS3, s3_client: Any) -> None:
    s3.create_bucket("pictures")
    url = s3_client.generate_presigned_url("put_object", {"Bucket": "pictures", "Key": "my-key"})
    assert 200 == requests.put(url, data="something", timeout=5).status_code
    assert {
        "status": 200,
        "Body": b"something",
        "ChecksumCRC64NVME": "1BGd19PD4OU=",
        "ChecksumType": "FULL_OBJECT",
        "ContentLength": 9,
        "ContentType": "binary/octet-stream",
        "ETag": '"437b930db84b8079c2dd804a71936b5f"',
        "Metadata": {},
        "ServerSideEncryption": "AES256",
    } == as_recorded(s3_client.get_object(Bucket="pictures", Key="my-key"))


class TestVerifiedKeys:
    """The signatures of identities that the test made are verified."""

    def test_the_right_secret(self, s3: FakeS3, alice: Callable[..., Any]) -> None:
        client = alice()
        client.put_object(Bucket="pictures", Key="a b/é+", Body=b"woof", Metadata={"a": "1"}, Tagging="x=y")
        assert b"woof" == client.get_object(Bucket="pictures", Key="a b/é+")["Body"].read()
        client.copy_object(Bucket="pictures", Key="copy", CopySource={"Bucket": "pictures", "Key": "a b/é+"})
        client.delete_objects(Bucket="pictures", Delete={"Objects": [{"Key": "copy"}]})
        listed = client.list_objects_v2(Bucket="pictures", Prefix="a b", Delimiter="/")
        assert 1 == len(listed["CommonPrefixes"])
        assert s3.service.root == s3.service.calls[-1].principal

    def test_a_wrong_secret(self, s3: FakeS3, alice: Callable[..., Any]) -> None:
        client = alice("wrong")
        before = s3.service.world
        assert "SignatureDoesNotMatch" == code_of(lambda: client.put_object(Bucket="pictures", Key="dog"))
        assert "403" == code_of(lambda: client.head_object(Bucket="pictures", Key="cat"))
        assert before is s3.service.world

    def test_a_body_that_is_sent_in_chunks(self, alice: Callable[..., Any]) -> None:
        alice().put_object(Bucket="pictures", Key="dog", Body=b"woof" * 100_000, ChecksumAlgorithm="CRC32")

    @pytest.mark.parametrize("style", ["path", "virtual"])
    def test_any_style(self, s3: FakeS3, style) -> None:
        config = Config(s3={"addressing_style": style})
        with mock_s3(verify_signatures=True) as s3:
            s3.create_bucket("pictures", objects={"cat": "meow"})
            cat_of(boto3.client("s3", config=config))()

    def test_custom_endpoints(self, verifying: FakeS3) -> None:
        for endpoint in ("http://minio:9000", "https://minio:443", "http://minio:80"):
            cat_of(boto3.client("s3", endpoint_url=endpoint, region_name="anywhere-1"))()


class TestPresigned:
    """What is presigned with a key whose secret is known holds only as it was signed."""

    def test_get(self, alice: Callable[..., Any]) -> None:
        url = alice().generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "cat"})
        assert b"meow" == requests.get(url).content
        assert 403 == requests.get(url.replace("/cat", "/dog")).status_code
        assert 403 == requests.put(url, data=b"woof").status_code

    def test_put(self, s3: FakeS3, alice: Callable[..., Any]) -> None:
        url = alice().generate_presigned_url("put_object", Params={"Bucket": "pictures", "Key": "dog"})
        assert 200 == requests.put(url, data=b"woof").status_code
        assert 403 == requests.put(url, data=b"woof", headers={"x-amz-acl": "private"}).status_code
        assert b"woof" == s3["pictures"]["dog"].body

    def test_by_a_wrong_secret(self, alice: Callable[..., Any]) -> None:
        url = alice("wrong").generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "cat"})
        assert 403 == requests.get(url).status_code

    @pytest.mark.parametrize("secret", [SECRET, "wrong"])
    def test_form(self, alice: Callable[..., Any], secret: str) -> None:
        form = alice(secret).generate_presigned_post("pictures", "dog")
        answer = requests.post(form["url"], data=form["fields"], files={"file": b"woof"})
        assert (204 if secret == SECRET else 403) == answer.status_code

    @pytest.mark.parametrize(("token", "expected"), [(TOKEN, 204), ("wrong", 400), (None, 403)])
    def test_form_with_temporary_credentials(self, alice: Callable[..., Any], token: str | None, expected: int) -> None:
        form = alice(token=token, issued=TOKEN).generate_presigned_post("pictures", "dog")
        answer = requests.post(form["url"], data=form["fields"], files={"file": b"woof"})
        assert expected == answer.status_code

    def test_a_url_dies_with_the_session(self, s3: FakeS3, alice: Callable[..., Any]) -> None:
        client = alice(token=TOKEN, issued=TOKEN, expires=s3.clock.now() + timedelta(hours=1))
        url = client.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "cat"}, ExpiresIn=36_000)
        assert 200 == requests.get(url).status_code
        s3.clock.advance(hours=2)
        answer = requests.get(url)
        assert (400, True) == (answer.status_code, "<Code>ExpiredToken</Code>" in answer.text)

    # S3: userguide/VirtualHosting.html, "Request redirection and the REST API"
    @pytest.mark.parametrize("version", [None, "s3v4"])
    def test_for_a_bucket_of_another_region_at_the_global_endpoint(self, s3: FakeS3, version) -> None:
        s3.create_bucket("far", region="eu-west-1", objects={"cat": "miaou"})
        client = boto3.client("s3", region_name="eu-west-1", config=Config(signature_version=version))
        url = client.generate_presigned_url("get_object", Params={"Bucket": "far", "Key": "cat"})
        assert url.startswith("https://far.s3.amazonaws.com/")
        assert b"miaou" == requests.get(url).content
        form = client.generate_presigned_post("far", "dog")
        answer = requests.post(form["url"], data=form["fields"], files={"file": b"ouah"})
        assert (204, b"ouah") == (answer.status_code, s3["far"]["dog"].body)

    # S3: userguide/Redirects.html
    @pytest.mark.parametrize("version", ["s3", "s3v4"])
    def test_for_a_bucket_of_another_region_than_its_endpoint(self, s3: FakeS3, version) -> None:
        s3.create_bucket("far", region="eu-west-1", objects={"cat": "miaou"})
        endpoint = "https://s3.us-west-2.amazonaws.com"
        config = Config(signature_version=version)
        client = boto3.client("s3", region_name="us-west-2", endpoint_url=endpoint, config=config)
        url = client.generate_presigned_url("get_object", Params={"Bucket": "far", "Key": "cat"})
        answer = requests.get(url)
        assert (301, "eu-west-1") == (answer.status_code, answer.headers["x-amz-bucket-region"])
        assert "Location" not in answer.headers

    # S3: API/RESTAuthentication.html, "Constructing the CanonicalizedResource Element"; botocore adds a slash
    @pytest.mark.parametrize("style", ["path", "virtual"])
    @pytest.mark.parametrize("call", ["list_objects", "list_objects_v2", "get_bucket_versioning"])
    def test_version_2_of_a_bucket(self, style: str, call: str) -> None:
        with mock_s3(verify_signatures=True) as s3:
            s3.create_bucket("pictures")
            addressing: Any = {"addressing_style": style}
            client: Any = boto3.client("s3", config=Config(signature_version="s3", s3=addressing))
            getattr(client, call)(Bucket="pictures")
            url = client.generate_presigned_url(call, Params={"Bucket": "pictures"})
            assert [200, 403] == [
                requests.get(each).status_code for each in (url, url.replace("Signature=", "Signature=0"))
            ]


class TestSessionTokens:
    """Temporary credentials need their token, and end by the fake's clock."""

    def test_right(self, alice: Callable[..., Any]) -> None:
        assert "" == code_of(cat_of(alice(token=TOKEN, issued=TOKEN)))

    @pytest.mark.parametrize(
        ("token", "issued", "code"),
        [("wrong", TOKEN, "InvalidToken"), ("left over", None, "InvalidToken"), (None, TOKEN, "InvalidAccessKeyId")],
    )
    def test_wrong(self, alice: Callable[..., Any], token: str | None, issued: str | None, code: str) -> None:
        assert code == code_of(cat_of(alice(token=token, issued=issued)))

    def test_expired(self, s3: FakeS3, alice: Callable[..., Any]) -> None:
        client = alice(token=TOKEN, issued=TOKEN, expires=s3.clock.now() + timedelta(hours=1))
        assert "" == code_of(cat_of(client))
        s3.clock.advance(hours=1)
        assert "ExpiredToken" == code_of(cat_of(client))


class TestVerifyingAll:
    """With verify_signatures=True every signature is verified, and unknown keys are refused."""

    def test_the_mocks_own_credentials_are_good(self, verifying: FakeS3) -> None:
        for client in (boto3.client("s3"), verifying.client()):
            assert "" == code_of(cat_of(client))

    def test_unknown_keys(self, verifying: FakeS3) -> None:
        client = boto3.client("s3", aws_access_key_id="testing", aws_secret_access_key="testing")
        with pytest.raises(ClientError) as caught:
            client.list_buckets()
        error: Any = caught.value.response["Error"]
        assert ("InvalidAccessKeyId", "testing") == (error["Code"], error["AWSAccessKeyId"])

    def test_a_wrong_secret(self, verifying: FakeS3) -> None:
        client = boto3.client("s3", aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key="wrong")
        assert "SignatureDoesNotMatch" == code_of(client.list_buckets)

    @pytest.mark.parametrize("version", ["s3v4", "s3"])
    def test_forms_of_unknown_keys(self, verifying: FakeS3, version) -> None:
        for key, expected in ((ACCESS_KEY_ID, 204), ("testing", 403)):
            config = Config(signature_version=version)
            secret = SECRET_ACCESS_KEY if key == ACCESS_KEY_ID else "testing"
            client = boto3.client("s3", aws_access_key_id=key, aws_secret_access_key=secret, config=config)
            form = client.generate_presigned_post("pictures", "dog")
            answer = requests.post(form["url"], data=form["fields"], files={"file": b"woof"})
            assert expected == answer.status_code
            assert ("InvalidAccessKeyId" in answer.text) == (expected == 403)

    def test_forms_of_version_2_in_a_new_region(self) -> None:
        with mock_s3(region="eu-central-1") as s3:
            s3.create_bucket("pictures")
            fields = {"key": "dog", "AWSAccessKeyId": "a", "signature": "b", "policy": "e30="}
            url = "https://pictures.s3.eu-central-1.amazonaws.com/"
            answer = requests.post(url, data=fields, files={"file": b"woof"})
            assert (400, True) == (answer.status_code, "Please use AWS4-HMAC-SHA256." in answer.text)

    def test_is_not_the_default(self, s3: FakeS3) -> None:
        s3.create_bucket("pictures", objects={"cat": "meow"})
        for key, secret in ((ACCESS_KEY_ID, "wrong"), ("testing", "testing")):
            client = boto3.client("s3", aws_access_key_id=key, aws_secret_access_key=secret)
            assert "" == code_of(cat_of(client))

    def test_a_fork_verifies_too(self, verifying: FakeS3) -> None:
        fork = verifying.fork()
        client = fork.client(aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key="wrong")
        assert "SignatureDoesNotMatch" == code_of(client.list_buckets)


class TestEnforcingIdentities:
    """With enforce_iam=True callers with unknown keys are refused; signatures are verified as without."""

    def test_unknown_keys(self) -> None:
        with mock_s3(enforce_iam=True):
            assert "" == code_of(boto3.client("s3").list_buckets)
            client = boto3.client("s3", aws_access_key_id="testing", aws_secret_access_key="testing")
            assert "InvalidAccessKeyId" == code_of(client.list_buckets)
            mine = boto3.client("s3", aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key="wrong")
            assert "" == code_of(mine.list_buckets)

    def test_as_a_fakes_option(self) -> None:
        client = FakeS3(enforce_iam=True).client(aws_access_key_id="testing", aws_secret_access_key="testing")
        assert "InvalidAccessKeyId" == code_of(client.list_buckets)


class TestClock:
    """A request must be dated within 15 minutes, by the fake's clock or by that of the process that signed it."""

    def test_the_fakes_clock_may_be_moved(self, verifying: FakeS3) -> None:
        client = boto3.client("s3")
        for move in (lambda: verifying.clock.advance(days=30), lambda: verifying.clock.freeze("2001-02-03T04:05:06Z")):
            move()
            assert "" == code_of(cat_of(client))
            url = client.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "cat"})
            assert 200 == requests.get(url).status_code

    def test_a_client_whose_clock_is_wrong(self, verifying: FakeS3) -> None:
        with time_machine.travel("2026-03-04T05:06:07Z", tick=False) as traveller:
            client = verifying.client()

            def twenty_minutes_later(**_: Any) -> None:
                traveller.shift(timedelta(minutes=20))

            client.meta.events.register_first("before-send.s3", twenty_minutes_later)
            with pytest.raises(ClientError) as caught:
                client.list_buckets()
        error: Any = caught.value.response["Error"]
        assert "RequestTimeTooSkewed" == error["Code"]
        assert "20260304T050607Z" == error["RequestTime"]
        assert ("2026-03-04T05:26:07Z", "900000") == (error["ServerTime"], error["MaxAllowedSkewMilliseconds"])


class TestRegions:
    """boto3 signs anew for the region it is told."""

    def test_head_of_a_bucket_elsewhere(self, s3: FakeS3) -> None:
        s3.create_bucket("far", region="eu-west-1")
        head = boto3.client("s3", region_name="us-east-1").head_bucket(Bucket="far")
        assert "eu-west-1" == head["BucketRegion"]

    def test_a_signature_for_a_wrong_region(self, s3: FakeS3) -> None:
        s3.create_bucket("far", region="eu-west-1", objects={"cat": "miaou"})
        client = boto3.client("s3", region_name="ap-south-1", endpoint_url="https://s3.eu-west-1.amazonaws.com")
        assert b"miaou" == client.get_object(Bucket="far", Key="cat")["Body"].read()
        expected = [(400, "AuthorizationHeaderMalformed"), (200, None)]
        assert expected == [(call.status, call.error) for call in s3.service.calls]
