"""The configurations of which a bucket has several, each with an id, a row each: see `configurations.py`.

All but intelligent tiering change nothing about the objects of the bucket. The export of an analysis is refused: the
requests that it counts are not kept, and no page says how it makes its ratios and recommendations.
"""

from __future__ import annotations

from fakes3.model.bucket import Bucket
from fakes3.model.configuration_errors import IdMismatch
from fakes3.model.configurations import TIERING
from fakes3.model.errors import MalformedXML
from fakes3.model.filters import check_filter
from fakes3.model.inventory import check_destination
from fakes3.model.lifecycle_run import next_run
from fakes3.model.missing_configurations import NoSuchConfiguration
from fakes3.model.tierings import check_tierings
from fakes3.operations.call import Call
from fakes3.operations.configurations import Configuration, declare
from fakes3.operations.inventories import check_reports, plan_reports
from fakes3.operations.members import Members
from fakes3.operations.registry import EVERYTHING, Accepted
from fakes3.operations.tiering import TIERING_WORK

_FILTER: Accepted = {"Prefix": {}, "Tag": EVERYTHING, "And": {"Prefix": {}, "Tags": EVERYTHING}}
NO_ACCESS_POINTS: Accepted = {"Id": {}, "Filter": _FILTER}
"""The members of a metrics configuration, without the access points that its filter can name."""
NO_EXPORT: Accepted = {"Id": {}, "Filter": _FILTER, "StorageClassAnalysis": {}}
"""The members of an analytics configuration, without the export of what it finds."""


@declare
class BucketMetrics(Configuration):
    """The requests that CloudWatch counts. The fake has no CloudWatch: it counts nothing, at access points neither.

    S3: API/API_PutBucketMetricsConfiguration.html
    """

    name = "BucketMetricsConfiguration"
    delete_operation = "DeleteBucketMetricsConfiguration"
    right = member = "MetricsConfiguration"
    accepts = NO_ACCESS_POINTS
    is_wrapped = has_ids = True
    missing = NoSuchConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a filter with a fault."""
        check_filter(document.get("Filter"))
        return document


@declare
class BucketAnalytics(Configuration):
    """Which objects are analyzed for how they are used. Without a data export, nothing comes of it.

    S3: API/API_PutBucketAnalyticsConfiguration.html
    """

    name = "BucketAnalyticsConfiguration"
    delete_operation = "DeleteBucketAnalyticsConfiguration"
    right = member = "AnalyticsConfiguration"
    accepts = NO_EXPORT
    is_wrapped = has_ids = True
    missing = NoSuchConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a filter with a fault."""
        check_filter(document.get("Filter"), keys_may_repeat=True)
        return document


@declare
class BucketInventory(Configuration):
    """Scheduled reports of the objects in a bucket.

    S3: API/API_PutBucketInventoryConfiguration.html
    """

    name = "BucketInventoryConfiguration"
    delete_operation = "DeleteBucketInventoryConfiguration"
    right = member = "InventoryConfiguration"
    is_wrapped = has_ids = True
    missing = NoSuchConfiguration
    wrong_id = IdMismatch
    bad_id = MalformedXML

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a destination with a fault, and reports that cannot be written here."""
        check_destination(document["Destination"]["S3BucketDestination"])
        if document["IsEnabled"]:
            check_reports(document)
        return document

    def after_put(self, s3: Call) -> None:
        """Let the first report be written at the next midnight."""
        s3.world = plan_reports(s3.world, s3.members["Bucket"], s3.members["Id"], now=s3.now)


@declare
class BucketIntelligentTiering(Configuration):
    """When objects that nobody reads move to archive access tiers, from which they must be restored.

    S3: API/API_PutBucketIntelligentTieringConfiguration.html
    """

    name = TIERING
    delete_operation = "DeleteBucketIntelligentTieringConfiguration"
    right = member = "IntelligentTieringConfiguration"
    is_wrapped = has_ids = True
    missing = NoSuchConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a filter or tiers with a fault."""
        check_filter(document.get("Filter"), values_may_be_empty=True)
        check_tierings(document["Tierings"])
        return document

    def after_put(self, s3: Call) -> None:
        """Let objects move from the next midnight on."""
        s3.world = s3.world.with_due(TIERING_WORK, next_run(s3.now))
