"""Access points as a test makes them and looks at them.

No state is kept here: a view holds the name of an access point, and the world keeps the access points.

S3: userguide/access-points.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from fakes3.model.access_points import EVERY_REGION, AccessPoint, PointName, check_point_name
from fakes3.model.dates import whole_second
from fakes3.model.errors import S3Error, UsageError
from fakes3.model.public_access import ALL_BLOCKED, PublicAccessBlock
from fakes3.model.world import World
from fakes3.operations.access_points import with_new_point, with_policy
from fakes3.operations.service import Service

Policy: TypeAlias = str | Mapping[str, Any]
"""A dictionary, or JSON text."""


class AccessPointView:
    """An access point of a fake, as `s3.account().access_point(...)` makes it.

    Its `arn` and its `alias` stand in place of the name of a bucket.
    """

    def __init__(self, service: Service, name: PointName) -> None:
        self._service = service
        self._name = name

    @property
    def _point(self) -> AccessPoint:
        point = self._service.present().access_points.get(self._name)
        if point is None:
            raise UsageError(f"There is no access point {self._name.name!r} any more. Make it again.")
        return point

    @property
    def name(self) -> str:
        """Its name."""
        return self._name.name

    @property
    def account_id(self) -> str:
        """The 12 digits of its account."""
        return self._name.account

    @property
    def region(self) -> str | None:
        """Its region; None for a multi-region access point."""
        return self._name.region or None

    @property
    def arn(self) -> str:
        """Its ARN, which stands for it in policies, too."""
        return self._point.arn

    @property
    def alias(self) -> str:
        """Its alias. That of a multi-region access point is a part of its ARN, and stands for no bucket."""
        return self._point.alias

    @property
    def bucket(self) -> str:
        """The name of its bucket."""
        return self._point.bucket

    @property
    def vpc(self) -> str | None:
        """The only VPC from which it takes requests; None where it takes those from the internet."""
        return self._point.vpc

    @property
    def created(self) -> datetime:
        """When it was created."""
        return self._point.created

    @property
    def policy(self) -> dict[str, Any] | None:
        """Its policy; None if there is none. Assign to change it.

        Raises: UsageError, for a policy that S3 would refuse.
        """
        policy = self._point.policy
        return None if policy is None else json.loads(policy.text)

    @policy.setter
    def policy(self, policy: Policy | None) -> None:
        def changed(world: World) -> World:
            point = with_policy(world, world.access_points.find(self._name), _text(policy))
            return world.with_access_points(world.access_points.with_point(point))

        _change(self._service, changed)

    def delete(self) -> None:
        """Delete it."""
        point = self._point
        self._service.change_world(lambda world: world.with_access_points(world.access_points.without(point)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AccessPointView):
            return NotImplemented
        return (self._name, self._service) == (other._name, other._service)

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"<access point {self.name!r} of account {self.account_id}>"


def make_access_point(
    service: Service,
    name: PointName,
    bucket: str,
    policy: Policy | None,
    vpc: str | None,
    blocked: PublicAccessBlock = ALL_BLOCKED,
) -> AccessPointView:
    """Create an access point at a bucket. Raises: UsageError, for anything that S3 would refuse."""

    def changed(world: World) -> World:
        check_point_name(name.name)
        found = world.buckets.get(bucket)
        owner = name.account if found is None else found.owner
        point = AccessPoint(name, "", bucket, owner, whole_second(service.clock.now()), vpc, blocked)
        point, world = with_new_point(world, point, service.ids)
        points = world.access_points.with_point(with_policy(world, point, _text(policy)))
        return world.with_access_points(points)

    _change(service, changed)
    return AccessPointView(service, name)


def place_of(service: Service, account: str, name: str, bucket: str, *, multi_region: bool) -> PointName:
    """Return the name of a new access point: in the region of its bucket, or in none."""
    found = service.world.buckets.get(bucket)
    region = service.settings.region if found is None else found.region
    return PointName(account, EVERY_REGION if multi_region else region, name)


def access_points_of(service: Service, account: str) -> Iterator[AccessPointView]:
    """Yield the access points of an account, by region and name."""
    return (AccessPointView(service, point.id) for point in service.present().access_points.of_account(account))


def _text(policy: Policy | None) -> str | None:
    return policy if policy is None or isinstance(policy, str) else json.dumps(policy)


def _change(service: Service, change: Any) -> None:
    try:
        service.change_world(change)
    except S3Error as refusal:
        reason = refusal.reason or "Compare it with the User Guide's page on access points."
        raise UsageError(f"S3 refuses this access point or its policy. {refusal}: {reason}") from None
