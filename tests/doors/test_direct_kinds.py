"""Clients that build the same requests share them; none gets what another one would not have built itself."""

from __future__ import annotations

from typing import Any

import boto3
import botocore
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.handlers import set_list_objects_encoding_type_url, validate_bucket_name

from fakes3 import FakeS3, mock_s3
from fakes3.doors.direct_kinds import kind_of


def make_client(**options: Any) -> Any:
    return boto3.session.Session().client("s3", **{"region_name": "us-east-1"} | options)


@pytest.fixture(params=["auto", True])
def s3(request):
    with mock_s3(direct=request.param) as s3:
        s3.create_bucket("bucket", objects={"a b": b"1", "a+c": b"22", "plain": b"333"})
        yield s3


class TestKinds:
    @pytest.mark.parametrize(
        "options",
        [
            {"region_name": "eu-west-1"},
            {"endpoint_url": "http://store:9000"},
            {"use_ssl": False},
            {"config": Config(signature_version=UNSIGNED)},
            {"config": Config(s3={"addressing_style": "path"})},
            {"config": Config(use_dualstack_endpoint=True)},
            {"config": Config(s3={"use_accelerate_endpoint": True})},
            {"config": Config(user_agent_extra="me")},
        ],
    )
    def test_settings_make_a_kind(self, s3: FakeS3, options: Any) -> None:
        assert kind_of(make_client())[0] == kind_of(make_client())[0] is not None
        assert kind_of(make_client(**options))[0] == kind_of(make_client(**options))[0] != kind_of(make_client())[0]

    def test_what_is_no_setting_makes_none(self, s3: FakeS3) -> None:
        client = make_client()
        client.meta.config.mine = object()
        assert kind_of(client)[0] is None
        assert 3 == len(client.list_objects_v2(Bucket="bucket")["Contents"])

    def test_clients_without_rules_of_endpoints(self, s3: FakeS3) -> None:
        client = make_client()
        client._ruleset_resolver = None
        assert kind_of(client)[0] is None


class TestSharedRequests:
    def test_of_a_listing(self, s3: FakeS3) -> None:
        """Keys that botocore asks for encoded come back as they are, for each client."""
        for number in range(3):
            client = make_client()
            answer = client.list_objects_v2(Bucket="bucket")
            assert ["a b", "a+c", "plain"] == [each["Key"] for each in answer["Contents"]]
            assert (200, 0) == tuple(answer["ResponseMetadata"][name] for name in ("HTTPStatusCode", "RetryAttempts"))
            client.put_object(Bucket="bucket", Key="plain", Body=b"%d" % number)
            assert b"%d" % number == client.get_object(Bucket="bucket", Key="plain")["Body"].read()

    def test_with_parts_among_the_parameters(self, s3: FakeS3) -> None:
        """Each call has its own metadata and tags, though calls with equal ones share a request."""
        for number in [1, 2, 1, 2]:
            client = make_client()
            client.put_object(Bucket="bucket", Key=f"key-{number}", Body=b"", Metadata={"number": str(number)})
            tags = [{"Key": "number", "Value": str(number)}]
            client.put_object_tagging(Bucket="bucket", Key=f"key-{number}", Tagging={"TagSet": tags})
        for number in [1, 2]:
            view = s3["bucket"][f"key-{number}"]
            assert ({"number": str(number)}, {"number": str(number)}) == (view.metadata, view.tags)

    @pytest.mark.parametrize("payload", ["text", b"bytes", "x" * 5000])
    def test_bytes_of_another_name_are_those_of_each_call(self, s3: FakeS3, payload: str | bytes) -> None:
        client = make_client()
        if not hasattr(client, "put_object_annotation"):
            pytest.skip(f"botocore {botocore.__version__} knows no annotations")
        about = {"Bucket": "bucket", "Key": "plain", "AnnotationName": "note"}
        for each in (payload, payload, payload[:3]):
            client.put_object_annotation(**about, AnnotationPayload=each)
            found = client.get_object_annotation(**about)["AnnotationPayload"].read()
            assert found == (each.encode() if isinstance(each, str) else each)

    @pytest.mark.parametrize(
        ("right", "wrong"),
        [
            ({"Metadata": {"number": "1"}}, {"Metadata": {"number": 1}}),
            ({"BucketKeyEnabled": True}, {"BucketKeyEnabled": 1}),
            ({"Metadata": {"a": "b"}}, {"Metadata": [["a", "b"]]}),
            ({"Metadata": {"a": "b"}}, {"Metadata": ["a", "b"]}),
        ],
    )
    def test_only_with_equal_types(self, s3: FakeS3, right: Any, wrong: Any) -> None:
        for _ in range(2):
            make_client().put_object(Bucket="bucket", Key="plain", Body=b"", **right)
            with pytest.raises((ParamValidationError, AttributeError), match=r"Invalid type|no attribute 'encode'"):
                make_client().put_object(Bucket="bucket", Key="plain", Body=b"", **wrong)

    def test_what_is_large_is_built_each_time(self, s3: FakeS3) -> None:
        client = make_client()
        for _ in range(2):
            metadata = {f"name-{number}": "value" for number in range(20)}
            client.put_object(Bucket="bucket", Key="plain", Body=b"", Metadata=metadata)
            assert metadata == s3["bucket"]["plain"].metadata

    def test_of_a_refused_listing(self, s3: FakeS3) -> None:
        messages = set()
        for _ in range(3):
            with pytest.raises(ClientError) as refused:
                make_client().list_objects_v2(Bucket="nothing-here")
            messages.add(str(refused.value))
        assert {
            "An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: "
            "The specified bucket does not exist"
        } == messages

    def test_a_listing_that_is_tried_again(self, s3: FakeS3) -> None:
        make_client().list_objects_v2(Bucket="bucket")
        s3.faults.add(on="ListObjectsV2", error="SlowDown", times=1)
        answer = make_client().list_objects_v2(Bucket="bucket")
        assert (3, 1) == (answer["KeyCount"], answer["ResponseMetadata"]["RetryAttempts"])

    def test_a_bucket_that_another_client_may_not_name(self, s3: FakeS3) -> None:
        lax = make_client()
        lax.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
        for _ in range(2):
            with pytest.raises(ClientError, match="NoSuchBucket"):
                lax.list_objects_v2(Bucket="no bucket")
            with pytest.raises(ParamValidationError, match="Invalid bucket name"):
                make_client().list_objects_v2(Bucket="no bucket")

    def test_a_listing_that_another_client_does_not_ask_for_encoded(self, s3: FakeS3) -> None:
        plain = make_client()
        plain.meta.events.unregister("before-parameter-build.s3.ListObjectsV2", set_list_objects_encoding_type_url)
        for _ in range(2):
            assert "url" == make_client().list_objects_v2(Bucket="bucket")["EncodingType"]
            assert "EncodingType" not in plain.list_objects_v2(Bucket="bucket")

    def test_many_kinds_are_forgotten(self, s3: FakeS3) -> None:
        for number in range(70):
            client = make_client(config=Config(user_agent_extra=str(number)))
            assert 3 == client.list_objects_v2(Bucket="bucket")["KeyCount"]

    def test_each_client_signs_itself(self, s3: FakeS3) -> None:
        statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
        alice = s3.user("alice", policy={"Version": "2012-10-17", "Statement": [statement]})
        for client in (make_client(), make_client(**alice.credentials)):
            client.list_objects_v2(Bucket="bucket")
        assert ["root", "user/alice"] == [call.principal.arn.rpartition(":")[2] for call in s3.calls]
