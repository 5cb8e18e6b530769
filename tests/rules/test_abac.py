"""ABAC of buckets: once it is enabled, policies see the bucket's tags, and only those may change them who may tag.

S3: userguide/buckets-tagging.html, userguide/buckets-tagging-enable-abac.html
observed: radkawar/stackd, testdata/aws/s3/abac_authorization_replay.json and abac_controls_replay.json
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.testing.identities import Identity

from .conftest import Refused

ACCOUNT = "123456789012"
ARN = "arn:aws:s3:::never"
HERE: dict[str, Any] = {"AccountId": ACCOUNT, "ResourceArn": ARN}
INVALID = (
    "This request contains a tag key or value that isn't valid. Valid characters include the following: "
    "[a-zA-Z+-=._:/]. Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters."
)


@cache
def control_client(region: str = "us-east-1") -> Any:
    """One client of S3 Control for all tests, of the root user: it meets the fake that is active."""
    return boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=region).client("s3control")


@pytest.fixture
def control(s3: FakeS3) -> Any:
    return control_client()


def control_of(who: Identity) -> Any:
    return boto3.client("s3control", region_name="us-east-1", **who.credentials)


def tags(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def allowing(*actions: str, **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions) or "s3:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": statement | ({"Condition": condition} if condition else {})}


def enable(client: Any, status: str = "Enabled", bucket: str = "never") -> None:
    client.put_bucket_abac(Bucket=bucket, AbacStatus={"Status": status})


def is_allowed(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


class TestTagsOfAResource:
    """TagResource adds to the tags of a bucket, whether or not ABAC is enabled; PutBucketTagging replaces them."""

    @pytest.mark.parametrize("status", ["Disabled", "Enabled"])
    def test_they_are_the_tags_of_the_bucket(self, control: Any, s3_client: Any, bucket: str, status: str) -> None:
        s3_client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(("zeta", "last"), ("alpha", "first"))})
        enable(s3_client, status)
        control.tag_resource(**HERE, Tags=tags(("alpha", "updated"), ("new", "")))
        expected = tags(("zeta", "last"), ("alpha", "updated"), ("new", ""))
        assert expected == control.list_tags_for_resource(**HERE)["Tags"]
        assert expected == s3_client.get_bucket_tagging(Bucket=bucket)["TagSet"]

    def test_of_a_bucket_without_any(self, control: Any, bucket: str) -> None:
        assert [] == control.list_tags_for_resource(**HERE)["Tags"]

    def test_those_of_creation(self, control: Any, s3_client: Any) -> None:
        s3_client.create_bucket(Bucket="never", CreateBucketConfiguration={"Tags": tags(("a", "b"))})
        assert tags(("a", "b")) == control.list_tags_for_resource(**HERE)["Tags"]

    def test_untag(self, control: Any, s3_client: Any, bucket: str, refused: Refused) -> None:
        control.tag_resource(**HERE, Tags=tags(("a", "1"), ("b", "2")))
        answer = control.untag_resource(**HERE, TagKeys=["a", "absent"])
        assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        assert tags(("b", "2")) == control.list_tags_for_resource(**HERE)["Tags"]
        control.untag_resource(**HERE, TagKeys=["b"])
        with refused("NoSuchTagSet", 404, BucketName=bucket):
            s3_client.get_bucket_tagging(Bucket=bucket)

    def test_untag_what_it_has_not(self, control: Any, s3: FakeS3, bucket: str) -> None:
        before = s3.service.world
        control.untag_resource(**HERE, TagKeys=["never-here"])
        control.untag_resource(**HERE, TagKeys=["not!a!key"])  # judged only where there are tags
        assert before is s3.service.world

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ([], "At least one tag is required."),
            (tags(("bad!", "v")), INVALID),
            (tags(("k" * 129, "v")), INVALID),
            (tags(("k", "bad!")), INVALID),
            (tags(("k", "v" * 257)), INVALID),
            (
                tags(("sentinel", "v"), ("dupe", "a"), ("dupe", "b")),
                "There are duplicate tag keys in your request. Remove the duplicate tag keys and try again.",
            ),
            (
                tags(("aws:owned", "v")),
                'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove '
                '"aws:" from your tag keys and try again.',
            ),
        ],
    )
    def test_tags_that_are_none(
        self, control: Any, bucket: str, refused: Refused, given: list[dict[str, str]], text: str
    ) -> None:
        with refused("InvalidTag", 400, text):
            control.tag_resource(**HERE, Tags=given)

    @pytest.mark.parametrize(("keys", "text"), [([], "At least one tag is required."), (["bad!"], INVALID)])
    def test_keys_that_are_none(self, control: Any, bucket: str, refused: Refused, keys: list[str], text: str) -> None:
        control.tag_resource(**HERE, Tags=tags(("a", "1")))
        with refused("InvalidTag", 400, text):
            control.untag_resource(**HERE, TagKeys=keys)

    # observed: radkawar/stackd, testdata/aws/s3/abac_tag_transitions_replay.json (bucket-untag-duplicate-absent)
    def test_a_key_twice_makes_s3_fail(self, s3: FakeS3, bucket: str, refused: Refused) -> None:
        once = boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name="us-east-1").client("s3control")
        once.meta.events.register("needs-retry", lambda **_: None)
        with refused("InternalError", 500):
            once.untag_resource(**HERE, TagKeys=["keep", "missing", "missing"])

    def test_fifty(self, control: Any, s3_client: Any, bucket: str, refused: Refused) -> None:
        s3_client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(*((f"k{n}", "v") for n in range(49)))})
        control.tag_resource(**HERE, Tags=tags(("fiftieth", "50")))
        with refused("TooManyTags", 400, "The number of tags exceeds the limit of 50 tags."):
            control.tag_resource(**HERE, Tags=tags(("over", "51")))
        with refused("TooManyTags", 400):
            control.tag_resource(**HERE, Tags=tags(*((f"q{n}", "v") for n in range(51))))
        control.tag_resource(**HERE, Tags=tags(("k0", "updated")))


class TestWhichResource:
    """The ARN is that of a bucket of the account, in the region that is called."""

    def test_no_such_bucket(self, control: Any, refused: Refused) -> None:
        with refused("NoSuchResource", 404, "The specified resource doesn't exist."):
            control.list_tags_for_resource(**HERE)

    def test_of_another_region(self, s3: FakeS3, bucket: str, refused: Refused) -> None:
        with refused("InvalidRequest", 400, "Try the request again using the bucket's region: us-east-1."):
            control_client("us-west-2").list_tags_for_resource(**HERE)

    def test_of_another_account(self, control: Any, bucket: str, refused: Refused) -> None:
        text = (
            "The specified AWS account ID does not own this S3 general purpose bucket. Use the account ID of the S3 "
            "bucket owner, then try again."
        )
        with refused("InvalidRequest", 400, text):
            control.list_tags_for_resource(AccountId="111122223333", ResourceArn=ARN)

    def test_of_another_partition(self, control: Any, bucket: str, refused: Refused) -> None:
        with refused("InvalidRequest", 400, "The AWS partition in the resourceArn is invalid."):
            control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn="arn:aws-cn:s3:::never")

    def test_no_account(self, control: Any, bucket: str, refused: Refused) -> None:
        with refused("AccessDenied", 403, AccountId="invalid"):
            control.list_tags_for_resource(AccountId="invalid", ResourceArn=ARN)

    @pytest.mark.parametrize(
        "arn",
        [
            f"arn:aws:s3:us-east-1:{ACCOUNT}:bucket/never",
            f"arn:aws:s3::{ACCOUNT}:never",
            "arn:aws:s3:::never/key",
            "not-an-arn",
        ],
    )
    def test_no_bucket(self, control: Any, bucket: str, refused: Refused, arn: str) -> None:
        with refused("InvalidURI", 400, URI=f"tags/{arn}"):
            control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)

    @pytest.mark.parametrize(
        "arn",
        [f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/a", f"arn:aws:s3:us-east-1:{ACCOUNT}:storage-lens-group/g"],
    )
    def test_what_is_not_modelled(self, control: Any, refused: Refused, arn: str) -> None:
        text = (
            "fakes3 does not model the tags of other resources than buckets, and never ignores what it does not model. "
            "Name the ARN of a bucket."
        )
        with refused("NotImplemented", 501, text, Header="ResourceArn"):
            control.list_tags_for_resource(AccountId=ACCOUNT, ResourceArn=arn)

    def test_another_account_that_the_policy_lets_in(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        other = s3.account("111122223333")
        call = partial(control_of(other).tag_resource, **HERE, Tags=tags(("a", "b")))
        assert not is_allowed(call)
        statement = {"Effect": "Allow", "Principal": {"AWS": other.id}, "Action": "s3:TagResource", "Resource": ARN}
        s3_client.put_bucket_policy(Bucket=bucket, Policy=as_json(statement))
        assert is_allowed(call)


def as_json(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


class TestTheOlderOperations:
    """Where ABAC is enabled, PutBucketTagging and DeleteBucketTagging no longer work; GetBucketTagging does."""

    def test_they_are_refused(self, control: Any, s3_client: Any, bucket: str, refused: Refused) -> None:
        control.tag_resource(**HERE, Tags=tags(("a", "1")))
        enable(s3_client)
        text = "ABAC is enabled on this bucket. Use TagResource and UntagResource to manage its tags."
        with refused("BadRequest", 400, text):
            s3_client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(("b", "2"))})
        with refused("BadRequest", 400, text):
            s3_client.delete_bucket_tagging(Bucket=bucket)
        assert tags(("a", "1")) == s3_client.get_bucket_tagging(Bucket=bucket)["TagSet"]
        enable(s3_client, "Disabled")
        s3_client.delete_bucket_tagging(Bucket=bucket)
        assert [] == control.list_tags_for_resource(**HERE)["Tags"]

    def test_the_reason_names_the_way_out(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        enable(s3_client)
        with pytest.raises(ClientError):
            s3_client.delete_bucket_tagging(Bucket=bucket)
        assert (
            "the bucket never has ABAC. Change its tags with tag_resource or untag_resource of the client s3control."
            == s3.calls[-1].reason
        )

    def test_a_caller_without_the_right_is_refused_first(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        enable(s3_client)
        nobody = s3.user("nobody").client()
        assert not is_allowed(lambda: nobody.delete_bucket_tagging(Bucket=bucket))


@pytest.fixture
def blue(s3: FakeS3, control: Any, s3_client: Any, bucket: str) -> str:
    """The name of a bucket with ABAC, two tags, and the object `seed`."""
    s3_client.put_object(Bucket=bucket, Key="seed", Body=b"bytes")
    control.tag_resource(**HERE, Tags=tags(("Project", "Blue"), ("Environment", "Test")))
    enable(s3_client)
    return bucket


def uses(client: Any, bucket: str) -> dict[str, Callable[[], Any]]:
    """Calls on a bucket and on objects of it."""
    tag_set = {"TagSet": tags(("Object", "Tagged"))}
    return {
        "get_object": lambda: client.get_object(Bucket=bucket, Key="seed"),
        "put_object": lambda: client.put_object(Bucket=bucket, Key="written", Body=b""),
        "list_objects_v2": lambda: client.list_objects_v2(Bucket=bucket),
        "get_bucket_tagging": lambda: client.get_bucket_tagging(Bucket=bucket),
        "get_object_tagging": lambda: client.get_object_tagging(Bucket=bucket, Key="seed"),
        "put_object_tagging": lambda: client.put_object_tagging(Bucket=bucket, Key="seed", Tagging=tag_set),
        "create_multipart_upload": lambda: client.create_multipart_upload(Bucket=bucket, Key="upload"),
    }


class TestWhatPoliciesSee:
    """`aws:ResourceTag` and `s3:BucketTag` are the tags of the bucket, for actions on it and on its objects."""

    @pytest.mark.parametrize("key", ["aws:ResourceTag/Project", "s3:BucketTag/Project", "aws:resourcetag/project"])
    @pytest.mark.parametrize("use", uses(None, ""))
    def test_the_tags_decide(self, s3: FakeS3, s3_client: Any, blue: str, key: str, use: str) -> None:
        matching = s3.user("matching", policy=allowing(StringEquals={key: "Blue"})).client()
        without = s3.user("without", policy=allowing(Null={key: "true"})).client()
        assert is_allowed(uses(matching, blue)[use])
        assert not is_allowed(uses(without, blue)[use])
        enable(s3_client, "Disabled")
        assert not is_allowed(uses(matching, blue)[use])
        assert is_allowed(uses(without, blue)[use])

    def test_values_are_compared_as_they_are(self, s3: FakeS3, blue: str) -> None:
        user = s3.user("u", policy=allowing(StringEquals={"aws:ResourceTag/Project": "blue"})).client()
        assert not is_allowed(uses(user, blue)["get_object"])

    @pytest.mark.parametrize(("value", "allowed"), [("Test", True), ("Wrong", False)])
    def test_several_conditions(self, s3: FakeS3, blue: str, value: str, allowed: bool) -> None:
        condition = {"aws:ResourceTag/Project": "Blue", "s3:BucketTag/Environment": value}
        user = s3.user("u", policy=allowing(StringEquals=condition)).client()
        assert allowed == is_allowed(uses(user, blue)["get_object"])

    def test_at_once_after_each_change(self, s3: FakeS3, control: Any, blue: str) -> None:
        user = s3.user("u", policy=allowing(StringEquals={"s3:BucketTag/Project": "Blue"})).client()
        read = uses(user, blue)["get_object"]
        control.tag_resource(**HERE, Tags=tags(("Project", "Red")))
        assert not is_allowed(read)
        control.tag_resource(**HERE, Tags=tags(("Project", "Blue")))
        assert is_allowed(read)
        control.untag_resource(**HERE, TagKeys=["Project"])
        assert not is_allowed(read)

    def test_a_copy_needs_both_buckets(self, s3: FakeS3, control: Any, s3_client: Any, blue: str) -> None:
        s3.create_bucket("other")
        other = {"AccountId": ACCOUNT, "ResourceArn": "arn:aws:s3:::other"}
        enable(s3_client, bucket="other")
        user = s3.user("u", policy=allowing(StringEquals={"aws:ResourceTag/Project": "Blue"})).client()
        copy = partial(user.copy_object, Bucket="other", Key="copy", CopySource=f"{blue}/seed")
        control.tag_resource(**other, Tags=tags(("Project", "Red")))
        assert not is_allowed(copy)
        control.tag_resource(**other, Tags=tags(("Project", "Blue")))
        assert is_allowed(copy)
        control.tag_resource(**HERE, Tags=tags(("Project", "Red")))
        assert not is_allowed(copy)

    @pytest.mark.parametrize("key", ["aws:ResourceTag/Project", "s3:BucketTag/Project"])
    def test_in_the_policy_of_the_bucket(self, s3: FakeS3, control: Any, s3_client: Any, blue: str, key: str) -> None:
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"{ARN}/*",
            "Condition": {"StringEquals": {key: "Blue"}},
        }
        s3_client.put_bucket_policy(Bucket=blue, Policy=as_json(statement))
        user = s3.user("u", policy=allowing()).client()
        assert not is_allowed(uses(user, blue)["get_object"])
        control.tag_resource(**HERE, Tags=tags(("Project", "Red")))
        assert is_allowed(uses(user, blue)["get_object"])


class TestTagsOfARequest:
    """`aws:RequestTag` and `aws:TagKeys` are the tags that TagResource gives; UntagResource has the keys alone."""

    RULES = {
        "StringEquals": {"aws:RequestTag/Project": "Blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Project", "Environment"]},
    }

    @pytest.mark.parametrize(
        ("given", "allowed"),
        [
            (tags(("Project", "Blue"), ("Environment", "Test")), True),
            (tags(("Project", "blue")), False),
            (tags(("Project", "Blue"), ("Other", "Test")), False),
            (tags(("project", "Blue")), False),
            (tags(("Environment", "Test")), False),
        ],
    )
    def test_tag(self, s3: FakeS3, bucket: str, given: list[dict[str, str]], allowed: bool) -> None:
        user = control_of(s3.user("u", policy=allowing("s3:TagResource", **self.RULES)))
        assert allowed == is_allowed(lambda: user.tag_resource(**HERE, Tags=given))

    @pytest.mark.parametrize(("key", "allowed"), [("Environment", True), ("Other", False), ("environment", False)])
    def test_untag(self, s3: FakeS3, bucket: str, key: str, allowed: bool) -> None:
        condition: dict[str, Any] = {"ForAllValues:StringEquals": {"aws:TagKeys": ["Project", "Environment"]}}
        condition["Null"] = {"aws:TagKeys": "false"}
        user = control_of(s3.user("u", policy=allowing("s3:UntagResource", **condition)))
        assert allowed == is_allowed(lambda: user.untag_resource(**HERE, TagKeys=[key]))

    def test_untag_has_no_values(self, s3: FakeS3, bucket: str) -> None:
        condition = {"StringEquals": {"aws:RequestTag/Project": "Blue"}}
        user = control_of(s3.user("u", policy=allowing("s3:UntagResource", **condition)))
        assert not is_allowed(lambda: user.untag_resource(**HERE, TagKeys=["Project"]))

    def test_put_bucket_tagging_has_none(self, s3: FakeS3, bucket: str) -> None:
        put = {"Bucket": bucket, "Tagging": {"TagSet": tags(("Project", "Blue"))}}
        condition = {"StringEquals": {"aws:RequestTag/Project": "Blue"}}
        asking = s3.user("asking", policy=allowing("s3:PutBucketTagging", **condition)).client()
        assert not is_allowed(lambda: asking.put_bucket_tagging(**put))
        nothing = {"Null": {"aws:RequestTag/Project": "true", "aws:TagKeys": "true"}}
        plain = s3.user("plain", policy=allowing("s3:PutBucketTagging", **nothing)).client()
        assert is_allowed(lambda: plain.put_bucket_tagging(**put))

    @pytest.mark.parametrize("right", ["s3:TagResource", "s3:UntagResource", "s3:ListTagsForResource"])
    def test_each_has_its_right(self, s3: FakeS3, bucket: str, right: str) -> None:
        user = control_of(s3.user("u", policy=allowing(right)))
        calls = {
            "s3:TagResource": lambda: user.tag_resource(**HERE, Tags=tags(("a", "b"))),
            "s3:UntagResource": lambda: user.untag_resource(**HERE, TagKeys=["a"]),
            "s3:ListTagsForResource": lambda: user.list_tags_for_resource(**HERE),
        }
        assert {right} == {name for name, call in calls.items() if is_allowed(call)}
