"""Answers of boto3 in the form in which recordings of the real S3 tell them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def as_recorded(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return status and members of an answer, with the bytes of a body, without dates and `AcceptRanges`."""
    members = {name: value for name, value in answer.items() if name not in {"ResponseMetadata", "AcceptRanges"}}
    if "Body" in members:
        members["Body"] = members["Body"].read()
    told: dict[str, Any] = without_dates(members)
    return {"status": answer["ResponseMetadata"]["HTTPStatusCode"], **told}


def without_dates(value: Any) -> Any:
    """Return a value without the members that are dates, at any depth."""
    if isinstance(value, dict):
        return {name: without_dates(each) for name, each in value.items() if not isinstance(each, datetime)}
    return [without_dates(each) for each in value] if isinstance(value, list) else value
