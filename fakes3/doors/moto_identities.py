"""The users and sessions of roles that were made in moto, by the access keys that moto gave them.

moto's collections are read where they are. Nobody is made here, and nothing is noted about a key that was used.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fakes3.model.identity import AccessKey, Principal
from fakes3.model.regions import PARTITIONS

if TYPE_CHECKING:
    from fakes3.model.policy import Policy

_DUMMY_KEY = "FOOBARKEY", "FOOBARSECRET"
"""The key and the secret that moto's mock puts into the environment: those of its default account's root user."""


def find_access_key(key_id: str, *, is_held: bool) -> AccessKey | None:
    """Return the access key of a user or of a session; None for a key that moto has not, or that is not active.

    With `is_held` its owner is held to its policies, and signatures by it are verified. Else the owner is allowed
    everything in its account.
    """
    if key_id == _DUMMY_KEY[0]:
        account = sys.modules["moto.core.models"].DEFAULT_ACCOUNT_ID
        return AccessKey(*_DUMMY_KEY, Principal(account), is_verified=True) if is_held else None
    for account, partition, backend in _backends("iam_backends"):
        key = backend.access_keys.get(key_id)
        if key is not None and key.status == "Active":
            root = Principal(account, partition)
            return _key_of_session(root, backend, key, is_held) or _key_of_user(root, backend, key, is_held)
    return None


def _backends(name: str) -> Iterator[tuple[str, str, Any]]:
    """Yield each backend of this collection that somebody has called, with its account and partition."""
    models = sys.modules.get(f"moto.{name.partition('_')[0]}.models")
    for account, backends in [] if models is None else list(getattr(models, name).items()):
        for partition, backend in list(backends.items()):
            yield account, partition if partition in PARTITIONS else "aws", backend


def _key_of_user(root: Principal, backend: Any, key: Any, is_held: bool) -> AccessKey | None:
    """Return the key of the user who has it now: users can be renamed."""
    user = next((each for each in list(backend.users.values()) if key in each.access_keys), None)
    if user is None:
        return None
    holders = [user, *(group for group in list(backend.groups.values()) if user in group.users)]
    policies = _read_policies(holders) if is_held else None
    owner = Principal(root.account, root.partition, user=f"{user.path}{user.name}".lstrip("/"), policies=policies)
    return AccessKey(key.access_key_id, key.secret_access_key, owner, is_verified=is_held)


def _key_of_session(root: Principal, backend: Any, key: Any, is_held: bool) -> AccessKey | None:
    """Return the key of a session of a role. moto need not have the role, which then is allowed nothing."""
    sessions = (session for _, _, each in _backends("sts_backends") for session in list(each.assumed_roles))
    session = next((each for each in sessions if each.access_key_id == key.access_key_id), None)
    if session is None:
        return None
    name = session.role_arn.rpartition("/")[2]
    roles = [role for role in list(backend.roles.values()) if role.name == name]
    owner = Principal(
        root.account,
        root.partition,
        role=name,
        session=session.session_name,
        policies=_read_policies(roles) if is_held else None,
        session_policy=_read_policy(session.policy) if is_held and session.policy else None,
    )
    return AccessKey(key.access_key_id, key.secret_access_key, owner, session.session_token, is_verified=is_held)


def _read_policies(holders: list[Any]) -> tuple[Policy, ...]:
    """Return the policies of users, groups and roles: their own, and the default versions of those attached to them."""
    documents = [document for each in holders for document in each.policies.values()]
    attached = [policy for each in holders for policy in each.managed_policies.values()]
    documents += [version.document for each in attached for version in each.versions if version.is_default]
    # Those that CloudFormation made are no text.
    return tuple(_read_policy(each if isinstance(each, str) else json.dumps(each)) for each in documents)


@lru_cache(maxsize=256)
def _read_policy(text: str) -> Policy:
    from fakes3.model.policy_parser import parse_identity_policy  # it takes long to import, and most tests have none

    return parse_identity_policy(text)
