"""What `fakes3 migrate` makes of a piece of source."""

from __future__ import annotations

from textwrap import dedent

import pytest

pytest.importorskip("libcst", reason="libcst is not installed: pip install libcst")

from fakes3.testing.migration_evidence import Services
from fakes3.testing.migration_rewrite import Rewritten, rewrite

NOTHING = Services()


def migrated(source: str, elsewhere: Services = NOTHING) -> Rewritten:
    return rewrite(dedent(source).encode(), lambda _names: elsewhere)


def told(source: str, elsewhere: Services = NOTHING) -> list[tuple[int, str]]:
    return [(each.line, each.text) for each in migrated(source, elsewhere).findings]
