"""Clients that record what they ask and are answered: in threads, in tasks that are cancelled, and in processes.

Run as a program, this is a client of a server: it reads the number of a client and the server's URL from its arguments
and a bucket, a seed and a number of calls from each line, and writes the events of that run.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from threading import Event as Gate
from threading import Semaphore
from typing import Any
from urllib.parse import urlsplit

from fakes3.operations.service import Service
from fakes3.wire.endpoint import handle
from fakes3.wire.message import Request

from .checker import UNKNOWN, Event
from .store import Program
from .wire import Got, Sent, Talk, make_bucket, talk

Send = Callable[[Sent], Got]
HOST = "s3.us-east-1.amazonaws.com"
ROOT = Path(__file__).parents[2]


def say(send: Send, speaking: Talk) -> Any:
    """Send the requests of a call; return its answer."""
    try:
        sent = next(speaking)
        while True:
            sent = speaking.send(send(sent))
    except StopIteration as over:
        return over.value


def record(send: Send, bucket: str, program: Program, client: int, calls: int) -> list[Event]:
    """Make the calls of a program; return them."""
    events = []
    for _ in range(calls):
        call = program.next_call()
        begin = time.monotonic_ns()
        answer = say(send, talk(bucket, call))
        events.append(Event(begin, time.monotonic_ns(), call, answer, client))
        program.note(call, answer)
    return events


# ---- Threads ----


def sender(service: Service) -> Send:
    """Return what sends requests to a service."""

    def send(sent: Sent) -> Got:
        headers = {**sent.headers, "content-length": str(len(sent.body))}
        response = handle(service, Request(sent.method, "https", HOST, sent.path, sent.query, headers, sent.body))
        return Got(response.status, response.headers, bytes(response.body))

    return send


def in_threads(service: Service, seed: int, versioning: str, *, clients: int = 4, calls: int = 8) -> list[Event]:
    """Return a history of threads, between which the interpreter changes as often as it can."""
    send, bucket = sender(service), f"bucket-{seed}"
    say(send, make_bucket(bucket, versioning))
    begun, go, usual = Semaphore(0), Gate(), sys.getswitchinterval()

    def work(client: int) -> list[Event]:
        program = Program(seed, client)
        begun.release()
        go.wait()
        return record(send, bucket, program, client, calls)

    with ThreadPoolExecutor(clients) as pool:
        running = []
        for client in range(clients):
            running.append(pool.submit(work, client))
            begun.acquire()  # under coverage a thread is lost that starts while the interpreter changes so often
        sys.setswitchinterval(1e-6)
        try:
            go.set()
            return [event for each in running for event in each.result()]
        finally:
            sys.setswitchinterval(usual)


# ---- Tasks ----


AsyncSend = Callable[[Sent], Awaitable[Got]]


@asynccontextmanager
async def by_httpx() -> AsyncIterator[AsyncSend]:
    """Give what sends requests with a client of httpx."""
    import httpx

    async with httpx.AsyncClient() as http:

        async def send(sent: Sent) -> Got:
            got = await http.request(sent.method, url_of(sent), headers=dict(sent.headers), content=sent.body)
            return Got(got.status_code, got.headers, got.content)

        yield send


@asynccontextmanager
async def by_aiobotocore() -> AsyncIterator[AsyncSend]:
    """Give what sends requests with the HTTP session of aiobotocore's clients."""
    from aiobotocore.httpsession import AIOHTTPSession
    from botocore.awsrequest import AWSRequest

    async with AIOHTTPSession() as session:

        async def send(sent: Sent) -> Got:
            request = AWSRequest(sent.method, url_of(sent), dict(sent.headers), sent.body)
            got = await session.send(request.prepare())
            return Got(got.status_code, got.headers, await got.content)

        yield send


SENDERS: dict[str, Callable[[], AbstractAsyncContextManager[AsyncSend]]] = {
    "httpx": by_httpx,
    "aiobotocore": by_aiobotocore,
}


def url_of(sent: Sent) -> str:
    return f"https://{HOST}{sent.path}" + (f"?{sent.query}" if sent.query else "")


async def in_tasks(send: AsyncSend, seed: int, versioning: str, *, clients: int = 4, calls: int = 8) -> list[Event]:
    """Return a history of tasks. Some are cancelled, and many bodies are large."""
    bucket = f"bucket-{seed}"
    events: list[Event] = []

    async def speak(speaking: Talk) -> Any:
        try:
            sent = next(speaking)
            while True:
                sent = speaking.send(await send(sent))
        except StopIteration as over:
            return over.value

    async def work(client: int) -> None:
        program = Program(seed, client, smallest=chance.choice([100, 300_000]))
        for _ in range(calls):
            call = program.next_call()
            begin = time.monotonic_ns()
            task = asyncio.ensure_future(speak(talk(bucket, call)))
            turns = chance.choice([None, None, chance.randrange(6), chance.randrange(60)])
            for _ in range(0 if turns is None else turns):
                await asyncio.sleep(0)
            if turns is not None:
                task.cancel()
            await asyncio.wait([task])
            answer = UNKNOWN if task.cancelled() else task.result()
            events.append(Event(begin, time.monotonic_ns(), call, answer, client))
            program.note(call, answer)

    chance = Random(seed)
    await speak(make_bucket(bucket, versioning))
    await asyncio.gather(*(work(client) for client in range(clients)))
    return events


# ---- Processes ----


@contextmanager
def server() -> Iterator[str]:
    """Run `fakes3 serve`; give its URL."""
    command = [sys.executable, "-m", "fakes3", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@contextmanager
def processes(url: str, clients: int = 3) -> Iterator[list[subprocess.Popen[str]]]:
    """Run clients of a server, each in a process of its own."""
    program = f"import sys; sys.path.append({str(ROOT)!r}); from tests.histories.clients import main; main()"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(client), url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for client in range(clients)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.communicate(timeout=60)  # which closes its input, and so ends it


def in_processes(
    url: str, started: Iterable[subprocess.Popen[str]], seed: int, versioning: str, *, calls: int = 10
) -> list[Event]:
    """Return a history of processes at a server."""
    bucket = f"bucket-{seed}"
    with connected(url) as send:
        say(send, make_bucket(bucket, versioning))
    for process in started:
        assert process.stdin is not None
        process.stdin.write(f"{bucket} {seed} {calls}\n")
        process.stdin.flush()
    events = []
    for process in started:
        assert process.stdout is not None
        for begin, end, call, answer, client in json.loads(process.stdout.readline()):
            events.append(Event(begin, end, tuple(call), _frozen(answer), client))
    return events


@contextmanager
def connected(url: str) -> Iterator[Send]:
    """Give what sends requests to a server, on one connection."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)

    def send(sent: Sent) -> Got:
        target = sent.path + (f"?{sent.query}" if sent.query else "")
        connection.request(sent.method, target, sent.body, dict(sent.headers))
        response = connection.getresponse()
        return Got(response.status, dict(response.headers), response.read())

    try:
        yield send
    finally:
        connection.close()


def _frozen(answer: Any) -> Any:
    return tuple(map(_frozen, answer)) if isinstance(answer, list) else answer


def main() -> None:
    """Be a client of a server."""
    client, url = int(sys.argv[1]), sys.argv[2]
    for line in sys.stdin:
        bucket, seed, calls = line.split()
        with connected(url) as send:  # a new connection, since servers close those that were idle
            events = record(send, bucket, Program(int(seed), client), client, int(calls))
        found = [(event.begin, event.end, event.call, event.answer, event.client) for event in events]
        print(json.dumps(found), flush=True)
