"""A signature as its request states it, in any place and of any version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

from fakes3.model.errors import S3Error

Place: TypeAlias = Literal["REST-HEADER", "REST-QUERY-STRING", "POST"]
"""The place of a signature in its request, as the condition key `s3:authType` names it."""

Refuse: TypeAlias = Callable[[str], S3Error]
"""Returns the error to raise for a problem."""

VERSION_2 = "AWS"
"""Stands for the algorithm in signatures of version 2."""


class Credential(NamedTuple):
    """The access key that signed, and the day, region and service of the signature."""

    key_id: str
    date: str = ""
    """The day, `20130524`."""
    region: str | None = None
    """None in a signature by ECDSA, which holds in several regions."""
    service: str = "s3"

    @property
    def scope(self) -> str:
        """The credential without the key."""
        return "/".join(filter(None, (self.date, self.region, self.service, "aws4_request")))


class Signature(NamedTuple):
    """A signature as its request states it."""

    algorithm: str
    credential: Credential
    signed_headers: tuple[str, ...]
    value: str
    """The signature itself."""
    place: Place = "REST-HEADER"
    date: str | None = None
    """The `X-Amz-Date` beside it, in a query or form."""
