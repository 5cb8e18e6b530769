"""The examples of docs/from-moto.md say what there is: `fakes3 migrate` makes of the one what stands below it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fakes3.__main__ import main

PAGE = Path(__file__).parent.parent / "docs" / "from-moto.md"
TEXT = PAGE.read_text(encoding="utf-8")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_example_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("libcst", reason="libcst is not installed: pip install libcst")
    monkeypatch.chdir(tmp_path)
    module = tmp_path / "tests" / "test_orders.py"
    module.parent.mkdir()
    module.write_text(block("python before"))
    assert 0 == main(["migrate", "tests"])
    assert block("python after") == module.read_text()
    assert block("text") == capsys.readouterr().out
