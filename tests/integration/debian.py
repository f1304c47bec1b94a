# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that are no Python packages, from Debian."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.runs import ROOT

TOO_LONG = 250  # seconds for one run of the package manager
LOCK = ROOT / ".build" / "debian.lock"


def find(name: str, package: str) -> str:
    """Return the path of a program: the one that is there, else that of Debian's package, which is installed.

    :raises AssertionError: when it can not be had; the text says what is missing.
    """
    with _one_at_a_time():
        if not shutil.which(name):
            _install(name, package)
    program = shutil.which(name)
    assert program, f"The package {package} holds no program {name}."
    return program


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep the tests of other processes from installing at the same time."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(name: str, package: str) -> None:
    packager, as_root = shutil.which("apt-get"), _as_root()
    if packager is None or as_root is None:
        raise AssertionError(
            f"There is no program {name}, and it can not be installed here, for which it takes Debian's apt-get and "
            f"root, or a sudo that asks for no password. Install the package {package}, so that {name} is on the PATH."
        )
    wait = ["-o", f"DPkg::Lock::Timeout={TOO_LONG}"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        done = subprocess.run(
            [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", packager, "--quiet", *wait, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TOO_LONG,
            check=False,
        )
        assert done.returncode == 0, f"The package {package} can not be installed: {done.stdout}{done.stderr}"


def _as_root() -> list[str] | None:
    """Return what has to stand before a command that only root may run; None where there is no way to."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, timeout=10, check=False).returncode == 0:
        return [sudo, "-n"]
    return None
