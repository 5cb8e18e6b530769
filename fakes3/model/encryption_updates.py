"""What UpdateObjectEncryption refuses. It gives an object another KMS key, in place of S3's key or of a KMS key.

S3: API/API_UpdateObjectEncryption.html, whose "Errors" has the texts
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from fakes3.model.encryption import AES256, KMS, UNENCRYPTED, Encryption
from fakes3.model.errors import AccessDenied, InvalidRequest
from fakes3.model.lock import LegalHold, Lock

_ARN: Final = re.compile(r"arn:aws[-a-z0-9]*:kms:[-a-z0-9]*:([0-9]{12}):key/.+")
_ONLY: Final = "Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
_OPERATION: Final = "The UpdateObjectEncryption operation"

NO_TYPE: Final = (
    "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are "
    "SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, and then try again."
)
NO_KEY: Final = (
    "Requests that modify an object's encryption type to SSE-KMS require an AWS KMS key Amazon Resource Name (ARN). "
    "Modify the request to specify a KMS key ARN, and then try again."
)
_NOT_AN_ARN: Final = (
    "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon Resource Name "
    "(ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again."
)
_OLD_SIGNATURE: Final = (
    "Requests that modify an object encryption configuration require AWS Signature Version 4. Modify the request to "
    "use AWS Signature Version 4, and then try again."
)
_FOREIGN_KEY: Final = (
    "The AWS KMS key in the request must be owned by the same account as the bucket. Modify the request to specify a "
    "KMS key from the same account, and then try again."
)
_LOCKED: Final = (
    "The encryption type for the specified object can\u2019t be updated because that object is protected by S3 Object "
    "Lock. If the object has a governance-mode retention period or a legal hold, you must first remove the Object Lock "
    "status on the object before you issue your UpdateObjectEncryption request. You can't use the "
    "UpdateObjectEncryption operation with objects that have an Object Lock compliance mode retention period applied "
    "to them."
)


def check_signature(*, has_version_4: bool) -> None:
    """Refuse a request that is not signed with Signature Version 4. Raises: InvalidRequest."""
    if not has_version_4:
        raise InvalidRequest(_OLD_SIGNATURE)


def check_key(key: str, owner: str) -> None:
    """Refuse what is not the ARN of a KMS key of the bucket's owner. Raises: InvalidRequest, AccessDenied."""
    found = _ARN.fullmatch(key)
    if found is None:
        raise InvalidRequest(_NOT_AN_ARN)
    if found[1] != owner:
        raise AccessDenied(_FOREIGN_KEY, reason=f"the key is of {found[1]}, and the bucket of {owner}. Use one of its.")


def check_source(encryption: Encryption) -> None:
    """Refuse an object without encryption, or encrypted twice or with a customer's key. Raises: InvalidRequest."""
    if encryption == UNENCRYPTED:
        raise InvalidRequest(f"{_OPERATION} doesn't supported unencrypted source objects. {_ONLY}")
    if encryption.algorithm not in {AES256, KMS}:
        raise InvalidRequest(
            f"{_OPERATION} doesn't support source objects with the encryption type DSSE-KMS or SSE-C. {_ONLY}"
        )


def check_unlocked(lock: Lock, now: datetime) -> None:
    """Refuse an object that a legal hold or an unexpired retention protects, in either mode. Raises: AccessDenied."""
    retention = lock.retention_at(now)
    if lock.legal_hold is LegalHold.ON or (retention is not None and retention.is_active(now)):
        raise AccessDenied(_LOCKED, reason="Object Lock protects the object. Take off its legal hold or retention.")
