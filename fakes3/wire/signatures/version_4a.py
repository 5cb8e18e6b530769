"""Signatures of version 4 by ECDSA, which are valid in several regions at once.

The client derives a private key on the curve P-256 from its secret, and S3 has the public key. The fake has the secret,
so it derives both. It does the arithmetic itself: the standard library cannot make a public key of a private one. It
verifies and never signs, so the time it takes reveals no secret.

S3: userguide/MultiRegionAccessPointRequests.html, IAM: UserGuide/reference_sigv-signing-elements.html
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256

# The curve P-256: y^2 = x^3 - 3x + b over the integers modulo _P, and a point of order _N on it. FIPS 186-4, D.1.2.3
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

Point = tuple[int, int] | None
"""A point on the curve; None is the one at infinity."""


def is_signature(key_id: str, secret: str, signed: bytes, signature: str) -> bool:
    """Whether a signature (DER in hex) was made of these bytes with the key of this id and secret."""
    pair = _parse_der(signature)
    if pair is None:
        return False
    r, s = pair
    if not (0 < r < _N and 0 < s < _N):
        return False
    inverse = pow(s, -1, _N)
    hashed = int.from_bytes(sha256(signed).digest())
    found = _add(multiply(hashed * inverse % _N, _G), multiply(r * inverse % _N, public_key(key_id, secret)))
    return found is not None and found[0] % _N == r


@lru_cache(maxsize=64)
def public_key(key_id: str, secret: str) -> Point:
    """Return the public key of an access key: a point on the curve."""
    return multiply(private_key(key_id, secret), _G)


def private_key(key_id: str, secret: str) -> int:
    """Return the private key of an access key: the first candidate that is a number of the curve."""
    counter = 0
    candidate = _N
    while candidate > _N - 2:
        counter += 1
        label = b"\0\0\0\1AWS4-ECDSA-P256-SHA256\0" + key_id.encode() + bytes([counter]) + b"\0\0\1\0"
        candidate = int.from_bytes(hmac.digest(f"AWS4A{secret}".encode(), label, "sha256"))
    return candidate + 1


def multiply(number: int, point: Point) -> Point:
    """Return a point added to itself `number` times."""
    total: Point = None
    while number:
        if number & 1:
            total = _add(total, point)
        point = _add(point, point)
        number >>= 1
    return total


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2:
        if y1 != y2:
            return None
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _parse_der(signature: str) -> tuple[int, int] | None:
    """Return the two numbers of a signature; None for any other text."""
    try:
        rest = bytes.fromhex(signature)
    except ValueError:
        return None
    if rest[:1] != b"\x30" or len(rest) < 2 or rest[1] != len(rest) - 2:
        return None
    rest = rest[2:]
    numbers = []
    while len(rest) > 1 and rest[0] == 2 and len(rest) >= 2 + rest[1]:
        numbers.append(int.from_bytes(rest[2 : 2 + rest[1]]))
        rest = rest[2 + rest[1] :]
    return (numbers[0], numbers[1]) if len(numbers) == 2 and not rest else None
