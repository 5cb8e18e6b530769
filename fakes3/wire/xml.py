"""XML in and out: parsing with the standard library, writing by hand.

White space inside an element is kept, because a key may begin with a space. A document with a document type is refused
before anything in it is read, so no entity is ever expanded. Documents are UTF-8, and one that declares another
encoding is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from fakes3.model.errors import MalformedXML

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as Element

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

MOST_TAGS = 300_000
"""How many tags a document may have. That of 10,000 parts with all of their checksums has fewer."""

_DECLARED_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]*)""")


def parse_xml(document: bytes) -> Element:
    """Return the root element of a document. Names of elements begin with their namespace in braces.

    Raises: MalformedXML for what is not well-formed, is not UTF-8, has a document type, or has too many tags.
    """
    from xml.etree.ElementTree import ParseError, XMLParser

    # NUL is in every document of UTF-16, which expat would detect. Counting costs nothing; elements cost memory.
    if b"\0" in document or document.count(b"<") > MOST_TAGS:
        raise MalformedXML
    declared = _DECLARED_ENCODING.match(document)
    if declared is not None and declared[1].lower() != b"utf-8":
        raise MalformedXML
    if b"<!DOCTYPE" in document:
        _check_no_doctype(document)
    parser = XMLParser(encoding="utf-8")
    try:
        parser.feed(document)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError):
        raise MalformedXML from None
    return root


@lru_cache(maxsize=1024)  # a document has few names, and thousands of elements
def local_name(tag: str) -> str:
    """Return the name of an element without its namespace, which makes no difference to S3."""
    return tag.rpartition("}")[2]


def _check_no_doctype(document: bytes) -> None:
    """Refuse a document type, and stop where it begins. A comment or a CDATA section may have its letters."""
    from xml.parsers.expat import ExpatError, ParserCreate

    def refuse(*_declared: object) -> None:
        raise MalformedXML

    parser = ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except (ExpatError, ValueError, LookupError):
        raise MalformedXML from None


_CONTROL = "[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]"  # compiled at first use: few texts have any


def escape(text: str) -> str:
    """Return a text as the content of an element. Control characters become references, as S3 writes them."""
    if text.isalnum() or text.isidentifier():
        return text  # as most names are
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text if text.isprintable() else re.sub(_CONTROL, lambda match: f"&#x{ord(match.group()):x};", text)
