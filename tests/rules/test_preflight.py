"""A browser's preflight: whether a page of another origin may send a request. It is judged before any signature.

S3: userguide/cors.html
"""

from __future__ import annotations

import pytest

from fakes3 import FakeS3

from ..ask import Ask, signed_by

ORIGIN = {"Origin": "http://x.example"}
NOT_ENABLED = "CORSResponse: CORS is not enabled for this bucket."


@pytest.fixture(autouse=True)
def bucket(s3: FakeS3) -> str:
    return s3.create_bucket("bucket", objects={"k": "v"}).name


class TestPreflight:
    """A preflight needs an origin, a bucket and CORS rules."""

    # recorded: TestS3Cors::test_cors_http_options_non_existent_bucket
    @pytest.mark.parametrize("path", ["/bucket", "/bucket/k", "/nowhere/k"])
    def test_without_an_origin(self, ask: Ask, path: str) -> None:
        message = "Insufficient information. Origin request header needed."
        assert (400, "BadRequest", message, {}) == ask("OPTIONS", path, signed=False).refusal

    # recorded: TestS3Cors::test_cors_http_options_non_existent_bucket
    def test_of_a_bucket_that_does_not_exist(self, ask: Ask) -> None:
        about = {"Method": "OPTIONS", "ResourceType": "BUCKET"}
        expected = (403, "AccessForbidden", "CORSResponse: Bucket not found", about)
        assert expected == ask("OPTIONS", "/nowhere/k", ORIGIN, signed=False).refusal

    # recorded: TestS3Cors::test_cors_http_options_no_config
    @pytest.mark.parametrize("path", ["/bucket", "/bucket/k", "/bucket/absent", "/bucket?cors"])
    def test_of_a_bucket_without_cors_rules(self, s3: FakeS3, ask: Ask, path: str) -> None:
        about = {"Method": "PUT", "ResourceType": "BUCKET"}
        asked = ORIGIN | {"Access-Control-Request-Method": "PUT"}
        assert (403, "AccessForbidden", NOT_ENABLED, about) == ask("OPTIONS", path, asked, signed=False).refusal
        about["Method"] = "OPTIONS"
        assert (403, "AccessForbidden", NOT_ENABLED, about) == ask("OPTIONS", path, ORIGIN, signed=False).refusal
        assert (
            "the bucket bucket has no CORS rules. Put some with PutBucketCors. Only browsers need a preflight: other "
            "clients send the request itself." == s3.calls[-1].reason
        )

    def test_under_the_name_of_the_bucket(self, ask: Ask) -> None:
        host = "bucket.s3.us-east-1.amazonaws.com"
        assert NOT_ENABLED == ask("OPTIONS", "/k", ORIGIN, host=host, signed=False).refusal.message


class TestBeforeSignatures:
    """A signature that is wrong, expired or not there does not matter."""

    @pytest.mark.parametrize("authorization", ["nonsense", signed_by("AKIAUNKNOWN"), signed_by(region="eu-west-1")])
    def test_in_a_header(self, ask: Ask, authorization: str) -> None:
        asked = ORIGIN | {"Authorization": authorization}
        assert NOT_ENABLED == ask("OPTIONS", "/bucket/k", asked, signed=False).refusal.message

    def test_in_a_presigned_url(self, s3: FakeS3, ask: Ask) -> None:
        url = s3.client().generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "k"}, ExpiresIn=1)
        s3.clock.advance(minutes=1)
        target = "/bucket/k?" + url.partition("?")[2]
        assert NOT_ENABLED == ask("OPTIONS", target, ORIGIN, signed=False).refusal.message
        assert "Request has expired" == ask("PUT", target, signed=False).refusal.message


def test_the_service_has_no_options(ask: Ask) -> None:
    about = {"Method": "OPTIONS", "ResourceType": "SERVICE"}
    assert (405, about) == ask("OPTIONS", "/", ORIGIN).refusal[::3]
