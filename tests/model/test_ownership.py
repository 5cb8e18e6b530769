"""Object Ownership. S3: userguide/about-object-ownership.html"""

from __future__ import annotations

import pytest

from fakes3.model.acl import ALL_USERS, CANNED_FOR_OBJECTS, LOG_DELIVERY, Grant, Permission, RequestedAcl, private
from fakes3.model.errors import (
    AccessControlListNotSupported,
    InvalidArgument,
    InvalidBucketAclWithBlockPublicAccessError,
    InvalidBucketAclWithObjectOwnership,
)
from fakes3.model.identity import canonical_id
from fakes3.model.ownership import (
    Ownership,
    check_acl_of_bucket,
    check_acl_while_enforced,
    check_new_acl,
    owner_of_write,
    parse_ownership,
)

OWNER, OTHER = canonical_id("123456789012"), canonical_id("210987654321")
PUBLIC_READ = (*private(OWNER), Grant(ALL_USERS, Permission.READ))


class TestWhoOwnsWhatIsWritten:
    """The setting says, and under BucketOwnerPreferred the writer, by a canned ACL."""

    @pytest.mark.parametrize(
        ("ownership", "canned", "owner"),
        [
            (Ownership.ENFORCED, None, "bucket's"),
            (Ownership.ENFORCED, "bucket-owner-full-control", "bucket's"),
            (Ownership.PREFERRED, "bucket-owner-full-control", "bucket's"),
            (Ownership.PREFERRED, "bucket-owner-read", "writer"),
            (Ownership.PREFERRED, None, "writer"),
            (Ownership.WRITER, "bucket-owner-full-control", "writer"),
            (Ownership.WRITER, None, "writer"),
            (None, "bucket-owner-full-control", "writer"),
            (None, None, "writer"),
        ],
    )
    def test_owner(self, ownership, canned, owner):
        assert owner == owner_of_write(ownership, bucket_owner="bucket's", writer="writer", canned=canned)

    @pytest.mark.parametrize(
        ("ownership", "owner"), [(Ownership.ENFORCED, "bucket's"), (Ownership.PREFERRED, None), (None, None)]
    )
    def test_what_is_written_without_signing(self, ownership, owner):
        assert owner == owner_of_write(ownership, bucket_owner="bucket's", writer=None)


class TestSettings:
    """There are three."""

    @pytest.mark.parametrize("ownership", Ownership)
    def test_by_name(self, ownership):
        assert ownership is parse_ownership(ownership.value)

    # recorded: TestS3BucketOwnershipControls::test_bucket_ownership_controls_exc
    @pytest.mark.parametrize("value", ["RandomValue", "", "objectwriter"])
    def test_others(self, value):
        with pytest.raises(InvalidArgument) as caught:
            parse_ownership(value)
        assert f"Invalid x-amz-object-ownership header: {value}" == caught.value.message
        assert {"ArgumentName": "x-amz-object-ownership"} == caught.value.members


class TestBucketOwnerEnforced:
    """A write may say that the bucket's owner has full control, and nothing else."""

    @pytest.mark.parametrize("wanted", [RequestedAcl("bucket-owner-full-control"), RequestedAcl(grants=private(OWNER))])
    def test_what_holds_anyway(self, wanted):
        check_acl_while_enforced(wanted, bucket_owner=OWNER)

    def test_private_by_the_owner_itself(self):
        check_acl_while_enforced(RequestedAcl("private"), bucket_owner=OWNER, takes_private=True)
        with pytest.raises(AccessControlListNotSupported):
            check_acl_while_enforced(RequestedAcl("public-read"), bucket_owner=OWNER, takes_private=True)

    @pytest.mark.parametrize("canned", sorted(CANNED_FOR_OBJECTS - {"bucket-owner-full-control"}))
    def test_other_canned_acls(self, canned):
        with pytest.raises(AccessControlListNotSupported) as caught:
            check_acl_while_enforced(RequestedAcl(canned), bucket_owner=OWNER)
        assert (400, "The bucket does not allow ACLs", {}) == (
            caught.value.status,
            caught.value.message,
            caught.value.members,
        )

    @pytest.mark.parametrize(
        "grants",
        [
            (),
            private(OTHER),
            private(OWNER) + private(OTHER),
            (Grant(ALL_USERS, Permission.FULL_CONTROL),),
            (Grant(OWNER, Permission.READ),),
            (*private(OWNER), Grant(OWNER, Permission.READ)),
        ],
    )
    def test_other_grants(self, grants):
        with pytest.raises(AccessControlListNotSupported):
            check_acl_while_enforced(RequestedAcl(grants=grants), bucket_owner=OWNER)

    def test_the_reason_tells_the_ways_out(self):
        with pytest.raises(AccessControlListNotSupported) as caught:
            check_acl_while_enforced(RequestedAcl("public-read"), bucket_owner=OWNER)
        expected = (
            "the bucket is BucketOwnerEnforced, which switches ACLs off: it takes no ACL but "
            "bucket-owner-full-control. Leave the ACL out and grant by a bucket policy, or make the bucket with "
            'ObjectOwnership="BucketOwnerPreferred" or "ObjectWriter". Code that lives with buckets from before April '
            '2023: mock_s3(bucket_defaults="2022").'
        )
        assert expected == caught.value.reason


class TestBuckets:
    """A bucket that grants something to others cannot have its ACLs switched off."""

    @pytest.mark.parametrize("grantee", [OTHER, ALL_USERS, LOG_DELIVERY])
    def test_grants_to_others(self, grantee):
        acl = (*private(OWNER), Grant(grantee, Permission.READ))
        for ownership in (Ownership.PREFERRED, Ownership.WRITER, None):
            check_acl_of_bucket(ownership, acl, owner=OWNER)
        with pytest.raises(InvalidBucketAclWithObjectOwnership) as caught:
            check_acl_of_bucket(Ownership.ENFORCED, acl, owner=OWNER)
        assert caught.value.reason is not None
        assert "set its ACL to private first" in caught.value.reason

    @pytest.mark.parametrize("acl", [None, (), private(OWNER), (Grant(OWNER, Permission.READ),)])
    def test_grants_to_nobody_else(self, acl):
        check_acl_of_bucket(Ownership.ENFORCED, acl, owner=OWNER)

    # S3: userguide/troubleshoot-403-errors.html: "CreateBucket calls fail with an HTTP 400 (Bad Request) response"
    def test_a_new_bucket_is_not_public_where_that_is_blocked(self):
        check_new_acl(PUBLIC_READ, blocks_public_acls=False)
        check_new_acl(private(OTHER), blocks_public_acls=True)
        check_new_acl(None, blocks_public_acls=True)
        with pytest.raises(InvalidBucketAclWithBlockPublicAccessError) as caught:
            check_new_acl(PUBLIC_READ, blocks_public_acls=True)
        assert (400, "Bucket cannot have public ACLs set with BlockPublicAccess enabled") == (
            caught.value.status,
            caught.value.message,
        )
