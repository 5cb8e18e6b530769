"""Chromium without a window, driven by its own protocol through a pair of pipes.

https://chromedevtools.github.io/devtools-protocol/: a message is JSON, and a NUL ends it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from base64 import b64decode
from contextlib import suppress
from itertools import count
from pathlib import Path
from select import select
from time import monotonic
from typing import Any, Self

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = "no Chromium was found: apt-get install chromium"

START = """
import fcntl, os, sys
theirs = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
os.dup2(theirs[0], 3)
os.dup2(theirs[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes the browser, which reads commands from the descriptor 3 and writes what it has to say to 4."""

SHOWN = "location.href + ': ' + document.documentElement.textContent.slice(-1000)"

PATIENCE = 30.0
"""For how many seconds the browser may be silent."""


class Chromium:
    """One browser with one page, until it is left.

    Args:
        folder: Where it keeps what it remembers.
    """

    def __init__(self, folder: Path) -> None:
        assert EXECUTABLE is not None
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += ["--remote-debugging-pipe", f"--user-data-dir={folder}", "--disable-background-networking"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", START, str(theirs_in), str(theirs_out), EXECUTABLE, *flags],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers = count(1)
        self._unread = b""
        self._session: str | None = None
        self._context: str | None = None

    def __enter__(self) -> Self:
        return self

    def renew(self) -> None:
        """Open an empty page in place of the one before, with nothing remembered."""
        if self._session is not None:
            self._session = None
            self.send("Target.disposeBrowserContext", browserContextId=self._context)
        self._context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def __exit__(self, *_: object) -> None:
        self._session = None
        with suppress(AssertionError, OSError):  # it ends before it answers
            self._ask("Browser.close")
        try:
            self._process.wait(timeout=PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        os.close(self._in)
        os.close(self._out)

    def send(self, method: str, **parameters: Any) -> Any:
        """Return the result of a command."""
        answer = self._ask(method, **parameters)
        assert "error" not in answer, answer
        return answer["result"]

    def _ask(self, method: str, **parameters: Any) -> Any:
        """Return the answer to a command. Events are passed over."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                return answer

    def _receive(self) -> Any:
        while b"\0" not in self._unread:
            assert select([self._in], [], [], PATIENCE)[0], "Chromium has been silent"
            piece = os.read(self._in, 1 << 20)
            assert piece, "Chromium has ended"
            self._unread += piece
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def open(self, url: str) -> None:
        """Open a page, and wait until its document is read."""
        self.send("Page.navigate", url=url)
        self.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; of a promise, what it is kept with."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until an expression in the page is true."""
        script = f"new Promise(resolve => setTimeout(() => resolve(Boolean({condition})), 20))"
        end = monotonic() + PATIENCE
        while monotonic() < end:  # a page that is left takes its promises with it
            answer = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
            if answer.get("result", {}).get("result", {}).get("value") is True:
                return
        raise AssertionError(f"{condition} did not come true at {self.run(SHOWN)}")

    def press(self, key: str, code: int = 0, text: str = "") -> None:
        """Press a key and let it go."""
        what = {"key": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", **what, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **what)

    def type(self, text: str) -> None:
        """Type a text where the cursor is."""
        self.send("Input.insertText", text=text)

    def picture(self, path: Path) -> None:
        """Write a picture of the page to a PNG file."""
        path.write_bytes(b64decode(self.send("Page.captureScreenshot", format="png")["data"]))
