"""What `fakes3.strategies` draws, against the fake: S3 takes what is valid, and refuses what is not as it says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3 import UsageError, strategies
from fakes3.model.names import check_bucket_name
from fakes3.strategies import Invalid
from fakes3.testing.strategies import is_taken

BUCKET = "reports"


@pytest.fixture(scope="session")
def s3_seed(s3_seed):
    seed = s3_seed.fork()
    seed.create_bucket(BUCKET, versioning=True, ownership="ObjectWriter", object_lock=True, objects={"a": ""})
    seed.client().delete_public_access_block(Bucket=BUCKET)
    return seed


def error_of(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    return refusal.value.response["Error"]["Code"]


def test_canned_acls_are_of_objects_or_of_buckets():
    with pytest.raises(UsageError, match=r'cannot be \'buckets\'\. Give "object" or "bucket"\.$'):
        strategies.canned_acls("buckets")  # type: ignore[call-overload]


class TestBucketNames:
    @given(name=strategies.bucket_names())
    def test_valid(self, s3, s3_client, name):
        s3_client.create_bucket(Bucket=name)
        assert name in s3

    @given(bad=strategies.bucket_names(invalid=True))
    def test_invalid(self, s3_client, bad):
        assert bad.error == error_of(s3_client.create_bucket, Bucket=bad.value)

    def test_what_a_check_refuses_is_not_drawn(self):
        assert [True, False] == [is_taken(check_bucket_name, name) for name in ("a.b", "a..b")]


class TestObjectKeys:
    @given(key=strategies.object_keys())
    def test_valid(self, s3, s3_client, key):
        s3_client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
        assert b"x" == s3[BUCKET][key].body == s3_client.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    @given(bad=strategies.object_keys(invalid=True))
    def test_invalid(self, s3_client, bad):
        assert bad.error == error_of(s3_client.put_object, Bucket=BUCKET, Key=bad.value)


class TestObjects:
    @given(body=strategies.bodies(max_size=1000))
    def test_bodies(self, s3_client, body):
        assert len(body) <= 1000
        s3_client.put_object(Bucket=BUCKET, Key="a", Body=body)
        assert body == s3_client.get_object(Bucket=BUCKET, Key="a")["Body"].read()

    @given(metadata=strategies.metadata())
    def test_metadata(self, s3_client, metadata):
        s3_client.put_object(Bucket=BUCKET, Key="a", Metadata=metadata)
        assert metadata == s3_client.head_object(Bucket=BUCKET, Key="a")["Metadata"]

    @given(bad=strategies.metadata(invalid=True))
    def test_invalid_metadata(self, s3_client, bad):
        assert bad.error == error_of(s3_client.put_object, Bucket=BUCKET, Key="a", Metadata=bad.value)

    @given(tags=strategies.tag_sets())
    def test_tags(self, s3_client, tags):
        s3_client.put_object_tagging(Bucket=BUCKET, Key="a", Tagging={"TagSet": tags})
        found = s3_client.get_object_tagging(Bucket=BUCKET, Key="a")["TagSet"]
        assert sorted(tags, key=lambda tag: tag["Key"]) == found

    @given(bad=strategies.tag_sets(invalid=True))
    def test_invalid_tags(self, s3_client, bad):
        call = s3_client.put_object_tagging
        assert bad.error == error_of(call, Bucket=BUCKET, Key="a", Tagging={"TagSet": bad.value})

    @given(storage_class=strategies.storage_classes())
    def test_storage_classes(self, s3, s3_client, storage_class):
        s3_client.put_object(Bucket=BUCKET, Key="a", StorageClass=storage_class)
        assert storage_class == s3[BUCKET]["a"].storage_class

    @given(data=st.data(), archived=st.booleans())
    def test_archived_ones_need_a_restore(self, s3_client, data, archived):
        storage_class = data.draw(strategies.storage_classes(archived=archived))
        s3_client.put_object(Bucket=BUCKET, Key="a", StorageClass=storage_class)
        if archived:
            assert "InvalidObjectState" == error_of(s3_client.get_object, Bucket=BUCKET, Key="a")
        else:
            s3_client.get_object(Bucket=BUCKET, Key="a")

    @given(bad=strategies.storage_classes(invalid=True))
    def test_invalid_storage_classes(self, s3_client, bad):
        assert bad.error == error_of(s3_client.put_object, Bucket=BUCKET, Key="a", StorageClass=bad.value)


class TestCannedAcls:
    @given(acl=strategies.canned_acls(), of_bucket=strategies.canned_acls("bucket"))
    def test_valid(self, s3_client, acl, of_bucket):
        s3_client.put_object(Bucket=BUCKET, Key="a", ACL=acl)
        s3_client.put_bucket_acl(Bucket=BUCKET, ACL=of_bucket)

    @given(bad=strategies.canned_acls(invalid=True), of_bucket=strategies.canned_acls("bucket", invalid=True))
    def test_invalid(self, s3_client, bad, of_bucket):
        assert bad.error == error_of(s3_client.put_object, Bucket=BUCKET, Key="a", ACL=bad.value)
        assert of_bucket.error == error_of(s3_client.put_bucket_acl, Bucket=BUCKET, ACL=of_bucket.value)


class TestRetentions:
    @given(retention=strategies.retentions())
    def test_valid(self, s3, s3_client, retention):
        s3_client.put_object_retention(Bucket=BUCKET, Key="a", Retention=retention)
        kept = s3[BUCKET]["a"].retention
        assert (retention["Mode"], retention["RetainUntilDate"]) == (kept.mode, kept.until)

    @given(bad=strategies.retentions(invalid=True))
    def test_invalid(self, s3_client, bad):
        assert bad.error == error_of(s3_client.put_object_retention, Bucket=BUCKET, Key="a", Retention=bad.value)

    @given(data=st.data())
    @settings(max_examples=5)
    def test_by_the_clock_of_the_fake(self, s3, s3_client, data):
        s3.clock.advance(days=400)
        retention = data.draw(strategies.retentions(now=s3.clock.now()))
        s3_client.put_object_retention(Bucket=BUCKET, Key="a", Retention=retention)


class TestPolicies:
    @given(policy=strategies.policies("mine"))
    def test_valid(self, s3, s3_client, policy):
        s3.create_bucket("mine")
        s3_client.put_bucket_policy(Bucket="mine", Policy=json.dumps(policy))
        assert policy == s3["mine"].policy

    @given(bad=strategies.policies("mine", invalid=True))
    def test_invalid(self, s3, s3_client, bad):
        s3.create_bucket("mine")
        assert bad.error == error_of(s3_client.put_bucket_policy, Bucket="mine", Policy=json.dumps(bad.value))


def test_an_invalid_value_names_its_error():
    assert ("a", "InvalidBucketName") == Invalid("a", "InvalidBucketName")


def test_without_hypothesis():
    program = "import sys; sys.modules['hypothesis'] = None; import fakes3.strategies"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stderr.endswith(
        "UsageError: fakes3.strategies needs hypothesis. Install it: pip install 'fakes3[hypothesis]'.\n"
    )
