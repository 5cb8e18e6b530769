"""What tests of the wire ask with: a service, requests built from few words, and values for any shape of the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import strategies as st

from fakes3.operations.registry import Accepted
from fakes3.operations.service import Service
from fakes3.wire.table import Member, Operation, Shape

from ..ask import Ask


@pytest.fixture
def ask() -> Ask:
    """A fresh S3, empty; requests are signed by a key whose secret is not known."""
    return Ask(Service(), "AKIDEXAMPLE")


@pytest.fixture
def stocked(ask) -> Ask:
    """An S3 with the bucket `bucket`, in which the object `key` holds `hello`."""
    assert 200 == ask("PUT", "/bucket").status
    assert 200 == ask("PUT", "/bucket/key", body=b"hello").status
    ask.service.calls.clear()
    return ask


@pytest.fixture
def presigned(stocked) -> Callable[..., str]:
    """Turns a target and parameters into one that is presigned by a key whose secret nobody knows."""

    def presign(target: str, **parameters: str) -> str:
        now = stocked.service.clock.now()
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"AKIDEXAMPLE/{now:%Y%m%d}/us-east-1/s3/aws4_request",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": "900",
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Signature": "0",
        }
        added = query | {name.replace("_", "-"): value for name, value in parameters.items()}
        return f"{target}{'&' if '?' in target else '?'}{urlencode(added)}"

    return presign


class Untouchable:
    """A body that nobody may read."""

    def __iter__(self) -> Any:
        raise AssertionError("the body was read")


@pytest.fixture
def untouchable() -> Untouchable:
    return Untouchable()


# ---- values for shapes ----

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
# What XML 1.0 can hold. A carriage return is held as a reference; alone it would be read as a line feed.
XML_TEXT = st.text(
    st.one_of(
        st.sampled_from("&<>\"' \t\n\r\x7f\x85\u2028é漢😀/+%]"),
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    ),
    max_size=12,
)
HEADER_TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=","), min_size=1)
TextOf = Callable[[str], st.SearchStrategy[str]]


def in_place(location: str) -> st.SearchStrategy[str]:
    """Texts that a place on the wire can hold."""
    return HEADER_TEXT if location else XML_TEXT


def values(shape: Shape, location: str = "", text: TextOf = in_place) -> st.SearchStrategy[Any]:
    """Values of any shape; of structures, any subset of the members that are not required."""
    if shape.type == "structure":
        required = {name: each for name, each in shape.members.items() if name in shape.required}
        return st.fixed_dictionaries(
            {name: of_member(each, text) for name, each in required.items()},
            optional={name: of_member(each, text) for name, each in shape.members.items() if name not in required},
        )
    if shape.type == "list":
        return st.lists(values(shape.member.shape, location, text), min_size=1, max_size=3)
    if shape.type == "map":
        return st.dictionaries(st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True), HEADER_TEXT, min_size=1, max_size=3)
    if shape.type == "timestamp":
        return MOMENTS
    if shape.type == "boolean":
        return st.booleans()
    if shape.type in {"integer", "long"}:
        return st.integers(0, 2**31 - 1)
    if shape.type == "blob":
        return st.binary(max_size=20)
    return st.sampled_from(shape.enum) if shape.enum else text(location)


def of_member(member: Member, text: TextOf = in_place) -> st.SearchStrategy[Any]:
    return values(member.shape, member.location, text)


SCALARS = {"timestamp": MOMENT, "boolean": True, "integer": 7, "long": 7, "blob": b"bytes", "map": {"colour": "red"}}


def full(shape: Shape, *, required_only: bool = False, text: str = "text") -> Any:
    """One value of a shape, with every member it can have or only with those it must have."""
    if shape.type == "structure":
        return {
            name: full(each.shape, required_only=required_only, text=text)
            for name, each in shape.members.items()
            if name in shape.required or not required_only
        }
    if shape.type == "list":
        return [full(shape.member.shape, required_only=required_only, text=text)]
    return SCALARS[shape.type] if shape.type in SCALARS else shape.enum[0] if shape.enum else text


def every(shape: Shape) -> Accepted:
    """An operation's `accepts` that takes every member there is, at any depth."""
    if shape.type == "list":
        return every(shape.member.shape)
    return {name: every(each.shape) for name, each in shape.members.items()}


def element(name: str, value: Any, member: Member) -> str:
    """A value as the XML a client sends; simple, and independent of the writer."""
    shape = member.shape
    if shape.type == "list":
        inner = shape.member
        if member.flattened:
            return "".join(element(name, each, inner) for each in value)
        return f"<{name}>{''.join(element(inner.wire_name, each, inner) for each in value)}</{name}>"
    if shape.type != "structure":
        return f"<{name}>{_text(value)}</{name}>"
    sent = [(each, value[key]) for key, each in shape.members.items() if key in value]
    attributes = "".join(f' {each.wire_name}="{inner}"' for each, inner in sent if each.is_attribute)
    if attributes:
        attributes += ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    inside = "".join(element(each.wire_name, inner, each) for each, inner in sent if not each.is_attribute)
    return f"<{name}{attributes}>{inside}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub("\r", "&#13;", text)


class Shapes:
    """Values for the shapes of the table."""

    full = staticmethod(full)
    values = staticmethod(values)
    every = staticmethod(every)
    element = staticmethod(element)
    xml_text = XML_TEXT


@pytest.fixture(scope="session")
def shapes() -> Shapes:
    return Shapes()


@dataclass
class Question:
    """A request for an operation, as the table says it is asked."""

    method: str
    path: str
    query: dict[str, str | None]
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        query = "&".join(name if value is None else f"{name}={value}" for name, value in self.query.items())
        return f"{self.path}?{query}" if query else self.path


@pytest.fixture(scope="session")
def question() -> Callable[[Operation], Question]:
    """Builds the least request for an operation: its method, path, fixed query and required members."""

    def build(operation: Operation) -> Question:
        path = {"service": "/", "bucket": "/bucket", "key": "/bucket/key"}[operation.level]
        asked = Question(operation.method, path, dict(operation.query), {}, b"")
        shape = operation.input
        if shape is None:
            return asked
        for name in shape.required:
            member = shape.members[name]
            value = full(member.shape, required_only=True)
            if member.location == "querystring":
                asked.query[member.wire_name] = _text(value)
            elif member.location == "header":
                asked.headers[member.wire_name] = ",".join(value) if isinstance(value, list) else _text(value)
            elif name == shape.payload and member.shape.type == "structure":
                asked.body = element(member.wire_name, value, member).encode()
        return asked

    return build
