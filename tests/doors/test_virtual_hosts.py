"""A bucket in the host name of a store of one's own: the endpoint of the client tells where the bucket ends.

S3: userguide/VirtualHosting.html
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from fakes3 import FakeS3, UnmockedRequest, mock_s3
from fakes3.doors.endpoint import CLIENT_HOSTS

STORE = "https://nyc3.digitaloceanspaces.com"


@pytest.fixture(autouse=True)
def buckets(request: pytest.FixtureRequest) -> None:
    if "s3" in request.fixturenames:
        s3 = request.getfixturevalue("s3")
        s3.create_bucket("data", objects={"k": "v"})
        s3.create_bucket("logs")


def client(**options: Any) -> Any:
    config = Config(s3={"addressing_style": "virtual"}, signature_version="s3v4")
    return boto3.client("s3", **{"endpoint_url": STORE, "config": config, **options})


def contents(s3: FakeS3) -> dict[str, list[str]]:
    return {name: list(s3[name]) for name in s3.buckets}


WRITTEN = {"data": ["k", "logs/x"], "logs": []}


class TestBoto3:
    @pytest.mark.parametrize("direct", [False, True])
    def test_the_bucket_of_the_host_is_written(self, direct):
        from_before = client(region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        for _ in range(2):  # what is remembered of a client's calls serves in the next mock too
            with mock_s3(direct=direct) as s3:
                s3.create_bucket("data", objects={"k": "v"})
                s3.create_bucket("logs")
                from_before.put_object(Bucket="data", Key="logs/x", Body=b"1")
                assert WRITTEN == contents(s3)

    @pytest.mark.parametrize("endpoint", [STORE, "https://s3.eu-central-1.example.org:8443", "http://store.internal"])
    def test_any_store(self, s3, endpoint):
        store = client(endpoint_url=endpoint)
        store.put_object(Bucket="data", Key="logs/x", Body=b"1")
        store.create_bucket(Bucket="new")
        assert {**WRITTEN, "new": []} == contents(s3)
        assert ["k", "logs/x"] == [each["Key"] for each in store.list_objects_v2(Bucket="data")["Contents"]]
        assert ["data", "logs", "new"] == [each["Name"] for each in store.list_buckets()["Buckets"]]

    def test_path_style(self, s3):
        client(config=Config(s3={"addressing_style": "path"})).put_object(Bucket="data", Key="logs/x", Body=b"1")
        assert WRITTEN == contents(s3)

    @pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
    def test_an_endpoint_variable_that_is_set_after_entry(self, s3, monkeypatch, name):
        monkeypatch.setenv(name, STORE)
        client(endpoint_url=None).put_object(Bucket="data", Key="logs/x", Body=b"1")
        assert WRITTEN == contents(s3)
        # Nothing signs this: it is for S3 because the variable names the host.
        assert 403 == requests.get("https://data.nyc3.digitaloceanspaces.com/k", timeout=5).status_code
        assert "GetObject" == s3.calls[-1].operation

    def test_a_presigned_url_sent_by_another_library(self, s3):
        url = client().generate_presigned_url("put_object", Params={"Bucket": "data", "Key": "logs/x"})
        assert url.startswith("https://data.nyc3.digitaloceanspaces.com/logs/x?")
        assert 200 == requests.put(url, data=b"1", timeout=5).status_code
        assert WRITTEN == contents(s3)


class TestOtherClients:
    def test_minio(self, s3):
        minio = pytest.importorskip("minio")
        store = minio.Minio("nyc3.digitaloceanspaces.com", access_key="a", secret_key="b", region="us-east-1")
        store.enable_virtual_style_endpoint()
        store.put_object("data", "logs/x", BytesIO(b"1"), 1)
        assert WRITTEN == contents(s3)

    def test_aiobotocore(self, s3):
        session_module = pytest.importorskip("aiobotocore.session")

        async def work() -> None:
            config = Config(s3={"addressing_style": "virtual"})
            session = session_module.get_session()
            async with session.create_client("s3", endpoint_url=STORE, config=config) as store:
                await store.put_object(Bucket="data", Key="logs/x", Body=b"1")

        asyncio.run(work())
        assert WRITTEN == contents(s3)

    def test_s3fs(self, s3):
        s3fs = pytest.importorskip("s3fs")
        files = s3fs.S3FileSystem(endpoint_url=STORE, config_kwargs={"s3": {"addressing_style": "virtual"}})
        files.pipe_file("data/logs/x", b"1")
        assert WRITTEN == contents(s3)


class TestUnknown:
    """Where nothing tells what the host of the store is, the request is refused, and never read in one of two ways."""

    URL = (
        "https://data.nyc3.digitaloceanspaces.com/logs/x?X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
    )

    def test_it_is_refused(self, s3):
        with pytest.raises(UnmockedRequest) as caught:
            requests.put(self.URL, data=b"1", timeout=5)
        assert (
            "A request to data.nyc3.digitaloceanspaces.com was stopped: it is signed for S3, but nothing says whether "
            "this host begins with the name of a bucket. Name the host of the store, without a bucket: "
            'mock_s3(endpoints=["nyc3.digitaloceanspaces.com"]) or '
            'mock_s3(endpoints=["data.nyc3.digitaloceanspaces.com"]).'
        ) == str(caught.value)
        assert {"data": ["k"], "logs": []} == contents(s3)

    def test_the_option_serves_it(self):
        with mock_s3(endpoints=["nyc3.digitaloceanspaces.com"]) as s3:
            s3.create_bucket("data")
            assert 403 == requests.get("https://data.nyc3.digitaloceanspaces.com/k", timeout=5).status_code
            assert "GetObject" == s3.calls[-1].operation

    @pytest.mark.parametrize("host", ["127.0.0.1:9000", "[::1]:9000", "minio:9000", "localhost"])
    def test_a_host_without_room_for_a_bucket_is_answered(self, s3, host):
        requests.put(f"http://{host}/logs/x?{self.URL.partition('?')[2]}", data=b"1", timeout=5)
        assert 1 == len(s3.calls)

    def test_what_clients_told_is_forgotten_with_the_last_fake(self):
        with mock_s3():
            client().list_buckets()
            assert {"nyc3.digitaloceanspaces.com"} == CLIENT_HOSTS.known
        assert frozenset() == CLIENT_HOSTS.known


class TestPaths:
    """An endpoint may have a path, after which the bucket and the key begin."""

    ENDPOINTS = ("http://minio:9000/data", "https://project.supabase.co/storage/v1/s3/")

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    @pytest.mark.parametrize("style", ["path", "virtual"])
    @pytest.mark.parametrize("direct", [False, True])
    def test_boto3(self, endpoint, style, direct):
        with mock_s3(direct=direct) as s3:
            s3.create_bucket("data", objects={"k": "v"})
            s3.create_bucket("logs")
            store = client(endpoint_url=endpoint, config=Config(s3={"addressing_style": style}))
            store.put_object(Bucket="data", Key="logs/x", Body=b"1")
            store.create_bucket(Bucket="storage")
            assert {**WRITTEN, "storage": []} == contents(s3)
            assert ["k", "logs/x"] == [each["Key"] for each in store.list_objects_v2(Bucket="data")["Contents"]]
            assert ["data", "logs", "storage"] == [each["Name"] for each in store.list_buckets()["Buckets"]]

    @pytest.mark.parametrize("endpoint", ENDPOINTS)
    @pytest.mark.parametrize("style", ["path", "virtual"])
    @pytest.mark.parametrize("version", ["s3", "s3v4"])
    def test_signatures_hold(self, endpoint, style, version):
        with mock_s3(verify_signatures=True, endpoints=[endpoint]) as s3:
            s3.create_bucket("data", objects={"k": "v"})
            config = Config(s3={"addressing_style": style}, signature_version=version)
            store = client(endpoint_url=endpoint, config=config)
            assert b"v" == store.get_object(Bucket="data", Key="k")["Body"].read()
            url = store.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k"})
            assert b"v" == requests.get(url, timeout=5).content
            form = store.generate_presigned_post("data", "form")
            answer = requests.post(form["url"], data=form["fields"], files={"file": b"f"}, timeout=5)
            assert (204, b"f") == (answer.status_code, s3["data"]["form"].body)

    @pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
    def test_in_an_endpoint_variable(self, s3, monkeypatch, name):
        monkeypatch.setenv(name, self.ENDPOINTS[0])
        client(endpoint_url=None).put_object(Bucket="data", Key="logs/x", Body=b"1")
        assert WRITTEN == contents(s3)

    def test_two_endpoints_with_paths_of_their_own(self, s3):
        for place in ("http://minio:9000/a", "http://minio:9000/b"):
            client(endpoint_url=place, config=None).put_object(Bucket="data", Key=place[-1], Body=b"1")
        assert {"data": ["a", "b", "k"], "logs": []} == contents(s3)

    def test_where_they_leave_open_what_is_meant_it_is_refused(self, s3):
        plain = client(endpoint_url="http://minio:9000", config=None)
        plain.put_object(Bucket="logs", Key="x", Body=b"1")
        with pytest.raises(UnmockedRequest) as caught:
            client(endpoint_url="http://minio:9000/data", config=None).put_object(Bucket="logs", Key="y", Body=b"1")
        assert (
            'A request to minio:9000/data/logs/y was stopped: endpoints at this host were given with the paths "/data" '
            'and "/", so nothing says where the name of the bucket begins. Give every client of minio:9000 the same '
            "endpoint_url."
        ) == str(caught.value)
        plain.put_object(Bucket="logs", Key="z", Body=b"1")
        assert {"data": ["k"], "logs": ["x", "z"]} == contents(s3)

    def test_aiobotocore(self, s3):
        session_module = pytest.importorskip("aiobotocore.session")

        async def work() -> None:
            async with session_module.get_session().create_client("s3", endpoint_url=self.ENDPOINTS[1]) as store:
                await store.put_object(Bucket="data", Key="logs/x", Body=b"1")

        asyncio.run(work())
        assert WRITTEN == contents(s3)
