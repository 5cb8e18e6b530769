"""Who is measured: a constant (the floor), fakes3 and moto, each behind the same boto3 client.

moto hooks itself into every botocore session that is made after it was imported. So the clients of the others are
made first, and moto is imported only when its own contender is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from typing import Any, Protocol
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from boto3.session import Session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from fakes3 import FakeS3, mock_s3

BUCKET = "benchmark-bucket"
PIECE = 1024 * 1024


class Contender(Protocol):
    """One S3 as a benchmark meets it."""

    name: str

    def client(self, config: Config | None = None) -> Any:
        """A boto3 client as it comes, or with this configuration."""

    def active(self) -> AbstractContextManager[object]:
        """Answer the client's requests in here."""
        ...

    def fill(self, objects: dict[str, bytes]) -> None:
        """Begin anew, with one bucket of these objects."""

    def forget_calls(self) -> None:
        """Let go of the record of requests, if one is kept."""


class Floor:
    """botocore answered by a constant, at the place where fakes3 answers: what the client library itself spends.

    The constant is the very answer that fakes3 gives, so the client parses the same bytes. Where a call sends several
    kinds of requests, there is a constant for each.
    """

    name = "floor"

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], tuple[int, Any, bytes]] = {}
        self.reads_bodies = False
        """Whether request bodies are read, a MiB at a time, as sending them would; else nothing looks at them."""
        self._client = _client_maker()

    def client(self, config: Config | None = None) -> Any:
        """A boto3 client as it comes, or with this configuration."""
        return self._client(config)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Answer every request with the constant."""

        def send(_session: URLLib3Session, sent: Any) -> AWSResponse:
            if self.reads_bodies and hasattr(sent.body, "read"):
                while sent.body.read(PIECE):
                    pass
            status, headers, body = self._answers[_kind(sent)]
            return AWSResponse(sent.url, status, headers, Raw(body))

        with mock.patch.object(URLLib3Session, "send", send):
            yield

    def fill(self, objects: dict[str, bytes]) -> None:
        """A constant holds nothing."""

    def forget_calls(self) -> None:
        """There is no such record."""

    def learn(self, teacher: Contender, call: Callable[[], object]) -> None:
        """Take for the constant what another answers to this call."""
        self._answers.clear()
        with teacher.active():
            real_send = URLLib3Session.send

            def send(session: URLLib3Session, sent: Any) -> AWSResponse:
                response = real_send(session, sent)
                self._answers[_kind(sent)] = response.status_code, dict(response.headers), response.content
                response.raw = Raw(response.content)
                return response

            with mock.patch.object(URLLib3Session, "send", send):
                call()


def _kind(sent: Any) -> tuple[str, ...]:
    """Return what distinguishes a request from those of other operations of the same call."""
    return (sent.method, *sorted(parse_qs(urlsplit(sent.url).query, keep_blank_values=True)))


class Fake:
    """fakes3."""

    name = "fakes3"

    def __init__(self, s3: FakeS3 | None = None) -> None:
        self.s3 = s3 or FakeS3()
        self._client = _client_maker()

    def client(self, config: Config | None = None) -> Any:
        """A boto3 client as it comes, or with this configuration."""
        return self._client(config)

    def active(self) -> AbstractContextManager[object]:
        """Enter the mock so that all calls are sent, which are compared with the floor's and moto's."""
        return mock_s3(fake=self.s3, direct=False)

    def active_above_http(self) -> AbstractContextManager[object]:
        """Enter the mock as it comes: calls are answered above HTTP."""
        return mock_s3(fake=self.s3)

    def fill(self, objects: dict[str, bytes]) -> None:
        """Begin anew, with one bucket of these objects."""
        self.s3.reset()
        self.s3.create_bucket(BUCKET, objects=objects)

    def forget_calls(self) -> None:
        """Clear `s3.calls`."""
        self.s3.calls.clear()


class Moto:
    """moto, in process."""

    name = "moto"

    def __init__(self) -> None:
        from moto import mock_aws

        self.mock: Any = mock_aws
        self._client = _client_maker()

    def client(self, config: Config | None = None) -> Any:
        """A boto3 client as it comes, or with this configuration."""
        return self._client(config)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Enter the mock, over what it holds already."""
        entered = self.mock()
        entered.start(reset=False)
        try:
            yield
        finally:
            entered.stop(remove_data=False)

    def fill(self, objects: dict[str, bytes]) -> None:
        """Begin anew, with one bucket of these objects, put where its own handler puts them."""
        from moto.s3.models import s3_backends

        with self.active():
            self.mock().reset()
            self.client().create_bucket(Bucket=BUCKET)
            backend = s3_backends["123456789012"]["aws"]
            for key, body in objects.items():
                backend.put_object(BUCKET, key, body)

    def forget_calls(self) -> None:
        """There is no such record."""


class Raw(BytesIO):
    """The body of a response, with the one method of urllib3's that botocore calls beside those of a file."""

    def stream(self, amount: int = PIECE, decode_content: bool | None = None) -> Iterator[bytes]:
        """The bytes that are left, in pieces."""
        while data := self.read(amount):
            yield data


def contenders() -> tuple[Floor, Fake, Moto]:
    """All of them, moto last."""
    return Floor(), Fake(), Moto()


def _client_maker() -> Callable[[Config | None], Any]:
    """How a contender makes clients: of one session, which is made now."""
    session = Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")
    session.client("s3")
    return lambda config: session.client("s3", config=config)
