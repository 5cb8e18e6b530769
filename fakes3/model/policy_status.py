"""Whether a policy is public, as Block Public Access and GetBucketPolicyStatus mean it.

A policy is public unless every Allow statement limits who can use it. A statement does so by naming its principals, or
by a condition that compares one of the keys in `LIMITING_KEYS` with fixed values. A value with a wildcard or a variable
is not fixed. Neither the statements that deny nor the actions that are allowed make a difference.

S3: userguide/access-control-block-public-access.html, "The meaning of "public""
"""

from __future__ import annotations

import re

from fakes3.model.errors import AccessDenied
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.policy import ALLOW, EVERYBODY, Policy, Statement
from fakes3.model.policy_conditions import FOR_ALL_VALUES, Condition, parse_network
from fakes3.model.public_access import PublicAccessBlock

LIMITING_KEYS = re.compile(
    "aws:(?:principal(?:account|arn|orgid|orgpaths|servicename)|source(?:account|arn|ip|owner|vpc|vpce)|userid)"
    "|s3:(?:dataaccesspoint(?:account|arn)|x-amz-server-side-encryption-aws-kms-key-id)"
)
"""The keys that make a statement not public when they are compared with fixed values."""

_LIMITING_OPERATORS = frozenset(
    {"ArnEquals", "ArnLike", "IpAddress", "StringEquals", "StringEqualsIgnoreCase", "StringLike"}
)
_NOT_FIXED = re.compile(r"[*?]|\$\{")
_ACCESS_POINTS_OF_AN_ACCOUNT = re.compile(r"arn:[a-z-]+:s3:[a-z0-9-]*:[0-9]{12}:.+")
_BROADEST_IPV4, _BROADEST_IPV6 = 8, 32


def is_public(policy: Policy) -> bool:
    """Whether a bucket policy is public."""
    return any(map(is_public_statement, policy.statements))


def is_public_statement(statement: Statement) -> bool:
    """Whether a statement makes its policy public."""
    if statement.effect != ALLOW:
        return False
    names_everybody = statement.is_not_principal or any(
        principal.type == "Federated" or principal.name == EVERYBODY for principal in statement.principals or ()
    )
    return names_everybody and not any(map(_limits_callers, statement.conditions))


def check_policy_of_write(block: PublicAccessBlock, policy: Policy, *, caller: Principal, resource: str) -> None:
    """Refuse to put a public bucket policy where such policies are blocked. A policy put earlier stays.

    Args:
        block: The settings of the bucket and its owner's account together.
        policy: The policy to put.
        caller: A principal of the owner's account, since S3 takes policies from no other. So the text gives the reason.
        resource: The bucket's ARN.

    Raises: AccessDenied.
    S3: userguide/troubleshoot-403-errors.html, "Block Public Access settings"
    """
    if not block.block_public_policy or not is_public(policy):
        return
    because = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
    raise AccessDenied(
        not_authorized(caller.arn, "s3:PutBucketPolicy", resource, because),
        reason=f"the policy of {resource} would be public, and BlockPublicPolicy is on for the bucket or its account. "
        "Name the accounts that should have access, or switch it off with PutPublicAccessBlock.",
    )


def _limits_callers(condition: Condition) -> bool:
    comparison = condition.comparison
    # Both of these hold for a request without the key, so they limit nothing.
    if comparison.if_exists or comparison.over == FOR_ALL_VALUES:
        return False
    return (
        comparison.operator in _LIMITING_OPERATORS
        and LIMITING_KEYS.fullmatch(condition.key) is not None
        and all(_is_fixed(condition.key, template.text) for template in condition.values)
    )


def _is_fixed(key: str, value: str) -> bool:
    if key == "s3:dataaccesspointarn" and _ACCESS_POINTS_OF_AN_ACCOUNT.fullmatch(value):
        return True  # its name may have wildcards, since its account is fixed
    if _NOT_FIXED.search(value):
        return False
    among = parse_network(value) if key == "aws:sourceip" else None
    return among is None or among.prefixlen >= (_BROADEST_IPV4 if among.version == 4 else _BROADEST_IPV6)
