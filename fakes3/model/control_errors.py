"""The errors of S3 Control, one class per code, as in `errors`.

S3: API/ErrorResponses.html, "List of Amazon S3 Tagging error codes"
"""

from __future__ import annotations

from fakes3.model.errors import S3Error


class NoSuchResource(S3Error, status=404, message="The specified resource doesn't exist."):
    """Tags are asked for of a bucket that does not exist."""


class TooManyTags(S3Error, message="The number of tags exceeds the limit of 50 tags."):
    """A resource would have more tags than it may have."""
