"""Tags of buckets: a set that is put, read and deleted whole, or given to a bucket as it is created.

S3: API/API_PutBucketTagging.html, API/API_CreateBucket.html, userguide/CostAllocTagging.html
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3

from ..ask import Ask
from .conftest import Refused
from .test_needed_permissions import allow, policy

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
RESERVED = (
    'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from your '
    "tag keys and try again."
)
BAD_VALUE = ("InvalidTag", "The TagValue you have provided is invalid")
BAD_KEY = ("InvalidTag", "The TagKey you have provided is invalid")
NAMESPACED = "pictures-123456789012-us-east-1-an"


def tags(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def put(client: Any, *pairs: tuple[str, str], bucket: str = "never") -> Any:
    return client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(*pairs)})


def create(client: Any, *pairs: tuple[str, str], name: str = "made", **options: Any) -> Any:
    return client.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": tags(*pairs)}, **options)


def status(answer: Any) -> int:
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def put_text(ask: Ask, text: str) -> Any:
    digest = b64encode(md5(text.encode(), usedforsecurity=False).digest()).decode()
    return ask("PUT", "/never?tagging", {"Content-MD5": digest}, text.encode())


class TestTagSet:
    """PutBucketTagging replaces all tags of a bucket. A bucket without tags has no tag set."""

    # recorded: TestS3BucketObjectTagging::test_put_bucket_tagging_none_value
    def test_an_empty_set_is_none(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        assert 204 == status(put(s3_client, ("a", "1")))
        assert 204 == status(put(s3_client))
        with refused("NoSuchTagSet", 404, "The TagSet does not exist", BucketName=bucket):
            s3_client.get_bucket_tagging(Bucket=bucket)

    # recorded: TestS3BucketObjectTagging::test_put_bucket_tagging_none_value
    def test_a_document_without_a_set_is_an_empty_one(self, ask: Ask, s3: FakeS3, bucket: str) -> None:
        put(s3.client(), ("a", "1"))
        assert 204 == put_text(ask, "<Tagging></Tagging>").status
        assert "NoSuchTagSet" == ask("GET", "/never?tagging").refusal.code

    def test_a_set_replaces_the_one_before(self, s3_client: Any, bucket: str) -> None:
        put(s3_client, ("b", "1"), ("a", "2"))
        put(s3_client, ("c", "x y"), ("a", ""))
        assert tags(("c", "x y"), ("a", "")) == s3_client.get_bucket_tagging(Bucket=bucket)["TagSet"]

    def test_deleted(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        put(s3_client, ("a", "1"))
        for _ in range(2):
            assert 204 == status(s3_client.delete_bucket_tagging(Bucket=bucket))
        with refused("NoSuchTagSet", 404, BucketName=bucket):
            s3_client.get_bucket_tagging(Bucket=bucket)

    def test_not_without_a_checksum(self, ask: Ask, bucket: str) -> None:
        message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        answer = ask("PUT", "/never?tagging", {}, b"<Tagging><TagSet/></Tagging>")
        assert (400, "InvalidRequest", message, {}) == answer.refusal

    # recorded: TestS3BucketObjectTagging::test_bucket_tagging_exc
    def test_no_such_bucket(self, s3_client: Any, refused: Refused) -> None:
        calls: dict[str, dict[str, Any]] = {
            "get_bucket_tagging": {},
            "delete_bucket_tagging": {},
            "put_bucket_tagging": {"Tagging": {"TagSet": []}},
        }
        for call, more in calls.items():
            with refused("NoSuchBucket", 404, "The specified bucket does not exist", BucketName="nowhere"):
                getattr(s3_client, call)(Bucket="nowhere", **more)


class TestWrongTags:
    """A set with one wrong tag is refused whole."""

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    def test_refused(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        put(s3_client, ("a", "1"))
        with refused("InvalidTag", 400, "Cannot provide multiple Tags with the same key", TagKey="Key1"):
            put(s3_client, ("Key1", "Val1"), ("Key1", "Val1"))
        with refused(BAD_KEY[0], 400, BAD_KEY[1], TagKey="Key1,Key2"):
            put(s3_client, ("Key1,Key2", "Val1"))
        with refused(BAD_VALUE[0], 400, BAD_VALUE[1], TagKey="Key1", TagValue="Val1,Val2"):
            put(s3_client, ("Key1", "Val1,Val2"))
        with refused("InvalidTag", 400, "System tags cannot be added/updated by requester", TagKey="aws:prefixed"):
            put(s3_client, ("aws:prefixed", "Val1"))
        assert tags(("a", "1")) == s3_client.get_bucket_tagging(Bucket=bucket)["TagSet"]

    # recorded: TestS3BucketObjectTagging::test_tagging_validation
    @pytest.mark.parametrize("tag", ["<Value>v</Value>", "<Key>k</Key>", ""])
    def test_without_a_key_or_a_value(self, ask: Ask, bucket: str, tag: str) -> None:
        answer = put_text(ask, f"<Tagging><TagSet><Tag>{tag}</Tag></TagSet></Tagging>")
        assert (400, "MalformedXML", MALFORMED, {}) == answer.refusal

    def test_at_most_fifty(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        put(s3_client, *((str(number), "x") for number in range(50)))
        with refused("BadRequest", 400, "Bucket tag count cannot be greater than 50"):
            put(s3_client, *((str(number), "x") for number in range(51)))


class TestCreatedWithTags:
    """CreateBucket takes tags in its document."""

    # recorded: TestS3BucketObjectTagging::test_create_bucket_with_tags_us_east_1_idempotency
    def test_created_again(self, s3_client: Any, refused: Refused) -> None:
        answer = create(s3_client, ("tag1", "value1"))
        assert (200, "/made", "arn:aws:s3:::made") == (status(answer), answer["Location"], answer["BucketArn"])
        kept = tags(("tag1", "value1"))
        assert kept == s3_client.get_bucket_tagging(Bucket="made")["TagSet"]
        message = "Your previous request to create the named bucket succeeded and you already own it."
        for pairs in ([("tag1", "value2")], [("tag1", "value1")]):
            with refused("BucketAlreadyOwnedByYou", 409, message, BucketName="made"):
                create(s3_client, *pairs)
        for answer in (s3_client.create_bucket(Bucket="made"), create(s3_client)):
            assert (200, "/made", "arn:aws:s3:::made") == (status(answer), answer["Location"], answer["BucketArn"])
        assert kept == s3_client.get_bucket_tagging(Bucket="made")["TagSet"]

    # recorded: TestS3BucketObjectTagging::test_create_bucket_with_empty_tags
    def test_with_an_empty_set(self, s3_client: Any, ask: Ask, refused: Refused) -> None:
        answer = create(s3_client)
        assert (200, "/made", "arn:aws:s3:::made") == (status(answer), answer["Location"], answer["BucketArn"])
        with refused("NoSuchTagSet", 404, "The TagSet does not exist", BucketName="made"):
            s3_client.get_bucket_tagging(Bucket="made")
        assert 200 == ask("PUT", "/none", {}, b"<CreateBucketConfiguration/>").status

    # recorded: TestS3BucketObjectTagging::test_create_bucket_with_tags_exc
    def test_with_wrong_ones(self, s3_client: Any, refused: Refused) -> None:
        with refused("InvalidTag", 400, RESERVED):
            create(s3_client, ("aws:key", "value"))
        with refused(BAD_VALUE[0], 400, BAD_VALUE[1], TagKey="test", TagValue="value1,value2"):
            create(s3_client, ("test", "value1,value2"))
        with refused(BAD_KEY[0], 400, BAD_KEY[1], TagKey="test,test2"):
            create(s3_client, ("test,test2", "value"))

    # recorded: TestS3BucketObjectTagging::test_create_bucket_with_tags_exc
    def test_with_a_key_that_comes_twice(self, s3: FakeS3, ask: Ask) -> None:
        tag = "<Tag><Key>k</Key><Value>v</Value></Tag>"
        body = f"<CreateBucketConfiguration><Tags>{tag}{tag}</Tags></CreateBucketConfiguration>"
        message = "We encountered an internal error. Please try again."
        assert (500, "InternalError", message, {}) == ask("PUT", "/made", {}, body.encode()).refusal
        assert "made" not in s3.buckets

    # recorded: TestS3BucketObjectTagging::test_create_bucket_with_tags_exc
    @pytest.mark.parametrize("tag", ["<Value>v</Value>", "<Key>k</Key>"])
    def test_without_a_key_or_a_value(self, ask: Ask, tag: str) -> None:
        body = f"<CreateBucketConfiguration><Tags><Tag>{tag}</Tag></Tags></CreateBucketConfiguration>"
        assert (400, "MalformedXML", MALFORMED, {}) == ask("PUT", "/made", {}, body.encode()).refusal


class TestRights:
    """Tags of a bucket need `s3:PutBucketTagging`, and at its creation `s3:TagResource`."""

    def test_to_create_one_with_tags(self, s3: FakeS3) -> None:
        create(s3.user("ada", policy=policy(allow("s3:CreateBucket", "s3:TagResource"))).client(), ("a", "1"))
        bob = s3.user("bob", policy=policy(allow("s3:CreateBucket"))).client()
        with pytest.raises(ClientError, match="not authorized to perform: s3:TagResource"):
            create(bob, ("a", "1"), name="other")
        create(bob, name="other")

    def test_only_with_such_tags(self, s3: FakeS3) -> None:
        """S3: service-authorization/latest/reference/list_amazons3.html, CreateBucket"""
        statement = allow(
            "s3:CreateBucket",
            "s3:TagResource",
            Condition={
                "StringEquals": {"aws:RequestTag/team": "red"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]},
            },
        )
        client = s3.user("ada", policy=policy(statement)).client()
        create(client, ("team", "red"), name="one")
        for number, pairs in enumerate(([("team", "blue")], [("team", "red"), ("x", "y")], [])):
            with pytest.raises(ClientError, match="AccessDenied"):
                create(client, *pairs, name=f"other-{number}")

    def test_to_delete_them(self, s3: FakeS3, bucket: str) -> None:
        client = s3.user("ada", policy=policy(allow("s3:PutBucketTagging"))).client()
        put(client, ("a", "1"))
        client.delete_bucket_tagging(Bucket=bucket)
        with pytest.raises(ClientError, match="s3:GetBucketTagging"):
            client.get_bucket_tagging(Bucket=bucket)


class TestNamespace:
    """An account has a namespace in each region, for names that end in its id and the region.

    S3: userguide/gpbucketnamespaces.html
    """

    def test_its_own_names(self, s3_client: Any) -> None:
        s3_client.create_bucket(Bucket=NAMESPACED, BucketNamespace="account-regional")
        assert [NAMESPACED] == [each["Name"] for each in s3_client.list_buckets()["Buckets"]]
        s3_client.create_bucket(Bucket="plain", BucketNamespace="global")

    # observed: ansible-collections/amazon.aws#2935
    def test_not_without_the_header(self, s3_client: Any, refused: Refused) -> None:
        message = (
            "The requested bucket is an account-regional namespace bucket, but your request is missing the required "
            "x-amz-bucket-namespace header."
        )
        with refused("MissingNamespaceHeader", 400, message, Header="x-amz-bucket-namespace"):
            s3_client.create_bucket(Bucket=NAMESPACED)

    # observed: getmoto/moto#9871
    @pytest.mark.parametrize(
        "name", ["plain", "x-210987654321-us-east-1-an", "x-123456789012-eu-west-1-an", NAMESPACED.removesuffix("-an")]
    )
    def test_no_other_names(self, s3_client: Any, refused: Refused, name: str) -> None:
        message = (
            "The requested bucket name did not include the account-regional namespace suffix, but the provided "
            "x-amz-bucket-namespace header value is account-regional. Specify -123456789012-us-east-1-an as the bucket "
            "name suffix to create a bucket in your account-regional namespace, or remove the header."
        )
        with refused("InvalidNamespaceHeader", 400, message):
            s3_client.create_bucket(Bucket=name, BucketNamespace="account-regional")

    def test_nor_in_the_global_one(self, s3_client: Any) -> None:
        with pytest.raises(ClientError, match="NotImplemented"):
            s3_client.create_bucket(Bucket=NAMESPACED, BucketNamespace="global")
        with pytest.raises(ClientError, match="InvalidArgument"):
            s3_client.create_bucket(Bucket="plain", BucketNamespace="mars")

    def test_a_policy_can_demand_it(self, s3: FakeS3) -> None:
        condition = {"StringEquals": {"s3:x-amz-bucket-namespace": "account-regional"}}
        client = s3.user("ada", policy=policy(allow("s3:CreateBucket", Condition=condition))).client()
        with pytest.raises(ClientError, match="AccessDenied"):
            client.create_bucket(Bucket="plain")
        client.create_bucket(Bucket=NAMESPACED, BucketNamespace="account-regional")
