"""The pytest plugin: fixtures for a fake that is active during one test. Registered by its entry point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fakes3.testing.client_types import S3Client, S3ServiceResource
    from fakes3.testing.fake import FakeS3
    from fakes3.testing.servers import ServerUrl


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker of the fixture `s3`."""
    config.addinivalue_line("markers", "s3(**options): options of mock_s3 for the fixture s3, such as region=...")


@pytest.fixture
def s3(request: pytest.FixtureRequest) -> Iterator[FakeS3]:
    """A fresh fake S3, active during the test. `@pytest.mark.s3(...)` gives it the options of `mock_s3`."""
    from fakes3.testing.decorated import entered_for_fixture
    from fakes3.testing.session import mock_s3

    marker = request.node.get_closest_marker("s3")
    mock = mock_s3(**marker.kwargs) if marker is not None else mock_s3()
    test = getattr(request.node, "obj", None)
    with entered_for_fixture(test, request.instance, mock) as fake:
        yield fake


@pytest.fixture
def s3_client(s3: FakeS3) -> S3Client:
    """A boto3 client of the test's fake."""
    return s3.client()


@pytest.fixture
def s3_resource(s3: FakeS3) -> S3ServiceResource:
    """A boto3 resource of the test's fake."""
    return s3.resource()


@pytest.fixture
def s3_server(s3: FakeS3) -> Iterator[ServerUrl]:
    """The URL of a server of the test's fake, for other processes and languages, with `.env` and `.storage_options`."""
    with s3.server() as server:
        yield server
