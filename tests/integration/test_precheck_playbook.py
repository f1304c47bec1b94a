# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook precheck: each outcome of the gate, for both services."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.conformance import fleet, sddc
from tests.integration.conftest import Simulate
from tests.integration.fleets import REPORT
from tests.integration.runs import Ansible, Run, connection

QUICK = {"vcf_poll_interval": 0.1, "vcf_timeout": 60}
REFUSE = "vcf.lifecycle.precheck_gate : Refuse to go on where the prechecks block"
# What looks like a template of Ansible's stays what it is.
MESSAGE = "The certificate expires in {{ 6 * 5 }} days."
BAD, ODD = ({"id": f"CERT-{days}", "severity": kind, "message": MESSAGE} for days, kind in ((3, "ERROR"), (30, "WARN")))
TAKEN = {"id": r"CERT-\d+", "reason": "It is replaced next week.", "by": "K. Lindqvist", "expires": "2036-11-30"}

Precheck = Callable[..., Run]


def scenario(*findings: dict[str, str], **fleet_upgrade: Any) -> dict[str, Any]:
    """A fleet, and an SDDC Manager, whose prechecks find this."""
    issues = [{"id": one["id"], "type": one["severity"], "message": one["message"]} for one in findings]
    component = {"type": "OPS", "prechecks": [{"issue": issue} for issue in issues] or [{}]}
    found = [{**one, "severity": {"WARN": "WARNING"}.get(one["severity"], "ERROR")} for one in findings]
    domains = [{**sddc.DOMAINS[0], "checks": {"findings": found}}, sddc.DOMAINS[1]]
    services = {
        **fleet.scenario(components=[component], **fleet_upgrade)["services"],
        **sddc.scenario(domains=domains)["services"],
    }
    return {"speed": 600, "services": services}


@pytest.fixture
def precheck(ansible: Ansible) -> Precheck:
    """Run the playbook over both services of a simulator; a plan is there."""

    def run(sim: Simulator, *options: str, code: int = 0, **variables: Any) -> Run:
        if "localhost" in ansible.hosts:
            ansible.hosts = hosts(sim)
        path = ansible.folder / "variables.yml"
        given = {**QUICK, **REPORT, "vcf_report_directory": str(ansible.folder / "reports"), **variables}
        path.write_text(yaml.safe_dump(given))
        done = ansible.run("playbook", "vcf.lifecycle.precheck", "-e", f"@{path}", *options)
        assert done.code == code, done.output
        assert not done.warnings, done.output
        return done

    return run


def hosts(sim: Simulator) -> dict[str, dict[str, Any]]:
    return {
        name: {f"vcf_{option}": value for option, value in connection(sim, name).items()}
        for name in ("fleet_lcm", "sddc_manager")
    }


def runs(sim: Simulator) -> list[str]:
    """The prechecks that were asked for, by service."""
    return [
        seen["service"]
        for seen in sim.requests
        if "action=precheck" in seen["query"] or (seen["method"] != "GET" and seen["path"].endswith("check-sets"))
    ]


def failed(ran: Run) -> dict[str, str]:
    """What the task said that failed, by host."""
    return {record["host"]: record["result"]["msg"] for record in ran.records if record["outcome"] == "failed"}


def reports(ansible: Ansible) -> dict[str, dict[str, Any]]:
    files = (ansible.folder / "reports").glob("*/report.json")
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in files}


def test_nothing_found(precheck: Precheck, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate(scenario())
    fleet.plan(sim, OPS=fleet.OPS.newest)
    ran = precheck(sim)
    assert sorted(runs(sim)) == ["fleet_lcm", "sddc_manager", "sddc_manager"]
    messages = {record["result"]["msg"] for record in ran.records if record["task"] == REFUSE}
    assert messages == {"The prechecks let it through: 0 errors, 0 warnings."}
    for host, report in reports(ansible).items():
        assert (report["outcome"], report["gate"]["passed"]) == ("succeeded", True)
        assert len(report["tasks"]) == (1 if host == "fleet_lcm" else 2)


@pytest.mark.parametrize("findings", [(BAD,), (ODD,), (BAD, ODD)], ids=["error", "warning", "both"])
def test_what_blocks(precheck: Precheck, ansible: Ansible, simulate: Simulate, findings: Any) -> None:
    sim = simulate(scenario(*findings))
    fleet.plan(sim, OPS=fleet.OPS.newest)
    taken = [{**TAKEN, "expires": "2026-01-31"}] if BAD not in findings else [TAKEN]
    ran = precheck(sim, code=2, precheck_gate_acknowledgements=taken)
    said = failed(ran)
    assert sorted(said) == ["fleet_lcm", "sddc_manager"]
    for message in said.values():
        assert f"CERT-{3 if BAD in findings else 30}" in message
        assert MESSAGE in message
        assert ("has expired (2026-01-31)" in message) == (BAD not in findings)
    assert "sfo-m01 / " in said["sddc_manager"]
    for report in reports(ansible).values():
        assert (report["outcome"], report["gate"]["passed"]) == ("blocked", False)
        assert len(report["gate"]["findings"]) == len(findings)


def test_what_is_acknowledged(precheck: Precheck, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate(scenario(ODD))
    fleet.plan(sim, OPS=fleet.OPS.newest)
    precheck(sim, precheck_gate_acknowledgements=[TAKEN])
    for report in reports(ansible).values():
        assert report["gate"]["passed"]
        assert report["gate"]["acknowledgements"] == [TAKEN]
        assert [one["acknowledged"] for one in report["gate"]["findings"]] == [True]


def test_a_wrong_acknowledgement(precheck: Precheck, simulate: Simulate) -> None:
    sim = simulate(scenario())
    fleet.plan(sim, OPS=fleet.OPS.newest)
    ran = precheck(sim, code=2, precheck_gate_acknowledgements=[{"id": "CERT-3"}])
    assert all("Acknowledgement 1 (CERT-3) has no reason." in message for message in failed(ran).values())


def test_check_mode_runs_nothing(precheck: Precheck, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate(scenario(BAD))
    fleet.plan(sim, OPS=fleet.OPS.newest)
    ran = precheck(sim, "--check")
    logins = {service.login_url for service in sim.services}
    assert [seen for seen in sim.requests if seen["method"] != "GET" and seen["path"] not in logins] == []
    messages = [record["result"]["msg"] for record in ran.records if record["task"] == REFUSE]
    assert len(messages) == 2
    assert all("Nothing was checked" in message for message in messages)
    assert not reports(ansible)


def test_what_is_on_target_is_not_checked(precheck: Precheck, simulate: Simulate) -> None:
    domains = [{**sddc.DOMAINS[0], "version": sddc.NEW}, sddc.DOMAINS[1]]
    given = scenario(BAD)
    given["services"]["sddc_manager"]["upgrade"]["domains"] = domains
    given["services"]["fleet_lcm"]["upgrade"]["components"][0]["version"] = fleet.OPS.newest
    sim = simulate(given)
    fleet.plan(sim, OPS=fleet.OPS.newest)
    precheck(sim)
    assert len(runs(sim)) == 1
    precheck(sim, vcf_hosts="sddc_manager", sddc_upgrade_domains=["sfo-m01"])
    assert len(runs(sim)) == 1


@pytest.mark.parametrize(("chosen", "count"), [(["sfo-w01"], 1), (["sfo-w01", "sfo-m01"], 2)])
def test_some_domains(precheck: Precheck, simulate: Simulate, chosen: list[str], count: int) -> None:
    sim = simulate(scenario())
    precheck(sim, vcf_hosts="sddc_manager", sddc_upgrade_domains=chosen, sddc_upgrade_version=sddc.NEW)
    assert len(runs(sim)) == count


def test_a_domain_that_is_not_there(precheck: Precheck, simulate: Simulate) -> None:
    sim = simulate(scenario())
    ran = precheck(sim, code=2, vcf_hosts="sddc_manager", sddc_upgrade_domains=["sfo-w01", "sfo-w99"])
    assert "knows no domain 'sfo-w99'" in ran.output
    assert not runs(sim)


def test_there_is_no_plan(precheck: Precheck, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate(scenario())
    ran = precheck(sim, code=2)
    # No host's failure hides another's.
    assert list(failed(ran)) == ["fleet_lcm"]
    assert re.search(r"sddc_manager +: ok=\d+ .* failed=0", ran.output)
    written = reports(ansible)
    assert (written["fleet_lcm"]["outcome"], written["sddc_manager"]["outcome"]) == ("failed", "succeeded")


def test_no_report_unless_told(precheck: Precheck, ansible: Ansible, simulate: Simulate) -> None:
    precheck(simulate(scenario()), vcf_hosts="sddc_manager", vcf_report_directory="")
    assert not reports(ansible)


@pytest.mark.parametrize("service", ["vcenter", None])
def test_services_without_prechecks(
    precheck: Precheck, ansible: Ansible, simulate: Simulate, service: str | None
) -> None:
    ansible.hosts = {"other": {"vcf_service": service} if service else {}}
    ran = precheck(simulate(scenario()), code=2)
    said = failed(ran)["other"]
    assert f"{service or 'No service'} is no service with prechecks of an upgrade. Set vcf_service to" in said


def test_the_service_may_come_from_the_environment(precheck: Precheck, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate(scenario())
    ansible.hosts = {"sddc": hosts(sim)["sddc_manager"]}
    del ansible.hosts["sddc"]["vcf_service"]
    ansible.environment["VCF_SERVICE"] = "sddc_manager"
    precheck(sim)
    assert len(runs(sim)) == 2
