"""The door above HTTP, for boto3: botocore does everything but send.

A call of a client has three steps. It builds a request: events that may change the parameters, validation,
serialisation, checksums. It sends the request: an endpoint, a signature, a connection, retries. It parses the response.
A program sees the first step and the last. The first stays botocore's own. So does the last, unless it is known what
botocore would read (`direct_parser`). In place of the second, the request goes straight to the fake, on the path of
every request, so S3 does what it does over HTTP.

A call goes over HTTP, which is always right, if it needs more of HTTP than that:

- The client has listeners to `before-endpoint-resolution`, `request-created`, `choose-signer`, `before-sign` or
  `before-send`. That of a client that `FakeS3.client()` made tells which fake the client belongs to.
- The body is neither bytes, text nor a plain `BytesIO`, or the endpoint is not one of general purpose buckets.
- The signature is not version 4, or the fake verifies signatures: this door makes none.
- Another program has put something around the calls of clients before the fake was entered, as tracing libraries do.
- By default also if anybody could see that nothing is sent (`direct_witnesses`). `mock_s3(direct=True)` does not ask.

The other events are emitted as usual: `provide-client-params`, `before-parameter-build`, `before-call`,
`response-received`, `before-parse`, `needs-retry` and `after-call`. If a call turns out to need HTTP only after its
parameters were built, the first two of these are emitted twice.

Requests are remembered, for clients without listeners of the program's own. A call that differs from an earlier one
only in the key and the bytes of an object reuses the request of that call. So does a call of another client that builds
the same requests.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping
from copy import copy
from functools import lru_cache, wraps
from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

from fakes3.doors.botocore import make_response
from fakes3.doors.botocore_profiles import is_refreshed
from fakes3.doors.direct_cache import Memories, Memory, Route, cache_key, make_template
from fakes3.doors.direct_listeners import ListenerCensus, Listeners
from fakes3.doors.direct_parser import Parsers
from fakes3.doors.direct_witnesses import Witnesses
from fakes3.doors.endpoint import CLIENT_HOSTS, Endpoint
from fakes3.doors.entrance import Current, Door, Replacements
from fakes3.doors.messages import has_plain_headers, read_unchunked
from fakes3.doors.originals import is_original
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.operations.service import Service
from fakes3.wire.message import Request, Response

_SIGNATURES = frozenset({"s3v4", "v4"})
_STREAMING = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_SHA256_OF_NOTHING = sha256().hexdigest()

_MOST_HEADERS = 6000
"""How many characters of headers and URL a call above HTTP may have. HTTP adds more, and S3 limits them."""


class DirectDoor(Door):
    """Answers calls of botocore's S3 clients while a fake is entered that wants them answered above HTTP."""

    module = "botocore.client"
    replaces = ("BaseClient._make_api_call",)
    is_direct = True

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._clients: WeakKeyDictionary[Any, ClientCalls] = WeakKeyDictionary()

    def replacements(self, module: Any) -> Replacements:
        """Return the method that carries out a call, unless another program has replaced it.

        Tracing libraries do: they want to see each call, and to find what they have put there when they take it off.
        """
        really = module.BaseClient.__dict__["_make_api_call"]
        return super().replacements(module) if is_original(really) else ()

    def replace(self, really: Any) -> Any:
        """Return the method that carries out a call."""
        known_clients = self._clients
        witnesses, memories = Witnesses(), Memories()

        @wraps(really)
        def _make_api_call(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            endpoint = self._current()
            if endpoint is None or not endpoint.direct:
                return really(client, operation_name, api_params)
            known = known_clients.get(client)
            if known is None:
                is_usual = witnesses.knows(client)
                # What somebody has changed is not shared.
                memory = memories.find(client) if is_usual and not witnesses.see(client) else Memory()
                known = known_clients[client] = ClientCalls(client, memory, is_usual=is_usual)
            if endpoint.direct == "auto" and (not known.is_usual or witnesses.see(client)):
                return really(client, operation_name, api_params)
            CLIENT_HOSTS.note(client.meta.endpoint_url)  # a remembered call does not look for its endpoint
            try:
                return known.call(client, endpoint, operation_name, api_params)
            except OnlyOverHTTPError:
                pass  # a call in here would chain its own errors to this one
            return really(client, operation_name, api_params)

        return _make_api_call


class OnlyOverHTTPError(Exception):
    """A call cannot be answered above HTTP."""


class ClientCalls:
    """What is known of one client. It holds no reference to the client, which may go away."""

    def __init__(self, client: Any, memory: Memory, *, is_usual: bool) -> None:
        from botocore import UNSIGNED, httpchecksum

        self.is_usual = is_usual
        """Whether its class does for a call what botocore's own does."""
        self._checksums: Any = httpchecksum
        config = client.meta.config
        signature = config.signature_version
        self._is_unsigned = signature is UNSIGNED
        self._is_s3 = (
            client.meta.service_model.service_name == "s3"
            and (self._is_unsigned or signature in _SIGNATURES)
            and not getattr(config, "auth_scheme_preference", None)
        )
        self._census = ListenerCensus(client)
        self._parsers = Parsers(client)
        self._routes, self._templates = memory.routes, memory.templates

    def call(self, client: Any, endpoint: Endpoint, name: str, given: dict[str, Any]) -> Any:
        """Return the result of a call.

        Raises: OnlyOverHTTPError, and all that the client raises.
        """
        if not self._is_s3 or not is_plain(given.get("Body")):
            raise OnlyOverHTTPError
        listeners = self._census.find(name)
        endpoint = self._census.bound_to or endpoint
        if listeners.to_requests or endpoint.service.faults:
            raise OnlyOverHTTPError
        model = client.meta.service_model.operation_model(name)
        key = self._key_of(name, given, listeners)
        template = None if key is None else self._templates.get(key)
        response = None
        if template is not None:
            signer = self._name_signer(client, endpoint.service, template.region)
            request = template.fill(given.get("Key"), given.get("Body", b""), signer)
            response = handle(endpoint, request)
            result = self._parsers.parse(model, response, template.context)
            if result is not None:
                return _finish(client, model, result, template.context)
            if template.built is not None:
                built = template.build_again(client)
                result = self._parse_as_botocore(client, endpoint, model, built, request, response)
                return _finish(client, model, result, built["context"])
        context = begin_context(client, model)
        parameters = client._emit_api_params(api_params=dict(given), operation_model=model, context=context)
        built = self._build(client, model, parameters, context)
        result = _emit_before_call(client, model, built) if listeners.before_call else None
        if result is None:
            self._checksums.apply_request_checksum(built)
            request = self._make_request(client, endpoint, built)
            if response is None:
                response = handle(endpoint, request)
                if key is not None and ("Key" not in given or self._parsers.can_parse(model)):
                    self._templates[key] = make_template(request, given, built)
            result = None if listeners.to_responses else self._parsers.parse(model, response, context)
            if result is None:
                result = self._parse_as_botocore(client, endpoint, model, built, request, response)
        return _finish(client, model, result, context)

    def _key_of(self, name: str, given: Mapping[str, Any], listeners: Listeners) -> Hashable:
        """Return the key of the request of a call; None for one that is not remembered."""
        if listeners.to_parameters or listeners.to_responses or listeners.before_call:
            return None
        return cache_key(name, given, self._census.redirects, listeners.builders)

    def _build(self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
        """Return the request as botocore builds it from parameters."""
        try:
            route = self._find_route(client, model, parameters, context)
            built: dict[str, Any] = client._convert_to_request_dict(
                parameters, model, route.url, context, set_user_agent_header=False
            )
            self._checksums.resolve_checksum_context(built, model, parameters)
        except Exception as error:
            # Over HTTP the same error is raised, unless botocore finds another mistake first.
            raise OnlyOverHTTPError from error
        context.setdefault("signing", {}).setdefault("region", route.region)
        return built

    def _find_route(self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]) -> Route:
        key = self._route_key(model, parameters)
        route = self._routes.get(key)
        if route is None:
            found = client._resolve_endpoint_ruleset(model, parameters, context)
            route = self._routes[key] = read_route(client, found)
        return route

    def _route_key(self, model: Any, parameters: dict[str, Any]) -> Hashable:
        bucket, redirects = parameters.get("Bucket"), self._census.redirects
        return model.name, bucket, redirects.get(bucket or "") if redirects else None

    def _make_request(self, client: Any, endpoint: Endpoint, built: dict[str, Any]) -> Request:
        """Return the request for the fake, with those headers of sending that S3 reads."""
        body, length, headers = built["body"], 0, {}
        for name, value in built["headers"].items():
            headers[name.lower()] = _header_text(value).strip(" \t")
            length += len(name) + len(value)
        length += len(built["url"])
        if length > _MOST_HEADERS or len(headers) != len(built["headers"]) or not has_plain_headers(headers):
            raise OnlyOverHTTPError
        headers["user-agent"] = client.meta.config.user_agent
        pieces: bytes | Iterable[bytes]
        trailers: dict[str, str] | None = None
        if "x-amz-trailer" in headers:
            headers["x-amz-content-sha256"] = _STREAMING
            # botocore would cut this body into chunks.
            pieces, trailers = read_unchunked(body, headers["x-amz-trailer"], late=True)
        else:
            pieces = body if type(body) is bytes else _read_whole(body)
            if built["method"] not in {"GET", "HEAD"}:
                whole = str(_length(body))
                if headers.setdefault("content-length", whole) != whole:
                    raise OnlyOverHTTPError  # botocore hashes all of a body of which it sends a part
        if not body and not self._is_unsigned:
            headers["x-amz-content-sha256"] = _SHA256_OF_NOTHING
        headers |= self._name_signer(client, endpoint.service, built["context"]["signing"]["region"])
        scheme, _, rest = built["url"].partition("://")
        rest, _, query = rest.partition("?")
        host, _, path = rest.partition("/")
        return Request(built["method"], scheme, host, f"/{path}", query, headers, pieces, trailers=trailers)

    def _name_signer(self, client: Any, service: Service, region: str) -> dict[str, str]:
        """Return the headers that name the access key. The signature is a placeholder, which the fake does not verify.

        Raises: OnlyOverHTTPError, if the fake verifies the signatures of this key.
        """
        if self._is_unsigned:
            return {}
        credentials = client._request_signer._credentials
        key_id, token = ACCESS_KEY_ID, None
        if credentials is not None and not is_refreshed(credentials):
            key_id, token = self._read_credentials(credentials)
        key = service.find_access_key(key_id)
        if service.settings.verifies_signatures or (key is not None and key.is_verified):
            raise OnlyOverHTTPError
        headers = _placeholder(key_id, region, int(time.time()))
        return {**headers, "x-amz-security-token": token} if token else headers

    def _read_credentials(self, credentials: Any) -> tuple[str, str | None]:
        """Return the id of the access key, and the token of its session if there is one."""
        frozen = credentials.get_frozen_credentials()
        return frozen.access_key, frozen.token

    def _parse_as_botocore(
        self, client: Any, endpoint: Endpoint, model: Any, built: dict[str, Any], request: Request, response: Response
    ) -> Any:
        """Return the result that botocore parses from a response. Emit its events, and retry where botocore would."""
        twin = copy(client._endpoint)
        twin._event_emitter = _Emitter(client.meta.events)
        attempts = 1
        while True:
            url, answer = built["url"], make_response(built["url"], request.method, response)
            sent = SimpleNamespace(method=request.method, url=url, headers=request.headers, body=None, answer=answer)
            result, _ = twin._get_response(sent, model, built["context"])
            if not twin._needs_retry(attempts, model, built, result):
                break
            attempts += 1
            if hasattr(built["body"], "seek"):
                built["body"].seek(0)
            request = self._make_request(client, endpoint, built)
            response = handle(endpoint, request)
        result[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
        return result


class _Emitter:
    """Emits the events of a client. To the event `before-send` it gives the response that is there already."""

    def __init__(self, really: Any) -> None:
        self._really = really

    def emit(self, event_name: str, **about: Any) -> Any:
        """Call the listeners of an event, and return their answers."""
        if event_name.startswith("before-send."):
            return [(self.emit, about["request"].answer)]
        return self._really.emit(event_name, **about)


def begin_context(client: Any, model: Any) -> dict[str, Any]:
    """Return what botocore knows of a call at its beginning."""
    return {
        "client_region": client.meta.region_name,
        "client_config": client.meta.config,
        "has_streaming_input": model.has_streaming_input,
        "auth_type": None,
    }


def read_route(client: Any, found: tuple[Any, ...]) -> Route:
    """Return the route that botocore's rules for endpoints have found.

    Raises: OnlyOverHTTPError, for endpoints that need headers, another signature or another service's.
    """
    url, headers, *rest = found
    schemes = rest[0].get("authSchemes") if rest else None
    scheme = schemes[0] if schemes else {}
    if headers or scheme.get("name", "sigv4") != "sigv4" or scheme.get("signingName", "s3") != "s3":
        raise OnlyOverHTTPError
    return Route(url, scheme.get("signingRegion") or client.meta.region_name)


def handle(endpoint: Endpoint, request: Request) -> Response:
    """Return the response to a request. Raises OnlyOverHTTPError, if the request is not for S3."""
    if not endpoint.claims(request.host, request.headers, request.query):
        raise OnlyOverHTTPError
    return endpoint.handle(request)


def _emit_before_call(client: Any, model: Any, built: dict[str, Any]) -> Any:
    """Emit the event, and return the result if a listener gives one."""
    about = {"model": model, "params": built, "request_signer": client._request_signer, "context": built["context"]}
    return client.meta.events.emit_until_response(f"before-call.s3.{model.name}", **about)[1]


def _finish(client: Any, model: Any, result: tuple[Any, dict[str, Any]], context: dict[str, Any]) -> Any:
    """Emit the last event, and return the members of a response, or raise the client's exception."""
    http, parsed = result
    about = {"http_response": http, "parsed": parsed, "model": model, "context": context}
    client.meta.events.emit(f"after-call.s3.{model.name}", **about)
    if http.status_code >= 300:
        code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
        raise client.exceptions.from_code(code)(parsed, model.name)
    return parsed


def _header_text(value: object) -> str:
    """Return the value of a header as botocore would send it, in UTF-8.

    Raises: OnlyOverHTTPError, for what has no UTF-8.
    """
    if not isinstance(value, str):
        raise OnlyOverHTTPError
    try:
        return value if value.isascii() else value.encode().decode("latin-1")
    except UnicodeEncodeError:
        raise OnlyOverHTTPError from None


def is_plain(body: object) -> bool:
    """Whether a body can be read twice without an effect on the program."""
    return body is None or type(body) in {bytes, bytearray, str, BytesIO}


def _length(body: Any) -> int:
    return len(body) if isinstance(body, bytes | bytearray) else len(body.getbuffer()) - int(body.tell())


def _read_whole(body: Any) -> Iterator[bytes]:
    """Yield a `bytearray` or a file in one piece, read only when it is asked for."""
    yield bytes(body) if isinstance(body, bytearray) else body.read()


@lru_cache(64)
def _placeholder(key_id: str, region: str, second: int) -> dict[str, str]:
    """Return the headers of a signature that is not made. Callers do not change them: they are shared."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
    scope = f"{key_id}/{moment[:8]}/{region}/s3/aws4_request"
    zeros = "0" * 64
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={zeros}"
    return {"x-amz-date": moment, "authorization": authorization}
