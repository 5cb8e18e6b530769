"""Ways to reach S3 from a Python process: a small script for each, which reads the object `key` of the bucket `bucket`.

A way is named by its function. It is skipped where a library that it needs is not installed.
"""

from __future__ import annotations

import asyncio
import http.client
import io
import threading
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from botocore.config import Config

from fakes3 import FakeS3, mock_s3

BODY = b"a,b\n1,2\n"
"""The object, which is also a table."""

KEYS: dict[str, Any] = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
OF_THE_MODULE: Any = boto3.session.Session(**KEYS, region_name="us-east-1").client("s3")


@dataclass(frozen=True)
class At:
    """Where the object is."""

    s3: FakeS3
    url: str
    """A presigned URL of it."""

    @property
    def target(self) -> str:
        """The path and query of the URL."""
        return "/" + self.url.split("/", 3)[3]


@dataclass(frozen=True)
class Way:
    """One way."""

    run: Callable[[At], Any]
    needs: tuple[str, ...] = ()
    """The libraries that it needs."""
    is_stopped: bool = False
    """Whether it ends in UnmockedRequest, and not in an answer."""
    is_late: bool = False
    """Whether it returns a function that is called after the mock was left."""


WAYS: dict[str, Way] = {}


def way(*needs: str, is_stopped: bool = False, is_late: bool = False) -> Callable[[Callable[[At], Any]], Any]:
    """Add a function to the ways."""

    def add(run: Callable[[At], Any]) -> Callable[[At], Any]:
        WAYS[run.__name__] = Way(run, needs, is_stopped or is_late, is_late)
        return run

    return add


def read(client: Any) -> bytes:
    """Read the object with a client of boto3's."""
    return bytes(client.get_object(Bucket="bucket", Key="key")["Body"].read())


def client(**options: Any) -> Any:
    return boto3.session.Session().client("s3", **options)


# ---- The standard library ----


@way()
def urllib_request(at: At) -> bytes:
    with urllib.request.urlopen(at.url, timeout=60) as answer:
        return bytes(answer.read())


@way()
def urllib_request_by_a_proxy(at: At) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"https": "http://proxy.test:3128"}))
    with opener.open(at.url, timeout=60) as answer:
        return bytes(answer.read())


@way()
def http_client(at: At) -> bytes:
    connection = http.client.HTTPSConnection("bucket.s3.amazonaws.com", timeout=60)
    connection.request("GET", at.target)
    return connection.getresponse().read()


@way()
def http_client_by_hand(at: At) -> bytes:
    connection = http.client.HTTPSConnection("bucket.s3.amazonaws.com", timeout=60)
    connection.connect()
    connection.putrequest("GET", at.target)
    connection.endheaders()
    return connection.getresponse().read()


@way(is_stopped=True)
def urllib_request_to_another_service(_at: At) -> Any:
    return urllib.request.urlopen("https://sts.amazonaws.com/", timeout=60)


# ---- botocore ----


@way()
def boto3_client(_at: At) -> bytes:
    return read(client())


@way()
def boto3_client_of_the_module(_at: At) -> bytes:
    return read(OF_THE_MODULE)


@way()
def boto3_default_session(_at: At) -> bytes:
    return read(boto3.client("s3"))


@way()
def boto3_resource(_at: At) -> bytes:
    return bytes(boto3.session.Session().resource("s3").Object("bucket", "key").get()["Body"].read())


@way()
def boto3_profile(_at: At) -> bytes:
    return read(boto3.session.Session(profile_name="corp", region_name="us-east-1").client("s3"))


@way()
def boto3_transfer(_at: At) -> bytes:
    into = io.BytesIO()
    client().download_fileobj("bucket", "key", into)
    return into.getvalue()


@way()
def boto3_at_a_store_of_ones_own(_at: At) -> bytes:
    return read(client(endpoint_url="http://minio:9000"))


@way()
def boto3_in_threads(_at: At) -> bytes:
    with ThreadPoolExecutor(4) as pool:
        (answer,) = set(pool.map(read, [OF_THE_MODULE] * 8, timeout=60))
    return answer


@way()
def boto3_in_a_thread_of_asyncio(_at: At) -> bytes:
    return asyncio.run(asyncio.to_thread(read, OF_THE_MODULE))


@way()
def boto3_above_http(at: At) -> bytes:
    with mock_s3(fake=at.s3, direct=True):
        return read(client())


@way()
def botocore_session(_at: At) -> bytes:
    return read(import_module("botocore.session").Session().create_client("s3", region_name="us-east-1"))


@way(is_stopped=True)
def boto3_for_another_service(_at: At) -> Any:
    return boto3.session.Session().client("sts").get_caller_identity()


@way("smart_open")
def smart_open(_at: At) -> bytes:
    with import_module("smart_open").open("s3://bucket/key", "rb", transport_params={"client": client()}) as file:
        return bytes(file.read())


@way("cloudpathlib")
def cloudpathlib(_at: At) -> bytes:
    with TemporaryDirectory() as folder:
        found = import_module("cloudpathlib").S3Client(boto3_session=boto3.session.Session(), local_cache_dir=folder)
        return bytes(found.CloudPath("s3://bucket/key").read_bytes())


# ---- aiobotocore ----


async def read_by_aiobotocore(session: Any, **options: Any) -> bytes:
    async with session.create_client("s3", region_name="us-east-1", **options) as s3:
        answer = await s3.get_object(Bucket="bucket", Key="key")
        return bytes(await answer["Body"].read())


@way("aiobotocore")
def aiobotocore(_at: At) -> bytes:
    return asyncio.run(read_by_aiobotocore(import_module("aiobotocore.session").get_session()))


@way("aiobotocore.httpxsession", "httpx2")
def aiobotocore_by_httpx(_at: At) -> bytes:
    config = import_module("aiobotocore.config").AioConfig(
        http_session_cls=import_module("aiobotocore.httpxsession").HttpxSession
    )
    return asyncio.run(read_by_aiobotocore(import_module("aiobotocore.session").get_session(), config=config))


@way("aioboto3")
def aioboto3(_at: At) -> bytes:
    async def work() -> bytes:
        async with import_module("aioboto3").Session().client("s3", region_name="us-east-1") as s3:
            answer = await s3.get_object(Bucket="bucket", Key="key")
            return bytes(await answer["Body"].read())

    return asyncio.run(work())


@way("s3fs")
def s3fs(_at: At) -> bytes:
    return bytes(import_module("s3fs").S3FileSystem().cat("bucket/key"))


# ---- Libraries of HTTP, and what stands on them ----


@way("requests")
def requests(at: At) -> bytes:
    return bytes(import_module("requests").get(at.url, timeout=60).content)


@way("requests")
def requests_session(at: At) -> bytes:
    with import_module("requests").Session() as session:
        return bytes(session.get(at.url, timeout=60).content)


@way()
def urllib3(at: At) -> bytes:
    with import_module("urllib3").PoolManager() as pool:
        return bytes(pool.request("GET", at.url).data)


@way("minio")
def minio(_at: At) -> bytes:
    found = import_module("minio").Minio("s3.amazonaws.com", **minio_keys(), region="us-east-1")
    answer = found.get_object("bucket", "key")
    return bytes(answer.data)


def minio_keys() -> dict[str, str]:
    found = boto3.session.Session().get_credentials()
    assert found is not None
    return {"access_key": str(found.access_key), "secret_key": str(found.secret_key)}


@way("httpx")
def httpx(at: At) -> bytes:
    return bytes(import_module("httpx").get(at.url).content)


def by_httpx(name: str, run: Callable[..., Any], url: str) -> bytes:
    async def work() -> bytes:
        async with import_module(name).AsyncClient() as asked:
            return bytes((await asked.get(url)).content)

    return bytes(run(work))


def run_by_asyncio(work: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
    return asyncio.run(work())


@way("httpx")
def httpx_of_asyncio(at: At) -> bytes:
    return by_httpx("httpx", run_by_asyncio, at.url)


@way("httpx", "trio")
def httpx_of_trio(at: At) -> bytes:
    return by_httpx("httpx", import_module("trio").run, at.url)


@way("httpx2")
def httpx2_of_asyncio(at: At) -> bytes:
    return by_httpx("httpx2", run_by_asyncio, at.url)


async def read_by_aiohttp(url: str) -> bytes:
    whole = import_module("yarl").URL(url, encoded=True)
    async with import_module("aiohttp").ClientSession() as session, session.get(whole) as answer:
        return bytes(await answer.read())


@way("aiohttp")
def aiohttp(at: At) -> bytes:
    return asyncio.run(read_by_aiohttp(at.url))


@way("pandas")
def pandas_of_a_url(at: At) -> bytes:
    return bytes(import_module("pandas").read_csv(at.url).to_csv(index=False).encode())


@way("pandas", "s3fs")
def pandas_by_s3fs(_at: At) -> bytes:
    return bytes(import_module("pandas").read_csv("s3://bucket/key").to_csv(index=False).encode())


# ---- What outlives the mock ----


@way(is_late=True)
def late_boto3_client(_at: At) -> Any:
    made = client()
    return lambda: read(made)


@way(is_late=True)
def late_thread(_at: At) -> Any:
    """A thread that begins under the mock and asks after it."""
    made, is_over = client(), threading.Event()

    def work() -> bytes:
        is_over.wait(60)
        return read(made)

    pool = ThreadPoolExecutor(1)
    answer = pool.submit(work)

    def end() -> bytes:
        is_over.set()
        with pool:
            return answer.result(60)

    return end


@way(is_late=True)
def late_url_by_urllib_request(at: At) -> Any:
    return lambda: urllib_request(at)


@way("requests", is_late=True)
def late_url_by_requests(at: At) -> Any:
    return lambda: requests(at)


@way("httpx", is_late=True)
def late_url_by_httpx(at: At) -> Any:
    import_module("httpx")  # what is first imported after the mock has no guard
    return lambda: httpx(at)


@way("aiohttp", is_late=True)
def late_url_by_aiohttp(at: At) -> Any:
    import_module("aiohttp")  # what is first imported after the mock has no guard
    return lambda: aiohttp(at)


@way("aiobotocore", is_late=True)
def late_aiobotocore_client(_at: At) -> Any:
    session = import_module("aiobotocore.session").get_session()
    found = minio_keys()
    keys = {"aws_access_key_id": found["access_key"], "aws_secret_access_key": found["secret_key"]}
    return lambda: asyncio.run(read_by_aiobotocore(session, **keys))


@way("minio", is_late=True)
def late_minio_client(_at: At) -> Any:
    made = import_module("minio").Minio("s3.amazonaws.com", **minio_keys(), region="us-east-1")
    return lambda: made.stat_object("bucket", "key")


V4 = Config(signature_version="s3v4")


def make(s3: FakeS3) -> At:
    """Make the object in a fake."""
    s3.create_bucket("bucket", objects={"key": BODY})
    url = client(config=V4, region_name="us-east-1").generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}
    )
    return At(s3, url)
