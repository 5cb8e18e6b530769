"""Which bucket policies are public, as the User Guide tells it.

S3: userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes3.model.policy_parser import parse_bucket_policy, parse_identity_policy
from fakes3.model.policy_status import is_public, is_public_statement

ACCOUNT = "111122223333"


def is_public_if(*statements: dict[str, Any]) -> bool:
    base = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::pets/*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [base | each for each in statements]})
    return is_public(parse_bucket_policy(text, bucket="pets"))


class TestPrincipals:
    """A policy for a fixed principal is not public."""

    @pytest.mark.parametrize(
        ("principal", "expected"),
        [
            ("*", True),
            ({"AWS": "*"}, True),
            ({"AWS": [ACCOUNT, "*"]}, True),
            ({"AWS": ACCOUNT}, False),
            ({"AWS": [f"arn:aws:iam::{ACCOUNT}:user/ada", ACCOUNT]}, False),
            ({"CanonicalUser": "a" * 64}, False),
            ({"Service": "cloudtrail.amazonaws.com"}, False),
            ({"Federated": "graph.facebook.com"}, True),
            ({"AWS": ACCOUNT, "Federated": "graph.facebook.com"}, True),
        ],
        ids=str,
    )
    def test_principals(self, principal, expected):
        assert expected == is_public_if({"Principal": principal})

    def test_what_is_denied_does_not_matter(self):
        assert [False, True] == [is_public_if({"Effect": "Deny"}), is_public_if({"Effect": "Deny"}, {})]

    def test_one_public_statement_is_enough(self):
        service, account = ({"Principal": each} for each in ({"Service": "cloudtrail.amazonaws.com"}, {"AWS": ACCOUNT}))
        assert [True, False] == [is_public_if(service, account, {}), is_public_if(service, account)]

    def test_whose_policy_belongs_to_somebody_is_not_public(self):
        policy = parse_identity_policy({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
        assert [False] == [is_public_statement(each) for each in policy.statements]


class TestFixedValues:
    """A condition on one of some keys makes a policy not public if its values are fixed."""

    @pytest.mark.parametrize(
        ("operator", "key", "value", "expected"),
        [
            ("StringLike", "aws:SourceVpc", "vpc-*", True),
            ("StringEquals", "aws:SourceVpc", "vpc-91237329", False),
            ("StringLike", "aws:SourceVpc", "vpc-91237329", False),
            ("StringEquals", "AWS:sourcevpc", "vpc-91237329", False),
            ("StringEquals", "aws:SourceVpc", ["vpc-91237329", "vpc-9123732?"], True),
            ("StringEquals", "aws:SourceVpc", "${aws:username}", True),
            ("StringEqualsIfExists", "aws:SourceVpc", "vpc-91237329", True),
            ("ForAllValues:StringEquals", "aws:SourceVpc", "vpc-91237329", True),
            ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-a/r-b/", False),
            ("StringNotEquals", "aws:SourceVpc", "vpc-91237329", True),
            ("Null", "aws:SourceVpc", "false", True),
            ("StringEquals", "aws:SourceVpce", "vpce-1", False),
            ("StringEquals", "aws:SourceAccount", ACCOUNT, False),
            ("StringEquals", "aws:SourceOwner", ACCOUNT, False),
            ("ArnEquals", "aws:SourceArn", "arn:aws:s3:::dogs", False),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*", True),
            ("StringEquals", "aws:PrincipalOrgID", "o-a", False),
            ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/ada", False),
            ("StringEquals", "aws:userid", "AIDAEXAMPLE", False),
            ("StringLike", "aws:userid", "AROAEXAMPLE:*", True),
            ("StringEquals", "aws:username", "ada", True),
            ("StringEquals", "aws:Referer", "https://example.com/", True),
            ("ArnEquals", "s3:x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:a:1:key/b", False),
            ("StringEquals", "s3:DataAccessPointAccount", ACCOUNT, False),
            ("ArnLike", "s3:DataAccessPointArn", f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/*", False),
            ("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:us-west-2:*:accesspoint/a", True),
            ("ArnEquals", "s3:DataAccessPointArn", f"arn:aws:s3:*:{ACCOUNT}:accesspoint/a", True),
            ("IpAddress", "aws:SourceIp", "203.0.113.0/24", False),
            ("IpAddress", "aws:SourceIp", "203.0.113.7", False),
            ("IpAddress", "aws:SourceIp", "10.0.0.0/8", False),
            ("IpAddress", "aws:SourceIp", "0.0.0.0/7", True),
            ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "0.0.0.0/0"], True),
            ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
            ("IpAddress", "aws:SourceIp", "2001::/31", True),
            ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", True),
            ("IpAddress", "aws:VpcSourceIp", "203.0.113.0/24", True),
        ],
    )
    def test_conditions(self, operator, key, value, expected):
        assert expected == is_public_if({"Condition": {operator: {key: value}}})

    def test_one_fixed_condition_is_enough(self):
        condition = {"StringLike": {"aws:SourceVpc": "*"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
        assert not is_public_if({"Condition": condition})
