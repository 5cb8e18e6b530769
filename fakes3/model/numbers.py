"""Numbers that callers write as text, which may be of any length."""

from __future__ import annotations

_MOST_DIGITS = 19

LARGEST = 10**_MOST_DIGITS
"""What stands for every number of 20 digits or more. No size, count or time of S3 is as large."""


def read_int(text: str | None, *, signed: bool = False) -> int | None:
    """Return the number that a text writes in ASCII digits; None for no text and for any other.

    A number beyond `LARGEST` is read as `LARGEST`: Python takes long for thousands of digits, and refuses more.

    Args:
        text: The text, without white space.
        signed: Whether it may begin with a sign.

    >>> read_int("007"), read_int("9" * 5000) == LARGEST, read_int("-1"), read_int("-1", signed=True)
    (7, True, None, -1)
    """
    if text is None:
        return None
    if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit():
        return int(text)  # as nearly all are
    has_sign = signed and text.startswith(("+", "-"))
    digits = text[1:] if has_sign else text
    if not (digits.isascii() and digits.isdigit()):
        return None
    digits = digits.lstrip("0")
    size = int(digits or "0") if len(digits) <= _MOST_DIGITS else LARGEST
    return -size if has_sign and text.startswith("-") else size
