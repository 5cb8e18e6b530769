"""The configurations of which a bucket has several, each with an id, a row each: see `configurations.py`.

They say what S3 tells about a bucket, and change nothing about its objects.
"""

from __future__ import annotations

from fakes3.model.bucket import Bucket
from fakes3.model.filters import check_filter
from fakes3.model.missing_configurations import NoSuchConfiguration
from fakes3.model.not_modelled import not_modelled
from fakes3.operations.call import Call
from fakes3.operations.configurations import Configuration, declare, declare_reads
from fakes3.operations.members import Members


@declare_reads
class BucketAnalytics(Configuration):
    """Analyses of how objects are used. S3: API/API_ListBucketAnalyticsConfigurations.html"""

    name = "BucketAnalyticsConfiguration"
    right = member = "AnalyticsConfiguration"
    has_ids = True
    missing = NoSuchConfiguration


@declare_reads
class BucketInventory(Configuration):
    """Scheduled lists of objects. S3: API/API_ListBucketInventoryConfigurations.html"""

    name = "BucketInventoryConfiguration"
    right = member = "InventoryConfiguration"
    has_ids = True
    missing = NoSuchConfiguration


@declare
class BucketMetrics(Configuration):
    """The requests that CloudWatch counts. The fake has no CloudWatch, so nothing is counted.

    S3: API/API_PutBucketMetricsConfiguration.html
    """

    name = "BucketMetricsConfiguration"
    delete_operation = "DeleteBucketMetricsConfiguration"
    right = member = "MetricsConfiguration"
    is_wrapped = has_ids = True
    missing = NoSuchConfiguration

    def complete(self, s3: Call, bucket: Bucket, document: Members) -> Members:
        """Refuse a filter with a fault, and access points, of which there are none."""
        conditions = document.get("Filter", {})
        if "AccessPointArn" in conditions.get("And", conditions):
            raise not_modelled("AccessPointArn", "access points")
        check_filter(document.get("Filter"))
        return document


@declare_reads
class BucketIntelligentTiering(Configuration):
    """When objects move to archive tiers. S3: API/API_ListBucketIntelligentTieringConfigurations.html"""

    name = "BucketIntelligentTieringConfiguration"
    right = member = "IntelligentTieringConfiguration"
    has_ids = True
    missing = NoSuchConfiguration
