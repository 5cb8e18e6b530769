"""Strategies of hypothesis for what S3 takes, and for what it refuses.

Each draws values in the form in which boto3 takes them. With `invalid=True` it draws `Invalid` values instead: what S3
refuses, and with which error. boto3 lets all of them pass, so they reach S3.

Example:
    >>> from hypothesis import given
    >>> @given(key=object_keys(), body=bodies())
    ... def test_what_is_put_is_got(s3, s3_client, key, body): ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, overload

from fakes3.model.acl import CANNED_FOR_BUCKETS, CANNED_FOR_OBJECTS
from fakes3.model.errors import S3Error, UsageError
from fakes3.model.metadata import MOST_BYTES
from fakes3.model.names import (
    MAX_KEY_BYTES,
    RESERVED_PREFIXES,
    RESERVED_SUFFIXES,
    check_bucket_name,
    check_key,
    climbs_above_bucket,
)
from fakes3.model.storage_classes import ACCEPTED, RETRIEVALS
from fakes3.model.tags import LONGEST_KEY, LONGEST_VALUE, OF_OBJECTS

try:
    from hypothesis import strategies as st
except ImportError:
    raise UsageError("fakes3.strategies needs hypothesis. Install it: pip install 'fakes3[hypothesis]'.") from None

Strategy = st.SearchStrategy


class Invalid(NamedTuple):
    """A value that S3 refuses."""

    value: Any
    error: str
    """The code of its error, as boto3 tells it in `error.response["Error"]["Code"]`."""


def is_taken(check: Callable[[str], None], text: str) -> bool:
    """Whether S3 takes a text, as one of the checks of the model says."""
    try:
        check(text)
    except S3Error:
        return False
    return True


def _refused(error: str, *values: Strategy[Any]) -> Strategy[Any]:
    return st.one_of(*values).map(lambda value: Invalid(value, error))


# ---- Names ----

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_LONGEST_NAME = 63
_SUFFIXES = [each for each in RESERVED_SUFFIXES if each != "--x-s3"]
"""Those of bucket names that clients send to S3. Names of directory buckets go to another service."""


@overload
def bucket_names(*, invalid: Literal[False] = ...) -> Strategy[str]: ...
@overload
def bucket_names(*, invalid: Literal[True]) -> Strategy[Invalid]: ...
def bucket_names(*, invalid: bool = False) -> Any:
    """Return a strategy for names of new buckets. S3: userguide/bucketnamingrules.html"""
    ends = st.sampled_from(_LETTERS)
    middle = st.text(_LETTERS + "-.", min_size=1, max_size=_LONGEST_NAME - 2)
    names = st.builds("{}{}{}".format, ends, middle, ends)
    valid = names.filter(lambda name: is_taken(check_bucket_name, name))
    if not invalid:
        return valid
    short = valid.map(lambda name: name[:30])
    numbers = st.tuples(*[st.integers(0, 255)] * 4)
    return _refused(
        "InvalidBucketName",
        st.text(_LETTERS, min_size=1, max_size=2),
        st.text(_LETTERS, min_size=_LONGEST_NAME + 1, max_size=255),
        st.builds("{}{}".format, short, st.sampled_from(["A", "_", "-", ".", "..a"])),
        st.builds("{}{}".format, st.sampled_from([*RESERVED_PREFIXES, "-", "."]), short),
        st.builds("{}{}".format, short, st.sampled_from([*_SUFFIXES, "-an"])),
        numbers.map(lambda each: ".".join(map(str, each))),
    )


@overload
def object_keys(*, invalid: Literal[False] = ...) -> Strategy[str]: ...
@overload
def object_keys(*, invalid: Literal[True]) -> Strategy[Invalid]: ...
def object_keys(*, invalid: bool = False) -> Any:
    """Return a strategy for keys: paths, odd ones, and all of Unicode. S3: userguide/object-keys.html"""
    names = st.text(_LETTERS, min_size=1, max_size=8)
    paths = st.lists(names, min_size=1, max_size=5).map("/".join)
    if invalid:
        long = st.integers(MAX_KEY_BYTES + 1, 2 * MAX_KEY_BYTES).map(lambda size: "k" * size)
        wide = st.integers(MAX_KEY_BYTES // 2 + 1, MAX_KEY_BYTES).map(lambda size: "é" * size)
        above = paths.map(lambda path: f"../{path}").filter(climbs_above_bucket)
        return _refused("KeyTooLongError", long, wide) | _refused("400", above, st.just("."))
    odd = st.builds(
        "{}{}{}".format, names, st.sampled_from([" ", "//", "/", "+", "%2F", "?", "#", "&", "\n", "a/.."]), paths
    )
    anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=MAX_KEY_BYTES // 4)
    longest = st.just("k" * MAX_KEY_BYTES)
    return (paths | odd | anything | longest).filter(lambda key: is_taken(check_key, key))


# ---- Objects ----


def bodies(*, max_size: int = 100_000) -> Strategy[bytes]:
    """Return a strategy for bytes of objects: small ones of all kinds, and some that repeat a few bytes up to a size.

    There is no `invalid=`: S3 refuses no bytes of up to 5 GiB.
    """
    small = st.binary(max_size=min(max_size, 100))
    large = st.builds(
        lambda piece, size: (piece * size)[:size], st.binary(min_size=1, max_size=8), st.integers(0, max_size)
    )
    return small | large


@overload
def metadata(*, invalid: Literal[False] = ...) -> Strategy[dict[str, str]]: ...
@overload
def metadata(*, invalid: Literal[True]) -> Strategy[Invalid]: ...
def metadata(*, invalid: bool = False) -> Any:
    """Return a strategy for user metadata that S3 gives back as it was put. S3: userguide/UsingMetadata.html"""
    names = st.text(_LETTERS + "-_", min_size=1, max_size=16)
    if invalid:
        sizes = st.integers(MOST_BYTES, 2 * MOST_BYTES)
        return _refused("MetadataTooLarge", st.builds(lambda name, size: {name: "x" * size}, names, sizes))
    printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
    values = st.text(printable, max_size=80).filter(lambda text: text == text.strip() and "=?" not in text)
    return st.dictionaries(names, values, max_size=5)


_PUNCTUATION = "+-=._:/@"


@overload
def tag_sets(*, invalid: Literal[False] = ...) -> Strategy[list[dict[str, str]]]: ...
@overload
def tag_sets(*, invalid: Literal[True]) -> Strategy[Invalid]: ...
def tag_sets(*, invalid: bool = False) -> Any:
    """Return a strategy for the `TagSet` of objects. S3: userguide/object-tagging.html"""
    letters = st.characters(categories=["L", "N"], include_characters=_PUNCTUATION + " ")
    keys = st.text(letters, min_size=1, max_size=LONGEST_KEY).filter(lambda key: not key.startswith("aws:"))
    values = st.text(letters, max_size=LONGEST_VALUE)
    tags = st.builds(_tag, keys, values)
    most = OF_OBJECTS.most
    if not invalid:
        return st.lists(tags, max_size=most, unique_by=lambda tag: tag["Key"])
    bad = st.sampled_from(["!", "*", "a,b", "\t", "💧", "x" * (LONGEST_VALUE + 1)])
    too_many = st.integers(most + 1, most + 5).map(lambda size: [_tag(f"key-{number}") for number in range(size)])
    one_bad = st.builds(_tag, bad, values) | st.builds(_tag, keys, bad) | keys.map(lambda key: _tag(f"aws:{key[:100]}"))
    twice = tags.map(lambda tag: [tag, dict(tag)])
    return _refused("BadRequest", too_many) | _refused("InvalidTag", twice, one_bad.map(lambda tag: [tag]))


def _tag(key: str, value: str = "") -> dict[str, str]:
    return {"Key": key, "Value": value}


@overload
def storage_classes(*, invalid: Literal[False] = ..., archived: bool | None = ...) -> Strategy[str]: ...
@overload
def storage_classes(*, invalid: Literal[True], archived: bool | None = ...) -> Strategy[Invalid]: ...
def storage_classes(*, invalid: bool = False, archived: bool | None = None) -> Any:
    """Return a strategy for storage classes of general purpose buckets. S3: userguide/storage-class-intro.html

    Args:
        invalid: Whether to draw those that S3 refuses.
        archived: True for those whose objects need a restore before they can be read, False for the others.
    """
    if invalid:
        others = st.sampled_from(["standard", "GLACIER_DEEP", "EXPRESS_ONEZONE", "OUTPOSTS", "SNOW", "FSX_OPENZFS"])
        return _refused("InvalidStorageClass", others)
    return st.sampled_from(sorted(each for each in ACCEPTED if archived in {None, each in RETRIEVALS}))


@overload
def canned_acls(of: Literal["object", "bucket"] = ..., *, invalid: Literal[False] = ...) -> Strategy[str]: ...
@overload
def canned_acls(of: Literal["object", "bucket"] = ..., *, invalid: Literal[True]) -> Strategy[Invalid]: ...
def canned_acls(of: Literal["object", "bucket"] = "object", *, invalid: bool = False) -> Any:
    """Return a strategy for canned ACLs, where ACLs are in force. S3: userguide/acl-overview.html, "Canned ACL"

    Args:
        of: "object" or "bucket", which take one more. UsageError is raised for anything else.
        invalid: Whether to draw those that S3 refuses.
    """
    if of not in ("object", "bucket"):
        raise UsageError(f'canned_acls(of=...) cannot be {of!r}. Give "object" or "bucket".')
    known = CANNED_FOR_OBJECTS if of == "object" else CANNED_FOR_BUCKETS
    if not invalid:
        return st.sampled_from(sorted(known))
    others = {"public", "Private", "bucket-owner-write", *(CANNED_FOR_BUCKETS - known)}
    return _refused("InvalidArgument", st.sampled_from(sorted(others)))


# ---- Object Lock ----


@overload
def retentions(*, now: datetime | None = ..., invalid: Literal[False] = ...) -> Strategy[dict[str, Any]]: ...
@overload
def retentions(*, now: datetime | None = ..., invalid: Literal[True]) -> Strategy[Invalid]: ...
def retentions(*, now: datetime | None = None, invalid: bool = False) -> Any:
    """Return a strategy for the `Retention` of PutObjectRetention. S3: API/API_PutObjectRetention.html

    Args:
        now: The moment after which retention ends, such as `s3.clock.now()`; the present if absent.
        invalid: Whether to draw those that S3 refuses.
    """
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    modes = st.sampled_from(["GOVERNANCE", "COMPLIANCE"])
    days = st.integers(1, 36_500).map(lambda number: timedelta(days=number))
    if not invalid:
        return st.builds(lambda mode, period: {"Mode": mode, "RetainUntilDate": moment + period}, modes, days)
    over = st.builds(lambda mode, period: {"Mode": mode, "RetainUntilDate": moment - period}, modes, days)
    halves = modes.map(lambda mode: {"Mode": mode}) | days.map(lambda period: {"RetainUntilDate": moment + period})
    other = days.map(lambda period: {"Mode": "governance", "RetainUntilDate": moment + period})
    return _refused("InvalidArgument", over) | _refused("MalformedXML", halves, other)


# ---- Policies ----

_ACTIONS = (
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:Get*"),
    *("s3:ListBucket", "s3:GetBucketLocation", "s3:List*", "s3:*"),
)
_CONDITIONS: Sequence[dict[str, Any]] = (
    {},
    {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
    {"StringLike": {"aws:UserAgent": ["aws-cli/*"]}},
)
_MISTAKES: Sequence[dict[str, Any]] = (
    {"Effect": "allow"},
    {"Action": "s3:GetObjekt"},
    {"Action": []},
    {"Principal": "somebody"},
    {"Principal": {"AWS": "arn:aws:iam::1234:root"}},
    {"Resource": "arn:aws:s3:::another-bucket/*"},
    {"Ressource": "*"},
    {"Condition": {"StringIs": {"aws:UserAgent": "a"}}},
    {"Condition": {"IpAddress": {"aws:SourceIp": "everywhere"}}},
)


@overload
def policies(
    bucket: str, *, accounts: Sequence[str] = ..., invalid: Literal[False] = ...
) -> Strategy[dict[str, Any]]: ...
@overload
def policies(bucket: str, *, accounts: Sequence[str] = ..., invalid: Literal[True]) -> Strategy[Invalid]: ...
def policies(bucket: str, *, accounts: Sequence[str] = ("111122223333", "444455556666"), invalid: bool = False) -> Any:
    """Return a strategy for policies of a bucket, none of which is public. S3: userguide/bucket-policies.html

    Args:
        bucket: The bucket's name.
        accounts: The accounts that they name.
        invalid: Whether to draw those that S3 refuses.
    """
    arns = [f"arn:aws:iam::{account}:root" for account in accounts]
    named = st.lists(st.sampled_from([*accounts, *arns]), min_size=1, max_size=2, unique=True).map(
        lambda each: {"AWS": each}
    )
    places = st.sampled_from(
        [
            [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            [f"arn:aws:s3:::{bucket}/a/*", f"arn:aws:s3:::{bucket}"],
        ]
    )
    shared = {
        "Action": st.sampled_from(_ACTIONS) | st.lists(st.sampled_from(_ACTIONS), min_size=1, max_size=3, unique=True),
        "Resource": places,
        "Condition": st.sampled_from(_CONDITIONS),
    }
    allow = st.fixed_dictionaries({"Effect": st.just("Allow"), "Principal": named, **shared})
    deny = st.fixed_dictionaries({"Effect": st.just("Deny"), "Principal": named | st.just("*"), **shared})
    statements = st.lists(allow | deny, min_size=1, max_size=3)
    valid = statements.map(lambda found: {"Version": "2012-10-17", "Statement": found})
    if not invalid:
        return valid
    mistaken = st.builds(
        lambda found, mistake: [found[0] | mistake, *found[1:]], statements, st.sampled_from(_MISTAKES)
    )
    wrong = mistaken.map(lambda found: {"Version": "2012-10-17", "Statement": found})
    versions = valid.map(lambda policy: policy | {"Version": "2024-01-01"})
    return _refused("MalformedPolicy", wrong, versions, st.just({"Version": "2012-10-17", "Statement": []}))
