"""Replication configurations: what a rule may say, and which objects it selects.

There are two forms of rules. Those of the first version have a Prefix. Those of the second have a Filter, a Priority,
and say whether delete markers are replicated; those of the first replicate all that a user makes.

A Filter may have a Not: what matches it is not replicated by the rule. The Or in a Not is any number of filters, of
which one is enough. Only there may two tags have the same key.

S3: API/API_PutBucketReplication.html, userguide/replication-add-config.html, API/API_ReplicationRuleFilter.html,
API/API_ReplicationRuleNotOperator.html, API/API_ReplicationRuleOrOperator.html
observed: radkawar/stackd, testdata/aws/s3/replication_control_replay.json, for the codes. Where no page and no report
gives a text, it is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from fakes3.model.encryption import DSSE, KMS
from fakes3.model.errors import InvalidArgument, InvalidBucketState, InvalidRequest, MalformedXML
from fakes3.model.lifecycle_rules import LONGEST_ID, MOST_INTEGER, MOST_RULES, Conditions, conditions_of, tags_in
from fakes3.model.storage_classes import ACCEPTED, RETRIEVALS
from fakes3.model.versions import DeleteMarker, Entry, Version

Document = Mapping[str, Any]

MINUTES: Final = 15
"""The only threshold of S3 Replication Time Control. S3: API/API_ReplicationTimeValue.html"""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/([\w+=,.@/-]+)", re.ASCII).fullmatch
_BUCKET = re.compile(r"arn:aws[a-z-]*:s3:::([^/:]+)").fullmatch


# ---- What a configuration says ----


class Role(NamedTuple):
    """The role that replicates: its account, its name with its path, and its ARN."""

    account: str
    name: str
    arn: str


class Destination(NamedTuple):
    """Where replicas go, and what differs in them."""

    bucket: str
    account: str | None = None
    """The account that the rule names as the bucket's owner."""
    storage_class: str | None = None
    """The storage class of replicas; None for that of the source."""
    changes_owner: bool = False
    """Whether the bucket's owner owns the replicas, whoever owns the source."""
    kms_key: str | None = None
    """The key of replicas of objects that have a KMS key."""
    uses_related_key: bool = False
    """Whether the replica of an object with a multi-Region key has the related key of the bucket's region instead."""
    has_metrics: bool = False
    """Whether S3 tells of failures."""


class Rule(NamedTuple):
    """One enabled rule: which objects it selects, and where it copies them."""

    conditions: Conditions
    destination: Destination
    exclusions: tuple[Conditions, ...] = ()
    """What it does not copy: whatever meets any of these."""
    priority: int = 0
    copies_markers: bool = True
    copies_kms: bool = False
    """Whether it selects objects with a KMS key."""
    copies_changes_of_replicas: bool = False
    id: str = ""

    def applies_to(self, key: str, entry: Entry) -> bool:
        """Whether this version or delete marker meets its conditions, and none of its exclusions."""
        return self.conditions.hold(key, entry) and not any(each.hold(key, entry) for each in self.exclusions)

    def selects(self, key: str, version: Version) -> bool:
        """Whether it copies this version. What is archived is not copied.

        S3: userguide/replication-what-is-isnot-replicated.html
        """
        attributes = version.attributes
        if attributes.encryption.algorithm in {KMS, DSSE} and not self.copies_kms:
            return False
        return attributes.storage_class not in RETRIEVALS and self.applies_to(key, version)


class ReplicationRules(NamedTuple):
    """The enabled rules of a bucket, the highest priority first, and the role that carries them out."""

    role: Role
    enabled: tuple[Rule, ...]

    def for_object(self, key: str, version: Version) -> tuple[Rule, ...]:
        """Return the rules by which a version is copied, one for each destination: that of the highest priority."""
        return _one_each(rule for rule in self.enabled if rule.selects(key, version))

    def for_change(self, key: str, version: Version, *, is_replica: bool) -> tuple[Rule, ...]:
        """Return the rules by which a change of tags, lock or ACL of a version is copied."""
        rules = self.for_object(key, version)
        return tuple(rule for rule in rules if rule.copies_changes_of_replicas or not is_replica)

    def for_marker(self, key: str, marker: DeleteMarker) -> tuple[Rule, ...]:
        """Return the rules by which a delete marker is copied."""
        rules = _one_each(rule for rule in self.enabled if rule.applies_to(key, marker))
        return tuple(rule for rule in rules if rule.copies_markers)


def _one_each(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the first rule for each destination."""
    found: dict[str, Rule] = {}
    for rule in rules:
        found.setdefault(rule.destination.bucket, rule)
    return tuple(found.values())


def rules_of(document: Document) -> ReplicationRules:
    """Return what a configuration says."""
    enabled = [_rule_of(each) for each in document["Rules"] if each["Status"] == "Enabled"]
    enabled.sort(key=lambda rule: -rule.priority)
    return ReplicationRules(read_role(document["Role"]), tuple(enabled))


def _rule_of(document: Document) -> Rule:
    stated, criteria = document["Destination"], document.get("SourceSelectionCriteria", {})
    encryption = stated.get("EncryptionConfiguration", {})
    return Rule(
        conditions=conditions_of(document),
        destination=Destination(
            bucket=read_bucket(stated["Bucket"]),
            account=stated.get("Account"),
            storage_class=stated.get("StorageClass"),
            changes_owner="AccessControlTranslation" in stated,
            kms_key=encryption.get("ReplicaKmsKeyID"),
            uses_related_key=_is_enabled(encryption, "UseSourceMultiRegionKey"),
            has_metrics=_is_enabled(stated, "Metrics"),
        ),
        exclusions=_exclusions_of(document),
        priority=document.get("Priority", 0),
        copies_markers="Filter" not in document or _is_enabled(document, "DeleteMarkerReplication"),
        copies_kms=_is_enabled(criteria, "SseKmsEncryptedObjects"),
        copies_changes_of_replicas=_is_enabled(criteria, "ReplicaModifications"),
        id=document.get("ID", ""),
    )


def _exclusions_of(rule: Document) -> tuple[Conditions, ...]:
    """Return each filter in the Not of a rule, which is one or an Or of several."""
    found = rule.get("Filter", {})
    found = found.get("And", found).get("Not", {})
    found = found.get("Or", found)
    prefixes = found.get("Prefixes", [found["Prefix"]] if "Prefix" in found else [])
    return (*map(Conditions, prefixes), *(Conditions(tags=(tag,)) for tag in tags_in(found)))


def _is_enabled(document: Document, name: str) -> bool:
    return bool(document.get(name, {}).get("Status") == "Enabled")


def read_role(arn: str) -> Role:
    """Return the role with this ARN. Raises: InvalidArgument."""
    found = _ROLE(arn)
    if found is None:
        raise InvalidArgument("Invalid role ARN.", ArgumentName="Role", ArgumentValue=arn)
    return Role(found[1], found[2], arn)


def read_bucket(arn: str) -> str:
    """Return the name of the bucket with this ARN. Raises: InvalidArgument."""
    found = _BUCKET(arn)
    if found is None:
        raise InvalidArgument("Invalid bucket ARN", ArgumentName="Bucket", ArgumentValue=arn)
    return found[1]


# ---- What a configuration may say ----


def check_replicable(*, is_versioned: bool) -> None:
    """Refuse to replicate a bucket whose versioning is not enabled."""
    if not is_versioned:
        # observed: crossplane-contrib/provider-aws#553
        raise InvalidRequest(
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
            reason="replication copies versions, and the bucket makes none. Enable its versioning first.",
        )


def check_suspendable(rules: ReplicationRules | None) -> None:
    """Refuse to suspend the versioning of a bucket that is replicated.

    S3: userguide/replication-and-other-bucket-configs.html
    """
    if rules is not None:
        raise InvalidBucketState(
            "A replication configuration is present on this bucket, so the versioning state cannot be changed.",
            reason="the bucket is replicated, and replication needs versions. Call DeleteBucketReplication first.",
        )


def check_configuration(document: Document, *, source: str) -> None:
    """Refuse a configuration of the bucket `source` that is malformed, then one that says something wrong.

    Raises: MalformedXML, InvalidArgument, InvalidRequest.
    """
    rules = document["Rules"]
    if not 1 <= len(rules) <= MOST_RULES or not all(map(_is_well_formed, rules)):
        raise MalformedXML
    read_role(document["Role"])
    _check_ids([rule["ID"] for rule in rules])
    if len({"Filter" in rule for rule in rules}) > 1:
        raise InvalidRequest("All rules of a replication configuration must have the same version of the schema.")
    for rule in rules:
        _check_rule(rule)
        _check_destination(rule["Destination"], source)
    _check_together(rules)


def _is_well_formed(rule: Document) -> bool:
    """Whether a rule has either a Filter or a Prefix, and complete members."""
    if ("Filter" in rule) == ("Prefix" in rule) or "ExistingObjectReplication" in rule:
        return False  # the last was withdrawn: S3 Batch Replication copies what exists
    if not _is_filter(rule.get("Filter", {})):
        return False
    if rule.get("DeleteMarkerReplication") == {} or abs(rule.get("Priority", 0)) > MOST_INTEGER:
        return False
    return rule["Destination"].get("StorageClass", "STANDARD") in ACCEPTED


def _is_filter(conditions: Document) -> bool:
    """Whether a Filter is one condition or an And of several, and its Not is one condition or an Or of at least one."""
    every = conditions.get("And", conditions)
    if len(conditions) > 1 or ("And" in conditions and _count(every) < 2):
        return False
    excluded = every.get("Not")
    return excluded is None or (len(excluded) == 1 and _count(excluded.get("Or", excluded)) > 0)


def _count(conditions: Document) -> int:
    """Return how many conditions there are, each tag and each prefix of a list by itself."""
    return sum(1 if isinstance(each, (str, Mapping)) else len(each) for each in conditions.values())


def _check_ids(ids: Sequence[str]) -> None:
    for place, rule_id in enumerate(ids):
        if len(rule_id) > LONGEST_ID:
            text = f"ID length should not exceed allowed limit of {LONGEST_ID}"
            raise InvalidArgument(text, ArgumentName="ID", ArgumentValue=rule_id)
        if rule_id in ids[:place]:
            text = "Rule ID must be unique. Found same ID for more than one rule."
            raise InvalidArgument(text, ArgumentName="ID", ArgumentValue=rule_id)


_OF_V2: Final = ("Priority", "DeleteMarkerReplication")


def _check_rule(rule: Document) -> None:
    """Refuse a rule whose parts do not fit together. Raises: InvalidRequest."""
    verb = "must be specified" if "Filter" in rule else "cannot be used"
    for name in _OF_V2:
        if (name in rule) != ("Filter" in rule):
            # observed: rust-lang/simpleinfra#468
            raise InvalidRequest(
                f"{name} {verb} for this version of Cross Region Replication configuration schema. "
                "Please refer to S3 Developer Guide for more information.",
                reason="a rule with a Filter needs a Priority and DeleteMarkerReplication, and one with a Prefix has "
                "neither. Write the rule in one of the two forms.",
            )
    if rule.get("Priority", 0) < 0:
        raise InvalidRequest("Priority must be greater than or equal to 0.")
    conditions = conditions_of(rule)
    if len({key for key, _ in conditions.tags}) < len(conditions.tags):
        raise InvalidRequest("Duplicate Tag Keys are not allowed.")
    names_tags = any(each.tags for each in (conditions, *_exclusions_of(rule)))
    if names_tags and _is_enabled(rule, "DeleteMarkerReplication"):
        raise InvalidRequest("Delete marker replication is not supported if any Tag filter is specified.")
    _check_criteria(rule.get("SourceSelectionCriteria"), rule["Destination"])


def _check_criteria(criteria: Document | None, destination: Document) -> None:
    """Refuse to select objects with KMS keys without a key for replicas, and a key that no object is for."""
    if criteria is not None and not criteria:
        # observed: hashicorp/terraform-provider-aws#44192
        raise InvalidRequest("SourceSelectionCriteria cannot be empty")
    names_kms = criteria is not None and "SseKmsEncryptedObjects" in criteria
    stated = destination.get("EncryptionConfiguration", {})
    key = stated.get("ReplicaKmsKeyID")
    if names_kms and key is None and not _is_enabled(stated, "UseSourceMultiRegionKey"):
        raise InvalidRequest("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.")
    if "EncryptionConfiguration" in destination and not names_kms:
        raise InvalidRequest("SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.")
    if key is not None and not key.startswith("arn:"):
        raise InvalidArgument("Invalid ReplicaKmsKeyID ARN.", ArgumentName="ReplicaKmsKeyID", ArgumentValue=key)


def _check_destination(destination: Document, source: str) -> None:
    """Refuse a destination whose parts do not fit together. Raises: InvalidArgument, InvalidRequest."""
    if read_bucket(destination["Bucket"]) == source:
        raise InvalidRequest(
            "Destination bucket cannot be the same as the source bucket.",
            reason=f"{source} would be replicated to itself. Name another bucket.",
        )
    if "AccessControlTranslation" in destination and "Account" not in destination:
        raise InvalidRequest("Account must be specified if AccessControlTranslation is present.")
    metrics, time = destination.get("Metrics"), destination.get("ReplicationTime")
    has_time_control = _is_enabled(destination, "ReplicationTime")
    if metrics is not None and "EventThreshold" in metrics and not has_time_control:
        # observed: crossplane-contrib/provider-aws#1117
        text = "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled"
        raise InvalidArgument(text, ArgumentName="EventThreshold")
    if time is None:
        return
    if metrics is None:
        raise InvalidRequest("Metrics must be specified if ReplicationTime is present.")
    for name, minutes in (("Time", time["Time"]), ("EventThreshold", metrics.get("EventThreshold", {}))):
        if has_time_control and minutes.get("Minutes") != MINUTES:
            raise InvalidArgument(f"{name} must be {MINUTES} minutes.", ArgumentName=name)
    if has_time_control and not _is_enabled(destination, "Metrics"):
        raise InvalidArgument("Metrics must be enabled if ReplicationTime is enabled.", ArgumentName="Metrics")


def _check_together(rules: Sequence[Document]) -> None:
    """Refuse equal priorities and, in the first version of rules, several destinations. Raises: InvalidRequest."""
    if "Filter" not in rules[0]:
        if len({rule["Destination"]["Bucket"] for rule in rules}) > 1:
            # observed: aws-cloudformation/cloudformation-coverage-roadmap#730
            raise InvalidRequest(
                "Number of distinct destination bucket ARNs cannot exceed 1",
                reason="rules with a Prefix all have one destination. Give each rule a Filter in place of its Prefix.",
            )
        return
    priorities = [rule["Priority"] for rule in rules]
    repeated = next((each for place, each in enumerate(priorities) if each in priorities[:place]), None)
    if repeated is not None:
        raise InvalidRequest(f"Found duplicate priority {repeated}. Rules must have unique priorities.")


def check_destinations(document: Document, is_versioned: Callable[[str], bool | None]) -> None:
    """Refuse destinations that do not exist or are not versioned. `is_versioned` answers None where there is no bucket.

    Raises: InvalidRequest.
    """
    for name in {read_bucket(rule["Destination"]["Bucket"]): None for rule in document["Rules"]}:
        state = is_versioned(name)
        if state is None:
            text = "Destination bucket must exist."
            raise InvalidRequest(text, reason=f"there is no bucket {name}. Create it first, with versioning.")
        if not state:
            # observed: nozaq/terraform-aws-remote-state-s3-backend#107
            raise InvalidRequest(
                "Destination bucket must have versioning enabled.",
                reason=f"replicas are versions, and {name} makes none. Enable its versioning first.",
            )
