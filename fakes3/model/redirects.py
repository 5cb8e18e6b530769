"""Website redirects of objects: where a website sends whoever asks it for the object.

S3: userguide/how-to-page-redirect.html
"""

from __future__ import annotations

from fakes3.model.errors import InvalidRedirectLocation

LONGEST = 2048
"""The most bytes of a redirect location."""


def check_redirect(location: str) -> None:
    """Refuse a redirect that leads neither to another object of the bucket nor to a web address."""
    if not location.startswith(("/", "http://", "https://")):
        raise InvalidRedirectLocation
    if len(location) > LONGEST:
        raise InvalidRedirectLocation(f"The length of website redirect location cannot exceed {LONGEST:,} characters.")
