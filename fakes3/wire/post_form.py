"""POST Object: an upload by a browser's form. It is a PutObject whose members are fields of the form.

The form is read as it arrives. Its fields come first, up to 20 KB of them. They are checked before any byte of the file
after them is kept, so that the file of a refused upload takes no memory. The upload is authenticated by fields as well:
by the signature of its policy (see `model.post_policy`), not of the request.

S3: API/RESTObjectPOST.html, API/sigv4-UsingHTTPPOST.html
"""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import MalformedXML
from fakes3.model.header_text import to_header_text
from fakes3.model.identity import ANONYMOUS
from fakes3.model.metadata import Verbatim
from fakes3.model.regions import PARTITIONS, partition_of
from fakes3.operations.members import Members
from fakes3.wire.access_points import name_called
from fakes3.wire.exchange import Exchange
from fakes3.wire.form_parts import FileBody, Parts
from fakes3.wire.header_section import check_values
from fakes3.wire.message import Request, Response
from fakes3.wire.quirks import not_taken
from fakes3.wire.reader import Reader
from fakes3.wire.routing import POST_OBJECT
from fakes3.wire.signatures.in_form import FIELDS_V2, FIELDS_V4, find_caller_of_form, missing_field
from fakes3.wire.structures import compile_structure
from fakes3.wire.table import shape
from fakes3.wire.xml import DECLARATION, escape, local_name, parse_xml

_VARIABLE = "${filename}"
_VERBATIM = frozenset({"policy", *FIELDS_V2, *FIELDS_V4})
"""Fields in which `${filename}` is not replaced: they are about the signature."""

# fmt: off
_HEADERS = frozenset({
    "cache-control", "content-disposition", "content-encoding", "content-language", "content-md5", "content-type",
    "expires",
})
# fmt: on
"""Fields that are headers of PutObject. So are those that begin with `x-amz-`."""

_NO_HEADERS = frozenset({*FIELDS_V4, "x-amz-security-token", "x-amz-content-sha256"})
_SUCCESSES = frozenset({"200", "201", "204"})
_REDIRECTS = ("success_action_redirect", "redirect")


class Form:
    """A form that is being received.

    The constructor reads its fields, and stops where the file begins. `exchange` is the request with the form. It gets
    the caller, the members and the signature of the form.

    Raises: MalformedPOSTRequest, MaxPostPreDataLengthExceededError, MissingContentLength, InvalidArgument.
    """

    def __init__(self, exchange: Exchange) -> None:
        assert exchange.bucket is not None, "a form is posted to a bucket"
        self._exchange = exchange
        self._bucket = exchange.bucket
        exchange.caller, exchange.signature = ANONYMOUS, None
        self._members: Members = {"Bucket": self._bucket}
        exchange.members = self._members
        self._parts = Parts(exchange.request)
        self.fields, filename = self._parts.read_fields()
        if filename is not None:
            name = filename.replace("\\", "/").rpartition("/")[2]
            for field, value in self.fields.items():
                if _VARIABLE in value and field not in _VERBATIM:
                    self.fields[field] = value.replace(_VARIABLE, name)
        if not self.fields.get("key"):
            raise missing_field("key")
        self._members["Key"] = exchange.key = self.fields["key"]

    def read(self, read_put: Reader) -> None:
        """Check the form's signature and policy, and set the exchange's caller and the members of the PutObject.

        Raises: AccessDenied, SignatureDoesNotMatch, InvalidArgument, InvalidPolicyDocument, NotImplemented_, and the
            errors of wrong values in fields.
        """
        exchange = self._exchange
        exchange.caller, policy = find_caller_of_form(exchange, name_called(exchange, self._bucket), self.fields)
        request = exchange.request
        headers = {"content-length": "0", **self._headers()}  # the length of the file is not known yet
        put = Exchange(exchange.service, Request("PUT", request.scheme, request.host, "", "", headers))
        put.bucket, put.key = self._bucket, exchange.key
        self._members |= read_put(put)
        if "Metadata" in self._members:
            # No header has carried these values, so they are neither encoded nor surrounded by white space.
            names = self._members["Metadata"]
            self._members["Metadata"] = {name: Verbatim(self.fields[f"x-amz-meta-{name}"]) for name in names}
        self._members["Body"] = FileBody(self._parts, policy)

    def _headers(self) -> dict[str, str]:
        """Return the fields that are headers of a PutObject, with their values as a request has them.

        Raises: BadRequest, for a value that no header can have; MalformedXML, for tags.
        """
        headers: dict[str, str] = {}
        for name, value in self.fields.items():
            if name == "x-amz-tagging":
                raise not_taken(POST_OBJECT, "Tagging", name)  # tags come as XML here, in `tagging`
            if name == "tagging":
                headers["x-amz-tagging"] = _tagging_header(value)
            elif name == "acl":
                headers["x-amz-acl"] = to_header_text(value)
            elif name.startswith("x-amz-meta-"):
                headers[name] = ""  # no header carries it, now or in the response: it goes there as an encoded word
            elif name in _HEADERS or (name.startswith("x-amz-") and name not in _NO_HEADERS):
                headers[name] = to_header_text(value)
        check_values(headers)
        return headers

    def respond(self, written: Response) -> Response:
        """Return the response to a form, made of the response `written` to its PutObject.

        S3: API/RESTObjectPOST.html, "success_action_redirect" and "success_action_status"
        """
        key, etag = self.fields["key"], written.headers["ETag"]
        redirect = next((self.fields[name] for name in _REDIRECTS if name in self.fields), None)
        target = None if redirect is None else _redirect_target(redirect, self._bucket, key, etag)
        if target is not None:
            return Response(303, written.headers | {"Location": target})
        url = self._bucket_url()
        headers = written.headers | {"Location": url + quote(key, safe="/-_.~")}
        status = self.fields.get("success_action_status", "")
        response = Response(int(status) if status in _SUCCESSES else 204, headers)
        if response.status == 201:
            headers["Content-Type"] = "application/xml"
            response.body = Rope.of(
                f"{DECLARATION}<PostResponse><Location>{escape(url + quote(key, safe='-_.~'))}</Location>"
                f"<Bucket>{escape(self._bucket)}</Bucket><Key>{escape(key)}</Key><ETag>{escape(etag)}</ETag>"
                "</PostResponse>".encode()
            )
        return response

    def _bucket_url(self) -> str:
        """Return the URL of the bucket, with a slash at its end."""
        request, host, service = self._exchange.request, self._exchange.host, self._exchange.service
        if host.bucket is not None:
            alias = host.base_paths[0] if self._exchange.through is not None and host.base_paths else ""
            return f"{request.scheme}://{request.host}{alias}/"
        if host.kind == "s3":
            bucket = service.world.buckets.get(self._bucket)  # another request may have deleted it since
            region = service.settings.region if bucket is None else bucket.region
            return f"{request.scheme}://{self._bucket}.s3.{region}.{PARTITIONS[partition_of(region)].suffix}/"
        return f"{request.scheme}://{request.host}/{self._bucket}/"


def _tagging_header(document: str) -> str:
    """Return the tags of a `<Tagging>` document in the form of PutObject's header. Raises: MalformedXML."""
    root = parse_xml(document.encode())
    if local_name(root.tag) != "Tagging":
        raise MalformedXML
    found = compile_structure(shape("Tagging"), {"TagSet": {"Key": {}, "Value": {}}})(root)
    return urlencode([(tag["Key"], tag["Value"]) for tag in found["TagSet"]], quote_via=quote)


def _redirect_target(url: str, bucket: str, key: str, etag: str) -> str | None:
    """Return the URL to which a browser is redirected; None for a field that is no URL, which S3 ignores."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or not url.isprintable() or " " in url:
        return None
    added = urlencode({"bucket": bucket, "key": key, "etag": etag}, quote_via=quote, safe="")
    query = f"{parts.query}&{added}" if parts.query else added
    return quote(parts._replace(query=query).geturl(), safe="!#$%&'()*+,/:;=?@[]-_.~")
