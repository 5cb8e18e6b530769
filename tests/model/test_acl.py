"""Access control lists. S3: userguide/acl-overview.html"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.acl import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    CANNED_FOR_BUCKETS,
    CANNED_FOR_OBJECTS,
    EC2,
    GROUPS,
    HEADERS,
    LOG_DELIVERY,
    Acl,
    Grant,
    Permission,
    RequestedAcl,
    check_owner,
    grant_for,
    is_public,
    parse_account,
    parse_acl_headers,
    parse_grantee,
    private,
    request_grants,
    without_public,
)
from fakes3.model.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidRequest,
    MalformedACLError,
    MethodNotAllowed,
    S3Error,
)
from fakes3.model.identity import ANONYMOUS_CANONICAL_ID, canonical_id

OWNER = canonical_id("123456789012")
OTHER = canonical_id("210987654321")
FULL = "x-amz-grant-full-control"
READ = "x-amz-grant-read"

grants = st.builds(Grant, st.sampled_from([OWNER, OTHER, *sorted(GROUPS)]), st.sampled_from(Permission))
acls = st.lists(grants, max_size=6).map(tuple)


def refusal(canned: str | None = None, **granted: str) -> S3Error:
    with pytest.raises(S3Error) as caught:
        parse_acl_headers(canned, {f"x-amz-grant-{each}": text for each, text in granted.items()}, CANNED_FOR_OBJECTS)
    return caught.value


class TestCannedAcls:
    """A canned ACL grants everything to the owner, and what its name says to others."""

    @pytest.mark.parametrize(
        ("canned", "added"),
        [
            ("public-read", [(ALL_USERS, "READ")]),
            ("public-read-write", [(ALL_USERS, "READ"), (ALL_USERS, "WRITE")]),
            ("authenticated-read", [(AUTHENTICATED_USERS, "READ")]),
            ("aws-exec-read", [(EC2, "READ")]),
            ("log-delivery-write", [(LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")]),
            ("bucket-owner-read", [(OTHER, "READ")]),
            ("bucket-owner-full-control", [(OTHER, "FULL_CONTROL")]),
        ],
    )
    def test_they_add_to_what_the_owner_has(self, canned, added):
        assert ((OWNER, "FULL_CONTROL"), *added) == RequestedAcl(canned).of(OWNER, bucket_owner=OTHER)

    @pytest.mark.parametrize("canned", ["private", "bucket-owner-read", "bucket-owner-full-control"])
    def test_what_grants_nothing_to_others_is_no_acl(self, canned):
        assert RequestedAcl(canned).of(OWNER, bucket_owner=OWNER) is None

    def test_log_delivery_is_for_buckets_only(self):
        assert {"log-delivery-write"} == CANNED_FOR_BUCKETS - CANNED_FOR_OBJECTS
        assert CANNED_FOR_OBJECTS < CANNED_FOR_BUCKETS

    def test_the_services_ids_are_such(self):
        assert EC2 == parse_account(EC2)

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize("canned", ["fake-acl", "", "Private", "log-delivery-write"])
    def test_unknown_name(self, canned):
        error = refusal(canned)
        assert isinstance(error, InvalidArgument)
        assert ("", {"ArgumentName": "x-amz-acl", "ArgumentValue": canned}) == (error.message, error.members)


class TestGrantHeaders:
    """Headers grant a permission to a list of accounts and groups, and to nobody else."""

    def test_they_replace_everything(self):
        wanted = parse_acl_headers(None, {READ: f"id={OTHER}"}, CANNED_FOR_OBJECTS)
        assert ((OTHER, "READ"),) == wanted.of(OWNER, bucket_owner=OWNER)

    def test_everything_to_the_owner_is_no_acl(self):
        wanted = parse_acl_headers(None, {FULL: f"id={OWNER}"}, CANNED_FOR_OBJECTS)
        assert wanted.of(OWNER, bucket_owner=OTHER) is None

    @pytest.mark.parametrize("text", [f'id="{OWNER}"', f"id={OWNER}", f' id = "{OWNER}" '])
    def test_quotes_and_spaces_mean_nothing(self, text):
        assert private(OWNER) == parse_acl_headers(None, {FULL: text}, CANNED_FOR_OBJECTS).grants

    def test_several_grantees_in_the_order_of_the_list(self):
        expected = ((ALL_USERS, "READ"), (OTHER, "READ"))
        assert expected == parse_acl_headers(None, {READ: f'uri="{ALL_USERS}",id={OTHER}'}, CANNED_FOR_OBJECTS).grants

    def test_each_header_grants_its_permission(self):
        granted = dict.fromkeys(reversed(list(HEADERS)), f"id={OTHER}")
        expected = [(OTHER, each) for each in ("FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP")]
        assert expected == list(parse_acl_headers(None, granted, CANNED_FOR_OBJECTS).grants)

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    def test_not_together_with_a_canned_acl(self):
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


class TestDocuments:
    """A document names owner and grantees by elements, and its errors name those."""

    def test_an_account(self):
        assert OTHER == parse_grantee("CanonicalUser", OTHER, None)

    def test_whoever_did_not_sign(self):
        assert ANONYMOUS_CANONICAL_ID == parse_account(ANONYMOUS_CANONICAL_ID)

    def test_a_group(self):
        assert ALL_USERS == parse_grantee("Group", None, ALL_USERS)

    # recorded: TestS3::test_s3_bucket_acl_exceptions
    @pytest.mark.parametrize(
        ("kind", "message", "argument"),
        [("CanonicalUser", "Invalid id", "CanonicalUser/ID"), ("Group", "Invalid group uri", "Group/URI")],
    )
    def test_unknown_grantee(self, kind, message, argument):
        with pytest.raises(InvalidArgument) as caught:
            parse_grantee(kind, "wrong", "wrong")
        assert message == caught.value.message
        assert {"ArgumentName": argument, "ArgumentValue": "wrong"} == caught.value.members

    @pytest.mark.parametrize("kind", ["CanonicalUser", "Group"])
    def test_a_grantee_without_a_name(self, kind):
        with pytest.raises(MalformedACLError):
            parse_grantee(kind, None, None)

    def test_e_mail_addresses_are_no_grantees_any_more(self):
        with pytest.raises(MethodNotAllowed):
            parse_grantee("AmazonCustomerByEmail", None, None)

    def test_nothing_is_given_away(self):
        check_owner(OWNER, OWNER)
        with pytest.raises(AccessDenied) as caught:
            check_owner(OTHER, OWNER)
        assert caught.value.reason is not None
        assert "An ACL cannot change the owner" in caught.value.reason

    def test_at_most_a_hundred_grants(self):
        hundred = [Grant(OTHER, Permission.READ)] * 100
        assert RequestedAcl(grants=tuple(hundred)) == request_grants(hundred)
        with pytest.raises(MalformedACLError):
            request_grants([*hundred, Grant(OTHER, Permission.READ)])


class TestPublic:
    """Public is what is granted to everybody, or to everybody who signs."""

    @pytest.mark.parametrize("group", [ALL_USERS, AUTHENTICATED_USERS])
    @pytest.mark.parametrize("permission", Permission)
    def test_groups_that_anybody_can_be_in(self, group, permission):
        assert is_public((*private(OWNER), Grant(group, permission)))

    @pytest.mark.parametrize("grantee", [OWNER, OTHER, LOG_DELIVERY, EC2])
    def test_others(self, grantee):
        assert not is_public((Grant(grantee, Permission.READ),))

    @given(acls)
    def test_nothing_public_is_left_without_it(self, acl: Acl):
        left = without_public(acl)
        assert not is_public(left)
        assert list(left) == [each for each in acl if not is_public((each,))]


class TestWhoIsGranted:
    """An account has what is granted to it and to the groups it is in."""

    @given(acls, st.sampled_from(Permission), st.booleans())
    def test_a_grant_is_of_the_caller_and_permits_it(self, acl: Acl, permission: Permission, is_anonymous: bool):
        who = ANONYMOUS_CANONICAL_ID if is_anonymous else OTHER
        mine = {who, ALL_USERS} if is_anonymous else {who, ALL_USERS, AUTHENTICATED_USERS}
        fitting = [each for each in acl if each.grantee in mine and each.permission in {permission, "FULL_CONTROL"}]
        found = grant_for(acl, permission, canonical_id=who, is_anonymous=is_anonymous)
        assert (found in fitting) if fitting else found is None
