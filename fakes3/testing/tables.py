"""Rows of text as a table: for a terminal, and for a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

Row = Sequence[str]

LONGEST = 80
"""How many characters of a cell are shown."""


def text_table(head: Row, rows: Iterable[Row]) -> str:
    """Return rows as lines of columns, below their head. Columns of numbers are to the right.

    >>> print(text_table(["operation", "bytes"], [["PutObject", "4"], ["GetObject", "120"]]))
    operation  bytes
    PutObject      4
    GetObject    120
    """
    lines = [[shorten(cell) for cell in row] for row in (head, *rows)]
    columns = list(zip(*lines, strict=True))
    widths = [max(map(len, column)) for column in columns]
    is_number = [all(not cell or cell.isdigit() for cell in column[1:]) for column in columns]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in lines
    )


def html_table(head: Row, rows: Iterable[Row]) -> str:
    """Return rows as a table of HTML."""
    lines = ["".join(f"<td>{escape(shorten(cell))}</td>" for cell in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>{body}</table>"


def html_text(text: str) -> str:
    """Return lines of text as HTML that keeps their columns."""
    return f"<pre>{escape(text)}</pre>"


def shorten(text: str) -> str:
    """Return a text of at most `LONGEST` characters, with its beginning and its end.

    >>> shorten("x" * 500) == "x" * 39 + "..." + "x" * 38
    True
    """
    if len(text) <= LONGEST:
        return text
    half = (LONGEST - 3) // 2
    return f"{text[: LONGEST - 3 - half]}...{text[-half:]}"
