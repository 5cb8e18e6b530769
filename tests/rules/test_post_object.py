"""POST Object, the upload by a browser's form, as boto3 presigns it and requests sends it.

S3: API/RESTObjectPOST.html, API/sigv4-HTTPPOSTForms.html, API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from html import unescape
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from fakes3 import FakeS3
from fakes3.doors.server import Site, serving
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from fakes3.wire.signatures import version_2, version_4

Answer = requests.Response


@pytest.fixture(params=["s3v4", "s3"])
def version(request) -> str:
    """Both versions of signatures; boto3 still makes the old one where nobody asks for the new."""
    return request.param


@pytest.fixture
def presign(bucket: str) -> Callable[..., dict[str, Any]]:
    """A presigned form for a key of the bucket, with fields that the policy allows and further conditions."""

    def made(
        key: str = "key", *conditions: Any, version: str = "s3v4", into: str = bucket, **fields: str
    ) -> dict[str, Any]:
        named = {
            name.replace("_", "-") if name.startswith(("x_amz", "Content")) else name: fields[name] for name in fields
        }
        allowed = [{name: value} for name, value in named.items()]
        return signer(version).generate_presigned_post(into, key, Fields=named, Conditions=[*allowed, *conditions])

    return made


@pytest.fixture
def post(s3: FakeS3) -> Callable[..., Answer]:
    """Posts a presigned form with a file; fields given by name are changed, those that are None left out."""

    def send(form: dict[str, Any], file: Any = b"hello", changes: dict[str, str | None] | None = None) -> Answer:
        fields = {name: value for name, value in (form["fields"] | (changes or {})).items() if value is not None}
        files = {} if file is None else {"file": file}
        before = s3.service.world
        answer = requests.post(form["url"], data=fields, files=files, allow_redirects=False, timeout=5)
        if answer.status_code >= 400:
            assert before is s3.service.world, "a refused form has changed something"
        assert "PostObject" == s3.calls[-1].operation
        return answer

    return send


@cache
def signer(version: str) -> Any:
    """A client that presigns, by the key whose secret every fake knows; it asks nobody anything."""
    return boto3.session.Session().client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(signature_version=version),
    )


def signed(bucket: str, policy: Any, version: str = "s3v4", **fields: str) -> dict[str, Any]:
    """A form with a policy of one's own, which boto3 would not make, signed as it must be."""
    scope = {
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{ACCESS_KEY_ID}/20260101/us-east-1/s3/aws4_request",
        "x-amz-date": "20260101T000000Z",
    }
    if version == "s3v4" and "conditions" in policy:
        policy = policy | {"conditions": [*policy["conditions"], *({name: scope[name]} for name in scope)]}
    text = policy if isinstance(policy, str) else b64encode(json.dumps(policy).encode()).decode()
    if version == "s3":
        auth = {"AWSAccessKeyId": ACCESS_KEY_ID, "signature": version_2.sign(SECRET_ACCESS_KEY, text)}
    else:
        auth = scope | {
            "x-amz-signature": version_4.sign(version_4.signing_key(SECRET_ACCESS_KEY, "20260101", "us-east-1"), text)
        }
    return {
        "url": f"https://{bucket}.s3.us-east-1.amazonaws.com/",
        "fields": {"key": "key"} | fields | {"policy": text} | auth,
    }


def told(answer: Answer) -> dict[str, str]:
    """The elements of an error document, without its ids."""
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<Error>'), answer.text
    found = re.findall(r"<([\w-]+)>([^<]*)</\1>", answer.text)
    return {name: unescape(text) for name, text in found if name not in {"RequestId", "HostId"}}


def refusal(answer: Answer) -> tuple[int, str, str]:
    error = told(answer)
    return answer.status_code, error["Code"], error["Message"]


class TestUpload:
    """POST adds an object to a bucket by a form; what PUT takes as headers, POST takes as fields."""

    def test_presigned(self, s3, bucket, presign, post, version):
        answer = post(presign(version=version))
        assert (204, "") == (answer.status_code, answer.text)
        assert b"hello" == s3[bucket]["key"].body
        assert '"5d41402abc4b2a76b9719d911017c592"' == answer.headers["ETag"]

    def test_the_call_is_recorded_as_post_object(self, s3, bucket, presign, post):
        post(presign())
        call = s3.calls[-1]
        assert ("PostObject", 204, None) == (call.operation, call.status, call.error)
        assert {"Bucket": bucket, "Key": "key"} == call.parameters
        assert s3.service.root == call.principal

    # recorded: TestS3PresignedPost::test_post_object_with_metadata
    def test_metadata_and_headers_are_fields(self, s3, s3_client, bucket, presign, post):
        form = presign(
            Content_Type="text/plain",
            Expires="Wed, 31 Dec 2031 00:00:00 GMT",
            x_amz_meta_test_1="test-meta-1",
            x_amz_meta_test_2="test-meta-2",
        )
        assert 204 == post(form).status_code
        head = s3_client.head_object(Bucket=bucket, Key="key")
        assert {"test-1": "test-meta-1", "test-2": "test-meta-2"} == head["Metadata"]
        assert ("text/plain", "AES256") == (head["ContentType"], head["ServerSideEncryption"])
        assert "Wed, 31 Dec 2031 00:00:00 GMT" == head["ExpiresString"]

    def test_names_of_fields_are_told_apart_by_their_letters_only(self, s3, bucket, post):
        policy = {
            "expiration": "2999-01-01T00:00:00Z",
            "conditions": [{"bucket": bucket}, {"KEY": "k"}, {"CACHE-control": "x"}],
        }
        form = signed(bucket, policy)
        form["fields"] = {"KeY": "k", "cache-CONTROL": "x"} | {
            n.upper(): v for n, v in form["fields"].items() if n != "key"
        }
        assert 204 == post(form).status_code
        assert b"hello" == s3[bucket]["k"].body

    # recorded: TestS3PresignedPost::test_post_object_with_metadata
    def test_the_type_of_the_file_part_is_not_the_objects(self, s3_client, bucket, presign, post):
        post(presign(), ("cat.png", b"meow", "image/png"))
        assert "binary/octet-stream" == s3_client.head_object(Bucket=bucket, Key="key")["ContentType"]

    def test_metadata_beyond_ascii(self, s3_client, bucket, presign, post):
        post(presign(x_amz_meta_name="né"))
        assert {"name": "=?UTF-8?Q?n=C3=A9?="} == s3_client.head_object(Bucket=bucket, Key="key")["Metadata"]

    @pytest.mark.parametrize(
        "value", ["né", "日本", "\N{GRINNING FACE}", "Ã©", "=?UTF-8?Q?=C3=A9?=", "=?UTF-8?B?w6k=?=", " a ", "\u00a0a"]
    )
    def test_metadata_is_unicode_as_it_is(self, s3, bucket, presign, post, value):
        assert 204 == post(presign(x_amz_meta_name=value)).status_code
        assert {"name": value} == s3[bucket]["key"].metadata

    def test_into_a_versioned_bucket(self, s3, enabled, presign, post):
        answers = [post(presign(into=enabled), body) for body in (b"one", b"two")]
        ids = [version.version_id for version in s3[enabled]["key"].versions]
        assert ids == [answer.headers["x-amz-version-id"] for answer in reversed(answers)]

    def test_checksums_and_encryption_are_told_as_by_a_put(self, presign, post):
        headers = post(presign()).headers
        assert "M3eFcAZSQlc=" == headers["x-amz-checksum-crc64nvme"]
        assert ("FULL_OBJECT", "AES256") == (headers["x-amz-checksum-type"], headers["x-amz-server-side-encryption"])

    def test_a_checksum_is_held_against_the_file(self, s3, bucket, presign, post):
        assert "NhCmhg==" == post(presign(x_amz_checksum_crc32="NhCmhg==")).headers["x-amz-checksum-crc32"]
        answer = post(presign(x_amz_checksum_crc32="NhCmhg=="), b"other")
        expected = (400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.")
        assert expected == refusal(answer)
        wrong = post(presign(x_amz_checksum_crc32="x"))
        assert (400, "InvalidRequest", "Value for x-amz-checksum-crc32 header is invalid.") == refusal(wrong)

    def test_unknown_fields_mean_nothing(self, s3, bucket, presign, post):
        assert 204 == post(presign(**{"submit": "Upload", "x-ignore-me": "please"})).status_code
        assert b"hello" == s3[bucket]["key"].body

    def test_there_is_no_copy_by_a_form(self, presign, post):
        assert (400, "InvalidArgument") == refusal(post(presign(**{"x-amz-copy-source": "b/k"})))[:2]

    def test_a_bucket_that_is_not_there(self, presign, post):
        assert (404, "NoSuchBucket") == refusal(post(presign(into="missing")))[:2]

    @pytest.mark.parametrize("size", [0, 1, 300_000, 3_000_000])
    def test_any_size(self, s3, bucket, presign, post, size):
        body = bytes(range(256)) * (size // 256 + 1)
        assert 204 == post(presign(), body[:size]).status_code
        assert body[:size] == s3[bucket]["key"].body


class TestFile:
    """The file is the last field of the form, and there is exactly one."""

    # recorded: TestS3PresignedPost::test_post_object_with_file_as_string
    def test_may_be_text_without_a_name(self, s3, bucket, presign, post):
        assert 204 == post(presign("test-presigned-post-file-as-field"), (None, "text")).status_code
        assert 204 == post(presign("file-as-field-${filename}"), (None, "text")).status_code
        assert ["file-as-field-${filename}", "test-presigned-post-file-as-field"] == list(s3[bucket])

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("photo.jpg", "user/photo.jpg"),
            ("C:\\Users\\eric\\photo.jpg", "user/photo.jpg"),
            ("/home/eric/photo.jpg", "user/photo.jpg"),
            ("é.jpg", "user/é.jpg"),
            ("a b.jpg", "user/a b.jpg"),
        ],
    )
    def test_its_name_replaces_the_variable(self, s3, bucket, presign, post, name, key):
        assert 204 == post(presign("user/${filename}"), (name, b"hello")).status_code
        assert [key] == list(s3[bucket])

    def test_its_name_replaces_the_variable_in_other_fields_too(self, s3, bucket, post):
        conditions = [{"bucket": bucket}, ["eq", "$key", "a.txt"], ["eq", "$x-amz-meta-name", "a.txt"]]
        policy = {"expiration": "2999-01-01T00:00:00Z", "conditions": conditions}
        form = signed(bucket, policy, key="${filename}", **{"x-amz-meta-name": "${filename}"})
        assert 204 == post(form, ("a.txt", b"hello")).status_code
        assert {"name": "a.txt"} == s3[bucket]["a.txt"].metadata

    def test_missing(self, presign, post):
        answer = requests.post(presign()["url"], files={"key": (None, "key")}, timeout=5)
        expected = {
            "Code": "InvalidArgument",
            "Message": "POST requires exactly one file upload per request.",
            "ArgumentName": "file",
            "ArgumentValue": "0",
        }
        assert (400, expected) == (answer.status_code, told(answer))

    def test_two(self, s3, presign):
        form = presign()
        before = s3.service.world
        files: list[Any] = [
            *((name, (None, value)) for name, value in form["fields"].items()),
            ("file", b"one"),
            ("file", b"two"),
        ]
        answer = requests.post(form["url"], files=files, timeout=5)
        assert (400, "InvalidArgument", "POST requires exactly one file upload per request.") == refusal(answer)
        assert before is s3.service.world

    def test_fields_after_it_are_ignored(self, s3, bucket, presign):
        form = presign()
        files: list[Any] = [
            *((name, (None, value)) for name, value in form["fields"].items()),
            ("file", b"one"),
            ("acl", (None, "x")),
        ]
        assert 204 == requests.post(form["url"], files=files, timeout=5).status_code
        assert b"one" == s3[bucket]["key"].body


class TestKey:
    """The key is a field, and mandatory."""

    def test_missing(self, presign, post):
        answer = post(presign(), changes={"key": None})
        expected = {
            "Code": "InvalidArgument",
            "Message": "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of "
            "the fields.",
            "ArgumentName": "key",
            "ArgumentValue": "",
        }
        assert (400, expected) == (answer.status_code, told(answer))

    def test_too_long(self, presign, post):
        assert (400, "KeyTooLongError", "Your key is too long") == refusal(post(presign("k" * 1025)))


class TestContentType:
    """A POST to a bucket must be a form."""

    # recorded: TestS3PresignedPost::test_post_object_with_wrong_content_type
    def test_other(self, s3, bucket):
        url = f"https://{bucket}.s3.us-east-1.amazonaws.com/"
        answer = requests.post(url, data={"key": "k"}, timeout=5)
        expected = {
            "Code": "PreconditionFailed",
            "Message": "At least one of the pre-conditions you specified did not hold",
            "Condition": "Bucket POST must be of the enclosure-type multipart/form-data",
        }
        assert (412, expected) == (answer.status_code, told(answer))


class TestAuthentication:
    """The signature of the policy authenticates the form; who brings no policy is anonymous."""

    def test_no_policy(self, s3, bucket, post):
        form = {"url": f"https://{bucket}.s3.us-east-1.amazonaws.com/", "fields": {"key": "key"}}
        assert (403, "AccessDenied", "Access Denied") == refusal(post(form))
        assert "anonymous" == str(s3.calls[-1].principal)

    def test_a_policy_that_nobody_signed(self, presign, post):
        changes = dict.fromkeys(["x-amz-signature", "x-amz-algorithm", "x-amz-credential", "x-amz-date"])
        assert (403, "AccessDenied", "Access Denied") == refusal(post(presign(), changes=changes))

    # recorded: TestS3PresignedPost::test_post_request_missing_signature
    @pytest.mark.parametrize(
        ("version", "field", "shown"),
        [
            ("s3v4", "x-amz-signature", "X-Amz-Signature"),
            ("s3v4", "x-amz-algorithm", "X-Amz-Algorithm"),
            ("s3v4", "x-amz-credential", "X-Amz-Credential"),
            ("s3v4", "x-amz-date", "X-Amz-Date"),
            ("s3", "signature", "Signature"),
            ("s3", "AWSAccessKeyId", "AWSAccessKeyId"),
        ],
    )
    def test_half_a_signature(self, presign, post, version, field, shown):
        answer = post(presign(version=version), changes={field: None})
        message = (
            f"Bucket POST must contain a field named '{shown}'.  If it is specified, please check the order of the "
            "fields."
        )
        expected = {"Code": "InvalidArgument", "Message": message, "ArgumentName": shown, "ArgumentValue": ""}
        assert (400, expected) == (answer.status_code, told(answer))

    CREDENTIAL = "Error parsing the X-Amz-Credential parameter; "

    @pytest.mark.parametrize(
        ("field", "value", "name", "message"),
        [
            ("x-amz-algorithm", "AWS4", "X-Amz-Algorithm", "Only AWS4-HMAC-SHA256 is supported"),
            ("x-amz-date", "2026-01-01", "X-Amz-Date", "X-Amz-Date must be formated via ISO8601 Long format"),
            (
                "x-amz-credential",
                "AKID",
                "x-amz-credential",
                f"{CREDENTIAL}the Credential is mal-formed; expecting "
                '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
            ),
            (
                "x-amz-credential",
                "AKID/20260101/us-east-1/ec2/aws4_request",
                "x-amz-credential",
                f'{CREDENTIAL}incorrect service "ec2". This endpoint belongs to "s3".',
            ),
            (
                "x-amz-credential",
                "AKID/20260102/us-east-1/s3/aws4_request",
                "x-amz-credential",
                'Invalid credential date "20260102". This date is not the same as X-Amz-Date: "20260101T000000Z".',
            ),
        ],
    )
    def test_fields_of_version_4(self, bucket, post, field, value, name, message):
        answer = post(signed(bucket, {}), changes={field: value})
        expected = {"Code": "InvalidArgument", "Message": message, "ArgumentName": name, "ArgumentValue": value}
        assert (400, expected) == (answer.status_code, told(answer))

    def test_a_credential_of_another_region(self, bucket, post):
        answer = post(signed(bucket, {}), changes={"x-amz-credential": "AKID/20260101/eu-west-1/s3/aws4_request"})
        assert f"{self.CREDENTIAL}the region 'eu-west-1' is wrong; expecting 'us-east-1'" == told(answer)["Message"]
        assert "us-east-1" == told(answer)["Region"]

    # recorded: TestS3PresignedPost::test_post_request_malformed_policy
    def test_a_policy_that_was_changed(self, presign, post, version):
        form = presign(version=version)
        answer = post(form, changes={"policy": "invalid"})
        error = told(answer)
        assert (403, "SignatureDoesNotMatch") == (answer.status_code, error["Code"])
        assert ("invalid", ACCESS_KEY_ID) == (error["StringToSign"], error["AWSAccessKeyId"])
        assert form["fields"].get("x-amz-signature", form["fields"].get("signature")) == error["SignatureProvided"]

    @pytest.mark.parametrize("wrong", ["", "é", "0" * 64])
    def test_a_signature_that_is_none(self, presign, post, version, wrong):
        field = "signature" if version == "s3" else "x-amz-signature"
        answer = post(presign(version=version), changes={field: wrong})
        assert (403, "SignatureDoesNotMatch") == refusal(answer)[:2]

    def test_a_key_nobody_knows_is_held_to_the_policy_only(self, s3, bucket, presign, post):
        form = presign()
        credential = form["fields"]["x-amz-credential"].replace(ACCESS_KEY_ID, "AKIDNOBODYKNOWS00000")
        policy = b64decode(form["fields"]["policy"]).replace(ACCESS_KEY_ID.encode(), b"AKIDNOBODYKNOWS00000")
        changes = {"x-amz-credential": credential, "policy": b64encode(policy).decode()}
        assert 204 == post(form, changes=changes).status_code
        assert (403, "AccessDenied") == refusal(post(form, changes=changes | {"key": "other"}))[:2]


class TestPolicy:
    """The policy says until when the form holds, and what it may upload."""

    def test_expired(self, s3, presign, post, version):
        form = presign(version=version)
        s3.clock.advance(hours=1, seconds=2)
        assert (403, "AccessDenied", "Invalid according to Policy: Policy expired.") == refusal(post(form))

    def test_holds_until_then(self, s3, presign, post):
        form = presign()
        s3.clock.advance(timedelta(minutes=59))
        assert 204 == post(form).status_code

    # recorded: TestS3PresignedPost::test_post_object_policy_conditions_validation_starts_with
    def test_a_condition_that_does_not_hold(self, s3, bucket, presign, post):
        condition = ["starts-with", "$success_action_redirect", "http://localhost"]
        form = presign("key", condition)
        message = f"Invalid according to Policy: Policy Condition failed: {json.dumps(condition)}"
        for value in ("http://other", "HTTP://localhost", None):
            answer = post(form, changes={"success_action_redirect": value})
            assert (403, "AccessDenied", message) == refusal(answer)
        assert 303 == post(form, changes={"success_action_redirect": "http://localhost:8080/"}).status_code
        assert b"hello" == s3[bucket]["key"].body

    def test_another_key(self, presign, post):
        answer = post(presign(), changes={"key": "other"})
        assert 'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "key"]' == refusal(answer)[2]

    def test_another_bucket(self, s3, enabled, presign, post):
        form = presign()
        answer = post(form | {"url": f"https://{enabled}.s3.us-east-1.amazonaws.com/"})
        assert 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "never"]' == refusal(answer)[2]

    def test_no_word_of_the_bucket(self, bucket, post):
        form = signed(bucket, {"expiration": "2999-01-01T00:00:00Z", "conditions": [{"key": "key"}]}, "s3")
        assert (403, "AccessDenied", "Invalid according to Policy: Extra input fields: bucket") == refusal(post(form))

    def test_fields_nobody_spoke_of(self, presign, post):
        answer = post(presign(), changes={"x-amz-meta-a": "1"})
        assert (403, "AccessDenied", "Invalid according to Policy: Extra input fields: x-amz-meta-a") == refusal(answer)

    @pytest.mark.parametrize(
        ("policy", "message"),
        [
            ("", "Invalid Policy: Expecting '{' but found End-of-Input"),
            ("****", "Invalid Policy: invalid Base64 encoding."),
            ("bm9uZQ==", "Invalid Policy: Invalid JSON."),
            ({"conditions": []}, "Invalid Policy: Policy missing expiration."),
        ],
    )
    def test_one_that_is_none_but_well_signed(self, bucket, post, version, policy, message):
        assert (400, "InvalidPolicyDocument", message) == refusal(post(signed(bucket, policy, version)))

    @pytest.mark.parametrize("size", [2, 4])
    def test_sizes_are_inclusive(self, presign, post, size):
        assert 204 == post(presign("key", ["content-length-range", 2, 4]), b"x" * size).status_code

    def test_too_small(self, presign, post):
        answer = post(presign("key", ["content-length-range", 2, 4]), b"x")
        expected = {
            "Code": "EntityTooSmall",
            "Message": "Your proposed upload is smaller than the minimum allowed size",
            "ProposedSize": "1",
            "MinSizeAllowed": "2",
        }
        assert (400, expected) == (answer.status_code, told(answer))

    @pytest.mark.parametrize("size", [5, 1_000_000])
    def test_too_large(self, presign, post, size):
        answer = post(presign("key", ["content-length-range", 2, 4]), b"x" * size)
        expected = {
            "Code": "EntityTooLarge",
            "Message": "Your proposed upload exceeds the maximum allowed size",
            "ProposedSize": str(size),
            "MaxSizeAllowed": "4",
        }
        assert (400, expected) == (answer.status_code, told(answer))


class TestAnswer:
    """What a form is answered, its fields say."""

    @pytest.mark.parametrize("status", ["200", "204"])
    def test_empty(self, presign, post, status):
        answer = post(presign(success_action_status=status))
        assert (int(status), "") == (answer.status_code, answer.text)
        assert answer.headers["Location"].endswith("/key")

    @pytest.mark.parametrize("status", ["404", "OK", "", "301"])
    def test_any_other_status_is_204(self, presign, post, status):
        answer = post(presign(success_action_status=status))
        assert (204, "") == (answer.status_code, answer.text)

    def test_created(self, bucket, presign, post):
        answer = post(presign("a/b c&d", success_action_status="201"))
        etag = "&quot;5d41402abc4b2a76b9719d911017c592&quot;"
        document = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>'
            f"<Location>https://{bucket}.s3.amazonaws.com/a%2Fb%20c%26d</Location><Bucket>{bucket}</Bucket>"
            f"<Key>a/b c&amp;d</Key><ETag>{etag}</ETag></PostResponse>"
        )
        assert (201, document) == (answer.status_code, answer.text)
        assert "application/xml" == answer.headers["Content-Type"]
        assert f"https://{bucket}.s3.amazonaws.com/a/b%20c%26d" == answer.headers["Location"]

    ETAG = "etag=%225d41402abc4b2a76b9719d911017c592%22"

    @pytest.mark.parametrize(
        ("url", "location"),
        [
            ("http://x.test/done", f"http://x.test/done?bucket=never&key=a%2Fb&{ETAG}"),
            ("https://x.test/done?a=%20b", f"https://x.test/done?a=%20b&bucket=never&key=a%2Fb&{ETAG}"),
            ("http://x.test/done#here", f"http://x.test/done?bucket=never&key=a%2Fb&{ETAG}#here"),
        ],
    )
    @pytest.mark.parametrize("field", ["success_action_redirect", "redirect"])
    def test_redirect(self, presign, post, field, url, location):
        answer = post(presign("a/b", **{field: url, "success_action_status": "201"}))
        assert (303, location, "") == (answer.status_code, answer.headers["Location"], answer.text)

    @pytest.mark.parametrize(
        "url", ["", "nowhere", "ftp://x.test/", "http://", "http://[x/", "http://x.test/a b", "//x.test"]
    )
    def test_a_redirect_to_nowhere_is_ignored(self, presign, post, url):
        answer = post(presign(success_action_redirect=url, success_action_status="200"))
        assert (200, "https://never.s3.amazonaws.com/key") == (answer.status_code, answer.headers["Location"])


class TestOverTheServer:
    """A form that comes through a server is a form."""

    def test_posted_to_a_server(self, s3, bucket):
        made = signer("s3v4").generate_presigned_post(bucket, "a/${filename}")
        with serving(Site(s3.service)) as url:
            answer = requests.post(
                f"{url}/{bucket}", data=made["fields"], files={"file": ("hello.txt", b"hello")}, timeout=60
            )
        assert (204, f"{url}/never/a/hello.txt") == (answer.status_code, answer.headers["Location"])
        assert b"hello" == s3[bucket]["a/hello.txt"].body


class TestFieldsThatAreRefused:
    """Values that PutObject refuses are refused here."""

    # recorded: TestS3PresignedPost::test_post_object_with_storage_class
    def test_storage_class(self, s3_client, bucket, presign, post):
        assert 204 == post(presign(x_amz_storage_class="STANDARD_IA")).status_code
        assert "STANDARD_IA" == s3_client.head_object(Bucket=bucket, Key="key")["StorageClass"]
        answer = post(presign(x_amz_storage_class="FakeClass"))
        expected = {
            "Code": "InvalidStorageClass",
            "Message": "The storage class you specified is not valid",
            "StorageClassRequested": "FakeClass",
        }
        assert (400, expected) == (answer.status_code, told(answer))

    TAGGING = "<Tagging><TagSet><Tag><Key>a b</Key><Value>c+d</Value></Tag></TagSet></Tagging>"

    def test_tagging_is_a_document(self, s3, bucket, presign, post):
        assert 204 == post(presign(tagging=self.TAGGING)).status_code
        assert {"a b": "c+d"} == s3[bucket]["key"].tags

    @pytest.mark.parametrize(
        "tagging", ["a=b", "<Tagging>", "<Other/>", "<Tagging><TagSet><Tag/></TagSet></Tagging>", ""]
    )
    def test_tagging_that_is_no_document(self, presign, post, tagging):
        assert (400, "MalformedXML") == refusal(post(presign(tagging=tagging)))[:2]

    def test_tags_as_a_put_has_them_are_not_modelled(self, presign, post):
        answer = post(presign(x_amz_tagging="a=b"))
        assert (501, "NotImplemented", "x-amz-tagging") == (*refusal(answer)[:2], told(answer)["Header"])
