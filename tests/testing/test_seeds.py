"""Filling a bucket from files, archives, buckets of other fakes and listings."""

from __future__ import annotations

import tarfile
import zipfile

import pytest

from fakes3 import FakeS3, UsageError

FILES = {"top.txt": "top", "a/b.txt": "below", "a/c/empty": ""}


@pytest.fixture
def s3() -> FakeS3:
    return FakeS3()


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "files"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def texts(bucket) -> dict[str, str]:
    return {key: each.text for key, each in bucket.items()}


class TestFiles:
    def test_a_folder(self, s3, folder):
        assert FILES == texts(s3.create_bucket("files", folder=folder))

    def test_a_zip(self, s3, folder, tmp_path):
        path = tmp_path / "files.zip"
        with zipfile.ZipFile(path, "w") as packed:
            packed.mkdir("a")
            for name in FILES:
                packed.write(folder / name, name)
        assert FILES == texts(s3.create_bucket("files", folder=path))

    @pytest.mark.parametrize("mode", ["w", "w:gz"])
    def test_a_tar(self, s3, folder, tmp_path, mode):
        path = tmp_path / "files.tar"
        with tarfile.open(path, mode) as packed:
            packed.add(folder, arcname=".")
        assert FILES == texts(s3.create_bucket("files", folder=str(path)))

    def test_a_file(self, s3, folder):
        bucket = s3.create_bucket("files", objects={"renamed": folder / "top.txt"})
        assert {"renamed": "top"} == texts(bucket)


class TestAnotherFake:
    def test_a_bucket(self, s3):
        other = FakeS3(account="111122223333", bucket_defaults="2022")
        theirs = other.create_bucket("theirs", object_lock=True)
        put = {"Body": b"x" * 100, "Metadata": {"a": "b"}, "StorageClass": "STANDARD_IA", "ACL": "public-read"}
        other.client().put_object(Bucket="theirs", Key="a", Tagging="c=d", **put, ObjectLockLegalHoldStatus="ON")
        mine = s3.create_bucket("mine", objects=theirs)["a"]
        for name in ("body", "etag", "checksum", "metadata", "tags", "storage_class", "last_modified"):
            assert getattr(theirs["a"], name) == getattr(mine, name), name
        assert ("null", "123456789012", False) == (mine.version_id, mine.owner, mine.legal_hold)
        assert mine.acl == [(s3.account_id, "FULL_CONTROL")]

    def test_an_object_into_a_bucket_with_versioning(self, s3):
        first = s3.create_bucket("first", objects={"a": "1"})
        second = s3.create_bucket("second", versioning=True, objects={"b": first["a"]})
        assert "1" == second["b"].text
        assert 32 == len(second["b"].version_id)

    def test_between_the_two_kinds_of_buckets(self, s3):
        """A directory bucket has no tags, another storage class and ETags that are no MD5."""
        put = {"Body": b"body", "Metadata": {"a": "b"}, "Tagging": "c=d", "StorageClass": "STANDARD_IA"}
        s3.create_bucket("plain")
        s3.client().put_object(Bucket="plain", Key="a", **put, ContentType="text/plain")
        express = s3.create_bucket("b--use1-az4--x-s3", objects={"a": s3["plain"]["a"]})["a"]
        assert (b"body", {"a": "b"}, {}, "text/plain") == (
            express.body,
            express.metadata,
            express.tags,
            express.content_type,
        )
        assert ("EXPRESS_ONEZONE", True) == (express.storage_class, express.etag != s3["plain"]["a"].etag)
        back = s3.create_bucket("back", objects={"a": express})["a"]
        assert ("STANDARD", s3["plain"]["a"].etag, {"a": "b"}) == (back.storage_class, back.etag, back.metadata)


LISTING = """
2013-09-02 21:37:53         10 a.txt
2013-09-02 21:32:57          0 with spaces.zip
2020-01-01 00:00:00   20971521 big/ü.bin

Total Objects: 3
   Total Size: 20971531
"""


class TestListing:
    def test_objects_have_its_keys_sizes_and_times(self, s3):
        bucket = s3.create_bucket("listed", objects=LISTING)
        assert {"a.txt": 10, "big/ü.bin": 20971521, "with spaces.zip": 0} == {k: v.size for k, v in bucket.items()}
        assert "2013-09-02T21:37:53+00:00" == bucket["a.txt"].last_modified.isoformat()
        assert bytes(10) == bucket["a.txt"].body
        assert "a63c90cc3684ad8b0a2176a6a8fe9005" == bucket["a.txt"].etag  # the MD5 of ten zeros

    def test_what_the_cli_uploads_in_parts_has_such_an_etag(self, s3):
        big = s3.create_bucket("listed", objects=LISTING)["big/ü.bin"]
        assert (True, None) == (big.etag.endswith("-3"), big.checksum)

    def test_a_terabyte_takes_no_memory(self, s3):
        bucket = s3.create_bucket("listed", objects=f"2020-01-01 00:00:00 {1024**4} big")
        assert 1024**4 == bucket["big"].size
        answer = s3.client().get_object(Bucket="listed", Key="big", Range="bytes=-3")
        assert bytes(3) == answer["Body"].read()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"objects": "                           PRE a/"},
            "'                           PRE a/' is no line of a listing: date, time, bytes and key. Give objects= a "
            "dictionary, or what `aws s3 ls --recursive s3://BUCKET/` prints, without --human-readable.",
        ),
        ({"objects": {"a": 3}}, "The object 'a' cannot be made from int. Give bytes or str."),
        ({"folder": __file__}, f"{__file__!r} is no folder and no archive. Give a folder, or a file of zip or tar."),
    ],
)
def test_what_is_refused(s3, given, message):
    with pytest.raises(UsageError) as refusal:
        s3.create_bucket("files", **given)
    assert message == str(refusal.value)
    assert [] == list(s3.buckets)


def test_a_file_that_is_not_there_is_refused(s3, tmp_path):
    path = tmp_path / "none"
    with pytest.raises(UsageError) as refusal:
        s3.create_bucket("files", objects={"a": path})
    assert f"There is no file {str(path)!r} to make the object 'a' from. Give an existing file." == str(refusal.value)
