"""Conditional requests: when S3 responds with 304 or 412 instead of carrying out the request.

S3 differs from the RFC. On reads, If-Match replaces If-Unmodified-Since, and If-None-Match replaces If-Modified-Since.
Writes accept If-Match with one ETag and If-None-Match with `*`, and no other condition.

S3: userguide/conditional-requests.html
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack

from fakes3.model.dates import parse_http_date
from fakes3.model.errors import NoSuchKey, NotImplemented_, NotModified, PreconditionFailed


def is_same_etag(condition: str, etag: str) -> bool:
    """Whether a condition names this ETag. `*` names every ETag, and quotes do not matter."""
    return condition == "*" or condition.strip('"') == etag


class ReadConditions(TypedDict, total=False):
    """The conditions of a read, as its headers state them."""

    if_match: str | None
    if_none_match: str | None
    if_modified_since: str | None
    if_unmodified_since: str | None


def check_read(etag: str, last_modified: datetime, *, now: datetime, **conditions: Unpack[ReadConditions]) -> None:
    """Refuse a read whose conditions do not hold.

    Dates compare by whole seconds. An If-Modified-Since in the future is ignored.

    Raises: PreconditionFailed (412) if the caller wants another object, NotModified (304) if it has this one already.
    S3: API/API_GetObject.html, RFC 7232 section 6
    """
    if_match, if_none_match = conditions.get("if_match"), conditions.get("if_none_match")
    modified_since = parse_http_date(conditions.get("if_modified_since"))
    unmodified_since = parse_http_date(conditions.get("if_unmodified_since"))
    if if_match is not None:
        if not is_same_etag(if_match, etag):
            raise PreconditionFailed(Condition="If-Match")
    elif unmodified_since is not None and last_modified > unmodified_since:
        raise PreconditionFailed(Condition="If-Unmodified-Since")
    if if_none_match is not None:
        if is_same_etag(if_none_match, etag):
            raise NotModified(headers={"ETag": f'"{etag}"'})
    elif modified_since is not None and last_modified <= modified_since <= now:
        raise NotModified(headers={"ETag": f'"{etag}"'})


def check_copy_source(
    etag: str, last_modified: datetime, *, now: datetime, **conditions: Unpack[ReadConditions]
) -> None:
    """Refuse a copy whose conditions on the source do not hold. A copy has no 304, so this is always 412.

    Raises: PreconditionFailed.
    S3: API/API_CopyObject.html, "x-amz-copy-source-if"
    """
    try:
        check_read(etag, last_modified, now=now, **conditions)
    except PreconditionFailed as refusal:
        raise PreconditionFailed(Condition=f"x-amz-copy-source-{refusal.members['Condition']}") from None
    except NotModified:
        broken = "If-Modified-Since" if conditions.get("if_none_match") is None else "If-None-Match"
        raise PreconditionFailed(Condition=f"x-amz-copy-source-{broken}") from None


def check_write_syntax(if_match: str | None, if_none_match: str | None) -> None:
    """Refuse conditions that no write accepts. S3 checks this before anything else.

    S3: userguide/conditional-writes.html
    """
    if if_match is not None and if_none_match is not None:
        raise NotImplemented_(
            Header="If-Match,If-None-Match",
            additionalMessage="Multiple conditional request headers present in the request",
            reason="S3 accepts one condition for a write. Leave out IfMatch or IfNoneMatch.",
        )
    if if_none_match is not None and if_none_match != "*":
        raise _refuse_value("If-None-Match")
    if if_match == "*":
        raise _refuse_value("If-Match")


def check_write(key: str, etag: str | None, *, if_match: str | None, if_none_match: str | None) -> None:
    """Refuse a write whose condition on the current object does not hold; `etag` is None without such an object.

    Delete markers and noncurrent versions are no current objects.
    S3: userguide/conditional-writes.html
    """
    if if_none_match is not None and etag is not None:
        raise PreconditionFailed(Condition="If-None-Match")
    if if_match is not None:
        if etag is None:
            raise NoSuchKey(Key=key)
        if not is_same_etag(if_match, etag):
            raise PreconditionFailed(Condition="If-Match")


def _refuse_value(header: str) -> NotImplemented_:
    return NotImplemented_(
        Header=header,
        additionalMessage=f"We don't accept the provided value of {header} header for this API",
        reason='S3 accepts "*" for the If-None-Match of a write, and an ETag for its If-Match. Send that.',
    )
