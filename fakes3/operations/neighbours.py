"""Other mocks in this process, which answer for what S3 has to know of other services of AWS.

A door adds each. Without one, whatever S3 has to know of other services is taken as the test author says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from fakes3.model.identity import AccessKey
    from fakes3.model.kms_keys import KeyName, KmsKey
    from fakes3.model.notifications import Arn, Kind


class Neighbour(Protocol):
    """Another mock, which answers for other services."""

    @property
    def is_active(self) -> bool:
        """Whether it answers now."""
        ...

    def find_policy(self, kind: Kind, arn: Arn) -> Mapping[str, Any] | None:
        """Return the policy of a destination, which may be empty; None where the destination does not exist."""

    def send(self, kind: Kind, arn: Arn, message: str) -> None:
        """Send a message to a destination. It may raise anything."""

    def publish(self, account: str, region: str, event: Mapping[str, Any]) -> None:
        """Send an event to EventBridge. It may raise anything."""

    def has_keys(self, account: str) -> bool:
        """Whether an account has KMS keys there, so that it has no others."""
        ...

    def find_key(self, name: KeyName) -> KmsKey | None:
        """Return a KMS key by its id or alias; None where there is none."""

    def find_access_key(self, key_id: str, *, is_held: bool) -> AccessKey | None:
        """Return the access key of somebody who was made there; None where there is none.

        With `is_held` its owner is held to its policies, and signatures by it are verified. Else the owner is allowed
        everything in its account.
        """


NEIGHBOURS: list[Neighbour] = []
"""The mocks that fakes3 knows."""


def find_neighbour() -> Neighbour | None:
    """Return the mock that answers for other services; None where nothing does."""
    for each in NEIGHBOURS:
        if each.is_active:
            return each
    return None
