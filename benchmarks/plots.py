"""The plots of a report, as SVG. The same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

Figures = Mapping[str, Any]

COLOURS = {"floor": "#9aa0a6", "fakes3": "#1b6ca8", "as it comes": "#58b09c", "moto": "#d1603d", "gofakes3": "#8d6a9f"}
OPERATIONS = {"put": "put 1 KiB", "get": "get 1 KiB", "head": "head 1 KiB"}
_STYLE = {
    "svg.hashsalt": "fakes3",
    "svg.fonttype": "none",  # text stays text, which is a tenth of its outlines
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.alpha": 0.3,
    "axes.axisbelow": True,
}


def draw(folder: Path, figures: Figures) -> dict[str, list[str]]:
    """Draw what there are figures of, and return the names of the plots of each part."""
    pyplot = import_pyplot()
    drawn: dict[str, list[str]] = {part: [] for part in figures}
    with pyplot.rc_context(_STYLE):
        for part, name, figure in _plots(pyplot, figures):
            figure.savefig(folder / name, format="svg", metadata={"Date": None}, bbox_inches="tight")
            pyplot.close(figure)
            drawn[part].append(name)
    return drawn


def import_pyplot() -> Any:
    """Return what draws. Raises: SystemExit, where it is not installed."""
    try:
        import_module("matplotlib").use("svg")
    except ImportError:
        raise SystemExit("The plots need matplotlib: pip install -e '.[benchmarks]'") from None
    return import_module("matplotlib.pyplot")


def _plots(pyplot: Any, figures: Figures) -> Iterator[tuple[str, str, Any]]:
    """Yield each plot, after the name of its part and of its file."""
    if "calls" in figures:
        rows = figures["calls"]["rows"]
        if whole := _whole_calls(rows):
            yield "calls", "calls.svg", _bars(pyplot, whole, "us", "whole call, us")
        if suites := _suites(rows):
            yield "calls", "suites.svg", _bars(pyplot, suites, "s", "a suite, s of the processor")
    if "growth" in figures:
        families: dict[str, list[Figures]] = {}
        for row in figures["growth"]["rows"].values():
            families.setdefault(row["family"], []).append(row)
        for family, curves in families.items():
            yield "growth", f"growth-{family}.svg", _curves(pyplot, curves)
    if "server" in figures:
        requests = _small_requests(figures["server"]["rows"])
        yield (
            "server",
            "server.svg",
            _bars(pyplot, requests, "/s", "requests per second of the server's processor time"),
        )


Groups = Mapping[str, Mapping[str, float]]
"""Bars by what is measured, and by whom."""


def _whole_calls(rows: Figures) -> Groups:
    """Return the microseconds of the small calls."""
    found: dict[str, dict[str, float]] = {}
    for name, label in OPERATIONS.items():
        sent, direct = rows.get(f"{name}-1k"), rows.get(f"direct-{name}-1k")
        if sent and direct:
            sides = {"floor": sent, "as it comes": direct, "fakes3": sent, "moto": sent}
            figures = {side: row["figures"].get("fakes3" if row is direct else side) for side, row in sides.items()}
            found[label] = {side: 1e6 * figure for side, figure in figures.items() if figure is not None}
    return found


def _suites(rows: Figures) -> Groups:
    """Return the seconds of whole suites."""
    return {row["label"]: row["figures"] for name, row in rows.items() if name.startswith("suite") and row["figures"]}


def _small_requests(rows: Figures) -> Groups:
    """Return the small requests that servers answer."""
    return {row["label"]: row["medians"] for name, row in rows.items() if name.endswith("-1k-cpu")}


def _bars(pyplot: Any, groups: Groups, unit: str, label: str) -> Any:
    """Return a plot of groups of bars."""
    figure, axes = pyplot.subplots(figsize=(7, 3))
    sides = [side for side in COLOURS if any(side in group for group in groups.values())]
    width = 0.8 / len(sides)
    for at, side in enumerate(sides):
        places = [
            place + (at - (len(sides) - 1) / 2) * width for place, group in enumerate(groups.values()) if side in group
        ]
        heights = [group[side] for group in groups.values() if side in group]
        bars = axes.bar(places, heights, width, label=side, color=COLOURS[side])
        axes.bar_label(bars, [_number(height, unit) for height in heights], fontsize=7, padding=1)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_ylabel(label)
    axes.legend(frameon=False, ncols=len(sides), loc="upper center", bbox_to_anchor=(0.5, 1.18))
    return figure


def _number(value: float, unit: str) -> str:
    return f"{value:.1f}" if unit == "s" and value < 100 else f"{value:,.0f}"


def _curves(pyplot: Any, rows: Sequence[Figures]) -> Any:
    """Return a plot of curves over sizes of one thing, with logarithmic axes."""
    figure, axes = pyplot.subplots(figsize=(5, 3.2))
    for row in rows:
        sizes, seconds = zip(*((int(size), each) for size, each in row["seconds"].items()), strict=True)
        label = f"{row['exponent']:5.2f}  {row['label']}"
        axes.loglog(sizes, seconds, marker="o", markersize=3, linewidth=1.2, label=label)
    axes.minorticks_off()
    axes.set_xlabel(rows[0]["by"])
    axes.set_ylabel("s")
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), title="exponent")
    return figure
