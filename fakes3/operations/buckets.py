"""Buckets: create, head, delete, list, location.

S3: API/API_CreateBucket.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypedDict, Unpack

from fakes3.model.acl import CANNED_FOR_BUCKETS, RequestedAcl
from fakes3.model.bucket import Bucket
from fakes3.model.configurations import ENCRYPTION, LOCK, NEW, OLD, OWNERSHIP, TAGGING, VERSIONING, ownership_controls
from fakes3.model.control_errors import BucketHasAccessPointsAttached
from fakes3.model.encryption import blocks_sse_c_in, encryption_rule
from fakes3.model.errors import (
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    BucketNotEmpty,
    IllegalLocationConstraintException,
    InvalidArgument,
    InvalidLocationConstraint,
    MalformedXML,
)
from fakes3.model.identity import canonical_id
from fakes3.model.listing import token_of
from fakes3.model.names import check_bucket_name, check_namespace
from fakes3.model.ownership import Ownership, check_acl_of_bucket, check_new_acl, parse_ownership
from fakes3.model.regions import arn_of, is_known_region
from fakes3.model.tags import OF_NEW_BUCKETS, check_tags, pairs_of
from fakes3.model.versions import Versioning
from fakes3.operations.call import Call
from fakes3.operations.listings import read_token
from fakes3.operations.members import AnyAclHeaders, Document, ExpectedOwner, Members
from fakes3.operations.registry import operation
from fakes3.operations.settings import Settings
from fakes3.operations.write_headers import read_acl

GLOBAL_REGION = "us-east-1"
"""The region of the global endpoint, which can create buckets in every region."""

MOST_BUCKETS = 10_000
EU = "EU"
EU_REGION = "eu-west-1"
"""The location constraint "EU" is older than the names of regions, and means this one."""


class CreateBucketConfiguration(TypedDict, total=False):
    """The body of CreateBucket."""

    LocationConstraint: str
    Location: Members
    Bucket: Members
    Tags: list[Members]


@operation
def create_bucket(
    s3: Call,
    *,
    Bucket: str,
    CreateBucketConfiguration: Document[CreateBucketConfiguration] | None = None,
    ObjectLockEnabledForBucket: bool = False,
    ObjectOwnership: str | None = None,
    BucketNamespace: str | None = None,
    **headers: Unpack[AnyAclHeaders],
) -> Members:
    """Create a bucket in the region of the endpoint; the global endpoint creates it in the region that is asked for.

    At the global endpoint, a bucket that the caller already owns stays as it is, except for its ACL.
    """
    if s3.transport.is_express:
        from fakes3.operations.directories import create_directory_bucket  # most tests have no directory bucket

        return create_directory_bucket(
            s3, Bucket, {} if CreateBucketConfiguration is None else CreateBucketConfiguration.read()
        )
    for action in actions_to_create(headers, locks=ObjectLockEnabledForBucket, owns=ObjectOwnership is not None):
        s3.check_may_in_account(action, Bucket)
    check_bucket_name(Bucket)
    configuration = {} if CreateBucketConfiguration is None else CreateBucketConfiguration.read()
    if "Location" in configuration or "Bucket" in configuration:
        raise MalformedXML(
            reason="Location and Bucket describe directory buckets. Leave them out, or choose a name "
            "like logs--use1-az4--x-s3."
        )
    constraint, tag_set = configuration.get("LocationConstraint"), configuration.get("Tags", [])
    if tag_set:
        s3.check_may_in_account("s3:TagResource", Bucket)
    region = _region_for(s3, constraint)
    check_namespace(Bucket, BucketNamespace, account=s3.caller.account, region=region)
    check_tags(pairs_of(tag_set), OF_NEW_BUCKETS)
    ownership = None if ObjectOwnership is None else parse_ownership(ObjectOwnership)
    wanted = read_acl(headers, CANNED_FOR_BUCKETS)
    existing = s3.world.buckets.get(Bucket)
    if existing is None:
        new = with_defaults(_new_bucket(s3, Bucket, region, EU if constraint == EU else None), s3.settings, ownership)
        new = _with_acl(s3, new, wanted)
        new = new.configure(TAGGING, {"TagSet": tag_set}) if tag_set else new
        s3.commit(with_lock(new) if ObjectLockEnabledForBucket else new)
    elif existing.owner != s3.caller.account:
        raise BucketAlreadyExists(BucketName=Bucket)
    elif existing.region != GLOBAL_REGION or region != GLOBAL_REGION or tag_set:
        # recorded for tags: TestS3BucketObjectTagging::test_create_bucket_with_tags_us_east_1_idempotency
        raise BucketAlreadyOwnedByYou(BucketName=Bucket)
    else:
        reset = _with_acl(s3, existing, wanted)
        if reset.acl != existing.acl:
            s3.check_may("s3:PutBucketAcl", existing)  # the policy of the existing bucket may deny it
            s3.commit(reset)
    location = f"/{Bucket}" if region == GLOBAL_REGION else f"http://{Bucket}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": arn_of(region, Bucket)}


@operation
def head_bucket(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Return the region of a bucket, if it exists and the caller is allowed to list it."""
    bucket = s3.bucket(Bucket, headers, "s3:ListBucket")
    if bucket.directory is not None:
        from fakes3.operations.directories import describe_directory

        return describe_directory(bucket)
    return {"BucketRegion": bucket.region, "BucketArn": arn_of(bucket.region, Bucket), "AccessPointAlias": s3.by_alias}


@operation
def delete_bucket(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Delete a bucket that holds nothing: no object, no noncurrent version, no delete marker.

    It also has no access points of its owner; those of other accounts then lead nowhere.
    observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json (bucket-live-ap-delete and
    delete-owner-bucket-with-live-foreign-access-point)
    """
    bucket = s3.bucket(Bucket, headers, "s3:DeleteBucket")
    if bucket.versions:
        more = "" if bucket.versioning is None else ". You must delete all versions in the bucket."
        raise BucketNotEmpty(f"{BucketNotEmpty.message}{more}", BucketName=Bucket)
    if bucket.directory is not None and bucket.uploads:
        # S3: API/API_DeleteBucket.html
        reason = "uploads are in progress, which keep a directory bucket. Complete or abort them."
        raise BucketNotEmpty(BucketName=Bucket, reason=reason)
    for point in s3.world.access_points.at(Bucket, bucket.owner):
        if point.id.account == bucket.owner:
            raise BucketHasAccessPointsAttached(
                reason=f"the access point {point.id.name} is at the bucket {Bucket}. Delete it with DeleteAccessPoint."
            )
    s3.world = s3.world.without_bucket(Bucket)
    return {}


@operation
def get_bucket_location(s3: Call, *, Bucket: str, **headers: Unpack[ExpectedOwner]) -> Members:
    """Return a bucket's region as its location constraint, which is empty for us-east-1."""
    bucket = s3.bucket(Bucket, headers, "s3:GetBucketLocation", anywhere=True)
    return {"LocationConstraint": bucket.location or (None if bucket.region == GLOBAL_REGION else bucket.region)}


@operation
def list_buckets(
    s3: Call,
    *,
    MaxBuckets: int | None = None,
    ContinuationToken: str | None = None,
    Prefix: str | None = None,
    BucketRegion: str | None = None,
) -> Members:
    """List the caller's buckets, of all regions, by name."""
    s3.check_may_in_account("s3:ListAllMyBuckets")
    _check_page(MaxBuckets, BucketRegion)
    ContinuationToken = ContinuationToken or None  # an empty one counts as absent here, though not in ListObjectsV2
    prefix = Prefix or ""
    mine = (
        bucket
        for name, bucket in s3.world.buckets.scan(read_token(ContinuationToken), after=True)
        if bucket.directory is None
        and bucket.owner == s3.caller.account
        and name.startswith(prefix)
        and BucketRegion in {None, bucket.region}
    )
    shown = list(islice(mine, MaxBuckets))
    paged = (MaxBuckets, ContinuationToken, Prefix, BucketRegion) != (None, None, None, None)
    entries = [_entry(bucket, paged=paged) for bucket in shown]
    answer: Members = {"Owner": {"ID": canonical_id(s3.caller.account)}, "Buckets": entries}
    if Prefix is not None:
        answer["Prefix"] = Prefix
    if next(mine, None) is not None:
        answer["ContinuationToken"] = token_of(shown[-1].name)
    return answer


def _check_page(most: int | None, region: str | None) -> None:
    """Refuse a number of buckets, or a region, that ListBuckets does not take."""
    if most is not None and not 1 <= most <= MOST_BUCKETS:
        raise InvalidArgument(
            f"Argument max-buckets must be an integer between 1 and {MOST_BUCKETS}",
            ArgumentName="max-buckets",
            ArgumentValue=most,
        )
    if region is not None and not is_known_region(region):
        raise InvalidArgument(f"Argument value {region} is not a valid AWS Region", ArgumentName="bucket-region")


def actions_to_create(headers: AnyAclHeaders, *, locks: bool, owns: bool) -> Iterator[str]:
    """Yield the actions that CreateBucket needs: `s3:CreateBucket`, and those for settings that are not the default.

    `locks` says that Object Lock is enabled, `owns` that the request names an Object Ownership.

    S3: API/API_CreateBucket.html, "Permissions"; userguide/using-with-s3-policy-actions.html
    """
    yield "s3:CreateBucket"
    if headers and headers != {"ACL": "private"}:
        yield "s3:PutBucketAcl"
    if locks:
        yield from ("s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning")
    if owns:
        yield "s3:PutBucketOwnershipControls"


def _region_for(s3: Call, constraint: str | None) -> str:
    """Return the region in which a request creates a bucket with this location constraint.

    A host that is not Amazon's has no region, and stands for the endpoint of the region that the signature is for. A
    name that is no region of AWS, such as "auto" or "minio-local", stands for the fake's own region.
    """
    signed_for, own = s3.transport.signed_for, s3.settings.region
    if s3.region is not None or signed_for is None or is_known_region(signed_for):
        return region_for(constraint, endpoint=s3.region or signed_for or own)
    return own if constraint in {None, signed_for} else region_for(constraint, endpoint=own)


def region_for(constraint: str | None, *, endpoint: str) -> str:
    """Return the region in which an endpoint creates a bucket with this location constraint.

    Raises: InvalidLocationConstraint, IllegalLocationConstraintException.
    S3: API/API_CreateBucket.html, "LocationConstraint"
    """
    region = EU_REGION if constraint == EU else constraint
    if endpoint == GLOBAL_REGION:
        if region is None:
            return GLOBAL_REGION
        if region == GLOBAL_REGION or not is_known_region(region):
            raise InvalidLocationConstraint(LocationConstraint=constraint)
        return region
    if region is None or region != endpoint:
        raise IllegalLocationConstraintException(
            f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific "
            "endpoint this request was sent to.",
            reason=f"this endpoint creates buckets in {endpoint} only, and only where the request names that region. "
            f'Pass CreateBucketConfiguration={{"LocationConstraint": "{endpoint}"}} (the member LocationConstraint), '
            f"or make the client with the region that is wanted, such as {GLOBAL_REGION}.",
        )
    return region


def _new_bucket(s3: Call, name: str, region: str, location: str | None) -> Bucket:
    assert s3.caller.account is not None, "an anonymous caller is not allowed s3:CreateBucket"
    return Bucket(name=name, owner=s3.caller.account, region=region, created=s3.stamp, location=location)


def with_defaults(bucket: Bucket, settings: Settings, ownership: Ownership | None = None) -> Bucket:
    """Return a new bucket with the default configurations of today, or of an earlier time, and this ownership.

    S3: userguide/create-bucket-faq.html, userguide/default-s3-c-encryption-setting-faq.html
    """
    if settings.makes_old_buckets:
        documents = OLD
    elif settings.allows_sse_c or not blocks_sse_c_in(bucket.region):
        documents = NEW.put(ENCRYPTION, encryption_rule(blocks_sse_c=False))
    else:
        documents = NEW
    if ownership is not None:
        documents = documents.put(OWNERSHIP, ownership_controls(ownership))
    return bucket._replace(configurations=documents)


def with_lock(bucket: Bucket) -> Bucket:
    """Return a new bucket with Object Lock, which enables versioning. S3: userguide/object-lock-configure.html"""
    # observed: radkawar/stackd, testdata/aws/s3/object_lock_controls_replay.json, created-enabled-versioning
    versioned = bucket.configure(VERSIONING, {"Status": Versioning.ENABLED.value, "MFADelete": "Disabled"})
    return versioned.configure(LOCK, {"ObjectLockEnabled": "Enabled"})


def _with_acl(s3: Call, bucket: Bucket, wanted: RequestedAcl | None) -> Bucket:
    """Return a bucket with the ACL that the headers of CreateBucket ask for, or with the default one.

    Raises: InvalidBucketAclWithObjectOwnership, InvalidBucketAclWithBlockPublicAccessError.
    S3: API/API_CreateBucket.html
    """
    owner = canonical_id(bucket.owner)
    acl = None if wanted is None else wanted.of(owner, bucket_owner=owner)
    check_acl_of_bucket(bucket.ownership, acl, owner=owner)
    check_new_acl(acl, blocks_public_acls=s3.world.blocked_in(bucket).block_public_acls)
    return bucket._replace(acl=acl if bucket.acls_apply else None)


def _entry(bucket: Bucket, *, paged: bool) -> Members:
    arn = arn_of(bucket.region, bucket.name)
    entry: Members = {"Name": bucket.name, "CreationDate": bucket.created, "BucketArn": arn}
    if paged:
        # recorded: test_list_buckets_with_max_buckets shows the region, a list without parameters
        # (test_delete_bucket_with_content) does not
        entry["BucketRegion"] = bucket.region
    return entry
