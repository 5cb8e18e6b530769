"""The doors of daft, which is led by its `IOConfig`: the SDK that it sends with reads only variables of botocore's."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from fakes3.doors.entrance import Current, Door, Replacements
from fakes3.doors.holding import HoldingDoor
from fakes3.doors.loopback import avoid_proxies, loopback
from fakes3.doors.stand_ins import StandIn, StandIns

REMEDY = (
    "Read with daft.read_parquet(...) and its like, which meet the fake; a query may name their frames: "
    'daft.sql("SELECT ... FROM df").'
)
OTHER_PROCESS = (
    "Let another process answer, and name it: `with s3.server(process=True) as server: "
    'df.write_deltalake("s3://...", io_config=IOConfig(s3=S3Config(**server.storage_options.daft)))`.'
)

_PATIENCE = {"num_tries": 3, "connect_timeout_ms": 5000, "read_timeout_ms": 5000}
"""daft's own 25 tries of 30 seconds would hide that a call waits for this process while it holds the lock of the
interpreter, without which nothing here can answer."""


class DaftDoor(Door):
    """Leads what daft uses where it is given no `IOConfig`, and the `IOConfig` of what it reads."""

    module = "daft.context"
    sets_variables = True

    def variables(self) -> Mapping[str, str]:
        """Return those that keep daft from a proxy."""
        return avoid_proxies()

    def replacements(self, module: Any) -> Replacements:
        """Return the property of the context that holds the default."""
        really = module.DaftContext.__dict__["daft_planning_config"]

        def daft_planning_config(context: Any) -> Any:
            found = really.fget(context)
            if self._current() is None:
                return found
            return found.with_config_values(default_io_config=lead(self._current, found.default_io_config))

        yield module.DaftContext, "daft_planning_config", property(daft_planning_config, doc=really.__doc__)


class DaftConfigDoor(Door):
    """Leads each `StorageConfig`, with which daft reads, and each `S3Config` that is made under a mock."""

    module = "daft.io"

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._stand_ins = StandIns()

    def replacements(self, module: Any) -> Replacements:
        """Yield the classes, in each module that holds them."""
        compiled = import_module("daft.daft")
        names = ("multithreaded_io", "io_config")
        yield from self._stand_ins.replace(compiled.S3Config, lambda really: StandIn(really, self._lead_config))
        yield from self._stand_ins.replace(
            compiled.StorageConfig, lambda really: StandIn(really, self._lead_reading, names)
        )

    def _lead_reading(self, given: dict[str, Any]) -> dict[str, Any]:
        if self._current() is None or given.get("io_config") is None:
            return given
        return given | {"io_config": lead(self._current, given["io_config"])}

    def _lead_config(self, given: dict[str, Any]) -> dict[str, Any]:
        if self._current() is None or not _is_led(self._current, given.get("endpoint_url")):
            return given
        return {**_PATIENCE, **given, **_way(self._current)}


def lead(current: Current, config: Any) -> Any:
    """Return an `IOConfig` with which daft meets the fake."""
    s3 = config.s3
    if not _is_led(current, s3.endpoint_url):
        return config
    return config.replace(s3=s3.replace(**_PATIENCE, **_way(current)))


def _is_led(current: Current, endpoint: str | None) -> bool:
    return not (endpoint and loopback(current).is_here(endpoint))


def _way(current: Current) -> Mapping[str, Any]:
    return {"endpoint_url": loopback(current).url, "use_ssl": False, "force_virtual_addressing": False}


class DaftHoldingDoor(HoldingDoor):
    """Stops methods that hold the lock of the interpreter: those of files, and the writing of a Delta table."""

    module = "daft.dataframe"
    replaces = ("DataFrame.write_deltalake",)
    remedy = OTHER_PROCESS


class DaftFileDoor(HoldingDoor):
    """Stops the reading of a `daft.File`, which does not tell what `IOConfig` it has."""

    module = "daft.file.file"
    replaces = ("File.exists", "File.open", "File.size")
    remedy = "Read the object in another way, for example by boto3: s3.get_object(Bucket=..., Key=...)."


class DaftFunctionsDoor(HoldingDoor):
    """Stops the compiled functions that hold the lock of the interpreter, among them the one that plans SQL.

    That one asks with a configuration of its own, whatever the default is.
    """

    module = "daft.session"
    remedy = REMEDY

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._stand_ins = StandIns()

    def replacements(self, module: Any) -> Replacements:
        """Yield the functions that this version has, in each module that holds them."""
        compiled = import_module("daft.daft")
        for name in ("read_parquet_into_pyarrow", "read_parquet_into_pyarrow_bulk", "sql_exec"):
            if name in compiled.__dict__:
                yield from self._stand_ins.replace(compiled.__dict__[name], self.replace)
