"""Policies judged twice: by `judge`, and by a second evaluator that was written apart from it.

The second one knows no values of the model. It walks the JSON document as it stands, tries wildcards by recursion, and
follows the IAM User Guide sentence by sentence, however slowly. Both must say the same of policies and requests that
hypothesis makes up from few words, so that much of it really matches.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from math import prod
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes3.model.identity import Principal
from fakes3.model.policy import Policy, Question, Verdict, judge
from fakes3.model.policy_parser import parse_bucket_policy, parse_identity_policy

IS_LONG = os.environ.get("FAKES3_HYPOTHESIS") == "long"
BUCKET = "pets"
OURS, THEIRS = "111122223333", "444455556666"
CALLERS = [
    Principal(None),
    Principal(OURS),
    Principal(OURS, user="ada"),
    Principal(OURS, user="bob"),
    Principal(OURS, role="clerk", session="monday"),
    Principal(THEIRS),
    Principal(THEIRS, user="ada"),
]

# ---- The second evaluator ----

Mark = tuple[str, str]
"""A character that stands for itself, ("=", "a"), or a wildcard, ("*", "")."""


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def marks(text: str, context: dict[str, list[str]], *, variables: bool, wildcards: bool) -> list[Mark] | None:
    """The characters of a text with its variables replaced; None if one has no value."""
    found: list[Mark] = []
    while text:
        end = text.find("}")
        if variables and text.startswith("${") and end > 0:
            inside, text = text[2:end], text[end + 1 :]
            if inside in ("*", "?", "$"):
                found.append(("=", inside))
                continue
            key, comma, default = inside.partition(",")
            values = context.get(key.strip().lower(), [])
            if not values and comma:
                values = [default.strip()[1:-1]]
            if len(values) != 1:
                return None
            found += [("=", character) for character in values[0]]
            continue
        character, text = text[0], text[1:]
        found.append((character, "") if wildcards and character in "*?" else ("=", character))
    return found


def like(pattern: list[Mark], text: str) -> bool:
    if not pattern:
        return text == ""
    (kind, character), others = pattern[0], pattern[1:]
    if kind == "*":
        return like(others, text) or (text != "" and like(pattern, text[1:]))
    if text == "" or (kind == "=" and character != text[0]):
        return False
    return like(others, text[1:])


def arn_like(pattern: list[Mark], arn: str) -> bool:
    values = arn.split(":", 5)
    segments: list[list[Mark]] = [[]]
    for mark in pattern:
        if mark == ("=", ":") and len(segments) < 6:
            segments.append([])
        else:
            segments[-1].append(mark)
    if len(values) < 6:
        return False
    if len(segments) < 6:
        if not segments[-1] or segments[-1][-1] != ("*", ""):
            return False
        values = [*values[: len(segments) - 1], ":".join(values[len(segments) - 1 :])]
    return all(like(segment, value) for segment, value in zip(segments, values, strict=True))


def plain(pattern: list[Mark]) -> str:
    return "".join(character for _, character in pattern)


def as_number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except ValueError:
        return None


def as_moment(text: str) -> Fraction | None:
    if as_number(text) is not None:
        return as_number(text)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Fraction((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())


def bits(address: str) -> str | None:
    """An IPv4 address as 32 bits, and one of the few IPv6 addresses below as 128."""
    if ":" in address:
        head, _, tail = address.partition("::")
        groups = head.split(":") + ["0"] * 8
        groups = groups[: 8 - len([g for g in tail.split(":") if g])] + [g for g in tail.split(":") if g]
        return "".join(f"{int(group or '0', 16):016b}" for group in groups)
    numbers = address.split(".")
    if len(numbers) != 4 or not all(each.isdigit() for each in numbers):
        return None
    return "".join(f"{int(each):08b}" for each in numbers)


def in_range(cidr: str, address: str) -> bool:
    base, _, length = cidr.partition("/")
    left, right = bits(base), bits(address)
    if left is None or right is None or len(left) != len(right):
        return False
    count = int(length) if length else len(left)
    return left[:count] == right[:count]


def compared(operator: str, wanted: list[Mark], value: str) -> bool:
    """The comparison of an operator that is not negated."""
    text = plain(wanted)
    if operator == "StringEquals":
        return text == value
    if operator in ("StringEqualsIgnoreCase", "Bool"):
        return text.lower() == value.lower()
    if operator == "StringLike":
        return like(wanted, value)
    if operator in ("ArnEquals", "ArnLike"):
        return arn_like(wanted, value)
    if operator == "IpAddress":
        return in_range(text, value)
    if operator == "BinaryEquals":
        try:
            return b64decode(text, validate=True) == b64decode(value, validate=True)
        except ValueError:
            return False
    read: Callable[[str], Fraction | None] = as_number if operator.startswith("Numeric") else as_moment
    left, right = read(value), read(text)
    if left is None or right is None:
        return False
    return {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }[operator.removeprefix("Numeric").removeprefix("Date")]


def holds(name: str, values: Any, got: list[str], context: dict[str, list[str]], *, variables: bool) -> bool:
    quantifier, _, operator = name.rpartition(":")
    if operator == "Null":
        return any((as_text(value).lower() == "true") == (not got) for value in as_list(values))
    if_exists, operator = operator.endswith("IfExists"), operator.removesuffix("IfExists")
    negated, operator = "Not" in operator, operator.replace("Not", "")
    texts = operator.startswith(("String", "Arn", "Bool"))
    wildcards = operator.startswith("Arn") or operator == "StringLike"
    if quantifier and all(value == "" for value in got):
        got = []
    if not got:
        if if_exists or quantifier == "ForAllValues":
            return True
        return negated and quantifier != "ForAnyValue"

    def matched(value: str) -> bool:
        for each in as_list(values):
            wanted = marks(as_text(each), context, variables=variables and texts, wildcards=wildcards)
            if wanted is not None and compared(operator, wanted, value):
                return True
        return False

    if quantifier == "ForAllValues":
        return all(not matched(value) if negated else matched(value) for value in got)
    if quantifier == "ForAnyValue":
        return any(not matched(value) if negated else matched(value) for value in got)
    return not any(matched(value) for value in got) if negated else any(matched(value) for value in got)


def names_account(type: str, name: str, who: Principal) -> bool:
    if who.account is None:
        return False
    if type == "CanonicalUser":
        return name == who.canonical_id
    return name in (who.account, f"arn:aws:iam::{who.account}:root")


def names_itself(name: str, who: Principal) -> bool:
    return who.account is not None and name in (who.arn, who.role_arn)


def for_whom(statement: dict[str, Any], who: Principal) -> str:
    """ "nobody", "account", "itself" or "session": how the statement means who asks."""
    element = statement.get("Principal", statement.get("NotPrincipal"))
    if element is None:
        return "itself"
    listed = [("AWS", "*")] if element == "*" else [(t, n) for t, names in element.items() for n in as_list(names)]
    everybody = any(name == "*" for _, name in listed)
    itself = any(names_itself(name, who) for _, name in listed)
    account = any(names_account(type, name, who) for type, name in listed)
    if "NotPrincipal" in statement:
        # The account is looked at first, and then the user or the role: both must be left out of the Deny.
        return "nobody" if everybody or (account and (itself or who.is_root)) else "itself"
    if who.role is not None and any(name == who.arn for _, name in listed):
        return "session"
    if everybody or itself or (account and who.is_root):
        return "itself"
    return "account" if account else "nobody"


def applies(statement: dict[str, Any], question: Question, context: dict[str, list[str]], variables: bool) -> bool:
    def listed(name: str, matched: Callable[[str], bool]) -> bool:
        if name in statement:
            return any(matched(each) for each in as_list(statement[name]))
        return not any(matched(each) for each in as_list(statement[f"Not{name}"]))

    def means_action(text: str) -> bool:
        pattern = marks(text.lower(), context, variables=False, wildcards=True)
        return pattern is not None and like(pattern, question.action.lower())

    def means_resource(text: str) -> bool:
        pattern = marks(text, context, variables=variables, wildcards=True)
        arn = "arn:aws:s3:::*" if question.resource == "*" else question.resource
        return pattern is not None and arn_like(pattern, arn)

    return (
        listed("Action", means_action)
        and listed("Resource", means_resource)
        and all(
            holds(operator, values, context.get(key.lower(), []), context, variables=variables)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def second_opinion(document: dict[str, Any], question: Question) -> tuple[str | None, int | None, bool, bool]:
    """The effect, the number of the statement that decides, and whether it names the account only, or the session."""
    variables = document.get("Version") == "2012-10-17"
    context = {key: list(values) for key, values in question.condition_keys.items()}
    found = []
    for number, statement in enumerate(as_list(document["Statement"])):
        whom = for_whom(statement, question.caller)  # every one here is a Principal
        if whom != "nobody" and applies(statement, question, context, variables):
            found.append((statement["Effect"], number, whom))
    for effect, number, _ in found:
        if effect == "Deny":
            return "Deny", number, False, False
    for wanted in ("session", "itself", "account"):
        for effect, number, whom in found:
            if whom == wanted:
                return effect, number, whom == "account", whom == "session"
    return None, None, False, False


# ---- What they judge ----

PRINCIPALS: list[Any] = [
    "*",
    "*",
    {"AWS": "*"},
    {"AWS": ["*", OURS]},
    {"AWS": OURS},
    {"AWS": f"arn:aws:iam::{THEIRS}:root"},
    {"AWS": [f"arn:aws:iam::{OURS}:user/ada", f"arn:aws:iam::{THEIRS}:user/ada"]},
    {"AWS": [f"arn:aws:iam::{OURS}:user/ada", OURS]},
    {"AWS": f"arn:aws:iam::{OURS}:role/clerk"},
    {"AWS": [f"arn:aws:sts::{OURS}:assumed-role/clerk/monday", f"arn:aws:iam::{OURS}:root"]},
    {"CanonicalUser": Principal(OURS).canonical_id},
    {"Service": "logging.s3.amazonaws.com", "AWS": f"arn:aws:iam::{OURS}:user/bob"},
]
OBJECT_ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:getobject*", "s3:*Object", "s3:?etObject", "s3:*", "*"]
BUCKET_ACTIONS = ["s3:ListBucket", "s3:List*", "s3:GetBucket*", "S3:*BUCKET*", "s3:*", "*"]
OBJECTS = [
    f"arn:aws:s3:::{BUCKET}/{key}" for key in ["*", "a*", "*/b", "a/?", "a/*b", "${aws:username}/*", "${*}", "a"]
]
OBJECTS += [f"arn:aws:s3:::{BUCKET}/${{aws:PrincipalTag/Team, 'a'}}/*", "arn:aws:s3:::*/a*", "arn:aws:s3:::*"]
BUCKETS = [f"arn:aws:s3:::{BUCKET}", "arn:aws:s3:::pe?s", "arn:aws:s3:::*", "arn:aws:s3:::p*"]

TEXTS = ["ada", "Ada", "a*", "*", "?da", "${aws:username}", "${aws:PrincipalTag/Team, 'ada'}", "${*}", ""]
ARNS = [f"arn:aws:iam::{OURS}:user/ada", "arn:aws:iam::*:user/*", f"arn:*:{OURS}:*", "arn:aws:iam::*", "*", "arn:?:a"]
ARNS += [f"arn:aws:iam::{OURS}:user/${{aws:username}}", f"arn:aws:iam::{THEIRS}:root"]
FLAGS = ["true", "false", True, False, "TRUE"]
NUMBERS = ["1", "1.0", 2, 2.5, "-1", "+1"]
DATES = ["2026-01-01T00:00:00Z", "2026-01-01", "2025-12-31T23:00:00-01:00", 1767225600, "2027-05-01T12:30:00.500Z"]
RANGES = ["192.0.2.0/24", "192.0.2.7", "0.0.0.0/0", "2001:db8::/32", "192.0.2.9/29"]
BINARIES = ["QQ==", "QUI=", "AA=="]

FAMILIES: list[tuple[list[str], list[str], list[Any]]] = [
    (
        [f"String{each}" for each in ["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase"]],
        ["aws:username", "aws:TagKeys", "aws:PrincipalTag/Team", "AWS:USERNAME"],
        TEXTS,
    ),
    (["StringLike", "StringNotLike"], ["aws:username", "aws:TagKeys", "aws:PrincipalTag/team"], TEXTS),
    ([f"Arn{each}" for each in ["Equals", "NotEquals", "Like", "NotLike"]], ["aws:PrincipalArn"], ARNS),
    (["Bool"], ["aws:SecureTransport"], FLAGS),
    (["IpAddress", "NotIpAddress"], ["aws:SourceIp"], RANGES),
    (["BinaryEquals"], ["aws:UserAgent"], BINARIES),
    *(
        (
            [
                f"{family}{each}"
                for each in ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
            ],
            [key],
            values,
        )
        for family, key, values in [
            ("Numeric", "aws:MultiFactorAuthAge", NUMBERS),
            ("Date", "aws:CurrentTime", DATES),
        ]
    ),
]

CONTEXTS: dict[str, list[tuple[str, ...]]] = {
    "aws:username": [("ada",), ("Ada",), ("bob",), ("*",), ("",)],
    "aws:tagkeys": [("ada",), ("ada", "bob"), ("Ada", "ada"), ("",), ("x", "y")],
    "aws:principaltag/team": [("ada",), ("a",), ("a*",)],
    "aws:principalarn": [(f"arn:aws:iam::{OURS}:user/ada",), (f"arn:aws:iam::{THEIRS}:root",), ("nonsense",)],
    "aws:securetransport": [("true",), ("false",)],
    "aws:sourceip": [("192.0.2.7",), ("192.0.2.200",), ("198.51.100.1",), ("2001:db8::7",), ("nonsense",)],
    "aws:useragent": [("QQ==",), ("QUI=",), ("nonsense",)],
    "aws:multifactorauthage": [("1",), ("2.50",), ("3",), ("nonsense",)],
    "aws:currenttime": [("2026-01-01T00:00:00Z",), ("2026-06-01T00:00:00Z",), ("1767225600",), ("nonsense",)],
}
ASKED = [
    *(("s3:GetObject", f"arn:aws:s3:::{BUCKET}/{key}") for key in ["a", "a/b", "ada/b", "*", "a:a/b"]),
    ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/a/b"),
    ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
    ("s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}"),
    ("s3:ListAllMyBuckets", "*"),
]


def some(values: list[Any]) -> st.SearchStrategy[Any]:
    """One value as it is, or a list of two."""
    return st.sampled_from(values + [[each, other] for each in values for other in values if each is not other])


def names_of(operators: list[str]) -> list[str]:
    """Operators with all that may stand before and after them, most often with nothing."""
    prefixes, suffixes = ["", "", "ForAllValues:", "ForAnyValue:"], ["", "", "IfExists"]
    return [prefix + each + suffix for each in operators for prefix in prefixes for suffix in suffixes] + ["Null"]


CONDITIONS = [
    (key, st.sampled_from(names_of(operators)), some(values)) for operators, keys, values in FAMILIES for key in keys
]
FLAG = some(FLAGS)


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for key, names, values in draw(st.lists(st.sampled_from(CONDITIONS), max_size=2)):
        name = draw(names)
        found.setdefault(name, {})[key] = draw(FLAG if name == "Null" else values)
    return found


RARELY = st.sampled_from([""] * 5 + ["Not"])
WHAT = [(some(OBJECT_ACTIONS), some(OBJECTS)), (some(BUCKET_ACTIONS), some(BUCKETS))]


@st.composite
def statements(draw: st.DrawFn, *, for_bucket: bool) -> dict[str, Any]:
    effect = draw(st.sampled_from(["Allow", "Allow", "Deny"]))
    actions, resources = WHAT[draw(st.sampled_from([0, 0, 1]))]
    found: dict[str, Any] = {"Effect": effect}
    if for_bucket:
        found[(draw(RARELY) if effect == "Deny" else "") + "Principal"] = draw(st.sampled_from(PRINCIPALS))
    found[draw(RARELY) + "Action"] = draw(actions)
    found[draw(RARELY) + "Resource"] = draw(resources)
    found["Condition"] = draw(conditions())
    return found


@st.composite
def documents(draw: st.DrawFn, *, for_bucket: bool) -> dict[str, Any]:
    listed = draw(st.lists(statements(for_bucket=for_bucket), min_size=1, max_size=4))
    versions: list[dict[str, Any]] = [
        {"Version": "2012-10-17"},
        {"Version": "2012-10-17"},
        {"Version": "2008-10-17"},
        {},
    ]
    return draw(st.sampled_from(versions)) | {"Statement": listed}


ABSENT_TOO = {key: [*values, None] for key, values in CONTEXTS.items()}


def context_of(number: int) -> dict[str, tuple[str, ...]]:
    """One of all contexts, so that one number is all there is to make up."""
    found = {}
    for key, values in ABSENT_TOO.items():
        number, place = divmod(number, len(values))
        value = values[place]
        if value is not None:
            found[key] = value
    return found


questions = st.builds(
    lambda who, asked, number: Question(who, asked[0], asked[1], context_of(number)),
    st.sampled_from(CALLERS),
    st.sampled_from(ASKED),
    st.integers(0, prod(map(len, ABSENT_TOO.values())) - 1),
)


def bucket_policy(document: dict[str, Any]) -> Policy:
    return parse_bucket_policy(json.dumps(document), bucket=BUCKET)


def as_told(policy: Policy, verdict: Verdict) -> tuple[str | None, int | None, bool, bool]:
    """A verdict with the number of its statement, of which equal ones may stand there twice."""
    places = [place for place, statement in enumerate(policy.statements) if statement is verdict.statement]
    return verdict.effect, places[0] if places else None, verdict.by_account, verdict.by_session


@pytest.mark.parametrize(
    ("for_bucket", "read"),
    [(True, bucket_policy), (False, parse_identity_policy)],
    ids=["of a bucket", "of an identity"],
)
def test_both_evaluators_say_the_same(for_bucket: bool, read: Callable[[dict[str, Any]], Policy]) -> None:
    effects: Counter[str | None] = Counter()

    @settings(max_examples=10_000 if IS_LONG else 1_000, suppress_health_check=[HealthCheck.too_slow])
    @given(documents(for_bucket=for_bucket), questions)
    def agree(document: dict[str, Any], question: Question) -> None:
        policy = read(document)
        told = as_told(policy, judge(policy, question))
        assert second_opinion(document, question) == told
        effects[told[0]] += 1

    agree()
    # Agreeing means nothing where nothing ever matches.
    assert all(effects[effect] >= effects.total() / 30 for effect in ("Allow", "Deny", None)), effects
