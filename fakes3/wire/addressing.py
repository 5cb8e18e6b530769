"""Which bucket, key and region a URL addresses.

A host name is read from its right end. First comes the partition's DNS suffix, then the region, then the service's own
label (`s3`, `s3-fips`, `s3-website`, ...). Whatever is left is the bucket, with all its dots. Read from this end, no
name is ambiguous: in `a.s3.b.s3.eu-west-1.amazonaws.com` the bucket is `a.s3.b`, and a bucket may be called `s3`.
Reading from the left, or looking for `.s3.`, goes wrong with just such names.

`host_of` reads the name alone, and its results are cached. `locate` adds the path. Neither asks whether the bucket
exists, is in that region or may be addressed that way.

S3: userguide/VirtualHosting.html, general/latest/gr/s3.html
"""

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote

from fakes3.model.errors import InvalidURI
from fakes3.model.names import BROKEN_ESCAPE
from fakes3.model.regions import PARTITIONS, Partition, partition_with

HostKind = Literal[
    "s3",  # the REST endpoint: path style where `bucket` is None, else virtual-hosted
    "accelerate",  # virtual-hosted only
    "website",  # virtual-hosted only, HTTP only
    "access-point",
    "multi-region-access-point",
    "object-lambda",
    "outposts",  # with a name its data, without one its control API
    "express",  # directory buckets, zonal endpoint: virtual-hosted only
    "express-control",  # directory buckets, regional endpoint: path style only
    "control",
    "custom",  # a host that the user named, or a bucket under it
    "other-aws",  # an AWS host that is not one of S3's
    "not-aws",  # any other host: another service, a store that the user did not name, or a CNAME of a bucket
]


class Host(NamedTuple):
    """What a host name says, without the path.

    Args:
        kind: which of S3's endpoints this is, if any.
        bucket: the bucket of a virtual-hosted name, with the `--zone--x-s3` of a directory bucket. In lower case, as
            host names are.
        region: None where the name does not say. Requests to the global endpoint, `s3.amazonaws.com`, go to the
            partition's implicit region first: `IMPLICIT_REGIONS[host.partition]`.
        partition: `aws` for hosts that are not Amazon's.
        name: what a host names other than a bucket: an access point with its account (`name-account`), an
            alias (`x.mrap`), an Outposts access point (`name-account.op-id`), the account of S3 Control. For
            `not-aws` the host itself, which S3 takes for a bucket name when a CNAME leads there.
        base_paths: the paths of the endpoints that were named at this host, `/storage/v1/s3`, the longest first. "" is
            an endpoint without a path. Empty where no endpoint has one.
    """

    kind: HostKind
    bucket: str | None
    region: str | None
    partition: str
    name: str | None = None
    base_paths: tuple[str, ...] = ()


# Longest first, because one suffix may end in another. `aws` comes before `aws-us-gov`, which has the same suffixes:
# a name without a region belongs to the commercial partition.
_SUFFIXES: Final = sorted(
    ((suffix, p) for p in PARTITIONS.values() for suffix in (p.suffix, p.dual_stack_suffix)),
    key=lambda pair: -len(pair[0]),
)

# Patterns of a name's last labels, and the kind of host that ends in them.
_Rows = tuple[tuple[str, HostKind], ...]

# The labels before a region, under a partition's DNS suffix.
_REGIONAL: Final[_Rows] = (
    (r"s3(?:-fips)?(?:\.dualstack)?", "s3"),
    (r"s3-website", "website"),
    (r"s3-accesspoint(?:-fips)?(?:\.dualstack)?", "access-point"),
    (r"s3-object-lambda(?:-fips)?", "object-lambda"),
    (r"s3-outposts(?:-fips)?", "outposts"),
    (r"s3-control(?:-fips)?(?:\.dualstack)?", "control"),
    (r"s3express-control(?:-fips)?(?:\.dualstack)?", "express-control"),
    (r"s3express(?:-fips)?-[a-z0-9]+(?:-[a-z0-9]+)+(?:\.dualstack)?", "express"),
)

# The same under a partition's dual-stack suffix (`api.aws`): of S3's endpoints only Outposts has names there.
_REGIONAL_DUAL_STACK: Final[_Rows] = ((r"s3-outposts(?:-fips)?", "outposts"),)

# Names whose last label is not a region. The group `first` stands for the partition's first region.
_GLOBAL: Final[_Rows] = (
    (r"s3", "s3"),
    (r"(?P<first>s3-external-1)", "s3"),
    (r"s3-accelerate(?:\.dualstack)?", "accelerate"),
    (r"accesspoint\.s3-global", "multi-region-access-point"),
    # The form from before 2019, which joins the region with a dash.
    (r"s3-website-(?P<region>[^.]+)", "website"),
    (r"s3-fips-(?P<region>[^.]+)", "s3"),
    (r"s3-(?P<region>[^.]+)", "s3"),
    # S3: userguide/privatelink-interface-endpoints.html
    (r"bucket\.vpce-[a-z0-9-]+\.s3\.(?P<region>[^.]+)\.vpce", "s3"),
    (r"accesspoint\.vpce-[a-z0-9-]+\.s3\.(?P<region>[^.]+)\.vpce", "access-point"),
    (r"control\.vpce-[a-z0-9-]+\.s3\.(?P<region>[^.]+)\.vpce", "control"),
)

LOCAL_WEBSITE: Final = ".s3-website.localhost"
"""What follows the bucket in the name of a website at a port of this machine."""

_SITE: Final = "aws.amazon.com"

# The kinds whose first labels are a bucket, and those where a path may begin with one.
_VIRTUAL: Final = {"s3", "website", "accelerate", "express", "custom"}
_PATH_STYLE: Final = {"s3", "express-control", "custom", "not-aws"}


@lru_cache(maxsize=4096)
def is_aws_host(host: str) -> bool:
    """Whether a host is AWS's own, of any service: its name ends in a suffix of some partition.

    The web site aws.amazon.com counts: S3 redirects anonymous callers of ListBuckets there. CloudFront distributions
    and Lambda function URLs (`on.aws`) are applications of their owners, and do not count.
    """
    name = _split(host)[0]
    return name == _SITE or _aws_suffix(name) is not None


@lru_cache(maxsize=4096)
def host_of(netloc: str, base_hosts: frozenset[str] = frozenset()) -> Host:
    """Return what a host name says: the endpoint, and perhaps the bucket and the region.

    S3's own names keep their meaning even where the user names one as a base host. So does `b.s3-website.localhost`,
    the website of the bucket `b` at a server of the fake.

    Args:
        netloc: a Host header or a URL's network location: in any case, with or without a port.
        base_hosts: custom endpoints, spelled like `netloc`. Such a host is path style, and the labels before
            it are a bucket. One named with a port is found at that port only (80 and 443 count as none),
            so `localhost:9000` leaves `localhost:8080` alone; one named without is found at every port. A path may
            follow: `minio:9000/base`. Buckets are then under it, as `locate` reads them.

    >>> host_of("a.b.s3.eu-west-1.amazonaws.com")
    Host(kind='s3', bucket='a.b', region='eu-west-1', partition='aws', name=None, base_paths=())
    >>> host_of("b.minio:9000", frozenset({"minio:9000"})).bucket
    'b'

    S3: userguide/VirtualHosting.html, general/latest/gr/s3.html
    """
    host, port = _split(netloc)
    if host.endswith(LOCAL_WEBSITE):
        return Host("website", host.removesuffix(LOCAL_WEBSITE), None, "aws")
    found = _aws_suffix(host)
    own = _aws_host(host.removesuffix(found[0]).removesuffix("."), *found) if found else None
    if host == _SITE:
        own = Host("other-aws", None, None, "aws")
    if own is not None and own.kind != "other-aws":
        return own
    return _custom_host(host, port, base_hosts) or own or Host("not-aws", None, None, "aws", host)


def locate(host: Host, path: str) -> tuple[str | None, str | None]:
    """Return the bucket and the key that a path addresses on a host.

    The path is percent-decoded once, `+` stays a plus, and slashes are never folded: `/b//k` is the key `/k`,
    and `//k` names the empty bucket, which is no valid bucket name. `/b` and `/b/` both address the bucket. Under a
    virtual-hosted name the whole path after its first slash is the key. So it is under an access point, and under
    the website and accelerate endpoints without a bucket in their name, because they have no path style.

    Args:
        host: from `host_of`. A host of kind `not-aws` is read as path style; where a bucket of that `name`
            exists, give `host._replace(kind="custom", bucket=host.name)` instead.
        path: as it was sent, percent-encoded and without its query.

    Raises: InvalidURI, where an escape is broken, or the decoded path is not UTF-8.

    S3: userguide/VirtualHosting.html, userguide/object-keys.html
    """
    if host.base_paths:
        path = without_base(host, path)
    if path[:1] != "/":
        if path:
            raise InvalidURI(URI=path)
        return host.bucket, None
    bucket = host.bucket
    if bucket is not None or host.kind not in _PATH_STYLE:
        key = path[1:]
    elif path == "/":
        return None, None
    else:
        bucket, _, key = path[1:].partition("/")
    if "%" in path or not path.isascii():
        key = decode_part(key, path)
        if bucket is not host.bucket and bucket is not None:
            bucket = decode_part(bucket, path)
    return bucket, key or None


def base_paths_of(host: Host, path: str) -> list[str]:
    """Return the paths of endpoints that a path may begin with, the longest first. Several leave open what is meant.

    >>> base_paths_of(host_of("minio", frozenset({"minio/a", "minio/a/b", "minio/c"})), "/a/b/key")
    ['/a/b', '/a']
    """
    return [base for base in host.base_paths if f"{path}/".startswith(f"{base}/")]


def without_base(host: Host, path: str) -> str:
    """Return a path without that of the endpoint: "/key" of "/base/key"."""
    if not host.base_paths:
        return path
    base = next(iter(base_paths_of(host, path)), "")
    return path[len(base) :] or "/"


def decode_part(text: str, path: str) -> str:
    """Return a part of a path without its escapes. Raises: InvalidURI, which shows the whole path."""
    if BROKEN_ESCAPE.search(text):
        raise InvalidURI(URI=path)
    try:
        decoded = unquote(text, errors="strict")
        decoded.encode()  # a lone surrogate: bytes that were not UTF-8 when a door read them
    except UnicodeError:
        raise InvalidURI(URI=path) from None
    return decoded


def _split(netloc: str) -> tuple[str, str]:
    """Return host and port: the host in lower case and without a final dot, the port empty if it is a default one."""
    netloc = netloc.rpartition("@")[2].lower()
    if netloc.startswith("["):
        host, bracket, port = netloc.partition("]")
        host, port = host + bracket, port.removeprefix(":")
    else:
        host, _, port = netloc.partition(":")
    return host.removesuffix("."), "" if port in ("80", "443") else port


def _aws_suffix(host: str) -> tuple[str, Partition] | None:
    """Return the suffix of a host of AWS, and its partition; None for other hosts."""
    for suffix, partition in _SUFFIXES:
        if host.endswith(suffix) and (len(host) == len(suffix) or host[-len(suffix) - 1] == "."):
            return suffix, partition
    return None


def _aws_host(stem: str, suffix: str, partition: Partition) -> Host:
    """Return what the labels before an AWS suffix say."""
    before, _, last = stem.rpartition(".")
    home = partition_with(last)
    if home is None:
        host = _match(_GLOBAL, stem, suffix, None, partition) if suffix == partition.suffix else None
        return host or Host("other-aws", None, None, partition.name)
    if suffix not in (home.suffix, home.dual_stack_suffix):
        return Host("other-aws", None, None, partition.name)  # s3.cn-north-1.amazonaws.com: there is no such host
    rows = _REGIONAL if suffix == home.suffix else _REGIONAL_DUAL_STACK
    return _match(rows, before, suffix, last, home) or Host("other-aws", None, last, home.name)


def _match(rows: _Rows, name: str, suffix: str, region: str | None, partition: Partition) -> Host | None:
    """Return the host of the first row that fits a name; None where none does, or the rest is empty: `.s3`."""
    for labels, kind in rows:  # each pattern is compiled at its first need
        found = re.fullmatch(rf"(?:(?P<rest>.*)\.)?{labels}", name, re.DOTALL)
        if found is None:
            continue
        groups = found.groupdict()
        if "region" in groups:
            home = partition_with(groups["region"])
            if home is None or home.suffix != suffix:
                continue
            region, partition = groups["region"], home
        elif "first" in groups:
            region = partition.implicit_global_region
        rest = groups["rest"]
        if rest == "":
            return None
        is_virtual = kind in _VIRTUAL
        return Host(kind, rest if is_virtual else None, region, partition.name, None if is_virtual else rest)
    return None


def _custom_host(host: str, port: str, base_hosts: frozenset[str]) -> Host | None:
    """Return what a name says under the longest of the base hosts that fit; None where it is under none of them."""
    found: Host | None = None
    paths = []
    for base, base_port, path in _bases(base_hosts):
        if base_port not in {None, port} or not f".{host}".endswith(f".{base}") or host == f".{base}":
            continue
        bucket = host[: -len(base) - 1] or None
        found = found or Host("custom", bucket, None, "aws")
        if found.bucket == bucket:
            paths.append(path)
    if found is not None and any(paths):
        return found._replace(base_paths=tuple(sorted(set(paths), key=len, reverse=True)))
    return found


@lru_cache(maxsize=64)
def _bases(base_hosts: frozenset[str]) -> list[tuple[str, str | None, str]]:
    """Return base hosts with their ports (None for any) and paths, the longest and so the most specific host first."""
    split = []
    for base in base_hosts:
        netloc, slash, path = base.partition("/")
        host, port = _split(netloc)
        split.append((host, port if ":" in netloc.rpartition("]")[2] else None, slash + path))
    return sorted(split, key=lambda base: -len(base[0]))
