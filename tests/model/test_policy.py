"""Policies: whom, what and which resource a statement means, and every document that is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import process_time
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes3.model.errors import MalformedPolicy, UsageError
from fakes3.model.identity import ANONYMOUS, Principal
from fakes3.model.policy import Policy, Question, Verdict, judge
from fakes3.model.policy_parser import parse_bucket_policy, parse_identity_policy
from fakes3.model.policy_patterns import ConditionKeys

BUCKET = "pets"
ARN = f"arn:aws:s3:::{BUCKET}"
ACCOUNT, ANOTHER = "111122223333", "444455556666"
ROOT = Principal(ACCOUNT)
ADA = Principal(ACCOUNT, user="ada")
BOB = Principal(ACCOUNT, user="bob")
CLERK = Principal(ACCOUNT, role="clerk", session="monday")
STRANGER = Principal(ANOTHER, user="ada")
CLERK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/clerk"


def statement(**members: Any) -> dict[str, Any]:
    """A statement that allows everybody to read; a member of None is left out."""
    found = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"} | members
    return {name: value for name, value in found.items() if value is not None}


def document(*statements: dict[str, Any], **members: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements} | members)


def policy(*statements: dict[str, Any], **members: Any) -> Policy:
    return parse_bucket_policy(document(*statements, **members), bucket=BUCKET)


def asked(
    policy: Policy,
    who: Principal = ADA,
    action: str = "s3:GetObject",
    key: str | None = "cat.jpg",
    context: ConditionKeys = MappingProxyType({}),
) -> Verdict:
    return judge(policy, Question(who, action, ARN if key is None else f"{ARN}/{key}", context))


def effect(*arguments: Any, **named: Any) -> str | None:
    return asked(*arguments, **named).effect


def refusal(text: str, bucket: str = BUCKET, partition: str = "aws") -> str | None:
    try:
        parse_bucket_policy(text, bucket=bucket, partition=partition)
    except MalformedPolicy as refused:
        return refused.message
    return None


class TestEffect:
    """An explicit Deny overrides an Allow; what no statement speaks of is neither."""

    def test_nothing_matches(self):
        assert Verdict(None) == asked(policy(statement()), action="s3:PutObject")

    def test_the_first_allow_is_told(self):
        found = policy(statement(Action="s3:Put*"), statement(Sid="two"), statement(Sid="three"))
        assert Verdict("Allow", found.statements[1]) == asked(found)

    @pytest.mark.parametrize("place", [0, 1])
    def test_deny_wins_wherever_it_stands(self, place):
        statements = [statement(), statement(Effect="Deny", Sid="never")]
        found = policy(statements[place], statements[1 - place])
        assert ("Deny", "never") == (asked(found).effect, getattr(asked(found).statement, "sid", None))

    def test_a_policy_without_statements_says_nothing(self):
        assert Verdict(None) == asked(Policy("{}"))

    def test_one_statement_needs_no_list(self):
        found = parse_bucket_policy(json.dumps({"Statement": statement()}), bucket=BUCKET)
        assert "Allow" == effect(found)

    def test_policies_are_values(self):
        text = document(statement(Condition={"StringLike": {"aws:username": "${aws:userid}*"}}))
        one, other = parse_bucket_policy(text, bucket=BUCKET), parse_bucket_policy(text, bucket=BUCKET)
        assert ({one}, text) == ({other}, one.text)


class TestPrincipal:
    """Principal says for whom a statement is. S3: IAM/UserGuide/reference_policies_elements_principal.html"""

    @pytest.mark.parametrize("everybody", ["*", {"AWS": "*"}, {"AWS": [ANOTHER, "*"]}])
    @pytest.mark.parametrize("who", [ANONYMOUS, ROOT, ADA, CLERK, STRANGER], ids=str)
    def test_everybody_is_anonymous_callers_too(self, everybody, who):
        found = asked(policy(statement(Principal=everybody)), who)
        assert ("Allow", False) == (found.effect, found.by_account)

    @pytest.mark.parametrize(
        ("principal", "direct", "by_account"),
        [
            ({"AWS": ACCOUNT}, [ROOT], [ADA, BOB, CLERK]),
            ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, [ROOT], [ADA, BOB, CLERK]),
            ({"CanonicalUser": ROOT.canonical_id}, [ROOT], [ADA, BOB, CLERK]),
            ({"AWS": ADA.arn}, [ADA], []),
            ({"AWS": [ADA.arn, STRANGER.arn]}, [ADA, STRANGER], []),
            ({"AWS": [ADA.arn, ACCOUNT]}, [ROOT, ADA], [BOB, CLERK]),
            ({"AWS": CLERK_ROLE}, [CLERK], []),
            ({"AWS": CLERK.arn}, [CLERK], []),
            ({"AWS": CLERK.arn.replace("monday", "friday")}, [], []),
            ({"AWS": ADA.arn, "CanonicalUser": STRANGER.canonical_id}, [ADA], [STRANGER]),
            ({"Service": "logging.s3.amazonaws.com"}, [], []),
            ({"Federated": "accounts.google.com"}, [], []),
            ({"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com/id"}, [], []),
            ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E15MNIMTCFKK4C"}, [], []),
            ({"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/ada"}, [], []),
        ],
        ids=str,
    )
    def test_who_is_meant(self, principal, direct, by_account):
        found = policy(statement(Principal=principal))
        verdicts = {who: asked(found, who) for who in (ANONYMOUS, ROOT, ADA, BOB, CLERK, STRANGER)}
        assert (direct, by_account) == (
            [who for who, verdict in verdicts.items() if verdict.effect and not verdict.by_account],
            [who for who, verdict in verdicts.items() if verdict.effect and verdict.by_account],
        )

    def test_who_is_named_needs_nobody_to_hand_it_on(self):
        found = policy(statement(Principal={"AWS": ACCOUNT}), statement(Principal={"AWS": ADA.arn}))
        assert [Verdict("Allow", found.statements[1]), Verdict("Allow", found.statements[0], by_account=True)] == [
            asked(found, ADA),
            asked(found, BOB),
        ]

    @pytest.mark.parametrize("who", [ROOT, ADA, CLERK], ids=str)
    def test_denying_an_account_denies_all_in_it(self, who):
        found = asked(policy(statement(Effect="Deny", Principal={"AWS": ACCOUNT})), who)
        assert ("Deny", False) == (found.effect, found.by_account)


class TestNotPrincipal:
    """NotPrincipal denies all but those listed; a list must have the account beside the user or role.

    S3: IAM/UserGuide/reference_policies_elements_notprincipal.html
    """

    @pytest.mark.parametrize(
        ("listed", "spared"),
        [
            ("*", [ANONYMOUS, ROOT, ADA, CLERK, STRANGER]),
            ({"AWS": ADA.arn}, []),
            ({"AWS": ACCOUNT}, [ROOT]),
            ({"AWS": [ADA.arn, ACCOUNT]}, [ROOT, ADA]),
            ({"AWS": [CLERK_ROLE, f"arn:aws:iam::{ACCOUNT}:root"]}, [ROOT, CLERK]),
            ({"AWS": CLERK.arn, "CanonicalUser": CLERK.canonical_id}, [ROOT, CLERK]),
            ({"AWS": [STRANGER.arn, ANOTHER]}, [STRANGER]),
        ],
        ids=str,
    )
    def test_who_is_spared(self, listed, spared):
        found = policy(statement(Effect="Deny", Principal=None, NotPrincipal=listed))
        assert spared == [who for who in (ANONYMOUS, ROOT, ADA, CLERK, STRANGER) if effect(found, who) is None]

    def test_allow_is_refused(self):
        text = document(statement(Principal=None, NotPrincipal={"AWS": ACCOUNT}))
        assert "Allow with NotPrincipal is not allowed." == refusal(text)


class TestAction:
    """Actions match with wildcards and without regard to case. S3: .../reference_policies_elements_action.html"""

    @pytest.mark.parametrize(
        ("pattern", "action", "expected"),
        [
            ("s3:GetObject", "s3:GetObject", "Allow"),
            ("S3:getOBJECT", "s3:GetObject", "Allow"),
            ("s3:GetObject", "s3:GetObjectVersion", None),
            ("s3:GetObject*", "s3:GetObjectVersion", "Allow"),
            ("s3:?etObject", "s3:GetObject", "Allow"),
            ("s3:*Object", "s3:PutObject", "Allow"),
            ("s3:*Object", "s3:PutObjectAcl", None),
            ("s3:*", "s3:PutObject", "Allow"),
            ("*", "s3:PutObject", "Allow"),
            (["s3:GetObject", "s3:PutObject"], "s3:PutObject", "Allow"),
        ],
    )
    def test_patterns(self, pattern, action, expected):
        assert expected == effect(policy(statement(Action=pattern)), action=action)

    def test_not_action_means_all_others(self):
        found = policy(statement(Action=None, NotAction=["s3:Get*", "s3:List*"]))
        assert [None, "Allow"] == [effect(found, action=each) for each in ("s3:GetObject", "s3:PutObject")]


class TestResource:
    """Resources match part by part of their ARN, and case matters. S3: .../reference_policies_elements_resource.html"""

    # S3: IAM/UserGuide/reference_policies_elements_resource.html has the middle ones
    @pytest.mark.parametrize(
        ("pattern", "key", "expected"),
        [
            ("*", "a", True),
            ("*", "a:b/c", True),
            ("a", "a", True),
            ("A", "a", False),
            ("a?", "ab", True),
            ("a?", "a", False),
            ("*/test/*", "1/test/object.jpg", True),
            ("*/test/*", "1/2/test/3/object.jpg", True),
            ("*/test/*", "1///test///object.jpg", True),
            ("*/test/*", "/test/object.jpg", True),
            ("*/test/*", "1/test/", True),
            ("*/test/*", "1-test/object.jpg", False),
            ("*/test/*", "test/object.jpg", False),
            ("*/test/*", "1/2/test.jpg", False),
            ("a\nb", "a\nb", True),
            ("a*b", "a\n\nb", True),
            ("[a]", "a", False),
        ],
    )
    def test_keys(self, pattern, key, expected):
        found = policy(statement(Resource=f"{ARN}/{pattern}"))
        assert ("Allow" if expected else None) == effect(found, key=key)

    def test_a_bucket_is_none_of_its_objects(self):
        found = policy(statement(Action="s3:*", Resource=ARN))
        assert ["Allow", None] == [effect(found, action="s3:ListBucket", key=None), effect(found)]

    def test_not_resource_means_all_others(self):
        found = policy(statement(Resource=None, NotResource=f"{ARN}/public/*"))
        assert ["Allow", None] == [effect(found, key="a"), effect(found, key="public/a")]

    @pytest.mark.parametrize("pattern", ["*", "arn:aws:s3:::*", "arn:aws:s3*"])
    @pytest.mark.parametrize("who", [ADA, ANONYMOUS], ids=str)
    def test_all_of_s3(self, pattern, who):
        found = parse_identity_policy(
            {"Statement": {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": pattern}}
        )
        assert "Allow" == judge(found, Question(who, "s3:ListAllMyBuckets", "*", {})).effect

    @pytest.mark.parametrize("pattern", ["arn:aws:s3:::pets", "arn:aws:s3:::p*"])
    def test_a_bucket_is_not_all_of_s3(self, pattern):
        found = parse_identity_policy({"Statement": {"Effect": "Allow", "Action": "*", "Resource": pattern}})
        assert judge(found, Question(ADA, "s3:ListAllMyBuckets", "*", {})).effect is None


class TestVariables:
    """Variables stand in resources and conditions, in Version 2012-10-17 only."""

    HOME = statement(Resource=f"{ARN}/${{aws:username}}/*")

    @pytest.mark.parametrize(
        ("version", "username", "key", "expected"),
        [
            ("2012-10-17", "ada", "ada/a", "Allow"),
            ("2012-10-17", "ada", "bob/a", None),
            ("2012-10-17", None, "ada/a", None),
            ("2012-10-17", "*", "bob/a", None),  # what a variable brings in is no wildcard
            ("2012-10-17", "*", "*/a", "Allow"),
            ("2008-10-17", "ada", "ada/a", None),
            ("2008-10-17", "ada", "${aws:username}/a", "Allow"),
        ],
    )
    def test_a_home_for_everybody(self, version, username, key, expected):
        context = {} if username is None else {"aws:username": (username,)}
        assert expected == effect(policy(self.HOME, Version=version), key=key, context=context)

    def test_the_version_is_the_old_one_if_none_is_given(self):
        found = parse_bucket_policy(json.dumps({"Statement": self.HOME}), bucket=BUCKET)
        assert [None, "Allow"] == [
            effect(found, key=key, context={"aws:username": ("ada",)}) for key in ("ada/a", "${aws:username}/a")
        ]

    def test_a_key_with_several_values_has_none(self):
        found = policy(statement(Resource=f"{ARN}/${{aws:TagKeys, 'a'}}"))
        assert [None, "Allow"] == [effect(found, key="a", context={"aws:tagkeys": ("a", "b")}), effect(found, key="a")]

    def test_conditions_have_them_too(self):
        found = policy(statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "${s3:ExistingObjectTag/team}"}}))
        same, other = ({"aws:principaltag/team": ("a",), "s3:existingobjecttag/team": (team,)} for team in "ab")
        assert ["Allow", None] == [effect(found, context=same), effect(found, context=other)]


class TestConditionsOfStatements:
    """All conditions of a statement must hold: those of each operator, and those of each key."""

    CONDITION = {
        "StringEquals": {"aws:username": ["ada", "bob"], "aws:PrincipalType": "User"},
        "Bool": {"aws:SecureTransport": True},
    }

    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            ({}, "Allow"),
            ({"aws:username": ("bob",)}, "Allow"),
            ({"aws:username": ("eve",)}, None),
            ({"aws:principaltype": ("AssumedRole",)}, None),
            ({"aws:securetransport": ("false",)}, None),
        ],
    )
    def test_all_must_hold(self, changed, expected):
        context = {"aws:username": ("ada",), "aws:principaltype": ("User",), "aws:securetransport": ("true",)} | changed
        assert expected == effect(policy(statement(Condition=self.CONDITION)), context=context)

    def test_no_condition_is_none(self):
        assert "Allow" == effect(policy(statement(Condition={"StringEquals": {}})))


LISTING = {"Action": "s3:ListBucket", "Resource": ARN}


class TestMalformedPolicy:
    """What is no policy of this bucket is refused, and S3 says why."""

    # recorded: TestS3BucketPolicy::test_bucket_policy_exc
    @pytest.mark.parametrize("text", ["", "random text", "[]", '"{}"', " {}", "\ufeff{}"])
    def test_the_first_byte(self, text):
        assert "Policies must be valid JSON and the first byte must be '{'" == refusal(text)

    @pytest.mark.parametrize(
        "text",
        ["{", "{}}", "{'a': 1}", '{"Version": NaN}', '{"Statement": []} x', '{"a": 1,}', '{"a": "\n"}', '{"a": 01}'],
    )
    def test_broken_inside(self, text):
        assert "This policy contains invalid Json" == refusal(text)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            # recorded: TestS3BucketPolicy::test_bucket_policy_exc
            ("{}", "Missing required field Statement"),
            ('{"Statement": []}', "Could not parse the policy: Statement is empty!"),
            ('{"Statement": "Allow"}', "Invalid policy syntax."),
            ('{"Statement": null}', "Invalid policy syntax."),
            ('{"Statement": [1]}', "Invalid policy syntax."),
            ('{"statement": []}', "Unknown field statement"),
            (document(statement(), Version="2012-10-18"), "The policy must contain a valid version string"),
            (document(statement(), Version=2012), "The policy must contain a valid version string"),
            (document(statement(), Version=["2012-10-17"]), "The policy must contain a valid version string"),
            (document(statement(), Id=1), "Invalid policy syntax."),
            ('{"Id": "a", "Id": "b"}', "Statement/policy already has instance of Id"),
        ],
    )
    def test_the_document(self, text, message):
        assert message == refusal(text)

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"Effect": None}, "Missing required field Effect"),
            ({"Effect": "allow"}, "Invalid effect: allow"),
            ({"Effect": 7}, "Invalid effect: 7"),
            ({"Effect": True}, "Invalid effect: true"),
            ({"Effect": ["Allow"]}, "Invalid effect: List"),
            ({"Effect": {}}, "Invalid effect: Object"),
            ({"Sid": 1}, "Invalid policy syntax."),
            ({"Effects": "Allow"}, "Unknown field Effects"),
            ({"NotPrincipal": "*"}, "Statement/policy already has instance of Principal"),
            ({"NotAction": "s3:PutObject"}, "Statement/policy already has instance of Action"),
            ({"NotResource": ARN}, "Statement/policy already has instance of Resource"),
            ({"Principal": None}, "Missing required field Principal"),
            ({"Principal": {}}, "Missing required field Principal cannot be empty!"),
            ({"Principal": ""}, "Missing required field Principal cannot be empty!"),
            ({"Action": None}, "Missing required field Action"),
            ({"Action": []}, "Missing required field Action cannot be empty!"),
            ({"Action": ["s3:GetObject", 1]}, "Invalid policy syntax."),
            ({"Action": {}}, "Invalid policy syntax."),
            ({"Resource": None}, "Missing required field Resource"),
            ({"Resource": []}, "Missing required field Resource cannot be empty!"),
            ({"Resource": 3.5}, "Invalid policy syntax."),
            ({"Condition": []}, "Invalid policy syntax."),
            ({"Condition": {"StringEquals": []}}, "Invalid policy syntax."),
            ({"Condition": {"StringEquals": {"aws:username": {}}}}, "Invalid policy syntax."),
            ({"Condition": {"StringEquals": {"aws:username": [None]}}}, "Invalid policy syntax."),
        ],
        ids=str,
    )
    def test_the_elements(self, changed, message):
        assert message == refusal(document(statement(**changed)))

    @pytest.mark.parametrize("element", ["Action", "Resource", "Sid", "Condition"])
    def test_null_is_no_value(self, element):
        assert "Invalid policy syntax." == refusal(document(statement() | {element: None}))

    @pytest.mark.parametrize(
        "principal",
        [
            "ada",
            ["*"],
            7,
            {"aws": "*"},
            {"AWS": []},
            {"AWS": 111122223333},
            {"AWS": "11112222333"},
            {"AWS": "1111222233334"},
            {"AWS": "AIDAEXAMPLEEXAMPLEEXA"},
            {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"},
            {"AWS": f"arn:aws:iam::{ACCOUNT}:user/"},
            {"AWS": f"arn:aws:iam::{ACCOUNT}:group/keepers"},
            {"AWS": "arn:aws:iam::1111:root"},
            {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/clerk"},
            {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"},
            {"AWS": [ACCOUNT, ""]},
            {"CanonicalUser": "0" * 63},
            {"CanonicalUser": "*"},
            {"Service": "*"},
            {"Service": "logging"},
            {"Federated": "*"},
            {"Groups": "keepers"},
        ],
        ids=str,
    )
    def test_principals(self, principal):
        assert "Invalid principal in policy" == refusal(document(statement(Principal=principal)))

    @pytest.mark.parametrize(
        "action",
        ["GetObject", "s3:", "s3:GetObjects", "s3:Foo*", "ec2:*", "iam:GetUser", "s3*", "", "s3:Get Object", "**"],
    )
    @pytest.mark.parametrize("element", ["Action", "NotAction"])
    def test_actions(self, action, element):
        text = document(statement(**{"Action": None, element: [action]}))
        assert "Policy has invalid action" == refusal(text)

    @pytest.mark.parametrize(
        "resource",
        [
            "*",
            "pets/*",
            "",
            "arn:aws:s3:::dogs/*",
            "arn:aws:s3:::pets2",
            "arn:aws:s3:::pet?s",
            "arn:aws:s3:::PETS/*",
            "arn:aws:s3:::",
            "arn:aws-cn:s3:::pets/*",
            "arn:aws:s3:eu-west-1::pets/*",
            "arn:*:s3:::pets/*",
            "arn:aws:sqs:::pets",
        ],
    )
    @pytest.mark.parametrize("element", ["Resource", "NotResource"])
    def test_resources(self, resource, element):
        text = document(statement(**{"Resource": None, element: [f"{ARN}/*", resource]}))
        assert "Policy has invalid resource" == refusal(text)

    @pytest.mark.parametrize(
        ("action", "resource", "fits"),
        [
            ("s3:GetObject", ARN, False),
            ("s3:GetObject", f"{ARN}/*", True),
            ("s3:GetObject", [ARN, f"{ARN}/*"], True),
            ("s3:GetObject", f"{ARN}*", True),
            ("s3:ListBucket", f"{ARN}/*", False),
            ("s3:ListBucket", ARN, True),
            ("s3:ListBucket", f"{ARN}*", True),
            ("s3:ListBucket", "arn:aws:s3:::pe?s", True),
            ("s3:ListBucket", "arn:aws:s3:::*", True),
            ("s3:ListBucket", "arn:aws:s3:::*/*", False),
            ("s3:GetObject", "arn:aws:s3:::${aws:username}/*", True),
            (["s3:GetObject", "s3:ListBucket"], f"{ARN}/*", False),
            (["s3:GetObject", "s3:ListBucket"], [ARN, f"{ARN}/*"], True),
            ("s3:Get*", ARN, True),
            ("s3:Get*", f"{ARN}/*", True),
            ("s3:GetObject*", ARN, False),
            ("*", ARN, True),
            ("s3:ListAllMyBuckets", [ARN, f"{ARN}/*"], False),
            ("s3:CreateBucket", [ARN, f"{ARN}/*"], False),
            ("s3:CreateAccessPoint", [ARN, f"{ARN}/*"], False),
        ],
        ids=str,
    )
    def test_actions_must_apply_to_a_resource(self, action, resource, fits):
        message = refusal(document(statement(Action=action, Resource=resource)))
        assert (None if fits else "Action does not apply to any resource(s) in statement") == message

    def test_there_are_always_others(self):
        assert [None, None] == [
            refusal(document(statement(Action=None, NotAction="s3:GetObject", Resource=ARN))),
            refusal(document(statement(Resource=None, NotResource=f"{ARN}/*"))),
        ]

    @pytest.mark.parametrize(
        ("operator", "valid"),
        [
            ("StringEquals", True),
            ("StringEqualsIfExists", True),
            ("ForAllValues:StringLike", True),
            ("ForAnyValue:StringNotEqualsIgnoreCaseIfExists", True),
            ("stringEquals", False),
            ("StringEqual", False),
            ("StringEqualsifexists", False),
            ("ForSomeValues:StringEquals", False),
            (":StringEquals", False),
            ("ForAllValues:", False),
            ("", False),
        ],
    )
    def test_operators(self, operator, valid):
        message = refusal(document(statement(Condition={operator: {"aws:username": "ada"}})))
        assert (None if valid else f"Invalid Condition type : {operator}") == message

    @pytest.mark.parametrize("operator", ["NullIfExists", "ForAllValues:Null", "ForAnyValue:Null"])
    def test_null_stands_alone(self, operator):
        message = refusal(document(statement(Condition={operator: {"aws:username": "true"}})))
        assert f"Invalid Condition type : {operator}" == message

    @pytest.mark.parametrize(
        "key",
        ["username", "aws:Usrname", "s3:VersionStatus", "s3:ExistingObjectTag", "s3:ExistingObjectTag/", "", "a b:c"],
    )
    def test_keys(self, key):
        message = refusal(document(statement(Condition={"StringEquals": {key: "a"}})))
        assert "Policy has an invalid condition key" == message

    @pytest.mark.parametrize(
        ("key", "members", "applies"),
        [
            ("s3:prefix", LISTING, True),
            ("S3:PREFIX", LISTING, True),
            ("s3:prefix", LISTING | {"Action": "s3:ListBucketVersions"}, True),
            ("s3:prefix", LISTING | {"Action": "s3:ListBucketMultipartUploads"}, False),
            ("s3:prefix", LISTING | {"Action": ["s3:ListBucket", "s3:GetBucketLocation"]}, False),
            ("s3:prefix", LISTING | {"Action": "s3:*"}, True),
            ("s3:prefix", LISTING | {"Action": None, "NotAction": "s3:PutBucketPolicy"}, True),
            ("s3:prefix", {}, False),
            ("s3:x-amz-acl", {"Action": "s3:PutObject"}, True),
            ("s3:x-amz-acl", {"Action": ["s3:GetObject", "s3:PutObject"]}, False),
            ("s3:x-amz-copy-source", {"Action": ["s3:GetObjectVersion", "s3:PutObject"]}, False),
            ("s3:ExistingObjectTag/a", {}, True),
            ("s3:ExistingObjectTag/a", {"Action": "s3:GetObjectAttributes"}, True),
            ("s3:ExistingObjectTag/a", {"Action": "s3:DeleteObjectTagging"}, True),
            ("s3:ExistingObjectTag/a", {"Action": "s3:PutObject"}, False),
            ("s3:ExistingObjectTag/a", {"Action": "s3:DeleteObject"}, False),
            ("s3:ExistingObjectTag/a", {"Action": "s3:GetObjectRetention"}, False),
            ("s3:RequestObjectTag/a", {"Action": "s3:PutObjectTagging"}, True),
            ("s3:RequestObjectTag/a", {"Action": ["s3:PutObjectAcl", "s3:PutObjectTagging"]}, False),
            ("s3:RequestObjectTag/a", {"Action": "s3:PutObjectRetention"}, False),
            ("s3:versionid", {}, False),
            ("s3:versionid", {"Action": "s3:GetObjectVersion"}, True),
            ("s3:authType", {}, True),
            ("aws:PrincipalTag/team", {}, True),
            ("saml:aud", {}, True),
            ("accounts.google.com:sub", {}, True),
        ],
        ids=str,
    )
    def test_keys_must_apply_to_each_action(self, key, members, applies):
        message = refusal(document(statement(Condition={"StringLike": {key: "a"}}, **members)))
        expected = "Conditions do not apply to combination of actions and resources in statement"
        assert (None if applies else expected) == message

    @pytest.mark.parametrize("operator", ["IpAddress", "NotIpAddressIfExists", "StringEquals"])
    @pytest.mark.parametrize(
        "value", ["all", "203.0.113.0/33", "203.0.113", "300.0.0.1", "${aws:username}", ["::1", "x"]]
    )
    def test_addresses(self, operator, value):
        message = refusal(document(statement(Condition={operator: {"aws:SourceIp": value}})))
        assert "Invalid IP address in Conditions" == message

    def test_whether_there_is_an_address_is_none(self):
        assert refusal(document(statement(Condition={"Null": {"aws:SourceIp": "false"}}))) is None

    @pytest.mark.parametrize(
        ("operator", "value"),
        [
            ("Bool", "yes"),
            ("Null", 1),
            ("NumericEquals", "one"),
            ("NumericLessThan", ""),
            ("DateLessThan", "tomorrow"),
            ("DateEquals", "2026-13-01"),
            ("BinaryEquals", "a"),
        ],
    )
    def test_other_values(self, operator, value):
        message = refusal(document(statement(Condition={operator: {"aws:username": value}})))
        assert f"Invalid value in Conditions for {operator}" == message

    def test_numbers_and_flags_need_no_quotes(self):
        condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": [1e3, 5]}, "Bool": {"aws:SecureTransport": True}}
        context = {"aws:multifactorauthage": ("999",), "aws:securetransport": ("true",)}
        assert "Allow" == effect(policy(statement(Condition=condition)), context=context)

    def test_other_partitions_have_buckets_of_their_own(self):
        text = document(
            statement(Resource="arn:aws-cn:s3:::pets/*", Principal={"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"})
        )
        assert [None, "Invalid principal in policy"] == [refusal(text, partition=each) for each in ("aws-cn", "aws")]


TOO_LARGE = "Normalized policy document exceeds the maximum allowed size of 20480 bytes"


class TestSize:
    """A policy has at most 20 KB, not counting white space between its elements."""

    def sized(self, size: int) -> str:
        text = json.dumps({"Statement": [statement()], "Id": ""}, separators=(",", ":"))
        return text.replace('"Id":""', f'"Id":"{" " * (size - len(text))}"')

    @pytest.mark.parametrize(("size", "message"), [(20_480, None), (20_481, TOO_LARGE)])
    def test_the_limit(self, size, message):
        text = self.sized(size)
        assert (size, message) == (len(text), refusal(text))

    def test_white_space_between_does_not_count(self):
        assert refusal(self.sized(20_480).replace("{", "{\n" + "\t" * 5_000)) is None

    def test_bytes_are_counted(self):
        assert TOO_LARGE == refusal(document(statement(), Id="\u00e9" * 10_240, Version="2012-10-17").encode().decode())

    def test_white_space_without_end_does(self):
        assert TOO_LARGE == refusal("{" + " " * 400_000 + "}")


class TestHostileDocuments:
    """A document made to hurt is refused or answered at once."""

    @pytest.mark.parametrize(
        "text",
        [
            '{"a":' * 100_000,
            '{"a":' + "[" * 100_000,
            '{"Statement":' + "[" * 100_000 + "]" * 100_000 + "}",
            '{"Statement":' + '{"Condition":' * 9_000 + "1" + "}" * 9_001,
            '{"Version":' + "9" * 300_000 + "}",
            '{"Version":1e999999999}',
            '{"Version":"' + "a" * 5_000_000 + '"}',
            '{"' + '\\"' * 150_000,
            '{"Version":"' + '\\"' * 150_000 + '"}',
            '{"Statement":' + "[" * 900 + "]" * 900 + "}",
            document(statement(Action=["s3:*" + "a*" * each + "q" for each in range(100)])),
            document(statement(Condition={"NumericEquals": {"aws:MultiFactorAuthAge": "1e" + "9" * 9_000}})),
        ],
        ids=lambda text: text[:20],
    )
    def test_is_refused(self, text):
        before = process_time()
        assert refusal(text) is not None
        assert process_time() - before < 5

    @pytest.mark.parametrize(
        "pattern",
        ["a*" * 9_000 + "b", "*a" * 500 + "b", "*a?" * 300 + "b", "?*" * 9_000, "*" * 18_000 + "b", "${a,'" * 3_000],
    )
    def test_is_answered(self, pattern):
        found = policy(statement(Resource=f"{ARN}/{pattern}"))
        before = process_time()
        assert effect(found, key="a" * 1_024) is None
        assert process_time() - before < 5

    @settings(max_examples=50)
    @given(
        st.text()
        | st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
    )
    @example("{")
    @example({"Statement": {"Effect": "Allow", "Principal": "\ud800", "Action": "\ud800", "Resource": "\ud800"}})
    def test_nothing_else_is_raised(self, value):
        for text in (value if isinstance(value, str) else json.dumps(value), "{" + str(value)):
            refusal(text)


IDENTITY = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


class TestOfIdentity:
    """The policy of a user, a role or a session: whoever it belongs to is meant, and any service may be."""

    def test_it_is_for_whom_it_belongs_to(self):
        found = parse_identity_policy({"Version": "2012-10-17", "Statement": [IDENTITY]})
        assert [Verdict("Allow", found.statements[0])] * 3 == [asked(found, who) for who in (ADA, CLERK, ROOT)]

    @pytest.mark.parametrize("wrap", [json.dumps, MappingProxyType, lambda document: "\n " + json.dumps(document)])
    def test_text_or_mapping(self, wrap):
        assert "Allow" == effect(
            parse_identity_policy(wrap({"Statement": (IDENTITY,) if wrap is MappingProxyType else [IDENTITY]}))
        )

    def test_mappings_inside(self):
        assert "Allow" == effect(parse_identity_policy({"Statement": MappingProxyType(IDENTITY)}))

    @pytest.mark.parametrize("action", ["sqs:SendMessage", "ec2:*", "s3:NotYetThere", "s?:GetObject", "*:*"])
    def test_actions_of_all_services(self, action):
        found = parse_identity_policy({"Statement": IDENTITY | {"Action": action}})
        assert ("Allow" if action in ("s?:GetObject", "*:*") else None) == effect(found)

    @pytest.mark.parametrize(
        ("resource", "expected"),
        [
            ("*", "Allow"),
            ("arn:aws:s3:::pets/*", "Allow"),
            ("arn:aws:s3:::*", "Allow"),
            ("arn:aws:s3*", "Allow"),
            ("arn:*:s3:::*/cat.jpg", "Allow"),
            ("arn:aws:s3:::dogs/*", None),
            ("arn:aws:sqs:us-east-1:111122223333:queue", None),
        ],
    )
    def test_resources_of_all_services(self, resource, expected):
        assert expected == effect(parse_identity_policy({"Statement": IDENTITY | {"Resource": resource}}))

    def test_it_may_be_large_and_name_any_key(self):
        condition = {"StringNotEquals": {"kms:Foo": "a" * 30_000}}
        assert "Allow" == effect(parse_identity_policy({"Statement": IDENTITY | {"Condition": condition}}))

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            (
                {"Statement": IDENTITY | {"Principal": "*"}},
                "it has a Principal. Leave it out, or put the policy on a bucket.",
            ),
            (
                {"Statement": IDENTITY | {"NotPrincipal": "*"}},
                "it has a Principal. Leave it out, or put the policy on a bucket.",
            ),
            ("", "This policy contains invalid Json. Write it as json.dumps does."),
            ("[" * 100_000, "This policy contains invalid Json. Write it as json.dumps does."),
            ([], "Invalid policy syntax. Give each element the type it has in IAM's grammar."),
            ({}, "Missing required field Statement. Give it Statement."),
            ({"Statement": []}, "Could not parse the policy: Statement is empty. Give it a statement."),
            (
                {"Version": "2012", "Statement": IDENTITY},
                'The policy must contain a valid version string. Give it the Version "2012-10-17".',
            ),
            (
                {"Statement": IDENTITY | {"Effect": "Permit"}},
                'Invalid effect: Permit. Its Effect is "Allow" or "Deny".',
            ),
            (
                {"Statement": IDENTITY | {"Action": "GetObject"}},
                'Policy has invalid action. Name actions like "s3:GetObject", "s3:Get*" or "*".',
            ),
            (
                {"Statement": IDENTITY | {"Resource": "pets/*"}},
                'Policy has invalid resource. Name resources like "arn:aws:s3:::bucket/*" or "*".',
            ),
            (
                {"Statement": IDENTITY | {"Resource": []}},
                "Missing required field Resource cannot be empty. List something in its Resource.",
            ),
            (
                {"Statement": IDENTITY | {"NotAction": "*"}},
                "Statement/policy already has instance of Action. Leave one Action out.",
            ),
            (
                {"Statement": [IDENTITY | {"Sid": "a"}, IDENTITY | {"Sid": "a"}]},
                "The Statement Ids in the policy are not unique. Give every statement a Sid of its own.",
            ),
            (
                {"statement": []},
                "Unknown field statement. Leave it out, or spell it as IAM does: Id, Statement, Version.",
            ),
            (
                {"Statement": IDENTITY | {"Condition": {"Equals": {}}}},
                "Invalid Condition type : Equals. Use an operator of IAM, such as StringEquals.",
            ),
            (
                {"Statement": IDENTITY | {"Condition": {"StringEquals": {"prefix": "a"}}}},
                'Policy has an invalid condition key. Name keys like "s3:prefix" or "aws:SourceIp".',
            ),
            (
                {"Statement": IDENTITY | {"Condition": {"IpAddress": {"aws:SourceIp": "home"}}}},
                "Invalid IP address in Conditions. Write addresses as 203.0.113.0/24.",
            ),
            (
                {"Statement": IDENTITY | {"Condition": {"Bool": {"aws:SecureTransport": "on"}}}},
                "Invalid value in Conditions for Bool. Give it a value that Bool reads.",
            ),
            (
                {"Statement": IDENTITY | {"Resource": {"*"}}},
                "it cannot be written as JSON (set is no JSON). Use strings, lists and dictionaries only.",
            ),
        ],
        ids=lambda value: str(value)[:60],
    )
    def test_what_is_none(self, document: Mapping[str, Any], message: str):
        with pytest.raises(UsageError) as refused:
            parse_identity_policy(document)
        assert f"That is no policy of a user, a role or a session: {message}" == str(refused.value)

    def test_a_mapping_inside_itself(self):
        document: dict[str, Any] = {}
        document["Statement"] = document
        with pytest.raises(UsageError, match=r"cannot be written as JSON .* Use strings"):
            parse_identity_policy(document)
