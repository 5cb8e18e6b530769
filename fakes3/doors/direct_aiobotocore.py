"""The door above HTTP for aiobotocore, and so for aioboto3 and s3fs: that of boto3 (`direct`), in coroutines.

A call goes over HTTP for the same reasons as there, and for these:

- The client sends with another library than aiohttp.
- The body is longer than what is handled without a thread. A thread hashes it while other tasks run.
- The credentials are of a class whose methods a program may have written.

Before each call other tasks get their turn, as they do while a request is sent. Whoever cancels the call by then
cancels it before S3 hears of it. From then on nothing waits until S3 has answered.
"""

from __future__ import annotations

import asyncio
from copy import copy
from functools import cache, wraps
from importlib import import_module
from io import BytesIO
from types import SimpleNamespace
from typing import Any

from fakes3.doors.aiohttp import answering_with, make_client_response, open_session
from fakes3.doors.cancellation import SMALL
from fakes3.doors.direct import ClientCalls, DirectDoor, OnlyOverHTTPError, begin_context, handle, is_plain, read_route
from fakes3.doors.direct_cache import Memories, Memory, Route, make_template
from fakes3.doors.direct_parser import Parsers, put_body
from fakes3.doors.direct_witnesses import AioWitnesses
from fakes3.doors.endpoint import CLIENT_HOSTS, Endpoint
from fakes3.doors.entrance import Door, Replacements
from fakes3.doors.originals import is_original
from fakes3.wire.message import Request, Response


class AiobotocoreDirectDoor(DirectDoor):
    """Does the same for aiobotocore's clients that send with aiohttp."""

    module = "aiobotocore.client"
    replaces = ("AioBaseClient._make_api_call",)

    def replacements(self, module: Any) -> Replacements:
        """Return the method that carries out a call, unless another program or another aiobotocore has replaced it."""
        really = module.AioBaseClient.__dict__.get("_make_api_call")
        is_known = is_original(really, "aiobotocore") and _find_witnesses() is not None
        return Door.replacements(self, module) if is_known else ()

    def replace(self, really: Any) -> Any:
        """Return the coroutine method that carries out a call."""
        known_clients: Any = self._clients
        witnesses: Any = _find_witnesses()
        memories = Memories()

        @wraps(really)
        async def _make_api_call(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            endpoint = self._current()
            if endpoint is None or not endpoint.direct:
                return await really(client, operation_name, api_params)
            known = known_clients.get(client)
            if known is None:
                is_usual = witnesses.knows(client)
                # What somebody has changed is not shared.
                memory = memories.find(client) if is_usual and not witnesses.see(client) else Memory()
                known = known_clients[client] = _AioClientCalls(client, memory, is_usual=is_usual)
            if not known.is_served or (endpoint.direct == "auto" and (not known.is_usual or witnesses.see(client))):
                return await really(client, operation_name, api_params)
            await asyncio.sleep(0)
            if self._current() is endpoint:
                CLIENT_HOSTS.note(client.meta.endpoint_url)
                try:
                    return await known.answer(client, endpoint, operation_name, api_params)
                except _RedirectedError as error:
                    redirect = error.response
                except OnlyOverHTTPError:
                    redirect = None  # a call in here would chain its own errors to this one
                if redirect is not None:
                    with answering_with(redirect):
                        return await really(client, operation_name, api_params)
            return await really(client, operation_name, api_params)

        return _make_api_call


@cache
def _find_witnesses() -> AioWitnesses | None:
    """Return what looks for witnesses; None for a release of aiobotocore or aiohttp that has not the classes for it."""
    try:
        return AioWitnesses()
    except (AttributeError, ImportError):
        return None


class _RedirectedError(Exception):
    """S3 has answered a call with a redirect, which aiohttp follows by itself."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class _AioClientCalls(ClientCalls):
    """What is known of one client of aiobotocore."""

    def __init__(self, client: Any, memory: Memory, *, is_usual: bool) -> None:
        super().__init__(client, memory, is_usual=is_usual)
        sends_with_aiohttp = isinstance(client._endpoint.http_session, _find("httpsession.AIOHTTPSession"))
        self.is_served = self._is_s3 and sends_with_aiohttp
        """Whether any of its calls can be answered above HTTP."""
        if self.is_served:
            client._endpoint.http_session._exit_stack.callback(open_session())
        self._plain_credentials = _find("credentials.AioCredentials")
        self._apply_request_checksum = _find("httpchecksum.apply_request_checksum")
        self._aio_parsers = _AioParsers(client)

    async def answer(self, client: Any, endpoint: Endpoint, name: str, given: dict[str, Any]) -> Any:
        """Return the result of a call.

        Raises: OnlyOverHTTPError, _RedirectedError, and all that the client raises.
        """
        body = given.get("Body")
        if not _is_short(body):
            raise OnlyOverHTTPError
        position = body.tell() if isinstance(body, BytesIO) else 0
        try:
            return await self._answer(client, endpoint, name, given)
        except _RedirectedError:
            if isinstance(body, BytesIO):
                body.seek(position)
            raise

    async def _answer(self, client: Any, endpoint: Endpoint, name: str, given: dict[str, Any]) -> Any:
        listeners = self._census.find(name)
        if listeners.to_requests or endpoint.service.faults:
            raise OnlyOverHTTPError
        model = client.meta.service_model.operation_model(name)
        key = self._key_of(name, given, listeners)
        template = None if key is None else self._templates.get(key)
        response = None
        if template is not None:
            signer = self._name_signer(client, endpoint.service, template.region)
            request = template.fill(given.get("Key"), given.get("Body", b""), signer)
            response = _handle(endpoint, request)
            result = await self._aio_parsers.read(model, request, response, template.context)
            if result is not None:
                return await _finish(client, model, result, template.context)
            if template.built is not None:
                built = template.build_again(client)
                result = await self._parse_as_aiobotocore(client, endpoint, model, built, request, response)
                return await _finish(client, model, result, built["context"])
        context = begin_context(client, model)
        parameters = await client._emit_api_params(api_params=dict(given), operation_model=model, context=context)
        built = await self._build_in_turn(client, model, parameters, context)
        result = await _emit_before_call(client, model, built) if listeners.before_call else None
        if result is None:
            self._apply_request_checksum(built)
            request = self._make_request(client, endpoint, built)
            if response is None:
                response = _handle(endpoint, request)
                if key is not None and ("Key" not in given or self._aio_parsers.can_parse(model)):
                    self._templates[key] = make_template(request, given, built)
            if not listeners.to_responses:
                result = await self._aio_parsers.read(model, request, response, context)
            if result is None:
                result = await self._parse_as_aiobotocore(client, endpoint, model, built, request, response)
        return await _finish(client, model, result, context)

    async def _build_in_turn(
        self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the request as aiobotocore builds it from parameters."""
        try:
            route = await self._look_for_route(client, model, parameters, context)
            built: dict[str, Any] = await client._convert_to_request_dict(
                parameters, model, route.url, context, set_user_agent_header=False
            )
            self._checksums.resolve_checksum_context(built, model, parameters)
        except Exception as error:
            raise OnlyOverHTTPError from error
        context.setdefault("signing", {}).setdefault("region", route.region)
        return built

    async def _look_for_route(
        self, client: Any, model: Any, parameters: dict[str, Any], context: dict[str, Any]
    ) -> Route:
        key = self._route_key(model, parameters)
        route = self._routes.get(key)
        if route is None:
            found = await client._resolve_endpoint_ruleset(model, parameters, context)
            route = self._routes[key] = read_route(client, found)
        return route

    def _make_request(self, client: Any, endpoint: Endpoint, built: dict[str, Any]) -> Request:
        headers = built["headers"]
        if "Transfer-Encoding" in headers and "Content-Length" in headers:
            raise OnlyOverHTTPError  # aiohttp sends no body in chunks of which the length is said
        return super()._make_request(client, endpoint, built)

    def _read_credentials(self, credentials: Any) -> tuple[str, str | None]:
        if type(credentials) is not self._plain_credentials:
            raise OnlyOverHTTPError
        return credentials.access_key, credentials.token

    async def _parse_as_aiobotocore(
        self, client: Any, endpoint: Endpoint, model: Any, built: dict[str, Any], request: Request, response: Response
    ) -> Any:
        """Return the result that aiobotocore parses from a response. Emit its events, and retry where it would.

        Raises: what aiobotocore raises for headers that it cannot read.
        """
        twin = copy(client._endpoint)
        twin._event_emitter = _Emitter(client.meta.events)
        attempts = 1
        while True:
            answer = await _make_response(model, built["url"], request, response)
            url, method, headers = built["url"], request.method, request.headers
            sent = SimpleNamespace(method=method, url=url, headers=headers, body=None, answer=answer)
            result, _ = await twin._get_response(sent, model, built["context"])
            if not await twin._needs_retry(attempts, model, built, result):
                break
            attempts += 1
            if hasattr(built["body"], "seek"):
                built["body"].seek(0)
            request = self._make_request(client, endpoint, built)
            response = _handle(endpoint, request)
        result[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
        return result


class _AioParsers(Parsers):
    """The parsers of the operations of one client of aiobotocore, whose bodies are its own."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self._check_body = _find("httpchecksum.handle_checksum_body")
        self._body_class = _find("response.StreamingBody")

    async def read(
        self, model: Any, request: Request, response: Response, context: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]] | None:
        """Return the response and its members as aiobotocore has them; None for one that aiobotocore must parse."""
        parser = self._parser(model)
        if parser is None or response.status >= 300 or "Expires" in response.headers:
            return None
        if not all(map(str.isascii, response.headers.values())):
            return None
        if parser.payload is None:
            return self.parse(model, response, context)
        parsed = parser.parse_headers(response)
        headers = parsed["ResponseMetadata"]["HTTPHeaders"]
        query = f"?{request.query}" if request.query else ""
        address = f"{request.scheme}://{request.host}{request.path}{query}"
        raw = await make_client_response(request.method, address, response)
        received = SimpleNamespace(status_code=response.status, headers=headers, raw=raw)
        body = self._body_class(raw, headers["content-length"])
        shown: dict[str, Any] = {"headers": headers, "status_code": response.status, "context": {}, "body": body}
        await self._check_body(received, shown, context, model)
        put_body(parsed, parser.payload, shown)
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return received, parsed


class _Emitter:
    """Emits the events of a client. To the event `before-send` it gives the response that is there already."""

    def __init__(self, really: Any) -> None:
        self._really = really

    async def emit(self, event_name: str, **about: Any) -> Any:
        """Call the listeners of an event, and return their answers."""
        if event_name.startswith("before-send."):
            return [(self.emit, about["request"].answer)]
        return await self._really.emit(event_name, **about)


def _handle(endpoint: Endpoint, request: Request) -> Response:
    """Return the response to a request. Raises OnlyOverHTTPError, _RedirectedError."""
    response = handle(endpoint, request)
    if 300 <= response.status < 400 and "Location" in response.headers:
        raise _RedirectedError(response)
    return response


async def _make_response(model: Any, url: str, request: Request, response: Response) -> Any:
    """Return aiobotocore's kind of response, as its sessions make it of aiohttp's."""
    from botocore.exceptions import HTTPClientError

    raw = await make_client_response(request.method, url, response)
    try:
        headers = {name.decode().lower(): value.decode() for name, value in raw.raw_headers}
    except UnicodeDecodeError as error:
        raise HTTPClientError(error=error) from error
    answer = _find("awsrequest.AioAWSResponse")(str(raw.url), raw.status, headers, raw)
    if not (model.has_streaming_output or model.has_event_stream_output):
        await answer.content
    return answer


async def _emit_before_call(client: Any, model: Any, built: dict[str, Any]) -> Any:
    """Emit the event, and return the result if a listener gives one."""
    about = {"model": model, "params": built, "request_signer": client._request_signer, "context": built["context"]}
    return (await client.meta.events.emit_until_response(f"before-call.s3.{model.name}", **about))[1]


async def _finish(client: Any, model: Any, result: tuple[Any, dict[str, Any]], context: dict[str, Any]) -> Any:
    """Emit the last event, and return the members of a response, or raise the client's exception."""
    http, parsed = result
    about = {"http_response": http, "parsed": parsed, "model": model, "context": context}
    await client.meta.events.emit(f"after-call.s3.{model.name}", **about)
    if http.status_code >= 300:
        code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
        raise client.exceptions.from_code(code)(parsed, model.name)
    return parsed


def _is_short(body: Any) -> bool:
    """Whether a body can be read twice without an effect on the program, and is handled without a thread."""
    if not is_plain(body):
        return False
    return body is None or (body.getbuffer().nbytes if isinstance(body, BytesIO) else len(body)) <= SMALL


def _find(place: str) -> Any:
    """Return a class or a function of aiobotocore."""
    module, _, name = place.partition(".")
    return getattr(import_module(f"aiobotocore.{module}"), name)
