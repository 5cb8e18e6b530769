"""The rules for names of buckets, for keys, and for ids of accounts.

No rule here depends on what exists. A name that passes may still belong to another account, or to nothing.
"""

import re
from itertools import accumulate
from urllib.parse import quote

from fakes3.model.errors import (
    AccessDenied,
    BareBadRequest,
    InvalidArgument,
    InvalidBucketName,
    InvalidBucketOwnerAWSAccountID,
    InvalidNamespaceHeader,
    InvalidURI,
    KeyTooLongError,
    MissingNamespaceHeader,
    NotImplemented_,
)

MAX_KEY_BYTES = 1024

BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
"""Finds a percent sign that begins no escape: S3 refuses a URL or a query with one."""

# S3: userguide/bucketnamingrules.html, "General purpose bucket naming rules", here and in the next six lines
MOST_LETTERS = 63
NOT_IN_NAMES = re.compile("[^a-z0-9.-]")
WELL_FORMED_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]").fullmatch
IP_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}").fullmatch
RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
ACCOUNT_REGIONAL_SUFFIX = "-an"
IN_NAMESPACE = re.compile(r".+-[0-9]{12}-[a-z0-9-]+-an").fullmatch
NAMESPACE_HEADER = "x-amz-bucket-namespace"

ACCOUNT_ID = re.compile(r"[0-9]{12}").fullmatch
# Letters pass the check of an expected owner, though no account has such an id.
# observed: S3 tests for 12 word characters here, not for 12 digits
TWELVE_WORD_CHARACTERS = re.compile(r"\w{12}", re.ASCII).fullmatch


def check_bucket_name(name: str) -> None:
    """Refuse a name that a new general purpose bucket cannot have.

    This is for CreateBucket only. Elsewhere a name may be the alias of an access point, `...-s3alias`.
    A period beside a hyphen (`a.-b`) is allowed, two periods are not. Only names of an account's regional namespace
    end in `-an`.
    S3: userguide/bucketnamingrules.html

    >>> check_bucket_name("holiday.pictures-2024")
    >>> check_bucket_name("Holiday")
    Traceback (most recent call last):
    fakes3.model.errors.InvalidBucketName: InvalidBucketName: The specified bucket is not valid.
    """
    well_formed = WELL_FORMED_BUCKET(name) and ".." not in name and not IP_ADDRESS(name)
    reserved = name.startswith(RESERVED_PREFIXES) or name.endswith(RESERVED_SUFFIXES)
    in_no_namespace = name.endswith(ACCOUNT_REGIONAL_SUFFIX) and not is_account_regional(name)
    if not well_formed or reserved or in_no_namespace:
        rule, fitting = _broken_rule(name), fit_bucket_name(name)
        raise InvalidBucketName(BucketName=name, reason=f'the name {rule}. Choose one like "{fitting}".')


def _broken_rule(name: str) -> str:
    """Return which rule a name breaks that no new bucket can have."""
    others = "".join(dict.fromkeys(NOT_IN_NAMES.findall(name)))
    if others:
        return f'has "{others}", and names of buckets have lower-case letters, digits, hyphens and dots only'
    if not 3 <= len(name) <= MOST_LETTERS:
        return f"has {len(name)} characters, and names of buckets have 3 to {MOST_LETTERS}"
    if not WELL_FORMED_BUCKET(name):
        return "begins or ends with a hyphen or a dot, and names of buckets begin and end with a letter or a digit"
    if ".." in name:
        return "has two dots side by side, which no name of a bucket has"
    if IP_ADDRESS(name):
        return "looks like an IP address, and no name of a bucket does"
    return "begins or ends with what AWS reserves: " + ", ".join(
        (*RESERVED_PREFIXES, *RESERVED_SUFFIXES, ACCOUNT_REGIONAL_SUFFIX)
    )


def fit_bucket_name(name: str) -> str:
    """Return a name like this one that a new bucket can have.

    >>> fit_bucket_name("Test_Bucket")
    'test-bucket'
    """
    text = NOT_IN_NAMES.sub("-", name.lower()).replace("..", ".")
    if IP_ADDRESS(text):
        text = text.replace(".", "-")
    for prefix in RESERVED_PREFIXES:
        text = text.removeprefix(prefix)
    for suffix in (*RESERVED_SUFFIXES, ACCOUNT_REGIONAL_SUFFIX):
        text = text.removesuffix(suffix)
    text = text.strip("-.")[:MOST_LETTERS].rstrip("-.")
    text = text if len(text) >= 3 else f"{text}-bucket".lstrip("-")
    try:
        check_bucket_name(text)
    except InvalidBucketName:
        return "my-bucket"
    return text


def is_account_regional(name: str) -> bool:
    """Whether a name is one of some account's regional namespace.

    S3: userguide/gpbucketnamespaces.html

    >>> is_account_regional("pictures-123456789012-eu-west-1-an")
    True
    """
    return IN_NAMESPACE(name) is not None


def check_namespace(name: str, namespace: str | None, *, account: str | None, region: str) -> None:
    """Refuse a new bucket whose name does not belong into the namespace that the request names.

    Raises: InvalidNamespaceHeader, MissingNamespaceHeader, InvalidArgument.
    S3: userguide/gpbucketnamespaces.html. observed: ansible-collections/amazon.aws#2935, getmoto/moto#9871
    """
    if namespace not in {None, "global", "account-regional"}:
        raise InvalidArgument(ArgumentName=NAMESPACE_HEADER, ArgumentValue=namespace)
    remedy = 'The name is one of an account\'s regional namespace. Pass BucketNamespace="account-regional".'
    if namespace is None and is_account_regional(name):
        raise MissingNamespaceHeader(Header=NAMESPACE_HEADER, reason=remedy)
    suffix = f"-{account}-{region}-an"
    if namespace == "account-regional" and not name.endswith(suffix):
        raise InvalidNamespaceHeader(
            f"{InvalidNamespaceHeader.message} Specify {suffix} as the bucket name suffix to create a bucket in your "
            "account-regional namespace, or remove the header."
        )
    if namespace == "global" and is_account_regional(name):
        raise NotImplemented_(Header=NAMESPACE_HEADER, reason="nobody has published how S3 refuses this. " + remedy)


def path_of_source(header: str) -> str:
    """Return `bucket/key` of an `x-amz-copy-source`, which may be a URL, still encoded and with its version id.

    >>> path_of_source("https://s3.us-east-1.amazonaws.com/bucket/a%20b?versionId=null")
    '/bucket/a%20b?versionId=null'
    """
    return re.sub("^https?://[^/]*", "", header)


def check_key(key: str) -> None:
    """Refuse a key that is too long, or that leads above its bucket when read as a path.

    Keys are not normalised: `a//b`, `/a` and `a/../b` are three keys. The length counts bytes of UTF-8.
    A key is never empty here, since a request without a key is for the bucket.
    S3: userguide/object-keys.html

    >>> check_key("a/../b")
    >>> check_key("a/../../b")
    Traceback (most recent call last):
    fakes3.model.errors.BareBadRequest: 400: Bad Request
    """
    if key.isascii() and len(key) <= MAX_KEY_BYTES:  # nearly every key ends here
        dot = key.find(".")  # one character is found many times faster than two
        if dot < 0 or (key.find("..", dot) < 0 and key != "."):
            return
    if key == "." or climbs_above_bucket(key):
        raise BareBadRequest(
            reason='the key, read as a path, would lead out of the bucket, or is ".". Write it without "." and "..".'
        )
    try:
        size = len(key.encode())
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot encode
        shown = quote(key, errors="surrogatepass")
        raise InvalidURI(URI=shown, reason="keys are UTF-8, and this one is not. Encode it as UTF-8.") from None
    if size > MAX_KEY_BYTES:
        raise KeyTooLongError(
            Size=size,
            MaxSizeAllowed=MAX_KEY_BYTES,
            reason=f"the key has {size} bytes in UTF-8, and S3 takes {MAX_KEY_BYTES}. Shorten it.",
        )


def climbs_above_bucket(key: str) -> bool:
    """Whether some beginning of the key has more `..` than names that they could leave.

    `.` is not such a name. The empty name between two slashes is one, as in RFC 3986; no page of S3 covers it.
    S3: userguide/object-keys.html, on relative path elements
    """
    steps = {"..": -1, ".": 0}
    return min(accumulate(steps.get(name, 1) for name in key.split("/"))) < 0


def is_account_id(text: str) -> bool:
    """Whether a text is an AWS account id: 12 digits.

    >>> is_account_id("123456789012")
    True
    """
    return ACCOUNT_ID(text) is not None


def check_expected_owner(expected: str, owner_account: str) -> None:
    """Refuse a request whose caller expects another account to own the bucket.

    Raises: AccessDenied for another account, InvalidBucketOwnerAWSAccountID for text that is not an account id.
    S3: userguide/bucket-owner-condition.html
    """
    if not TWELVE_WORD_CHARACTERS(expected):
        raise InvalidBucketOwnerAWSAccountID(f"{InvalidBucketOwnerAWSAccountID.message} [{expected}]")
    if expected != owner_account:
        raise AccessDenied(
            reason=f"the bucket belongs to the account {owner_account}, and the caller expects {expected} to own it. "
            "Correct the expected owner, or leave it out."
        )
