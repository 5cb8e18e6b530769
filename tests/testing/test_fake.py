"""`FakeS3`: clients, seeds, views, calls, clock, snapshots, forks."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.model.world import World
from fakes3.testing.snapshots import Change


@pytest.fixture
def s3() -> FakeS3:
    """A fake that nobody entered."""
    return FakeS3()


@pytest.fixture
def client(s3) -> Any:
    return s3.client()


class TestClientAndResource:
    def test_client_takes_what_boto3_takes(self, s3):
        client = s3.client(region_name="eu-west-1")
        client.create_bucket(Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        assert "eu-west-1" == s3["pictures"].region

    def test_client_acts_for_the_account_in_the_region(self):
        s3 = FakeS3(region="eu-west-1", account="111122223333")
        client = s3.client()
        client.create_bucket(Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        assert "eu-west-1" == client.meta.region_name
        assert "111122223333" == s3.calls[0].principal.account

    def test_resource(self, s3):
        bucket = s3.resource().create_bucket(Bucket="pictures")
        bucket.put_object(Key="cat", Body=b"meow")
        assert b"meow" == s3["pictures"]["cat"].body

    def test_without_boto3(self, s3, monkeypatch):
        monkeypatch.setitem(sys.modules, "boto3", None)
        for make in (s3.client, s3.resource):
            with pytest.raises(UsageError) as caught:
                make()
            text = 'This needs boto3, which is not installed. Run: pip install "fakes3[boto3]"'
            assert text == str(caught.value)


class TestCreateBucket:
    def test_answers_its_view(self, s3):
        bucket = s3.create_bucket("pictures")
        assert "pictures" == bucket.name
        assert ("us-east-1", None, 0) == (bucket.region, bucket.versioning, len(bucket))

    def test_region(self, s3):
        assert "eu-west-1" == s3.create_bucket("pictures", region="eu-west-1").region
        assert "ap-south-1" == FakeS3(region="ap-south-1").create_bucket("pictures").region

    @pytest.mark.parametrize(
        ("given", "kept"), [(False, None), (True, "Enabled"), ("Enabled", "Enabled"), ("Suspended", "Suspended")]
    )
    def test_versioning(self, s3, given, kept):
        bucket = s3.create_bucket("pictures", versioning=given, objects={"cat": b"meow"})
        assert kept == bucket.versioning
        assert ("null" == bucket["cat"].version_id) == (kept != "Enabled")

    def test_objects_are_as_if_boto3_had_put_them(self, s3, client):
        s3.create_bucket("seeded", objects={"text": "Grüße", "bytes": b"\x00", "empty": b"", "array": bytearray(b"a")})
        client.create_bucket(Bucket="put")
        for key, body in {"text": "Grüße", "bytes": b"\x00", "empty": b"", "array": b"a"}.items():
            client.put_object(Bucket="put", Key=key, Body=body)
            told = [client.head_object(Bucket=each, Key=key, ChecksumMode="ENABLED") for each in ("seeded", "put")]
            for each in told:
                del each["ResponseMetadata"], each["LastModified"]
            assert told[0] == told[1]

    def test_folder(self, s3, tmp_path):
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / "b" / "deep.txt").write_text("deep")
        (tmp_path / "top.txt").write_text("top")
        bucket = s3.create_bucket("pictures", folder=tmp_path, objects={"top.txt": "given"})
        assert ["a/b/deep.txt", "top.txt"] == list(bucket)
        assert "given" == bucket["top.txt"].text

    def test_is_part_of_the_order_of_commits(self, s3, client):
        s3.create_bucket("pictures", versioning=True, objects={"cat": b"1", "dog": b"1"})
        client.put_object(Bucket="pictures", Key="dog", Body=b"2")
        s3.create_bucket("more", versioning=True, objects={"cat": b"1"})
        ids = [version.version_id for key in ("cat", "dog") for version in s3["pictures"].versions(key)]
        ids += [version.version_id for version in s3["more"].versions("cat")]
        assert 4 == len(set(ids))
        assert [b"2", b"1"] == [
            client.get_object(Bucket="pictures", Key="dog", VersionId=version_id)["Body"].read()
            for version_id in ids[1:3]
        ]

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            ({"region": "mars"}, "'mars' is not an AWS region. Give one such as 'us-east-1' or 'eu-central-1'."),
            ({"region": ""}, "'' is not an AWS region. Give one such as 'us-east-1' or 'eu-central-1'."),
            (
                {"versioning": "on"},
                'versioning= cannot be \'on\'. Give True, False, "Enabled" or "Suspended".',
            ),
            (
                {"object_lock": True, "versioning": "Suspended"},
                "A bucket with Object Lock cannot have its versioning suspended. "
                "Leave out versioning= or object_lock=.",
            ),
            (
                {"ownership": "Writer"},
                "ownership= cannot be 'Writer'. "
                'Give one of "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter".',
            ),
            (
                {"objects": {"cat": 3}},
                "The object 'cat' cannot be made from int. Give bytes or str.",
            ),
            (
                {"objects": {"": b"meow"}},
                "An object cannot have an empty key. Give each object a key of at least one character.",
            ),
            (
                {"objects": {"k" * 1025: b"meow"}},
                f"S3 refuses the key {'k' * 80!r}: KeyTooLongError: Your key is too long. "
                "Give keys of up to 1,024 bytes whose '..' do not lead out of the bucket.",
            ),
            (
                {"objects": {"../up": b"meow"}},
                "S3 refuses the key '../up': 400: Bad Request. "
                "Give keys of up to 1,024 bytes whose '..' do not lead out of the bucket.",
            ),
            (
                {"bucket_defaults": "2021"},
                'bucket_defaults= cannot be \'2021\'. Give "today", "2025" or "2022".',
            ),
            (
                {"folder": "/no/such/folder"},
                "There is no folder '/no/such/folder' to read objects from. Give an existing folder.",
            ),
            ({"folder": 5}, "folder= cannot be 5. Give the path of a folder, or of a file of zip or tar."),
            (
                {"objects": ["cat"]},
                "objects= cannot be ['cat']. Give a dictionary of the contents by key, or what "
                "`aws s3 ls --recursive` prints.",
            ),
            ({"objects": {5: b"meow"}}, "An object cannot have the key 5. Give keys as text."),
            ({"object_lock": "yes"}, "object_lock= cannot be 'yes'. Give True or False."),
            ({"lazy": 1}, "lazy= cannot be 1. Give True or False."),
        ],
    )
    def test_bad_use(self, s3, options, text):
        before = s3.service.world
        with pytest.raises(UsageError) as caught:
            s3.create_bucket("pictures", **options)
        assert text == str(caught.value)
        assert s3.service.world is before

    @pytest.mark.parametrize(
        "name", ["ab", "Pictures", "xn--pictures", "pictures-s3alias", "192.168.0.1", "a..b", "", 5]
    )
    def test_name_that_s3_does_not_take(self, s3, name):
        with pytest.raises(UsageError) as caught:
            s3.create_bucket(name)
        assert (
            f"S3 refuses the bucket name {name!r}: InvalidBucketName: The specified bucket is not valid. "
            "Choose 3 to 63 lower-case letters, digits, hyphens and dots, and none of the prefixes and suffixes "
            "that AWS reserves, such as 'xn--' and '-s3alias'." == str(caught.value)
        )

    def test_name_that_is_taken(self, s3):
        s3.create_bucket("pictures")
        before = s3.service.world
        with pytest.raises(UsageError) as caught:
            s3.create_bucket("pictures")
        text = "There already is a bucket 'pictures'. Choose another name, or delete that one first."
        assert text == str(caught.value)
        assert s3.service.world is before


class TestViews:
    @pytest.fixture
    def bucket(self, s3, client):
        bucket = s3.create_bucket("pictures", versioning=True)
        client.put_object(
            Bucket="pictures", Key="cat", Body="miau", Metadata={"Mood": "sleepy"}, ContentType="text/plain"
        )
        return bucket

    def test_buckets_are_a_mapping_in_order(self, s3):
        for name in ("ccc", "aaa", "bbb"):
            s3.create_bucket(name)
        assert ["aaa", "bbb", "ccc"] == list(s3.buckets)
        assert 3 == len(s3.buckets)
        assert "aaa" in s3.buckets
        assert "aaa" in s3
        assert "zzz" not in s3
        assert "aaa" == s3["aaa"].name == s3.buckets["aaa"].name
        assert "<buckets: aaa, bbb, ccc>" == repr(s3.buckets)
        with pytest.raises(KeyError, match="zzz"):
            s3["zzz"]

    def test_bucket_is_a_mapping_in_the_order_of_s3(self, s3):
        keys = ["a", "B", "é", "z", "\U0001f600", "｡", "a/b", "A"]
        bucket = s3.create_bucket("pictures", objects=dict.fromkeys(keys, b""))
        assert sorted(keys, key=str.encode) == list(bucket)
        assert len(keys) == len(bucket)
        assert "a" in bucket
        assert "b" not in bucket
        assert None is bucket.get("b")
        assert "<bucket 'pictures': us-east-1, 8 objects>" == repr(bucket)
        with pytest.raises(KeyError, match="'b'"):
            bucket["b"]

    def test_object(self, bucket):
        cat = bucket["cat"]
        assert (b"miau", "miau", 4) == (cat.body, cat.text, cat.size)
        assert {"mood": "sleepy"} == cat.metadata
        assert "text/plain" == cat.content_type == cat.headers["ContentType"]
        assert "0bf8ad9187a4ea4a1a6a8b2b5e9a0f2f" != cat.etag
        assert 32 == len(cat.etag)
        assert cat.checksum is not None
        assert "CRC32" == cat.checksum[0]
        assert (0, UTC) == (cat.last_modified.microsecond, cat.last_modified.tzinfo)
        assert not cat.is_delete_marker
        when = f"{cat.last_modified:%Y-%m-%d %H:%M:%S}"
        assert f"<object 'cat': 4 B, text/plain, {when}, version {cat.version_id}>" == repr(cat)

    def test_object_is_a_moment(self, bucket, client):
        cat = bucket["cat"]
        client.put_object(Bucket="pictures", Key="cat", Body=b"purr")
        assert b"miau" == cat.body
        assert b"purr" == bucket["cat"].body

    def test_bucket_is_as_it_is_now(self, bucket, client):
        client.put_object(Bucket="pictures", Key="dog", Body=b"woof")
        assert ["cat", "dog"] == list(bucket)

    def test_versions(self, bucket, client):
        client.delete_object(Bucket="pictures", Key="cat")
        assert "cat" not in bucket
        marker, cat = bucket.versions("cat")
        assert (True, False) == (marker.is_delete_marker, cat.is_delete_marker)
        when = f"{marker.last_modified:%Y-%m-%d %H:%M:%S}"
        assert f"<delete marker of 'cat': {when}, version {marker.version_id}>" == repr(marker)
        client.put_object(Bucket="pictures", Key="cat", Body=b"purr")
        assert [b"purr", None, b"miau"] == [getattr(each, "body", None) for each in bucket["cat"].versions]
        assert [] == bucket.versions("dog")

    def test_access_to_a_new_bucket(self, bucket):
        full_control = [("123456789012", "FULL_CONTROL")]
        assert ("123456789012", "BucketOwnerEnforced") == (bucket.owner, bucket.ownership)
        assert ("123456789012", full_control, full_control) == (bucket["cat"].owner, bucket.acl, bucket["cat"].acl)
        assert bucket.public_access_block.block_public_acls

    def test_access_as_it_was_changed(self, s3, client):
        bucket = s3.create_bucket("open", ownership="ObjectWriter", versioning=True, objects={"cat": b"meow"})
        client.delete_public_access_block(Bucket="open")
        other = "7" * 64
        client.put_object_acl(Bucket="open", Key="cat", ACL="authenticated-read")
        client.put_object(Bucket="open", Key="cat", Body=b"purr", GrantRead=f"id={other}")
        client.put_bucket_acl(Bucket="open", GrantRead='uri="http://acs.amazonaws.com/groups/s3/LogDelivery"')
        assert ("ObjectWriter", None) == (bucket.ownership, bucket.public_access_block)
        assert [("LogDelivery", "READ")] == bucket.acl
        newer, older = bucket["cat"].versions
        assert [(other, "READ")] == newer.acl
        assert [("123456789012", "FULL_CONTROL"), ("AuthenticatedUsers", "READ")] == older.acl
        client.delete_bucket_ownership_controls(Bucket="open")
        assert bucket.ownership is None

    def test_owner_of_what_was_not_signed(self, s3, client):
        bucket = s3.create_bucket("open", ownership="ObjectWriter", versioning=True)
        client.delete_public_access_block(Bucket="open")
        client.put_bucket_acl(Bucket="open", ACL="public-read-write")
        nobody = s3.client(config=Config(signature_version=UNSIGNED))
        nobody.put_object(Bucket="open", Key="cat", Body=b"meow")
        nobody.delete_object(Bucket="open", Key="dog")
        assert [None, None] == [each.owner for each in bucket.versions("cat") + bucket.versions("dog")]

    def test_bucket_that_is_gone(self, s3, client):
        bucket = s3.create_bucket("pictures")
        client.delete_bucket(Bucket="pictures")
        with pytest.raises(UsageError) as caught:
            len(bucket)
        assert (
            "There is no bucket 'pictures' in this fake. "
            'Make it with s3.create_bucket("pictures"), or with a client.' == str(caught.value)
        )

    def test_bucket_that_is_absent(self, s3):
        with pytest.raises(KeyError) as caught:
            s3["pictures"]
        note = (
            "fakes3: There is no bucket 'pictures' in this fake. "
            'Make it with s3.create_bucket("pictures"), or with a client.'
        )
        assert ("pictures",) == caught.value.args
        assert [note] == caught.value.__notes__

    def test_the_fake_has_the_names_of_its_buckets(self, s3):
        s3.create_bucket("pictures")
        s3.create_bucket("films")
        assert ["films", "pictures"] == list(s3)

    def test_repr_of_the_fake(self, s3):
        s3.create_bucket("pictures")
        assert "<FakeS3 of account 123456789012 in us-east-1: 1 buckets>" == repr(s3)


class TestCalls:
    @pytest.fixture(autouse=True)
    def asked(self, s3, client):
        s3.create_bucket("pictures")
        client.put_object(Bucket="pictures", Key="cat", Body=b"meow")
        client.get_object(Bucket="pictures", Key="cat")
        with pytest.raises(ClientError, match="NoSuchKey"):
            client.get_object(Bucket="pictures", Key="dog")
        client.list_buckets()

    def test_in_order(self, s3):
        assert ["PutObject", "GetObject", "GetObject", "ListBuckets"] == [call.operation for call in s3.calls]
        assert [200, 200, 404, 200] == [call.status for call in s3.calls]
        assert [None, None, "NoSuchKey", None] == [call.error for call in s3.calls]
        assert 4 == len(s3.calls)
        assert "<Calls: 4 (2 GetObject, 1 PutObject, 1 ListBuckets)>" == repr(s3.calls)
        assert "ListBuckets" == s3.calls[-1].operation
        assert ["GetObject", "GetObject"] == [call.operation for call in s3.calls[1:3]]

    def test_parameters_but_not_the_bytes(self, s3):
        parameters = s3.calls[0].parameters
        assert ("pictures", "cat") == (parameters["Bucket"], parameters["Key"])
        assert "Body" not in parameters

    def test_filter(self, s3):
        assert [s3.calls[1], s3.calls[2]] == s3.calls.filter("GetObject")
        assert [s3.calls[2]] == s3.calls.filter("GetObject", key="dog")
        assert [s3.calls[2]] == s3.calls.filter(error="NoSuchKey")
        assert list(s3.calls[:3]) == s3.calls.filter(bucket="pictures")
        assert [s3.calls[3]] == s3.calls.filter(where=lambda call: not call.parameters)
        assert [] == s3.calls.filter("DeleteObject")

    def test_count(self, s3):
        assert 4 == s3.calls.count()
        assert 2 == s3.calls.count("GetObject")
        assert 1 == s3.calls.count("GetObject", key="dog")

    def test_of_a_listing_only_the_question_is_kept(self, s3):
        s3.create_bucket("many", objects={f"{number:03}": b"x" for number in range(100)})
        s3.client().list_objects_v2(Bucket="many")
        call = s3.calls[-1]
        assert {"Bucket": "many", "EncodingType": "url"} == call.parameters
        assert [("s3:ListBucket", "many", None)] == call.rights

    def test_clear(self, s3, client):
        s3.calls.clear()
        assert [] == list(s3.calls)
        client.list_buckets()
        assert 1 == len(s3.calls)


class TestClock:
    def test_freeze_and_advance(self, s3):
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.create_bucket("pictures", objects={"cat": b"meow"})
        s3.clock.advance(days=30)
        s3.client().put_object(Bucket="pictures", Key="dog", Body=b"woof")
        first = datetime(2026, 1, 1, tzinfo=UTC)
        assert first == s3["pictures"].created == s3["pictures"]["cat"].last_modified
        assert first + timedelta(days=30) == s3["pictures"]["dog"].last_modified

    def test_time_machine_moves_it(self, s3):
        with time_machine.travel(datetime(2030, 5, 1, tzinfo=UTC), tick=False):
            assert datetime(2030, 5, 1, tzinfo=UTC) == s3.clock.now()

    def test_fork_has_its_own(self, s3):
        s3.clock.freeze("2026-01-01T00:00:00Z")
        fork = s3.fork()
        fork.clock.advance(days=1)
        assert timedelta(days=1) == fork.clock.now() - s3.clock.now()


@pytest.fixture(scope="module")
def full() -> FakeS3:
    """A fake with 100,000 objects. Tests only fork it."""
    s3 = FakeS3()
    s3.create_bucket("pictures", objects={f"key-{number:06}": b"" for number in range(100_000)})
    return s3


class TestSnapshotsAndForks:
    """They copy nothing, and what either side does the other never sees."""

    @pytest.mark.parametrize("use", [FakeS3.restore, FakeS3.diff, FakeS3.assert_same])
    def test_what_is_no_snapshot(self, s3, use):
        with pytest.raises(UsageError) as caught:
            use(s3, "before")
        assert "'before' is not a snapshot. Give what s3.snapshot() returned." == str(caught.value)

    def test_a_fake_is_no_snapshot(self, s3):
        for use in (s3.restore, s3.snapshot().diff):
            with pytest.raises(UsageError, match=r"is not a snapshot\. Give what s3\.snapshot\(\) returned\.$"):
                use(s3)

    def test_fork_is_the_very_world(self, full):
        fork = full.fork()
        assert fork.service.world is full.service.world
        assert fork.snapshot().world is full.service.world

    def test_writes_on_either_side_are_invisible_to_the_other(self, full):
        one = full.fork()
        other = one.fork()
        one.client().put_object(Bucket="pictures", Key="of-one", Body=b"1")
        other.client().delete_object(Bucket="pictures", Key="key-000000")
        other.create_bucket("of-other")
        assert (True, True, ["pictures"]) == (
            "of-one" in one["pictures"],
            "key-000000" in one["pictures"],
            list(one.buckets),
        )
        assert (False, False, ["of-other", "pictures"]) == (
            "of-one" in other["pictures"],
            "key-000000" in other["pictures"],
            list(other.buckets),
        )
        assert 100_000 == len(full["pictures"])

    def test_fork_has_calls_of_its_own(self, s3):
        s3.client().list_buckets()
        fork = s3.fork()
        assert 0 == len(fork.calls)
        fork.client().list_buckets()
        assert 1 == len(s3.calls)

    def test_fork_is_of_the_same_account_region_and_seed(self):
        s3 = FakeS3(region="eu-west-1", account="111122223333", seed=7)
        assert s3.service.settings == s3.fork().service.settings

    def test_restore(self, s3, client):
        s3.create_bucket("pictures", objects={"cat": b"meow"})
        snapshot = s3.snapshot()
        client.put_object(Bucket="pictures", Key="dog", Body=b"woof")
        client.delete_object(Bucket="pictures", Key="cat")
        s3.create_bucket("more")
        s3.restore(snapshot)
        assert ["pictures"] == list(s3.buckets)
        assert ["cat"] == list(s3["pictures"])
        assert snapshot.world.buckets is s3.service.world.buckets

    def test_restore_gives_no_id_out_again(self, s3, client):
        s3.create_bucket("pictures", versioning=True)
        snapshot = s3.snapshot()
        first = client.put_object(Bucket="pictures", Key="cat", Body=b"1")["VersionId"]
        s3.restore(snapshot)
        second = client.put_object(Bucket="pictures", Key="cat", Body=b"2")["VersionId"]
        assert first != second

    def test_restore_into_another_fake(self, s3):
        s3.create_bucket("pictures", objects={"cat": b"meow"})
        other = FakeS3()
        other.restore(s3.snapshot())
        assert b"meow" == other["pictures"]["cat"].body

    def test_same_seed_and_calls_give_the_same_ids(self):
        def ids(seed: int) -> list[str]:
            s3 = FakeS3(seed=seed)
            s3.create_bucket("pictures", versioning=True)
            client = s3.client()
            answers = [client.put_object(Bucket="pictures", Key="cat", Body=b"meow") for _ in range(3)]
            return [
                text for answer in answers for text in (answer["VersionId"], answer["ResponseMetadata"]["RequestId"])
            ]

        assert ids(1) == ids(1)
        assert set(ids(1)).isdisjoint(ids(2))

    def test_diff(self, s3, client):
        s3.create_bucket("pictures", objects={"cat": b"meow", "dog": b"woof", "same": b""})
        s3.create_bucket("gone", objects={"old": b""})
        s3.create_bucket("kept", versioning=True, objects={"cat": b"1"})
        before = s3.snapshot()
        client.put_object(Bucket="pictures", Key="cat", Body=b"purr")
        client.put_object(Bucket="pictures", Key="cow", Body=b"moo")
        client.delete_object(Bucket="pictures", Key="dog")
        client.delete_object(Bucket="gone", Key="old")
        client.delete_bucket(Bucket="gone")
        s3.create_bucket("new", objects={"first": b""})
        second = client.put_object(Bucket="kept", Key="cat", Body=b"2")["VersionId"]
        marker = client.delete_object(Bucket="kept", Key="cat")["VersionId"]
        difference = before.diff(s3.snapshot())
        assert [
            Change("kept", "cat", marker, "delete marker"),
            Change("kept", "cat", second),
            Change("new", what="bucket"),
            Change("new", "first", "null"),
            Change("pictures", "cow", "null"),
        ] == sorted(difference.added, key=lambda each: (each.bucket, each.key or "", each.what))
        assert (Change("gone", what="bucket"), Change("gone", "old", "null"), Change("pictures", "dog", "null")) == (
            difference.removed
        )
        assert (Change("pictures", "cat", "null"),) == difference.changed
        assert difference

    def test_diff_of_configurations(self, s3):
        s3.create_bucket("pictures", versioning=False)
        other = FakeS3()
        other.clock.freeze(s3["pictures"].created)
        other.create_bucket("pictures", versioning=True)
        assert (Change("pictures", what="versioning"),) == s3.diff(other).changed
        other.client().delete_bucket_ownership_controls(Bucket="pictures")
        other.client().delete_public_access_block(Bucket="pictures")
        other.client().put_bucket_acl(Bucket="pictures", ACL="public-read")
        changed = {each.what for each in s3.diff(other).changed}
        assert {"versioning", "ownership", "public_access", "acl"} == changed

    def test_diff_of_what_accounts_block(self, s3):
        s3.create_bucket("pictures")
        other = s3.fork()
        other.account().public_access_block = {"BlockPublicAcls": True}
        block = Change("", what="public_access of account 123456789012")
        assert ((block,), (), ()) == s3.diff(other)
        assert ((), (block,), ()) == other.diff(s3)
        third = other.fork()
        third.account().public_access_block = {"IgnorePublicAcls": True}
        assert ((), (), (block,)) == other.diff(third)

    def test_diff_of_uploads_in_progress(self, s3, client):
        s3.create_bucket("pictures")
        before = s3.snapshot()
        id_ = client.create_multipart_upload(Bucket="pictures", Key="cat")["UploadId"]
        begun = s3.snapshot()
        client.upload_part(Bucket="pictures", Key="cat", UploadId=id_, PartNumber=1, Body=b"meow")
        upload = Change("pictures", "cat", id_, "multipart upload")
        assert ((upload,), (), ()) == before.diff(begun)
        assert ((), (), (upload,)) == begun.diff(s3.snapshot())
        assert ((), (upload,), ()) == begun.diff(before)

    def test_diff_tells_every_part_of_a_world(self):
        compared, others = {"buckets", "account_blocks", "access_points"}, {"sequence", "background", "mfa_devices"}
        assert compared | others == set(World._fields), (
            "Snapshot.diff compares the first three; the others say only how the world goes on."
        )

    def test_no_difference(self, full):
        fork = full.fork()
        assert not full.diff(fork)
        assert not full.diff(fork.snapshot())

    def test_diff_of_a_large_bucket_tells_the_one_key(self, full):
        fork = full.fork()
        fork.client().put_object(Bucket="pictures", Key="new", Body=b"")
        assert (Change("pictures", "new", "null"),) == full.diff(fork).added

    def test_reset(self, s3, client):
        s3.create_bucket("pictures", objects={"cat": b"meow"})
        client.list_buckets()
        s3.reset()
        assert [] == list(s3.buckets)
        assert 0 == len(s3.calls)
        assert [] == client.list_buckets()["Buckets"]
        s3.create_bucket("pictures")

    def test_entering_a_fork(self, s3):
        s3.create_bucket("pictures", objects={"cat": b"meow"})
        with mock_s3(fake=s3.fork()) as fork:
            fork.client().delete_object(Bucket="pictures", Key="cat")
        assert "cat" in s3["pictures"]


class TestTree:
    def test_empty(self, s3):
        assert "S3 is empty." == s3.tree()

    def test_keys_and_versions(self, s3, client):
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.create_bucket("pictures", objects={"cat": "meow"})
        s3.create_bucket("kept", region="eu-west-1", versioning=True, objects={"a": "1", "b": "1"})
        client = s3.client(region_name="eu-west-1")
        second = client.put_object(Bucket="kept", Key="a", Body=b"22", ContentType="text/plain")["VersionId"]
        marker = client.delete_object(Bucket="kept", Key="b")["VersionId"]
        first, hidden = s3["kept"].versions("a")[1].version_id, s3["kept"].versions("b")[1].version_id
        when = "2026-01-01 00:00:00"
        assert (
            "kept (eu-west-1, 1 object, versioning Enabled)\n"
            f"├── 'a' 2 B, text/plain, {when}, version {second}\n"
            f"│       older: 1 B, binary/octet-stream, {when}, version {first}\n"
            f"└── 'b' delete marker, {when}, version {marker}\n"
            f"        older: 1 B, binary/octet-stream, {when}, version {hidden}\n"
            "pictures (us-east-1, 1 object)\n"
            f"└── 'cat' 4 B, binary/octet-stream, {when}" == s3.tree()
        )

    def test_locks(self, s3, client):
        s3.clock.freeze("2026-01-01T00:00:00Z")
        s3.create_bucket("vault", object_lock=True)
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z"}
        id_ = client.put_object(Bucket="vault", Key="a", **lock, ObjectLockLegalHoldStatus="ON")["VersionId"]
        assert (
            "vault (us-east-1, 1 object, versioning Enabled, Object Lock)\n"
            f"└── 'a' 0 B, binary/octet-stream, 2026-01-01 00:00:00, version {id_}, "
            "COMPLIANCE until 2030-01-01 00:00:00, legal hold" == s3.tree()
        )

    def test_access(self, s3, client):
        s3.clock.freeze("2026-01-01T00:00:00Z")
        for name in ("a-preferred", "b-deleted", "c-partly"):
            s3.create_bucket(name, ownership="BucketOwnerPreferred")
        client.put_object(Bucket="a-preferred", Key="cat", ACL="aws-exec-read")
        client.put_bucket_acl(Bucket="a-preferred", ACL="log-delivery-write")
        client.delete_bucket_ownership_controls(Bucket="b-deleted")
        client.delete_public_access_block(Bucket="b-deleted")
        client.put_public_access_block(
            Bucket="c-partly", PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True}
        )
        assert (
            "a-preferred (us-east-1, 1 object, BucketOwnerPreferred, ACL)\n"
            "└── 'cat' 0 B, binary/octet-stream, 2026-01-01 00:00:00, ACL\n"
            "b-deleted (us-east-1, 0 objects, no Object Ownership, no public access block)\n"
            "c-partly (us-east-1, 0 objects, BucketOwnerPreferred, public access blocked in part)" == s3.tree()
        )

    def test_of_many_keys_shows_the_first(self, full):
        lines = full.tree().splitlines()
        assert 202 == len(lines)
        assert "pictures (us-east-1, 100000 objects)" == lines[0]
        assert lines[1].startswith("├── 'key-000000' ")
        assert "└── ... more than 200 keys" == lines[-1]
