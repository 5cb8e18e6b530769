"""How requests name KMS keys, and which keys can be used."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.kms_errors import KMSDisabledException, KMSInvalidStateException, KMSNotFoundException
from fakes3.model.kms_keys import (
    KeyName,
    KmsKey,
    check_usable,
    find_arn,
    key_arn,
    parse_key,
    parse_key_arn,
    related_arn,
)

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
HOME = "arn:aws:kms:us-east-1:123456789012"
ARN = f"{HOME}:key/{ID}"
WHERE = {"region": "us-east-1", "account": "123456789012"}


def arn_of(key: str, *, region: str = "us-east-1") -> str:
    return key_arn(key, region=region, account="123456789012")


class TestKeyArn:
    """A KMS key has an id, an ARN, and perhaps aliases; answers show the ARN."""

    @pytest.mark.parametrize("spelling", [ID, ARN])
    def test_every_spelling_of_a_key_is_the_same_key(self, spelling):
        assert ARN == arn_of(spelling)

    def test_a_multi_region_key_is_a_key(self):
        assert f"{HOME}:key/mrk-{'0a' * 16}" == arn_of(f"mrk-{'0a' * 16}")

    # S3: kms/latest/developerguide/mrk-how-it-works.html
    def test_a_multi_region_key_is_related_to_that_with_its_id_in_another_region(self):
        key = arn_of(f"mrk-{'0a' * 16}")
        there = related_arn(key, "eu-west-1")
        assert key.replace("us-east-1", "eu-west-1") == there
        assert key == related_arn(there, "us-east-1")
        assert None is related_arn(ARN, "eu-west-1")

    def test_an_alias_stands_for_one_key_of_its_region_and_account(self):
        key = arn_of("alias/mine")
        assert re.fullmatch(rf"{HOME}:key/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}", key)
        assert key == arn_of(f"{HOME}:alias/mine")
        assert key != arn_of("alias/yours")
        assert key.rpartition("/")[2] != arn_of("alias/mine", region="eu-west-1").rpartition("/")[2]

    def test_an_arn_may_name_another_account(self):
        key = f"arn:aws:kms:us-east-1:210987654321:key/{ID}"
        assert key == arn_of(key)

    def test_the_partition_is_that_of_the_region(self):
        assert f"arn:aws-cn:kms:cn-north-1:123456789012:key/{ID}" == arn_of(ID, region="cn-north-1")

    @pytest.mark.parametrize(
        "key", ["fake-key-id", "aws/s3", "", f"key/{ID}", f"{ID} ", "alias/", "arn:aws:kms:x:y:z", f"mrk-{ID}"]
    )
    def test_what_cannot_be_a_key_is_not_found(self, key):
        with pytest.raises(KMSNotFoundException) as refusal:
            arn_of(key)
        assert f"Invalid keyId '{key}'" == refusal.value.message

    def test_a_key_of_another_region_is_not_found(self):
        with pytest.raises(KMSNotFoundException) as refusal:
            arn_of(ARN, region="us-west-2")
        assert "Invalid arn us-east-1" == refusal.value.message

    @given(st.from_regex(r"alias/[a-zA-Z0-9/_-]{1,250}", fullmatch=True) | st.uuids().map(str))
    def test_the_arn_of_an_arn_is_itself(self, key):
        assert arn_of(key) == arn_of(arn_of(key))


class TestKeysOfAMock:
    """A mock of KMS knows its keys and their aliases, and S3 can use those that are enabled."""

    MINE = parse_key("alias/mine", **WHERE)

    @pytest.mark.parametrize("key", [ID, f"key/{ID}", ARN])
    def test_the_name_of_an_arn(self, key: str) -> None:
        name = KeyName("us-east-1", "123456789012", ID, None)
        assert (name, ARN) == (parse_key_arn(ARN), name.arn)

    def test_a_multi_region_key_of_moto_has_dashes_in_its_id(self) -> None:
        shared = f"{HOME}:key/mrk-{ID}"
        name = parse_key(f"mrk-{ID}", **WHERE)
        assert (shared, shared) == (name.arn, find_arn(name, KmsKey(shared)))
        assert shared.replace("us-east-1", "eu-west-1") == related_arn(shared, "eu-west-1")

    def test_an_alias_stands_for_the_key_that_it_was_given(self) -> None:
        assert f"{HOME}:alias/mine" == self.MINE.arn
        assert ARN == find_arn(self.MINE, KmsKey(ARN))

    # recorded: TestS3::test_s3_sse_validate_kms_key
    def test_a_key_that_is_not_there(self) -> None:
        with pytest.raises(KMSNotFoundException) as refusal:
            find_arn(parse_key(ID, **WHERE), None)
        assert f"Key '{ARN}' does not exist" == refusal.value.message
        with pytest.raises(KMSNotFoundException) as refusal:
            find_arn(self.MINE, None)
        assert f"Alias {HOME}:alias/mine is not found." == refusal.value.message

    def test_the_key_of_aws_need_not_be_there_yet(self) -> None:
        managed = parse_key("alias/aws/s3", **WHERE)
        assert arn_of("alias/aws/s3") == find_arn(managed, None)
        assert ARN == find_arn(managed, KmsKey(ARN))

    # recorded: TestS3::test_s3_sse_validate_kms_key_state
    @pytest.mark.parametrize(
        ("state", "error", "text"),
        [
            ("Disabled", KMSDisabledException, "is disabled."),
            ("PendingDeletion", KMSInvalidStateException, "is pending deletion."),
            ("PendingImport", KMSInvalidStateException, "is pending import."),
        ],
    )
    def test_a_key_that_is_not_enabled(self, state: str, error: type[Exception], text: str) -> None:
        for use in (lambda key: find_arn(self.MINE, key), check_usable):
            with pytest.raises(error) as refusal:
                use(KmsKey(ARN, state))
            assert f"{ARN} {text}" == refusal.value.message  # type: ignore[attr-defined]
