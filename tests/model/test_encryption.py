"""The pure rules of server-side encryption."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from hashlib import md5
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes3.model.encryption import (
    NO_CUSTOMER_KEY,
    SSE_S3,
    BucketEncryption,
    CustomerKey,
    Encryption,
    blocks_sse_c_in,
    check_customer_headers,
    check_headers,
    check_opens,
    choose_encryption,
    complete_configuration,
    encrypt_with,
    encryption_in,
    full_context,
    parse_context,
)
from fakes3.model.errors import (
    AccessDenied,
    InvalidArgument,
    InvalidRequest,
    MalformedXML,
    S3Error,
)
from fakes3.model.kms_keys import key_arn

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
HOME = "arn:aws:kms:us-east-1:123456789012"
ARN = f"{HOME}:key/{ID}"
KMS_BUCKET = BucketEncryption("aws:kms", ID, bucket_key=True, is_set=True)


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def customer(key: bytes, *, sum_of: bytes | None = None) -> CustomerKey:
    """The headers that hand over a key, with the MD5 of it or of another one."""
    return CustomerKey("AES256", base64(key), base64(md5(key if sum_of is None else sum_of).digest()))


def arn_of(key: str, *, region: str = "us-east-1") -> str:
    return key_arn(key, region=region, account="123456789012")


def context_of(pairs: object) -> str:
    return base64(json.dumps(pairs).encode())


def choose(
    bucket: BucketEncryption, algorithm: str | None = None, kms_key: str | None = None, bucket_key: bool | None = None
) -> Encryption:
    return choose_encryption(
        bucket,
        algorithm=algorithm,
        kms_key=kms_key,
        context=None,
        bucket_key=bucket_key,
        find_key=arn_of,
    )


def put(
    now: BucketEncryption,
    algorithm: str | None = None,
    kms_key: str | None = None,
    *,
    bucket_key: bool = False,
    blocked: tuple[str, ...] | None = None,
) -> BucketEncryption:
    rule: dict[str, Any] = {"BucketKeyEnabled": bucket_key}
    if algorithm is not None:
        default = {"SSEAlgorithm": algorithm} | ({} if kms_key is None else {"KMSMasterKeyID": kms_key})
        rule["ApplyServerSideEncryptionByDefault"] = default
    if blocked is not None:
        rule["BlockedEncryptionTypes"] = {"EncryptionType": list(blocked)}
    return encryption_in(complete_configuration(now, {"Rules": [rule]}))


class TestContext:
    """An encryption context is the Base64 of a JSON object of strings."""

    @pytest.mark.parametrize(
        "context",
        [
            "{}",
            "",
            "%%%",
            "é",
            base64(b"\xff"),
            base64(b"not json"),
            context_of(["a"]),
            context_of({"a": 1}),
            context_of({"Context": {"Context": {}}}),
            b64encode(b'{"a":' * 100_000).decode(),
            b64encode(b'{"a":' * 900 + b"1" + b"}" * 900).decode(),
            b64encode('{"a": "b"}'.encode("utf-16")).decode(),
        ],
    )
    def test_anything_else_is_refused(self, context):
        with pytest.raises(InvalidArgument) as refusal:
            parse_context(context)
        assert refusal.value.members == {
            "ArgumentName": "x-amz-server-side-encryption-context",
            "ArgumentValue": context,
        }

    @given(st.dictionaries(st.text(), st.text()))
    def test_the_arn_is_added_to_the_pairs(self, pairs):
        full = json.loads(b64decode(full_context(context_of(pairs), "arn:aws:s3:::b/k")))
        assert pairs | {"aws:s3:arn": "arn:aws:s3:::b/k"} == full


class TestHeaders:
    """The headers of a write name an algorithm S3 has, and KMS members only with KMS."""

    @pytest.mark.parametrize("algorithm", [None, "AES256", "aws:kms", "aws:kms:dsse"])
    def test_the_algorithms_of_general_purpose_buckets(self, algorithm):
        check_headers(algorithm, None, None)

    @pytest.mark.parametrize("algorithm", ["", "aes256", "AES512", "aws:fsx", "aws:backup", "SSE-C"])
    def test_other_words_are_refused(self, algorithm):
        with pytest.raises(InvalidArgument, match="The encryption method specified is not supported") as refusal:
            check_headers(algorithm, None, None)
        assert algorithm == refusal.value.members["ArgumentValue"]

    @pytest.mark.parametrize("algorithm", [None, "AES256"])
    @pytest.mark.parametrize(("key", "context"), [(ID, None), (None, context_of({}))])
    def test_kms_members_need_kms(self, algorithm, key, context):
        with pytest.raises(InvalidArgument, match="requires HTTP header x-amz-server-side-encryption : aws:kms"):
            check_headers(algorithm, key, context)

    @pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
    def test_a_context_is_judged_at_once(self, algorithm):
        with pytest.raises(InvalidArgument, match="string-string map"):
            check_headers(algorithm, ID, "no")


class TestChoice:
    """Explicit headers win over the bucket's default."""

    def test_nothing_said_anywhere_is_sse_s3(self):
        assert SSE_S3 is choose(BucketEncryption())

    def test_the_default_of_the_bucket_applies_to_a_silent_write(self):
        assert Encryption("aws:kms", ARN, bucket_key=True) == choose(KMS_BUCKET)

    def test_aes256_wins_over_a_kms_default(self):
        assert SSE_S3 is choose(KMS_BUCKET, "AES256")

    def test_kms_without_a_key_is_the_managed_key_whatever_key_the_bucket_has(self):
        assert arn_of("alias/aws/s3") == choose(KMS_BUCKET, "aws:kms").kms_key

    @pytest.mark.parametrize(("said", "expected"), [(None, True), (True, True), (False, False)])
    def test_the_bucket_key_is_the_buckets_to_say_where_the_request_does_not(self, said, expected):
        assert expected is choose(KMS_BUCKET, "aws:kms", ID, said).bucket_key

    @pytest.mark.parametrize("said", [None, True])
    def test_dsse_has_no_bucket_key(self, said):
        assert Encryption("aws:kms:dsse", ARN) == choose(KMS_BUCKET, "aws:kms:dsse", ID, said)
        assert not choose(BucketEncryption("aws:kms:dsse", ID, bucket_key=True)).bucket_key

    @pytest.mark.parametrize(
        ("encryption", "expected"),
        [
            (SSE_S3, True),
            (Encryption("aws:kms", ARN), False),
            (Encryption("aws:kms:dsse", ARN), False),
            (Encryption(None, customer_key_md5="x"), False),
        ],
    )
    def test_only_sse_s3_keeps_the_md5_as_etag(self, encryption, expected):
        assert expected is encryption.keeps_md5


class TestCustomerKeys:
    """S3 keeps only the MD5 of a customer's key."""

    def test_the_md5_of_the_key_is_kept(self):
        key = b"k" * 32
        assert Encryption(None, customer_key_md5=base64(md5(key).digest())) == encrypt_with(customer(key))

    def test_the_md5_is_looked_at_before_the_length(self):
        with pytest.raises(InvalidArgument, match="did not match the hash"):
            encrypt_with(customer(b"k" * 24, sum_of=b"other"))
        with pytest.raises(InvalidArgument, match="secret key was invalid"):
            encrypt_with(customer(b"k" * 24))

    @pytest.mark.parametrize("key", ["%%%", "é", "YQ"])
    def test_what_is_no_base64_is_no_key(self, key):
        with pytest.raises(InvalidArgument, match="secret key was invalid"):
            encrypt_with(CustomerKey("AES256", key, "x"))

    def test_another_encryption_is_found_before_anything_else(self):
        with pytest.raises(InvalidArgument, match="incompatible with the encryption method"):
            check_customer_headers(CustomerKey("KMS", None, None), "aws:kms")

    @given(
        algorithm=st.sampled_from([None, "AES256", "KMS"]),
        key=st.none() | st.binary(max_size=40).map(base64),
        key_md5=st.none() | st.binary(min_size=16, max_size=16).map(base64),
    )
    def test_every_fault_is_a_400_that_names_the_one_header(self, algorithm, key, key_md5):
        sent = CustomerKey(algorithm, key, key_md5)
        with pytest.raises(S3Error) as refusal:
            check_customer_headers(sent)
            encrypt_with(sent)
        assert 400 == refusal.value.status
        assert "x-amz-server-side-encryption" == refusal.value.members["ArgumentName"]

    @given(st.binary(min_size=32, max_size=32), st.binary(max_size=40))
    def test_only_the_key_of_the_write_opens(self, key, other):
        encryption = encrypt_with(customer(key))
        check_opens(encryption, customer(key))
        if other != key:
            with pytest.raises(AccessDenied, match="must provide the correct secret key"):
                check_opens(encryption, customer(other))

    def test_no_key_opens_what_has_none(self):
        check_opens(SSE_S3, NO_CUSTOMER_KEY)

    def test_a_key_where_none_belongs_is_refused(self):
        with pytest.raises(InvalidRequest, match="not applicable to this object"):
            check_opens(SSE_S3, customer(b"k" * 32))

    def test_a_refusal_may_say_less(self):
        with pytest.raises(AccessDenied, match="Access Denied"):
            check_opens(encrypt_with(customer(b"k" * 32)), customer(b"o" * 32), refusal="Access Denied")


class TestConfiguration:
    """A bucket has one rule; what it blocks is a matter of its own."""

    @pytest.mark.parametrize(
        ("region", "blocks"),
        [("us-east-1", True), ("cn-north-1", True), ("me-south-1", False), ("me-central-1", False)],
    )
    def test_new_buckets_block_customers_keys_but_for_two_regions(self, region, blocks):
        assert blocks is blocks_sse_c_in(region)

    @pytest.mark.parametrize("blocks", [True, False])
    @pytest.mark.parametrize("silent", [None, ()])
    def test_a_rule_that_does_not_speak_of_blocking_changes_none(self, blocks, silent):
        assert blocks is put(BucketEncryption(blocks_sse_c=blocks), "aws:kms", blocked=silent).blocks_sse_c

    @pytest.mark.parametrize(("types", "blocks"), [(("SSE-C",), True), (("NONE",), False)])
    def test_a_rule_says_what_is_blocked(self, types, blocks):
        assert blocks is put(BucketEncryption(blocks_sse_c=not blocks), blocked=types).blocks_sse_c

    def test_a_rule_that_only_blocks_sets_no_default(self):
        assert BucketEncryption(blocks_sse_c=False) == put(KMS_BUCKET, blocked=("NONE",))

    def test_a_key_is_kept_as_given_and_not_looked_at(self):
        assert "whatever" == put(BucketEncryption(), "aws:kms", "whatever").kms_key

    @pytest.mark.parametrize("algorithm", ["", "aes256", "SSE-C"])
    def test_an_unknown_algorithm_is_malformed(self, algorithm):
        with pytest.raises(MalformedXML):
            put(BucketEncryption(), algorithm)

    @pytest.mark.parametrize("types", [("SSE-S3",), ("NONE", "SSE-C"), ("SSE-C", "SSE-C")])
    def test_unknown_and_contradicting_types_are_malformed(self, types):
        with pytest.raises(MalformedXML):
            put(BucketEncryption(), "AES256", blocked=types)
