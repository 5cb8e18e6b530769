"""Faults through every library of HTTP, and at a port: each meets what it meets where a connection breaks."""

from __future__ import annotations

import http.client
import urllib.error
from typing import Any

import aiohttp
import boto3
import httpx
import pytest
import requests
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError, ResponseStreamingError

from fakes3 import FakeS3, mock_s3
from fakes3.doors.server import Site, serving

from .http_libraries import LIBRARIES, Library

BROKEN: tuple[type[Exception], ...] = (
    *(requests.RequestException, urllib3.exceptions.HTTPError, httpx.TransportError, aiohttp.ClientError),
    *(urllib.error.URLError, http.client.HTTPException, OSError),
)


@pytest.fixture(params=LIBRARIES, ids=lambda library: type(library).__name__)
def library(request: pytest.FixtureRequest) -> Library:
    found: Library = request.param
    return found


class TestLibraries:
    """A presigned URL, opened with each library."""

    @pytest.mark.parametrize("fault", [{"drop": "before"}, {"drop": "after"}, {"time_out": "before"}, {"truncate": 2}])
    def test_a_connection_breaks(self, library: Library, fault: dict[str, Any]) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos", objects={"cat": "meow"})
            url = boto3.client("s3").generate_presigned_url("get_object", {"Bucket": "photos", "Key": "cat"})
            with s3.faults.add(**fault), pytest.raises(BROKEN):
                library.send("GET", url)
            assert b"meow" == library.send("GET", url).body

    def test_a_bit_is_flipped(self, library: Library) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos", objects={"cat": "meow"})
            url = boto3.client("s3").generate_presigned_url("get_object", {"Bucket": "photos", "Key": "cat"})
            s3.faults.add(corrupt=True)
            assert b"menw" == library.send("GET", url).body

    def test_an_error(self, library: Library) -> None:
        with mock_s3() as s3:
            s3.create_bucket("photos")
            url = boto3.client("s3").generate_presigned_url("get_object", {"Bucket": "photos", "Key": "cat"})
            s3.faults.add(error="SlowDown")
            assert 503 == library.send("GET", url).status


class TestServer:
    """The same at a port, where the connection is real."""

    @pytest.fixture
    def client(self, s3: FakeS3) -> Any:
        s3.create_bucket("photos", objects={"cat": "meow"})
        with serving(Site(s3.service)) as url:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=0.3, s3={"addressing_style": "path"})
            client: Any = boto3.client(
                "s3",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="any",
                aws_secret_access_key="any",
                config=config,
            )
            yield client
            client.close()

    @pytest.mark.parametrize(("moment", "is_there"), [("before", False), ("after", True)])
    def test_drop(self, s3: FakeS3, client: Any, moment: Any, is_there: bool) -> None:
        with s3.faults.add(drop=moment), pytest.raises(ConnectionClosedError):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
        assert is_there is ("dog" in s3["photos"])

    def test_time_out(self, s3: FakeS3, client: Any) -> None:
        with s3.faults.add(time_out="after"), pytest.raises(ReadTimeoutError):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
        assert "dog" in s3["photos"]
        client.head_object(Bucket="photos", Key="dog")

    def test_truncate(self, s3: FakeS3, client: Any) -> None:
        with s3.faults.add(truncate=2):
            body = client.get_object(Bucket="photos", Key="cat")["Body"]
            with pytest.raises(ResponseStreamingError):
                body.read()

    def test_corrupt(self, s3: FakeS3, client: Any) -> None:
        with s3.faults.add(corrupt=True), pytest.raises(ClientError, match="BadDigest"):
            client.put_object(Bucket="photos", Key="dog", Body=b"woof")
