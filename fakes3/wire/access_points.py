"""Access points on the wire: which host, or which name in place of a bucket's, leads to a bucket through one.

A request finds its access point before anything else is read of it. From then on its host is the virtual-hosted name of
the bucket, as `addressing.Host` has it. An alias in a path counts as the path of an endpoint: `/alias/key` is the key
`key` of a host with the base path `/alias`. So nothing after this step knows of access points, but for the operations,
which are told through which one the request came.

S3: userguide/access-points-naming.html, userguide/MultiRegionAccessPointRequests.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fakes3.model.access_points import ALIAS_SUFFIX, Points
from fakes3.model.errors import InvalidRequest, NoSuchBucket, S3Error
from fakes3.model.not_modelled import not_modelled
from fakes3.operations.call import Through
from fakes3.wire.addressing import Host, without_base
from fakes3.wire.quirks import not_served
from fakes3.wire.routing import is_form
from fakes3.wire.signatures.version_4 import ECDSA, HMAC

if TYPE_CHECKING:
    from fakes3.wire.exchange import Exchange

REGIONAL: Final = "access-point"
MULTI_REGION: Final = "multi-region-access-point"

_WITH_ALIASES = frozenset({"s3", "custom", "not-aws"})
"""The kinds of hosts where an alias may stand in place of a bucket's name."""


def lead_to_bucket(exchange: Exchange, points: Points) -> None:
    """Let the host of a request that names an access point be that of its bucket. Sets the exchange's `through`."""
    host = exchange.host
    world = exchange.service.world
    by_alias, found = False, None
    if host.kind == REGIONAL:
        found = points.with_label(host.name or "", host.region)
        host = host._replace(kind="s3")
    elif host.kind == MULTI_REGION:
        found = points.with_alias(host.name or "")
        bucket = None if found is None else world.buckets.get(found.bucket)
        host = host._replace(kind="s3", region=None if bucket is None else bucket.region)
    elif host.kind in _WITH_ALIASES:
        name, base_paths = _find_name(host, exchange.request.path)
        if name.endswith(ALIAS_SUFFIX):
            by_alias, found = True, points.with_alias(name)
            host = host._replace(base_paths=base_paths)
        elif host.kind == "custom" and host.bucket is not None and name not in world.buckets:
            # SDKs put the access point of an ARN before the endpoint that they are given.
            found = points.with_label(name, None)
    if found is not None:
        exchange.through = Through(found.id, by_alias)
        exchange.host = host._replace(bucket=found.bucket)


def _find_name(host: Host, path: str) -> tuple[str, tuple[str, ...]]:
    """Return what stands in place of a bucket's name, and the paths that stand before a key."""
    if host.bucket is not None:
        return host.bucket, host.base_paths
    rest = without_base(host, path)
    name = rest[1:].partition("/")[0]
    return name, (f"{path.removesuffix(rest)}/{name}",)


def name_called(exchange: Exchange, bucket: str) -> str:
    """Return what a form's policy calls the bucket: also the alias of an access point, which is what SDKs sign."""
    through = exchange.through
    point = None if through is None else exchange.service.world.access_points.get(through.name)
    return point.alias if through is not None and through.by_alias and point is not None else bucket


def check_way(exchange: Exchange, through: Through) -> None:
    """Refuse a request through an access point without TLS, and one that is not signed with version 4.

    Those to multi-region access points are signed with version 4A. Forms are signed in their fields, which are read
    later. No page gives S3's text for multi-region access points, and none says what a request without TLS meets; at a
    host that is not Amazon's it is as welcome as any other.

    Raises: InvalidRequest, NotImplemented_ without TLS.
    S3: userguide/access-points-naming.html, userguide/MultiRegionAccessPointRestrictions.html
    observed: radkawar/stackd, testdata/aws/s3control/access_point_authority_replay.json (anonymous-open-ap-delegated)
    """
    request = exchange.request
    if exchange.host.kind == "s3" and request.scheme != "https":
        raise not_modelled("Host", "access points without TLS", "Let the URL begin with https://.")
    if request.method == "POST" and is_form(request.headers):
        return
    named = request.headers.get("authorization", "").partition(" ")[0] or exchange.query.get("X-Amz-Algorithm", "")
    if not through.name.region and named != ECDSA:
        raise InvalidRequest(
            "Please use Signature Version 4A",
            reason="a request to a multi-region access point is valid in several regions, and so is its signature. Let "
            "the client sign with Signature Version 4A; botocore needs awscrt for that.",
        )
    if named not in {HMAC, ECDSA}:
        raise InvalidRequest(
            "Please use Signature Version 4",
            reason="access points take no anonymous requests, and none signed with Signature Version 2, whatever "
            'policies allow. Sign the request, or presign the URL with Config(signature_version="s3v4").',
        )


def refuse_host(host: Host) -> S3Error:
    """Return the error for a host that leads to no bucket.

    observed: radkawar/stackd, testdata/aws/s3control/access_point_control_replay.json (deleted-arn)
    """
    if host.kind not in {REGIONAL, MULTI_REGION} or host.name is None:
        return not_served(host.kind)
    return NoSuchBucket(
        BucketName=host.name,
        reason=f"there is no access point {host.name}{f' in {host.region}' if host.region else ''}. Create it with "
        "CreateAccessPoint, or s3.account().access_point(name, bucket).",
    )
