"""What the tests of doors share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from fakes3 import FakeS3
from fakes3.doors.server import Site, serving

NATIVE = ("daft", "datafusion", "deltalake", "duckdb", "obstore", "polars", "pyarrow")

NATIVE_VARIABLES = (
    *("AWS_ENDPOINT", "AWS_ALLOW_HTTP", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "AWS_ENDPOINT_URL_S3"),
    *("DUCKDB_S3_ENDPOINT", "DUCKDB_S3_USE_SSL", "NO_PROXY", "no_proxy"),
)


@pytest.fixture(scope="module", autouse=True)
def models(models_are_read_once: None) -> None:
    """Every test here makes sessions of its own."""


@pytest.fixture
def nothing_native(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no native library count as imported, and no variable lead one."""
    for name in list(of_libraries()):
        monkeypatch.delitem(sys.modules, name)
    for variable in NATIVE_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    yield
    for name in list(of_libraries()):
        del sys.modules[name]


def of_libraries() -> Iterator[str]:
    return (name for name in sys.modules if name.partition(".")[0] in NATIVE)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ModuleType]:
    """Put a module of this name and content in the place of a library."""

    def make(name: str, **content: Any) -> ModuleType:
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules.get(parent) or make(parent), own, module)
        return module

    return make


@pytest.fixture
def fake() -> FakeS3:
    fake = FakeS3()
    fake.create_bucket("bucket", objects={"hello.txt": "hello"})
    return fake


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Site, str]]:
    """One server for all fakes, one after the other: the site, and its URL."""
    site = Site(FakeS3().service)
    with serving(site) as url:
        yield site, url


@pytest.fixture
def url(served: tuple[Site, str], fake: FakeS3) -> str:
    site, url = served
    site.service = fake.service
    return url
