"""Metrics: which requests CloudWatch counts. A bucket has up to 1,000 configurations, each with an id.

S3: userguide/metrics-configurations.html, API/API_PutBucketMetricsConfiguration.html
"""

from __future__ import annotations

from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.operations import configurations

from ..ask import Ask
from .conftest import Refused

MISSING = "The specified configuration does not exist."
TAG = {"Key": "team", "Value": "blue"}
DOCUMENT = b'<MetricsConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Id>%s</Id></MetricsConfiguration>'


def put(client: Any, bucket: str, config_id: str, **stated: Any) -> int:
    """Put a configuration. Return the status."""
    answer = client.put_bucket_metrics_configuration(
        Bucket=bucket, Id=config_id, MetricsConfiguration={"Id": config_id} | stated
    )
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def read(client: Any, bucket: str, config_id: str) -> Any:
    """Return a configuration."""
    return client.get_bucket_metrics_configuration(Bucket=bucket, Id=config_id)["MetricsConfiguration"]


def delete(client: Any, bucket: str, config_id: str) -> int:
    """Delete a configuration. Return the status."""
    answer = client.delete_bucket_metrics_configuration(Bucket=bucket, Id=config_id)
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


class TestConfigurations:
    """Each is put, read, replaced and deleted by its id."""

    # recorded: TestS3MetricsConfiguration::test_put_bucket_metrics_configuration,
    # TestS3MetricsConfiguration::test_get_bucket_metrics_configuration
    def test_it_reads_back(self, s3_client: Any, bucket: str) -> None:
        assert 204 == put(s3_client, bucket, "a", Filter={"Prefix": "logs/"})
        assert {"Id": "a", "Filter": {"Prefix": "logs/"}} == read(s3_client, bucket, "a")

    # recorded: TestS3MetricsConfiguration::test_overwrite_bucket_metrics_configuration
    def test_a_put_replaces_the_one_with_its_id(self, s3_client: Any, bucket: str) -> None:
        put(s3_client, bucket, "a", Filter={"Prefix": "logs/"})
        assert 204 == put(s3_client, bucket, "a", Filter={"Prefix": "logs/new-prefix"})
        assert {"Id": "a", "Filter": {"Prefix": "logs/new-prefix"}} == read(s3_client, bucket, "a")

    # recorded: TestS3MetricsConfiguration::test_delete_metrics_configuration,
    # TestS3MetricsConfiguration::test_delete_metrics_configuration_twice
    def test_to_delete_what_is_gone_is_an_error(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        put(s3_client, bucket, "a")
        assert 204 == delete(s3_client, bucket, "a")
        with refused("NoSuchConfiguration", 404, MISSING):
            read(s3_client, bucket, "a")
        with refused("NoSuchConfiguration", 404, MISSING):
            delete(s3_client, bucket, "a")

    # recorded: TestS3MetricsConfiguration::test_list_bucket_metrics_configurations_paginated
    def test_a_list_has_a_hundred_a_page(self, s3_client: Any, bucket: str) -> None:
        stated = {"Filter": {"Prefix": "logs/prefix"}}
        ids = [f"{number:03}" for number in range(102)]
        for config_id in reversed(ids):
            put(s3_client, bucket, config_id, **stated)
        first = s3_client.list_bucket_metrics_configurations(Bucket=bucket)
        assert [{"Id": each} | stated for each in ids[:100]] == first["MetricsConfigurationList"]
        assert (True, False) == (first["IsTruncated"], "ContinuationToken" in first)
        token = first["NextContinuationToken"]
        second = s3_client.list_bucket_metrics_configurations(Bucket=bucket, ContinuationToken=token)
        assert 200 == second.pop("ResponseMetadata")["HTTPStatusCode"]
        assert second == {
            "ContinuationToken": token,
            "IsTruncated": False,
            "MetricsConfigurationList": [{"Id": each} | stated for each in ids[100:]],
        }

    def test_a_bucket_has_no_more_than_a_thousand(
        self, s3_client: Any, bucket: str, refused: Refused, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert 1000 == configurations.MOST
        monkeypatch.setattr(configurations, "MOST", 2)
        for config_id in ("a", "b", "a"):
            put(s3_client, bucket, config_id)
        with refused("TooManyConfigurations", 400, "Too many metrics configurations"):
            put(s3_client, bucket, "c")


class TestIds:
    """An id has 1 to 64 letters, digits, periods, dashes and underscores, and stands in query and document."""

    @pytest.mark.parametrize("config_id", ["a.b_C-9", "x" * 64])
    def test_these_are_ids(self, s3_client: Any, bucket: str, config_id: str) -> None:
        put(s3_client, bucket, config_id)
        assert {"Id": config_id} == read(s3_client, bucket, config_id)

    # observed for the other lists: radkawar/stackd, testdata/aws/s3/analytics_controls_replay.json (id-*)
    @pytest.mark.parametrize("config_id", ["space id", "slash/id", "unicode-é", "x" * 65])
    def test_these_are_none(self, s3_client: Any, bucket: str, refused: Refused, config_id: str) -> None:
        with refused("InvalidConfigId", 400):
            put(s3_client, bucket, config_id)

    # observed: aws/aws-cli#4476
    def test_another_in_the_document(self, s3_client: Any, bucket: str, refused: Refused) -> None:
        with refused("MalformedXML", 400):
            put(s3_client, bucket, "a", Id="b")

    # observed for the other lists: radkawar/stackd, testdata/aws/s3/analytics_controls_replay.json (no-query-id,
    # empty-query-id, raw-empty-id), testdata/aws/s3/inventory_control_replay.json (delete-empty-id)
    @pytest.mark.parametrize(
        ("method", "query", "code"),
        [
            ("PUT", "metrics", "InvalidConfigurationId"),
            ("PUT", "metrics&id=", "InvalidConfigurationId"),
            ("DELETE", "metrics&id=", "InvalidConfigurationId"),
            ("PUT", "metrics&id=a", "InvalidConfigId"),
        ],
    )
    def test_an_empty_one(self, bucket: str, ask: Ask, method: str, query: str, code: str) -> None:
        body = b"" if method == "DELETE" else DOCUMENT % (b"" if query.endswith("a") else b"a")
        answer = ask(method, f"/{bucket}?{query}", body=body)
        assert (400, code) == (answer.status, answer.code)


class TestFilters:
    """A filter is one condition, or an And of several."""

    @pytest.mark.parametrize(
        "conditions",
        [
            {"Tag": TAG},
            {"And": {"Prefix": "logs/", "Tags": [TAG]}},
            {"And": {"Tags": [TAG, {"Key": "env", "Value": "prod"}]}},
        ],
        ids=str,
    )
    def test_it_reads_back(self, s3_client: Any, bucket: str, conditions: dict[str, Any]) -> None:
        put(s3_client, bucket, "a", Filter=conditions)
        assert conditions == read(s3_client, bucket, "a")["Filter"]

    # observed for the other lists: radkawar/stackd, testdata/aws/s3/analytics_controls_replay.json (filter-*)
    @pytest.mark.parametrize(
        ("conditions", "code"),
        [
            ({}, "MalformedXML"),
            ({"Prefix": "logs/", "Tag": TAG}, "MalformedXML"),
            ({"Prefix": ""}, "InvalidPrefix"),
            ({"And": {}}, "InvalidAnd"),
            ({"And": {"Prefix": "logs/"}}, "InvalidAnd"),
            ({"And": {"Tags": [TAG]}}, "InvalidAnd"),
            ({"Tag": {"Key": "k" * 129, "Value": "v"}}, "InvalidTag"),
            ({"Tag": {"Key": "k", "Value": "v" * 257}}, "InvalidTag"),
        ],
        ids=str,
    )
    def test_refused(
        self, s3_client: Any, bucket: str, refused: Refused, conditions: dict[str, Any], code: str
    ) -> None:
        put(s3_client, bucket, "a")
        with refused(code, 400):
            put(s3_client, bucket, "a", Filter=conditions)

    def test_filters_by_access_point_are_not_modelled(self, s3: FakeS3, s3_client: Any, bucket: str) -> None:
        point = {"AccessPointArn": f"arn:aws:s3:us-east-1:{s3.account_id}:accesspoint/point"}
        for conditions in (point, {"And": point | {"Prefix": "logs/"}}):
            with pytest.raises(s3_client.exceptions.ClientError, match="fakes3 does not model AccessPointArn"):
                put(s3_client, bucket, "a", Filter=conditions)
