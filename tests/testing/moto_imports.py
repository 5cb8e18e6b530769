"""How suites import moto, beside the plain way: what stands there before and after `fakes3 migrate`."""

from __future__ import annotations

from .moto_patterns import pattern

IMPORTS = {
    "whichever moto": pattern(
        """
        import boto3
        import pytest

        # moto 5 and moto 4
        try:
            from moto import mock_aws
        except ImportError:
            from moto import mock_s3 as mock_aws

        KEY = "key"


        @pytest.mark.parametrize("key", [KEY])
        @mock_aws
        def test_put(key):
            boto3.client("s3").create_bucket(Bucket="bucket")
        """,
        """
        import boto3
        import pytest
        from fakes3 import mock_s3

        # moto 5 and moto 4

        KEY = "key"


        @pytest.mark.parametrize("key", [KEY])
        @mock_s3
        def test_put(key):
            boto3.client("s3").create_bucket(Bucket="bucket")
        """,
    ),
    "a stack": pattern(
        """
        from contextlib import ExitStack

        import boto3
        import pytest

        moto = pytest.importorskip("moto")


        def test_put():
            with ExitStack() as stack:
                # all of it
                stack.enter_context(moto.mock_aws())
                boto3.client("s3").create_bucket(Bucket="bucket")
                boto3.client("sqs", "us-east-1").list_queues()
        """,
        """
        from contextlib import ExitStack

        import boto3
        import pytest
        from fakes3 import mock_s3

        moto = pytest.importorskip("moto")


        def test_put():
            with ExitStack() as stack:
                # all of it
                stack.enter_context(moto.mock_aws())
                stack.enter_context(mock_s3())
                boto3.client("s3").create_bucket(Bucket="bucket")
                boto3.client("sqs", "us-east-1").list_queues()
        """,
    ),
    "an import where it is needed": pattern(
        """
        import boto3


        def test_put():
            from moto import mock_aws as aws

            with aws(), open(__file__) as me:
                boto3.client("s3").create_bucket(Bucket="bucket")
        """,
        """
        import boto3


        def test_put():
            from fakes3 import mock_s3

            with mock_s3(), open(__file__) as me:
                boto3.client("s3").create_bucket(Bucket="bucket")
        """,
    ),
    "a fixture called mock_s3": pattern(
        """
        import boto3
        import pytest
        from moto import mock_aws


        @pytest.fixture
        def mock_s3():
            with mock_aws():
                yield boto3.client("s3")


        def test_put(mock_s3):
            mock_s3.create_bucket(Bucket="bucket")
        """,
        """
        import boto3
        import fakes3
        import pytest


        @pytest.fixture
        def mock_s3():
            with fakes3.mock_s3():
                yield boto3.client("s3")


        def test_put(mock_s3):
            mock_s3.create_bucket(Bucket="bucket")
        """,
    ),
}

OF_MOTO_4 = {
    "its mock of S3": pattern(
        """
        import boto3
        from moto import mock_s3, mock_sqs


        @mock_sqs
        @mock_s3
        def test_order(): ...
        """,
        """
        import boto3
        from fakes3 import mock_s3
        from moto import mock_sqs


        @mock_sqs
        @mock_s3
        def test_order(): ...
        """,
    ),
    "by another name": pattern(
        """
        from moto import (
            mock_s3 as s3_mock,  # storage
            mock_sqs,
        )
        from .own import thing

        @mock_sqs
        @s3_mock()
        def test_order(): ...
        """,
        """
        from fakes3 import mock_s3
        from moto import (
            mock_sqs,
        )
        from .own import thing

        @mock_sqs
        @mock_s3()
        def test_order(): ...
        """,
    ),
}
"""Moto 4 has a mock for each service."""
