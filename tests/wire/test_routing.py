"""Which operation a request asks for, over the whole table and as botocore itself asks."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.directory import ONLY_HERE
from fakes3.model.errors import InvalidArgument, InvalidRequest, MethodNotAllowed, NoLoggingStatusForKey
from fakes3.operations.registry import REGISTRY
from fakes3.wire.addressing import host_of, locate
from fakes3.wire.endpoint import parse_query
from fakes3.wire.routing import ELSEWHERE, route
from fakes3.wire.table import Operation, operations

TWINS = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
"""Deprecated operations, and those that are asked just as they were."""

ROUTED = [each for name, each in operations().items() if name not in ELSEWHERE]
EVERY = pytest.mark.parametrize("operation", ROUTED, ids=lambda operation: operation.name)


def meant(operation: Operation) -> str:
    return TWINS.get(operation.name, operation.name)


class TestTheWholeTable:
    """Every operation that is asked as its page says is either built or answered 501, by name."""

    def test_the_deprecated_twins_are_these(self):
        assert TWINS.keys() == {name for name, each in operations().items() if each.deprecated}
        for old, new in TWINS.items():
            asked = [(each.method, each.level, each.query) for each in (operations()[old], operations()[new])]
            assert asked[0] == asked[1]
            assert old not in REGISTRY

    def test_the_operations_with_endpoints_of_their_own_are_these(self):
        assert frozenset({"WriteGetObjectResponse", "ListDirectoryBuckets"}) == ELSEWHERE
        assert {"ListDirectoryBuckets"} == ELSEWHERE & REGISTRY.keys()

    @EVERY
    def test_the_least_request_for_an_operation_routes_to_it(self, operation, question):
        asked = question(operation)
        query = {name: value or "" for name, value in asked.query.items()}
        headers = {name.lower(): value for name, value in asked.headers.items()}
        assert meant(operation) == route(asked.method, operation.level, query, headers)

    @pytest.mark.parametrize(
        "operation",
        [each for each in ROUTED if meant(each) not in REGISTRY],
        ids=lambda operation: operation.name,
    )
    def test_an_operation_that_is_not_built_answers_501_naming_it_and_changes_nothing(
        self, stocked, operation, question
    ):
        world = stocked.service.world
        asked = question(operation)
        answer = stocked(asked.method, asked.target, asked.headers, asked.body)
        name = meant(operation)
        assert 501 == answer.status, answer
        if asked.method != "HEAD":
            assert ("NotImplemented", name) == (answer.code, answer.error["Header"])
            assert (
                f"fakes3 does not model {name}, and never ignores what it does not model. Leave the call out, or "
                "answer it with a stub of your client, such as botocore's Stubber." == answer.error["Message"]
            )
        assert world is stocked.service.world
        (call,) = stocked.service.calls
        assert (name, 501, "NotImplemented") == (call.operation, call.status, call.error)

    @pytest.mark.parametrize(
        "operation",
        [each for each in ROUTED if meant(each) in REGISTRY and each.name not in ONLY_HERE],
        ids=lambda operation: operation.name,
    )
    def test_an_operation_that_is_built_is_the_one_that_answers(self, stocked, operation, question):
        asked = question(operation)
        stocked(asked.method, asked.target, asked.headers, asked.body)
        (call,) = stocked.service.calls
        assert meant(operation) == call.operation
        assert 501 != call.status

    @pytest.mark.parametrize(
        ("method", "target", "host", "kind"),
        [
            ("GET", "/key", "point-123456789012.s3-object-lambda.us-east-1.amazonaws.com", "object-lambda"),
            ("PUT", "/key", "point-123456789012.op-1.s3-outposts.us-east-1.amazonaws.com", "outposts"),
        ],
    )
    def test_endpoints_that_are_not_served_answer_501_naming_them(self, stocked, method, target, host, kind):
        world = stocked.service.world
        answer = stocked(method, target, host=host, body=b"")
        assert (501, "NotImplemented", "Host") == (answer.status, answer.code, answer.error["Header"])
        assert (
            f"fakes3 does not model {kind} endpoints. Address the bucket by its own name, at an ordinary "
            "endpoint of S3." == answer.error["Message"]
        )
        assert world is stocked.service.world

    # botocore sends it to a host of its own, or to one made of the endpoint that its client was given
    @pytest.mark.parametrize(
        "host", ["route.s3-object-lambda.us-east-1.amazonaws.com", "localhost:9000", "s3.us-east-1.amazonaws.com"]
    )
    def test_so_does_their_one_operation(self, stocked, host):
        scope = "AKIAFAKES3EXAMPLE000/20260101/us-east-1/s3-object-lambda/aws4_request"
        signed = {"authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"}
        answer = stocked("POST", "/WriteGetObjectResponse", signed, host=host, body=b"")
        assert (501, "NotImplemented", "WriteGetObjectResponse") == (
            answer.status,
            answer.code,
            answer.error["Header"],
        )
        assert "fakes3 does not model WriteGetObjectResponse" in answer.error["Message"]
        assert "WriteGetObjectResponse" == stocked.service.calls[-1].operation


class Sent(Exception):
    """A request that botocore was about to send."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


@pytest.fixture(scope="module")
def client() -> Any:
    """A botocore client that raises what it would send."""
    session = botocore.session.Session()
    client = session.create_client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(s3={"addressing_style": "path"}, parameter_validation=False),
    )

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        raise Sent(request)

    client.meta.events.register("before-send.s3", stop)
    return client


def method_name(operation: str) -> str:
    return botocore.xform_name(operation)


class TestBotocore:
    """What botocore's own serializer sends for an operation routes to that operation."""

    @EVERY
    @pytest.mark.parametrize("required_only", [True, False], ids=["required", "every member"])
    def test_every_operation(self, client, shapes, operation, required_only):
        parameters = self.parameters(shapes, operation, required_only=required_only)
        with pytest.raises(Sent) as sent:
            getattr(client, method_name(operation.name))(**parameters)
        request = sent.value.request
        host, path, query = re.match(r"https://([^/]*)([^?]*)\??(.*)", request.url).groups()  # type: ignore[union-attr]
        bucket, key = locate(host_of(host), path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert ("bucket" if operation.level != "service" else None) == bucket
        assert ("some/key" if operation.level == "key" else None) == key
        assert meant(operation) == route(request.method, operation.level, parse_query(query), headers)

    def parameters(self, shapes: Any, operation: Operation, *, required_only: bool) -> dict[str, Any]:
        if operation.input is None:
            return {}
        values = shapes.full(operation.input, required_only=required_only)
        if operation.name == "SelectObjectContent":
            values |= values.pop("SelectObjectContentRequest")  # whose members botocore takes beside the others
        values |= {"Bucket": "bucket"} if "Bucket" in operation.input.members else {}
        values |= {"Key": "some/key"} if "Key" in operation.input.members else {}
        if "CopySource" in values:
            values["CopySource"] = "bucket/source"
        # One checksum, and the one that botocore computes itself: it refuses or needs awscrt for others.
        values = {name: value for name, value in values.items() if not name.startswith("Checksum")}
        if "ExpectedBucketOwner" in values:
            values["ExpectedBucketOwner"] = "123456789012"
        return values

    def test_what_is_sent_for_directory_buckets_is_not_routed(self, client):
        with pytest.raises(Sent) as sent:
            client.list_directory_buckets()
        assert sent.value.request.url.startswith("https://s3express-control.us-east-1.amazonaws.com/")


PART = {"partNumber": "1", "uploadId": "u"}
COPY = {"x-amz-copy-source": "/b/k"}


class TestPlainOperations:
    """Where operations share method, level and fixed query, the one most of whose required members are there wins."""

    @pytest.mark.parametrize(
        ("method", "query", "headers", "name"),
        [
            ("PUT", {}, {}, "PutObject"),
            ("PUT", {}, COPY, "CopyObject"),
            ("PUT", PART, {}, "UploadPart"),
            ("PUT", PART, COPY, "UploadPartCopy"),
            ("GET", {}, {}, "GetObject"),
            ("GET", {"partNumber": "1"}, {}, "GetObject"),
            ("GET", {"uploadId": "u"}, {}, "ListParts"),
            ("DELETE", {}, {}, "DeleteObject"),
            ("DELETE", {"uploadId": "u"}, {}, "AbortMultipartUpload"),
            ("POST", {"uploadId": "u"}, {}, "CompleteMultipartUpload"),
            ("POST", {"uploads": ""}, {}, "CreateMultipartUpload"),
            ("HEAD", {}, {}, "HeadObject"),
        ],
    )
    def test_of_keys(self, method, query, headers, name):
        assert name == route(method, "key", query, headers)

    @pytest.mark.parametrize(
        ("method", "query", "name"),
        [
            ("GET", {}, "ListObjects"),
            ("GET", {"list-type": "2"}, "ListObjectsV2"),
            ("GET", {"analytics": ""}, "ListBucketAnalyticsConfigurations"),
            ("GET", {"analytics": "", "id": "x"}, "GetBucketAnalyticsConfiguration"),
            ("GET", {"analytics": "", "id": ""}, "ListBucketAnalyticsConfigurations"),
            ("PUT", {"analytics": ""}, "PutBucketAnalyticsConfiguration"),
            ("PUT", {"analytics": "", "id": ""}, "PutBucketAnalyticsConfiguration"),
            ("POST", {"delete": ""}, "DeleteObjects"),
            ("PUT", {}, "CreateBucket"),
            ("DELETE", {}, "DeleteBucket"),
            ("HEAD", {}, "HeadBucket"),
        ],
    )
    def test_of_buckets(self, method, query, name):
        assert name == route(method, "bucket", query, {})

    def test_of_the_service(self):
        assert "ListBuckets" == route("GET", "service", {}, {})

    @given(st.permutations(["partNumber", "uploadId", "x-id", "anything"]))
    def test_the_order_of_the_query_does_not_matter(self, names):
        assert "UploadPart" == route("PUT", "key", dict.fromkeys(names, "1"), {})

    def test_part_number_alone_writes_no_object(self):
        with pytest.raises(InvalidArgument, match="does not accept partNumber without uploadId"):
            route("PUT", "key", {"partNumber": "1"}, {})

    def test_upload_id_alone_writes_no_object(self):
        with pytest.raises(MethodNotAllowed):
            route("PUT", "key", {"uploadId": "u"}, COPY)


BUCKET_NAMES = sorted({name for each in operations().values() for name, value in each.query.items() if value is None})
NAMES = st.sampled_from(BUCKET_NAMES)
METHODS = ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"]


class TestSubResources:
    """A sub-resource that the query names is what the request is about, or the request is refused."""

    @given(st.sampled_from(METHODS), st.sampled_from(["bucket", "key"]), NAMES)
    def test_none_is_ever_passed_over(self, method, level, name):
        try:
            found = operations()[route(method, level, {name: ""}, {})]
        except (MethodNotAllowed, InvalidRequest, NoLoggingStatusForKey):
            return
        assert (method, level) == (found.method, found.level)
        assert name in found.query

    @given(st.sampled_from(METHODS), st.sampled_from(["bucket", "key"]), st.sets(NAMES, min_size=2, max_size=4))
    def test_two_at_once_conflict_whatever_the_method(self, method, level, names):
        with pytest.raises(InvalidArgument) as refused:
            route(method, level, dict.fromkeys(names, ""), {})
        assert f"Conflicting query string parameters: {', '.join(sorted(names))}" == refused.value.message
        assert {"ArgumentName": "ResourceType"} == refused.value.members

    @pytest.mark.parametrize(
        ("name", "allow"),
        # measured against S3 in brekkylab/backlot#244: the methods that a HEAD of each names
        [
            ("location", "GET"),
            ("uploads", "GET, POST"),
            ("versioning", "GET, PUT"),
            ("acl", "GET, PUT"),
            ("tagging", "DELETE, GET, PUT"),
            ("policy", "DELETE, GET, PUT"),
            ("versions", "GET"),
        ],
    )
    def test_a_method_it_does_not_take_is_refused_with_those_it_takes(self, name, allow):
        with pytest.raises(MethodNotAllowed) as refused:
            route("HEAD", "bucket", {name: ""}, {})
        assert allow == refused.value.headers["Allow"]

    @pytest.mark.parametrize("target", ["/bucket?versioning", "/bucket?acl", "/bucket/key?acl", "/bucket/key?torrent"])
    def test_deleting_what_cannot_be_deleted_deletes_nothing(self, stocked, target):
        world = stocked.service.world
        answer = stocked("DELETE", target)
        assert (405, "MethodNotAllowed") == (answer.status, answer.code)
        assert "DELETE" == answer.error["Method"]
        assert world is stocked.service.world

    def test_writing_what_cannot_be_written_writes_nothing(self, stocked):
        world = stocked.service.world
        assert 405 == stocked("PUT", "/bucket/key?versions", body=b"other").status
        assert 405 == stocked("PUT", "/other?location").status
        assert world is stocked.service.world

    def test_a_key_has_no_uploads_and_no_versions_to_list(self):
        with pytest.raises(InvalidRequest, match=r"^InvalidRequest: Key is not expected for the GET method \?uploads"):
            route("GET", "key", {"uploads": ""}, {})
        with pytest.raises(InvalidRequest, match=r"no such thing as the \?versions sub-resource for a key"):
            route("GET", "key", {"versions": ""}, {})
        with pytest.raises(NoLoggingStatusForKey):
            route("GET", "key", {"logging": ""}, {})

    @given(st.from_regex(r"[a-z]{1,6}-x", fullmatch=True))
    def test_a_name_that_s3_does_not_know_is_ignored(self, name):
        assert "ListObjects" == route("GET", "bucket", {name: ""}, {})
        assert "GetBucketAcl" == route("GET", "bucket", {"acl": "", name: ""}, {})


class TestMethods:
    """A method that a bucket, an object or the service does not take is refused, with the kind of thing it is."""

    @pytest.mark.parametrize(
        ("method", "level", "kind"),
        [
            ("PUT", "service", "SERVICE"),
            ("POST", "service", "SERVICE"),
            ("PATCH", "bucket", "BUCKET"),
            ("POST", "key", "OBJECT"),
            ("PATCH", "key", "OBJECT"),
            ("get", "key", "OBJECT"),
        ],
    )
    def test_is_refused(self, method, level, kind):
        with pytest.raises(MethodNotAllowed) as refused:
            route(method, level, {}, {})
        assert {"ResourceType": kind} == refused.value.members
        assert "GET" in refused.value.headers["Allow"]


@pytest.mark.parametrize("value", ["1", "3", "", "two"])
def test_there_is_no_other_list_type_than_2(value: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        route("GET", "bucket", {"list-type": value}, {})
    assert "Invalid List Type specified in Request" == refusal.value.message
    assert {"ArgumentName": "list-type", "ArgumentValue": value} == refusal.value.members
