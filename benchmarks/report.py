"""Printing what was measured: the machine, the table, and the same as JSON."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.rows import Benchmark, Row, Rows, Target

COLUMNS = ("what", "floor", "fakes3", "moto", "cost fakes3", "cost moto", "moto/fakes3", "target")
PACKAGES = ("botocore", "boto3", "moto", "awscrt")
LEGEND = """\
Times are medians of whole boto3 calls, in seconds of the processor, contenders taking turns; "import" is the best of
several fresh interpreters. A whole suite is measured once, and so are peaks of memory.
floor: botocore answered by a constant at the same place. It reads large request bodies, as sending would.
cost: the time over the floor, the median of the differences in each round; where there is no floor, the time itself.
Under the mock botocore is spared work that it repeats, and that the floor does each time: costs may be negative.
moto/fakes3: the ratio of the costs."""


def machine() -> dict[str, Any]:
    """What this was measured on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory": _memory(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "fakes3": _commit(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def heading(about: dict[str, Any], command: str) -> str:
    """The lines above the table."""
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    machine = f"{about['cpu']}, {about['cores']} cores, {about['memory']}, load {about['load']}, {about['system']}"
    return f"$ {command}\n{about['at']}  {machine}\nfakes3 {about['fakes3']}, Python {about['python']}, {packages}\n"


def table(benchmarks: Sequence[Benchmark], rows: Rows) -> str:
    """The rows, aligned, and what there is to say of some."""
    return "\n".join([aligned(_lines(benchmarks, rows)), "", LEGEND, *_notes(benchmarks, rows)])


def _lines(benchmarks: Iterable[Benchmark], rows: Rows) -> list[tuple[str, ...]]:
    return [COLUMNS, *(_cells(each, rows[each.name], rows) for each in benchmarks if each.name in rows)]


def _notes(benchmarks: Iterable[Benchmark], rows: Rows) -> list[str]:
    return [f"{each.label}: {note}." for each in benchmarks if each.name in rows for note in rows[each.name].notes]


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells, the first of them the heading."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    text = [_aligned(line, widths) for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(text)


def as_json(benchmarks: Sequence[Benchmark], rows: Rows) -> dict[str, Any]:
    """The same as values."""
    return {
        "rows": {
            each.name: {
                "label": each.label,
                "unit": each.unit,
                "figures": rows[each.name].figures,
                "cost": {name: rows[each.name].cost(name) for name in ("fakes3", "moto")},
                "ratio": rows[each.name].ratio,
                "targets": {target.text: _verdict(target, rows) for target in each.targets},
                "notes": rows[each.name].notes,
            }
            for each in benchmarks
            if each.name in rows
        },
        "printed": [_lines(benchmarks, rows)],
        "legend": LEGEND,
        "notes": _notes(benchmarks, rows),
    }


def _cells(benchmark: Benchmark, row: Row, rows: Rows) -> tuple[str, ...]:
    figures = [shown(row.figures.get(name), benchmark.unit) for name in ("floor", "fakes3", "moto")]
    costs = [shown(row.cost(name), benchmark.unit) for name in ("fakes3", "moto")]
    ratio = "-" if row.ratio is None else f"{row.ratio:.1f}" if row.ratio < 100 else f"{row.ratio:.0f}"
    targets = ", ".join(f"{target.text} {_verdict(target, rows)}" for target in benchmark.targets)
    return (benchmark.label, *figures, *costs, ratio, targets or "-")


def _verdict(target: Target, rows: Rows) -> str:
    try:
        return "met" if target.holds(rows) else "MISSED"
    except KeyError:
        return "not measured"


def shown(value: float | None, unit: str) -> str:
    """Return a figure in the unit in which it is read best."""
    if value is None:
        return "-"
    if unit == "B":
        return f"{value:,.0f} B"
    if unit in {"x", "copies"}:
        return f"{value:.2f} {unit}"
    for scale, name in ((1e-6, "us"), (1e-3, "ms")):
        if abs(value) < 1000 * scale:
            amount = value / scale
            return f"{amount:.1f} {name}" if abs(amount) < 100 else f"{amount:.0f} {name}"
    return f"{value:.2f} s"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle, last = line
    cells = [
        first.ljust(widths[0]),
        *(cell.rjust(width) for cell, width in zip(middle, widths[1:], strict=False)),
        last,
    ]
    return "  ".join(cells)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.0f} GiB"
    except (AttributeError, OSError, ValueError):
        return "memory unknown"


def _commit() -> str:
    """The commit that is checked out, and whether there is more to it."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return _version("fakes3")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
