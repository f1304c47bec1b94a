# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rehearse: an inventory as it is, a playbook that never reaches what is real, and how long it takes."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.conformance.fleet import RELEASE
from tests.integration.fleets import DEPOT, OPS, PATIENCE
from tests.integration.leftovers import all_of, end_all_of
from tests.integration.runs import Ansible, Run

pytestmark = pytest.mark.timeout(PATIENCE)

HOURS = 3600
SAMPLES = {"VCF_FLEET_LCM": [2 * HOURS], DEPOT: [HOURS, HOURS, 2 * HOURS], OPS: [HOURS / 2]}
SYSTEM = "9.1.0.0400.25570101"
NIGHT = {"start": "22:00", "end": "04:00", "zone": "+01:00"}
UNREADABLE = "{{ lookup('ansible.builtin.file', '/no/such/password') }}"


def fleet(**ops: Any) -> dict[str, Any]:
    """What was captured of a fleet of two components."""
    components = [{"type": DEPOT}, {"type": OPS, "depends_on": [DEPOT], **ops}]
    return {"fleet_lcm": {"durations": {"upgrades": SAMPLES}, "upgrade": {"components": components}}}


@pytest.fixture
def real() -> Iterator[socket.socket]:
    """Where the real endpoints are, which nobody is to talk to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.fixture
def inventory(ansible: Ansible, real: socket.socket) -> Iterator[Ansible]:
    """The hosts as they are tonight, whose logins nobody can read here."""
    host = {
        "vcf_hostname": "localhost",
        "vcf_port": real.getsockname()[1],
        "vcf_username": UNREADABLE,
        "vcf_password": UNREADABLE,
        "vcf_token": UNREADABLE,
        "fleet_upgrade_version": RELEASE,
        "change_window_definition": NIGHT,
        "vcf_report_directory": str(ansible.folder / "evidence"),
        "task_report_files": ["report.json"],
    }
    ansible.hosts = {"vienna": host, "graz": {**host, "vcf_service": "fleet_lcm"}, "linz": host}
    ansible.too_long = PATIENCE
    yield ansible
    end_all_of(ansible.folder)


def encrypted(variables: dict[str, Any], password: bytes) -> bytes:
    """As ansible-vault writes it."""
    written: bytes = VaultLib([("night", VaultSecret(password))]).encrypt(json.dumps(variables))
    return written


def arguments(folder: Path, scenario: dict[str, Any], *options: str) -> list[str]:
    (folder / "tonight.yml").write_text(yaml.safe_dump(scenario))
    given = ["scenario=tonight.yml", "playbook=vcf.lifecycle.fleet_upgrade", "speed=4000"]
    return ["vcf.lifecycle.rehearse", *(part for one in given for part in ("-e", one)), *options]


def rehearse(ansible: Ansible, scenario: dict[str, Any], *options: str, code: int = 0, **variables: str) -> Run:
    run = ansible.run("playbook", *arguments(ansible.folder, scenario, *options), variables=variables)
    assert run.code == code, run.output
    assert not run.warnings, run.output
    assert "Traceback (most recent call last)" not in run.output, run.output
    return run


def test_an_inventory_is_rehearsed_as_it_is(inventory: Ansible) -> None:
    scenario = {"endpoints": {"vienna": fleet(), "graz": fleet()}}
    folder = inventory.folder
    # Some of it is encrypted, with a password that is told once.
    inventory.hosts["vienna"]["fleet_upgrade_version"] = "{{ planned_release }}"
    (folder / "group_vars").mkdir()
    (folder / "group_vars/all.yml").write_bytes(encrypted({"planned_release": RELEASE}, b"Hidden-3"))
    (folder / "ask").write_text("#!/bin/sh\nmv ask asked && echo Hidden-3\n")
    (folder / "ask").chmod(0o700)
    # Where a login of tonight is in the environment, it stays there.
    options = ["--limit", "vienna,graz", "-e", "rehearse_directory=kept", "-e", "runs=2", "-e", "seed=4"]
    # As it is written first: Ansible ends the value at the first space.
    options += ["-e", 'faults=[{"component": "OPS", "kind": "false_failed", "endpoint": "graz"}]']
    options += ["-e", "fleet_upgrade_accept_failed_but_on_target=true", "--vault-id", "night@ask"]
    ran = rehearse(inventory, scenario, *options, VCF_API_TOKEN="Hidden-1")
    result = ran["Rehearse"]
    assert [(run["number"], run["status"], run["left_running"]) for run in result["runs"]] == [(1, 0, []), (2, 0, [])]
    forecast = result["forecast"]
    for host in ("vienna", "graz"):
        found = {step["name"]: step["p50"] for step in forecast["steps"] if step["host"] == host}
        assert found[f"Upgrade Fleet lifecycle to {SYSTEM}"] == pytest.approx(2 * HOURS, abs=1)
        assert HOURS <= round(found["Apply upgrade plan: Software depot"]) <= 2 * HOURS
        assert found["Apply upgrade plan: VCF Operations"] == pytest.approx(HOURS / 2, abs=1)
    # Both at the same time, and between their steps as long as this machine takes.
    assert 3.5 * HOURS < forecast["total"]["p50"] < 6 * HOURS
    assert 0 < forecast["around"]["p50"] < 600
    assert {one["host"]: one["seconds"] for one in forecast["windows"]} == {"vienna": 6 * HOURS, "graz": 6 * HOURS}
    assert "[rehearsal] vienna: Apply upgrade plan: VCF Operations: SUCCEEDED after 30m" in ran.stdout
    assert "[rehearsal] graz: Apply upgrade plan: VCF Operations: FAILED after 30m" in ran.stdout
    assert "change window of graz" in ran.section("Say how long it will take")
    # The reports of a rehearsal are no evidence.
    assert not (folder / "evidence").exists()
    kept = sorted(path.name for path in (folder / "kept").iterdir())
    assert kept == ["report.json", "run-1", "run-1.log", "run-2", "run-2.log"]
    assert (folder / "kept/run-1/vienna/report.json").exists()
    report = json.loads((folder / "kept/report.json").read_text())
    assert (report["title"], report["outcome"]) == ("Rehearsal of vcf.lifecycle.fleet_upgrade", "succeeded")
    assert report["rehearsal"]["forecast"]["total"] == forecast["total"]
    assert [(run["number"], run["result"]) for run in report["runs"]] == [(1, "well"), (2, "well")]
    # One for all hosts, whose place is told.
    assert ran.stdout.count(f"succeeded: {folder}/kept/report.json") == 1
    assert "linz" not in (folder / "kept/run-1.log").read_text()
    assert not [path for path in (folder / "kept").rglob("*.*") if "Hidden" in path.read_text()]
    assert "Hidden" not in ran.output
    assert not all_of(folder)


def test_what_goes_wrong_is_shown(inventory: Ansible) -> None:
    del inventory.hosts["graz"], inventory.hosts["linz"]
    # One of one's own, which leaves something behind, and in which it is written where it is to go.
    connection = {name: f"{{{{ vcf_{name} }}}}" for name in ("hostname", "port", "username", "password", "ca_path")}
    begin = {
        "vcf.lifecycle.fleet_upgrade_run": {**connection, "action": "system", "target_version": SYSTEM, "wait": False}
    }
    elsewhere = {
        "vcf.lifecycle.task_info": {
            "hostname": "fleet.example.com",
            "token": "Hidden-2",
            "service": "fleet_lcm",
            "max_outage": 0,
        }
    }
    play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": [begin, elsewhere]}
    (inventory.folder / "site.yml").write_text(yaml.safe_dump([play]))
    options = [
        "-e",
        "playbook=site.yml",
        "-e",
        "vcf_service=fleet_lcm",
        "-e",
        "speed=200",
        "-e",
        "rehearse_directory=kept",
    ]
    ran = rehearse(inventory, {"services": fleet()}, *options, code=2)
    message = ran["Fail where a run went wrong"]["msg"]
    assert message == (
        "Run 1: the playbook has failed (status 2). "
        f"Run 1: vienna: Upgrade Fleet lifecycle to {SYSTEM} goes on after the playbook has ended."
    )
    shown = ran.section("Show how the runs have ended that went wrong")
    assert "fleet.example.com can not be reached (tried for 0s): the proxy that the environment names" in shown
    report = json.loads((inventory.folder / "kept/report.json").read_text())
    assert (report["outcome"], report["rehearsal"]["problems"]) == ("failed", ran["Rehearse"]["problems"])
    assert "No rehearsal has ended well" in ran.section("Say how long it will take")


def test_what_can_not_be_rehearsed_is_told(inventory: Ansible) -> None:
    ran = rehearse(inventory, {"endpoints": {"vienna": fleet()}}, code=2)
    assert "The scenario has nothing for graz, whose service is fleet_lcm (it has vienna)" in ran["Rehearse"]["msg"]
    nothing = ["--limit", "vienna", "-e", '{"faults": [{"component": "OPSS"}]}']
    ran = rehearse(inventory, {"services": fleet()}, *nothing, code=2)
    assert ran["Rehearse"]["msg"].startswith("faults.0: there is no component 'OPSS' (there are ")
    # A library that is older than what is asked for stands for one that is not there.
    metadata = inventory.folder / "old" / "uvicorn-0.1.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: uvicorn\nVersion: 0.1\n")
    ran = rehearse(inventory, {"services": fleet()}, code=2, PYTHONPATH=str(metadata.parents[1]))
    message = ran["Rehearse"]["msg"]
    assert message.startswith("The simulator needs uvicorn>=")
    assert message.rstrip("'").endswith("/requirements-simulator.txt")


def test_nothing_outlives_whoever_has_started_it(inventory: Ansible) -> None:
    slow = arguments(inventory.folder, {"services": fleet()}, "-e", "speed=100")
    with inventory.start("playbook", *slow, variables={"PYTHONUNBUFFERED": "1"}) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("[rehearsal] vienna: Upgrade"):
                break
        assert [name for name in all_of(inventory.folder).values() if "fleet_upgrade" in name]
        process.kill()
        process.wait()
        ends = time.monotonic() + 30
        while left := all_of(inventory.folder):
            assert time.monotonic() < ends, left
            time.sleep(0.1)
