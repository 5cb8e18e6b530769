"""Whether a policy is public, as Block Public Access and GetBucketPolicyStatus mean it.

A policy is public until it is shown not to be. Of every Allow statement either the principal must be somebody in
particular, or a condition must pin down, to fixed values, whom or what it lets in. A value with a wildcard or a
variable is not fixed. What other statements deny does not matter, nor what the Allow is for.

S3: userguide/access-control-block-public-access.html, "The meaning of "public""
"""

from __future__ import annotations

import re

from fakes3.model.errors import AccessDenied
from fakes3.model.identity import Principal, not_authorized
from fakes3.model.policy import Policy, Statement
from fakes3.model.policy_conditions import FOR_ALL_VALUES, Condition, network
from fakes3.model.public_access import PublicAccessBlock

PINNING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
"""The keys whose fixed values make a statement not public."""

_LIMITING = frozenset({"ArnEquals", "ArnLike", "IpAddress", "StringEquals", "StringEqualsIgnoreCase", "StringLike"})
_NOT_FIXED = re.compile(r"[*?]|\$\{")
_ACCESS_POINTS_OF_AN_ACCOUNT = re.compile(r"arn:[a-z-]+:s3:[a-z0-9-]*:[0-9]{12}:.+")
_BROADEST_IPV4, _BROADEST_IPV6 = 8, 32


def is_public(policy: Policy) -> bool:
    """Whether a bucket policy is public."""
    return any(map(is_public_statement, policy.statements))


def is_public_statement(statement: Statement) -> bool:
    """Whether a statement makes its policy public."""
    if statement.effect != "Allow":
        return False
    for_somebody = not statement.is_not_principal and not any(
        principal.type == "Federated" or principal.name == "*" for principal in statement.principals or ()
    )
    return not for_somebody and not any(map(_pins_down, statement.conditions))


def check_policy_of_write(block: PublicAccessBlock, policy: Policy, *, caller: Principal, resource: str) -> None:
    """Refuse to put a public bucket policy where they are blocked. A policy that is there stays.

    Args:
        block: What is blocked, by the bucket or its owner's account.
        policy: The policy that is to be put.
        caller: Who puts it; S3 takes policies only of the owner's account, so it may know why they are refused.
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
        "Name the accounts that are meant, or switch it off with PutPublicAccessBlock.",
    )


def _pins_down(condition: Condition) -> bool:
    comparison = condition.comparison
    # Both of these hold for a request that lacks the key, so they keep nobody out.
    holds_without = comparison.if_exists or comparison.over == FOR_ALL_VALUES
    return (
        comparison.operator in _LIMITING
        and not holds_without
        and condition.key in PINNING
        and all(_is_fixed(condition.key, template.text) for template in condition.values)
    )


def _is_fixed(key: str, value: str) -> bool:
    if key == "s3:dataaccesspointarn" and _ACCESS_POINTS_OF_AN_ACCOUNT.fullmatch(value):
        return True  # the name may have wildcards, as long as the account is fixed
    if _NOT_FIXED.search(value):
        return False
    among = network(value) if key == "aws:sourceip" else None
    return among is None or among.prefixlen >= (_BROADEST_IPV4 if among.version == 4 else _BROADEST_IPV6)
