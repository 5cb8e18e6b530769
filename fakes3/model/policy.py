"""Policies: the language in which AWS states who is allowed what.

A policy is a JSON document with statements. Each statement allows or denies actions on resources, under conditions. In
a bucket's policy it also names the principals to whom it applies. A request that no statement matches is neither
allowed nor denied here; `authorization` combines the verdicts of several policies.

`policy_parser` reads policies and refuses other documents. `judge` takes what it has read.

S3: userguide/access-policy-language-overview.html, IAM/UserGuide/reference_policies.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from fakes3.model.identity import Principal
from fakes3.model.policy_conditions import Condition
from fakes3.model.policy_patterns import ConditionKeys, Template, matches_arn

ALLOW, DENY = "Allow", "Deny"

EVERYBODY = "*"
"""The name of all principals; as the resource of ListAllMyBuckets, all of S3."""

_ROOT = re.compile(r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):root")


class Question(NamedTuple):
    """A request as a policy judges it: is the caller allowed the action on the resource?"""

    caller: Principal
    action: str
    """As IAM spells it: `s3:GetObject`."""
    resource: str
    """The ARN of a bucket, or of an object: `arn:aws:s3:::bucket/key`; `*` for ListAllMyBuckets."""
    condition_keys: ConditionKeys


class PrincipalName(NamedTuple):
    """One principal of a statement."""

    type: str
    """`AWS`, `CanonicalUser`, `Service` or `Federated`; `AWS` also for everybody."""
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    effect: str
    sid: str | None = None
    principals: tuple[PrincipalName, ...] | None = None
    """None in the policy of a user, a role or a session, which applies to its owner."""
    is_not_principal: bool = False
    """True for NotPrincipal."""
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
    """A policy's answer to a question."""

    effect: str | None
    """"Deny" if any statement denies, else "Allow" if any allows, else None."""
    statement: Statement | None = None
    """The statement that decided."""
    by_account: bool = False
    """Whether the Allow names only the caller's account, not the user or session itself, nor everybody.

    Such a statement leaves the decision to that account. Within the bucket's own account it allows only the root user.
    """
    by_session: bool = False
    """Whether the Allow names the session itself, and not its role: then the session's policy does not limit it.

    S3: IAM/UserGuide/access_policies.html, "Session policies"
    """


class _Match(IntEnum):
    """How a statement matches a question. Of several that allow, the highest decides."""

    NONE = 0
    BY_ACCOUNT = 1
    DIRECT = 2
    BY_SESSION = 3


def judge(policy: Policy, question: Question) -> Verdict:
    """Return a policy's answer to a question."""
    allowed, best = Verdict(None), _Match.NONE
    for statement in policy.statements:
        match = _match(statement, question)
        if not match:
            continue
        if statement.effect == DENY:
            return Verdict(DENY, statement)
        if match > best:
            best = match
            allowed = Verdict(ALLOW, statement, match is _Match.BY_ACCOUNT, match is _Match.BY_SESSION)
    return allowed


def _match(statement: Statement, question: Question) -> _Match:
    """Return how a statement matches: not at all, by account, directly, or by session."""
    keys = question.condition_keys
    action = question.action.lower()
    if any(pattern.matches(action, keys) for pattern in statement.actions) is statement.is_not_action:
        return _Match.NONE
    resource = _arn_of_resource(question)
    if any(_matches_arn(pattern, resource, keys) for pattern in statement.resources) is statement.is_not_resource:
        return _Match.NONE
    match = _match_principals(statement, question.caller)
    return match if match and all(each.holds(keys) for each in statement.conditions) else _Match.NONE


def _arn_of_resource(question: Question) -> str:
    """Return the ARN to match. All of S3, `*`, matches as every bucket: most policies write `arn:aws:s3:::*`."""
    if question.resource != EVERYBODY:
        return question.resource
    return f"arn:{question.caller.partition}:s3:::*"


def _matches_arn(pattern: Template, resource: str, keys: ConditionKeys) -> bool:
    tokens = pattern.fill(keys)
    return tokens is not None and matches_arn(tokens, resource)


def _match_principals(statement: Statement, caller: Principal) -> _Match:
    """Return how the principals of a statement match the caller.

    To exclude the caller from a Deny, NotPrincipal must list the caller's account, and also the user, or the role or
    its session: a list without the account denies it to all of that account. A service of AWS has no account.
    S3: IAM/UserGuide/reference_policies_elements_notprincipal.html
    """
    names = statement.principals
    if names is None:
        return _Match.DIRECT
    match = max((_match_principal(name, caller) for name in names), default=_Match.NONE)
    if not statement.is_not_principal:
        return match
    is_named_whole = caller.service is not None or any(_is_account(name, caller) for name in names)
    is_listed = match >= _Match.DIRECT and is_named_whole
    return _Match.NONE if is_listed or any(name.name == EVERYBODY for name in names) else _Match.DIRECT


def _match_principal(principal: PrincipalName, caller: Principal) -> _Match:
    """Return how one principal of a policy matches the caller."""
    if principal.name == EVERYBODY:
        return _Match.DIRECT
    if caller.account is None:
        return _Match.NONE
    if caller.service is not None:
        return _Match.DIRECT if principal == ("Service", caller.service) else _Match.NONE
    if principal.type == "AWS" and principal.name in (caller.arn, caller.role_arn):
        return _Match.DIRECT if caller.role_arn in (None, principal.name) else _Match.BY_SESSION
    if _is_account(principal, caller):
        return _Match.DIRECT if _ROOT.fullmatch(caller.arn) else _Match.BY_ACCOUNT
    return _Match.NONE


def _is_account(principal: PrincipalName, caller: Principal) -> bool:
    """Whether a principal is the caller's account."""
    if principal.type == "CanonicalUser":
        return principal.name == caller.canonical_id
    root = _ROOT.fullmatch(principal.name)
    return principal.type == "AWS" and caller.account == (root["account"] if root else principal.name)
