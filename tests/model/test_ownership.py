"""Object Ownership and the ACLs of writes. S3: userguide/about-object-ownership.html"""

from __future__ import annotations

import pytest

from fakes3.model.errors import (
    AccessControlListNotSupported,
    InvalidArgument,
    InvalidRequest,
    MethodNotAllowed,
    S3Error,
)
from fakes3.model.identity import canonical_id
from fakes3.model.ownership import CANNED_FOR_OBJECTS, Grantee, check_acl_of_write, grantees_in

OWNER = canonical_id("123456789012")
OTHER = canonical_id("210987654321")
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
FULL = "x-amz-grant-full-control"
READ = "x-amz-grant-read"


def refusal(canned: str | None = None, **grants: str) -> S3Error:
    with pytest.raises(S3Error) as caught:
        check_acl_of_write(canned, {f"x-amz-grant-{each}": text for each, text in grants.items()}, bucket_owner=OWNER)
    return caught.value


class TestBucketOwnerEnforced:
    """A write may say that the bucket's owner has full control, and nothing else."""

    def test_nothing(self):
        check_acl_of_write(None, {}, bucket_owner=OWNER)

    def test_canned(self):
        check_acl_of_write("bucket-owner-full-control", {}, bucket_owner=OWNER)

    @pytest.mark.parametrize("text", [f'id="{OWNER}"', f"id={OWNER}", f' id = "{OWNER}" '])
    def test_equivalent_grant(self, text):
        check_acl_of_write(None, {FULL: text}, bucket_owner=OWNER)

    @pytest.mark.parametrize("canned", sorted(CANNED_FOR_OBJECTS - {"bucket-owner-full-control"}))
    def test_other_canned_acls(self, canned):
        error = refusal(canned)
        assert isinstance(error, AccessControlListNotSupported)
        assert (400, "The bucket does not allow ACLs", {}) == (error.status, error.message, error.members)

    @pytest.mark.parametrize(
        "grants",
        [
            {FULL: f"id={OTHER}"},
            {FULL: f"id={OWNER}, id={OTHER}"},
            {FULL: f"uri={ALL_USERS}"},
            {READ: f"id={OWNER}"},
            {FULL: f"id={OWNER}", READ: f"id={OWNER}"},
        ],
    )
    def test_other_grants(self, grants):
        with pytest.raises(AccessControlListNotSupported):
            check_acl_of_write(None, grants, bucket_owner=OWNER)


class TestSyntax:
    """What is wrong with an ACL in itself is told before whether the bucket takes any."""

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize("canned", ["fake-acl", "", "Private", "log-delivery-write"])
    def test_unknown_canned_acl(self, canned):
        error = refusal(canned)
        assert isinstance(error, InvalidArgument)
        assert ("", {"ArgumentName": "x-amz-acl", "ArgumentValue": canned}) == (error.message, error.members)

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_both_kinds(self):
        error = refusal("bucket-owner-full-control", read=f"id={OWNER}")
        assert isinstance(error, InvalidRequest)
        assert "Specifying both Canned ACLs and Header Grants is not allowed" == error.message

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize("item", ['fakekey="1234"', "1234", "", 'id="x', "ID=x"])
    def test_unknown_type_of_grantee(self, item):
        error = refusal(read=item)
        assert "Argument format not recognized" == error.message
        assert {"ArgumentName": READ, "ArgumentValue": item} == error.members

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_unknown_group(self):
        error = refusal(read='uri="http://acs.amazonaws.com/groups/s3/FakeGroup"')
        assert "Invalid group uri" == error.message
        members = {"ArgumentName": "uri", "ArgumentValue": "http://acs.amazonaws.com/groups/s3/FakeGroup"}
        assert members == error.members

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize("name", ["wrong-id", OWNER[:-1], OWNER.upper(), OWNER + "0"])
    def test_what_is_no_canonical_id(self, name):
        error = refusal(read=f"id={name}")
        assert ("Invalid id", {"ArgumentName": "id", "ArgumentValue": name}) == (error.message, error.members)

    def test_the_first_item_at_fault_is_told(self):
        error = refusal(read=f"uri={ALL_USERS}, nobody=1, id=x")
        assert {"ArgumentName": READ, "ArgumentValue": "nobody=1"} == error.members

    # S3: userguide/acls.html, on the end of e-mail grantees
    def test_e_mail_addresses_are_no_grantees_any_more(self):
        assert isinstance(refusal(read="emailAddress=a@example.com"), MethodNotAllowed)

    def test_several_grantees(self):
        expected = (Grantee("uri", ALL_USERS), Grantee("id", OTHER))
        assert expected == grantees_in(READ, f'uri="{ALL_USERS}",id={OTHER}')
