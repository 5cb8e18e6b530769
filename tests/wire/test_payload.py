"""The body of a request: its length is known before it is read, and what arrives is what was said."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import md5, sha256
from threading import enumerate as enumerate_threads
from threading import get_ident
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model import checksums
from fakes3.model.errors import (
    EntityTooLarge,
    IncompleteBody,
    InvalidArgument,
    MaxMessageLengthExceeded,
    MissingContentLength,
    NotImplemented_,
    XAmzContentSHA256Mismatch,
)
from fakes3.operations.members import Members
from fakes3.operations.registry import Accepted
from fakes3.wire.message import Request
from fakes3.wire.payload import MOST_BYTES, MOST_DOCUMENT_BYTES, STREAMING, Document, Payload, parse_members
from fakes3.wire.structures import compile_structure
from fakes3.wire.table import operations

HELLO_SHA256 = sha256(b"hello").hexdigest()
HELLO_CRC32 = "NhCmhg=="
TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def request(headers: dict[str, str], body: bytes | Iterable[bytes] = b"") -> Request:
    return Request("PUT", "https", "s3.amazonaws.com", "/bucket/key", "", headers, body)


def payload(body: Any = b"", length: Any = None, /, **headers: str) -> Payload:
    stated = len(body) if length is None and isinstance(body, bytes) else length
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Payload(request(({} if stated is None else {"content-length": str(stated)}) | sent, body))


class Counted:
    """Pieces, and how many of them were taken."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece


class TestLength:
    """S3 knows how long a body is before it reads it, and refuses without reading a byte."""

    @pytest.mark.parametrize("stated", [None, "", "x", "-1", "+1", "1.0", "٣", "1, 1", " 1"])
    def test_must_be_stated(self, untouchable, stated):
        with pytest.raises(MissingContentLength) as refused:
            Payload(request({} if stated is None else {"content-length": stated}, untouchable))
        assert 411 == refused.value.status

    def test_may_be_five_gibibytes_and_no_more(self, untouchable):
        assert 5 * 1024**3 == MOST_BYTES == payload(untouchable, MOST_BYTES).length
        with pytest.raises(EntityTooLarge) as refused:
            payload(untouchable, MOST_BYTES + 1)
        assert {"ProposedSize": MOST_BYTES + 1, "MaxSizeAllowed": MOST_BYTES} == refused.value.members

    def test_may_be_stated_in_more_digits_than_python_reads(self, untouchable):
        with pytest.raises(EntityTooLarge):
            payload(untouchable, "9" * 5000)
        assert 7 == payload(untouchable, "0" * 5000 + "7").length

    def test_a_chunked_transfer_without_a_length_is_not_implemented(self, untouchable):
        with pytest.raises(NotImplemented_) as refused:
            payload(untouchable, transfer_encoding="chunked")
        assert {"Header": "Transfer-Encoding"} == refused.value.members
        assert "A header you provided implies functionality that is not implemented" == refused.value.message

    def test_a_chunked_transfer_with_a_length_is_fine(self):
        assert b"hello" == bytes(payload(b"hello", transfer_encoding="chunked").receive().body)

    def test_an_identity_transfer_without_a_length_only_lacks_the_length(self, untouchable):
        with pytest.raises(MissingContentLength):
            payload(untouchable, transfer_encoding="identity")

    def test_of_aws_chunked_bodies_is_the_decoded_one(self, untouchable):
        assert 7 == payload(untouchable, 99, x_amz_content_sha256=TRAILER, x_amz_decoded_content_length="7").length

    @pytest.mark.parametrize("stated", [None, "", "x", "-1"])
    def test_of_aws_chunked_bodies_must_be_stated_too(self, untouchable, stated):
        headers = {} if stated is None else {"x_amz_decoded_content_length": stated}
        with pytest.raises(MissingContentLength):
            payload(untouchable, 99, x_amz_content_sha256=TRAILER, **headers)

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 411),
            ({"content-length": str(MOST_BYTES + 1)}, 400),
            ({"transfer-encoding": "chunked"}, 501),
            ({"content-length": "5", "x-amz-content-sha256": "junk"}, 400),
        ],
    )
    def test_over_the_wire_nothing_is_read_and_nothing_written(self, stocked, untouchable, headers, status):
        world = stocked.service.world
        assert status == stocked("PUT", "/bucket/new", headers, untouchable).status
        assert world is stocked.service.world


class TestReceiving:
    """What arrives is exactly as many bytes as were announced."""

    @given(st.lists(st.binary(max_size=5), max_size=8))
    def test_the_pieces_make_no_difference(self, pieces):
        whole = b"".join(pieces)
        for body in (whole, pieces, iter(pieces), [bytearray(each) for each in pieces]):
            arrived = payload(body, len(whole)).receive("MD5", "CRC32")
            assert whole == bytes(arrived.body)
            assert md5(whole).digest() == arrived.digests["MD5"]
            assert checksums.digest_of("CRC32", [whole]) == arrived.digests["CRC32"]
            assert {} == arrived.trailers

    @given(st.lists(st.binary(max_size=5), max_size=8), st.integers(1, 10))
    def test_fewer_are_refused(self, pieces, missing):
        with pytest.raises(IncompleteBody) as refused:
            payload(pieces, len(b"".join(pieces)) + missing).receive()
        assert (
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
            == refused.value.message
        )

    @given(st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=8), st.data())
    def test_of_more_only_the_announced_ones_are_the_body(self, pieces, data):
        whole = b"".join(pieces)
        length = data.draw(st.integers(0, len(whole)))
        assert whole[:length] == bytes(payload(pieces, length).receive().body)

    def test_what_comes_after_them_is_not_read(self):
        body = Counted(b"he", b"llo", b"GET / HTTP/1.1")
        assert b"hello" == bytes(payload(body, 5).receive().body)
        assert 2 == body.taken

    def test_it_is_read_once_however_often_it_is_asked_for(self):
        body = Counted(b"hello")
        received = payload(body, 5)
        assert received.receive("MD5") is received.receive("MD5")
        assert 1 == body.taken

    def test_it_is_not_read_before_it_is_asked_for(self):
        body = Counted(b"hello")
        payload(body, 5)
        assert 0 == body.taken

    def test_a_piece_may_change_after_it_was_handed_over(self):
        piece = bytearray(b"hello")
        arrived = payload([piece], 5).receive()
        piece[:] = b"HELLO"
        assert b"hello" == bytes(arrived.body)

    def test_a_body_that_breaks_off_leaves_the_object_as_it_was(self, stocked):
        world = stocked.service.world
        answer = stocked("PUT", "/bucket/key", {"content-length": "9"}, [b"half"])
        assert (400, "IncompleteBody") == (answer.status, answer.code)
        assert world is stocked.service.world

    def test_a_longer_one_is_cut_over_the_wire_too(self, stocked):
        assert 200 == stocked("PUT", "/bucket/key", {"content-length": "2"}, b"hello").status
        assert b"he" == stocked("GET", "/bucket/key").body


class TestLargeBodies:
    """MD5 has a thread of its own where a body is large, and its digests are the same."""

    PIECES = [bytes([number]) * 1024**2 for number in range(9)]

    def test_have_the_same_digests(self):
        whole = b"".join(self.PIECES)
        received = payload(iter(self.PIECES), len(whole), x_amz_content_sha256=sha256(whole).hexdigest()).receive(
            "MD5", "CRC32"
        )
        assert md5(whole).digest() == received.digests["MD5"]
        assert checksums.digest_of("CRC32", [whole]) == received.digests["CRC32"]
        assert whole == bytes(received.body)

    def test_are_hashed_in_two_threads_and_both_have_ended(self, monkeypatch: pytest.MonkeyPatch):
        where: dict[str, set[int]] = {"MD5": set(), "CRC32": set()}

        class Noting:
            def __init__(self, name: str) -> None:
                self.threads = where[name]

            def update(self, _data: bytes) -> None:
                self.threads.add(get_ident())

            def digest(self) -> bytes:
                return b""

        monkeypatch.setattr(checksums, "new", Noting)
        for size in (8, 9):
            payload(self.PIECES[:size], size * 1024**2).receive("MD5", "CRC32")
        assert {get_ident()} == where["CRC32"]
        assert 2 == len(where["MD5"])
        assert "fakes3-digest" not in [each.name for each in enumerate_threads()]

    def test_that_break_off_leave_no_thread(self):
        def broken() -> Iterator[bytes]:
            yield from self.PIECES[:8]
            raise IncompleteBody

        with pytest.raises(IncompleteBody):
            payload(broken(), 9 * 1024**2).receive("MD5", "CRC32")
        assert "fakes3-digest" not in [each.name for each in enumerate_threads()]


class TestSha256:
    """x-amz-content-sha256 is the hash of the body, or one of a few words."""

    def test_a_right_one(self):
        assert b"hello" == bytes(payload(b"hello", x_amz_content_sha256=HELLO_SHA256).receive().body)

    def test_in_either_case(self):
        assert b"hello" == bytes(payload(b"hello", x_amz_content_sha256=HELLO_SHA256.upper()).receive().body)

    def test_a_wrong_one_tells_both(self):
        with pytest.raises(XAmzContentSHA256Mismatch) as refused:
            payload(b"hellO", x_amz_content_sha256=HELLO_SHA256).receive()
        assert {
            "ClientComputedContentSHA256": HELLO_SHA256,
            "S3ComputedContentSHA256": sha256(b"hellO").hexdigest(),
        } == refused.value.members

    def test_unsigned(self):
        assert b"hello" == bytes(payload(b"hello", x_amz_content_sha256="UNSIGNED-PAYLOAD").receive().body)

    @pytest.mark.parametrize(
        "word", ["", "junk", "unsigned-payload", HELLO_SHA256[1:], HELLO_SHA256 + "0", "g" * 64, "STREAMING-JUNK"]
    )
    def test_another_word_is_refused(self, untouchable, word):
        with pytest.raises(InvalidArgument) as refused:
            payload(untouchable, 5, x_amz_content_sha256=word)
        assert {"ArgumentName": "x-amz-content-sha256", "ArgumentValue": word} == refused.value.members
        assert refused.value.message.startswith("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-")

    def test_a_wrong_one_changes_nothing(self, stocked):
        world = stocked.service.world
        answer = stocked("PUT", "/bucket/key", {"x-amz-content-sha256": HELLO_SHA256}, b"other")
        assert (400, "XAmzContentSHA256Mismatch") == (answer.status, answer.code)
        assert world is stocked.service.world


def chunked(data: bytes, *trailers: str, signed: bool = False) -> bytes:
    signature = f";chunk-signature={'0' * 64}" if signed else ""
    first = f"{len(data):x}{signature}\r\n".encode() + data + b"\r\n" if data else b""
    return first + f"0{signature}\r\n".encode() + "".join(f"{each}\r\n" for each in trailers).encode() + b"\r\n"


class TestChunks:
    """An aws-chunked body is decoded as it is read, and brings its checksum in the trailer."""

    def received(self, body: bytes, word: str = TRAILER, **headers: str) -> Any:
        stated = {"x_amz_content_sha256": word, "x_amz_decoded_content_length": "5"} | headers
        return payload(body, **stated).receive("CRC32")

    def test_is_decoded(self):
        arrived = self.received(chunked(b"hello"))
        assert (b"hello", {}) == (bytes(arrived.body), arrived.trailers)
        assert HELLO_CRC32 == checksums.encode(arrived.digests["CRC32"])

    @pytest.mark.parametrize(("word", "signed"), [*STREAMING.items()])
    def test_with_every_word_for_it(self, word, signed):
        assert b"hello" == bytes(self.received(chunked(b"hello", signed=signed), word).body)

    def test_the_trailer_is_handed_over(self):
        body = chunked(b"hello", f"x-amz-checksum-crc32:{HELLO_CRC32}")
        assert {"x-amz-checksum-crc32": HELLO_CRC32} == self.received(
            body, x_amz_trailer="x-amz-checksum-crc32"
        ).trailers

    def test_the_algorithm_of_the_trailer_is_known_before_it_comes(self, untouchable):
        headers = {"x_amz_content_sha256": TRAILER, "x_amz_decoded_content_length": "5"}
        assert "CRC32" == payload(untouchable, 9, **headers, x_amz_trailer="x-amz-checksum-crc32").announced
        assert payload(untouchable, 9, **headers).announced is None

    @pytest.mark.parametrize("decoded", ["4", "6"])
    def test_the_decoded_length_must_be_right(self, decoded):
        with pytest.raises(IncompleteBody):
            self.received(chunked(b"hello"), x_amz_decoded_content_length=decoded)

    def test_the_object_has_the_decoded_bytes(self, stocked):
        headers = {
            "x-amz-content-sha256": TRAILER,
            "x-amz-decoded-content-length": "5",
            "x-amz-trailer": "x-amz-checksum-crc32",
            "content-encoding": "aws-chunked",
        }
        body = chunked(b"hello", f"x-amz-checksum-crc32:{HELLO_CRC32}")
        answer = stocked("PUT", "/bucket/new", headers, body)
        assert (200, HELLO_CRC32) == (answer.status, answer.headers["x-amz-checksum-crc32"])
        assert b"hello" == stocked("GET", "/bucket/new").body

    @pytest.mark.parametrize(
        "trailers",
        [[], ["x-amz-checksum-crc32:AAAAAA=="], ["x-amz-checksum-crc32:junk"], ["x-amz-checksum-sha1:junk"]],
        ids=["missing", "of another body", "no checksum", "another"],
    )
    def test_a_trailer_that_is_not_what_was_announced_writes_nothing(self, stocked, trailers):
        world = stocked.service.world
        headers = {
            "x-amz-content-sha256": TRAILER,
            "x-amz-decoded-content-length": "5",
            "x-amz-trailer": "x-amz-checksum-crc32",
        }
        assert 400 == stocked("PUT", "/bucket/key", headers, chunked(b"hello", *trailers)).status
        assert world is stocked.service.world


DELETE: Accepted = {"Objects": {"Key": {}}, "Quiet": {}}
LIST = b"<Delete><Object><Key> k </Key></Object></Delete>"


def document(
    body: bytes | Iterable[bytes], headers: dict[str, str], *, checksum_required: bool = False
) -> Document[Members]:
    shape = operations()["DeleteObjects"].input
    assert shape is not None
    sent = ({"content-length": str(len(body))} if isinstance(body, bytes) else {}) | headers
    parse = partial(parse_members, "Delete", compile_structure(shape.members["Delete"].shape, DELETE))
    return Document(request(sent, body), parse, checksum_required=checksum_required)


class TestDocuments:
    """A document is read and checked when the operation asks for it, and held to the same rules as any body."""

    def test_is_parsed(self):
        assert {"Objects": [{"Key": " k "}]} == document(LIST, {}).read()

    def test_is_not_read_before(self, untouchable):
        assert document(untouchable, {"content-length": "9"}).contents is None

    def test_is_read_once(self):
        body = Counted(LIST)
        asked = document(body, {"content-length": str(len(LIST))})
        assert asked.read() is asked.read()
        assert 1 == body.taken

    def test_longer_than_any_of_s3_it_is_not_read(self, untouchable):
        with pytest.raises(MaxMessageLengthExceeded) as refused:
            document(untouchable, {"content-length": str(MOST_DOCUMENT_BYTES + 1)}).read()
        assert {"MaxMessageLengthBytes": MOST_DOCUMENT_BYTES} == refused.value.members

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "MissingRequestBodyError"),
            (b"<Other/>", "MalformedXML"),
            (b"<Delete>", "MalformedXML"),
            (b'<!DOCTYPE Delete [<!ENTITY x "k">]><Delete><Object><Key>&x;</Key></Object></Delete>', "MalformedXML"),
            (LIST.decode().encode("utf-16"), "MalformedXML"),
            (b"<a>" * 100_000, "MalformedXML"),
        ],
    )
    def test_no_document(self, stocked, body, code):
        world = stocked.service.world
        answer = stocked("POST", "/bucket?delete", {"content-md5": b64encode(md5(body).digest()).decode()}, body)
        assert (400, code) == (answer.status, answer.code)
        assert world is stocked.service.world

    def test_where_one_is_required_a_checksum_must_come_with_it(self, stocked):
        answer = stocked("POST", "/bucket?delete", {}, LIST)
        assert ("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*") == (
            answer.code,
            answer.error["Message"],
        )

    @pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
    def test_any_checksum_will_do(self, algorithm):
        value = checksums.encode(checksums.digest_of(algorithm, [LIST]))
        headers = {f"x-amz-checksum-{algorithm.lower()}": value, "x-amz-sdk-checksum-algorithm": algorithm}
        assert {"Objects": [{"Key": " k "}]} == document(LIST, headers, checksum_required=True).read()

    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({"x-amz-content-sha256": HELLO_SHA256, "x-amz-checksum-crc32": None}, "XAmzContentSHA256Mismatch"),
            ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
            ({"content-md5": b64encode(bytes(16)).decode()}, "BadDigest"),
            ({"content-md5": "junk"}, "InvalidDigest"),
        ],
    )
    def test_one_that_is_not_what_was_said_of_it(self, stocked, headers, code):
        right = checksums.encode(checksums.digest_of("CRC32", [LIST]))
        sent = {name: right if value is None else value for name, value in headers.items()}
        answer = stocked("POST", "/bucket?delete", sent, LIST)
        assert (400, code) == (answer.status, answer.code)
        assert b"hello" == stocked("GET", "/bucket/key").body

    def test_half_of_one(self, stocked):
        headers = {"content-length": str(len(LIST) + 1), "content-md5": b64encode(md5(LIST).digest()).decode()}
        assert "IncompleteBody" == stocked("POST", "/bucket?delete", headers, LIST).code


class TestStreamedDocuments:
    """Only the bytes of objects and parts are sent in chunks; a document that is, is refused."""

    @pytest.mark.parametrize("word", sorted(STREAMING))
    def test_refused_before_it_is_read(self, stocked, untouchable, word: str) -> None:
        headers = {"x-amz-content-sha256": word, "x-amz-decoded-content-length": "3", "content-length": "50"}
        answer = stocked("PUT", "/bucket?versioning", headers, untouchable)
        assert (400, "InvalidRequest") == (answer.status, answer.code)
        assert "The value of x-amz-content-sha256 header is invalid." == answer.error["Message"]
