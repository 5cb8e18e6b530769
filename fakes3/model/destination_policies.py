"""Whether the policy of a queue, a topic or a function allows S3 to send it notifications.

These policies are those of other services. What is read of them is what they say of S3's service principal.

S3: userguide/grant-destinations-permissions-to-s3.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fakes3.model.identity import Principal
from fakes3.model.policy import ALLOW, Policy, PrincipalName, Question, Statement, judge
from fakes3.model.policy_conditions import Comparison, Condition, parse_comparison
from fakes3.model.policy_patterns import ConditionKeys, Template

_S3 = Principal.of_service("s3.amazonaws.com")


def allows_s3(policy: Any, action: str, destination: str, *, source: str, account: str) -> bool:
    """Whether a policy, a JSON document, allows S3 this action on a destination. One that cannot be read does not.

    `source` is the ARN of the bucket, and `account` that of its owner.

    >>> statement = {"Effect": "Allow", "Principal": "*", "Action": "SQS:*", "Resource": "*"}
    >>> allows_s3({"Statement": statement}, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q", source="", account="")
    True
    """
    if not _is_readable(policy):
        return False
    statements = tuple(_read_statement(each) for each in _list(policy.get("Statement", ())))
    keys: ConditionKeys = {
        "aws:sourcearn": (source,),
        "aws:sourceaccount": (account,),
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": ("s3.amazonaws.com",),
    }
    return judge(Policy("", statements), Question(_S3, action, destination, keys)).effect == ALLOW


def _is_readable(policy: Any) -> bool:
    """Whether statements and conditions are JSON objects, which other mocks may not have checked."""
    if not isinstance(policy, Mapping):
        return False
    statements = _list(policy.get("Statement", ()))
    if not all(isinstance(each, Mapping) for each in statements):
        return False
    conditions = [each.get("Condition", {}) for each in statements]
    return all(
        isinstance(each, Mapping) and all(isinstance(compared, Mapping) for compared in each.values())
        for each in conditions
    )


def _read_statement(stated: Mapping[str, Any]) -> Statement:
    """Return a statement. A resource that it does not name is the destination itself."""
    excluded = {name for name in ("NotPrincipal", "NotAction", "NotResource") if name in stated}
    principals = stated.get("NotPrincipal", stated.get("Principal", ()))
    actions = _list(stated.get("NotAction", stated.get("Action", ())))
    resources = _list(stated.get("NotResource", stated.get("Resource", "*")))
    return Statement(
        effect=str(stated.get("Effect")),
        sid=stated.get("Sid"),
        principals=tuple(_read_principals(principals)),
        is_not_principal="NotPrincipal" in excluded,
        actions=tuple(Template.of(str(each).lower()) for each in actions),
        is_not_action="NotAction" in excluded,
        resources=tuple(Template.of(str(each)) for each in resources),
        is_not_resource="NotResource" in excluded,
        conditions=tuple(_read_conditions(stated.get("Condition", {}))),
    )


def _read_principals(stated: Any) -> Iterator[PrincipalName]:
    if isinstance(stated, Mapping):
        for kind, names in stated.items():
            yield from (PrincipalName(kind, str(name)) for name in _list(names))
    else:
        yield from (PrincipalName("AWS", str(name)) for name in _list(stated))


def _read_conditions(stated: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    """Yield the conditions. An operator that is none never holds."""
    for operator, compared in stated.items():
        comparison = parse_comparison(operator)
        for key, values in compared.items():
            if comparison is None:
                yield _NEVER
                continue
            parts = comparison.parts
            templates = (
                Template.of(str(value), wildcards=parts.has_wildcards, variables=parts.has_variables)
                for value in _list(values)
            )
            yield Condition(comparison, key.lower(), tuple(templates))


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


_NEVER = Condition(Comparison("StringEquals"), "aws:sourcearn", ())
"""A condition that no request meets."""
