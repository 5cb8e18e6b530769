"""The smallest policy that recorded calls needed.

Each recorded call holds the rights it needed and had: pairs of an action and a resource. The policy allows exactly
those pairs. Actions that were used on the same resources share a statement. So a statement allows each of its actions
on each of its resources, and nothing in the policy can be left out.

S3: IAM/UserGuide/best-practices.html, "Apply least-privilege permissions"
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fakes3.model.errors import UsageError
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.regions import arn, partition_of
from fakes3.operations.call import Right
from fakes3.operations.service import Recorded, Service
from fakes3.testing.identities import Identity

if TYPE_CHECKING:
    from fakes3.testing.fake import FakeS3

_SPECIAL = re.compile(r"[*?]|\$(?=\{)")
"""Characters with a meaning in a policy's resources: wildcards and the start of a variable. `${*}` is a plain `*`."""


def least_privilege(fake: FakeS3, principal: Identity | Principal | str | None = None) -> dict[str, Any]:
    """Return the smallest policy under which every recorded call of a principal gets the same response.

    Raises: UsageError, when no call of it was recorded, or when none of its calls was allowed anything.
    """
    name = arn_of(fake.service.root if principal is None else principal)
    if name == ANONYMOUS.arn:
        raise UsageError("Anonymous callers have no policy of their own. Allow what they need in the bucket's policy.")
    calls = [call for call in fake.calls if is_made_by(call, name)]
    if not calls:
        others = dict.fromkeys(call.principal.arn for call in fake.calls if call.principal.account is not None)
        remedy = f"Ask for a principal with calls: {', '.join(others)}." if others else "Make some calls first."
        raise UsageError(f"No call of {name} was recorded, so its policy is unknown. {remedy}")
    rights = dict.fromkeys(right for call in calls for right in call.rights)
    if not rights:
        raise UsageError(
            f"No call of {name} was allowed anything, so its policy is unknown. "
            "Allow it more than it needs, and make its calls again."
        )
    partition = calls[0].principal.partition
    return policy_of((right[0], _resource(fake.service, right, partition)) for right in rights)


def policy_of(needed: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the policy that allows these actions on these resources, and nothing else.

    >>> policy_of([("s3:GetObject", "arn:aws:s3:::b/k"), ("s3:PutObject", "arn:aws:s3:::b/k")])["Statement"]
    [{'Effect': 'Allow', 'Action': ['s3:GetObject', 's3:PutObject'], 'Resource': ['arn:aws:s3:::b/k']}]
    """
    actions_on: dict[str, set[str]] = {}
    for action, resource in needed:
        actions_on.setdefault(resource, set()).add(action)
    resources_of: dict[tuple[str, ...], list[str]] = {}
    for resource, actions in sorted(actions_on.items()):
        resources_of.setdefault(tuple(sorted(actions)), []).append(resource)
    groups = resources_of.items()
    statements = [{"Effect": "Allow", "Action": list(names), "Resource": resources} for names, resources in groups]
    return {"Version": "2012-10-17", "Statement": statements}


def is_made_by(call: Recorded, name: str) -> bool:
    """Whether a call was made by the principal with this ARN; that of a role means all its sessions."""
    return name in {call.principal.arn, call.principal.role_arn}


def arn_of(principal: Identity | Principal | str) -> str:
    """Return the ARN of a principal, which may be given by an identity or by the ARN itself.

    Raises: UsageError, for what is no principal.
    """
    if isinstance(principal, str) and principal.startswith("arn:"):
        return principal
    found = getattr(principal, "principal", principal)
    if not isinstance(found, Principal):
        raise UsageError(
            f"{principal!r} is not a principal. "
            "Give an identity such as s3.user(...), the principal of a call, or an ARN."
        )
    return found.arn


def _resource(service: Service, right: Right, partition: str) -> str:
    """Return the resource of a right as a policy writes it, without wildcards."""
    _, name, key = right
    if name is None:
        return "*"
    if name.startswith("arn:"):  # that of a role or an access point
        found = name if key is None else f"{name}/object/{key}"
    else:
        bucket = service.world.buckets.get(name)
        found = arn(partition if bucket is None else partition_of(bucket.region), name, key)
    return _SPECIAL.sub(lambda special: f"${{{special[0]}}}", found)
