"""Which bucket, key and region a URL means.

A host name is read from its right end. First the partition's DNS suffix, then the region, then the
service's own label (`s3`, `s3-fips`, `s3-website`, ...); whatever is left is the bucket, dots and all. Read
that way nothing is ambiguous: in `a.s3.b.s3.eu-west-1.amazonaws.com` the bucket is `a.s3.b`, and a bucket may
be called `s3`. Reading from the left, or looking for `.s3.`, goes wrong on just such names.

Two things are kept apart here. `host_of` says what the name alone means, and its answers are remembered.
`locate` adds the path. Whether the bucket exists, lives in that region or may be reached that way is not
asked here.

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
    "custom",  # a host the user named, or a bucket under it
    "other-aws",  # AWS, but nothing of S3's
    "not-aws",  # anyone's: another service, a store nobody named, or a bucket behind a CNAME
]


class Host(NamedTuple):
    """What a host name says, before the path is looked at.

    Args:
        kind: which of S3's endpoints this is, if any.
        bucket: the bucket of a virtual-hosted name, for a directory bucket with its `--zone--x-s3`. Lower
            case, since host names are.
        region: None where the name does not say. Under the global endpoint, `s3.amazonaws.com`, the
            partition's implicit region answers first: `IMPLICIT_REGIONS[host.partition]`.
        partition: `aws` for hosts that are not Amazon's.
        name: what a host names that is no bucket: an access point with its account (`name-account`), an
            alias (`x.mrap`), an Outposts access point (`name-account.op-id`), the account of S3 Control. For
            `not-aws` the host itself, which S3 takes for a bucket when a CNAME leads there.
    """

    kind: HostKind
    bucket: str | None
    region: str | None
    partition: str
    name: str | None = None


# Longest first, so that no suffix hides one it is the tail of. `aws` comes before `aws-us-gov`, which shares
# both of its suffixes: where a name has no region, it is the commercial partition's.
_SUFFIXES: Final = sorted(
    ((suffix, p) for p in PARTITIONS.values() for suffix in (p.suffix, p.dual_stack_suffix)),
    key=lambda pair: -len(pair[0]),
)

# The label before the region. Each may be followed by `dualstack`, except those in _NO_DUAL_STACK.
_SERVICES: Final[dict[str, HostKind]] = {
    "s3": "s3",
    "s3-fips": "s3",
    "s3-website": "website",
    "s3-accesspoint": "access-point",
    "s3-accesspoint-fips": "access-point",
    "s3-object-lambda": "object-lambda",
    "s3-object-lambda-fips": "object-lambda",
    "s3-outposts": "outposts",
    "s3-outposts-fips": "outposts",
    "s3-control": "control",
    "s3-control-fips": "control",
    "s3express-control": "express-control",
    "s3express-control-fips": "express-control",
}
_NO_DUAL_STACK: Final = {"website", "object-lambda", "outposts"}
_ZONAL: Final = r"s3express(?:-fips)?-[a-z0-9]+(?:-[a-z0-9]+)+"

# The forms from before 2019 that join the region with a dash. Longest first.
_DASHED: Final[tuple[tuple[str, HostKind], ...]] = (
    ("s3-website-", "website"),
    ("s3-fips-", "s3"),
    ("s3-", "s3"),
)

# userguide/privatelink-interface-endpoints.html
_INTERFACE: Final = (
    r"(?:(?P<rest>.+)\.)?(?P<door>bucket|accesspoint|control)\.vpce-[a-z0-9-]+\.s3\.(?P<region>[^.]+)\.vpce"
)
_INTERFACES: Final[dict[str, HostKind]] = {
    "bucket": "s3",
    "accesspoint": "access-point",
    "control": "control",
}

_SITE: Final = "aws.amazon.com"

# Where the labels before the endpoint are a bucket, and where a path may begin with one.
_VIRTUAL: Final = {"s3", "website", "accelerate", "express", "custom"}
_PATH_STYLE: Final = {"s3", "express-control", "custom", "not-aws"}


@lru_cache(maxsize=4096)
def is_aws_host(host: str) -> bool:
    """A host is AWS's own, of whatever service, when its name ends in a suffix of some partition.

    So is its site, to which S3 sends whoever asks for a list of buckets and does not sign. CloudFront distributions
    and Lambda function URLs (`on.aws`) are their owners' applications and do not count.
    """
    name = _split(host)[0]
    return name == _SITE or _aws_suffix(name) is not None


@lru_cache(maxsize=4096)
def host_of(netloc: str, base_hosts: frozenset[str] = frozenset()) -> Host:
    """A host name says which endpoint is meant, and may say which bucket and region.

    S3's own names mean what they mean even where the user names one as a base host.

    Args:
        netloc: a Host header or a URL's network location: in any case, with or without a port.
        base_hosts: custom endpoints, spelled like `netloc`. Such a host is path style, and the labels before
            it are a bucket. One named with a port is met at that port only (80 and 443 are as good as none),
            so `localhost:9000` leaves `localhost:8080` alone; one named without is met at every port.

    >>> host_of("a.b.s3.eu-west-1.amazonaws.com")
    Host(kind='s3', bucket='a.b', region='eu-west-1', partition='aws', name=None)
    >>> host_of("b.minio:9000", frozenset({"minio:9000"})).bucket
    'b'

    S3: userguide/VirtualHosting.html, general/latest/gr/s3.html
    """
    host, port = _split(netloc)
    found = _aws_suffix(host)
    meant = _aws_host(host.removesuffix(found[0]).removesuffix("."), *found) if found else None
    if host == _SITE:
        meant = Host("other-aws", None, None, "aws")
    if meant is not None and meant.kind != "other-aws":
        return meant
    return _custom_host(host, port, base_hosts) or meant or Host("not-aws", None, None, "aws", host)


def locate(host: Host, path: str) -> tuple[str | None, str | None]:
    """The bucket and the key a path means on a host.

    The path is percent-decoded once, `+` stays a plus, and slashes are never folded: `/b//k` is the key `/k`,
    and `//k` names the empty bucket, which no rule about names will pass. `/b` and `/b/` both mean the
    bucket. Under a virtual-hosted name the whole path after its first slash is the key; so it is under an
    access point, and under the website and accelerate endpoints, which have no path style, when the name
    lacks a bucket.

    Args:
        host: from `host_of`. Of kind `not-aws` it is read as path style; should a bucket of that `name`
            exist, give `host._replace(kind="custom", bucket=host.name)` instead.
        path: as it was sent, percent-encoded and without its query.

    Raises:
        InvalidURI: an escape is broken, or the decoded path is not UTF-8.

    S3: userguide/VirtualHosting.html, userguide/object-keys.html
    """
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
        key = _decoded(key, path)
        if bucket is not host.bucket and bucket is not None:
            bucket = _decoded(bucket, path)
    return bucket, key or None


def _decoded(text: str, path: str) -> str:
    if BROKEN_ESCAPE.search(text):
        raise InvalidURI(URI=path)
    try:
        decoded = unquote(text, errors="strict")
        decoded.encode()  # a lone surrogate: bytes that were not UTF-8 when a door read them
    except UnicodeError:
        raise InvalidURI(URI=path) from None
    return decoded


def _split(netloc: str) -> tuple[str, str]:
    """Host and port, the host in lower case and without a final dot. The default ports are no port."""
    netloc = netloc.rpartition("@")[2].lower()
    if netloc.startswith("["):
        host, bracket, port = netloc.partition("]")
        host, port = host + bracket, port.removeprefix(":")
    else:
        host, _, port = netloc.partition(":")
    return host.removesuffix("."), "" if port in ("80", "443") else port


def _aws_suffix(host: str) -> tuple[str, Partition] | None:
    for suffix, partition in _SUFFIXES:
        if host.endswith(suffix) and (len(host) == len(suffix) or host[-len(suffix) - 1] == "."):
            return suffix, partition
    return None


def _aws_host(stem: str, suffix: str, partition: Partition) -> Host:
    """What is meant by the labels before an AWS suffix."""
    labels = stem.split(".")
    last = labels.pop()
    other = Host("other-aws", None, None, partition.name)

    if home := partition_with(last):
        if suffix not in (home.suffix, home.dual_stack_suffix):
            return other  # s3.cn-north-1.amazonaws.com: there is no such host
        other = Host("other-aws", None, last, home.name)
        return _named(_regional(labels, dual_suffix=suffix != home.suffix), labels, last, home) or other
    if suffix != partition.suffix:
        return other
    if last == "vpce" and (through := re.fullmatch(_INTERFACE, stem)):
        region = through["region"]
        if (home := partition_with(region)) and home.suffix == suffix:
            rest = [] if through["rest"] is None else through["rest"].split(".")
            return _named(_INTERFACES[through["door"]], rest, region, home) or other
        return other
    if last == "s3":
        return _named("s3", labels, None, partition) or other
    if last == "s3-external-1":
        return _named("s3", labels, partition.implicit_global_region, partition) or other
    if last == "s3-accelerate":
        return _named("accelerate", labels, None, partition) or other
    if last == "dualstack" and labels[-1:] == ["s3-accelerate"]:
        return _named("accelerate", labels[:-1], None, partition) or other
    if last == "s3-global" and labels[-1:] == ["accesspoint"]:
        return _named("multi-region-access-point", labels[:-1], None, partition) or other
    for prefix, kind in _DASHED:
        region = last.removeprefix(prefix)
        if region != last and (home := partition_with(region)) and home.suffix == suffix:
            return _named(kind, labels, region, home) or other
    return other


def _regional(labels: list[str], *, dual_suffix: bool) -> HostKind | None:
    """Take from the labels before a region the one that names the service, and `dualstack` with it."""
    dual_stack = labels[-1:] == ["dualstack"] and len(labels) > 1
    if dual_stack:
        labels.pop()
    label = labels.pop() if labels else ""
    kind = _SERVICES.get(label) or ("express" if re.fullmatch(_ZONAL, label) else None)
    if dual_suffix:  # `api.aws` and its like: of S3's, only Outposts answers there
        return kind if kind == "outposts" and not dual_stack else None
    return None if dual_stack and kind in _NO_DUAL_STACK else kind


def _named(kind: HostKind | None, rest: list[str], region: str | None, partition: Partition) -> Host | None:
    """A host of a kind, and what its remaining labels name; None where that is empty: `.s3.amazonaws.com`."""
    if kind is None or rest == [""]:
        return None
    named = ".".join(rest) if rest else None
    if kind in _VIRTUAL:
        return Host(kind, named, region, partition.name)
    return Host(kind, None, region, partition.name, named)


def _custom_host(host: str, port: str, base_hosts: frozenset[str]) -> Host | None:
    for base, base_port in _bases(base_hosts):
        if base_port is not None and base_port != port:
            continue
        if host == base:
            return Host("custom", None, None, "aws")
        if host.endswith("." + base) and len(host) > len(base) + 1:
            return Host("custom", host[: -len(base) - 1], None, "aws")
    return None


@lru_cache(maxsize=64)
def _bases(base_hosts: frozenset[str]) -> list[tuple[str, str | None]]:
    """Base hosts with their ports (None for any), the longest first: the most specific one is meant."""
    split = []
    for base in base_hosts:
        host, port = _split(base)
        has_port = ":" in base.rpartition("]")[2] if base.startswith("[") else ":" in base
        split.append((host, port if has_port else None))
    return sorted(split, key=lambda base: -len(base[0]))
