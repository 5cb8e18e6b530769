"""Conditional requests: when S3 answers 304 or 412 instead of doing what was asked.

S3's rules are its own. On reads an If-Match that holds makes If-Unmodified-Since moot, and If-None-Match does the same
to If-Modified-Since. Writes know If-Match with one ETag and If-None-Match with `*`, and nothing else.

S3: userguide/conditional-requests.html
"""

from __future__ import annotations

from datetime import datetime

from fakes3.model.dates import parse_http_date
from fakes3.model.errors import NoSuchKey, NotImplemented_, NotModified, PreconditionFailed


def is_same_etag(condition: str, etag: str) -> bool:
    """Say whether a condition names this ETag: `*` names any, quotes do not matter."""
    return condition == "*" or condition.strip('"') == etag


def check_read(
    etag: str,
    last_modified: datetime,
    *,
    now: datetime,
    if_match: str | None = None,
    if_none_match: str | None = None,
    if_modified_since: str | None = None,
    if_unmodified_since: str | None = None,
) -> None:
    """Refuse a read whose conditions do not hold: 412 where the caller wants another object, 304 where it has it.

    Dates compare by whole seconds. An If-Modified-Since in the future is ignored.
    S3: API/API_GetObject.html, RFC 7232 section 6
    """
    unmodified_since, modified_since = parse_http_date(if_unmodified_since), parse_http_date(if_modified_since)
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
    etag: str,
    last_modified: datetime,
    *,
    now: datetime,
    if_match: str | None = None,
    if_none_match: str | None = None,
    if_modified_since: str | None = None,
    if_unmodified_since: str | None = None,
) -> None:
    """Refuse a copy whose conditions on the source do not hold: always 412, since a copy has nothing to not modify.

    S3: API/API_CopyObject.html, "x-amz-copy-source-if"
    """
    try:
        check_read(
            etag,
            last_modified,
            now=now,
            if_match=if_match,
            if_none_match=if_none_match,
            if_modified_since=if_modified_since,
            if_unmodified_since=if_unmodified_since,
        )
    except PreconditionFailed as refusal:
        raise PreconditionFailed(Condition=f"x-amz-copy-source-{refusal.members['Condition']}") from None
    except NotModified:
        broken = "If-None-Match" if if_none_match is not None else "If-Modified-Since"
        raise PreconditionFailed(Condition=f"x-amz-copy-source-{broken}") from None


def check_write_syntax(if_match: str | None, if_none_match: str | None) -> None:
    """Refuse conditions that no write takes, before anything else is looked at.

    S3: userguide/conditional-writes.html
    """
    if if_match is not None and if_none_match is not None:
        raise NotImplemented_(
            Header="If-Match,If-None-Match",
            additionalMessage="Multiple conditional request headers present in the request",
            reason="S3 takes one condition for a write. Leave out IfMatch or IfNoneMatch.",
        )
    if if_none_match is not None and if_none_match != "*":
        raise _unacceptable("If-None-Match")
    if if_match == "*":
        raise _unacceptable("If-Match")


def check_write(key: str, etag: str | None, *, if_match: str | None, if_none_match: str | None) -> None:
    """Refuse a write whose condition on the current object does not hold; `etag` is None when there is none.

    A delete marker counts as no object, and noncurrent versions are not looked at.
    S3: userguide/conditional-writes.html
    """
    if if_none_match is not None and etag is not None:
        raise PreconditionFailed(Condition="If-None-Match")
    if if_match is not None:
        if etag is None:
            raise NoSuchKey(Key=key)
        if not is_same_etag(if_match, etag):
            raise PreconditionFailed(Condition="If-Match")


def _unacceptable(header: str) -> NotImplemented_:
    return NotImplemented_(
        Header=header,
        additionalMessage=f"We don't accept the provided value of {header} header for this API",
        reason='S3 takes "*" for the If-None-Match of a write, and an ETag for its If-Match. Send that.',
    )
