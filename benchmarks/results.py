"""The report: figures as values, plots of them, and a page with the tables. Each of it comes of the values alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import plots

PARTS: Mapping[str, tuple[str, list[str]]] = {
    "calls": ("What calls and suites cost", []),
    "growth": ("How costs grow", ["--growth"]),
    "server": ("The server", ["--server"]),
}
"""What a report has: the title of each part, and the options that measure it."""

Figures = Mapping[str, Any]


def measure_parts(parts: Iterable[str], options: Sequence[str]) -> Iterator[tuple[str, Figures]]:
    """Measure parts, each in a process of its own, and yield the name and the figures of each as it is done.

    Raises: CalledProcessError, where a part cannot be measured.
    """
    for part in parts:
        with TemporaryDirectory() as folder:
            path = Path(folder, "figures.json")
            command = [sys.executable, "-m", "benchmarks", *PARTS[part][1], *options, "--json", str(path)]
            subprocess.run(command, check=True)
            yield part, json.loads(path.read_text())


def write(folder: Path, measured: Iterable[tuple[str, Figures]]) -> None:
    """Write the report of what is measured. What the folder has of other parts stays, and is reported again."""
    plots.import_pyplot()  # to know that it is there before twenty minutes of measuring
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "figures.json"
    figures = json.loads(kept.read_text()) if kept.exists() else {}
    for part, found in measured:
        figures[part] = found
        kept.write_text(json.dumps(figures, indent=1) + "\n")  # a later part may fail
    drawn = plots.draw(folder, figures)
    (folder / "README.md").write_text(page(figures, drawn))


def page(figures: Figures, drawn: Mapping[str, Sequence[str]]) -> str:
    """Return the page, in Markdown. `drawn` are the names of the plots of each part."""
    sections = [
        "# What was measured\n\nWritten by `python -m benchmarks --results benchmarks/results`. "
        "[figures.json](figures.json) has all of it as values; [../README.md](../README.md) says what they mean."
    ]
    for part, (title, _) in PARTS.items():
        if part not in figures:
            continue
        found = figures[part]
        sections += [f"## {title}", _machine(found["machine"]), _verdicts(found["rows"])]
        sections += [f"![{name}]({name})" for name in drawn[part]]
        sections += [_table(lines) for lines in found["printed"]]
        sections += [found["legend"], "\n".join(f"- {each}" for each in found["notes"])]
    return "\n\n".join(section for section in sections if section) + "\n"


def _machine(about: Figures) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    return (
        f"{about['at']}, fakes3 {about['fakes3']}. {about['cpu']}, {about['cores']} cores, {about['memory']}, "
        f"load {about['load']} at the beginning, {about['system']}, Python {about['python']}, {packages}."
    )


def _verdicts(rows: Figures) -> str:
    verdicts = [(row["label"], text, verdict) for row in rows.values() for text, verdict in row["targets"].items()]
    missed = [f"{label} ({text})" for label, text, verdict in verdicts if verdict == "MISSED"]
    met = sum(verdict == "met" for *_, verdict in verdicts)
    return f"{met} of {met + len(missed)} targets are met. " + (f"Missed: {', '.join(missed)}." if missed else "")


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = lines
    marks = ["---", *["---:"] * (len(head) - 2), "---"]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rest))
