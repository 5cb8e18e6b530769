"""The door of botocore, and so of boto3, s3transfer and all that stands on them.

The lowest public method of the client is replaced, so that validation, signing, retries and parsing stay real.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from types import ModuleType
from typing import Any

from fakes3.doors.door import PIECE, Door, Endpoint, request_of
from fakes3.model.bytes_rope import Rope
from fakes3.operations.service import Service
from fakes3.wire.message import Response


class BotocoreDoor(Door):
    """Answers every botocore client, also those created before the door opened.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "botocore.httpsession"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The session's `send`."""
        session_class = module.URLLib3Session
        really_send = session_class.send

        def send(session: Any, sent: Any) -> Any:
            endpoint = self._current()
            if endpoint is None:
                return really_send(session, sent)
            request = request_of(sent)
            if not endpoint.serves(request.host, request.headers, request.query):
                return really_send(session, sent)
            return answered(sent, endpoint.handle(request))

        yield session_class, "send", send


class BotocoreSigner(Door):
    """Signs for botocore clients that found no credentials, so that none of them goes looking for real ones.

    A door of its own: where boto3 is imported under a mock, the session's module is there long before the signer's.

    Args:
        current: Tells the fake that is entered, if any.
        credentials: The access key id and secret it signs with.
    """

    module = "botocore.signers"

    def __init__(self, current: Callable[[], Endpoint | None], credentials: tuple[str, str]) -> None:
        self._current = current
        self._credentials = credentials

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The signer's way to its credentials."""
        signer_class = module.RequestSigner
        really_get_auth = signer_class.get_auth_instance

        def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
            if signer._credentials is not None or self._current() is None:
                return really_get_auth(signer, *args, **kwargs)
            from botocore.credentials import Credentials

            # Other threads sign with the same signer, so it is a twin of it that gets the credentials.
            twin = copy(signer)
            twin._credentials = Credentials(*self._credentials)
            return really_get_auth(twin, *args, **kwargs)

        yield signer_class, "get_auth_instance", get_auth_instance


class TransferDoor(Door):
    """Keeps boto3's transfers in Python: the CRT, which some machines prefer, opens connections past botocore.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "boto3.s3.transfer"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The choice between the two; boto3 before 1.29 has none."""
        really_should = getattr(module, "_should_use_crt", None)
        if really_should is None:
            return

        def should_use_crt(config: Any) -> Any:
            return self._current() is None and really_should(config)

        yield module, "_should_use_crt", should_use_crt


def bind(client: Any, service: Service) -> None:
    """Make one client answered by one fake, whatever else is entered or not."""
    endpoint = Endpoint(service, endpoints=[client.meta.endpoint_url])

    def answer(request: Any, **_context: Any) -> Any:
        return answered(request, endpoint.handle(request_of(request)))

    client.meta.events.register("before-send.s3", answer)


def answered(sent: Any, response: Response) -> Any:
    """The response as botocore has it."""
    from botocore.awsrequest import AWSResponse

    # It copies whatever mapping it is given.
    headers: Any = response.headers
    return AWSResponse(sent.url, response.status, headers, RawBody(response.body))


class RawBody(io.IOBase):
    """The body of a response, read as urllib3's is."""

    def __init__(self, body: Rope) -> None:
        super().__init__()
        self._body = body
        self._at = 0

    def read(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """The next `amt` bytes; all that are left, when None or negative."""
        start = self._at
        stop = len(self._body) if amt is None or amt < 0 else min(start + amt, len(self._body))
        self._at = stop
        return bytes(self._body[start:stop])

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill a buffer with the next bytes; how many there were."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def stream(self, amt: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:
        """The bytes that are left, in pieces."""
        while data := self.read(amt or PIECE):
            yield data

    def readable(self) -> bool:
        """A response can be read."""
        return True

    def tell(self) -> int:
        """How many bytes were read."""
        return self._at

    def close(self) -> None:
        """Read no more: what is left is gone, as it is with a connection."""
        self._at = len(self._body)

    def release_conn(self) -> None:
        """There is no connection."""

    @property
    def closed(self) -> bool:
        """Whether everything was read."""
        return self._at >= len(self._body)
