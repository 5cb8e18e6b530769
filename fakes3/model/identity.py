"""Who asks: accounts, the principals in them, and the ids S3 shows for them.

S3 knows an account by two names: the 12 digits that the rest of AWS uses, and a canonical id of 64 hex digits that
appears in ACLs and as the owner of buckets and objects.
"""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakes3.model.policy import Policy

ANONYMOUS_CANONICAL_ID = "65a011a29cdf8ec533ec3d1ccaae921c"
"""The canonical id S3 shows for callers who did not sign. S3: userguide/acl-overview.html"""


@lru_cache(maxsize=1024)
def canonical_id(account: str | None) -> str:
    """The canonical user id of an account (64 lower-case hex digits), or of anonymous callers for None."""
    if account is None:
        return ANONYMOUS_CANONICAL_ID
    return sha256(f"canonical user id of {account}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who made a request: an account's root user, an IAM user, a session of a role, or nobody in particular.

    Nobody in particular (`account` is None) is a caller who did not sign.
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
    """The identity policies that say what it may; None for a root user, whom none limits."""
    session_policy: Policy | None = field(default=None, repr=False)
    """What its session may at most, where the role was assumed with a policy."""

    @property
    def arn(self) -> str:
        """The principal's ARN; `*` for anonymous callers."""
        if self.account is None:
            return "*"
        if self.role is not None:
            return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.role}/{self.session}"
        return f"arn:{self.partition}:iam::{self.account}:{'root' if self.user is None else f'user/{self.user}'}"

    @property
    def role_arn(self) -> str | None:
        """The ARN of the role whose session this is."""
        return None if self.role is None else f"arn:{self.partition}:iam::{self.account}:role/{self.role}"

    @property
    def unique_id(self) -> str:
        """The id that `aws:userid` compares: never used again, even for another user of the same name.

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
        return self.account is not None and self.user is None and self.role is None

    @property
    def canonical_id(self) -> str:
        """The canonical id of the principal's account."""
        return canonical_id(self.account)

    def __str__(self) -> str:
        return "anonymous" if self.account is None else self.arn


ANONYMOUS = Principal(None)


def not_authorized(arn: str, action: str, resource: str, because: str) -> str:
    """S3's text for what it refuses to somebody of the bucket owner's own account, whom it tells why.

    S3: userguide/troubleshoot-403-errors.html
    """
    return f'User: {arn} is not authorized to perform: {action} on resource: "{resource}" {because}'


def _id_of(arn: str | None) -> str:
    """Seventeen letters and digits, as the ids of IAM end in."""
    digest = sha256(f"unique id of {arn}".encode()).digest()
    return b32encode(digest).decode()[:17]


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key that signs requests, and whose it is."""

    id: str
    secret: str | None
    """None when only AWS knows it."""
    principal: Principal
    token: str | None = None
    """The session token that must come with it: temporary credentials have one."""
    expires: datetime | None = None
    """When temporary credentials end."""
    is_verified: bool = False
    """Whether the signatures in its Authorization headers are verified without being asked to."""


ACCESS_KEY_ID = "AKIAFAKES3EXAMPLE000"
SECRET_ACCESS_KEY = "fakes3/secret+of+the+mock+itself+000000000"
"""The dummy credentials that stand in the environment while a mock is active: the root of its account."""
