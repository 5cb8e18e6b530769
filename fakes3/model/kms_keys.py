"""KMS keys: how requests name them, and which of them encrypt and decrypt.

There is no KMS behind the fake. By itself it knows no key, and every key exists that is spelled like one. What is not a
key id, alias or ARN is refused as KMS refuses it, and so is a key of another region.

Where a mock of KMS answers beside the fake, its keys are the keys there are, and they have states.

S3: userguide/UsingKMSEncryption.html, kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final, NamedTuple

from fakes3.model.kms_errors import KMSDisabledException, KMSInvalidStateException, KMSNotFoundException
from fakes3.model.regions import partition_of

MANAGED_KEY: Final = "alias/aws/s3"
"""The KMS key that AWS makes for an account, and uses where the writer names none."""

ENABLED: Final = "Enabled"
DISABLED: Final = "Disabled"

_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
# The id of a multi-Region key has dashes only at moto.
_ID = rf"(?:(?:mrk-)?{_UUID}|mrk-[0-9a-f]{{32}})"
_ALIAS = r"alias/[a-zA-Z0-9/_-]{1,250}"
# It is compiled at first need, since that takes longer than all else here.
_KEY = (
    rf"(?:arn:aws[a-z0-9-]*:kms:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{{12}}):(?=key/|alias/))?"
    rf"(?:(?:key/)?(?P<id>{_ID})|(?P<alias>{_ALIAS}))"
)


class KeyName(NamedTuple):
    """What a request names: a key by its id, or an alias of a key."""

    region: str
    account: str
    id: str | None
    alias: str | None

    @property
    def arn(self) -> str:
        """The ARN of the key, or of the alias."""
        home = f"arn:{partition_of(self.region)}:kms:{self.region}:{self.account}"
        return f"{home}:{self.alias}" if self.id is None else f"{home}:key/{self.id}"


class KmsKey(NamedTuple):
    """A KMS key that a mock of KMS has."""

    arn: str
    state: str = ENABLED
    """As KMS spells it: "Enabled", "Disabled", "PendingDeletion"."""


def parse_key(key: str, *, region: str, account: str) -> KeyName:
    """Return the name of a KMS key in the bucket's region. Its account is `account`, unless an ARN names another.

    Raises: KMSNotFoundException for what cannot be a key, and for a key of another region.
    """
    found = re.fullmatch(_KEY, key)
    if found is None or key.startswith("key/"):
        raise _not_a_key(key)
    if found["region"] is not None and found["region"] != region:
        raise KMSNotFoundException(
            f"Invalid arn {found['region']}",
            reason=f"the key is in {found['region']}, and the bucket in {region}. Use a key of {region}.",
        )
    return KeyName(region, found["account"] or account, found["id"], found["alias"])


def _not_a_key(key: str) -> KMSNotFoundException:
    return KMSNotFoundException(
        f"Invalid keyId '{key}'",
        reason="the id of a KMS key is a UUID. Pass one like 1234abcd-12ab-34cd-56ef-1234567890ab, the ARN of the "
        "key, or an alias like alias/mine.",
    )


def parse_key_arn(arn: str) -> KeyName:
    """Return the name of the key that has this ARN."""
    _, _, _, region, account, resource = arn.split(":", 5)
    return KeyName(region, account, resource.removeprefix("key/"), None)


def related_arn(arn: str, region: str) -> str | None:
    """Return the ARN of the key in a region that is related to this multi-Region key; None for a key of one region.

    Related keys have the same id, in the same account. The ids of multi-Region keys begin with "mrk-".

    S3: kms/latest/developerguide/mrk-how-it-works.html

    >>> related_arn("arn:aws:kms:us-east-1:123456789012:key/mrk-00112233445566778899aabbccddeeff", "eu-west-1")
    'arn:aws:kms:eu-west-1:123456789012:key/mrk-00112233445566778899aabbccddeeff'
    """
    name = parse_key_arn(arn)
    return name._replace(region=region).arn if name.id is not None and name.id.startswith("mrk-") else None


def key_arn(key: str, *, region: str, account: str) -> str:
    """Return the ARN of a KMS key that is named by its id, alias or ARN, where no mock of KMS knows its aliases.

    Only KMS knows which key an alias stands for. Here each alias stands for one key of its own, always the same.

    Raises: KMSNotFoundException for what cannot be a key, and for a key of another region.

    >>> key_arn("1234abcd-12ab-34cd-56ef-1234567890ab", region="us-east-1", account="123456789012")
    'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    """
    name = parse_key(key, region=region, account=account)
    if name.id is not None and name.id.startswith("mrk-") and name.id.count("-") > 1:
        raise _not_a_key(key)  # only moto writes it so
    return _imagine(name)


def find_arn(name: KeyName, found: KmsKey | None) -> str:
    """Return the ARN of a key to write with, given what a mock of KMS has found under its name.

    The key that AWS makes for the account need not be there before its first use.

    Raises: KMSNotFoundException, KMSDisabledException, KMSInvalidStateException.
    """
    if found is not None:
        check_usable(found)
        return found.arn
    if name.alias == MANAGED_KEY:
        return _imagine(name)
    # recorded: TestS3::test_s3_sse_validate_kms_key
    # An alias has KMS's own text: kms/latest/APIReference/API_DescribeKey.html. No recording of S3 has one.
    raise KMSNotFoundException(
        f"Alias {name.arn} is not found." if name.id is None else f"Key '{name.arn}' does not exist",
        reason="moto answers for KMS, and has other keys in this account. Use one of them, or make this one there, by "
        f'boto3.client("kms", region_name="{name.region}").',
    )


def check_usable(key: KmsKey) -> None:
    """Refuse to encrypt or decrypt with a key that is not enabled.

    Raises: KMSDisabledException, KMSInvalidStateException.
    recorded: TestS3::test_s3_sse_validate_kms_key_state
    """
    if key.state == DISABLED:
        reason = "moto answers for KMS, where the key is disabled. Enable it there, by EnableKey, or use another key."
        raise KMSDisabledException(f"{key.arn} is disabled.", reason=reason)
    if key.state != ENABLED:
        words = re.sub(r"(?<!^)(?=[A-Z])", " ", key.state).lower()
        raise KMSInvalidStateException(
            f"{key.arn} is {words}.",
            reason=f"moto answers for KMS, where the key is {words}. Use another key, or bring this one back there, by "
            "CancelKeyDeletion and EnableKey.",
        )


def _imagine(name: KeyName) -> str:
    """Return the ARN of a key that nobody has made: of an alias that of one key of its own."""
    return name.arn if name.id is not None else name._replace(id=_id_behind(name.arn)).arn


def _id_behind(alias: str) -> str:
    """Return the key id that an alias stands for: 8-4-4-4-12 hex digits, as in all key ids."""
    digits = blake2b(alias.encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
