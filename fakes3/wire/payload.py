"""The body of a request: its length, its framing, and the bytes and digests that reading it gives.

S3: API/sigv4-streaming.html, API/API_PutObject.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from fakes3.model import checksums
from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import (
    EntityTooLarge,
    IncompleteBody,
    InvalidArgument,
    InvalidRequest,
    MalformedPolicy,
    MalformedTrailerError,
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
from fakes3.wire.beside import Update, beside
from fakes3.wire.chunked import WRONG_LENGTH, ChunkedBody, announced_trailer
from fakes3.wire.message import Request
from fakes3.wire.quirks import OTHER_ROOTS
from fakes3.wire.signatures.version_4 import UNSIGNED, ChunkSignatures
from fakes3.wire.xml import local_name, parse_xml

if TYPE_CHECKING:
    from fakes3.wire.xml import Element

MOST_BYTES = 5 * 1024**3
"""The most bytes of one put, or of one part."""

MOST_AT_ONCE = 64 * 1024
"""The most bytes of a body that is hashed once it is whole, and kept in one piece."""

MOST_HASHED_ALONE = 8 * 1024**2
"""The most bytes of a body that one thread hashes."""

MOST_DOCUMENT_BYTES = 8 * 1024**2
"""The most bytes of an XML document. A thousand of the longest keys, with every character escaped, are fewer."""

STREAMING = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": False,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": True,
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": True,
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD": True,
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER": True,
}
"""The values of x-amz-content-sha256 for chunked bodies, and whether the chunks are signed."""

Contents = TypeVar("Contents")

_HEX = frozenset("0123456789abcdefABCDEF")
_NONE: Mapping[str, str] = MappingProxyType({})
_BAD_SHA256 = f"x-amz-content-sha256 must be {UNSIGNED}, {', '.join(STREAMING)} or a valid sha256 value."


class ReceivedBody:
    """A body that has arrived whole."""

    __slots__ = ("body", "digests", "trailers")

    def __init__(self, body: Rope, digests: Mapping[str, bytes], trailers: Mapping[str, str]) -> None:
        self.body = body
        self.digests = digests
        self.trailers = trailers


class Payload:
    """The bytes of a request. They are read when an operation asks for them, and kept.

    The constructor checks the headers that describe the body. `chunk_signatures` checks the chunks of the body; None
    where they are not signed, or cannot be checked.

    Raises: MissingContentLength, EntityTooLarge, NotImplemented_ (a chunked transfer of unknown length),
        InvalidArgument, InvalidRequest.
    """

    def __init__(self, request: Request, chunk_signatures: ChunkSignatures | None = None) -> None:
        headers = request.headers
        stated = headers.get("x-amz-content-sha256", UNSIGNED)
        check_content_sha256(stated)
        self._request = request
        self._signatures = chunk_signatures
        self._sha256 = stated.lower() if len(stated) == 64 else None
        self._chunked = STREAMING.get(stated)
        self._received: ReceivedBody | None = None
        if self._chunked is None:
            self.length = read_length(headers)
        else:
            self.length = _parse_length(headers.get("x-amz-decoded-content-length"))
        if self.length > MOST_BYTES:
            raise EntityTooLarge(ProposedSize=self.length, MaxSizeAllowed=MOST_BYTES)
        self._trailer = announced_trailer(headers.get("x-amz-trailer"))
        self.announced = None if self._trailer is None else self._trailer.removeprefix("x-amz-checksum-").upper()

    def receive(self, *algorithms: str) -> ReceivedBody:
        """Read the whole body and compute its digests.

        Raises: IncompleteBody, MalformedTrailerError, InvalidChunkSizeError, XAmzContentSHA256Mismatch,
            SignatureDoesNotMatch (of a chunk).
        """
        if self._received is None:
            pieces, chunks = self._pieces()
            received = receive_pieces(pieces, algorithms, self._sha256, length=self.length)
            received.trailers = chunks.trailers if chunks is not None else self._request.trailers or _NONE
            if self._trailer is not None and self._trailer not in received.trailers:
                raise MalformedTrailerError  # as for a body in chunks without it
            self._received = received
        return self._received

    def _pieces(self) -> tuple[Iterable[bytes], ChunkedBody | None]:
        """Return the pieces of the body, and the `ChunkedBody` that they come from; None where there are no chunks."""
        body, pieces = self._request.body, self._request.pieces
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
        return (pieces if is_whole else take_exactly(pieces, self.length)), None


def receive_pieces(
    pieces: Iterable[bytes], algorithms: Sequence[str], sha: str | None = None, *, length: int | None = None
) -> ReceivedBody:
    """Return a body that arrives in pieces, and its digests. `length` is the number of its bytes, if that is known.

    Raises: XAmzContentSHA256Mismatch, where its SHA-256 in hex is not `sha`; and what reading the pieces raises.
    """
    if length is not None and length <= MOST_AT_ONCE:
        return _receive_small(pieces, algorithms, sha)
    hashers = {name: checksums.new(name) for name in algorithms}
    updates: list[Update] = [hasher.update for hasher in hashers.values()]
    seal = None if sha is None else sha256()
    if seal is not None:
        updates.append(seal.update)
    if length is not None and length > MOST_HASHED_ALONE and len(updates) > 1 and algorithms[0] == "MD5":
        with beside(updates):
            kept = _read(pieces, updates)
    else:
        kept = _read(pieces, updates)
    if seal is not None and seal.hexdigest() != sha:
        raise XAmzContentSHA256Mismatch(ClientComputedContentSHA256=sha, S3ComputedContentSHA256=seal.hexdigest())
    return ReceivedBody(Rope(kept), {name: hasher.digest() for name, hasher in hashers.items()}, _NONE)


def _receive_small(pieces: Iterable[bytes], algorithms: Sequence[str], sha: str | None) -> ReceivedBody:
    """Return a small body, in one piece. Raises: what `receive_pieces` raises."""
    data = b"".join(pieces)  # of one piece that is bytes this makes no copy
    if sha is not None and (computed := sha256(data).hexdigest()) != sha:
        raise XAmzContentSHA256Mismatch(ClientComputedContentSHA256=sha, S3ComputedContentSHA256=computed)
    return ReceivedBody(Rope.of(data), {name: checksums.ALGORITHMS[name].digest(data) for name in algorithms}, _NONE)


def _read(pieces: Iterable[bytes], updates: Iterable[Update]) -> list[bytes]:
    """Return all pieces, each of which was handed to the updates."""
    kept: list[bytes] = []
    for piece in pieces:
        data = piece if type(piece) is bytes else bytes(piece)
        for update in updates:
            update(data)
        kept.append(data)
    return kept


@dataclass(eq=False)
class Document(Generic[Contents]):
    """A document that is a request's body. It is read and checked when an operation asks for it.

    The checksum headers describe the document, except for operations that have them as members: those of a
    CompleteMultipartUpload describe the object.
    """

    request: Request
    parse: Callable[[bytes], Contents]
    """Returns the contents of a document, or raises the error of a malformed one."""
    checksum_required: bool
    """Whether a document without a checksum is refused."""
    takes_checksums: bool = False
    """Whether the operation has checksum headers as members."""
    most: int = MOST_DOCUMENT_BYTES
    """How many bytes a document may have. A longer one is refused before it is read."""
    contents: Contents | None = field(default=None, init=False)
    """What `read` returned; None until then."""

    def read(self) -> Contents:
        """Return the contents of the document.

        Raises: InvalidRequest (no checksum where one is required), what `parse` raises, and the errors of a body that
            does not fit its headers.
        """
        if self.contents is None:
            self.contents = self.parse(self._bytes())
        return self.contents

    def _bytes(self) -> bytes:
        headers = self.request.headers
        if headers.get("x-amz-content-sha256") in STREAMING:
            raise InvalidRequest("The value of x-amz-content-sha256 header is invalid.")
        payload = Payload(self.request)
        if payload.length > self.most:
            raise MaxMessageLengthExceeded(MaxMessageLengthBytes=self.most)
        sent: dict[str, Any] = {
            f"Checksum{each.name}": headers[each.header]
            for each in checksums.ALGORITHMS.values()
            if each.header in headers and not self.takes_checksums
        }
        if "x-amz-sdk-checksum-algorithm" in headers:
            sent["ChecksumAlgorithm"] = headers["x-amz-sdk-checksum-algorithm"]
        integrity = judge_headers(headers.get("content-md5"), sent, payload.announced)
        if self.checksum_required and not integrity.is_given:
            raise InvalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        received = payload.receive(*integrity.algorithms)
        integrity.check(received)
        return bytes(received.body)


def parse_policy(document: bytes) -> str:
    """Return the text of a bucket's policy. Raises: MalformedPolicy, where it is not UTF-8."""
    try:
        return document.decode()
    except UnicodeDecodeError:
        raise MalformedPolicy("This policy contains invalid Json") from None


def parse_members(name: str, read: Callable[[Element], Members], document: bytes) -> Members:
    """Return the members in an XML document, by their API names: what `read` returns for its root, of this name.

    Raises: MissingRequestBodyError, MalformedXML, NotImplemented_ (a member that the operation does not accept).
    """
    if not document:
        raise MissingRequestBodyError
    root = parse_xml(document)
    if local_name(root.tag) not in {name, OTHER_ROOTS.get(name)}:
        raise MalformedXML
    return read(root)


def check_content_sha256(stated: str) -> None:
    """Refuse an `x-amz-content-sha256` that is neither a hash nor a value S3 knows. Raises: InvalidArgument."""
    if stated != UNSIGNED and stated not in STREAMING and not (len(stated) == 64 and _HEX.issuperset(stated)):
        raise InvalidArgument(_BAD_SHA256, ArgumentName="x-amz-content-sha256", ArgumentValue=stated)


def read_length(headers: Mapping[str, str]) -> int:
    """Return the length of a body that is not aws-chunked.

    Raises: MissingContentLength, NotImplemented_ (a chunked transfer of unknown length).
    """
    stated = headers.get("content-length")
    if stated is None and headers.get("transfer-encoding", "identity") != "identity":
        raise NotImplemented_(
            Header="Transfer-Encoding",
            reason="S3 needs the length of a body before its first byte. Send a Content-Length, or use aws-chunked.",
        )
    return _parse_length(stated)


def received_length(headers: Mapping[str, str]) -> int:
    """Return how many bytes of a body a request announces, without the framing of chunks; 0 where it is unknown."""
    stated = headers.get("x-amz-decoded-content-length") or headers.get("content-length")
    return 0 if stated is None else read_int(stated) or 0


def _parse_length(stated: str | None) -> int:
    length = read_int(stated)
    if length is None:
        raise MissingContentLength
    return length


def take_exactly(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    """Yield the first `length` bytes. Raises: IncompleteBody, where there are fewer."""
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
