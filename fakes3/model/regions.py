"""Regions and partitions: where buckets live, and how their ARNs begin.

S3: general/latest/gr/s3.html, userguide/s3-arn-format.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from fakes3.model.data_files import read_beside


class Partition(NamedTuple):
    """A group of regions that share neither credentials nor buckets with any other."""

    name: str
    suffix: str
    dual_stack_suffix: str
    region_regex: str
    implicit_global_region: str
    regions: tuple[str, ...]


def _partitions() -> Iterator[Partition]:
    for name, facts in json.loads(read_beside(__name__, "partitions.json")).items():
        yield Partition(name, **{**facts, "regions": tuple(facts["regions"])})


PARTITIONS: Final[dict[str, Partition]] = {partition.name: partition for partition in _partitions()}

REGIONS: Final[dict[str, str]] = {region: p.name for p in PARTITIONS.values() for region in p.regions}
"""Every region known when this release was made, and its partition."""

IMPLICIT_REGIONS: Final[dict[str, str]] = {p.name: p.implicit_global_region for p in PARTITIONS.values()}
"""The region that first receives requests to a partition's global endpoint."""

_BEFORE_2014: Final = (
    "ap-northeast-1 ap-southeast-1 ap-southeast-2 eu-west-1 sa-east-1 us-east-1 us-gov-west-1 us-west-1 us-west-2"
)
"""Regions that opened before February 2014. S3: API/sig-v4-authenticating-requests.html"""


def takes_version_2(region: str) -> bool:
    """Whether a region accepts signatures of version 2, as those do that opened before 2014."""
    return region in _BEFORE_2014.split()


def is_region(name: str) -> bool:
    """Whether a name is that of a region, known or of a form that a partition's future regions will have."""
    return partition_with(name) is not None


def is_known_region(name: str) -> bool:
    """Whether a name is that of a region that exists: those that callers name as values must."""
    return name in REGIONS


def partition_of(region: str) -> str:
    """Return the partition of a region; `aws` for a name that matches none, as AWS's endpoint rules have it."""
    if partition := partition_with(region):
        return partition.name
    claimed = region.removesuffix("-global")
    return claimed if claimed in PARTITIONS else "aws"


def partition_with(region: str) -> Partition | None:
    """Return the partition whose regions have such names; None for another text."""
    if name := REGIONS.get(region):
        return PARTITIONS[name]
    if region.count("-") < 2:  # matches no pattern, and the patterns take long to compile
        return None
    return next((p for p in PARTITIONS.values() if re.fullmatch(p.region_regex, region, re.ASCII)), None)


def bucket_host(region: str, bucket: str) -> str:
    """Return the host that S3's redirects name for a bucket. Regions from before 2014 keep the form with a dash.

    observed: cperciva/bsdec2-image-upload#11, yanganto/s3rs#18, bradleyg/django-s3direct#90

    >>> bucket_host("eu-west-1", "b"), bucket_host("eu-central-1", "b")
    ('b.s3-eu-west-1.amazonaws.com', 'b.s3.eu-central-1.amazonaws.com')
    """
    suffix = PARTITIONS[partition_of(region)].suffix
    if region == PARTITIONS["aws"].implicit_global_region:
        return f"{bucket}.s3.{suffix}"
    return f"{bucket}.s3{'-' if takes_version_2(region) else '.'}{region}.{suffix}"


def website_host(bucket: str, region: str) -> str:
    """Return the host of a bucket's website endpoint. The regions before 2014 have a dash in it.

    S3: general/latest/gr/s3.html, "Amazon S3 website endpoints"

    >>> website_host("b", "eu-west-1"), website_host("b", "eu-central-1")
    ('b.s3-website-eu-west-1.amazonaws.com', 'b.s3-website.eu-central-1.amazonaws.com')
    """
    mark = "-" if takes_version_2(region) else "."
    return f"{bucket}.s3-website{mark}{region}.{PARTITIONS[partition_of(region)].suffix}"


def arn(partition: str, bucket: str, key: str | None = None) -> str:
    """Return the ARN of a bucket, or of an object in it. It has neither region nor account.

    S3: userguide/s3-arn-format.html

    >>> arn("aws-cn", "b", "a/k")
    'arn:aws-cn:s3:::b/a/k'
    """
    return f"arn:{partition}:s3:::{bucket}" if key is None else f"arn:{partition}:s3:::{bucket}/{key}"


def arn_of(region: str, bucket: str) -> str:
    """Return the ARN of a bucket in a region.

    >>> arn_of("cn-north-1", "b")
    'arn:aws-cn:s3:::b'
    """
    return arn(partition_of(region), bucket)
