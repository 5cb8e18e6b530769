"""Run the tests of S3 that other projects have, on moto and with fakes3 in its place.

    python -m tests.migration FOLDER [NAME ...]

FOLDER, outside the repository, keeps source distributions and environments. Without names, every project is run. The
exit status is 0 unless something that is green on moto is red here and S3 does not refuse it, or too much is red.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from .compare import Compared, add_up, compare, draw_table, find_faults
from .edits import rename_test
from .projects import PROJECTS, Project
from .suites import build_wheel, change, fetch_source, install_wheel, make_environment, run_tests, unpack


def run_project(project: Project, cache: Path, wheel: Path) -> Compared:
    """Run the tests of a project on moto, then with fakes3, and compare them."""
    archive = fetch_source(project, cache)
    python = make_environment(project, cache)
    install_wheel(python, wheel)
    with tempfile.TemporaryDirectory() as folder:
        moto = run_tests(python, unpack(archive, Path(folder, "moto"), project), project, ("-p", "no:fakes3"))
        changed = unpack(archive, Path(folder, "fakes3"), project)
        change(changed, project)
        renamed = {rename_test(test, project.buckets): outcome for test, outcome in moto.items()}
        return compare(project.name, renamed, run_tests(python, changed, project), project.refused)


def main() -> int:
    """Run what is asked for and print the table; return the exit status."""
    names = [project.name for project in PROJECTS]
    parser = argparse.ArgumentParser(prog="python -m tests.migration", description="Run the suites of other projects.")
    parser.add_argument("folder", type=Path, help="keeps what is downloaded and installed, outside the repository")
    parser.add_argument("names", metavar="NAME", nargs="*", choices=[[], *names], help=", ".join(names))
    options = parser.parse_args()
    chosen = [project for project in PROJECTS if not options.names or project.name in options.names]
    suites = []
    cache = options.folder.absolute()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as building:
        wheel = build_wheel(Path(building))
        for project in chosen:
            began = time.monotonic()
            suites.append((run_project(project, cache, wheel), project.count_lines()))
            print(f"{project.name} {project.version} took {time.monotonic() - began:.0f} s", flush=True)
    print(draw_table(suites))
    if left := [name for name in names if name not in {project.name for project in chosen}]:
        print(f"Left out: {', '.join(left)}.")
    compared = [suite for suite, _ in suites]
    faults = [fault for suite in (*compared, add_up(compared)) for fault in find_faults(suite)]
    print(*faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
