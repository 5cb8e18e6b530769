"""Policies: the language in which AWS says who may do what.

A policy is a JSON document with statements. Each allows or denies actions on resources, under conditions; in the
policy of a bucket also for whom. What no statement speaks of is neither allowed nor denied here: who weighs several
policies against each other is `authorization`.

`policy_parser` reads policies and refuses a document that is no policy; `judge` looks at what it has read.

S3: userguide/access-policy-language-overview.html, IAM/UserGuide/reference_policies.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeAlias

from fakes3.model.policy_conditions import Condition
from fakes3.model.policy_patterns import Template, matches_arn

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""The values of condition keys, by lower-case key. A key that is not there has no value at all."""

ALLOW, DENY = "Allow", "Deny"

EVERYBODY = "*"
"""How a policy names every caller, and `ListAllMyBuckets` all of S3."""

_ROOT = re.compile(r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):root")


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


class PrincipalName(NamedTuple):
    """One of those whom a statement is for."""

    type: str
    """`AWS`, `CanonicalUser`, `Service` or `Federated`; `AWS` for everybody, too."""
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    effect: str
    sid: str | None = None
    principals: tuple[PrincipalName, ...] | None = None
    """Whom it is for; None in the policy of a user, a role or a session, which is for whom it belongs to."""
    is_not_principal: bool = False
    """Whether it is for everybody but those."""
    actions: tuple[Template, ...] = ()
    """In lower case."""
    is_not_action: bool = False
    resources: tuple[Template, ...] = ()
    is_not_resource: bool = False
    conditions: tuple[Condition, ...] = ()


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
    by_session: bool = False
    """Whether the Allow names the session itself, and not its role: then it holds whatever the session's policy says.

    S3: IAM/UserGuide/access_policies.html, "Session policies"
    """


def judge(policy: Policy, question: Question) -> Verdict:
    """What a policy says of a question."""
    allowed, farthest = Verdict(None), _Reach.NOT_AT_ALL
    for statement in policy.statements:
        reach = _reach(statement, question)
        if not reach:
            continue
        if statement.effect == DENY:
            return Verdict(DENY, statement)
        if reach > farthest:
            farthest = reach
            allowed = Verdict(ALLOW, statement, reach is _Reach.BY_ACCOUNT, reach is _Reach.OF_SESSION)
    return allowed


class _Reach(IntEnum):
    """How a statement means who asks."""

    NOT_AT_ALL = 0
    BY_ACCOUNT = 1
    DIRECT = 2
    OF_SESSION = 3


def _reach(statement: Statement, question: Question) -> _Reach:
    """How a statement means who asks, in what is asked."""
    context = question.context
    action = question.action.lower()
    if any(pattern.matches(action, context) for pattern in statement.actions) is statement.is_not_action:
        return _Reach.NOT_AT_ALL
    resource = _as_arn(question)
    if any(_is_like(pattern, resource, context) for pattern in statement.resources) is statement.is_not_resource:
        return _Reach.NOT_AT_ALL
    reach = _reach_of_principals(statement, question.who)
    return reach if reach and all(each.holds(context) for each in statement.conditions) else _Reach.NOT_AT_ALL


def _as_arn(question: Question) -> str:
    """What is asked for. All of S3, `*`, is also every bucket: most policies write `arn:aws:s3:::*`."""
    if question.resource != EVERYBODY:
        return question.resource
    partition = question.who.arn.split(":")[1:2] or ["aws"]
    return f"arn:{partition[0]}:s3:::*"


def _is_like(pattern: Template, resource: str, context: Context) -> bool:
    tokens = pattern.filled(context)
    return tokens is not None and matches_arn(tokens, resource)


def _reach_of_principals(statement: Statement, who: Asker) -> _Reach:
    if statement.principals is None:
        return _Reach.DIRECT
    if statement.is_not_principal:
        return _Reach.NOT_AT_ALL if _is_spared(statement.principals, who) else _Reach.DIRECT
    return max((_means(principal, who) for principal in statement.principals), default=_Reach.NOT_AT_ALL)


def _means(principal: PrincipalName, who: Asker) -> _Reach:
    """How a principal of a policy means who asks."""
    if principal.name == EVERYBODY:
        return _Reach.DIRECT
    if who.account is None:
        return _Reach.NOT_AT_ALL
    if principal.type == "AWS" and principal.name in (who.arn, who.role_arn):
        return _Reach.DIRECT if who.role_arn in (None, principal.name) else _Reach.OF_SESSION
    if _is_account(principal, who):
        return _Reach.DIRECT if _ROOT.fullmatch(who.arn) else _Reach.BY_ACCOUNT
    return _Reach.NOT_AT_ALL


def _is_account(principal: PrincipalName, who: Asker) -> bool:
    if principal.type == "CanonicalUser":
        return principal.name == who.canonical_id
    root = _ROOT.fullmatch(principal.name)
    return principal.type == "AWS" and who.account == (root["account"] if root else principal.name)


def _is_spared(principals: tuple[PrincipalName, ...], who: Asker) -> bool:
    """Whether a NotPrincipal keeps a Deny away from who asks.

    AWS looks at the account first, and then at the user, or at the role and its session: a list that leaves out the
    account denies it altogether.
    S3: IAM/UserGuide/reference_policies_elements_notprincipal.html
    """
    reaches = {_means(principal, who) for principal in principals}
    if any(principal.name == EVERYBODY for principal in principals):
        return True
    return max(reaches, default=0) >= _Reach.DIRECT and any(_is_account(principal, who) for principal in principals)
