"""Decoding `aws-chunked`. S3: API/sigv4-streaming.html, API/sigv4-streaming-trailers.html"""

import io
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import S3Error
from fakes3.wire.chunked import ChunkedBody, announced_trailer

SIGNATURE = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4
CRC32 = "x-amz-checksum-crc32"
HELLO = b"5\r\nhello\r\n"

Refusal = tuple[str, str, dict[str, object]]

TERMINATED: Refusal = ("IncompleteBody", "The request body terminated unexpectedly", {})
MALFORMED_TRAILER: Refusal = (
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    {},
)
UNSUPPORTED: Refusal = (
    "InvalidRequest",
    "The value specified in the x-amz-trailer header is not supported",
    {},
)


def wrong_length(provided: int, expected: int) -> Refusal:
    return (
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
        {"NumberBytesExpected": expected, "NumberBytesProvided": provided},
    )


def too_small(chunk: int, size: int) -> Refusal:
    return (
        "InvalidChunkSizeError",
        "Only the last chunk is allowed to have a size less than 8192 bytes",
        {"Chunk": chunk, "BadChunkSize": size},
    )


def chunk(data: bytes, signature: str | None = None) -> bytes:
    extension = f";chunk-signature={signature}" if signature else ""
    return b"%x%s\r\n%s\r\n" % (len(data), extension.encode(), data)


def bytewise(encoded: bytes) -> list[bytes]:
    return [encoded[at : at + 1] for at in range(len(encoded))]


def whole(encoded: bytes) -> list[bytes]:
    return [encoded]


CUTS = pytest.mark.parametrize("cut", [whole, bytewise])
Cut = Callable[[bytes], list[bytes]]


def body(pieces: Iterable[bytes], *, length: int = 5, signed: bool = False, **more: Any) -> ChunkedBody:
    return ChunkedBody(pieces, decoded_length=length, signed=signed, **({"trailer": None} | more))


def refusal(pieces: Iterable[bytes], **more: Any) -> Refusal:
    """The code, text and members with which a body is refused."""
    with pytest.raises(S3Error) as refused:
        for _ in body(pieces, **more):
            pass
    return refused.value.code, refused.value.message, dict(refused.value.members)


class Endless:
    """Pieces without end; `given` counts those handed out."""

    def __init__(self, *first: bytes, then: bytes) -> None:
        self.first, self.then, self.given = first, then, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.first:
            self.given += 1
            yield piece
        while True:
            self.given += 1
            assert self.given < 5000, "read on and on"
            yield self.then


class TestData:
    @CUTS
    def test_one_chunk(self, cut: Cut):
        assert b"hello" == b"".join(body(cut(HELLO + b"0\r\n\r\n")))

    @CUTS
    def test_no_data(self, cut: Cut):
        assert [] == list(body(cut(b"0\r\n\r\n"), length=0))

    @CUTS
    def test_sizes_in_capitals_and_with_leading_zeros(self, cut: Cut):
        assert b"a" * 10 == b"".join(body(cut(b"000A\r\n" + b"a" * 10 + b"\r\n0\r\n\r\n"), length=10))

    @CUTS
    def test_data_may_look_like_framing(self, cut: Cut):
        data = b"\r\n0\r\n\r\n"
        assert data == b"".join(body(cut(chunk(data) + b"0\r\n\r\n"), length=len(data)))

    @CUTS
    def test_chunks_of_8192_bytes_and_a_small_last_one(self, cut: Cut):
        parts = [b"a" * 8192, b"b" * 8192, b"c"]
        encoded = b"".join(map(chunk, [*parts, b""]))
        assert b"".join(parts) == b"".join(body(cut(encoded), length=16385))

    # observed: test_strm_unsgnd_pyld_trl_no_trailing_crlf_ok
    @CUTS
    def test_the_last_empty_line_may_be_missing(self, cut: Cut):
        assert b"hello" == b"".join(body(cut(HELLO + b"0\r\n")))

    def test_empty_pieces_are_nothing(self):
        pieces = [b"", b"5", b"", b"\r\nhel", b"", b"lo", b"\r", b"", b"\n0\r\n", b"", b"\r\n", b""]
        assert b"hello" == b"".join(body(pieces))

    @given(
        st.lists(st.integers(min_value=8192, max_value=20_000), max_size=3),
        st.integers(min_value=1, max_value=9_000),
        st.booleans(),
        st.booleans(),
        st.randoms(use_true_random=False),
        st.data(),
    )
    def test_round_trip(
        self,
        sizes: list[int],
        last: int,
        signed: bool,
        verified: bool,
        chance: random.Random,
        draw: st.DataObject,
    ):
        parts = [random.Random(size).randbytes(size) for size in [*sizes, last]]
        signatures = [f"{number:064x}" for number in range(len(parts) + 1)]
        encoded = b"".join(
            chunk(part, signature if signed else None)
            for part, signature in zip([*parts, b""], signatures, strict=True)
        )
        cuts = sorted(draw.draw(st.lists(st.integers(min_value=0, max_value=len(encoded)), max_size=30)))
        pieces = [encoded[a:b] for a, b in zip([0, *cuts], [*cuts, len(encoded)], strict=True)]
        seen: list[tuple[bytes, str]] = []
        decoded = body(
            pieces,
            length=sum(map(len, parts)),
            signed=signed,
            verify=(lambda data, signature: seen.append((bytes(data), signature))) if verified else None,
        )
        assert b"".join(parts) == b"".join(decoded)
        if verified:
            given_signatures = signatures if signed else [""] * len(signatures)
            assert list(zip([*parts, b""], given_signatures, strict=True)) == seen


class TestFlow:
    """Data is passed on as it arrives: neither gathered nor copied where a piece is all data."""

    def test_a_big_chunk_is_not_gathered(self):
        piece = b"x" * 65536
        pieces = Endless(b"%x\r\n" % (len(piece) * 1000), then=piece)
        decoded = iter(body(pieces, length=len(piece) * 1000))
        assert piece is next(decoded)
        assert piece is next(decoded)
        assert 3 == pieces.given

    def test_a_chunk_that_is_a_piece_comes_out_in_one(self):
        parts = [b"a" * 8192, b"b" * 9000, b"c" * 7]
        assert parts == list(body(map(chunk, [*parts, b""]), length=17199))

    def test_trailers_are_there_once_the_data_is_exhausted(self):
        decoded = body([HELLO + b"0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"], trailer=CRC32)
        data = iter(decoded)
        assert (b"hello", {}) == (next(data), decoded.trailers)
        assert ([], {CRC32: "NhCmhg=="}) == (list(data), decoded.trailers)


class TestBotocore:
    """What botocore's own encoder sends, iterated as well as read in blocks."""

    @pytest.mark.parametrize("size", [0, 1, 1024, 8192, 1024 * 1024, 2 * 1024 * 1024 + 17])
    @pytest.mark.parametrize("block", [None, 1000, 16384])
    def test_decodes(self, size: int, block: int | None):
        data = random.Random(size).randbytes(size)
        wrapper = AwsChunkedWrapper(io.BytesIO(data), checksum_cls=Crc32Checksum, checksum_name=CRC32)
        pieces: Iterable[bytes] = wrapper if block is None else iter(lambda: wrapper.read(block), b"")
        decoded = body(pieces, length=size, trailer=CRC32)
        assert data == b"".join(decoded)
        checksum = Crc32Checksum()
        checksum.update(data)
        assert {CRC32: checksum.b64digest()} == decoded.trailers


class TestLength:
    """The data must be as long as x-amz-decoded-content-length says."""

    @CUTS
    @pytest.mark.parametrize("length", [0, 4, 6, 2**40])
    def test_another_length(self, cut: Cut, length: int):
        assert wrong_length(5, length) == refusal(cut(HELLO + b"0\r\n\r\n"), length=length)

    # observed: test_strm_unsgnd_pyld_trl_zero_chunk_mid_stream
    @CUTS
    def test_an_empty_chunk_ends_the_data(self, cut: Cut):
        encoded = b"".join(map(chunk, [b"hell", b"", b"o", b""]))
        assert wrong_length(4, 5) == refusal(cut(encoded))

    def test_is_checked_before_the_trailer(self):
        assert wrong_length(5, 6) == refusal([HELLO + b"0\r\n\r\n"], length=6, trailer=CRC32)

    def test_no_more_than_announced_is_passed_on(self):
        passed: list[bytes] = []
        with pytest.raises(S3Error):
            for data in body([chunk(b"a" * 8192), chunk(b"b" * 8192), b"0\r\n\r\n"], length=8192):
                passed.append(data)
        assert [b"a" * 8192] == passed

    def test_far_too_much_is_not_read_to_its_end(self):
        pieces = Endless(b"ffffffffffff\r\n", then=b"x" * 65536)
        code, message, members = refusal(pieces)
        assert wrong_length(5, 5)[:2] == (code, message)
        assert {"NumberBytesExpected", "NumberBytesProvided"} == set(members)
        assert pieces.given < 20


class TestChunkSizes:
    """Every chunk but the last has at least 8192 bytes; S3 notices at the chunk after."""

    # observed: versity/versitygw#1683, test_strm_sgnd_pyld_too_small_chunks
    @CUTS
    def test_first_too_small(self, cut: Cut):
        encoded = b"".join(map(chunk, [b"x" * 1024, b"y" * 4096, b"z" * 3072, b""]))
        assert too_small(2, 1024) == refusal(cut(encoded), length=8192)

    @CUTS
    def test_second_too_small(self, cut: Cut):
        encoded = b"".join(map(chunk, [b"x" * 8192, b"y" * 8191, b"z", b""]))
        assert too_small(3, 8191) == refusal(cut(encoded), length=16384)


class TestMalformed:
    # observed: versity/versitygw#1666 and #1685; test_strm_unsgnd_pyld_trl_no_cr, _no_lf, _no_zero_chunk,
    # _not_encoded, _cl_matches_decoded_cl
    @CUTS
    @pytest.mark.parametrize(
        "encoded",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"hello", id="not encoded"),
            pytest.param(b"hello\r\n", id="not encoded, a line"),
            pytest.param(b"\r\nhello\r\n0\r\n\r\n", id="no size"),
            pytest.param(b"-5\r\nhello\r\n0\r\n\r\n", id="negative"),
            pytest.param(b"+5\r\nhello\r\n0\r\n\r\n", id="signed number"),
            pytest.param(b"0x5\r\nhello\r\n0\r\n\r\n", id="0x"),
            pytest.param(b"0_5\r\nhello\r\n0\r\n\r\n", id="underscore"),
            pytest.param(b"5" * 17 + b"\r\nhello\r\n0\r\n\r\n", id="huge"),
            pytest.param(b"5" * 5000 + b"\r\nhello\r\n0\r\n\r\n", id="endless size"),
            pytest.param(b"5;a=b\r\nhello\r\n0\r\n\r\n", id="extension on an unsigned chunk"),
            pytest.param(b"5\nhello\r\n0\r\n\r\n", id="no CR after the size"),
            pytest.param(b"5\n\nhello\n0\n\n", id="no CR at all"),
            pytest.param(b"5\rhello\r0\r\r", id="no LF at all"),
            pytest.param(b"5\r\nhello0\r\n\r\n", id="no CRLF after the data"),
            pytest.param(b"5\r\nhello\n\n0\r\n\r\n", id="LFLF after the data"),
            pytest.param(b"5\r\nhel\r\n0\r\n\r\n", id="short chunk"),
            pytest.param(b"6\r\nhello\r\n0\r\n\r\n", id="size one too big"),
            pytest.param(b"4\r\nhello\r\n0\r\n\r\n", id="size one too small"),
            pytest.param(b"5", id="ends in the size"),
            pytest.param(b"5\r", id="ends in the size's CRLF"),
            pytest.param(b"5\r\n", id="ends before the data"),
            pytest.param(b"5\r\nhel", id="ends in the data"),
            pytest.param(b"5\r\nhello", id="ends after the data"),
            pytest.param(b"5\r\nhello\r", id="ends in the data's CRLF"),
            pytest.param(b"5\r\nhello\r\n", id="no empty chunk"),
            pytest.param(b"5\r\nhello\r\n0", id="ends in the empty chunk"),
            pytest.param(b"5\r\nhello\r\n0\r", id="ends in the empty chunk's CRLF"),
            pytest.param(b"5\r\nhello\r\n0\r\n\r", id="ends in the last CRLF"),
        ],
    )
    def test_terminates_unexpectedly(self, encoded: bytes, cut: Cut):
        assert TERMINATED == refusal(cut(encoded))

    def test_what_lies_behind_the_end_is_not_read(self):
        pieces = Endless(HELLO, b"0\r\n\r\njunk", then=b"x" * 65536)
        assert b"hello" == b"".join(ChunkedBody(pieces, decoded_length=5, signed=False, trailer=None))
        assert 2 == pieces.given

    def test_an_endless_size_line_is_not_gathered(self):
        pieces = Endless(then=b"0")
        assert TERMINATED == refusal(pieces)
        assert pieces.given < 300

    def test_endless_trailers_are_not_gathered(self):
        pieces = Endless(HELLO, b"0\r\n", then=b"a" * 64)
        assert MALFORMED_TRAILER == refusal(pieces, trailer=CRC32)
        assert pieces.given < 200

    def test_endless_lines_of_trailers_are_not_gathered(self):
        pieces = Endless(HELLO, b"0\r\n", then=b"x-amz-checksum-crc32:NhCmhg==\r\n")
        assert MALFORMED_TRAILER == refusal(pieces, trailer=CRC32)
        assert pieces.given < 500


class TestTrailer:
    @CUTS
    @pytest.mark.parametrize(
        "sent",
        [
            b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n",
            b"X-Amz-Checksum-CRC32: NhCmhg== \r\n\r\n",
            b"x-amz-checksum-crc32:NhCmhg==\n\r\n\r\n",  # minio-go
            b"x-amz-checksum-crc32:NhCmhg==\r\n",  # observed: test_strm_unsgnd_pyld_trl_with_trailer_ok
            # observed: test_strm_unsgnd_pyld_trl_bad_then_good_trailer_ok
            b"x-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n",
        ],
    )
    def test_is_read(self, sent: bytes, cut: Cut):
        decoded = body(cut(HELLO + b"0\r\n" + sent), trailer=CRC32)
        assert b"hello" == b"".join(decoded)
        assert {CRC32: "NhCmhg=="} == decoded.trailers

    def test_value_is_the_callers_to_check(self):
        decoded = body([HELLO + b"0\r\nx-amz-checksum-crc32:not=base:64\r\n\r\n"], trailer=CRC32)
        assert b"hello" == b"".join(decoded)
        assert {CRC32: "not=base:64"} == decoded.trailers

    def test_none_announced_and_none_sent(self):
        decoded = body([HELLO + b"0\r\n\r\n"])
        assert [b"hello"] == list(decoded)
        assert {} == decoded.trailers

    # observed: versity/versitygw#1600, #1626, #1690; scality/Arsenal#2596;
    # test_strm_unsgnd_pyld_trl_declared_no_trailer_sent, ..._extra_trailer, ..._mismatch_trailer,
    # ..._with_trailer_extra_line_before
    @CUTS
    @pytest.mark.parametrize(
        ("announced", "sent"),
        [
            pytest.param(CRC32, b"\r\n", id="missing"),
            pytest.param(None, b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n", id="not announced"),
            pytest.param("x-amz-checksum-crc32c", b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n", id="another"),
            pytest.param(CRC32, b"x-amz-checksum-bad:NhCmhg==\r\n\r\n", id="unknown"),
            pytest.param(CRC32, b"x-amz-checksum-crc32:NhCmhg==\r\nbonus: trailer\r\n\r\n", id="extra"),
            pytest.param(CRC32, b"x-amz-checksum-crc32NhCmhg==\r\n\r\n", id="no colon"),
            pytest.param(CRC32, b":NhCmhg==\r\n\r\n", id="no name"),
            pytest.param(CRC32, b"\r\nx-amz-checksum-crc32:NhCmhg==\r\n", id="after the empty line"),
            pytest.param(
                CRC32,
                b"x-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:" + b"0" * 64 + b"\r\n\r\n",
                id="signed though the chunks are not",
            ),
        ],
    )
    def test_not_as_announced(self, announced: str | None, sent: bytes, cut: Cut):
        assert MALFORMED_TRAILER == refusal(cut(HELLO + b"0\r\n" + sent), trailer=announced)

    # observed: versity/versitygw#1660, test_strm_unsgnd_pyld_trl_with_trailer_no_cr, _no_lf, _no_crlf
    @CUTS
    @pytest.mark.parametrize(
        "sent",
        [
            *(b"", b"\r", b"x-amz-checksum-crc32:NhCmhg==", b"x-amz-checksum-crc32:NhCmhg==\n"),
            *(b"x-amz-checksum-crc32:NhCmhg==\r", b"x-amz-checksum-crc32:NhCmhg==\r\n\rX"),
        ],
    )
    def test_cut_short(self, sent: bytes, cut: Cut):
        assert TERMINATED == refusal(cut(HELLO + b"0\r\n" + sent), trailer=CRC32)


class TestAnnouncedTrailer:
    """The x-amz-trailer header names one checksum."""

    def test_none(self):
        assert announced_trailer(None) is None

    # observed: test_strm_unsgnd_pyld_trl_with_comma_in_trailer_ok, ..._commas_in_trailer_4, _6
    @pytest.mark.parametrize("header", [CRC32, f"{CRC32},", f"{CRC32},,", f"{CRC32}, ", CRC32.upper()])
    def test_one(self, header: str):
        assert CRC32 == announced_trailer(header)

    # observed: test_strm_unsgnd_pyld_trl_with_commas_in_trailer_1, _2, _3, _5, ..._non_checksum_trailer,
    # ..._unsupported_trailer_declared, ..._multiple_trailers_unsupported
    @pytest.mark.parametrize(
        "header",
        [
            *(f", {CRC32}, ,", f", {CRC32}", f",{CRC32}", f"{CRC32}, ,", "", ",", "foo", "content-md5"),
            *("x-amz-content-sha256", "x-amz-checksum-bad", "x-amz-checksum-", f"{CRC32}, x-amz-foo"),
        ],
    )
    def test_not_a_checksum(self, header: str):
        assert UNSUPPORTED == refusal([], trailer=header)

    # observed: test_strm_unsgnd_pyld_trl_multiple_checksum_trailers
    def test_several(self):
        assert (
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            {},
        ) == refusal([], trailer=f"{CRC32}, x-amz-checksum-sha256")

    def test_is_refused_before_anything_is_read(self):
        with pytest.raises(S3Error):
            body(Endless(then=b""), trailer="foo")


class TestSignedChunks:
    @CUTS
    @pytest.mark.parametrize(
        "line",
        [
            b"5;chunk-signature=%s",
            b"5 ; chunk-signature=%s",  # observed: test_strm_sgnd_pyld_spaced_out_chunk_param_ok
            b"5;chunk-signature = %s ",  # observed: test_strm_sgnd_pyld_spaced_out_chunk_param_value_ok
        ],
    )
    def test_are_decoded(self, line: bytes, cut: Cut):
        encoded = line % SIGNATURE.encode() + b"\r\nhello\r\n" + chunk(b"", SIGNATURE)
        assert b"hello" == b"".join(body(cut(encoded), signed=True))

    # observed: versity/versitygw#1685; test_strm_sgnd_pyld_no_signatures, ..._blank_signatures,
    # ..._extra_param_after
    @CUTS
    @pytest.mark.parametrize(
        "extension",
        [
            *("", ";", ";chunk-signature", ";chunk-signature=", f";chunk-signature:{SIGNATURE}"),
            *(
                f"chunk-signature={SIGNATURE}",
                f";chunk-signature={SIGNATURE};extra=param",
                f";sig={SIGNATURE}",
            ),
        ],
    )
    def test_without_a_signature(self, extension: str, cut: Cut):
        encoded = b"5%s\r\nhello\r\n" % extension.encode() + chunk(b"", SIGNATURE)
        assert TERMINATED == refusal(cut(encoded), signed=True)

    def test_the_empty_chunk_is_signed_too(self):
        assert TERMINATED == refusal([chunk(b"hello", SIGNATURE) + b"0\r\n\r\n"], signed=True)

    # observed: test_strm_sgnd_pyld_invalid_signatures
    def test_with_a_signature_that_cannot_be_one(self):
        code, message, _ = refusal([chunk(b"hello", "invalid") + chunk(b"", SIGNATURE)], signed=True)
        assert "SignatureDoesNotMatch" == code
        assert message.startswith("The request signature we calculated does not match the signature you")

    @CUTS
    def test_each_is_verified_before_it_is_passed_on(self, cut: Cut):
        class Forged(Exception):
            pass

        def verify(data: bytes | memoryview, signature: str) -> None:
            seen.append((bytes(data[:1]), signature))
            if signature == OTHER:
                raise Forged

        seen: list[tuple[bytes, str]] = []
        passed: list[bytes] = []
        encoded = chunk(b"a" * 8192, SIGNATURE) + chunk(b"b" * 8192, OTHER) + chunk(b"", SIGNATURE)
        with pytest.raises(Forged):
            for data in body(cut(encoded), length=16384, signed=True, verify=verify):
                passed.append(data)
        assert [b"a" * 8192] == passed
        assert [(b"a", SIGNATURE), (b"b", OTHER)] == seen

    def test_the_verifier_judges_what_cannot_be_a_signature(self):
        seen = []
        encoded = chunk(b"hello", "invalid") + chunk(b"", "invalid")
        decoded = body([encoded], signed=True, verify=lambda data, signature: seen.append(signature))
        assert [b"hello"] == list(decoded)
        assert ["invalid", "invalid"] == seen


class TestSignedTrailer:
    DATA = chunk(b"hello", SIGNATURE) + b"0;chunk-signature=" + SIGNATURE.encode() + b"\r\n"
    TRAILER = b"X-Amz-Checksum-Crc32: NhCmhg==\r\n"
    SIGNED = b"x-amz-trailer-signature:" + OTHER.encode() + b"\r\n"

    @CUTS
    @pytest.mark.parametrize("end", [b"\r\n", b""])
    def test_is_verified_in_its_canonical_form(self, cut: Cut, end: bytes):
        seen: list[tuple[bytes, str]] = []

        def verify(data: bytes | memoryview, signature: str) -> None:
            seen.append((bytes(data), signature))

        pieces = cut(self.DATA + self.TRAILER + self.SIGNED + end)
        decoded = body(pieces, signed=True, trailer=CRC32, verify=verify, verify_trailer=verify)
        assert [b"hello"] == list(decoded)
        assert {CRC32: "NhCmhg=="} == decoded.trailers
        assert [
            (b"hello", SIGNATURE),
            (b"", SIGNATURE),
            (b"x-amz-checksum-crc32:NhCmhg==\n", OTHER),
        ] == seen

    def test_forged(self):
        def forged(data: bytes | memoryview, signature: str) -> None:
            raise ArithmeticError

        pieces = [self.DATA + self.TRAILER + self.SIGNED + b"\r\n"]
        decoded = body(pieces, signed=True, trailer=CRC32, verify_trailer=forged)
        with pytest.raises(ArithmeticError):
            list(decoded)
        assert {} == decoded.trailers

    # observed: test_strm_sgnd_pyld_trl_missing_trl_sig, test_strm_sgnd_pyld_trl_no_trailer;
    # versity/versitygw#1691, #1695 and pull request #1701
    @CUTS
    @pytest.mark.parametrize(
        ("announced", "sent", "expected"),
        [
            pytest.param(CRC32, TRAILER, TERMINATED, id="no signature, no end"),
            pytest.param(CRC32, TRAILER + b"\r\n", TERMINATED, id="no signature"),
            pytest.param(CRC32, b"\r\n", TERMINATED, id="nothing"),
            pytest.param(None, SIGNED, TERMINATED, id="a signature of nothing announced"),
            pytest.param(CRC32, SIGNED + b"\r\n", MALFORMED_TRAILER, id="only a signature"),
            pytest.param(None, TRAILER + SIGNED + b"\r\n", MALFORMED_TRAILER, id="not announced"),
            pytest.param(None, TRAILER + b"\r\n", MALFORMED_TRAILER, id="not announced, not signed"),
            pytest.param("x-amz-checksum-sha1", TRAILER + SIGNED + b"\r\n", MALFORMED_TRAILER, id="another"),
        ],
    )
    def test_incomplete(self, announced: str | None, sent: bytes, expected: Refusal, cut: Cut):
        assert expected == refusal(cut(self.DATA + sent), signed=True, trailer=announced)
