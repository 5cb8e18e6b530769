"""Policies: the language in which AWS says who may do what.

S3: userguide/access-policy-language-overview.html, IAM/UserGuide/reference_policies.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""The values of condition keys, by lower-case key. A key that is not there has no value at all."""


class Asker(Protocol):
    """Who asks, by the names that a Principal element may know them."""

    @property
    def account(self) -> str | None: ...
    @property
    def arn(self) -> str: ...
    @property
    def role_arn(self) -> str | None: ...
    @property
    def canonical_id(self) -> str: ...


class Question(NamedTuple):
    """May somebody do something?"""

    who: Asker
    action: str
    """As IAM spells it: `s3:GetObject`."""
    resource: str
    """The ARN of a bucket, or of an object: `arn:aws:s3:::bucket/key`; `*` for ListAllMyBuckets."""
    context: Context


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    effect: str
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, and the text it was read from."""

    text: str
    statements: tuple[Statement, ...] = ()


class Verdict(NamedTuple):
    """What a policy says of a question."""

    effect: str | None
    """"Deny" if any statement denies, else "Allow" if any allows, else None."""
    statement: Statement | None = None
    """The statement that decided."""
    by_account: bool = False
    """Whether the Allow names only the account of who asks, not the user or session itself, nor everybody.

    Such a statement hands the decision to that account: inside the bucket's own account it allows nobody but root.
    """


def of_bucket(text: str, *, bucket: str, partition: str = "aws") -> Policy:
    """The policy of a bucket. Raises: MalformedPolicy."""
    raise NotImplementedError


def of_identity(document: str | Mapping[str, Any]) -> Policy:
    """The policy of a user, a role or a session, which has no Principal. Raises: UsageError."""
    raise NotImplementedError


def judge(policy: Policy, question: Question) -> Verdict:
    """What a policy says of a question."""
    raise NotImplementedError
