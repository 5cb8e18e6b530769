"""The one path of every request: from bytes to an operation and back.

S3: API/Welcome.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from urllib.parse import unquote_plus

from fakes3.model.dates import as_http_date, whole_second
from fakes3.model.errors import InvalidURI, MethodNotAllowed, RequestHeaderSectionTooLarge, S3Error
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.operations.registry import REGISTRY, Members, Right
from fakes3.operations.service import Recorded, Service
from fakes3.wire import reader, writer
from fakes3.wire.addressing import Host, host_of, locate
from fakes3.wire.circumstances import circumstances
from fakes3.wire.message import EMPTY, Request, Response
from fakes3.wire.payload import TextDocument, XmlDocument
from fakes3.wire.quirks import check_home_page, not_built, not_served
from fakes3.wire.routing import POST_OBJECT, route
from fakes3.wire.signing import caller_of, headers_in, serving_region
from fakes3.wire.table import Level, operations

_NO_QUERY: dict[str, str] = {}


class Asked:
    """What has become known of a request on its way, for the record of calls."""

    __slots__ = ("caller", "operation", "parameters", "rights")

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self.caller: Principal = ANONYMOUS
        self.parameters: Members = {}
        self.rights: list[Right] = []


def handle(service: Service, request: Request, base_hosts: frozenset[str] = frozenset()) -> Response:
    """Answer a request as S3 does, and record it.

    Args:
        service: The S3 that is asked.
        request: The request.
        base_hosts: Hosts, besides Amazon's, at which buckets are addressed as at S3's own.
    """
    request_id, host_id = service.ids.request_id()
    asked = Asked(request.method)
    code: str | None = None
    reason: str | None = None
    try:
        response = _answered(service, request, base_hosts, asked)
    except S3Error as error:
        code, reason = error.code, error.reason
        response = _refusal(error, request, request_id, host_id)
    parameters = _recordable(asked.parameters)
    service.calls.append(
        Recorded(asked.operation, parameters, response.status, code, asked.caller, reason, asked.rights)
    )
    headers = response.headers
    if request.method == "HEAD":
        response.body = EMPTY
    if response.status not in _BODILESS and "Content-Length" not in headers:
        headers["Content-Length"] = str(len(response.body))
    headers["x-amz-request-id"] = request_id
    headers["x-amz-id-2"] = host_id
    headers["Date"] = as_http_date(whole_second(service.clock.now()))
    headers["Server"] = "AmazonS3"
    return response


def _answered(service: Service, request: Request, base_hosts: frozenset[str], asked: Asked) -> Response:
    check_header_section(request.headers)
    host = host_of(request.host, base_hosts)
    query = query_of(request.query) if request.query else _NO_QUERY
    asked.caller = caller_of(service, request, host, query)
    if host.kind not in _SERVED:
        raise not_served(host.kind)
    bucket, key = locate(host, request.path)
    if "X-Amz-Signature" in query or "Signature" in query:
        request = replace(request, headers=headers_in(request, query))
    asked.operation = name = route(request.method, _level(bucket, key), query, request.headers)
    if name == POST_OBJECT and bucket is not None:
        return _answered_form(service, request, host, bucket, asked)
    if name not in REGISTRY:
        raise not_built(name)
    if asked.caller.account is None:
        check_home_page(name, request.headers)
    read, write = _compiled(name)
    asked.parameters = read(request, request.headers, query, bucket, key)
    members = service.perform(
        name,
        asked.parameters,
        caller=asked.caller,
        region=serving_region(service, request, host),
        circumstances=partial(circumstances, service, request, query),
        rights=asked.rights,
    )
    return write(members)


def _answered_form(service: Service, request: Request, host: Host, bucket: str, asked: Asked) -> Response:
    """Answer a browser's form: a PutObject whose members, and whose caller, are in the form's fields."""
    from fakes3.wire.browser import Form  # few tests have forms

    read, write = _compiled("PutObject")
    asked.caller = ANONYMOUS
    form = Form(request, bucket, asked.parameters)
    asked.caller = form.read(service, host, read)
    members = service.perform(
        "PutObject",
        asked.parameters,
        caller=asked.caller,
        region=serving_region(service, request, host),
        circumstances=partial(circumstances, service, request, _NO_QUERY, form.fields),
        rights=asked.rights,
    )
    return form.answer(service, host, write(members))


MOST_HEADER_BYTES = 8192


def check_header_section(headers: Mapping[str, str]) -> None:
    """Refuse more than 8 KB of headers: names, values, and what stands between them on the wire."""
    # Two characters between a name and its value, and two at the end of each line. Joining is faster than adding up.
    if len("__".join((*headers, *headers.values(), ""))) > MOST_HEADER_BYTES:
        raise RequestHeaderSectionTooLarge(MaxSizeAllowed=MOST_HEADER_BYTES)


_SERVED = frozenset({"s3", "custom", "not-aws", "accelerate"})
"""The kinds of hosts at which general purpose buckets are served."""

_BODILESS = frozenset({204, 304})


def query_of(text: str) -> dict[str, str]:
    """The parameters of a query, decoded; of a repeated one the first.

    Raises: InvalidURI, for what is no UTF-8.
    """
    found: dict[str, str] = {}
    try:
        for part in text.split("&"):
            name, _, value = part.partition("=")
            if name:
                found.setdefault(unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict"))
    except UnicodeDecodeError:
        raise InvalidURI(URI=text) from None
    return found


def _level(bucket: str | None, key: str | None) -> Level:
    return "service" if bucket is None else "bucket" if key is None else "key"


@cache
def _compiled(name: str) -> tuple[reader.Reader, writer.Writer]:
    operation, built = operations()[name], REGISTRY[name]
    return reader.compiled(operation, built.accepts, built.requires), writer.compiled(operation)


def _refusal(error: S3Error, request: Request, request_id: str, host_id: str) -> Response:
    response = Response(error.status, dict(error.headers))
    if error.reason is not None:
        response.headers[REASON] = as_header(error.reason)
    if error.bare or request.method == "HEAD":
        return response
    members = error.members
    if isinstance(error, MethodNotAllowed):
        members = {"Method": request.method} | members
    response.headers["Content-Type"] = "application/xml"
    response.body = writer.error_document(error.code, error.message, members, request_id, host_id)
    return response


def _recordable(parameters: Members) -> Members:
    """What is worth remembering of a call: everything but the bytes."""
    return {
        name: value.contents if type(value) in _DOCUMENTS else value
        for name, value in parameters.items()
        if name not in _BODIES
    }


REASON = "x-fakes3-reason"
"""The header that tells the test author which rule refused, and what would allow it. No answer of S3 has it."""


def as_header(text: str) -> str:
    """A text as the value of a header: one line of ASCII, and not endless."""
    line = " ".join(text.split())
    return line[:_MOST_REASON].encode("ascii", "backslashreplace").decode()


_MOST_REASON = 2000


_BODIES = frozenset({"AnnotationPayload", "Body"})
"""The members, of any operation, that are bytes and no document."""

_DOCUMENTS = frozenset({TextDocument, XmlDocument})
