"""What the parts of a fake do while another process holds its state: they ask for the news before they tell anything.

While the state is lent, the very objects that a test has, and that doors and clients have, are of the classes here.
Nobody has to be given others, and they cost nothing at other times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from fakes3.model.clock import Clock
from fakes3.model.errors import UsageError
from fakes3.model.identity import AccessKey
from fakes3.model.world import World
from fakes3.operations.current_world import CurrentWorld
from fakes3.operations.fault import Effect, Fault
from fakes3.operations.faults import Asked, Faults
from fakes3.operations.notifications import Delivery, Handler, Notifier
from fakes3.operations.service import Recorded, Service
from fakes3.testing.holder import Ask, FaultStates, clock_state, set_clock

if TYPE_CHECKING:
    from fakes3.testing.lending import Loan

_ASKED: Final = ("Bucket", "Key")
"""The members of a request that decide which faults it meets."""


class LentWorld(CurrentWorld):
    """The current world, which another process has too."""

    def __init__(self, loan: Loan) -> None:
        self.loan = loan

    def get(self) -> World:
        """Return the current world."""
        self.loan.ask()
        return self.loan.world

    def replace(self, before: World, after: World) -> bool:
        """Let `after` be the current world if `before` still is; return whether it became so."""
        return self.loan.ask(change=(before, after)).is_done


class LentKeys(dict[str, AccessKey]):
    """The access keys, which the other process is to know too: of all that a dictionary can do, what fakes3 does."""

    loan: Loan

    @classmethod
    def of(cls, keys: dict[str, AccessKey], loan: Loan) -> LentKeys:
        """Return the same keys."""
        made = cls(keys)
        made.loan = loan
        made._tell()
        return made

    def __setitem__(self, name: str, key: AccessKey) -> None:
        super().__setitem__(name, key)
        self._tell()

    def setdefault(self, name: str, key: Any = None) -> AccessKey:
        """Return the key of this name, which is the given one where there was none."""
        found = super().setdefault(name, key)
        self._tell()
        return found

    def update(self, *others: Any, **named: Any) -> None:
        """Add keys."""
        super().update(*others, **named)
        self._tell()

    def clear(self) -> None:
        """Forget all keys."""
        super().clear()
        self._tell()

    def _tell(self) -> None:
        self.loan.ask(Ask(access_keys=dict(self)))


class LentClock(Clock):
    """The clock, which a request to the other process may move."""

    loan: Loan

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        self.loan.ask()
        return super().now()

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        self.loan.ask()
        return super().is_frozen

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop the clock."""
        _change(self, self.loan, lambda clock: clock.freeze(at))

    def thaw(self) -> None:
        """Let a frozen clock run again."""
        _change(self, self.loan, lambda clock: clock.thaw())

    def advance(
        self,
        by: timedelta | None = None,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Move the clock forward."""
        _change(
            self,
            self.loan,
            lambda clock: clock.advance(by, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds),
        )

    def pass_time(self, seconds: float) -> None:
        """Let time pass without waiting."""
        _change(self, self.loan, lambda clock: clock.pass_time(seconds))

    def copy(self) -> Clock:
        """Return another clock that shows the same time, of this process alone."""
        self.loan.ask()
        return super().copy()

    def show_time_of(self, other: Clock) -> None:
        """Show the same time as another clock from now on."""
        _change(self, self.loan, lambda clock: clock.show_time_of(other))


def _change(clock: Clock, loan: Loan, change: Callable[[Clock], None]) -> None:
    """Change a clock, which requests to the other process may move meanwhile."""
    while True:
        loan.ask()
        before, changed = clock_state(clock), Clock()
        set_clock(changed, before)
        change(changed)
        if loan.ask(Ask(clock=(before, clock_state(changed)))).is_done:
            set_clock(clock, clock_state(changed))
            return


class LentFault(Fault):
    """A fault that happens in the other process too."""

    loan: Loan

    @property
    def happened(self) -> int:  # type: ignore[override]
        """How often it has happened."""
        self.loan.ask()
        return self.__dict__["happened"]  # type: ignore[no-any-return]


class LentFaults(Faults):
    """The faults, which the other process counts."""

    loan: Loan

    def append(self, fault: Fault) -> None:
        """Let a fault happen from now on."""
        check_fault(fault)
        self.loan.know(fault)
        self.loan.ask(Ask(added=fault.facts))

    def remove(self, fault: Fault) -> None:
        """Let a fault happen no more."""
        self.loan.ask(Ask(removed=fault.facts.name))

    def clear(self) -> None:
        """Remove all faults."""
        self.loan.ask(Ask(faults=()))

    def keep(self) -> Callable[[], None]:
        """Return what puts the faults back as they are now, with how often each has matched and happened."""
        states = self.loan.ask(Ask(counts=True)).counts

        def put_back() -> None:
            self.loan.ask(Ask(faults=states))

        return put_back

    def choose(self, asked: Asked) -> list[Effect]:
        """Return what goes wrong with a call, in the order in which the faults were added."""
        known = {name: asked.parameters.get(name) for name in _ASKED}
        return list(self.loan.ask(Ask(asked=asked._replace(parameters=known))).effects)

    def __len__(self) -> int:
        self.loan.ask()
        return super().__len__()

    def __iter__(self) -> Iterator[Fault]:
        self.loan.ask()
        return super().__iter__()


class LentNotifier(Notifier):
    """Tells of what happened in the other process before it shows what was told, and before others are to be told."""

    loan: Loan

    @property
    def handlers(self) -> list[Handler]:  # type: ignore[override]
        """Who is told."""
        self.loan.ask()
        return self.__dict__["handlers"]  # type: ignore[no-any-return]

    @property
    def deliveries(self) -> deque[Delivery]:  # type: ignore[override]
        """What was sent."""
        self.loan.ask()
        return self.__dict__["deliveries"]  # type: ignore[no-any-return]


class LentService(Service):
    """A service whose state another process holds."""

    loan: Loan

    @property
    def calls(self) -> deque[Recorded]:  # type: ignore[override]
        """The calls that either process answered."""
        self.loan.ask()
        return self.__dict__["calls"]  # type: ignore[no-any-return]


def check_fault(fault: Fault) -> None:
    """Refuse a fault that asks a function. Raises: UsageError."""
    if fault.when is not None:
        raise UsageError(
            "A fault with when= asks a function of this process, which cannot run while a client holds the lock of the "
            "interpreter. While s3.server(process=True) runs, tell the calls apart by on=, bucket=, key=, after= and "
            "times=, and leave out when=."
        )


def _parts(service: Service) -> tuple[tuple[Any, type, type], ...]:
    """Return the parts of a service that are of another class while its state is lent."""
    return (
        (service.clock, Clock, LentClock),
        (service.faults, Faults, LentFaults),
        (service.notifier, Notifier, LentNotifier),
        (service, Service, LentService),
    )


def send_away(service: Service, loan: Loan) -> None:
    """Let all that reads or changes the state of a service go by way of a loan."""
    for fault in service.faults:
        loan.know(fault)
    known = loan.world
    before, service._current = service._current, LentWorld(loan)
    service.access_keys = LentKeys.of(service.access_keys, loan)
    for part, _, lent in _parts(service):
        part.loan = loan
        part.__class__ = lent
    late = before.get()
    if late is not known:  # another thread was in the middle of a request
        service.change_world(lambda _: late)


def bring_home(service: Service, loan: Loan, states: FaultStates | None) -> None:
    """Give a service its state back, with how often faults have matched if that is known."""
    for part, own, _ in _parts(service):
        part.__class__ = own  # the loan stays, for a thread that is in the middle of something
    service._current = CurrentWorld(loan.world)
    service.access_keys = dict(service.access_keys)
    loan.forget_faults()
    for facts, counts in states or ():
        loan.faults[facts.name].set_counts(counts)
