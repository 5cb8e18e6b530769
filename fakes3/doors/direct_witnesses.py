"""Whether anybody could see that a call of a client is not sent, for `mock_s3(direct="auto")`.

Programs watch calls in more ways than by listeners. They put functions of their own in the place of botocore's, on its
classes or on one client. They give a client a connection of their own or a proxy. They read botocore's log. Each of
these is looked for before each call, since it may have come meanwhile.
"""

from __future__ import annotations

from importlib import import_module
from logging import DEBUG, getLogger
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from fakes3.doors.originals import is_original

_CLASSES = {
    "auth": "SigV4Auth S3SigV4Auth",
    "awsrequest": "AWSRequest AWSRequestPreparer",
    "client": "BaseClient",
    "endpoint": "Endpoint",
    "httpchecksum": "AwsChunkedWrapper",
    "httpsession": "URLLib3Session",
    "parsers": "ResponseParser",
    "signers": "RequestSigner",
    "validate": "ParamValidationDecorator",
}
"""The classes of botocore that a call over HTTP goes through, by module."""

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

_HIDING = frozenset(method.partition(".")[2] for method in _METHODS) - {"_needs_retry"}
"""Their names. An object with such an attribute hides its class's; `_needs_retry` only fakes of ours hide."""

_LOGS = (
    *("auth", "awsrequest", "client", "endpoint", "hooks", "httpsession", "parsers", "regions", "retryhandler"),
    *("signers", "utils"),
)
_QUIET = [0] * len(_LOGS)

_find_parts = attrgetter(
    *("_endpoint", "_endpoint.http_session", "_endpoint.http_session._proxy_config._proxies"),
    *("_request_signer", "_serializer"),
)


class Witnesses:
    """Looks for whoever could see that a call is not sent."""

    def __init__(self) -> None:
        classes = {
            name: getattr(import_module(f"botocore.{module}"), name)
            for module, names in _CLASSES.items()
            for name in names.split()
        }
        self._botocore: Any = SimpleNamespace(**classes)
        # What a release of botocore does not have, nobody replaces.
        self._find_methods = attrgetter(*(each for each in _METHODS if _has(self._botocore, each)))
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
            and not self._log.isEnabledFor(DEBUG)
            and [each.level for each in self._logs] == _QUIET
        )

    def knows(self, client: Any) -> bool:
        """Whether the class of a client does for a call what botocore's own does."""
        base = self._botocore.BaseClient
        return all(getattr(type(client), name) is getattr(base, name) for name in _OF_CLIENTS)


def _has(botocore: Any, method: str) -> bool:
    class_name, _, name = method.partition(".")
    return hasattr(getattr(botocore, class_name), name)


def _is_harmless(method: Any) -> bool:
    return is_original(method) or is_original(method, "fakes3")
