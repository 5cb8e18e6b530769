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
_STATEMENT_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Condition",
        *(f"{no}{name}" for no in ("", "Not") for name in ("Principal", "Action", "Resource")),
    }
)
_BETWEEN = re.compile(r'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]++', re.DOTALL)

_ACCOUNT = re.compile(r"[0-9]{12}")
_PRINCIPAL = re.compile(
    r"arn:(?P<partition>[a-z-]+):"
    r"(?:iam::[0-9]{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)"
    r"|sts::[0-9]{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|federated-user/[\w+=,.@-]+)"
    r"|iam::cloudfront:user/CloudFront Origin Access Identity [A-Z0-9]+)",
    re.ASCII,
)
# CloudFront's own canonical ids are longer than those of accounts.
_CANONICAL_ID = re.compile(r"[0-9a-f]{64}(?:[0-9a-f]{32})?")
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_PROVIDER = re.compile(
    r"[a-z0-9-]+(?:\.[a-z0-9-]+)+|arn:[a-z-]+:iam::[0-9]{12}:(?:oidc|saml)-provider/[\w+=,.@/:-]+", re.ASCII
)
_PATTERN_OF_ACTIONS = re.compile(r"\*|[a-zA-Z0-9*?-]+:[a-zA-Z0-9*?]+")


class _NoPolicy(Exception):
    """The document is not a valid policy."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


class _Rules(NamedTuple):
    """The rules that differ between policies of buckets and policies of identities."""

    principals: Callable[[dict[str, Any], str], tuple[PrincipalName, ...] | None]
    is_action: Callable[[str], bool]
    is_resource: Callable[[Template], bool]
    has_unique_sids: bool = False


def parse_bucket_policy(text: str, *, bucket: str, partition: str = "aws") -> Policy:
    """Read the policy of a bucket. Raises: MalformedPolicy."""
    # recorded: TestS3BucketPolicy::test_bucket_policy_exc
    if not text.startswith("{"):
        raise MalformedPolicy
    prefix = f"arn:{partition}:s3:::"

    def is_resource(pattern: Template) -> bool:
        return pattern.text.startswith(prefix) and bool(_kinds(pattern, prefix + bucket))

    rules = _Rules(
        lambda statement, effect: _parse_principals(statement, effect, partition),
        lambda pattern: bool(_PATTERN_OF_ACTIONS.fullmatch(pattern)) and bool(actions_like(pattern)),
        is_resource,
    )
    try:
        document = _load(text, _MAX_TEXT)
        _check_size(text)
        policy = _parse_policy(document, text, rules)
        for statement in policy.statements:
            _check_conditions(statement)
            _check_actions_apply(statement, prefix + bucket)
    except _NoPolicy as error:
        raise MalformedPolicy(error.problem) from None
    return policy


def parse_identity_policy(document: str | Mapping[str, Any]) -> Policy:
    """Read the policy of a user, a role or a session, which has no Principal. Raises: UsageError."""
    rules = _Rules(
        _check_no_principals,
        lambda pattern: _PATTERN_OF_ACTIONS.fullmatch(pattern) is not None,
        lambda pattern: pattern.text == EVERYBODY or _is_arn(pattern.text),
        has_unique_sids=True,
    )
    try:
        text = document if isinstance(document, str) else _to_json(document)
        return _parse_policy(_load(text), text, rules)
    except _NoPolicy as error:
        problem = error.problem.rstrip(".!")
        remedy = error.remedy or "Write the policy as AWS's IAM User Guide says."
        raise UsageError(f"That is no policy of a user, a role or a session: {problem}. {remedy}") from None


def _to_json(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, default=_to_dict, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _NoPolicy(
            f"it cannot be written as JSON ({error})", "Use strings, lists and dictionaries only."
        ) from None


def _to_dict(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _load(text: str, most: int | None = None) -> dict[str, Any]:
    if most is not None and len(text) > most:
        raise _too_large()
    try:
        document = load(text)
    except DuplicateName as duplicate:
        raise _twice(duplicate.name) from None
    except ValueError:
        raise _NoPolicy("This policy contains invalid Json", "Write it as json.dumps does.") from None
    if not isinstance(document, dict):
        raise _syntax()
    return document


def _check_size(text: str) -> None:
    """Refuse a document that is too large without the white space between its elements, which S3 does not count."""
    if len(_BETWEEN.sub(r"\1", text).encode(errors="surrogatepass")) > MAX_BYTES:
        raise _too_large()


def _too_large() -> _NoPolicy:
    # observed: S3 sends this text, under this code and not under PolicyTooLarge
    return _NoPolicy(f"Normalized policy document exceeds the maximum allowed size of {MAX_BYTES} bytes")


def _parse_policy(document: dict[str, Any], text: str, rules: _Rules) -> Policy:
    _check_members(document, _MEMBERS)
    version = document.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise _NoPolicy("The policy must contain a valid version string", 'Give it the Version "2012-10-17".')
    if not isinstance(document.get("Id", ""), str):
        raise _syntax()
    if "Statement" not in document:
        raise _missing("Statement")
    listed = document["Statement"]
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list):
        raise _syntax()
    if not listed:
        raise _NoPolicy("Could not parse the policy: Statement is empty!", "Give it a statement.")
    statements = tuple(_parse_statement(item, version == _VERSIONS[1], rules) for item in listed)
    sids = [statement.sid for statement in statements if statement.sid]
    if rules.has_unique_sids and len(set(sids)) < len(sids):
        raise _NoPolicy("The Statement Ids in the policy are not unique", "Give every statement a Sid of its own.")
    return Policy(text, statements)


def _parse_statement(item: Any, has_variables: bool, rules: _Rules) -> Statement:
    if not isinstance(item, dict):
        raise _syntax()
    _check_members(item, _STATEMENT_MEMBERS)
    for name in ("Principal", "Action", "Resource"):
        if name in item and f"Not{name}" in item:
            raise _twice(name)
    if "Effect" not in item:
        raise _missing("Effect")
    effect = item["Effect"]
    if effect not in (ALLOW, DENY):
        raise _NoPolicy(f"Invalid effect: {describe(effect)}", 'Its Effect is "Allow" or "Deny".')
    sid = item.get("Sid")
    if not isinstance(sid, str | None) or ("Sid" in item and sid is None):
        raise _syntax()
    principals = rules.principals(item, effect)
    actions = _parse_list(item, "Action")
    if not all(map(rules.is_action, actions)):
        raise _NoPolicy("Policy has invalid action", 'Name actions like "s3:GetObject", "s3:Get*" or "*".')
    resources = tuple(Template.of(text, variables=has_variables) for text in _parse_list(item, "Resource"))
    if not all(map(rules.is_resource, resources)):
        raise _NoPolicy("Policy has invalid resource", 'Name resources like "arn:aws:s3:::bucket/*" or "*".')
    return Statement(
        effect,
        sid,
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
        if name not in known:
            raise _NoPolicy(
                f"Unknown field {name}", f"Leave it out, or spell it as IAM does: {', '.join(sorted(known))}."
            )


def _parse_list(item: dict[str, Any], name: str) -> list[str]:
    """Return the strings that an element or its Not... form lists; one string is a list of one."""
    value = item.get(name, item.get(f"Not{name}"))
    if name not in item and f"Not{name}" not in item:
        raise _missing(name)
    found = _strings(value)
    if found is None:
        raise _syntax()
    if not found:
        raise _NoPolicy(f"Missing required field {name} cannot be empty!", f"List something in its {name}.")
    return found


def _strings(value: Any) -> list[str] | None:
    """Return a string, or a list of strings, as a list; None for anything else."""
    found = [value] if isinstance(value, str) else value
    return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else None


def _missing(name: str) -> _NoPolicy:
    return _NoPolicy(f"Missing required field {name}", f"Give it {name}.")


def _twice(name: str) -> _NoPolicy:
    # This is IAM's text. No page gives S3's.
    return _NoPolicy(f"Statement/policy already has instance of {name}", f"Leave one {name} out.")


def _syntax() -> _NoPolicy:
    return _NoPolicy("Invalid policy syntax.", "Give each element the type it has in IAM's grammar.")


# ---- Principals ----


def _check_no_principals(item: dict[str, Any], _effect: str) -> None:
    if "Principal" in item or "NotPrincipal" in item:
        raise _NoPolicy("it has a Principal", "Leave it out, or put the policy on a bucket.")


def _parse_principals(item: dict[str, Any], effect: str, partition: str) -> tuple[PrincipalName, ...]:
    if "NotPrincipal" in item and effect == ALLOW:
        # S3: IAM/UserGuide/reference_policies_elements_notprincipal.html calls it unsupported. The text is IAM's.
        raise _NoPolicy("Allow with NotPrincipal is not allowed.")
    name = "NotPrincipal" if "NotPrincipal" in item else "Principal"
    if name not in item:
        raise _missing("Principal")
    value = item[name]
    if value == EVERYBODY:
        return (PrincipalName("AWS", EVERYBODY),)
    if value in ("", {}):
        raise _NoPolicy("Missing required field Principal cannot be empty!")
    if not isinstance(value, dict):
        raise _invalid_principal()
    found = []
    for type, names in value.items():
        listed = _strings(names)
        if not listed or not all(_is_principal(type, each, partition) for each in listed):
            raise _invalid_principal()
        found += [PrincipalName(type, each) for each in listed]
    return tuple(found)


def _is_principal(type: str, name: str, partition: str) -> bool:
    """Whether a principal has a form that S3 accepts. Whether it exists is not checked."""
    if type == "CanonicalUser":
        return _CANONICAL_ID.fullmatch(name) is not None
    if type == "Service":
        return _SERVICE.fullmatch(name) is not None
    if type == "Federated":
        return _PROVIDER.fullmatch(name) is not None
    if type != "AWS":
        return False
    found = _PRINCIPAL.fullmatch(name)
    return (
        name == EVERYBODY or bool(_ACCOUNT.fullmatch(name)) or (found is not None and found["partition"] == partition)
    )


def _invalid_principal() -> _NoPolicy:
    return _NoPolicy("Invalid principal in policy")


# ---- Conditions ----


def _parse_conditions(value: Any, has_variables: bool) -> tuple[Condition, ...]:
    if not isinstance(value, dict):
        raise _syntax()
    found = []
    for operator, keys in value.items():
        comparison = parse_comparison(operator)
        if comparison is None:
            raise _NoPolicy(f"Invalid Condition type : {operator}", "Use an operator of IAM, such as StringEquals.")
        if not isinstance(keys, dict):
            raise _syntax()
        for key, values in keys.items():
            if ":" not in key:
                raise _invalid_key()
            found.append(Condition(comparison, key.lower(), _parse_values(comparison, values, has_variables)))
    return tuple(found)


def _parse_values(comparison: Comparison, value: Any, has_variables: bool) -> tuple[Template, ...]:
    operator = comparison.parts
    found = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, bool):
            text = str(each).lower()
        elif isinstance(each, Number):
            text = each.text
        elif isinstance(each, str):
            text = each
        else:
            raise _syntax()
        template = Template.of(
            text, wildcards=operator.has_wildcards, variables=has_variables and operator.has_variables
        )
        if not template.has_variables and not operator.is_value(text):
            raise _invalid_value(comparison.operator)
        found.append(template)
    return tuple(found)


def _invalid_key() -> _NoPolicy:
    return _NoPolicy("Policy has an invalid condition key", 'Name keys like "s3:prefix" or "aws:SourceIp".')


def _invalid_value(operator: str) -> _NoPolicy:
    if operator.endswith("IpAddress"):
        return _NoPolicy("Invalid IP address in Conditions", "Write addresses as 203.0.113.0/24.")
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
        has_addresses = known.type == "IPAddress" and condition.comparison.operator != NULL
        if has_addresses and any(parse_network(value.text) is None for value in condition.values):
            raise _NoPolicy("Invalid IP address in Conditions")
        if known.actions is None or statement.is_not_action:
            continue
        if any(known.actions.isdisjoint(actions_like(pattern.text)) for pattern in statement.actions):
            raise _NoPolicy("Conditions do not apply to combination of actions and resources in statement")


# ---- Actions and resources of a bucket's policy ----


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and (text.count(":") >= 5 or text.endswith("*"))


def _kinds(pattern: Template, bucket: str) -> set[Kind]:
    """Return what a resource can match of a bucket: the bucket itself, objects in it, both, or nothing."""
    tokens = pattern.broadest
    kinds = {Kind.BUCKET} if matches(tokens, bucket) else set()
    return kinds | ({Kind.OBJECT} if may_begin(tokens, f"{bucket}/") else set())


def _check_actions_apply(statement: Statement, bucket: str) -> None:
    """Refuse an action that applies to none of the statement's resources.

    NotAction and NotResource always leave something.
    """
    if statement.is_not_action or statement.is_not_resource:
        return
    kinds = set[Kind]().union(*(_kinds(resource, bucket) for resource in statement.resources))
    for pattern in statement.actions:
        actions = actions_like(pattern.text) - NOT_FOR_BUCKET_POLICIES
        if kinds.isdisjoint(ACTIONS[action] for action in actions):
            raise _NoPolicy("Action does not apply to any resource(s) in statement")
