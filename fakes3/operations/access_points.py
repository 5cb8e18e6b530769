"""Access points: create, get, list, delete, and their policies. These operations are S3 Control's.

Each region has its own access points, and each account may call for its own only. What access points let through is in
`admission.py`.

S3: userguide/access-points.html, API/API_control_CreateAccessPoint.html and its neighbours
observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Required, TypedDict

from fakes3.model.access_points import (
    ALIAS_SUFFIX,
    EVERY_REGION,
    MOST_POINTS,
    AccessPoint,
    PointName,
    check_point_name,
    endpoints_in,
    make_alias,
)
from fakes3.model.bucket import Bucket
from fakes3.model.clock import Ids
from fakes3.model.control_errors import (
    AccessPointAlreadyOwnedByYou,
    NoSuchAccessPoint,
    NoSuchAccessPointPolicy,
    TooManyAccessPoints,
)
from fakes3.model.errors import AccessDenied, InvalidRequest
from fakes3.model.listing import position_of, token_of
from fakes3.model.names import is_account_id
from fakes3.model.not_modelled import not_modelled
from fakes3.model.public_access import ALL_BLOCKED, NOTHING_BLOCKED, block_of, switches_of
from fakes3.model.regions import is_known_region
from fakes3.model.world import World
from fakes3.operations.accounts import check_own_account
from fakes3.operations.call import Call
from fakes3.operations.members import Document, Members
from fakes3.operations.registry import operation

if TYPE_CHECKING:
    from fakes3.model.policy import Policy

MOST_LISTED = 1000
_OF_BUCKETS = "S3"
_DATA_SOURCES = frozenset({_OF_BUCKETS, "ALL"})


class VpcConfiguration(TypedDict):
    """The VPC from which alone an access point takes requests."""

    VpcId: str


class CreateAccessPointRequest(TypedDict, total=False):
    """The body of CreateAccessPoint."""

    Bucket: Required[str]
    BucketAccountId: str
    VpcConfiguration: VpcConfiguration
    PublicAccessBlockConfiguration: Members


class PutAccessPointPolicyRequest(TypedDict):
    """The body of PutAccessPointPolicy."""

    Policy: str


@operation
def create_access_point(
    s3: Call, *, AccountId: str, Name: str, CreateAccessPointRequest: Document[CreateAccessPointRequest]
) -> Members:
    """Create an access point at a bucket of the endpoint's region, which may be another account's.

    What blocks public access to it, and whether it takes requests from the internet, never changes.
    """
    check_point_name(Name)
    asked = CreateAccessPointRequest.read()
    vpc = asked["VpcConfiguration"]["VpcId"] if "VpcConfiguration" in asked else None
    name = PointName(AccountId, _region_of(s3), Name)
    block = asked.get("PublicAccessBlockConfiguration")
    blocked = ALL_BLOCKED if block is None else block_of(block)
    point = AccessPoint(name, "", asked["Bucket"], asked.get("BucketAccountId", AccountId), s3.stamp, vpc, blocked)
    _check_may(s3, point, "s3:CreateAccessPoint")
    point, s3.world = with_new_point(s3.world, point, s3.ids)
    return {"AccessPointArn": point.arn, "Alias": point.alias}


def with_new_point(world: World, point: AccessPoint, ids: Ids) -> tuple[AccessPoint, World]:
    """Return the access point with its alias, and the world that has it.

    Raises: InvalidRequest, AccessPointAlreadyOwnedByYou, TooManyAccessPoints.
    """
    name, points = point.id, world.access_points
    _check_bucket(world.buckets.get(point.bucket), point)
    if points.get(name) is not None:
        raise AccessPointAlreadyOwnedByYou(
            reason=f"there is an access point {name.name} in {name.region or 'every region'}. Delete it first, or "
            "choose another name."
        )
    if len(list(islice(points.of_account(name.account, name.region), MOST_POINTS))) == MOST_POINTS:
        raise TooManyAccessPoints
    point = point._replace(alias=make_alias(name, world.sequence + 1, ids.opaque))
    return point, world.with_access_points(points.with_point(point))


@operation
def get_access_point(s3: Call, *, AccountId: str, Name: str) -> Members:
    """Return what an access point is. It may be named by its alias."""
    by_alias = Name.endswith(ALIAS_SUFFIX)
    if not by_alias:
        check_point_name(Name)
    check_own_account(s3, AccountId, "s3:GetAccessPoint")
    name = PointName(AccountId, _region_of(s3), Name)
    found = s3.world.access_points.with_alias(Name) if by_alias else s3.world.access_points.find(name)
    if found is None or found.id[:2] != name[:2]:
        raise NoSuchAccessPoint(AccessPointName=Name)
    shown = _shown(found)
    return {
        "Name": shown.pop("Name"),
        "Bucket": shown.pop("Bucket"),
        "NetworkOrigin": shown.pop("NetworkOrigin"),
        "VpcConfiguration": shown.pop("VpcConfiguration"),
        "PublicAccessBlockConfiguration": switches_of(found.public_access),
        "CreationDate": found.created,
        **shown,
        "Endpoints": endpoints_in(found.id.region),
    }


@operation
def list_access_points(
    s3: Call,
    *,
    AccountId: str,
    Bucket: str | None = None,
    NextToken: str | None = None,
    MaxResults: int | None = None,
    DataSourceId: str | None = None,
    DataSourceType: str | None = None,
) -> Members:
    """Return the access points of an account in the endpoint's region, or those at one bucket, by name."""
    check_own_account(s3, AccountId, "s3:ListAccessPoints")
    _check_data_source(DataSourceId, DataSourceType)
    region = _region_of(s3)
    if Bucket is not None and Bucket not in s3.world.buckets:
        raise InvalidRequest("No access point attached to this bucket")
    after = _read_token(NextToken, Bucket)
    limit = min(MaxResults or MOST_LISTED, MOST_LISTED)
    mine = s3.world.access_points.of_account(AccountId, region, after)
    found = (point for point in mine if Bucket in {None, point.bucket})
    shown = list(islice(found, limit))
    answer: Members = {"AccessPointList": [_shown(point, DataSourceType) for point in shown]}
    if next(found, None) is not None:
        answer["NextToken"] = token_of(f"{Bucket or ''}/{shown[-1].id.name}")
    return answer


@operation
def delete_access_point(s3: Call, *, AccountId: str, Name: str) -> Members:
    """Delete an access point with its policy. Its alias never comes back."""
    point = _find_point(s3, AccountId, Name, "s3:DeleteAccessPoint")
    s3.world = s3.world.with_access_points(s3.world.access_points.without(point))
    return {}


@operation
def put_access_point_policy(
    s3: Call, *, AccountId: str, Name: str, PutAccessPointPolicyRequest: Document[PutAccessPointPolicyRequest]
) -> Members:
    """Set the policy of an access point, in place of an earlier one."""
    point = _find_point(s3, AccountId, Name, "s3:PutAccessPointPolicy")
    _keep(s3, with_policy(s3.world, point, PutAccessPointPolicyRequest.read()["Policy"]))
    return {}


@operation
def get_access_point_policy(s3: Call, *, AccountId: str, Name: str) -> Members:
    """Return the policy of an access point."""
    point = _find_point(s3, AccountId, Name, "s3:GetAccessPointPolicy")
    return {"Policy": _find_policy(point).text}


@operation
def delete_access_point_policy(s3: Call, *, AccountId: str, Name: str) -> Members:
    """Delete the policy of an access point; it need not have one."""
    point = _find_point(s3, AccountId, Name, "s3:DeleteAccessPointPolicy")
    if point.policy is not None:
        _keep(s3, with_policy(s3.world, point, None))
    return {}


@operation
def get_access_point_policy_status(s3: Call, *, AccountId: str, Name: str) -> Members:
    """Return whether the policy of an access point is public."""
    point = _find_point(s3, AccountId, Name, "s3:GetAccessPointPolicyStatus")
    return {"PolicyStatus": {"IsPublic": _is_public(point, _find_policy(point))}}


def with_policy(world: World, point: AccessPoint, text: str | None) -> AccessPoint:
    """Return the access point with this policy, or without one.

    Raises: MalformedPolicy, AccessDenied for a public policy where such ones are blocked.
    """
    if text is None:
        return point._replace(policy=None)
    from fakes3.model.policy_parser import parse_access_point_policy  # slow to import, and most tests never need it

    policy = parse_access_point_policy(text, arn=point.arn)
    if _is_public(point, policy) and _blocks_public_policies(world, point):
        raise AccessDenied(
            reason=f"the policy of the access point {point.id.name} would be public, and BlockPublicPolicy is on for "
            "it, for its bucket or for its account. Name the callers, or create it with the switch off, which it "
            "keeps for ever."
        )
    return point._replace(policy=policy)


def _is_public(point: AccessPoint, policy: Policy) -> bool:
    """Whether a policy makes an access point public. One for a VPC never is.

    S3: userguide/access-control-block-public-access.html, "Access points"
    """
    from fakes3.model.policy_status import is_public

    return point.vpc is None and is_public(policy)


def _blocks_public_policies(world: World, point: AccessPoint) -> bool:
    """Whether public policies are blocked for an access point, by itself, its account, or a bucket of its account."""
    blocked = point.public_access | world.account_blocks.get(point.id.account, NOTHING_BLOCKED)
    bucket = world.buckets.get(point.bucket)
    if bucket is not None and bucket.owner == point.id.account:
        blocked |= world.blocked_in(bucket)
    return blocked.block_public_policy


def _find_point(s3: Call, account: str, name: str, action: str) -> AccessPoint:
    """Return an access point of the caller's account, if the caller is allowed the action on it."""
    check_point_name(name)
    place = PointName(account, _region_of(s3), name)
    sought = AccessPoint(place, "", "", "", s3.stamp)
    point = s3.world.access_points.get(place)
    _check_may(s3, point or sought, action)
    return s3.world.access_points.find(place)


def _check_may(s3: Call, point: AccessPoint, action: str) -> None:
    with s3.through(point):
        check_own_account(s3, point.id.account, action, on=point.arn)


def _keep(s3: Call, point: AccessPoint) -> None:
    s3.world = s3.world.with_access_points(s3.world.access_points.with_point(point))


def _find_policy(point: AccessPoint) -> Policy:
    if point.policy is None:
        raise NoSuchAccessPointPolicy(AccessPointName=point.id.name)
    return point.policy


def _region_of(s3: Call) -> str:
    """Return the region of the endpoint; at a host that is not Amazon's, the one that the request is signed for."""
    signed_for = s3.transport.signed_for
    return s3.region or (signed_for if signed_for is not None and is_known_region(signed_for) else s3.settings.region)


def _check_bucket(bucket: Bucket | None, point: AccessPoint) -> None:
    """Refuse an access point at this bucket. Raises: InvalidRequest."""
    if bucket is None:
        raise InvalidRequest(
            "Amazon S3 AccessPoint can only be created for existing bucket",
            reason=f"there is no bucket {point.bucket}. Create it first.",
        )
    if point.id.region not in {EVERY_REGION, bucket.region}:
        raise InvalidRequest(
            "Amazon S3 AccessPoint can only be created for bucket in the same region",
            reason=f"the bucket {bucket.name} is in {bucket.region}. Make the client of S3 Control with "
            f'region_name="{bucket.region}".',
        )
    if not is_account_id(point.bucket_owner):
        raise InvalidRequest("Request invalid", reason="a BucketAccountId is the 12 digits of an account.")
    if bucket.owner != point.bucket_owner:
        raise InvalidRequest(
            "BucketAccountId parameter should be same as the AWS Account Id of bucket owner",
            reason=f"the bucket {bucket.name} belongs to {bucket.owner}. Pass that as BucketAccountId.",
        )


def _check_data_source(source: str | None, kind: str | None) -> None:
    """Refuse other sources of data than buckets."""
    if source is not None and kind == _OF_BUCKETS:
        raise InvalidRequest("DataSourceType must not be S3 if DataSourceId is provided")
    if source is not None or kind not in {None, *_DATA_SOURCES}:
        raise not_modelled("dataSourceType", "access points at anything but buckets", "Leave it out, or pass S3.")


def _read_token(token: str | None, bucket: str | None) -> str:
    """Return the name after which a list goes on. Raises: InvalidRequest, also for the token of another list."""
    if token is None:
        return ""
    listed, slash, name = (position_of(token) or "").partition("/")
    if not slash or listed != (bucket or ""):
        raise InvalidRequest("Invalid nextToken", reason="the token is not one of this list. Pass it as it came.")
    return name


def _shown(point: AccessPoint, kind: str | None = None) -> Members:
    """Return what lists say of an access point."""
    return {
        "Name": point.id.name,
        "NetworkOrigin": point.network_origin,
        "VpcConfiguration": None if point.vpc is None else {"VpcId": point.vpc},
        "Bucket": point.bucket,
        "AccessPointArn": point.arn,
        "Alias": point.alias,
        "BucketAccountId": point.bucket_owner,
        "DataSourceType": None if kind is None else _OF_BUCKETS,
    }
