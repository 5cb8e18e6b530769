"""Fetch the source distribution of a project, make an environment for it, and run its tests in a copy."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .compare import Outcome, read_outcomes
from .edits import apply_edit, apply_renaming
from .projects import Project

ROOT = Path(__file__).parents[2]
UV = (sys.executable, "-m", "uv")
STAMP = "made-of"
"""The file that says which requirements an environment was made of."""
SECONDS = 1_200  # for one command; the longest suite takes a quarter of it


def run(*command: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
    """Run a command that has to succeed."""
    subprocess.run(command, cwd=folder, env=environment, check=True, stdin=subprocess.DEVNULL, timeout=SECONDS)


def fetch_source(project: Project, cache: Path) -> Path:
    """Return the source distribution, downloaded if it is not there."""
    folder = cache / "sources" / f"{project.name}-{project.version}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=cache) as coming:
            options = ("--quiet", "--no-binary", ":all:", "--no-deps", "--dest", coming)
            run(sys.executable, "-m", "pip", "download", *options, f"{project.name}=={project.version}")
            folder.parent.mkdir(exist_ok=True)
            Path(coming).rename(folder)
            Path(coming).mkdir()  # which the context manager removes
    (archive,) = folder.glob("*.tar.gz")
    return archive


def make_environment(project: Project, cache: Path) -> Path:
    """Return the Python of the project's environment, made if its requirements are others than they were."""
    folder = cache / "environments" / project.name
    python = folder / "bin" / "python"
    requirements = (f"{project.requirement}=={project.version}", *project.requirements.split())
    made_of = "\n".join((sys.version, *requirements))
    stamp = folder / STAMP
    if not stamp.is_file() or stamp.read_text() != made_of:
        run(*UV, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        # fakes3 needs werkzeug, and its plugin pytest.
        run(*UV, "pip", "install", "--quiet", "--python", str(python), "pytest", "werkzeug", *requirements)
        stamp.write_text(made_of)
    return python


def build_wheel(folder: Path) -> Path:
    """Build fakes3 from this checkout, and return the wheel."""
    run(*UV, "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def install_wheel(python: Path, wheel: Path) -> None:
    """Install this fakes3 in the place of an earlier one."""
    run(*UV, "pip", "install", "--quiet", "--python", str(python), "--no-deps", "--reinstall", str(wheel))


def unpack(archive: Path, folder: Path, project: Project) -> Path:
    """Unpack a source distribution, make it fit to run, and return its top folder."""
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    for name, text in project.lacks.items():
        (top / name).write_text(text, encoding="utf-8")
    for edit in project.before:
        apply_edit(top, edit)
    return top


def change(top: Path, project: Project) -> None:
    """Make the changes of a user who comes from moto."""
    for edit in project.edits:
        apply_edit(top, edit)
    for renaming in project.buckets:
        apply_renaming(top, renaming)


def variables(python: Path) -> dict[str, str]:
    """Return the environment of a test run: that of this process, without what would lead it elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "TOX_", "COV"))}
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {"PATH": path, "AWS_EC2_METADATA_DISABLED": "true", "VIRTUAL_ENV": str(python.parents[1])}


def run_tests(python: Path, top: Path, project: Project, options: Sequence[str] = ()) -> dict[str, Outcome]:
    """Run the project's tests there, in its own order, and return what became of each."""
    report = top / "junit.xml"
    settings = ("-p", "no:randomly", "-p", "no:cacheprovider", "-q", "--no-header", "--tb=long", "--show-capture=no")
    command = (str(python), "-m", "pytest", *settings, f"--junit-xml={report}", *options, *project.arguments.split())
    with (top / "output.txt").open("w") as output:
        subprocess.run(
            command,
            cwd=top / project.folder,
            env={**variables(python), **project.variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    if not report.is_file():
        raise RuntimeError(f"{project.name}: there is no report.\n{(top / 'output.txt').read_text()[-3_000:]}")
    return read_outcomes(report.read_text(encoding="utf-8"))
