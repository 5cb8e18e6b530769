"""What became of each test on moto and with fakes3, and whether that is good enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple
from xml.etree import ElementTree

GREEN_SHARE = 0.97
"""Of the tests that are green on moto, how many are to be green with fakes3."""

RED = ("failure", "error")


class Outcome(NamedTuple):
    """What became of one test: "green", "red" or "skipped", and what its report says."""

    kind: str
    report: str = ""


class Refused(NamedTuple):
    """Tests of something that S3 refuses and moto lets pass."""

    tests: str
    """A pattern of `fnmatch` for their names."""
    says: str
    """What the report of each has, for the user to read: the way out."""
    reason: str
    """What S3 refuses, with the page that says so."""

    def explains(self, test: str, outcome: Outcome) -> bool:
        """Whether this is why the test is red."""
        return fnmatchcase(test, self.tests) and self.says in outcome.report


class Compared(NamedTuple):
    """One suite on moto and with fakes3. Tests that moto fails or that are skipped there count for nothing."""

    name: str
    tests: int
    on_moto: int
    here: int
    red: Mapping[str, str]
    """The reason of each test that is red here alone; "" where there is none."""

    @property
    def share(self) -> float:
        return self.here / self.on_moto if self.on_moto else 0.0


def read_outcomes(report: str) -> dict[str, Outcome]:
    """Return the outcome of each test in a JUnit report of pytest.

    A test that passes and whose teardown fails is there twice, and red.
    """
    found: dict[str, Outcome] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        red = [each for each in case if each.tag in RED]
        if red:
            found[name] = Outcome("red", "\n".join(f"{each.get('message')}\n{each.text}" for each in red))
        elif name not in found:
            found[name] = Outcome("skipped" if case.find("skipped") is not None else "green")
    return found


def compare(
    name: str, moto: Mapping[str, Outcome], here: Mapping[str, Outcome], refused: Sequence[Refused] = ()
) -> Compared:
    """Compare test by test what is green on moto. A test that is missing or skipped here is not green."""
    green = [test for test, outcome in moto.items() if outcome.kind == "green"]
    outcomes = {test: here.get(test, Outcome("missing")) for test in green}
    red = {
        test: next((each.reason for each in refused if each.explains(test, outcome)), "")
        for test, outcome in outcomes.items()
        if outcome.kind != "green"
    }
    return Compared(name, len(moto), len(green), len(green) - len(red), red)


def add_up(suites: Iterable[Compared]) -> Compared:
    """Return all of them as one."""
    suites = list(suites)
    red = {f"{each.name}: {test}": reason for each in suites for test, reason in each.red.items()}
    tests, on_moto, here = (sum(figures) for figures in zip(*(each[1:4] for each in suites), strict=True))
    return Compared("all together", tests, on_moto, here, red)


def find_faults(suite: Compared) -> list[str]:
    """Return what is not good enough, one sentence for each."""
    faults = [f"{suite.name}: nobody knows why {test} is red." for test, reason in suite.red.items() if not reason]
    if not suite.on_moto:
        faults.append(f"{suite.name}: no test is green on moto.")
    elif suite.share < GREEN_SHARE:
        faults.append(f"{suite.name}: {suite.share:.1%} of what is green on moto is green here, not {GREEN_SHARE:.0%}.")
    return faults


def draw_table(suites: Iterable[tuple[Compared, int]]) -> str:
    """Return a table in Markdown of suites and of how many lines were changed in each, and a list of what is red."""
    rows = ["| project | lines changed | tests | green on moto | green here |", "|---|---|---|---|---|"]
    suites = list(suites)
    total = add_up(suite for suite, _ in suites)
    for suite, lines in (*suites, (total, sum(lines for _, lines in suites))):
        rows.append(f"| {suite.name} | {lines} | {suite.tests} | {suite.on_moto} | {suite.here} ({suite.share:.1%}) |")
    return "\n".join([*rows, "", *(f"- {test}: {reason or 'NOBODY KNOWS WHY'}" for test, reason in total.red.items())])
