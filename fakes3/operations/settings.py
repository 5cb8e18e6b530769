"""The settings of a fake."""

from __future__ import annotations

from typing import NamedTuple

SMALLEST_PART = 5 * 1024**2
"""The fewest bytes of a part that is not the last, at S3. S3: userguide/qfacts.html"""


class Settings(NamedTuple):
    """The settings that the test author chose for a fake."""

    account: str = "123456789012"
    region: str = "us-east-1"
    seed: int = 0
    enforces_iam: bool = False
    """Whether callers with unknown access keys are refused. Else they are the root user of the account."""
    verifies_signatures: bool = False
    """Whether every signature is verified, and unknown access keys are refused."""
    bucket_defaults: str = "today"
    """How new buckets are made: as "today", as before April 2026 ("2025"), or as before April 2023 ("2022")."""
    min_part_size: int = SMALLEST_PART
    """The fewest bytes of a part of an upload, except the last."""

    longest_page: int = 1000
    """How many entries a page of a bucket's listing has at most. S3 may return fewer than a request asks for."""

    @property
    def makes_old_buckets(self) -> bool:
        """Whether new buckets are made as before April 2023."""
        return self.bucket_defaults == "2022"

    @property
    def allows_sse_c(self) -> bool:
        """Whether new buckets take customers' keys in every region, as before April 2026."""
        return self.bucket_defaults != "today"


BUCKET_DEFAULTS = ("today", "2025", "2022")
"""The values that `Settings.bucket_defaults` may have."""
