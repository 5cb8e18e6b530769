"""`aws-chunked`: how SDKs send a body whose signature or checksum they know only at its end.

    400;chunk-signature=<64 hex>CRLF        the chunk's size, in hex; a signature where chunks are signed
    <1024 bytes>CRLF
    0;chunk-signature=<64 hex>CRLF          a chunk of size 0 ends the data
    x-amz-checksum-crc32:NhCmhg==CRLF       the trailer the x-amz-trailer header announced, if any
    x-amz-trailer-signature:<64 hex>CRLF    where chunks are signed and a trailer was announced
    CRLF

What S3 makes of bodies that are not quite so is recorded by OpenStack Swift's functional tests, which run
against AWS too (test/s3api/test_input_errors.py), and by Versity's bug reports, which quote S3's answers.
Comments below name the test or the issue.

S3: API/sigv4-streaming.html, API/sigv4-streaming-trailers.html
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator

from fakes3.model.checksums import ALGORITHMS
from fakes3.model.errors import (
    IncompleteBody,
    InvalidChunkSizeError,
    InvalidRequest,
    MalformedTrailerError,
    SignatureDoesNotMatch,
)
from fakes3.operations.integrity import SEVERAL

MIN_CHUNK = 8192
"""Every chunk but the last must have at least this size. S3: API/sigv4-streaming.html"""

TERMINATED = "The request body terminated unexpectedly"
WRONG_LENGTH = "You did not provide the number of bytes specified by the Content-Length HTTP header"

_CRLF = b"\r\n"
_MAX_SIZE_LINE = 256  # a signed one has about 90
_MAX_TRAILERS = 8192  # what S3 allows the whole header section
_MAX_SURPLUS = 1024 * 1024  # how far past its announced length a body is read, to say how far it goes
_TRAILER_SIGNATURE = "x-amz-trailer-signature"
_CHECKSUM_TRAILERS = frozenset(algorithm.header for algorithm in ALGORITHMS.values())

# Spaces around the signs are taken: test_strm_sgnd_pyld_spaced_out_chunk_param_ok. Anything after the
# signature is not: test_strm_sgnd_pyld_extra_param_after.
# These are compiled at first use: not many bodies come in chunks.
_UNSIGNED_LINE = rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*"
_SIGNED_LINE = _UNSIGNED_LINE + rb";[ \t]*chunk-signature[ \t]*=[ \t]*([^ \t;]+)[ \t]*"
_SIGNATURE = r"[0-9A-Fa-f]{64}|(?=.{100,144}$)[0-9A-Fa-f]{100,144}\**"  # by HMAC; by ECDSA, filled up

Verify = Callable[[bytes | memoryview, str], None]


@functools.lru_cache(maxsize=64)
def announced_trailer(header: str | None) -> str | None:
    """Return the trailer that an `x-amz-trailer` header announces, in lower case; None without a header.

    S3 allows one trailer, a checksum. Commas after its name are allowed, before it they are not
    (test_strm_unsgnd_pyld_trl_with_commas_in_trailer_1 to _6).

    Raises: InvalidRequest, where it names something other than a checksum, or several of them.

    >>> announced_trailer("x-amz-checksum-crc32,")
    'x-amz-checksum-crc32'
    """
    if header is None:
        return None
    names = [name.strip().lower() for name in header.strip().rstrip(",").split(",")]
    if not _CHECKSUM_TRAILERS.issuperset(names):
        raise InvalidRequest("The value specified in the x-amz-trailer header is not supported")
    if len(names) > 1:
        raise InvalidRequest(SEVERAL)
    return names[0]


@functools.lru_cache(maxsize=256)  # a body has few sizes, and the next body mostly the same
def _size(line: bytes) -> int:
    """Return the size in the first line of an unsigned chunk."""
    found = re.fullmatch(_UNSIGNED_LINE, line)
    if found is None:
        raise IncompleteBody(TERMINATED)
    return int(found[1], 16)


class ChunkedBody:
    r"""Iterates the decoded data of an aws-chunked body, once, as it arrives.

    Data is yielded before the end of the body has arrived, so a caller commits nothing until the iteration is over.
    Only then are the framing, the length and the presence of the trailer known to be right. The caller checks the
    *value* of the trailer, in `trailers`.

    With `verify`, each chunk is collected and yielded only after its signature was checked. No more than one chunk is
    held at a time.

    Args:
        pieces: The encoded body, cut anywhere. It ends where the body ends.
        decoded_length: The value of `x-amz-decoded-content-length`.
        signed: Whether each chunk carries a signature.
        trailer: The value of the `x-amz-trailer` header.
        verify: Called with the data and the signature of each chunk, in order, also of the empty last one;
            raises if they do not belong together.
        verify_trailer: Called after that with the trailer in its canonical form (`name:value\n`) and its
            signature.

    Raises: InvalidRequest, before anything is read, where the header announces a trailer that S3 does not take.

    >>> pieces = [b"5\r\nhello\r\n", b"0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"]
    >>> body = ChunkedBody(pieces, decoded_length=5, signed=False, trailer="x-amz-checksum-crc32")
    >>> list(body), body.trailers
    ([b'hello'], {'x-amz-checksum-crc32': 'NhCmhg=='})
    """

    __slots__ = ("_announced", "_length", "_pieces", "_signed", "_verify", "_verify_trailer", "trailers")

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        decoded_length: int,
        signed: bool,
        trailer: str | None,
        verify: Verify | None = None,
        verify_trailer: Verify | None = None,
    ) -> None:
        self._pieces = iter(pieces)
        self._length = decoded_length
        self._signed = signed
        self._announced = announced_trailer(trailer)
        self._verify = verify
        self._verify_trailer = verify_trailer
        self.trailers: dict[str, str] = {}
        """The trailing headers, by lower-case name; empty until the iteration is over."""

    # One long function on purpose: it is the hot loop of uploads. It reads the body in one pass, and keeps its state in
    # local variables, because a method call or an attribute for each chunk would cost more than the chunk itself.
    def __iter__(self) -> Iterator[bytes]:
        pieces, signed, verify, announced_length = self._pieces, self._signed, self._verify, self._length
        piece = next(pieces, b"")
        at = 0  # how much of the piece has been read
        number = 0  # of this chunk, counted from 1
        total = 0  # the sizes of all chunks so far
        size = MIN_CHUNK  # of this chunk, or the one before
        signature = ""
        while True:
            # ---- The line with the size ----
            end = piece.find(_CRLF, at, at + _MAX_SIZE_LINE)
            if end < 0:
                if len(piece) - at >= _MAX_SIZE_LINE:
                    raise IncompleteBody(TERMINATED)
                piece, at = piece[at:] + self._more(), 0
                continue
            number += 1
            before = size
            if signed:
                size, signature = self._signed_size(piece[at:end])
            else:
                size = _size(piece[at:end])
            at = end + 2
            if size == 0:
                break
            if before < MIN_CHUNK:
                # Chunk is the one at which S3 noticed; BadChunkSize is the size of the one before it.
                # observed: versity/versitygw#1683, test_strm_sgnd_pyld_too_small_chunks
                raise InvalidChunkSizeError(Chunk=number, BadChunkSize=before)
            total += size

            # ---- The chunk's data, whole or as it arrives ----
            surplus = total > announced_length
            end = at + size
            if len(piece) >= end + 2 and not surplus:
                if piece[end : end + 2] != _CRLF:
                    raise IncompleteBody(TERMINATED)
                data = piece[at:end]
                at = end + 2
                if verify is not None:
                    verify(data, signature)
                yield data
                continue
            gathered: list[bytes] = []
            missing = size
            while True:
                part = piece[at : at + missing]
                at += len(part)
                missing -= len(part)
                if surplus:
                    # Nothing of it is kept, but S3 counts to the end before it refuses the length.
                    if total - missing - announced_length > _MAX_SURPLUS:
                        raise self._wrong_length(total - missing)
                elif verify is not None:
                    gathered.append(part)
                elif part:
                    yield part
                if not missing:
                    break
                piece, at = self._more(), 0
            while len(piece) - at < 2:
                piece, at = piece[at:] + self._more(), 0
            if piece[at : at + 2] != _CRLF:
                raise IncompleteBody(TERMINATED)
            at += 2
            if gathered and verify is not None:
                data = b"".join(gathered)
                gathered.clear()
                verify(data, signature)
                yield data

        if total != announced_length:
            raise self._wrong_length(total)
        if verify is not None:
            verify(b"", signature)
        self._read_trailers(piece[at:])

    def _more(self) -> bytes:
        """Return the next piece of a body that is not over yet. Raises: IncompleteBody, where there is none."""
        for piece in self._pieces:
            if piece:
                return piece
        raise IncompleteBody(TERMINATED)

    def _signed_size(self, line: bytes) -> tuple[int, str]:
        """Return the size and the signature in the first line of a signed chunk."""
        found = re.fullmatch(_SIGNED_LINE, line)
        if found is None:
            raise IncompleteBody(TERMINATED)
        signature = found[2].decode("latin-1")
        # observed: test_strm_sgnd_pyld_invalid_signatures. With `verify` the error is left to it, because it knows
        # the text that should have been signed.
        if self._verify is None and re.fullmatch(_SIGNATURE, signature) is None:
            raise SignatureDoesNotMatch
        return int(found[1], 16), signature

    def _read_trailers(self, rest: bytes) -> None:
        """Read what follows the last chunk. `rest` is the part of it that has arrived already.

        The empty line at the end may be missing, but no line may be cut short.
        observed: test_strm_unsgnd_pyld_trl_no_trailing_crlf_ok, ..._with_trailer_ok, ..._no_trailing_lf
        """
        trailers: dict[str, str] = {}
        at = 0
        while True:
            end = rest.find(_CRLF, at, _MAX_TRAILERS)
            if end == at:
                complete, at = True, at + 2
                break
            if end > 0:
                # A trailer sent twice counts as sent the second time: test_..._trl_bad_then_good_trailer_ok.
                # The value may end in a newline of its own: minio-go sends "name:value\n\r\n".
                name, colon, value = rest[at:end].decode("latin-1").partition(":")
                name = name.strip().lower()
                if not colon or not name:
                    raise MalformedTrailerError
                trailers[name] = value.strip()
                at = end + 2
                continue
            if len(rest) >= _MAX_TRAILERS:
                raise MalformedTrailerError
            piece = next(self._pieces, None)
            if piece is None:
                complete = False
                break
            rest += piece
        if not complete and at < len(rest):
            raise IncompleteBody(TERMINATED)
        # What follows is ignored: test_..._trl_with_trailer_extra_line_junk_ok.
        self._check_trailers(trailers, complete)
        self.trailers = trailers

    def _check_trailers(self, trailers: dict[str, str], complete: bool) -> None:
        """Compare the trailers with the announced one, and check their signature, which is removed from them."""
        announced = self._announced
        signature = trailers.pop(_TRAILER_SIGNATURE, None) if self._signed else None
        if self._signed and (signature is None) != (announced is None):
            # observed: test_strm_sgnd_pyld_trl_missing_trl_sig, test_strm_sgnd_pyld_trl_no_trailer. A trailer
            # that was not announced is malformed, signed or not: versity/versitygw#1691.
            raise MalformedTrailerError if trailers and announced is None else IncompleteBody(TERMINATED)
        if announced is not None and not trailers and not complete:
            raise IncompleteBody(TERMINATED)
        if list(trailers) != ([] if announced is None else [announced]):
            raise MalformedTrailerError
        if signature is not None and self._verify_trailer is not None:
            canonical = "".join(f"{name}:{value}\n" for name, value in trailers.items())
            self._verify_trailer(canonical.encode("latin-1"), signature)

    def _wrong_length(self, provided: int) -> IncompleteBody:
        # observed: test_strm_unsgnd_pyld_trl_too_many_bytes, ..._zero_chunk_mid_stream
        return IncompleteBody(WRONG_LENGTH, NumberBytesExpected=self._length, NumberBytesProvided=provided)
