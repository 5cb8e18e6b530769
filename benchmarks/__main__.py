"""`python -m benchmarks`: what fakes3 costs, beside a floor and moto, in one run; or its server, beside others."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.contenders import contenders
from benchmarks.table import BENCHMARKS, Field, Row


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures to this file too")
    names = [each.name for each in BENCHMARKS]
    parser.add_argument("--only", metavar="NAME", action="append", choices=names, help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and without the slowest benchmarks")
    parser.add_argument("--server", action="store_true", help="measure the server, beside moto's and gofakes3")
    chosen = parser.parse_args(arguments)
    if chosen.server:
        if chosen.only:
            parser.error("--only chooses benchmarks in process, and --server has none. Leave out one of them.")
        measure_server(arguments, chosen)
        return

    wanted = [each for each in BENCHMARKS if each.name in chosen.only] if chosen.only else list(BENCHMARKS)
    if chosen.quick:
        wanted = [each for each in wanted if not each.slow]
    about = report.machine()
    runners = Field(*contenders(), quick=chosen.quick)
    rows: dict[str, Row] = {}
    for each in wanted:
        print(f"measuring: {each.label}", file=sys.stderr, flush=True)
        rows[each.name] = each.measure(runners)
    print(report.heading(about, shlex.join(["python", "-m", "benchmarks", *arguments])))
    print(report.table(wanted, rows))
    if chosen.json:
        chosen.json.write_text(json.dumps(report.as_json(wanted, rows, about), indent=2) + "\n")


def measure_server(arguments: list[str], chosen: argparse.Namespace) -> None:
    """Measure the server and print."""
    from benchmarks import server

    about = report.machine()
    lines, notes = server.measure(quick=chosen.quick)
    print(report.heading(about, shlex.join(["python", "-m", "benchmarks", *arguments])))
    print(server.table(lines, notes))
    if chosen.json:
        chosen.json.write_text(json.dumps(server.as_json(lines, notes, about), indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
