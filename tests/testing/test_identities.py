"""Identities: accounts, users and sessions of roles, who sign with keys of their own and may what policies allow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3, UsageError, mock_s3
from fakes3.model.identity import ACCESS_KEY_ID, canonical_id

OTHER = "111122223333"


def allow(action: str | list[str], resource: str | list[str] = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}


@pytest.fixture
def s3() -> FakeS3:
    """A fake that nobody entered, with one object in it."""
    s3 = FakeS3()
    s3.create_bucket("pictures", objects={"cat": "meow"})
    return s3


def read(client: Any) -> bytes:
    body: bytes = client.get_object(Bucket="pictures", Key="cat")["Body"].read()
    return body


def code_of(call: Callable[[], Any]) -> str:
    """How a call ends: S3's code, or "" where it is answered."""
    try:
        call()
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return ""


class TestUsers:
    """A user may what its policies allow, and nothing else."""

    def test_may_what_the_policy_allows(self, s3):
        alice = s3.user("alice", policy=allow("s3:GetObject"))
        assert b"meow" == read(alice.client())
        assert "AccessDenied" == code_of(lambda: alice.client().put_object(Bucket="pictures", Key="dog"))
        assert [alice.principal] * 2 == [call.principal for call in s3.calls]

    def test_may_nothing_without_a_policy(self, s3):
        assert "AccessDenied" == code_of(lambda: read(s3.user("alice").client()))
        assert "AccessDenied" == code_of(lambda: read(s3.user("bob", policy=None).client()))
        assert "AccessDenied" == code_of(lambda: read(s3.user("carol", policy=[]).client()))

    @pytest.mark.parametrize(
        "policy",
        [
            allow("s3:GetObject"),
            json.dumps(allow("s3:GetObject")),
            [allow("s3:ListBucket"), json.dumps(allow("s3:GetObject"))],
            (each for each in [allow("s3:GetObject")]),
        ],
        ids=["dictionary", "text", "several", "generator"],
    )
    def test_a_policy_is_a_dictionary_or_json_text_or_several(self, s3, policy):
        assert b"meow" == read(s3.user("alice", policy=policy).client())

    def test_a_changed_policy_holds_from_the_next_request_on(self, s3):
        alice = s3.user("alice", policy=allow("s3:GetObject"))
        client = alice.client()
        assert b"meow" == read(client)
        alice.policy = allow("s3:PutObject")
        assert "AccessDenied" == code_of(lambda: read(client))
        client.put_object(Bucket="pictures", Key="dog")
        alice.policy = None
        assert "AccessDenied" == code_of(lambda: client.put_object(Bucket="pictures", Key="dog"))

    def test_tells_its_policy(self, s3):
        alice = s3.user("alice")
        assert alice.policy is None
        alice.policy = allow("s3:GetObject")
        assert allow("s3:GetObject") == alice.policy
        alice.policy = [alice.policy, allow("s3:PutObject")]
        assert [allow("s3:GetObject"), allow("s3:PutObject")] == alice.policy

    def test_the_same_name_is_the_same_user(self, s3):
        alice = s3.user("alice", policy=allow("s3:GetObject"))
        again = s3.user("alice")
        assert (alice, alice.credentials, alice.policy) == (again, again.credentials, again.policy)
        s3.user("alice", policy=None)
        assert alice.policy is None
        assert 1 == len({alice, again})

    def test_other_names_are_other_users(self, s3):
        alice, bob, theirs = s3.user("alice"), s3.user("bob"), s3.account(OTHER).user("alice")
        assert 3 == len({alice.access_key_id, bob.access_key_id, theirs.access_key_id})
        assert alice != theirs
        assert alice != "alice"
        alice.policy = allow("s3:*")
        assert bob.policy is None
        assert theirs.policy is None

    def test_what_it_is(self, s3):
        alice = s3.user("alice")
        assert "alice" == alice.name
        assert "arn:aws:iam::123456789012:user/alice" == alice.arn == alice.principal.arn
        assert ("123456789012", canonical_id("123456789012")) == (alice.account_id, alice.canonical_id)
        assert alice.session_token is None
        assert "<user 'alice' of account 123456789012>" == repr(alice)

    def test_a_resource(self, s3):
        alice = s3.user("alice", policy=allow("s3:PutObject"))
        alice.resource().Bucket("pictures").put_object(Key="dog", Body=b"woof")
        assert "woof" == s3["pictures"]["dog"].text
        assert alice.principal == s3.calls[-1].principal

    def test_options_of_a_client(self, s3):
        assert "eu-west-1" == s3.user("alice").client(region_name="eu-west-1").meta.region_name

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "ä", "x" * 65, 7, None])
    def test_names_that_iam_refuses(self, s3, name):
        with pytest.raises(UsageError) as caught:
            s3.user(name)
        text = f"IAM refuses the user name {name!r}. Choose 1 to 64 letters, digits and characters of '+=,.@_-'."
        assert text == str(caught.value)

    def test_names_are_not_told_apart_by_case(self, s3):
        s3.user("Alice")
        with pytest.raises(UsageError) as caught:
            s3.user("alice")
        text = (
            "There already is a user 'Alice', and IAM ignores upper and lower case in names. "
            "Ask for 'Alice', or choose another name."
        )
        assert text == str(caught.value)

    @pytest.mark.parametrize("policy", [7, b"{}", True])
    def test_what_is_no_policy_at_all(self, s3, policy):
        alice = s3.user("alice")
        for give in (lambda: s3.user("alice", policy=policy), lambda: setattr(alice, "policy", [policy])):
            with pytest.raises(UsageError) as caught:
                give()
            text = f"A policy cannot be {policy!r}. "
            text += "Give a dictionary or JSON text, a list of them, or None to allow nothing."
            assert text == str(caught.value)

    def test_a_wrong_policy_makes_no_user_and_changes_none(self, s3):
        with pytest.raises(UsageError):
            s3.user("bob", policy={"Statement": []})
        assert {} == s3.account().users
        alice = s3.user("alice", policy=allow("s3:GetObject"))
        with pytest.raises(UsageError):
            alice.policy = [allow("s3:*"), "{}"]
        assert allow("s3:GetObject") == alice.policy


class TestKeys:
    """Access keys look like AWS's, are the same in every run, and their signatures are verified."""

    def test_look_like_those_of_aws(self, s3):
        keys = [s3.account(OTHER), s3.user("alice"), s3.role("backup")]
        assert ["AKIA", "AKIA", "ASIA"] == [each.access_key_id[:4] for each in keys]
        assert all(re.fullmatch("[A-Z2-7]{20}", each.access_key_id) for each in keys)
        assert [40] * 3 == [len(each.secret_access_key) for each in keys]

    def test_are_made_of_the_seed(self):
        def keys(seed: int) -> list[dict[str, Any]]:
            s3 = FakeS3(seed=seed)
            return [each.credentials for each in (s3.account(OTHER), s3.user("alice"), s3.role("backup"))]

        assert keys(1) == keys(1)
        assert not [each for each in keys(1) if each in keys(2)]

    def test_signatures_are_verified(self, s3):
        alice = s3.user("alice", policy=allow("s3:*"))
        client = s3.client(aws_access_key_id=alice.access_key_id, aws_secret_access_key="guessed")
        assert "SignatureDoesNotMatch" == code_of(lambda: read(client))

    def test_are_known_where_unknown_ones_are_refused(self):
        with mock_s3(enforce_iam=True, verify_signatures=True) as s3:
            s3.create_bucket("pictures", objects={"cat": "meow"})
            assert b"meow" == read(boto3.client("s3", **s3.user("alice", policy=allow("s3:*")).credentials))
            assert b"meow" == read(s3.role("backup", policy=allow("s3:*")).client())

    @pytest.mark.parametrize("direct", [False, True])
    def test_a_plain_client_with_credentials_acts_as_their_owner(self, direct):
        with mock_s3(direct=direct) as s3:
            s3.create_bucket("pictures", objects={"cat": "meow"})
            for who in (s3.user("alice", policy=allow("s3:GetObject")), s3.role("backup", policy=allow("s3:Get*"))):
                client = boto3.client("s3", **who.credentials)
                assert b"meow" == read(client)
                assert "AccessDenied" == code_of(partial(client.put_object, Bucket="pictures", Key="k"))
                assert [who.arn] * 2 == [call.principal.arn for call in s3.calls[-2:]]


class TestRoles:
    """A role is used in sessions, with temporary credentials that end by the fake's clock."""

    def test_may_what_the_roles_policy_allows(self, s3):
        session = s3.role("backup", policy=allow("s3:GetObject"))
        assert b"meow" == read(session.client())
        assert "AccessDenied" == code_of(lambda: session.client().put_object(Bucket="pictures", Key="dog"))

    def test_may_at_most_what_the_session_policy_allows(self, s3):
        session = s3.role("backup", policy=allow("s3:*"), session_policy=allow("s3:GetObject"))
        assert b"meow" == read(session.client())
        assert "AccessDenied" == code_of(lambda: session.client().put_object(Bucket="pictures", Key="dog"))
        assert (allow("s3:*"), allow("s3:GetObject")) == (session.policy, session.session_policy)
        other = s3.role("backup")
        other.client().put_object(Bucket="pictures", Key="dog")
        assert other.session_policy is None

    def test_all_sessions_have_the_policy_of_the_role(self, s3):
        first = s3.role("backup", policy=allow("s3:GetObject"), session="first")
        second = s3.role("backup", session="second")
        assert b"meow" == read(second.client())
        s3.role("backup", policy=None)
        assert (None, None) == (first.policy, second.policy)
        second.policy = allow("s3:GetObject")
        assert b"meow" == read(first.client())
        assert s3.role("other").policy is None
        assert s3.account(OTHER).role("backup").policy is None

    def test_each_session_has_credentials_of_its_own(self, s3):
        first, second = s3.role("backup"), s3.role("backup")
        assert first.arn == second.arn
        assert 2 == len({first.access_key_id, second.access_key_id})
        assert 2 == len({first.session_token, second.session_token})
        mixed = first.credentials | {"aws_session_token": second.session_token}
        assert "InvalidToken" == code_of(lambda: read(s3.client(**mixed)))

    def test_what_it_is(self, s3):
        session = s3.role("backup", session="nightly")
        assert ("backup", "nightly") == (session.name, session.session)
        assert "arn:aws:sts::123456789012:assumed-role/backup/nightly" == session.arn
        assert "arn:aws:iam::123456789012:role/backup" == session.role_arn
        assert {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"} == set(session.credentials)
        assert "<session 'nightly' of role 'backup' of account 123456789012>" == repr(session)

    @pytest.mark.parametrize(
        ("options", "seconds"),
        [({}, 3600), ({"lasts": 900}, 900), ({"lasts": timedelta(hours=12)}, 43200)],
    )
    def test_ends_by_the_clock_of_the_fake(self, s3, options, seconds):
        s3.clock.freeze(datetime(2026, 1, 1, tzinfo=UTC))
        session = s3.role("backup", policy=allow("s3:GetObject"), **options)
        assert datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) == session.expires
        s3.clock.advance(seconds=seconds - 1)
        assert b"meow" == read(session.client())
        s3.clock.advance(seconds=1)
        assert "ExpiredToken" == code_of(lambda: read(session.client()))
        assert b"meow" == read(s3.role("backup").client())

    @pytest.mark.parametrize("lasts", [899, 43201, 0, -1, float("nan"), float("inf"), "1h", None, timedelta.max])
    def test_how_long_a_session_cannot_last(self, s3, lasts):
        with pytest.raises(UsageError) as caught:
            s3.role("backup", lasts=lasts)
        text = (
            f"Temporary credentials cannot last {lasts!r} seconds. Give lasts= between 900 and 43200, and let time "
            "pass with s3.clock.advance(...)."
        )
        assert text == str(caught.value)

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ({"name": "a b"}, "IAM refuses the role name 'a b'. Choose 1 to 64 letters, digits and characters"),
            ({"name": "a", "session": "x"}, "IAM refuses the session name 'x'. Choose 2 to 64 letters, digits and"),
            ({"name": "a", "session_policy": "{}"}, "That is no policy of a user, a role or a session"),
        ],
    )
    def test_what_iam_refuses(self, s3, given, text):
        with pytest.raises(UsageError) as caught:
            s3.role(**given)
        assert str(caught.value).startswith(text)


class TestAccounts:
    """The credentials of an account are those of its root user, whom no policy limits."""

    def test_the_fakes_own_is_that_of_plain_clients(self, s3):
        own = s3.account()
        assert (own.id, own.access_key_id) == (s3.account_id, ACCESS_KEY_ID)
        assert own == s3.account("123456789012")
        assert b"meow" == read(own.client())

    def test_another_owns_what_it_makes(self, s3):
        other = s3.account(OTHER)
        other.client().create_bucket(Bucket="theirs")
        assert OTHER == s3.service.world.buckets["theirs"].owner
        assert "AccessDenied" == code_of(lambda: read(other.client()))

    def test_what_it_is(self, s3):
        other = s3.account(OTHER)
        assert (OTHER, OTHER, canonical_id(OTHER)) == (other.id, other.account_id, other.canonical_id)
        assert f"arn:aws:iam::{OTHER}:root" == other.arn
        assert other == s3.account(OTHER)
        assert f"<account {OTHER}>" == repr(other)

    def test_users(self, s3):
        other = s3.account(OTHER)
        alice, bob = other.user("alice"), other.user("bob", policy=allow("s3:*"))
        other.role("backup")
        s3.user("carol")
        assert {"alice": alice, "bob": bob} == other.users

    @pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "abcdefabcdef", 123456789012])
    def test_what_is_no_account_id(self, s3, account):
        with pytest.raises(UsageError) as caught:
            s3.account(account)
        text = f"{account!r} is not an AWS account id. Give 12 digits, such as '111122223333'."
        assert text == str(caught.value)

    def test_users_of_another_account_need_the_consent_of_both(self, s3):
        guest = s3.account(OTHER).user("guest", policy=allow("s3:GetObject"))
        assert "AccessDenied" == code_of(lambda: read(guest.client()))
        statement = {"Effect": "Allow", "Principal": {"AWS": guest.arn}, "Action": "s3:GetObject"}
        statement["Resource"] = "arn:aws:s3:::pictures/*"
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        s3.client().put_bucket_policy(Bucket="pictures", Policy=policy)
        assert b"meow" == read(guest.client())
        guest.policy = None
        assert "AccessDenied" == code_of(lambda: read(guest.client()))


class TestPublicAccessBlock:
    """What an account blocks holds in all its buckets, beside what they block themselves."""

    def test_nothing_is_blocked_at_first(self, s3):
        assert s3.account().public_access_block is None

    def test_what_is_not_named_is_off(self, s3):
        account = s3.account()
        account.public_access_block = {"BlockPublicAcls": True}
        expected = {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": False,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": False,
        }
        assert expected == account.public_access_block
        assert s3.account(OTHER).public_access_block is None
        account.public_access_block = None
        assert account.public_access_block is None

    def test_is_enforced(self, s3):
        client = s3.client()
        client.delete_public_access_block(Bucket="pictures")
        client.put_bucket_ownership_controls(
            Bucket="pictures", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        s3.account().public_access_block = {"BlockPublicAcls": True}
        assert "AccessDenied" == code_of(lambda: client.put_bucket_acl(Bucket="pictures", ACL="public-read"))
        s3.account().public_access_block = None
        client.put_bucket_acl(Bucket="pictures", ACL="public-read")

    def test_belongs_to_the_content(self, s3):
        before, account = s3.snapshot(), s3.account()
        account.public_access_block = {"BlockPublicAcls": True}
        fork = s3.fork()
        s3.restore(before)
        assert account.public_access_block is None
        assert fork.account().public_access_block is not None

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            (
                {},
                "Block Public Access cannot be {}. Give a dictionary with some of BlockPublicAcls, IgnorePublicAcls, "
                "BlockPublicPolicy, RestrictPublicBuckets, or None for nothing.",
            ),
            (
                True,
                "Block Public Access cannot be True. Give a dictionary with some of BlockPublicAcls, IgnorePublicAcls, "
                "BlockPublicPolicy, RestrictPublicBuckets, or None for nothing.",
            ),
            (
                {"BlockAll": True},
                "Block Public Access has no switch 'BlockAll'. The switches are BlockPublicAcls, IgnorePublicAcls, "
                "BlockPublicPolicy, RestrictPublicBuckets.",
            ),
            (
                {"BlockPublicAcls": "true"},
                "BlockPublicAcls cannot be 'true'. Give True or False.",
            ),
        ],
    )
    def test_what_is_none(self, s3, given, text):
        with pytest.raises(UsageError) as caught:
            s3.account().public_access_block = given
        assert text == str(caught.value)


class TestForks:
    """A fork knows the identities of what it was forked from; what either changes, the other never sees."""

    def test_users_with_their_policies(self, s3):
        alice = s3.user("alice", policy=allow("s3:GetObject"))
        fork = s3.fork()
        theirs = fork.account().users["alice"]
        assert (alice.credentials, alice.policy) == (theirs.credentials, theirs.policy)
        theirs.policy = None
        assert b"meow" == read(alice.client())
        assert "AccessDenied" == code_of(lambda: read(theirs.client()))
        fork.user("bob")
        assert ["alice"] == list(s3.account().users)

    def test_sessions(self, s3):
        session = s3.role("backup", policy=allow("s3:GetObject"))
        with mock_s3(fake=s3.fork()):
            assert b"meow" == read(boto3.client("s3", **session.credentials))

    def test_a_reset_leaves_them(self, s3):
        alice = s3.user("alice", policy=allow("s3:CreateBucket"))
        s3.reset()
        alice.client().create_bucket(Bucket="pictures")
        assert "pictures" in s3

    def test_a_reset_leaves_devices(self, s3):
        s3.account().mfa_device("serial", codes=["123456"])
        s3.reset()
        s3.create_bucket("pictures", objects={"cat": "meow"})
        setting = {"Status": "Enabled", "MFADelete": "Enabled"}
        s3.client().put_bucket_versioning(Bucket="pictures", VersioningConfiguration=setting, MFA="serial 123456")
        assert s3.tree().startswith("pictures (us-east-1, 1 object, versioning Enabled, MFA delete)")


class TestPartitions:
    """The ARNs of identities are those of the partition that the fake's region is in."""

    @pytest.mark.parametrize(
        ("region", "partition"),
        [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
    )
    def test_arns(self, region, partition):
        s3 = FakeS3(region=region)
        assert f"arn:{partition}:iam::123456789012:user/alice" == s3.user("alice").arn
        assert f"arn:{partition}:sts::123456789012:assumed-role/backup/test" == s3.role("backup").arn
        assert f"arn:{partition}:iam::{OTHER}:root" == s3.account(OTHER).arn
