"""Runs each contract through every client that can do what it calls."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from fakes3 import FakeS3, mock_s3
from fakes3.doors.server import Site, serving

from . import of_aio, of_boto3, of_files, of_ports, of_urls
from .store import Store, Way

STORES: tuple[type[Store], ...] = (
    of_boto3.Boto3Client,
    of_boto3.Boto3Resource,
    of_boto3.Boto3Direct,
    of_boto3.Boto3OverPort,
    of_aio.Aiobotocore,
    of_aio.AiobotocoreDirect,
    of_aio.AiobotocoreHttpx,
    of_aio.Aioboto3,
    of_aio.S3fs,
    of_aio.S3fsDirect,
    of_files.Minio,
    of_files.SmartOpen,
    of_files.Cloudpathlib,
    of_urls.Requests,
    of_urls.RequestsOverPort,
    of_urls.Urllib3,
    of_urls.Httpx,
    of_urls.HttpxAsync,
    of_urls.HttpxTrio,
    of_urls.Aiohttp,
    of_ports.Pyarrow,
    of_ports.Polars,
    of_ports.Obstore,
    of_ports.Duckdb,
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every client that is here, and that can do what the contract needs."""
    if "kind" in metafunc.fixturenames:
        able = [each for each in STORES if each.is_installed() and metafunc.function.needs <= each.can()]
        metafunc.parametrize("kind", able, ids=[each.__name__ for each in able])
    if "any_kind" in metafunc.fixturenames:
        metafunc.parametrize("any_kind", STORES, ids=[each.__name__ for each in STORES])


@pytest.fixture
def s3(kind: type[Store]) -> Iterator[FakeS3]:
    """The fake with a bucket, entered unless its requests come by a port."""
    # Whatever the client signs has to be right. Above HTTP nothing is signed.
    fake = FakeS3(verify_signatures=kind.way is not Way.ABOVE_HTTP)
    fake.create_bucket("bucket")
    if kind.way is Way.PORT:
        yield fake
    else:
        with mock_s3(fake=fake, direct=kind.way is Way.ABOVE_HTTP):
            yield fake


@pytest.fixture(scope="session")
def port() -> Iterator[tuple[Site, str]]:
    """A server for all fakes, one after the other: the site, and its URL."""
    site = Site(FakeS3().service)
    with serving(site) as url:
        yield site, url


@pytest.fixture
def url(kind: type[Store], s3: FakeS3, request: pytest.FixtureRequest) -> str:
    """Where the fake is served, for clients that come by a port."""
    if kind.way is not Way.PORT:
        return ""
    site, url = request.getfixturevalue("port")
    site.service = s3.service
    return str(url)


@pytest.fixture
def store(kind: type[Store], s3: FakeS3, url: str) -> Iterator[Store]:
    """The bucket in the hands of the client."""
    with kind(s3, url) as store:
        yield store


@pytest.fixture
def boto3_client(s3: FakeS3) -> Any:
    """A boto3 client of the fake, beside the client that the contract is about."""
    return s3.client()


@pytest.fixture
def wanted() -> frozenset[str]:
    """The clients that must be here: `tox.ini` names those that its environments are for."""
    return frozenset(os.environ.get("FAKES3_CLIENTS", "").split())
