# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo of a rehearsal: it captures, it rehearses, it says how that went, and nothing of it stays."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.demo.rehearsal import SCENARIO
from tests.integration.test_demo import LONGEST, ROOT, Place, assert_nothing_is_left, place, read_until

__all__ = ["place"]

pytestmark = pytest.mark.timeout(2 * LONGEST)

PASSWORD = "VMware123!"  # what that of the scenario begins with


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[..., Path]:
    """Write the scenario with two of its components, and with these tasks besides."""

    def write(*tasks: dict[str, Any]) -> Path:
        given: dict[str, Any] = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))
        upgrade = given["services"]["fleet_lcm"]["upgrade"]
        depot, ops = (one for one in upgrade["components"] if one["type"] in ("VCF_FLEET_DEPOT", "OPS"))
        upgrade["components"] = [depot, {**ops, "depends_on": [depot["type"]]}]
        given["services"]["fleet_lcm"]["tasks"] += tasks
        path = tmp_path / "fleet.yml"
        path.write_text(yaml.safe_dump(given), encoding="utf-8")
        return path

    return write


def started(place: Place, *options: str, root: Path = ROOT, **environment: str) -> subprocess.Popen[bytes]:
    """Start it as make does, with no terminal and nothing to read."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.demo.rehearsal", *options],
        cwd=root,
        env=place.environment(**environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def test_a_fleet_is_captured_and_rehearsed(place: Place, scenario: Callable[..., Path], tmp_path: Path) -> None:
    root, home = tmp_path / "a checkout with spaces", tmp_path / "home"
    collection = root / ".build/collections/ansible_collections/vcf/lifecycle"
    for folder in (home, collection.parent):
        folder.mkdir(parents=True)
    collection.symlink_to(root)
    for name in ("extensions", "galaxy.yml", "meta", "playbooks", "plugins", "requirements-simulator.txt", "roles"):
        (root / name).symlink_to(ROOT / name)
    (root / "tests").symlink_to(ROOT / "tests")

    options = ("--scenario", str(scenario()), "--runs", "1", "--chaos", "1", "--seed", "3")
    with started(place, *options, root=root, HOME=str(home), VCF_HOSTNAME="vcf.invalid", LC_ALL="C") as process:
        printed, errors = (text.decode() for text in process.communicate(timeout=LONGEST))

    assert (process.returncode, errors) == (0, ""), printed + errors
    for expected in (
        r"requests have read it, and changed nothing\. Now it is gone\.",
        r"\[rehearsal\] fleet: Apply upgrade plan: Software depot: SUCCEEDED after \d+m",
        r"\[rehearsal\] chaos 1 of 1, seed 3: ",
        r"\[fleet\] in all +\d+h[ \dm]+",
        r"\[fleet\] It fits the change window of fleet, .*: at p90, ",
        r"\[fleet\] Of 1 runs with random faults 1 ended \w+\. None of them ended wrong\.",
        r"All of it was captured and rehearsed, in \d+ seconds; nothing ended wrong\.",
    ):
        assert re.search(expected, printed), printed
    found = re.search(r"\nThe report:\n  (\.build/rehearsal/\S+)/report\.html\n\Z", printed)
    assert found, printed
    kept = root / found[1]
    report = json.loads((kept / "report.json").read_text(encoding="utf-8"))
    assert [(run["chaos"], run["seed"]) for run in report["runs"]] == [(False, 3), (True, 3)]
    samples = yaml.safe_load((kept / "tonight.yml").read_text())["services"]["fleet_lcm"]["durations"]["upgrades"]
    (length,) = (one["p50"] for one in report["rehearsal"]["forecast"]["steps"] if "depot" in one["name"])
    assert length in samples["VCF_FLEET_DEPOT"]
    texts = [
        path.read_text(encoding="utf-8") for path in root.joinpath(".build/rehearsal").rglob("*") if path.is_file()
    ]
    assert len(texts) > 5
    assert not [text for text in (printed, *texts) if PASSWORD in text]
    assert "[WARNING]" not in printed
    assert_nothing_is_left(place, printed)
    assert list(home.iterdir()) == []


def test_a_rehearsal_that_goes_wrong_fails(place: Place, scenario: Callable[..., Path], tmp_path: Path) -> None:
    stuck = scenario({"name": "stuck", "type": "SYNC", "start": -60, "seconds": float("inf")})
    options = ("--scenario", str(stuck), "--runs", "1", "--chaos", "0")
    with started(place, *options, "--reports", str(tmp_path / "reports")) as process:
        printed, errors = (text.decode() for text in process.communicate(timeout=LONGEST))

    assert process.returncode == 1, printed
    assert errors == "\nThe rehearsal has FAILED: vcf.lifecycle.rehearse ended with status 2.\n"
    assert re.search(r"\[fleet\] failed: Tasks are in the way \(1\): stuck ", printed), printed
    assert re.search(r"\[fleet\] failed: Run 1: the playbook has failed \(status 2\)\.", printed), printed
    assert_nothing_is_left(place, printed)


def test_a_rehearsal_that_is_ended_leaves_nothing(place: Place, scenario: Callable[..., Path], tmp_path: Path) -> None:
    slow = ("--scenario", str(scenario()), "--speed", "1", "--reports", str(tmp_path / "reports"))
    with started(place, *slow) as process:
        printed = read_until(process, b"[rehearsal] fleet: Upgrade")
        assert len(place.leftovers()) > 3, "there is nothing to look for"
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)

    assert process.returncode == 128 + signal.SIGINT
    assert errors.decode() == "\nThe rehearsal was ended by SIGINT. Nothing of it is left running.\n"
    assert b"Traceback" not in rest
    assert_nothing_is_left(place, printed.decode())
