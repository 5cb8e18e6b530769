"""Clients that are not Python below, and so come by a port: pyarrow, polars, obstore, duckdb."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

from .store import MIB, REGION, AlreadyThere, Info, NotThere, Store, Way, translated

NO_FORMS = "it sends no forms"
