"""Intelligent tiering: after how many days without access an object moves to which archive access tier.

S3: API/API_Tiering.html
observed: radkawar/stackd, testdata/aws/s3/intelligent_tiering_control_replay.json
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakes3.model.configuration_errors import InvalidAccessTier
from fakes3.model.errors import MalformedXML
from fakes3.model.lifecycle_rules import MOST_INTEGER

_LEAST_DAYS = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
_MOST_DAYS = 730


def check_tierings(tierings: Sequence[Mapping[str, Any]]) -> None:
    """Refuse no tier, a tier that comes twice, too few or many days, and archive access after deep archive access.

    Raises: MalformedXML, InvalidAccessTier.
    """
    days = {each["AccessTier"]: each["Days"] for each in tierings}
    if not days or any(abs(each["Days"]) > MOST_INTEGER for each in tierings):
        raise MalformedXML
    for tier, least in _LEAST_DAYS.items():
        if days.get(tier, least) < least:
            # observed: aws-cloudformation/cfn-lint#3992, for the text
            raise InvalidAccessTier(f"Days specified in {tier} tier should not be less than {least}")
    archive, deep = (days.get(tier, 0) for tier in _LEAST_DAYS)
    if len(days) < len(tierings) or max(days.values()) > _MOST_DAYS or 0 < deep <= archive:
        raise InvalidAccessTier
