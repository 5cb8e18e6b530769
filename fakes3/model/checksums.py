"""The checksums that S3 keeps with an object: the algorithms, and how the checksums of parts combine.

Hashing comes from zlib, hashlib, `awscrt` (CRC32C, CRC64NVME) and `xxhash`, each imported at first need. Without
`awscrt`, CRCs are computed here in pure Python, with the same results.

A multipart upload has a checksum of one of two types. FULL_OBJECT is the checksum of the whole body. S3 allows it only
for CRCs, because the CRC of a concatenation follows from the CRCs and lengths of its parts (`combine`). COMPOSITE is
the checksum of the parts' checksums (`composite`).

S3: userguide/checking-object-integrity.html
"""

import binascii
import functools
import hashlib
import importlib
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeAlias, cast

from fakes3.model.errors import InvalidRequest, NotImplemented_

Data: TypeAlias = bytes | memoryview
Crc: TypeAlias = Callable[[Data, int], int]  # (data, CRC of what came before) -> CRC of both, as zlib.crc32

PURE_PYTHON_ALLOWANCE = 8 * 1024 * 1024
"""How many bytes the pure-Python CRCs process before they warn."""


class SlowChecksumWarning(UserWarning):
    """Much data goes through a checksum in pure Python. Installing a native library makes it fast."""


class ChecksumType(StrEnum):
    """What the checksum of a multipart object covers: the parts' checksums, or the whole body."""

    COMPOSITE = "COMPOSITE"
    FULL_OBJECT = "FULL_OBJECT"


class Hasher(Protocol):
    """A checksum that is computed piece by piece, as `new` returns it."""

    def update(self, data: Data, /) -> None: ...

    def digest(self) -> bytes: ...


# ---- CRC arithmetic: a CRC is the remainder of a polynomial over GF(2) ----


class Polynomial(NamedTuple):
    """The polynomial of a reflected CRC that starts from all ones and ends inverted, as all of S3's do.

    A remainder is an integer with the coefficient of x**0 in its highest bit.
    """

    reflected: int
    bits: int

    def times(self, a: int, b: int) -> int:
        """Return the product of two remainders."""
        product, bit = 0, 1 << (self.bits - 1)
        while a:
            if a & bit:
                product ^= b
                a ^= bit
            bit >>= 1
            b = (b >> 1) ^ self.reflected if b & 1 else b >> 1
        return product

    def table(self) -> tuple[int, ...]:
        """Return what each value of the lowest byte changes in the CRC when it is shifted out."""
        return tuple(self.times(byte, 1 << (self.bits - 9)) for byte in range(256))


_POLYNOMIALS = {
    "CRC32": Polynomial(0xEDB88320, 32),
    "CRC32C": Polynomial(0x82F63B78, 32),
    "CRC64NVME": Polynomial(0x9A6C9329AC4BC9B5, 64),
}


@functools.cache
def _squarings(algorithm: str) -> tuple[int, ...]:
    """Return x**1, x**2, x**4, x**8, ...: enough for any number of bits in S3."""
    polynomial = _POLYNOMIALS[algorithm]
    powers = [1 << (polynomial.bits - 2)]
    while len(powers) < 64:
        powers.append(polynomial.times(powers[-1], powers[-1]))
    return tuple(powers)


@functools.lru_cache(maxsize=256)
def _shift(algorithm: str, length: int) -> int:
    """Return x**(8 * length), by which `length` more bytes multiply a CRC. Most parts share one length."""
    polynomial, squarings = _POLYNOMIALS[algorithm], _squarings(algorithm)
    power = 1 << (polynomial.bits - 1)
    for exponent in range(length.bit_length()):
        if length >> exponent & 1:
            power = polynomial.times(squarings[exponent + 3], power)
    return power


def _combine_in_python(algorithm: str, first: int, second: int, second_length: int) -> int:
    return _POLYNOMIALS[algorithm].times(_shift(algorithm, second_length), first) ^ second


@functools.cache
def _crc_in_python(algorithm: str) -> Crc:
    """Return a table-driven CRC. It is slow, about 10 MB per second, and warns once."""
    polynomial = _POLYNOMIALS[algorithm]
    table, ones = polynomial.table(), (1 << polynomial.bits) - 1

    def crc(data: Data, before: int = 0) -> int:
        _count_slow_bytes(algorithm, len(data))
        value = before ^ ones
        for byte in data:
            value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
        return value ^ ones

    return crc


_slow_bytes = 0


def _count_slow_bytes(algorithm: str, length: int) -> None:
    """Warn when the pure-Python CRCs pass their allowance, once in a process."""
    global _slow_bytes
    before, _slow_bytes = _slow_bytes, _slow_bytes + length
    if before <= PURE_PYTHON_ALLOWANCE < _slow_bytes:
        text = (
            f"S3's {algorithm} checksum is being computed in pure Python, thousands of times slower than a "
            'native library does it. Install that library: pip install "fakes3[checksums]"'
        )
        warnings.warn(text, SlowChecksumWarning, stacklevel=2)


# ---- The libraries, imported at first need ----


def _from_awscrt(name: str) -> Callable[..., int] | None:
    """Return a function of `awscrt.checksums`; None if awscrt is absent or too old to have it."""
    try:
        library = importlib.import_module("awscrt.checksums")
    except ImportError:
        return None
    return cast("Callable[..., int] | None", getattr(library, name, None))


@functools.cache
def _crc(algorithm: str) -> Crc:
    if algorithm == "CRC32":
        return zlib.crc32
    return _from_awscrt(algorithm.lower()) or _crc_in_python(algorithm)


@functools.cache
def _combiner(algorithm: str) -> Callable[[int, int, int], int]:
    return _from_awscrt(f"combine_{algorithm.lower()}") or functools.partial(_combine_in_python, algorithm)


@functools.cache
def _xxhash(algorithm: str, function: str) -> Callable[[], Hasher]:
    try:
        library = importlib.import_module("xxhash")
    except ImportError:
        text = (
            f"fakes3 needs the package xxhash for S3's {algorithm} checksum, and it is not installed. "
            'Install it: pip install "fakes3[checksums]"'
        )
        raise NotImplemented_(text, Header=f"x-amz-checksum-{algorithm.lower()}", reason=text) from None
    return cast("Callable[[], Hasher]", getattr(library, function))


class _CrcHasher:
    """A CRC with hashlib's interface. Its digest is big-endian, as S3 sends it."""

    __slots__ = ("_crc", "_size", "_value")

    def __init__(self, crc: Crc, size: int) -> None:
        self._crc, self._size, self._value = crc, size, 0

    def update(self, data: Data, /) -> None:
        self._value = self._crc(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


# ---- The table ----


class Algorithm(NamedTuple):
    """One of S3's checksum algorithms.

    `types` are the checksum types that a multipart upload can have with it. The first is the default.
    """

    name: str
    size: int
    types: tuple[ChecksumType, ...]
    make: Callable[[], Hasher]
    digest: Callable[[Data], bytes]
    """Returns the checksum of a whole body."""

    @property
    def default_type(self) -> ChecksumType:
        """The checksum type of a multipart upload that names none."""
        return self.types[0]

    @property
    def header(self) -> str:
        """The header, and the trailer, that carries it: `x-amz-checksum-crc32`."""
        return f"x-amz-checksum-{self.name.lower()}"


def _table() -> Iterator[Algorithm]:
    composite, full = (ChecksumType.COMPOSITE,), (ChecksumType.FULL_OBJECT,)

    def crc(name: str, types: tuple[ChecksumType, ...]) -> Algorithm:
        size = _POLYNOMIALS[name].bits // 8

        def digest(data: Data) -> bytes:
            return _crc(name)(data, 0).to_bytes(size, "big")

        return Algorithm(name, size, types, lambda: _CrcHasher(_crc(name), size), digest)

    def hashed(name: str, size: int, make: Callable[..., Hasher]) -> Algorithm:
        return Algorithm(name, size, composite, make, lambda data: make(data).digest())

    def xx(name: str, function: str, size: int) -> Algorithm:
        return hashed(name, size, lambda *data: _xxhash(name, function)(*data))

    yield crc("CRC32", composite + full)
    yield crc("CRC32C", composite + full)
    yield crc("CRC64NVME", full)
    # Not for security: otherwise a Python built for FIPS refuses MD5 and SHA-1.
    yield hashed("MD5", 16, functools.partial(hashlib.md5, usedforsecurity=False))
    yield hashed("SHA1", 20, functools.partial(hashlib.sha1, usedforsecurity=False))
    yield hashed("SHA256", 32, hashlib.sha256)
    yield hashed("SHA512", 64, hashlib.sha512)
    yield xx("XXHASH128", "xxh3_128", 16)
    yield xx("XXHASH3", "xxh3_64", 8)
    yield xx("XXHASH64", "xxh64", 8)


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType({each.name: each for each in _table()})
"""Every algorithm by S3's name for it, in the order in which S3's error texts list them."""

DEFAULT_ALGORITHM = "CRC64NVME"
"""The algorithm that S3 uses for an object or a multipart upload without a checksum."""


# ---- Functions for the other modules ----


def new(algorithm: str) -> Hasher:
    """Start a checksum by S3's name for it. Raises: NotImplemented_ if it needs a package that is not installed.

    >>> hasher = new("CRC32")
    >>> hasher.update(b"hel")
    >>> hasher.update(b"lo")
    >>> encode(hasher.digest())
    'NhCmhg=='
    """
    return ALGORITHMS[algorithm].make()


def unsupported_algorithm() -> InvalidRequest:
    """Return the error for an algorithm that S3 does not have."""
    return InvalidRequest(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        f"[{', '.join(sorted(ALGORITHMS))}]"
    )


def digest_of(algorithm: str, pieces: Iterable[Data]) -> bytes:
    """Return the checksum of a body in pieces.

    >>> encode(digest_of("CRC64NVME", [b"hello ", b"world"]))
    'jSnVw/bqjr4='
    """
    hasher = new(algorithm)
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def encode(digest: bytes) -> str:
    """Return a checksum as headers and XML carry it: in Base64."""
    return binascii.b2a_base64(digest, newline=False).decode("ascii")


def decode(algorithm: str, text: str) -> bytes | None:
    r"""Return the checksum in a header; None for text that is not a checksum of this algorithm.

    Only the spelling that `encode` returns is valid. So a caller reads back the same text that it sent.

    >>> decode("CRC32", "NhCmhg==")
    b'6\x10\xa6\x86'
    >>> decode("CRC32", "NhCmhg") is None
    True
    """
    try:
        digest = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return digest if len(digest) == ALGORITHMS[algorithm].size and encode(digest) == text else None


def combine(algorithm: str, pieces: Iterable[tuple[bytes, int]]) -> bytes:
    """Return the CRC of pieces of data together, from the CRC and the length of each, in bytes.

    The algorithm is CRC32, CRC32C or CRC64NVME. Each piece takes time logarithmic in its length.

    >>> hello, world = digest_of("CRC64NVME", [b"hello "]), digest_of("CRC64NVME", [b"world"])
    >>> encode(combine("CRC64NVME", [(hello, len(b"hello ")), (world, len(b"world"))]))
    'jSnVw/bqjr4='
    """
    join, read, whole = _combiner(algorithm), int.from_bytes, 0
    for crc, length in pieces:
        whole = join(whole, read(crc, "big"), length)
    return whole.to_bytes(ALGORITHMS[algorithm].size, "big")


def composite(algorithm: str, part_digests: Iterable[bytes]) -> str:
    """Return the COMPOSITE checksum of an upload: the checksum of its parts' checksums, and the number of parts.

    That of an upload of one part ends in "-1".
    S3: userguide/checking-object-integrity.html
    """
    digests = list(part_digests)
    return f"{encode(digest_of(algorithm, digests))}-{len(digests)}"
