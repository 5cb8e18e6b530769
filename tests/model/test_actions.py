"""S3's actions and condition keys, as the Service Authorization Reference lists them."""

from __future__ import annotations

from collections import Counter

import pytest

from fakes3.model.actions import ACTIONS, CONDITION_KEYS, TAG_KEYS, Kind, actions_like, condition_key


class TestActions:
    @pytest.mark.parametrize(
        ("action", "kind"),
        [
            ("s3:ListBucket", Kind.BUCKET),
            ("s3:GetBucketCORS", Kind.BUCKET),
            ("s3:PutLifecycleConfiguration", Kind.BUCKET),
            ("s3:GetObject", Kind.OBJECT),
            ("s3:ListMultipartUploadParts", Kind.OBJECT),
            ("s3:BypassGovernanceRetention", Kind.OBJECT),
            ("s3:ListAllMyBuckets", Kind.ACCOUNT),
            ("s3:CreateAccessPoint", Kind.OTHER),
        ],
    )
    def test_what_they_are_done_to(self, action, kind):
        assert kind is ACTIONS[action]

    @pytest.mark.parametrize("name", ["s3:HeadObject", "s3:ListObjects", "s3:PutBucketLifecycle", "s3:CopyObject"])
    def test_operations_are_not_all_actions(self, name):
        assert frozenset() == actions_like(name)

    def test_each_stands_there_once(self):
        assert 1 == max(Counter(action.lower() for action in ACTIONS).values())

    def test_all_of_them(self):
        assert [set(ACTIONS)] * 3 == [actions_like(each) for each in ("*", "s3:*", "S3:*")]


class TestConditionKeys:
    @pytest.mark.parametrize(
        ("key", "type"),
        [
            ("s3:max-keys", "Numeric"),
            ("s3:object-lock-retain-until-date", "Date"),
            ("s3:RequestObjectTagKeys", "ArrayOfString"),
            ("s3:ExistingObjectTag/Team", "String"),
            ("aws:SourceIp", "IPAddress"),
            ("aws:SecureTransport", "Bool"),
            ("AWS:PRINCIPALARN", "ARN"),
            ("aws:RequestTag/a/b", "String"),
            ("www.amazon.com:user_id", "String"),
        ],
    )
    def test_types(self, key, type):
        found = condition_key(key)
        assert type == (found and found.type)

    @pytest.mark.parametrize(
        "key", ["s3:VersionStatus", "aws:Foo", "aws:RequestTag/", "aws:SourceIp/a", "prefix", "a:", ""]
    )
    def test_no_keys(self, key):
        assert condition_key(key) is None

    def test_they_are_of_actions_that_there_are(self):
        named = [key.actions for key in (*CONDITION_KEYS.values(), *TAG_KEYS.values()) if key.actions is not None]
        assert frozenset() == frozenset().union(*named) - set(ACTIONS)
