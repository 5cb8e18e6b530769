"""The door of botocore, and so of boto3, s3transfer and every library that uses them.

The lowest public method of the client is replaced, so that validation, signing, retries and parsing stay real.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from copy import copy
from functools import partial, wraps
from importlib import import_module
from types import ModuleType
from typing import Any

from fakes3.doors.botocore_clock import presign_by
from fakes3.doors.botocore_response import make_response
from fakes3.doors.endpoint import Endpoint
from fakes3.doors.entrance import Door
from fakes3.doors.prepared import read_prepared
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.operations.service import Service
from fakes3.wire.endpoint import REASON


class BotocoreDoor(Door):
    """Answers every botocore client, also those that were created before the door opened."""

    module = "botocore.httpsession"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the session's `send`."""
        session_class = module.URLLib3Session
        really_send = session_class.send

        def send(session: Any, prepared: Any) -> Any:
            endpoint = self._current()
            if endpoint is None:
                return really_send(session, prepared)
            request = read_prepared(prepared)
            if not endpoint.claims_or_stops(request.host, request.headers, request.query):
                return really_send(session, prepared)
            return make_response(prepared.url, endpoint.handle(request))

        yield session_class, "send", send


class BotocoreSigner(Door):
    """Signs for botocore clients that found no credentials, so that no client searches the machine for real ones.

    A door of its own: boto3 imports the session's module long before the signer's.
    """

    module = "botocore.signers"
    signer_class = "RequestSigner"
    credentials_class = "botocore.credentials", "Credentials"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the signer's method that takes its credentials."""
        signer_class = getattr(module, self.signer_class)
        really_get_auth = signer_class.get_auth_instance

        def get_auth_instance(signer: Any, *args: Any, **kwargs: Any) -> Any:
            if signer._credentials is None and self._current() is not None:
                # A copy gets the credentials, since other threads and tasks sign with the same signer.
                signer = copy(signer)
                credentials_module, name = self.credentials_class
                signer._credentials = getattr(import_module(credentials_module), name)(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
            return really_get_auth(signer, *args, **kwargs)

        yield signer_class, "get_auth_instance", get_auth_instance


class TransferDoor(Door):
    """Keeps boto3's transfers in Python. The CRT, which boto3 prefers on some machines, would bypass botocore."""

    module = "boto3.s3.transfer"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return the function that chooses between the two; boto3 before 1.29 has none."""
        really_should = getattr(module, "_should_use_crt", None)
        if really_should is None:
            return

        def should_use_crt(config: Any) -> Any:
            return self._current() is None and really_should(config)

        yield module, "_should_use_crt", should_use_crt


class NotesDoor(Door):
    """Adds the fake's reason to each `ClientError` of botocore and aiobotocore, as a note (PEP 678)."""

    module = "botocore.exceptions"

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """Return `ClientError.__init__`; every error of a service is a `ClientError`."""
        really_init = module.ClientError.__init__

        @wraps(really_init)
        def init(error: Any, *args: Any, **kwargs: Any) -> None:
            really_init(error, *args, **kwargs)
            add_note(error)

        yield module.ClientError, "__init__", init


def add_note(error: Any) -> None:
    """Add the reason that came with S3's response to an error, unless the error has that note already."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders") or {}
    reason = headers.get(REASON)
    if reason is not None:
        note = f"fakes3: {reason}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


def bind(client: Any, service: Service) -> None:
    """Bind a client to one fake, which answers it whether or not fakes are entered."""
    endpoint = Endpoint(service, endpoints=[client.meta.endpoint_url])

    def answer(request: Any, **_context: Any) -> Any:
        return make_response(request.url, endpoint.handle(read_prepared(request)))

    client.meta.events.register("before-send.s3", answer)
    moto = sys.modules.get("moto.core.models")
    if moto is not None:
        # botocore asks all listeners that may answer, and moto's would find a body that was read already.
        with suppress(AttributeError):  # moto was imported after the session of this client was made
            client.meta.events.unregister("before-send", moto.botocore_stubber)
    for name in ("generate_presigned_url", "generate_presigned_post"):
        setattr(client, name, presign_by(service.clock, getattr(client, name)))
    client._make_api_call = partial(_call_with_notes, client)


def _call_with_notes(client: Any, operation_name: str, api_params: Any) -> Any:
    """Call an operation of a bound client. Its errors have notes even while no fake is entered."""
    from botocore.exceptions import ClientError

    try:
        return type(client)._make_api_call(client, operation_name, api_params)
    except ClientError as error:
        add_note(error)
        raise
