"""What came of a benchmark, and what should have come: one `Row` a line of the table, with its targets.

"Cost" is a contender's time less the floor's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.contenders import Contender, Fake, Floor, Moto

KIB, MIB, GIB = 1024, 1024**2, 1024**3
US, MS = 1e-6, 1e-3


@dataclass
class Row:
    """What came of one benchmark: seconds, or bytes, by contender. Who is absent was not measured."""

    figures: dict[str, float]
    costs: dict[str, float]
    """What is over the floor; the figure itself where there is no floor."""
    notes: tuple[str, ...] = ()
    """Why somebody was not measured, or was measured less."""

    @classmethod
    def of(cls, times: Mapping[str, list[float]], *notes: str) -> Row:
        """The medians of repeated measurements.

        A cost is the median of the differences to the floor's turn in the same round, so that slow drifts of the
        machine cancel out.
        """
        figures = {name: median(each) for name, each in times.items()}
        costs = dict(figures)
        if floors := times.get("floor"):
            costs = {
                name: median(mine - floor for mine, floor in zip(each, floors, strict=False))
                for name, each in times.items()
            }
        hurried = [
            f"{name} took too long for more than {len(each)} turns" for name, each in times.items() if len(each) < 3
        ]
        return cls(figures, costs, (*notes, *hurried))

    @classmethod
    def plain(cls, figures: dict[str, float], *notes: str) -> Row:
        """Figures that are costs themselves."""
        return cls(figures, figures, tuple(filter(None, notes)))

    def cost(self, name: str) -> float | None:
        """The cost of a contender, None where it was not measured."""
        return self.costs.get(name)

    @property
    def ratio(self) -> float | None:
        """How many times fakes3's cost moto's is; None where fakes3's is too small beside the noise to divide by."""
        ours, theirs = self.cost("fakes3"), self.cost("moto")
        return None if ours is None or theirs is None or ours <= 0 else theirs / ours


Rows = Mapping[str, Row]


@dataclass(frozen=True)
class Target:
    """What a figure should be. `holds` raises KeyError while a row it compares with has not been measured."""

    text: str
    holds: Callable[[Rows], bool]


@dataclass(frozen=True)
class Field:
    """Who runs, and how long."""

    floor: Floor
    fake: Fake
    moto: Moto
    quick: bool = False

    def everyone(self, *, moto: bool = True) -> list[Contender]:
        """The contenders, the floor first."""
        return [self.floor, self.fake, self.moto] if moto else [self.floor, self.fake]


@dataclass(frozen=True)
class Benchmark:
    """One line of the table."""

    name: str
    label: str
    measure: Callable[[Field], Row]
    targets: tuple[Target, ...] = ()
    unit: str = "s"
    slow: bool = False
    """Whether `--quick` leaves it out."""


# ---- The targets ----


def cost_at_most(name: str, limit: float, text: str) -> Target:
    """Return the target that the fake's cost has a bound."""
    return Target(f"<= {text}", lambda rows: _known(rows[name].cost("fakes3")) <= limit)


def cost_or_part(name: str, limit: float, text: str, percent: float) -> Target:
    """Return the target that the fake's cost has a bound: this, or on a slower machine a part of the floor."""

    def holds(rows: Rows) -> bool:
        bound = max(limit, rows[name].figures["floor"] * percent / 100)
        return _known(rows[name].cost("fakes3")) <= bound

    return Target(f"<= {text} or {percent:g}% of floor", holds)


def tenth_of_moto(name: str) -> Target:
    """Return the target that the fake's cost is at most a tenth of moto's."""
    return Target("<= moto/10", lambda rows: _known(rows[name].cost("fakes3")) <= _known(rows[name].cost("moto")) / 10)


def whole_at_most(name: str, times: float, other: str, text: str, *, side: str = "fakes3") -> Target:
    """Return the target that the whole call through the fake takes at most so many times another call of some side."""
    return Target(text, lambda rows: rows[name].figures["fakes3"] <= times * rows[other].figures[side])


def whole_or_times_faster(name: str, limit: float, text: str, times: float) -> Target:
    """Return the target that the whole call has a bound, or is so many times faster than the floor."""

    def holds(rows: Rows) -> bool:
        figures = rows[name].figures
        return figures["fakes3"] <= max(limit, figures["floor"] / times)

    return Target(f"whole <= {text} or floor/{times:g}", holds)


def times_faster(name: str, times: float) -> Target:
    """Return the target that all of it is so many times faster than the floor."""
    return Target(
        f"<= floor/{times:g}", lambda rows: times * rows[name].figures["fakes3"] <= rows[name].figures["floor"]
    )


def _known(cost: float | None) -> float:
    if cost is None:
        raise KeyError
    return cost


def small(name: str, limit: float, percent: float) -> tuple[Target, ...]:
    """Return what is asked of a small call."""
    return cost_or_part(name, limit * US, f"{limit:g} us", percent), tenth_of_moto(name)


def above_http(name: str, limit: float) -> tuple[Target, ...]:
    """Return what is asked of a small call that is answered above HTTP."""
    than_floor = whole_or_times_faster(name, limit * US, f"{limit:g} us", 6)
    return than_floor, whole_at_most(name, 1 / 15, name, "whole <= moto/15", side="moto")


def of_a_page(name: str) -> tuple[Target, ...]:
    """Return what is asked of a page of 1,000 keys."""
    return (cost_or_part(name, 2 * MS, "2 ms", 4),)
