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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.basis import stable_id
from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.demo import fleet_proof, proof, sddc_proof
from tests.demo.point import FLEET, SDDC_MANAGER, Line, Window

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "tests" / "scenarios" / "demo.yml"
LONGEST = 500.0  # seconds that anything may take, on however busy a machine

pytestmark = pytest.mark.timeout(2 * LONGEST)

Change = Callable[[dict[str, Any], dict[str, Any]], None]
"""Changes the upgrades of Fleet LCM and of SDDC Manager, as the scenario has them."""

OPEN: Window = (datetime.now(timezone.utc), datetime.now(timezone.utc) + timedelta(hours=9))


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
def variant(tmp_path: Path) -> Callable[[Change], Path]:
    """Write the demo's scenario with a change, and with no more components than it needs."""

    def write(change: Change) -> Path:
        path = tmp_path / "scenario.yml"
        path.write_text(yaml.safe_dump(smaller(change)), encoding="utf-8")
        return path

    return write


def smaller(change: Change = lambda _fleet, _sddc_manager: None) -> dict[str, Any]:
    """The demo's scenario with a change, and without what nothing happens to: most components, and Fleet LCM itself."""
    scenario: dict[str, Any] = yaml.safe_load(SCENARIO.read_text(encoding="utf-8"))
    fleet, sddc_manager = (scenario["services"][name]["upgrade"] for name in (FLEET, SDDC_MANAGER))
    special = (fleet_proof.RETRIED, fleet_proof.FALSELY_FAILED, "OPS_NETWORKS")
    fleet["components"] = [{**one, "depends_on": []} for one in fleet["components"] if one["type"] in special]
    fleet["system"] = {"version": SYSTEM.newest}
    change(fleet, sddc_manager)
    return scenario


def run(
    place: Place, *options: str, root: Path = ROOT, program: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run it as make does, or another program, with no terminal and nothing to read."""
    return subprocess.run(
        [sys.executable, *(("-c", program) if program else ("-m", "tests.demo")), *options],
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
    for folder in ("extensions", "meta", "playbooks", "plugins", "roles", "tests"):
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
        r"\[fleet\] \* Upgrade Fleet LCM itself",
        r"\[fleet\] upgrade-system \(.*\): RUNNING, \d/4 stages",
        r"\[fleet\] out of contact for \d+s: .*\n(?s:.*)\[fleet\] back in contact after \d+s",
        r"\[fleet\] acknowledged WARN CERT-EXPIRY-30 .*: The certificate of ops-networks\S+ expires in 30 days",
        r"\[fleet\] apply-upgrade-plan .*: FAILED, .*Client sent an HTTP request to an HTTPS server",
        r"\[fleet\] failed_but_on_target, 1 of 1 versions as they should be",
        r"\[fleet\] failed: .*Node logs-2\S+ did not leave maintenance mode.*\[VCFMS-UPGRADE-COMPONENT-031\]",
        r"\[fleet\] failed: .*Remediation: Check that the node is powered on.* Reference: LOGS-7F3A21\.",
        r"\[fleet\] Retry of task 'apply-upgrade-plan' \(.*\) requested",
        r"\[sddc_manager\] acknowledged WARNING esx-hcl-nic ",
        r"\[sddc_manager\] out of contact for \d+s: ",
        r"yes: All 15 components of the fleet have their newest versions\.",
        r"yes: All of domain sfo-w01 has release 9\.1\.0\.0\.",
        r"All of it happened, in \d+ seconds\.",
    ):
        assert re.search(expected, shown), expected
    reports = re.search(r"\nThe reports:\n  (\S+/fleet/report\.html)\n  (\S+/sddc_manager/report\.html)\n\Z", shown)
    assert reports, shown
    assert all("<svg" in (root / path).read_text(encoding="utf-8") for path in reports.groups())
    assert "Internal error occurred" not in shown
    assert "VMware123!" not in shown
    assert "\x1b" not in shown
    assert "[WARNING]" not in shown
    assert_nothing_is_left(place, shown)
    assert list(home.iterdir()) == [home / ".ansible.cfg"]


def finds_errors(fleet: dict[str, Any], sddc_manager: dict[str, Any]) -> None:
    warned = next(one for one in fleet["components"] if "prechecks" in one)
    warned["prechecks"][0]["issue"]["type"] = "ERROR"
    sddc_manager["domains"][0]["checks"]["findings"][0]["severity"] = "ERROR"


def fails_again(fleet: dict[str, Any], sddc_manager: dict[str, Any]) -> None:
    for component in fleet["components"]:
        if component["type"] != fleet_proof.FALSELY_FAILED:
            component["depends_on"] = [fleet_proof.FALSELY_FAILED]
        if component["type"] == fleet_proof.RETRIED:
            component["failures"] *= 2
    sddc_manager["domains"][0]["components"]["SDDC_MANAGER"]["runs"] = [{"false_succeeded": True}]


@pytest.mark.parametrize(
    ("change", "verdicts"),
    [
        (
            finds_errors,
            [
                f"The prechecks warned of {fleet_proof.WARNING}, .*: nobody has acknowledged it",
                f"The checks warned of {sddc_proof.WARNING}, .*: nobody has acknowledged it",
            ],
        ),
        (
            fails_again,
            [
                "The upgrade of Log management .*: its ends were: failed, failed, and it has version .*",
                "All of domain sfo-m01 has release .*: there is left: SDDC_MANAGER, .*",
            ],
        ),
    ],
)
def test_the_demo_fails_when_something_goes_otherwise(
    change: Change,
    verdicts: list[str],
    place: Place,
    variant: Callable[..., Path],
    tmp_path: Path,
) -> None:
    done = run(place, "--scenario", str(variant(change)), "--reports", str(tmp_path / "reports"))

    assert done.returncode == 1
    for verdict in verdicts:
        assert re.search(rf"no:  {verdict}\.$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(
        r"The demo has FAILED: vcf\.lifecycle\.fleet_upgrade ended with status 2, and "
        r"vcf\.lifecycle\.sddc_upgrade ended with status 2, and \d+ of \d+ things did not happen",
        done.stderr,
    )
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


@pytest.fixture
def points(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """What the proof says of a simulator, by claim; empty where nothing is wrong."""

    def say(simulator: Simulator, lines: Sequence[Line] = (), window: Window = OPEN) -> dict[str, str]:
        return {point.claim: point.instead for point in proof.points(simulator, lines, tmp_path, window)}

    return say


def test_no_proof_without_deeds(points: Callable[..., dict[str, str]]) -> None:
    with Simulator.from_file(SCENARIO) as simulator:
        said = points(simulator)

    assert [claim for claim, instead in said.items() if not instead] == []


class Operator:
    """Somebody who upgrades by hand, and is not as careful as the playbooks are."""

    def __init__(self, simulator: Simulator, name: str, session: requests.Session) -> None:
        self.simulator, self.service, self.session = simulator, simulator.service(name), session
        session.trust_env = False
        session.verify = str(simulator.ca_path)
        username, password = next(iter(self.service.users.items()))
        said = {"grant_type": "password", "username": username, "password": password}
        form, body = (said, None) if name == FLEET else (None, said)
        answer = session.post(simulator.url + self.service.login_path, data=form, json=body, timeout=10).json()
        session.headers["Authorization"] = f"Bearer {answer.get('access_token') or answer['accessToken']}"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        """Ask for something, and let the time pass that it takes."""
        url = f"{self.simulator.url}{self.service.base_path}/v1/{path}"
        response = self.session.request(method, url, json=body, timeout=10)
        self.simulator.advance(60)
        return response

    def plan(self) -> str:
        """Plan the newest versions of a fleet, and return the path of the plan."""
        made = self.ask("POST", "upgrade-plans", {"spec": {"desiredSoftware": {"version": "9.1.0.0"}}})
        return f"upgrade-plans/{made.json()['id']}"

    def apply(self, plan: str, kind: str) -> requests.Response:
        """Upgrade the component of a type."""
        component = stable_id(CATALOG[kind].name)
        return self.ask("POST", f"{plan}?action=apply", {"componentsFilter": [{"id": component}]})

    def retry(self, task: str) -> requests.Response:
        """Retry a task of the fleet."""
        return self.ask("POST", f"tasks/{task}?action=retry")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator.from_dict(smaller()) as serving:
        yield serving


@pytest.fixture
def fleet(simulator: Simulator) -> Iterator[Operator]:
    with requests.Session() as session:
        yield Operator(simulator, FLEET, session)


@pytest.fixture
def sddc_manager(simulator: Simulator) -> Iterator[Operator]:
    with requests.Session() as session:
        yield Operator(simulator, SDDC_MANAGER, session)


def test_one_retry_is_not_two(fleet: Operator, points: Callable[..., dict[str, str]]) -> None:
    claim = "The upgrade of Log management failed, got one retry, and went well"
    task = fleet.apply(fleet.plan(), fleet_proof.RETRIED).json()["id"]
    failed = points(fleet.simulator)
    assert fleet.retry(task).ok
    once = points(fleet.simulator)
    assert not fleet.retry(task).ok
    twice = points(fleet.simulator)

    assert failed[claim].startswith("its ends were: failed, and 0 retries were sent, and it has version ")
    assert once[claim] == ""
    assert twice[claim] == "2 retries were sent"


def test_one_upgrade_is_not_two_even_where_the_second_is_refused(
    fleet: Operator, points: Callable[..., dict[str, str]]
) -> None:
    claim = "The fleet's upgrades were asked for in 1 requests, each component in one of them"
    plan = fleet.plan()
    assert fleet.apply(plan, "OPS_NETWORKS").ok
    once = points(fleet.simulator)
    assert not fleet.apply(plan, "OPS_NETWORKS").ok
    twice = points(fleet.simulator)

    assert once[claim] == ""
    assert twice[claim] == "2 requests were sent"


def test_one_upgrade_of_a_domain_is_not_two_even_where_the_second_is_refused(
    sddc_manager: Operator, points: Callable[..., dict[str, str]]
) -> None:
    claim = "SDDC Manager was asked for 1 upgrades, for each in one request"
    domain, bundle = stable_id("sfo-m01"), stable_id("bundle", "SDDC_MANAGER", "9.1.0.0")
    now = {"resourceId": domain, "upgradeNow": True}
    spec = {"bundleId": bundle, "resourceType": "DOMAIN", "resourceUpgradeSpecs": [now]}
    assert sddc_manager.ask("PATCH", f"releases/domains/{domain}", {"targetVersion": "9.1.0.0"}).ok
    assert sddc_manager.ask("POST", "upgrades", spec).ok
    once = points(sddc_manager.simulator)
    assert not sddc_manager.ask("POST", "upgrades", spec).ok
    twice = points(sddc_manager.simulator)

    assert once[claim] == ""
    assert twice[claim] == "2 requests were sent"


def test_a_failed_task_that_is_retried_was_not_left_alone(
    fleet: Operator, points: Callable[..., dict[str, str]]
) -> None:
    claim = "The upgrade of VCF services runtime was said to have failed, has its version, and was left alone"
    task = fleet.apply(fleet.plan(), fleet_proof.FALSELY_FAILED).json()["id"]
    alone = points(fleet.simulator)
    assert fleet.retry(task).ok
    retried = points(fleet.simulator)

    assert alone[claim] == ""
    assert retried[claim] == "its ends were: failed, succeeded, and 1 retries were sent"


def test_what_is_asked_for_outside_the_window_is_counted(
    fleet: Operator, points: Callable[..., dict[str, str]]
) -> None:
    fleet.plan()

    said = points(fleet.simulator, window=(OPEN[0], OPEN[0]))["Everything was asked for inside the change window"]

    assert said == "1 of 1 requests were outside, and the reports name another window"


def test_lines_that_come_all_at_once_are_not_live(points: Callable[..., dict[str, str]]) -> None:
    texts = [f"[fleet] apply-upgrade-plan (1): RUNNING, {stage}/6 stages" for stage in range(4)]
    with Simulator.from_file(SCENARIO) as simulator:
        verdicts = [
            points(simulator, lines)["The upgrades of fleet were watched while they ran"]
            for lines in (
                [Line(float(at), text) for at, text in enumerate(texts)],
                [Line(3.0, text) for text in texts],
            )
        ]

    assert verdicts == ["", "there were 4 lines of progress, 0 of them later than the one before"]


def test_the_benchmark_prints_its_table(place: Place, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"

    # As python -m tests.bench does it, but for a tenth of the tasks: what it prints is looked at, and not the figures.
    fewer = "import runpy; from tests.bench import normalising; normalising.TASKS //= 10"
    done = run(
        place,
        "normalising",
        "--json",
        str(figures),
        program=f"{fewer}; runpy.run_module('tests.bench', run_name='__main__')",
    )

    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(figures.read_text(encoding="utf-8"))
    assert rows
    for row in rows:
        assert row["value"] > 0
        assert row["what"] in done.stdout
    assert re.search(r">= 5 +(met|NOT MET)$", done.stdout, re.MULTILINE), done.stdout
    assert place.leftovers() == []
