"""The refusal of what fakes3 does not model: it is named, and never accepted and then ignored."""

from __future__ import annotations

from fakes3.model.errors import NotImplemented_, S3Error


def not_of(header: str) -> S3Error:
    """Return the error for a header that S3 implements, but not for this operation or this kind of bucket."""
    reason = f"{header} is a header of other operations, and S3 refuses it here. Leave it out."
    return NotImplemented_(Header=header, reason=reason)


def not_modelled(header: str, subject: str, remedy: str = "Leave it out.") -> S3Error:
    """Return S3's NotImplemented with a message of the fake's own, since many clients show only code and message.

    `header` is what S3 would say is not implemented, and `subject` the same for the test author.
    """
    text = f"fakes3 does not model {subject}, and never ignores what it does not model. {remedy}"
    return NotImplemented_(text, Header=header, reason=text)
