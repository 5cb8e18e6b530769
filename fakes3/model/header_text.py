"""What can stand in a header, whichever way a text comes to be one.

Headers come as lines of a request, as parameters of a presigned URL, as fields of a form and as overrides of a
response, and they go out with later responses. A line end among them would begin another header there. So one place
decides for all of them. A text of headers has one character for each byte (ISO-8859-1), as HTTP has it.

S3: RFC 9110 sections 5.5 and 5.6.2
"""

from __future__ import annotations

import re

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code != 0x09)


def is_header_name(text: str) -> bool:
    """Whether a text can be the name of a header.

    >>> is_header_name("x-amz-meta-a"), is_header_name("x-amz-meta-a: b"), is_header_name("x-amz-meta-é")
    (True, False, False)
    """
    return _NAME(text) is not None


def is_header_value(text: str) -> bool:
    r"""Whether a text, or several texts joined, can be the value of a header: no line ends, and no other controls.

    >>> is_header_value("a\tb é"), is_header_value("a\r\nb"), is_header_value("漢")
    (True, False, False)
    """
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return len(raw.translate(None, _CONTROLS)) == len(raw)


def to_header_text(text: str) -> str:
    """Return a text as a header carries it: one character for each byte of its UTF-8.

    >>> to_header_text("é") == "\N{LATIN CAPITAL LETTER A WITH TILDE}\N{COPYRIGHT SIGN}"
    True
    """
    return text if text.isascii() else text.encode(errors="surrogatepass").decode("latin-1")
