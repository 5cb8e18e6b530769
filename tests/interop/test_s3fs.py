"""s3fs at a server: the configurations of a bucket, and what they do to a file system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .served import ACCESS_KEY_ID, SECRET_ACCESS_KEY

s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install s3fs")


@pytest.fixture
def options(url: str) -> dict[str, Any]:
    client = {"region_name": "us-east-1"}
    keys = {"key": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY}
    return {
        "endpoint_url": url,
        "client_kwargs": client,
        "skip_instance_cache": True,
        "use_listings_cache": False,
        **keys,
    }


@pytest.fixture
def fs(options: dict[str, Any], bucket: str) -> Iterator[Any]:
    """A file system that knows of versions."""
    made = s3fs.S3FileSystem(version_aware=True, **options)
    yield made
    made.close_session(made.loop, made.s3)


def test_versioning(fs: Any) -> None:
    fs.call_s3("put_bucket_versioning", Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    for text in (b"one", b"two"):
        fs.pipe_file("data/k", text)
    newest, oldest = [each["VersionId"] for each in fs.object_version_info("data/k")]
    with fs.open("data/k", version_id=oldest) as file:
        assert b"one" == file.read()
    assert b"two" == fs.cat_file("data/k", version_id=newest)
    fs.rm_file("data/k")
    assert not fs.exists("data/k")
    assert b"one" == fs.cat_file(f"data/k?versionId={oldest}")


def test_object_lock(fs: Any, advance: Callable[..., None]) -> None:
    fs.call_s3("create_bucket", Bucket="vault", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    configuration = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    fs.call_s3("put_object_lock_configuration", Bucket="vault", ObjectLockConfiguration=configuration)
    fs.pipe_file("vault/k", b"kept")
    version = fs.info("vault/k")["VersionId"]
    fs.rm_file("vault/k")  # a delete marker, which any lock allows
    with pytest.raises(PermissionError, match="object protected by object lock"):
        fs.call_s3("delete_object", Bucket="vault", Key="k", VersionId=version)
    assert b"kept" == fs.cat_file(f"vault/k?versionId={version}")
    advance(days=2)
    fs.call_s3("delete_object", Bucket="vault", Key="k", VersionId=version)
    assert [True] == [each["IsLatest"] for each in fs.call_s3("list_object_versions", Bucket="vault")["DeleteMarkers"]]


def test_lifecycle(fs: Any, advance: Callable[..., None]) -> None:
    rule = {"ID": "old", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 1}}
    fs.call_s3("put_bucket_lifecycle_configuration", Bucket="data", LifecycleConfiguration={"Rules": [rule]})
    fs.pipe({"data/logs/a": b"x", "data/kept": b"y"})
    assert ["data/kept", "data/logs/a"] == sorted(fs.find("data"))
    advance(days=3)
    assert ["data/kept"] == fs.find("data")


def test_encryption(fs: Any, options: dict[str, Any]) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    fs.call_s3("put_bucket_encryption", Bucket="data", ServerSideEncryptionConfiguration={"Rules": [rule]})
    fs.pipe_file("data/k", b"x")
    assert "aws:kms" == fs.call_s3("head_object", Bucket="data", Key="k")["ServerSideEncryption"]
    own = s3fs.S3FileSystem(s3_additional_kwargs={"ServerSideEncryption": "AES256"}, **options)
    own.pipe_file("data/own", b"x")
    assert "AES256" == own.call_s3("head_object", Bucket="data", Key="own")["ServerSideEncryption"]
    own.close_session(own.loop, own.s3)


def test_tagging(fs: Any) -> None:
    tags = [{"Key": "team", "Value": "data"}]
    with pytest.raises(OSError, match="NoSuchTagSet"):
        fs.call_s3("get_bucket_tagging", Bucket="data")
    fs.call_s3("put_bucket_tagging", Bucket="data", Tagging={"TagSet": tags})
    assert tags == fs.call_s3("get_bucket_tagging", Bucket="data")["TagSet"]
    fs.pipe_file("data/k", b"x")
    fs.put_tags("data/k", {"stage": "raw"})
    fs.put_tags("data/k", {"year": "2026"}, mode="m")
    assert {"stage": "raw", "year": "2026"} == fs.get_tags("data/k")


def test_cors_and_website(fs: Any) -> None:
    rules = [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]
    fs.call_s3("put_bucket_cors", Bucket="data", CORSConfiguration={"CORSRules": rules})
    assert rules == fs.call_s3("get_bucket_cors", Bucket="data")["CORSRules"]
    website = {"IndexDocument": {"Suffix": "index.html"}}
    fs.call_s3("put_bucket_website", Bucket="data", WebsiteConfiguration=website)
    assert website == {"IndexDocument": fs.call_s3("get_bucket_website", Bucket="data")["IndexDocument"]}
    fs.pipe_file("data/index.html", b"<h1>Welcome</h1>", ContentType="text/html")
    assert "text/html" == fs.info("data/index.html")["ContentType"]
