"""Server access logs: a line for each request to a bucket with logging, and the objects in which lines arrive.

S3 promises no time of delivery. Here lines wait for the next full hour. A line goes where the configuration pointed
when the request was answered. Log delivery that writes into a bucket with logging is logged, too; its line waits until
a request causes the next delivery. So does the line of what lifecycle does to a bucket whose log comes back to it. So a
bucket that logs into itself does not fill up by itself.

Fields that nobody can know are `-`, as on S3. Requests in a process negotiate no TLS; those with `https` are logged as
S3 logs clients of today. Times in flight are those of the fake's clock, rounded up to whole milliseconds.

S3: userguide/ServerLogs.html, userguide/LogFormat.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from fakes3.model.acl import Acl, Grant, Permission, parse_grantee, request_grants
from fakes3.model.configuration_errors import CrossLocationLoggingProhibitted, InvalidTargetBucketForLogging
from fakes3.model.dates import later
from fakes3.model.encryption import AES256
from fakes3.model.errors import AccessControlListNotSupported, MalformedXML
from fakes3.model.identity import Principal, canonical_id
from fakes3.model.ordered_map import OrderedMap

if TYPE_CHECKING:
    from fakes3.model.bucket import Bucket

LOG_DELIVERY: Final = Principal.of_service("logging.s3.amazonaws.com")
"""The principal that writes logs."""

EVENT_TIME: Final = "EventTime"
"""The value of `Logging.dates` that puts the lines of each day into objects of their own."""

LIFECYCLE: Final = "AmazonS3"
"""The requester of what lifecycle does."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_WITH_REDIRECTS: Final = frozenset(
    (
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1", "us-gov-west-1", "ca-central-1"),
        *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "cn-north-1"),
        *("cn-northwest-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
        "ap-southeast-2",
    )
)
"""The regions that opened before March 20, 2019."""


def logs_redirects(region: str) -> bool:
    """Whether requests at the endpoint of another region are logged. S3: userguide/ServerLogs.html, the first note"""
    return region in _WITH_REDIRECTS


# ---- The configuration ----


class Logging(NamedTuple):
    """Where the log of a bucket goes."""

    target: str
    prefix: str
    dates: str | None = None
    """What dates the keys of a partitioned prefix: `EventTime` or `DeliveryTime`; None for a simple prefix."""
    grants: Acl = ()
    """What others are granted on log objects."""


def logging_of(document: Mapping[str, Any]) -> Logging | None:
    """Return where the log goes; None where there is none.

    S3: API/API_LoggingEnabled.html, API/API_PartitionedPrefix.html
    """
    stated = document.get("LoggingEnabled")
    if stated is None:
        return None
    partitioned = stated.get("TargetObjectKeyFormat", {}).get("PartitionedPrefix")
    dates = None if partitioned is None else partitioned.get("PartitionDateSource", EVENT_TIME)
    return Logging(stated["TargetBucket"], stated["TargetPrefix"], dates, _read_grants(stated))


def check_logging(stated: Mapping[str, Any], source: Bucket, target: Bucket | None) -> None:
    """Refuse a log that cannot go into this bucket. Whether log delivery may write there is not asked.

    Raises: MalformedXML, InvalidTargetBucketForLogging, CrossLocationLoggingProhibitted, AccessControlListNotSupported,
        and what `parse_grantee` raises.
    S3: userguide/troubleshooting-server-access-logging.html
    observed: radkawar/stackd, testdata/aws/s3/logging_raw_replay.json and logging_control_replay.json
    """
    if len(stated.get("TargetObjectKeyFormat", "1")) != 1:
        raise MalformedXML
    grants = _read_grants(stated)
    if target is None:
        raise InvalidTargetBucketForLogging(
            reason=f"there is no bucket {stated['TargetBucket']}. Create it first.", TargetBucket=stated["TargetBucket"]
        )
    if target.owner != source.owner:
        raise InvalidTargetBucketForLogging(
            "The owner for the bucket to be logged and the target bucket must be the same.",
            reason=f"{target.name} belongs to {target.owner}, and {source.name} to {source.owner}. Log into a bucket "
            f"of {source.owner}.",
            TargetBucket=target.name,
        )
    if target.region != source.region:
        # recorded: TestS3BucketLogging::test_put_bucket_logging_cross_locations
        where = {} if source.region == "us-east-1" else {"SourceBucketLocation": source.region}
        raise CrossLocationLoggingProhibitted(
            reason=f"{target.name} is in {target.region}, and {source.name} in {source.region}. Log into a bucket in "
            f"{source.region}.",
            **where,
            TargetBucketLocation=target.region,
        )
    if grants and not target.acls_apply:
        raise AccessControlListNotSupported(
            "Target grants not allowed for bucket owner enforced buckets",
            reason=f"the ACLs of {target.name} are switched off (BucketOwnerEnforced). Leave TargetGrants out, and "
            "let a policy of the bucket allow others to read the log.",
        )


def _read_grants(stated: Mapping[str, Any]) -> Acl:
    """Return the grants of a configuration. Raises: MalformedXML, and what `parse_grantee` raises."""
    found = []
    for each in stated.get("TargetGrants", ()):
        if "Grantee" not in each or "Permission" not in each:
            raise MalformedXML
        grantee = each["Grantee"]
        named = parse_grantee(grantee["Type"], grantee.get("ID"), grantee.get("URI"))
        found.append(Grant(named, Permission(each["Permission"])))
    return request_grants(found).grants


# ---- Lines ----


class Record(NamedTuple):
    """What a line says of one request, or of something that S3 did by itself."""

    at: datetime
    """When the request was received."""
    operation: str
    """`REST.PUT.OBJECT`."""
    requester: str | None
    request_id: str
    key: str | None = None
    client: str | None = None
    """The address of the caller."""
    uri: str | None = None
    """The first line of the request: `GET /bucket/key HTTP/1.1`."""
    status: int | None = None
    error: str | None = None
    sent: int = 0
    """How many bytes of the body were sent."""
    size: int | None = None
    """The size of the object."""
    duration: timedelta | None = None
    referer: str | None = None
    user_agent: str | None = None
    """The two headers; None where the line is of no request of its own, `-` where the request has none."""
    version_id: str | None = None
    host_id: str | None = None
    signature: str | None = None
    """`SigV4` or `SigV2`."""
    is_encrypted: bool = False
    """Whether the request came with TLS."""
    authentication: str | None = None
    """`AuthHeader` or `QueryString`."""
    host: str | None = None
    needs_acl: bool = False
    """Whether the request was allowed by an ACL alone."""
    access_point: str | None = None
    """The ARN of the access point through which the request came."""


def requester_of(caller: Principal) -> str | None:
    """Return the name of a caller: the canonical id of an account's root user, and the ARN of others.

    observed: noobaa/noobaa-core, the test of its replication_log_parser (`arn:aws:iam::111:user/user`)
    """
    if caller.account is None:
        return None
    if caller.service is not None:
        return f"svc:{caller.service}"
    return caller.canonical_id if caller.is_root else caller.arn


def format_record(record: Record, bucket: Bucket) -> str:
    """Return the line of a record, without an end.

    S3: userguide/LogFormat.html, "Log record fields"
    """
    at = record.at
    # strftime would take the month's name from the locale.
    day = f"{at.day:02}/{_MONTHS[at.month - 1]}/{at.year:04}"
    milliseconds = None if record.duration is None else max(1, -(-record.duration // timedelta(milliseconds=1)))
    fields = (
        canonical_id(bucket.owner),
        bucket.name,
        f"[{day}:{at:%H:%M:%S} +0000]",
        record.client,
        record.requester,
        record.request_id,
        record.operation,
        None if record.key is None else encode_key(record.key, record.operation),
        _quoted(record.uri),
        record.status,
        record.error,
        record.sent or None,
        record.size,
        milliseconds,
        milliseconds,
        _quoted(record.referer),
        _quoted(record.user_agent),
        _word(record.version_id),
        record.host_id,
        record.signature,
        "TLS_AES_128_GCM_SHA256" if record.is_encrypted else None,
        record.authentication,
        _word(record.host),
        "TLSv1.3" if record.is_encrypted else None,
        record.access_point,
        "Yes" if record.needs_acl else None,
        None,  # the region from which the request came
    )
    # A request that was refused for its headers may have had a line end in one.
    return " ".join("-" if each is None else str(each) for each in fields).translate(_NO_LINE_ENDS)


_NO_LINE_ENDS: Final = {ord("\r"): " ", ord("\n"): " "}


def encode_key(key: str, operation: str) -> str:
    """Return a key as a line has it: encoded twice, but once in what S3 does by itself and in batches.

    observed: Yelp's engineering blog, "S3 server access logs at scale" (2025)

    >>> encode_key("a b", "REST.GET.OBJECT"), encode_key("a b", "BATCH.DELETE.OBJECT")
    ('a%2520b', 'a%20b')
    """
    once = quote(key)
    return once if operation.startswith(("BATCH.", "S3.")) else quote(once)


def _word(text: str | None) -> str | None:
    """Return what a caller sent without anything that ends a field; None for nothing."""
    return quote(text, safe=":[]", errors="replace") if text else None


def _quoted(text: str | None) -> str | None:
    return None if text is None else f'"{text}"'


# ---- Delivery ----


class Line(NamedTuple):
    """A line that waits for its delivery."""

    at: datetime
    text: str
    bucket: str
    """The bucket whose log it belongs to, as it was when the request was answered."""
    owner: str
    region: str
    logging: Logging
    causes_delivery: bool = True
    """Whether it is delivered in the next hour, and does not wait for another line that is."""


class WaitingLines(NamedTuple):
    """The lines that wait for their delivery, by numbers that rise."""

    lines: OrderedMap[int, Line] = OrderedMap()
    total: int = 0
    """How many lines there ever were."""

    def with_line(self, line: Line) -> WaitingLines:
        """Return these lines and one more."""
        return WaitingLines(self.lines.set(self.total, line), self.total + 1)


def next_delivery(now: datetime) -> datetime:
    """Return when lines are delivered next: at the full hour after a moment.

    >>> from datetime import UTC
    >>> next_delivery(datetime(2026, 1, 1, 23, tzinfo=UTC)).isoformat()
    '2026-01-02T00:00:00+00:00'
    """
    return later(now.replace(minute=0, second=0, microsecond=0), timedelta(hours=1))


def log_key(line: Line, *, now: datetime, unique: str) -> str:
    """Return the key of the object in which a line is delivered, with those that go along.

    S3: API/API_TargetObjectKeyFormat.html, API/API_PartitionedPrefix.html
    """
    logging = line.logging
    moment = line.at.replace(hour=0, minute=0, second=0) if logging.dates == EVENT_TIME else now
    name = f"{moment:%Y-%m-%d-%H-%M-%S}-{unique}"
    if logging.dates is None:
        return logging.prefix + name
    return f"{logging.prefix}{line.owner}/{line.region}/{line.bucket}/{moment:%Y/%m/%d}/{name}"


def find_obstacle(line: Line, target: Bucket | None) -> str | None:
    """Return why a line cannot be delivered, and the remedy; None where only rights decide.

    S3: userguide/troubleshooting-server-access-logging.html, "Troubleshooting delivery failures"
    """
    name = line.logging.target
    if target is None:
        return f"the bucket {name} is gone. Create it, or log into another one."
    if (target.owner, target.region) != (line.owner, line.region):
        return f"the bucket {name} has another owner, or is in another region. Log into one that has the same."
    if target.lock is not None:
        return f"the bucket {name} has Object Lock. Log into one that has none."
    if target.encryption.algorithm not in {None, AES256}:
        return f"the bucket {name} is encrypted with KMS by default. Encrypt it with SSE-S3."
    if target.payer != "BucketOwner":
        return f"in the bucket {name} the requester pays. Let its owner pay."
    return None
