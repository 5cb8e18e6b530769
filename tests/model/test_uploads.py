"""The rules of multipart uploads, on values alone."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model import checksums, uploads
from fakes3.model.bytes_rope import Rope
from fakes3.model.checksums import ChecksumType
from fakes3.model.errors import (
    ConditionalRequestConflict,
    EntityTooSmall,
    InvalidArgument,
    InvalidPart,
    InvalidPartNumber,
    InvalidPartOrder,
    InvalidRequest,
)
from fakes3.model.identity import Principal
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.uploads import (
    ListedPart,
    MultipartUpload,
    Part,
    checksum_of,
    choose_parts,
    etag_of,
    page_of,
    summarize_parts,
)
from fakes3.model.versions import Attributes, Version

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def upload(*parts: Part, algorithm: str | None = None, type: ChecksumType | None = None, **fields: Any) -> Any:
    given: dict[str, Any] = {"sequence": 7, "id": "id", "key": "key"} | fields
    return MultipartUpload(
        initiated=NOW,
        initiator=Principal("123456789012"),
        owner="123456789012",
        attributes=Attributes(),
        algorithm=algorithm,
        type=type,
        parts=OrderedMap.from_sorted((part.number, part) for part in parts),
        **given,
    )


def part(number: int, body: bytes, algorithm: str = "CRC64NVME") -> Part:
    value = checksums.encode(checksums.digest_of(algorithm, [body]))
    return Part(number, Rope.of(body), hashlib.md5(body).hexdigest(), value, NOW)


def parts_of(bodies: list[bytes], algorithm: str = "CRC64NVME") -> tuple[Part, ...]:
    return tuple(part(number, body, algorithm) for number, body in enumerate(bodies, 1))


def version(*parts: Part, **fields: Any) -> Version:
    body = Rope.concat(each.body for each in parts)
    checksum = checksum_of(upload(), parts)
    given: dict[str, Any] = {"sequence": 8, "id": "null", "owner": None, "etag": etag_of(each.etag for each in parts)}
    given |= {"last_modified": NOW, "body": body, "checksum": checksum, "attributes": Attributes()}
    return Version(**given | {"parts": summarize_parts(parts), "upload": 7} | fields)


bodies = st.lists(st.binary(max_size=50), min_size=1, max_size=8)


class TestWhatFollowsFromTheParts:
    """The ETag and checksum of an object of parts follow from those of its parts, without a look at its bytes."""

    @given(bodies)
    def test_etag_is_the_md5_of_md5s_and_their_number(self, bodies: list[bytes]) -> None:
        digests = b"".join(hashlib.md5(body).digest() for body in bodies)
        expected = f"{hashlib.md5(digests).hexdigest()}-{len(bodies)}"
        assert expected == etag_of(each.etag for each in parts_of(bodies))

    @given(bodies, st.sampled_from(["CRC32", "CRC32C", "CRC64NVME"]))
    def test_full_object_checksum_is_that_of_the_whole_however_it_was_cut(
        self, bodies: list[bytes], algorithm: str
    ) -> None:
        begun = upload(algorithm=algorithm, type=ChecksumType.FULL_OBJECT)
        expected = checksums.encode(checksums.digest_of(algorithm, [b"".join(bodies)]))
        assert (algorithm, expected, "FULL_OBJECT") == checksum_of(begun, parts_of(bodies, algorithm))

    @given(bodies)
    def test_undeclared_means_crc64nvme_of_the_whole(self, bodies: list[bytes]) -> None:
        expected = checksums.encode(checksums.digest_of("CRC64NVME", [b"".join(bodies)]))
        assert ("CRC64NVME", expected, "FULL_OBJECT") == checksum_of(upload(), parts_of(bodies))

    @given(bodies, st.sampled_from(["CRC32", "SHA1", "SHA256"]))
    def test_composite_checksum_is_that_of_the_checksums(self, bodies: list[bytes], algorithm: str) -> None:
        begun = upload(algorithm=algorithm, type=ChecksumType.COMPOSITE)
        digests = b"".join(checksums.digest_of(algorithm, [body]) for body in bodies)
        expected = f"{checksums.encode(checksums.digest_of(algorithm, [digests]))}-{len(bodies)}"
        assert (algorithm, expected, "COMPOSITE") == checksum_of(begun, parts_of(bodies, algorithm))

    # recorded: TestS3MultipartUploadChecksum::test_complete_multipart_parts_checksum_composite
    def test_known_values(self) -> None:
        bodies = [b"a" * 5242881, b"a" * 5242881, b"a" * 10]
        parts = parts_of(bodies, "CRC32")
        assert "4d45984fc3feb2ac9b22683c49674b56-3" == etag_of(each.etag for each in parts)
        begun = upload(algorithm="CRC32", type=ChecksumType.COMPOSITE)
        assert ("CRC32", "5FRUiw==-3", "COMPOSITE") == checksum_of(begun, parts)

    # recorded: TestS3::test_s3_multipart_upload_sse, TestS3SSECEncryption::test_multipart_upload_sse_c
    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            (["1a9f0234d9c670a8c2f8b1ceda267641"], "93a0cb8ec20934211e19adabef9a6407-1"),
            (
                [
                    "cf96b8ba9d9e9e6349399eb3fc08a3f7",
                    "baa1d9ab47364489d4954efe66a37864",
                    "6e7021813aee13e435eeaff924b9160c",
                ],
                "2d296eb6540ecd21430c385336c5dc9c-3",
            ),
        ],
    )
    def test_opaque_etags_are_taken_as_they_are(self, parts: list[str], expected: str) -> None:
        assert expected == etag_of(parts)


class TestReadingByParts:
    """The parts of an object cover it, one after the other."""

    @given(bodies)
    def test_parts_are_the_object(self, bodies: list[bytes]) -> None:
        whole = version(*parts_of(bodies))
        spans = [uploads.span_of(whole, each.number) for each in whole.parts]
        read = [bytes(whole.body[span.start : span.stop]) for span in spans]
        assert bodies == read

    def test_part_that_is_not_there(self) -> None:
        with pytest.raises(InvalidPartNumber) as told:
            uploads.span_of(version(part(1, b"x"), part(3, b"y")), 2)
        assert {"ActualPartCount": 2, "PartNumberRequested": 2} == told.value.members


class TestList:
    """A list of parts is taken as a whole or not at all."""

    @given(st.lists(st.integers(1, 20), min_size=1, max_size=6))
    def test_numbers_must_ascend(self, numbers: list[int]) -> None:
        listed = [ListedPart(number, "", {}) for number in numbers]
        if sorted(set(numbers)) == numbers:
            uploads.check_listed(upload(), listed)
        else:
            with pytest.raises(InvalidPartOrder):
                uploads.check_listed(upload(), listed)

    def test_unlisted_parts_are_left_behind(self) -> None:
        parts = parts_of([b"abc"] * 3)
        listed = [ListedPart(each.number, each.etag, {}) for each in parts[::2]]
        assert parts[::2] == choose_parts(upload(*parts), listed, smallest=3)

    def test_all_but_the_last_have_a_smallest_size(self) -> None:
        parts = parts_of([b"abc", b"ab", b""])
        listed = [ListedPart(each.number, each.etag, {}) for each in parts]
        assert parts[:2] == choose_parts(upload(*parts), listed[:2], smallest=3)
        with pytest.raises(EntityTooSmall) as told:
            choose_parts(upload(*parts), listed, smallest=3)
        assert {"PartNumber": 2, "ProposedSize": 2, "MinSizeAllowed": 3, "ETag": parts[1].etag} == told.value.members

    def test_missing_part_is_found_before_a_small_one(self) -> None:
        small = part(1, b"x")
        with pytest.raises(InvalidPart):
            choose_parts(upload(small), [ListedPart(1, small.etag, {}), ListedPart(2, small.etag, {})], smallest=2)

    @given(bodies)
    def test_list_an_object_was_completed_with_is_known_again(self, bodies: list[bytes]) -> None:
        parts = parts_of(bodies)
        listed = [ListedPart(each.number, each.etag, {}) for each in parts]
        assert uploads.is_repetition(version(*parts), listed)
        assert not uploads.is_repetition(version(*parts), [*listed[:-1], listed[-1]._replace(etag="x")])
        assert not uploads.is_repetition(version(*parts), [*listed[:-1], listed[-1]._replace(number=99)])


class TestUndisturbed:
    """A conditional completion fails when the newest entry of its key is another than when the upload began."""

    def test_same_entry(self) -> None:
        entry = version(part(1, b"x"), sequence=5)
        uploads.check_undisturbed(upload(found=5), entry, "If-Match")
        uploads.check_undisturbed(upload(), None, "If-None-Match")

    @pytest.mark.parametrize(("found", "now"), [(None, 5), (5, None), (4, 5)])
    def test_another_entry(self, found: int | None, now: int | None) -> None:
        entry = None if now is None else version(part(1, b"x"), sequence=now)
        with pytest.raises(ConditionalRequestConflict) as told:
            uploads.check_undisturbed(upload(found=found), entry, "If-Match")
        assert {"Condition": "If-Match", "Key": "key"} == told.value.members


class TestPartNumber:
    """A part number is an integer between 1 and 10,000."""

    @given(st.integers(1, 10_000))
    def test_numbers(self, number: int) -> None:
        assert number == uploads.parse_part_number(str(number))

    @given(st.one_of(st.integers(max_value=0), st.integers(10_001)).map(str) | st.text(st.characters(codec="utf-8")))
    def test_anything_else(self, text: str) -> None:
        if text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000:
            return
        with pytest.raises(InvalidArgument):
            uploads.parse_part_number(text)


class TestCopyRange:
    """A copy names the first and the last byte of its range, and the source has both."""

    def test_both_ends(self) -> None:
        assert range(2, 6) == uploads.parse_copy_range("bytes=2-5")

    @pytest.mark.parametrize("header", ["bytes=2-", "bytes=-5", "bytes=5-2", "2-5", " bytes=2-5", "bytes=٢-5", ""])
    def test_other_forms(self, header: str) -> None:
        with pytest.raises(InvalidArgument):
            uploads.parse_copy_range(header)

    @given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
    def test_is_never_cut_short(self, first: int, length: int, size: int) -> None:
        wanted = range(first, first + length + 1)
        if wanted.stop <= size:
            uploads.check_copy_range(wanted, size)
        else:
            with pytest.raises(InvalidArgument if first < size else InvalidRequest):
                uploads.check_copy_range(wanted, size)


class TestDeclaration:
    """An upload without a declared checksum gets CRC64NVME; one under a customer's key gets none."""

    def test_declared(self) -> None:
        assert ("CRC32", ChecksumType.COMPOSITE) == uploads.choose_checksum("CRC32", None)
        assert (None, None) == uploads.choose_checksum(None, None)

    def test_type_alone(self) -> None:
        with pytest.raises(InvalidRequest):
            uploads.choose_checksum(None, "COMPOSITE")

    def test_kept(self) -> None:
        assert ("CRC64NVME", "SHA1") == (upload().kept_algorithm, upload(algorithm="SHA1").kept_algorithm)


class TestPages:
    """Pages of uploads, put together, are the whole listing, in order, each upload or common prefix once."""

    keys = st.text(st.sampled_from("ab/"), min_size=1, max_size=4)

    @given(st.lists(keys, max_size=12), st.text(st.sampled_from("ab/"), max_size=2), st.integers(1, 4))
    def test_pages_without_delimiter_are_the_whole(self, keys: list[str], prefix: str, limit: int) -> None:
        places = sorted((key, n) for n, key in enumerate(keys, 1))
        every = OrderedMap.from_sorted((place, upload(key=place[0], sequence=place[1])) for place in places)
        found: list[tuple[str, int]] = []
        after, after_upload = "", None
        while True:
            page = page_of(every, prefix=prefix, after=after, after_upload=after_upload, limit=limit)
            found += [(each.key, each.sequence) for _, each in page.items]
            if not page.is_truncated:
                break
            assert page.closing is not None
            after, after_upload = page.closing.key, page.closing.sequence
        assert [place for place in every if place[0].startswith(prefix)] == found

    @given(st.lists(keys, max_size=12), st.text(st.sampled_from("ab/"), max_size=2), st.integers(1, 4))
    def test_pages_with_delimiter_tell_each_prefix_once(self, keys: list[str], prefix: str, limit: int) -> None:
        places = sorted((key, n) for n, key in enumerate(keys, 1))
        every = OrderedMap.from_sorted((place, upload(key=place[0], sequence=place[1])) for place in places)
        expected: list[Any] = []
        for key, n in places:
            if key.startswith(prefix):
                head, slash, _ = key[len(prefix) :].partition("/")
                group = prefix + head + slash
                expected.append(group if slash else (key, n))
        expected = [each for at, each in enumerate(expected) if expected.index(each) == at]
        found: list[Any] = []
        after, after_upload = "", None
        while True:
            page = page_of(every, prefix=prefix, delimiter="/", after=after, after_upload=after_upload, limit=limit)
            told = [(each.key, each.sequence) for _, each in page.items] + page.prefixes
            found += sorted(told, key=lambda each: each if isinstance(each, str) else each[0])
            if not page.is_truncated:
                break
            # Callers go on from a common prefix by themselves: S3 names no marker after one.
            after = page.prefixes[-1] if page.closing is None else page.closing.key
            after_upload = None if page.closing is None else page.closing.sequence
        assert expected == found
