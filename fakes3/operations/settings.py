"""What the test author chose for a whole fake."""

from __future__ import annotations

from typing import NamedTuple


class Settings(NamedTuple):
    """What the test author chose for a whole fake."""

    account: str = "123456789012"
    region: str = "us-east-1"
    seed: int = 0
    enforces_iam: bool = False
    """Whether callers with unknown keys are refused, and not taken for the root user of the account."""
    verifies_signatures: bool = False
    """Whether every signature is verified, and unknown keys are refused."""
    bucket_defaults: str = "today"
    """How new buckets are made: as "today", or as before April 2023, "2022"."""

    @property
    def makes_old_buckets(self) -> bool:
        """Whether new buckets are made as before April 2023."""
        return self.bucket_defaults == "2022"


BUCKET_DEFAULTS = ("today", "2022")
"""The values that `Settings.bucket_defaults` may have."""
