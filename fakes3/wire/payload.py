"""The body of a request: how long it must be, how it is framed, and what arrives when it is read.

S3: API/sigv4-streaming.html, API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import (
    EntityTooLarge,
    IncompleteBody,
    InvalidArgument,
    InvalidRequest,
    MalformedPolicy,
    MalformedXML,
    MaxMessageLengthExceeded,
    MissingContentLength,
    MissingRequestBodyError,
    NotImplemented_,
    XAmzContentSHA256Mismatch,
)
from fakes3.model.numbers import read_int
from fakes3.operations.integrity import judge_headers
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.chunked import WRONG_LENGTH, ChunkedBody, announced_trailer
from fakes3.wire.message import ChunkSignatures, Request
from fakes3.wire.structures import members_of
from fakes3.wire.table import Member
from fakes3.wire.xml import parsed

MOST_BYTES = 5 * 1024**3
"""The most bytes of one put, or of one part."""

MOST_DOCUMENT_BYTES = 8 * 1024**2
"""The most bytes of an XML document: a thousand keys of full length, every character escaped, fit."""

UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": False,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": True,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": True,
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD": True,
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER": True,
}
"""The words of x-amz-content-sha256 for chunked bodies, and whether their chunks are signed."""

"""Of a length that no body has; Python refuses to read numbers of thousands of digits."""

_HEX = frozenset("0123456789abcdefABCDEF")
_NONE: Mapping[str, str] = MappingProxyType({})
_BAD_SHA256 = (
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER "
    "or a valid sha256 value."
)


@dataclass(slots=True)
class ReceivedBody:
    """A body that has arrived whole."""

    body: Rope
    digests: Mapping[str, bytes]
    trailers: Mapping[str, str]


class Payload:
    """The bytes of a request, read when an operation asks for them, and remembered.

    Making one judges the headers that speak of the body.

    Args:
        request: The request.
        chunk_signatures: What checks the chunks of the body, where they are signed.

    Raises: MissingContentLength, EntityTooLarge, NotImplemented_ (a chunked transfer of unknown length),
        InvalidArgument, InvalidRequest.
    """

    def __init__(self, request: Request, chunk_signatures: ChunkSignatures | None = None) -> None:
        headers = request.headers
        self._signatures = chunk_signatures
        self._sha256: str | None = None
        self._chunked: bool | None = None
        self._request = request
        self._trailer = headers.get("x-amz-trailer")
        self._received: ReceivedBody | None = None
        stated = headers.get("x-amz-content-sha256", UNSIGNED)
        if stated in STREAMING:
            self._chunked = STREAMING[stated]
        elif len(stated) == 64 and _HEX.issuperset(stated):
            self._sha256 = stated.lower()
        else:
            check_content_sha256(stated)
        self.length = self._stated_length(headers)
        self.announced = self._announced_algorithm()

    def receive(self, *algorithms: str) -> ReceivedBody:
        """Read all of it, hashing on the way.

        Raises: IncompleteBody, MalformedTrailerError, InvalidChunkSizeError, XAmzContentSHA256Mismatch,
            SignatureDoesNotMatch (of a chunk).
        """
        if self._received is None:
            self._received = self._read(algorithms)
        return self._received

    def _read(self, algorithms: Iterable[str]) -> ReceivedBody:
        pieces, chunks = self._pieces()
        hashers = {name: checksums.new(name) for name in algorithms}
        seal = sha256() if self._sha256 is not None else None
        kept: list[bytes] = []
        for piece in pieces:
            data = piece if type(piece) is bytes else bytes(piece)
            for hasher in hashers.values():
                hasher.update(data)
            if seal is not None:
                seal.update(data)
            kept.append(data)
        if seal is not None and seal.hexdigest() != self._sha256:
            raise XAmzContentSHA256Mismatch(
                ClientComputedContentSHA256=self._sha256, S3ComputedContentSHA256=seal.hexdigest()
            )
        trailers = chunks.trailers if chunks is not None else self._request.trailers or _NONE
        return ReceivedBody(Rope(kept), {name: hasher.digest() for name, hasher in hashers.items()}, trailers)

    def _pieces(self) -> tuple[Iterable[bytes], ChunkedBody | None]:
        """Return the pieces of the body, and what takes them out of their chunks, where they are in some."""
        body = self._request.body
        pieces: Iterable[bytes] = (body,) if isinstance(body, bytes) else body
        if self._chunked is not None and self._request.trailers is None:
            signatures = self._signatures
            chunks = ChunkedBody(
                pieces,
                decoded_length=self.length,
                signed=self._chunked,
                trailer=self._trailer,
                verify=None if signatures is None else signatures.verify_chunk,
                verify_trailer=None if signatures is None else signatures.verify_trailer,
            )
            return chunks, chunks
        is_whole = type(body) is bytes and len(body) == self.length
        return (pieces if is_whole else exactly(pieces, self.length)), None

    def _stated_length(self, headers: Mapping[str, str]) -> int:
        if self._chunked is not None:
            length = _number(headers.get("x-amz-decoded-content-length"))
        else:
            length = plain_length(headers)
        if length > MOST_BYTES:
            raise EntityTooLarge(ProposedSize=length, MaxSizeAllowed=MOST_BYTES)
        return length

    def _announced_algorithm(self) -> str | None:
        trailer = announced_trailer(self._trailer)
        return None if trailer is None else trailer.removeprefix("x-amz-checksum-").upper()


class _Document:
    """A document that is a request's body, read and checked when an operation asks for it.

    Its checksum headers speak of the document, but where the operation takes them as members of its own: those of a
    CompleteMultipartUpload speak of the object.
    """

    def __init__(self, request: Request, *, checksum_required: bool, takes_checksums: bool = False) -> None:
        self._request = request
        self._checksum_required = checksum_required
        self._takes_checksums = takes_checksums

    def _bytes(self) -> bytes:
        headers = self._request.headers
        if headers.get("x-amz-content-sha256") in STREAMING:
            raise InvalidRequest("The value of x-amz-content-sha256 header is invalid.")
        payload = Payload(self._request)
        if payload.length > MOST_DOCUMENT_BYTES:
            raise MaxMessageLengthExceeded(MaxMessageLengthBytes=MOST_DOCUMENT_BYTES)
        sent: dict[str, Any] = {
            f"Checksum{each.name}": headers[each.header]
            for each in checksums.ALGORITHMS.values()
            if each.header in headers and not self._takes_checksums
        }
        if "x-amz-sdk-checksum-algorithm" in headers:
            sent["ChecksumAlgorithm"] = headers["x-amz-sdk-checksum-algorithm"]
        integrity = judge_headers(headers.get("content-md5"), sent, payload.announced)
        if self._checksum_required and not integrity.is_given:
            raise InvalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        received = payload.receive(*integrity.algorithms)
        integrity.check(received)
        return bytes(received.body)


class TextDocument(_Document):
    """The document of a request that is no XML: a bucket's policy."""

    contents: str | None = None
    """Its text, once it was read."""

    def read(self) -> str:
        """Its text.

        Raises: MalformedPolicy, for what is no text, and what integrity raises.
        """
        if self.contents is None:
            try:
                self.contents = self._bytes().decode()
            except UnicodeDecodeError:
                raise MalformedPolicy("This policy contains invalid Json") from None
        return self.contents


class XmlDocument(_Document):
    """The XML document that is a request's body."""

    def __init__(
        self,
        request: Request,
        member: Member,
        accepted: Accepted,
        *,
        checksum_required: bool,
        takes_checksums: bool = False,
    ) -> None:
        super().__init__(request, checksum_required=checksum_required, takes_checksums=takes_checksums)
        self._member = member
        self._accepted = accepted
        self.contents: Members | None = None
        """Its members, once it was read."""

    def read(self) -> Members:
        """Its members, by their API names.

        Raises: InvalidRequest (no checksum where one is required), MissingRequestBodyError, MalformedXML,
            NotImplemented_ (naming a member that the operation does not take), and what integrity raises.
        """
        if self.contents is None:
            document = self._bytes()
            if not document:
                raise MissingRequestBodyError
            root, tree = parsed(document)
            if root != self._member.wire_name:
                raise MalformedXML
            self.contents = members_of(tree, self._member.shape, self._accepted)
        return self.contents


def check_content_sha256(stated: str) -> None:
    """Refuse an `x-amz-content-sha256` that is neither a hash nor a word S3 knows. Raises: InvalidArgument."""
    if stated != UNSIGNED and stated not in STREAMING and not (len(stated) == 64 and _HEX.issuperset(stated)):
        raise InvalidArgument(_BAD_SHA256, ArgumentName="x-amz-content-sha256", ArgumentValue=stated)


def plain_length(headers: Mapping[str, str]) -> int:
    """How long the body of a request is that is not chunked.

    Raises: MissingContentLength, NotImplemented_ (a chunked transfer of unknown length).
    """
    stated = headers.get("content-length")
    if stated is None and headers.get("transfer-encoding", "identity") != "identity":
        raise NotImplemented_(
            Header="Transfer-Encoding",
            reason="S3 has to know how long a body is, before it comes. Send a Content-Length, or aws-chunked.",
        )
    return _number(stated)


def _number(stated: str | None) -> int:
    number = read_int(stated)
    if number is None:
        raise MissingContentLength
    return number


def exactly(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    """The first `length` bytes. Raises IncompleteBody when there are fewer."""
    left = length
    for piece in pieces:
        if len(piece) > left:
            piece = piece[:left]
        left -= len(piece)
        if piece:
            yield piece
        if not left:
            return
    if left:
        raise IncompleteBody(WRONG_LENGTH)
