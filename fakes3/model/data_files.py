"""The data files that stand beside modules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def read_beside(module: str, name: str) -> bytes:
    """Return the content of a file beside a module, which may be in a folder or, as in `fakes3.pyz`, in a zip file."""
    spec = sys.modules[module].__spec__
    assert spec is not None, "it was imported"
    assert spec.origin is not None, "it has a file"
    loader: Any = spec.loader
    content: bytes = loader.get_data(str(Path(spec.origin).with_name(name)))
    return content
