"""The actions of S3 in policies, the kind of resource of each, and the condition keys of its requests.

The data are in `s3_actions.json`. There each type of condition keys has its keys, each with its actions. The keys under
`*` are for every action.

S3: service-authorization/latest/reference/list_amazons3.html, and userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from fakes3.model.data_files import read_beside
from fakes3.model.policy_patterns import Template


class Kind(Enum):
    """The kind of resource of an action."""

    BUCKET = "bucket"
    OBJECT = "object"
    ACCOUNT = "account"
    """The account itself, for which policies write the resource `*`."""
    OTHER = "other"
    """An access point, a job, an Access Grants instance, a Storage Lens dashboard and so on."""


class ConditionKey(NamedTuple):
    """The type of a condition key, and the actions whose requests have it."""

    type: str
    actions: frozenset[str] | None = None
    """None stands for every action."""


def _named(names: list[str]) -> frozenset[str]:
    return frozenset(f"s3:{name}" for name in names)


def _read_keys(by_type: Mapping[str, Mapping[str, list[str]]]) -> Mapping[str, ConditionKey]:
    found: dict[str, ConditionKey] = {}
    for type, keys in by_type.items():
        found |= {key: ConditionKey(type, _named(actions)) for key, actions in keys.items() if key != "*"}
        found |= dict.fromkeys(keys.get("*", ()), ConditionKey(type))
    return MappingProxyType(found)


_DATA: dict[str, Any] = json.loads(read_beside(__name__, "s3_actions.json"))

ACTIONS = MappingProxyType({name: Kind(kind) for kind, names in _DATA["actions"].items() for name in _named(names)})
"""The kind of resource of every action of S3, as IAM spells it."""

NOT_FOR_BUCKET_POLICIES = frozenset({"s3:CreateBucket"})
"""The actions on buckets that no bucket's policy can name, since the bucket does not exist yet."""

CONDITION_KEYS = _read_keys(_DATA["condition_keys"])
"""The condition keys of requests to S3, in lower case."""

TAG_KEYS = _read_keys(_DATA["tag_keys"])
"""The condition keys that end in the key of a tag, such as `s3:ExistingObjectTag/team`, without that end."""

_KEY_OF_ANOTHER_SERVICE = re.compile(r"(?!aws:|s3:)[a-z0-9][a-z0-9.-]*:\S+")


@lru_cache(maxsize=1024)
def actions_like(pattern: str) -> frozenset[str]:
    """Return the actions of S3 that a name with wildcards matches. Case does not matter.

    >>> sorted(actions_like("s3:listbucket?*"))
    ['s3:ListBucketMultipartUploads', 's3:ListBucketVersions']
    """
    wanted = Template.of(pattern.lower())
    return frozenset(action for action in ACTIONS if wanted.matches(action.lower(), {}))


def condition_key(name: str) -> ConditionKey | None:
    """Return a condition key by its name, whose case does not matter; None if S3 has no such key.

    Keys of other services and of identity providers (`saml:aud`, `accounts.google.com:sub`) come with credentials.

    >>> condition_key("S3:max-keys").type
    'Numeric'
    >>> condition_key("s3:VersionStatus")
    """
    lower = name.lower()
    if lower in CONDITION_KEYS:
        return CONDITION_KEYS[lower]
    family, _, tag = lower.partition("/")
    if tag and family in TAG_KEYS:
        return TAG_KEYS[family]
    return ConditionKey("String") if _KEY_OF_ANOTHER_SERVICE.fullmatch(lower) else None
