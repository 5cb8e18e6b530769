"""The reasons of a server's refusals, for whoever reads the report of a failed test.

In the process of a mock each error of a client has its reason as a note already. A server is in another process, or
another thread, and its reason comes in a header, which no client shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from fakes3.wire.endpoint import REASON

_MISSING = {
    "DisplayName": "S3 has returned no DisplayName of owners since November 21, 2025 (API/API_Owner.html). "
    "Compare the ID.",
    "Deleted": "with Quiet, S3 tells of no key that was deleted (API/API_DeleteObjects.html). Leave Quiet out, or list "
    "what is left.",
}
"""What to do where a member is asked for that S3 leaves out of its response, and other fakes do not."""


def add_reasons(error: BaseException, *, met_fakes: bool) -> None:
    """Add to an error, and to those that led to it, the reasons that came with S3's responses, as notes.

    Args:
        error: What a test failed with.
        met_fakes: Whether a fake was active, so that a missing member may be S3's.
    """
    for each in _causes(error):
        # An error of any library, which may raise whatever it likes where it is asked for its response.
        with suppress(Exception):
            reason = (_headers(each) or {}).get(REASON)
            if met_fakes and isinstance(each, KeyError):
                reason = _MISSING.get(each.args[0])
            note = f"fakes3: {reason}"
            if isinstance(reason, str) and note not in getattr(each, "__notes__", ()):
                each.add_note(note)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from, while they were handled, or as a group; each once."""
    found = [error]
    for each in found:
        yield each
        parts = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        led = (each.__cause__, each.__context__, *parts)
        found += [one for one in led if one is not None and all(one is not other for other in found)]


def _headers(error: Any) -> Mapping[str, Any] | None:
    """Return the headers of the response that an error is about, as its library keeps them, or None."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # of botocore and aiobotocore
        found: Mapping[str, Any] | None = response.get("ResponseMetadata", {}).get("HTTPHeaders")
        return found
    return getattr(error if response is None else response, "headers", None)
