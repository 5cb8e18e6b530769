"""Cuts a statement of S3 Select into tokens.

S3: userguide/s3-select-sql-reference-keyword-list.html
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from fakes3.model.numbers import read_int
from fakes3.model.select_errors import IntegerOverflow, LexerInvalidChar, LexerInvalidIONLiteral
from fakes3.model.select_timestamps import parse_timestamp
from fakes3.model.select_values import Value, check_int, read_decimal

Kind = Literal["keyword", "name", "quoted", "value", "sign", "end"]

_RESERVED = """
absolute action add all allocate alter and any are as asc assertion at authorization avg bag begin between bit
bit_length blob bool boolean both by cascade cascaded case cast catalog char char_length character character_length
check clob close coalesce collate collation column commit connect connection constraint constraints continue convert
corresponding count create cross current current_date current_time current_timestamp current_user cursor date day
deallocate dec decimal declare default deferrable deferred delete desc describe descriptor diagnostics disconnect
distinct domain double drop else end end-exec escape except exception exec execute exists external extract false fetch
first float for foreign found from full get global go goto grant group having hour identity immediate in indicator
initially inner input insensitive insert int integer intersect interval into is isolation join key language last
leading left level like limit list local lower match max min minute missing module month names national natural nchar
next no not null nullif numeric octet_length of on only open option or order outer output overlaps pad partial pivot
position precision prepare preserve primary prior privileges procedure public read real references relative restrict
revoke right rollback rows schema scroll second section select session session_user set sexp size smallint some space
sql sqlcode sqlerror sqlstate string struct substring sum symbol system_user table temporary then time timestamp
timezone_hour timezone_minute to trailing transaction translate translation trim true tuple union unique unknown
unpivot update upper usage user using value values varchar varying view when whenever where with work write year zone
"""

RESERVED = frozenset(_RESERVED.split())
"""Words that name a column only in double quotation marks."""

_VALUES: dict[str, Value] = {"true": True, "false": False}

_TOKENS = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<ion>`[^`]*`)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<sign><=|>=|<>|!=|[-+*/%=<>(),.;\[\]])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A token: a keyword in lower case, a name, a value, or a sign."""

    kind: Kind
    text: str
    value: Value = None


END = Token("end", "")


def cut(statement: str) -> list[Token]:
    """Return the tokens of a statement, with `END` after them.

    Raises: LexerInvalidChar, LexerInvalidIONLiteral, IntegerOverflow.
    """
    tokens = []
    position = 0
    while position < len(statement):
        found = _TOKENS.match(statement, position)
        if found is None:
            raise LexerInvalidChar
        position = found.end()
        kind, text = str(found.lastgroup), found[0]
        if kind != "space":
            tokens.append(_make_token(kind, text))
    return [*tokens, END]


def _read_number(text: str) -> Value:
    whole = read_int(text)
    if whole is not None:
        return check_int(whole)
    try:
        return read_decimal(text)
    except ValueError:
        raise IntegerOverflow from None


def _make_token(kind: str, text: str) -> Token:
    if kind == "word":
        word = text.lower()
        if word in _VALUES:
            return Token("value", text, _VALUES[word])
        return Token("keyword", word) if word in RESERVED else Token("name", text)
    if kind == "number":
        return Token("value", text, _read_number(text))
    if kind == "text":
        return Token("value", text, text[1:-1].replace("''", "'"))
    if kind == "quoted":
        return Token("quoted", text[1:-1].replace('""', '"'))
    if kind == "ion":
        try:
            return Token("value", text, parse_timestamp(text[1:-1].strip()))
        except ValueError:
            raise LexerInvalidIONLiteral from None
    return Token("sign", text)
