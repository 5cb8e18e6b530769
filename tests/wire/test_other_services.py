"""Requests for other services of AWS, which come where one endpoint is set for all services.

S3: sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.parsers import create_parser

from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

from ..ask import Answer, Ask, signed_by

FORM = "application/x-www-form-urlencoded; charset=utf-8"
TARGET = "DynamoDB_20120810.ListTables"
AT = "localhost:9000"


def told(service: str) -> str:
    return (
        f"This request is for {service}, and fakes3 is S3 alone. Set AWS_ENDPOINT_URL_S3 instead of AWS_ENDPOINT_URL, "
        f"so that only S3 comes here, and let another fake, such as moto's server, answer for {service}."
    )


def signed_for(service: str) -> str:
    return signed_by().replace("/s3/", f"/{service}/")


def parsed(protocol: str, answer: Any) -> dict[str, Any]:
    """Return the error as botocore reads it in this protocol."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    response = {"status_code": answer.status, "headers": headers, "body": answer.body, "context": {}}
    parser: Any = create_parser(protocol)
    error: dict[str, Any] = parser.parse(response, None)["Error"]
    return {name: error[name] for name in ("Code", "Message")}


class TestProtocols:
    """The answer has the form of errors in the protocol of the service."""

    @pytest.mark.parametrize(
        ("service", "protocol", "method", "target", "headers"),
        [
            ("dynamodb", "json", "POST", "/", {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.0"}),
            ("sqs", "json", "POST", "/", {"X-Amz-Target": "AmazonSQS.ListQueues"}),
            ("sts", "query", "POST", "/", {"Content-Type": FORM}),
            ("sts", "query", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {}),
            ("iam", "query", "POST", "/", {"Content-Type": FORM}),
            ("ec2", "ec2", "POST", "/", {"Content-Type": FORM}),
            ("lambda", "rest-json", "GET", "/2015-03-31/functions/", {}),
            ("lambda", "rest-json", "POST", "/2015-03-31/functions", {"Content-Type": "application/json"}),
            ("cloudfront", "rest-xml", "GET", "/2020-05-31/distribution", {}),
            ("route53", "rest-xml", "POST", "/2013-04-01/hostedzone", {"Content-Type": "application/xml"}),
        ],
    )
    @pytest.mark.parametrize("host", [AT, "127.0.0.1:9000", "minio", "sts.us-east-1.amazonaws.com"])
    def test_what_botocore_reads(
        self, stocked: Ask, service: str, protocol: str, method: str, target: str, headers: Any, host: str
    ) -> None:
        before = stocked.service.world
        answer = stocked(method, target, {"authorization": signed_for(service), **headers}, host=host)
        assert 501 == answer.status
        assert {"Code": "NotImplemented", "Message": told(service)} == parsed(protocol, answer)
        assert told(service) == answer.headers["x-fakes3-reason"]
        assert before is stocked.service.world

    @pytest.mark.parametrize("headers", [{"Smithy-Protocol": "rpc-v2-cbor"}, {"Content-Type": "application/cbor"}])
    def test_cbor(self, stocked: Ask, headers: dict[str, str]) -> None:
        sent = {"authorization": signed_for("monitoring"), **headers}
        answer = stocked("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", sent, host=AT)
        text = told("monitoring").encode()
        body = b"\xa2\x79\x00\x06__type\x79\x00\x0eNotImplemented\x79\x00\x07message\x79" + len(text).to_bytes(2) + text
        assert (501, "application/cbor", body) == (answer.status, answer.headers["Content-Type"], answer.body)

    def test_presigned(self, stocked: Ask) -> None:
        scope = "AKIDEXAMPLE%2F20260304%2Fus-east-1%2Fsts%2Faws4_request"
        target = f"/?Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}"
        answer = stocked("GET", target, host=AT, signed=False)
        assert {"Code": "NotImplemented", "Message": told("sts")} == parsed("query", answer)

    @pytest.mark.parametrize(
        ("headers", "protocol", "service"),
        [({"X-Amz-Target": TARGET}, "json", "DynamoDB_20120810"), ({"Content-Type": FORM}, "query", "another service")],
    )
    def test_unsigned(self, stocked: Ask, headers: dict[str, str], protocol: str, service: str) -> None:
        answer = stocked("POST", "/", headers, b"Action=AssumeRoleWithWebIdentity", host=AT, signed=False)
        assert {"Code": "NotImplemented", "Message": told(service)} == parsed(protocol, answer)

    def test_it_is_recorded(self, stocked: Ask) -> None:
        stocked("POST", "/", {"authorization": signed_for("sqs")}, host=AT)
        call = stocked.service.calls[-1]
        assert ("POST", 501, "NotImplemented", told("sqs")) == (call.operation, call.status, call.error, call.reason)


class TestS3Control:
    """S3 Control is signed for S3, and told by its paths."""

    @pytest.mark.parametrize("host", [AT, f"123456789012.{AT}", "unknown.example:9000"])
    def test_it_is_served(self, stocked: Ask, host: str) -> None:
        sent = {"authorization": signed_by(), "x-amz-account-id": "123456789012"}
        request = Request("GET", "http", host, "/v20180820/configuration/publicAccessBlock", "", sent)
        answer = Answer(handle(stocked.service, request, frozenset({"localhost"})))
        assert 404 == answer.status
        assert "<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration</Code>" in answer.text


class TestRequestsForS3:
    """What is for S3, or comes to a host of S3's, is judged by S3."""

    def test_a_signature_for_another_service_at_a_host_of_s3(self, stocked: Ask) -> None:
        answer = stocked("GET", "/bucket/key", {"authorization": signed_for("sqs")})
        assert (400, "AuthorizationHeaderMalformed") == (answer.status, answer.code)

    def test_a_form_in_a_bucket(self, stocked: Ask) -> None:
        answer = stocked("POST", "/bucket", {"Content-Type": FORM}, b"a=b", host=AT)
        assert (412, "PreconditionFailed") == (answer.status, answer.code)

    def test_a_form_in_a_virtual_hosted_bucket(self, stocked: Ask) -> None:
        request = Request("POST", "http", f"bucket.{AT}", "/", "", {"content-type": FORM, "content-length": "0"})
        assert 412 == handle(stocked.service, request, frozenset({AT})).status

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_at_the_root(self, stocked: Ask, method: str) -> None:
        assert {"GET": 200, "POST": 405}[method] == stocked(method, "/", host=AT).status


class TestDirectoryBuckets:
    """Requests for directory buckets are told by the service that they are signed for.

    S3: userguide/s3-express-security-iam.html
    """

    @pytest.mark.parametrize(
        ("method", "target", "operation", "status"),
        [
            ("GET", "/", "ListDirectoryBuckets", 200),
            ("GET", "/?max-directory-buckets=2", "ListDirectoryBuckets", 200),
            ("GET", "/b--use1-az4--x-s3?list-type=2", "ListObjectsV2", 404),
            ("PUT", "/b--use1-az4--x-s3/key", "PutObject", 404),
            ("GET", "/bucket/key", "GetObject", 404),
        ],
    )
    @pytest.mark.parametrize("host", [AT, "s3.us-east-1.amazonaws.com"])
    def test_they_do_not_reach_other_buckets(
        self, stocked: Ask, method: str, target: str, operation: str, status: int, host: str
    ) -> None:
        before = stocked.service.world
        answer = stocked(method, target, {"authorization": signed_for("s3express")}, host=host)
        assert status == answer.status
        assert operation == stocked.service.calls[-1].operation
        assert before is stocked.service.world
