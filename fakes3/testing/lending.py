"""`s3.server(process=True)`: the state of a fake is lent to a child process, which serves it.

A client that sends from compiled code may hold the lock of the interpreter while it waits, and then nothing in its
process can answer. So another process answers it. That one has the state: the world, the clock, the faults with what
they count, and the access keys. Everything else stays here, and works as ever: doors, views, handlers, mocks of other
services. Whatever here reads the state asks for the news first, and whatever changes it tells so (`lent.py`). The
other process never asks, since nobody here might answer.

A commit is told as what changed, and counts only if both still had the same world, as between two threads.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import get_ident
from typing import IO, Any
from weakref import WeakKeyDictionary

from fakes3.model.deltas import apply_delta, delta_of, receive, send
from fakes3.model.errors import UsageError
from fakes3.model.events import Event
from fakes3.model.world import World
from fakes3.operations.fault import Facts, Fault
from fakes3.operations.notifications import logging_faults
from fakes3.operations.service import Service
from fakes3.testing.holder import NEWS, Ask, FaultStates, News, Refused, Start, clock_state, fault_states, set_clock
from fakes3.testing.hosts import read_hosts
from fakes3.testing.lent import LentFault, LentService, bring_home, check_fault, send_away
from fakes3.testing.servers import ServerUrl

_PATIENCE = 10
"""How many seconds a process has to end in."""

_COMMAND = "import sys; sys.path[:] = sys.argv[1:]; from fakes3.testing.holder import main; main()"


class Loan:
    """What this process and the one that holds the state say to each other.

    One thread says it. So nothing that interrupts a test leaves a question without its answer, or an answer unread.

    Args:
        service: The service whose state is lent.
        process: The process that holds it.
        world: The world that both have.
    """

    def __init__(self, service: Service, process: subprocess.Popen[bytes], world: World) -> None:
        self._service = service
        self._process = process
        self._thread = ThreadPoolExecutor(1, "fakes3-loan", initializer=self._note_thread)
        self._thread_id = 0
        self._untold: deque[Sequence[Event]] = deque()
        self._telling: set[int] = set()
        self.faults: dict[str, Fault] = {}
        """Every fault that there was, by its name."""
        self.world = world
        """The world that both have."""
        self.is_over = False
        """Whether the state is back. A thread in the middle of a request may not have noticed."""

    def ask(self, ask: Ask = NEWS, change: tuple[World, World] | None = None) -> News:
        """Return the news; tell of what happened.

        Args:
            ask: What else is wanted.
            change: A world, and what it is to become if it is still the one that both have.

        Raises: RuntimeError, where the other process is gone.
        """
        news = self.ask_quietly(ask, change)
        self.tell()
        return news

    def ask_quietly(self, ask: Ask, change: tuple[World, World] | None = None) -> News:
        """Return the news. Raises: RuntimeError, where the other process is gone."""
        if get_ident() == self._thread_id:
            raise UsageError(
                "A finalizer used S3 while news came from the process of s3.server(process=True), and cannot have any "
                "itself. Close what it finalizes before."
            )
        try:
            exchange = self._thread.submit(self._exchange, ask._replace(time=time.time()), change)
        except RuntimeError:  # closed
            return _no_news(change)
        return exchange.result()

    def tell(self) -> None:
        """Tell of what happened in the other process. As at any server, what a handler raises is logged.

        What happens while a handler is at work is told after it.
        """
        thread = get_ident()
        if thread in self._telling:
            return
        self._telling.add(thread)
        try:
            logging_faults(self._tell_all)
        finally:
            self._telling.discard(thread)

    def _tell_all(self) -> None:
        while self._untold:
            self._service.notifier.tell(self._untold.popleft())

    def know(self, fault: Fault) -> None:
        """Let a fault of this process be one that the other process counts."""
        self.faults[fault.facts.name] = fault
        fault.__dict__["loan"] = self
        fault.__class__ = LentFault

    def forget_faults(self) -> None:
        """Let all faults be those of this process alone again."""
        for fault in self.faults.values():
            fault.__class__ = Fault

    def begin(self, start: Start) -> ServerUrl:
        """Return the URL of the server. Raises: UsageError, where it could not start."""
        try:
            send(_of(self._process.stdin), start)
            answer: ServerUrl | Refused = receive(_of(self._process.stdout))
        except (EOFError, OSError) as error:
            raise UsageError(
                "The process of s3.server(process=True) ended before it served anything; it wrote why to standard "
                "error. Where no process can be started, run `fakes3 serve` elsewhere, and let the client use its URL."
            ) from error
        if isinstance(answer, Refused):
            raise UsageError(answer.why)
        return answer

    def take_back(self) -> FaultStates:
        """Let the server stop, and return how often the faults have matched. The rest of the state is back then."""
        return self.ask_quietly(Ask(counts=True, is_last=True)).counts

    def close(self) -> None:
        """Say nothing more, and let the other process end."""
        self._thread.shutdown()
        _end(self._process)

    def leave(self) -> None:
        """Have no part in the loan, in a process that was forked."""
        self._thread.shutdown(wait=False)
        self._process.returncode = 0  # it is no child of this process
        nothing = os.open(os.devnull, os.O_RDWR)
        for pipe in (self._process.stdin, self._process.stdout):
            os.dup2(nothing, _of(pipe).fileno(), inheritable=False)  # to close it might send what is buffered
        os.close(nothing)

    def _note_thread(self) -> None:
        self._thread_id = get_ident()

    def _exchange(self, ask: Ask, change: tuple[World, World] | None) -> News:
        if self.is_over:
            return _no_news(change)
        is_late = change is not None and change[0] is not self.world
        wanted = self.world if change is None or is_late else change[1]
        try:
            send(_of(self._process.stdin), ask._replace(world=delta_of(self.world, wanted)))
            news: News = receive(_of(self._process.stdout))
        except (EOFError, OSError, ValueError) as error:
            raise RuntimeError(
                f"The process of s3.server(process=True) is gone ({type(error).__name__}), and with it what it did "
                "since the test last looked. Leave the block of the server: then the fake has what it last saw."
            ) from error
        self.is_over = ask.is_last
        self._take(news, wanted if news.is_done else self.world)
        return news._replace(is_done=False) if is_late else news

    def _take(self, news: News, before: World) -> None:
        service = self._service
        self.world = world = apply_delta(before, news.world)
        service.has_logs |= world.background.logs is not None
        set_clock(service.clock, news.clock)
        if news.faults is not None:
            service.faults._faults = tuple(self._find_fault(*each) for each in news.faults)
        service.__dict__["calls"].extend(news.calls)
        if news.events:
            self._untold.append(news.events)

    def _find_fault(self, facts: Facts, happened: int) -> Fault:
        """Return a fault, which may have been added by the admin API of the server."""
        if facts.name not in self.faults:
            self.know(self._service.faults.adopt(facts))
        fault = self.faults[facts.name]
        fault.__dict__["happened"] = happened
        return fault


def _no_news(change: object) -> News:
    """Return what is new once the state is back. A change of the world is tried again on the one that is here."""
    return News(change is None, None, (None, timedelta()), None, (), ())


@contextmanager
def lent(service: Service, *, port: int, tls: bool, proxy: bool, passthrough: Iterable[str]) -> Iterator[ServerUrl]:
    """Let another process hold the state of a service and serve it, and give the URL.

    Raises: UsageError; RuntimeError at the end, where that process is gone.
    """
    if isinstance(service, LentService):
        raise UsageError(
            "s3.server(process=True) runs already, and the state of a fake is in one process. Let all clients use that "
            "server, or leave out process=True."
        )
    hosts = read_hosts("s3.server(passthrough=...)", passthrough)
    for fault in service.faults:
        check_fault(fault)
    world = service.world
    states = clock_state(service.clock), service.access_keys, fault_states(service)
    loan = Loan(service, _start_process(), world)
    try:
        url = loan.begin(Start(service.settings, world, *states, port, tls, proxy, hosts))
    except BaseException:
        loan.close()
        raise
    counts = None
    _LOANS[loan] = service
    try:
        send_away(service, loan)
        yield url
    except BaseException:
        with suppress(RuntimeError):  # it is gone, and there is another reason to leave
            counts = loan.take_back()
        raise
    else:
        counts = loan.take_back()
    finally:
        loan.close()
        if _LOANS.pop(loan, None):
            bring_home(service, loan, counts)
        loan.tell()


_LOANS: WeakKeyDictionary[Loan, Service] = WeakKeyDictionary()


def _ask_before_fork() -> None:
    for loan in list(_LOANS):
        with suppress(RuntimeError):
            loan.ask()


def _leave_after_fork() -> None:
    """Let a forked process have its own copy of each fake, as it has of all others."""
    for loan, service in list(_LOANS.items()):
        loan.leave()
        bring_home(service, loan, None)
    _LOANS.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_ask_before_fork, after_in_child=_leave_after_fork)


def _start_process() -> subprocess.Popen[bytes]:
    """Start a process that finds the same modules as this one. It ends when its standard input does."""
    if not sys.executable:
        raise UsageError(
            "s3.server(process=True) starts another process, and this one does not tell where its Python is. Run "
            "`fakes3 serve`, and let the client use its URL."
        )
    path = [entry or str(Path.cwd()) for entry in sys.path]
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _COMMAND, *path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # there may be nobody left to hear what is unsaid
            _of(pipe).close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _of(pipe: IO[bytes] | None) -> Any:
    """Return a pipe of a process, which has both."""
    assert pipe is not None
    return pipe
