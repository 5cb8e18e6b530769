"""Who pays: the two operations, and what it means for the others where the requester does."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import md5
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from ..ask import Answer, Ask

OTHER = "210987654321"
CHARGED = {"RequestCharged": "requester"}
CONSENT = {"RequestPayer": "requester"}
DENIED = (403, {"Code": "AccessDenied", "Message": "Access Denied"})


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, dict[str, str]]:
    """The status and the elements of a refusal."""
    answer: Any = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]


def charged(answer: dict[str, Any]) -> dict[str, Any]:
    """What an answer tells about who paid."""
    return {name: value for name, value in answer.items() if name == "RequestCharged"}


@pytest.fixture
def client(s3: FakeS3) -> Any:
    """A client of the owner of the bucket "pictures"."""
    s3.create_bucket("pictures", versioning=True, objects={"cat": "meow"})
    return s3.client()


@pytest.fixture
def payable(client) -> Any:
    """The same, where requesters pay, and everybody in another account may do everything."""
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": OTHER},
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [grant]}
    client.put_bucket_policy(Bucket="pictures", Policy=json.dumps(policy))
    client.put_bucket_request_payment(Bucket="pictures", RequestPaymentConfiguration={"Payer": "Requester"})
    return client


@pytest.fixture
def theirs(s3: FakeS3, payable) -> Any:
    """A client of the other account, which has a bucket "copies"."""
    found = s3.account(OTHER).client()
    found.create_bucket(Bucket="copies")
    return found


class TestOperations:
    """PutBucketRequestPayment sets who pays, GetBucketRequestPayment tells it."""

    def test_the_owner_unless_somebody_said_otherwise(self, s3: FakeS3, client) -> None:
        assert "BucketOwner" == client.get_bucket_request_payment(Bucket="pictures")["Payer"]
        assert "BucketOwner" == s3["pictures"].payer

    # recorded: TestS3::test_s3_request_payer
    @pytest.mark.parametrize("payer", ["Requester", "BucketOwner"])
    def test_put_and_get(self, s3: FakeS3, client, payer: str) -> None:
        before = s3.snapshot()
        answer = client.put_bucket_request_payment(
            Bucket="pictures", RequestPaymentConfiguration={"Payer": payer}, ExpectedBucketOwner=s3.account_id
        )
        assert 200 == answer["ResponseMetadata"]["HTTPStatusCode"]
        assert payer == client.get_bucket_request_payment(Bucket="pictures")["Payer"] == s3["pictures"].payer
        changed = [each.what for each in before.diff(s3.snapshot()).changed]
        assert ["payer"] == changed

    def test_document(self, s3: FakeS3, client) -> None:
        answer = ask(s3, "GET", b"", {})
        assert (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            "<Payer>BucketOwner</Payer></RequestPaymentConfiguration>"
        ) == bytes(answer.body).decode()

    @pytest.mark.parametrize("payer", ["Nobody", "requester", ""])
    def test_unknown_payer(self, s3: FakeS3, client, payer: str) -> None:
        with pytest.raises(ClientError) as caught:
            client.put_bucket_request_payment(Bucket="pictures", RequestPaymentConfiguration={"Payer": payer})
        message = "The XML you provided was not well-formed or did not validate against our published schema"
        assert (400, {"Code": "MalformedXML", "Message": message}) == refusal(caught)
        assert "BucketOwner" == s3["pictures"].payer

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"<RequestPaymentConfiguration/>", "MalformedXML"),
            (b"<RequestPaymentConfiguration><Payer>Requester</Payer>", "MalformedXML"),
            (b"<Payment><Payer>Requester</Payer></Payment>", "MalformedXML"),
            (b"", "MissingRequestBodyError"),
        ],
    )
    def test_other_documents(self, s3: FakeS3, client, body: bytes, code: str) -> None:
        digest = b64encode(md5(body, usedforsecurity=False).digest()).decode()
        assert 400 == ask(s3, "PUT", body, {"content-md5": digest}).status
        assert code == s3.calls[-1].error

    def test_missing_bucket(self, client) -> None:
        with pytest.raises(ClientError) as caught:
            client.get_bucket_request_payment(Bucket="nowhere")
        assert "NoSuchBucket" == refusal(caught)[1]["Code"]

    @pytest.mark.parametrize(("account", "code"), [(OTHER, 403), ("0000", 400)])
    def test_expected_owner(self, client, account: str, code: int) -> None:
        with pytest.raises(ClientError) as caught:
            client.get_bucket_request_payment(Bucket="pictures", ExpectedBucketOwner=account)
        assert code == refusal(caught)[0]

    def test_nobody_in_particular(self, s3: FakeS3, client) -> None:
        with pytest.raises(ClientError) as caught:
            s3.client(config=Config(signature_version=UNSIGNED)).get_bucket_request_payment(Bucket="pictures")
        assert "Anonymous users cannot invoke this API. Please authenticate." == refusal(caught)[1]["Message"]


class TestOwnerPays:
    """Where the owner pays, consent is not needed and changes nothing."""

    def test_nobody_is_charged(self, s3: FakeS3, theirs, payable) -> None:
        payable.put_bucket_request_payment(Bucket="pictures", RequestPaymentConfiguration={"Payer": "BucketOwner"})
        assert {} == charged(theirs.get_object(Bucket="pictures", Key="cat", **CONSENT))
        assert {} == charged(theirs.get_object(Bucket="pictures", Key="cat"))


OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    ("head_object", {"Key": "cat"}),
    ("get_object", {"Key": "cat"}),
    ("get_object_tagging", {"Key": "cat"}),
    ("put_object", {"Key": "new"}),
    ("delete_object", {"Key": "cat"}),
    ("delete_objects", {"Delete": {"Objects": [{"Key": "cat"}]}}),
    ("list_objects", {}),
    ("list_objects_v2", {}),
    ("list_object_versions", {}),
    ("create_multipart_upload", {"Key": "new"}),
    ("list_multipart_uploads", {}),
    ("copy_object", {"Key": "new", "CopySource": "pictures/cat"}),
]


class TestRequesterPays:
    """Where the requester pays, whoever is of another account must say that it will.

    S3: userguide/RequesterPaysBuckets.html
    """

    @pytest.mark.parametrize(("operation", "options"), OPERATIONS)
    def test_without_consent(self, s3: FakeS3, theirs, operation: str, options: dict[str, Any]) -> None:
        before = s3.service.world
        with pytest.raises(ClientError) as caught:
            getattr(theirs, operation)(Bucket="pictures", **options)
        assert 403 == refusal(caught)[0]
        assert (
            "in the bucket pictures the requester pays, and this request does not accept that. Sign the request, and "
            'pass RequestPayer="requester".'
        ) == s3.calls[-1].reason
        assert before is s3.service.world

    @pytest.mark.parametrize(("operation", "options"), OPERATIONS)
    def test_with_consent(self, theirs, operation: str, options: dict[str, Any]) -> None:
        answer = getattr(theirs, operation)(Bucket="pictures", **options, **CONSENT)
        assert "requester" == answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-request-charged", "requester")
        if operation != "get_object_tagging":  # whose answer has no such member
            assert CHARGED == charged(answer)

    @pytest.mark.parametrize(("operation", "options"), OPERATIONS)
    @pytest.mark.parametrize("consent", [{}, CONSENT])
    def test_the_owner_is_not_charged(
        self, payable, operation: str, options: dict[str, Any], consent: dict[str, str]
    ) -> None:
        assert {} == charged(getattr(payable, operation)(Bucket="pictures", **options, **consent))

    def test_users_of_the_owners_account_are_not_charged(self, s3: FakeS3, payable) -> None:
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        alice = s3.user("alice", policy={"Version": "2012-10-17", "Statement": statement}).client()
        assert {} == charged(alice.get_object(Bucket="pictures", Key="cat"))

    def test_consent_by_another_word(self, s3: FakeS3, theirs) -> None:
        with pytest.raises(ClientError) as caught:
            theirs.get_object(Bucket="pictures", Key="cat", RequestPayer="owner")
        assert DENIED == refusal(caught)

    def test_consent_is_not_a_permission(self, s3: FakeS3, payable) -> None:
        payable.delete_bucket_policy(Bucket="pictures")
        with pytest.raises(ClientError) as caught:
            s3.account(OTHER).client().get_object(Bucket="pictures", Key="cat", **CONSENT)
        assert DENIED == refusal(caught)
        assert "no bucket policy allows s3:GetObject" in str(s3.calls[-1].reason)

    @pytest.mark.parametrize("consent", [{}, CONSENT])
    def test_nobody_in_particular_cannot_pay(self, s3: FakeS3, payable, consent: dict[str, str]) -> None:
        everybody = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::pictures/*",
                }
            ],
        }
        payable.delete_public_access_block(Bucket="pictures")
        payable.put_bucket_policy(Bucket="pictures", Policy=json.dumps(everybody))
        anonymous = s3.client(config=Config(signature_version=UNSIGNED))
        with pytest.raises(ClientError) as caught:
            anonymous.get_object(Bucket="pictures", Key="cat", **consent)
        assert DENIED == refusal(caught)

    def test_operations_that_cannot_be_told_consent(self, theirs) -> None:
        with pytest.raises(ClientError) as caught:
            theirs.get_bucket_versioning(Bucket="pictures")
        assert DENIED == refusal(caught)

    def test_parts(self, theirs) -> None:
        upload = theirs.create_multipart_upload(Bucket="pictures", Key="big", **CONSENT)
        where = {"Bucket": "pictures", "Key": "big", "UploadId": upload["UploadId"]}
        with pytest.raises(ClientError) as caught:
            theirs.upload_part(**where, PartNumber=1, Body=b"part")
        assert DENIED == refusal(caught)
        part = theirs.upload_part(**where, PartNumber=1, Body=b"part", **CONSENT)
        assert CHARGED == charged(part)
        copied = theirs.upload_part_copy(**where, PartNumber=2, CopySource="pictures/cat", **CONSENT)
        assert CHARGED == charged(copied)
        assert CHARGED == charged(theirs.list_parts(**where, **CONSENT))
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        assert CHARGED == charged(theirs.complete_multipart_upload(**where, MultipartUpload=parts, **CONSENT))


class TestCopies:
    """The requester pays for a copy if its source or its destination says so."""

    @pytest.mark.parametrize("operation", ["copy_object", "upload_part_copy"])
    def test_source(self, theirs, operation: str) -> None:
        options: dict[str, Any] = {"Bucket": "copies", "Key": "cat", "CopySource": "pictures/cat"}
        if operation == "upload_part_copy":
            upload = theirs.create_multipart_upload(Bucket="copies", Key="cat")
            options |= {"UploadId": upload["UploadId"], "PartNumber": 1}
        with pytest.raises(ClientError) as caught:
            getattr(theirs, operation)(**options)
        assert DENIED == refusal(caught)
        assert CHARGED == charged(getattr(theirs, operation)(**options, **CONSENT))

    def test_owners_are_told_apart(self, s3: FakeS3, theirs) -> None:
        """Who is expected to own the destination is not expected to own the source."""
        options: dict[str, Any] = {"Bucket": "copies", "Key": "cat", "CopySource": "pictures/cat", **CONSENT}
        theirs.copy_object(**options, ExpectedBucketOwner=OTHER, ExpectedSourceBucketOwner=s3.account_id)
        theirs.copy_object(**options, ExpectedBucketOwner=OTHER)
        with pytest.raises(ClientError) as caught:
            theirs.copy_object(**options, ExpectedSourceBucketOwner=OTHER)
        assert DENIED == refusal(caught)


def ask(s3: FakeS3, method: str, body: bytes, headers: dict[str, str]) -> Answer:
    """A request to the bucket's request payment as the owner's, with these headers and no others."""
    return Ask(s3.service)(method, "/pictures?requestPayment", {"content-length": str(len(body)), **headers}, body)


class TestPresignedUrls:
    """A presigned URL consents by a parameter, `x-amz-request-payer=requester`."""

    def url(self, s3: FakeS3, **parameters: str) -> str:
        """A URL that was signed with these parameters in its query."""

        def add(request: Any, **_: Any) -> None:
            request.params = {**(request.params or {}), **parameters}

        client = s3.account(OTHER).client(config=Config(signature_version="s3v4"))
        client.meta.events.register("before-sign.s3.GetObject", add)
        url: str = client.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "cat"})
        return url

    def got(self, s3: FakeS3, url: str) -> Answer:
        parts = urlsplit(url)
        return Ask(s3.service)("GET", f"{parts.path}?{parts.query}", host=parts.netloc, signed=False)

    def test_with_consent(self, s3: FakeS3, theirs) -> None:
        answer = self.got(s3, self.url(s3, **{"x-amz-request-payer": "requester"}))
        assert (200, b"meow") == (answer.status, bytes(answer.body))
        assert "requester" == answer.headers["x-amz-request-charged"]

    def test_without_consent(self, s3: FakeS3, theirs) -> None:
        answer = self.got(s3, self.url(s3))
        assert (403, "AccessDenied") == (answer.status, s3.calls[-1].error)


class TestForms:
    """A browser's form consents by a field."""

    def posted(self, s3: FakeS3, theirs: Any, **fields: str) -> Answer:
        form = theirs.generate_presigned_post("pictures", "new", Fields=fields, Conditions=[fields] if fields else [])
        parts = urlsplit(form["url"])
        lines = []
        for name, value in {**form["fields"], "file": "purr"}.items():
            lines += ["--limit", f'Content-Disposition: form-data; name="{name}"', "", value]
        body = "\r\n".join([*lines, "--limit--", ""]).encode()
        headers = {"content-type": "multipart/form-data; boundary=limit"}
        return Ask(s3.service)("POST", parts.path or "/", headers, body, host=parts.netloc, signed=False)

    def test_with_consent(self, s3: FakeS3, theirs) -> None:
        answer = self.posted(s3, theirs, **{"x-amz-request-payer": "requester"})
        assert (204, "requester") == (answer.status, answer.headers["x-amz-request-charged"])
        assert "purr" == s3["pictures"]["new"].text

    def test_without_consent(self, s3: FakeS3, theirs) -> None:
        answer = self.posted(s3, theirs)
        assert (403, "AccessDenied") == (answer.status, s3.calls[-1].error)
        assert "new" not in s3["pictures"]
