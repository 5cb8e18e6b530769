"""Variables of the environment that are set while a fake is entered."""

from __future__ import annotations

import os
from collections.abc import Mapping


def set_variables(wanted: Mapping[str, str | None]) -> dict[str, str | None]:
    """Set these variables (None removes one); return their previous values."""
    before = {name: os.environ.get(name) for name in wanted}
    for name, value in wanted.items():
        if value is not None:
            os.environ[name] = value
        elif before[name] is not None:
            del os.environ[name]
    return before
