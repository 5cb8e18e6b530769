"""Callers: accounts, the principals in them, and the ids that S3 shows for them.

S3 knows an account by two names: the 12 digits that the rest of AWS uses, and a canonical id of 64 hex digits that
appears in ACLs and as the owner of buckets and objects.
"""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fakes3.model.directory_sessions import DirectorySession
    from fakes3.model.policy import Policy

ANONYMOUS_CANONICAL_ID = "65a011a29cdf8ec533ec3d1ccaae921c"
"""The canonical id that S3 shows for anonymous callers. S3: userguide/acl-overview.html"""


@lru_cache(maxsize=1024)
def canonical_id(account: str | None) -> str:
    """Return the canonical user id of an account (64 lower-case hex digits), or of anonymous callers for None."""
    if account is None:
        return ANONYMOUS_CANONICAL_ID
    return sha256(f"canonical user id of {account}".encode()).hexdigest()


@lru_cache(maxsize=1024)
def retail_id(account: str | None) -> str:
    """Return the id of an account that events show for the owner of a bucket: 14 letters and digits.

    >>> len(retail_id("123456789012"))
    14
    """
    return "A" + b32encode(sha256(f"retail id of {account}".encode()).digest()).decode()[:13]


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: an account's root user, an IAM user, a session of a role, a service of AWS, or an anonymous caller.

    An anonymous caller did not sign the request. Its `account` is None.
    """

    account: str | None
    partition: str = "aws"
    user: str | None = None
    """The name of an IAM user."""
    role: str | None = None
    """The name of the role whose session this is."""
    session: str | None = None
    """The name of that session."""
    policies: tuple[Policy, ...] | None = field(default=None, repr=False)
    """The identity policies that limit it; None for a root user and an anonymous caller, who have none."""
    session_policy: Policy | None = field(default=None, repr=False)
    """The policy with which its role was assumed, which limits the session further."""

    service: str | None = None
    """The name of a service of AWS, such as "logging.s3.amazonaws.com"; its account is that name too."""
    directory_session: DirectorySession | None = field(default=None, repr=False, compare=False)
    """The session of a directory bucket with whose credentials the request is signed."""

    @classmethod
    def of_service(cls, name: str) -> Principal:
        """Return the principal as which a service of AWS writes into buckets that allow it."""
        return cls(name, service=name)

    @property
    def arn(self) -> str:
        """The principal's ARN; `*` for anonymous callers, and the name of a service."""
        if self.account is None:
            return "*"
        if self.service is not None:
            return self.service
        if self.role is not None:
            return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.role}/{self.session}"
        return f"arn:{self.partition}:iam::{self.account}:{'root' if self.user is None else f'user/{self.user}'}"

    @property
    def role_arn(self) -> str | None:
        """The ARN of the role whose session this is."""
        return None if self.role is None else f"arn:{self.partition}:iam::{self.account}:role/{self.role}"

    @property
    def unique_id(self) -> str:
        """The id that `aws:userid` compares. AWS gives none of them twice, not even to a later user of the same name.

        S3: IAM/UserGuide/reference_policies_variables.html
        """
        if self.account is None:
            return "anonymous"
        if self.role is not None:
            return f"AROA{_id_of(self.role_arn)}:{self.session}"
        return self.account if self.user is None else f"AIDA{_id_of(self.arn)}"

    @property
    def is_root(self) -> bool:
        """Whether it is the root user of its account."""
        return self.account is not None and self.user is None and self.role is None and self.service is None

    @property
    def canonical_id(self) -> str:
        """The canonical id of the principal's account."""
        return canonical_id(self.account)

    def __str__(self) -> str:
        return "anonymous" if self.account is None else self.arn


ANONYMOUS = Principal(None)


def not_authorized(arn: str, action: str, resource: str, because: str) -> str:
    """Return S3's text for a refusal to a caller of the bucket owner's account. Such a caller learns the reason.

    S3: userguide/troubleshoot-403-errors.html
    """
    return f'User: {arn} is not authorized to perform: {action} on resource: "{resource}" {because}'


def _id_of(arn: str | None) -> str:
    """Return 17 letters and digits, as IAM's ids end in."""
    digest = sha256(f"unique id of {arn}".encode()).digest()
    return b32encode(digest).decode()[:17]


class AccessKey(NamedTuple):
    """A key that signs requests, and the principal to whom it belongs."""

    id: str
    secret: str | None
    """None if the fake does not know it."""
    principal: Principal
    token: str | None = None
    """The session token of temporary credentials, which requests must carry."""
    expires: datetime | None = None
    """When temporary credentials expire."""
    is_verified: bool = False
    """Whether signatures by it in Authorization headers are verified even if the settings do not ask for it."""


ACCESS_KEY_ID = "AKIAFAKES3EXAMPLE000"
SECRET_ACCESS_KEY = "fakes3/secret+of+the+mock+itself+000000000"
"""The dummy credentials in the environment while a mock is active: those of its account's root user."""
