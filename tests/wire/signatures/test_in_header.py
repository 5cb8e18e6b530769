"""Authorization headers: what S3 refuses of them, in its order, and when their signatures are verified."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from botocore.auth import HmacV1Auth, S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.dates import parse_http_date
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY, AccessKey, Principal
from fakes3.operations.service import Service
from fakes3.operations.settings import Settings
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

from ...ask import HOST

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY = AccessKey("AKIAALICEEXAMPLE0000", "alices/secret", Principal("123456789012"), is_verified=True)
UNDATED = "AWS authentication requires a valid Date or x-amz-date header"
MALFORMED = "The authorization header is malformed; "
WRONG_DATE = f"{MALFORMED}Invalid credential date. Date is not the same as X-Amz-Date."
MALFORMED_CREDENTIAL = (
    f'{MALFORMED}the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
)
THREE = f"{MALFORMED}the authorization header requires three components: Credential, SignedHeaders, and Signature."

Signed = Callable[..., dict[str, str]]


@pytest.fixture(autouse=True)
def traveller() -> Iterator[Any]:
    """The process's time stands still, so that what is signed is known."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(stocked) -> Any:
    """An S3 that knows one identity of the test's making."""
    stocked.service.access_keys[KEY.id] = KEY
    return stocked


@pytest.fixture
def verifying(world) -> Any:
    """The same, verifying all."""
    world.service.settings = world.service.settings._replace(verifies_signatures=True)
    return world


@pytest.fixture(params=["identity", "all"])
def strict(request, world) -> Any:
    """An S3 that verifies this request: since the key says so, then since all are verified."""
    if request.param == "all":
        world.service.settings = world.service.settings._replace(verifies_signatures=True)
        world.service.access_keys[KEY.id] = KEY._replace(is_verified=False)
    return world


def signed(
    method: str = "GET",
    target: str = "/bucket/key",
    body: bytes = b"",
    *,
    key: AccessKey = KEY,
    secret: str | None = None,
    token: str | None = None,
    region: str = "us-east-1",
    host: str = HOST,
    version: int = 4,
    **headers: str,
) -> dict[str, str]:
    """The headers of a request that botocore signs now, the given ones among them."""
    credentials = Credentials(key.id, secret or key.secret or "", key.token if token is None else token or None)
    request = AWSRequest(method, f"https://{host}{target}", data=body)
    request.context["payload_signing_enabled"] = True
    for name, value in headers.items():
        request.headers[name.replace("_", "-")] = value
    signer = S3SigV4Auth(credentials, "s3", region) if version == 4 else HmacV1Auth(credentials)
    signer.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def test_what_botocore_signs_is_taken(strict):
    assert b"hello" == strict("GET", "/bucket/key", signed(), signed=False).body
    sent = signed("PUT", "/bucket/a%20b", b"new", x_amz_meta_a="1  2", content_type="text/x")
    assert 200 == strict("PUT", "/bucket/a%20b", sent, b"new", signed=False).status
    assert KEY.principal == strict.service.calls[-1].principal
    listed = "/bucket?list-type=2&prefix=a%20b&delimiter=%2F"
    assert 200 == strict("GET", listed, signed(target=listed), signed=False).status


class TestDate:
    """A signature has a date, at most 15 minutes off."""

    @pytest.mark.parametrize("date", [None, "", "yesterday", "20261304T050607Z", "2026-03-04T05:06:07Z"])
    @pytest.mark.parametrize("version", [4, 2])
    def test_none(self, strict, date, version):
        sent = signed(version=version) | {"date": "" if date is None else date}
        sent.pop("x-amz-date", None)
        if date is None:
            del sent["date"]
        answer = strict("GET", "/bucket/key", sent, signed=False)
        assert (403, "AccessDenied", UNDATED) == (answer.status, answer.code, answer.error["Message"])

    @pytest.mark.parametrize("minutes", [20, -20])
    @pytest.mark.parametrize("version", [4, 2])
    def test_too_far_off(self, strict, traveller, minutes, version):
        sent = signed(version=version)
        traveller.shift(timedelta(minutes=minutes))
        answer = strict("GET", "/bucket/key", sent, signed=False)
        assert (403, "RequestTimeTooSkewed") == (answer.status, answer.code)
        members = ["Code", "Message", "RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds", "RequestId", "HostId"]
        assert members == list(answer.error)
        expected = {
            "Message": "The difference between the request time and the current time is too large.",
            "RequestTime": sent["x-amz-date"] if version == 4 else sent["date"],
            "ServerTime": f"{NOW + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}",
            "MaxAllowedSkewMilliseconds": "900000",
        }
        assert expected.items() <= answer.error.items()

    @pytest.mark.parametrize("minutes", [15, -15])
    @pytest.mark.parametrize("version", [4, 2])
    def test_fifteen_minutes(self, strict, traveller, minutes, version):
        sent = signed(version=version)
        traveller.shift(timedelta(minutes=minutes))
        assert 200 == strict("GET", "/bucket/key", sent, signed=False).status

    @pytest.mark.parametrize("version", [4, 2])
    def test_a_test_that_moves_the_fakes_clock_does_not_move_its_clients(self, strict, version):
        strict.service.clock.advance(days=30)
        assert 200 == strict("GET", "/bucket/key", signed(version=version), signed=False).status
        strict.service.clock.freeze("2001-02-03T04:05:06Z")
        assert 200 == strict("GET", "/bucket/key", signed(version=version), signed=False).status

    def test_a_client_that_goes_by_the_fakes_clock(self, strict, traveller):
        sent = signed()
        strict.service.clock.freeze(NOW)
        traveller.shift(timedelta(days=30))
        assert 200 == strict("GET", "/bucket/key", sent, signed=False).status

    def test_is_not_asked_for_where_nothing_is_verified(self, world, traveller):
        world.service.access_keys[KEY.id] = KEY._replace(is_verified=False)
        sent = signed()
        traveller.shift(timedelta(days=1))
        assert 200 == world("GET", "/bucket/key", sent, signed=False).status

    def test_the_date_header_will_do(self, strict):
        sent = signed(date="Wed, 04 Mar 2026 05:06:07 GMT")
        assert "x-amz-date" not in sent
        assert 200 == strict("GET", "/bucket/key", sent, signed=False).status

    def test_a_date_beyond_the_calendar_is_none(self, strict):
        sent = signed(date="Wed, 04 Mar 2026 05:06:07 GMT") | {"date": "Fri, 31 Dec 9999 23:59:59 -2359"}
        response = strict("GET", "/bucket/key", sent, signed=False)
        assert 403 == response.status
        assert b"AWS authentication requires a valid Date or x-amz-date header" in response.body

    @given(st.text() | st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,4} \d\d:\d\d:\d\d [+-]\d{4}", fullmatch=True))
    def test_any_text_is_a_date_or_none(self, text):
        date = parse_http_date(text)
        assert date is None or date.tzinfo is UTC


GOOD = "AWS4-HMAC-SHA256 Credential=AKID/20260304/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
SCOPE = "20260304/us-east-1/s3/aws4_request"


class TestMalformed:
    """What a header says of its signature must be well formed, whether the signature is verified or not."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "Authorization header is invalid -- one and only one ' ' (space) required"),
            ("AWS4-HMAC-SHA256", "Authorization header is invalid -- one and only one ' ' (space) required"),
            ("AWS4-HMAC-SHA256Credential=", "Authorization header is invalid -- one and only one ' ' (space) required"),
            (GOOD.replace("AWS4-HMAC", "AWS5-HMAC"), "Unsupported Authorization Type"),
            ("Basic dXNlcjpwYXNz", "Unsupported Authorization Type"),
            ("Bearer token", "Unsupported Authorization Type"),
            ("AWS AKID", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
            ("AWS :x", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
            ("AWS AKID:", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
            ("AWS AKID:a:b", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
            ("AWS AKID: x", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"),
        ],
    )
    def test_header(self, world, text, message):
        answer = world("GET", "/bucket/key", {"authorization": text}, signed=False)
        expected = {
            "Code": "InvalidArgument",
            "Message": message,
            "ArgumentName": "Authorization",
            "ArgumentValue": text,
        }
        assert 400 == answer.status
        assert expected.items() <= answer.error.items()

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (", Signature=0", "", THREE),
            (", Signature=0", ", Signature=0, Other=1", THREE),
            (", Signature=0", ",", f"{MALFORMED}missing Signature."),
            (", Signature=", ", Sig=", f"{MALFORMED}missing Signature."),
            ("Credential=", "Cred=", f"{MALFORMED}missing Credential."),
            ("SignedHeaders=", "signedheaders=", f"{MALFORMED}missing SignedHeaders."),
            (SCOPE, "20260304/us-east-1/s3", MALFORMED_CREDENTIAL),
            (f"AKID/{SCOPE}", "", MALFORMED_CREDENTIAL),
            (f"AKID/{SCOPE}", f"/{SCOPE}", MALFORMED_CREDENTIAL),
            (
                "20260304",
                "2026-03-04",
                f'{MALFORMED}incorrect date format "2026-03-04". '
                'This date in the credential must be in the format "yyyyMMdd".',
            ),
            ("/s3/", "/sqs/", f'{MALFORMED}incorrect service "sqs". This endpoint belongs to "s3".'),
            (
                "aws4_request",
                "aws5_request",
                f'{MALFORMED}incorrect terminal "aws5_request". This endpoint uses "aws4_request".',
            ),
        ],
    )
    def test_components(self, world, old, new, message):
        assert 200 == world("GET", "/bucket/key", {"authorization": GOOD}, signed=False).status
        answer = world("GET", "/bucket/key", {"authorization": GOOD.replace(old, new)}, signed=False)
        expected = (400, "AuthorizationHeaderMalformed", message)
        assert expected == (answer.status, answer.code, answer.error["Message"])

    def test_the_day_of_the_credential_is_that_of_the_date(self, world):
        sent = {"authorization": GOOD, "x-amz-date": "20260305T000000Z"}
        answer = world("GET", "/bucket/key", sent, signed=False)
        assert (400, "AuthorizationHeaderMalformed") == (answer.status, answer.code)
        assert WRONG_DATE == answer.error["Message"]

    def test_the_date_is_looked_at_first(self, verifying):
        answer = verifying("GET", "/bucket/key", {"authorization": "AWS4-HMAC-SHA256"}, signed=False)
        assert (403, UNDATED) == (answer.status, answer.error["Message"])
        sent = {"authorization": "AWS4-HMAC-SHA256", "x-amz-date": "20260304T050607Z"}
        assert "InvalidArgument" == verifying("GET", "/bucket/key", sent, signed=False).code


class TestRegion:
    """A signature for another region than the endpoint's is refused, and the right region told."""

    @pytest.mark.parametrize(
        ("host", "target", "region", "expected"),
        [
            ("s3.us-east-1.amazonaws.com", "/bucket/key", "eu-west-1", "us-east-1"),
            ("s3.amazonaws.com", "/bucket/key", "eu-west-1", "us-east-1"),
            ("s3.amazonaws.com", "/bucket/key", "aws-global", "us-east-1"),
            ("bucket.s3.amazonaws.com", "/key", "eu-west-1", "us-east-1"),
            ("bucket.s3-accelerate.amazonaws.com", "/key", "eu-west-1", "us-east-1"),
            ("s3.eu-west-1.amazonaws.com", "/bucket/key", "ap-south-1", "us-east-1"),
            # Without a bucket, the endpoint's own region is the right one.
            ("s3.eu-west-1.amazonaws.com", "/", "us-east-1", "eu-west-1"),
            ("s3.eu-west-1.amazonaws.com", "/absent", "us-east-1", "eu-west-1"),
            ("s3.cn-north-1.amazonaws.com.cn", "/", "us-east-1", "cn-north-1"),
        ],
    )
    # recorded: TestS3::test_create_bucket_aws_global
    def test_wrong(self, world, host, target, region, expected):
        sent = {"authorization": GOOD.replace("us-east-1", region)}
        answer = world("GET", target, sent, signed=False, host=host)
        assert (400, "AuthorizationHeaderMalformed") == (answer.status, answer.code)
        assert f"{MALFORMED}the region '{region}' is wrong; expecting '{expected}'" == answer.error["Message"]
        assert expected == answer.error["Region"]
        of_bucket = expected if "key" in target else None
        assert of_bucket == answer.headers.get("x-amz-bucket-region")
        head = world("HEAD", target, sent, signed=False, host=host)
        assert (400, b"", of_bucket) == (head.status, head.body, head.headers.get("x-amz-bucket-region"))

    @pytest.mark.parametrize(
        ("host", "region"),
        [
            ("s3.eu-west-1.amazonaws.com", "eu-west-1"),  # right for the endpoint, which is wrong for the bucket
            ("s3.eu-west-1.amazonaws.com", "us-east-1"),  # right for the bucket, sent to the wrong endpoint
        ],
    )
    def test_of_a_bucket_elsewhere(self, world, host, region):
        sent = {"authorization": GOOD.replace("us-east-1", region)}
        answer = world("GET", "/bucket/key", sent, signed=False, host=host)
        assert (301, "PermanentRedirect") == (answer.status, answer.code)

    @pytest.mark.parametrize("host", ["minio:9000", "127.0.0.1:9000", "files.example.com"])
    def test_hosts_that_are_not_amazons_are_in_any(self, world, host):
        sent = {"authorization": GOOD.replace("us-east-1", "garage")}
        assert 200 == world("GET", "/bucket/key", sent, signed=False, host=host).status


class TestGlobalEndpoint:
    """The name of a bucket under the global endpoint leads to the bucket, wherever it is."""

    def test_presigned(self, world, presigned):
        create = (
            b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
        )
        assert 200 == world("PUT", "/far", body=create, host="s3.eu-west-1.amazonaws.com").status
        assert 200 == world("PUT", "/far/key", body=b"there", host="s3.eu-west-1.amazonaws.com").status
        target = presigned("/key", X_Amz_Credential="AKIDEXAMPLE/20260304/eu-west-1/s3/aws4_request")
        assert b"there" == world("GET", target, signed=False, host="far.s3.amazonaws.com").body
        assert 307 == world("GET", "/key", host="far.s3.amazonaws.com").status
        for region in ("us-east-1", "ap-south-1"):
            wrong = presigned("/key", X_Amz_Credential=f"AKIDEXAMPLE/20260304/{region}/s3/aws4_request")
            answer = world("GET", wrong, signed=False, host="far.s3.amazonaws.com")
            assert (400, "eu-west-1") == (answer.status, answer.error["Region"])
        assert 400 == world("GET", target, signed=False, host="absent.s3.amazonaws.com").status


class TestKnownKeys:
    """Who asks for known callers only meets no others."""

    @pytest.mark.parametrize("option", ["verifies_signatures", "enforces_iam"])
    @pytest.mark.parametrize("version", [4, 2])
    def test_unknown(self, world, option, version):
        unknown = AccessKey("AKIANOBODYEXAMPLE000", "x", Principal(None))
        sent = signed(key=unknown, version=version)
        assert 200 == world("GET", "/bucket/key", sent, signed=False).status
        world.service.settings = world.service.settings._replace(**{option: True})
        answer = world("GET", "/bucket/key", sent, signed=False)
        assert (403, "InvalidAccessKeyId", unknown.id) == (answer.status, answer.code, answer.error["AWSAccessKeyId"])
        own = AccessKey(ACCESS_KEY_ID, SECRET_ACCESS_KEY, world.service.root)
        assert 200 == world("GET", "/bucket/key", signed(key=own, version=version), signed=False).status

    def test_unknown_and_presigned(self, world, presigned):
        world.service.settings = Settings(enforces_iam=True)
        answer = world("GET", presigned("/bucket/key"), signed=False)
        assert (403, "InvalidAccessKeyId") == (answer.status, answer.code)
        v2 = "/bucket/key?AWSAccessKeyId=A&Signature=x&Expires=9999999999"
        assert "InvalidAccessKeyId" == world("GET", v2, signed=False).code

    def test_nobody_in_particular_is_no_unknown_key(self, verifying):
        assert "AccessDenied" == verifying("GET", "/bucket/key", signed=False).code

    def test_a_secret_that_only_aws_knows_verifies_nothing(self, verifying):
        verifying.service.access_keys[KEY.id] = KEY._replace(secret=None)
        assert 200 == verifying("GET", "/bucket/key", signed(secret="any"), signed=False).status
        assert 200 == verifying("GET", "/bucket/key", signed(secret="any", version=2), signed=False).status


class TestSessionTokens:
    """Temporary credentials are three parts, and end."""

    @pytest.fixture
    def temporary(self, world) -> AccessKey:
        key = KEY._replace(token="the/token==", expires=NOW + timedelta(hours=1))
        world.service.access_keys[key.id] = key
        return key

    @pytest.mark.parametrize("version", [4, 2])
    def test_right(self, world, temporary, version):
        assert 200 == world("GET", "/bucket/key", signed(key=temporary, version=version), signed=False).status

    @pytest.mark.parametrize("version", [4, 2])
    @pytest.mark.parametrize("is_verified", [True, False])
    def test_wrong(self, world, temporary, version, is_verified):
        world.service.access_keys[KEY.id] = temporary._replace(is_verified=is_verified)
        sent = signed(key=temporary, token="another", version=version)
        answer = world("GET", "/bucket/key", sent, signed=False)
        assert (400, "InvalidToken", "another") == (answer.status, answer.code, answer.error["Token-0"])
        assert "The provided token is malformed or otherwise invalid." == answer.error["Message"]

    # observed: soto-project/soto#121, databendlabs/databend#8069
    def test_missing(self, world, temporary):
        answer = world("GET", "/bucket/key", signed(token=""), signed=False)
        assert (403, "InvalidAccessKeyId", KEY.id) == (answer.status, answer.code, answer.error["AWSAccessKeyId"])

    # observed: aws/aws-sdk-go#1802
    def test_of_a_key_that_has_none(self, world):
        answer = world("GET", "/bucket/key", signed(token="left/over"), signed=False)
        assert (400, "InvalidToken", "left/over") == (answer.status, answer.code, answer.error["Token-0"])

    def test_expired(self, world, temporary):
        world.service.clock.advance(hours=1)
        answer = world("GET", "/bucket/key", signed(key=temporary), signed=False)
        assert (400, "ExpiredToken", temporary.token) == (answer.status, answer.code, answer.error["Token-0"])
        assert "The provided token has expired." == answer.error["Message"]

    def test_of_a_key_nobody_knows_is_nobodys_business(self, world):
        unknown = AccessKey("AKIANOBODYEXAMPLE000", "x", Principal(None), token="any")
        assert 200 == world("GET", "/bucket/key", signed(key=unknown), signed=False).status


class TestHeadersNotSigned:
    """The host and every `x-amz-` header must be signed; others need not be."""

    def test_host(self, strict):
        sent = signed()
        sent["authorization"] = sent["authorization"].replace("SignedHeaders=host;", "SignedHeaders=")
        answer = strict("GET", "/bucket/key", sent, signed=False)
        assert (403, "AccessDenied", "host") == (answer.status, answer.code, answer.error["HeadersNotSigned"])
        assert "There were headers present in the request which were not signed" == answer.error["Message"]

    def test_amz_headers(self, strict):
        sent = signed("PUT", "/bucket/new") | {"x-amz-acl": "private", "x-amz-meta-a": "1"}
        answer = strict("PUT", "/bucket/new", sent, signed=False)
        assert "x-amz-acl, x-amz-meta-a" == answer.error["HeadersNotSigned"]

    def test_others(self, strict):
        sent = signed("PUT", "/bucket/new") | {"content-type": "text/x", "expect": "100-continue", "user-agent": "x"}
        assert 200 == strict("PUT", "/bucket/new", sent, signed=False).status


class TestContentSha256:
    """A signed request says what the hash of its body is, or that it does not say."""

    def test_missing(self, strict):
        sent = signed()
        del sent["x-amz-content-sha256"]
        answer = strict("GET", "/bucket/key", sent, signed=False)
        assert (400, "InvalidRequest") == (answer.status, answer.code)
        assert "Missing required header for this request: x-amz-content-sha256" == answer.error["Message"]

    @pytest.mark.parametrize("value", ["", "e3b0", "z" * 64, "unsigned-payload", "STREAMING"])
    def test_no_word_and_no_hash(self, strict, value):
        answer = strict("GET", "/bucket/key", signed() | {"x-amz-content-sha256": value}, signed=False)
        assert (400, "InvalidArgument") == (answer.status, answer.code)
        named = (answer.error["ArgumentName"], answer.error["ArgumentValue"])
        assert ("x-amz-content-sha256", value) == named
        assert answer.error["Message"].startswith("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-")

    def test_of_another_body(self, strict):
        answer = strict("PUT", "/bucket/new", signed("PUT", "/bucket/new", b"one"), b"two", signed=False)
        assert (400, "XAmzContentSHA256Mismatch") == (answer.status, answer.code)

    @pytest.mark.parametrize(
        "word", ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"]
    )
    def test_nobody_in_particular_signs_no_chunks(self, world, word):
        answer = world("PUT", "/bucket/new", {"x-amz-content-sha256": word}, signed=False)
        message = (
            "Anonymous requests don't support this x-amz-content-sha256 value. Please use UNSIGNED-PAYLOAD or "
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER."
        )
        assert (400, "InvalidRequest", message) == (answer.status, answer.code, answer.error["Message"])


class TestSignature:
    """The signature is that of the request and the secret."""

    def test_another_secret(self, strict):
        answer = strict("GET", "/bucket/key", signed(secret="wrong"), signed=False)
        assert (403, "SignatureDoesNotMatch", KEY.id) == (answer.status, answer.code, answer.error["AWSAccessKeyId"])
        members = [
            "AWSAccessKeyId",
            "StringToSign",
            "SignatureProvided",
            "StringToSignBytes",
            "CanonicalRequest",
            "CanonicalRequestBytes",
        ]
        assert ["Code", "Message", *members, "RequestId", "HostId"] == list(answer.error)
        to_sign = bytes.fromhex(answer.error["StringToSignBytes"]).decode()
        assert answer.error["StringToSign"] == to_sign
        assert answer.error["CanonicalRequest"].startswith("GET\n/bucket/key\n\nhost:s3.us-east-1.amazonaws.com\n")

    @pytest.mark.parametrize(
        ("method", "target"), [("DELETE", "/bucket/key"), ("GET", "/bucket/other"), ("GET", "/bucket/key?acl")]
    )
    def test_another_request(self, strict, method, target):
        before = strict.service.world
        assert "SignatureDoesNotMatch" == strict(method, target, signed(), signed=False).code
        assert before is strict.service.world

    def test_another_value_of_a_signed_header(self, strict):
        sent = signed("PUT", "/bucket/new", x_amz_acl="private") | {"x-amz-acl": "public-read"}
        assert "SignatureDoesNotMatch" == strict("PUT", "/bucket/new", sent, signed=False).code

    def test_of_a_key_that_nobody_verifies(self, world):
        world.service.access_keys[KEY.id] = KEY._replace(is_verified=False)
        assert 200 == world("GET", "/bucket/key", signed(secret="wrong"), signed=False).status

    def test_a_server_that_names_the_port(self, strict):
        sent = signed(host="localhost:9000")
        assert 200 == strict("GET", "/bucket/key", sent, signed=False, host="localhost:9000").status


class TestVersion2:
    """Old regions take signatures of version 2; others never did."""

    def test_signed(self, strict):
        for target in ("/bucket/key", "/bucket?location", "/bucket/key?response-content-type=text/x"):
            assert 200 == strict("GET", target, signed(target=target, version=2), signed=False).status
        sent = signed("PUT", "/bucket/new", b"new", version=2, content_type="text/x", x_amz_meta_a="1")
        assert 200 == strict("PUT", "/bucket/new", sent, b"new", signed=False).status

    def test_dated_by_an_amz_header(self, strict):
        to_sign = "GET\n\n\n\nx-amz-date:Wed, 04 Mar 2026 05:06:07 GMT\n/bucket/key"
        signature = b64encode(hmac.digest(b"alices/secret", to_sign.encode(), "sha1")).decode()
        sent = {"x-amz-date": "Wed, 04 Mar 2026 05:06:07 GMT", "authorization": f"AWS {KEY.id}:{signature}"}
        assert 200 == strict("GET", "/bucket/key", sent, signed=False).status

    def test_wrong(self, strict):
        answer = strict("GET", "/bucket/key", signed(secret="wrong", version=2), signed=False)
        members = ["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes"]
        assert ["Code", "Message", *members, "RequestId", "HostId"] == list(answer.error)
        assert (403, "SignatureDoesNotMatch") == (answer.status, answer.code)

    NEW = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."

    @pytest.mark.parametrize(
        ("host", "is_taken"),
        [
            ("s3.us-east-1.amazonaws.com", True),
            ("s3.amazonaws.com", True),
            ("s3.us-west-2.amazonaws.com", True),
            ("s3.us-gov-west-1.amazonaws.com", True),
            ("s3.eu-central-1.amazonaws.com", False),
            ("s3.us-east-2.amazonaws.com", False),
            ("s3.cn-north-1.amazonaws.com.cn", False),
            ("s3.mx-central-1.amazonaws.com", False),
        ],
    )
    def test_regions(self, world, host, is_taken):
        answer = world("GET", "/", {"authorization": "AWS AKID:x"}, signed=False, host=host)
        if is_taken:
            assert 200 == answer.status
        else:
            expected = (400, "InvalidRequest", self.NEW)
            assert expected == (answer.status, answer.code, answer.error["Message"])

    def test_presigned_in_a_new_region(self, world):
        target = "/bucket/key?AWSAccessKeyId=A&Signature=x&Expires=9999999999"
        answer = world("GET", target, signed=False, host="s3.eu-central-1.amazonaws.com")
        assert (400, self.NEW) == (answer.status, answer.error["Message"])

    def test_where_the_host_does_not_say_it_is_the_fakes_region(self):
        def status(region: str) -> int:
            service = Service(Settings(region=region))
            request = Request("GET", "http", "minio:9000", "/", "", {"authorization": "AWS AKID:x"})
            return handle(service, request).status

        assert (200, 400) == (status("us-west-1"), status("eu-north-1"))


class TestPresignedWithTemporaryCredentials:
    """A URL dies with the session it was presigned in, even if it would hold longer."""

    @pytest.fixture
    def key(self, world) -> AccessKey:
        key = AccessKey(
            "ASIAEXAMPLE", None, Principal("123456789012"), token="the/token", expires=NOW + timedelta(minutes=10)
        )
        world.service.access_keys[key.id] = key
        return key

    @pytest.fixture(params=[4, 2])
    def url(self, request, key, presigned) -> Callable[..., str]:
        def make(token: str | None = None) -> str:
            if request.param == 2:
                query = "" if token is None else f"&x-amz-security-token={token}"
                return f"/bucket/key?AWSAccessKeyId={key.id}&Signature=x&Expires=9999999999{query}"
            named = {} if token is None else {"X_Amz_Security_Token": token}
            scope = f"{key.id}/20260304/us-east-1/s3/aws4_request"
            return str(presigned("/bucket/key", X_Amz_Credential=scope, X_Amz_Expires="3600", **named))

        return make

    def test_holds_until_then(self, world, url):
        target = url(token="the/token")
        assert 200 == world("GET", target, signed=False).status
        world.service.clock.advance(minutes=10)
        answer = world("GET", target, signed=False)
        assert (400, "ExpiredToken", "the/token") == (answer.status, answer.code, answer.error["Token-0"])

    def test_needs_the_token(self, world, url):
        answer = world("GET", url(), signed=False)
        assert (403, "InvalidAccessKeyId") == (answer.status, answer.code)
        answer = world("GET", url(token="other"), signed=False)
        assert (400, "InvalidToken", "other") == (answer.status, answer.code, answer.error["Token-0"])
