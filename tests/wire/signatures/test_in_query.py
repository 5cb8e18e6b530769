"""Presigned URLs: who signed them, how long they hold, and what their signatures cover."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore.config import Config

from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.wire.message import Request
from fakes3.wire.signatures import version_2
from fakes3.wire.signatures.version_4 import canonical_request

UNPARSED = "Error parsing the X-Amz-Credential parameter; "


@pytest.fixture
def now(stocked) -> datetime:
    """The moment at which the clock stands: that of boto3, to the second."""
    moment = datetime.now(UTC).replace(microsecond=0)
    stocked.service.clock.freeze(moment)
    return moment


@pytest.fixture(params=["s3v4", "s3"])
def version(request) -> str:
    """Both versions of signatures."""
    return request.param


@cache
def signer(version: str, style: str, key_id: str) -> Any:
    """A client that presigns; it asks nobody anything."""
    placed: Any = {"addressing_style": style}
    return boto3.session.Session().client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(signature_version=version, s3=placed),
    )


@pytest.fixture
def call(stocked) -> Callable[..., Any]:
    """Sends a request to a presigned URL, with only the headers that are given."""

    def send(url: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b"") -> Any:
        parts = urlsplit(url)
        sent = {"host": parts.netloc, **(headers or {})}
        return stocked(method, f"{parts.path}?{parts.query}", sent, body, host=parts.netloc, signed=False)

    return send


def url_of(
    version: str = "s3v4",
    method: str = "get_object",
    *,
    expires: int = 900,
    style: str = "path",
    key_id: str = ACCESS_KEY_ID,
    **members: Any,
) -> str:
    """A URL presigned by the key whose secret the fake knows, or by another."""
    params = {"Bucket": "bucket", "Key": "key"} | members
    return signer(version, style, key_id).generate_presigned_url(method, Params=params, ExpiresIn=expires)


class TestPresigned:
    """A presigned URL does what its signer may do, for as long as it says."""

    @pytest.mark.parametrize("style", ["path", "virtual"])
    def test_reads(self, call, version, style):
        assert b"hello" == call(url_of(version, style=style)).body

    def test_writes(self, call, version):
        assert 200 == call(url_of(version, "put_object"), "PUT", body=b"new").status
        assert b"new" == call(url_of(version)).body

    @pytest.mark.parametrize("key", ["a b", "é漢", "a+b", "a//b", "~!*'()", "100%", "?q=1&r"])
    def test_any_key(self, call, version, key):
        assert 200 == call(url_of(version, "put_object", Key=key), "PUT", body=b"odd").status
        assert b"odd" == call(url_of(version, Key=key)).body

    def test_subresources_and_overrides_are_covered(self, call, version):
        url = url_of(version, ResponseContentType="text/x", ResponseCacheControl="no-cache")
        answer = call(url)
        assert ("text/x", "no-cache") == (answer.headers["Content-Type"], answer.headers["Cache-Control"])
        assert "SignatureDoesNotMatch" == call(url.replace("no-cache", "public")).code

    def test_the_caller_is_the_keys_principal(self, stocked, call, version):
        call(url_of(version))
        assert stocked.service.root == stocked.service.calls[-1].principal


class TestExpiry:
    """A presigned URL is dead after its expiry, by S3's clock."""

    # recorded: TestS3PresignedUrl::test_presigned_url_signature_authentication_expired
    def test_version_4(self, stocked, call, now):
        url = url_of(expires=60)
        stocked.service.clock.advance(seconds=120)
        answer = call(url)
        assert 403 == answer.status
        expected = {"Code": "AccessDenied", "Message": "Request has expired", "X-Amz-Expires": "60"}
        assert expected.items() <= answer.error.items()
        assert (now + timedelta(seconds=120)).strftime("%Y-%m-%dT%H:%M:%SZ") == answer.error["ServerTime"]
        assert ["Code", "Message", "X-Amz-Expires", "Expires", "ServerTime", "RequestId", "HostId"] == list(
            answer.error
        )

    # recorded: TestS3PresignedUrl::test_presigned_url_signature_authentication_expired
    def test_version_2(self, stocked, call, now):
        url = url_of("s3", expires=60)
        stocked.service.clock.advance(seconds=120)
        answer = call(url)
        assert (403, "AccessDenied", "Request has expired") == (answer.status, answer.code, answer.error["Message"])
        assert ["Code", "Message", "Expires", "ServerTime", "RequestId", "HostId"] == list(answer.error)

    def test_holds_until_then(self, stocked, call, now, version):
        url = url_of(version, expires=3600)
        stocked.service.clock.advance(minutes=59)
        assert 200 == call(url).status

    def test_a_key_nobody_knows_is_held_to_expiry_only(self, stocked, call, now, version):
        url = url_of(version, expires=60, key_id="AKIDNOBODYKNOWS00000")
        assert 200 == call(url).status
        assert 200 == call(url.replace("Signature=", "Signature=0")).status
        stocked.service.clock.advance(minutes=5)
        assert "Request has expired" == call(url).error["Message"]


class TestMalformed:
    """Each parameter of a URL presigned with version 4 is judged before the signature is."""

    # recorded: TestS3PresignedUrl::test_s3_put_presigned_url_missing_sig_param[s3v4]
    @pytest.mark.parametrize("name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])
    def test_missing(self, call, name):
        answer = call(url_of().replace(f"X-Amz-{name}=", "X-Other="))
        assert (400, "AuthorizationQueryParametersError") == (answer.status, answer.code)
        message = (
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
        assert message == answer.error["Message"]

    DATE = "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
    WEEK = (
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
        "604800 seconds"
    )
    FORM = f'{UNPARSED}the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("X_Amz_Algorithm", "AWS4", 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'),
            ("X_Amz_Credential", "AKID", FORM),
            ("X_Amz_Credential", "/20260101/us-east-1/s3/aws4_request", FORM),
            (
                "X_Amz_Credential",
                "AKID/2026/us-east-1/s3/aws4_request",
                f'{UNPARSED}incorrect date format "2026". '
                'This date in the credential must be in the format "yyyyMMdd".',
            ),
            (
                "X_Amz_Credential",
                "AKID/20260101/us-east-1/sqs/aws4_request",
                f'{UNPARSED}incorrect service "sqs". This endpoint belongs to "s3".',
            ),
            (
                "X_Amz_Credential",
                "AKID/20260101/us-east-1/s3/aws4",
                f'{UNPARSED}incorrect terminal "aws4". This endpoint uses "aws4_request".',
            ),
            (
                "X_Amz_Credential",
                "AKID/20260101/eu-west-1/s3/aws4_request",
                f"{UNPARSED}the region 'eu-west-1' is wrong; expecting 'us-east-1'",
            ),
            (
                "X_Amz_Credential",
                "AKID/20000101/us-east-1/s3/aws4_request",
                'Invalid credential date "20000101". This date is not the same as X-Amz-Date: "20260304T050607Z".',
            ),
            ("X_Amz_Date", "2026-03-04T05:06:07Z", DATE),
            ("X_Amz_Date", "20260304T0506Z", DATE),
            ("X_Amz_Date", "20261304T050607Z", DATE),
            ("X_Amz_Expires", "soon", "X-Amz-Expires should be a number"),
            ("X_Amz_Expires", "1_000", "X-Amz-Expires should be a number"),
            ("X_Amz_Expires", "", "X-Amz-Expires should be a number"),
            ("X_Amz_Expires", "-1", "X-Amz-Expires must be non-negative"),
            ("X_Amz_Expires", "604801", WEEK),
            ("X_Amz_Expires", "9" * 5000, WEEK),
        ],
    )
    def test_message(self, stocked, presigned, name, value, message):
        stocked.service.clock.freeze("2026-03-04T05:06:07Z")
        answer = stocked("GET", presigned("/bucket/key", **{name: value}), signed=False)
        assert (400, "AuthorizationQueryParametersError", message) == (
            answer.status,
            answer.code,
            answer.error["Message"],
        )

    def test_the_right_region_is_told(self, stocked, presigned):
        stocked.service.clock.freeze("2026-03-04T05:06:07Z")
        target = presigned("/bucket/key", X_Amz_Credential="AKID/20260304/eu-west-1/s3/aws4_request")
        assert "us-east-1" == stocked("GET", target, signed=False).error["Region"]
        # A host that does not say where it is takes any region.
        assert 200 == stocked("GET", target, signed=False, host="minio:9000").status

    def test_a_week_is_the_longest(self, stocked, presigned):
        assert 200 == stocked("GET", presigned("/bucket/key", X_Amz_Expires="604800"), signed=False).status

    def test_not_yet_valid(self, stocked, presigned):
        stocked.service.clock.freeze("2026-03-04T12:00:00Z")
        target = presigned("/bucket/key")
        stocked.service.clock.freeze("2026-03-04T11:45:00Z")
        assert 200 == stocked("GET", target, signed=False).status
        stocked.service.clock.freeze("2026-03-04T11:44:59Z")
        answer = stocked("GET", target, signed=False)
        assert (403, "Request is not yet valid") == (answer.status, answer.error["Message"])

    # recorded: TestS3PresignedUrl::test_s3_put_presigned_url_missing_sig_param[s3]
    @pytest.mark.parametrize("name", ["Signature", "Expires", "AWSAccessKeyId"])
    def test_missing_in_version_2(self, call, name):
        answer = call(url_of("s3").replace(f"{name}=", "Other="))
        message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        assert (403, "AccessDenied", message) == (answer.status, answer.code, answer.error["Message"])

    @pytest.mark.parametrize("expires", ["soon", "-1", "²"])
    def test_expires_in_version_2(self, stocked, expires):
        answer = stocked("GET", f"/bucket/key?AWSAccessKeyId=A&Signature=x&Expires={quote(expires)}", signed=False)
        message = f"Invalid date (should be seconds since epoch): {expires}"
        assert (403, message) == (answer.status, answer.error["Message"])

    def test_version_2_may_hold_for_ages(self, stocked):
        target = f"/bucket/key?AWSAccessKeyId=A&Signature=x&Expires={'9' * 5000}"
        assert 200 == stocked("GET", target, signed=False).status

    def test_only_one_mechanism(self, stocked, presigned):
        for target in (presigned("/bucket/key"), "/bucket/key?AWSAccessKeyId=A&Signature=x&Expires=1"):
            answer = stocked("GET", target)
            assert (400, "InvalidArgument") == (answer.status, answer.code)
            message = (
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
                "parameter or the Authorization header should be specified"
            )
            assert (message, "Authorization") == (answer.error["Message"], answer.error["ArgumentName"])


class TestSignature:
    """The signature covers the request as it is sent; where it does not match, the answer says what it should cover."""

    def test_of_another_key(self, call, version):
        answer = call(url_of(version, Key="other").replace("/other", "/key"))
        assert (403, "SignatureDoesNotMatch") == (answer.status, answer.code)
        members = ["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes"]
        if version == "s3v4":
            members += ["CanonicalRequest", "CanonicalRequestBytes"]
        assert ["Code", "Message", *members, "RequestId", "HostId"] == list(answer.error)
        assert ACCESS_KEY_ID == answer.error["AWSAccessKeyId"]
        to_sign = bytes.fromhex(answer.error["StringToSignBytes"]).decode()
        assert answer.error["StringToSign"] == to_sign

    def test_of_another_method(self, call, version):
        before = call(url_of(version)).body
        assert "SignatureDoesNotMatch" == call(url_of(version), "PUT", body=b"new").code
        assert before == call(url_of(version)).body

    @pytest.mark.parametrize("wrong", ["0", "é", ""])
    def test_that_is_none(self, call, version, wrong):
        sent = re.sub("Signature=[^&]*", f"Signature={quote(wrong, safe='%')}", url_of(version))
        assert "SignatureDoesNotMatch" == call(sent).code

    # recorded: TestS3PresignedUrl::test_s3_put_presigned_url_same_header_and_qs_parameter
    def test_a_header_in_the_query_again(self, call):
        url = url_of(method="put_object", RequestPayer="requester")
        headers = {"x-amz-request-payer": "requester"}
        assert 200 == call(url, "PUT", headers, b"new").status
        again = call(f"{url}&x-amz-request-payer=requester", "PUT", headers, b"newer")
        assert (403, "SignatureDoesNotMatch") == (again.status, again.code)

    def test_a_parameter_twice(self, call):
        assert "SignatureDoesNotMatch" == call(f"{url_of()}&X-Amz-Expires=900").code
        assert "SignatureDoesNotMatch" == call(f"{url_of()}&other=1").code

    # recorded: TestS3PresignedUrl::test_s3_put_presigned_url_same_header_and_qs_parameter
    def test_headers_not_signed(self, call):
        answer = call(url_of(method="put_object"), "PUT", {"x-amz-expires": "100", "x-amz-acl": "private"}, b"new")
        assert (403, "AccessDenied") == (answer.status, answer.code)
        assert "There were headers present in the request which were not signed" == answer.error["Message"]
        assert "x-amz-expires, x-amz-acl" == answer.error["HeadersNotSigned"]

    def test_the_host_must_be_signed(self, stocked, presigned):
        answer = stocked("GET", presigned("/bucket/key", X_Amz_SignedHeaders="range"), signed=False)
        assert (403, "host") == (answer.status, answer.error["HeadersNotSigned"])

    def test_content_sha256_and_plain_headers_may_stay_unsigned(self, call):
        headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD", "content-type": "text/plain", "user-agent": "x"}
        assert 200 == call(url_of(method="put_object"), "PUT", headers, b"new").status

    # S3: userguide/ServerSideEncryptionCustomerKeys.html, "Presigned URLs and SSE-C"
    def test_a_customers_key_may_stay_unsigned_beside_its_algorithm(self, call):
        start = "x-amz-server-side-encryption-customer-"
        key = {f"{start}key": "a2V5", f"{start}key-md5": "bWQ1"}
        signed = url_of(method="get_object", SSECustomerAlgorithm="AES256")
        assert "HeadersNotSigned" not in call(signed, headers={f"{start}algorithm": "AES256"} | key).error
        answer = call(url_of(), headers={f"{start}algorithm": "AES256"} | key)
        assert (403, ", ".join([f"{start}algorithm", *key])) == (answer.status, answer.error["HeadersNotSigned"])

    def test_a_signed_header_that_is_not_sent(self, stocked, presigned):
        key = f"{ACCESS_KEY_ID}/{stocked.service.clock.now():%Y%m%d}/us-east-1/s3/aws4_request"
        signed = "host;x-amz-content-sha256;x-amz-meta-a"
        target = presigned("/bucket/key", X_Amz_Credential=key, X_Amz_SignedHeaders=signed)
        assert "SignatureDoesNotMatch" == stocked("GET", target, signed=False).code

    # recorded: TestS3PresignedUrl::test_put_url_metadata_with_sig_s3
    def test_metadata_in_version_2(self, call):
        url = url_of("s3", "put_object", Metadata={"foo": "bar"})
        assert 200 == call(url, "PUT", body=b"new").status
        assert "bar" == call(url_of("s3")).headers["x-amz-meta-foo"]
        wrong = call(url, "PUT", {"x-amz-meta-wrong": "x"}, b"newer")
        assert (403, "SignatureDoesNotMatch") == (wrong.status, wrong.code)

    # recorded: TestS3PresignedUrl::test_put_url_metadata_with_sig_s3
    def test_metadata_in_version_4(self, call):
        url = url_of(method="put_object", Metadata={"foo": "bar"})
        assert 403 == call(url, "PUT", body=b"new").status
        assert 200 == call(url, "PUT", {"x-amz-meta-foo": "bar"}, b"new").status
        assert "bar" == call(url_of()).headers["x-amz-meta-foo"]

    # recorded: TestS3PresignedUrl::test_put_unicode_metadata_with_sig_s3
    def test_metadata_beyond_ascii_in_version_2(self, call):
        value = "non-ascii-%E2%80%94_—_é_"
        signed = version_2.sign(SECRET_ACCESS_KEY, f"PUT\n\n\n9999999999\nx-amz-meta-foo:{value}\n/bucket/key")
        url = (
            f"https://s3.us-east-1.amazonaws.com/bucket/key?AWSAccessKeyId={ACCESS_KEY_ID}&Expires=9999999999"
            f"&Signature={quote(signed, safe='')}&x-amz-meta-foo={quote(value)}"
        )
        assert 200 == call(url, "PUT").status
        expected = "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?="
        assert expected == call(url_of("s3")).headers["x-amz-meta-foo"]

    # recorded: TestS3PresignedUrl::test_get_response_overrides_unicode_metadata_with_sig_s3
    def test_overrides_beyond_latin_1(self, call, version):
        value = "non-ascii-%E2%80%94_—_é_"
        answer = call(url_of(version, ResponseCacheControl=value))
        expected = {
            "Code": "InvalidArgument",
            "Message": "Header value cannot be represented using ISO-8859-1.",
            "ArgumentName": "response-cache-control",
            "ArgumentValue": value,
        }
        assert 400 == answer.status
        assert expected.items() <= answer.error.items()

    def test_content_type_in_version_2(self, call):
        url = url_of("s3", "put_object", ContentType="text/x")
        assert 200 == call(url, "PUT", {"content-type": "text/x"}, b"new").status
        assert "SignatureDoesNotMatch" == call(url, "PUT", {"content-type": "text/y"}, b"new").code
        assert 200 == call(url, "PUT", body=b"new").status
        assert "text/x" == call(url_of("s3")).headers["Content-Type"]

    def test_headers_beyond_ascii_are_signed_as_utf_8(self):
        request = Request("PUT", "https", "h", "/b/k", "", {"x-amz-meta-a": "é".encode().decode("latin-1")})
        assert "\nx-amz-meta-a:é\n" in canonical_request(request, ["x-amz-meta-a"])


class TestHeadersInTheQuery:
    """Headers that a presigned URL carries in its query count as headers."""

    def test_they_count(self, stocked, presigned):
        target = presigned("/bucket/new", **{"x-amz-meta-colour": "red"})
        assert 200 == stocked("PUT", target, body=b"new", signed=False).status
        assert "red" == stocked("GET", "/bucket/new").headers["x-amz-meta-colour"]

    @pytest.mark.parametrize(("name", "value"), [("If-None-Match", "*"), ("If-Match", '"0"'), ("if-none-match", "*")])
    def test_conditions_on_a_write(self, stocked, presigned, name, value):
        before = stocked("GET", "/bucket/key").body
        answer = stocked("PUT", presigned("/bucket/key", **{name: value}), body=b"new", signed=False)
        assert (412, before) == (answer.status, stocked("GET", "/bucket/key").body)

    def test_other_headers_of_the_api(self, stocked, presigned):
        told = {"Content-Type": "text/plain", "Cache-Control": "no-store", "Content-Language": "de"}
        assert 200 == stocked("PUT", presigned("/bucket/new", **told), body=b"new", signed=False).status
        assert told == {name: stocked("GET", "/bucket/new").headers[name] for name in told}
        assert b"n" == stocked("GET", presigned("/bucket/new", Range="bytes=0-0"), signed=False).body

    @pytest.mark.parametrize("name", ["x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm"])
    def test_a_checksum_counts_only_when_it_is_signed(self, stocked, presigned, name):
        value = "AAAAAA==" if name.endswith("crc32") else "CRC32"
        assert 200 == stocked("PUT", presigned("/bucket/new", **{name: value}), body=b"new", signed=False).status
        target = presigned("/bucket/new", X_Amz_SignedHeaders=f"host;{name}", **{name: value})
        assert 400 == stocked("PUT", target, body=b"new", signed=False).status
