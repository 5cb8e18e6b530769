"""HTTP/1.1 messages for the doors that take the place of a socket: requests are read, and responses are written."""

from __future__ import annotations

import pytest

from fakes3.doors.messages import encode_headers, join_headers, make_request, read_chunks, read_head, write_head
from fakes3.model.bytes_rope import Rope
from fakes3.wire.message import Response


class TestTarget:
    """A path and a query stay as they were sent; of the absolute form, which proxies receive, both are taken."""

    @pytest.mark.parametrize(
        ("target", "path", "query"),
        [
            ("/b/a%2Fb?x=%20", "/b/a%2Fb", "x=%20"),
            ("/b/http://x?y=http://z", "/b/http://x", "y=http://z"),
            ("//b", "//b", ""),
            ("/?acl", "/", "acl"),
            ("?acl", "/", "acl"),
            ("*", "*", ""),
            ("http://s3.amazonaws.com/b/k?acl", "/b/k", "acl"),
            ("http://b.s3.amazonaws.com/?acl", "/", "acl"),
            ("http://b.s3.amazonaws.com?acl", "/", "acl"),
            ("http://b.s3.amazonaws.com?prefix=a/b&x=http://c", "/", "prefix=a/b&x=http://c"),
            ("http://b.s3.amazonaws.com", "/", ""),
            ("http://s3.amazonaws.com//b/../k", "//b/../k", ""),
        ],
    )
    def test_path_and_query(self, target, path, query):
        request = make_request("GET", target, {}, scheme="http", host="s3.amazonaws.com")
        assert (path, query) == (request.path, request.query)

    def test_host_of_the_header_before_that_of_the_connection(self):
        asked = [make_request("GET", "/", each, scheme="https", host="a") for each in ({}, {"host": "b"})]
        assert ["a", "b"] == [request.host for request in asked]


class TestHead:
    def test_is_read(self):
        head = b"PUT /k?acl HTTP/1.1\r\nHost: b.example\r\nX-Amz-Meta-A:\t \xe9 \r\nx-amz-meta-a:2"
        request = read_head(head, scheme="https", host="proxy")
        assert ("PUT", "https", "b.example") == (request.method, request.scheme, request.host)
        assert ("/k", "acl") == (request.path, request.query)
        assert {"host": "b.example", "x-amz-meta-a": "\xe9,2"} == request.headers

    def test_headers_that_are_repeated_are_joined(self):
        pairs = [("X-Amz-Meta-A", " 1"), ("x-amz-meta-a", "2\t"), ("Host", "h")]
        assert {"x-amz-meta-a": "1,2", "host": "h"} == join_headers(pairs)

    def test_is_written(self):
        response = Response(200, {"x-amz-meta-a": "\xe9"}, Rope.of(b"body"))
        assert b"HTTP/1.1 200 OK\r\nx-amz-meta-a: \xe9\r\n\r\n" == write_head(response)
        assert [(b"x-amz-meta-a", b"\xe9")] == encode_headers(response)

    def test_a_status_without_a_phrase(self):
        assert b"HTTP/1.1 299 \r\n\r\n" == write_head(Response(299))


class TestChunks:
    @pytest.mark.parametrize("size", [1, 2, 3, 1000])
    def test_are_joined_wherever_the_pieces_end(self, size):
        body = b"3;name=value\r\nhel\r\nA\r\nlo\r\n, worl\r\n1\r\nd\r\n0\r\nx-trailer: 1\r\n\r\n"
        pieces = [body[start : start + size] for start in range(0, len(body), size)]
        assert b"hello\r\n, world" == b"".join(read_chunks(pieces))

    def test_large_ones_come_in_pieces(self):
        size = 3 * 1024 * 1024 + 1
        lengths = [len(piece) for piece in read_chunks([b"%x\r\n" % size, bytes(size), b"\r\n0\r\n\r\n"])]
        assert (size, 1024 * 1024) == (sum(lengths), max(lengths))
