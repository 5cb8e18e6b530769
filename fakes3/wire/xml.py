"""XML in and out: parsing with xmltodict, writing by hand.

White space inside an element is kept, because a key may begin with a space. A document with a document type is refused
before anything in it is read, so no entity is ever expanded. Elements nested deeper than in any document of S3's are
refused too. Documents are UTF-8, and one that declares another encoding is refused.
"""

from __future__ import annotations

import re
from typing import Any

from fakes3.model.errors import MalformedXML

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

DEEPEST = 32
"""How deep elements may be nested. S3's own documents go to nine."""

Tree = dict[str, Any]
"""An element: its children by name (a list where there are several), its text as "#text", attributes as "@name"."""


def parse_xml(document: bytes) -> tuple[str, Tree | str | None]:
    """Return the name of a document's root element, without its namespace prefix, and the content of that element.

    Raises: MalformedXML for what is not well-formed, is not UTF-8, has a document type, or is nested too deep.
    """
    from xml.parsers.expat import ExpatError

    import xmltodict

    _check_harmless(document)
    try:
        tree = xmltodict.parse(document, encoding="utf-8", strip_whitespace=False, postprocessor=_without_prefix)
    except (ExpatError, ValueError, LookupError):
        raise MalformedXML from None
    ((root, content),) = tree.items()
    return root, content


def _without_prefix(_path: Any, name: str, value: Any) -> tuple[str, Any]:
    return (name if name.startswith("@") else name.rpartition(":")[2]), value


def _check_harmless(document: bytes) -> None:
    """Refuse a document that could do harm: parse it without keeping anything, and stop at the first sign."""
    from xml.parsers.expat import ExpatError, ParserCreate

    parser = ParserCreate("utf-8", " ")  # a separator turns namespaces on, and so refuses undeclared prefixes
    depth = 0

    def down(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise MalformedXML

    def up(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_declared: object) -> None:
        raise MalformedXML

    def check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise MalformedXML

    parser.XmlDeclHandler = check_encoding
    parser.StartElementHandler = down
    parser.EndElementHandler = up
    parser.StartDoctypeDeclHandler = refuse
    if b"\0" in document:  # not allowed in XML, and in every document of UTF-16, which expat would detect
        raise MalformedXML
    try:
        parser.Parse(document, True)
    except (ExpatError, ValueError, LookupError):
        raise MalformedXML from None


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def escape(text: str) -> str:
    """Return a text as the content of an element. Control characters become references, as S3 writes them."""
    if text.isalnum():
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text if text.isprintable() else _CONTROL.sub(lambda match: f"&#x{ord(match.group()):x};", text)
