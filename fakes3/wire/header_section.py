"""The target and the headers of a request, before anything else is read of it: how long they are, and what they hold.

S3 takes headers as lines of the request, as parameters of a presigned URL and as fields of a form. `check_names` and
`check_values` are for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fakes3.model.errors import BadRequest, RequestHeaderSectionTooLarge
from fakes3.model.header_text import is_header_name, is_header_value
from fakes3.wire.message import Request

MOST_BYTES = 8192


def check_section(request: Request) -> None:
    """Refuse a request with more than 8 KB before its body, or with a header that cannot be one.

    What counts is the target, and the names and values of headers with the separators on the wire.

    S3: API/ErrorResponses.html: "The request header and query parameters used to make the request exceed the maximum
    allowed size."

    Raises: RequestHeaderSectionTooLarge, BadRequest.
    """
    headers = request.headers
    # Two characters between a name and its value, and two at the end of each line. Joining is faster than adding up.
    text = "__".join([*headers, *headers.values(), ""])
    if len(text) + len(request.path) + len(request.query) > MOST_BYTES:
        raise RequestHeaderSectionTooLarge(MaxSizeAllowed=MOST_BYTES)
    if not is_header_value(text):
        check_values(headers)
        check_names(headers)


def check_values(headers: Mapping[str, str]) -> None:
    """Refuse headers of which one has a value that no header can have. Raises: BadRequest."""
    for name, value in headers.items():
        if not is_header_value(value):
            raise BadRequest(
                reason=f"the value of {name} has a line end, another control character, or a character that is no "
                "byte. Remove or encode it."
            )


def check_names(names: Iterable[str]) -> None:
    """Refuse headers of which one has a name that no header can have. Raises: BadRequest."""
    for name in names:
        if not is_header_name(name):
            raise BadRequest(
                reason=f"{name!r} cannot be the name of a header, which has ASCII letters, digits and "
                "!#$%&'*+-.^_`|~ only."
            )
