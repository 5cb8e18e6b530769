"""Filters of metrics, analytics and intelligent tiering: the objects that a configuration is about.

A filter is one condition, or an `And` of several: a prefix, tags and, for metrics, an access point.

S3: API/API_MetricsFilter.html, API/API_AnalyticsFilter.html, API/API_IntelligentTieringFilter.html
observed: radkawar/stackd, testdata/aws/s3/analytics_controls_replay.json, analytics_boundaries_replay.json and
intelligent_tiering_control_replay.json
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakes3.model.configuration_errors import InvalidAnd, InvalidPrefix
from fakes3.model.errors import InvalidTag, MalformedXML
from fakes3.model.tags import LONGEST_KEY, LONGEST_VALUE


def check_filter(
    conditions: Mapping[str, Any] | None, *, values_may_be_empty: bool = False, keys_may_repeat: bool = False
) -> None:
    """Refuse a filter that is neither one condition nor several, and empty or too long texts in it.

    Raises: MalformedXML, InvalidAnd, InvalidPrefix, InvalidTag.
    """
    if conditions is None:
        return
    if len(conditions) != 1:
        raise MalformedXML
    every = conditions.get("And", conditions)
    tags: Sequence[Mapping[str, str]] = every.get("Tags") or [each for each in (every.get("Tag"),) if each is not None]
    if "And" in conditions:
        keys = {tag["Key"] for tag in tags}
        if len(every.keys() - {"Tags"}) + len(tags) < 2 or (len(keys) < len(tags) and not keys_may_repeat):
            raise InvalidAnd
    if every.get("Prefix") == "":
        raise InvalidPrefix
    shortest = 0 if values_may_be_empty else 1
    for tag in tags:
        if not (1 <= len(tag["Key"]) <= LONGEST_KEY and shortest <= len(tag["Value"]) <= LONGEST_VALUE):
            raise InvalidTag
