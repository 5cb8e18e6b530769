"""Variables of the environment that are set while a fake is entered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

_USUAL: Any = type(os.environ)


def read_variables(names: Iterable[str]) -> dict[str, str | None]:
    """Return the values of these variables; None for one that is not set."""
    environ: Any = os.environ
    if type(environ) is not _USUAL or "get" in vars(environ):  # another program has put its own there
        return {name: environ.get(name) for name in names}
    # `get` raises and catches a KeyError for each that is not set, as most are not: ten times as slow.
    data, encode, decode = environ._data, environ.encodekey, environ.decodevalue
    found = [(name, data.get(encode(name))) for name in names]
    return {name: None if value is None else decode(value) for name, value in found}


def set_variables(wanted: Mapping[str, str | None], present: Mapping[str, str | None]) -> None:
    """Set those of these variables that have another value at present; None removes one."""
    for name, value in wanted.items():
        if value == present[name]:
            continue
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


def restore_variables(before: Mapping[str, str | None]) -> None:
    """Give these variables back the values that they had before."""
    set_variables(before, read_variables(before))
