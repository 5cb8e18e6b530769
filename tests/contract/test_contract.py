"""What every client of S3 finds, by whichever way it comes: a request means the same through every door.

A contract says what it `needs`, and is generated for each client that can do all of it. What a client cannot do stands
in its adapter, with the reason.
"""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest

from .store import CAPABILITIES, MIB, AlreadyThere, NotThere, Store, needs

# aioboto3 before 14 does, with the parts of an upload.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")

PART = 5 * MIB
"""The least that any part but the last one has."""

KEYS = [
    "plain.txt",
    "with/some/slashes",
    "with spaces",
    " leading space",
    "trailing space ",
    "a+b",
    "100%",
    "a%2Fb",
    "a&b=c;d",
    "a?b#c",
    "~!()'\"*,:@$",
    "*",
    "Grüße/漢字/🙂",
    "a//b",
    "folder/",
    "/leading",
    "a/../b",
    "a/..",
    "./a",
]

LARGE = bytes(range(256)) * (10 * MIB // 256) + b"and one more"


def names(store: Store) -> list[str]:
    """The keys that this client can say."""
    return [key for key in KEYS if key not in store.cannot_name]


class TestAdapters:
    def test_does_all_but_what_it_says_it_lacks(self, any_kind):
        assert CAPABILITIES == any_kind.can() | set(any_kind.lacks)
        assert set() == any_kind.can() & set(any_kind.lacks)
        assert set(any_kind.cannot_name) <= set(KEYS)

    def test_is_here(self, any_kind, wanted):
        if any_kind.is_installed():
            return
        assert any_kind.__name__ not in wanted
        pytest.skip(f"not installed: {' '.join(any_kind.libraries)}")


class TestObjects:
    @needs("put", "get")
    def test_comes_back_as_it_was_put(self, store, s3):
        body = bytes(range(256))
        store.put("key", body)
        assert body == store.get("key")
        assert ["key"] == list(s3["bucket"])

    @needs("put_empty", "get")
    def test_an_empty_one(self, store, s3):
        store.put_empty("key")
        assert b"" == store.get("key")
        assert ["key"] == list(s3["bucket"])

    @needs("put", "get")
    def test_the_last_put_wins(self, store, s3):
        store.put("key", b"first")
        store.put("key", b"the second")
        assert b"the second" == store.get("key")
        assert 1 == len(s3["bucket"])

    @needs("put", "get")
    def test_by_any_key(self, store, s3):
        for key in names(store):
            store.put(key, key.encode())
        assert sorted(names(store)) == list(s3["bucket"])
        assert {key: key.encode() for key in names(store)} == {key: store.get(key) for key in names(store)}

    @needs("get_range")
    def test_a_range(self, store, boto3_client):
        boto3_client.put_object(Bucket="bucket", Key="key", Body=b"0123456789")
        assert b"345" == store.get_range("key", 3, 6)
        assert b"0123456789" == store.get_range("key", 0, 10)

    @needs("head")
    def test_what_is_known_without_reading(self, store, boto3_client):
        boto3_client.put_object(Bucket="bucket", Key="key", Body=b"hello")
        assert (5, f'"{hashlib.md5(b"hello").hexdigest()}"') == store.head("key")

    @needs("content_type")
    def test_content_type(self, store, boto3_client):
        boto3_client.put_object(Bucket="bucket", Key="key", Body=b"{}", ContentType="application/json; charset=utf-8")
        assert "application/json; charset=utf-8" == store.content_type("key")

    @needs("metadata")
    def test_metadata(self, store, boto3_client):
        boto3_client.put_object(Bucket="bucket", Key="key", Body=b"x", Metadata={"author": "ann", "page": "1 of 2"})
        assert {"author": "ann", "page": "1 of 2"} == store.metadata("key")

    @needs("put_described")
    def test_described_by_who_puts_it(self, store, boto3_client):
        store.put_described("key", b"x", "text/markdown", {"author": "ann"})
        found = boto3_client.head_object(Bucket="bucket", Key="key")
        assert ("text/markdown", {"author": "ann"}) == (found["ContentType"], found["Metadata"])

    @needs("get", "delete")
    def test_deleted(self, store, s3):
        s3.create_bucket("other", objects={"key": "x"})
        store.bucket = "other"
        store.delete("key")
        assert [] == list(s3["other"])
        with pytest.raises(NotThere):
            store.get("key")

    @needs("copy")
    def test_copied(self, store, boto3_client, s3):
        boto3_client.put_object(Bucket="bucket", Key="a b/ü+.txt", Body=b"hello")
        store.copy("a b/ü+.txt", "copy")
        assert b"hello" == s3["bucket"]["copy"].body == s3["bucket"]["a b/ü+.txt"].body

    @needs("get", "get_version")
    def test_of_a_version(self, store, s3):
        bucket = s3.create_bucket("versioned", versioning=True)
        client = s3.client()
        first = client.put_object(Bucket=bucket.name, Key="key", Body=b"first")["VersionId"]
        client.put_object(Bucket=bucket.name, Key="key", Body=b"second")
        store.bucket = bucket.name
        assert (b"first", b"second") == (store.get_version("key", first), store.get("key"))

    @needs("make_bucket")
    def test_a_bucket_is_made(self, store, s3):
        store.make_bucket("new-bucket")
        assert ["bucket", "new-bucket"] == list(s3.buckets)


class TestLargeBodies:
    @needs("upload")
    def test_go_up_in_pieces(self, store, s3):
        store.upload("key", io.BytesIO(LARGE))
        assert LARGE == s3["bucket"]["key"].body

    @needs("download")
    def test_come_down_in_pieces(self, store, boto3_client):
        boto3_client.put_object(Bucket="bucket", Key="key", Body=LARGE)
        pieces = list(store.download("key"))
        assert LARGE == b"".join(pieces)
        assert 1 < len(pieces)

    @needs("multipart")
    def test_go_up_in_parts(self, store, s3):
        parts = [b"1" * PART, b"2" * PART, b"3"]
        store.multipart("key", parts)
        assert b"".join(parts) == s3["bucket"]["key"].body
        done = [call.operation for call in s3.calls if call.status == 200]
        assert ["CompleteMultipartUpload"] == [name for name in done if name.startswith("Complete")]
        assert 2 <= done.count("UploadPart")


class TestConditions:
    @needs("put_new")
    def test_a_new_key_is_put(self, store, s3):
        store.put_new("key", b"new")
        assert b"new" == s3["bucket"]["key"].body

    @needs("put_new")
    def test_a_key_that_is_there_stays(self, store, boto3_client, s3):
        boto3_client.put_object(Bucket="bucket", Key="key", Body=b"old")
        with pytest.raises(AlreadyThere):
            store.put_new("key", b"new")
        assert b"old" == s3["bucket"]["key"].body


class TestListings:
    @needs("keys")
    def test_of_keys(self, store, s3):
        s3.create_bucket("full", objects={"a": "", "b/1": "", "b/2/x": "", "c": ""})
        store.bucket = "full"
        assert ["a", "b/1", "b/2/x", "c"] == store.keys()
        assert ["b/1", "b/2/x"] == store.keys("b/")

    @needs("keys")
    def test_of_any_key(self, store, s3):
        spoken = [key for key in names(store) if not key.endswith("/")]
        s3.create_bucket("full", objects=dict.fromkeys(spoken, "x"))
        store.bucket = "full"
        assert sorted(spoken) == sorted(store.keys())

    @needs("keys")
    def test_of_several_pages(self, store, s3):
        every = [f"under/{number:04}" for number in range(1_001)]
        s3.create_bucket("full", objects=dict.fromkeys(every, "x"))
        store.bucket = "full"
        assert every == store.keys("under/")
        assert 2 <= sum(call.operation.startswith("ListObjects") for call in s3.calls)

    @needs("children")
    def test_of_what_is_directly_below_a_prefix(self, store, s3):
        s3.create_bucket("full", objects={"a/1": "", "a/2/x": "", "a/2/y": "", "a/3/z": "", "b": ""})
        store.bucket = "full"
        assert (["a/1"], ["a/2/", "a/3/"]) == store.children("a/")


class TestWhatIsMissing:
    """S3 says 404 with NoSuchKey or NoSuchBucket; clients tell the code, or the status, or that there is no file."""

    @needs("get")
    def test_a_key(self, store):
        with pytest.raises(NotThere) as caught:
            store.get("missing")
        assert caught.value.code in ("NoSuchKey", "404", None)

    @needs("head")
    def test_a_key_without_reading(self, store):
        with pytest.raises(NotThere) as caught:
            store.head("missing")
        assert caught.value.code in ("NoSuchKey", "404", None)

    @needs("get")
    def test_a_bucket_to_read_from(self, store):
        store.bucket = "missing-bucket"
        with pytest.raises(NotThere) as caught:
            store.get("key")
        assert caught.value.code in ("NoSuchBucket", "404", None)

    @needs("put")
    def test_a_bucket_to_write_to(self, store, s3):
        store.bucket = "missing-bucket"
        with pytest.raises(NotThere) as caught:
            store.put("key", b"x")
        assert caught.value.code in ("NoSuchBucket", "404", None)
        assert ["bucket"] == list(s3.buckets)

    @needs("keys")
    def test_a_bucket_to_list(self, store):
        store.bucket = "missing-bucket"
        with pytest.raises(NotThere) as caught:
            store.keys()
        assert caught.value.code in ("NoSuchBucket", "404", None)


class TestOneFake:
    """What boto3 wrote this client reads, and the other way round."""

    @needs("get")
    def test_it_reads_what_boto3_wrote(self, store, boto3_client):
        for key in names(store):
            boto3_client.put_object(Bucket="bucket", Key=key, Body=store.packed(key.encode()))
        assert {key: key.encode() for key in names(store)} == {key: store.get(key) for key in names(store)}

    @needs("put")
    def test_boto3_reads_what_it_wrote(self, store, boto3_client):
        store.put("a b/ü+.txt", b"hello")
        found = boto3_client.get_object(Bucket="bucket", Key="a b/ü+.txt")["Body"].read()
        assert store.packed(b"hello") == found

    @needs("multipart")
    def test_boto3_reads_its_parts(self, store, boto3_client):
        store.multipart("key", [b"1" * PART, b"2"])
        assert b"12" == boto3_client.get_object(Bucket="bucket", Key="key", Range=f"bytes={PART - 1}-")["Body"].read()


class TestForms:
    """A form that boto3 presigned, sent as a browser sends it."""

    @pytest.fixture
    def form(self, store) -> Any:
        limits = [["content-length-range", 1, 1000], {"Content-Type": "text/plain"}]
        fields = {"Content-Type": "text/plain"}
        return store.boto3.generate_presigned_post("bucket", "up/${filename}", Fields=fields, Conditions=limits)

    @needs("post_form")
    def test_stores_its_file(self, store, form, s3):
        assert 204 == store.post_form(form["url"], form["fields"], b"hello")
        assert {"up/name.txt": b"hello"} == {key: s3["bucket"][key].body for key in s3["bucket"]}

    @needs("post_form")
    def test_is_held_to_its_policy(self, store, form, s3):
        assert 400 == store.post_form(form["url"], form["fields"], bytes(1001))
        assert 403 == store.post_form(form["url"], {**form["fields"], "Content-Type": "text/html"}, b"hello")
        assert [] == list(s3["bucket"])


class TestPages:
    """A browser learns from the headers of an answer whether a page of another origin may have it."""

    @pytest.fixture(autouse=True)
    def rules(self, store: Store) -> None:
        rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.example"], "AllowedHeaders": ["x-*"]}
        store.s3.client().put_bucket_cors(Bucket=store.bucket, CORSConfiguration={"CORSRules": [rule]})

    @needs("post_form")
    def test_the_answer_to_a_preflight(self, store):
        asked = {
            "Origin": "https://a.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "X-One",
        }
        status, headers = store.ask_from_page("OPTIONS", "k", asked)
        assert (200, "https://a.example", "x-one") == (
            status,
            headers["access-control-allow-origin"],
            headers["access-control-allow-headers"],
        )
        assert 403 == store.ask_from_page("OPTIONS", "k", asked | {"Origin": "https://a.test"})[0]

    @needs("post_form")
    def test_the_answer_to_a_request_also_an_error(self, store):
        status, headers = store.ask_from_page("GET", "k", {"Origin": "https://a.example"})
        assert (403, "https://a.example", "true", "GET") == (
            status,
            headers["access-control-allow-origin"],
            headers["access-control-allow-credentials"],
            headers["access-control-allow-methods"],
        )
        assert "Origin, Access-Control-Request-Headers, Access-Control-Request-Method" in headers["vary"]

    @needs("post_form")
    def test_the_pages_of_a_website(self, store):
        client = store.s3.client()
        client.put_bucket_website(Bucket=store.bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        client.delete_public_access_block(Bucket=store.bucket)
        allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
        client.put_bucket_policy(Bucket=store.bucket, Policy=json.dumps({"Statement": allow}))
        client.put_object(Bucket=store.bucket, Key="docs/index.html", Body=b"<p>hello</p>")
        assert (200, b"<p>hello</p>") == store.browse("/docs/")
        status, page = store.browse("/absent")
        assert (404, True) == (status, b"<li>Code: NoSuchKey</li>" in page)
