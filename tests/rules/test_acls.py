"""ACLs of buckets and objects: how they are set, refused, kept and answered. S3: userguide/acl-overview.html"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.acl import ALL_USERS, AUTHENTICATED_USERS, EC2, LOG_DELIVERY
from fakes3.model.identity import ANONYMOUS_CANONICAL_ID, canonical_id

OWNER = canonical_id("123456789012")
OTHER = canonical_id("210987654321")
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
EVERYTHING = [(OWNER, "FULL_CONTROL")]
HEADERS = {
    "GrantFullControl": "FULL_CONTROL",
    "GrantRead": "READ",
    "GrantReadACP": "READ_ACP",
    "GrantWrite": "WRITE",
    "GrantWriteACP": "WRITE_ACP",
}

Put = Callable[..., Any]
Got = Callable[[], list[tuple[str, str]]]


def grants_of(answer: Any) -> list[tuple[str, str]]:
    return [(each["Grantee"].get("ID") or each["Grantee"]["URI"], each["Permission"]) for each in answer["Grants"]]


def policy(*grants: tuple[str, str], owner: str = OWNER) -> dict[str, Any]:
    """An AccessControlPolicy that grants to accounts, by their ids, and to groups, by their URIs."""
    grantees = [
        {"Type": "Group", "URI": who} if who.startswith("http") else {"Type": "CanonicalUser", "ID": who}
        for who, _ in grants
    ]
    return {
        "Owner": {"ID": owner},
        "Grants": [{"Grantee": each, "Permission": what} for each, (_, what) in zip(grantees, grants, strict=True)],
    }


@pytest.fixture
def open_bucket(s3: FakeS3, s3_client) -> str:
    """The name of a bucket whose ACLs are in force, with nothing blocked."""
    s3.create_bucket("open", ownership="ObjectWriter", objects={"k": b"1"})
    s3_client.delete_public_access_block(Bucket="open")
    return "open"


@pytest.fixture(params=["bucket", "object"])
def kind(request: pytest.FixtureRequest) -> str:
    """What has the ACL: a bucket, then an object."""
    return str(request.param)


@pytest.fixture
def put(open_bucket: str, s3_client, kind: str) -> Put:
    """Sets the ACL of the bucket, then of the object in it."""
    if kind == "bucket":
        return lambda **members: s3_client.put_bucket_acl(Bucket=open_bucket, **members)
    return lambda **members: s3_client.put_object_acl(Bucket=open_bucket, Key="k", **members)


@pytest.fixture
def got(open_bucket: str, s3_client, kind: str) -> Got:
    """The grants of the bucket, then of the object in it."""
    if kind == "bucket":
        return lambda: grants_of(s3_client.get_bucket_acl(Bucket=open_bucket))
    return lambda: grants_of(s3_client.get_object_acl(Bucket=open_bucket, Key="k"))


class TestCannedAcls:
    """A canned ACL replaces what was granted by its own grants."""

    @pytest.mark.parametrize(
        ("canned", "added"),
        [
            ("private", []),
            ("public-read", [(ALL_USERS, "READ")]),
            ("public-read-write", [(ALL_USERS, "READ"), (ALL_USERS, "WRITE")]),
            ("authenticated-read", [(AUTHENTICATED_USERS, "READ")]),
            ("aws-exec-read", [(EC2, "READ")]),
            # The bucket's owner has everything already.
            ("bucket-owner-read", []),
            ("bucket-owner-full-control", []),
        ],
    )
    def test_of_both(self, put: Put, got: Got, canned: str, added: list[tuple[str, str]]) -> None:
        put(GrantRead=f"id={OTHER}")
        put(ACL=canned)
        assert EVERYTHING + added == got()

    def test_for_log_delivery_of_a_bucket(self, open_bucket: str, s3_client) -> None:
        s3_client.put_bucket_acl(Bucket=open_bucket, ACL="log-delivery-write")
        added = [(LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")]
        assert EVERYTHING + added == grants_of(s3_client.get_bucket_acl(Bucket=open_bucket))

    def test_there_is_no_log_delivery_of_an_object(self, open_bucket: str, s3_client, refused) -> None:
        with refused("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="log-delivery-write"):
            s3_client.put_object_acl(Bucket=open_bucket, Key="k", ACL="log-delivery-write")

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_unknown_one(self, put: Put, refused) -> None:
        with refused("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="fake-acl"):
            put(ACL="fake-acl")


class TestGrantHeaders:
    """Headers grant what they say and nothing else, not even to the owner."""

    @pytest.mark.parametrize("member", HEADERS)
    def test_each(self, put: Put, got: Got, member: str) -> None:
        put(**{member: f'id="{OTHER}", uri="{LOG_DELIVERY}"'})
        assert [(OTHER, HEADERS[member]), (LOG_DELIVERY, HEADERS[member])] == got()

    def test_together(self, put: Put, got: Got) -> None:
        put(GrantWriteACP=f"id={OTHER}", GrantFullControl=f"id={OWNER}", GrantRead=f"uri={ALL_USERS}")
        assert [(OWNER, "FULL_CONTROL"), (ALL_USERS, "READ"), (OTHER, "WRITE_ACP")] == got()

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize(
        ("text", "message", "name", "value"),
        [
            ('fakekey="1234"', "Argument format not recognized", "x-amz-grant-write", 'fakekey="1234"'),
            ('id="wrong-id"', "Invalid id", "id", "wrong-id"),
            (
                'uri="http://acs.amazonaws.com/groups/s3/FakeGroup"',
                "Invalid group uri",
                "uri",
                "http://acs.amazonaws.com/groups/s3/FakeGroup",
            ),
        ],
    )
    def test_wrong_grantees(self, put: Put, refused, text: str, message: str, name: str, value: str) -> None:
        with refused("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=value):
            put(GrantWrite=text)

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_not_together_with_a_canned_acl(self, put: Put, refused) -> None:
        with refused("InvalidRequest", 400, "Specifying both Canned ACLs and Header Grants is not allowed"):
            put(ACL="private", GrantRead=f'uri="{LOG_DELIVERY}"')

    # S3: API/API_PutBucketAcl.html, "End of support notice"
    def test_e_mail_addresses_are_no_grantees_any_more(self, put: Put, refused) -> None:
        with refused("MethodNotAllowed", 405, Method="PUT"):
            put(GrantRead='emailAddress="a@example.com"')


class TestDocuments:
    """A document names the owner and all grants."""

    def test_it_replaces_everything(self, put: Put, got: Got) -> None:
        put(ACL="public-read")
        put(AccessControlPolicy=policy((OTHER, "READ_ACP"), (LOG_DELIVERY, "WRITE"), (OWNER, "WRITE_ACP")))
        assert [(OTHER, "READ_ACP"), (LOG_DELIVERY, "WRITE"), (OWNER, "WRITE_ACP")] == got()

    def test_it_may_grant_nothing(self, put: Put, got: Got) -> None:
        put(AccessControlPolicy=policy())
        assert [] == got()

    def test_an_answer_may_be_put_back(self, open_bucket: str, s3_client) -> None:
        s3_client.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
        answer = s3_client.get_bucket_acl(Bucket=open_bucket)
        answer["Owner"]["DisplayName"] = "somebody"
        s3_client.put_bucket_acl(
            Bucket=open_bucket, AccessControlPolicy={name: answer[name] for name in ("Owner", "Grants")}
        )
        assert answer["Grants"] == s3_client.get_bucket_acl(Bucket=open_bucket)["Grants"]

    def test_a_hundred_grants_and_no_more(self, put: Put, got: Got, refused) -> None:
        put(AccessControlPolicy=policy(*[(OTHER, "READ")] * 100))
        assert 100 == len(got())
        with refused("MalformedACLError", 400):
            put(AccessControlPolicy=policy(*[(OTHER, "READ")] * 101))

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize(
        "document",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"Grants": policy((OWNER, "READ"))["Grants"]}, id="no owner"),
            pytest.param({"Owner": {"ID": OWNER}}, id="no grants"),
            pytest.param({"Owner": {"DisplayName": "me"}, "Grants": []}, id="an owner without id"),
            pytest.param(policy((OWNER, "WRONG-PERMISSION")), id="unknown permission"),
            pytest.param(
                {"Owner": {"ID": OWNER}, "Grants": [{"Grantee": {"Type": "BadType"}, "Permission": "READ"}]},
                id="unknown type",
            ),
            pytest.param(
                {"Owner": {"ID": OWNER}, "Grants": [{"Grantee": {"Type": "Group"}, "Permission": "READ"}]},
                id="a group without URI",
            ),
            pytest.param({"Owner": {"ID": OWNER}, "Grants": [{"Permission": "READ"}]}, id="no grantee"),
            pytest.param(
                {"Owner": {"ID": OWNER}, "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": OWNER}}]},
                id="no permission",
            ),
        ],
    )
    def test_what_lacks_something_or_has_something_unknown(self, put: Put, refused, document) -> None:
        with refused("MalformedACLError", 400, MALFORMED):
            put(AccessControlPolicy=document)

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize(
        ("document", "message", "name", "value"),
        [
            (policy((LOG_DELIVERY, "FULL_CONTROL"), owner="wrong-id"), "Invalid id", "CanonicalUser/ID", "wrong-id"),
            (policy(("wrong-id", "FULL_CONTROL")), "Invalid id", "CanonicalUser/ID", "wrong-id"),
            (
                policy(("http://acs.amazonaws.com/groups/s3/FakeGroup", "FULL_CONTROL")),
                "Invalid group uri",
                "Group/URI",
                "http://acs.amazonaws.com/groups/s3/FakeGroup",
            ),
        ],
    )
    def test_wrong_names(self, put: Put, refused, document, message: str, name: str, value: str) -> None:
        with refused("InvalidArgument", 400, message, ArgumentName=name, ArgumentValue=value):
            put(AccessControlPolicy=document)

    def test_e_mail_addresses_are_no_grantees_any_more(self, put: Put, refused) -> None:
        grantee = {"Type": "AmazonCustomerByEmail", "EmailAddress": "a@example.com"}
        document = {"Owner": {"ID": OWNER}, "Grants": [{"Grantee": grantee, "Permission": "READ"}]}
        with refused("MethodNotAllowed", 405, Method="PUT"):
            put(AccessControlPolicy=document)

    def test_nothing_is_given_away(self, put: Put, refused) -> None:
        with refused("AccessDenied", 403):
            put(AccessControlPolicy=policy((OTHER, "FULL_CONTROL"), owner=OTHER))


class TestHeadersOrDocument:
    """An ACL is set by headers or by a document."""

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_neither(self, put: Put, refused) -> None:
        with refused("MissingSecurityHeader", 400, MissingHeaderName="x-amz-acl"):
            put()

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize("header", [{"ACL": "private"}, {"GrantRead": f"id={OTHER}"}])
    def test_both(self, put: Put, refused, header: dict[str, str]) -> None:
        with refused("UnexpectedContent", 400):
            put(**header, AccessControlPolicy=policy((OWNER, "FULL_CONTROL")))


class TestWire:
    """The type of a grantee is an attribute, in a namespace that a request may call what it likes."""

    def document(self, grantee: str, root: str = "AccessControlPolicy") -> bytes:
        return (
            f"<{root}><Owner><ID>{OWNER}</ID></Owner><AccessControlList><Grant>{grantee}"
            f"<Permission>READ</Permission></Grant></AccessControlList></{root}>"
        ).encode()

    @pytest.mark.parametrize("prefix", ["xsi", "x"])
    def test_the_prefix_is_the_callers(self, open_bucket: str, ask, s3_client, prefix: str) -> None:
        grantee = (
            f'<Grantee xmlns:{prefix}="http://www.w3.org/2001/XMLSchema-instance" {prefix}:type="Group">'
            f"<URI>{LOG_DELIVERY}</URI></Grantee>"
        )
        # No checksum comes with it, and none is asked for.
        assert 200 == ask("PUT", "/open?acl", body=self.document(grantee)).status
        assert [(LOG_DELIVERY, "READ")] == grants_of(s3_client.get_bucket_acl(Bucket=open_bucket))

    @pytest.mark.parametrize("attribute", ["", ' type="Group"', ' xmlns:x="urn:x" x:kind="Group"'])
    def test_without_it(self, open_bucket: str, ask, attribute: str) -> None:
        body = self.document(f"<Grantee{attribute}><URI>{LOG_DELIVERY}</URI></Grantee>")
        for target in ("/open?acl", "/open/k?acl"):
            assert (400, "MalformedACLError", MALFORMED, {}) == ask("PUT", target, body=body).refusal

    @pytest.mark.parametrize("body", [b"<AccessControlPolicy>", b"acl", b"<Other/>"])
    def test_what_is_no_such_document(self, open_bucket: str, ask, body: bytes) -> None:
        assert (400, "MalformedACLError", MALFORMED, {}) == ask("PUT", "/open?acl", body=body).refusal

    def test_the_answer(self, open_bucket: str, ask, s3_client) -> None:
        s3_client.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
        body = ask("GET", "/open/k?acl").text
        schema = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        assert body == (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>{OWNER}</ID></Owner>'
            f'<AccessControlList><Grant><Grantee {schema} xsi:type="CanonicalUser"><ID>{OWNER}</ID></Grantee>'
            f'<Permission>FULL_CONTROL</Permission></Grant><Grant><Grantee {schema} xsi:type="Group">'
            f"<URI>{ALL_USERS}</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList>"
            "</AccessControlPolicy>"
        )

    def test_success_is_empty(self, open_bucket: str, ask) -> None:
        for target in ("/open?acl", "/open/k?acl"):
            answer = ask("PUT", target, {"x-amz-acl": "public-read"})
            assert (200, b"") == (answer.status, answer.body)
            assert "x-amz-version-id" not in answer.headers


class TestObjects:
    """An ACL belongs to a version; changing it makes no new one, and touches no date."""

    def test_nothing_else_changes(self, s3: FakeS3, open_bucket: str, s3_client) -> None:
        before = s3_client.head_object(Bucket=open_bucket, Key="k")
        s3.clock.advance(timedelta(days=1))
        s3_client.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
        after = s3_client.head_object(Bucket=open_bucket, Key="k")
        assert [before[name] for name in ("LastModified", "ETag")] == [after[name] for name in ("LastModified", "ETag")]

    def test_of_each_version(self, open_bucket: str, s3_client, ask) -> None:
        s3_client.put_bucket_versioning(Bucket=open_bucket, VersioningConfiguration={"Status": "Enabled"})
        newer = s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"2")["VersionId"]
        older = ask("PUT", "/open/k?acl&versionId=null", {"x-amz-acl": "public-read"})
        assert "null" == older.headers["x-amz-version-id"]
        assert newer == ask("PUT", "/open/k?acl", {"x-amz-acl": "authenticated-read"}).headers["x-amz-version-id"]
        assert newer == ask("GET", "/open/k?acl").headers["x-amz-version-id"]
        of_older = s3_client.get_object_acl(Bucket=open_bucket, Key="k", VersionId="null")
        assert [*EVERYTHING, (ALL_USERS, "READ")] == grants_of(of_older)
        of_newer = s3_client.get_object_acl(Bucket=open_bucket, Key="k")
        assert [*EVERYTHING, (AUTHENTICATED_USERS, "READ")] == grants_of(of_newer)
        assert 2 == len(s3_client.list_object_versions(Bucket=open_bucket)["Versions"])

    def test_a_new_object_is_its_owners_alone(self, open_bucket: str, s3_client) -> None:
        s3_client.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
        s3_client.put_object(Bucket=open_bucket, Key="k", Body=b"2")
        assert EVERYTHING == grants_of(s3_client.get_object_acl(Bucket=open_bucket, Key="k"))

    def test_of_a_missing_object(self, open_bucket: str, s3_client, refused) -> None:
        for ask in (s3_client.get_object_acl, lambda **which: s3_client.put_object_acl(ACL="private", **which)):
            with refused("NoSuchKey", 404, Key="missing"):
                ask(Bucket=open_bucket, Key="missing")

    def test_of_a_delete_marker(self, open_bucket: str, s3_client) -> None:
        s3_client.put_bucket_versioning(Bucket=open_bucket, VersioningConfiguration={"Status": "Enabled"})
        marker = s3_client.delete_object(Bucket=open_bucket, Key="k")["VersionId"]
        with pytest.raises(ClientError, match="NoSuchKey"):
            s3_client.get_object_acl(Bucket=open_bucket, Key="k")
        with pytest.raises(ClientError, match="MethodNotAllowed"):
            s3_client.get_object_acl(Bucket=open_bucket, Key="k", VersionId=marker)
        for which in ({}, {"VersionId": marker}):
            with pytest.raises(ClientError, match="MethodNotAllowed"):
                s3_client.put_object_acl(Bucket=open_bucket, Key="k", ACL="private", **which)


class TestWrites:
    """A write may bring the object's ACL along."""

    def write(self, way: str, client: Any, **headers: Any) -> None:
        if way == "put":
            client.put_object(Bucket="open", Key="new", Body=b"1", **headers)
        elif way == "copy":
            client.copy_object(Bucket="open", Key="new", CopySource="open/k", **headers)
        else:
            upload = client.create_multipart_upload(Bucket="open", Key="new", **headers)["UploadId"]
            part = client.upload_part(Bucket="open", Key="new", UploadId=upload, PartNumber=1, Body=b"1")
            parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
            client.complete_multipart_upload(Bucket="open", Key="new", UploadId=upload, MultipartUpload=parts)

    @pytest.mark.parametrize("way", ["put", "copy", "multipart"])
    @pytest.mark.parametrize(
        ("headers", "grants"),
        [
            ({"ACL": "public-read"}, [*EVERYTHING, (ALL_USERS, "READ")]),
            ({"ACL": "bucket-owner-full-control"}, EVERYTHING),
            ({"GrantReadACP": f"id={OTHER}"}, [(OTHER, "READ_ACP")]),
        ],
    )
    def test_headers(self, open_bucket: str, s3_client, way: str, headers, grants) -> None:
        self.write(way, s3_client, **headers)
        assert grants == grants_of(s3_client.get_object_acl(Bucket=open_bucket, Key="new"))

    def test_a_copy_does_not_bring_the_originals(self, open_bucket: str, s3_client) -> None:
        s3_client.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
        self.write("copy", s3_client)
        assert EVERYTHING == grants_of(s3_client.get_object_acl(Bucket=open_bucket, Key="new"))

    # recorded: TestS3::test_s3_copy_object_in_place
    def test_an_acl_is_no_change_to_copy_an_object_onto_itself_for(self, open_bucket: str, s3_client) -> None:
        with pytest.raises(ClientError, match="without changing"):
            s3_client.copy_object(Bucket=open_bucket, Key="k", CopySource="open/k", ACL="public-read")

    def test_a_form(self, open_bucket: str, s3_client, ask) -> None:
        form = s3_client.generate_presigned_post(
            open_bucket, "new", Fields={"acl": "public-read"}, Conditions=[{"acl": "public-read"}]
        )
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{form["fields"][each]}\r\n'
            for each in form["fields"]
        ]
        body = "".join([*parts, '--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--x--\r\n'])
        headers = {"content-type": "multipart/form-data; boundary=x", "authorization": None}
        assert 204 == ask("POST", "/open", headers, body.encode()).status
        assert [*EVERYTHING, (ALL_USERS, "READ")] == grants_of(s3_client.get_object_acl(Bucket=open_bucket, Key="new"))

    @pytest.mark.parametrize("way", ["put", "copy", "multipart"])
    def test_a_wrong_one_writes_nothing(self, open_bucket: str, s3_client, refused, way: str) -> None:
        with refused("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="fake"):
            self.write(way, s3_client, ACL="fake")


class TestCreateBucket:
    """A bucket may be created with its ACL, where its Object Ownership leaves ACLs in force."""

    @pytest.mark.parametrize("ownership", ["ObjectWriter", "BucketOwnerPreferred"])
    @pytest.mark.parametrize(
        ("headers", "grants"),
        [
            ({}, EVERYTHING),
            ({"ACL": "private"}, EVERYTHING),
            ({"ACL": "bucket-owner-read"}, EVERYTHING),
            ({"ACL": "log-delivery-write"}, [*EVERYTHING, (LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")]),
            ({"GrantWrite": f"id={OTHER}"}, [(OTHER, "WRITE")]),
        ],
    )
    def test_in_force(self, s3_client, ownership: str, headers, grants) -> None:
        s3_client.create_bucket(Bucket="new", ObjectOwnership=ownership, **headers)
        assert grants == grants_of(s3_client.get_bucket_acl(Bucket="new"))

    @pytest.mark.parametrize("ownership", [{}, {"ObjectOwnership": "BucketOwnerEnforced"}])
    @pytest.mark.parametrize(
        "headers",
        [{"ACL": "private"}, {"ACL": "bucket-owner-full-control"}, {"GrantFullControl": f"id={OWNER}"}],
    )
    def test_what_holds_anyway(self, s3_client, ownership, headers) -> None:
        s3_client.create_bucket(Bucket="new", **ownership, **headers)
        assert EVERYTHING == grants_of(s3_client.get_bucket_acl(Bucket="new"))

    @pytest.mark.parametrize("ownership", [{}, {"ObjectOwnership": "BucketOwnerEnforced"}])
    @pytest.mark.parametrize(
        "headers",
        [{"ACL": "public-read"}, {"ACL": "log-delivery-write"}, {"GrantRead": f"id={OTHER}"}],
    )
    def test_switched_off(self, s3_client, refused, ownership, headers) -> None:
        with refused("InvalidBucketAclWithObjectOwnership", 400):
            s3_client.create_bucket(Bucket="new", **ownership, **headers)

    # S3: userguide/troubleshoot-403-errors.html, "Block Public Access settings"
    @pytest.mark.parametrize(
        "headers",
        [
            {"ACL": "public-read"},
            {"ACL": "public-read-write"},
            {"ACL": "authenticated-read"},
            {"GrantRead": f"uri={ALL_USERS}"},
        ],
    )
    def test_public(self, s3_client, refused, headers) -> None:
        with refused("InvalidBucketAclWithBlockPublicAccessError", 400):
            s3_client.create_bucket(Bucket="new", ObjectOwnership="ObjectWriter", **headers)

    def test_wrong_in_itself(self, s3_client, refused) -> None:
        with refused("InvalidArgument", 400, "", ArgumentName="x-amz-acl", ArgumentValue="fake"):
            s3_client.create_bucket(Bucket="new", ACL="fake")
        with refused("InvalidRequest", 400, "Specifying both Canned ACLs and Header Grants is not allowed"):
            s3_client.create_bucket(Bucket="new", ACL="private", GrantRead=f"id={OTHER}")

    # S3: API/API_CreateBucket.html, on re-creating a bucket in us-east-1
    def test_once_more_in_us_east_1_resets_the_acl_and_nothing_else(self, open_bucket: str, s3_client) -> None:
        s3_client.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
        s3_client.create_bucket(Bucket=open_bucket, ACL="authenticated-read", ObjectOwnership="BucketOwnerPreferred")
        assert [*EVERYTHING, (AUTHENTICATED_USERS, "READ")] == grants_of(s3_client.get_bucket_acl(Bucket=open_bucket))
        s3_client.create_bucket(Bucket=open_bucket)
        assert EVERYTHING == grants_of(s3_client.get_bucket_acl(Bucket=open_bucket))
        controls = s3_client.get_bucket_ownership_controls(Bucket=open_bucket)["OwnershipControls"]
        assert "ObjectWriter" == controls["Rules"][0]["ObjectOwnership"]
        assert b"1" == s3_client.get_object(Bucket=open_bucket, Key="k")["Body"].read()

    def test_once_more_where_acls_are_switched_off(self, bucket: str, s3: FakeS3, s3_client, refused) -> None:
        before = s3.service.world
        s3_client.create_bucket(Bucket=bucket)
        assert before is s3.service.world
        with refused("InvalidBucketAclWithObjectOwnership", 400):
            s3_client.create_bucket(Bucket=bucket, ACL="public-read")


class TestOwners:
    """Answers tell the owner by its canonical id, and no display name."""

    def test_of_a_bucket(self, bucket: str, s3_client) -> None:
        answer = s3_client.get_bucket_acl(Bucket=bucket)
        assert {"ID": OWNER} == answer["Owner"]
        assert [{"Grantee": {"ID": OWNER, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}] == answer["Grants"]

    def test_of_an_object_whose_writer_did_not_sign(self, open_bucket: str, s3_client, ask) -> None:
        s3_client.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
        written = ask("PUT", "/open/anonymous", {"authorization": None, "x-amz-acl": "public-read"}, b"hello")
        assert 200 == written.status
        answer = ask("GET", "/open/anonymous?acl", {"authorization": None}).text
        assert ANONYMOUS_CANONICAL_ID == re.findall("<Owner><ID>(.*?)</ID></Owner>", answer)[0]


class TestEverybodyMayWrite:
    """Those who do not sign are one owner: each may overwrite and delete what another of them wrote."""

    # S3: userguide/acl-overview.html, "What permissions can I grant?", WRITE
    def test_delete(self, open_bucket: str, s3_client, ask) -> None:
        s3_client.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
        nobody = {"authorization": None}
        for _ in range(2):
            assert 200 == ask("PUT", "/open/anonymous", nobody, b"hello").status
        assert 204 == ask("DELETE", "/open/anonymous", nobody).status
        assert 403 == ask("DELETE", "/open/k", nobody).status
        assert ["k"] == [each["Key"] for each in s3_client.list_objects_v2(Bucket=open_bucket)["Contents"]]

    def test_only_where_the_acl_says_so(self, open_bucket: str, s3_client, ask) -> None:
        s3_client.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
        assert 200 == ask("PUT", "/open/anonymous", {"authorization": None}, b"hello").status
        s3_client.put_bucket_acl(Bucket=open_bucket, ACL="private")
        assert 403 == ask("DELETE", "/open/anonymous", {"authorization": None}).status
