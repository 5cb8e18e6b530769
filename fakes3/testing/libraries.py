"""The doors of each client library.

A door is imported when its library is, so a mock costs nothing for libraries that a test does not use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module

from fakes3.doors.entrance import Current, Door
from fakes3.doors.processes import Arrive, ProcessDoor

_DOORS = (
    # library, module in fakes3.doors, classes
    ("aiobotocore", "aiobotocore", "AiobotocoreDoor AiobotocoreHttpxDoor AiobotocoreSigner AiobotocorePresigner"),
    ("aiobotocore", "aiobotocore", "AiobotocoreCredentials AiobotocoreEndpoints AiobotocoreGuard"),
    ("aiobotocore", "aiobotocore", "AiobotocoreContextsDoor AiobotocoreRate AiobotocoreRetries AiobotocoreWaiters"),
    ("aiobotocore", "direct_aiobotocore", "AiobotocoreDirectDoor"),
    ("aiohttp", "aiohttp", "AiohttpDoor AiohttpGuard"),
    ("boto3", "botocore", "TransferDoor"),
    ("boto3", "botocore_sharing", "ResourcesDoor"),
    ("botocore", "botocore", "BotocoreDoor BotocoreEndpoints BotocoreGuard BotocoreSigner NotesDoor"),
    ("botocore", "botocore_clock", "BotocorePresigner"),
    ("botocore", "botocore_loader", "LoaderDoor"),
    ("botocore", "botocore_profiles", "ProfilesDoor CredentialsDoor SessionsDoor"),
    ("botocore", "botocore_requests", "AwsRequestsDoor ParametersDoor UserAgentDoor ExpiresDoor"),
    ("botocore", "botocore_sharing", "EventsDoor ListenersDoor EndpointsDoor ModelsDoor TimesDoor"),
    ("botocore", "botocore_waiting", "RateDoor RetryDoor WaiterDoor"),
    ("botocore", "direct", "DirectDoor"),
    ("daft", "daft", "DaftDoor DaftConfigDoor DaftFileDoor DaftFunctionsDoor DaftHoldingDoor"),
    ("datafusion", "native", "DatafusionDoor"),
    ("deltalake", "native", "DeltalakeDoor DeltalakeExistsDoor"),
    ("deltalake", "native", "DeltalakeFilesDoor DeltalakeHoldingDoor DeltalakeQueryDoor"),
    ("duckdb", "duckdb", "DuckdbDoor"),
    ("http.client", "http_client", "HttpClientDoor HttpClientGuard"),
    ("httpcore", "httpx", "HttpcoreGuard"),
    ("httpcore2", "httpx", "Httpcore2Guard"),
    ("httpx", "httpx", "HttpxDoor"),
    ("httpx2", "httpx", "Httpx2Door"),
    ("minio", "minio", "MinioDoor"),
    ("moto", "botocore", "MotoDoor"),
    ("moto", "moto", "MotoStorageDoor MotoResponsesDoor MotoConfigDoor MotoStacksDoor MotoTaggingDoor"),
    ("obstore", "native", "ObstoreDoor ObstoreExpressDoor"),
    ("polars", "native", "PolarsDoor"),
    ("pyarrow", "pyarrow", "PyarrowDoor PyarrowUriDoor"),
    ("requests", "requests", "RequestsDoor"),
    ("responses", "requests", "ResponsesDoor"),
    ("s3fs", "aiobotocore", "S3fsDoor"),
    ("urllib3", "urllib3", "Urllib3Door Urllib3Guard"),
    ("vcr", "vcr", "VcrDoor"),
)


def doors_by_library(current: Current, arrive: Arrive) -> Mapping[str, Callable[[], Iterable[Door]]]:
    """Return, by the name of each library, a function that returns its doors, the same ones at each call.

    Args:
        current: Returns the endpoint that answers, or None.
        arrive: Called in a process that is started under a mock without being forked.
    """

    made: dict[str, list[Door]] = {}

    def make(library: str) -> list[Door]:
        if library in made:
            return made[library]
        doors: list[Door] = []
        for owner, module, classes in _DOORS:
            if owner == library:
                found = import_module(f"fakes3.doors.{module}")
                doors += (getattr(found, name)(current) for name in classes.split())
        return made.setdefault(library, doors)  # another thread may have made them meanwhile

    makers: dict[str, Callable[[], Iterable[Door]]] = {library: partial(make, library) for library, _, _ in _DOORS}
    processes = ProcessDoor(current, arrive)
    return {**makers, "multiprocessing": lambda: [processes]}
