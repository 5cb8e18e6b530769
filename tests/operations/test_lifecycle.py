"""Lifecycle runs at midnights, from the moment when a bucket first has a rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fakes3.operations.service import Service

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_without_rules_nothing_is_ever_due(service: Service) -> None:
    before = service.world
    service.clock.advance(days=1000)
    assert before is service.present()


def test_a_run_without_effect_is_no_commit(
    service: Service, perform: Callable[..., Any], document: Callable[..., Any]
) -> None:
    rules = document(Rules=[{"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}])
    perform("PutBucketLifecycleConfiguration", Bucket="bucket", LifecycleConfiguration=rules)
    before = service.world
    assert [START + DAY] == [each.at for each in before.background.due]
    service.clock.advance(days=3)
    later = service.present()
    assert (before.sequence, [START + 4 * DAY]) == (later.sequence, [each.at for each in later.background.due])
    assert before.buckets is later.buckets
