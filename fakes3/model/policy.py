"""Policies: the language in which AWS says who may do what.

A policy is a JSON document with statements. Each allows or denies actions on resources, under conditions; in the
policy of a bucket also for whom. What no statement speaks of is neither allowed nor denied here: who weighs several
policies against each other is `authorization`.

Reading and judging are apart. `of_bucket` and `of_identity` take a document to pieces and refuse what is no policy;
`judge` looks at the pieces only.

S3: userguide/access-policy-language-overview.html, IAM/UserGuide/reference_policies.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, NoReturn, Protocol, TypeAlias

from fakes3.model.actions import ACTIONS, NOT_FOR_BUCKET_POLICIES, Kind, actions_like, condition_key
from fakes3.model.errors import MalformedPolicy, UsageError
from fakes3.model.policy_conditions import NULL, Comparison, Condition, comparison, network
from fakes3.model.policy_patterns import Template, Tokens, matches, matches_arn, may_begin

Context: TypeAlias = Mapping[str, tuple[str, ...]]
"""The values of condition keys, by lower-case key. A key that is not there has no value at all."""

ALLOW, DENY = "Allow", "Deny"

MAX_BYTES = 20_480
"""How large a bucket's policy may be without the white space between its elements."""
_MAX_TEXT = 16 * MAX_BYTES
"""How large with it, so that nobody has to read a document without end."""

_VERSIONS = ("2008-10-17", "2012-10-17")
_MEMBERS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_BETWEEN = re.compile(r'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]++', re.DOTALL)

_EVERYBODY = "*"
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"arn:[a-z-]+:iam::(?P<account>[0-9]{12}):root")
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


class Asker(Protocol):
    """Who asks, by the names that a Principal element may know them."""

    @property
    def account(self) -> str | None: ...
    @property
    def arn(self) -> str: ...
    @property
    def role_arn(self) -> str | None: ...
    @property
    def canonical_id(self) -> str: ...


class Question(NamedTuple):
    """May somebody do something?"""

    who: Asker
    action: str
    """As IAM spells it: `s3:GetObject`."""
    resource: str
    """The ARN of a bucket, or of an object: `arn:aws:s3:::bucket/key`; `*` for ListAllMyBuckets."""
    context: Context


class PrincipalName(NamedTuple):
    """One of those whom a statement is for."""

    type: str
    """`AWS`, `CanonicalUser`, `Service` or `Federated`; `AWS` for everybody, too."""
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    effect: str
    sid: str | None = None
    principals: tuple[PrincipalName, ...] | None = None
    """Whom it is for; None in the policy of a user, a role or a session, which is for whom it belongs to."""
    is_not_principal: bool = False
    """Whether it is for everybody but those."""
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
    """What a policy says of a question."""

    effect: str | None
    """"Deny" if any statement denies, else "Allow" if any allows, else None."""
    statement: Statement | None = None
    """The statement that decided."""
    by_account: bool = False
    """Whether the Allow names only the account of who asks, not the user or session itself, nor everybody.

    Such a statement hands the decision to that account: inside the bucket's own account it allows nobody but root.
    """
    by_session: bool = False
    """Whether the Allow names the session itself, and not its role: then it holds whatever the session's policy says.

    S3: IAM/UserGuide/access_policies.html, "Session policies"
    """


# ---- What a policy says ----


def judge(policy: Policy, question: Question) -> Verdict:
    """What a policy says of a question."""
    allowed, farthest = Verdict(None), _Reach.NOT_AT_ALL
    for statement in policy.statements:
        reach = _reach(statement, question)
        if not reach:
            continue
        if statement.effect == DENY:
            return Verdict(DENY, statement)
        if reach > farthest:
            farthest = reach
            allowed = Verdict(ALLOW, statement, reach is _Reach.BY_ACCOUNT, reach is _Reach.OF_SESSION)
    return allowed


class _Reach(IntEnum):
    """How a statement means who asks."""

    NOT_AT_ALL = 0
    BY_ACCOUNT = 1
    DIRECT = 2
    OF_SESSION = 3


def _reach(statement: Statement, question: Question) -> _Reach:
    """How a statement means who asks, in what is asked."""
    context = question.context
    action = question.action.lower()
    if any(pattern.matches(action, context) for pattern in statement.actions) is statement.is_not_action:
        return _Reach.NOT_AT_ALL
    resource = _as_arn(question)
    if any(_is_like(pattern, resource, context) for pattern in statement.resources) is statement.is_not_resource:
        return _Reach.NOT_AT_ALL
    reach = _reach_of_principals(statement, question.who)
    return reach if reach and all(each.holds(context) for each in statement.conditions) else _Reach.NOT_AT_ALL


def _as_arn(question: Question) -> str:
    """What is asked for. All of S3, `*`, is also every bucket: most policies write `arn:aws:s3:::*`."""
    if question.resource != _EVERYBODY:
        return question.resource
    partition = question.who.arn.split(":")[1:2] or ["aws"]
    return f"arn:{partition[0]}:s3:::*"


def _is_like(pattern: Template, resource: str, context: Context) -> bool:
    tokens = pattern.filled(context)
    return tokens is not None and matches_arn(tokens, resource)


def _reach_of_principals(statement: Statement, who: Asker) -> _Reach:
    if statement.principals is None:
        return _Reach.DIRECT
    if statement.is_not_principal:
        return _Reach.NOT_AT_ALL if _is_spared(statement.principals, who) else _Reach.DIRECT
    return max((_means(principal, who) for principal in statement.principals), default=_Reach.NOT_AT_ALL)


def _means(principal: PrincipalName, who: Asker) -> _Reach:
    """How a principal of a policy means who asks."""
    if principal.name == _EVERYBODY:
        return _Reach.DIRECT
    if who.account is None:
        return _Reach.NOT_AT_ALL
    if principal.type == "AWS" and principal.name in (who.arn, who.role_arn):
        return _Reach.DIRECT if who.role_arn in (None, principal.name) else _Reach.OF_SESSION
    if _is_account(principal, who):
        return _Reach.DIRECT if _ROOT.fullmatch(who.arn) else _Reach.BY_ACCOUNT
    return _Reach.NOT_AT_ALL


def _is_account(principal: PrincipalName, who: Asker) -> bool:
    if principal.type == "CanonicalUser":
        return principal.name == who.canonical_id
    root = _ROOT.fullmatch(principal.name)
    return principal.type == "AWS" and who.account == (root["account"] if root else principal.name)


def _is_spared(principals: tuple[PrincipalName, ...], who: Asker) -> bool:
    """Whether a NotPrincipal keeps a Deny away from who asks.

    AWS looks at the account first, and then at the user, or at the role and its session: a list that leaves out the
    account denies it altogether.
    S3: IAM/UserGuide/reference_policies_elements_notprincipal.html
    """
    reaches = {_means(principal, who) for principal in principals}
    if any(principal.name == _EVERYBODY for principal in principals):
        return True
    return max(reaches, default=0) >= _Reach.DIRECT and any(_is_account(principal, who) for principal in principals)


# ---- Reading ----


class _Wrong(Exception):
    """A document is no policy."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


class _Number(NamedTuple):
    """A number in a document, as it is written: however long it is, nobody has to work it out."""

    text: str


class _Rules(NamedTuple):
    """In what the policies of buckets and those of identities differ."""

    principals: Callable[[dict[str, Any], str], tuple[PrincipalName, ...] | None]
    is_action: Callable[[str], bool]
    is_resource: Callable[[Template], bool]
    has_unique_sids: bool = False


def of_bucket(text: str, *, bucket: str, partition: str = "aws") -> Policy:
    """The policy of a bucket. Raises: MalformedPolicy."""
    # recorded: TestS3BucketPolicy::test_bucket_policy_exc
    if not text.startswith("{"):
        raise MalformedPolicy
    prefix = f"arn:{partition}:s3:::"

    def is_resource(pattern: Template) -> bool:
        return pattern.text.startswith(prefix) and bool(_kinds(pattern, prefix + bucket))

    rules = _Rules(
        lambda statement, effect: _principals(statement, effect, partition),
        lambda pattern: bool(_PATTERN_OF_ACTIONS.fullmatch(pattern)) and bool(actions_like(pattern)),
        is_resource,
    )
    try:
        document = _document(text, _MAX_TEXT)
        _check_size(text)
        policy = _policy(document, text, rules)
        for statement in policy.statements:
            _check_conditions(statement)
            _check_actions_apply(statement, prefix + bucket)
    except _Wrong as wrong:
        raise MalformedPolicy(wrong.problem) from None
    return policy


def of_identity(document: str | Mapping[str, Any]) -> Policy:
    """The policy of a user, a role or a session, which has no Principal. Raises: UsageError."""
    rules = _Rules(
        _no_principals,
        lambda pattern: _PATTERN_OF_ACTIONS.fullmatch(pattern) is not None,
        lambda pattern: pattern.text == _EVERYBODY or _is_arn(pattern.text),
        has_unique_sids=True,
    )
    try:
        text = document if isinstance(document, str) else _written(document)
        return _policy(_document(text), text, rules)
    except _Wrong as wrong:
        problem = wrong.problem.rstrip(".!")
        remedy = wrong.remedy or "Write the policy as AWS's IAM User Guide says."
        raise UsageError(f"That is no policy of a user, a role or a session: {problem}. {remedy}") from None


def _written(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, default=_plain, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _Wrong(f"it cannot be written as JSON ({error})", "Use strings, lists and dictionaries only.") from None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _document(text: str, most: int | None = None) -> dict[str, Any]:
    if most is not None and len(text) > most:
        raise _too_large()
    try:
        document = json.loads(
            text,
            object_pairs_hook=_without_twins,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):  # so deep a document is an attack and no policy
        raise _Wrong("This policy contains invalid Json", "Write it as json.dumps does.") from None
    if not isinstance(document, dict):
        raise _syntax()
    return document


def _check_size(text: str) -> None:
    """Refuse a document that is too large as S3 keeps it: without white space between its elements."""
    if len(_BETWEEN.sub(r"\1", text).encode(errors="surrogatepass")) > MAX_BYTES:
        raise _too_large()


def _too_large() -> _Wrong:
    # observed: S3 answers this text, under this code and not under PolicyTooLarge
    return _Wrong(f"Normalized policy document exceeds the maximum allowed size of {MAX_BYTES} bytes")


def _policy(document: dict[str, Any], text: str, rules: _Rules) -> Policy:
    _check_members(document, _MEMBERS)
    version = document.get("Version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise _Wrong("The policy must contain a valid version string", 'Give it the Version "2012-10-17".')
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
        raise _Wrong("Could not parse the policy: Statement is empty!", "Give it a statement.")
    statements = tuple(_statement(item, version == _VERSIONS[1], rules) for item in listed)
    sids = [statement.sid for statement in statements if statement.sid]
    if rules.has_unique_sids and len(set(sids)) < len(sids):
        raise _Wrong("The Statement Ids in the policy are not unique", "Give every statement a Sid of its own.")
    return Policy(text, statements)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Of two members with one name, one would be lost, and be it a Deny."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _twice(name)
        found[name] = value
    return found


def _no_constant(_name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError


def _statement(item: Any, has_variables: bool, rules: _Rules) -> Statement:
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
        raise _Wrong(f"Invalid effect: {_shown(effect)}", 'Its Effect is "Allow" or "Deny".')
    sid = item.get("Sid")
    if not isinstance(sid, str | None) or ("Sid" in item and sid is None):
        raise _syntax()
    principals = rules.principals(item, effect)
    actions = _listed(item, "Action")
    if not all(map(rules.is_action, actions)):
        raise _Wrong("Policy has invalid action", 'Name actions like "s3:GetObject", "s3:Get*" or "*".')
    resources = tuple(Template.of(text, variables=has_variables) for text in _listed(item, "Resource"))
    if not all(map(rules.is_resource, resources)):
        raise _Wrong("Policy has invalid resource", 'Name resources like "arn:aws:s3:::bucket/*" or "*".')
    return Statement(
        effect,
        sid,
        principals,
        "NotPrincipal" in item,
        tuple(Template.of(text.lower()) for text in actions),
        "NotAction" in item,
        resources,
        "NotResource" in item,
        _conditions(item.get("Condition", {}), has_variables),
    )


def _check_members(item: dict[str, Any], known: frozenset[str]) -> None:
    for name in item:
        if name not in known:
            raise _Wrong(f"Unknown field {name}", f"Leave it out, or spell it as IAM does: {', '.join(sorted(known))}.")


def _listed(item: dict[str, Any], name: str) -> list[str]:
    """What an element or its opposite lists; one string is a list of one."""
    value = item.get(name, item.get(f"Not{name}"))
    if name not in item and f"Not{name}" not in item:
        raise _missing(name)
    found = _strings(value)
    if found is None:
        raise _syntax()
    if not found:
        raise _Wrong(f"Missing required field {name} cannot be empty!", f"List something in its {name}.")
    return found


def _strings(value: Any) -> list[str] | None:
    found = [value] if isinstance(value, str) else value
    return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else None


def _shown(value: Any) -> str:
    """A wrong value in a message; of a list or object, which may be deep, only what it is."""
    if isinstance(value, list | dict):
        return "List" if isinstance(value, list) else "Object"
    if isinstance(value, _Number):
        return value.text
    return value if isinstance(value, str) else json.dumps(value)


def _missing(name: str) -> _Wrong:
    return _Wrong(f"Missing required field {name}", f"Give it {name}.")


def _twice(name: str) -> _Wrong:
    # IAM's text; which S3 has for this no page says.
    return _Wrong(f"Statement/policy already has instance of {name}", f"Leave one {name} out.")


def _syntax() -> _Wrong:
    return _Wrong("Invalid policy syntax.", "Give each element the type it has in IAM's grammar.")


# ---- Principals ----


def _no_principals(item: dict[str, Any], _effect: str) -> None:
    if "Principal" in item or "NotPrincipal" in item:
        raise _Wrong("it has a Principal", "Leave it out, or put the policy on a bucket.")


def _principals(item: dict[str, Any], effect: str, partition: str) -> tuple[PrincipalName, ...]:
    if "NotPrincipal" in item and effect == ALLOW:
        # Unsupported, says IAM/UserGuide/reference_policies_elements_notprincipal.html. The text is IAM's.
        raise _Wrong("Allow with NotPrincipal is not allowed.")
    name = "NotPrincipal" if "NotPrincipal" in item else "Principal"
    if name not in item:
        raise _missing("Principal")
    value = item[name]
    if value == _EVERYBODY:
        return (PrincipalName("AWS", _EVERYBODY),)
    if value in ("", {}):
        raise _Wrong("Missing required field Principal cannot be empty!")
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
    """Whether a principal can be somebody: that they exist is not known here, so nobody is refused for that."""
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
        name == _EVERYBODY or bool(_ACCOUNT.fullmatch(name)) or (found is not None and found["partition"] == partition)
    )


def _invalid_principal() -> _Wrong:
    return _Wrong("Invalid principal in policy")


# ---- Conditions ----


def _conditions(value: Any, has_variables: bool) -> tuple[Condition, ...]:
    if not isinstance(value, dict):
        raise _syntax()
    found = []
    for operator, keys in value.items():
        parsed = comparison(operator)
        if parsed is None:
            raise _Wrong(f"Invalid Condition type : {operator}", "Use an operator of IAM, such as StringEquals.")
        if not isinstance(keys, dict):
            raise _syntax()
        for key, values in keys.items():
            if ":" not in key:
                raise _invalid_key()
            found.append(Condition(parsed, key.lower(), _condition_values(parsed, values, has_variables)))
    return tuple(found)


def _condition_values(operator: Comparison, value: Any, has_variables: bool) -> tuple[Template, ...]:
    parts = operator.parts
    found = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, bool):
            text = str(each).lower()
        elif isinstance(each, _Number):
            text = each.text
        elif isinstance(each, str):
            text = each
        else:
            raise _syntax()
        template = Template.of(text, wildcards=parts.has_wildcards, variables=has_variables and parts.has_variables)
        if not template.has_variables and not parts.is_value(text):
            raise _invalid_value(operator)
        found.append(template)
    return tuple(found)


def _invalid_key() -> _Wrong:
    return _Wrong("Policy has an invalid condition key", 'Name keys like "s3:prefix" or "aws:SourceIp".')


def _invalid_value(operator: Comparison) -> _Wrong:
    if operator.operator.endswith("IpAddress"):
        return _Wrong("Invalid IP address in Conditions", "Write addresses as 203.0.113.0/24.")
    # No page gives the text that S3 has for other values than addresses.
    return _Wrong(
        f"Invalid value in Conditions for {operator.operator}", f"Give it a value that {operator.operator} reads."
    )


def _check_conditions(statement: Statement) -> None:
    """Refuse conditions that S3 knows no key for, or that a listed action cannot be asked for.

    For a name with wildcards it is enough if one of the actions it means has the key. What S3 does with actions that
    are not listed, under NotAction, no page says.
    """
    for condition in statement.conditions:
        known = condition_key(condition.key)
        if known is None:
            raise _invalid_key()
        has_addresses = known.type == "IPAddress" and condition.comparison.operator != NULL
        if has_addresses and any(network(value.text) is None for value in condition.values):
            raise _Wrong("Invalid IP address in Conditions")
        if known.actions is None or statement.is_not_action:
            continue
        if any(known.actions.isdisjoint(actions_like(pattern.text)) for pattern in statement.actions):
            raise _Wrong("Conditions do not apply to combination of actions and resources in statement")


# ---- Actions and resources of a bucket's policy ----


def _is_arn(text: str) -> bool:
    return text.startswith("arn:") and (text.count(":") >= 5 or text.endswith("*"))


def _kinds(pattern: Template, bucket: str) -> set[Kind]:
    """What of a bucket a resource can mean: the bucket, objects in it, both, or nothing."""
    tokens: Tokens = pattern.opened
    kinds = {Kind.BUCKET} if matches(tokens, bucket) else set()
    return kinds | ({Kind.OBJECT} if may_begin(tokens, f"{bucket}/") else set())


def _check_actions_apply(statement: Statement, bucket: str) -> None:
    """Refuse actions that can be done to none of the resources beside them.

    With NotAction or NotResource there is always something that is left.
    """
    if statement.is_not_action or statement.is_not_resource:
        return
    kinds = set[Kind]().union(*(_kinds(resource, bucket) for resource in statement.resources))
    for pattern in statement.actions:
        meant = actions_like(pattern.text) - NOT_FOR_BUCKET_POLICIES
        if kinds.isdisjoint(ACTIONS[action] for action in meant):
            raise _Wrong("Action does not apply to any resource(s) in statement")
