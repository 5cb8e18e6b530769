"""POST Object: an upload by a browser's form, which is a PutObject with its members in the form's fields.

The form is read as it comes. Its fields come first, up to 20 KB of them, and are judged before a byte of the file
after them is kept: whoever may not upload makes nobody hold a file. What authenticates the upload are fields as well:
the signature of a policy (see `model.post_policy`), and not that of the request.

S3: API/RESTObjectPOST.html, API/sigv4-UsingHTTPPOST.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from fakes3.model import checksums, post_policy
from fakes3.model.bytes_rope import Rope
from fakes3.model.dates import parse_basic
from fakes3.model.errors import (
    AccessDenied,
    EntityTooLarge,
    InvalidArgument,
    MalformedPOSTRequest,
    MalformedXML,
    MaxPostPreDataLengthExceededError,
    S3Error,
)
from fakes3.model.identity import ANONYMOUS, AccessKey, Principal
from fakes3.model.post_policy import Policy
from fakes3.model.regions import PARTITIONS, partition_of
from fakes3.operations.registry import Members
from fakes3.operations.service import Service
from fakes3.wire import signature_v2, signature_v4, signing
from fakes3.wire.addressing import Host
from fakes3.wire.message import Request, Response
from fakes3.wire.payload import MOST_BYTES, Arrived, exactly, plain_length
from fakes3.wire.quirks import not_taken
from fakes3.wire.reader import Reader
from fakes3.wire.routing import POST_OBJECT
from fakes3.wire.structures import members_of
from fakes3.wire.table import shape
from fakes3.wire.xml import DECLARATION, escaped, parsed

if TYPE_CHECKING:
    from werkzeug.sansio.multipart import Event, File, MultipartDecoder

MOST_PRE_DATA = 20 * 1024
"""The most bytes of a form before its file."""

_FILENAME = re.compile(r';\s*filename="((?:\\"|[^"])*)"', re.IGNORECASE)
_UNDECIDED = re.compile(rb"-|[ \t]*")
_MOST_PADDING = 1024
_PIECE = 256 * 1024
_VARIABLE = "${filename}"
_MISSING = "Bucket POST must contain a field named '{}'.  If it is specified, please check the order of the fields."
_ONE_FILE = "POST requires exactly one file upload per request."

_V4 = ("x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date")
_V2 = ("signature", "awsaccesskeyid")
_SHOWN_NAMES = {"signature": "Signature", "awsaccesskeyid": "AWSAccessKeyId"}
_VERBATIM = frozenset({"policy", *_V2, *_V4})
"""Fields in which no variable is replaced: they say what was signed."""

_HEADERS = frozenset(
    {
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-md5",
        "content-type",
        "expires",
    }
)
"""Fields that are headers of PutObject, as all are that begin with `x-amz-`. Others mean nothing, or are below."""

_NO_HEADERS = frozenset({*_V4, "x-amz-security-token", "x-amz-content-sha256"})
_SUCCESSES = frozenset({"200", "201", "204"})
_REDIRECTS = ("success_action_redirect", "redirect")


class Form:
    """A form on its way in.

    Making one reads its fields, and stops where the file begins.

    Args:
        request: The request that brings it.
        bucket: The bucket it is posted to.
        members: Where its members are noted as they become known, for whoever records the call.

    Raises: MalformedPOSTRequest, MaxPostPreDataLengthExceededError, MissingContentLength, InvalidArgument.
    """

    def __init__(self, request: Request, bucket: str, members: Members) -> None:
        self._request = request
        self._bucket = bucket
        self.members = members
        members["Bucket"] = bucket
        self._parts = Parts(request)
        self.fields, filename = self._parts.fields()
        if filename is not None:
            name = filename.replace("\\", "/").rpartition("/")[2]
            for field, value in self.fields.items():
                if _VARIABLE in value and field not in _VERBATIM:
                    self.fields[field] = value.replace(_VARIABLE, name)
        if not self.fields.get("key"):
            raise _missing("key")
        members["Key"] = self.fields["key"]

    def read(self, service: Service, host: Host, read_put: Reader) -> Principal:
        """Judge who made the form and what the policy says of it, and note its members as those of a PutObject.

        Args:
            service: The S3 that is asked.
            host: The host that was called.
            read_put: The reader of PutObject.

        Raises: AccessDenied, SignatureDoesNotMatch, InvalidArgument, InvalidPolicyDocument, NotImplemented_, and what
            wrong values of fields raise.
        """
        caller, policy = self._judged(service, host)
        bare = Request("PUT", self._request.scheme, self._request.host, "", "", {"content-length": "0"})
        put = read_put(bare, self._headers(), {}, self._bucket, self.fields["key"])
        put["Body"] = FileBody(self._parts, policy)
        self.members.update(put)
        return caller

    def _judged(self, service: Service, host: Host) -> tuple[Principal, Policy | None]:
        """Who uploads, and what the policy has to say of the file; without a policy, nobody in particular."""
        text = self.fields.get("policy")
        if text is None:
            return ANONYMOUS, None
        if any(name in self.fields for name in _V4):
            key = self._checked_v4(service, host, text)
        elif any(name in self.fields for name in _V2):
            key = self._checked_v2(service, host, text)
        else:
            raise AccessDenied
        policy = post_policy.parsed(text)
        policy.check(self.fields | {"bucket": self._bucket}, now=service.clock.now())
        return signing.principal_of(service, key), policy

    def _checked_v4(self, service: Service, host: Host, policy: str) -> AccessKey | None:
        fields = self._all_of(_V4)
        if fields["x-amz-algorithm"] != signature_v4.HMAC:
            raise _refusal("X-Amz-Algorithm", fields["x-amz-algorithm"])(f"Only {signature_v4.HMAC} is supported")
        refuse = _refusal("x-amz-credential", fields["x-amz-credential"])
        signed_by = signing.credential_of(service, self._request, host, fields["x-amz-credential"], refuse)
        date = fields["x-amz-date"]
        if parse_basic(date) is None:
            raise _refusal("X-Amz-Date", date)("X-Amz-Date must be formated via ISO8601 Long format")
        signing.check_day(signed_by, date, refuse)
        key = signing.known_key(service, signed_by.key_id, fields.get("x-amz-security-token"))
        if key is not None and key.secret is not None:
            _, day, region, name = signed_by
            signs_with = signature_v4.signing_key(key.secret, day, region or "", name)
            if signature_v4.signature(signs_with, policy) != fields["x-amz-signature"]:
                raise signature_v4.mismatch(key, fields["x-amz-signature"], policy)
        return key

    def _checked_v2(self, service: Service, host: Host, policy: str) -> AccessKey | None:
        fields = self._all_of(_V2)
        signature_v2.check_taken(signing.serving_region(service, self._request, host) or service.settings.region)
        key = signing.known_key(service, fields["awsaccesskeyid"], fields.get("x-amz-security-token"))
        if key is not None and key.secret is not None:
            signature_v2.check(policy, key, key.secret, fields["signature"])
        return key

    def _all_of(self, names: Iterable[str]) -> Mapping[str, str]:
        # recorded: TestS3PresignedPost::test_post_request_missing_signature
        for name in names:
            if name not in self.fields:
                raise _missing(_SHOWN_NAMES.get(name) or name.title())
        return self.fields

    def _headers(self) -> dict[str, str]:
        """The fields that are headers of a PutObject, with their values as headers carry them."""
        headers: dict[str, str] = {}
        for name, value in self.fields.items():
            if name == "x-amz-tagging":
                raise not_taken(POST_OBJECT, "Tagging", name)  # tags come as XML here, in `tagging`
            if name == "tagging":
                headers["x-amz-tagging"] = _tags(value)
            elif name == "acl":
                headers["x-amz-acl"] = value
            elif name in _HEADERS or (name.startswith("x-amz-") and name not in _NO_HEADERS):
                headers[name] = value.encode().decode("latin-1")
        return headers

    def answer(self, service: Service, host: Host, written: Response) -> Response:
        """What a form is answered whose PutObject was answered with `written`.

        S3: API/RESTObjectPOST.html, "success_action_redirect" and "success_action_status"
        """
        key, etag = self.fields["key"], written.headers["ETag"]
        redirect = next((self.fields[name] for name in _REDIRECTS if name in self.fields), None)
        target = None if redirect is None else _redirected(redirect, self._bucket, key, etag)
        if target is not None:
            return Response(303, written.headers | {"Location": target})
        place = self._place(service, host)
        headers = written.headers | {"Location": place + quote(key, safe="/-_.~")}
        status = self.fields.get("success_action_status", "")
        response = Response(int(status) if status in _SUCCESSES else 204, headers)
        if response.status == 201:
            headers["Content-Type"] = "application/xml"
            response.body = Rope.of(
                f"{DECLARATION}<PostResponse><Location>{escaped(place + quote(key, safe='-_.~'))}</Location>"
                f"<Bucket>{escaped(self._bucket)}</Bucket><Key>{escaped(key)}</Key><ETag>{escaped(etag)}</ETag>"
                "</PostResponse>".encode()
            )
        return response

    def _place(self, service: Service, host: Host) -> str:
        """The URL of the bucket, with its slash."""
        request = self._request
        if host.bucket is not None:
            return f"{request.scheme}://{request.host}/"
        if host.kind == "s3":
            bucket = service.world.buckets.get(self._bucket)  # somebody may have deleted it since
            region = service.settings.region if bucket is None else bucket.region
            return f"{request.scheme}://{self._bucket}.s3.{region}.{PARTITIONS[partition_of(region)].suffix}/"
        return f"{request.scheme}://{request.host}/{self._bucket}/"


class Parts:
    """The parts of a form, read from the request as they are asked for."""

    def __init__(self, request: Request) -> None:
        from werkzeug.http import parse_options_header
        from werkzeug.sansio.multipart import MultipartDecoder

        _, options = parse_options_header(request.headers.get("content-type"))
        boundary = options.get("boundary", "")
        if not boundary or not boundary.isascii():
            raise MalformedPOSTRequest
        length = plain_length(request.headers)
        if length > MOST_BYTES + MOST_PRE_DATA:
            raise EntityTooLarge(ProposedSize=length, MaxSizeAllowed=MOST_BYTES)
        self._delimiter = b"--" + boundary.encode()
        self._decoder: MultipartDecoder = MultipartDecoder(boundary.encode())
        self._pieces = _cut(exactly(_pieces(request.body), length))
        self._fed = 0
        self._events = self._decoded()

    def fields(self) -> tuple[dict[str, str], str | None]:
        """The fields before the file, by their names in lower case, and the name of the file, if it has one."""
        from werkzeug.sansio.multipart import Data, Field, File

        fields: dict[str, str] = {}
        name, content = "", bytearray()
        for event in self._events:
            if self._fed - len(self._decoder.buffer) > MOST_PRE_DATA:
                raise MaxPostPreDataLengthExceededError
            if isinstance(event, Field | File):
                name, content = _name_of(event), bytearray()
                if name == "file":
                    return fields, _filename_of(event) if isinstance(event, File) else None
            elif isinstance(event, Data):
                content += event.data
                if not event.more_data:
                    fields.setdefault(name, _text(bytes(content)))
        raise _refusal("file", "0")(_ONE_FILE)

    def file(self) -> Iterator[bytes]:
        """The pieces of the file. What comes behind it is read to the end, and means nothing."""
        from werkzeug.sansio.multipart import Data, Field, File

        files = 1
        inside = True
        for event in self._events:
            if isinstance(event, Data) and inside:
                if event.data:
                    yield event.data
                inside = event.more_data
            elif isinstance(event, Field | File) and _name_of(event) == "file":
                files += 1
        if files > 1:
            raise _refusal("file", str(files))(_ONE_FILE)

    def _decoded(self) -> Iterator[Event]:
        """What the decoder finds, as far as the form goes."""
        from werkzeug.sansio.multipart import NeedData, State

        decoder = self._decoder
        before_file = True
        while decoder.state is not State.EPILOGUE:
            if self._ends_in_delimiter() and (piece := next(self._pieces, None)) is not None:
                self._feed(piece)
                continue
            try:
                event = decoder.next_event()
            except (ValueError, LookupError):  # LookupError: a charset nobody knows
                raise MalformedPOSTRequest from None
            if not isinstance(event, NeedData):
                before_file = before_file and not _begins_file(event)
                yield event
                continue
            if before_file and self._fed > MOST_PRE_DATA:
                raise MaxPostPreDataLengthExceededError
            self._feed(next(self._pieces, None))
        for _ in self._pieces:
            pass

    def _feed(self, piece: bytes | None) -> None:
        self._fed += 0 if piece is None else len(piece)
        self._decoder.receive_data(piece)

    def _ends_in_delimiter(self) -> bool:
        """Whether more must be read to tell a boundary from data.

        Asked too early, werkzeug 3.1 takes the carriage return before the boundary for the end of the data.
        """
        buffer = self._decoder.buffer
        at = buffer.rfind(self._delimiter, max(0, len(buffer) - len(self._delimiter) - _MOST_PADDING))
        return at >= 0 and _UNDECIDED.fullmatch(buffer, at + len(self._delimiter)) is not None


class FileBody:
    """The file of a form, as the body of a PutObject."""

    announced = None

    def __init__(self, parts: Parts, policy: Policy | None) -> None:
        self._parts = parts
        self._policy = policy
        self._arrived: Arrived | None = None

    def receive(self, *algorithms: str) -> Arrived:
        """Read all of it, hashing on the way, and hold its size against the policy.

        Raises: MalformedPOSTRequest, IncompleteBody, InvalidArgument (a second file), EntityTooSmall, EntityTooLarge.
        """
        if self._arrived is None:
            self._arrived = self._read(algorithms)
        return self._arrived

    def _read(self, algorithms: Iterable[str]) -> Arrived:
        hashers = {name: checksums.new(name) for name in algorithms}
        largest = None if self._policy is None else self._policy.largest
        most = MOST_BYTES if largest is None else min(largest, MOST_BYTES)
        kept: list[bytes] = []
        size = 0
        for piece in self._parts.file():
            size += len(piece)
            if size > most:
                kept.clear()  # it is only counted any more
                continue
            for hasher in hashers.values():
                hasher.update(piece)
            kept.append(piece)
        if self._policy is not None:
            self._policy.check_size(size)
        if size > MOST_BYTES:
            raise EntityTooLarge(ProposedSize=size, MaxSizeAllowed=MOST_BYTES)
        return Arrived(Rope(kept), {name: hasher.digest() for name, hasher in hashers.items()}, {})


def _begins_file(event: Event) -> bool:
    from werkzeug.sansio.multipart import Field, File

    return isinstance(event, Field | File) and _name_of(event) == "file"


def _name_of(part: Any) -> str:
    """The name of a part in lower case: S3 does not tell `Key` from `key`."""
    if part.name is None:
        raise MalformedPOSTRequest
    return str(part.name).lower()


def _filename_of(part: File) -> str:
    """The name of the file, in which old browsers send a path with backslashes that escape nothing."""
    quoted = _FILENAME.search(part.headers["content-disposition"])
    return part.filename if quoted is None else quoted[1].replace('\\"', '"')


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise MalformedPOSTRequest from None


def _pieces(body: bytes | Iterable[bytes]) -> Iterable[bytes]:
    return (body,) if isinstance(body, bytes) else body


def _cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that the decoder, which copies them, does not choke on."""
    for piece in pieces:
        if len(piece) <= _PIECE:
            yield piece
            continue
        for start in range(0, len(piece), _PIECE):
            yield piece[start : start + _PIECE]


def _tags(document: str) -> str:
    """The tags of a `<Tagging>` document as the header of a PutObject has them."""
    root, tree = parsed(document.encode())
    if root != "Tagging":
        raise MalformedXML
    found = members_of(tree, shape("Tagging"), {"TagSet": {"Key": {}, "Value": {}}})
    return urlencode([(tag["Key"], tag["Value"]) for tag in found["TagSet"]], quote_via=quote)


def _redirected(url: str, bucket: str, key: str, etag: str) -> str | None:
    """Where a browser is sent after its upload; None for what is no URL, which S3 takes for absent."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc or not url.isprintable() or " " in url:
        return None
    told = urlencode({"bucket": bucket, "key": key, "etag": etag}, quote_via=quote, safe="")
    query = f"{parts.query}&{told}" if parts.query else told
    return quote(parts._replace(query=query).geturl(), safe="!#$%&'()*+,/:;=?@[]-_.~")


def _missing(name: str) -> S3Error:
    return InvalidArgument(_MISSING.format(name), ArgumentName=name, ArgumentValue="")


def _refusal(name: str, value: str) -> Callable[[str], S3Error]:
    """Makes an InvalidArgument about a field from what is wrong with it."""

    def refuse(problem: str) -> S3Error:
        return InvalidArgument(problem, ArgumentName=name, ArgumentValue=value)

    return refuse
