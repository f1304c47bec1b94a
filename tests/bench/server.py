# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator in a process of its own, so that what it costs is nobody else's."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator

PATIENCE = 60.0  # seconds in which it has to start, and to say what it has seen


@dataclass
class Server:
    """A simulator that somebody else runs."""

    host: str
    port: int
    ca_path: str
    folder: Path
    pipe: Connection

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        return f"https://{self.host}:{self.port}"

    def seen(self) -> list[dict[str, Any]]:
        """All requests so far, as `Simulator.requests` has them."""
        self.pipe.send("requests")
        return _next(self.pipe)


@contextmanager
def served(scenario: dict[str, Any]) -> Iterator[Server]:
    """Serve a scenario, and end whatever happens."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    with tempfile.TemporaryDirectory(prefix="vcf-lifecycle-bench-") as folder:
        process = spawn.Process(target=_serve, args=(scenario, folder, there), daemon=True)
        process.start()
        there.close()
        try:
            yield Server(*_next(here), Path(folder), here)
        finally:
            # It ends when nobody is at the other end of the pipe any more.
            here.close()
            process.join(PATIENCE)


def _next(pipe: Connection) -> Any:
    if not pipe.poll(PATIENCE):
        raise TimeoutError("the simulator does not answer")
    return pipe.recv()


def _serve(scenario: dict[str, Any], folder: str, pipe: Connection) -> None:
    with Simulator.from_dict(scenario, directory=folder) as simulator:
        pipe.send((simulator.host, simulator.port, str(simulator.ca_path)))
        while True:
            try:
                pipe.recv()
                pipe.send(simulator.requests)
            except (EOFError, BrokenPipeError):
                return
