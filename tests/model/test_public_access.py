"""Block Public Access. S3: userguide/access-control-block-public-access.html"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.acl import ALL_USERS, Grant, Permission, private
from fakes3.model.errors import AccessDenied, InvalidRequest
from fakes3.model.identity import ANONYMOUS, Principal, canonical_id
from fakes3.model.public_access import (
    ALL_BLOCKED,
    NOTHING_BLOCKED,
    PublicAccessBlock,
    check_acl_of_write,
    check_configuration,
)

OWNER = "123456789012"
PUBLIC = (*private(canonical_id(OWNER)), Grant(ALL_USERS, Permission.READ))
BLOCKING = PublicAccessBlock(block_public_acls=True)

blocks = st.builds(PublicAccessBlock, st.booleans(), st.booleans(), st.booleans(), st.booleans())


class TestTogether:
    """The most restrictive setting of a bucket and its account holds."""

    @given(blocks, blocks)
    def test_switch_by_switch(self, one: PublicAccessBlock, other: PublicAccessBlock):
        both = one | other
        for switch in ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"):
            assert (getattr(one, switch) or getattr(other, switch)) == getattr(both, switch)

    @given(blocks)
    def test_nothing_and_everything(self, block: PublicAccessBlock):
        assert block == block | NOTHING_BLOCKED
        assert ALL_BLOCKED == block | ALL_BLOCKED


class TestConfigurations:
    """A configuration says something of some switch."""

    def test_one_is_enough(self):
        check_configuration({"BlockPublicAcls"})

    def test_none_is_not(self):
        with pytest.raises(InvalidRequest) as caught:
            check_configuration(())
        assert "Must specify at least one configuration." == caught.value.message


class TestBlockPublicAcls:
    """No public ACL is written; the owner's account is told why."""

    def refused(self, caller: Principal) -> AccessDenied:
        with pytest.raises(AccessDenied) as caught:
            check_acl_of_write(
                BLOCKING, PUBLIC, caller=caller, owner=OWNER, action="s3:PutObjectAcl", resource="arn:aws:s3:::b/k"
            )
        return caught.value

    # S3: userguide/troubleshoot-403-errors.html, "Block Public Access settings"
    @pytest.mark.parametrize("caller", [Principal(OWNER), Principal(OWNER, user="mary")])
    def test_the_owners_account_is_told_why(self, caller):
        expected = (
            f'User: {caller.arn} is not authorized to perform: s3:PutObjectAcl on resource: "arn:aws:s3:::b/k" because '
            "public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."
        )
        assert expected == self.refused(caller).message

    @pytest.mark.parametrize("caller", [Principal("210987654321"), ANONYMOUS])
    def test_others_are_told_nothing(self, caller):
        refusal = self.refused(caller)
        assert "Access Denied" == refusal.message
        expected = (
            "the ACL of arn:aws:s3:::b/k would be public, and BlockPublicAcls is on for the bucket or its account. "
            "Grant to accounts instead, or switch it off with PutPublicAccessBlock."
        )
        assert expected == refusal.reason

    @pytest.mark.parametrize(
        ("block", "acl"),
        [
            (BLOCKING, None),
            (BLOCKING, private(canonical_id(OWNER))),
            (NOTHING_BLOCKED, PUBLIC),
            (PublicAccessBlock(ignore_public_acls=True, block_public_policy=True), PUBLIC),
        ],
    )
    def test_whatever_else_is_written(self, block, acl):
        check_acl_of_write(block, acl, caller=Principal(OWNER), owner=OWNER, action="a", resource="r")
