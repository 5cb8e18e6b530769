"""The policy of a browser's form: every message, and what each condition lets through."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.errors import AccessDenied, EntityTooLarge, EntityTooSmall, InvalidPolicyDocument, S3Error
from fakes3.model.post_policy import Condition, Policy, parse_form_policy

EXPIRATION = "2030-01-01T12:00:00.000Z"
END = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOW = END - timedelta(hours=1)


def base64(document: str | bytes) -> str:
    return b64encode(document.encode() if isinstance(document, str) else document).decode()


def policy_of(*conditions: Any, expiration: str = EXPIRATION) -> Policy:
    return parse_form_policy(base64(json.dumps({"expiration": expiration, "conditions": conditions})))


def refusal_of(policy: Policy, fields: dict[str, str], now: datetime = NOW) -> str | None:
    try:
        policy.check(fields, now=now)
    except AccessDenied as refused:
        return refused.message.removeprefix("Invalid according to Policy: ")
    return None


def with_conditions(conditions: str) -> str:
    return f'{{"expiration": "{EXPIRATION}", "conditions": {conditions}}}'


class TestMalformedDocuments:
    """A policy that is no policy is refused as InvalidPolicyDocument, whatever the form says."""

    # S3: API/sigv4-HTTPPOSTConstructPolicy.html
    @pytest.mark.parametrize(
        ("document", "problem"),
        [
            ("", "Expecting '{' but found End-of-Input"),
            (" \n", "Expecting '{' but found End-of-Input"),
            ("{", "Invalid JSON."),
            ("[]", "Invalid JSON."),
            ('"text"', "Invalid JSON."),
            (b"\xff{}", "Invalid JSON."),
            (with_conditions('[{"key": "a", "key": "b"}]'), "Invalid JSON."),
            (with_conditions('[["content-length-range", NaN, 1]]'), "Invalid JSON."),
            ('{"conditions": []}', "Policy missing expiration."),
            ('{"expiration": "2030-01-01T12:00:00Z"}', "Policy missing conditions."),
            ('{"EXPIRATION": "2030-01-01T12:00:00Z", "conditions": []}', 'Unexpected: "EXPIRATION"'),
            ('{"expiration": "2030-01-01T12:00:00Z", "CONDITIONS": []}', 'Unexpected: "CONDITIONS"'),
            ('{"expiration": "x", "conditions": []}', "Invalid 'expiration' value: 'x'"),
            (
                '{"expiration": "2030-01-01 12:00:00+00:00", "conditions": []}',
                "Invalid 'expiration' value: '2030-01-01 12:00:00+00:00'",
            ),
            (
                '{"expiration": "2030-13-01T12:00:00Z", "conditions": []}',
                "Invalid 'expiration' value: '2030-13-01T12:00:00Z'",
            ),
            ('{"expiration": 7, "conditions": []}', "Invalid 'expiration' value: '7'"),
            ('{"expiration": [], "conditions": []}', "Invalid 'expiration' value: 'List'"),
            (with_conditions("{}"), "Invalid 'conditions' value: must be a List."),
            (with_conditions('["key"]'), "Invalid condition test: must be a List or Object."),
            (with_conditions("[null]"), "Invalid condition test: must be a List or Object."),
            (
                with_conditions("[{}]"),
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ),
            (
                with_conditions('[{"key": "a", "acl": "b"}]'),
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ),
            # observed: the same text came from S3 for a status that was sent as a number
            (with_conditions('[{"success_action_status": 201}]'), "Invalid Simple-Condition: value must be a string."),
            (with_conditions('[["x", "$key", "a"]]'), "Invalid Condition: unknown operation 'x'."),
            (with_conditions("[[]]"), "Invalid Condition: unknown operation ''."),
            (with_conditions('[[1, "$key", "a"]]'), "Invalid Condition: unknown operation '1'."),
            (with_conditions('[["eq", "$key"]]'), "Invalid eq: wrong number of arguments."),
            (with_conditions('[["eq", "$key", "a", "b"]]'), "Invalid eq: wrong number of arguments."),
            (with_conditions('[["starts-with"]]'), "Invalid starts-with: wrong number of arguments."),
            (
                with_conditions('[["content-length-range", 0]]'),
                "Invalid content-length-range: wrong number of arguments.",
            ),
            (with_conditions('[["eq", "$key", 1]]'), "Invalid eq: value must be a string."),
        ],
    )
    def test_message(self, document, problem):
        with pytest.raises(InvalidPolicyDocument) as caught:
            parse_form_policy(base64(document))
        assert (400, f"Invalid Policy: {problem}") == (caught.value.status, caught.value.message)

    @pytest.mark.parametrize("text", ["invalid", "****", "e30", "é"])
    def test_not_base64(self, text):
        with pytest.raises(InvalidPolicyDocument) as caught:
            parse_form_policy(text)
        assert "Invalid Policy: invalid Base64 encoding." == caught.value.message

    @pytest.mark.parametrize(
        "document",
        ["[" * 15_000, '{"a":' * 3_000, "1" * 15_000, with_conditions("[[" + "[" * 400 + "]" * 400 + "]]")],
    )
    def test_attacks_are_refused_and_harm_nothing(self, document):
        with pytest.raises(InvalidPolicyDocument):
            parse_form_policy(base64(document))

    @given(st.text(max_size=200))
    def test_any_text_is_a_policy_or_refused(self, text):
        for form in (text, base64(text.encode(errors="replace"))):
            with pytest.raises(S3Error) as caught:
                parse_form_policy(form)
            assert "InvalidPolicyDocument" == caught.value.code

    def test_base64_may_be_wrapped(self):
        text = base64(with_conditions("[]"))
        assert parse_form_policy(text) == parse_form_policy(
            "\r\n".join(text[at : at + 20] for at in range(0, len(text), 20))
        )


class TestExpiration:
    """A policy holds until its expiration."""

    def test_holds_to_the_very_moment(self):
        assert None is refusal_of(policy_of(), {}, now=END)

    def test_is_told_before_the_conditions(self):
        policy = policy_of({"key": "other"})
        assert "Policy expired." == refusal_of(policy, {"key": "k"}, now=END + timedelta(seconds=1))

    @pytest.mark.parametrize("text", ["2030-01-01T12:00:00Z", "2030-01-01T12:00:00.0Z", "2030-01-01T12:00:00.000000Z"])
    def test_fractions_are_as_many_as_one_likes(self, text):
        assert END == policy_of(expiration=text).expiration


class TestConditions:
    """Each condition must hold of its field."""

    @pytest.mark.parametrize(
        ("condition", "fields"),
        [
            ({"key": "k"}, {"key": "k"}),
            ({"KeY": "k"}, {"key": "k"}),
            (["eq", "$key", "k"], {"key": "k"}),
            (["eq", "$Content-Type", "text/plain"], {"content-type": "text/plain"}),
            (["starts-with", "$key", "user/"], {"key": "user/eric/photo.jpg"}),
            (["starts-with", "$key", ""], {"key": "anything"}),
            (["StArTs-WiTh", "$KeY", "f"], {"key": "foo"}),
            (["starts-with", "$key", "\\$foo"], {"key": "\\$foo.txt"}),
            (["starts-with", "$Content-Type", "image/"], {"content-type": "image/png, image/jpeg"}),
        ],
    )
    def test_holds(self, condition, fields):
        assert None is refusal_of(policy_of(condition), fields)

    @pytest.mark.parametrize(
        ("condition", "fields", "shown"),
        [
            ({"key": "x"}, {"key": "k"}, '["eq", "$key", "x"]'),
            (["eq", "$key", "K"], {"key": "k"}, '["eq", "$key", "K"]'),
            (["eq", "$key", "é"], {"key": "k"}, '["eq", "$key", "é"]'),
            # recorded: TestS3PresignedPost::test_post_object_policy_conditions_validation_starts_with
            (
                ["starts-with", "$success_action_redirect", "http://localhost"],
                {"success_action_redirect": "HTTP://localhost"},
                '["starts-with", "$success_action_redirect", "http://localhost"]',
            ),
            (["starts-with", "$Filename", ""], {}, '["starts-with", "$Filename", ""]'),
            (["eq", "$acl", ""], {}, '["eq", "$acl", ""]'),
            (["eq", "key", "k"], {"key": "k"}, '["eq", "key", "k"]'),
            (
                ["starts-with", "$Content-Type", "image/"],
                {"content-type": "image/png,text/html"},
                '["starts-with", "$Content-Type", "image/"]',
            ),
            (
                ["starts-with", "$success_action_status", "20"],
                {"success_action_status": "201"},
                '["starts-with", "$success_action_status", "20"]',
            ),
            (["starts-with", "$bucket", "b"], {"bucket": "b"}, '["starts-with", "$bucket", "b"]'),
        ],
    )
    def test_fails(self, condition, fields, shown):
        assert f"Policy Condition failed: {shown}" == refusal_of(policy_of(condition), fields)

    @pytest.mark.parametrize(
        "shown",
        [
            '["content-length-range", "a", "b"]',
            '["content-length-range", 0, "x"]',
            '["content-length-range", "$key", "k"]',
            '["content-length-range", "0", ""]',
            '["content-length-range", -1, 0]',
            '["content-length-range", 0, 1.5]',
            '["content-length-range", true, null]',
            '["content-length-range", "é", 1]',
        ],
    )
    def test_sizes_that_are_none(self, shown):
        policy = parse_form_policy(base64(with_conditions(f"[{shown}]")))
        assert f"Policy Condition failed: {shown}" == refusal_of(policy, {"key": "k"})

    def test_sizes_that_are_none_have_their_turn(self):
        policy = policy_of({"key": "other"}, ["content-length-range", "a", "b"])
        assert 'Policy Condition failed: ["eq", "$key", "other"]' == refusal_of(policy, {"key": "k"})

    def test_the_first_that_fails_is_told(self):
        policy = policy_of({"key": "k"}, {"acl": "private"}, {"bucket": "b"})
        failed = 'Policy Condition failed: ["eq", "$acl", "private"]'
        assert failed == refusal_of(policy, {"key": "k", "acl": "public-read", "bucket": "c"})

    @given(st.text(max_size=5), st.text(max_size=5))
    def test_eq_is_equality_and_starts_with_is_of_the_beginning(self, value, wanted):
        fields = {"key": value}
        assert (value == wanted) is Condition("eq", "$key", wanted).holds(fields)
        assert value.startswith(wanted) is Condition("starts-with", "$key", wanted).holds(fields)


class TestExtraFields:
    """Every field of the form needs a condition."""

    def test_one_without_is_told(self):
        assert "Extra input fields: acl" == refusal_of(policy_of({"key": "k"}), {"key": "k", "acl": "private"})

    def test_all_of_them_are_told(self):
        fields = {"key": "k", "acl": "private", "x-amz-meta-a": "1"}
        assert "Extra input fields: acl, x-amz-meta-a" == refusal_of(policy_of({"key": "k"}), fields)

    @pytest.mark.parametrize(
        "name", ["file", "policy", "x-amz-signature", "signature", "awsaccesskeyid", "x-ignore-me"]
    )
    def test_exempt(self, name):
        assert None is refusal_of(policy_of(), {name: "value"})

    def test_a_failing_condition_comes_first(self):
        policy = policy_of({"key": "other"})
        assert 'Policy Condition failed: ["eq", "$key", "other"]' == refusal_of(policy, {"key": "k", "acl": "private"})


class TestSizes:
    """content-length-range holds the size of the file, both ends inclusive."""

    @pytest.mark.parametrize("limits", [(2, 4), ("2", "4")])
    @pytest.mark.parametrize("size", [2, 3, 4])
    def test_inside(self, limits, size):
        policy_of(["content-length-range", *limits]).check_size(size)

    def test_too_small(self):
        with pytest.raises(EntityTooSmall) as caught:
            policy_of(["content-length-range", 2, 4]).check_size(1)
        assert {"ProposedSize": 1, "MinSizeAllowed": 2} == caught.value.members

    def test_too_large(self):
        with pytest.raises(EntityTooLarge) as caught:
            policy_of(["content-length-range", 2, 4]).check_size(5)
        assert {"ProposedSize": 5, "MaxSizeAllowed": 4} == caught.value.members

    def test_several_all_count(self):
        policy = policy_of(["content-length-range", 0, 9], ["content-length-range", 0, 4])
        assert 4 == policy.largest
        with pytest.raises(EntityTooLarge):
            policy.check_size(5)

    def test_without_any_every_size_is_right(self):
        assert None is policy_of().largest
        policy_of().check_size(2**60)

    def test_a_range_is_no_condition_of_a_field(self):
        assert None is refusal_of(policy_of(["content-length-range", 0, 1]), {})
