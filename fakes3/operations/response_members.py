"""The members by which responses describe objects and uploads: encryption, lock, checksum, dates of lifecycle.

S3: API/API_HeadObject.html, "Response Elements"
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from fakes3.model.bucket import Bucket
from fakes3.model.encryption import AES256, Encryption, full_context
from fakes3.model.header_text import is_header_value
from fakes3.model.lock import Lock
from fakes3.model.metadata import encode_value
from fakes3.model.regions import arn_of
from fakes3.model.storage_classes import ONGOING, STANDARD, format_restore
from fakes3.model.versions import Checksum, Entry, Version
from fakes3.operations.call import Call
from fakes3.operations.members import Members

if TYPE_CHECKING:
    from fakes3.model.uploads import MultipartUpload, Part


def describe(s3: Call, bucket: Bucket, key: str, version: Version) -> Members:
    """Return the members by which reads describe an object; tags and lock only where the caller may read them."""
    attributes = version.attributes
    answer: Members = {
        "AcceptRanges": "bytes",
        "LastModified": version.last_modified,
        "ContentLength": version.size,
        "ETag": f'"{version.etag}"',
    }
    answer.update(encryption_members(attributes.encryption))
    answer.update(attributes.headers)
    if attributes.metadata:
        answer["Metadata"] = {name: encode_value(value) for name, value in attributes.metadata}
    if attributes.tags and s3.may("s3:GetObjectTagging", bucket, key, version.id):
        answer["TagCount"] = len(attributes.tags)
    if attributes.redirect is not None:
        answer["WebsiteRedirectLocation"] = attributes.redirect
    if attributes.storage_class != STANDARD:
        answer["StorageClass"] = attributes.storage_class
        answer["Restore"] = format_restore(version.restore, s3.now)
    archive, replication = version.since.archive, version.since.replication
    if archive is not None and archive.holds(s3.now):
        answer["ArchiveStatus"] = archive.tier
        if archive.is_ongoing(s3.now):
            answer["Restore"] = ONGOING
    if attributes.retention is not None and s3.may("s3:GetObjectRetention", bucket, key, version.id):
        answer.update(_retention_members(attributes.lock, s3.now))
    if attributes.legal_hold is not None and s3.may("s3:GetObjectLegalHold", bucket, key, version.id):
        answer["ObjectLockLegalHoldStatus"] = attributes.legal_hold.value
    if bucket.configurations.versioning is not None:
        answer["VersionId"] = version.id
    if replication is not None:
        answer["ReplicationStatus"] = replication
    return answer


def _retention_members(lock: Lock, now: datetime) -> Members:
    """Return the members that show a retention and its event hold."""
    retention, hold = lock.retention_at(now), lock.event_hold
    assert retention is not None, "an event hold comes with a retention"
    answer: Members = {"ObjectLockMode": retention.mode.value, "ObjectLockRetainUntilDate": retention.until}
    if hold is not None:
        answer["ObjectLockEventHold"] = hold.status
        if hold.duration is not None:
            days, years = hold.duration
            answer["ObjectLockEventHoldDurationDays"] = days
            answer["ObjectLockEventHoldDurationYears"] = years
    return answer


def encryption_members(encryption: Encryption) -> Members:
    """Return the members that show how an object is encrypted."""
    if encryption.customer_key_md5 is not None:
        return {"SSECustomerAlgorithm": AES256, "SSECustomerKeyMD5": encryption.customer_key_md5}
    if encryption.algorithm is None:
        return {}
    answer: Members = {"ServerSideEncryption": encryption.algorithm}
    if encryption.kms_key is not None:
        answer["SSEKMSKeyId"] = encryption.kms_key
    if encryption.bucket_key:
        answer["BucketKeyEnabled"] = True
    return answer


def context_members(bucket: Bucket, key: str, encryption: Encryption) -> Members:
    """Return the member that shows the encryption context of a write, in the response to that write only."""
    if encryption.context is None:
        return {}
    resource = arn_of(bucket.region, bucket.name)
    if not encryption.bucket_key:
        resource += f"/{key}"
    return {"SSEKMSEncryptionContext": full_context(encryption.context, resource)}


def checksum_members(checksum: Checksum | None) -> Members:
    """Return the two members that show an object's checksum."""
    return {} if checksum is None else {f"Checksum{checksum.algorithm}": checksum.value, "ChecksumType": checksum.type}


def declared_checksum_members(upload: MultipartUpload) -> Members:
    """Return the members that show which checksum an upload declared."""
    if upload.algorithm is None or upload.type is None:
        return {}
    return {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.type.value}


def part_checksum_members(upload: MultipartUpload, part: Part) -> Members:
    """Return the member that shows the checksum of a part, by the algorithm that its upload declared."""
    return {} if upload.algorithm is None else {f"Checksum{upload.algorithm}": part.checksum}


def expiration_members(bucket: Bucket, key: str, version: Version) -> Members:
    """Return the member that shows when a current object expires, where a rule says so."""
    if bucket.directory is not None:
        return {"Expiration": "NotImplemented"}  # S3: API/API_PutObject.html, "x-amz-expiration"
    rules = bucket.configurations.lifecycle
    if rules is None:
        return {}
    from fakes3.model.lifecycle_rules import expiration_header  # it takes long to import, and few buckets have rules

    header = expiration_header(key, version, rules)
    return {} if header is None else {"Expiration": header}


def abort_members(bucket: Bucket, upload: MultipartUpload) -> Members:
    """Return the members that show when an upload is aborted, where a rule says so."""
    rules = bucket.configurations.lifecycle
    if rules is None or bucket.directory is not None:
        return {}
    from fakes3.model.lifecycle_rules import abort_date  # it takes long to import, and few buckets have rules

    found = abort_date(upload.key, upload.initiated, rules)
    if found is None:
        return {}
    date, rule_id = found
    # An ID that no header can hold is shown as `x-amz-expiration` shows every one.
    return {"AbortDate": date, "AbortRuleId": rule_id if is_header_value(rule_id) else quote(rule_id, safe="")}


def shown_version_id(bucket: Bucket, entry: Entry) -> str | None:
    """Return the version id that a response shows; None in a bucket that never had versioning."""
    return None if bucket.versioning is None else entry.id
