"""The door above HTTP, for `mock_s3(direct=True)`: what botocore does before and after it sends is kept, what it does
to send is skipped.

A call of a client builds a request (events that may change the parameters, validation, serialisation, checksums),
sends it (an endpoint, a signature, a connection, retries) and parses the answer. The first and the last are what a
program sees, and stay botocore's own. In the middle the request goes straight to the fake, to the one path of every
request, so S3 says and does what it does over HTTP.

A call takes the long way over HTTP, which is always right, where more of HTTP is asked for than that:

- Somebody listens to `before-endpoint-resolution`, `request-created`, `choose-signer`, `before-sign` or `before-send`
  of the client. So do the clients which `FakeS3.client()` made: they belong to their fake, whatever is entered.
- The body is neither bytes, text nor a plain `BytesIO`, or the endpoint is none of general purpose buckets.
- The signature is none of version 4, or the fake verifies signatures: here, nobody signs.

The other events are emitted as ever: `provide-client-params`, `before-parameter-build`, `before-call`,
`response-received`, `before-parse`, `needs-retry` and `after-call`. Where a call proves to need the long way only when
its parameters were built, the first two of these are emitted once more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from io import BytesIO
from types import ModuleType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from fakes3.doors.door import Door, Endpoint, request_of
from fakes3.model.bytes_rope import Rope
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.operations.service import Service
from fakes3.wire.message import Response

Answered = Callable[[Any, Response], Any]
"""Makes botocore's kind of response, of what was sent and what the fake answers."""

_FOR_REQUESTS = ("before-endpoint-resolution", "request-created", "choose-signer", "before-sign", "before-send")
"""Events of sending, of which there is none."""

_FOR_RESPONSES = ("response-received", "before-parse", "needs-retry", "after-call")
"""Events whose listeners are shown responses as HTTP has them."""

_LIBRARIES = frozenset({"boto3", "botocore", "moto", "s3transfer"})
"""Those whose listeners only help to send, or, like moto's, answer what fakes3 does not."""

_ON_REQUEST = frozenset({"disable_signing"})
"""Listeners of botocore's own that are there only because somebody put them there."""

_ONLY_FOR_HTTP = frozenset(
    {
        "add_expect_header",
        "add_recursion_detection_header",
        "apply_signing_cache_key",
        "inject_api_version_header_if_needed",
    }
)
"""botocore's listeners to `before-call` that do nothing to a request of S3's but help to send it."""

_SIGNATURES = frozenset({"s3v4", "v4"})
_STREAMING = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

_ROOM = 6000
"""Longer headers may be too long for S3 with those that only HTTP adds."""

_MOST_REMEMBERED = 4096
"""How many endpoints are remembered of a client."""


class DirectDoor(Door):
    """Answers the calls of botocore's S3 clients while a fake is entered that wants them answered above HTTP.

    Args:
        current: Tells the fake that is entered, if any.
        answered: Makes botocore's kind of response.
        raw: Makes what botocore reads a body from.
    """

    module = "botocore.client"

    def __init__(
        self, current: Callable[[], Endpoint | None], answered: Answered, raw: Callable[[Rope], Any]
    ) -> None:
        self._current = current
        self._answered = answered
        self._raw = raw
        self._clients: WeakKeyDictionary[Any, _Client] = WeakKeyDictionary()

    def replacements(self, module: ModuleType) -> Iterable[tuple[Any, str, Any]]:
        """The client's way from an operation and its parameters to an answer."""
        really_call = module.BaseClient._make_api_call
        known_clients = self._clients

        @wraps(really_call)
        def _make_api_call(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            endpoint = self._current()
            if endpoint is None or not endpoint.direct:
                return really_call(client, operation_name, api_params)
            known = known_clients.get(client)
            if known is None:
                known = known_clients[client] = _Client(client, self._answered, self._raw)
            try:
                return known.call(client, endpoint, operation_name, api_params)
            except _OnlyOverHTTPError:
                return really_call(client, operation_name, api_params)

        yield module.BaseClient, "_make_api_call", _make_api_call


class _OnlyOverHTTPError(Exception):
    """A call that is not answered above HTTP."""


@dataclass(slots=True)
class _Sent:
    """What would have been sent, with the answer to it once there is one."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any
    answer: Any = None


@dataclass(slots=True)
class _Received:
    """As much of a response as botocore's own listeners look at where there are no others."""

    status_code: int
    headers: dict[str, str]
    raw: Any = None


class _Road(NamedTuple):
    """Where an operation on a bucket is sent, and the region that its signature would name."""

    url: str
    region: str


class _Listeners(NamedTuple):
    """Whether somebody listens to the events of an operation who must be heard."""

    to_requests: bool
    to_responses: bool
    before_call: bool


class _Client:
    """What is known of one client, without keeping it alive."""

    def __init__(self, client: Any, answered: Answered, raw: Callable[[Rope], Any]) -> None:
        from botocore import UNSIGNED, awsrequest, httpchecksum
        from botocore.response import StreamingBody

        self._prepare = awsrequest.prepare_request_dict
        self._checksums = httpchecksum
        self._streaming_body = StreamingBody
        self._answered = answered
        self._raw = raw
        config = client.meta.config
        signature = config.signature_version
        self._is_unsigned = signature is UNSIGNED
        self._is_s3 = (
            client.meta.service_model.service_name == "s3"
            and (self._is_unsigned or signature in _SIGNATURES)
            and not getattr(config, "auth_scheme_preference", None)
        )
        self._emitter: Any = getattr(client.meta.events, "_emitter", client.meta.events)
        self._registered: Any = None
        self._listeners: dict[str, _Listeners] = {}
        self._redirects: Mapping[str, str] = {}
        self._roads: dict[tuple[str, str | None, str | None], _Road] = {}
        self._readers: dict[str, _HeaderReader | None] = {}
        service = client.meta.service_model
        protocol = getattr(service, "resolved_protocol", None) or service.metadata["protocol"]
        self._parser = client._endpoint._response_parser_factory.create_parser(protocol)

    def call(self, client: Any, endpoint: Endpoint, name: str, given: dict[str, Any]) -> Any:
        """Answer a call.

        Raises: _OnlyOverHTTPError, and whatever the client raises.
        """
        if not self._is_s3 or not _is_plain(given.get("Body")):
            raise _OnlyOverHTTPError
        listeners = self._listeners_to(name)
        if listeners.to_requests:
            raise _OnlyOverHTTPError
        model = client.meta.service_model.operation_model(name)
        context: dict[str, Any] = {
            "client_region": client.meta.region_name,
            "client_config": client.meta.config,
            "has_streaming_input": model.has_streaming_input,
            "auth_type": None,
        }
        parameters = client._emit_api_params(api_params=dict(given), operation_model=model, context=context)
        asked = self._asked(client, model, parameters, context)
        emit = client.meta.events.emit
        answer = None
        if listeners.before_call:
            _, answer = client.meta.events.emit_until_response(
                f"before-call.s3.{name}",
                model=model,
                params=asked,
                request_signer=client._request_signer,
                context=context,
            )
        if answer is None:
            self._checksums.apply_request_checksum(asked)
            answer = self._answer(client, endpoint, model, asked, by_headers=not listeners.to_responses)
        http, parsed = answer
        emit(f"after-call.s3.{name}", http_response=http, parsed=parsed, model=model, context=context)
        if http.status_code >= 300:
            code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
            raise client.exceptions.from_code(code)(parsed, name)
        return parsed

    def _asked(self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
        """The request as botocore builds it of parameters."""
        try:
            road = self._road(client, model, parameters, context)
            asked: dict[str, Any] = client._serializer.serialize_to_request(parameters, model)
            self._prepare(asked, endpoint_url=road.url, context=context, user_agent=client.meta.config.user_agent)
            self._checksums.resolve_checksum_context(asked, model, parameters)
        except Exception as error:
            # Over HTTP the same happens, and the first of several mistakes is told.
            raise _OnlyOverHTTPError from error
        context.setdefault("signing", {}).setdefault("region", road.region)
        return asked

    def _road(self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]) -> _Road:
        bucket = parameters.get("Bucket")
        which = model.name, bucket, self._redirects.get(bucket) if self._redirects else None
        road = self._roads.get(which)
        if road is None:
            url, headers, *rest = client._resolve_endpoint_ruleset(model, parameters, context)
            schemes = rest[0].get("authSchemes") if rest else None
            scheme = schemes[0] if schemes else {}
            if headers or scheme.get("name", "sigv4") != "sigv4" or scheme.get("signingName", "s3") != "s3":
                raise _OnlyOverHTTPError
            road = _Road(url, scheme.get("signingRegion") or client.meta.region_name)
            if len(self._roads) >= _MOST_REMEMBERED:
                self._roads.clear()
            self._roads[which] = road
        return road

    def _answer(
        self, client: Any, endpoint: Endpoint, model: Any, asked: dict[str, Any], *, by_headers: bool
    ) -> tuple[Any, dict[str, Any]]:
        """The answer to a request, asked for again as often as the client would."""
        attempts = 1
        while True:
            sent = self._sent(client, endpoint, asked)
            request = request_of(sent)
            if not endpoint.takes(request.host, request.headers, request.query):
                raise _OnlyOverHTTPError
            response = endpoint.handle(request)
            answer = self._read(model, response, asked["context"]) if by_headers and response.status < 300 else None
            if answer is None:
                sent.answer = self._answered(sent, response)
                twin = copy(client._endpoint)
                twin._event_emitter = _Emitter(client.meta.events)
                answer, mistake = twin._get_response(sent, model, asked["context"])
                if twin._needs_retry(attempts, model, asked, answer, mistake):
                    attempts += 1
                    if hasattr(sent.body, "seek"):
                        sent.body.seek(0)
                    continue
                if mistake is not None:
                    raise mistake
            answer[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
            return answer

    def _sent(self, client: Any, endpoint: Endpoint, asked: dict[str, Any]) -> _Sent:
        """A request with the headers that sending adds, as far as S3 looks at them."""
        body, length, headers = asked["body"], 0, {}
        for name, value in asked["headers"].items():
            if not isinstance(value, str):
                raise _OnlyOverHTTPError
            headers[name.lower()] = value if value.isascii() else value.encode().decode("latin-1")
            length += len(name) + len(value)
        if length > _ROOM or len(headers) != len(asked["headers"]):
            raise _OnlyOverHTTPError
        if "x-amz-trailer" in headers:
            headers["x-amz-content-sha256"] = _STREAMING
        if asked["method"] not in {"GET", "HEAD"} and "transfer-encoding" not in headers:
            headers.setdefault("content-length", str(_length(body)))
        if not self._is_unsigned:
            self._add_signature(client, endpoint.service, headers, asked["context"]["signing"]["region"])
        return _Sent(asked["method"], asked["url"], headers, body)

    def _add_signature(self, client: Any, service: Service, headers: dict[str, str], region: str) -> None:
        """Say whose key would have signed; that it did, nobody asks."""
        credentials = client._request_signer._credentials
        key_id = ACCESS_KEY_ID
        if credentials is not None:
            frozen = credentials.get_frozen_credentials()
            key_id = frozen.access_key
            if frozen.token:
                headers["x-amz-security-token"] = frozen.token
        settings, key = service.settings, service.access_keys.get(key_id)
        is_asked_to_prove_it = key is not None and (key.is_verified or key.token is not None)
        if settings.verifies_signatures or settings.enforces_iam or is_asked_to_prove_it:
            raise _OnlyOverHTTPError
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers["x-amz-date"] = moment
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={key_id}/{moment[:8]}/{region}/s3/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
        )

    def _read(self, model: Any, response: Response, context: dict[str, Any]) -> tuple[Any, dict[str, Any]] | None:
        """What botocore makes of an answer that is all in headers, but for an object's bytes; None for others."""
        name = model.name
        try:
            reader = self._readers[name]
        except KeyError:
            reader = self._readers[name] = _HeaderReader.of(model, self._parser)
        if reader is None or "Expires" in response.headers:
            return None
        headers = {name.lower(): value for name, value in response.headers.items()}
        received = _Received(response.status, headers)
        parsed = reader.read(response, headers)
        if reader.payload is not None:
            received.raw = self._raw(response.body)
            body = self._streaming_body(received.raw, headers.get("content-length"))
            shown = {"headers": headers, "status_code": response.status, "context": {}, "body": body}
            self._checksums.handle_checksum_body(received, shown, context, model)
            parsed[reader.payload] = shown["body"]
            checked = shown["context"].get("checksum", {}).get("response_algorithm")
            if checked:
                parsed["ResponseMetadata"]["ChecksumAlgorithm"] = checked
        return received, parsed

    def _listeners_to(self, name: str) -> _Listeners:
        """Who listens to the events of an operation, looked up anew when somebody came or went."""
        registered = self._emitter._lookup_cache
        if registered is not self._registered:
            self._listeners.clear()
            self._registered = registered
        found = self._listeners.get(name)
        if found is None:
            found = self._listeners[name] = self._found_listeners(name)
        return found

    def _found_listeners(self, name: str) -> _Listeners:
        def to(event: str) -> list[Any]:
            return list(self._emitter._handlers.prefix_search(f"{event}.s3.{name}"))

        for each in to("before-endpoint-resolution"):
            if getattr(each, "__name__", "") == "redirect_from_cache":
                self._redirects = each.__self__._cache
        return _Listeners(
            any(_is_stranger(each) for event in _FOR_REQUESTS for each in to(event)),
            any(_is_stranger(each) for event in _FOR_RESPONSES for each in to(event)),
            any(getattr(each, "__name__", "") not in _ONLY_FOR_HTTP for each in to("before-call")),
        )


class _Emitter:
    """The events of a client, but that its requests are answered before they are sent."""

    def __init__(self, really: Any) -> None:
        self._really = really

    def emit(self, event_name: str, **about: Any) -> Any:
        """Tell everybody who listens."""
        if event_name.startswith("before-send."):
            return [(self.emit, about["request"].answer)]
        return self._really.emit(event_name, **about)


class _HeaderReader:
    """Reads answers that are all in headers as botocore's parser does, without looking for what cannot be there."""

    def __init__(self, fields: list[tuple[str, str, Any]], prefixes: list[tuple[str, str]], payload: str | None) -> None:
        self._fields = fields
        self._prefixes = prefixes
        self.payload = payload

    @classmethod
    def of(cls, model: Any, parser: Any) -> _HeaderReader | None:
        """The reader of an operation's answers; None where they are documents."""
        shape = model.output_shape
        fields, prefixes, payload = [], [], None
        for name, member in (() if shape is None else shape.members.items()):
            location = member.serialization.get("location")
            wire_name = member.serialization.get("name", name).lower()
            if location == "header":
                fields.append((name, wire_name, _converter(parser, member)))
            elif location == "headers":
                prefixes.append((name, wire_name))
            elif model.has_streaming_output and name == shape.serialization.get("payload"):
                payload = name
            else:
                return None
        return cls(fields, prefixes, payload)

    def read(self, response: Response, headers: dict[str, str]) -> dict[str, Any]:
        """The members that the headers tell."""
        metadata = {
            "RequestId": headers["x-amz-request-id"],
            "HostId": headers["x-amz-id-2"],
            "HTTPStatusCode": response.status,
            "HTTPHeaders": headers,
        }
        parsed: dict[str, Any] = {"ResponseMetadata": metadata}
        for name, header, convert in self._fields:
            if header in headers:
                value = headers[header]
                parsed[name] = value if convert is None else convert(value)
        for name, prefix in self._prefixes:
            length = len(prefix)
            parsed[name] = {
                header[length:]: value
                for header, value in response.headers.items()
                if header.lower().startswith(prefix)
            }
        return parsed


def _converter(parser: Any, member: Any) -> Callable[[str], Any] | None:
    """How botocore reads a header; None where it stays text."""
    if member.type_name == "string":
        return None
    convert = partial(parser._parse_shape, member)
    return lru_cache(1024)(convert) if member.type_name == "timestamp" else convert


def _is_stranger(listener: Any) -> bool:
    """Whether somebody listens who is none of the libraries that help to send."""
    module = getattr(listener, "__module__", None) or type(listener).__module__
    named = getattr(listener, "__name__", "")
    return module.partition(".")[0] not in _LIBRARIES or module == "botocore.stub" or named in _ON_REQUEST


def _is_plain(body: object) -> bool:
    """Whether a body can be read twice, and nobody is told when it is."""
    return body is None or type(body) in {bytes, bytearray, str, BytesIO}


def _length(body: Any) -> int:
    return len(body) if isinstance(body, bytes | bytearray) else len(body.getbuffer()) - int(body.tell())
