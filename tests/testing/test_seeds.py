"""Filling a bucket from files, archives, buckets of other fakes and listings."""

from __future__ import annotations

import pickle
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


class TestLazily:
    """A file is read when it is asked for, and must then be what it was."""

    def test_it_reads_nothing_until_then(self, s3, folder):
        bucket = s3.create_bucket("files", folder=folder, lazy=True)
        (folder / "top.txt").unlink()
        assert {"a/b.txt": 5, "a/c/empty": 0, "top.txt": 3} == {key: each.size for key, each in bucket.items()}
        assert "'top.txt' 3 B, binary/octet-stream, " in s3.tree()
        assert "below" == bucket["a/b.txt"].text
        with pytest.raises(UsageError, match="since it became an object"):
            bucket["top.txt"].text  # noqa: B018

    def test_it_is_as_if_it_had_been_read_at_once(self, s3, folder):
        late, soon = (s3.create_bucket(f"lazy-{each}".lower(), folder=folder, lazy=each) for each in (True, False))
        assert FILES == texts(late)
        for key in FILES:
            for name in ("etag", "checksum", "size", "metadata", "tags", "storage_class", "version_id"):
                assert getattr(soon[key], name) == getattr(late[key], name), (key, name)
        whole = s3.client().get_object(Bucket="lazy-true", Key="top.txt", ChecksumMode="ENABLED")
        assert (b"top", 3) == (whole["Body"].read(), whole["ContentLength"])

    def test_a_list_reads_the_files_of_its_page(self, s3, folder):
        s3.create_bucket("files", folder=folder, lazy=True)
        (folder / "top.txt").unlink()
        page = s3.client().list_objects_v2(Bucket="files", MaxKeys=1)
        assert ['"6cede1cfde12fc6d88ad1d8b6636a977"'] == [each["ETag"] for each in page["Contents"]]
        with pytest.raises(UsageError, match="cannot be read"):
            s3.client().list_objects_v2(Bucket="files")

    def test_what_was_read_is_kept_and_shared_by_forks_and_copies(self, s3, folder):
        s3.create_bucket("files", folder=folder, lazy=True)
        fork, client = s3.fork(), s3.client()
        client.copy_object(Bucket="files", Key="copy", CopySource="files/top.txt")
        client.put_object_tagging(Bucket="files", Key="top.txt", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        assert b"op" == client.get_object(Bucket="files", Key="top.txt", Range="bytes=1-")["Body"].read()
        (folder / "top.txt").unlink()
        assert ["top", "top", "top"] == [
            each.text for each in (s3["files"]["copy"], *(x["files"]["top.txt"] for x in (s3, fork)))
        ]

    def test_a_file_that_has_changed_is_refused(self, s3, folder):
        bucket = s3.create_bucket("files", folder=folder, lazy=True)
        (folder / "top.txt").write_text("another")
        with pytest.raises(UsageError) as refused:
            s3.client().head_object(Bucket="files", Key="top.txt")
        assert (
            f"The file {str(folder / 'top.txt')!r} has changed since it became an object of a bucket that reads files "
            "when they are asked for. Leave it as it is while the bucket is used, or have all files read at once: "
            "leave out lazy."
        ) == str(refused.value)
        assert "below" == bucket["a/b.txt"].text

    def test_a_difference_tells_that_it_cannot_be_compared(self, s3, folder):
        s3.create_bucket("files", folder=folder, lazy=True)
        before = s3.snapshot()
        (folder / "top.txt").write_text("another")
        s3.client().put_object(Bucket="files", Key="top.txt", Body=b"new")
        (line,) = before.diff(s3.snapshot()).lines
        assert line.startswith("~ files: object 'top.txt': The file ")

    def test_paths_of_objects(self, s3, folder):
        bucket = s3.create_bucket("files", objects={"renamed": folder / "top.txt", "text": "text"}, lazy=True)
        assert {"renamed": "top", "text": "text"} == texts(bucket)

    def test_it_survives_a_pickle(self, s3, folder):
        version = s3.create_bucket("files", folder=folder, lazy=True)["top.txt"]._version
        assert version == pickle.loads(pickle.dumps(version))

    @pytest.mark.parametrize("objects", [None, {"a": "text"}, "2013-09-02 21:37:53         10 a.txt"])
    def test_without_files_it_is_a_mistake(self, s3, objects):
        with pytest.raises(UsageError) as refused:
            s3.create_bucket("files", objects=objects, lazy=True)
        assert ("lazy=True is for files. Give folder=, or paths of files in objects=, or leave out lazy=True.") == str(
            refused.value
        )

    def test_an_archive_is_refused(self, s3, tmp_path):
        path = tmp_path / "files.zip"
        zipfile.ZipFile(path, "w").close()
        with pytest.raises(UsageError, match=r"can only be read at once\. Unpack it, or leave out lazy=True\.$"):
            s3.create_bucket("files", folder=path, lazy=True)


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
