"""`fakes3 serve --as NAME`: what clients of another server find in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3.__main__ import main, make_parser, make_service
from fakes3.doors.server import Site, serving
from fakes3.testing.guises import GUISES

from ..doors.raw_http import Raw, connected, head

LOCALSTACK = "localhost.localstack.cloud:4566"


@contextmanager
def served_as(name: str, *options: str) -> Iterator[str]:
    service = make_service(make_parser().parse_args(["serve", "--as", name, *options]))
    guise = GUISES[name]
    with serving(Site(service, base_hosts=("localhost", *guise.hosts), pages=guise.pages)) as url:
        yield url


def client_of(url: str, key: str, secret: str) -> Any:
    return boto3.session.Session(key, secret, region_name="us-east-1").client("s3", endpoint_url=url)


class TestLocalStack:
    @pytest.fixture
    def url(self) -> Iterator[str]:
        with served_as("localstack") as url:
            yield url

    @pytest.fixture
    def raw(self, url: str) -> Iterator[Raw]:
        with connected(url) as raw:
            yield raw

    def test_its_port(self):
        assert 4566 == GUISES["localstack"].port

    def test_an_account_id_is_an_access_key(self, url: str):
        """docs.localstack.cloud, Credentials: the secret is ignored, and any other key is of account 000000000000."""
        for number, key in enumerate(("test", "112233445566", "000000000042")):
            client = client_of(url, key, "whatever")
            client.create_bucket(Bucket=f"bucket-{number}")
            assert [f"bucket-{number}"] == [each["Name"] for each in client.list_buckets()["Buckets"]]
            client.close()
        same = client_of(url, "foobar123", "test")
        assert ["bucket-0"] == [each["Name"] for each in same.list_buckets()["Buckets"]]
        with pytest.raises(same.exceptions.BucketAlreadyExists):
            same.create_bucket(Bucket="bucket-1")
        same.close()

    def test_presigned_urls_are_of_keys_without_a_known_secret(self, url: str):
        client = client_of(url, "112233445566", "whatever")
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="k", Body=b"hello")
        target = client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"})
        with connected(url) as raw:
            assert b"hello" == raw.ask(head("GET", target.removeprefix(url)).partition(b"X-Amz-Date")[0] + b"\r\n").body
        client.close()

    def test_keys_of_accounts_are_known_beside(self):
        with served_as("localstack", "--account", "111122223333:alice:s1") as url:
            for key, secret in (("alice", "s1"), ("test", "test")):
                client = client_of(url, key, secret)
                client.create_bucket(Bucket=f"of-{key}")
                assert [f"of-{key}"] == [each["Name"] for each in client.list_buckets()["Buckets"]]
                client.close()
            forger = client_of(url, "alice", "another")
            with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
                forger.list_buckets()
            forger.close()

    @pytest.mark.parametrize(
        ("host", "target"),
        [
            (f"bucket.s3.{LOCALSTACK}", "/"),
            (f"bucket.s3.eu-west-1.{LOCALSTACK}", "/"),
            (f"s3.{LOCALSTACK}", "/bucket"),
            (f"s3.us-east-1.{LOCALSTACK}", "/bucket"),
            (LOCALSTACK, "/bucket"),
            ("localhost:4566", "/bucket"),
            ("localstack:4566", "/bucket"),
        ],
    )
    def test_its_names(self, raw: Raw, host: str, target: str):
        assert b"/bucket" == raw.ask(head("PUT", target, host=host)).headers[b"location"]

    @pytest.mark.parametrize("host", ["localhost:4566", "127.0.0.1:4566", LOCALSTACK, "localstack"])
    def test_its_health(self, raw: Raw, host: str):
        request = f"GET /_localstack/health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        for _ in range(2):
            answer = raw.ask(request)
            assert (200, b"application/json") == (answer.status, answer.headers[b"content-type"])
            assert {"s3": "running"} == json.loads(answer.body)["services"]
            assert b'"s3": "running"' in answer.body  # as scripts look for it
        assert (200, b"") == (raw.ask(request.replace(b"GET", b"HEAD"), "HEAD").status, b"")
        assert 200 != raw.ask(request.replace(b"GET", b"DELETE")).status

    @pytest.mark.parametrize("host", [f"bucket.s3.{LOCALSTACK}", "bucket.localhost", "s3.amazonaws.com"])
    def test_in_a_bucket_it_is_a_key(self, raw: Raw, host: str):
        assert 404 == raw.ask(head("GET", "/_localstack/health", host=host)).status


class TestMinio:
    @pytest.mark.parametrize("variables", [{}, {"MINIO_ROOT_USER": "root", "MINIO_ROOT_PASSWORD": "secret-of-root"}])
    def test_its_keys(self, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch):
        for name in ("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        user, password = tuple(variables.values()) or ("minioadmin", "minioadmin")
        with served_as("minio") as url:
            client = client_of(url, user, password)
            client.create_bucket(Bucket="bucket")
            client.close()
            for key, secret, code in ((user, "wrong", "SignatureDoesNotMatch"), ("x", "y", "InvalidAccessKeyId")):
                stranger = client_of(url, key, secret)
                with pytest.raises(ClientError, match=code):
                    stranger.list_buckets()
                stranger.close()

    @pytest.mark.parametrize("name", ["live", "ready", "cluster", "cluster/read"])
    def test_its_health(self, name: str):
        """docs.min.io, Healthcheck Probes: 200, and no other data."""
        with served_as("minio") as url, connected(url) as raw:
            for method in ("GET", "HEAD"):
                request = f"{method} /minio/health/{name} HTTP/1.1\r\nHost: minio:9000\r\n\r\n".encode()
                answer = raw.ask(request, method)
                assert (200, b"0", b"") == (answer.status, answer.headers[b"content-length"], answer.body)


def test_another_name_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        main(["serve", "--as", "ceph"])
    assert "choose from" in capsys.readouterr().err
