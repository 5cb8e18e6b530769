"""The errors of S3, as the real S3 was recorded to answer them: status, code, message, and the elements beside them.

Each row is a request by hand, and what S3 answered it, whichever way the errors are kept here.
"""

from __future__ import annotations

import pickle
from base64 import b64encode
from hashlib import md5
from typing import Any

import pytest

from fakes3 import FakeS3, UnmockedRequest, UsageError
from fakes3.model.errors import InvalidArgument, InvalidDigest, MethodNotAllowed, NoSuchKey, S3Error

from ..ask import HOST, Ask

VERSION = "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"
IN_OHIO = "s3.us-east-2.amazonaws.com"
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
COPY_TO_ITSELF = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)
CONDITION = "At least one of the pre-conditions you specified did not hold"
NOT_EMPTY = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
OWNER_ID = "The value of the expected bucket owner parameter must be an AWS Account ID... [abcd]"
LOCATION = "location constraint is incompatible for the region specific endpoint this request was sent to."
LOCK_BOTH = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
OWNED = "Your previous request to create the named bucket succeeded and you already own it."
SSE_C = "x-amz-server-side-encryption"
SSE_C_HEADER = "x-amz-server-side-encryption-customer-"
SSE_C_NO = "Requests specifying Server Side Encryption with Customer provided keys must provide"
BY_EU = b"<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint></CreateBucketConfiguration>"
BY_MARS = BY_EU.replace(b"EU", b"mars")
TAGGED = b"<Tagging><TagSet><Tag><Key>aws:prefixed</Key><Value>v</Value></Tag></TagSet></Tagging>"
HOLD = b"<LegalHold><Status>ON</Status></LegalHold>"
EMPTY = b'<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'


def argument(name: str, value: str | None = None) -> dict[str, str]:
    return {"ArgumentName": name} | ({} if value is None else {"ArgumentValue": value})


# By the recording that says so: a request (method, target, headers, body, host), and what S3 answered it.
RECORDED: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "TestS3BucketPolicy::test_bucket_policy_crud": (
        ("GET", "/bucket?policy"),
        (404, "NoSuchBucketPolicy", "The bucket policy does not exist", {"BucketName": "bucket"}),
    ),
    "TestS3::test_bucket_availability": (
        ("GET", "/nowhere?lifecycle"),
        (404, "NoSuchBucket", "The specified bucket does not exist", {"BucketName": "nowhere"}),
    ),
    "TestS3ObjectLock::test_get_object_lock_configuration_exc": (
        ("GET", "/bucket?object-lock"),
        (
            404,
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
            {"BucketName": "bucket"},
        ),
    ),
    "TestS3ObjectWritePrecondition::test_copy_object_if_match": (
        ("GET", "/bucket/non-existent-key"),
        (404, "NoSuchKey", "The specified key does not exist.", {"Key": "non-existent-key"}),
    ),
    "TestS3ObjectCRUD::test_delete_object": (
        ("DELETE", f"/bucket/key?versionId={VERSION}"),
        (400, "InvalidArgument", "Invalid version id specified", argument("versionId", VERSION)),
    ),
    "TestS3ObjectCRUD::test_delete_object_versioned": (
        ("GET", "/locked/hidden?versionId={marker}"),
        (
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            {"Method": "GET", "ResourceType": "DeleteMarker"},
        ),
    ),
    "TestS3::test_invalid_range_error": (
        ("GET", "/bucket/key", {"Range": "bytes=1024-4096"}),
        (
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
            {"RangeRequested": "bytes=1024-4096", "ActualObjectSize": "8"},
        ),
    ),
    "TestS3::test_get_object_part": (
        ("GET", "/bucket/key?partNumber=1", {"Range": "bytes=0-1"}),
        (400, "InvalidRequest", "Cannot specify both Range header and partNumber query parameter", {}),
    ),
    "TestS3::test_precondition_failed_error": (
        ("GET", "/bucket/key", {"If-Match": '"other"'}),
        (412, "PreconditionFailed", CONDITION, {"Condition": "If-Match"}),
    ),
    "TestS3::test_s3_invalid_content_md5: __invalid__": (
        ("PUT", "/bucket/new", {"Content-MD5": "__invalid__"}),
        (400, "InvalidDigest", "The Content-MD5 you specified was invalid.", {"Content-MD5": "__invalid__"}),
    ),
    "TestS3::test_s3_invalid_content_md5: bad digest": (
        ("PUT", "/bucket/new", {"Content-MD5": "CYketZBSTjX8czcs3cXVlg=="}, b"something"),
        (
            400,
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            {"ExpectedDigest": "09891eb590524e35fc73372cddc5d596", "CalculatedDigest": "Q3uTDbhLgHnC3YBKcZNrXw=="},
        ),
    ),
    "TestS3::test_s3_uppercase_bucket_name": (
        ("PUT", "/Upper"),
        (400, "InvalidBucketName", "The specified bucket is not valid.", {"BucketName": "Upper"}),
    ),
    "TestS3::test_create_bucket_with_existing_name": (
        ("PUT", "/far", {}, BY_EU.replace(b"EU", b"us-east-2"), IN_OHIO),
        (409, "BucketAlreadyOwnedByYou", OWNED, {"BucketName": "far"}),
    ),
    "TestS3::test_create_bucket_with_eu_location_constraint_raises": (
        ("PUT", "/new", {}, BY_EU, IN_OHIO),
        (400, "IllegalLocationConstraintException", f"The EU {LOCATION}", {}),
    ),
    "TestS3::test_different_location_constraint: none": (
        ("PUT", "/new", {}, b"", IN_OHIO),
        (400, "IllegalLocationConstraintException", f"The unspecified {LOCATION}", {}),
    ),
    "TestS3::test_different_location_constraint: unknown": (
        ("PUT", "/new", {}, BY_MARS),
        (
            400,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
            {"LocationConstraint": "mars"},
        ),
    ),
    "TestS3BucketCRUD::test_delete_versioned_bucket_with_objects": (
        ("DELETE", "/locked"),
        (409, "BucketNotEmpty", NOT_EMPTY, {"BucketName": "locked"}),
    ),
    "TestS3::test_get_bucket_policy_invalid_account_id": (
        ("GET", "/bucket?policy", {"x-amz-expected-bucket-owner": "abcd"}),
        (400, "InvalidBucketOwnerAWSAccountID", OWNER_ID, {}),
    ),
    "TestS3BucketPolicy::test_put_bucket_policy_expected_bucket_owner": (
        ("GET", "/bucket?policy", {"x-amz-expected-bucket-owner": "000000000002"}),
        (403, "AccessDenied", "Access Denied", {}),
    ),
    "TestS3::test_s3_bucket_acl_exceptions: canned": (
        ("PUT", "/bucket?acl", {"x-amz-acl": "fake-acl"}),
        (400, "InvalidArgument", "", argument("x-amz-acl", "fake-acl")),
    ),
    "TestS3::test_s3_bucket_acl_exceptions: empty": (
        ("PUT", "/open?acl"),
        (
            400,
            "MissingSecurityHeader",
            "Your request was missing a required header",
            {"MissingHeaderName": "x-amz-acl"},
        ),
    ),
    "TestS3::test_s3_bucket_acl_exceptions: two types": (
        ("PUT", "/open?acl", {"x-amz-acl": "private", "x-amz-grant-read": 'id="1"'}),
        (400, "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed", {}),
    ),
    "TestS3::test_s3_bucket_acl_exceptions: header and document": (
        ("PUT", "/open?acl", {"x-amz-acl": "private"}, b"<AccessControlPolicy/>"),
        (400, "UnexpectedContent", "This request does not support content", {}),
    ),
    "TestS3::test_s3_bucket_acl_exceptions: document": (
        ("PUT", "/open?acl", {}, b"<AccessControlPolicy/>"),
        (400, "MalformedACLError", MALFORMED, {}),
    ),
    "TestS3BucketOwnershipControls::test_bucket_ownership_controls_exc": (
        ("PUT", "/new", {"x-amz-object-ownership": "RandomValue"}),
        (
            400,
            "InvalidArgument",
            "Invalid x-amz-object-ownership header: RandomValue",
            argument("x-amz-object-ownership"),
        ),
    ),
    "TestS3BucketPolicy::test_bucket_policy_exc": (
        ("PUT", "/bucket?policy", {}, b"{}"),
        (400, "MalformedPolicy", "Missing required field Statement", {}),
    ),
    "TestS3BucketVersioning::test_bucket_versioning_crud": (
        ("PUT", "/bucket?versioning", {"Content-MD5": "{md5}"}, EMPTY),
        (400, "IllegalVersioningConfigurationException", "The Versioning element must be specified", {}),
    ),
    "TestS3PresignedPost::test_post_object_with_storage_class": (
        ("PUT", "/bucket/new", {"x-amz-storage-class": "FakeClass"}),
        (
            400,
            "InvalidStorageClass",
            "The storage class you specified is not valid",
            {"StorageClassRequested": "FakeClass"},
        ),
    ),
    "TestS3::test_put_object_storage_class[DEEP_ARCHIVE-False]": (
        ("GET", "/bucket/frozen"),
        (
            403,
            "InvalidObjectState",
            "The operation is not valid for the object's storage class",
            {"StorageClass": "DEEP_ARCHIVE"},
        ),
    ),
    "TestS3ObjectLockLegalHold::test_delete_locked_object": (
        ("DELETE", "/locked/held?versionId={held}"),
        (403, "AccessDenied", "Access Denied because object protected by object lock.", {}),
    ),
    "TestS3ObjectLockLegalHold::test_put_get_object_legal_hold": (
        ("GET", "/locked/free?legal-hold"),
        (
            404,
            "NoSuchObjectLockConfiguration",
            "The specified object does not have a ObjectLock configuration",
            {},
        ),
    ),
    "TestS3ObjectLockRetention::test_s3_object_lock_mode_validation: no date": (
        ("PUT", "/locked/new", {"x-amz-object-lock-mode": "GOVERNANCE", "Content-MD5": "{md5}"}),
        (400, "InvalidArgument", LOCK_BOTH, argument("x-amz-object-lock-retain-until-date")),
    ),
    "TestS3ObjectLock::test_delete_object_with_no_locking": (
        ("DELETE", "/bucket/key", {"x-amz-bypass-governance-retention": "true"}),
        (
            400,
            "InvalidArgument",
            "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
            argument("x-amz-bypass-governance-retention"),
        ),
    ),
    "TestS3DeletePrecondition::test_delete_object_if_match_modified_non_express": (
        ("DELETE", "/bucket/key", {"x-amz-if-match-last-modified-time": "Thu, 01 Jan 2026 00:00:00 GMT"}),
        (
            501,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
            {"Header": "x-amz-if-match-last-modified-time"},
        ),
    ),
    "TestS3::test_s3_copy_object_in_place": (
        ("PUT", "/bucket/key", {"x-amz-copy-source": "bucket/key"}),
        (400, "InvalidRequest", COPY_TO_ITSELF, {}),
    ),
    "TestS3::test_s3_copy_object_wrong_format": (
        ("PUT", "/bucket/new", {"x-amz-copy-source": "bucket"}),
        (
            400,
            "InvalidArgument",
            "Invalid copy source object key",
            argument("x-amz-copy-source", "x-amz-copy-source"),
        ),
    ),
    "TestS3ListObjectsV2::test_list_objects_v2_continuation_start_after": (
        ("GET", "/bucket?list-type=2&continuation-token="),
        (400, "InvalidArgument", "The continuation token provided is incorrect", argument("continuation-token")),
    ),
    "TestS3SSECEncryption::test_put_object_validation_sse_c: algorithm": (
        ("PUT", "/bucket/new", {f"{SSE_C_HEADER}algorithm": "KMS"}),
        (
            400,
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            argument(SSE_C, "KMS"),
        ),
    ),
    "TestS3SSECEncryption::test_put_object_validation_sse_c: no key": (
        ("PUT", "/bucket/new", {f"{SSE_C_HEADER}algorithm": "AES256"}),
        (400, "InvalidArgument", f"{SSE_C_NO} an appropriate secret key.", argument(SSE_C)),
    ),
    "TestS3BucketObjectTagging::test_tagging_validation": (
        ("PUT", "/bucket/key?tagging", {"Content-MD5": "{md5}"}, TAGGED),
        (400, "InvalidTag", "Your TagKey cannot be prefixed with aws:", {"TagKey": "aws:prefixed"}),
    ),
    "TestS3MultipartUploadChecksum::test_multipart_checksum_type_compatibility": (
        ("POST", "/bucket/new?uploads", {"x-amz-checksum-algorithm": "SHA1", "x-amz-checksum-type": "FULL_OBJECT"}),
        (
            400,
            "InvalidRequest",
            "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
            {},
        ),
    ),
}


@pytest.fixture
def ask() -> Ask:
    """An S3 with a bucket of each kind that the recorded requests were about."""
    s3 = FakeS3()
    s3.create_bucket("bucket", objects={"key": "8 bytes."})
    s3.create_bucket("open", ownership="ObjectWriter")
    s3.create_bucket("far", region="us-east-2")
    s3.create_bucket("locked", object_lock=True, objects={"held": "x", "free": "x", "hidden": "x"})
    ask = Ask(s3.service)
    hold = {"Content-MD5": md5_of(HOLD)}
    done = [
        ask("PUT", "/bucket/frozen", {"x-amz-storage-class": "DEEP_ARCHIVE"}),
        ask("PUT", "/locked/held?legal-hold", hold, HOLD),
        ask("DELETE", "/locked/hidden"),
    ]
    assert [200, 200, 204] == [answer.status for answer in done]
    return ask


def md5_of(body: bytes) -> str:
    return b64encode(md5(body, usedforsecurity=False).digest()).decode()


@pytest.mark.parametrize(("request_", "expected"), RECORDED.values(), ids=RECORDED)
def test_answers_what_s3_was_recorded_to_answer(ask, request_, expected):
    defaults: tuple[Any, ...] = ({}, b"", HOST)
    method, target, headers, body, host = request_ + defaults[len(request_) - 2 :]
    known = {
        "marker": ask("GET", "/locked/hidden").headers["x-amz-version-id"],
        "held": ask("GET", "/locked/held").headers["x-amz-version-id"],
        "md5": md5_of(body),
    }
    sent = {name: value.format_map(known) for name, value in headers.items()}
    answer = ask(method, target.format_map(known), sent, body, host=host)
    assert expected == answer.refusal
    assert "application/xml" == answer.headers["Content-Type"]


# recorded: TestS3::test_s3_get_object_preconditions[get_object], [head_object]
@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("GET", "/bucket/key", {"If-None-Match": "*"}, 304),
        ("HEAD", "/bucket/key", {"If-Match": '"other"'}, 412),
        ("HEAD", "/bucket/non-existent-key", {}, 404),
    ],
)
def test_answers_without_a_document(ask, method, target, headers, status):
    answer = ask(method, target, headers)
    assert (status, b"") == (answer.status, answer.body)


class TestError:
    """An error holds all that its answer needs."""

    def test_reads_as_code_and_message(self):
        assert "NoSuchKey: The specified key does not exist." == str(NoSuchKey(Key="k"))

    def test_class_alone_can_be_raised(self):
        with pytest.raises(NoSuchKey) as caught:
            raise NoSuchKey
        found = (caught.value.status, caught.value.message, caught.value.members, caught.value.headers)
        assert (404, "The specified key does not exist.", {}, {}) == found

    def test_own_text_leaves_the_class_alone(self):
        assert "Other" == InvalidArgument("Other").message
        assert "Other" != InvalidArgument().message

    def test_members_keep_their_order(self):
        assert ["ArgumentValue", "ArgumentName"] == list(InvalidArgument(ArgumentValue="x", ArgumentName="y").members)

    def test_an_invalid_argument_takes_its_name_and_value_after_the_text(self):
        error = InvalidArgument("Text", "Days", 0, reason="Why", Key="k")
        assert ("Text", "Why") == (error.message, error.reason)
        assert [("ArgumentName", "Days"), ("ArgumentValue", 0), ("Key", "k")] == list(error.members.items())
        assert {"ArgumentName": "Days"} == InvalidArgument("Text", "Days").members

    @pytest.mark.parametrize("name", ["Content-MD5", "message"])
    def test_member_of_any_name(self, name):
        assert {name: "x"} == InvalidDigest(**{name: "x"}).members

    def test_headers_are_copied(self):
        headers = {"Allow": "DELETE"}
        error = MethodNotAllowed(headers=headers, Method="GET", ResourceType="DeleteMarker")
        headers.clear()
        assert {"Allow": "DELETE"} == error.headers

    def test_survives_pickling(self):
        error = InvalidArgument("Other text", headers={"Allow": "GET"}, Key="k", Size=3)
        copy = pickle.loads(pickle.dumps(error))
        assert (InvalidArgument, "Other text", {"Allow": "GET"}, {"Key": "k", "Size": 3}) == (
            type(copy),
            copy.message,
            copy.headers,
            copy.members,
        )
        assert str(error) == str(copy)


def test_mistakes_of_test_authors_are_no_errors_of_s3():
    assert not issubclass(UsageError, S3Error)
    assert issubclass(UnmockedRequest, UsageError)
