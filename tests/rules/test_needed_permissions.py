"""What one must be allowed beside the obvious, and what allows less than it seems to.

Which actions each operation needs is a table in tests/operations/test_required_rights.py; here they are missing.

S3: userguide/using-with-s3-policy-actions.html, userguide/acl-overview.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.acl import ALL_USERS
from fakes3.model.identity import canonical_id

OWNER, OTHER = "123456789012", "210987654321"
ETAG = '"c4ca4238a0b923820dcc509a6f75849b"'  # of b"1"


def allow(*actions: str, effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": "*", **condition}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def status(call: Callable[..., Any], *arguments: Any, **options: Any) -> int:
    try:
        answer = call(*arguments, **options)
    except ClientError as error:
        answer = error.response
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


@pytest.fixture
def user(s3: FakeS3) -> Callable[..., Any]:
    """`user("s3:PutObject", ...)` is a client of a user of the bucket's account who may that and nothing else."""
    return lambda *actions: s3.user("ada", policy=policy(allow(*actions))).client()


@pytest.fixture
def acls(s3: FakeS3, s3_client) -> str:
    """The name of a bucket whose ACLs are in force, with nothing blocked, and the object "k" in it."""
    s3.create_bucket("acls", ownership="ObjectWriter", object_lock=True, objects={"k": "1"})
    s3_client.delete_public_access_block(Bucket="acls")
    return "acls"


@pytest.fixture
def nobody(s3: FakeS3) -> Any:
    """A client that does not sign."""
    return s3.client(config=Config(signature_version=UNSIGNED))


class TestConditionsOnAnETag:
    """Who asks that the object be a certain one must be allowed to read it.

    S3: userguide/conditional-writes.html, userguide/conditional-deletes.html
    """

    @pytest.fixture
    def data(self, s3: FakeS3) -> str:
        s3.create_bucket("data", objects={"k": "1"})
        return "data"

    @pytest.fixture(params=["put", "copy", "complete", "delete", "delete many"])
    def do(self, request: pytest.FixtureRequest, data: str, s3_client) -> Callable[[Any], Any]:
        upload = s3_client.create_multipart_upload(Bucket=data, Key="k")["UploadId"]
        etag = s3_client.upload_part(Bucket=data, Key="k", UploadId=upload, PartNumber=1, Body=b"")["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        here = {"Bucket": data, "Key": "k"}
        source = s3_client.put_object(Bucket=data, Key="source", Tagging="public=yes") and f"{data}/source"
        ways: dict[str, Callable[[Any], Any]] = {
            "put": lambda client: client.put_object(**here, IfMatch=ETAG),
            "copy": lambda client: client.copy_object(
                **here, CopySource=source, TaggingDirective="REPLACE", IfMatch=ETAG
            ),
            "complete": lambda client: client.complete_multipart_upload(
                **here, UploadId=upload, MultipartUpload=parts, IfMatch=ETAG
            ),
            "delete": lambda client: client.delete_object(**here, IfMatch=ETAG),
            "delete many": lambda client: client.delete_objects(
                Bucket=data, Delete={"Objects": [{"Key": "k", "ETag": ETAG}]}
            ),
        }
        return ways[str(request.param)]

    def test_of_what_one_may_not_read(self, s3: FakeS3, do: Callable[[Any], Any]) -> None:
        reading_the_source = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/source"}
        blind = s3.user("ada", policy=policy(allow("s3:PutObject", "s3:DeleteObject"), reading_the_source)).client()
        before = s3["data"]["k"].version_id, s3["data"]["k"].text
        try:
            errors = do(blind)["Errors"]  # of DeleteObjects, which succeeds whatever becomes of each
        except ClientError as error:
            errors = [error.response["Error"]]
        assert ["AccessDenied"] == [each["Code"] for each in errors]
        assert before == (s3["data"]["k"].version_id, s3["data"]["k"].text)

    def test_of_what_one_may_read(self, user: Callable[..., Any], do: Callable[[Any], Any]) -> None:
        assert do(user("s3:PutObject", "s3:DeleteObject", "s3:GetObject")).get("Errors") is None

    def test_that_there_is_any(self, data: str, user: Callable[..., Any]) -> None:
        assert 204 == status(user("s3:DeleteObject").delete_object, Bucket=data, Key="k", IfMatch="*")

    def test_that_there_is_none(self, data: str, user: Callable[..., Any]) -> None:
        assert 200 == status(user("s3:PutObject").put_object, Bucket=data, Key="new", IfNoneMatch="*")


class TestCreateBucket:
    """Who creates a bucket that is not as every new one must be allowed to set what is different.

    S3: API/API_CreateBucket.html, "Permissions"
    """

    @pytest.mark.parametrize(
        ("headers", "needed"),
        [
            ({"ACL": "public-read", "ObjectOwnership": "ObjectWriter"}, "PutBucketAcl PutBucketOwnershipControls"),
            ({"GrantRead": f"id={canonical_id(OWNER)}"}, "PutBucketAcl"),
            ({"ObjectLockEnabledForBucket": True}, "PutBucketObjectLockConfiguration PutBucketVersioning"),
            ({"ObjectOwnership": "BucketOwnerEnforced"}, "PutBucketOwnershipControls"),
        ],
    )
    def test_with(self, s3: FakeS3, user: Callable[..., Any], headers: dict[str, Any], needed: str) -> None:
        actions = [f"s3:{each}" for each in ["CreateBucket", *needed.split()]]
        for missing in actions:
            client = user(*(each for each in actions if each != missing), "s3:ListAllMyBuckets")
            assert 403 == status(client.create_bucket, Bucket="new", **headers), missing
        assert "new" not in s3

    @pytest.mark.parametrize("headers", [{}, {"ACL": "private"}])
    def test_plain(self, user: Callable[..., Any], headers: dict[str, Any]) -> None:
        assert 200 == status(user("s3:CreateBucket").create_bucket, Bucket="new", **headers)

    def test_again_it_does_not_take_away_an_acl(
        self, acls: str, s3: FakeS3, s3_client, user: Callable[..., Any]
    ) -> None:
        s3_client.put_bucket_acl(Bucket=acls, GrantRead=f"id={canonical_id(OTHER)}")
        assert 403 == status(user("s3:CreateBucket").create_bucket, Bucket=acls)
        denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketAcl", "Resource": f"arn:aws:s3:::{acls}"}
        s3_client.put_bucket_policy(Bucket=acls, Policy=json.dumps(policy(denied)))
        assert 403 == status(s3_client.create_bucket, Bucket=acls)
        assert 200 == status(user("s3:CreateBucket", "s3:*").head_bucket, Bucket=acls)


class TestWriteOnABucket:
    """WRITE lets a grantee create objects, with an ACL, and nothing that the table of ACL permissions does not name."""

    @pytest.fixture
    def writer(self, acls: str, s3_client, stranger) -> Any:
        full = f"id={canonical_id(OWNER)}"
        s3_client.put_bucket_acl(Bucket=acls, GrantWrite=f"id={canonical_id(OTHER)}", GrantFullControl=full)
        return stranger

    @pytest.mark.parametrize("headers", [{}, {"ACL": "bucket-owner-full-control"}])
    def test_objects(self, acls: str, writer, headers: dict[str, str]) -> None:
        assert 200 == status(writer.put_object, Bucket=acls, Key="new", **headers)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Tagging": "a=b"},
            {"ObjectLockLegalHoldStatus": "ON"},
            {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": "2099-01-01T00:00:00Z"},
        ],
    )
    def test_tags_and_locks(self, acls: str, s3: FakeS3, writer, headers: dict[str, str]) -> None:
        assert 403 == status(writer.put_object, Bucket=acls, Key="new", **headers)
        assert "new" not in s3[acls]

    def test_versions(self, acls: str, s3: FakeS3, s3_client, user: Callable[..., Any]) -> None:
        """Only where the grantee is the bucket's owner, and its account allows it; a grant to everybody is not that."""
        s3_client.put_bucket_acl(
            Bucket=acls, GrantWrite=f"uri={ALL_USERS}", GrantFullControl=f"id={canonical_id(OWNER)}"
        )
        version = s3[acls]["k"].version_id
        assert 403 == status(user("s3:GetObject").delete_object, Bucket=acls, Key="k", VersionId=version)
        assert 204 == status(user("s3:DeleteObjectVersion").delete_object, Bucket=acls, Key="k", VersionId=version)


class TestConditionKeys:
    """A request has a condition key only for the actions that S3 lists it for.

    S3: service-authorization/latest/reference/list_amazons3.html
    """

    def limited(self, s3: FakeS3, key: str, value: str, operator: str = "StringEquals") -> Any:
        return s3.user("ada", policy=policy(allow("s3:*", Condition={operator: {key: value}}))).client()

    def test_tags_of_an_object_are_not_asked_of_a_delete_or_a_write(self, s3: FakeS3, s3_client) -> None:
        s3.create_bucket("data")
        s3_client.put_object(Bucket="data", Key="k", Tagging="team=red")
        ada = self.limited(s3, "s3:ExistingObjectTag/team", "red")
        here = {"Bucket": "data", "Key": "k"}
        assert [200, 200] == [status(each, **here) for each in (ada.get_object, ada.get_object_acl)]
        assert [403, 403] == [status(each, **here) for each in (ada.delete_object, ada.put_object)]

    def test_a_prefix_is_not_asked_of_a_listing_of_uploads(self, s3: FakeS3) -> None:
        s3.create_bucket("data")
        ada = self.limited(s3, "s3:prefix", "home/")
        here = {"Bucket": "data", "Prefix": "home/"}
        assert [200, 200] == [status(each, **here) for each in (ada.list_objects_v2, ada.list_object_versions)]
        assert 403 == status(ada.list_multipart_uploads, **here)

    @pytest.mark.parametrize("source", ["data/k", "/data/k", "data/k?versionId=null"])
    def test_a_copy_source_is_the_same_however_it_is_written(self, s3: FakeS3, source: str) -> None:
        s3.create_bucket("data", objects={"k": "1"})
        denied = {"Condition": {"StringLike": {"s3:x-amz-copy-source": "data/k*"}}}
        ada = s3.user("ada", policy=policy(allow("s3:*"), allow("s3:PutObject", effect="Deny", **denied))).client()
        assert 403 == status(ada.copy_object, Bucket="data", Key="new", CopySource=source)
        assert 200 == status(ada.put_object, Bucket="data", Key="new")


class TestCallersWhoDidNotSign:
    """Nobody in particular copies anything, whatever a policy allows everybody."""

    def test_parts(self, s3_client, nobody, bucket: str) -> None:
        s3_client.delete_public_access_block(Bucket=bucket)
        everything = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
        s3_client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(everything)))
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"1")
        upload = s3_client.create_multipart_upload(Bucket=bucket, Key="new")["UploadId"]
        with pytest.raises(ClientError, match=r"Anonymous users cannot copy objects\. Please authenticate\."):
            nobody.upload_part_copy(Bucket=bucket, Key="new", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/k")
        assert "Parts" not in s3_client.list_parts(Bucket=bucket, Key="new", UploadId=upload)
