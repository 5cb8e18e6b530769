"""How suites use moto, the commonest ways first: what stands there before and after `fakes3 migrate`."""

from __future__ import annotations

from textwrap import dedent
from typing import NamedTuple


class Pattern(NamedTuple):
    """One way of using moto, in a module with a test."""

    before: str
    after: str


def pattern(before: str, after: str) -> Pattern:
    return Pattern(dedent(before).lstrip("\n"), dedent(after).lstrip("\n"))


PATTERNS = {
    "decorator": pattern(
        """
        import boto3
        from moto import mock_aws  # S3 of moto

        @mock_aws
        def test_put():  # as ever
            s3 = boto3.client('s3')
            s3.create_bucket( Bucket = "bucket" )
        """,
        """
        import boto3
        from fakes3 import mock_s3

        @mock_s3
        def test_put():  # as ever
            s3 = boto3.client('s3')
            s3.create_bucket( Bucket = "bucket" )
        """,
    ),
    "with": pattern(
        """
        import boto3
        import pytest
        from botocore.exceptions import ClientError
        from moto import mock_aws

        def test_missing():
            with mock_aws():
                with pytest.raises(ClientError):
                    boto3.client("s3").get_object(Bucket="bucket", Key="k")
        """,
        """
        import boto3
        import pytest
        from botocore.exceptions import ClientError
        from fakes3 import mock_s3

        def test_missing():
            with mock_s3():
                with pytest.raises(ClientError):
                    boto3.client("s3").get_object(Bucket="bucket", Key="k")
        """,
    ),
    "fixtures": pattern(
        """
        import os

        import boto3
        import moto
        import pytest


        @pytest.fixture
        def aws():
            with moto.mock_aws():
                yield


        @pytest.fixture
        def s3(aws):
            return boto3.client("s3")


        def test_list(s3):
            assert [] == s3.list_buckets()["Buckets"]
        """,
        """
        import os

        import boto3
        import pytest
        from fakes3 import mock_s3


        @pytest.fixture
        def aws():
            with mock_s3():
                yield


        @pytest.fixture
        def s3(aws):
            return boto3.client("s3")


        def test_list(s3):
            assert [] == s3.list_buckets()["Buckets"]
        """,
    ),
    "called decorators of methods": pattern(
        """
        from __future__ import annotations

        from moto import mock_aws

        import boto3


        class TestStore:
            def _make_client(self, service, region=None):
                return boto3.client(service, region)

            @mock_aws()
            def test_put(self):
                self._make_client("s3").create_bucket(Bucket="bucket")

            @mock_aws()
            def test_queue(self):
                self._make_client("sqs", "us-east-1").create_queue(QueueName="queue")
        """,
        """
        from __future__ import annotations

        from fakes3 import mock_s3
        from moto import mock_aws

        import boto3


        class TestStore:
            def _make_client(self, service, region=None):
                return boto3.client(service, region)

            @mock_s3()
            def test_put(self):
                self._make_client("s3").create_bucket(Bucket="bucket")

            @mock_aws()
            def test_queue(self):
                self._make_client("sqs", "us-east-1").create_queue(QueueName="queue")
        """,
    ),
    "start and stop": pattern(
        """
        import unittest
        import boto3
        from moto import mock_aws


        class TestStore(unittest.TestCase):
            def setUp(self):
                self.mock = mock_aws()
                self.mock.start()
                self.addCleanup(self.mock.stop)
                self.s3 = boto3.resource("s3")

            def test_put(self):
                self.s3.create_bucket(Bucket="bucket")
        """,
        """
        import unittest
        import boto3
        from fakes3 import mock_s3


        class TestStore(unittest.TestCase):
            def setUp(self):
                self.mock = mock_s3()
                self.mock.start()
                self.addCleanup(self.mock.stop)
                self.s3 = boto3.resource("s3")

            def test_put(self):
                self.s3.create_bucket(Bucket="bucket")
        """,
    ),
    "start and stop, and other services": pattern(
        """
        import unittest

        import boto3
        from moto import mock_aws


        class TestStore(unittest.TestCase):
            def setUp(self):
                # all of AWS
                self.mock = mock_aws()
                self.mock.start()
                self.addCleanup(self.mock.stop)

            def test_put(self):
                boto3.client("s3").create_bucket(Bucket="bucket")
                boto3.client("sqs", "us-east-1").list_queues()
        """,
        """
        import unittest

        import boto3
        from fakes3 import mock_s3
        from moto import mock_aws


        class TestStore(unittest.TestCase):
            def setUp(self):
                # all of AWS
                self.mock = mock_aws()
                self.s3_mock = mock_s3()
                self.mock.start()
                self.s3_mock.start()
                self.addCleanup(self.mock.stop)
                self.addCleanup(self.s3_mock.stop)

            def test_put(self):
                boto3.client("s3").create_bucket(Bucket="bucket")
                boto3.client("sqs", "us-east-1").list_queues()
        """,
    ),
    "a fixture that starts and stops": pattern(
        """
        import boto3
        import pytest
        from moto import mock_aws


        @pytest.fixture
        def aws():
            mock = mock_aws()
            mock.start()
            yield boto3.client("s3")
            mock.stop()


        def test_put(aws):
            aws.create_bucket(Bucket="bucket")
            boto3.client("sqs", "us-east-1").list_queues()
        """,
        """
        import boto3
        import pytest
        from fakes3 import mock_s3
        from moto import mock_aws


        @pytest.fixture
        def aws():
            mock = mock_aws()
            s3_mock = mock_s3()
            mock.start()
            s3_mock.start()
            yield boto3.client("s3")
            mock.stop()
            s3_mock.stop()


        def test_put(aws):
            aws.create_bucket(Bucket="bucket")
            boto3.client("sqs", "us-east-1").list_queues()
        """,
    ),
    "class": pattern(
        """
        import unittest

        import boto3
        from moto import mock_aws


        @mock_aws
        class TestStore(unittest.TestCase):
            def test_put(self):
                boto3.client("s3").create_bucket(Bucket="bucket")
        """,
        """
        import unittest

        import boto3
        from fakes3 import mock_s3


        @mock_s3
        class TestStore(unittest.TestCase):
            def test_put(self):
                boto3.client("s3").create_bucket(Bucket="bucket")
        """,
    ),
    "other services too": pattern(
        '''
        """Orders."""

        import boto3
        from moto import mock_aws

        S3 = boto3.client("s3", "us-east-1")


        @mock_aws
        def test_order():
            S3.create_bucket(Bucket="bucket")
            boto3.client("sqs", "us-east-1").create_queue(QueueName="queue")


        @mock_aws
        def test_only_queues():
            boto3.client("sqs", "us-east-1").create_queue(QueueName="queue")


        def test_both():
            with (
                mock_aws(),
            ):
                S3.create_bucket(Bucket="bucket")
                boto3.session.Session().client(service_name="sqs", region_name="us-east-1").list_queues()
        ''',
        '''
        """Orders."""

        import boto3
        from fakes3 import mock_s3
        from moto import mock_aws

        S3 = boto3.client("s3", "us-east-1")


        @mock_aws
        @mock_s3
        def test_order():
            S3.create_bucket(Bucket="bucket")
            boto3.client("sqs", "us-east-1").create_queue(QueueName="queue")


        @mock_aws
        def test_only_queues():
            boto3.client("sqs", "us-east-1").create_queue(QueueName="queue")


        def test_both():
            with (
                mock_aws(), mock_s3(),
            ):
                S3.create_bucket(Bucket="bucket")
                boto3.session.Session().client(service_name="sqs", region_name="us-east-1").list_queues()
        ''',
    ),
    "a server": pattern(
        """
        import boto3
        import pytest
        from moto.server import ThreadedMotoServer  # no type stubs

        KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}


        @pytest.fixture(scope="module")
        def url():
            # one for all
            server = ThreadedMotoServer("127.0.0.1", port="5791", verbose=False)  # a port of our own
            server.start()
            # here it is
            yield "http://127.0.0.1:5791"
            server.stop()


        def test_put(url):
            s3 = boto3.client("s3", endpoint_url=url, **KEYS)
            s3.create_bucket(Bucket="bucket")
            s3.close()
        """,
        """
        import boto3
        import pytest
        from fakes3 import FakeS3

        KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}


        @pytest.fixture(scope="module")
        def url():
            # one for all
            with FakeS3().server(port=5791):  # a port of our own
                # here it is
                yield "http://127.0.0.1:5791"


        def test_put(url):
            s3 = boto3.client("s3", endpoint_url=url, **KEYS)
            s3.create_bucket(Bucket="bucket")
            s3.close()
        """,
    ),
}
