"""Whether anybody could see that a call of a client is not sent, for `mock_s3(direct="auto")`.

Programs watch calls in more ways than by listeners. They put functions of their own in the place of botocore's, on its
classes or on one client. They give a client a connection of their own or a proxy. They read botocore's log or its
history. Each of these is looked for before each call, since it may have come meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from logging import DEBUG, getLogger
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from fakes3.doors.originals import is_original

_CLASSES = {
    "botocore.auth": "SigV4Auth S3SigV4Auth",
    "botocore.awsrequest": "AWSRequest AWSRequestPreparer",
    "botocore.client": "BaseClient",
    "botocore.endpoint": "Endpoint",
    "botocore.httpchecksum": "AwsChunkedWrapper",
    "botocore.httpsession": "URLLib3Session",
    "botocore.parsers": "ResponseParser",
    "botocore.signers": "RequestSigner",
    "botocore.validate": "ParamValidationDecorator",
}
"""The classes of botocore that a call over HTTP goes through, by module."""

_CLASSES_OF_AIOBOTOCORE = {
    "aiobotocore.client": "BaseClient=AioBaseClient",
    "aiobotocore.endpoint": "Endpoint=AioEndpoint",
    "aiobotocore.httpchecksum": "AwsChunkedWrapper=AioAwsChunkedWrapper",
    "aiobotocore.httpsession": "URLLib3Session=AIOHTTPSession",
    "aiobotocore.parsers": "ResponseParser=AioRestXMLParser",
    "aiobotocore.signers": "RequestSigner=AioRequestSigner",
    "aiohttp.client": "ClientSession",
    "aiohttp.client_reqrep": "ClientRequest ClientResponse",
    "aiohttp.connector": "TCPConnector",
}
"""Its own classes, each with that of botocore in whose place it is, and those of aiohttp."""

_OF_CLIENTS = ("_convert_to_request_dict", "_emit_api_params", "_make_request", "_resolve_endpoint_ruleset")

_METHODS = (
    *("SigV4Auth.add_auth", "S3SigV4Auth.add_auth", "AWSRequest.prepare", "AWSRequestPreparer.prepare"),
    *(f"BaseClient.{name}" for name in _OF_CLIENTS),
    *("Endpoint._do_get_response", "Endpoint._get_response", "Endpoint._needs_retry", "Endpoint._send"),
    *("Endpoint._send_request", "Endpoint.create_request", "Endpoint.make_request", "Endpoint.prepare_request"),
    *("AwsChunkedWrapper.read", "AwsChunkedWrapper._make_chunk", "URLLib3Session.send"),
    *("ResponseParser.parse", "ParamValidationDecorator.serialize_to_request"),
    *("RequestSigner.get_auth_instance", "RequestSigner.handler", "RequestSigner.sign"),
)
"""Their methods, which programs replace."""

_METHODS_OF_AIOBOTOCORE = (
    *("ClientSession.__init__", "ClientSession._request", "ClientSession.request", "ClientRequest.__init__"),
    *("ClientRequest.send", "ClientResponse.read", "ClientResponse.start", "TCPConnector.connect"),
    *("URLLib3Session._create_connector", "URLLib3Session._get_session"),
)

_PACKAGES = ("botocore", "aiobotocore", "aiohttp", "fakes3")
"""Whose functions may stand in the place of theirs."""

_HIDING = frozenset(method.partition(".")[2] for method in _METHODS) - {"_needs_retry"}
"""Their names. An object with such an attribute hides its class's; `_needs_retry` only fakes of ours hide."""

_LOGS = (
    *("auth", "awsrequest", "client", "endpoint", "hooks", "httpsession", "parsers", "regions", "retryhandler"),
    *("signers", "utils"),
)
_find_level = attrgetter("level")

_find_parts = attrgetter(
    *("_endpoint", "_endpoint.http_session", "_endpoint.http_session._proxy_config._proxies"),
    *("_request_signer", "_serializer"),
)


class Witnesses:
    """Looks for whoever could see that a call is not sent."""

    def __init__(self, classes: Mapping[str, str] = _CLASSES, methods: Sequence[str] = _METHODS) -> None:
        found: dict[str, Any] = {}
        for module, names in classes.items():
            for each in names.split():
                place, _, name = each.partition("=")
                found[place] = getattr(import_module(module), name or place)
        self._botocore: Any = SimpleNamespace(**found)
        # What a release of botocore does not have, nobody replaces.
        self._find_methods = attrgetter(*(each for each in methods if _has(self._botocore, each)))
        self._history: Any = import_module("botocore.history").get_global_history_recorder()
        self._log = getLogger("botocore")
        self._logs = [getLogger(f"botocore.{each}") for each in _LOGS]
        self._harmless: Any = None
        """The methods when they were last found to be botocore's or ours."""

    def see(self, client: Any) -> bool:
        """Whether somebody could see that this client sends nothing."""
        methods = self._find_methods(self._botocore)
        if methods != self._harmless:  # which compares by identity first
            if not all(map(_is_harmless, methods)):
                return True
            self._harmless = methods
        try:
            endpoint, session, proxies, signer, serializer = _find_parts(client)
        except AttributeError:  # somebody has put another kind of object there
            return True
        botocore = self._botocore
        return not (
            type(endpoint) is botocore.Endpoint
            and type(session) is botocore.URLLib3Session
            and type(signer) is botocore.RequestSigner
            and type(serializer) is botocore.ParamValidationDecorator
            and _HIDING.isdisjoint(client.__dict__)
            and _HIDING.isdisjoint(endpoint.__dict__)
            and _HIDING.isdisjoint(session.__dict__)
            and _HIDING.isdisjoint(signer.__dict__)
            and _HIDING.isdisjoint(serializer.__dict__)
            and not proxies
            and not self._history._enabled
            and not self._log.isEnabledFor(DEBUG)
            and not any(map(_find_level, self._logs))
        )

    def knows(self, client: Any) -> bool:
        """Whether the class of a client does for a call what botocore's own does."""
        base = self._botocore.BaseClient
        return all(getattr(type(client), name) is getattr(base, name) for name in _OF_CLIENTS)


class AioWitnesses(Witnesses):
    """Looks for whoever could see that a call of aiobotocore is not sent with aiohttp."""

    def __init__(self) -> None:
        super().__init__(_CLASSES | _CLASSES_OF_AIOBOTOCORE, _METHODS + _METHODS_OF_AIOBOTOCORE)

    def see(self, client: Any) -> bool:
        """The same. A client that was closed, or not entered yet, cannot send, and somebody may want to see that."""
        return super().see(client) or getattr(client._endpoint.http_session, "_sessions", None) is None


def _has(botocore: Any, method: str) -> bool:
    class_name, _, name = method.partition(".")
    return hasattr(getattr(botocore, class_name), name)


def _is_harmless(method: Any) -> bool:
    return any(is_original(method, package) for package in _PACKAGES)
