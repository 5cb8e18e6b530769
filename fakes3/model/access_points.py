"""Access points: other names of a bucket, each with a policy, a network origin and a Block Public Access of its own.

A request names an access point instead of the bucket, and reaches the bucket's objects. Both have to allow it, so an
access point takes rights away and adds none. It has an ARN for SDKs and policies, and an alias that stands wherever the
name of a bucket does.

A regional access point is at a bucket of its region, which may be another account's. A multi-region one has no region,
and its name is in none of its addresses: SDKs and policies name it by its alias.

S3: userguide/access-points.html, userguide/access-points-naming.html, userguide/MultiRegionAccessPoints.html
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from fakes3.model.errors import InvalidRequest, InvalidURI
from fakes3.model.ordered_map import OrderedMap
from fakes3.model.public_access import ALL_BLOCKED, PublicAccessBlock
from fakes3.model.regions import PARTITIONS, partition_of

if TYPE_CHECKING:
    from fakes3.model.policy import Policy

INTERNET, VPC = "Internet", "VPC"
"""The network origins: whether an access point takes requests from everywhere, or only from within one VPC."""

MOST_POINTS = 10_000
"""How many access points an account has in a region at most, where AWS has not raised the quota."""

ALIAS_SUFFIX = "-s3alias"
MULTI_REGION_SUFFIX = ".mrap"
EVERY_REGION = ""
"""The region of a multi-region access point, as in its ARN."""

_MOST_LETTERS = 63
_RANDOM_LETTERS = 34
_MULTI_REGION_LETTERS = 13
_PARSABLE = "[a-z0-9.-]{3,50}"
_RESERVED_SUFFIXES = (ALIAS_SUFFIX, "--xa-s3")

_ARN = "arn:[^:]+:s3:([^:]*):([0-9]{12}):accesspoint[:/]([^:/]+)"
"""The ARN of an access point. In that of a multi-region one the alias stands in place of the name."""


class PointName(NamedTuple):
    """What tells one access point from all others. Its order is that of lists."""

    account: str
    region: str
    name: str


class AccessPoint(NamedTuple):
    """An access point as it is at one moment. Only its policy ever changes."""

    id: PointName
    alias: str
    bucket: str
    """The name of the bucket, which may be gone: that of another account can be deleted under its access points."""
    bucket_owner: str
    created: datetime
    vpc: str | None = None
    """The only VPC from which it takes requests."""
    public_access: PublicAccessBlock = ALL_BLOCKED
    policy: Policy | None = None

    @property
    def is_multi_region(self) -> bool:
        """Whether it has no region of its own."""
        return self.id.region == EVERY_REGION

    @property
    def network_origin(self) -> str:
        """From where it takes requests: `Internet` or `VPC`."""
        return INTERNET if self.vpc is None else VPC

    @property
    def arn(self) -> str:
        """Its ARN, which policies and SDKs name."""
        account, region, name = self.id
        shown = self.alias if self.is_multi_region else name
        return f"arn:{partition_of(region)}:s3:{region}:{account}:accesspoint/{shown}"

    def arn_of(self, key: str | None) -> str:
        """Return the ARN of a key as policies name it at this access point; of the access point itself without a key.

        S3: userguide/access-points-naming.html, "Access point ARNs"
        """
        return self.arn if key is None else f"{self.arn}/object/{key}"

    def leads_to(self, owner: str, region: str) -> bool:
        """Whether the bucket with its bucket's name is still the same one, and not a later one of somebody else."""
        return owner == self.bucket_owner and self.id.region in {EVERY_REGION, region}

    @property
    def host(self) -> str:
        """The host to which SDKs send requests that name its ARN."""
        account, region, name = self.id
        if self.is_multi_region:
            return f"{self.alias}.accesspoint.s3-global.{PARTITIONS['aws'].suffix}"
        return f"{name}-{account}.{endpoints_in(region)['ipv4']}"


def endpoints_in(region: str) -> dict[str, str]:
    """Return the endpoints of access points in a region, by the names that S3 gives them.

    recorded: TestS3ControlAccessPoint::test_access_point_lifecycle
    """
    under = f"{region}.{PARTITIONS[partition_of(region)].suffix}"
    return {
        "ipv4": f"s3-accesspoint.{under}",
        "fips": f"s3-accesspoint-fips.{under}",
        "fips_dualstack": f"s3-accesspoint-fips.dualstack.{under}",
        "dualstack": f"s3-accesspoint.dualstack.{under}",
    }


def check_point_name(name: str) -> None:
    """Refuse a name that no access point can have.

    Raises: InvalidURI for a name that S3 does not even read, InvalidRequest.
    S3: userguide/access-points-restrictions-limitations-naming-rules.html
    recorded: TestS3ControlAccessPoint::test_access_point_name_validation
    observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json (name-*)

    >>> check_point_name("finance-reports")
    >>> check_point_name("Finance")
    Traceback (most recent call last):
    fakes3.model.errors.InvalidURI: InvalidURI: Couldn't parse the specified URI.
    """
    remedy = "Choose 3 to 50 lower-case letters, digits and hyphens, neither of the ends a hyphen."
    if not re.fullmatch(_PARSABLE, name):
        raise InvalidURI(URI=f"accesspoint/{name}", reason=f"no access point can be called {name!r}. {remedy}")
    if "." in name or name[0] == "-" or name[-1] == "-" or name.endswith(_RESERVED_SUFFIXES):
        raise InvalidRequest(
            "Your Amazon S3 AccessPoint name is invalid", reason=f"no access point can be called {name!r}. {remedy}"
        )


def make_alias(name: PointName, sequence: int, opaque: Callable[[str, int], str]) -> str:
    """Return the alias of a new access point. Another one of the same name gets another alias.

    `sequence` is the number of the commit that makes it, and `opaque` returns hex digits for a purpose.

    S3: userguide/access-points-naming.html, "Access point aliases"
    """
    purpose = f"alias of {'/'.join(name)}"
    letters = b32encode(bytes.fromhex(opaque(purpose, sequence) + opaque(f"rest of {purpose}", sequence)))
    random = letters.decode().lower()
    if name.region == EVERY_REGION:
        return f"m{random[: _MULTI_REGION_LETTERS - 1]}{MULTI_REGION_SUFFIX}"
    end = f"-{random[:_RANDOM_LETTERS]}{ALIAS_SUFFIX}"
    return name.name[: _MOST_LETTERS - len(end)].rstrip("-") + end


class Points(NamedTuple):
    """The access points of a world, by their names and by their aliases."""

    by_name: OrderedMap[PointName, AccessPoint] = OrderedMap()
    names: OrderedMap[str, PointName] = OrderedMap()
    """The names by alias."""

    def with_point(self, point: AccessPoint) -> Points:
        """Return these access points with this one, in place of an earlier state of it."""
        return Points(self.by_name.set(point.id, point), self.names.set(point.alias, point.id))

    def without(self, point: AccessPoint) -> Points:
        """Return these access points without this one."""
        return Points(self.by_name.delete(point.id), self.names.delete(point.alias))

    def get(self, name: PointName) -> AccessPoint | None:
        """Return the access point of this name; None where there is none."""
        return self.by_name.get(name)

    def with_alias(self, alias: str) -> AccessPoint | None:
        """Return the access point with this alias; None where there is none."""
        name = self.names.get(alias)
        return None if name is None else self.by_name.get(name)

    def with_arn(self, arn: str) -> AccessPoint | None:
        """Return the access point with this ARN; None where there is none.

        It may have a colon in place of its slash, as SDKs take it, too.
        """
        found = re.fullmatch(_ARN, arn)
        if found is None:
            return None
        region, account, name = found.groups()
        if region == EVERY_REGION:
            point = self.with_alias(name)
            return point if point is not None and point.id.account == account else None
        return self.get(PointName(account, region, name))

    def with_label(self, label: str, region: str | None) -> AccessPoint | None:
        """Return the access point that the first label of a host names, `name-account`; None where there is none.

        Without a region it is the first one, of any region.
        """
        name, _, account = label.rpartition("-")
        if region is not None:
            return self.get(PointName(account, region, name))
        return next((point for point in self.of_account(account) if point.id.name == name), None)

    def of_account(self, account: str, region: str | None = None, after: str = "") -> Iterator[AccessPoint]:
        """Yield the access points of an account, or those in a region of it after a name, by region and name."""
        for name, point in self.by_name.scan(PointName(account, region or "", after), after=True):
            if name.account != account or region not in {None, name.region}:
                return
            yield point

    def at(self, bucket: str, owner: str) -> Iterator[AccessPoint]:
        """Yield the access points at the bucket of this name and owner."""
        return (each for each in self.by_name.values() if (each.bucket, each.bucket_owner) == (bucket, owner))

    def find(self, name: PointName) -> AccessPoint:
        """Return the access point of this name. Raises: NoSuchAccessPoint."""
        point = self.get(name)
        if point is None:
            from fakes3.model.control_errors import NoSuchAccessPoint

            raise NoSuchAccessPoint(
                AccessPointName=name.name,
                reason=f"the account {name.account} has no access point {name.name} in {name.region}. Create it, or "
                "call the endpoint of its region.",
            )
        return point


NO_POINTS = Points()
