"""User metadata: names and values that a client attaches to an object, and how HTTP headers carry them.

Headers carry ASCII. Other text travels as an RFC 2047 encoded word in both directions, and in requests also as bytes of
UTF-8.

S3: userguide/UsingMetadata.html#UserMetadata
"""

from __future__ import annotations

import re
from base64 import b64encode
from codecs import lookup
from collections.abc import Iterable, Mapping
from email.errors import HeaderParseError
from email.header import decode_header

from fakes3.model.errors import InvalidRedirectLocation, MetadataTooLarge
from fakes3.model.versions import Pairs

MOST_BYTES = 2048
"""The most bytes of UTF-8 that all names (without their prefix) and values of one object have together."""

LONGEST_REDIRECT = 2048
"""The most characters of a website redirect location."""

_SAFE_IN_WORD = frozenset(range(0x21, 0x7F)) - frozenset(b"=?_")
"""The bytes that S3 leaves as they are in an encoded word. RFC 2047 allows fewer, and not `%` or `"`."""
# recorded: TestS3PresignedUrl::test_put_unicode_metadata_with_sig_s3


class Verbatim(str):
    """A value that is kept as it is: one that no header has carried, but a browser's form."""

    __slots__ = ()


def parse_metadata(metadata: Mapping[str, str]) -> Pairs:
    """Return the metadata of a request as S3 keeps it: names in lower case, values trimmed and decoded."""
    return tuple((name.lower(), _decode(value)) for name, value in metadata.items())


def check_size(metadata: Pairs) -> None:
    """Refuse more than 2 KB of metadata, counted in bytes of UTF-8."""
    if not metadata:
        return
    size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata)
    if size > MOST_BYTES:
        raise MetadataTooLarge(Size=size, MaxSizeAllowed=MOST_BYTES)


def encode_value(value: str) -> str:
    """Return a value as a response header carries it: as it is, or as an RFC 2047 encoded word."""
    if value.isascii() and value.isprintable():
        return value
    raw = value.encode()
    if not value.isprintable() or "\N{REPLACEMENT CHARACTER}" in value:
        return f"=?UTF-8?B?{b64encode(raw).decode()}?="
    word = "".join("_" if byte == 0x20 else chr(byte) if byte in _SAFE_IN_WORD else f"={byte:02X}" for byte in raw)
    return f"=?UTF-8?Q?{word}?="


AWS_CHUNKED = "aws-chunked"
"""The coding of a body in chunks."""


def remove_aws_chunked(headers: Iterable[tuple[str, str]]) -> Pairs:
    """Return system metadata without the `aws-chunked` coding, which belongs to the transfer and not to the object.

    S3: API/sigv4-streaming.html
    """
    kept = []
    for name, value in headers:
        if name == "ContentEncoding" and AWS_CHUNKED in value:
            codings = [each.strip() for each in value.split(",")]
            value = ",".join(each for each in codings if each and each != AWS_CHUNKED)
            if not value:
                continue
        kept.append((name, value))
    return tuple(kept)


def check_redirect(location: str) -> None:
    """Refuse a website redirect that leads neither to another object of the bucket nor to a web address.

    S3: userguide/how-to-page-redirect.html
    """
    if not location.startswith(("/", "http://", "https://")):
        raise InvalidRedirectLocation
    if len(location) > LONGEST_REDIRECT:
        text = f"The length of website redirect location cannot exceed {LONGEST_REDIRECT:,} characters."
        raise InvalidRedirectLocation(text)


def _decode(value: str) -> str:
    """Return a value trimmed and without encoded words. What cannot be decoded of their bytes becomes U+FFFD."""
    if isinstance(value, Verbatim):
        return str(value)
    value = value.strip(" \t")  # not what Python takes for a blank: "à" ends in the byte of a no-break space
    if "=?" in value:
        try:
            words = decode_header(_BASE64_WORD.sub(_mend_base64, value))
            return "".join(word if isinstance(word, str) else _decode_word(word, code) for word, code in words)
        except (HeaderParseError, LookupError, ValueError):
            return value
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"})
"""Codecs of Python that no charset of S3's platform is, and of which some make texts that have no UTF-8."""


def _decode_word(word: bytes, charset: str | None) -> str:
    """Return the text of an encoded word. Raises: LookupError or ValueError, for what is no charset."""
    codec = lookup(charset or "ascii")
    if codec.name in _NO_CHARSETS:
        raise LookupError(charset)
    text = word.decode(codec.name, "replace")
    text.encode()
    return text


_BASE64_WORD = re.compile(r"(=\?[^?]*\?[Bb]\?)(.*?)(\?=)")
_NOT_BASE64 = re.compile("[^A-Za-z0-9+/]")


def _mend_base64(word: re.Match[str]) -> str:
    """Return an encoded word without what is wrong in its Base64: other characters, and a last one that is no byte."""
    begin, text, end = word.groups()
    kept = _NOT_BASE64.sub("", text.partition("=")[0])
    return begin + (kept[:-1] if len(kept) % 4 == 1 else kept) + end
