"""What a request says of its signature, wherever it stands and whatever its version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from fakes3.model.errors import S3Error

Place: TypeAlias = Literal["REST-HEADER", "REST-QUERY-STRING", "POST"]
"""Where a signature stands, as the condition key `s3:authType` names it."""

Refuse: TypeAlias = Callable[[str], S3Error]
"""Makes the error to raise from what is wrong."""

VERSION_2 = "AWS"
"""What stands in the place of an algorithm in signatures of version 2."""


class Credential(NamedTuple):
    """Whose key signed, and for which day, region and service."""

    key_id: str
    date: str = ""
    """The day, `20130524`."""
    region: str | None = None
    """None in a signature by ECDSA, which is for several."""
    service: str = "s3"

    @property
    def scope(self) -> str:
        """The credential without the key."""
        return "/".join(filter(None, (self.date, self.region, self.service, "aws4_request")))


class Signature(NamedTuple):
    """What a request says of its signature."""

    algorithm: str
    credential: Credential
    signed_headers: tuple[str, ...]
    value: str
    """The signature itself."""
    place: Place = "REST-HEADER"
    date: str | None = None
    """The `X-Amz-Date` that stands beside it, in a query or form."""
