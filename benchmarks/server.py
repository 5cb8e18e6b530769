"""What the server is measured by, beside moto's server and gofakes3, and the table of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, TypeAlias, TypeVar

from benchmarks.peers import BUCKET, Peer, Used, commands, one_peer
from benchmarks.report import aligned

KIB, MIB, GIB = 1024, 1024**2, 1024**3
CLIENTS = 8
MILLION = 10**6
COLUMNS = ("what", "fakes3", "moto", "gofakes3", "fakes3/moto", "fakes3/gofakes3", "target")
LEGEND = """\
Figures are medians of turns, servers rotating; ratios are medians of the ratios in each round.
Small requests: signed before the turn, sent over 8 connections that are kept alive, by another process on other cores.
The server has one core. "by CPU" is what it would answer in a second of processor time: under load it says more than
the clock does. Bodies of 1 GiB: one connection, and the server has all cores. Peak memory is that of the process."""

Check: TypeAlias = tuple[str, Callable[["Line"], bool]]
Starts: TypeAlias = Mapping[str, Callable[[int], Sequence[str]]]
Each = TypeVar("Each")


@dataclass
class Line:
    """One line of the table: a figure of each server, in each round."""

    name: str
    label: str
    unit: str
    rounds: Mapping[str, Sequence[float]]
    targets: tuple[Check, ...] = ()

    def figure(self, name: str) -> float | None:
        """The median of a server; None where it was not measured."""
        return median(self.rounds[name]) if self.rounds.get(name) else None

    def ratio(self, other: str) -> float | None:
        """How many times another server's figure fakes3's is."""
        both = zip(self.rounds["fakes3"], self.rounds.get(other, ()), strict=False)
        ratios = [mine / theirs for mine, theirs in both if theirs]
        return median(ratios) if ratios else None

    def verdicts(self) -> dict[str, str]:
        """Whether each target is met."""
        return {text: _verdict(holds, self) for text, holds in self.targets}


def _verdict(holds: Callable[[Line], bool], line: Line) -> str:
    try:
        return "met" if holds(line) else "MISSED"
    except TypeError:
        return "not measured"


def least(bound: float, text: str) -> Check:
    """The figure is at least this."""
    return f">= {text}", lambda line: _known(line.figure("fakes3")) >= bound


def most(bound: float, text: str) -> Check:
    """The figure is at most this."""
    return f"<= {text}", lambda line: _known(line.figure("fakes3")) <= bound


def times(factor: float, other: str) -> Check:
    """The figure is at least so many times that of another server."""
    return f">= {factor:g}x {other}", lambda line: _known(line.ratio(other)) >= factor


def _known(figure: float | None) -> float:
    if figure is None:
        raise TypeError
    return figure


# ---- What is measured ----


def measure(*, quick: bool) -> tuple[list[Line], list[str]]:
    """Measure everything, or what takes a minute."""
    with commands() as (starts, notes):
        lines = small_requests(starts, rounds=2 if quick else 7, seconds=1.0 if quick else 2.0)
        lines += slow_clients(starts, rounds=2 if quick else 5)
        if not quick:
            lines += large_bodies({name: start for name, start in starts.items() if name != "moto"}, rounds=3)
            lines += a_million_keys(starts)
            lines += a_million_requests(starts)
            notes.append("no moto at 1 GiB: it copies every byte. No peers beside a million keys: they walk them all")
        return lines, notes


def small_requests(starts: Starts, *, rounds: int, seconds: float) -> list[Line]:
    """Puts and gets of 1 KiB."""
    turns: dict[str, dict[str, list[Used]]] = {"get": {}, "put": {}}
    body = b"x" * KIB
    with ExitStack() as stack:
        peers = [stack.enter_context(one_peer(name, start)) for name, start in starts.items()]
        for number in range(rounds):
            for peer in _rotated(peers, number):
                _say(f"small requests, round {number + 1} of {rounds}: {peer.name}")
                for kind, method, sent in (("put", "PUT", body), ("get", "GET", b"")):
                    requests = [peer.request(method, f"/{BUCKET}/key-{at}", sent) for at in range(CLIENTS)]
                    turns[kind].setdefault(peer.name, []).append(peer.load(requests, seconds=seconds))
    lines = []
    for kind, bound in (("get", 10_000), ("put", 6_000)):
        ratios = (times(15, "moto"), times(0.4, "gofakes3")) if kind == "get" else (times(15, "moto"),)
        by_clock, by_cpu = (
            {name: [each(turn) for turn in found] for name, found in turns[kind].items()} for each in (_rate, _cpu_rate)
        )
        lines += [
            Line(f"{kind}-1k", f"{kind}s of 1 KiB", "/s", by_clock, (least(bound, f"{bound:,}/s"), *ratios)),
            Line(f"{kind}-1k-cpu", f"{kind}s of 1 KiB, by CPU", "/s", by_cpu, (least(bound, f"{bound:,}/s"), *ratios)),
        ]
    return lines


def _rate(used: Used) -> float:
    return used.answers / used.seconds


def _cpu_rate(used: Used) -> float:
    return used.answers / max(used.cpu, 0.01)


def slow_clients(starts: Starts, *, rounds: int) -> list[Line]:
    """Gets of 1 KiB beside 200 slow clients, as a part of those without."""
    parts = []
    with one_peer("fakes3", starts["fakes3"]) as peer:
        peer.send("PUT", f"/{BUCKET}/key", b"x" * KIB)
        peer.load([_put_head(peer, "large", 8 * MIB)], kind="upload", size=8 * MIB)
        for _ in range(rounds):
            _say("200 slow clients")
            gets = [peer.request("GET", f"/{BUCKET}/key")] * CLIENTS
            crowd = [
                {"clients": 100, "sent": "", "uploads": False},
                {"clients": 40, "sent": peer.request("GET", f"/{BUCKET}/large"), "uploads": False},
                {"clients": 30, "sent": _put_head(peer, "slow", KIB), "uploads": True},
                {"clients": 30, "sent": _put_head(peer, "slow", 16 * MIB), "uploads": True},
            ]
            alone = peer.load(gets, seconds=5.0)
            beside = peer.load(gets, seconds=5.0, crowd=crowd)
            parts.append(_cpu_rate(beside) / _cpu_rate(alone))
    text = "gets beside 200 slow clients"
    return [Line("slow", text, "x alone", {"fakes3": parts}, (least(0.8, "0.8x alone"),))]


def large_bodies(starts: Starts, *, rounds: int) -> list[Line]:
    """1 GiB up and down, and the memory that it takes."""
    speeds: dict[str, dict[str, list[float]]] = {"up": {}, "down": {}, "up, by CPU": {}, "down, by CPU": {}}
    peaks: dict[str, list[float]] = {}
    for number in range(rounds):
        for name in _rotated(list(starts), number):
            _say(f"1 GiB, round {number + 1} of {rounds}: {name}")
            with one_peer(name, starts[name], is_pinned=False) as peer:
                up = peer.load([_put_head(peer, "large", GIB)], kind="upload", size=GIB)
                down = peer.load([peer.request("GET", f"/{BUCKET}/large")], kind="download")
                for way, used in (("up", up), ("down", down)):
                    speeds[way].setdefault(name, []).append(GIB / 1e6 / used.seconds)
                    speeds[f"{way}, by CPU"].setdefault(name, []).append(GIB / 1e6 / max(used.cpu, 0.01))
                peaks.setdefault(name, []).append(peer.memory(peak=True) / 1e6)
    wanted = (least(500, "500 MB/s"),)
    lines = [Line(way, f"1 GiB {way}", "MB/s", found, () if "CPU" in way else wanted) for way, found in speeds.items()]
    bound = GIB / 1e6 + 100
    return [*lines, Line("peak", "1 GiB, peak memory", "MB", peaks, (most(bound, "1 GiB + 100 MB"),))]


def _put_head(peer: Peer, key: str, size: int) -> str:
    """Return the head of a put whose body is not signed and follows later."""
    return peer.request("PUT", f"/{BUCKET}/{key}", headers={"Content-Length": str(size)}, is_whole=False)


def a_million_keys(starts: Starts) -> list[Line]:
    """A page of 1,000 keys from the middle of a million."""
    bucket = "a-million-keys"
    with one_peer("fakes3", starts["fakes3"]) as peer:
        _say("a million keys")
        objects = {f"under/{number:08}": "" for number in range(MILLION)}
        body = json.dumps({"buckets": {bucket: {"objects": objects}}}, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        peer.load([peer.request("POST", "/_fakes3/seed", body, headers)], "once")
        request = peer.request("GET", f"/{bucket}?list-type=2&start-after=under%2F00499500")
        turns = [peer.load([request], most=50) for _ in range(10)]
    by_clock, by_cpu = [1e3 / _rate(each) for each in turns], [1e3 / _cpu_rate(each) for each in turns]
    return [
        Line("page", "page of 1,000 over 1e6 keys", "ms", {"fakes3": by_clock}, (most(5, "5 ms"),)),
        Line("page-cpu", "page of 1,000 over 1e6 keys, CPU", "ms", {"fakes3": by_cpu}, (most(5, "5 ms"),)),
    ]


def a_million_requests(starts: Starts) -> list[Line]:
    """How much more memory the server holds after a million requests than after the first hundred thousand."""
    with one_peer("fakes3", starts["fakes3"]) as peer:
        body = b"x" * KIB
        held = []
        for total in (MILLION // 10, MILLION * 9 // 10):
            _say(f"{total:,} requests")
            puts = [peer.request("PUT", f"/{BUCKET}/key-{at}", body) for at in range(3)]
            gets = [peer.request("GET", f"/{BUCKET}/key-{at}") for at in range(3)]
            page, delete = peer.request("GET", f"/{BUCKET}?list-type=2"), peer.request("DELETE", f"/{BUCKET}/other")
            for request in puts:
                peer.load([request], "once")
            peer.load([*puts, *gets, page, delete], most=total)
            held.append(peer.memory())
    growth = (held[1] - held[0]) / 1e6
    return [Line("flat", "growth of memory, 1e6 requests", "MB", {"fakes3": [growth]}, (most(5, "5 MB"),))]


def _rotated(each: list[Each], by: int) -> list[Each]:
    at = by % len(each)
    return each[at:] + each[:at]


def _say(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr, flush=True)


# ---- How it is shown ----


def table(lines: Sequence[Line], notes: Sequence[str]) -> str:
    """The lines, aligned, and what there is to say."""
    text = aligned(_table(lines))
    return "\n".join([text, "", LEGEND, *(f"{note}." for note in notes)])


def _table(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    return [COLUMNS, *(_cells(line) for line in lines)]


def _cells(line: Line) -> tuple[str, ...]:
    figures = [_shown(line.figure(name), line.unit) for name in ("fakes3", "moto", "gofakes3")]
    ratios = ["-" if (ratio := line.ratio(name)) is None else f"{ratio:.2f}" for name in ("moto", "gofakes3")]
    targets = ", ".join(f"{text} {verdict}" for text, verdict in line.verdicts().items())
    return (line.label, *figures, *ratios, targets or "-")


def _shown(figure: float | None, unit: str) -> str:
    if figure is None:
        return "-"
    return f"{figure:,.0f} {unit}" if abs(figure) >= 100 else f"{figure:.2f} {unit}"


def as_json(lines: Sequence[Line], notes: Sequence[str]) -> dict[str, Any]:
    """The same as values."""
    rows = {
        line.name: asdict(line) | {"targets": line.verdicts(), "medians": {n: line.figure(n) for n in line.rounds}}
        for line in lines
    }
    return {"rows": rows, "printed": [_table(lines)], "legend": LEGEND, "notes": [f"{note}." for note in notes]}
