"""The two ways of a call of boto3: over HTTP, and directly. Both must end alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

import boto3
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from fakes3 import FakeS3, mock_s3

NOON = "2026-01-02T12:00:00Z"
BUCKET = "pictures"
CUSTOMER_KEY = bytes(range(32))
BEGIN: list[tuple[str, dict[str, Any]]] = [("create_bucket", {"Bucket": BUCKET})]


@cache
def plain_client() -> Any:
    """A client that both ways share: it is neither's own."""
    session: Any = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")
    return session.client("s3")


def made_client(**options: Any) -> Any:
    session: Any = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")
    return session.client("s3", **options)


def frozen_fake() -> FakeS3:
    s3 = FakeS3(seed=7)
    s3.clock.freeze(NOON)
    return s3


@contextmanager
def counted_sends() -> Iterator[list[str]]:
    """What goes over HTTP in here."""
    sent: list[str] = []
    really_send = URLLib3Session.send

    def send(session: Any, request: Any) -> Any:
        sent.append(f"{request.method} {request.url}")
        return really_send(session, request)

    with mock.patch.object(URLLib3Session, "send", send):
        yield sent


def told(call: Callable[[], Any]) -> Any:
    """All that a program learns from a call: its answer, or what it raises."""
    try:
        answer = call()
    except ClientError as error:
        return type(error).__name__, str(error), error.operation_name, error.response
    except Exception as error:
        return type(error).__name__, str(error)
    if isinstance(answer, dict) and "Body" in answer:
        kind, body = type(answer["Body"]), answer["Body"].read()
        return {**answer, "Body": (kind, body)}
    return answer


class Way:
    """One of the two ways to a fake of its own, and what was learnt on it."""

    def __init__(self, client: Any, *, direct: bool) -> None:
        self.client = client
        self.direct = direct
        self.s3 = frozen_fake()
        self.versions: list[str] = []
        self.uploads: list[tuple[str, str]] = []
        self.etags: list[str] = []

    def do(self, operation: str, given: dict[str, Any]) -> Any:
        """Make a call. What came of earlier ones stands in for numbers: a version, an upload, an ETag."""
        parameters = dict(given)
        if isinstance(parameters.get("VersionId"), int):
            parameters["VersionId"] = self._earlier(self.versions, parameters["VersionId"]) or "null"
        if isinstance(parameters.get("UploadId"), int):
            key, upload = self._earlier(self.uploads, parameters["UploadId"]) or ("a", "none")
            parameters |= {"Key": key, "UploadId": upload}
        for name in ("IfMatch", "IfNoneMatch"):
            if isinstance(parameters.get(name), int):
                parameters[name] = self._earlier(self.etags, parameters[name]) or '"none"'
        if "MultipartUpload" in parameters:
            numbers = parameters["MultipartUpload"]
            parts = [{"PartNumber": each, "ETag": self._earlier(self.etags, each) or '"none"'} for each in numbers]
            parameters["MultipartUpload"] = {"Parts": parts}
        answer = told(lambda: getattr(self.client, operation)(**parameters))
        if isinstance(answer, dict):
            self.versions += [answer["VersionId"]] if answer.get("VersionId") else []
            self.uploads += [(answer["Key"], answer["UploadId"])] if operation == "create_multipart_upload" else []
            self.etags += [answer["ETag"]] if isinstance(answer.get("ETag"), str) else []
        return answer

    @staticmethod
    def _earlier(several: list[Any], number: int) -> Any:
        return several[-1 - number % len(several)] if several else None

    def go(self, steps: list[tuple[str, dict[str, Any]]]) -> list[Any]:
        """Everything that was learnt from these calls."""
        with mock_s3(fake=self.s3, direct=self.direct):
            return [self.do(operation, given) for operation, given in steps]


def check_both_ways(steps: list[tuple[str, dict[str, Any]]], client: Any = None) -> Way:
    """Hold what direct calls do and tell against what the same calls do and tell over HTTP."""
    client = client or plain_client()
    over_http, directly = Way(client, direct=False), Way(client, direct=True)
    expected, found = over_http.go(steps), directly.go(steps)
    assert expected == found
    assert repr(expected) == repr(found)  # the members have the same order, too
    assert not over_http.s3.diff(directly.s3)
    assert over_http.s3.tree() == directly.s3.tree()
    assert over_http.s3.service.calls == directly.s3.service.calls
    return directly
