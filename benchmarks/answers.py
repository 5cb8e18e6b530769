"""Requests as they reach a fake: where boto3 would drown what is measured, a fake is asked without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.contenders import Fake
from fakes3.doors.botocore import make_response
from fakes3.doors.endpoint import Endpoint
from fakes3.doors.messages import read_prepared
from fakes3.wire.message import Request


def requests_of(fake: Fake, *calls: Callable[[Any], object]) -> list[Request]:
    """Return the requests that a boto3 client sends in these calls, which the fake answers. Each can be sent again."""
    client, endpoint, sent = fake.client(), Endpoint(fake.s3.service), []

    def answer(request: Any, **_context: Any) -> Any:
        read = read_prepared(request)
        sent.append(read._replace(body=b"".join(read.pieces)))
        return make_response(request.url, read.method, endpoint.handle(sent[-1]))

    client.meta.events.register("before-send.s3", answer)
    try:
        for call in calls:
            call(client)
    finally:
        client.meta.events.unregister("before-send.s3", answer)
    return sent


def answering(fake: Fake, *calls: Callable[[Any], object]) -> Callable[[int], object]:
    """Return what answers the requests of these calls, the first for 0, the next for 1, and over again."""
    requests, handle = requests_of(fake, *calls), Endpoint(fake.s3.service).handle
    total = len(requests)
    return lambda number: handle(requests[number % total])
