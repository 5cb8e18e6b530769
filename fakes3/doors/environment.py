"""Variables of the environment that are set while a fake is entered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping


def read_variables(names: Iterable[str]) -> dict[str, str | None]:
    """Return the values of these variables; None for one that is not set."""
    return {name: os.environ.get(name) for name in names}


def set_variables(wanted: Mapping[str, str | None]) -> None:
    """Set these variables; None removes one."""
    for name, value in wanted.items():
        if value is not None:
            os.environ[name] = value
        elif name in os.environ:
            del os.environ[name]
