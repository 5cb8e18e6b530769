"""What a mock inside another one is: a fake of its own, or the fake of the mock around it.

Who comes from moto nests mocks: a fixture and a decorator, two fixtures, a `start` in `setUp` and a decorated helper.
There all of them are one S3. Here that is said once: by the ini option `s3_nested` for a suite, by a marker for a test,
a class or a module, and by the option `nested` for one mock, which counts before the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3.model.errors import UsageError
from fakes3.operations.service import Service
from fakes3.testing.entries import ENTRIES, Entry
from fakes3.testing.fake import FakeS3


class _Unsaid(str):
    """A default that nobody has written. It is equal to what it stands for; only what it is tells it apart."""

    __slots__ = ()


UNSAID = _Unsaid("fresh")
_NAMES = {"enforce_iam": "enforces_iam", "verify_signatures": "verifies_signatures"}
"""The settings of a fake that have other names than the options."""


def check_nested(nested: object) -> None:
    """Refuse a value that the option does not take. Raises: UsageError."""
    if nested not in ("fresh", "share"):
        raise UsageError(f'nested= cannot be {nested!r}. Give "fresh" or "share".')


def find_outer(nested: str | None, of_class: Entry | None) -> Entry | None:
    """Return the entry whose fake a new one shares; None where it has a fake of its own.

    Args:
        nested: What the mock says of that, or None.
        of_class: For a test of a decorated class, the entry of the class. A test has a fork of its fake, unless the
            class shares it with a mock around all of its tests.

    Raises: UsageError, for what a marker cannot say.
    """
    said = nested or ENTRIES.nested
    if said == "fresh":
        return None
    check_nested(said)
    outer = ENTRIES.current()
    return None if outer is not None and outer is of_class and not outer.shares else outer


def find_around(outer: Entry | None, of_class: Entry | None) -> tuple[Service, ...]:
    """Return the services of the mocks around a new one, the nearest first.

    Args:
        outer: The entry whose fake is shared, or None.
        of_class: The entry of the class of a test, whose fake the test has a fork of, or None.
    """
    same = outer or of_class
    if same is not None:
        return tuple(same.endpoint.around)
    nearest = ENTRIES.current()
    return () if nearest is None else (nearest.fake.service, *nearest.endpoint.around)


def check_shared(fake: FakeS3, options: Mapping[str, Any]) -> None:
    """Refuse options of an inner mock that the fake around it does not have. Raises: UsageError."""
    settings = fake.service.settings
    for name, value in options.items():
        if getattr(settings, _NAMES.get(name, name)) != value:
            raise UsageError(
                f"This mock_s3 shares the fake of the mock around it, so {name}={value!r} would be ignored. "
                f'Give {name}= to the outer mock, or nested="fresh" to this one.'
            )
