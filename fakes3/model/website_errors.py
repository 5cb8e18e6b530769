"""The errors that only a website endpoint has, one class per code, as in `errors`.

S3: userguide/CustomErrorDocSupport.html
"""

from __future__ import annotations

from fakes3.model.errors import S3Error


class Found(S3Error, status=302, message="Resource Found"):
    """A folder is addressed without the slash at its end."""


class IncorrectEndpoint(
    S3Error,
    message="The specified bucket exists in another region. Please direct requests to the specified endpoint.",
):
    """The bucket is in another region than the website endpoint that was called."""


class WebsiteRedirect(S3Error, status=301, message="Request does not contain a bucket name."):
    """A website host is addressed that names no bucket."""
