"""The door above HTTP, for `mock_s3(direct=True)`: botocore does everything but send.

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

What botocore builds is remembered: a call that differs from an earlier one by no more than the key and the bytes of an
object, on a client to which nobody but the libraries listens, takes that one's request and has it say the new ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from hashlib import sha256
from io import BytesIO
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from fakes3.doors.door import Door, Endpoint
from fakes3.model.bytes_rope import Rope
from fakes3.model.identity import ACCESS_KEY_ID
from fakes3.operations.service import Service
from fakes3.wire.message import Request, Response

Answered = Callable[[Any, Response], Any]
"""Makes botocore's kind of response, of what was sent and what the fake answers."""

_FOR_PARAMETERS = ("provide-client-params", "before-parameter-build")
"""Events whose listeners may change what was given."""

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
_NOTHING = sha256().hexdigest()

_ROOM = 6000
"""Longer headers may be too long for S3 with those that only HTTP adds."""

_MOST_REMEMBERED = 4096
"""How many endpoints, and how many requests, are remembered of a client."""


class DirectDoor(Door):
    """Answers the calls of botocore's S3 clients while a fake is entered that wants them answered above HTTP.

    Args:
        current: Tells the fake that is entered, if any.
        answered: Makes botocore's kind of response.
        raw: Makes what botocore reads a body from.
    """

    module = "botocore.client"

    def __init__(self, current: Callable[[], Endpoint | None], answered: Answered, raw: Callable[[Rope], Any]) -> None:
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
                pass  # and out of here, or what is raised over HTTP would be shown as having come of this
            return really_call(client, operation_name, api_params)

        yield module.BaseClient, "_make_api_call", _make_api_call


class _OnlyOverHTTPError(Exception):
    """A call that is not answered above HTTP."""


@dataclass(slots=True)
class _Sent:
    """What would have been sent, and the answer to it, as botocore's code for answers wants them."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    answer: Any


@dataclass(slots=True)
class _Received:
    """As much of a response as botocore's own listeners look at where there are no others."""

    status_code: int
    headers: dict[str, str]
    raw: Any = None


class _Road(NamedTuple):
    """Where an operation on a bucket is sent, and the region that its signature would name."""

    url: str
    path: str
    region: str

    def to(self, path: str, query: str) -> str:
        """The URL of something there."""
        at = self.url if self.path and path in {"", "/"} else self.url + (path or "/")
        return f"{at}{'&' if '?' in at else '?'}{query}" if query else at


class _Pattern(NamedTuple):
    """A request that botocore built, for calls in which nothing but the key and the bytes of an object is another."""

    method: str
    scheme: str
    host: str
    path: str
    """What stands before the key."""
    query: str
    headers: dict[str, str]
    trailer: str
    """The header that follows the bytes and tells their checksum; "" where there are none."""
    checksum: Callable[[], Any]
    context: dict[str, Any]
    region: str


_PERISHABLE = ("authorization", "x-amz-date", "x-amz-decoded-content-length", "x-amz-security-token")
"""Headers of a request that no other one shares."""


class _Listeners(NamedTuple):
    """Whether somebody listens to the events of an operation who must be heard."""

    to_parameters: bool
    to_requests: bool
    to_responses: bool
    before_call: bool

    @property
    def are_there(self) -> bool:
        """Whether there is anybody at all."""
        return any(self)


class _Client:
    """What is known of one client, without keeping it alive."""

    def __init__(self, client: Any, answered: Answered, raw: Callable[[Rope], Any]) -> None:
        from botocore import UNSIGNED, utils
        from botocore import httpchecksum as checksums
        from botocore.response import StreamingBody

        self._encoded = utils.percent_encode_sequence
        self._encoded_key = partial(utils.percent_encode, safe="/~")
        self._checksums: Any = checksums
        self._streaming_body: Callable[[Any, Any], Any] = StreamingBody
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
        self._listeners: tuple[Any, dict[str, _Listeners]] = None, {}
        self._redirects: Mapping[str, str] = {}
        self._roads: dict[tuple[str, str | None, str | None], _Road] = {}
        self._patterns: dict[Hashable, _Pattern] = {}
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
        alike = None if listeners.are_there else _alike(name, given, self._redirects)
        answer: Any = None
        response = None
        pattern = None if alike is None else self._patterns.get(alike)
        if pattern is not None:
            request = self._again(client, endpoint, pattern, given["Key"], given.get("Body", b""))
            response = endpoint.handle(request)
            answer = self._read(model, response, pattern.context)
            if answer is not None:
                return self._concluded(client, model, answer, {})
        context: dict[str, Any] = {
            "client_region": client.meta.region_name,
            "client_config": client.meta.config,
            "has_streaming_input": model.has_streaming_input,
            "auth_type": None,
        }
        parameters = client._emit_api_params(api_params=dict(given), operation_model=model, context=context)
        asked = self._asked(client, model, parameters, context)
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
            request = self._request(client, endpoint, asked)
            if response is None:
                if alike is not None:
                    self._remember(alike, given["Key"], model, request, asked)
                response = endpoint.handle(request)
            answer = None if listeners.to_responses else self._read(model, response, context)
            if answer is None:
                answer = self._parsed(client, endpoint, model, asked, request, response)
        return self._concluded(client, model, answer, context)

    def _concluded(self, client: Any, model: Any, answer: tuple[Any, dict[str, Any]], context: dict[str, Any]) -> Any:
        """What a call returns, or raises, after everybody was told."""
        http, parsed = answer
        client.meta.events.emit(
            f"after-call.s3.{model.name}", http_response=http, parsed=parsed, model=model, context=context
        )
        if http.status_code >= 300:
            code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
            raise client.exceptions.from_code(code)(parsed, model.name)
        return parsed

    def _asked(self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
        """The request as botocore builds it of parameters."""
        try:
            road = self._road(client, model, parameters, context)
            asked: dict[str, Any] = client._serializer.serialize_to_request(parameters, model)
            asked["context"] = context
            asked["url"] = road.url  # whose parts are known; nothing but the scheme is looked at
            self._checksums.resolve_checksum_context(asked, model, parameters)
            query = asked["query_string"]
            asked["url"] = road.to(asked["url_path"], self._encoded(query) if query else "")
        except Exception as error:
            # Over HTTP the same happens, and the first of several mistakes is told.
            raise _OnlyOverHTTPError from error
        context.setdefault("signing", {}).setdefault("region", road.region)
        return asked

    def _road(self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]) -> _Road:
        bucket = parameters.get("Bucket")
        which = model.name, bucket, self._redirects.get(bucket or "") if self._redirects else None
        road = self._roads.get(which)
        if road is None:
            url, headers, *rest = client._resolve_endpoint_ruleset(model, parameters, context)
            schemes = rest[0].get("authSchemes") if rest else None
            scheme = schemes[0] if schemes else {}
            if headers or scheme.get("name", "sigv4") != "sigv4" or scheme.get("signingName", "s3") != "s3":
                raise _OnlyOverHTTPError
            url = url.removesuffix("/")
            road = _Road(url, urlsplit(url).path, scheme.get("signingRegion") or client.meta.region_name)
            if len(self._roads) >= _MOST_REMEMBERED:
                self._roads.clear()
            self._roads[which] = road
        return road

    def _parsed(
        self, client: Any, endpoint: Endpoint, model: Any, asked: dict[str, Any], request: Request, response: Response
    ) -> Any:
        """What botocore makes of an answer, for which it may want to ask once more; its events take their course."""
        twin = copy(client._endpoint)
        twin._event_emitter = _Emitter(client.meta.events)
        attempts = 1
        while True:
            sent = _Sent(request.method, asked["url"], request.headers, None, None)
            sent.answer = self._answered(sent, response)
            answer, _ = twin._get_response(sent, model, asked["context"])
            if not twin._needs_retry(attempts, model, asked, answer):
                break
            attempts += 1
            if hasattr(asked["body"], "seek"):
                asked["body"].seek(0)
            request = self._request(client, endpoint, asked)
            response = endpoint.handle(request)
        answer[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
        return answer

    def _request(self, client: Any, endpoint: Endpoint, asked: dict[str, Any]) -> Request:
        """The request as the fake takes it, with the headers that sending adds, as far as S3 looks at them."""
        body, length, headers = asked["body"], 0, {}
        for name, value in asked["headers"].items():
            if not isinstance(value, str):
                raise _OnlyOverHTTPError
            headers[name.lower()] = (value if value.isascii() else value.encode().decode("latin-1")).strip(" \t")
            length += len(name) + len(value)
        if length > _ROOM or len(headers) != len(asked["headers"]):
            raise _OnlyOverHTTPError
        headers["user-agent"] = client.meta.config.user_agent
        trailers: dict[str, str] | None = None
        if "x-amz-trailer" in headers:
            headers["x-amz-content-sha256"] = _STREAMING
            trailers = {}
            pieces: bytes | Iterable[bytes] = _uncut(body, headers["x-amz-trailer"], trailers)
        else:
            pieces = body if type(body) is bytes else _whole(body)
            if asked["method"] not in {"GET", "HEAD"}:
                headers.setdefault("content-length", str(_length(body)))
        if not body and not self._is_unsigned:
            headers["x-amz-content-sha256"] = _NOTHING
        self._sign(client, endpoint.service, headers, asked["context"]["signing"]["region"])
        scheme, _, rest = asked["url"].partition("://")
        rest, _, query = rest.partition("?")
        host, _, path = rest.partition("/")
        if not endpoint.takes(host, headers, query):
            raise _OnlyOverHTTPError
        return Request(asked["method"], scheme, host, f"/{path}", query, headers, pieces, trailers=trailers)

    def _remember(self, alike: Hashable, key: str, model: Any, request: Request, asked: dict[str, Any]) -> None:
        """Keep a request that differs from others by no more than its key and its bytes, if it does."""
        body, encoded = asked["body"], self._encoded_key(key)
        if self._reader(model) is None or not request.path.endswith(f"/{encoded}"):
            return
        if body and request.trailers is None:
            return  # its headers tell of its bytes
        if len(self._patterns) >= _MOST_REMEMBERED:
            self._patterns.clear()
        self._patterns[alike] = _Pattern(
            request.method,
            request.scheme,
            request.host,
            request.path.removesuffix(encoded),
            request.query,
            {name: value for name, value in request.headers.items() if name not in _PERISHABLE},
            "" if request.trailers is None else request.headers["x-amz-trailer"],
            type(getattr(body, "_checksum", None)),
            {"checksum": asked["context"].get("checksum", {})},
            asked["context"]["signing"]["region"],
        )

    def _again(self, client: Any, endpoint: Endpoint, pattern: _Pattern, key: str, body: bytes) -> Request:
        """A request like one that was built before."""
        headers = pattern.headers.copy()
        trailers: dict[str, str] | None = None
        pieces: bytes | Iterable[bytes] = b""
        if pattern.trailer:
            headers["x-amz-decoded-content-length"] = str(len(body))
            trailers = {}
            pieces = _summed(body, pattern.checksum(), pattern.trailer, trailers)
        self._sign(client, endpoint.service, headers, pattern.region)
        method, scheme, host, path, query, *_ = pattern
        if not endpoint.takes(host, headers, query):
            raise _OnlyOverHTTPError
        return Request(method, scheme, host, path + self._encoded_key(key), query, headers, pieces, trailers=trailers)

    def _sign(self, client: Any, service: Service, headers: dict[str, str], region: str) -> None:
        """Say whose key would have signed; that it did, nobody asks."""
        if self._is_unsigned:
            return
        credentials = client._request_signer._credentials
        key_id = ACCESS_KEY_ID
        if credentials is not None:
            frozen = credentials.get_frozen_credentials()
            key_id = frozen.access_key
            if frozen.token:
                headers["x-amz-security-token"] = frozen.token
        key = service.access_keys.get(key_id)
        if service.settings.verifies_signatures or (key is not None and key.is_verified):
            raise _OnlyOverHTTPError
        headers["x-amz-date"], headers["authorization"] = _signature(key_id, region, int(time.time()))

    def _read(self, model: Any, response: Response, context: dict[str, Any]) -> tuple[Any, dict[str, Any]] | None:
        """What botocore makes of an answer that is all in headers, but for an object's bytes; None for others."""
        reader = self._reader(model)
        if reader is None or response.status >= 300 or "Expires" in response.headers:
            return None
        headers = {name.lower(): value for name, value in response.headers.items()}
        received = _Received(response.status, headers)
        parsed = reader.read(response, headers)
        if reader.payload is not None:
            received.raw = self._raw(response.body)
            body = self._streaming_body(received.raw, headers["content-length"])
            shown: dict[str, Any] = {"headers": headers, "status_code": response.status, "context": {}, "body": body}
            self._checksums.handle_checksum_body(received, shown, context, model)
            parsed[reader.payload] = shown["body"]
            checked = shown["context"].get("checksum", {}).get("response_algorithm")
            if checked:
                parsed["ResponseMetadata"]["ChecksumAlgorithm"] = checked
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return received, parsed

    def _reader(self, model: Any) -> _HeaderReader | None:
        try:
            return self._readers[model.name]
        except KeyError:
            reader = self._readers[model.name] = _HeaderReader.of(model, self._parser)
            return reader

    def _listeners_to(self, name: str) -> _Listeners:
        """Who listens to the events of an operation, looked up anew when somebody came or went."""
        registered = self._emitter._lookup_cache  # another one whenever somebody is registered
        known_of, known = self._listeners
        if known_of is not registered:
            known = {}
            self._listeners = registered, known
        found = known.get(name)
        if found is None:
            found = known[name] = self._found_listeners(name)
        return found

    def _found_listeners(self, name: str) -> _Listeners:
        def to(event: str) -> list[Any]:
            return list(self._emitter._handlers.prefix_search(f"{event}.s3.{name}"))

        for each in to("before-endpoint-resolution"):
            if getattr(each, "__name__", "") == "redirect_from_cache":
                self._redirects = each.__self__._cache
        return _Listeners(
            any(_is_stranger(each) for event in _FOR_PARAMETERS for each in to(event)),
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

    def __init__(
        self, fields: list[tuple[str, str, Any]], prefixes: list[tuple[str, str]], payload: str | None
    ) -> None:
        self._fields = fields
        self._prefixes = prefixes
        self.payload = payload

    @classmethod
    def of(cls, model: Any, parser: Any) -> _HeaderReader | None:
        """The reader of an operation's answers; None where they are documents."""
        shape = model.output_shape
        fields, prefixes, payload = [], [], None
        members = {} if shape is None else shape.members
        body = None if shape is None else shape.serialization.get("payload")
        for name, member in members.items():
            location = member.serialization.get("location")
            wire_name = member.serialization.get("name", name).lower()
            if location == "header":
                fields.append((name, wire_name, _converter(parser, member)))
            elif location == "headers":
                prefixes.append((name, wire_name))
            elif model.has_streaming_output and name == body:
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


def _whole(body: Any) -> Iterator[bytes]:
    """All of a body that is no `bytes`, read when it is asked for."""
    yield bytes(body) if isinstance(body, bytearray) else body.read()


def _uncut(chunks: Any, name: str, trailers: dict[str, str]) -> Iterator[bytes]:
    """All of a body that botocore would cut into chunks, and what it would send after them."""
    yield from _summed(chunks._raw.read(), chunks._checksum, name, trailers)


def _summed(data: bytes, checksum: Any, name: str, trailers: dict[str, str]) -> Iterator[bytes]:
    checksum.update(data)
    trailers[name] = checksum.b64digest()
    yield data


def _alike(name: str, given: Mapping[str, Any], redirects: Mapping[str, str]) -> Hashable:
    """What calls have in common that differ in an object's key and bytes only; None where it is not easily told."""
    key = given.get("Key")
    if type(key) is not str or not key or not key.isascii() or type(given.get("Body", b"")) is not bytes:
        return None
    others = []
    for each in given.items():
        if each[0] != "Key" and each[0] != "Body":
            if type(each[1]) is not str and type(each[1]) is not int:
                return None
            others.append(each)
    return name, "Body" in given, tuple(others), redirects.get(given.get("Bucket", ""))


@lru_cache(64)
def _signature(key_id: str, region: str, second: int) -> tuple[str, str]:
    """The headers of a signature: its time, and whose it would be."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
    scope = f"{key_id}/{moment[:8]}/{region}/s3/aws4_request"
    unmade = "0" * 64
    return moment, f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature={unmade}"
