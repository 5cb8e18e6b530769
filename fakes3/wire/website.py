"""The website endpoint: how a bucket answers browsers, with its objects, redirects and HTML pages of errors.

Nobody signs a request here, so every caller is anonymous. The rules are in `model/website.py`.

S3: userguide/WebsiteEndpoints.html, userguide/IndexDocumentSupport.html, userguide/CustomErrorDocSupport.html,
userguide/how-to-page-redirect.html. observed: radkawar/stackd, testdata/aws/s3/website_http_replay.json
"""

from __future__ import annotations

import re
from functools import cache, partial
from html import escape
from http import HTTPStatus
from urllib.parse import quote

from fakes3.model.bucket import Bucket
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import AccessDenied, MethodNotAllowed, NoSuchBucket, NoSuchKey, NotImplemented_, S3Error
from fakes3.model.identity import ANONYMOUS
from fakes3.model.missing_configurations import NoSuchWebsiteConfiguration
from fakes3.model.regions import website_host
from fakes3.model.website import Location, Website
from fakes3.model.website_errors import Found, IncorrectEndpoint, WebsiteRedirect
from fakes3.operations.call import Ask
from fakes3.wire.addressing import locate
from fakes3.wire.condition_keys import transport_keys
from fakes3.wire.exchange import Exchange
from fakes3.wire.message import EMPTY, Response
from fakes3.wire.quirks import HOME_PAGE
from fakes3.wire.table import operations
from fakes3.wire.writer import Writer, compile_writer

_OPERATIONS = {"GET": "GetObject", "HEAD": "HeadObject"}
_CONDITIONS = {
    "range": "Range",
    "if-match": "IfMatch",
    "if-none-match": "IfNoneMatch",
    "if-modified-since": "IfModifiedSince",
    "if-unmodified-since": "IfUnmodifiedSince",
}
"""The headers of a request that count, each with its member."""


def respond_as_website(exchange: Exchange) -> Response:
    """Return the response of the website that a host names.

    Raises: MethodNotAllowed, WebsiteRedirect for a host without a bucket, NoSuchBucket, IncorrectEndpoint,
        NoSuchWebsiteConfiguration, Found for a folder without its slash, and what GetObject raises.
    """
    request = exchange.request
    if request.method not in _OPERATIONS:
        raise MethodNotAllowed(headers={"Allow": "GET, HEAD, OPTIONS"}, ResourceType="OBJECT")
    bucket, key = _find_bucket(exchange)
    website = bucket.configurations.website
    if website is None:
        raise NoSuchWebsiteConfiguration(
            BucketName=bucket.name, reason=f"the bucket {bucket.name} is no website. Call PutBucketWebsite first."
        )
    if website.redirect_all is not None:
        return _redirect(exchange, website.redirect_all, request.path.removeprefix("/"))
    exchange.operation = _OPERATIONS[request.method]
    response, refusal = _select(exchange, bucket, website, key)
    sent_key = request.path.removeprefix("/")
    rule = website.find_rule(sent_key, 200 if refusal is None or isinstance(refusal, Found) else refusal.status)
    if rule is not None:
        if rule.to.prefix is not None:
            sent_key = rule.to.prefix + sent_key.removeprefix(rule.prefix)
        return _redirect(exchange, rule.to, sent_key)
    if refusal is not None:
        raise refusal
    to = response.headers.pop("x-amz-website-redirect-location", None)
    return response if to is None else Response(301, {"Location": to})


def _find_bucket(exchange: Exchange) -> tuple[Bucket, str]:
    """Return the bucket and the key that a request is for."""
    if exchange.request.scheme == "https" and exchange.host.region is not None:
        raise NotImplemented_(
            Header="Host", reason="S3's website endpoints speak no TLS, and nothing answers there. Ask by http://."
        )
    name, key = locate(exchange.host, exchange.request.path)
    if name is None:
        raise WebsiteRedirect(headers={"Location": HOME_PAGE})
    exchange.bucket, exchange.key = name, key
    bucket = exchange.service.present().buckets.get(name)
    if bucket is None:
        raise NoSuchBucket(BucketName=name)
    if exchange.host.region not in {None, bucket.region}:
        raise IncorrectEndpoint(Endpoint=website_host(bucket.name, bucket.region))
    return bucket, key or ""


def _select(exchange: Exchange, bucket: Bucket, website: Website, key: str) -> tuple[Response, S3Error | None]:
    """Return the response with the object, or with the index document of the folder, that a request is for.

    Beside it is the refusal of a request that has none.
    """
    is_folder = not key or key.endswith("/")
    try:
        return _read(exchange, key + website.index_name if is_folder else key), None
    except S3Error as error:
        refusal = error
    if not is_folder and refusal.status in {403, 404} and key not in bucket.versions.current:
        try:
            _read(exchange, f"{key}/{website.index_name}", is_asked_for=False)
        except S3Error:
            return Response(refusal.status), refusal
        return Response(302), Found(headers={"Location": _in_header("/" + key.replace("%", "%25") + "/")})
    return Response(refusal.status), refusal


def _read(exchange: Exchange, key: str, *, is_asked_for: bool = True) -> Response:
    """Return the response with an object. Only the one that `is_asked_for` meets the request's conditions and range.

    Raises: what GetObject raises, but NoSuchKey for every key that does not exist and may be read.
    """
    request, name = exchange.request, _OPERATIONS[exchange.request.method]
    members = {"Bucket": exchange.bucket, "Key": key}
    if is_asked_for:
        exchange.key, exchange.members = key, members
        members |= {member: request.headers[each] for each, member in _CONDITIONS.items() if each in request.headers}
    keys = partial(transport_keys, exchange)
    try:
        done = exchange.service.perform(Ask(name, members, ANONYMOUS, exchange.region, keys, exchange.transport))
    except AccessDenied as refusal:
        may_read = any(action == "s3:GetObject" for action, _, _ in refusal.rights)
        bucket = exchange.service.world.buckets.get(exchange.bucket or "")
        if may_read and bucket is not None and key not in bucket.versions.current:
            raise NoSuchKey(Key=key) from None
        raise
    exchange.rights, exchange.needs_acl = done.rights, done.needs_acl
    return _writer(name)(done.members)


@cache
def _writer(name: str) -> Writer:
    return compile_writer(operations()[name])


def _redirect(exchange: Exchange, to: Location, key: str) -> Response:
    """Return the redirect to a place. The query goes along, unless another key is named."""
    request = exchange.request
    query = f"?{request.query}" if request.query and to.key is None else ""
    place = f"{to.protocol or request.scheme}://{to.host or request.host}/{key if to.key is None else to.key}{query}"
    return Response(to.status, {"Location": _in_header(place)})


def _in_header(place: str) -> str:
    """Return a place with escapes for what no header can hold, such as line ends and letters that are not ASCII."""
    return re.sub(r"[^ -~]+", lambda found: _quote(found[0]), place)


def _quote(text: str, safe: str = "/") -> str:
    """Return a text with escapes for all but these characters. It may be none: what was no UTF-8 when it was sent."""
    return quote(text.encode(errors="surrogatepass"), safe=safe)


def refuse_as_page(exchange: Exchange, refusal: S3Error, request_id: str, host_id: str) -> Response:
    """Return a refusal as the website's error document, or as an HTML page."""
    response = Response(refusal.status, dict(refusal.headers))
    if refusal.bare:
        return response
    is_head = exchange.request.method == "HEAD"
    bucket = exchange.service.world.buckets.get(exchange.bucket or "")
    website = None if bucket is None else bucket.configurations.website
    second: S3Error | None = None
    if refusal.status >= 400 and not is_head and website is not None and website.error_key is not None:
        try:
            document = _read(exchange, website.error_key, is_asked_for=False)
        except S3Error as error:
            second = error
        else:
            document.status = refusal.status
            document.headers.update(response.headers | _error_headers(refusal))
            return document
    if is_head or isinstance(refusal, Found):
        response.headers.update(_error_headers(refusal))
    members = refusal.members
    if isinstance(refusal, MethodNotAllowed):
        members = {"Method": exchange.request.method} | members
    ids = {"RequestId": request_id, "HostId": host_id}
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.body = EMPTY if is_head else _page(refusal, members | ids, second)
    return response


def _error_headers(refusal: S3Error) -> dict[str, str]:
    found = {"x-amz-error-code": refusal.code, "x-amz-error-message": refusal.message}
    # A header is latin-1, and a key is not.
    details = {f"x-amz-error-detail-{name}": _quote(str(value), "/ ~") for name, value in refusal.members.items()}
    return found | (details if isinstance(refusal, NoSuchKey) else {})


def _page(refusal: S3Error, members: dict[str, object], second: S3Error | None) -> Rope:
    """Return the HTML page of an error; `second` is what came of reading the error document.

    recorded: TestS3StaticWebsiteHosting::test_website_hosting_index_lookup
    """
    title = f"{refusal.status} {HTTPStatus(refusal.status).phrase}"
    parts = [f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n"]
    parts.append(_list({"Code": refusal.code, "Message": refusal.message} | members))
    if second is not None:
        parts.append("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n")
        parts.append(_list({"Code": second.code, "Message": second.message} | second.members))
    parts.append("<hr/>\n</body>\n</html>\n")
    return Rope.of("".join(parts).encode(errors="xmlcharrefreplace"))


def _list(facts: dict[str, object]) -> str:
    lines = [f"<li>{name}: {escape(str(value), quote=False)}</li>\n" for name, value in facts.items()]
    return f"<ul>\n{''.join(lines)}</ul>\n"
