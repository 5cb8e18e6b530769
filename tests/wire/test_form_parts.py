"""The parts of a browser's form, in whatever pieces it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from fakes3.model.errors import InvalidArgument, MalformedPOSTRequest
from fakes3.wire.form_parts import Parts
from fakes3.wire.message import Request

from .forms import FILE, TYPE, form, part


def parts_of(body: bytes | Iterable[bytes], length: int | None = None) -> Parts:
    size = len(body) if isinstance(body, bytes) else length
    return Parts(Request("POST", "https", "h", "/b", "", {"content-type": TYPE, "content-length": str(size)}, body))


class TestParts:
    """Its fields come first, then its file."""

    @example(b"", [1])  # werkzeug once took the line break before a boundary that came in two pieces for data
    @example(b"\r", [7])
    @given(st.binary(max_size=200), st.lists(st.integers(1, 60), min_size=1, max_size=20))
    def test_it_may_come_in_any_pieces(self, content, sizes):
        whole = form(part("key", b"k"), part("acl", b"private"), part("file", content, "f"))
        whole += bytes(sum(sizes))

        def pieces() -> Iterator[bytes]:
            at = 0
            while at < len(whole):
                for size in sizes:
                    yield whole[at : at + size]
                    at += size

        parts = parts_of(pieces(), len(whole))
        assert ({"key": "k", "acl": "private"}, "f") == parts.read_fields()
        assert content == b"".join(parts.read_file())

    @given(st.binary(max_size=300))
    def test_any_bytes_are_a_form_or_refused(self, content):
        for body in (content, form(part("key", content), FILE), form(content, FILE)):
            with suppress(MalformedPOSTRequest, InvalidArgument):
                parts = parts_of(body)
                parts.read_fields()
                b"".join(parts.read_file())
