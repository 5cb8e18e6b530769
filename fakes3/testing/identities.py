"""Identities that sign requests: accounts, their users, and sessions of roles.

Each has credentials of its own, and a request signed with them is made by it. A user or a role is allowed what its
policies allow. The root user of an account needs no policy: it has full access to the account's buckets.

No state is kept here. An identity holds the id of an access key, and the service keeps the keys. A fork copies the
keys, so it knows the same users with the same policies.

S3: IAM/UserGuide/id.html
"""

from __future__ import annotations

import json
import re
from base64 import b32encode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import shake_256
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from fakes3.model.dates import later
from fakes3.model.errors import UsageError
from fakes3.model.identity import ACCESS_KEY_ID, AccessKey, Principal
from fakes3.model.mfa import MfaDevice
from fakes3.model.public_access import ALL_BLOCKED, SWITCHES, PublicAccessBlock, block_of, switches_of
from fakes3.model.world import World
from fakes3.operations.service import Service
from fakes3.testing.attributes import UNCHANGED, Shown, Unchanged, Value, shown
from fakes3.testing.options import check_id, check_switch, check_text

if TYPE_CHECKING:
    from fakes3.model.policy import Policy
    from fakes3.testing.access_points import AccessPointView
    from fakes3.testing.client_types import S3Client, S3ServiceResource
    from fakes3.testing.fake import FakeS3

Document: TypeAlias = str | Mapping[str, Any]
"""A policy: a dictionary, or JSON text."""

Policies: TypeAlias = Document | Iterable[Document] | None
"""One policy, several, or None, which allows nothing."""


OrUnchanged: TypeAlias = Policies | Literal[Unchanged.UNCHANGED]
"""What `policy=` takes: with `UNCHANGED`, its default, an existing user or role keeps its policies."""

_MFA_CODE = re.compile("[0-9]{6}").fullmatch

_KEY_ID_LETTERS = 16
_SECRET_BYTES = 30
_TOKEN_BYTES = 240


def _of_key(read: Callable[[AccessKey], Value], doc: str) -> Shown[Value]:
    return shown(lambda owner: read(owner._key), doc)


class Identity:
    """An identity that signs requests to a fake with an access key."""

    arn = _of_key(lambda key: key.principal.arn, "Its ARN.")
    account_id = _of_key(lambda key: str(key.principal.account), "The 12 digits of its account.")
    canonical_id = _of_key(lambda key: key.principal.canonical_id, "The canonical id of its account, for ACLs.")
    secret_access_key = _of_key(lambda key: str(key.secret), "The secret of its access key.")
    session_token = _of_key(lambda key: key.token, "The session token of temporary credentials; None for others.")

    def __init__(self, fake: FakeS3, key_id: str) -> None:
        self._fake = fake
        self.access_key_id = key_id

    @property
    def _key(self) -> AccessKey:
        return self._fake.service.access_keys[self.access_key_id]

    @property
    def principal(self) -> Principal:
        """The principal that `s3.calls` shows for its requests, with its present policies."""
        return self._key.principal

    @property
    def credentials(self) -> dict[str, Any]:
        """Its credentials, as `boto3.client("s3", **credentials)` takes them."""
        found = {"aws_access_key_id": self.access_key_id, "aws_secret_access_key": self.secret_access_key}
        return found if self.session_token is None else found | {"aws_session_token": self.session_token}

    def client(self, **options: Any) -> S3Client:
        """Return a boto3 client of its fake that signs with its credentials; options are those of `boto3.client`."""
        return self._fake.client(**self.credentials, **options)

    def resource(self, **options: Any) -> S3ServiceResource:
        """Return a boto3 resource of its fake that signs with its credentials."""
        return self._fake.resource(**self.credentials, **options)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Identity):
            return NotImplemented
        return (self.access_key_id, self._fake) == (other.access_key_id, other._fake)

    def __hash__(self) -> int:
        return hash(self.access_key_id)


class Account(Identity):
    """An AWS account. Its own credentials are those of its root user, who has full access to its buckets.

    Example:
        >>> from fakes3 import FakeS3
        >>> s3 = FakeS3()
        >>> other = s3.account("111122223333")
        >>> other.client().create_bucket(Bucket="theirs")["Location"]
        '/theirs'
        >>> [bucket["Name"] for bucket in s3.client().list_buckets()["Buckets"]]
        []
    """

    id = _of_key(lambda key: str(key.principal.account), "Its 12 digits.")

    @classmethod
    def of(cls, fake: FakeS3, account_id: str | None = None) -> Account:
        """Return an account of a fake; arguments and errors are those of `FakeS3.account`."""
        service = fake.service
        if account_id is None or account_id == service.root.account:
            return cls(fake, ACCESS_KEY_ID)
        check_id(account_id, "111122223333")
        return cls(fake, _new_key(service, Principal(account_id, service.root.partition)).id)

    @property
    def users(self) -> dict[str, User]:
        """Its users by name."""
        return {
            key.principal.user: User(self._fake, key.id)
            for key in list(self._fake.service.access_keys.values())
            if key.principal.account == self.id and key.principal.user is not None
        }

    def user(self, name: str, policy: OrUnchanged = UNCHANGED) -> User:
        """Return a user of the account; arguments and errors are those of `FakeS3.user`."""
        _check_name("user", name)
        users = self.users
        twin = next((each for each in users if each.casefold() == name.casefold()), None)
        if twin is None:
            policies = read_policies(None if policy is UNCHANGED else policy)
            principal = replace(self.principal, user=name, policies=policies)
            return User(self._fake, _new_key(self._fake.service, principal).id)
        if twin != name:
            raise UsageError(
                f"There already is a user {twin!r}, and IAM ignores upper and lower case in names. "
                f"Ask for {twin!r}, or choose another name."
            )
        if policy is not UNCHANGED:
            users[name].policy = policy
        return users[name]

    def role(
        self,
        name: str,
        policy: OrUnchanged = UNCHANGED,
        session_policy: Document | None = None,
        *,
        session: str = "test",
        lasts: timedelta | float = 3600,
    ) -> RoleSession:
        """Return a new session of a role of the account; arguments and errors are those of `FakeS3.role`."""
        _check_name("role", name)
        _check_name("session", session, shortest=2)
        service = self._fake.service
        expires = later(service.clock.now(), _read_lifetime(lasts))
        limit = None if session_policy is None else _read_policy(session_policy)
        keys = list(service.access_keys.values())
        others = [key.principal for key in keys if (key.principal.account, key.principal.role) == (self.id, name)]
        before = others[0].policies if others else ()
        policies = before if policy is UNCHANGED else read_policies(policy)
        principal = replace(self.principal, role=name, session=session, policies=policies, session_policy=limit)
        _set_policies(service, principal, policies)
        return RoleSession(self._fake, _new_key(service, principal, expires=expires).id)

    def mfa_device(self, serial: str, codes: Iterable[str]) -> None:
        """Give the root user of the account an MFA device, in place of an earlier one, for MFA delete.

        Args:
            serial: Its serial number or ARN.
            codes: The codes that it shows. Each counts once, in any order.

        Raises: UsageError, for a serial number with a space and for a code that is not six digits.

        Example:
            >>> from fakes3 import FakeS3
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures")
            >>> s3.account().mfa_device("serial", codes=["123456"])
            >>> both = {"Status": "Enabled", "MFADelete": "Enabled"}
            >>> client = s3.client()
            >>> _ = client.put_bucket_versioning(Bucket="pictures", VersioningConfiguration=both, MFA="serial 123456")
            >>> client.get_bucket_versioning(Bucket="pictures")["MFADelete"]
            'Enabled'
        """
        check_text("serial", serial, "arn:aws:iam::123456789012:mfa/root")
        given: Any = codes
        shown = frozenset(given if isinstance(given, Iterable) and not isinstance(given, str) else [given])
        wrong = sorted(map(str, (code for code in shown if not _is_mfa_code(code))))
        if wrong or not serial or " " in serial:
            raise UsageError(
                f"{wrong[0] if wrong else serial!r} is no code or serial number of an MFA device. Give a serial number "
                'without spaces, and codes of six digits: mfa_device("arn:aws:iam::123456789012:mfa/root", '
                'codes=["123456"]).'
            )
        account, device = self.id, MfaDevice(serial, shown)

        def with_device(world: World) -> World:
            return world._replace(mfa_devices=world.mfa_devices.set(account, device))

        self._fake.service.change_world(with_device)

    def access_point(
        self,
        name: str,
        bucket: str,
        policy: Document | None = None,
        vpc: str | None = None,
        *,
        public_access_block: Mapping[str, bool] | None = None,
        multi_region: bool = False,
    ) -> AccessPointView:
        """Create an access point of the account at a bucket, which may be another account's; return its view.

        Args:
            name: Its name, 3 to 50 lower-case letters, digits and hyphens.
            bucket: The bucket to which it leads. It is in that bucket's region.
            policy: Its policy, a dictionary or JSON text; None for none. Its resources are ARNs of the access point.
            vpc: The id of the only VPC from which it takes requests; None for the internet.
            public_access_block: What it blocks of public access: switches that are not named are off, and None
                switches all on. It never changes.
            multi_region: Whether it is a multi-region access point, which leads to this one bucket.

        Raises: UsageError, for anything that S3 would refuse.

        Example:
            >>> from fakes3 import FakeS3
            >>> s3 = FakeS3()
            >>> bucket = s3.create_bucket("pictures", objects={"cat.jpg": b"meow"})
            >>> point = s3.account().access_point("cats", "pictures")
            >>> point.arn
            'arn:aws:s3:us-east-1:123456789012:accesspoint/cats'
            >>> s3.client().get_object(Bucket=point.arn, Key="cat.jpg")["Body"].read()
            b'meow'
            >>> s3.client().head_object(Bucket=point.alias, Key="cat.jpg")["ContentLength"]
            4
        """
        from fakes3.testing.access_points import make_access_point, place_of  # few tests need it

        check_text("name", name, "finance")
        check_text("bucket", bucket, "reports")
        if vpc is not None:
            check_text("vpc", vpc, "vpc-1a2b3c")
        check_switch("multi_region", multi_region)
        service = self._fake.service
        blocked = ALL_BLOCKED if public_access_block is None else _read_block(public_access_block)
        place = place_of(service, self.id, name, bucket, multi_region=multi_region)
        return make_access_point(service, place, bucket, policy, vpc, blocked)

    @property
    def access_points(self) -> list[AccessPointView]:
        """Its access points, by region and name."""
        from fakes3.testing.access_points import access_points_of

        return list(access_points_of(self._fake.service, self.id))

    @property
    def public_access_block(self) -> dict[str, bool] | None:
        """The account's Block Public Access, by the API's names; None if there is none.

        Assign to change it: switches that are not named are off, and None removes the configuration.
        S3: userguide/configuring-block-public-access-account.html
        """
        block = self._fake.service.world.account_blocks.get(self.id)
        return None if block is None else switches_of(block)

    @public_access_block.setter
    def public_access_block(self, wanted: Mapping[str, bool] | None) -> None:
        block = None if wanted is None else _read_block(wanted)
        account = self.id

        def with_block(world: World) -> World:
            blocks = world.account_blocks
            blocks = blocks.delete(account) if block is None else blocks.set(account, block)
            return world._replace(account_blocks=blocks)

        self._fake.service.change_world(with_block)

    def __repr__(self) -> str:
        return f"<account {self.id}>"


class _Limited(Identity):
    """An identity that is allowed only what policies allow."""

    @property
    def policy(self) -> dict[str, Any] | list[dict[str, Any]] | None:
        """Its policy, a list of several, or None: without a policy nothing is allowed.

        Assign to change it from the next request on.
        """
        documents = [json.loads(policy.text) for policy in self.principal.policies or ()]
        return documents if len(documents) > 1 else documents[0] if documents else None

    @policy.setter
    def policy(self, policy: Policies) -> None:
        _set_policies(self._fake.service, self.principal, read_policies(policy))


class User(_Limited):
    """An IAM user.

    Example:
        >>> from fakes3 import FakeS3
        >>> listing = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
        >>> alice = FakeS3().user("alice", policy={"Version": "2012-10-17", "Statement": listing})
        >>> alice.client().list_buckets()["Buckets"]
        []
        >>> alice.policy = None
        >>> alice.client().list_buckets()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        botocore.errorfactory.AccessDenied: An error occurred (AccessDenied) when calling the ListBuckets operation: ...
    """

    name = _of_key(lambda key: str(key.principal.user), "Its name.")

    def __repr__(self) -> str:
        return f"<user {self.name!r} of account {self.account_id}>"


class RoleSession(_Limited):
    """A session of a role. Its `policy` is the role's: all sessions of the role share it."""

    name = _of_key(lambda key: str(key.principal.role), "The role's name.")
    role_arn = _of_key(
        lambda key: str(key.principal.role_arn), "The ARN of the role, which stands for all its sessions in policies."
    )
    session = _of_key(lambda key: str(key.principal.session), "The session's name.")
    expires = _of_key(lambda key: cast(datetime, key.expires), "When its credentials expire, by the fake's clock.")

    @property
    def session_policy(self) -> dict[str, Any] | None:
        """The policy that limits the session; None if the role's policies alone decide."""
        policy = self.principal.session_policy
        return None if policy is None else json.loads(policy.text)

    def __repr__(self) -> str:
        return f"<session {self.session!r} of role {self.name!r} of account {self.account_id}>"


def _read_policy(document: Any) -> Policy:
    from fakes3.model.policy_parser import parse_identity_policy  # slow to import, and most tests never need it

    return parse_identity_policy(document)


def read_policies(given: Policies) -> tuple[Policy, ...]:
    """Read one policy, several or none.

    Raises: UsageError, for anything else and for a policy that IAM would refuse.
    """
    if given is None:
        return ()
    document: Any = given
    if isinstance(document, str | Mapping):
        return (_read_policy(document),)
    if isinstance(document, bytes) or not isinstance(document, Iterable):
        raise UsageError(
            f"A policy cannot be {given!r}. Give a dictionary or JSON text, a list of them, or None to allow nothing."
        )
    return tuple(policy for each in document for policy in read_policies(each))


def _set_policies(service: Service, who: Principal, policies: tuple[Policy, ...] | None) -> None:
    """Replace the policies of a user, or of a role in all its sessions."""
    for key in list(service.access_keys.values()):
        owner = key.principal
        if (owner.account, owner.user, owner.role) == (who.account, who.user, who.role):
            service.access_keys[key.id] = key._replace(principal=replace(owner, policies=policies))


def _new_key(service: Service, principal: Principal, *, expires: datetime | None = None) -> AccessKey:
    """Return the access key of a user or root user, always the same one, or a new one for a session of a role.

    Keys are derived from the fake's seed, so they are the same in every run.
    """
    keys = service.access_keys
    if expires is None:
        key = _derive_key(service, principal)
        return keys.setdefault(key.id, key)
    number = sum(key.principal.arn == principal.arn for key in list(keys.values()))
    key = _derive_key(service, principal, number, expires)
    while keys.setdefault(key.id, key) is not key:  # another thread has made the session of this number
        number += 1
        key = _derive_key(service, principal, number, expires)
    return key


def _derive_key(
    service: Service, principal: Principal, number: int | None = None, expires: datetime | None = None
) -> AccessKey:
    name = f"{service.settings.seed} {principal.arn}" + ("" if number is None else f" {number}")
    letters = b32encode(_digest(f"access key of {name}", _KEY_ID_LETTERS)).decode()[:_KEY_ID_LETTERS]
    token = "IQoJb3Jp" + b64encode(_digest(f"token of {name}", _TOKEN_BYTES)).decode()
    return AccessKey(
        id=("AKIA" if expires is None else "ASIA") + letters,
        secret=b64encode(_digest(f"secret of {name}", _SECRET_BYTES)).decode(),
        principal=principal,
        token=None if expires is None else token,
        expires=expires,
        is_verified=True,
    )


def _digest(text: str, size: int) -> bytes:
    return shake_256(text.encode()).digest(size)


def _check_name(what: str, name: object, *, shortest: int = 1) -> None:
    if not isinstance(name, str) or not re.fullmatch(rf"[\w+=,.@-]{{{shortest},64}}", name, re.ASCII):
        raise UsageError(
            f"IAM refuses the {what} name {name!r}. "
            f"Choose {shortest} to 64 letters, digits and characters of '+=,.@_-'."
        )


def _is_mfa_code(code: object) -> bool:
    return isinstance(code, str) and _MFA_CODE(code) is not None


def _read_lifetime(lasts: timedelta | float) -> timedelta:
    try:
        lifetime = lasts if isinstance(lasts, timedelta) else timedelta(seconds=lasts)
        if timedelta(minutes=15) <= lifetime <= timedelta(hours=12):
            return lifetime
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(
        f"Temporary credentials cannot last {lasts!r} seconds. Give lasts= between 900 and 43200, and let time pass "
        "with s3.clock.advance(...)."
    )


def _read_block(wanted: object) -> PublicAccessBlock:
    names = ", ".join(SWITCHES)
    if not isinstance(wanted, Mapping) or not wanted:
        raise UsageError(
            f"Block Public Access cannot be {wanted!r}. Give a dictionary with some of {names}, or None for nothing."
        )
    for name, value in wanted.items():
        if name not in SWITCHES:
            raise UsageError(f"Block Public Access has no switch {name!r}. The switches are {names}.")
        if not isinstance(value, bool):
            raise UsageError(f"{name} cannot be {value!r}. Give True or False.")
    return block_of(wanted)
