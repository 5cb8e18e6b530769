"""MFA delete: whoever removes a version for good, or changes versioning, shows a code of the root user's device.

A bucket's owner switches it on together with versioning. Only the root user of that account can use it, over TLS and
with credentials that last.

S3: userguide/MultiFactorAuthenticationDelete.html
"""

from __future__ import annotations

from typing import NamedTuple

from fakes3.model.errors import InvalidArgument

HEADER = "x-amz-mfa"


class MfaDevice(NamedTuple):
    """The device of an account's root user, and the codes that it shows."""

    serial: str
    codes: frozenset[str]
    """The codes that were not used yet."""

    def use(self, serial: str, code: str) -> MfaDevice | None:
        """Return the device once a code of it was used; None if it does not show this code, or is another."""
        if serial != self.serial or code not in self.codes:
            return None
        return MfaDevice(self.serial, self.codes - {code})


def parse_header(text: str) -> tuple[str, str]:
    """Return the serial number and the code in an `x-amz-mfa` header.

    Raises: InvalidArgument.
    observed: iterate-ch/cyberduck#16267

    >>> parse_header("arn:aws:iam::123456789012:mfa/root 123456")
    ('arn:aws:iam::123456789012:mfa/root', '123456')
    """
    serial, _, code = text.partition(" ")
    if not serial or not code or " " in code:
        raise InvalidArgument(
            "Mfa header is invalid -- the header should be formatted as {serialNumber}(space){tokenCode}",
            ArgumentName=HEADER,
            ArgumentValue=text,
        )
    return serial, code
