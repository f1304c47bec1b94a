# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook as a process of ours: where it can not reach what is real, and ended with us."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from pydantic import SecretStr

from ...plugins.module_utils.rehearsal_clock import VARIABLE
from .order import Order

PATIENCE = 10.0  # real seconds that a playbook which is told to end has for it
NOWHERE = "http://127.0.0.1:9"  # the port of discard, where nobody listens: a proxy for whatever is not on loopback
LOOPBACK = "localhost,127.0.0.1,::1"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def environment(given: Mapping[str, str], clock: Path) -> dict[str, str]:
    """The environment of the playbook, from ours, with the file of the clock that it goes by.

    No login is in it. Whatever else the playbook asks for over HTTP, of a real endpoint that is written in one of its
    tasks for example, it does not reach.
    """
    kept = {name: value for name, value in given.items() if not name.startswith("VCF_") and name != "PYTHONPATH"}
    blocked = {name: NOWHERE for each in _PROXIES for name in (each, each.upper())}
    return {
        **kept,
        **blocked,
        **dict.fromkeys(("no_proxy", "NO_PROXY"), LOOPBACK),
        "PYTHONUNBUFFERED": "1",
        VARIABLE: str(clock),
    }


def command(order: Order, variables: Path) -> list[str]:
    """The command that plays it."""
    inventory = [part for source in order.inventory for part in ("--inventory", source)]
    # Not the script beside the interpreter: it fails where the path of that has spaces.
    program = [sys.executable, "-m", "ansible", "playbook"]
    return [*program, *inventory, *order.options, "--extra-vars", f"@{variables}", order.playbook]


def write(path: Path, variables: Mapping[str, Any]) -> None:
    """Write variables to a file that is readable for us alone: other users see arguments."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(variables), encoding="utf-8")


@contextmanager
def playing(
    arguments: list[str],
    variables: Mapping[str, str],
    output: IO[bytes],
    vault: Sequence[tuple[str, SecretStr]] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """The playbook, while it runs in that environment; at the end of the block it has ended."""
    with _pipes([password.get_secret_value().encode("latin-1") for _name, password in vault]) as pipes:
        ids = [f"--vault-id={name}@/dev/fd/{pipe}" for (name, _password), pipe in zip(vault, pipes, strict=True)]
        process = subprocess.Popen(  # noqa: S603 - the user names the playbook
            [*arguments, *ids],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=pipes,
            # In a session of its own, so that all of it can be ended by its id.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            # Ansible passes it on to its workers, which are in sessions of their own.
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def _pipes(texts: Sequence[bytes]) -> Iterator[list[int]]:
    """Pipes, from each of which one of the texts can be read: nobody else sees what is in them, and no disk has it."""
    with ExitStack() as opened:
        found = []
        for text in texts:
            reading, writing = os.pipe()
            opened.callback(os.close, reading)
            with open(writing, "wb") as pipe:
                pipe.write(text)
            found.append(reading)
        yield found
