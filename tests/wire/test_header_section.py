"""What comes before the body is limited, and can only be what HTTP lets headers be."""

from __future__ import annotations

import pytest

from fakes3.model.errors import BadRequest
from fakes3.wire.header_section import MOST_BYTES, check_names, check_values

ODD_VALUES = ["a\nb", "a\rb", "a\r\nb", "a\r\n b", "\x00", "a\x0bb", "\x7f", "漢"]


class TestLength:
    """S3: API/ErrorResponses.html: "The request header and query parameters [...] exceed the maximum allowed size." """

    def length(self, target: str, headers: dict[str, str]) -> int:
        return len(target.replace("?", "")) + sum(len(name) + len(value) + 4 for name, value in headers.items())

    @pytest.mark.parametrize("more", [0, 1])
    def test_the_target_counts_beside_the_headers(self, stocked, more):
        target = "/bucket/" + "k" * 1000 + "?prefix="
        headers = {"host": "s3.us-east-1.amazonaws.com", "authorization": None}
        used = self.length(target, {"host": headers["host"] or ""})
        answer = stocked("GET", target + "p" * (MOST_BYTES - used + more), headers)
        if more:
            text = "Your request header section exceeds the maximum allowed size."
            assert (400, "RequestHeaderSectionTooLarge", text, {"MaxSizeAllowed": "8192"}) == answer.refusal
        else:
            assert "AccessDenied" == answer.code

    @pytest.mark.parametrize("place", ["/bucket/{}", "/bucket?prefix={}", "/{}", "/?{}"])
    def test_a_target_of_many_megabytes_is_not_parsed(self, stocked, place):
        assert "RequestHeaderSectionTooLarge" == stocked("GET", place.format("%41" * 10_000_000)).code


class TestLines:
    """A header that HTTP does not have is a request that cannot be parsed."""

    @pytest.mark.parametrize("value", ODD_VALUES)
    @pytest.mark.parametrize("name", ["x-amz-meta-a", "content-type", "user-agent"])
    def test_values(self, stocked, name, value):
        answer = stocked("PUT", "/bucket/key", {name: value}, b"other")
        assert (400, "BadRequest", "An error occurred when parsing the HTTP request.", {}) == answer.refusal
        assert b"hello" == stocked("GET", "/bucket/key").body

    @pytest.mark.parametrize("name", ["x-amz-meta-a b", "x-amz-meta-é", "x-amz-meta-a\n", "x-amz-meta-(a)", ""])
    def test_names(self, stocked, name):
        assert "BadRequest" == stocked("PUT", "/bucket/key", {name: "value"}, b"other").code
        assert b"hello" == stocked("GET", "/bucket/key").body

    def test_the_reason_names_the_header(self, stocked):
        reasons = [
            stocked("PUT", "/bucket/key", headers).headers["x-fakes3-reason"]
            for headers in ({"x-amz-meta-a": "a\nb"}, {"x-amz-meta-a\x00": "b"})
        ]
        assert reasons[0].startswith("the value of x-amz-meta-a has a line end")
        assert reasons[1].startswith(r"'x-amz-meta-a\x00' cannot be the name of a header")


class TestParametersOfAQuery:
    """What a presigned URL carries as headers comes back as headers, so it can only be what they can be."""

    @pytest.mark.parametrize("value", ["a%0Ab", "a%0D%0Ax-amz-meta-b:c", "%00", "a%0D%0A%20b"])
    @pytest.mark.parametrize("name", ["Content-Type", "Cache-Control", "x-amz-meta-a"])
    def test_values(self, stocked, presigned, name, value):
        target = f"{presigned('/bucket/key')}&{name}={value}"
        assert "BadRequest" == stocked("PUT", target, body=b"other", signed=False).code
        assert b"hello" == stocked("GET", "/bucket/key").body

    @pytest.mark.parametrize("name", ["a%0D%0Aset-cookie", "%C3%A9", "a%3A", "a%20b", ""])
    def test_names(self, stocked, presigned, name):
        target = f"{presigned('/bucket/key')}&x-amz-meta-{name or '%00'}=v"
        assert "BadRequest" == stocked("PUT", target, body=b"other", signed=False).code
        assert b"hello" == stocked("GET", "/bucket/key").body

    @pytest.mark.parametrize("name", ["Content-Type", "x-amz-meta-a%0Ab"])
    def test_with_version_2(self, stocked, name):
        expires = int(stocked.service.clock.now().timestamp()) + 900
        target = f"/bucket/key?AWSAccessKeyId=AKIDEXAMPLE&Signature=0&Expires={expires}&{name}=a%0D%0Aset-cookie:b"
        assert "BadRequest" == stocked("PUT", target, body=b"other", signed=False).code
        assert b"hello" == stocked("GET", "/bucket/key").body

    def test_text_beyond_ascii_is_kept_as_a_header_would_bring_it(self, stocked, presigned):
        target = f"{presigned('/bucket/key')}&Content-Disposition=%E6%BC%A2.txt&x-amz-meta-a=%E6%BC%A2"
        assert 200 == stocked("PUT", target, body=b"other", signed=False).status
        headers = stocked("GET", "/bucket/key").headers
        assert "漢.txt".encode() == headers["Content-Disposition"].encode("latin-1")
        assert "=?UTF-8?Q?=E6=BC=A2?=" == headers["x-amz-meta-a"]


@pytest.mark.parametrize("value", ODD_VALUES)
def test_values_are_checked_one_by_one(value):
    check_values({"a": "b", "c": "d\te"})
    with pytest.raises(BadRequest):
        check_values({"a": "b", "c": value})


def test_names_are_checked_one_by_one():
    check_names(["a", "b-c"])
    with pytest.raises(BadRequest):
        check_names(["a", "b c"])
