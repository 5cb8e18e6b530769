"""Configurations of which a bucket has several, each with an id: no row of this kind is built yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from fakes3.model import errors
from fakes3.model.errors import InvalidArgument, MalformedXML, MissingRequestBodyError, S3Error
from fakes3.operations.call import Ask
from fakes3.operations.configurations import Configuration, declare
from fakes3.operations.members import Members
from fakes3.operations.registry import REGISTRY
from fakes3.operations.service import Service


class Sent(NamedTuple):
    """A document that is put."""

    members: Members

    def read(self) -> Members:
        return self.members


class Metrics(Configuration):
    """Request metrics. S3: API/API_PutBucketMetricsConfiguration.html"""

    name = "BucketMetricsConfiguration"
    delete_operation = "DeleteBucketMetricsConfiguration"
    right = "MetricsConfiguration"
    member = "MetricsConfiguration"
    is_wrapped = True
    has_ids = True
    missing: type[S3Error] = getattr(errors, "NoSuchConfiguration")  # noqa: B009


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    before = dict(REGISTRY)
    declare(Metrics)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.fixture
def perform() -> Any:
    service = Service()

    def perform(operation: str, **members: Any) -> Members:
        return service.perform(Ask(operation, {"Bucket": "pictures", **members}, service.root)).members

    perform("CreateBucket")
    return perform


def put(perform: Any, config_id: str, **document: Any) -> None:
    sent = Sent({"Id": config_id, **document})
    assert {} == perform("PutBucketMetricsConfiguration", Id=config_id, MetricsConfiguration=sent)


class TestIds:
    def test_each_is_read_by_its_id(self, perform):
        put(perform, "one", Filter={"Prefix": "a"})
        put(perform, "two")
        expected = {"MetricsConfiguration": {"Id": "one", "Filter": {"Prefix": "a"}}}
        assert expected == perform("GetBucketMetricsConfiguration", Id="one")

    # recorded: TestS3MetricsConfiguration::test_overwrite_bucket_metrics_configuration
    def test_a_second_put_replaces_the_first(self, perform):
        put(perform, "one", Filter={"Prefix": "a"})
        put(perform, "one")
        assert {"MetricsConfiguration": {"Id": "one"}} == perform("GetBucketMetricsConfiguration", Id="one")

    def test_the_document_has_the_same_id(self, perform):
        with pytest.raises(MalformedXML):
            perform("PutBucketMetricsConfiguration", Id="one", MetricsConfiguration=Sent({"Id": "two"}))

    def test_a_document_is_needed(self, perform):
        with pytest.raises(MissingRequestBodyError):
            perform("PutBucketMetricsConfiguration", Id="one")

    # recorded: TestS3MetricsConfiguration::test_get_bucket_metrics_configuration_not_exist
    # recorded: TestS3MetricsConfiguration::test_delete_metrics_configuration_twice
    @pytest.mark.parametrize("operation", ["Get", "Delete"])
    def test_a_missing_one_is_an_error_that_names_no_bucket(self, perform, operation):
        put(perform, "one")
        assert {} == perform("DeleteBucketMetricsConfiguration", Id="one")
        with pytest.raises(S3Error) as refusal:
            perform(f"{operation}BucketMetricsConfiguration", Id="one")
        assert ("NoSuchConfiguration", 404, {}) == (refusal.value.code, refusal.value.status, refusal.value.members)


class TestList:
    # recorded: TestS3::test_put_bucket_inventory_config_order
    def test_by_id(self, perform):
        for config_id in ("z", "a", "m"):
            put(perform, config_id)
        listed = perform("ListBucketMetricsConfigurations")
        assert {"MetricsConfigurationList": [{"Id": "a"}, {"Id": "m"}, {"Id": "z"}], "IsTruncated": False} == listed

    # recorded: TestS3MetricsConfiguration::test_list_bucket_metrics_configurations_paginated
    def test_a_page_has_100(self, perform):
        for number in range(102):
            put(perform, f"{number:03}")
        first = perform("ListBucketMetricsConfigurations")
        token = first["NextContinuationToken"]
        assert (100, True) == (len(first["MetricsConfigurationList"]), first["IsTruncated"])
        expected = {
            "MetricsConfigurationList": [{"Id": "100"}, {"Id": "101"}],
            "IsTruncated": False,
            "ContinuationToken": token,
        }
        assert expected == perform("ListBucketMetricsConfigurations", ContinuationToken=token)

    def test_a_token_of_nobody(self, perform):
        with pytest.raises(InvalidArgument, match="The continuation token provided is incorrect"):
            perform("ListBucketMetricsConfigurations", ContinuationToken="one")
