"""The door of duckdb. Its extension httpfs reads variables of the environment when it is loaded, and then no more."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import Any

from fakes3.doors.entrance import Door, Replacements
from fakes3.doors.loopback import loopback
from fakes3.model.errors import UnmockedRequest

_ASKED = "SELECT value FROM duckdb_settings() WHERE name = 's3_endpoint'"
_NAMES = (
    *("execute", "executemany", "query", "sql", "from_query"),
    *("read_csv", "read_json", "read_parquet", "from_csv_auto", "from_parquet"),
)
"""The methods of a connection, and functions of the module, that may read or write an object."""


class DuckdbDoor(Door):
    """Leads duckdb, and stops a connection that was already led elsewhere."""

    module = "duckdb"
    sets_variables = True

    def variables(self) -> Mapping[str, str]:
        """Return the variables that lead to the port.

        No variable says that buckets are in the path. So the host is one whose subdomains are this machine too.
        """
        return loopback(self._current).variables(
            {"DUCKDB_S3_ENDPOINT": "localhost:{port}", "DUCKDB_S3_USE_SSL": "false"}
        )

    def replacements(self, module: Any) -> Replacements:
        """Return the methods of connections, and the functions of the module, which have a connection of its own."""
        for name in _NAMES:
            for owner in (module.DuckDBPyConnection, module):
                if name in owner.__dict__:
                    yield owner, name, self._wrap(module, owner.__dict__[name], owner is module)

    def _wrap(self, module: Any, really: Any, is_function: bool) -> Any:
        @wraps(really)
        def ask(*args: Any, **kwargs: Any) -> Any:
            if self._current() is not None and any("s3://" in each for each in args if isinstance(each, str)):
                connection = (kwargs.get("connection") or module.default_connection()) if is_function else args[0]
                self._check(connection)
            return really(*args, **kwargs)

        return ask

    def _check(self, connection: Any) -> None:
        """Refuse a connection that loaded httpfs before the mock was entered. Raises: UnmockedRequest."""
        server = loopback(self._current)
        found = connection.cursor().execute(_ASKED).fetchone()
        if found is not None and not server.is_here(found[0] or "s3.amazonaws.com"):
            raise UnmockedRequest(
                f"A query was stopped: this connection of duckdb would ask {found[0] or 's3.amazonaws.com'}, since it "
                "loaded httpfs when no mock_s3 was active. Make the connection, duckdb.connect(), under the mock."
            )
