"""The checksums S3 keeps beside an object. S3: userguide/checking-object-integrity.html"""

import base64
import functools
import hashlib
import subprocess
import sys
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model import checksums
from fakes3.model.checksums import ALGORITHMS, ChecksumType, SlowChecksumWarning
from fakes3.model.errors import NotImplemented_

CRCS = ["CRC32", "CRC32C", "CRC64NVME"]
REMEDY = 'pip install "fakes3[checksums]"'


def forget_libraries() -> None:
    for cached in (checksums._crc, checksums._combiner, checksums._xxhash):
        cached.cache_clear()


@pytest.fixture
def without_libraries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where neither awscrt nor xxhash is installed, and nothing was hashed yet."""
    for name in ("awscrt", "awscrt.checksums", "xxhash"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr(checksums, "_slow_bytes", 0)
    forget_libraries()
    yield
    forget_libraries()


class TestTable:
    """S3 knows ten algorithms; which checksum types an upload may choose depends on the algorithm."""

    def test_order_is_that_of_s3s_error_texts(self):
        assert [
            *("CRC32", "CRC32C", "CRC64NVME", "MD5", "SHA1", "SHA256", "SHA512"),
            *("XXHASH128", "XXHASH3", "XXHASH64"),
        ] == list(ALGORITHMS)

    def test_sizes(self):
        assert {
            **{"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "MD5": 16, "SHA1": 20, "SHA256": 32, "SHA512": 64},
            **{"XXHASH128": 16, "XXHASH3": 8, "XXHASH64": 8},
        } == {name: algorithm.size for name, algorithm in ALGORITHMS.items()}

    @pytest.mark.parametrize("name", ALGORITHMS)
    def test_digest_has_the_size_of_the_table(self, name):
        assert ALGORITHMS[name].size == len(checksums.digest_of(name, [b"hello"]))

    def test_headers(self):
        assert "x-amz-checksum-crc64nvme" == ALGORITHMS["CRC64NVME"].header

    @pytest.mark.parametrize("name", ["CRC32", "CRC32C"])
    def test_crcs_of_32_bits_are_composite_unless_asked_otherwise(self, name):
        assert (ChecksumType.COMPOSITE, ChecksumType.FULL_OBJECT) == ALGORITHMS[name].types
        assert ChecksumType.COMPOSITE == ALGORITHMS[name].default_type

    def test_crc64nvme_is_of_the_full_object_only(self):
        assert (ChecksumType.FULL_OBJECT,) == ALGORITHMS["CRC64NVME"].types

    @pytest.mark.parametrize("name", sorted(set(ALGORITHMS) - set(CRCS)))
    def test_hashes_are_composite_only(self, name):
        assert (ChecksumType.COMPOSITE,) == ALGORITHMS[name].types

    def test_types_are_spelled_as_on_the_wire(self):
        assert ["COMPOSITE", "FULL_OBJECT"] == [str(each) for each in ChecksumType]


class TestVectors:
    @pytest.mark.parametrize(
        ("name", "data", "expected"),
        [
            ("CRC32", b"", "AAAAAA=="),
            ("CRC32C", b"", "AAAAAA=="),
            ("CRC64NVME", b"", "AAAAAAAAAAA="),
            ("SHA1", b"", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
            ("SHA256", b"", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
            ("MD5", b"", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            ("XXHASH64", b"", "70bbN1HY6Zk="),
            ("CRC32", b"hello", "NhCmhg=="),
            ("CRC64NVME", b"hello", "M3eFcAZSQlc="),
            ("CRC64NVME", b"hello world", "jSnVw/bqjr4="),
            ("SHA1", b"hello", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ],
    )
    def test_recorded(self, name, data, expected):
        assert expected == checksums.encode(checksums.digest_of(name, [data]))

    @pytest.mark.parametrize(
        ("name", "data", "expected"),
        [
            ("CRC32", b"123456789", "cbf43926"),
            ("CRC32C", b"123456789", "e3069283"),
            ("CRC64NVME", b"123456789", "ae8b14860a799888"),
            ("XXHASH3", b"", "2d06800538d394c2"),
            ("XXHASH128", b"", "99aa06d3014798d86001c324468d497f"),
        ],
    )
    def test_published(self, name, data, expected):
        assert expected == checksums.digest_of(name, [data]).hex()

    @pytest.mark.parametrize("name", CRCS)
    def test_pure_python_gives_the_same(self, name, without_libraries):
        expected = {"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888"}[name]
        assert expected == checksums.digest_of(name, [b"123456789"]).hex()
        assert expected == f"{checksums._crc_in_python(name)(b'123456789', 0):0{len(expected)}x}"


class TestHashing:
    @given(st.lists(st.binary(max_size=300)), st.sampled_from(list(ALGORITHMS)))
    def test_cuts_make_no_difference(self, pieces, name):
        assert checksums.digest_of(name, [b"".join(pieces)]) == checksums.digest_of(name, pieces)

    @given(st.binary(max_size=300), st.sampled_from(list(ALGORITHMS)))
    def test_memoryviews_are_data_too(self, data, name):
        assert checksums.digest_of(name, [data]) == checksums.digest_of(name, [memoryview(data)])

    @given(st.lists(st.binary(max_size=300)), st.sampled_from(CRCS))
    def test_pure_python_equals_native(self, pieces, name):
        in_python = functools.reduce(lambda value, piece: checksums._crc_in_python(name)(piece, value), pieces, 0)
        assert checksums.digest_of(name, pieces) == in_python.to_bytes(ALGORITHMS[name].size, "big")

    def test_digest_may_be_asked_for_on_the_way(self):
        hasher = checksums.new("CRC32")
        hasher.update(b"hel")
        hasher.digest()
        hasher.update(b"lo")
        assert "NhCmhg==" == checksums.encode(hasher.digest())


class TestLibraries:
    def test_are_not_imported_before_they_are_needed(self):
        script = (
            "import sys, fakes3.model.checksums as c\n"
            "c.digest_of('CRC32', [b'x']), c.digest_of('SHA256', [b'x'])\n"
            "print(sorted({'awscrt', 'xxhash'} & set(sys.modules)))"
        )
        found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert "[]\n" == found.stdout

    @pytest.mark.parametrize("name", ["XXHASH64", "XXHASH3", "XXHASH128"])
    def test_missing_xxhash_is_told_with_the_remedy(self, name, without_libraries):
        with pytest.raises(NotImplemented_) as told:
            checksums.new(name)
        text = f"fakes3 needs the package xxhash for S3's {name} checksum, and it is not installed."
        remedy = 'Install it: pip install "fakes3[checksums]"'
        assert (501, f"{text} {remedy}") == (told.value.status, told.value.message)
        assert {"Header": f"x-amz-checksum-{name.lower()}"} == told.value.members

    def test_missing_awscrt_is_not_worth_a_word_below_8_mib(self, without_libraries, monkeypatch):
        monkeypatch.setattr(checksums, "_slow_bytes", checksums.PURE_PYTHON_ALLOWANCE - 9)
        assert "ae8b14860a799888" == checksums.digest_of("CRC64NVME", [b"123456789"]).hex()

    def test_missing_awscrt_is_told_once_above_8_mib(self, without_libraries, monkeypatch):
        assert 8 * 1024 * 1024 == checksums.PURE_PYTHON_ALLOWANCE
        monkeypatch.setattr(checksums, "_slow_bytes", checksums.PURE_PYTHON_ALLOWANCE - 8)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            for _ in range(3):
                checksums.digest_of("CRC64NVME", [b"123456789"])
        assert [SlowChecksumWarning] == [each.category for each in told]
        assert (
            "S3's CRC64NVME checksum is being computed in pure Python, thousands of times slower than a "
            f"native library does it. Install that library: {REMEDY}"
        ) == str(told[0].message)

    def test_an_awscrt_too_old_to_combine_still_hashes(self, monkeypatch):
        library = type("Old", (), {"crc64nvme": staticmethod(lambda data, before: 7)})
        monkeypatch.setitem(sys.modules, "awscrt.checksums", library)
        forget_libraries()
        try:
            assert bytes([0, 0, 0, 0, 0, 0, 0, 7]) == checksums.digest_of("CRC64NVME", [b"x"])
            assert bytes(8) == checksums.combine("CRC64NVME", [(bytes(8), 3), (bytes(8), 3)])
        finally:
            forget_libraries()


class TestBase64:
    @given(st.binary(max_size=80))
    def test_encodes(self, digest):
        assert base64.b64encode(digest).decode() == checksums.encode(digest)

    @given(st.sampled_from(list(ALGORITHMS)), st.data())
    def test_decodes_what_it_encodes(self, name, data):
        size = ALGORITHMS[name].size
        digest = data.draw(st.binary(min_size=size, max_size=size))
        assert digest == checksums.decode(name, checksums.encode(digest))

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "",
                "=",
                "NhCmhg",
                "NhCmhg=",
                "NhCmhg===",
                "NhCmhg==NhCmhg==",
                "NhCmhg== ",
                " NhCmhg==",
                "NhC\nmhg==",
            ),
            *("NhCmh!==", "NhCmh_==", "NhCmhé==", "AAAA", "AAAAAAAAAAA=", "NhCmhh==", "not=base-64"),
        ],
    )
    def test_refuses_what_is_no_crc32(self, text):
        assert checksums.decode("CRC32", text) is None


class TestCombine:
    """The CRC of a whole follows from the CRCs and lengths of its parts."""

    @given(st.sampled_from(CRCS), st.lists(st.binary(max_size=600), max_size=4))
    def test_is_the_digest_of_the_concatenation(self, name, pieces):
        several = [(checksums.digest_of(name, [each]), len(each)) for each in pieces]
        assert checksums.digest_of(name, pieces) == checksums.combine(name, several)

    @given(st.sampled_from(CRCS), st.data(), st.integers(min_value=1, max_value=50 * 2**40))
    def test_native_equals_pure_python(self, name, data, length):
        values = st.integers(min_value=0, max_value=256 ** ALGORITHMS[name].size - 1)
        first, second = data.draw(values), data.draw(values)
        expected = checksums._combine_in_python(name, first, second, length)
        assert expected == checksums._combiner(name)(first, second, length)

    @pytest.mark.parametrize("name", CRCS)
    def test_works_without_awscrt(self, name, without_libraries):
        a, b = checksums.digest_of(name, [b"hello "]), checksums.digest_of(name, [b"world"])
        assert checksums.digest_of(name, [b"hello world"]) == checksums.combine(name, [(a, 6), (b, 5)])

    @pytest.mark.parametrize("name", CRCS)
    def test_many_parts(self, name):
        parts = [bytes([number]) * 1000 for number in range(128)]
        several = [(checksums.digest_of(name, [part]), len(part)) for part in parts]
        assert checksums.digest_of(name, parts) == checksums.combine(name, several)


class TestComposite:
    """A COMPOSITE checksum is `base64(H(the parts' digests, concatenated))-N`, also for one part."""

    @pytest.mark.parametrize("count", [1, 2, 5])
    def test_sha256(self, count):
        digests = [hashlib.sha256(bytes([number])).digest() for number in range(count)]
        whole = base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode()
        assert f"{whole}-{count}" == checksums.composite("SHA256", iter(digests))

    def test_crc32_is_over_big_endian_bytes(self):
        digests = [checksums.digest_of("CRC32", [b"hello"])] * 2
        whole = checksums.digest_of("CRC32", [b"\x36\x10\xa6\x86\x36\x10\xa6\x86"])
        assert f"{checksums.encode(whole)}-2" == checksums.composite("CRC32", digests)
