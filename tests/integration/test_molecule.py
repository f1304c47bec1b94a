# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios in extensions/molecule: `make molecule` runs them one after the other, this each by itself."""

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
TOO_LONG = 400  # seconds for the seven plays of a scenario, which alone on a machine need less than a minute


def run_molecule(folder: Path, *arguments: str, **environment: str) -> Run:
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
            **environment,
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
            command = (process / "cmdline").read_text(encoding="utf-8").replace("\0", " ")
        except OSError:
            continue  # ended meanwhile
        if str(folder) in command:
            found.append(command)
    return found


@pytest.mark.timeout(TOO_LONG + 20)
@pytest.mark.parametrize("role", ROLES)
def test_scenario(role: str, tmp_path: Path) -> None:
    ran = run_molecule(tmp_path, "test", "--scenario-name", role, SCENARIO=role)
    assert ran.code == 0, ran.output
    # A step whose playbook is missing is none that fails.
    assert re.findall(rf"^{role} > (\w+): Executed: Successful$", ran.output, re.MULTILINE) == STEPS, ran.output
    assert ran.warnings == []
    assert running(tmp_path) == []
    assert list((tmp_path / "home").iterdir()) == []
