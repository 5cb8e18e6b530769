"""The refusals that turn suites red which were green on moto: each says what to do, in its last sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import example, given
from hypothesis import strategies as st

from fakes3 import FakeS3, UnmockedRequest, current, mock_s3
from fakes3.model.names import check_bucket_name, fit_bucket_name

Does = Callable[[Any], Any]

WHERE: dict[str, Any] = {"Bucket": "bucket", "Key": "Reports/May"}
EVERYBODY: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}


def create(name: str, **more: Any) -> Does:
    return lambda client: client.create_bucket(Bucket=name, **more)


def get(key: str) -> Does:
    return lambda client: client.get_object(Bucket="bucket", Key=key)


def put(**members: Any) -> Does:
    return lambda client: client.put_object(**{**WHERE, "Body": b"x", **members})


def allow(**statement: Any) -> Does:
    policy = {"Version": "2012-10-17", "Statement": {**EVERYBODY, "Resource": "arn:aws:s3:::bucket/*", **statement}}
    return lambda client: client.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))


def rule(**members: Any) -> Does:
    rules = [{"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, **members}]
    return lambda client: client.put_bucket_lifecycle_configuration(
        Bucket="bucket", LifecycleConfiguration={"Rules": rules}
    )


def in_eu(does: Does) -> Does:
    return lambda client: does(boto3.client("s3", region_name="eu-west-1"))


def unsigned(does: Does) -> Does:
    config = Config(signature_version=UNSIGNED)
    return lambda client: does(boto3.client("s3", config=config))


def complete_small_parts(client: Any) -> None:
    where = {**WHERE, "UploadId": client.create_multipart_upload(**WHERE)["UploadId"]}
    tags = [client.upload_part(**where, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)]
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    client.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})


PRINCIPALS = 'Name principals like "*" or {"AWS": "arn:aws:iam::111122223333:root"}.'
RESOURCES = 'Name the bucket itself, "arn:aws:s3:::bucket", or what is in it, "arn:aws:s3:::bucket/*".'
REGION = 'Leave CreateBucketConfiguration out, or pass {"LocationConstraint": "eu-west-1"} or the like.'
DIGEST = "Compute the digest of exactly the bytes that are sent, or leave it out."
BUCKET_ONLY = (
    'Give actions on objects "arn:aws:s3:::bucket/*" and actions on buckets "arn:aws:s3:::bucket" for a resource.'
)

REFUSALS: dict[str, tuple[Does, str, str]] = {
    # what is done, the code, how the reason ends
    "a name with an underscore": (create("test_bucket"), "InvalidBucketName", 'Choose one like "test-bucket".'),
    "a name with capitals": (create("Bucket_2"), "InvalidBucketName", 'Choose one like "bucket-2".'),
    "a short name": (create("b"), "InvalidBucketName", 'Choose one like "b-bucket".'),
    "a long name": (create("b" * 64), "InvalidBucketName", f'Choose one like "{"b" * 63}".'),
    "a name with two dots": (create("a..b"), "InvalidBucketName", 'Choose one like "a.b".'),
    "a name that ends with a dot": (create("abc."), "InvalidBucketName", 'Choose one like "abc".'),
    "a name like an address": (create("10.0.0.1"), "InvalidBucketName", 'Choose one like "10-0-0-1".'),
    "a reserved name": (create("sthree-abc"), "InvalidBucketName", 'Choose one like "abc".'),
    "an ACL of an object": (
        put(ACL="public-read"),
        "AccessControlListNotSupported",
        'Code that lives with buckets from before April 2023: mock_s3(bucket_defaults="2022").',
    ),
    "a public ACL of a new bucket": (
        create("public", ACL="public-read"),
        "InvalidBucketAclWithObjectOwnership",
        'Code that lives with buckets from before April 2023: mock_s3(bucket_defaults="2022").',
    ),
    "a public policy": (
        allow(),
        "AccessDenied",
        "Name the accounts that should have access, or switch it off with PutPublicAccessBlock.",
    ),
    "nobody in particular": (
        unsigned(get("Reports/May")),
        "AccessDenied",
        "Sign the request, presign the URL, or allow it to everybody in the bucket's policy.",
    ),
    "nobody's list of buckets": (
        unsigned(lambda client: client.list_buckets()),
        "AccessDenied",
        "Sign the request.",
    ),
    "small parts": (
        complete_small_parts,
        "EntityTooSmall",
        "Upload larger parts, or let a test have small ones: mock_s3(min_part_size=1).",
    ),
    "a location of another endpoint": (
        in_eu(create("mine")),
        "IllegalLocationConstraintException",
        'Pass CreateBucketConfiguration={"LocationConstraint": "eu-west-1"} (the member LocationConstraint), or make '
        "the client with the region that is wanted, such as us-east-1.",
    ),
    "us-east-1 as a location": (
        create("mine", CreateBucketConfiguration={"LocationConstraint": "us-east-1"}),
        "InvalidLocationConstraint",
        REGION,
    ),
    "a KMS key that has no such id": (
        put(ServerSideEncryption="aws:kms", SSEKMSKeyId="my-key"),
        "KMS.NotFoundException",
        "Pass one like 1234abcd-12ab-34cd-56ef-1234567890ab, the ARN of the key, or an alias like alias/mine.",
    ),
    "a KMS key of another region": (
        put(ServerSideEncryption="aws:kms", SSEKMSKeyId="arn:aws:kms:eu-west-1:123456789012:alias/mine"),
        "KMS.NotFoundException",
        "Use a key of us-east-1.",
    ),
    "a policy that begins with a new line": (
        lambda client: client.put_bucket_policy(Bucket="bucket", Policy="\n{}"),
        "MalformedPolicy",
        "Pass json.dumps(policy).",
    ),
    "a policy that is no JSON": (
        lambda client: client.put_bucket_policy(Bucket="bucket", Policy="{'Version': 1}"),
        "MalformedPolicy",
        "Write it as json.dumps does.",
    ),
    "a principal that cannot be": (allow(Principal={"AWS": "me"}), "MalformedPolicy", PRINCIPALS),
    "a principal that is a text": (allow(Principal="me"), "MalformedPolicy", PRINCIPALS),
    "a resource of no bucket": (allow(Resource="*"), "MalformedPolicy", RESOURCES),
    "a resource of another bucket": (allow(Resource="arn:aws:s3:::other/*"), "MalformedPolicy", RESOURCES),
    "an action without its resource": (allow(Action="s3:ListBucket"), "MalformedPolicy", BUCKET_ONLY),
    "a condition of other actions": (
        allow(Condition={"StringEquals": {"s3:prefix": "a"}}),
        "MalformedPolicy",
        "Take s3:prefix to a statement of actions that have it.",
    ),
    "an address that is none": (
        allow(Condition={"IpAddress": {"aws:SourceIp": "home"}}),
        "MalformedPolicy",
        "Write addresses as 203.0.113.0/24.",
    ),
    "a rule without an action": (
        rule(),
        "InvalidRequest",
        "Give it Expiration, Transitions, NoncurrentVersionExpiration, NoncurrentVersionTransitions or "
        "AbortIncompleteMultipartUpload.",
    ),
    "a document that does not fit": (
        rule(Status="On", Expiration={"Days": 1}),
        "MalformedXML",
        "Compare it with its page, API/API_PutBucketLifecycleConfiguration.html.",
    ),
    "a rule that ends at noon": (
        rule(Expiration={"Date": "2030-01-02T12:00:00Z"}),
        "InvalidArgument",
        "Say 2030-01-02T00:00:00Z.",
    ),
    "a queue without its ARN": (
        lambda client: client.put_bucket_notification_configuration(
            Bucket="bucket",
            NotificationConfiguration={"QueueConfigurations": [{"QueueArn": "q", "Events": ["s3:ObjectCreated:*"]}]},
        ),
        "InvalidArgument",
        "Pass the ARN that its service shows.",
    ),
    "an inventory into a bucket without its ARN": (
        lambda client: client.put_bucket_inventory_configuration(
            Bucket="bucket",
            Id="i",
            InventoryConfiguration={
                "Id": "i",
                "IsEnabled": True,
                "Destination": {"S3BucketDestination": {"Bucket": "bucket", "Format": "CSV"}},
                "IncludedObjectVersions": "All",
                "Schedule": {"Frequency": "Daily"},
            },
        ),
        "InvalidS3DestinationBucket",
        "Pass it like arn:aws:s3:::reports.",
    ),
    "a version that is none": (
        lambda client: client.get_object(**WHERE, VersionId="1"),
        "InvalidArgument",
        "Pass the VersionId of one of its answers.",
    ),
    "a bucket that is not empty": (
        lambda client: client.delete_bucket(Bucket="bucket"),
        "BucketNotEmpty",
        "Delete what list_object_versions shows, each with its VersionId.",
    ),
    "an operation of S3 Control": (
        lambda _: boto3.client("s3control").list_jobs(AccountId="123456789012"),
        "NotImplemented",
        "Leave the call out, or answer it with a stub of your client, such as botocore's Stubber.",
    ),
    "a grantee who cannot be": (
        put(GrantRead="id=me"),
        "InvalidArgument",
        'Name one that exists, such as s3.account("111122223333").canonical_id or the Owner of GetBucketAcl.',
    ),
    "a long key": (put(Key="k" * 1025), "KeyTooLongError", "Shorten it."),
    "a key above its bucket": (put(Key="a/../../b"), "400", 'Write it without "." and "..".'),
    "a key in capitals": (get("REPORTS/MAY"), "NoSuchKey", 'Ask for "Reports/May".'),
    "a key with a slash in front": (get("/Reports/May"), "NoSuchKey", 'Ask for "Reports/May".'),
    "a key with a slash behind": (get("Reports/May/"), "NoSuchKey", 'Ask for "Reports/May".'),
    "a key that is encoded": (get("Reports%2FMay"), "NoSuchKey", 'Ask for "Reports/May".'),
    "another MD5": (put(ContentMD5="AAAAAAAAAAAAAAAAAAAAAA=="), "BadDigest", DIGEST),
    "another checksum": (put(ChecksumCRC32="AAAAAA=="), "BadDigest", DIGEST),
    "an MD5 that is none": (
        put(ContentMD5="abc"),
        "InvalidDigest",
        "Send b64encode(md5(body).digest()), or leave it out.",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
@pytest.mark.parametrize("direct", [False, True])
def test_a_refusal_ends_with_what_to_do(what: str, direct: bool) -> None:
    does, code, remedy = REFUSALS[what]
    with mock_s3(direct=direct) as s3:
        s3.create_bucket("bucket", objects={"Reports/May": "x"})
        with pytest.raises(ClientError) as caught:
            does(boto3.client("s3"))
        assert code == caught.value.response["Error"]["Code"]
        (note,) = caught.value.__notes__
    assert remedy == note.removeprefix("fakes3: ")[-len(remedy) :], note


class TestNestedMocks:
    """What a mock around has, or one within that has ended, is not there, and the refusal says why."""

    REASON = (
        "another mock, around this one or within it, has a bucket outer, and each mock has a fake of its own. Leave "
        'the inner mock out, enter the same fake by mock_s3(fake=...), or share it: mock_s3(nested="share").'
    )

    def reason(self, s3: FakeS3) -> str | None:
        with pytest.raises(ClientError, match="NoSuchBucket"):
            boto3.client("s3").get_object(Bucket="outer", Key="key")
        return s3.calls[-1].reason

    def test_of_the_nearest_and_of_those_around_it(self):
        with mock_s3() as outer:
            outer.create_bucket("outer")
            with mock_s3() as inner:
                assert self.reason(inner) == self.REASON
                with mock_s3() as innermost:
                    assert self.reason(innermost) == self.REASON
                with mock_s3(nested="share"):
                    assert self.reason(inner) == self.REASON

    def test_of_one_within_that_has_ended(self):
        """As where `setUp` starts a mock, and a decorated helper puts what the test then asks for."""
        with mock_s3() as outer:
            with mock_s3() as inner:
                inner.create_bucket("outer")
            assert self.reason(outer) == self.REASON
            with mock_s3():
                pass
            assert self.reason(outer) is None  # only the last one is remembered

    def test_of_a_key(self):
        reason = self.REASON.replace("a bucket outer", 'the key "key"')
        with mock_s3() as outer:
            outer.create_bucket("outer")
            with mock_s3() as inner:
                inner.create_bucket("outer", objects={"key": "x"})
            for ask in ("get_object", "head_object"):
                with pytest.raises(ClientError, match=r"404|NoSuchKey"):
                    getattr(boto3.client("s3"), ask)(Bucket="outer", Key="key")
                assert reason == outer.calls[-1].reason
            with pytest.raises(ClientError, match="NoSuchKey"):
                boto3.client("s3").get_object(Bucket="outer", Key="other")
            assert outer.calls[-1].reason is None

    def test_not_of_one_that_shares_or_was_given(self):
        given_fake = FakeS3()
        given_fake.create_bucket("outer")
        with mock_s3() as outer:
            with mock_s3(fake=given_fake):
                pass
            with mock_s3(nested="share"):
                pass
            assert self.reason(outer) is None

    def test_not_where_nobody_has_it(self):
        with mock_s3() as outer:
            outer.create_bucket("another")
            with mock_s3() as inner:
                assert self.reason(inner) is None

    def test_not_where_the_fake_is_the_other_or_was_given(self):
        with mock_s3() as outer:
            outer.create_bucket("outer")
            with mock_s3(fake=FakeS3()) as given_fake:
                assert self.reason(given_fake) is None

    def test_not_in_the_fork_of_a_class(self):
        @mock_s3
        class TestIt:
            @classmethod
            def setup_class(cls) -> None:
                boto3.client("s3").create_bucket(Bucket="outer")

            def test_it(self, reason: Callable[[], str | None]) -> str | None:
                boto3.client("s3").delete_bucket(Bucket="outer")
                return reason()

        TestIt.setup_class()
        assert TestIt().test_it(lambda: self.reason(current())) is None
        TestIt.teardown_class()  # type: ignore[attr-defined]


class TestHiddenKeys:
    """Where something of a key is there, the refusal and the KeyError of a view say what."""

    def test_a_delete_marker(self, s3_client, s3):
        bucket = s3.create_bucket("reports", versioning=True, objects={"may": "all is well"})
        marker = s3_client.delete_object(Bucket="reports", Key="may")["VersionId"]
        with pytest.raises(ClientError, match="NoSuchKey"):
            s3_client.get_object(Bucket="reports", Key="may")
        reason = (
            f'a delete marker, {marker}, hides the key "may", which keeps its older versions. Name one of them as '
            "VersionId, or delete the marker by its own."
        )
        assert reason == s3.calls[-1].reason
        with pytest.raises(KeyError, match="may") as missing:
            bucket["may"]
        assert [f"fakes3: {reason}"] == missing.value.__notes__

    def test_an_upload_in_progress(self, s3_client, s3):
        bucket = s3.create_bucket("reports")
        s3_client.create_multipart_upload(Bucket="reports", Key="may")
        with pytest.raises(KeyError) as missing:
            bucket["may"]
        assert [
            'fakes3: a multipart upload of "may" is in progress. Complete it: only then is there an object.'
        ] == missing.value.__notes__
        with pytest.raises(KeyError) as missing:
            bucket["ma"]
        assert not hasattr(missing.value, "__notes__")


class TestMissingKeys:
    """Where nothing is nearly the same, nothing is said."""

    def test_of_no_likeness(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("bucket", objects={"a": ""})
        for key in ("b", "%41x"):
            with pytest.raises(ClientError):
                s3_client.get_object(Bucket="bucket", Key=key)
            assert s3.calls[-1].reason is None

    def test_of_the_source_of_a_copy(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("bucket", objects={"a": ""})
        with pytest.raises(ClientError, match="NoSuchKey"):
            s3_client.copy_object(Bucket="bucket", Key="b", CopySource="bucket/A")
        assert s3.calls[-1].reason is None

    def test_among_many_keys_the_case_is_not_searched(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("bucket", objects={f"{number}": "" for number in range(101)} | {"a": ""})
        for key, is_found in (("A", False), ("/a", True)):
            with pytest.raises(ClientError):
                s3_client.get_object(Bucket="bucket", Key=key)
            assert is_found is (s3.calls[-1].reason is not None)


class TestBucketNames:
    @given(st.text(max_size=70))
    @example("xn--sthree-")
    @example("xn---an")
    @example("sthree-xn--abc")
    @example("a.b--x-s3")
    def test_the_name_that_is_proposed_can_be_had(self, name: str) -> None:
        check_bucket_name(fit_bucket_name(name))


def test_another_service_is_for_moto_first_and_let_out_last() -> None:
    with mock_s3(), pytest.raises(UnmockedRequest) as caught:
        requests.get("https://sqs.us-east-1.amazonaws.com/")
    text = str(caught.value)
    assert text.index("mock_aws") < text.index("passthrough=")
    assert text.endswith('To let it out, pass mock_s3(passthrough=["sqs.us-east-1.amazonaws.com"]).')
