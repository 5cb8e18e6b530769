"""Object Ownership: who owns what is written, and whether ACLs mean anything.

S3: userguide/about-object-ownership.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.model.identity import canonical_id

OWNER = canonical_id("123456789012")
OTHER = canonical_id("210987654321")
FULL_CONTROL = {"Grantee": {"ID": OWNER, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
SETTINGS = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]


def controls(*settings: str) -> dict[str, Any]:
    return {"Rules": [{"ObjectOwnership": each} for each in settings]}


def document(setting: str) -> bytes:
    rule = f"<Rule><ObjectOwnership>{setting}</ObjectOwnership></Rule>"
    return f"<OwnershipControls>{rule}</OwnershipControls>".encode()


class TestControls:
    """A bucket has one setting, from its creation on."""

    # recorded: TestS3BucketOwnershipControls::test_bucket_ownership_controls_exc
    def test_a_new_bucket_is_bucket_owner_enforced(self, s3_client) -> None:
        s3_client.create_bucket(Bucket="new")
        answer = s3_client.get_bucket_ownership_controls(Bucket="new")
        assert controls("BucketOwnerEnforced") == answer["OwnershipControls"]

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_it_may_be_created_otherwise(self, s3_client, setting: str) -> None:
        s3_client.create_bucket(Bucket="new", ObjectOwnership=setting)
        assert controls(setting) == s3_client.get_bucket_ownership_controls(Bucket="new")["OwnershipControls"]

    @pytest.mark.parametrize("setting", SETTINGS)
    def test_it_may_be_changed(self, bucket: str, s3_client, setting: str) -> None:
        answer = s3_client.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls(setting))
        assert 200 == answer["ResponseMetadata"]["HTTPStatusCode"]
        assert controls(setting) == s3_client.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]

    # recorded: TestS3BucketOwnershipControls::test_bucket_ownership_controls_exc
    @pytest.mark.parametrize("value", ["RandomValue", ""])
    def test_unknown_at_creation(self, s3_client, refused, value: str) -> None:
        text = f"Invalid x-amz-object-ownership header: {value}"
        with refused("InvalidArgument", 400, text, ArgumentName="x-amz-object-ownership"):
            s3_client.create_bucket(Bucket="new", ObjectOwnership=value)

    # recorded: TestS3BucketOwnershipControls::test_bucket_ownership_controls_exc
    @pytest.mark.parametrize(
        "wanted",
        [
            pytest.param(controls("BucketOwnerPreferred", "ObjectWriter"), id="two rules"),
            pytest.param(controls("RandomValue"), id="unknown value"),
            pytest.param({"Rules": []}, id="no rule"),
        ],
    )
    def test_one_rule_of_a_known_value(self, bucket: str, s3_client, refused, wanted) -> None:
        with refused("MalformedXML", 400):
            s3_client.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=wanted)

    def test_a_rule_says_something(self, bucket: str, ask) -> None:
        headers = {"content-md5": "pUuYU2Y3yMzC7bYB1hL6dw=="}
        for body in (b"<OwnershipControls><Rule/></OwnershipControls>", b"<OwnershipControls/>"):
            answer = ask("PUT", "/never?ownershipControls", headers | {"content-md5": md5_of(body)}, body).refusal
            assert (400, "MalformedXML") == (answer.status, answer.code)

    def test_it_may_be_deleted_again_and_again(self, bucket: str, s3_client, refused) -> None:
        for _ in range(2):
            answer = s3_client.delete_bucket_ownership_controls(Bucket=bucket)
            assert 204 == answer["ResponseMetadata"]["HTTPStatusCode"]
        with refused("OwnershipControlsNotFoundError", 404, BucketName=bucket):
            s3_client.get_bucket_ownership_controls(Bucket=bucket)

    def test_without_one_acls_are_in_force(self, bucket: str, s3_client) -> None:
        s3_client.delete_bucket_ownership_controls(Bucket=bucket)
        s3_client.put_bucket_acl(Bucket=bucket, GrantRead=f"id={OTHER}")

    def test_of_a_missing_bucket(self, s3_client, refused) -> None:
        with refused("NoSuchBucket", 404, BucketName="missing"):
            s3_client.get_bucket_ownership_controls(Bucket="missing")

    def test_unsigned(self, bucket: str, ask) -> None:
        text = "s3:{}BucketOwnershipControls does not support Anonymous requests!"
        answer = ask("GET", "/never?ownershipControls", {"authorization": None}).refusal
        assert (403, "AccessDenied", text.format("Get"), {}) == answer
        answer = ask("PUT", "/never?ownershipControls", {"authorization": None}, document("ObjectWriter")).refusal
        assert (403, "AccessDenied", text.format("Put"), {}) == answer


def md5_of(body: bytes) -> str:
    from base64 import b64encode
    from hashlib import md5

    return b64encode(md5(body, usedforsecurity=False).digest()).decode()


class TestEnforced:
    """ACLs are switched off: a write may carry the one that says what holds anyway, and no other."""

    ACCEPTED = ({"ACL": "bucket-owner-full-control"}, {"GrantFullControl": f'id="{OWNER}"'})
    REFUSED = (
        {"ACL": "public-read"},
        {"ACL": "authenticated-read"},
        {"ACL": "bucket-owner-read"},
        {"GrantRead": f"id={OWNER}"},
        {"GrantFullControl": f"id={OTHER}"},
        {"GrantFullControl": f"id={OWNER}, id={OTHER}"},
    )

    @pytest.fixture
    def set_acl(self, bucket: str, s3_client) -> Any:
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"1")
        asks = {
            "PutObject": lambda **acl: s3_client.put_object(Bucket=bucket, Key="new", Body=b"1", **acl),
            "CopyObject": lambda **acl: s3_client.copy_object(Bucket=bucket, Key="new", CopySource="never/k", **acl),
            "CreateMultipartUpload": lambda **acl: s3_client.create_multipart_upload(Bucket=bucket, Key="new", **acl),
            "PutObjectAcl": lambda **acl: s3_client.put_object_acl(Bucket=bucket, Key="k", **acl),
            "PutBucketAcl": lambda **acl: s3_client.put_bucket_acl(Bucket=bucket, **acl),
        }
        return lambda operation, acl: asks[operation](**acl)

    OPERATIONS = ("PutObject", "CopyObject", "CreateMultipartUpload", "PutObjectAcl", "PutBucketAcl")

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("acl", ACCEPTED)
    def test_accepted(self, set_acl, operation: str, acl) -> None:
        assert 200 == set_acl(operation, acl)["ResponseMetadata"]["HTTPStatusCode"]

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("acl", REFUSED)
    def test_refused(self, set_acl, refused, operation: str, acl) -> None:
        with refused("AccessControlListNotSupported", 400):
            set_acl(operation, acl)

    # observed: thephpleague/flysystem#1874, redpanda-data/connect#4372, rclone/rclone#6413
    @pytest.mark.parametrize("operation", OPERATIONS[:3])
    def test_private_says_what_holds_for_the_owners_own_writes(self, set_acl, operation: str) -> None:
        assert 200 == set_acl(operation, {"ACL": "private"})["ResponseMetadata"]["HTTPStatusCode"]

    # observed: hashicorp/terraform-provider-aws#34079
    @pytest.mark.parametrize("operation", OPERATIONS[3:])
    def test_private_is_not_put(self, set_acl, refused, operation: str) -> None:
        with refused("AccessControlListNotSupported", 400):
            set_acl(operation, {"ACL": "private"})

    @pytest.fixture
    def open_to_all(self, bucket: str, s3_client) -> str:
        """A bucket in which everybody is allowed everything, and an object "k" in it."""
        s3_client.delete_public_access_block(Bucket=bucket)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
        s3_client.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"1")
        return bucket

    @pytest.mark.parametrize("operation", ["put_object", "copy_object", "create_multipart_upload"])
    def test_private_of_another_account(self, open_to_all: str, stranger, refused, operation: str) -> None:
        more = {"CopySource": f"{open_to_all}/k"} if operation == "copy_object" else {}
        write = getattr(stranger, operation)
        write(Bucket=open_to_all, Key="new", ACL="bucket-owner-full-control", **more)
        with refused("AccessControlListNotSupported", 400):
            write(Bucket=open_to_all, Key="new", ACL="private", **more)

    @pytest.mark.parametrize("acl", ["private", "public-read"])
    def test_of_nobody_in_particular(self, open_to_all: str, ask, acl: str) -> None:
        answer = ask("PUT", f"/{open_to_all}/new", {"x-amz-acl": acl}, b"1", signed=False).refusal
        assert (400, "AccessControlListNotSupported", "The bucket does not allow ACLs", {}) == answer

    def test_private_of_users_and_roles_of_the_owner(self, bucket: str, s3: FakeS3, refused) -> None:
        """The account decides, and not who in it writes; they need the right to set an ACL all the same."""

        def may(*actions: str) -> dict[str, Any]:
            statement = {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{bucket}/*"}
            return {"Version": "2012-10-17", "Statement": [statement]}

        for kind in (s3.user, s3.role):
            client = kind("writer", may("s3:PutObject")).client()
            with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
                client.put_object(Bucket=bucket, Key="k", ACL="private")
            client = kind("writer", may("s3:PutObject", "s3:PutObjectAcl")).client()
            client.put_object(Bucket=bucket, Key="k", ACL="private")
            with refused("AccessControlListNotSupported", 400):
                client.put_object(Bucket=bucket, Key="k", ACL="public-read")

    @pytest.mark.parametrize(("acl", "status"), [("private", 200), ("public-read", 400)])
    def test_presigned(self, bucket: str, s3: FakeS3, s3_client, ask, acl: str, status: int) -> None:
        url = s3_client.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "new", "ACL": acl})
        target = url.partition("amazonaws.com")[2]
        host = url.removeprefix("https://").partition("/")[0]
        answer = ask("PUT", target, {"x-amz-acl": acl}, b"1", host=host, signed=False)
        assert (status, status == 200) == (answer.status, "new" in s3[bucket])
        if status == 400:
            assert (400, "AccessControlListNotSupported", "The bucket does not allow ACLs", {}) == answer.refusal

    @pytest.mark.parametrize("operation", ["PutObjectAcl", "PutBucketAcl"])
    def test_documents(self, set_acl, refused, operation: str) -> None:
        says_so = {"Owner": {"ID": OWNER}, "Grants": [FULL_CONTROL]}
        set_acl(operation, {"AccessControlPolicy": says_so})
        with refused("AccessControlListNotSupported", 400):
            set_acl(operation, {"AccessControlPolicy": says_so | {"Grants": []}})
        with refused("AccessControlListNotSupported", 400):
            set_acl(operation, {"AccessControlPolicy": says_so | {"Grants": [FULL_CONTROL | {"Permission": "READ"}]}})

    @pytest.mark.parametrize(
        ("acl", "status", "of_the_owner"),
        [("private", 204, True), ("public-read", 400, True), ("private", 400, False), ("public-read", 400, False)],
    )
    def test_forms(
        self, open_to_all: str, s3: FakeS3, s3_client, stranger, ask, acl: str, status: int, of_the_owner: bool
    ) -> None:
        signs = s3_client if of_the_owner else stranger
        form = signs.generate_presigned_post(open_to_all, "new", Fields={"acl": acl}, Conditions=[{"acl": acl}])
        fields = [*form["fields"].items(), ("file", "hello")]
        parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
        headers = {"content-type": "multipart/form-data; boundary=x", "authorization": None}
        answer = ask("POST", "/never", headers, ("".join(parts) + "--x--\r\n").encode())
        assert (status, status == 204) == (answer.status, "new" in s3[open_to_all])
        if status == 400:
            assert (400, "AccessControlListNotSupported", "The bucket does not allow ACLs", {}) == answer.refusal

    def test_what_is_wrong_in_itself_is_told_first(self, set_acl, refused) -> None:
        with refused("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="fake"):
            set_acl("PutObjectAcl", {"ACL": "fake"})

    def test_acls_are_switched_off_before_public_ones_are_blocked(self, set_acl, refused) -> None:
        with refused("AccessControlListNotSupported", 400):
            set_acl("PutObject", {"ACL": "public-read"})

    def test_reads_show_full_control_of_the_bucket_owner(self, bucket: str, s3_client) -> None:
        s3_client.put_object(Bucket=bucket, Key="k", Body=b"1")
        for answer in (s3_client.get_bucket_acl(Bucket=bucket), s3_client.get_object_acl(Bucket=bucket, Key="k")):
            assert ({"ID": OWNER}, [FULL_CONTROL]) == (answer["Owner"], answer["Grants"])

    @pytest.mark.parametrize(
        "acl", [{"ACL": "public-read"}, {"ACL": "log-delivery-write"}, {"GrantRead": f"id={OTHER}"}]
    )
    def test_a_bucket_that_grants_to_others_is_not_enforced(self, s3: FakeS3, s3_client, refused, acl) -> None:
        s3.create_bucket("old", ownership="ObjectWriter")
        s3_client.delete_public_access_block(Bucket="old")
        s3_client.put_bucket_acl(Bucket="old", **acl)
        with refused("InvalidBucketAclWithObjectOwnership", 400):
            s3_client.put_bucket_ownership_controls(Bucket="old", OwnershipControls=controls("BucketOwnerEnforced"))
        s3_client.put_bucket_acl(Bucket="old", ACL="private")
        s3_client.put_bucket_ownership_controls(Bucket="old", OwnershipControls=controls("BucketOwnerEnforced"))


@pytest.fixture
def shared(s3: FakeS3, s3_client) -> str:
    """A bucket into which another account may write."""
    s3.create_bucket("shared", ownership="ObjectWriter", versioning=True)
    s3_client.put_bucket_acl(
        Bucket="shared", GrantFullControl=f"id={OWNER}", GrantWrite=f"id={OTHER}", GrantRead=f"id={OTHER}"
    )
    return "shared"


class TestOwnersOfObjects:
    """Whose an object is depends on the setting and, where the bucket owner is preferred, on the ACL of the write."""

    def write(self, way: str, client: Any, **acl: str) -> None:
        if way == "put":
            client.put_object(Bucket="shared", Key="k", Body=b"1", **acl)
            return
        if way == "copy":
            client.put_object(Bucket="shared", Key="source", Body=b"1", ACL="private")
            client.copy_object(Bucket="shared", Key="k", CopySource="shared/source", **acl)
            return
        upload = client.create_multipart_upload(Bucket="shared", Key="k", **acl)["UploadId"]
        part = client.upload_part(Bucket="shared", Key="k", UploadId=upload, PartNumber=1, Body=b"1")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        client.complete_multipart_upload(Bucket="shared", Key="k", UploadId=upload, MultipartUpload=parts)

    @pytest.mark.parametrize("way", ["put", "copy", "multipart"])
    @pytest.mark.parametrize(
        ("setting", "acl", "owner"),
        [
            ("ObjectWriter", {}, OTHER),
            ("ObjectWriter", {"ACL": "bucket-owner-full-control"}, OTHER),
            ("BucketOwnerPreferred", {}, OTHER),
            ("BucketOwnerPreferred", {"ACL": "bucket-owner-read"}, OTHER),
            ("BucketOwnerPreferred", {"GrantFullControl": f"id={OWNER}"}, OTHER),
            ("BucketOwnerPreferred", {"ACL": "bucket-owner-full-control"}, OWNER),
        ],
    )
    def test_owner(self, shared: str, s3: FakeS3, s3_client, stranger, way: str, setting: str, acl, owner: str) -> None:
        s3_client.put_bucket_ownership_controls(Bucket=shared, OwnershipControls=controls(setting))
        self.write(way, stranger, **acl)
        listed = s3_client.list_objects_v2(Bucket=shared, FetchOwner=True, Prefix="k")["Contents"]
        assert [{"ID": owner}] == [each["Owner"] for each in listed]
        assert canonical_id(s3[shared]["k"].owner) == owner

    def test_under_object_writer_the_bucket_owner_is_granted_what_the_canned_acl_says(
        self, shared: str, s3_client, stranger
    ) -> None:
        stranger.put_object(Bucket=shared, Key="k", Body=b"1", ACL="bucket-owner-full-control")
        answer = s3_client.get_object_acl(Bucket=shared, Key="k")
        full_control = FULL_CONTROL | {"Grantee": {"ID": OTHER, "Type": "CanonicalUser"}}
        assert ({"ID": OTHER}, [full_control, FULL_CONTROL]) == (answer["Owner"], answer["Grants"])
        stranger.put_object_acl(Bucket=shared, Key="k", ACL="bucket-owner-read")
        answer = stranger.get_object_acl(Bucket=shared, Key="k")
        assert [full_control, FULL_CONTROL | {"Permission": "READ"}] == answer["Grants"]

    def test_under_bucket_owner_preferred_the_writer_keeps_nothing_of_what_it_gives_away(
        self, shared: str, s3_client, stranger
    ) -> None:
        s3_client.put_bucket_ownership_controls(Bucket=shared, OwnershipControls=controls("BucketOwnerPreferred"))
        stranger.put_object(Bucket=shared, Key="k", Body=b"1", ACL="bucket-owner-full-control")
        assert [FULL_CONTROL] == s3_client.get_object_acl(Bucket=shared, Key="k")["Grants"]

    def test_of_delete_markers(self, shared: str, s3_client, stranger) -> None:
        stranger.put_object(Bucket=shared, Key="k", Body=b"1")
        stranger.delete_object(Bucket=shared, Key="k")
        listed = s3_client.list_object_versions(Bucket=shared)
        assert [{"ID": OTHER}] == [each["Owner"] for each in listed["Versions"]]
        assert [{"ID": OTHER}] == [each["Owner"] for each in listed["DeleteMarkers"]]

    def test_of_uploads_under_way(self, shared: str, s3_client, stranger) -> None:
        s3_client.put_bucket_ownership_controls(Bucket=shared, OwnershipControls=controls("BucketOwnerPreferred"))
        stranger.create_multipart_upload(Bucket=shared, Key="a")
        given = stranger.create_multipart_upload(Bucket=shared, Key="b", ACL="bucket-owner-full-control")["UploadId"]
        uploads = s3_client.list_multipart_uploads(Bucket=shared)["Uploads"]
        assert [{"ID": OTHER}, {"ID": OWNER}] == [each["Owner"] for each in uploads]
        assert {OTHER} == {each["Initiator"]["ID"] for each in uploads}
        assert {"ID": OWNER} == stranger.list_parts(Bucket=shared, Key="b", UploadId=given)["Owner"]


class TestSwitchingToAndFro:
    """While the bucket owner is enforced, it owns everything; what there was before is kept, and is there again."""

    @pytest.fixture
    def enforce(self, s3_client) -> Any:
        def switch(on: bool) -> None:
            if on:
                s3_client.put_bucket_acl(Bucket="shared", ACL="private")
            setting = "BucketOwnerEnforced" if on else "ObjectWriter"
            s3_client.put_bucket_ownership_controls(Bucket="shared", OwnershipControls=controls(setting))

        return switch

    def test_old_objects(self, shared: str, s3_client, stranger, enforce) -> None:
        stranger.put_object(Bucket=shared, Key="k", Body=b"1", ACL="bucket-owner-full-control")
        stranger.delete_object(Bucket=shared, Key="gone")
        before = s3_client.get_object_acl(Bucket=shared, Key="k")
        enforce(True)
        answer = s3_client.get_object_acl(Bucket=shared, Key="k")
        assert ({"ID": OWNER}, [FULL_CONTROL]) == (answer["Owner"], answer["Grants"])
        listed = s3_client.list_object_versions(Bucket=shared)
        assert [{"ID": OWNER}] * 2 == [each["Owner"] for each in listed["Versions"] + listed["DeleteMarkers"]]
        assert {"ID": OWNER} == s3_client.list_objects(Bucket=shared)["Contents"][0]["Owner"]
        # What says only what holds anyway leaves what is kept alone.
        s3_client.put_object_acl(Bucket=shared, Key="k", ACL="bucket-owner-full-control")
        enforce(False)
        answer = s3_client.get_object_acl(Bucket=shared, Key="k")
        assert (before["Owner"], before["Grants"]) == (answer["Owner"], answer["Grants"])
        assert {"ID": OTHER} == s3_client.list_objects(Bucket=shared)["Contents"][0]["Owner"]

    def test_objects_written_meanwhile_stay_the_bucket_owners(
        self, shared: str, s3: FakeS3, s3_client, enforce
    ) -> None:
        enforce(True)
        s3_client.put_object(Bucket=shared, Key="k", Body=b"1", ACL="bucket-owner-full-control")
        enforce(False)
        assert "123456789012" == s3[shared]["k"].owner
        assert [FULL_CONTROL] == s3_client.get_object_acl(Bucket=shared, Key="k")["Grants"]

    def test_an_upload_that_is_completed_meanwhile(self, shared: str, s3: FakeS3, stranger, enforce) -> None:
        client = s3.client()
        client.delete_public_access_block(Bucket=shared)
        upload = stranger.create_multipart_upload(Bucket=shared, Key="k", ACL="public-read")["UploadId"]
        part = stranger.upload_part(Bucket=shared, Key="k", UploadId=upload, PartNumber=1, Body=b"1")
        enforce(True)
        assert {"ID": OWNER} == client.list_multipart_uploads(Bucket=shared)["Uploads"][0]["Owner"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        client.complete_multipart_upload(Bucket=shared, Key="k", UploadId=upload, MultipartUpload=parts)
        enforce(False)
        answer = client.get_object_acl(Bucket=shared, Key="k")
        assert ({"ID": OWNER}, [FULL_CONTROL]) == (answer["Owner"], answer["Grants"])


class TestOldDefaults:
    """Before April 2023 a new bucket had ACLs in force, nothing blocked, and no default encryption."""

    @pytest.fixture
    def old(self) -> FakeS3:
        return FakeS3(bucket_defaults="2022")

    @pytest.fixture(params=["client", "fake"])
    def client(self, request: pytest.FixtureRequest, old: FakeS3) -> Any:
        """A client of such a fake, with the bucket "old"."""
        client = old.client()
        if request.param == "client":
            client.create_bucket(Bucket="old")
            client.put_object(Bucket="old", Key="k", Body=b"1")
        else:
            old.create_bucket("old", objects={"k": b"1"})
        return client

    def test_public_objects(self, old: FakeS3, client) -> None:
        client.put_object(Bucket="old", Key="new", Body=b"1", ACL="public-read")
        assert [("123456789012", "FULL_CONTROL"), ("AllUsers", "READ")] == old["old"]["new"].acl

    def test_public_buckets(self, old: FakeS3, client) -> None:
        client.create_bucket(Bucket="site", ACL="public-read")
        assert [("123456789012", "FULL_CONTROL"), ("AllUsers", "READ")] == old["site"].acl

    def test_nothing_is_configured(self, client) -> None:
        for ask, code in (
            (client.get_bucket_ownership_controls, "OwnershipControlsNotFoundError"),
            (client.get_public_access_block, "NoSuchPublicAccessBlockConfiguration"),
            (client.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError"),
        ):
            with pytest.raises(client.exceptions.ClientError, match=code):
                ask(Bucket="old")

    def test_objects_are_not_encrypted(self, client) -> None:
        copied = client.copy_object(Bucket="old", Key="copy", CopySource="old/k")
        for answer in (client.head_object(Bucket="old", Key="k"), client.get_object(Bucket="old", Key="k"), copied):
            assert "ServerSideEncryption" not in answer
        assert '"c4ca4238a0b923820dcc509a6f75849b"' == client.head_object(Bucket="old", Key="k")["ETag"]

    def test_objects_of_parts_are_not_encrypted(self, client) -> None:
        upload = client.create_multipart_upload(Bucket="old", Key="new")
        part = client.upload_part(Bucket="old", Key="new", UploadId=upload["UploadId"], PartNumber=1, Body=b"1")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        done = client.complete_multipart_upload(
            Bucket="old", Key="new", UploadId=upload["UploadId"], MultipartUpload=parts
        )
        for answer in (upload, part, done):
            assert "ServerSideEncryption" not in answer

    def test_they_are_where_the_bucket_or_the_writer_says_so(self, client) -> None:
        assert (
            "AES256" == client.put_object(Bucket="old", Key="k", ServerSideEncryption="AES256")["ServerSideEncryption"]
        )
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        client.put_bucket_encryption(Bucket="old", ServerSideEncryptionConfiguration={"Rules": [rule]})
        assert "AES256" == client.put_object(Bucket="old", Key="k")["ServerSideEncryption"]
        client.delete_bucket_encryption(Bucket="old")
        assert "ServerSideEncryption" not in client.put_object(Bucket="old", Key="k")

    def test_customers_keys_are_taken(self, client) -> None:
        client.put_object(Bucket="old", Key="k", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)

    def test_a_setting_may_still_be_chosen(self, client, old: FakeS3) -> None:
        client.create_bucket(Bucket="new", ObjectOwnership="BucketOwnerEnforced")
        old.create_bucket("made", ownership="BucketOwnerPreferred")
        assert ["BucketOwnerEnforced", "BucketOwnerPreferred"] == [old[name].ownership for name in ("new", "made")]

    def test_a_fork_goes_on_so(self, client, old: FakeS3) -> None:
        assert old.fork().create_bucket("new").ownership is None
