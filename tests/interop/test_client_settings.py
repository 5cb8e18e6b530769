"""How clients in Python are told of a server: the rows of the table in docs/native-clients.md, each of them run."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .served import ACCESS_KEY_ID, SECRET_ACCESS_KEY, client_of, served, variables_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "native-clients.md"
BUCKET = "client-settings"
"""The bucket that stands for "lake": polars keeps a client for each, for all tests of a process."""

OBJECT = b"x,y\n1,2\n"


class Row(NamedTuple):
    """A client, and how it is told of a server."""

    client: str
    module: str
    """What is imported of it."""
    variables: dict[str, str]
    """The variables that it needs beside keys and region; empty where none leads it."""
    code: str
    """What is written where no variable says it.

    `url` is that of the server, `place` its host and port, and `key` and `secret` are an access key.
    """
    plain: str = ""
    """The same where the variables say it."""
    use: str = ""
    """What reads the object by it; empty where the code does."""


AWS = {"AWS_ENDPOINT_URL": "{url}"}
AWS_BY_HTTP = AWS | {"AWS_ALLOW_HTTP": "true"}
OF_DUCKDB = {"DUCKDB_S3_ENDPOINT": "localhost:{port}", "DUCKDB_S3_USE_SSL": "false"}

ROWS = [
    Row(
        "s3fs",
        "s3fs",
        AWS,
        "s3fs.S3FileSystem(endpoint_url=url)",
        "s3fs.S3FileSystem()",
        'it.cat("lake/in.csv")',
    ),
    Row(
        "dask",
        "dask.dataframe",
        AWS,
        'dask.dataframe.read_csv("s3://lake/in.csv", storage_options={"endpoint_url": url})',
        'dask.dataframe.read_csv("s3://lake/in.csv")',
        "it.compute()",
    ),
    Row(
        "zarr",
        "zarr",
        AWS,
        'zarr.open("s3://lake/array", shape=2, storage_options={"endpoint_url": url})',
        'zarr.open("s3://lake/array", shape=2)',
        "it[:]",
    ),
    Row(
        "pandas, of CSV",
        "pandas",
        AWS,
        'pandas.read_csv("s3://lake/in.csv", storage_options={"endpoint_url": url})',
        'pandas.read_csv("s3://lake/in.csv")',
    ),
    Row(
        "polars",
        "polars",
        AWS,
        'polars.scan_csv("s3://lake/in.csv", storage_options={"aws_endpoint_url": url})',
        'polars.scan_csv("s3://lake/in.csv")',
        "it.collect()",
    ),
    Row(
        "obstore",
        "obstore.store",
        AWS_BY_HTTP,
        'obstore.store.S3Store("lake", endpoint=url, client_options={"allow_http": True})',
        'obstore.store.S3Store("lake")',
        'it.get("in.csv").bytes()',
    ),
    Row(
        "deltalake",
        "deltalake",
        AWS_BY_HTTP,
        'deltalake.DeltaTable("s3://lake/table", storage_options={"aws_endpoint_url": url, "aws_allow_http": "true"})',
        'deltalake.DeltaTable("s3://lake/table")',
    ),
    Row(
        "datafusion",
        "datafusion.object_store",
        AWS,
        'datafusion.object_store.AmazonS3(bucket_name="lake", endpoint=url, allow_http=True)',
        'datafusion.object_store.AmazonS3(bucket_name="lake", allow_http=True)',
        "read_by_datafusion(it)",
    ),
    Row(
        "pyarrow",
        "pyarrow.fs",
        {},
        "pyarrow.fs.S3FileSystem(endpoint_override=url)",
        use='it.open_input_stream("lake/in.csv").read()',
    ),
    Row(
        "pyarrow, by a URI",
        "pyarrow.fs",
        AWS,
        'pyarrow.fs.FileSystem.from_uri(f"s3://lake/in.csv?endpoint_override={place}&scheme=http")',
        'pyarrow.fs.FileSystem.from_uri("s3://lake/in.csv")',
        "it[0].open_input_stream(it[1]).read()",
    ),
    Row(
        "pyiceberg",
        "pyiceberg.io",
        {},
        'pyiceberg.io.load_file_io({"s3.endpoint": url}, "s3://lake")',
        use='it.new_input("s3://lake/in.csv").open().read()',
    ),
    Row(
        "duckdb",
        "duckdb",
        OF_DUCKDB,
        "connection.execute(f\"CREATE SECRET (TYPE s3, KEY_ID '{key}', SECRET '{secret}', ENDPOINT '{place}', "
        "URL_STYLE 'path', USE_SSL false)\")",
        "connection",
        "connection.sql(\"FROM 's3://lake/in.csv'\").fetchall()",
    ),
    Row(
        "daft",
        "daft",
        AWS,
        'daft.read_csv("s3://lake/in.csv", io_config=daft.io.IOConfig(s3=daft.io.S3Config(endpoint_url=url)))',
        'daft.read_csv("s3://lake/in.csv")',
        "it.to_pydict()",
    ),
]

BY_VARIABLES = [row for row in ROWS if row.variables]
BY_AWS = [row for row in ROWS if AWS.items() <= row.variables.items()]
BY_HTTP = [row for row in ROWS if "AWS_ALLOW_HTTP" in row.variables]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as url:
        with client_of(url) as s3:
            s3.create_bucket(Bucket=BUCKET)
            s3.put_object(Bucket=BUCKET, Key="in.csv", Body=OBJECT)
        yield url


@pytest.fixture
def installed(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the test where its client is missing, unless none may be."""
    for name in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS"):  # daft tells its makers of its use, unless told not to
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("DAFT_ANALYTICS_ENABLED", "0")
    names = [row.module, *{"duckdb": ["duckdb_extension_httpfs"], "deltalake": ["pyarrow"]}.get(row.module, [])]
    for name in names if os.environ.get("FAKES3_NATIVE") != "all" else ():
        pytest.importorskip(name, reason=f"missing: pip install {name.partition('.')[0]}")


@pytest.fixture
def environment(installed: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> pytest.MonkeyPatch:
    """The variables with keys and region, and none that leads anywhere."""
    url = request.getfixturevalue("url")  # which needs no server for what is skipped
    for name, value in variables_of(url).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT", "AWS_ALLOW_HTTP", *OF_DUCKDB):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def read(row: Row, code: str, url: str, stack: ExitStack) -> Any:
    """Return what is read by a client that is told of the server so."""
    name = row.module.partition(".")[0]
    importlib.import_module(row.module)
    names: dict[str, Any] = {name: importlib.import_module(name), "read_by_datafusion": read_by_datafusion}
    names |= {"url": url, "place": url.removeprefix("http://"), "key": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY}
    if name == "duckdb":
        names["connection"] = stack.enter_context(duckdb_with_s3())
    elif name == "deltalake":
        table = importlib.import_module("pyarrow").table({"a": [1]})
        options = {"aws_endpoint_url": url, "aws_allow_http": "true"}
        names["deltalake"].write_deltalake(f"s3://{BUCKET}/table", table, mode="overwrite", storage_options=options)
    names["it"] = eval(code.replace("lake/", f"{BUCKET}/").replace('"lake"', f'"{BUCKET}"'), names)
    return eval(row.use.replace("lake", BUCKET), names) if row.use else names["it"]


def duckdb_with_s3() -> Any:
    """Return a connection of duckdb that knows S3, by the extension that pip has brought."""
    duckdb: Any = importlib.import_module("duckdb")
    httpfs: Any = importlib.import_module("duckdb_extension_httpfs")  # else duckdb would fetch it from its own site
    (extension,) = Path(httpfs.__file__).parent.rglob("httpfs.duckdb_extension")
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{extension}'")
    return connection


def read_by_datafusion(store: Any) -> Any:
    context = importlib.import_module("datafusion").SessionContext()
    context.register_object_store("s3://", store, None)
    return context.read_csv(f"s3://{BUCKET}/in.csv").to_pydict()


class TestRows:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.client)
    def test_the_code_leads_it(self, row: Row, environment: pytest.MonkeyPatch, url: str, stack: ExitStack):
        assert read(row, row.code, url, stack) is not None

    @pytest.mark.parametrize("row", BY_VARIABLES, ids=lambda row: row.client)
    def test_the_variables_lead_it(self, row: Row, environment: pytest.MonkeyPatch, url: str, stack: ExitStack):
        port = url.rpartition(":")[2]
        for name, value in row.variables.items():
            environment.setenv(name, value.format(url=url, port=port))
        assert read(row, row.plain, url, stack) is not None

    @pytest.mark.parametrize("row", BY_AWS, ids=lambda row: row.client)
    def test_the_variable_of_s3_leads_it_too(
        self, row: Row, environment: pytest.MonkeyPatch, url: str, stack: ExitStack
    ):
        for name, value in row.variables.items():
            environment.setenv(name.replace("URL", "URL_S3"), value.format(url=url))
        assert read(row, row.plain, url, stack) is not None

    @pytest.mark.parametrize("row", BY_HTTP, ids=lambda row: row.client)
    def test_http_has_to_be_allowed(self, row: Row, environment: pytest.MonkeyPatch, url: str, stack: ExitStack):
        environment.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(Exception, match=r"(?s)scheme is not allowed|BadScheme"):
            read(row, row.plain, url, stack)

    @pytest.mark.parametrize("row", [row for row in ROWS if row.client == "datafusion"])
    def test_datafusion_is_told_of_http_by_an_argument_alone(
        self, row: Row, environment: pytest.MonkeyPatch, url: str, stack: ExitStack
    ):
        for name, value in AWS_BY_HTTP.items():
            environment.setenv(name, value.format(url=url))
        with pytest.raises(Exception, match="HTTP error"):
            read(row, row.plain.replace(", allow_http=True", ""), url, stack)


class TestPage:
    def test_the_table_is_these_rows(self):
        text = PAGE.read_text(encoding="utf-8").partition("| client | variables | in code |")[2].partition("\n\n")[0]
        shown = re.findall(r"^\| (.+?) \| (.*?) \| `(.+)` \|$", text, re.MULTILINE)
        assert [(row.client, written(row.variables), row.code) for row in ROWS] == shown

    def test_a_server_says_all_of_these_variables(self):
        from fakes3 import FakeS3

        with FakeS3().server() as server:
            port = server.rpartition(":")[2]
            for row in ROWS:
                said = {name: value.format(url=server, port=port) for name, value in row.variables.items()}
                assert said.items() <= server.env.items()


def written(variables: dict[str, str]) -> str:
    """Return the names of variables as the table has them, with the values that are no place."""
    shown = [f"`{name}={value}`" if "{" not in value else f"`{name}`" for name, value in variables.items()]
    return ", ".join(shown) or "none"
