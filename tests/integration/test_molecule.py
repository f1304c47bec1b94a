# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios in extensions/molecule: `make molecule` runs them one after the other, this two at a time."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.integration.runs import PROGRAMS, ROOT, Run

pytest.importorskip("molecule", reason="it is not among what the tests need beside other versions of ansible-core")

ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
STEPS = ["check", "converge", "idempotence", "side_effect", "verify"]
TOO_LONG = 1200  # seconds for all plays, which on a machine that does nothing else take one minute


def run_molecule(folder: Path, *arguments: str) -> Run:
    """Run molecule, with a home and a folder of its own."""
    home = folder / "home"
    home.mkdir()
    done = subprocess.run(
        [ROOT / ".ci" / "molecule.sh", folder / "molecule", *arguments],
        cwd=ROOT,
        env={
            "PATH": f"{PROGRAMS}:{os.defpath}",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "ANSIBLE_NOCOLOR": "true",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TOO_LONG,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def running(folder: Path) -> list[str]:
    """The command lines of the processes that were told of a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
        except OSError:
            continue  # ended meanwhile
        if str(folder) in command:
            found.append(command)
    return found


@pytest.mark.timeout(TOO_LONG + 20)
def test_all_scenarios(tmp_path: Path) -> None:
    # Without -v, what its workers say is not shown, and so no warning is.
    ran = run_molecule(tmp_path, "-v", "test", "--all", "--workers", "2")
    assert ran.code == 0, ran.output
    executed = re.findall(r"^(\w+) > (\w+): Executed: Successful$", ran.output, re.MULTILINE)
    assert (executed[0], executed[-1]) == (("default", "create"), ("default", "destroy"))
    # A step whose playbook is missing is none that fails.
    steps = {role: [step for name, step in executed if name == role] for role in ROLES}
    assert steps == dict.fromkeys(ROLES, STEPS), ran.output
    assert ran.warnings == []
    assert running(tmp_path) == []
    assert list((tmp_path / "home").iterdir()) == []
