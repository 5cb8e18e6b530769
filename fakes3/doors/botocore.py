"""The door of botocore, and so of boto3, s3transfer and all that stands on them.

The lowest public method of the client is replaced, so that validation, signing, retries and parsing stay real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from fakes3.doors.door import PIECE, Door, Endpoint, request_of
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Response


class BotocoreDoor(Door):
    """Answers every botocore client, also those created before the door opened.

    Args:
        current: Tells the fake that is entered, if any.
        credentials: The access key id and secret that sign for clients which found no credentials of their own.
    """

    module = "botocore.httpsession"

    def __init__(self, current: Callable[[], Endpoint | None], credentials: tuple[str, str]) -> None:
        self._current = current
        self._credentials = credentials

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The session's `send`, and the signer's way to its credentials."""
        from botocore.credentials import Credentials
        from botocore.signers import RequestSigner

        session_class = module.URLLib3Session
        really_send = session_class.send
        really_get_auth = RequestSigner.get_auth_instance
        dummy = Credentials(*self._credentials)

        def send(session: Any, sent: Any) -> Any:
            endpoint = self._current()
            if endpoint is None:
                return really_send(session, sent)
            request = request_of(sent)
            if not endpoint.serves(request.host, request.headers, request.query):
                return really_send(session, sent)
            return answered(sent, endpoint.handle(request))

        def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
            if signer._credentials is not None or self._current() is None:
                return really_get_auth(signer, *args, **kwargs)
            signer._credentials = dummy
            try:
                return really_get_auth(signer, *args, **kwargs)
            finally:
                signer._credentials = None

        yield session_class, "send", send
        yield RequestSigner, "get_auth_instance", get_auth_instance


def bind(client: Any, endpoint: Endpoint) -> None:
    """Make one client answered by one fake, whatever else is entered or not."""

    def answer(request: Any, **_context: Any) -> Any:
        return answered(request, endpoint.handle(request_of(request)))

    client.meta.events.register("before-send.s3", answer)


def answered(sent: Any, response: Response) -> Any:
    """The response as botocore has it."""
    from botocore.awsrequest import AWSResponse

    # It copies whatever mapping it is given.
    headers: Any = response.headers
    return AWSResponse(sent.url, response.status, headers, RawBody(response.body))


class RawBody:
    """The body of a response, read as urllib3's is."""

    def __init__(self, body: Rope) -> None:
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

    def close(self) -> None:
        """Nothing is held open."""

    def release_conn(self) -> None:
        """There is no connection."""

    @property
    def closed(self) -> bool:
        """Whether everything was read."""
        return self._at >= len(self._body)
