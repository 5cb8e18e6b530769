"""CORS rules of buckets: what a browser asks before it lets a page of another origin use a bucket, and what it is told.

What is refused before a rule is looked at is in `test_preflight.py`.

S3: userguide/cors.html, API/API_PutBucketCors.html
"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3

from ..ask import Answer, Ask
from .conftest import Refused
from .test_bucket_tagging import status

ORIGIN = "https://localhost:4200"
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
NOT_ALLOWED = (
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
PLAIN = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
CREDENTIALS = {
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Max-Age": "3000",
    "Vary": VARY,
}


def put(client: Any, *rules: dict[str, Any]) -> Any:
    return client.put_bucket_cors(Bucket="never", CORSConfiguration={"CORSRules": list(rules)})


def told(answer: Answer) -> dict[str, str]:
    """What the headers of an answer tell a browser."""
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-") or name == "Vary"}


def preflight(
    ask: Ask, method: str, path: str = "/never/k", origin: str = ORIGIN, headers: str | None = None
) -> Answer:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return ask("OPTIONS", path, asked, signed=False)


@pytest.fixture(autouse=True)
def content(s3_client: Any, bucket: str) -> None:
    s3_client.put_object(Bucket=bucket, Key="k", Body=b"test-cors")


class TestDocument:
    """The rules are kept as they were put."""

    # recorded: TestS3Cors::test_put_cors
    def test_read_back(self, s3_client: Any, bucket: str) -> None:
        rule = {
            "AllowedHeaders": ["x-amz-expected-bucket-owner", "x-amz-server-side-encryption-customer-algorithm"],
            "AllowedMethods": ["GET", "PUT", "HEAD"],
            "AllowedOrigins": ["https://test.com", "https://app.test.com", "http://test.com:80"],
            "MaxAgeSeconds": 3000,
        }
        assert 200 == status(put(s3_client, rule))
        assert [rule] == s3_client.get_bucket_cors(Bucket=bucket)["CORSRules"]

    # recorded: TestS3Cors::test_put_cors_empty_origin
    def test_an_empty_origin(self, s3_client: Any, bucket: str) -> None:
        rule = {"AllowedMethods": ["GET", "PUT", "HEAD"], "AllowedOrigins": [""]}
        put(s3_client, rule)
        assert [rule] == s3_client.get_bucket_cors(Bucket=bucket)["CORSRules"]

    # recorded: TestS3Cors::test_get_cors
    def test_set(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist", BucketName=bucket):
            s3_client.get_bucket_cors(Bucket=bucket)
        put(s3_client, PLAIN)
        assert [PLAIN] == s3_client.get_bucket_cors(Bucket=bucket)["CORSRules"]

    # recorded: TestS3Cors::test_delete_cors
    def test_deleted(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        assert 204 == status(s3_client.delete_bucket_cors(Bucket=bucket))
        assert 200 == status(put(s3_client, PLAIN))
        assert [PLAIN] == s3_client.get_bucket_cors(Bucket=bucket)["CORSRules"]
        assert 204 == status(s3_client.delete_bucket_cors(Bucket=bucket))
        with refused("NoSuchCORSConfiguration", 404, "The CORS configuration does not exist", BucketName=bucket):
            s3_client.get_bucket_cors(Bucket=bucket)


class TestRefusedRules:
    """S3 keeps no rule with a fault. S3: API/API_CORSRule.html, userguide/ManageCorsUsing.html"""

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            (
                {"AllowedMethods": ["GET", "PATCH"]},
                "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
            ),
            ({"AllowedMethods": ["get"]}, "Found unsupported HTTP method in CORS config. Unsupported method is get"),
            (
                {"AllowedOrigins": ["http://*.a.*"]},
                'AllowedOrigin "http://*.a.*" can not have more than one wildcard.',
            ),
            ({"AllowedHeaders": ["*-*"]}, 'AllowedHeader "*-*" can not have more than one wildcard.'),
            (
                {"ExposeHeaders": ["x-*"]},
                'ExposeHeader "x-*" contains wildcard. We currently do not support wildcard for ExposeHeader.',
            ),
            ({"AllowedHeaders": ["x one"]}, 'AllowedHeader "x one" contains invalid character.'),
            ({"ExposeHeaders": ["x:"]}, 'ExposeHeader "x:" contains invalid character.'),
        ],
    )
    def test_a_fault(self, s3_client: Any, refused: Refused, more: dict[str, Any], message: str) -> None:
        put(s3_client, PLAIN)
        with refused("InvalidRequest", 400, message):
            put(s3_client, PLAIN, PLAIN | more)

    def test_one_to_a_hundred(self, s3_client: Any, refused: Refused) -> None:
        with refused("MalformedXML", 400, MALFORMED):
            put(s3_client)
        put(s3_client, *[PLAIN] * 100)
        with refused("InvalidRequest", 400, "The number of CORS rules should not exceed allowed limit of 100 rules."):
            put(s3_client, *[PLAIN] * 101)

    # observed: radkawar/stackd, testdata/aws/s3/cors_raw_replay.json
    def test_at_most_64_kib(self, s3_client: Any, refused: Refused) -> None:
        put(s3_client, PLAIN | {"ID": "i" * 65_000})
        with refused("MaxMessageLengthExceeded", 400, MaxMessageLengthBytes="65536"):
            put(s3_client, PLAIN | {"ID": "i" * 65_536})


class TestPreflight:
    """The first rule that allows the origin, the method and all headers answers."""

    # recorded: TestS3Cors::test_cors_match_methods
    def test_a_method_that_is_allowed(self, s3_client: Any, ask: Ask) -> None:
        put(s3_client, {"AllowedMethods": ["GET"], "AllowedOrigins": [ORIGIN], "MaxAgeSeconds": 3000})
        answer = preflight(ask, "GET")
        assert (200, b"", "0") == (answer.status, answer.body, answer.headers["Content-Length"])
        assert CREDENTIALS == told(answer)

    # recorded: TestS3Cors::test_cors_match_methods
    @pytest.mark.parametrize("path", ["/never/k", "/never", "/never/absent"])
    def test_another_method(self, s3_client: Any, ask: Ask, path: str) -> None:
        put(s3_client, {"AllowedMethods": ["GET"], "AllowedOrigins": [ORIGIN], "MaxAgeSeconds": 3000})
        answer = preflight(ask, "PUT", path)
        about = {"Method": "PUT", "ResourceType": "BUCKET" if path == "/never" else "OBJECT"}
        assert (403, "AccessForbidden", NOT_ALLOWED, about) == answer.refusal
        assert {} == told(answer)

    # recorded: TestS3Cors::test_cors_expose_headers
    def test_headers_that_a_page_may_read(self, s3_client: Any, ask: Ask) -> None:
        exposed = ["x-amz-id-2", "x-amz-request-id", "x-amz-request-payer"]
        put(s3_client, PLAIN | {"ExposeHeaders": exposed})
        answer = preflight(ask, "GET")
        assert (200, b"") == (answer.status, answer.body)
        assert {
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "x-amz-id-2, x-amz-request-id, x-amz-request-payer",
            "Vary": VARY,
        } == told(answer)

    def test_headers_that_a_page_may_send(self, s3_client: Any, ask: Ask) -> None:
        put(s3_client, PLAIN | {"AllowedHeaders": ["Content-Type", "x-amz-*"]})
        answer = preflight(ask, "GET", headers="X-Amz-Date,Content-Type, x-amz-meta-a")
        assert "x-amz-date, content-type, x-amz-meta-a" == answer.headers["Access-Control-Allow-Headers"]
        assert NOT_ALLOWED == preflight(ask, "GET", headers="x-amz-date, range").refusal.message

    # observed: radkawar/stackd, testdata/aws/s3/cors_raw_replay.json
    @pytest.mark.parametrize("method", ["GETS", "get"])
    @pytest.mark.parametrize("path", ["/never/k", "/nowhere/k"])
    def test_no_such_method(self, s3_client: Any, ask: Ask, path: str, method: str) -> None:
        put(s3_client, PLAIN)
        message = f"Invalid Access-Control-Request-Method: {method}"
        assert (400, "BadRequest", message, {}) == preflight(ask, method, path).refusal

    @pytest.mark.parametrize("method", ["OPTIONS", "PATCH", None])
    def test_a_method_that_no_rule_can_allow(self, s3_client: Any, ask: Ask, method: str | None) -> None:
        put(s3_client, PLAIN)
        answer = ask("OPTIONS", "/never/k", {"Origin": ORIGIN, "Access-Control-Request-Method": method}, signed=False)
        assert (NOT_ALLOWED, method or "OPTIONS") == (answer.refusal.message, answer.refusal.members["Method"])

    # observed: radkawar/stackd, testdata/aws/s3/cors_raw_replay.json
    def test_no_such_header(self, s3_client: Any, ask: Ask) -> None:
        put(s3_client, PLAIN | {"AllowedHeaders": ["*"]})
        message = 'Access-Control-Request-Headers "x a" contains invalid character.'
        assert (400, "BadRequest", message, {}) == preflight(ask, "GET", headers="x-b, x a").refusal
        assert "x-b" == preflight(ask, "GET", headers="x-b, ,").headers["Access-Control-Allow-Headers"]

    def test_its_call_is_recorded(self, s3: FakeS3, s3_client: Any, ask: Ask) -> None:
        put(s3_client, PLAIN)
        preflight(ask, "GET")
        assert ("OPTIONS", 200) == (s3.calls[-1].operation, s3.calls[-1].status)
        preflight(ask, "PUT", headers="x-a")
        assert (
            f"no CORS rule of the bucket never allows PUT from {ORIGIN} with the headers x-a. Add a rule with "
            "PutBucketCors." == s3.calls[-1].reason
        )


class TestRequest:
    """S3 serves every request. Its answer tells the browser whether a page may have it."""

    # recorded: TestS3Cors::test_cors_match_methods
    def test_of_a_method_that_is_allowed(self, s3_client: Any, ask: Ask) -> None:
        put(s3_client, {"AllowedMethods": ["GET"], "AllowedOrigins": [ORIGIN], "MaxAgeSeconds": 3000})
        answer = ask("GET", "/never/k", {"Origin": ORIGIN})
        assert (200, b"test-cors", CREDENTIALS) == (answer.status, answer.body, told(answer))
        answer = ask("PUT", "/never/k", {"Origin": ORIGIN})
        assert (200, {}) == (answer.status, told(answer))

    # recorded: TestS3Cors::test_cors_match_methods
    def test_of_another_origin(self, s3_client: Any, ask: Ask) -> None:
        put(s3_client, {"AllowedMethods": ["GET"], "AllowedOrigins": [ORIGIN]})
        answer = ask("GET", "/never/k", {"Origin": "http://localhost:4200"})
        assert (200, b"test-cors", {}) == (answer.status, answer.body, told(answer))
        assert {} == told(ask("GET", "/never/k"))

    @pytest.mark.parametrize(
        ("method", "path", "signed", "expected"),
        [
            ("GET", "/never/absent", True, 404),
            ("GET", "/never/k", False, 403),
            ("HEAD", "/never/absent", True, 404),
            ("GET", "/never?versionId=x", True, 400),
            ("GET", "/never/%FF", True, 400),
        ],
    )
    def test_that_is_refused(
        self, s3_client: Any, ask: Ask, method: str, path: str, *, signed: bool, expected: int
    ) -> None:
        put(s3_client, {"AllowedMethods": ["GET", "HEAD"], "AllowedOrigins": [ORIGIN]})
        answer = ask(method, path, {"Origin": ORIGIN}, signed=signed)
        allowed = {"Access-Control-Allow-Origin": ORIGIN} if "%" not in path else {}
        assert (expected, allowed) == (
            answer.status,
            {name: value for name, value in told(answer).items() if name.endswith("Origin")},
        )

    def test_whose_signature_is_refused(self, s3: FakeS3, s3_client: Any, ask: Ask) -> None:
        put(s3_client, PLAIN)
        url = s3.client().generate_presigned_url("get_object", {"Bucket": "never", "Key": "k"}, ExpiresIn=1)
        s3.clock.advance(minutes=1)
        answer = ask("GET", "/never/k?" + url.partition("?")[2], {"Origin": ORIGIN}, signed=False)
        assert (403, "*") == (answer.status, answer.headers["Access-Control-Allow-Origin"])

    def test_of_a_form(self, s3_client: Any, ask: Ask) -> None:
        put(s3_client, PLAIN | {"AllowedMethods": ["POST"]})
        answer = ask("POST", "/never", {"Origin": ORIGIN, "Content-Type": "text/plain"}, b"x")
        assert (412, "*") == (answer.status, answer.headers["Access-Control-Allow-Origin"])

    def test_of_no_bucket(self, ask: Ask) -> None:
        assert {} == told(ask("GET", "/", {"Origin": ORIGIN}))
        assert {} == told(ask("GET", "/nowhere", {"Origin": ORIGIN}))
