"""Who asks, in a test author's hand: accounts, the users in them, and sessions of roles.

Each has credentials of its own, and whatever is signed with them is done by it. The policies of a user or a role say
what it may; nobody but a fake's own account, and the root users of others, may anything without one.

Nothing is kept here. An identity is the access key that the service knows it by, and so a fork, which copies the keys,
knows the same users with the same policies.

S3: IAM/UserGuide/id.html
"""

from __future__ import annotations

import json
import re
from base64 import b32encode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import shake_256
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from fakes3.model.errors import UsageError
from fakes3.model.identity import ACCESS_KEY_ID, AccessKey, Principal
from fakes3.model.names import is_account_id
from fakes3.model.public_access import SWITCHES, PublicAccessBlock, block_of, switches_of
from fakes3.model.world import World
from fakes3.operations.service import Service

if TYPE_CHECKING:
    from fakes3.model.policy import Policy
    from fakes3.testing.fake import FakeS3

Document: TypeAlias = str | Mapping[str, Any]
"""A policy: a dictionary, or JSON text."""

Policies: TypeAlias = Document | Iterable[Document] | None
"""One policy, several, or None, which allows nothing."""


class _Unchanged(Enum):
    UNCHANGED = "as it is"


UNCHANGED: Final = _Unchanged.UNCHANGED
"""Stands for a policy that is left as it is."""

OrUnchanged: TypeAlias = Policies | Literal[_Unchanged.UNCHANGED]

_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)

_SHORTEST = timedelta(minutes=15)
_LONGEST = timedelta(hours=12)

_NUMBERING = Lock()
"""Held while a key is made: the sessions of a role are counted."""

_KEY_ID_LETTERS = 16
_SECRET_BYTES = 30
_TOKEN_BYTES = 240


class Identity:
    """Somebody who signs requests.

    Args:
        fake: The fake that knows it.
        key_id: The id of its access key.
    """

    def __init__(self, fake: FakeS3, key_id: str) -> None:
        self._fake = fake
        self.access_key_id = key_id

    @property
    def _key(self) -> AccessKey:
        return self._fake.service.access_keys[self.access_key_id]

    @property
    def principal(self) -> Principal:
        """What the fake takes it for, as `s3.calls` tells it: with the policies it has now."""
        return self._key.principal

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self.principal.arn

    @property
    def account_id(self) -> str:
        """The 12 digits of its account."""
        return str(self.principal.account)

    @property
    def canonical_id(self) -> str:
        """The canonical id of its account, by which ACLs know it."""
        return self.principal.canonical_id

    @property
    def secret_access_key(self) -> str:
        """The secret that belongs to its access key."""
        return str(self._key.secret)

    @property
    def session_token(self) -> str | None:
        """The token that must come with temporary credentials; None where there is none."""
        return self._key.token

    @property
    def credentials(self) -> dict[str, Any]:
        """Its credentials, as `boto3.client("s3", **credentials)` takes them."""
        found = {"aws_access_key_id": self.access_key_id, "aws_secret_access_key": self.secret_access_key}
        return found if self.session_token is None else found | {"aws_session_token": self.session_token}

    def client(self, **options: Any) -> Any:
        """A boto3 client of its fake that signs as it; takes what `boto3.client` takes."""
        return self._fake.client(**self.credentials, **options)

    def resource(self, **options: Any) -> Any:
        """A boto3 resource of its fake that signs as it; takes what `boto3.resource` takes."""
        return self._fake.resource(**self.credentials, **options)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Identity):
            return NotImplemented
        return (self.access_key_id, self._fake) == (other.access_key_id, other._fake)

    def __hash__(self) -> int:
        return hash(self.access_key_id)


class Account(Identity):
    """An AWS account. Its own credentials are those of its root user, who may everything in it.

    Example:
        >>> from fakes3 import FakeS3
        >>> s3 = FakeS3()
        >>> other = s3.account("111122223333")
        >>> other.client().create_bucket(Bucket="theirs")["Location"]
        '/theirs'
        >>> [bucket["Name"] for bucket in s3.client().list_buckets()["Buckets"]]
        []
    """

    @property
    def id(self) -> str:
        """Its 12 digits."""
        return self.account_id

    @property
    def users(self) -> dict[str, User]:
        """Its users by name."""
        return {
            key.principal.user: User(self._fake, key.id)
            for key in list(self._fake.service.access_keys.values())
            if key.principal.account == self.id and key.principal.user is not None
        }

    def user(self, name: str, policy: OrUnchanged = UNCHANGED) -> User:
        """A user of the account; the same one for the same name.

        Args:
            name: Its name.
            policy: What it may: a policy (a dictionary, or JSON text), several, or None for nothing. Where it is not
                given, a user that is there keeps what it has, and a new one may nothing.

        Raises: UsageError, for a name or a policy that IAM would refuse.
        """
        _check_name("user", name, _NAME, "1 to 64")
        others = self.users
        if name not in others:
            twin = next((each for each in others if each.casefold() == name.casefold()), None)
            if twin is not None:
                raise UsageError(
                    f"There is a user {twin!r} already, and IAM does not tell names apart by upper and lower case. "
                    f"Ask for {twin!r}, or choose another name."
                )
            policies = policies_of(None if policy is UNCHANGED else policy)
            principal = replace(self.principal, user=name, policies=policies)
            others[name] = User(self._fake, _new_key(self._fake.service, principal).id)
        elif policy is not UNCHANGED:
            _set_policies(self._fake.service, others[name].principal, policies_of(policy))
        return others[name]

    def role(
        self,
        name: str,
        policy: OrUnchanged = UNCHANGED,
        session_policy: Document | None = None,
        *,
        session: str = "test",
        lasts: timedelta | float = 3600,
    ) -> RoleSession:
        """A new session of a role of the account, with temporary credentials; the same role for the same name.

        Args:
            name: The role's name.
            policy: What the role may, in all its sessions: a policy (a dictionary, or JSON text), several, or None for
                nothing. Where it is not given, a role that is there keeps what it has, and a new one may nothing.
            session_policy: What this session may at most, of what the role may.
            session: The session's name.
            lasts: How long its credentials are taken, by the fake's clock: seconds, or a timedelta.

        Raises: UsageError, for a name, a policy or a time that IAM would refuse.
        """
        _check_name("role", name, _NAME, "1 to 64")
        _check_name("session", session, _SESSION, "2 to 64")
        service = self._fake.service
        ends = service.clock.now() + _lasting(lasts)
        at_most = None if session_policy is None else _policy_of(session_policy)
        others = [key.principal for key in list(service.access_keys.values()) if _is_session_of(key, self.id, name)]
        before = others[0].policies if others else ()
        policies = before if policy is UNCHANGED else policies_of(policy)
        for other in others:
            _set_policies(service, other, policies)
        principal = replace(self.principal, role=name, session=session, policies=policies, session_policy=at_most)
        return RoleSession(self._fake, _new_key(service, principal, expires=ends).id)

    @property
    def public_access_block(self) -> dict[str, bool] | None:
        """What the account blocks in all its buckets, by the API's names; None where it blocks nothing at all.

        Set it to change it: what is not named is off, and None takes the configuration away.
        S3: userguide/configuring-block-public-access-account.html
        """
        block = self._fake.service.world.account_blocks.get(self.id)
        return None if block is None else switches_of(block)

    @public_access_block.setter
    def public_access_block(self, wanted: Mapping[str, bool] | None) -> None:
        block = None if wanted is None else _block(wanted)
        account = self.id

        def with_block(world: World) -> World:
            blocks = world.account_blocks
            return replace(
                world, account_blocks=blocks.delete(account) if block is None else blocks.set(account, block)
            )

        self._fake.service.change_world(with_block)

    def __repr__(self) -> str:
        return f"<account {self.id}>"


class _Limited(Identity):
    """Somebody who may only what policies say."""

    @property
    def policy(self) -> dict[str, Any] | list[dict[str, Any]] | None:
        """What it may: its policy, a list where it has several, None where it has none and may nothing.

        Set it to change it, from the next request on.
        """
        documents = [json.loads(policy.text) for policy in self.principal.policies or ()]
        return documents if len(documents) > 1 else documents[0] if documents else None

    @policy.setter
    def policy(self, policy: Policies) -> None:
        _set_policies(self._fake.service, self.principal, policies_of(policy))


class User(_Limited):
    """An IAM user.

    Example:
        >>> from fakes3 import FakeS3
        >>> s3 = FakeS3()
        >>> bucket = s3.create_bucket("pictures", objects={"cat": "meow"})
        >>> alice = s3.user("alice", policy={
        ...     "Version": "2012-10-17",
        ...     "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/*"},
        ... })
        >>> alice.client().get_object(Bucket="pictures", Key="cat")["Body"].read()
        b'meow'
        >>> alice.policy = None
        >>> alice.client().get_object(Bucket="pictures", Key="cat")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        botocore.errorfactory.AccessDenied: An error occurred (AccessDenied) when calling the GetObject operation: ...
    """

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.principal.user)

    def __repr__(self) -> str:
        return f"<user {self.name!r} of account {self.account_id}>"


class RoleSession(_Limited):
    """A session of a role. Its `policy` is the role's, and so that of all sessions of the role."""

    @property
    def name(self) -> str:
        """The role's name."""
        return str(self.principal.role)

    @property
    def role_arn(self) -> str:
        """The ARN of the role, by which policies mean all its sessions."""
        return str(self.principal.role_arn)

    @property
    def session(self) -> str:
        """The session's name."""
        return str(self.principal.session)

    @property
    def session_policy(self) -> dict[str, Any] | None:
        """What the session may at most; None where the role's policies alone say what it may."""
        policy = self.principal.session_policy
        return None if policy is None else json.loads(policy.text)

    @property
    def expires(self) -> datetime:
        """When its credentials end, by the fake's clock."""
        expires = self._key.expires
        assert expires is not None
        return expires

    def __repr__(self) -> str:
        return f"<session {self.session!r} of role {self.name!r} of account {self.account_id}>"


def account_of(fake: FakeS3, account_id: str | None = None) -> Account:
    """An account, by its 12 digits; the fake's own if absent.

    Raises: UsageError, for what is no account id.
    """
    service = fake.service
    if account_id is None or account_id == service.root.account:
        return Account(fake, ACCESS_KEY_ID)
    if not _is_text(account_id) or not is_account_id(account_id):
        raise UsageError(f"{account_id!r} is no AWS account id. Give 12 digits, such as '111122223333'.")
    return Account(fake, _new_key(service, Principal(account_id, service.root.partition)).id)


def _policy_of(document: Any) -> Policy:
    from fakes3.model.policy_parser import (
        parse_identity_policy,
    )  # which most tests never need, and which takes long to import

    return parse_identity_policy(document)


def policies_of(given: Policies) -> tuple[Policy, ...]:
    """What a test author gave for policies. Raises: UsageError."""
    if given is None:
        return ()
    if isinstance(given, str | Mapping):
        document: Any = given  # which might also be a mapping and several policies, as types go
        return (_policy_of(document),)
    if not _is_several(given):
        raise UsageError(
            f"A policy cannot be {given!r}. Give a dictionary or JSON text, a list of them, or None to allow nothing."
        )
    return tuple(policy for each in given for policy in policies_of(each))


def _set_policies(service: Service, who: Principal, policies: tuple[Policy, ...] | None) -> None:
    """Give a user, or a role in all its sessions, other policies."""
    for key in list(service.access_keys.values()):
        owner = key.principal
        if (owner.account, owner.user, owner.role) == (who.account, who.user, who.role):
            service.access_keys[key.id] = replace(key, principal=replace(owner, policies=policies))


def _is_session_of(key: AccessKey, account: str, role: str) -> bool:
    return key.principal.account == account and key.principal.role == role


def _new_key(service: Service, principal: Principal, *, expires: datetime | None = None) -> AccessKey:
    """The access key of a user, which is always the same one, or a new one for a session.

    Keys are made of the fake's seed, and so the same in every run.
    """
    name = f"{service.settings.seed} {principal.arn}"
    with _NUMBERING:
        if expires is not None:
            name += f" {sum(key.principal.arn == principal.arn for key in list(service.access_keys.values()))}"
        letters = b32encode(_digest(f"access key of {name}", _KEY_ID_LETTERS)).decode()[:_KEY_ID_LETTERS]
        token = "IQoJb3Jp" + b64encode(_digest(f"token of {name}", _TOKEN_BYTES)).decode()
        key = AccessKey(
            id=("AKIA" if expires is None else "ASIA") + letters,
            secret=b64encode(_digest(f"secret of {name}", _SECRET_BYTES)).decode(),
            principal=principal,
            token=None if expires is None else token,
            expires=expires,
            is_verified=True,
        )
        return service.access_keys.setdefault(key.id, key)


def _is_text(given: object) -> bool:
    return isinstance(given, str)


def _is_mapping(given: object) -> bool:
    return isinstance(given, Mapping)


def _is_several(given: object) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, bytes)


def _digest(text: str, size: int) -> bytes:
    return shake_256(text.encode()).digest(size)


def _check_name(what: str, name: object, allowed: re.Pattern[str], length: str) -> None:
    if not isinstance(name, str) or not allowed.fullmatch(name):
        raise UsageError(
            f"IAM takes no {what} called {name!r}. Choose {length} letters, digits and characters of '+=,.@_-'."
        )


def _lasting(lasts: timedelta | float) -> timedelta:
    try:
        lifetime = lasts if isinstance(lasts, timedelta) else timedelta(seconds=lasts)
        if _SHORTEST <= lifetime <= _LONGEST:
            return lifetime
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(
        f"Temporary credentials cannot last {lasts!r} seconds. Give lasts= between 900 and 43200, and let time pass "
        "with s3.clock.advance(...)."
    )


def _block(wanted: Mapping[str, bool]) -> PublicAccessBlock:
    names = ", ".join(SWITCHES)
    if not _is_mapping(wanted) or not wanted:
        raise UsageError(
            f"Block Public Access cannot be {wanted!r}. Give a dictionary with some of {names}, or None for nothing."
        )
    for name, value in wanted.items():
        if name not in SWITCHES:
            raise UsageError(f"Block Public Access has no switch {name!r}. The switches are {names}.")
        if not isinstance(value, bool):
            raise UsageError(f"{name} is neither on nor off: {value!r}. Give True or False.")
    return block_of(wanted)
