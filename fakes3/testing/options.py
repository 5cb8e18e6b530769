"""What test authors give as options: each is read, or refused with the remedy."""

from __future__ import annotations

from fakes3.model.errors import UsageError
from fakes3.model.names import is_account_id
from fakes3.model.ownership import Ownership
from fakes3.model.regions import is_region
from fakes3.model.versions import Versioning
from fakes3.operations.settings import BUCKET_DEFAULTS, Settings


def check_id(account_id: object, example: str) -> None:
    """Raise UsageError, with an example of an account id, unless this is one."""
    if not isinstance(account_id, str) or not is_account_id(account_id):
        raise UsageError(f"{account_id!r} is not an AWS account id. Give 12 digits, such as '{example}'.")


def check_settings(settings: Settings) -> None:
    """Refuse a value that an option of a fake does not take. Raises: UsageError."""
    check_region(settings.region)
    check_id(settings.account, "123456789012")
    for option, given in (
        ("enforce_iam", settings.enforces_iam),
        ("verify_signatures", settings.verifies_signatures),
    ):
        check_switch(option, given)
    seed: object = settings.seed
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise UsageError(f"seed= cannot be {seed!r}. Give a whole number.")
    check_bucket_defaults(settings.bucket_defaults)
    size: object = settings.min_part_size
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise UsageError(f"min_part_size= cannot be {size!r}. Give a number of bytes, such as 1; S3's own is 5 MiB.")


def check_switch(option: str, given: object) -> None:
    """Raise UsageError, unless this is True or False."""
    if not isinstance(given, bool):
        raise UsageError(f"{option}= cannot be {given!r}. Give True or False.")


def check_text(option: str, given: object, example: str) -> None:
    """Raise UsageError, with an example, unless this is a text."""
    if not isinstance(given, str):
        raise UsageError(f"{option}= cannot be {given!r}. Give a text, such as {example!r}.")


def check_region(region: object) -> None:
    """Raise UsageError, unless this is a region of AWS."""
    if not isinstance(region, str) or not is_region(region):
        raise UsageError(f"{region!r} is not an AWS region. Give one such as 'us-east-1' or 'eu-central-1'.")


def check_bucket_defaults(wanted: str) -> None:
    """Raise UsageError, unless this names what new buckets are like."""
    if wanted not in BUCKET_DEFAULTS:
        raise UsageError(f'bucket_defaults= cannot be {wanted!r}. Give "today", "2025" or "2022".')


def read_versioning(wanted: bool | str) -> Versioning | None:
    """Return the versioning of a new bucket; None for a bucket that never had any. Raises: UsageError."""
    if wanted is False:
        return None
    try:
        return Versioning.ENABLED if wanted is True else Versioning(wanted)
    except ValueError:
        raise UsageError(f'versioning= cannot be {wanted!r}. Give True, False, "Enabled" or "Suspended".') from None


def read_ownership(wanted: str | None) -> Ownership | None:
    """Return the Object Ownership of a new bucket; None where it is the default. Raises: UsageError."""
    try:
        return None if wanted is None else Ownership(wanted)
    except ValueError:
        known = ", ".join(f'"{each}"' for each in Ownership)
        raise UsageError(f"ownership= cannot be {wanted!r}. Give one of {known}.") from None
