"""Reads policies from their JSON text, and refuses other text in the words of S3 or of IAM.

S3: IAM/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fakes3.model.actions import ACTIONS, NOT_FOR_BUCKET_POLICIES, Kind, actions_like, condition_key
from fakes3.model.errors import MalformedPolicy, UsageError
from fakes3.model.json_documents import DuplicateName, Number, describe, load
from fakes3.model.policy import ALLOW, DENY, EVERYBODY, Policy, PrincipalName, Statement
from fakes3.model.policy_conditions import NULL, Comparison, Condition, parse_comparison, parse_network
from fakes3.model.policy_patterns import Template, matches, may_begin

MAX_BYTES = 20_480
"""The most bytes of a bucket's policy, without the white space between its elements."""
_MAX_TEXT = 16 * MAX_BYTES
"""The most characters with it. S3 has another limit for requests; this one only keeps parsing short."""

_VERSIONS = ("2008-10-17", "2012-10-17")
_MEMBERS = frozenset({"Version", "Id", "Statement"})
_NEGATABLE = ("Principal", "Action", "Resource")
_STATEMENT_MEMBERS = frozenset({"Sid", "Effect", "Condition", *_NEGATABLE, *(f"Not{name}" for name in _NEGATABLE)})
_BETWEEN = re.compile(r'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]++', re.DOTALL)

_ACCOUNT = re.compile(r"[0-9]{12}")
_PRINCIPAL = re.compile(
    r"arn:(?P<partition>[a-z-]+):"
    r"(?:iam::[0-9]{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)"
    r"|sts::[0-9]{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+)"
    r"|iam::cloudfront:user/CloudFront Origin Access Identity [A-Z0-9]+)",
    re.ASCII,
)
_HOST = r"[a-z0-9-]+(?:\.[a-z0-9-]+)+"
_NAMES = {
    # CloudFront's own canonical ids are longer than those of accounts.
    "CanonicalUser": re.compile(r"[0-9a-f]{64}(?:[0-9a-f]{32})?"),
    "Service": re.compile(_HOST),
    "Federated": re.compile(rf"{_HOST}|arn:[a-z-]+:iam::[0-9]{{12}}:(?:oidc|saml)-provider/[\w+=,.@/:-]+", re.ASCII),
}
_A_PRINCIPAL = 'Name principals like "*" or {"AWS": "arn:aws:iam::111122223333:root"}.'
_AN_ADDRESS = "Write addresses as 203.0.113.0/24."
_SHORTER = "Shorten it, for example by wildcards."
_PATTERN_OF_ACTIONS = re.compile(r"\*|[a-zA-Z0-9*?-]+:[a-zA-Z0-9*?]+")


class _NoPolicy(Exception):
    """The document is not a valid policy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def _check(holds: object, problem: str, remedy: str) -> None:
    """Refuse the document where something does not hold that a policy has to keep."""
    if not holds:
        raise _NoPolicy(problem, remedy)


class _Rules(NamedTuple):
    """The rules that differ between policies of buckets and policies of identities."""

    principals: Callable[[dict[str, Any], str], tuple[PrincipalName, ...] | None]
    is_action: Callable[[str], bool]
    is_resource: Callable[[Template], bool]
    resources: str
    """Resources that are allowed, as an example."""
    has_unique_sids: bool = False


def parse_directory_policy(text: str, *, arn: str, partition: str = "aws") -> Policy:
    """Read the policy of the directory bucket with this ARN, which can only be about sessions.

    Raises: MalformedPolicy.
    S3: API/API_PutBucketPolicy.html, userguide/s3-express-security-iam-example-bucket-policies.html
    """
    rules = _Rules(
        lambda statement, effect: _parse_principals(statement, effect, partition),
        lambda pattern: Template.of(pattern.lower()).matches("s3express:createsession", {}),
        lambda pattern: matches(pattern.broadest, arn),
        f'the bucket itself, "{arn}"',
    )
    return _parse_as(text, rules, _check_conditions)


def parse_bucket_policy(text: str, *, bucket: str, partition: str = "aws") -> Policy:
    """Read the policy of a bucket. Raises: MalformedPolicy."""
    return _parse_resource_policy(text, _Holder("bucket", f"arn:{partition}:s3:::{bucket}", "/", partition))


def parse_access_point_policy(text: str, *, arn: str) -> Policy:
    """Read the policy of the access point with this ARN. Raises: MalformedPolicy.

    S3 keeps it without white space between its elements, and GET returns it so.

    S3: userguide/access-points-policies.html
    observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json (policy-private-get)
    """
    policy = _parse_resource_policy(text, _Holder("access point", arn, "/object/", arn.split(":")[1]))
    return Policy(_BETWEEN.sub(r"\1", text), policy.statements)


class _Holder(NamedTuple):
    """A resource that has a policy."""

    kind: str
    arn: str
    to_objects: str
    """What stands between its ARN and the key of an object."""
    partition: str


def _parse_resource_policy(text: str, holder: _Holder) -> Policy:
    begin = f"arn:{holder.partition}:s3:{'::' if holder.kind == 'bucket' else ''}"

    def is_resource(pattern: Template) -> bool:
        return pattern.text.startswith(begin) and bool(_kinds(pattern, holder))

    rules = _Rules(
        lambda statement, effect: _parse_principals(statement, effect, holder.partition),
        lambda pattern: bool(_PATTERN_OF_ACTIONS.fullmatch(pattern)) and bool(actions_like(pattern)),
        is_resource,
        f'the {holder.kind} itself, "{holder.arn}", or what is in it, "{holder.arn}{holder.to_objects}*"',
    )

    def check(statement: Statement) -> None:
        _check_conditions(statement)
        _check_actions_apply(statement, holder)

    return _parse_as(text, rules, check)


def _parse_as(text: str, rules: _Rules, check: Callable[[Statement], None]) -> Policy:
    """Read the policy of a bucket by its rules, each of whose statements has to pass a check too."""
    # recorded: TestS3BucketPolicy::test_bucket_policy_exc
    if not text.startswith("{"):
        raise MalformedPolicy(reason="no blank or new line may stand before the first brace. Pass json.dumps(policy).")
    try:
        # observed: S3 sends this text, under this code and not under PolicyTooLarge
        too_large = f"Normalized policy document exceeds the maximum allowed size of {MAX_BYTES} bytes"
        _check(len(text) <= _MAX_TEXT, too_large, _SHORTER)
        document = _load(text)
        # S3 does not count the white space between the elements.
        _check(len(_BETWEEN.sub(r"\1", text).encode(errors="surrogatepass")) <= MAX_BYTES, too_large, _SHORTER)
        policy = _parse_policy(document, text, rules)
        for statement in policy.statements:
            check(statement)
    except _NoPolicy as error:
        raise MalformedPolicy(error.problem, reason=error.remedy) from None
    return policy


def parse_identity_policy(document: str | Mapping[str, Any]) -> Policy:
    """Read the policy of a user, a role or a session, which has no Principal. Raises: UsageError."""
    rules = _Rules(
        _check_no_principals,
        lambda pattern: _PATTERN_OF_ACTIONS.fullmatch(pattern) is not None,
        lambda pattern: pattern.text == EVERYBODY or _is_arn(pattern.text),
        'resources like "arn:aws:s3:::bucket/*" or "*"',
        has_unique_sids=True,
    )
    try:
        text = document if isinstance(document, str) else _to_json(document)
        return _parse_policy(_load(text), text, rules)
    except _NoPolicy as error:
        problem = error.problem.rstrip(".!")
        raise UsageError(f"That is no policy of a user, a role or a session: {problem}. {error.remedy}") from None


def _to_json(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, default=_to_dict, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        problem = f"it cannot be written as JSON ({error})"
        raise _NoPolicy(problem, "Use strings, lists and dictionaries only.") from None


def _to_dict(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _load(text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = load(text)
    except DuplicateName as duplicate:
        raise _twice(duplicate.name) from None
    except ValueError:
        raise _NoPolicy("This policy contains invalid Json", "Write it as json.dumps does.") from None
    _check_type(document, dict)
    return document


def _parse_policy(document: dict[str, Any], text: str, rules: _Rules) -> Policy:
    _check_members(document, _MEMBERS)
    version = document.get("Version", _VERSIONS[0])
    _check(version in _VERSIONS, "The policy must contain a valid version string", 'Give it the Version "2012-10-17".')
    _check_type(document.get("Id", ""), str)
    _check_present(document, "Statement")
    listed = document["Statement"]
    if isinstance(listed, dict):
        listed = [listed]
    _check_type(listed, list)
    _check(listed, "Could not parse the policy: Statement is empty!", "Give it a statement.")
    statements = tuple(_parse_statement(item, version == _VERSIONS[1], rules) for item in listed)
    sids = [statement.sid for statement in statements if statement.sid]
    is_unique = not rules.has_unique_sids or len(set(sids)) == len(sids)
    _check(is_unique, "The Statement Ids in the policy are not unique", "Give every statement a Sid of its own.")
    return Policy(text, statements)


def _parse_statement(item: Any, has_variables: bool, rules: _Rules) -> Statement:
    _check_type(item, dict)
    _check_members(item, _STATEMENT_MEMBERS)
    for name in _NEGATABLE:
        if name in item and f"Not{name}" in item:
            raise _twice(name)
    _check_present(item, "Effect")
    effect = item["Effect"]
    _check(effect in (ALLOW, DENY), f"Invalid effect: {describe(effect)}", 'Its Effect is "Allow" or "Deny".')
    _check_type(item.get("Sid", ""), str)
    principals = rules.principals(item, effect)
    actions = _parse_list(item, "Action")
    are_actions = all(map(rules.is_action, actions))
    _check(are_actions, "Policy has invalid action", 'Name actions like "s3:GetObject", "s3:Get*" or "*".')
    resources = tuple(Template.of(text, variables=has_variables) for text in _parse_list(item, "Resource"))
    are_resources = all(map(rules.is_resource, resources))
    _check(are_resources, "Policy has invalid resource", f"Name {rules.resources}.")
    return Statement(
        effect,
        item.get("Sid"),
        principals,
        "NotPrincipal" in item,
        tuple(Template.of(text.lower()) for text in actions),
        "NotAction" in item,
        resources,
        "NotResource" in item,
        _parse_conditions(item.get("Condition", {}), has_variables),
    )


def _check_members(item: dict[str, Any], known: frozenset[str]) -> None:
    for name in item:
        remedy = f"Leave it out, or spell it as IAM does: {', '.join(sorted(known))}."
        _check(name in known, f"Unknown field {name}", remedy)


def _parse_list(item: dict[str, Any], name: str) -> list[str]:
    """Return the strings that an element or its Not... form lists; one string is a list of one."""
    _check_present(item, name)
    found = _strings(item[name if name in item else f"Not{name}"])
    if found is None:
        raise _syntax()
    _check(found, f"Missing required field {name} cannot be empty!", f"List something in its {name}.")
    return found


def _strings(value: Any) -> list[str] | None:
    """Return a string, or a list of strings, as a list; None for anything else."""
    found = [value] if isinstance(value, str) else value
    return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else None


def _check_present(item: dict[str, Any], name: str) -> None:
    """Refuse a document or statement without an element, or its Not... form."""
    _check(name in item or f"Not{name}" in item, f"Missing required field {name}", f"Give it {name}.")


def _check_type(value: Any, type: type) -> None:
    if not isinstance(value, type):
        raise _syntax()


def _twice(name: str) -> _NoPolicy:
    # This is IAM's text. No page gives S3's.
    return _NoPolicy(f"Statement/policy already has instance of {name}", f"Leave one {name} out.")


def _syntax() -> _NoPolicy:
    return _NoPolicy("Invalid policy syntax.", "Give each element the type it has in IAM's grammar.")


# ---- Principals ----


def _check_no_principals(item: dict[str, Any], _effect: str) -> None:
    is_absent = "Principal" not in item and "NotPrincipal" not in item
    _check(is_absent, "it has a Principal", "Leave it out, or put the policy on a bucket.")


def _parse_principals(item: dict[str, Any], effect: str, partition: str) -> tuple[PrincipalName, ...]:
    # S3: IAM/UserGuide/reference_policies_elements_notprincipal.html calls it unsupported. The text is IAM's.
    _check("NotPrincipal" not in item or effect != ALLOW, "Allow with NotPrincipal is not allowed.", "Use Principal.")
    _check_present(item, "Principal")
    value = item["Principal" if "Principal" in item else "NotPrincipal"]
    if value == EVERYBODY:
        return (PrincipalName("AWS", EVERYBODY),)
    _check(value not in ("", {}), "Missing required field Principal cannot be empty!", _A_PRINCIPAL)
    _check(isinstance(value, dict), "Invalid principal in policy", _A_PRINCIPAL)
    listed = {type: _strings(names) for type, names in value.items()}
    found = tuple(PrincipalName(type, name) for type, names in listed.items() for name in names or ())
    is_valid = all(listed.values()) and all(_is_principal(*each, partition) for each in found)
    _check(is_valid, "Invalid principal in policy", _A_PRINCIPAL)
    return found


def _is_principal(type: str, name: str, partition: str) -> bool:
    """Whether a principal has a form that S3 accepts. Whether it exists is not checked."""
    if type != "AWS":
        return type in _NAMES and _NAMES[type].fullmatch(name) is not None
    found = _PRINCIPAL.fullmatch(name)
    is_arn = found is not None and found["partition"] == partition
    return is_arn or name == EVERYBODY or _ACCOUNT.fullmatch(name) is not None


# ---- Conditions ----


def _parse_conditions(value: Any, has_variables: bool) -> tuple[Condition, ...]:
    _check_type(value, dict)
    found = []
    for operator, keys in value.items():
        comparison = parse_comparison(operator)
        if comparison is None:
            raise _NoPolicy(f"Invalid Condition type : {operator}", "Use an operator of IAM, such as StringEquals.")
        _check_type(keys, dict)
        for key, values in keys.items():
            if ":" not in key:
                raise _invalid_key()
            found.append(Condition(comparison, key.lower(), _parse_values(comparison, values, has_variables)))
    return tuple(found)


def _parse_values(comparison: Comparison, value: Any, has_variables: bool) -> tuple[Template, ...]:
    operator = comparison.parts
    found = []
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, bool | Number | str):
            raise _syntax()
        text = describe(each)
        variables = has_variables and operator.has_variables
        template = Template.of(text, wildcards=operator.has_wildcards, variables=variables)
        if not template.has_variables and not operator.is_value(text):
            raise _invalid_value(comparison.operator)
        found.append(template)
    return tuple(found)


def _invalid_key() -> _NoPolicy:
    return _NoPolicy("Policy has an invalid condition key", 'Name keys like "s3:prefix" or "aws:SourceIp".')


def _invalid_value(operator: str) -> _NoPolicy:
    if operator.endswith("IpAddress"):
        return _NoPolicy("Invalid IP address in Conditions", _AN_ADDRESS)
    # No page gives S3's text for other values than addresses.
    return _NoPolicy(f"Invalid value in Conditions for {operator}", f"Give it a value that {operator} reads.")


def _check_conditions(statement: Statement) -> None:
    """Refuse a condition whose key S3 does not know, or whose key requests for a listed action never have.

    A name with wildcards passes if one of the actions that it matches has the key. No page gives the rule for
    NotAction, which passes here.
    """
    for condition in statement.conditions:
        known = condition_key(condition.key)
        if known is None:
            raise _invalid_key()
        if known.type == "IPAddress" and condition.comparison.operator != NULL:
            is_valid = all(parse_network(value.text) is not None for value in condition.values)
            _check(is_valid, "Invalid IP address in Conditions", _AN_ADDRESS)
        if known.actions is not None and not statement.is_not_action:
            apply = not any(known.actions.isdisjoint(actions_like(each.text)) for each in statement.actions)
            problem = "Conditions do not apply to combination of actions and resources in statement"
            _check(apply, problem, f"Take {condition.key} to a statement of actions that have it.")


# ---- Actions and resources of a bucket's policy ----


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and (text.count(":") >= 5 or text.endswith("*"))


def _kinds(pattern: Template, holder: _Holder) -> set[Kind]:
    """Return what a resource can match of a bucket: the bucket itself, objects in it, both, or nothing."""
    tokens = pattern.broadest
    found = {
        Kind.BUCKET: matches(tokens, holder.arn),
        Kind.OBJECT: may_begin(tokens, holder.arn + holder.to_objects),
    }
    return {kind for kind, is_matched in found.items() if is_matched}


def _check_actions_apply(statement: Statement, holder: _Holder) -> None:
    """Refuse an action that applies to none of the statement's resources.

    NotAction and NotResource always leave something.
    """
    if statement.is_not_action or statement.is_not_resource:
        return
    kinds = set[Kind]().union(*(_kinds(resource, holder) for resource in statement.resources))
    for pattern in statement.actions:
        actions = actions_like(pattern.text) - NOT_FOR_BUCKET_POLICIES
        applies = any(ACTIONS[action] in kinds for action in actions)
        objects = f"{holder.arn}{holder.to_objects}*"
        remedy = f'Give actions on objects "{objects}" and actions on buckets "{holder.arn}" for a resource.'
        _check(applies, "Action does not apply to any resource(s) in statement", remedy)
