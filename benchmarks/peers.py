"""Servers that are measured: fakes3, moto's and gofakes3, each a process of its own that is asked for nothing but S3.

What they use is read from Linux's /proc.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from fakes3.model.identity import ACCESS_KEY_ID, SECRET_ACCESS_KEY

BUCKET = "benchmark-bucket"
GOFAKES3 = "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0"
_KEY = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
_LOAD = Path(__file__).with_name("load.py")
_SENT_BY_SDKS = {
    "User-Agent": "Boto3/1.44.8 md/Botocore#1.44.8 ua/2.1 os/linux lang/python#3.12",
    "amz-sdk-invocation-id": "b0b0b0b0-1111-2222-3333-444444444444",
    "amz-sdk-request": "attempt=1",
}
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 60.0


class _BodyUnsigned(S3SigV4Auth):
    """Signs no body."""

    def payload(self, request: AWSRequest) -> str:
        """What stands for the hash of the body."""
        return "UNSIGNED-PAYLOAD"


@dataclass(frozen=True)
class Used:
    """What a server did in one turn."""

    answers: float
    seconds: float
    cpu: float
    """The seconds of processor time that the server took."""


class Peer:
    """A server that runs, and what it uses."""

    def __init__(self, name: str, process: subprocess.Popen[str], port: int, load_cores: set[int]) -> None:
        self.name, self._process, self._port = name, process, port
        self._load_cores = load_cores
        self.send("PUT", f"/{BUCKET}")

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        is_whole: bool = True,
    ) -> str:
        """Return a signed request as it is sent, in Latin-1. If it is not whole, a body follows that is not signed."""
        host = f"127.0.0.1:{self._port}"
        request = AWSRequest(method, f"http://{host}{path}", data=body, headers={"Host": host, **(headers or {})})
        (S3SigV4Auth if is_whole else _BodyUnsigned)(_KEY, "s3", "us-east-1").add_auth(request)
        length = {} if "Content-Length" in request.headers or method == "GET" else {"Content-Length": str(len(body))}
        lines = (*request.headers.items(), *_SENT_BY_SDKS.items(), *length.items())
        top = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines) + "\r\n"
        return top + body.decode("latin-1")

    def send(self, method: str, path: str, body: bytes = b"") -> None:
        """Send one request. Raises: CalledProcessError, where it is refused."""
        self.load([self.request(method, path, body)], "once")

    def load(self, requests: Sequence[str], kind: str = "repeat", **job: Any) -> Used:
        """Let the load generator do a job. Raises: CalledProcessError, where the server does not answer it."""
        whole = {"seconds": 3600.0, "most": sys.maxsize, "crowd": []} | job
        whole |= {"kind": kind, "host": "127.0.0.1", "port": self._port, "requests": list(requests)}
        before = self.cpu()
        with _on(self._load_cores):
            done = subprocess.run(
                [sys.executable, str(_LOAD)], input=json.dumps(whole), check=True, stdout=subprocess.PIPE, text=True
            )
        return Used(**json.loads(done.stdout), cpu=self.cpu() - before)

    def cpu(self) -> float:
        """The seconds of processor time that the server has taken."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self, *, peak: bool = False) -> int:
        """The bytes that it holds, or held at most."""
        name = "VmHWM" if peak else "VmRSS"
        lines = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+) kB", lines)[1]) * 1024  # type: ignore[index]


@contextmanager
def one_peer(name: str, command: Callable[[int], Sequence[str]], *, is_pinned: bool = True) -> Iterator[Peer]:
    """Run a server: on a core of its own, or on all of them. The load comes from the others, if there are any."""
    cores = os.sched_getaffinity(0)
    own = {max(cores)} if is_pinned else cores
    port = _free_port()
    environment = {**os.environ, "GOMAXPROCS": str(len(own))}
    with _on(own):
        process = subprocess.Popen(
            command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, env=environment
        )
    try:
        _wait_for(port, process)
        yield Peer(name, process, port, (cores - own) or cores)
    finally:
        process.kill()
        process.wait()


@contextmanager
def commands() -> Iterator[tuple[dict[str, Callable[[int], Sequence[str]]], list[str]]]:
    """How each server is started at a port, fakes3 first, and why some are not."""
    found: dict[str, Callable[[int], Sequence[str]]] = {
        "fakes3": lambda port: [sys.executable, "-m", "fakes3", "serve", "--port", str(port)]
    }
    notes = []
    with ExitStack() as stack:
        if find_spec("moto") is None or find_spec("flask") is None:
            notes.append("no moto: its server is not installed (pip install 'moto[s3,server]')")
        else:
            start = "import sys; from moto.server import main; main(sys.argv[1:])"
            found["moto"] = lambda port: [sys.executable, "-c", start, "-p", str(port)]
        built, why = _build_gofakes3(stack.enter_context(TemporaryDirectory()))
        if built is None:
            notes.append(f"no gofakes3: {why}")
        else:
            program = str(built)
            found["gofakes3"] = lambda port: [program, "-backend", "memory", "-host", f"127.0.0.1:{port}", "-quiet"]
        yield found, notes


def _build_gofakes3(folder: str) -> tuple[Path | None, str]:
    """Return the program, or None and why there is none."""
    go = shutil.which("go")
    if go is None:
        return None, "there is no Go to build it with"
    try:
        environment = {**os.environ, "GOBIN": folder}
        subprocess.run([go, "install", GOFAKES3], check=True, capture_output=True, timeout=300, env=environment)
    except (OSError, subprocess.SubprocessError):
        return None, f"`go install {GOFAKES3}` fails"
    return Path(folder) / "gofakes3", ""


@contextmanager
def _on(cores: set[int]) -> Iterator[None]:
    """Start processes on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not serve")
