"""The doors of native clients that variables of the environment lead: they are sent to the port of this process.

None of these variables is read by botocore.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from fakes3.doors.entrance import Current, Door, Replacements
from fakes3.doors.holding import HoldingDoor
from fakes3.doors.loopback import loopback, loopback_proxy
from fakes3.doors.stand_ins import StandIn, StandIns
from fakes3.model.directory import SUFFIX, zonal_host

_OF_AMAZON_S3 = ("bucket_name", "region", "access_key_id", "secret_access_key", "session_token", "endpoint")
"""The arguments that may be given by position, in order."""

REMEDY = (
    "Let another process answer, and open the table there: `with s3.server(process=True) as server: "
    'DeltaTable("s3://...", storage_options=server.storage_options)`.'
)


class ObjectStoreDoor(Door):
    """Leads a library that is built on the Rust crate object_store.

    Its `AmazonS3Builder::from_env` reads AWS_ENDPOINT and the others each time a client is made.
    """

    sets_variables = True

    def replacements(self, module: object) -> Replacements:
        """Return nothing: the variables suffice."""
        return ()

    def variables(self) -> Mapping[str, str]:
        """Return the variables that lead to the port."""
        return loopback(self._current).variables(
            {"AWS_ENDPOINT": "{url}", "AWS_ALLOW_HTTP": "true", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false"}
        )


class DeltalakeDoor(ObjectStoreDoor):
    """Leads deltalake."""

    module = "deltalake"


class DeltalakeHoldingDoor(HoldingDoor):
    """Stops methods of tables that hold the lock of the interpreter."""

    module = "deltalake.table"
    replaces = (
        *(f"DeltaTable.{name}" for name in ("generate", "history", "load_cdf", "repair", "restore")),
        *(f"TableAlterer.{name}" for name in ("set_table_description", "set_table_name", "set_table_properties")),
    )
    remedy = REMEDY


class DeltalakeFilesDoor(HoldingDoor):
    """Stops file systems that are made from a URI. Those that a table makes to be read do not hold the lock."""

    module = "deltalake.fs._base_handler"
    replaces = ("BaseDeltaStorageHandler.__init__",)
    remedy = REMEDY


class DeltalakeExistsDoor(HoldingDoor):
    """Tells whether there is a table by reading it, which does not hold the lock of the interpreter."""

    module = "deltalake.table"
    replaces = ("DeltaTable.is_deltatable",)

    def call_instead(self, really: Any, *args: Any, **kwargs: Any) -> bool:
        """Return whether there is a table, also one whose log cannot be read."""
        errors = import_module("deltalake.exceptions")
        try:
            import_module("deltalake").DeltaTable(*args, **kwargs)
        except errors.TableNotFoundError:
            return False
        except errors.DeltaError:
            return True
        return True


class DeltalakeQueryDoor(HoldingDoor):
    """Stops queries of tables, which hold the lock of the interpreter."""

    module = "deltalake.query"
    replaces = ("QueryBuilder.register",)
    remedy = REMEDY


class ObstoreDoor(ObjectStoreDoor):
    """Leads obstore."""

    module = "obstore"


class ObstoreExpressDoor(Door):
    """Leads stores for directory buckets through a proxy.

    They ask Amazon's own host for a session, whatever endpoint they are given.
    """

    module = "obstore.store"

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._stand_ins = StandIns()

    def replacements(self, module: Any) -> Replacements:
        """Yield the class where it is defined, and in each other module that holds it."""
        stand_in = StandIn(module.S3Store, self._lead, ("bucket",))
        yield module, "S3Store", stand_in
        yield from self._stand_ins.replace(module.S3Store, lambda _: stand_in)

    def _lead(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of a store, with a proxy if it is for a directory bucket."""
        config = {name.removeprefix("aws_"): value for name, value in (given.get("config") or {}).items()} | given
        wanted = config.get("s3_express", os.environ.get("AWS_S3_EXPRESS"))
        if self._current() is None or str(wanted).lower() not in {"true", "1"}:
            return given
        bucket = config.get("bucket") or config.get("bucket_name") or ""
        region = config.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        proxy = loopback_proxy(self._current)
        options = {"proxy_url": proxy.url, "proxy_ca_certificate": proxy.certificate}
        host = zonal_host(bucket, region, bucket.removesuffix(SUFFIX).rpartition("--")[2])
        leads = {"endpoint": f"https://{host}", "virtual_hosted_style_request": True}
        if "AWS_ENDPOINT_URL_S3" in os.environ:
            # An endpoint for S3 alone comes before `endpoint`, wherever each was given.
            leads["aws_endpoint_url_s3"] = f"https://{host}"
        return {**given, **leads, "client_options": {**options, **(given.get("client_options") or {})}}


class PolarsDoor(ObjectStoreDoor):
    """Leads polars, which keeps a client for each bucket until the process ends."""

    module = "polars"


class DatafusionDoor(ObjectStoreDoor):
    """Leads `datafusion.object_store.AmazonS3`, which allows http only by an argument."""

    module = "datafusion.object_store"

    def __init__(self, current: Current) -> None:
        super().__init__(current)
        self._stand_ins = StandIns()

    def replacements(self, module: Any) -> Replacements:
        """Return the class, in each module that holds it."""
        return self._stand_ins.replace(module.AmazonS3, lambda really: StandIn(really, self._lead, _OF_AMAZON_S3))

    def _lead(self, given: dict[str, Any]) -> dict[str, Any]:
        server = loopback(self._current)
        endpoint = given.get("endpoint")
        if self._current() is None or (endpoint and server.is_here(endpoint)):
            return given
        return given | {"endpoint": server.url, "allow_http": True}
