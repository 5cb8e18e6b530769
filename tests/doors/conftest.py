"""What the tests of doors share."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def models(models_are_read_once: None) -> None:
    """Every test here makes sessions of its own."""
