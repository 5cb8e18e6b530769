"""The one path of every request: what every answer carries, what every refusal says, and what is remembered."""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import suppress
from functools import partial
from hashlib import md5
from types import MappingProxyType
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fakes3.model.bytes_rope import Rope
from fakes3.model.errors import InternalError
from fakes3.model.identity import ANONYMOUS
from fakes3.operations.service import Service
from fakes3.wire.endpoint import handle, parse_query
from fakes3.wire.message import Request

REQUESTS = [
    pytest.param("GET", "/", 200, id="list of buckets"),
    pytest.param("GET", "/bucket", 200, id="list of objects"),
    pytest.param("GET", "/bucket/key", 200, id="object"),
    pytest.param("HEAD", "/bucket/key", 200, id="head of an object"),
    pytest.param("HEAD", "/bucket", 200, id="head of a bucket"),
    pytest.param("PUT", "/bucket/other", 200, id="put"),
    pytest.param("DELETE", "/bucket/key", 204, id="delete"),
    pytest.param("GET", "/bucket/absent", 404, id="no such key"),
    pytest.param("HEAD", "/bucket/absent", 404, id="head of no such key"),
    pytest.param("GET", "/absent", 404, id="no such bucket"),
    pytest.param("PATCH", "/bucket", 405, id="no such method"),
    pytest.param("GET", "/bucket/%zz", 400, id="no such URL"),
    pytest.param("POST", "/bucket", 412, id="no form"),
    pytest.param("GET", "/bucket?acl&policy", 400, id="conflict"),
]


safely = partial(handle, logs_faults=True)


class TestEveryAnswer:
    """Whatever is answered, it has an id, a date and a server."""

    @pytest.mark.parametrize(("method", "target", "status"), REQUESTS)
    def test_has_them(self, stocked, method, target, status):
        answer = stocked(method, target)
        assert status == answer.status, answer
        assert re.fullmatch("[A-Z0-9]{16}", answer.headers["x-amz-request-id"])
        assert re.fullmatch("[A-Za-z0-9+/=_-]{40,}", answer.headers["x-amz-id-2"])
        assert re.fullmatch(r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT", answer.headers["Date"])
        assert "AmazonS3" == answer.headers["Server"]

    def test_ids_are_never_the_same_twice(self, stocked):
        answers = [stocked("GET", "/bucket/key") for _ in range(50)]
        assert 50 == len({each.headers["x-amz-request-id"] for each in answers})
        assert 50 == len({each.headers["x-amz-id-2"] for each in answers})

    def test_the_same_seed_gives_the_same_ids(self):
        request = Request("GET", "https", "s3.amazonaws.com", "/", "", {})
        first, second = handle(Service(), request), handle(Service(), request)
        assert first.headers["x-amz-request-id"] == second.headers["x-amz-request-id"]

    @pytest.mark.parametrize(("method", "target", "status"), REQUESTS)
    def test_the_length_is_stated_unless_there_can_be_no_body(self, stocked, method, target, status):
        answer = stocked(method, target)
        if status in {204, 304}:
            assert "Content-Length" not in answer.headers
            assert "Content-Type" not in answer.headers
        elif method != "HEAD":
            assert str(len(answer.body)) == answer.headers["Content-Length"]

    def test_not_modified_has_no_body_no_length_and_no_type(self, stocked):
        etag = stocked("HEAD", "/bucket/key").headers["ETag"]
        answer = stocked("GET", "/bucket/key", {"if-none-match": etag})
        assert (304, b"") == (answer.status, answer.body)
        assert not {"Content-Length", "Content-Type"} & answer.headers.keys()

    def test_a_head_states_the_length_of_what_a_get_would_answer(self, stocked):
        answer = stocked("HEAD", "/bucket/key")
        assert ("5", b"") == (answer.headers["Content-Length"], answer.body)

    def test_bodies_are_ropes(self, stocked):
        assert isinstance(stocked("GET", "/bucket/key").response.body, Rope)
        assert isinstance(stocked("GET", "/bucket").response.body, Rope)


class TestErrors:
    """An error is a status and an `<Error>` document; to a HEAD it is the status alone."""

    def test_the_document_word_for_word(self, stocked):
        answer = stocked("GET", "/bucket/absent")
        request_id, host_id = answer.headers["x-amz-request-id"], answer.headers["x-amz-id-2"]
        assert (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>absent</Key>"
            f"<RequestId>{request_id}</RequestId><HostId>{host_id}</HostId></Error>"
        ) == answer.body.decode()
        assert "application/xml" == answer.headers["Content-Type"]

    @pytest.mark.parametrize(("method", "target", "status"), REQUESTS)
    def test_code_and_message_come_first_and_the_ids_last(self, stocked, method, target, status):
        answer = stocked(method, target)
        if status < 400 or method == "HEAD":
            return
        names = list(answer.error)
        assert (["Code", "Message"], ["RequestId", "HostId"]) == (names[:2], names[-2:])
        assert answer.headers["x-amz-request-id"] == answer.error["RequestId"]

    @given(key=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
    def test_members_are_escaped(self, key):
        assume("." not in key.split("/") and ".." not in key.split("/"))  # refused without a document
        service = Service()
        signed = {"authorization": "AWS AKIDEXAMPLE:x"}
        create = signed | {"content-length": "0"}
        assert 200 == handle(service, Request("PUT", "https", "s3.amazonaws.com", "/bucket", "", create)).status
        request = Request("GET", "https", "s3.amazonaws.com", f"/bucket/{quote(key, safe='')}", "", signed)
        root = ElementTree.fromstring(bytes(handle(service, request).body))
        assert ("NoSuchKey", key) == (root.findtext("Code"), root.findtext("Key"))

    @pytest.mark.parametrize("target", ["/bucket/absent", "/absent", "/absent/key", "/bucket?acl", "/bucket/%zz"])
    def test_to_a_head_have_no_body(self, stocked, target):
        answer = stocked("HEAD", target)
        assert 400 <= answer.status < 500
        assert (b"", "0") == (answer.body, answer.headers["Content-Length"])

    def test_carry_the_headers_of_the_error(self, stocked):
        answer = stocked("GET", "/bucket/key", host="s3.eu-west-1.amazonaws.com")
        assert (301, "us-east-1") == (answer.status, answer.headers["x-amz-bucket-region"])
        assert ("PermanentRedirect", "bucket") == (answer.code, answer.error["Bucket"])
        assert (
            "us-east-1" == stocked("HEAD", "/bucket", host="s3.eu-west-1.amazonaws.com").headers["x-amz-bucket-region"]
        )

    @pytest.mark.parametrize(
        ("method", "target", "kind", "allow"),
        [
            ("PUT", "/", "SERVICE", "GET"),
            ("POST", "/", "SERVICE", "GET"),
            ("PATCH", "/bucket", "BUCKET", "HEAD, GET, PUT, POST, DELETE, OPTIONS"),
            ("PATCH", "/bucket/key", "OBJECT", "HEAD, GET, PUT, POST, DELETE, OPTIONS"),
            ("POST", "/bucket/key", "OBJECT", "HEAD, GET, PUT, POST, DELETE, OPTIONS"),
            ("DELETE", "/bucket?versioning", "VERSIONING", "GET, PUT"),
            ("POST", "/bucket?location", "LOCATION", "GET"),
        ],
    )
    def test_a_method_that_does_not_fit_names_itself_and_the_kind_of_resource(
        self, stocked, method, target, kind, allow
    ):
        answer = stocked(method, target)
        assert (405, allow) == (answer.status, answer.headers["Allow"])
        assert [
            ("Code", "MethodNotAllowed"),
            ("Message", "The specified method is not allowed against this resource."),
            ("Method", method),
            ("ResourceType", kind),
        ] == list(answer.error.items())[:4]

    def test_a_form_that_is_no_form(self, stocked):
        # recorded: TestS3PresignedPost
        answer = stocked("POST", "/bucket")
        assert (412, "PreconditionFailed") == (answer.status, answer.code)
        assert "Bucket POST must be of the enclosure-type multipart/form-data" == answer.error["Condition"]

    def test_two_sub_resources_at_once(self, stocked):
        answer = stocked("GET", "/bucket?tagging&acl")
        assert (400, "InvalidArgument", "Conflicting query string parameters: acl, tagging", "ResourceType") == (
            answer.status,
            answer.code,
            answer.error["Message"],
            answer.error["ArgumentName"],
        )

    def test_a_url_that_cannot_be_read(self, stocked):
        answer = stocked("GET", "/bucket/%zz")
        assert (400, "InvalidURI", "/bucket/%zz") == (answer.status, answer.code, answer.error["URI"])

    def test_no_error_changes_anything(self, stocked):
        world = stocked.service.world
        for method, target in [("GET", "/absent"), ("PUT", "/UPPER"), ("DELETE", "/bucket"), ("DELETE", "/bucket?acl")]:
            assert 400 <= stocked(method, target).status < 500
            assert world is stocked.service.world


class TestFaults:
    """An exception that is no error of S3 is a fault of the fake or of the test. It is raised, or a server logs it."""

    REQUEST = Request("GET", "https", "s3.us-east-1.amazonaws.com", "/bucket/key", "", {})

    @pytest.fixture
    def faulty(self, stocked, monkeypatch):
        """A service that fails at every operation."""

        def fail(*_: object, **__: object) -> None:
            raise ZeroDivisionError("by zero")

        monkeypatch.setattr(stocked.service, "perform", fail)
        return stocked.service

    def test_it_is_raised_as_it_is(self, faulty):
        with pytest.raises(ZeroDivisionError, match="by zero"):
            handle(faulty, self.REQUEST)

    @pytest.mark.parametrize("by", [handle, safely])
    def test_the_call_is_recorded(self, faulty, by):
        with suppress(ZeroDivisionError):
            by(faulty, self.REQUEST)
        (call,) = faulty.calls
        assert ("GetObject", 500, "InternalError") == (call.operation, call.status, call.error)
        assert {"Bucket": "bucket", "Key": "key"} == call.parameters
        assert "ZeroDivisionError: by zero" == call.reason

    def test_a_server_answers_s3s_internal_error(self, faulty):
        response = safely(faulty, self.REQUEST)
        assert (500, "application/xml") == (response.status, response.headers["Content-Type"])
        error = {each.tag: each.text for each in ElementTree.fromstring(bytes(response.body))}
        assert ["Code", "Message", "RequestId", "HostId"] == list(error)
        assert ("InternalError", InternalError.message) == (error["Code"], error["Message"])
        assert all(error.values())

    def test_a_server_logs_it_with_its_traceback(self, faulty, caplog):
        safely(faulty, self.REQUEST)
        (record,) = caplog.records
        assert ("fakes3", "ERROR") == (record.name, record.levelname)
        assert "fakes3 failed to answer GET /bucket/key" == record.getMessage()
        assert record.exc_info[0] is ZeroDivisionError

    def test_a_server_answers_all_else_as_ever(self, stocked):
        answer, safe = handle(stocked.service, self.REQUEST), safely(stocked.service, self.REQUEST)
        assert (403, 403) == (answer.status, safe.status)
        assert ["AccessDenied"] * 2 == [call.error for call in stocked.service.calls]


class TestQueries:
    """A query is decoded once: `+` is a space, a repeated name counts once, an unknown name not at all."""

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("", {}),
            ("a", {"a": ""}),
            ("a=", {"a": ""}),
            ("a=1&b=2", {"a": "1", "b": "2"}),
            ("a=1&a=2", {"a": "1"}),
            ("a=b=c", {"a": "b=c"}),
            ("&&a=1&", {"a": "1"}),
            ("=1", {}),
            ("a=x+y%20z%2B", {"a": "x y z+"}),
            ("a%3D=1", {"a=": "1"}),
            ("a=%252F", {"a": "%2F"}),
            ("a=%C3%A9", {"a": "é"}),
            ("a;b=1", {"a;b": "1"}),
        ],
    )
    def test_is_decoded(self, text, query):
        assert query == parse_query(text)

    @given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text()))
    def test_every_query_that_was_encoded_reads_back(self, query):
        try:
            text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items())
        except UnicodeEncodeError:
            return
        assert query == parse_query(text)

    def test_an_unknown_name_is_ignored(self, stocked):
        assert b"hello" == stocked("GET", "/bucket/key?nonsense&x-id=GetObject&a=b").body


class TestPresignedUrls:
    """What a presigned URL carries in its query acts as the header of that name."""

    def test_metadata(self, stocked, presigned):
        target = presigned("/bucket/new", x_amz_meta_colour="red", X_Amz_Meta_Size="9")
        assert 200 == stocked("PUT", target, body=b"hi", signed=False).status
        headers = stocked("HEAD", "/bucket/new").headers
        assert ("red", "9") == (headers["x-amz-meta-colour"], headers["x-amz-meta-size"])

    def test_a_copy_source(self, stocked, presigned):
        target = presigned("/bucket/copy", x_amz_copy_source="/bucket/key")
        assert 200 == stocked("PUT", target, signed=False).status
        assert "CopyObject" == stocked.service.calls[-1].operation
        assert b"hello" == stocked("GET", "/bucket/copy").body

    def test_the_hash_of_the_body(self, stocked, presigned):
        target = presigned("/bucket/new", X_Amz_Content_Sha256="0" * 64)
        answer = stocked("PUT", target, body=b"hi", signed=False)
        assert (400, "XAmzContentSHA256Mismatch") == (answer.status, answer.code)

    def test_a_checksum_that_the_signature_names_as_a_header(self, stocked, presigned):
        signed = {"X-Amz-SignedHeaders": "host;x-amz-checksum-crc32"}
        target = presigned("/bucket/new", x_amz_checksum_crc32="AAAAAA==", **signed)
        assert "BadDigest" == stocked("PUT", target, body=b"hi", signed=False).code

    def test_a_header_wins_over_its_twin_in_the_query(self, stocked, presigned):
        target = presigned("/bucket/new", x_amz_meta_colour="red", **{"X-Amz-SignedHeaders": "host;x-amz-meta-colour"})
        assert 200 == stocked("PUT", target, {"x-amz-meta-colour": "blue"}, b"hi", signed=False).status
        assert "blue" == stocked("HEAD", "/bucket/new").headers["x-amz-meta-colour"]

    def test_of_signatures_of_version_2_too(self, stocked):
        # boto3 still presigns with these, and puts x-amz-* headers into the query
        expires = int(stocked.service.clock.now().timestamp()) + 900
        query = f"AWSAccessKeyId=AKIDEXAMPLE&Expires={expires}&Signature=x&x-amz-meta-colour=red"
        assert 200 == stocked("PUT", f"/bucket/new?{query}", body=b"hi", signed=False).status
        assert "red" == stocked("HEAD", "/bucket/new").headers["x-amz-meta-colour"]

    def test_in_an_ordinary_query_it_means_nothing(self, stocked):
        assert 200 == stocked("PUT", "/bucket/new?x-amz-meta-colour=red", body=b"hi").status
        assert "x-amz-meta-colour" not in stocked("HEAD", "/bucket/new").headers

    def test_the_request_of_the_caller_is_left_alone(self, stocked, presigned):
        path, _, query = presigned("/bucket/new", x_amz_meta_colour="red").partition("?")
        headers = MappingProxyType({"content-length": "2"})
        request = Request("PUT", "https", "s3.us-east-1.amazonaws.com", path, query, headers, b"hi")
        assert 200 == handle(stocked.service, request).status
        assert headers is request.headers


class TestCalls:
    """Every request is remembered with its operation, its members, its outcome and its caller; never with its bytes."""

    def test_what_succeeded(self, stocked):
        stocked("GET", "/bucket/key?response-content-type=a", {"range": "bytes=0-1"})
        (call,) = stocked.service.calls
        assert ("GetObject", 206, None, stocked.service.root) == (
            call.operation,
            call.status,
            call.error,
            call.principal,
        )
        assert {
            "Bucket": "bucket",
            "Key": "key",
            "Range": "bytes=0-1",
            "ResponseContentType": "a",
        } == call.parameters

    def test_what_failed(self, stocked):
        stocked("GET", "/bucket/absent")
        (call,) = stocked.service.calls
        assert ("GetObject", 404, "NoSuchKey") == (call.operation, call.status, call.error)
        assert {"Bucket": "bucket", "Key": "absent"} == call.parameters

    def test_what_fitted_no_operation(self, stocked):
        stocked("PATCH", "/bucket")
        (call,) = stocked.service.calls
        assert ("PATCH", 405, "MethodNotAllowed", {}) == (call.operation, call.status, call.error, call.parameters)

    def test_who_did_not_sign_is_nobody(self, stocked):
        assert 403 == stocked("GET", "/bucket/key", signed=False).status
        (call,) = stocked.service.calls
        assert ("AccessDenied", ANONYMOUS) == (call.error, call.principal)

    def test_the_bytes_of_a_body_are_forgotten(self, stocked):
        stocked("PUT", "/bucket/key", body=b"secret bytes")
        (call,) = stocked.service.calls
        assert {"Bucket": "bucket", "Key": "key"} == call.parameters

    def test_documents_are_remembered_as_members(self, stocked):
        body = b"<Delete><Object><Key>key</Key></Object><Quiet>true</Quiet></Delete>"
        digest = {"content-md5": b64encode(md5(body).digest()).decode()}
        stocked("POST", "/bucket?delete", digest, body)
        (call,) = stocked.service.calls
        assert {"Bucket": "bucket", "Delete": {"Objects": [{"Key": "key"}], "Quiet": True}} == call.parameters

    def test_documents_that_were_never_read_as_none(self, stocked):
        stocked("POST", "/absent?delete", {"content-md5": "x"}, b"<Delete/>")
        (call,) = stocked.service.calls
        assert ("NoSuchBucket", None) == (call.error, call.parameters["Delete"])


class TestHosts:
    """The same path answers at every host of general purpose buckets."""

    @pytest.mark.parametrize(
        ("host", "target"),
        [
            ("s3.us-east-1.amazonaws.com", "/bucket/key"),
            ("s3.amazonaws.com", "/bucket/key"),
            ("bucket.s3.us-east-1.amazonaws.com", "/key"),
            ("localhost:9000", "/bucket/key"),
        ],
    )
    def test_answers(self, stocked, host, target):
        assert b"hello" == stocked("GET", target, host=host).body

    # observed: aws/aws-sdk-js#1971, archiecobbs/s3backer#107
    @pytest.mark.parametrize(("status", "state"), [(None, "not configured"), ("Suspended", "disabled")])
    def test_the_accelerate_endpoint_serves_accelerated_buckets_only(self, stocked, status, state):
        if status is not None:
            self.accelerate(stocked, status)
        text = f"S3 Transfer Acceleration is {state} on this bucket"
        answer = stocked("GET", "/key", host="bucket.s3-accelerate.amazonaws.com")
        assert (400, "InvalidRequest", text, {}) == answer.refusal

    # S3: API/ErrorResponses.html
    @pytest.mark.parametrize("target", ["/", "/bucket", "/bucket/key"])
    def test_the_accelerate_endpoint_has_no_path_style(self, stocked, target):
        text = "Amazon S3 Transfer Accelerate endpoint only supports virtual style requests."
        answer = stocked("GET", target, host="s3-accelerate.amazonaws.com")
        assert (400, "InvalidRequest", text, {}) == answer.refusal

    # recorded: TestS3BucketAccelerateConfiguration::test_bucket_acceleration_configuration_exc (the text)
    def test_the_accelerate_endpoint_takes_no_periods(self, stocked):
        assert 200 == stocked("PUT", "/a.b.c").status
        text = "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
        answer = stocked("GET", "/key", host="a.b.c.s3-accelerate.amazonaws.com")
        assert (400, "InvalidRequest", text, {}) == answer.refusal

    def test_the_accelerate_endpoint_of_an_accelerated_bucket(self, stocked):
        self.accelerate(stocked, "Enabled")
        assert b"hello" == stocked("GET", "/key", host="bucket.s3-accelerate.amazonaws.com").body

    def accelerate(self, stocked, status):
        world = stocked.service.world
        bucket = world.buckets["bucket"].configure("BucketAccelerateConfiguration", {"Status": status})
        stocked.service.world = world.with_bucket(bucket)

    def test_a_base_host_takes_buckets_before_it(self, stocked):
        headers = {"authorization": "AWS AKIDEXAMPLE:x"}
        request = Request("GET", "http", "bucket.minio:9000", "/key", "", headers)
        assert b"hello" == bytes(handle(stocked.service, request, frozenset({"minio:9000"})).body)

    @pytest.mark.parametrize(
        ("host", "region"),
        [
            ("s3.eu-west-1.amazonaws.com", "eu-west-1"),
            ("s3.amazonaws.com", "us-east-1"),
            ("s3.dualstack.ap-south-1.amazonaws.com", "ap-south-1"),
            ("localhost", "us-east-1"),
        ],
    )
    def test_a_bucket_is_created_where_the_host_is(self, ask, host, region):
        configuration = ""
        if region != "us-east-1":
            configuration = (
                "<CreateBucketConfiguration>"
                f"<LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            )
        assert 200 == ask("PUT", "/new-bucket", body=configuration.encode(), host=host).status
        assert region == ask.service.world.buckets["new-bucket"].region


class TestRobustness:
    """Whatever comes in, what goes out is an answer of S3's."""

    @given(
        st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "X"]),
        st.text("/ab%2F.?&=+é\x00", max_size=12),
        st.text("/ab%C3&=+;acl-uploads", max_size=16),
        st.dictionaries(
            st.sampled_from(
                [
                    "range",
                    "content-length",
                    "authorization",
                    "content-md5",
                    "x-amz-copy-source",
                    "if-match",
                    "x-amz-acl",
                ]
            ),
            st.text("ab=0 1/,-*\xe9%", max_size=8),
        ),
        st.binary(max_size=20),
    )
    def test_anything(self, method, path, query, headers, body):
        service = Service()
        answer = handle(service, Request(method, "http", "localhost", f"/{path}", query, headers, body))
        assert 200 <= answer.status < 600
        assert answer.status != 500
        assert all(isinstance(each, str) for pair in answer.headers.items() for each in pair)
        (call,) = service.calls
        assert answer.status == call.status


class TestRefusedQueries:
    """What a query asks for is never passed over where it would have meant something."""

    @pytest.mark.parametrize("value", ["", "null", "abc"])
    @pytest.mark.parametrize(
        ("method", "target"), [("PUT", "/bucket/key"), ("GET", "/bucket"), ("POST", "/bucket/key?uploads")]
    )
    def test_a_version_id_where_none_is_taken(self, stocked, method: str, target: str, value: str) -> None:
        answer = stocked(method, f"{target}{'&' if '?' in target else '?'}versionId={value}", body=b"")
        assert 400 == answer.status
        assert b"<Message>This operation does not accept a version-id.</Message>" in bytes(answer.body)
        assert b"hello" == bytes(stocked("GET", "/bucket/key").body)

    def test_what_is_no_utf_8(self, stocked) -> None:
        answer = stocked("GET", "/bucket?prefix=%FF")
        assert (400, True) == (answer.status, b"<Code>InvalidURI</Code>" in bytes(answer.body))

    def test_an_override_that_would_split_the_header(self, presigned, stocked) -> None:
        target = presigned("/bucket/key", response_content_type="text/plain\r\nx-evil: 1")
        answer = stocked("GET", target, signed=False)
        assert (400, True) == (answer.status, b"ISO-8859-1" in bytes(answer.body))


class TestLongNumbers:
    """A number of thousands of digits is a number, wherever it is sent."""

    @pytest.mark.parametrize(
        ("method", "target", "headers", "status"),
        [
            ("GET", "/bucket/key", {"range": "bytes=0-{}"}, 206),
            ("GET", "/bucket/key", {"range": "bytes=-{}"}, 206),
            ("GET", "/bucket/key", {"range": "bytes={}-"}, 416),
            ("GET", "/bucket/key?partNumber={}", {}, 400),
            ("GET", "/bucket?max-keys={}", {}, 400),
            ("GET", "/bucket?uploads&max-uploads={}", {}, 400),
            ("PUT", "/bucket/key?partNumber={}&uploadId=u", {}, 404),
            (
                "PUT",
                "/bucket/key?partNumber=1&uploadId=u",
                {"x-amz-copy-source": "/bucket/key", "x-amz-copy-source-range": "bytes=0-{}"},
                404,
            ),
            ("PUT", "/bucket/key", {"content-length": "{}"}, 400),
            ("GET", "/bucket/key?Signature=s&AWSAccessKeyId=id&Expires={}", {}, 200),
        ],
    )
    def test_it_is_read(self, stocked, method, target, headers, status):
        digits = "9" * 5000
        headers = {name: value.format(digits) for name, value in headers.items()}
        answer = stocked(method, target.format(digits), headers, signed="Signature" not in target)
        assert status == answer.status, answer
