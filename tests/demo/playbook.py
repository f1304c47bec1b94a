# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-playbook as a process of ours: in an environment of its own, watched while it runs, and ended with us."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COLLECTIONS = ROOT / ".build" / "collections"

# All that a play may know of whoever starts it. Proxies, CA bundles, VCF_*, ANSIBLE_* and PYTHON* are not among it.
KEPT = ("PATH", "HOME", "TMPDIR", "TERM", "USER", "LOGNAME")
PATIENCE = 10.0  # seconds that a play which is told to end has for it

See = Callable[[bytes], None]


class TookTooLong(Exception):
    """The play had not ended when its time was up."""


def is_set_up() -> bool:
    """Tell whether `make setup` has been run."""
    return (COLLECTIONS / "ansible_collections" / "vcf" / "lifecycle" / "galaxy.yml").exists()


def environment(home: Path, config: Path, **more: str) -> dict[str, str]:
    """The environment of a play whose own files are below ``home``."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "LC_ALL": "C.UTF-8",
        # Into a pipe, Ansible would print only what fills a buffer.
        "PYTHONUNBUFFERED": "1",
        "ANSIBLE_CONFIG": str(config),
        "ANSIBLE_HOME": str(home / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        **more,
    }


def command(playbook: Path | str, variables: Mapping[str, Any], home: Path, *options: str) -> list[str]:
    """The command that plays a playbook, a file or one of a collection. The variables go through a file, since other
    users see the arguments."""
    path = home / "variables.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(variables), encoding="utf-8")
    # Not the script beside the interpreter: it fails where the path of the checkout has spaces.
    return [sys.executable, "-m", "ansible", "playbook", *options, "--extra-vars", f"@{path}", str(playbook)]


def play(arguments: list[str], env: Mapping[str, str], seconds: float, see: See) -> int:
    """Play, hand over what it prints as it comes, and return its exit status. Whatever happens, it has ended then.

    Raises TookTooLong when it goes on for more than that many seconds.
    """
    return play_together([(arguments, see)], env, seconds)[0]


def play_together(plays: Sequence[tuple[list[str], See]], env: Mapping[str, str], seconds: float) -> list[int]:
    """The same with several at once: each has a process of its own."""
    ends_at = time.monotonic() + seconds
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        stack.callback(_end_all_of, env["ANSIBLE_HOME"])
        processes = [stack.enter_context(_started(arguments, env)) for arguments, _see in plays]
        for process, (_arguments, see) in zip(processes, plays, strict=True):
            assert process.stdout is not None
            selector.register(process.stdout, selectors.EVENT_READ, see)
        while selector.get_map():
            ready = selector.select(ends_at - time.monotonic())
            if not ready:
                raise TookTooLong
            for key, _events in ready:
                printed = os.read(key.fd, 65536)
                if printed:
                    key.data(printed)
                else:
                    selector.unregister(key.fileobj)
        try:
            return [process.wait(max(0.0, ends_at - time.monotonic())) for process in processes]
        except subprocess.TimeoutExpired:
            raise TookTooLong from None


@contextmanager
def _started(arguments: list[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    # In a session of its own, so that Ctrl-C reaches us alone, and we end it in an orderly way.
    process = subprocess.Popen(
        arguments,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    if process.poll() is None:
        # Ansible passes it on to its workers, which are in sessions of their own.
        process.send_signal(signal.SIGTERM)
        try:
            # It may have more to say than the pipe holds.
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    process.stdout.close()


def _end_all_of(ansible_home: str) -> None:
    """Wait until what plays have started has ended: a rehearsal sees by itself that who has asked for it is gone, and
    ends a moment later. What has not ended when its time is up, is killed."""
    ends_at = time.monotonic() + PATIENCE
    while left := _all_of(ansible_home):
        if time.monotonic() > ends_at:
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        # They are no children of ours, so that there is no event to wait for.
        time.sleep(0.05)


def _all_of(ansible_home: str) -> list[int]:
    """The processes that have this folder for Ansible's home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or somebody else's
            if f"ANSIBLE_HOME={ansible_home}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found
