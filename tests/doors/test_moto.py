"""One S3 beside moto: its other services keep in the fake what they write, and find there what they read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from inspect import signature
from typing import Any

import boto3
import pytest

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.moto_stacks import find_backend

moto = pytest.importorskip("moto")
models: Any = pytest.importorskip("moto.s3.models")
pytest.importorskip("moto.s3.config")
errors: Any = pytest.importorskip("moto.s3.exceptions")

ACCOUNT, OTHER = "123456789012", "111122223333"
ENCRYPTION = {
    "ServerSideEncryptionConfiguration": [
        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}}
    ]
}


def client(service: str, region: str = "us-east-1") -> Any:
    return boto3.session.Session(region_name=region).client(service)  # type: ignore[call-overload]


def backend(account: str = ACCOUNT) -> Any:
    return find_backend(models, account, "us-east-1")


@pytest.fixture(params=["moto around", "moto inside"])
def s3(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """The fake, beside moto."""
    with ExitStack() as stack:
        if request.param == "moto around":
            stack.enter_context(moto.mock_aws())
        s3 = stack.enter_context(mock_s3())
        if request.param == "moto inside":
            stack.enter_context(moto.mock_aws())
        yield s3


class TestBackends:
    """`s3_backends` shows the fake's buckets where code looks there, and writes into the fake."""

    def test_buckets(self, s3):
        s3.create_bucket("ours", region="eu-west-1", versioning=True, objects={"a/k": "hello"})
        s3.account(OTHER).client().create_bucket(Bucket="theirs")
        shown = backend().buckets
        assert ["ours"] == list(shown)
        assert ["theirs"] == list(backend(OTHER).buckets)
        bucket = shown["ours"]
        assert isinstance(bucket, models.FakeBucket)
        assert ("ours", "eu-west-1", ACCOUNT, True) == (
            bucket.name,
            bucket.location,
            bucket.account_id,
            bucket.is_versioned,
        )
        assert s3["ours"].created == bucket.creation_date
        assert "theirs" == backend().get_bucket("theirs").name
        options = [None] * len(signature(backend().list_buckets).parameters)
        assert ["ours"] == [each.name for each in backend().list_buckets(*options)]
        with pytest.raises(TypeError):
            shown["other"] = bucket

    def test_objects(self, s3):
        s3.create_bucket("ours", objects={"a/k": "hello", "b": "x"})
        key = backend().get_object("ours", "a/k")
        assert (b"hello", f'"{s3["ours"]["a/k"].etag}"', s3["ours"]["a/k"].last_modified) == (
            key.value,
            key.etag,
            key.last_modified,
        )
        assert key.value == backend().head_object("ours", "a/k").value
        assert backend().get_object("ours", "absent") is None
        keys, folders, *_ = backend().list_objects(backend().get_bucket("ours"), None, "/", None, 1000)
        assert (["b"], ["a/"]) == ([each.name for each in keys], list(folders))
        with pytest.raises(errors.MissingBucket):
            backend().get_object("absent", "k")

    def test_versions(self, s3):
        s3.create_bucket("ours", versioning=True)
        buckets = client("s3")
        first, second = (
            buckets.put_object(Bucket="ours", Key="k", Body=body)["VersionId"] for body in (b"first", b"second")
        )
        shown = {name: backend().get_object("ours", "k", version_id=name) for name in (first, second)}
        assert {first: b"first", second: b"second"} == {name: key.value for name, key in shown.items()}
        assert b"second" == backend().get_object("ours", "k").value
        marker = buckets.delete_object(Bucket="ours", Key="k")["VersionId"]
        assert backend().get_object("ours", "k") is None
        assert b"first" == backend().get_object("ours", "k", version_id=first).value
        assert [first, second, marker] == [each.version_id for each in backend().get_bucket("ours").keys.getlist("k")]
        assert backend().delete_bucket("ours") is None
        assert ["ours"] == list(s3.buckets)

    def test_configurations(self, s3):
        s3.create_bucket("ours")
        log = {"LoggingEnabled": {"TargetBucket": "ours", "TargetPrefix": "log/"}}
        client("s3").put_bucket_logging(Bucket="ours", BucketLoggingStatus=log)
        client("s3").put_bucket_request_payment(Bucket="ours", RequestPaymentConfiguration={"Payer": "Requester"})
        shown = backend().get_bucket("ours")
        assert (log["LoggingEnabled"], "Requester") == (shown.logging, shown.payer)
        assert {True} == set(vars(shown.public_access_block).values())
        client("s3").delete_public_access_block(Bucket="ours")
        assert backend().get_bucket("ours").public_access_block is None

    def test_policy(self, s3):
        s3.create_bucket("ours")
        account = f"arn:aws:iam::{OTHER}:root"
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": account},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::ours/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        client("s3").put_bucket_policy(Bucket="ours", Policy=policy)
        assert policy == backend().get_bucket("ours").policy.decode()

    def test_writing(self, s3):
        assert "mine" == backend().create_bucket("mine", "us-east-1").name
        key = backend().put_object("mine", "k", b"hello", storage=None)
        assert b"hello" == key.value == s3["mine"]["k"].body
        assert backend().delete_bucket("mine") is None
        assert (True, {}) == backend().delete_object("mine", "k")
        assert "mine" == backend().delete_bucket("mine").name
        assert [] == list(s3.buckets)

    def test_what_s3_refuses_is_refused_with_the_reason(self, s3):
        with pytest.raises(errors.S3ClientError, match=r'The specified bucket is not valid.*one like "a-b".') as caught:
            backend().create_bucket("a_b", "us-east-1")
        assert "InvalidBucketName" in str(caught.value)
        s3.create_bucket("locked", object_lock=True)
        with pytest.raises(errors.S3ClientError, match="The specified bucket does not exist"):
            backend().put_bucket_tagging("absent", {})

    def test_what_the_fake_does_not_offer_so_is_refused_with_the_remedy(self, s3):
        s3.create_bucket("ours")
        text = (
            "moto was asked for {} of its own S3 in a way that fakes3, which answers for S3 now, does not offer. "
            "Ask by a client of boto3, or leave mock_s3 out so that moto answers for S3."
        )
        tries: dict[str, Callable[[], Any]] = {
            "put_bucket_cors": lambda: backend().put_bucket_cors("ours", []),
            "put_object": lambda: backend().put_object("ours", "k", b"", storage="GLACIER"),
            "delete_object": lambda: backend().delete_object("ours", "k", version_id="1"),
        }
        for name, do in tries.items():
            with pytest.raises(UnmockedRequest) as caught:
                do()
            assert text.format(name) == str(caught.value)

    def test_it_is_motos_collection_in_all_else(self, s3):
        assert "s3" == models.s3_backends.service_name
        assert len(models.s3_backends) == len(list(models.s3_backends))
        assert backend().account_id == ACCOUNT
        assert ACCOUNT in models.s3_backends
        assert any(name in models.s3_backends[ACCOUNT] for name in ("aws", "global"))

    def test_moto_does_not_take_the_fakes_bucket_for_its_own(self):
        with moto.mock_aws():
            with mock_s3() as s3:
                s3.create_bucket("ours")
                assert ["ours"] == list(backend().buckets)
            assert [] == list(backend().buckets)
            client("s3").create_bucket(Bucket="ours")
            assert ["ours"] == list(backend().buckets)
            with mock_s3() as s3:
                s3.create_bucket("ours")
                assert "ours" == backend().get_bucket("ours").name
            assert "ours" == backend().get_bucket("ours").name

    def test_what_the_mock_lets_out_is_motos(self):
        with moto.mock_aws(), mock_s3(passthrough=["s3.us-east-1.amazonaws.com", "s3.amazonaws.com"]) as s3:
            config = boto3.session.Config(s3={"addressing_style": "path"})  # type: ignore[attr-defined]
            theirs = boto3.client("s3", region_name="us-east-1", config=config)
            theirs.create_bucket(Bucket="theirs")
            assert ["theirs"] == [bucket["Name"] for bucket in theirs.list_buckets()["Buckets"]]
            assert [] == list(s3.buckets)

    def test_first_imported_under_the_mock(self):
        script = """
import sys
from fakes3 import mock_s3
def names(backends):
    found = backends["123456789012"]
    return list(found["aws" if "aws" in found else "global"].buckets)
with mock_s3() as s3:
    s3.create_bucket("ours")
    import moto.s3.responses, moto.s3.models, moto.s3.config
    print(names(moto.s3.config.s3_config_query.backends))
    from moto.s3.models import s3_backends
    print([names(s3_backends), names(moto.s3.responses.s3_backends)])
print(names(s3_backends))
with mock_s3() as s3:
    s3.create_bucket("again")
    print([names(s3_backends), names(moto.s3.responses.s3_backends)])
"""
        command = [sys.executable, "-c", script.replace("import sys\n", "import sys, moto\n", 1)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
        assert ["['ours']", "[['ours'], []]", "[]", "[['again'], []]"] == done.stdout.splitlines()


class TestCloudFormation:
    """A stack's `AWS::S3::Bucket` is a bucket of the fake."""

    PROPERTIES = {"BucketEncryption": ENCRYPTION, "Tags": [{"Key": "team", "Value": "a"}]}

    def test_the_resource(self, s3):
        pytest.importorskip("moto.core.resource_tagging")  # older moto knows no tags in templates
        resource = {"Properties": {**self.PROPERTIES, "BucketName": "made"}}
        models.FakeBucket.create_from_cloudformation_json("made", resource, ACCOUNT, "eu-west-1")
        self.check("made", s3)
        assert "eu-west-1" == s3["made"].region
        models.FakeBucket.delete_from_cloudformation_json("made", resource, ACCOUNT, "eu-west-1")
        assert [] == list(s3.buckets)

    def check(self, name: str, s3: FakeS3) -> None:
        assert [name] == list(s3.buckets)
        buckets = client("s3", s3[name].region)
        assert [{"Key": "team", "Value": "a"}] == buckets.get_bucket_tagging(Bucket=name)["TagSet"]
        rules = buckets.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"} == rules[0][
            "ApplyServerSideEncryptionByDefault"
        ]

    def test_a_stack(self, s3):
        pytest.importorskip("openapi_spec_validator")
        policy = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": {"Fn::Sub": "${Store.Arn}/*"},
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        properties = {**self.PROPERTIES, "VersioningConfiguration": {"Status": "Enabled"}}
        named = {"Bucket": {"Ref": "Store"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [policy]}}
        template = {
            "Resources": {
                "Store": {"Type": "AWS::S3::Bucket", "Properties": properties},
                "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": named},
            }
        }
        s3.create_bucket("templates", objects={"stack.json": json.dumps(template)})
        stacks = client("cloudformation")
        stacks.create_stack(StackName="stack", TemplateURL="https://s3.amazonaws.com/templates/stack.json")
        assert "CREATE_COMPLETE" == stacks.describe_stacks()["Stacks"][0]["StackStatus"]
        (name,) = (each for each in s3.buckets if each != "templates")
        assert f"arn:aws:s3:::{name}/*" == s3[name].policy["Statement"][0]["Resource"]
        assert "Enabled" == s3[name].versioning
        client("s3").delete_object(Bucket="templates", Key="stack.json")
        client("s3").delete_bucket(Bucket="templates")
        self.check(name, s3)
        stacks.delete_stack(StackName="stack")
        assert [] == list(s3.buckets)


class TestOtherServices:
    """Other services of moto's deliver into the fake."""

    def test_firehose(self, s3):
        s3.create_bucket("lake")
        streams = client("firehose")
        destination = {"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/r", "BucketARN": "arn:aws:s3:::lake"}
        streams.create_delivery_stream(DeliveryStreamName="s", ExtendedS3DestinationConfiguration=destination)
        streams.put_record(DeliveryStreamName="s", Record={"Data": b"hello"})
        assert [b"hello"] == [each.body for each in s3["lake"].values()]

    def test_config_finds_the_buckets(self, s3):
        config = client("config")
        s3.create_bucket("ours")
        found = config.list_discovered_resources(resourceType="AWS::S3::Bucket")["resourceIdentifiers"]
        assert ["ours"] == [each["resourceId"] for each in found]
        found = config.get_resource_config_history(resourceType="AWS::S3::Bucket", resourceId="ours")
        assert "ours" == found["configurationItems"][0]["resourceName"]

    def test_cloudtrail_asks_for_the_bucket(self, s3):
        trails = client("cloudtrail")
        with pytest.raises(trails.exceptions.ClientError, match="S3BucketDoesNotExistException"):
            trails.create_trail(Name="trail", S3BucketName="logs")
        s3.create_bucket("logs")
        assert "logs" == trails.create_trail(Name="trail", S3BucketName="logs")["S3BucketName"]

    def test_the_tagging_api_finds_and_changes_tags(self, s3):
        pytest.importorskip("moto.core.resource_tagging")  # older moto knows no other resources by these operations
        s3.create_bucket("ours")
        arn, tags = "arn:aws:s3:::ours", client("resourcegroupstaggingapi")
        assert {} == tags.tag_resources(ResourceARNList=[arn], Tags={"team": "a", "x": "y"})["FailedResourcesMap"]
        found = tags.get_resources(ResourceTypeFilters=["s3"], TagFilters=[{"Key": "team"}])
        assert [arn] == [each["ResourceARN"] for each in found["ResourceTagMappingList"]]
        assert {} == tags.untag_resources(ResourceARNList=[arn], TagKeys=["x"])["FailedResourcesMap"]
        assert [{"Key": "team", "Value": "a"}] == client("s3").get_bucket_tagging(Bucket="ours")["TagSet"]

    def test_s3_tables_are_motos(self, s3):
        pytest.importorskip("moto.s3tables.models")
        tables = client("s3tables")
        where = {"tableBucketARN": tables.create_table_bucket(name="lake")["arn"], "namespace": "sales"}
        tables.create_namespace(**{**where, "namespace": ["sales"]})
        tables.create_table(**where, name="orders", format="ICEBERG")
        tables.delete_table(**where, name="orders")
        assert [] == tables.list_tables(**where)["tables"]
        assert [] == list(s3.buckets)
