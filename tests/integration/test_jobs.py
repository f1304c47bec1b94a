# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks as jobs of AWX: with ansible-runner, the environment of a credential, and the answers to a survey."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.conformance import fleet, sddc
from tests.integration.conftest import Simulate
from tests.integration.jobs import Job, artifacts, events, texts
from tests.integration.managers import domain
from tests.integration.runs import connection

runner = pytest.importorskip("ansible_runner")

LOGIN = "VCF user name and password"
FIRST, FAILED = (f"019aa000-0000-7000-8000-00000000000{number}" for number in (1, 2))
OPEN = {"vcf_window_start": "2026-01-01T00:00:00", "vcf_window_end": "2096-01-01T00:00:00"}
UPGRADES = {"fleet_lcm": "fleet_upgrade", "sddc_manager": "sddc_upgrade"}


def endpoints(sim: Simulator, *services: str) -> dict[str, dict[str, Any]]:
    """The endpoints of the inventory: where they are, and what no survey asks for. No login."""
    wanted = ("service", "hostname", "port", "base_path", "auth_url")
    return {
        service.replace("_", "-"): {
            **{f"vcf_{name}": value for name, value in connection(sim, service).items() if name in wanted},
            **dict.fromkeys(("vcf_poll_interval", f"{UPGRADES.get(service)}_poll_interval"), 0.1),
        }
        for service in services
    }


def prepare(folder: Path, sim: Simulator, service: str, elsewhere: Path | None = None) -> Job:
    """A job with a login of that service, whose certificate is verified with the CA of the credential."""
    options = connection(sim, service)
    inputs = {name: options[name] for name in ("username", "password")}
    return Job(folder, elsewhere).credential(LOGIN, **inputs, ca_bundle=sim.ca_path.read_text())


def run(job: Job, playbook: str, status: str = "successful", **settings: Any) -> dict[str, Any]:
    """Run it to its end, which is to be that, and return what it leaves."""
    done = runner.run(
        private_data_dir=str(job.folder), playbook=f"playbooks/{playbook}.yml", quiet=True, ident="1", **settings
    )
    shown = "\n".join(event["stdout"] for event in events(job.folder))
    assert done.status == status, shown
    assert "[WARNING]" not in shown
    assert "[DEPRECATION WARNING]" not in shown
    password = job.variables["VCF_PASSWORD"]
    assert password
    # Where ansible-runner writes what it was given, the environment, is where AWX masks what credentials inject.
    found = [path.name for path, text in texts(job.folder) if password in text]
    assert found == ["command"]
    return artifacts(job.folder)


@pytest.mark.parametrize(
    ("playbook", "answers", "outcome"),
    [
        ("show", {}, "failed"),
        ("drain", {"change_window_required": "false"}, "succeeded"),
        ("cancel", {"vcf_states": ["RUNNING"]}, "canceled"),
        ("retry_failed", {"vcf_task_ids": f"{FAILED}, {FAILED}"}, "succeeded"),
    ],
)
def test_a_job(tmp_path: Path, simulate: Simulate, playbook: str, answers: Mapping[str, Any], outcome: str) -> None:
    sim = simulate("endpoints", on_request=lambda _request: playbook == "show" or sim.clock.advance(300))
    job = prepare(tmp_path / "job", sim, "fleet_lcm")
    job.launch(playbook, endpoints(sim, "fleet_lcm", "sddc_manager"), vcf_hosts="fleet_lcm", **answers)
    left = run(job, playbook)
    assert left["vcf_outcome"] == {"fleet-lcm": outcome}
    assert set(left) == {"vcf_outcome", "vcf_summary"}
    if playbook == "retry_failed":
        assert left["vcf_summary"]["fleet-lcm"]["task_ids"] == [FAILED]


def test_progress_comes_while_the_job_runs(tmp_path: Path, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    job = prepare(tmp_path / "job", sim, "fleet_lcm")
    job.launch("wait", endpoints(sim, "fleet_lcm"), vcf_timeout=60, vcf_deadline="2096-01-01T00:00:00+01:00")

    def on_event(event: dict[str, Any]) -> bool:
        # Time stands still until somebody has seen that the task is going on.
        if f"first ({FIRST}): RUNNING" in event["stdout"]:
            sim.advance(1000)
        return True

    left = run(job, "wait", event_handler=on_event)
    assert left["vcf_outcome"] == {"fleet-lcm": "succeeded"}
    assert left["vcf_summary"]["fleet-lcm"]["task_ids"] == [FIRST]


def test_a_mesh_runs_it_somewhere_else(tmp_path: Path, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    there, back = tmp_path / "there", tmp_path / "back"
    job = prepare(tmp_path / "job", sim, "fleet_lcm", elsewhere=there)
    job.launch("wait", endpoints(sim, "fleet_lcm"), vcf_timeout=60)
    program = [sys.executable, "-m", "ansible_runner"]
    transmit = [*program, "transmit", str(job.folder), "--playbook", "playbooks/wait.yml"]
    with (
        subprocess.Popen(transmit, stdout=subprocess.PIPE) as sender,
        subprocess.Popen(
            [*program, "worker", "--private-data-dir", str(there)], stdin=sender.stdout, stdout=subprocess.PIPE
        ) as worker,
        subprocess.Popen(
            # Without a buffer, as somebody who looks at it has it.
            [sys.executable, "-u", *program[1:], "process", str(back)],
            stdin=worker.stdout,
            stdout=subprocess.PIPE,
            text=True,
        ) as receiver,
    ):
        assert receiver.stdout
        for line in receiver.stdout:
            if f"first ({FIRST}): RUNNING" in line:
                sim.advance(1000)
    assert [sender.returncode, worker.returncode, receiver.returncode] == [0, 0, 0]
    assert artifacts(back)["vcf_outcome"] == {"fleet-lcm": "succeeded"}
    assert [path.name for path, text in texts(back) if job.variables["VCF_PASSWORD"] in text] == ["command"]


def test_a_workflow(tmp_path: Path, simulate: Simulate) -> None:
    # What looks like a template of Ansible's stays what it is.
    component = {
        "type": "OPS",
        "seconds": 60,
        "prechecks": [{"issue": {"id": "CERT-30", "type": "WARN", "message": "It expires {{ 6 * 5 }}."}}],
    }
    sim = simulate({**fleet.scenario(components=[component], system=fleet.UPGRADED), "speed": 600})
    fleet.plan(sim, OPS=fleet.OPS.newest)
    hosts = endpoints(sim, "fleet_lcm")
    reports = {"vcf_report_directory": str(tmp_path / "reports")}
    answers = {**OPEN, "vcf_hosts": "fleet_lcm", "fleet_upgrade_version": fleet.RELEASE}

    # The prechecks block: what comes next is the report, which fails as well.
    blocked = prepare(tmp_path / "blocked", sim, "fleet_lcm").launch("precheck", hosts, **answers)
    left = run(blocked, "precheck", "failed")
    assert left["vcf_outcome"] == {"fleet-lcm": "blocked"}
    job = prepare(tmp_path / "report", sim, "fleet_lcm").launch("report", hosts, **answers, **reports, **left)
    run(job, "report", "failed")
    assert (tmp_path / "reports/fleet-lcm/report.html").exists()

    # Somebody takes the warning upon himself.
    answers["vcf_acknowledgements"] = "- {id: CERT-30, reason: It is replaced., by: K. Lindqvist}\n"
    job = prepare(tmp_path / "upgrade", sim, "fleet_lcm").launch("fleet_upgrade", hosts, **answers)
    left = run(job, "fleet_upgrade")
    assert left["vcf_outcome"] == {"fleet-lcm": "succeeded_with_warnings"}
    summary = left["vcf_summary"]["fleet-lcm"]
    assert summary["message"].startswith(f"The upgrade to {fleet.RELEASE}: ")
    job = prepare(tmp_path / "last", sim, "fleet_lcm").launch("report", hosts, **answers, **reports, **left)
    reported = run(job, "report")
    assert reported["vcf_outcome"] == left["vcf_outcome"]
    assert sorted(reported["vcf_summary"]["fleet-lcm"]["task_ids"]) == sorted(summary["task_ids"]) != []


def test_domains_are_upgraded(tmp_path: Path, simulate: Simulate) -> None:
    domains = [domain(sddc.MANAGEMENT, "VCENTER", selected=True)]
    scenario = sddc.scenario(domains=domains, downloaded=True)
    sim = simulate(scenario, on_request=lambda _request: sim.clock.advance(60))
    answers = {**OPEN, "sddc_upgrade_version": sddc.NEW, "vcf_domains": sddc.MANAGEMENT}
    job = prepare(tmp_path / "job", sim, "sddc_manager")
    job.launch("sddc_upgrade", endpoints(sim, "sddc_manager"), **answers)
    left = run(job, "sddc_upgrade")
    assert left["vcf_outcome"] == {"sddc-manager": "succeeded"}
