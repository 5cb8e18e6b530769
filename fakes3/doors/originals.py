"""Whether a function is a library's own, or another program has put something in its place, as tracing libraries do."""

from __future__ import annotations

from types import FunctionType
from typing import Any


def is_original(function: Any, package: str = "botocore") -> bool:
    """Whether a function was defined in a package. What wraps such a function was not, whatever it says of itself."""
    if type(function) is not FunctionType:
        return False
    name: str = function.__globals__["__name__"]
    return name == package or name.startswith(f"{package}.")
