"""The door of botocore, and so of boto3, s3transfer and every library that uses them.

The lowest public method of the client is replaced, so that validation, signing, retries and parsing stay real. moto
answers these clients before they send, so it has a door here: with that, the fake answers for S3.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from copy import copy
from functools import partial, wraps
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fakes3.doors.botocore_clock import presigning_at
from fakes3.doors.botocore_profiles import is_refreshed, make_dummy
from fakes3.doors.botocore_waiting import wait_by_clock
from fakes3.doors.endpoint import CLIENT_HOSTS, Endpoint
from fakes3.doors.entrance import Door, Guard, Replacements
from fakes3.doors.messages import (
    check_as_http_client,
    check_connection,
    make_raw,
    read_prepared,
    read_unchunked,
)
from fakes3.operations.service import Service
from fakes3.wire.endpoint import REASON
from fakes3.wire.message import Request, Response


class BotocoreDoor(Door):
    """Answers every botocore client, also those that were created before the door opened."""

    module = "botocore.httpsession"
    replaces = ("URLLib3Session.send",)

    def replace(self, really: Any) -> Any:
        """Return a `send` that answers requests for S3."""

        def send(session: Any, prepared: Any) -> Any:
            request = read_prepared(prepared)
            endpoint = self._find_endpoint(request.host, request.headers, request.query)
            if endpoint is None:
                return really(session, prepared)
            return _answer(endpoint, request, prepared)

        return send


def _spare_chunks(request: Request, body: Any) -> Request:
    """Return a request with the bytes that botocore would cut into chunks, and the trailer that it computes of them.

    To cut a body into chunks and to join them again copies each byte several times. A body that is no `BytesIO` goes
    that way, since nobody knows how many bytes it gives; and so does one of which something was read.
    """
    trailer = request.headers.get("x-amz-trailer")
    if trailer is None or type(body).__name__ != "AwsChunkedWrapper":
        return request
    if type(body._raw) is not BytesIO or body._raw.tell():
        return request
    whole, trailers = read_unchunked(body, trailer, late="expect" in request.headers)
    return request._replace(body=whole, trailers=trailers)


def _answer(endpoint: Endpoint, request: Request, prepared: Any) -> Any:
    """Return botocore's kind of response to a request.

    Raises: HTTPClientError, for headers that cannot be sent; what botocore raises for a connection that breaks.
    """
    from botocore.exceptions import HTTPClientError

    try:
        check_as_http_client(request, prepared.headers)
    except ValueError as error:
        raise HTTPClientError(error=error) from error
    response = endpoint.handle(_spare_chunks(request, prepared.body))
    if response.breaks is not None:
        _check_connection(response, prepared)
    return make_response(prepared.url, request.method, response)


def _check_connection(response: Response, prepared: Any) -> None:
    """Raise what botocore raises where a connection breaks. An object may be read up to there.

    Raises: ConnectionClosedError, ReadTimeoutError.
    """
    from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

    try:
        check_connection(response)
        if not prepared.stream_output:
            list(make_raw(response, prepared.method).stream(decode_content=True))
    except TimeoutError as error:
        raise ReadTimeoutError(endpoint_url=prepared.url, error=error) from error
    except Exception as error:
        raise ConnectionClosedError(endpoint_url=prepared.url, error=error, request=prepared) from error


def make_response(url: str, method: str, response: Response) -> Any:
    """Return botocore's kind of response to a request for this URL with this method."""
    from botocore.awsrequest import AWSResponse

    headers: Any = response.headers  # it copies any mapping
    return AWSResponse(url, response.status, headers, make_raw(response, method))


class MotoDoor(Door):
    """Keeps moto from answering for S3 while a fake is entered, whichever of the two was entered first.

    Operations of S3 Control that fakes3 has not built are moto's, as far as moto has them.

    Requests that clients of requests send to moto go through `responses`, and the door of requests takes care of those.
    """

    module = "moto.core.botocore_stubber"
    replaces = ("BotocoreStubber.__call__",)

    def replace(self, really: Any) -> Any:
        """Return moto's listener to the event `before-send` of every client."""

        def call(stubber: Any, event_name: str, request: Any, **context: Any) -> Any:
            read = None if self._current() is None else read_prepared(request)
            endpoint = None
            if read is not None:
                endpoint = self._find_endpoint(read.host, read.headers, read.query, stops=False)
            if read is None or endpoint is None:
                return really(stubber, event_name, request, **context)
            if endpoint.models(read):
                return None
            answer = really(stubber, event_name, request, **context)
            return None if answer is None or _is_nothing(answer) else answer

        return call


def _is_nothing(answer: Any) -> bool:
    """Whether moto has not what it was asked for: then it answers 404, and a text that is no document of AWS's."""
    return answer.status_code == 404 and not answer.content.lstrip().startswith(b"<")


class BotocoreGuard(Guard):
    """Guards the place where clients send, above which botocore would wrap the error and retry."""

    module = "botocore.endpoint"
    replaces: tuple[str, ...] = ("Endpoint._send",)

    def read(self, _endpoint: Any, request: Any) -> tuple[str, Any, str]:
        """Return what tells where a request goes and with which key."""
        url = urlsplit(request.url)
        return url.netloc, request.headers.get("Authorization", ""), url.query


class BotocoreSigner(Door):
    """Signs for botocore clients that found no credentials, so that no client searches the machine for real ones.

    Nor does a client that was made before the mock refresh the credentials of its profile. A door of its own: boto3
    imports the session's module long before the signer's.
    """

    module = "botocore.signers"
    replaces: tuple[str, ...] = ("RequestSigner.get_auth_instance",)
    credentials_class = "botocore.credentials", "Credentials"

    def replace(self, really: Any) -> Any:
        """Return a signer's method that takes its credentials."""

        def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
            found = signer._credentials
            if (found is None or is_refreshed(found)) and self._current() is not None:
                # A copy gets the credentials, since other threads and tasks sign with the same signer.
                signer = copy(signer)
                signer._credentials = make_dummy(*self.credentials_class)
            return really(signer, *args, **kwargs)

        return get_auth_instance


class BotocoreEndpoints(Door):
    """Notes the endpoints of clients for S3, also of those that only presign."""

    module = "botocore.client"
    replaces: tuple[str, ...] = ("BaseClient._resolve_endpoint_ruleset",)

    def replace(self, really: Any) -> Any:
        """Return the method that finds the URL of a call; for aiobotocore it returns an awaitable, as theirs does."""

        @wraps(really)
        def _resolve_endpoint_ruleset(client: Any, *args: Any, **kwargs: Any) -> Any:
            if self._current() is not None and client.meta.service_model.service_name == "s3":
                CLIENT_HOSTS.note(client.meta.endpoint_url)
            return really(client, *args, **kwargs)

        return _resolve_endpoint_ruleset


class TransferDoor(Door):
    """Keeps boto3's transfers in Python. The CRT, which boto3 prefers on some machines, would bypass botocore.

    Those with `max_bandwidth` wait on the clock of the fake; where it lets requests out, nobody can tell whose bytes
    wait, so they wait for real.
    """

    module = "boto3.s3.transfer"

    def replacements(self, module: Any) -> Replacements:
        """Return the method that waits, and the function that chooses between the two; boto3 before 1.29 has none."""
        from s3transfer.bandwidth import TimeUtils  # which the module has imported

        yield TimeUtils, "sleep", self.replace_again("sleep", TimeUtils.sleep, self.replace)
        really_should = getattr(module, "_should_use_crt", None)
        if really_should is not None:
            yield module, "_should_use_crt", lambda config: self._current() is None and really_should(config)

    def replace(self, really: Any) -> Any:
        """Return the method of a limited transfer that sleeps."""

        @wraps(really)
        def sleep(time_utils: Any, value: float) -> Any:
            fake = self._current()
            if fake is None or fake.passthrough:
                return really(time_utils, value)
            return fake.service.clock.pass_time(value)

        return sleep


class NotesDoor(Door):
    """Adds the fake's reason to each `ClientError` of botocore and aiobotocore, as a note (PEP 678)."""

    module = "botocore.exceptions"
    replaces = ("ClientError.__init__",)

    def replace(self, really: Any) -> Any:
        """Return an `__init__` that adds the note; every error of a service is a `ClientError`."""

        @wraps(really)
        def init(error: Any, *args: Any, **kwargs: Any) -> None:
            really(error, *args, **kwargs)
            add_note(error)

        return init


def add_note(error: Any) -> None:
    """Add the reason that came with S3's response to an error, unless the error has that note already."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders") or {}
    reason = headers.get(REASON)
    if reason is not None:
        note = f"fakes3: {reason}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


class BoundAnswers(NamedTuple):
    """Answers what a client that belongs to one fake would send."""

    endpoint: Endpoint

    def answer(self, request: Any, **_context: Any) -> Any:
        """Return the answer, as a listener to the event `before-send`."""
        return _answer(self.endpoint, read_prepared(request), request)


def bind(client: Any, service: Service) -> None:
    """Bind a client to one fake, which answers it whether or not fakes are entered."""
    answers = BoundAnswers(Endpoint(service, endpoints=[client.meta.endpoint_url]))
    client.meta.events.register("before-send.s3", answers.answer)
    moto = sys.modules.get("moto.core.models")
    if moto is not None:
        # botocore asks all listeners that may answer, and moto's would find a body that was read already.
        with suppress(AttributeError):  # moto was imported after the session of this client was made
            client.meta.events.unregister("before-send", moto.botocore_stubber)
    wait_by_clock(client, service.clock)
    for name in ("generate_presigned_url", "generate_presigned_post"):
        setattr(client, name, presigning_at(service.clock)(getattr(client, name)))
    client._make_api_call = partial(_call_with_notes, client)


def _call_with_notes(client: Any, operation_name: str, api_params: Any) -> Any:
    """Call an operation of a bound client. Its errors have notes even while no fake is entered."""
    from botocore.exceptions import ClientError

    try:
        return type(client)._make_api_call(client, operation_name, api_params)
    except ClientError as error:
        add_note(error)
        raise
