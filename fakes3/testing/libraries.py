"""Which doors belong to which client library.

A door is imported when its library is there, and not before: entering a mock costs nothing for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from fakes3.doors.door import Door, Endpoint
from fakes3.doors.processes import Arrive
from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

Current: TypeAlias = Callable[[], Endpoint | None]
Doors: TypeAlias = Mapping[str, Callable[[], Iterable[Door]]]

CREDENTIALS = (ACCESS_KEY_ID, SECRET_ACCESS_KEY)


def doors_by_library(current: Current, arrive: Arrive) -> Doors:
    """What makes the doors of each library.

    Args:
        current: Tells the fake that is entered, if any.
        arrive: What a process that was started without being forked calls when it begins.
    """

    def of_botocore() -> Iterable[Door]:
        from fakes3.doors.botocore import (
            BotocoreDoor,
            BotocorePresigner,
            BotocoreSigner,
            NotesDoor,
            RawBody,
            answered,
        )
        from fakes3.doors.direct import DirectDoor

        return (
            BotocoreDoor(current),
            DirectDoor(current, answered, RawBody),
            BotocoreSigner(current, CREDENTIALS),
            BotocorePresigner(current),
            NotesDoor(),
        )

    def of_boto3() -> Iterable[Door]:
        from fakes3.doors.botocore import TransferDoor

        return (TransferDoor(current),)

    def of_aiobotocore() -> Iterable[Door]:
        from fakes3.doors.aiobotocore import (
            AiobotocoreDoor,
            AiobotocoreHttpxDoor,
            AiobotocorePresigner,
            AiobotocoreSigner,
        )

        return (
            AiobotocoreDoor(current),
            AiobotocoreHttpxDoor(current),
            AiobotocoreSigner(current, CREDENTIALS),
            AiobotocorePresigner(current),
        )

    def of_aiohttp() -> Iterable[Door]:
        from fakes3.doors.aiohttp import AiohttpDoor

        return (AiohttpDoor(current),)

    def of_httpx() -> Iterable[Door]:
        from fakes3.doors.httpx import HttpxDoor

        return (HttpxDoor(current),)

    def of_httpx2() -> Iterable[Door]:
        from fakes3.doors.httpx import Httpx2Door

        return (Httpx2Door(current),)

    def of_moto() -> Iterable[Door]:
        from fakes3.doors.moto import MotoDoor

        return (MotoDoor(current),)

    def of_multiprocessing() -> Iterable[Door]:
        from fakes3.doors.processes import ProcessDoor

        return (ProcessDoor(current, arrive),)

    def of_requests() -> Iterable[Door]:
        from fakes3.doors.requests import RequestsDoor

        return (RequestsDoor(current),)

    def of_responses() -> Iterable[Door]:
        from fakes3.doors.requests import ResponsesDoor

        return (ResponsesDoor(current),)

    def of_s3fs() -> Iterable[Door]:
        from fakes3.doors.s3fs import S3fsDoor

        return (S3fsDoor(current),)

    def of_urllib3() -> Iterable[Door]:
        from fakes3.doors.urllib3 import Urllib3Door

        return (Urllib3Door(current),)

    return {
        "aiobotocore": of_aiobotocore,
        "aiohttp": of_aiohttp,
        "boto3": of_boto3,
        "botocore": of_botocore,
        "httpx": of_httpx,
        "httpx2": of_httpx2,
        "moto": of_moto,
        "multiprocessing": of_multiprocessing,
        "requests": of_requests,
        "responses": of_responses,
        "s3fs": of_s3fs,
        "urllib3": of_urllib3,
    }
