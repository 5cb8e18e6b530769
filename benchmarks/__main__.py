"""`python -m benchmarks`: what fakes3 costs, beside a floor and moto; how that grows; its server, beside others.

With `--results` all of it is measured, and a report is written.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from benchmarks import growth, report
from benchmarks.contenders import contenders
from benchmarks.results import PARTS, measure_parts, write
from benchmarks.rows import Field, Row
from benchmarks.table import BENCHMARKS

Measured = tuple[str, dict[str, Any]]
"""The tables as text, and all as values."""


def main(arguments: list[str]) -> None:
    """Measure and print, or write a report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures to this file too")
    names = [each.name for each in BENCHMARKS]
    parser.add_argument("--only", metavar="NAME", action="append", choices=names, help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and without the slowest benchmarks")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--growth", action="store_true", help="measure how costs grow, with the exponents that fit")
    kinds.add_argument("--server", action="store_true", help="measure the server, beside moto's and gofakes3")
    parser.add_argument("--keys", metavar="N", type=int, help="the largest bucket of --growth; 1e7 keys take 8 GB")
    parser.add_argument("--results", metavar="FOLDER", type=Path, help="measure all three, and write a report there")
    chosen = parser.parse_args(arguments)
    if chosen.only and (chosen.server or chosen.growth or chosen.results):
        parser.error("--only chooses lines of the first table. Leave out --growth, --server and --results.")
    part = "growth" if chosen.growth else "server" if chosen.server else "calls"
    if chosen.results:
        parts = [part] if chosen.growth or chosen.server else list(PARTS)
        options = [*(["--quick"] if chosen.quick else []), *(["--keys", str(chosen.keys)] if chosen.keys else [])]
        write(chosen.results, measure_parts(parts, options))
        return

    about = report.machine()
    text, values = {"calls": measure_calls, "growth": measure_growth, "server": measure_server}[part](chosen)
    print(report.heading(about, shlex.join(["python", "-m", "benchmarks", *arguments])))
    print(text)
    if chosen.json:
        chosen.json.write_text(json.dumps({"machine": about, **values}, indent=1) + "\n")


def measure_calls(chosen: argparse.Namespace) -> Measured:
    """Measure each line of the first table."""
    wanted = [each for each in BENCHMARKS if each.name in chosen.only] if chosen.only else list(BENCHMARKS)
    if chosen.quick:
        wanted = [each for each in wanted if not each.slow or chosen.only]
    runners = Field(*contenders(), quick=chosen.quick)
    rows: dict[str, Row] = {}
    for each in wanted:
        print(f"measuring: {each.label}", file=sys.stderr, flush=True)
        rows[each.name] = each.measure(runners)
    return report.table(wanted, rows), report.as_json(wanted, rows)


def measure_growth(chosen: argparse.Namespace) -> Measured:
    """Measure how costs grow."""
    found = growth.measure(most=chosen.keys or (10**5 if chosen.quick else 10**6), quick=chosen.quick)
    return growth.table(found), growth.as_json(found)


def measure_server(chosen: argparse.Namespace) -> Measured:
    """Measure the server."""
    from benchmarks import server  # Linux only

    lines, notes = server.measure(quick=chosen.quick)
    return server.table(lines, notes), server.as_json(lines, notes)


if __name__ == "__main__":
    main(sys.argv[1:])
