"""What the tests of S3's rules share: buckets in every versioning state, refusals checked whole, requests by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from http import HTTPStatus
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.error_codes import BY_CODE
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, AccessKey, Principal

from ..ask import Ask


class Refused(Protocol):
    """Expects a boto3 call to be refused, and checks all of the refusal.

    Args:
        code: S3's code. For HEAD, whose answers have no body, the status as text.
        status: The HTTP status.
        message: S3's text; that of the code's class if absent.
        headers: Response headers by lower-case name; None for one that must be absent.
        members: Every other element of the `<Error>` document, no more and no fewer.
    """

    def __call__(
        self,
        code: str,
        status: int,
        message: str | None = None,
        /,
        *,
        headers: Mapping[str, str | None] | None = None,
        **members: str,
    ) -> AbstractContextManager[None]: ...


@pytest.fixture(scope="module", autouse=True)
def models(models_are_read_once: None) -> None:
    """Some tests here make sessions of their own."""


@cache
def shared_client(region: str) -> Any:
    """One client for all tests: it belongs to no fake and meets the one that is active."""
    return boto3.session.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=region).client("s3")


@pytest.fixture
def s3_client(s3: FakeS3) -> Any:
    """The boto3 client of the rules. It costs nothing, where one that is made anew takes 10 ms."""
    return shared_client(s3.region)


@pytest.fixture
def refused(s3: FakeS3) -> Refused:
    """`with refused("NoSuchKey", 404, Key="k"): ...` checks the whole refusal, and that nothing has changed."""

    @contextmanager
    def expect(
        code: str,
        status: int,
        message: str | None = None,
        /,
        *,
        headers: Mapping[str, str | None] | None = None,
        **members: str,
    ) -> Iterator[None]:
        before = s3.service.present()
        with pytest.raises(ClientError) as caught:
            yield
        answer: Any = caught.value.response
        told = dict(answer["Error"])
        text = text_of(code) if message is None else message
        expected = {"Code": code, "Message": text or None, **members}  # botocore reads an empty element as None
        assert (status, expected) == (answer["ResponseMetadata"]["HTTPStatusCode"], told)
        sent = answer["ResponseMetadata"]["HTTPHeaders"]
        for name, value in (headers or {}).items():
            assert (name, value) == (name, sent.get(name))
        assert before is s3.service.world, "a refused request has changed something"

    return expect


@pytest.fixture
def ask(s3: FakeS3) -> Ask:
    """Sends a hand-made HTTP request to the test's fake."""
    return Ask(s3.service)


@pytest.fixture
def stranger(s3: FakeS3) -> Any:
    """A boto3 client of another account, 210987654321."""
    key = AccessKey("AKIASTRANGEREXAMPLE0", "secret", Principal("210987654321"))
    s3.service.access_keys[key.id] = key
    return s3.client(aws_access_key_id=key.id, aws_secret_access_key=key.secret)


@pytest.fixture
def bucket(s3: FakeS3) -> str:
    """The name of an empty bucket whose versioning was never enabled."""
    s3.create_bucket("never")
    return "never"


@pytest.fixture
def enabled(s3: FakeS3) -> str:
    """The name of an empty bucket whose versioning is enabled."""
    s3.create_bucket("enabled", versioning="Enabled")
    return "enabled"


@pytest.fixture
def suspended(s3: FakeS3) -> str:
    """The name of an empty bucket whose versioning is suspended."""
    s3.create_bucket("suspended", versioning="Suspended")
    return "suspended"


@pytest.fixture(params=["enabled", "suspended"])
def versioned(request: pytest.FixtureRequest) -> str:
    """The name of an empty bucket whose versioning is enabled, then of one whose versioning is suspended."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(params=["bucket", "enabled", "suspended"])
def any_bucket(request: pytest.FixtureRequest) -> str:
    """The name of an empty bucket, in each of the three versioning states."""
    return str(request.getfixturevalue(request.param))


def text_of(code: str) -> str:
    """The text S3 has for a code; for the status of a HEAD, what botocore makes of it."""
    if code.isdigit():
        return HTTPStatus(int(code)).phrase
    return BY_CODE[code].message


Replicate = Callable[..., None]
Head = Callable[..., Any]


@pytest.fixture
def replicate(s3: FakeS3, s3_client: Any) -> Replicate:
    """Puts rules into the bucket "src", whose destination "dst" exists. It is the first of January 2026."""
    s3.clock.freeze("2026-01-01T00:00:00Z")
    s3.create_bucket("src", versioning=True)
    s3.create_bucket("dst", versioning=True)

    def put(*documents: dict[str, Any], bucket: str = "src") -> None:
        document = {"Role": f"arn:aws:iam::{s3.account_id}:role/copier", "Rules": list(documents)}
        s3_client.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=document)

    return put


@pytest.fixture
def head(s3_client: Any) -> Head:
    """HeadObject of the key "k", or of another."""

    def read(bucket: str, key: str = "k", **more: Any) -> Any:
        return s3_client.head_object(Bucket=bucket, Key=key, **more)

    return read
