"""How an object is encrypted at rest. The fake encrypts nothing; it keeps, checks and tells what S3 would.

S3: userguide/UsingEncryption.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Encryption:
    """The server-side encryption of an object."""

    algorithm: str | None = "AES256"
    """`AES256` (SSE-S3), `aws:kms`, `aws:kms:dsse`; None where the customer keeps the key (SSE-C)."""
    kms_key: str | None = None
    """The ARN of the KMS key."""
    bucket_key: bool = False
    """Whether an S3 Bucket Key stands in for the KMS key."""
    context: str | None = None
    """The encryption context, Base64 of JSON, where the writer gave one."""
    customer_key_md5: str | None = None
    """The MD5 of the customer's key, Base64. S3 keeps no more of it, and neither does the fake."""


SSE_S3 = Encryption()
"""What S3 does where nobody asks for anything else."""
