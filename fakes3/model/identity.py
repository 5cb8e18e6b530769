"""Who asks: accounts, the principals in them, and the ids S3 shows for them.

S3 knows an account by two names: the 12 digits that the rest of AWS uses, and a canonical id of 64 hex digits that
appears in ACLs and as the owner of buckets and objects.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

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
    """Who made a request: an account's root user, or nobody in particular (`account` is None)."""

    account: str | None
    partition: str = "aws"

    @property
    def arn(self) -> str:
        """The principal's ARN; `*` for anonymous callers."""
        return "*" if self.account is None else f"arn:{self.partition}:iam::{self.account}:root"

    @property
    def canonical_id(self) -> str:
        """The canonical id of the principal's account."""
        return canonical_id(self.account)

    def __str__(self) -> str:
        return "anonymous" if self.account is None else self.arn


ANONYMOUS = Principal(None)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key that signs requests: its id, its secret (None when only AWS knows it), and whose it is."""

    id: str
    secret: str | None
    principal: Principal


ACCESS_KEY_ID = "AKIAFAKES3EXAMPLE000"
SECRET_ACCESS_KEY = "fakes3/secret+of+the+mock+itself+000000000"
"""The dummy credentials that stand in the environment while a mock is active: the root of its account."""
