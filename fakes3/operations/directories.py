"""Directory buckets: to create and list them, their sessions, and the renaming of their objects.

S3: API/API_CreateSession.html and its neighbours
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, TypedDict, Unpack
from urllib.parse import unquote

from fakes3.model.bucket import Bucket
from fakes3.model.conditions import check_read
from fakes3.model.configurations import ENCRYPTION, NEW
from fakes3.model.dates import later
from fakes3.model.directory import Directory, check_location, directory_arn, parse_directory, zonal_host
from fakes3.model.directory_errors import IdempotencyParameterMismatch
from fakes3.model.directory_sessions import LIFETIME, READ_ONLY, READ_WRITE, DirectorySession, begin_session
from fakes3.model.encryption import KMS, encryption_rule
from fakes3.model.errors import (
    BucketAlreadyExists,
    BucketAlreadyOwnedByYou,
    InvalidArgument,
    InvalidRequest,
    NoSuchBucket,
    NoSuchKey,
    NotModified,
    PreconditionFailed,
)
from fakes3.model.listing import token_of
from fakes3.model.names import check_key
from fakes3.model.not_modelled import not_modelled
from fakes3.model.versions import Version
from fakes3.operations.call import Call
from fakes3.operations.encryption import read_encryption
from fakes3.operations.listings import read_token
from fakes3.operations.members import Members
from fakes3.operations.objects import read_conditions
from fakes3.operations.registry import operation
from fakes3.operations.response_members import encryption_members

MOST_BUCKETS = 1000
"""The most directory buckets on one page. S3: API/API_ListDirectoryBuckets.html"""

LONGEST_TOKEN = 64
"""The most characters of a client token. S3: API/API_RenameObject.html, "x-amz-client-token" """


class SessionEncryption(TypedDict, total=False):
    """How what is written in a session is encrypted."""

    ServerSideEncryption: str
    SSEKMSKeyId: str
    BucketKeyEnabled: bool


class SourceConditions(TypedDict, total=False):
    """The conditions on the object that is renamed."""

    SourceIfMatch: str
    SourceIfNoneMatch: str
    SourceIfModifiedSince: str
    SourceIfUnmodifiedSince: str


class RenameConditions(SourceConditions, total=False):
    """All conditions of a renaming."""

    DestinationIfMatch: str
    DestinationIfNoneMatch: str
    DestinationIfModifiedSince: str
    DestinationIfUnmodifiedSince: str


def create_directory_bucket(s3: Call, name: str, configuration: Mapping[str, Any]) -> Members:
    """Create a directory bucket in the zone that its name and its configuration name.

    Raises: AccessDenied, InvalidBucketName, MalformedXML, InvalidArgument, BucketAlreadyOwnedByYou,
        BucketAlreadyExists.
    S3: API/API_CreateBucket.html, userguide/directory-bucket-create.html
    """
    region = s3.region or s3.transport.signed_for or s3.settings.region
    account = s3.caller.account or ""
    s3.check_may_in_account("s3express:CreateBucket", on=directory_arn(region, account, name))
    directory = parse_directory(name, region)
    if configuration.get("Tags"):
        raise not_modelled("Tags", "the tags of directory buckets")
    check_location(configuration, directory)
    existing = s3.world.buckets.get(name)
    if existing is not None:
        mine = existing.owner == s3.caller.account
        raise BucketAlreadyOwnedByYou(BucketName=name) if mine else BucketAlreadyExists(BucketName=name)
    s3.commit(new_directory_bucket(name, account, region, s3.stamp, directory))
    return {
        "Location": f"https://{zonal_host(name, region, directory.zone)}/",
        "BucketArn": directory_arn(region, account, name),
    }


def new_directory_bucket(name: str, account: str, region: str, created: datetime, directory: Directory) -> Bucket:
    """Return a new directory bucket. Nothing public is ever allowed there, and ACLs are switched off.

    S3: userguide/s3-express-security.html
    """
    return Bucket(name, account, region, created, configurations=_CONFIGURATIONS, directory=directory)


_CONFIGURATIONS = NEW.put(ENCRYPTION, encryption_rule(blocks_sse_c=False))


def describe_directory(bucket: Bucket) -> Members:
    """Return the members by which HeadBucket describes a directory bucket. S3: API/API_HeadBucket.html"""
    assert bucket.directory is not None, "it is one"
    return {
        "BucketArn": directory_arn(bucket.region, bucket.owner, bucket.name),
        "BucketLocationType": bucket.directory.location_type,
        "BucketLocationName": bucket.directory.zone,
        "BucketRegion": bucket.region,
        "AccessPointAlias": False,
    }


@operation
def list_directory_buckets(
    s3: Call, *, ContinuationToken: str | None = None, MaxDirectoryBuckets: int = MOST_BUCKETS
) -> Members:
    """List the caller's directory buckets of the region."""
    s3.check_may_in_account("s3express:ListAllMyDirectoryBuckets")
    if not 0 <= MaxDirectoryBuckets <= MOST_BUCKETS:
        raise InvalidArgument(
            f"Argument max-directory-buckets must be an integer between 0 and {MOST_BUCKETS}",
            ArgumentName="max-directory-buckets",
            ArgumentValue=MaxDirectoryBuckets,
        )
    mine = (
        bucket
        for _, bucket in s3.world.buckets.scan(read_token(ContinuationToken or None), after=True)
        if bucket.directory is not None and bucket.owner == s3.caller.account and s3.region in {None, bucket.region}
    )
    shown = list(islice(mine, MaxDirectoryBuckets))
    arns = {bucket.name: directory_arn(bucket.region, bucket.owner, bucket.name) for bucket in shown}
    entries = [{"Name": each.name, "CreationDate": each.created, "BucketArn": arns[each.name]} for each in shown]
    answer: Members = {"Buckets": entries}
    if shown and next(mine, None) is not None:
        answer["ContinuationToken"] = token_of(shown[-1].name)
    return answer


@operation
def create_session(
    s3: Call, *, Bucket: str, SessionMode: str | None = None, **headers: Unpack[SessionEncryption]
) -> Members:
    """Return temporary credentials for the objects of a bucket, of the mode that is asked for or the widest allowed."""
    from fakes3.operations.directory_rights import find_mode  # imports what judges policies

    if SessionMode not in {None, READ_ONLY, READ_WRITE}:
        raise InvalidArgument(ArgumentName="x-amz-create-session-mode", ArgumentValue=SessionMode)
    if s3.region is None and Bucket not in s3.world.buckets:
        return _begin_early(s3, Bucket)
    bucket = s3.existing_bucket(Bucket, {})
    mode = find_mode(s3, bucket, (READ_WRITE, READ_ONLY) if SessionMode is None else (SessionMode,))
    encryption = read_encryption(s3, bucket, headers, key="", action="s3express:CreateSession")
    if headers.get("ServerSideEncryption") == KMS and "SSEKMSKeyId" not in headers:
        # S3: API/API_CreateSession.html, "x-amz-server-side-encryption-aws-kms-key-id"
        raise InvalidRequest("The x-amz-server-side-encryption-aws-kms-key-id header is required with aws:kms.")
    given = (encryption.algorithm, encryption.kms_key) if "ServerSideEncryption" in headers else (None, None)
    return encryption_members(encryption) | _begin(s3, DirectorySession(Bucket, mode, *given))


def _begin_early(s3: Call, name: str) -> Members:
    """Return credentials for a bucket that does not exist yet, to a caller who may create it.

    At a host that is not Amazon's botocore needs them to create the bucket.

    Raises: NoSuchBucket, AccessDenied.
    """
    region = s3.transport.signed_for or s3.settings.region
    if s3.caller.account is None:
        raise NoSuchBucket(BucketName=name)
    s3.check_may_in_account("s3express:CreateBucket", on=directory_arn(region, s3.caller.account, name))
    parse_directory(name, region)
    return _begin(s3, DirectorySession(name, READ_WRITE))


def _begin(s3: Call, session: DirectorySession) -> Members:
    """Return the credentials of a session."""
    expires = later(s3.stamp, LIFETIME)
    key = begin_session(s3.caller, session, expires)
    credentials = {"SessionToken": key.token, "SecretAccessKey": key.secret, "AccessKeyId": key.id}
    return {"Credentials": credentials | {"Expiration": expires}}


@operation
def rename_object(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    RenameSource: str,
    ClientToken: str | None = None,
    **conditions: Unpack[RenameConditions],
) -> Members:
    """Give an object another key, with all that it has, in one step.

    `RenameSource` is the old key, encoded as in a URL; a slash may come before it. A renaming with the token of an
    earlier one succeeds without an effect, if it is the same.

    S3: API/API_RenameObject.html, userguide/directory-buckets-objects-rename.html
    """
    if ClientToken is not None:
        _check_token(ClientToken)
    bucket = s3.bucket(Bucket, {}, "s3:PutObject", key=Key)
    directory = bucket.directory
    assert directory is not None, "the wire refuses it for other buckets"
    source = unquote(RenameSource.removeprefix("/"))
    check_key(source)
    asked = tuple(sorted((name, str(value)) for name, value in s3.members.items()))
    earlier = None if ClientToken is None else directory.renames.get(ClientToken)
    if earlier is not None:
        if earlier != asked:
            raise IdempotencyParameterMismatch
        return {}
    original, replaced = bucket.versions.current.get(source), bucket.versions.current.get(Key)
    if original is None:
        raise NoSuchKey(Key=source)
    if source.endswith("/") or Key.endswith("/") or source == Key:
        # The page says that it does not succeed, and not with which error.
        raise InvalidRequest(
            "The object cannot be renamed.",
            reason="no key of a renaming ends with a slash, and the two differ. Copy the object, and delete it.",
        )
    _check_conditions(original, conditions, "Source", "x-amz-rename-source-", s3)
    _check_conditions(replaced, conditions, "Destination", "", s3)
    versions = bucket.versions.without(source, original).written(Key, original, None)
    if ClientToken is not None:
        bucket = bucket._replace(directory=directory._replace(renames=directory.renames.set(ClientToken, asked)))
    s3.commit(bucket.with_versions(versions))
    return {}


def _check_token(token: str) -> None:
    """Refuse a client token that is none: it has up to 64 visible characters of ASCII. Raises: InvalidArgument."""
    if not 1 <= len(token) <= LONGEST_TOKEN or not all("!" <= each <= "~" for each in token):
        raise InvalidArgument(ArgumentName="x-amz-client-token", ArgumentValue=token)


def _check_conditions(
    version: Version | None, conditions: Mapping[str, Any], which: str, prefix: str, s3: Call
) -> None:
    """Refuse a renaming whose conditions on one of its two objects do not hold; `version` is None where there is none.

    Raises: PreconditionFailed, whose Condition begins with `prefix`.
    observed: awslabs/mountpoint-s3, rename_object.rs (parse_rename_object_error)
    """
    wanted = read_conditions(conditions, which)
    if version is None:
        if wanted["if_match"] is not None or wanted["if_modified_since"] is not None:
            name = "If-Match" if wanted["if_match"] is not None else "If-Modified-Since"
            raise PreconditionFailed(Condition=prefix + name)
        return
    try:
        check_read(version.etag, version.last_modified, now=s3.now, **wanted)
    except PreconditionFailed as refusal:
        raise PreconditionFailed(Condition=f"{prefix}{refusal.members['Condition']}") from None
    except NotModified:
        name = "If-None-Match" if wanted["if_none_match"] is not None else "If-Modified-Since"
        raise PreconditionFailed(Condition=prefix + name) from None
