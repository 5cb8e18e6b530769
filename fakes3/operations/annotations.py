"""Annotations of objects: put, get, list, delete. They belong to a version, and to change them makes no new one.

S3: userguide/annotations-overview.html, API/API_PutObjectAnnotation.html and its neighbours
"""

from __future__ import annotations

from typing import Unpack

from fakes3.model import annotations as notes
from fakes3.model.annotations import Annotation, Annotations
from fakes3.model.bucket import Bucket
from fakes3.model.conditions import is_same_etag
from fakes3.model.encryption import AES256, check_signed_for_kms
from fakes3.model.errors import PreconditionFailed
from fakes3.model.event_records import annotation_data
from fakes3.model.listing import token_of
from fakes3.model.lock import check_removable
from fakes3.model.versions import Version
from fakes3.operations.call import Call
from fakes3.operations.integrity import judge_headers
from fakes3.operations.listings import read_token
from fakes3.operations.lookup import find_subresource
from fakes3.operations.members import Body, Checksums, Members, VersionHeaders
from fakes3.operations.registry import operation
from fakes3.operations.response_members import checksum_members, shown_version_id
from fakes3.operations.write_headers import check_bypass


class PutHeaders(VersionHeaders, Checksums, total=False):
    """The headers of PutObjectAnnotation that other operations share."""


@operation
def put_object_annotation(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    AnnotationPayload: Body,
    AnnotationName: str = "",
    ObjectIfMatch: str | None = None,
    ContentMD5: str | None = None,
    **headers: Unpack[PutHeaders],
) -> Members:
    """Attach an annotation to an object, or to one version of it, in place of one of the same name.

    To replace one is to remove the one before, so a lock forbids it. No page says so.
    """
    integrity = judge_headers(ContentMD5, headers, AnnotationPayload.announced)
    notes.check_name(AnnotationName)
    bucket, version = find_subresource(s3, headers, "s3:PutObjectAnnotation", Bucket, Key)
    encryption = version.attributes.encryption
    notes.check_takes_annotations(encryption)
    check_signed_for_kms(encryption.algorithm, has_version_4=s3.transport.has_version_4)
    _check_object(version, ObjectIfMatch)
    if any(each.name == AnnotationName for each in version.annotations):
        check_removable(version, now=s3.now, bypass_governance=False)
    received = integrity.receive(AnnotationPayload)
    notes.check_payload(received.body)
    etag = received.md5.hex() if encryption.keeps_md5 else s3.ids.opaque("annotation", s3.sequence)
    new = Annotation(AnnotationName, s3.stamp, received.body, etag, received.checksum)
    _commit(s3, bucket, Key, version, notes.added(version.annotations, new), "ObjectAnnotation:Put", new)
    answer: Members = {"Key": Key, "AnnotationName": AnnotationName, "ETag": f'"{etag}"'}
    return answer | _shared_members(bucket, version) | checksum_members(new.checksum)


@operation
def get_object_annotation(
    s3: Call, *, Bucket: str, Key: str, AnnotationName: str, ChecksumMode: str = "", **headers: Unpack[VersionHeaders]
) -> Members:
    """Return an annotation of an object, or of one version of it."""
    bucket, version = find_subresource(s3, headers, "s3:GetObjectAnnotation", Bucket, Key)
    found = notes.find(version.annotations, AnnotationName)
    check_signed_for_kms(version.attributes.encryption.algorithm, has_version_4=s3.transport.has_version_4)
    answer: Members = {
        "AnnotationPayload": found.payload,
        "LastModified": found.last_modified,
        "ContentLength": len(found.payload),
        "ETag": f'"{found.etag}"',
        "ReplicationStatus": version.replication,
    }
    if ChecksumMode.upper() == "ENABLED":
        answer |= checksum_members(found.checksum)
    return answer | _shared_members(bucket, version)


@operation
def list_object_annotations(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    MaxAnnotationResults: int = notes.MOST,
    AnnotationPrefix: str = "",
    ContinuationToken: str | None = None,
    **headers: Unpack[VersionHeaders],
) -> Members:
    """List the annotations of an object, or of one version of it, by name."""
    bucket, version = find_subresource(s3, headers, "s3:ListObjectAnnotations", Bucket, Key)
    notes.check_page_size(MaxAnnotationResults)
    notes.check_prefix(AnnotationPrefix)
    after = read_token(ContinuationToken) or ""
    wanted = [each for each in version.annotations if each.name > after and each.name.startswith(AnnotationPrefix)]
    page = wanted[:MaxAnnotationResults]
    answer: Members = {
        "Annotations": [_describe(each, version) for each in page],
        "Bucket": Bucket,
        "Key": Key,
        "MaxAnnotationResults": MaxAnnotationResults,
        "AnnotationCount": len(page),
        "ContinuationToken": ContinuationToken,
        "ObjectVersionId": shown_version_id(bucket, version),
    }
    if AnnotationPrefix:
        answer["AnnotationPrefix"] = AnnotationPrefix
    if len(page) < len(wanted):
        answer["NextContinuationToken"] = token_of(page[-1].name)
    return answer


@operation
def delete_object_annotation(
    s3: Call,
    *,
    Bucket: str,
    Key: str,
    AnnotationName: str = "",
    ObjectIfMatch: str | None = None,
    BypassGovernanceRetention: bool | None = None,
    **headers: Unpack[VersionHeaders],
) -> Members:
    """Remove an annotation of an object, or of one version of it, for good; there need not be one of this name.

    A lock of the object protects it, and governance retention yields as for a version.
    """
    notes.check_name(AnnotationName)
    bucket, version = find_subresource(s3, headers, "s3:DeleteObjectAnnotation", Bucket, Key)
    bypass = check_bypass(s3, bucket, Key, BypassGovernanceRetention)
    _check_object(version, ObjectIfMatch)
    left = notes.removed(version.annotations, AnnotationName)
    if left != version.annotations:
        check_removable(version, now=s3.now, bypass_governance=bypass)
        (gone,) = (each for each in version.annotations if each.name == AnnotationName)
        _commit(s3, bucket, Key, version, left, "ObjectAnnotation:Delete", gone)
    return {"ObjectVersionId": shown_version_id(bucket, version)}


def _check_object(version: Version, condition: str | None) -> None:
    """Refuse a change of annotations where the object has another ETag than the caller expects."""
    if condition is not None and not is_same_etag(condition, version.etag):
        raise PreconditionFailed(Condition="x-amz-object-if-match")


def _commit(
    s3: Call, bucket: Bucket, key: str, version: Version, after: Annotations, event: str, changed: Annotation
) -> None:
    """Commit the version with these annotations, and announce the one that is changed."""
    s3.commit(bucket.with_annotations(key, version, after), None, key, version)
    data = annotation_data(changed.name, len(changed.payload), changed.etag)
    s3.announce(event, bucket, key, version, data=data)


def _describe(annotation: Annotation, version: Version) -> Members:
    """Return an entry of a list of annotations."""
    return {
        "AnnotationName": annotation.name,
        "LastModified": annotation.last_modified,
        "ETag": f'"{annotation.etag}"',
        "ChecksumAlgorithm": [annotation.checksum.algorithm],
        "Size": len(annotation.payload),
        "ReplicationStatus": version.replication,
    }


def _shared_members(bucket: Bucket, version: Version) -> Members:
    """Return the members that put and get share. An annotation is encrypted as its object, or else with SSE-S3."""
    return {
        "ObjectVersionId": shown_version_id(bucket, version),
        "ServerSideEncryption": version.attributes.encryption.algorithm or AES256,
    }
