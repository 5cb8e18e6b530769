"""Tags: pairs of a key and a value on objects and buckets, and the rules they keep.

The limits, the characters and the reserved prefix are the same for tags in the `x-amz-tagging` header of a write and
for tags in a document. Only some errors differ.

S3: userguide/object-tagging.html, API/API_PutObjectTagging.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from unicodedata import category
from urllib.parse import unquote_to_bytes

from fakes3.model.control_errors import TooManyTags
from fakes3.model.errors import BadRequest, InternalError, InvalidArgument, InvalidTag, S3Error
from fakes3.model.names import BROKEN_ESCAPE
from fakes3.model.versions import Pairs

LONGEST_KEY = 128
LONGEST_VALUE = 256

HEADER = "x-amz-tagging"


def _repeated(key: str) -> S3Error:
    return InvalidTag("Cannot provide multiple Tags with the same key", TagKey=key)


INVALID = (
    "This request contains a tag key or value that isn't valid. Valid characters include the following: "
    "[a-zA-Z+-=._:/]. Tag keys can contain up to 128 characters. Tag values can contain up to 256 characters."
)
"""The text of TagResource and UntagResource for a key or value that is none. It names fewer characters than they take.

S3: API/ErrorResponses.html, "List of Amazon S3 Tagging error codes"
"""


class Rules(NamedTuple):
    """The rules that differ between tags of objects, of buckets, of buckets that are created, and of TagResource."""

    most: int
    too_many: str
    reserved: Callable[[str], S3Error]
    """Returns the error for a key that begins with `aws:`."""
    repeated: Callable[[str], S3Error] = _repeated
    """Returns the error for a key that comes twice."""
    invalid: str | None = None
    """The text for a key or value that is none, of an error that does not say which; None for an error that does."""
    too_many_code: type[S3Error] = BadRequest


OF_OBJECTS = Rules(
    10,
    "Object tags cannot be greater than 10",
    lambda key: InvalidTag("Your TagKey cannot be prefixed with aws:", TagKey=key),
)
OF_BUCKETS = Rules(
    50,
    "Bucket tag count cannot be greater than 50",
    lambda key: InvalidTag("System tags cannot be added/updated by requester", TagKey=key),
)
OF_NEW_BUCKETS = OF_BUCKETS._replace(
    # recorded: TestS3BucketObjectTagging::test_create_bucket_with_tags_exc
    reserved=lambda _key: InvalidTag(
        'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. Remove "aws:" from '
        "your tag keys and try again."
    ),
    repeated=lambda key: InternalError(reason=f"the tag {key} comes twice, and S3 fails on that. Leave one out."),
)

OF_RESOURCES = Rules(
    50,
    TooManyTags.message,
    reserved=OF_NEW_BUCKETS.reserved,
    repeated=lambda _key: InvalidTag(
        "There are duplicate tag keys in your request. Remove the duplicate tag keys and try again."
    ),
    invalid=INVALID,
    too_many_code=TooManyTags,
)


def parse_tagging(text: str) -> Pairs:
    """Read the tags in an `x-amz-tagging` header: a URL query of keys and values, in the order sent.

    A key without a value has the empty value. Empty parameters are ignored.

    Raises: InvalidArgument for other text, and for a repeated key.

    >>> parse_tagging("stage=test&owner=Jane+Doe&draft")
    (('stage', 'test'), ('owner', 'Jane Doe'), ('draft', ''))
    """
    found: dict[str, str] = {}
    for parameter in filter(None, text.split("&")):
        key, _, value = (_decode(part, text) for part in parameter.partition("="))
        if not key or key in found:
            raise _malformed(text)
        found[key] = value
    return tuple(found.items())


def check_tags(tags: Pairs, rules: Rules = OF_OBJECTS) -> None:
    """Refuse tags that are too many or too long, and keys that are repeated, reserved or have other characters.

    Allowed are letters, digits and spaces of any script, and `+ - = . _ : / @`.
    """
    check_count(tags, rules)
    seen = set()
    for key, value in tags:
        if not is_key(key):
            raise InvalidTag(rules.invalid) if rules.invalid else InvalidTag(TagKey=key)
        if key in seen:
            raise rules.repeated(key)
        if key.startswith("aws:"):
            raise rules.reserved(key)
        if len(value) > LONGEST_VALUE or not _is_allowed(value):
            if rules.invalid:
                raise InvalidTag(rules.invalid)
            raise InvalidTag("The TagValue you have provided is invalid", TagKey=key, TagValue=value)
        seen.add(key)


def check_count(tags: Pairs, rules: Rules) -> None:
    """Refuse more tags than there may be."""
    if len(tags) > rules.most:
        raise rules.too_many_code(rules.too_many)


def is_key(text: str) -> bool:
    """Whether a tag may have this key, but for the reserved prefix."""
    return 1 <= len(text) <= LONGEST_KEY and _is_allowed(text)


def pairs_of(tag_set: Iterable[Mapping[str, str]]) -> Pairs:
    """Return the tags of a document."""
    return tuple((tag["Key"], tag["Value"]) for tag in tag_set)


def sort_tags(tags: Pairs) -> Pairs:
    """Return tags in the order in which S3 returns them: by key, and not as sent."""
    # recorded: TestS3BucketObjectTagging::test_put_object_with_tags
    return tuple(sorted(tags))


_PUNCTUATION = frozenset("+-=._:/@")


def _is_allowed(text: str) -> bool:
    return all(each in _PUNCTUATION or category(each)[0] in "LNZ" for each in text)


def _decode(part: str, header: str) -> str:
    """Decode a key or value of the query. Bytes beyond ASCII, which headers carry as latin-1, are UTF-8."""
    if BROKEN_ESCAPE.search(part):
        raise _malformed(header)
    try:
        return unquote_to_bytes(part.replace("+", " ").encode("latin-1")).decode()
    except UnicodeError:
        raise _malformed(header) from None


def _malformed(header: str) -> InvalidArgument:
    text = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters"
    return InvalidArgument(f"{text} without tag name duplicates.", HEADER, header)
