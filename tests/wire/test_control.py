"""S3 Control on the wire: its hosts, its paths, its documents and its errors."""

from __future__ import annotations

from typing import Any

import pytest

from fakes3.model.errors import InvalidURI, MethodNotAllowed
from fakes3.operations.registry import REGISTRY
from fakes3.wire.control import is_built, route_control
from fakes3.wire.regenerate import CONTROL_OPERATIONS, CONTROL_TABLE, name_in_table
from fakes3.wire.table import CONTROL, operations

from ..ask import Ask

ACCOUNT = "123456789012"
HOST = f"{ACCOUNT}.s3-control.us-east-1.amazonaws.com"
NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
BLOCK = "/v20180820/configuration/publicAccessBlock"
TAGS = "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Abucket"

EVERY = pytest.mark.parametrize("operation", operations(CONTROL).values(), ids=lambda operation: operation.name)


def path_of(operation: Any) -> str:
    """A path of an operation, with each variable part filled in."""
    return str(operation.path).replace("{", "").replace("+}", "%2Fx").replace("}", "")


class TestTheTable:
    """The table has every operation of S3 Control, and the shapes of those that are built."""

    def test_there_are_97(self) -> None:
        assert 97 == len(operations(CONTROL))

    def test_the_built_ones_have_shapes(self) -> None:
        built = {name for name, each in operations(CONTROL).items() if each.input is not None}
        assert built == REGISTRY.keys() & operations(CONTROL).keys()
        assert len(built) == len(CONTROL_OPERATIONS)

    @pytest.mark.parametrize(
        ("name", "ours"),
        [
            ("PutPublicAccessBlock", "PutAccountPublicAccessBlock"),
            ("DeleteBucketReplication", "DeleteOutpostsBucketReplication"),
            ("CreateBucket", "CreateOutpostsBucket"),
        ],
    )
    def test_one_with_a_name_of_s3_has_another(self, name: str, ours: str) -> None:
        assert ours == name_in_table(name)
        assert ours in operations(CONTROL)

    def test_it_is_small(self) -> None:
        assert CONTROL_TABLE.stat().st_size < 40_000

    def test_a_document_is_the_payload(self) -> None:
        shape = operations(CONTROL)["TagResource"].input
        assert shape is not None
        assert "TagResourceRequest" == shape.payload
        assert ["Tags"] == list(shape.members["TagResourceRequest"].shape.members)


class TestRouting:
    """Method and path tell the operation."""

    @EVERY
    def test_each_is_found_by_its_path(self, operation: Any) -> None:
        found, _ = route_control(operation.method, path_of(operation))
        assert operation.name == found.name

    def test_parts_are_decoded(self) -> None:
        _, parts = route_control("GET", "/v20180820/tags/arn:aws:s3:::a%2Fb/c%20d")
        assert {"resourceArn": "arn:aws:s3:::a/b/c d"} == parts

    @pytest.mark.parametrize("path", ["/", "/v20180820", "/v20180820/tags/", "/v20180820/tags/%zz", "/v20180820/no"])
    def test_no_such_path(self, path: str) -> None:
        with pytest.raises(InvalidURI):
            route_control("GET", path)

    def test_no_such_method(self) -> None:
        with pytest.raises(MethodNotAllowed) as caught:
            route_control("PATCH", BLOCK)
        assert {"Allow": "DELETE, GET, PUT"} == caught.value.headers


class TestHosts:
    """The account in the name of the host counts, and not the header.

    observed: radkawar/stackd, testdata/aws/s3control/native_raw_replay.json
    """

    @pytest.mark.parametrize("header", [None, "", "123", "not-an-account", "222222222222"])
    def test_the_header_does_not_matter(self, stocked: Ask, header: str | None) -> None:
        answer = stocked("GET", BLOCK, {"x-amz-account-id": header}, host=HOST)
        assert 404 == answer.status
        assert f"<AccountId>{ACCOUNT}</AccountId></Error>" in answer.text

    def test_a_host_without_an_account(self, stocked: Ask) -> None:
        host = "s3-control.us-east-1.amazonaws.com"
        answer = stocked("GET", BLOCK, {"x-amz-account-id": ACCOUNT}, host=host)
        assert "<Code>NoSuchPublicAccessBlockConfiguration</Code>" in answer.text
        assert "<AccountId></AccountId>" in stocked("GET", BLOCK, host=host).text

    def test_no_account(self, stocked: Ask) -> None:
        answer = stocked("GET", BLOCK, host="123.s3-control.us-east-1.amazonaws.com")
        assert 403 == answer.status
        assert "<Code>AccessDenied</Code><Message>Access Denied</Message><AccountId>123</AccountId>" in answer.text

    def test_nobody(self, stocked: Ask) -> None:
        answer = stocked("GET", BLOCK, host=HOST, signed=False)
        assert (403, True) == (answer.status, "<Code>AccessDenied</Code>" in answer.text)

    def test_what_looks_like_it_at_a_host_of_s3_is_a_key(self, stocked: Ask) -> None:
        answer = stocked("GET", BLOCK, {"x-amz-account-id": ACCOUNT})
        assert (404, "NoSuchBucket") == (answer.status, answer.code)


class TestDocuments:
    """Documents have a namespace of their own, and errors an element more."""

    def test_an_answer(self, stocked: Ask) -> None:
        answer = stocked("GET", TAGS, host=HOST)
        # observed: radkawar/stackd, testdata/aws/s3/abac_audit_replay.json: its length is 159 bytes with <Tags/>
        opening, closing = f'<ListTagsForResourceResult xmlns="{NAMESPACE}">', "</ListTagsForResourceResult>"
        assert f"{opening}<Tags></Tags>{closing}" == answer.text.partition("\n")[2]
        assert "application/xml" == answer.headers["Content-Type"]

    def test_an_error(self, stocked: Ask) -> None:
        answer = stocked("GET", f"{TAGS}2", host=HOST)
        ids = [answer.headers["x-amz-request-id"], answer.headers["x-amz-id-2"]]
        error = "<Error><Code>NoSuchResource</Code><Message>The specified resource doesn't exist.</Message></Error>"
        assert (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<ErrorResponse>{error}<RequestId>{ids[0]}</RequestId><HostId>{ids[1]}</HostId></ErrorResponse>"
        ) == answer.text.replace("&apos;", "'")

    @pytest.mark.parametrize(
        ("body", "code", "message"),
        [
            (b"", "MissingRequestBodyError", "Request Body is empty"),
            (b"<TagResourceRequest", "MalformedXML", "The XML you provided was not well-formed"),
            (b"<TagResourceRequest/>", "InvalidTag", "At least one tag is required."),
            (b"<TagResourceRequest><Tags/></TagResourceRequest>", "InvalidTag", "At least one tag is required."),
            (b"<TagResourceRequest><Tags><Tag/></Tags></TagResourceRequest>", "MalformedXML", "The XML you provided"),
        ],
    )
    def test_a_body_without_tags(self, stocked: Ask, body: bytes, code: str, message: str) -> None:
        answer = stocked("POST", TAGS, {}, body, host=HOST)
        assert 400 == answer.status
        assert f"<Code>{code}</Code><Message>{message}" in answer.text

    def test_a_body_with_tags(self, stocked: Ask) -> None:
        tag = "<Tag><Key>a</Key><Value>b</Value></Tag>"
        body = f'<TagResourceRequest xmlns="{NAMESPACE}"><Tags>{tag}</Tags></TagResourceRequest>'.encode()
        assert (204, b"") == ((answer := stocked("POST", TAGS, {}, body, host=HOST)).status, answer.body)
        assert tag in stocked("GET", TAGS, host=HOST).text

    @pytest.mark.parametrize("query", ["", "?", "?other=a", "?tagKeys", "?tagKeys="])
    def test_a_query_without_keys(self, stocked: Ask, query: str) -> None:
        answer = stocked("DELETE", f"{TAGS}{query}", host=HOST)
        assert (400, True) == (answer.status, "<Code>InvalidTag</Code>" in answer.text)

    def test_a_query_with_keys(self, stocked: Ask) -> None:
        assert 204 == stocked("DELETE", f"{TAGS}?tagKeys=a&tagKeys=b+c&other=d&tagKeys=%C3%A9", host=HOST).status
        assert ["a", "b c", "é"] == stocked.service.calls[-1].parameters["TagKeys"]


class TestWhatIsNotBuilt:
    """Every other operation answers 501 and is named."""

    def test_it_is_left_to_others_and_what_nobody_has_is_not(self) -> None:
        assert not is_built("GET", "/v20180820/jobs")
        assert is_built("GET", BLOCK)
        assert is_built("PATCH", BLOCK)
        assert is_built("GET", "/nothing")

    @pytest.mark.parametrize(
        "operation",
        [each for name, each in operations(CONTROL).items() if name not in REGISTRY],
        ids=lambda operation: operation.name,
    )
    def test_it_is_named(self, stocked: Ask, operation: Any) -> None:
        world = stocked.service.world
        answer = stocked(operation.method, path_of(operation), {}, b"<x/>", host=HOST)
        assert 501 == answer.status
        assert f"fakes3 does not model {operation.name}, and never ignores what it does not model." in answer.text
        assert world is stocked.service.world
        assert (operation.name, "NotImplemented") == stocked.service.calls[-1][0:4:3]
