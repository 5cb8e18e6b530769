"""`s3.least_privilege(principal)`: the smallest policy under which recorded calls get the answers they got."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.model.identity import Principal
from fakes3.model.policy import Question, judge
from fakes3.model.policy_parser import parse_identity_policy
from fakes3.operations.call import Right

EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}


@pytest.fixture
def s3() -> FakeS3:
    """A fake that nobody entered, with one object in it."""
    s3 = FakeS3()
    s3.create_bucket("pictures", objects={"cat": "meow"})
    return s3


def allow(actions: list[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


class TestPolicy:
    """The policy allows each action on exactly what it was done to."""

    def test_actions_on_the_same_things_share_a_statement(self, s3):
        alice = s3.user("alice", policy=EVERYTHING)
        client = alice.client()
        client.put_object(Bucket="pictures", Key="dog")
        for key in ("cat", "dog"):
            client.get_object(Bucket="pictures", Key=key)
        client.get_object(Bucket="pictures", Key="cat")
        client.list_objects_v2(Bucket="pictures")
        client.list_buckets()
        expected = {
            "Version": "2012-10-17",
            "Statement": [
                allow(["s3:ListAllMyBuckets"], "*"),
                allow(["s3:ListBucket"], "arn:aws:s3:::pictures"),
                allow(["s3:GetObject"], "arn:aws:s3:::pictures/cat"),
                allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::pictures/dog"),
            ],
        }
        assert expected == s3.least_privilege(alice)

    def test_resources_of_the_same_actions_share_a_statement(self, s3):
        for key in ("b", "c", "a"):
            s3.client().put_object(Bucket="pictures", Key=key)
        resources = [f"arn:aws:s3:::pictures/{key}" for key in "abc"]
        assert [allow(["s3:PutObject"], *resources)] == s3.least_privilege()["Statement"]

    def test_can_be_given_to_a_user_as_it_is(self, s3):
        alice = s3.user("alice", policy=EVERYTHING)
        alice.client().get_object(Bucket="pictures", Key="cat")
        alice.policy = s3.least_privilege(alice)
        alice.client().get_object(Bucket="pictures", Key="cat")
        with pytest.raises(ClientError):
            alice.client().put_object(Bucket="pictures", Key="cat")
        assert alice.policy == json.loads(json.dumps(s3.least_privilege(alice)))

    @pytest.mark.parametrize("key", ["*", "?", "a*b?c", "${aws:username}", "$${", "$", "{}", "a:b:c"])
    def test_a_key_means_itself_whatever_its_characters_mean_in_policies(self, s3, key):
        s3.client().put_object(Bucket="pictures", Key=key)
        bob = s3.user("bob", policy=s3.least_privilege())
        bob.client().put_object(Bucket="pictures", Key=key)
        with pytest.raises(ClientError):
            bob.client().put_object(Bucket="pictures", Key="bob")

    def test_what_a_404_needed(self, s3):
        alice = s3.user("alice", policy=EVERYTHING)
        with pytest.raises(ClientError, match="NoSuchKey"):
            alice.client().get_object(Bucket="pictures", Key="dog")
        expected = [
            allow(["s3:ListBucket"], "arn:aws:s3:::pictures"),
            allow(["s3:GetObject"], "arn:aws:s3:::pictures/dog"),
        ]
        assert expected == s3.least_privilege(alice)["Statement"]

    def test_what_was_refused_is_not_in_it(self, s3):
        alice = s3.user("alice", policy={"Version": "2012-10-17", "Statement": allow(["s3:PutObject"], "*")})
        alice.client().put_object(Bucket="pictures", Key="dog")
        with pytest.raises(ClientError, match="AccessDenied"):
            alice.client().get_object(Bucket="pictures", Key="dog")
        alice.client().delete_objects(Bucket="pictures", Delete={"Objects": [{"Key": "cat"}]})
        assert [allow(["s3:PutObject"], "arn:aws:s3:::pictures/dog")] == s3.least_privilege(alice)["Statement"]

    def test_what_an_answer_was_told_without_is_not_in_it(self, s3):
        s3.client().put_object(Bucket="pictures", Key="dog", Tagging="a=b")
        alice = s3.user("alice", policy={"Version": "2012-10-17", "Statement": allow(["s3:GetObject"], "*")})
        assert "TagCount" not in alice.client().get_object(Bucket="pictures", Key="dog")
        assert [allow(["s3:GetObject"], "arn:aws:s3:::pictures/dog")] == s3.least_privilege(alice)["Statement"]

    def test_a_bucket_that_is_to_be(self, s3):
        s3.client().create_bucket(Bucket="new")
        assert [allow(["s3:CreateBucket"], "arn:aws:s3:::new")] == s3.least_privilege()["Statement"]

    @pytest.mark.parametrize(
        ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
    )
    def test_arns_of_the_partition(self, region, partition):
        s3 = FakeS3(region=region)
        client = s3.client()
        client.create_bucket(Bucket="new", CreateBucketConfiguration={"LocationConstraint": region})
        client.put_object(Bucket="new", Key="k")
        client.delete_object(Bucket="new", Key="k")
        resources = [each["Resource"] for each in s3.least_privilege()["Statement"]]
        assert [[f"arn:{partition}:s3:::new"], [f"arn:{partition}:s3:::new/k"]] == resources
        client.delete_bucket(Bucket="new")
        assert [f"arn:{partition}:s3:::new"] == s3.least_privilege()["Statement"][0]["Resource"]


class TestWhose:
    """A principal is an identity, what a call has for one, or an ARN; that of a role means all its sessions."""

    def test_each_has_its_own(self, s3):
        alice, bob = s3.user("alice", policy=EVERYTHING), s3.user("bob", policy=EVERYTHING)
        alice.client().get_object(Bucket="pictures", Key="cat")
        bob.client().put_object(Bucket="pictures", Key="cat")
        s3.client().list_objects_v2(Bucket="pictures")
        assert "s3:GetObject" == actions(s3.least_privilege(alice))
        assert "s3:GetObject" == actions(s3.least_privilege(s3.calls[0].principal))
        assert "s3:PutObject" == actions(s3.least_privilege(bob.arn))
        assert "s3:ListBucket" == actions(s3.least_privilege()) == actions(s3.least_privilege(s3.account()))

    def test_whatever_its_policies_were_meanwhile(self, s3):
        alice = s3.user("alice", policy=EVERYTHING)
        alice.client().get_object(Bucket="pictures", Key="cat")
        before = alice.principal
        alice.policy = None
        assert "s3:GetObject" == actions(s3.least_privilege(alice)) == actions(s3.least_privilege(before))

    def test_sessions_of_a_role(self, s3):
        first, second = s3.role("backup", policy=EVERYTHING, session="s1"), s3.role("backup", session="s2")
        first.client().get_object(Bucket="pictures", Key="cat")
        second.client().put_object(Bucket="pictures", Key="cat")
        assert "s3:GetObject" == actions(s3.least_privilege(first))
        assert "s3:PutObject" == actions(s3.least_privilege(second))
        assert "s3:GetObject s3:PutObject" == actions(s3.least_privilege(first.role_arn))

    def test_nobody_made_a_call(self, s3):
        with pytest.raises(UsageError) as caught:
            s3.least_privilege(s3.user("alice"))
        text = (
            "No call of arn:aws:iam::123456789012:user/alice was recorded, so its policy is unknown. "
            "Make some calls first."
        )
        assert text == str(caught.value)

    def test_others_made_calls(self, s3):
        s3.client().list_buckets()
        for client in (s3.user("bob").client(), s3.client(config=Config(signature_version=UNSIGNED))):
            with pytest.raises(ClientError):
                client.get_object(Bucket="pictures", Key="cat")
        with pytest.raises(UsageError) as caught:
            s3.least_privilege("arn:aws:iam::123456789012:user/alice")
        text = (
            "No call of arn:aws:iam::123456789012:user/alice was recorded, so its policy is unknown. "
            "Ask for a principal with calls: arn:aws:iam::123456789012:root, arn:aws:iam::123456789012:user/bob."
        )
        assert text == str(caught.value)

    def test_no_call_was_allowed(self, s3):
        alice = s3.user("alice")
        with pytest.raises(ClientError, match="AccessDenied"):
            alice.client().get_object(Bucket="pictures", Key="cat")
        with pytest.raises(UsageError) as caught:
            s3.least_privilege(alice)
        text = (
            "No call of arn:aws:iam::123456789012:user/alice was allowed anything, so its policy is "
            "unknown. Allow it more than it needs, and make its calls again."
        )
        assert text == str(caught.value)

    @pytest.mark.parametrize("principal", ["alice", 7])
    def test_what_is_no_principal(self, s3, principal):
        with pytest.raises(UsageError) as caught:
            s3.least_privilege(principal)
        remedy = "Give an identity such as s3.user(...), the principal of a call, or an ARN."
        assert f"{principal!r} is not a principal. {remedy}" == str(caught.value)

    def test_nobody_in_particular(self, s3):
        with pytest.raises(ClientError):
            s3.client(config=Config(signature_version=UNSIGNED)).get_object(Bucket="pictures", Key="cat")
        with pytest.raises(UsageError) as caught:
            s3.least_privilege(s3.calls[0].principal)
        text = "Anonymous callers have no policy of their own. Allow what they need in the bucket's policy."
        assert text == str(caught.value)


def actions(policy: dict[str, Any]) -> str:
    return " ".join(each for statement in policy["Statement"] for each in statement["Action"])


# ---- Laws ----

BUCKETS = st.sampled_from(["plain", "locked", "missing"])
KEYS = st.sampled_from(["a", "a/b", "a*", "?", "${aws:username}", "ä", "tagged", "missing"])
ACLS = st.sampled_from(["private", "bucket-owner-full-control", "public-read"])

Do = Callable[[Any], Any]


def _call(name: str, **parameters: Any) -> Do:
    return lambda client: getattr(client, name)(**parameters)


def _upload(bucket: str, key: str, ends: str) -> Do:
    def do(client: Any) -> Any:
        upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        where = {"Bucket": bucket, "Key": key, "UploadId": upload}
        etag = client.upload_part(**where, PartNumber=1, Body=b"part")["ETag"]
        if ends == "complete":
            return client.complete_multipart_upload(
                **where, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}
            )
        return client.abort_multipart_upload(**where) if ends == "abort" else client.list_parts(**where)

    return do


@st.composite
def calls(draw: st.DrawFn) -> Do:
    """A call that a client makes, whatever comes of it."""
    where = {"Bucket": draw(BUCKETS), "Key": draw(KEYS)}
    bucket = {"Bucket": where["Bucket"]}
    lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z"}
    of_keys = [
        _call("put_object", **where),
        _call("put_object", **where, Tagging="a=b"),
        _call("put_object", **where, ACL=draw(ACLS)),
        _call("put_object", **where, **lock),
        _call("get_object", **where),
        _call("get_object", **where, VersionId="null"),
        _call("head_object", **where),
        _call("get_object_attributes", **where, ObjectAttributes=["ETag"]),
        _call("get_object_tagging", **where),
        _call("put_object_tagging", **where, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}),
        _call("get_object_retention", **where),
        _call("put_object_legal_hold", **where, LegalHold={"Status": "ON"}),
        _call("delete_object", **where),
        _call("delete_object", **where, BypassGovernanceRetention=True),
        _call("delete_object", **where, VersionId="null"),
        _call("delete_objects", **bucket, Delete={"Objects": [{"Key": "a"}, {"Key": where["Key"]}]}),
        _call("copy_object", **where, CopySource={"Bucket": "plain", "Key": "tagged"}),
        _call("get_object_acl", **where),
        *(_upload(where["Bucket"], where["Key"], ends) for ends in ("complete", "abort", "list")),
    ]
    of_buckets = [
        _call("list_objects_v2", **bucket),
        _call("list_object_versions", **bucket),
        _call("list_multipart_uploads", **bucket),
        _call("list_buckets"),
        _call("create_bucket", **bucket),
        _call("delete_bucket", **bucket),
        _call("head_bucket", **bucket),
        _call("get_bucket_versioning", **bucket),
        _call("put_bucket_versioning", **bucket, VersioningConfiguration={"Status": "Enabled"}),
        _call("get_public_access_block", **bucket),
        _call("delete_public_access_block", **bucket),
    ]
    return draw(st.sampled_from(of_keys) | st.sampled_from(of_buckets))


class TestLaws:
    """Under the policy, and nothing else, the same calls get the same answers; and nothing can be taken from it."""

    @pytest.fixture
    def start(self) -> FakeS3:
        """What every example begins with: a user who may everything, and some objects."""
        s3 = FakeS3()
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.user("alice", policy=EVERYTHING)
        s3.create_bucket("plain", objects={"a": "1", "a*": "2"})
        s3.create_bucket("locked", object_lock=True, objects={"a": "1", "?": "2"})
        s3.client().put_object(Bucket="plain", Key="tagged", Tagging="a=b")
        s3.calls.clear()
        return s3

    def test_the_same_calls_get_the_same_answers(self, start):
        alice = start.user("alice")
        client = boto3.client("s3", region_name="us-east-1", **alice.credentials)

        @given(st.lists(calls(), min_size=1, max_size=8))
        @settings(max_examples=60)
        def law(script: list[Do]) -> None:
            recorded, replayed = start.fork(), start.fork()
            expected = [answer(recorded, do, client) for do in script]
            replayed.user("alice", policy=None)
            needed = {right for call in recorded.calls for right in call.rights}
            if needed:
                replayed.user("alice", policy=recorded.least_privilege(alice))
            assert expected == [answer(replayed, do, client) for do in script]
            assert recorded.tree() == replayed.tree()

        law()

    def test_nothing_can_be_taken_out(self, start):
        alice = start.user("alice")
        client = boto3.client("s3", region_name="us-east-1", **alice.credentials)

        @given(st.lists(calls(), min_size=1, max_size=8))
        @settings(max_examples=25)
        def law(script: list[Do]) -> None:
            recorded = start.fork()
            for do in script:
                answer(recorded, do, client)
            needed = {right for call in recorded.calls for right in call.rights}
            if not needed:
                return
            policy = recorded.least_privilege(alice)
            assert all(allows(policy, right) for right in needed)
            assert len(needed) == len(list(smaller(policy)))
            for less in smaller(policy):
                assert not all(allows(less, right) for right in needed)

        law()


def answer(s3: FakeS3, do: Do, client: Any) -> Any:
    """What a client answers, without ids that differ from request to request."""
    with mock_s3(fake=s3):
        try:
            told = do(client)
        except ClientError as refusal:
            told = refusal.response | {"Notes": list(refusal.__notes__) if hasattr(refusal, "__notes__") else []}
    told = copy.copy(told)
    status = told.pop("ResponseMetadata")["HTTPStatusCode"]
    if "Body" in told:
        told["Body"] = told["Body"].read()
    return status, told


ALICE = Principal("123456789012", user="alice")


def allows(policy: dict[str, Any], right: Right) -> bool:
    """Whether a policy alone allows a right."""
    if not policy["Statement"]:
        return False
    action, bucket, key = right
    resource = "*" if bucket is None else f"arn:aws:s3:::{bucket}" if key is None else f"arn:aws:s3:::{bucket}/{key}"
    return judge(parse_identity_policy(policy), Question(ALICE, action, resource, {})).effect == "Allow"


def smaller(policy: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The policies that allow one action on one resource less."""
    pairs = [
        (action, resource)
        for statement in policy["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    ]
    for place in range(len(pairs)):
        rest = pairs[:place] + pairs[place + 1 :]
        yield policy | {"Statement": [allow([action], resource) for action, resource in rest]}
