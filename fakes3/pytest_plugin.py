"""The pytest plugin: fixtures for a fake that is active during one test. Registered by its entry point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fakes3.testing.client_types import S3Client, S3ServiceResource
    from fakes3.testing.fake import FakeS3


@pytest.fixture
def s3() -> Iterator[FakeS3]:
    """A fresh fake S3, active during the test."""
    from fakes3.testing.session import mock_s3

    with mock_s3() as fake:
        yield fake


@pytest.fixture
def s3_client(s3: FakeS3) -> S3Client:
    """A boto3 client of the test's fake."""
    return s3.client()


@pytest.fixture
def s3_resource(s3: FakeS3) -> S3ServiceResource:
    """A boto3 resource of the test's fake."""
    return s3.resource()
