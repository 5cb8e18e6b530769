"""Uploads by browsers' forms: which are taken, what a broken one is answered, and what of it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from fakes3.model.errors import MalformedPOSTRequest
from fakes3.wire.form_parts import MOST_PRE_DATA

from .forms import BOUNDARY, FILE, TYPE, authorized, form, part


@pytest.fixture
def post(stocked) -> Callable[..., Any]:
    """Posts a body to the bucket; a refused one has changed nothing."""

    def send(body: bytes | Iterable[bytes], content_type: str = TYPE, **options: Any) -> Any:
        before = stocked.service.world
        length = {"content-length": str(options.pop("length", len(body) if isinstance(body, bytes) else 0))}
        answer = stocked(
            "POST",
            options.pop("target", "/bucket"),
            {"content-type": content_type} | length,
            body,
            signed=False,
            **options,
        )
        assert (answer.status >= 400) is (before is stocked.service.world)
        return answer

    return send


class TestForms:
    """A form is multipart/form-data: fields, then the file."""

    def test_a_whole_one(self, stocked, post):
        answer = post(form(authorized(), FILE))
        assert (204, b"") == (answer.status, answer.body)
        assert b"hello form" == stocked("GET", "/bucket/key").body

    @pytest.mark.parametrize("target", ["/bucket", "/bucket/", "/bucket?x=y"])
    def test_is_posted_to_the_bucket(self, post, target):
        assert 204 == post(form(authorized(), FILE), target=target).status

    def test_a_key_takes_none(self, post):
        assert "MethodNotAllowed" == post(form(authorized(), FILE), target="/bucket/key").code

    def test_a_subresource_is_still_one(self, post):
        assert "PostObject" != post(form(authorized(), FILE), target="/bucket?delete").code

    @pytest.mark.parametrize(
        "content_type",
        [TYPE.replace("multipart", "MultiPart"), f'multipart/form-data;boundary="{BOUNDARY}"; charset=utf-8'],
    )
    def test_its_type_is_spelled_in_many_ways(self, post, content_type):
        assert 204 == post(form(authorized(), FILE), content_type).status

    @pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/mixed; boundary=x", "multipart/form-data-x"])
    def test_another_type_is_no_form(self, post, content_type):
        answer = post(form(authorized(), FILE), content_type)
        assert (412, "PreconditionFailed") == (answer.status, answer.code)

    def test_a_preamble_and_an_epilogue_mean_nothing(self, stocked, post):
        assert 204 == post(b"hello\r\n" + form(authorized(), FILE) + b"bye").status
        assert b"hello form" == stocked("GET", "/bucket/key").body

    def test_a_boundary_inside_the_file_is_no_boundary(self, stocked, post):
        content = f"--{BOUNDARY}x\r\n\r\n--{BOUNDARY[:-1]}\r\n\r".encode()
        assert 204 == post(form(authorized(), part("file", content))).status
        assert content == stocked("GET", "/bucket/key").body

    def test_a_field_that_comes_twice_counts_whole(self, post):
        answer = post(form(authorized(), part("key", b"other"), FILE))
        text = 'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "key"]'
        assert (403, "AccessDenied", text, {}) == answer.refusal

    # observed: the tests of the AWS SDK for .NET
    @pytest.mark.parametrize("types", [(b"image/png", b"text/html"), (b"text/html", b"image/png")])
    def test_a_second_content_type_does_not_slip_past_the_policy(self, post, types):
        fields = b"".join(part("Content-Type", each) for each in types)
        answer = post(form(authorized(["starts-with", "$Content-Type", "image/"]), fields, FILE))
        text = 'Invalid according to Policy: Policy Condition failed: ["starts-with", "$Content-Type", "image/"]'
        assert (403, "AccessDenied", text, {}) == answer.refusal

    def test_a_second_content_type_that_the_policy_allows(self, stocked, post):
        fields = part("Content-Type", b"image/png") + part("content-type", b"image/gif")
        assert 204 == post(form(authorized(["starts-with", "$Content-Type", "image/"]), fields, FILE)).status
        assert "image/png,image/gif" == stocked("HEAD", "/bucket/key").headers["Content-Type"]

    def test_sizes_that_are_none_are_a_condition_that_fails(self, post):
        answer = post(form(authorized(["content-length-range", "a", "b"]), FILE))
        text = 'Invalid according to Policy: Policy Condition failed: ["content-length-range", "a", "b"]'
        assert (403, "AccessDenied", text, {}) == answer.refusal


class TestBrokenForms:
    """A form that is none is refused, and nothing of it is kept."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"key=value",
            form(end=b""),
            form(authorized(), end=b""),
            form(authorized(), FILE, end=b""),
            form(authorized(), FILE, end=f"--{BOUNDARY}".encode()),
            form(authorized(), f"--{BOUNDARY}\r\nX-Other: form-data\r\n\r\n".encode(), FILE),
            form(authorized(), f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\n\r\n".encode(), FILE),
            form(part("key", b"\xff"), FILE),
            form(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'.encode() + b'\xff"\r\n\r\nx\r\n', FILE),
        ],
    )
    def test_malformed(self, post, body):
        answer = post(body)
        assert (400, "MalformedPOSTRequest") == (answer.status, answer.code)
        assert MalformedPOSTRequest.message == answer.error["Message"]

    @pytest.mark.parametrize(
        "content_type", ["multipart/form-data", 'multipart/form-data; boundary=""', "multipart/form-data; boundary=é"]
    )
    def test_without_a_boundary(self, post, content_type):
        assert "MalformedPOSTRequest" == post(form(authorized(), FILE), content_type).code

    def test_cut_off(self, post):
        body = form(authorized(), FILE)
        assert "IncompleteBody" == post(body[:-10], length=len(body)).code
        assert "IncompleteBody" == post(b"", length=10).code

    def test_of_no_stated_length(self, stocked):
        headers = {"content-type": TYPE, "content-length": None}
        answer = stocked("POST", "/bucket", headers, form(authorized(), FILE), signed=False)
        assert (411, "MissingContentLength") == (answer.status, answer.code)

    def test_larger_than_any_object(self, post, untouchable):
        assert "EntityTooLarge" == post(untouchable, length=5 * 1024**3 + MOST_PRE_DATA + 1).code
        assert "EntityTooLarge" == post(untouchable, length="9" * 5000).code

    def test_fails_without_a_trace_but_the_call(self, stocked, post):
        post(form(authorized({"acl": "private"}), FILE))
        call = stocked.service.calls[-1]
        assert ("PostObject", 403, "AccessDenied") == (call.operation, call.status, call.error)
        assert {"Bucket": "bucket", "Key": "key"} == call.parameters


class TestPreData:
    """The fields before the file are at most 20 KB."""

    # S3: API/sigv4-HTTPPOSTForms.html, "HTML Form Fields"
    def test_as_much_as_fits(self, post):
        rest = len(form(authorized(), part("x-ignore-me"), FILE)) - len(FILE)
        most = MOST_PRE_DATA - rest - len(part("file", b"", "hello.txt"))
        assert 204 == post(form(authorized(), part("x-ignore-me", bytes(most)), FILE)).status

    @pytest.mark.parametrize(
        "before",
        [
            part("x-ignore-me", bytes(MOST_PRE_DATA)),
            part("x-ignore-me", bytes(10 * MOST_PRE_DATA)),
            part("x-ignore-me") * 500,
            bytes(MOST_PRE_DATA) + b"\r\n",
            f"--{BOUNDARY}\r\nX-Long: ".encode() + bytes(2 * MOST_PRE_DATA),
        ],
    )
    def test_more(self, post, before):
        answer = post(form(before, authorized(), FILE))
        assert (400, "MaxPostPreDataLengthExceededError") == (answer.status, answer.code)
        assert "Your POST request fields preceding the upload file were too large." == answer.error["Message"]

    def test_no_more_is_read_than_it_takes_to_say_so(self, post):
        read = 0

        def endless() -> Iterator[bytes]:
            nonlocal read
            yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\n'.encode()
            while True:
                read += 1024
                yield bytes(1024)

        assert "MaxPostPreDataLengthExceededError" == post(endless(), length=2**30).code
        assert read <= MOST_PRE_DATA + 1024


class TestStreaming:
    """The file is not read before its fields have been found right."""

    @pytest.mark.parametrize(
        ("fields", "target", "code"),
        [
            (part("key", b"key"), "/bucket", "AccessDenied"),
            (part("acl", b"private"), "/bucket", "InvalidArgument"),
            (authorized({"acl": "private"}), "/bucket", "AccessDenied"),
            (authorized(["content-length-range", 0]), "/bucket", "InvalidPolicyDocument"),
            (
                authorized(["starts-with", "$x-amz-checksum-crc32", ""]) + part("x-amz-checksum-crc32", b"x"),
                "/bucket",
                "InvalidRequest",
            ),
        ],
    )
    def test_a_refused_form_is_read_no_further(self, post, fields, target, code):
        def pieces() -> Iterator[bytes]:
            yield fields + part("file")[:-2]
            raise AssertionError("the file was read")

        assert code == post(pieces(), length=10_000_000, target=target).code

    def test_a_large_file_is_kept_in_pieces_and_hashed_on_the_way(self, stocked, post):
        def pieces() -> Iterator[bytes]:
            yield authorized() + part("file")[:-2]
            for _ in range(64):
                yield bytes(65_536)
            yield f"\r\n--{BOUNDARY}--\r\n".encode()

        length = sum(map(len, pieces()))
        assert 204 == post(pieces(), length=length).status
        assert bytes(64 * 65_536) == stocked("GET", "/bucket/key").body

    def test_a_file_that_is_too_large_is_counted_and_not_kept(self, post):
        def pieces() -> Iterator[bytes]:
            yield authorized(["content-length-range", 0, 10]) + part("file")[:-2]
            for _ in range(64):
                yield bytes(65_536)
            yield f"\r\n--{BOUNDARY}--\r\n".encode()

        answer = post(pieces(), length=sum(map(len, pieces())))
        assert ("EntityTooLarge", "4194304") == (answer.code, answer.error["ProposedSize"])

    def test_when_somebody_commits_meanwhile_the_file_is_not_asked_for_again(self, stocked, post):
        def pieces() -> Iterator[bytes]:
            yield authorized() + part("file")[:-2]
            assert 200 == stocked("PUT", "/bucket/meanwhile", body=b"x").status
            yield f"late\r\n--{BOUNDARY}--\r\n".encode()

        length = len(form(authorized(), part("file", b"late")))
        assert 204 == post(pieces(), length=length).status
        assert (b"late", b"x") == (stocked("GET", "/bucket/key").body, stocked("GET", "/bucket/meanwhile").body)


class TestLocation:
    """The answer says where the object is, at the endpoint that was called."""

    @pytest.mark.parametrize(
        ("host", "target", "location"),
        [
            ("s3.us-east-1.amazonaws.com", "/bucket", "https://bucket.s3.us-east-1.amazonaws.com/key"),
            ("s3.amazonaws.com", "/bucket", "https://bucket.s3.us-east-1.amazonaws.com/key"),
            ("bucket.s3.us-east-1.amazonaws.com", "/", "https://bucket.s3.us-east-1.amazonaws.com/key"),
            ("bucket.s3.amazonaws.com", "/", "https://bucket.s3.amazonaws.com/key"),
            ("localhost:9000", "/bucket", "https://localhost:9000/bucket/key"),
        ],
    )
    def test_by_host(self, post, host, target, location):
        assert location == post(form(authorized(), FILE), target=target, host=host).headers["Location"]


class TestFieldsThatAreHeaders:
    """A field that the object keeps as a header can only be what a header can be: it comes back with every GET."""

    @pytest.mark.parametrize("value", [b"text/plain\r\nset-cookie: a=b", b"a\nb", b"a\x00b"])
    @pytest.mark.parametrize(
        "name",
        ["Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"],
    )
    def test_no_line_ends_in_values(self, stocked, post, name, value):
        answer = post(form(authorized(["starts-with", f"${name}", ""]), part(name, value), FILE))
        assert (400, "BadRequest") == (answer.status, answer.code)

    @pytest.mark.parametrize("name", ["x-amz-meta-é", "x-amz-meta-a b", "x-amz-meta-a:", "x-amz-meta-漢"])
    def test_no_odd_names_of_metadata(self, post, name):
        answer = post(form(authorized(["starts-with", f"${name}", ""]), part(name, b"value"), FILE))
        assert (400, "BadRequest") == (answer.status, answer.code)

    def test_no_line_ends_in_names_that_are_encoded(self, post):
        named = b"name*=UTF-8''x-amz-meta-a%0D%0Aset-cookie"
        odd = part("x", b"value").replace(b'name="x"', named)
        condition = ["starts-with", "$x-amz-meta-a\r\nset-cookie", ""]
        assert "BadRequest" == post(form(authorized(condition), odd, FILE)).code

    def test_values_of_metadata_may_have_several_lines(self, stocked, post):
        """No header carries them: in responses they are encoded words."""
        field = part("x-amz-meta-a", "é\r\nb".encode())
        assert 204 == post(form(authorized(["starts-with", "$x-amz-meta-a", ""]), field, FILE)).status
        assert "=?UTF-8?B?w6kNCmI=?=" == stocked("GET", "/bucket/key").headers["x-amz-meta-a"]

    def test_text_beyond_ascii_comes_back_as_the_bytes_that_were_sent(self, stocked, post):
        field = part("Content-Disposition", "漢.txt".encode())
        assert 204 == post(form(authorized(["starts-with", "$Content-Disposition", ""]), field, FILE)).status
        assert "漢.txt".encode() == stocked("GET", "/bucket/key").headers["Content-Disposition"].encode("latin-1")
