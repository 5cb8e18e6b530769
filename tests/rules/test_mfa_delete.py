"""MFA delete: a version goes for good, and versioning changes, only with a code of the root user's device.

S3: userguide/MultiFactorAuthenticationDelete.html, API/API_DeleteObjects.html
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fakes3 import FakeS3
from fakes3.model.errors import UsageError

from .conftest import Refused
from .test_needed_permissions import allow, policy

SERIAL = "arn:aws:iam::123456789012:mfa/root-account-mfa-device"
BOTH = {"Status": "Enabled", "MFADelete": "Enabled"}
MISSING = "Mfa Authentication must be used for this request"
NOT_OWNER = "This operation may only be performed by the bucket owner"


def code(number: int) -> str:
    return f"{SERIAL} {number:06}"


@pytest.fixture
def device(s3: FakeS3) -> None:
    s3.account().mfa_device(SERIAL, codes=[f"{number:06}" for number in range(10)])


@pytest.fixture
def guarded(s3_client: Any, bucket: str, device: None) -> str:
    """The name of a bucket with MFA delete. The codes from 1 on are unused."""
    s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=BOTH, MFA=code(0))
    return bucket


@pytest.fixture
def version(s3_client: Any, guarded: str) -> dict[str, str]:
    return {"Bucket": guarded, "Key": "k", "VersionId": s3_client.put_object(Bucket=guarded, Key="k")["VersionId"]}


class TestSwitch:
    """MFA delete is part of a bucket's versioning."""

    def test_on(self, s3_client: Any, guarded: str) -> None:
        answer = s3_client.get_bucket_versioning(Bucket=guarded)
        assert ("Enabled", "Enabled") == (answer["Status"], answer["MFADelete"])

    def test_it_may_stay_off(self, s3_client: Any, bucket: str) -> None:
        assert "MFADelete" not in s3_client.get_bucket_versioning(Bucket=bucket)
        s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        assert "MFADelete" not in s3_client.get_bucket_versioning(Bucket=bucket)
        s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=BOTH | {"MFADelete": "Disabled"})
        assert "Disabled" == s3_client.get_bucket_versioning(Bucket=bucket)["MFADelete"]

    # observed: hashicorp/terraform#12973
    def test_not_without_a_code(self, s3_client: Any, bucket: str, device: None, refused: Refused) -> None:
        with refused("AccessDenied", 403, MISSING):
            s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=BOTH)

    def test_not_without_a_device(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("AccessDenied", 403, NOT_OWNER):
            s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=BOTH, MFA=code(0))

    def test_then_versioning_changes_with_a_code_alone(self, s3_client: Any, guarded: str, refused: Refused) -> None:
        suspended = {"Status": "Suspended"}
        with refused("AccessDenied", 403, MISSING):
            s3_client.put_bucket_versioning(Bucket=guarded, VersioningConfiguration=suspended)
        s3_client.put_bucket_versioning(Bucket=guarded, VersioningConfiguration=suspended, MFA=code(1))
        answer = s3_client.get_bucket_versioning(Bucket=guarded)
        assert ("Suspended", "Enabled") == (answer["Status"], answer["MFADelete"])
        off = BOTH | {"MFADelete": "Disabled"}
        s3_client.put_bucket_versioning(Bucket=guarded, VersioningConfiguration=off, MFA=code(2))
        s3_client.put_bucket_versioning(Bucket=guarded, VersioningConfiguration=suspended)

    def test_not_beside_lifecycle(self, s3_client: Any, bucket: str, device: None) -> None:
        """S3: userguide/lifecycle-and-other-bucket-config.html"""
        rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
        lifecycle = {"Bucket": bucket, "LifecycleConfiguration": {"Rules": [rule]}}
        s3_client.put_bucket_lifecycle_configuration(**lifecycle)
        with pytest.raises(ClientError, match="NotImplemented"):
            s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=BOTH, MFA=code(0))
        s3_client.delete_bucket_lifecycle(Bucket=bucket)
        s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=BOTH, MFA=code(0))
        with pytest.raises(ClientError, match="NotImplemented"):
            s3_client.put_bucket_lifecycle_configuration(**lifecycle)


class TestDeletes:
    """Only what is gone for good needs a code."""

    def test_a_version(self, s3: FakeS3, s3_client: Any, version: dict[str, str], refused: Refused) -> None:
        with refused("AccessDenied", 403, MISSING):
            s3_client.delete_object(**version)
        s3_client.delete_object(**version, MFA=code(1))
        assert [] == s3["never"].versions("k")

    def test_a_delete_marker(self, s3_client: Any, version: dict[str, str], refused: Refused) -> None:
        marker = s3_client.delete_object(Bucket="never", Key="k")["VersionId"]
        with refused("AccessDenied", 403, MISSING):
            s3_client.delete_object(**version | {"VersionId": marker})
        s3_client.delete_object(**version | {"VersionId": marker}, MFA=code(1))

    def test_several_fail_together(self, s3: FakeS3, s3_client: Any, version: dict[str, str], refused: Refused) -> None:
        """Also the objects of which no version is named."""
        s3_client.put_object(Bucket="never", Key="other")
        named = [{"Key": "other"}, {"Key": "k", "VersionId": version["VersionId"]}]
        with refused("AccessDenied", 403, MISSING):
            s3_client.delete_objects(Bucket="never", Delete={"Objects": named})
        with refused("AccessDenied", 403):
            s3_client.delete_objects(Bucket="never", Delete={"Objects": named[:1]}, MFA=code(77))
        s3_client.delete_objects(Bucket="never", Delete={"Objects": named}, MFA=code(1))
        assert [] == list(s3["never"])

    def test_what_is_hidden(self, s3_client: Any, version: dict[str, str]) -> None:
        s3_client.delete_object(Bucket="never", Key="k")
        s3_client.delete_objects(Bucket="never", Delete={"Objects": [{"Key": "k"}]})


class TestCodes:
    """A code is one of the device, counts once, and comes from the root user."""

    @pytest.mark.parametrize("sent", [f"{SERIAL} 999999", f"{SERIAL} 000000", "another 000001"])
    def test_wrong_or_used(self, s3_client: Any, version: dict[str, str], refused: Refused, sent: str) -> None:
        with refused("AccessDenied", 403, "Access Denied"):
            s3_client.delete_object(**version, MFA=sent)

    # observed: iterate-ch/cyberduck#16267
    @pytest.mark.parametrize("sent", ["000001", f"{SERIAL}  000001", f"{SERIAL} 000 001"])
    def test_malformed(self, s3_client: Any, version: dict[str, str], refused: Refused, sent: str) -> None:
        message = "Mfa header is invalid -- the header should be formatted as {serialNumber}(space){tokenCode}"
        with refused("InvalidArgument", 400, message, ArgumentName="x-amz-mfa", ArgumentValue=sent):
            s3_client.delete_object(**version, MFA=sent)

    def test_of_a_refused_request_counts_again(self, s3_client: Any, version: dict[str, str]) -> None:
        with pytest.raises(ClientError, match="PreconditionFailed"):
            s3_client.delete_object(**version, MFA=code(1), IfMatch='"0"')
        s3_client.delete_object(**version, MFA=code(1))

    def test_of_a_user(self, s3: FakeS3, version: dict[str, str], refused: Refused) -> None:
        """S3 was seen to refuse a user so, whatever its policies allow."""
        client = s3.user("ada", policy=policy(allow("s3:*"))).client()
        with refused("AccessDenied", 403, MISSING):
            client.delete_object(**version)
        with refused("AccessDenied", 403, NOT_OWNER):
            client.delete_object(**version, MFA=code(1))

    # observed: 99designs/aws-vault#793
    def test_of_a_session(self, s3: FakeS3, version: dict[str, str], refused: Refused) -> None:
        client = s3.role("admin", policy=policy(allow("s3:*"))).client()
        with refused("InvalidRequest", 400, "DevPay and Mfa are mutually exclusive authorization methods."):
            client.delete_object(**version, MFA=code(1))

    def test_over_plain_http(self, s3: FakeS3, version: dict[str, str], ask: Any) -> None:
        client = s3.client(use_ssl=False)
        with pytest.raises(ClientError, match="AccessDenied"):
            client.delete_object(**version, MFA=code(1))

    def test_a_fork_has_its_own(self, s3: FakeS3, s3_client: Any, version: dict[str, str]) -> None:
        twin = s3.fork()
        s3_client.delete_object(**version, MFA=code(1))
        assert 1 == len(twin["never"].versions("k"))
        assert "000001" in twin.service.world.mfa_devices["123456789012"].codes


class TestDevice:
    """What is no device is a mistake of the test's author."""

    @pytest.mark.parametrize("codes", [["12345"], "12345", [12345], 12345])
    def test_wrong_codes(self, s3: FakeS3, codes: Any) -> None:
        with pytest.raises(UsageError) as caught:
            s3.account().mfa_device("serial", codes=codes)
        assert (
            "'12345' is no code or serial number of an MFA device. Give a serial number without spaces, and codes of "
            'six digits: mfa_device("arn:aws:iam::123456789012:mfa/root", codes=["123456"]).'
        ) == str(caught.value)

    @pytest.mark.parametrize("serial", ["", "a b"])
    def test_a_wrong_serial_number(self, s3: FakeS3, serial: str) -> None:
        with pytest.raises(UsageError, match="is no code or serial number of an MFA device"):
            s3.account().mfa_device(serial, codes=["123456"])

    def test_of_another_account(self, s3: FakeS3, refused: Refused) -> None:
        other = s3.account("210987654321")
        other.mfa_device("serial", ["123456"])
        other.client().create_bucket(Bucket="theirs")
        other.client().put_bucket_versioning(Bucket="theirs", VersioningConfiguration=BOTH, MFA="serial 123456")
        assert "Enabled" == other.client().get_bucket_versioning(Bucket="theirs")["MFADelete"]
