# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: it tells the truth, nothing around it disturbs it, and nothing of it stays."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.demo import proof
from tests.simulator import Simulator

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "tests" / "scenarios" / "demo.yml"
LONGEST = 90.0


@dataclass(frozen=True)
class Place:
    """Where a run may leave things: all its processes have this folder in their environment."""

    temporary: Path

    def leftovers(self) -> list[str]:
        """Files that are still there, and processes that still run."""
        mark = f"TMPDIR={self.temporary}".encode()
        found = [str(path) for path in self.temporary.rglob("*")]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue  # ended meanwhile, or somebody else's
        return found

    def environment(self, **more: str) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.temporary), **more}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    temporary = tmp_path / "temporary files"
    temporary.mkdir()
    return Place(temporary)


@pytest.fixture
def variant(tmp_path: Path) -> Callable[[Callable[[dict[str, Any]], None]], Path]:
    """Write the demo's scenario with a change, and with an upgrade to wait for that takes no longer than it must."""

    def write(change: Callable[[dict[str, Any]], None]) -> Path:
        scenario = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))
        tasks = {task["name"]: task for service in scenario["services"].values() for task in service["tasks"]}
        for stage in tasks[proof.AWAITED]["stages"]:
            stage["seconds"] = 1.5
        change(tasks)
        path = tmp_path / "scenario.yml"
        path.write_text(yaml.safe_dump(scenario), encoding="utf-8")
        return path

    return write


def run(
    place: Place, *options: str, root: Path = ROOT, module: str = "tests.demo", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run it as make does, with no terminal and nothing to read."""
    return subprocess.run(
        [sys.executable, "-m", module, *options],
        cwd=root,
        env=place.environment(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )


def port_of(output: str) -> int:
    found = re.search(r"https://localhost:(\d+)", output)
    assert found is not None, output
    return int(found[1])


def assert_nothing_is_left(place: Place, output: str) -> None:
    assert place.leftovers() == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(output)), timeout=5).close()


def test_the_demo_shows_all_of_it_wherever_it_stands_and_whatever_is_around(place: Place, tmp_path: Path) -> None:
    root = tmp_path / "a checkout with spaces"
    for folder in ("meta", "plugins", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "galaxy.yml", root)
    collection = root / ".build" / "collections" / "ansible_collections" / "vcf" / "lifecycle"
    collection.parent.mkdir(parents=True)
    collection.symlink_to(root)
    home = tmp_path / "home"
    home.mkdir()
    for own in (home / ".ansible.cfg", root / "ansible.cfg"):
        own.write_text("[defaults]\nstdout_callback = there_is_none_such\nstrategy = free\n", encoding="utf-8")

    done = run(
        place,
        root=root,
        HOME=str(home),
        ANSIBLE_CONFIG=str(home / ".ansible.cfg"),
        ANSIBLE_CHECK_MODE_MARKERS="true",
        ANSIBLE_STDOUT_CALLBACK="oneline",
        ANSIBLE_COLLECTIONS_PATH="/nonexistent",
        ANSIBLE_INVENTORY="/nonexistent",
        ANSIBLE_FORCE_COLOR="true",
        VCF_HOSTNAME="vcf.invalid",
        VCF_TOKEN="somebody-elses",
        VCF_VALIDATE_CERTS="false",
        VCF_BASE_PATH="/elsewhere",
        REQUESTS_CA_BUNDLE="/nonexistent",
        SSL_CERT_FILE="/nonexistent",
        HTTPS_PROXY="http://127.0.0.1:1",
        LC_ALL="C",
    )

    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    shown = done.stdout
    for expected in (
        r"RUNNING +upgrade-vcf-fleet-depot",
        r"RUNNING +Rotate passwords",
        r"\[fleet\] upgrade-vcf-fleet-depot \(.*\): RUNNING, \d/6 stages",
        r"\[fleet\] upgrade-vcf-fleet-depot \(.*\): SUCCEEDED, 6/6 stages",
        r"because: +Node logs-2\.\S+ did not leave maintenance mode.*\[VCFMS-UPGRADE-COMPONENT-031\]",
        r"remediation: Check that the node is powered on",
        r"reference: +LOGS-7F3A21",
        r"because: +Virtual machine sql-07 could not be moved.*\[MAINTENANCE_MODE_TIMEOUT\]",
        r"reference: +8D6KQ1",
        r"upgrade-vcf-fleet-depot +fleet_lcm +waited +SUCCEEDED",
        r"upgrade-ops-logs +fleet_lcm +retried +SUCCEEDED",
        r"Upgrade ESX of cluster sfo-m01-cl01 +sddc_manager +retried +SUCCEEDED",
        r"upgrade-vcfa +fleet_lcm +cancelled +CANCELED",
        r"All of it happened, in \d+ seconds\.",
    ):
        assert re.search(expected, shown), expected
    assert "Internal error occurred" not in shown
    assert "VMware123!" not in shown
    assert "\x1b" not in shown
    assert "[WARNING]" not in shown
    assert_nothing_is_left(place, shown)
    assert list(home.iterdir()) == [home / ".ansible.cfg"]


def fails_again(tasks: dict[str, Any]) -> None:
    attempts = tasks["upgrade-ops-logs"]["attempts"]
    attempts[1:] = [{**attempts[0], "seconds": {"upgrade-nodes": 1}}]


def cannot_be_cancelled(tasks: dict[str, Any]) -> None:
    tasks["upgrade-vcfa"]["cancellable"] = False


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (fails_again, r"no:  upgrade-ops-logs got one retry, and ended as succeeded: it is failed\."),
        (cannot_be_cancelled, r"no:  upgrade-vcfa got one cancel, .*: 0 requests were sent for it.*it is running\."),
    ],
)
def test_the_demo_fails_when_something_does_not_happen(
    change: Callable[[dict[str, Any]], None], verdict: str, place: Place, variant: Callable[..., Path]
) -> None:
    done = run(place, "--scenario", str(variant(change)))

    assert done.returncode == 1
    assert re.search(verdict, done.stdout), done.stdout
    assert re.search(r"The demo has FAILED: ansible-playbook ended with status 2, and \d of 7 things", done.stderr)
    assert_nothing_is_left(place, done.stdout)


def test_a_scenario_that_can_not_be_played_is_said_in_a_sentence(place: Place, tmp_path: Path) -> None:
    done = run(place, "--scenario", str(tmp_path / "none.yml"))

    assert done.returncode == 2
    assert done.stderr.startswith("The demo could not be started: ")
    assert place.leftovers() == []


@contextmanager
def started(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.demo"]
    with subprocess.Popen(
        command, cwd=ROOT, env=place.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[bytes], text: bytes) -> bytes:
    assert process.stdout is not None
    ends_at = time.monotonic() + LONGEST
    printed = b""
    while text not in printed:
        assert select.select([process.stdout], [], [], ends_at - time.monotonic())[0], printed
        more = os.read(process.stdout.fileno(), 65536)
        assert more, printed
        printed += more
    return printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_ended_leaves_nothing(number: signal.Signals, place: Place) -> None:
    with started(place) as process:
        printed = read_until(process, b"): RUNNING, ")
        assert len(place.leftovers()) > 1, "there is nothing to look for"
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)

    assert process.returncode == 128 + number
    assert errors.decode() == f"\nThe demo was ended by {number.name}. Nothing of it is left running.\n"
    assert b"Traceback" not in rest
    assert_nothing_is_left(place, printed.decode())


def test_a_demo_whose_reader_goes_away_leaves_nothing(place: Place) -> None:
    with started(place) as process:
        printed = read_until(process, b"): RUNNING, ")
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=30)
        assert process.stderr is not None
        errors = process.stderr.read()

    assert process.returncode == 1
    assert errors == b""
    assert_nothing_is_left(place, printed.decode())


def test_no_proof_without_deeds() -> None:
    with Simulator.from_file(SCENARIO) as simulator:
        points = proof.points(simulator, [])

    assert [point.claim for point in points if not point.instead] == []


def test_one_retry_is_not_two() -> None:
    name = proof.RETRIED[proof.FLEET]
    with Simulator.from_file(SCENARIO) as simulator, requests.Session() as session:
        session.trust_env = False
        fleet = next(service for service in simulator.services if service.name == proof.FLEET)
        username, password = next(iter(fleet.users.items()))
        form = {"grant_type": "password", "username": username, "password": password}
        ca = str(simulator.ca_path)
        token = session.post(simulator.url + fleet.login_path, data=form, verify=ca, timeout=10).json()["access_token"]
        session.headers["Authorization"] = f"Bearer {token}"
        url = f"{simulator.url}{fleet.base_path}/v1/tasks/{simulator.task_id(name)}?action=retry"
        assert session.post(url, verify=ca, timeout=10).ok
        simulator.clock.advance(60)
        once = {point.claim: point.instead for point in proof.points(simulator, [])}
        assert not session.post(url, verify=ca, timeout=10).ok
        twice = {point.claim: point.instead for point in proof.points(simulator, [])}

    claim = f"{name} got one retry, and ended as succeeded"
    assert once[claim] == ""
    assert twice[claim] == "2 requests were sent for it, of which were accepted: retry"


def test_lines_that_come_all_at_once_are_not_live() -> None:
    texts = [f"[fleet] {proof.AWAITED} (1): RUNNING, {stage}/6 stages" for stage in range(4)]
    with Simulator.from_file(SCENARIO) as simulator:
        live = [proof.Line(float(at), text) for at, text in enumerate(texts)]
        at_once = [proof.Line(3.0, text) for text in texts]
        verdicts = [
            next(point.instead for point in proof.points(simulator, lines) if "was watched" in point.claim)
            for lines in (live, at_once)
        ]

    assert verdicts == ["", "there were 4 lines of progress while it ran, 0 of them later ones"]


def test_the_benchmark_prints_its_table(place: Place, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"

    done = run(place, "normalising", "--json", str(figures), module="tests.bench")

    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(figures.read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        assert row["value"] > 0
        assert row["what"] in done.stdout
    assert re.search(r">= 5 +(met|NOT MET)$", done.stdout, re.MULTILINE), done.stdout
    assert place.leftovers() == []
