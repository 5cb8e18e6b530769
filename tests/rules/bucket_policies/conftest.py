"""Whom the tests of bucket policies know: the owner of the bucket "pictures", Bob, a guest and nobody in particular."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config

from fakes3 import FakeS3

from .statements import (
    EVERYTHING,
    OTHER,
    Under,
)


@pytest.fixture
def owner(s3: FakeS3, s3_client) -> Any:
    """A client of the owner of the bucket "pictures", which blocks no public access."""
    s3.create_bucket("pictures", objects={"cat": "meow", "home/dog": "woof"})
    s3_client.delete_public_access_block(Bucket="pictures")
    return s3_client


@pytest.fixture
def under(owner) -> Under:
    """`under(statement(...))` puts that policy."""

    def put(*statements: dict[str, Any]) -> None:
        policy = {"Version": "2012-10-17", "Statement": statements}
        owner.put_bucket_policy(Bucket="pictures", Policy=json.dumps(policy))

    return put


@pytest.fixture
def anonymous(s3: FakeS3) -> Any:
    """A client that does not sign."""
    return s3.client(config=Config(signature_version=UNSIGNED))


@pytest.fixture
def bob(s3: FakeS3) -> Any:
    """A client of a user of the owner's account whom no identity policy allows anything."""
    return s3.user("bob", policy=None).client()


@pytest.fixture
def ssl_free_bob(s3: FakeS3, bob) -> Any:
    """The same, over HTTP without TLS."""
    return s3.user("bob").client(use_ssl=False)


@pytest.fixture
def guest(s3: FakeS3) -> Any:
    """A client of a user of another account, whose own account allows it everything."""
    return s3.account(OTHER).user("guest", policy=EVERYTHING).client()
