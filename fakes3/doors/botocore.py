"""The door of botocore, and so of boto3, s3transfer and all that stands on them.

The lowest public method of the client is replaced, so that validation, signing, retries and parsing stay real.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from copy import copy
from datetime import datetime
from functools import partial, wraps
from threading import Lock
from types import ModuleType
from typing import Any

from fakes3.doors.door import PIECE, Door, Endpoint, request_of
from fakes3.model.bytes_rope import Rope
from fakes3.model.clock import Clock
from fakes3.operations.service import Service
from fakes3.wire.endpoint import REASON
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


class BotocorePresigner(Door):
    """Lets botocore presign by the clock of the fake: what is signed after the clock was moved is not expired by that.

    Only what is presigned for S3 says so of itself; other requests are signed with the process's time.

    Args:
        current: Tells the fake that is entered, if any.
    """

    module = "botocore.signers"

    def __init__(self, current: Callable[[], Endpoint | None]) -> None:
        self._current = current

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """What makes presigned URLs, and what makes presigned forms."""
        really_sign_url = module.RequestSigner.generate_presigned_url
        really_sign_post = module.S3PostPresigner.generate_presigned_post

        @wraps(really_sign_url)
        def generate_presigned_url(signer: Any, *args: Any, **kwargs: Any) -> Any:
            endpoint = self._current() if signer.signing_name in SIGNED_FOR_S3 else None
            with presigning_at(None if endpoint is None else endpoint.service.clock):
                return really_sign_url(signer, *args, **kwargs)

        @wraps(really_sign_post)
        def generate_presigned_post(presigner: Any, *args: Any, **kwargs: Any) -> Any:
            endpoint = self._current()
            with presigning_at(None if endpoint is None else endpoint.service.clock):
                return really_sign_post(presigner, *args, **kwargs)

        yield module.RequestSigner, "generate_presigned_url", generate_presigned_url
        yield module.S3PostPresigner, "generate_presigned_post", generate_presigned_post


SIGNED_FOR_S3 = frozenset({"s3", "s3express"})
"""What S3's requests are signed for."""


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


class NotesDoor(Door):
    """Gives what botocore's and aiobotocore's clients raise a note of the rule that refused, where the fake told it."""

    module = "botocore.exceptions"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """How the one class begins of which all errors are that a service answers."""
        really_init = module.ClientError.__init__

        @wraps(really_init)
        def initialised(error: Any, *args: Any, **kwargs: Any) -> None:
            really_init(error, *args, **kwargs)
            add_note(error)

        yield module.ClientError, "__init__", initialised


def add_note(error: Any) -> None:
    """Give an error a note of the reason that came with S3's answer, unless it has it already."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders") or {}
    reason = headers.get(REASON)
    if reason is not None:
        note = f"fakes3: {reason}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


def bind(client: Any, service: Service) -> None:
    """Make one client answered by one fake, whatever else is entered or not."""
    endpoint = Endpoint(service, endpoints=[client.meta.endpoint_url])

    def answer(request: Any, **_context: Any) -> Any:
        return answered(request, endpoint.handle(request_of(request)))

    client.meta.events.register("before-send.s3", answer)
    moto = sys.modules.get("moto.core.models")
    if moto is not None:
        # botocore asks everybody who may answer, and the second finds a body that was read already.
        with suppress(AttributeError):  # moto was imported later than the session was made that this client is of
            client.meta.events.unregister("before-send", moto.botocore_stubber)
    for name in ("generate_presigned_url", "generate_presigned_post"):
        setattr(client, name, _presigning(getattr(client, name), service.clock))
    client._make_api_call = partial(_noting, client)


def _noting(client: Any, operation_name: str, api_params: Any) -> Any:
    """A call of a client whose errors get their notes also while no fake is entered."""
    from botocore.exceptions import ClientError

    try:
        return type(client)._make_api_call(client, operation_name, api_params)
    except ClientError as error:
        add_note(error)
        raise


def _presigning(really_presign: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    @wraps(really_presign)
    def presign(*args: Any, **kwargs: Any) -> Any:
        with presigning_at(clock):
            return really_presign(*args, **kwargs)

    return presign


# ---- What time botocore takes it to be ----

_SHOWN: ContextVar[Clock | None] = ContextVar("fakes3_presigning_at", default=None)
"""The clock by which this thread or task is presigning."""

_PRESIGNERS = ("botocore.auth", "botocore.crt.auth", "botocore.signers", "aiobotocore.signers")
_PATCHING = Lock()
_PATCHED: list[tuple[ModuleType, str, Any]] = []
_PRESIGNING: list[Clock] = []


@contextmanager
def presigning_at(clock: Clock | None) -> Iterator[None]:
    """Show botocore's signers this clock, to whoever is inside and to nobody else; None leaves everything as it is.

    A clock that is shown already stays: it is that of a client which belongs to one fake, whatever else is entered.
    """
    if clock is None or _SHOWN.get() is not None:
        yield
        return
    with _PATCHING:
        if not _PRESIGNING:
            _patch_time()
        _PRESIGNING.append(clock)
    token = _SHOWN.set(clock)
    try:
        yield
    finally:
        _SHOWN.reset(token)
        with _PATCHING:
            _PRESIGNING.remove(clock)
            if not _PRESIGNING:
                for module, name, real in _PATCHED:
                    setattr(module, name, real)
                _PATCHED.clear()


def _patch_time() -> None:
    """Put clocks in the modules that presign, the one for the CRT too; they look where `_SHOWN` points.

    These modules ask `get_current_datetime()`, before botocore 1.40 `datetime.datetime.utcnow()`, and for version 2
    `time.time()`.
    """
    for module in filter(None, map(sys.modules.get, _PRESIGNERS)):
        names = vars(module)
        if "get_current_datetime" in names:
            _put(module, "get_current_datetime", _current_datetime(names["get_current_datetime"]))
        elif "datetime" in names:
            _put(module, "datetime", _DatetimeModule(names["datetime"]))
        if "time" in names:
            _put(module, "time", _TimeModule(names["time"]))


def _put(module: ModuleType, name: str, new: Any) -> None:
    _PATCHED.append((module, name, vars(module)[name]))
    setattr(module, name, new)


def _current_datetime(really: Callable[..., datetime]) -> Callable[..., datetime]:
    def get_current_datetime(remove_tzinfo: bool = True) -> datetime:
        clock = _SHOWN.get()
        if clock is None:
            return really(remove_tzinfo=remove_tzinfo)
        return clock.now().replace(tzinfo=None) if remove_tzinfo else clock.now()

    return get_current_datetime


class _StandIn:
    """A module as another one sees it: the real one, but for what is overridden."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _TimeModule(_StandIn):
    """The module `time` that tells the shown clock's."""

    def time(self) -> float:
        clock = _SHOWN.get()
        return float(self._real.time()) if clock is None else clock.now().timestamp()


class _DatetimeModule(_StandIn):
    """The module `datetime` whose `datetime.utcnow()` tells the shown clock's."""

    @property
    def datetime(self) -> Any:
        return _DatetimeClass(self._real.datetime)


class _DatetimeClass(_StandIn):
    def utcnow(self) -> Any:
        clock = _SHOWN.get()
        return self._real.utcnow() if clock is None else clock.now().replace(tzinfo=None)


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
