"""The path of every request: from bytes to an operation and back.

S3: API/Welcome.html
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache, partial
from urllib.parse import unquote_plus

from fakes3.model.access_points import NO_POINTS
from fakes3.model.directory import check_members
from fakes3.model.errors import InternalError, InvalidURI, MethodNotAllowed, S3Error, TemporaryRedirect, UsageError
from fakes3.operations.call import Ask
from fakes3.operations.members import Members
from fakes3.operations.notifications import logging_faults
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Recorded, Service
from fakes3.wire import express, reader, writer
from fakes3.wire.addressing import host_of, locate
from fakes3.wire.condition_keys import transport_keys
from fakes3.wire.exchange import Exchange
from fakes3.wire.header_section import check_section, check_values
from fakes3.wire.message import EMPTY, Broken, Request, Response, WatchedBody
from fakes3.wire.other_services import WRITE_PATH, OtherServiceError, check_not_lambda, check_service
from fakes3.wire.payload import Document, received_length
from fakes3.wire.quirks import NO_BUCKETS, check_home_page, is_probe, not_built
from fakes3.wire.routing import POST_OBJECT, route
from fakes3.wire.signatures.callers import find_caller
from fakes3.wire.table import Level, find_operation

# What few requests need is imported where it is first needed: no plain request of a client comes there.


def handle(
    service: Service,
    request: Request,
    base_hosts: frozenset[str] = frozenset(),
    *,
    others: Sequence[Service] = (),
    logs_faults: bool = False,
) -> Response:
    """Return S3's response to a request, and record the call.

    At `base_hosts` buckets are addressed as at Amazon's own hosts. `others` are the fakes of mocks around
    this one or within it.
    With `logs_faults` a fault of the fake is logged and answered with S3's `InternalError`. Servers need that: their
    callers see no exception.

    Raises: Any exception that is no `S3Error`, unless faults are logged. It is a fault of the fake or of the test's own
        code. In both cases it is recorded as an `InternalError`, except what a handler of an event of the request
        raised: the request was carried out before.
    """
    exchange = Exchange(service, request)
    exchange.others = others
    if not logs_faults:
        return _handle(exchange, base_hosts, logs_faults=False)
    return logging_faults(partial(_handle, exchange, base_hosts, logs_faults=True))


def _handle(exchange: Exchange, base_hosts: frozenset[str], *, logs_faults: bool) -> Response:
    service, request = exchange.service, exchange.request
    if service.pause is not None:
        service.pause("received")
    request_id, host_id = exchange.ids = service.ids.request_id()
    begun = (service.world, service.clock.now()) if service.has_logs else None
    code: str | None = None
    reason: str | None = None
    try:
        response = _respond(exchange, base_hosts)
    except S3Error as refusal:
        from fakes3.wire.reasons import explain

        refusal.reason = explain(refusal, exchange) or refusal.reason
        code, reason = refusal.code, refusal.reason
        exchange.rights = refusal.rights
        response = _refuse(exchange, refusal, request_id, host_id)
    except Broken as broken:
        reason = "a fault that the test added broke the connection before anything was done."
        response = Response(NO_STATUS, breaks=broken.kind)
    except Exception as fault:
        code, reason = InternalError.code, f"{type(fault).__name__}: {fault}"
        if not logs_faults:
            _record(exchange, Response(InternalError.status), code, reason)
            raise
        logging.getLogger("fakes3").exception("fakes3 failed to answer %s %s", request.method, request.path)
        mistake = str(fault) if isinstance(fault, UsageError) else None
        response = _refuse(exchange, InternalError(reason=mistake), request_id, host_id)
    _record(exchange, response, code, reason)
    if exchange.question is not None and request.method != "OPTIONS":
        from fakes3.wire.cors import allow_origin

        allow_origin(exchange, exchange.question, response)
    if request.method == "HEAD":
        response.body = EMPTY
    if service.has_logs and response.status != NO_STATUS:
        from fakes3.wire.access_log import log_request

        log_request(exchange, begun, (request_id, host_id), response, code)
    response = _complete(service, response, request_id, host_id)
    if exchange.effects:
        from fakes3.wire.faults import damage

        damage(response, exchange.effects, exchange.members)
    if exchange.events and service.notifier.hears(exchange.events):
        service.notifier.tell(exchange.events)
    if service.pause is not None:
        service.pause("answered")
    return response


UNREADABLE = Request("", "http", "", "/", "", {})
"""Stands for a request that cannot be read."""


def refuse(service: Service, refusal: S3Error) -> Response:
    """Return S3's response to a request that cannot be read. It is no call, so none is recorded."""
    request_id, host_id = service.ids.request_id()
    exchange = Exchange(service, UNREADABLE)
    exchange.host = host_of(UNREADABLE.host, frozenset())
    response = _refuse(exchange, refusal, request_id, host_id)
    return _complete(service, response, request_id, host_id)


def _complete(service: Service, response: Response, request_id: str, host_id: str) -> Response:
    """Return a response with the headers that every response has."""
    headers = response.headers
    if response.status not in _BODILESS and "Content-Length" not in headers:
        headers["Content-Length"] = str(len(response.body))
    headers["x-amz-request-id"] = request_id
    headers["x-amz-id-2"] = host_id
    headers["Date"] = service.clock.http_date()
    headers["Server"] = "AmazonS3"
    return response


def _respond(exchange: Exchange, base_hosts: frozenset[str]) -> Response:
    request = exchange.request
    exchange.host = host_of(request.host, base_hosts)
    points = exchange.service.world.access_points
    if points is not NO_POINTS:
        from fakes3.wire.access_points import lead_to_bucket

        lead_to_bucket(exchange, points)
    kind = exchange.host.kind
    check_section(request)
    exchange.region = exchange.find_region()
    if request.query:
        exchange.query = parse_query(request.query)
    if kind != "s3":
        check_service(exchange)
    if request.path == WRITE_PATH:
        check_not_lambda(exchange)
    if "origin" in request.headers:
        from fakes3.wire.cors import read_question

        exchange.question = read_question(request.method, request.headers)
    if request.method == "OPTIONS" and (kind in _SERVED or kind == "website"):
        from fakes3.wire.cors import answer_preflight

        answer = answer_preflight(exchange)
        if answer is not None:
            return answer
    if kind == "website":
        from fakes3.wire.website import respond_as_website

        return respond_as_website(exchange)
    if kind not in _SERVED and not exchange.is_control:
        from fakes3.wire.access_points import refuse_host

        raise refuse_host(exchange.host)  # before the signature, which may be for a service of that endpoint's own
    if exchange.through is not None:
        from fakes3.wire.access_points import check_way

        check_way(exchange, exchange.through)
    exchange.caller = find_caller(exchange)
    if kind != "s3" and exchange.is_control:
        return _respond_as_control(exchange)
    return _respond_as_s3(exchange)


def _respond_as_s3(exchange: Exchange) -> Response:
    """Return the response of an endpoint of buckets, once it is known who asks."""
    request, kind = exchange.request, exchange.host.kind
    exchange.bucket, exchange.key = locate(exchange.host, request.path)
    if kind == "accelerate":
        from fakes3.wire.accelerate import check_accelerated

        check_accelerated(exchange)
    query = exchange.query
    if query and ("X-Amz-Signature" in query or "Signature" in query):
        from fakes3.wire.signatures.in_query import headers_of_presigned

        exchange.request = request = request._replace(headers=headers_of_presigned(request, query))
        check_values(request.headers)
    level: Level = "service" if exchange.bucket is None else "bucket" if exchange.key is None else "key"
    if level == "service" and exchange.caller.account is None and is_probe(kind, request.method, request.headers):
        return _respond_to_probe(exchange)
    exchange.operation = name = route(request.method, level, query, request.headers)
    if express.is_express(exchange, name):
        return _respond_as_express(exchange, name)
    if name == POST_OBJECT:
        return _respond_to_form(exchange)
    if name not in REGISTRY:
        raise not_built(name)
    if kind == "accelerate":
        from fakes3.wire.accelerate import check_has

        check_has(name)
    if exchange.caller.account is None:
        check_home_page(name, request.headers)
    read, write = _compile(name)
    exchange.members = read(exchange)
    return write(_perform(exchange, name))


def _respond_as_express(exchange: Exchange, name: str) -> Response:
    """Return the response of an endpoint of directory buckets."""
    exchange.is_express = True
    name = express.check_operation(exchange, name)
    read, write = _compile(name)
    exchange.members = read(exchange)
    check_members(name, exchange.members)
    return write(_perform(exchange, name))


def _respond_to_probe(exchange: Exchange) -> Response:
    """Return the response to a health check, which nobody signed: a list of no buckets."""
    exchange.operation = name = route("GET", "service", exchange.query, exchange.request.headers)
    if name not in REGISTRY:
        raise not_built(name)
    _, write = _compile(name)
    return write(NO_BUCKETS)


def _respond_as_control(exchange: Exchange) -> Response:
    """Return the response of S3 Control."""
    from fakes3.wire.control import read_places, route_control

    operation, parts = route_control(exchange.request.method, exchange.request.path)
    exchange.operation = name = operation.name
    if name not in REGISTRY:
        raise not_built(name, is_control=True)
    read, write = _compile(name)
    exchange.members = read(exchange) | read_places(exchange, operation, parts)
    return write(_perform(exchange, name))


def _respond_to_form(exchange: Exchange) -> Response:
    """Return the response to a browser's form: a PutObject whose members and caller are in the form's fields."""
    from fakes3.wire.post_form import Form

    read, write = _compile("PutObject")
    form = Form(exchange)
    form.read(read)
    return form.respond(write(_perform(exchange, "PutObject")))


def _perform(exchange: Exchange, name: str) -> Members:
    pause = exchange.service.pause
    if pause is not None:
        from fakes3.wire.pauses import pause_after_body

        exchange.members = pause_after_body(exchange.members, pause)
    if exchange.service.faults:
        from fakes3.wire.faults import choose_effects, perform_with

        exchange.effects = effects = choose_effects(exchange, name)
        return perform_with(exchange, effects, partial(_perform_whole, exchange, name))
    return _perform_whole(exchange, name)


def _perform_whole(exchange: Exchange, name: str) -> Members:
    keys = partial(transport_keys, exchange)
    region, transport, ids, through = exchange.region, exchange.transport, exchange.ids, exchange.through
    client = exchange.request.client
    ask = Ask(name, exchange.members, exchange.caller, region, keys, transport, ids, client, through)
    members, exchange.rights, exchange.events, exchange.needs_acl = exchange.service.perform(ask)
    exchange.answered = members
    return members


def _record(exchange: Exchange, response: Response, code: str | None, reason: str | None) -> None:
    """Record a call with its members, except for the bytes of a body."""
    members = dict(exchange.members)
    if members.pop("Body", None) is None:  # where the body is bytes, as of a put, no member is a document
        members = {
            name: value.contents if type(value) is Document else value
            for name, value in members.items()
            if name != "AnnotationPayload"
        }
    request, answered = exchange.request, exchange.answered
    recorded = Recorded(
        exchange.operation,
        members,
        response.status,
        code,
        exchange.caller,
        reason,
        exchange.rights,
        received_length(request.headers),
        0 if request.method == "HEAD" else len(response.body),
        answered.get("IsTruncated") is True,
        exchange.outlives_key,
        answered.get("StorageClass"),
        _watched(exchange, response, code) if exchange.service.watches_bodies else None,
    )
    exchange.service.calls.append(recorded)


def _watched(exchange: Exchange, response: Response, code: str | None) -> WatchedBody | None:
    """Let the body of a response tell whether it is read, and return it; None where nobody needs to read it."""
    if exchange.operation != "GetObject" or code is not None or exchange.effects or not response.body:
        return None
    response.body = body = WatchedBody(response.body)
    return body


_SERVED = frozenset({"s3", "custom", "not-aws", "accelerate", "express", "express-control"})
"""The kinds of hosts that are endpoints of buckets."""

_BODILESS = frozenset({204, 304})

NO_STATUS = 0
"""The status of a call that got no answer."""


def parse_query(text: str) -> dict[str, str]:
    """Return the parameters of a query, decoded. Of a repeated parameter the first value counts.

    Raises: InvalidURI, where one is not UTF-8.
    """
    found: dict[str, str] = {}
    try:
        text.encode()  # a lone surrogate: bytes that were not UTF-8 when a door read them
        for part in text.split("&"):
            name, _, value = part.partition("=")
            if name:
                found.setdefault(unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict"))
    except UnicodeError:
        raise InvalidURI(URI=text) from None
    return found


@cache
def _compile(name: str) -> tuple[reader.Reader, writer.Writer]:
    operation, built = find_operation(name), REGISTRY[name]
    return reader.compile_reader(operation, built.accepts, built.requires), writer.compile_writer(operation)


def _refuse(exchange: Exchange, refusal: S3Error, request_id: str, host_id: str) -> Response:
    if exchange.host.kind == "website":
        from fakes3.wire.website import refuse_as_page

        response = refuse_as_page(exchange, refusal, request_id, host_id)
    else:
        response = _refuse_as_document(exchange, refusal, request_id, host_id)
    response.refusal = refusal
    if refusal.reason is not None:
        response.headers[REASON] = format_reason(refusal.reason)
    return response


def _refuse_as_document(exchange: Exchange, refusal: S3Error, request_id: str, host_id: str) -> Response:
    request = exchange.request
    response = Response(refusal.status, dict(refusal.headers))
    if isinstance(refusal, TemporaryRedirect):
        query = f"?{request.query}" if request.query else ""
        response.headers["Location"] = f"{request.scheme}://{refusal.members['Endpoint']}{request.path}{query}"
    if refusal.bare or request.method == "HEAD":
        return response
    if isinstance(refusal, OtherServiceError):
        refusal.write(response, request_id)
        return response
    members = refusal.members
    if isinstance(refusal, MethodNotAllowed):
        members = {"Method": request.method} | members
    response.headers["Content-Type"] = "application/xml"
    wrapped = exchange.is_control
    response.body = writer.error_document(refusal.code, refusal.message, members, request_id, host_id, wrapped=wrapped)
    return response


REASON = "x-fakes3-reason"
"""The header that tells the test author which rule refused, and what would be allowed. S3 itself has no such header."""

_LONGEST_REASON = 2000


def format_reason(text: str) -> str:
    """Return a reason as the value of a header: one line of printable ASCII, of limited length."""
    line = " ".join(text.split())[:_LONGEST_REASON]
    return "".join(each if " " <= each <= "~" else ascii(each)[1:-1] for each in line)
