# SPDX-License-Identifier: GPL-3.0-or-later
"""Headless Chromium, driven over a pipe by its own protocol: what a page shows, says and asks for."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOO_LONG = 250  # seconds for the browser to end
SILENCE = 60  # seconds in which a browser that works says something

_NO_TALK = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
)


class Page:
    """One tab. C(events) holds what the browser told of it."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._unread = b""
        self._count = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, path: Path) -> None:
        """Open a file and wait until it has been loaded."""
        del self.events[:]
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._next()

    def show(self, width: int, scheme: str = "light", media: str = "") -> None:
        """Show the page on a screen of that width (in pixels), in light or dark, or as on paper."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def ask(self, expression: str) -> Any:
        """Return the value of an expression in JavaScript, which the page itself may not run."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def photograph(self, path: Path) -> None:
        """Save the whole page as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    @property
    def requests(self) -> list[str]:
        """The URLs that the page has asked for, data: URLs aside."""
        urls = [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in urls if not url.startswith("data:")]

    @property
    def complaints(self) -> list[dict[str, Any]]:
        """What stands on the console."""
        methods = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [event for event in self.events if event["method"] in methods]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            heard, _, _ = select.select([self._answers], [], [], SILENCE)
            assert heard, f"Chromium has said nothing for {SILENCE} s."
            more = os.read(self._answers, 1 << 20)
            assert more, "Chromium has gone away."
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        if "method" in found:
            self.events.append(found)
        return found


@contextmanager
def chromium(program: str, folder: Path) -> Iterator[Page]:
    """Run Chromium with a new profile in a folder, and yield a page of it."""
    to_browser, commands = os.pipe()
    answers, from_browser = os.pipe()
    # It reads from descriptor 3 and writes to 4: numbers that ours must be out of the way of.
    high = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in (to_browser, from_browser)]

    def connect() -> None:
        os.dup2(high[0], 3)
        os.dup2(high[1], 4)

    command = [program, "--headless", "--no-sandbox", "--remote-debugging-pipe", *_NO_TALK, f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        command,
        preexec_fn=connect,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    for one in (to_browser, from_browser, *high):
        os.close(one)
    try:
        yield Page(commands, answers)
    finally:
        os.close(commands)
        os.close(answers)
        process.kill()
        process.wait(TOO_LONG)
