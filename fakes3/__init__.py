"""Amazon S3 in memory, for tests.

Put `@mock_s3` on a test, and everything in the process that talks to S3 talks to the fake.
"""

from fakes3.model.errors import S3Error, UnmockedRequest, UsageError
from fakes3.testing.fake import FakeS3
from fakes3.testing.session import current, mock_s3

__all__ = ["FakeS3", "S3Error", "UnmockedRequest", "UsageError", "current", "mock_s3"]
