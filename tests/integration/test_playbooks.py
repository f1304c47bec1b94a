# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks, by their names, over an inventory whose hosts are the endpoints."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES as REGISTRY
from tests.integration.conftest import Simulate
from tests.integration.fleets import REPORT
from tests.integration.runs import ROOT, Ansible, Run, connection

README = ROOT / "README.md"
PLAYBOOKS = sorted({path.stem for path in (ROOT / "playbooks").glob("*.yml")} - {"awx_setup", "rehearse"})
"""Those that talk to the endpoints, their hosts."""
UPGRADES = {"fleet_upgrade": "fleet_lcm", "sddc_upgrade": "sddc_manager"}
"""Playbooks that are for one service, which they need not be told. They have tests of their own."""
SERVICES = ("fleet_lcm", "sddc_manager")
FIRST, FAILED = (f"019aa000-0000-7000-8000-00000000000{number}" for number in (1, 2))
SOON = {"vcf_poll_interval": 0.1}

LEFT = {"vcf_outcome", "vcf_summary"}
"""What each leaves for the jobs after it."""

Launch = Callable[..., Run]


@pytest.fixture
def launch(ansible: Ansible) -> Launch:
    """Run a playbook of the collection with variables, by default against both services of a simulator.

    A variable that is None is not given.
    """

    def run(name: str, sim: Simulator, *options: str, code: int = 0, **variables: Any) -> Run:
        ansible.hosts = ansible.hosts if "localhost" not in ansible.hosts else endpoints(sim)
        path = ansible.folder / "variables.yml"
        given = {**SOON, **REPORT, "vcf_report_directory": str(ansible.folder / "reports"), **variables}
        path.write_text(yaml.safe_dump({key: value for key, value in given.items() if value is not None}))
        done = ansible.run("playbook", f"vcf.lifecycle.{name}", "-e", f"@{path}", *options)
        assert done.code == code, done.output
        assert not done.warnings, done.output
        return done

    return run


def endpoints(sim: Simulator) -> dict[str, dict[str, Any]]:
    """The hosts: one is found by its ansible_host, the other by a variable of ours."""
    hosts = {name: {f"vcf_{option}": value for option, value in connection(sim, name).items()} for name in SERVICES}
    hosts["fleet_lcm"]["ansible_host"] = hosts["fleet_lcm"].pop("vcf_hostname")
    return hosts


def busy(simulate: Simulate, services: tuple[str, ...] = SERVICES) -> Simulator:
    """A simulator in which time passes, a stage with each look, as soon as those services have all been looked at."""
    awaited = set(services)

    def on_request(request: dict[str, Any]) -> None:
        if request["method"] == "GET":
            awaited.discard(request["service"])
        if not awaited:
            sim.clock.advance(600)

    sim = simulate("endpoints", on_request=on_request)
    return sim


def writes(sim: Simulator) -> list[str]:
    """The paths of the requests that change something."""
    logins = {service.login_url for service in sim.services}
    return [seen["path"] for seen in sim.requests if seen["method"] != "GET" and seen["path"] not in logins]


def results(ran: Run, task: str) -> dict[str, Any]:
    """What a task returned, by host."""
    return {record["host"]: record["result"] for record in ran.records if record["task"] == task}


def window(minutes: float) -> dict[str, str]:
    now = datetime.now(timezone.utc)
    return {"start": (now - timedelta(hours=1)).isoformat(), "end": (now + timedelta(minutes=minutes)).isoformat()}


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_all_inputs_are_said_at_the_head(name: str) -> None:
    text = (ROOT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8")
    head, plays = text.split("\n- name: ", 1)
    for path in (ROOT / "playbooks/tasks").glob(f"{name}*.yml"):
        plays += path.read_text(encoding="utf-8")
    used = set(re.findall(r"\bvcf_[a-z_]+", plays))
    assert [service for service in REGISTRY if service not in head] == []
    assert used | LEFT == set(re.findall(r"\bvcf_[a-z]\w*", head)) - set(REGISTRY)
    assert plays.count("ansible.builtin.set_stats:") == 1
    assert f"ansible-playbook vcf.lifecycle.{name} " in head
    assert "vars_prompt" not in plays


def test_the_readme_names_them_all() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert sorted(
        re.findall(r"^\| `vcf\.lifecycle\.(\w+)`", readme.split("## Playbooks")[1].split("\n## ")[0], re.M)
    ) == sorted([*PLAYBOOKS, "awx_setup", "rehearse"])


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_all_reach_their_endpoints_in_the_same_way(name: str) -> None:
    (play,), (model,) = (
        yaml.safe_load((ROOT / "playbooks" / f"{each}.yml").read_text(encoding="utf-8")) for each in (name, "wait")
    )
    if name in UPGRADES:
        options = model["module_defaults"]["group/vcf.lifecycle.all"]
        options["service"] = options["service"].replace("omit", repr(UPGRADES[name]))
    keywords = ("hosts", "connection", "gather_facts", "serial", "max_fail_percentage", "module_defaults")
    assert {key: play[key] for key in keywords} == {key: model[key] for key in keywords}


def test_show_is_a_line_of_the_readme_without_a_file(ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    (line,) = re.findall(r"^\$ (ansible-playbook .*vcf\.lifecycle\.show .*)$", README.read_text("utf-8"), re.M)
    program, *arguments = shlex.split(line.replace("fleet.example.com", sim.host))
    assert program == "ansible-playbook"
    options = connection(sim)
    del options["service"], options["hostname"]
    # What callbacks are set up plays no part.
    del ansible.settings["callbacks_enabled"]
    ran = ansible.run(
        "playbook", *arguments, variables={f"VCF_{name.upper()}": str(value) for name, value in options.items()}
    )
    assert (ran.code, ran.warnings) == (0, []), ran.output
    table = [text for text in ran.stdout.splitlines() if FIRST in text or FAILED in text or "BEGAN (UTC)" in text]
    assert [text.split()[0].strip('"') for text in table] == ["STATE", "RUNNING", "FAILED"]
    assert len({text.index(column) for text, column in zip(table, ("NAME", "first ", "failed "), strict=True)}) == 1
    assert max(map(len, ran.stdout.splitlines())) <= 120


def test_show_one_task_as_a_tree(launch: Launch, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    shown = results(launch("show", sim, vcf_task_ids=FAILED), "Show them")
    for result in shown.values():
        head, stage, reason, *_what_to_do = result["msg"]
        assert head == f"failed ({FAILED}): FAILED, 5s"
        assert stage == "└─ compare: FAILED, 5s  <-- failed here"
        assert reason.strip() == "SYNC-4: Two nodes disagree."
    assert set(shown) == set(SERVICES)
    assert not writes(sim)


def test_show_nothing_and_what_there_is_not(launch: Launch, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    none = results(launch("show", sim, vcf_states="CANCELED"), "Show them")
    assert [result["msg"] for result in none.values()] == [["No tasks."]] * 2
    ran = launch("show", sim, code=2, vcf_task_ids=["no-such-task", FIRST], vcf_hosts="fleet_lcm")
    assert results(ran, "Show them")["fleet_lcm"]["msg"][0].startswith(f"first ({FIRST}): RUNNING")
    said = results(ran, "Say which of them the service does not know")["fleet_lcm"]["msg"]
    assert said == "There is no task no-such-task at fleet_lcm."


def test_wait(launch: Launch, simulate: Simulate) -> None:
    sim = busy(simulate)
    waited = results(launch("wait", sim), "Wait until the tasks have ended")
    assert {host: result["states"] for host, result in waited.items()} == {
        host: {FIRST: "SUCCEEDED"} for host in SERVICES
    }


def test_wait_by_ids_at_one_endpoint(launch: Launch, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    ran = launch("wait", sim, code=2, vcf_task_ids=FAILED, vcf_hosts="sddc_manager")
    waited = results(ran, "Wait until the tasks have ended")
    assert {host: result["failure"]["kind"] for host, result in waited.items()} == {"sddc_manager": "task_failed"}


def test_credentials_from_the_environment(ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    hosts = endpoints(sim)
    variables = {f"VCF_{name.upper()}": hosts["sddc_manager"].pop(f"vcf_{name}") for name in ("username", "password")}
    ansible.hosts = {"sddc_manager": hosts["sddc_manager"]}
    ran = ansible.run("playbook", "vcf.lifecycle.wait", "--check", variables=variables)
    assert ran.code == 0, ran.output
    assert ran["Wait until the tasks have ended"]["states"] == {FIRST: "RUNNING"}


def test_cancel(launch: Launch, simulate: Simulate) -> None:
    sim = busy(simulate)
    ran = launch("cancel", sim, vcf_name="first", vcf_states=["RUNNING"], vcf_timeout=30)
    canceled = results(ran, "Cancel the tasks, and follow them to their ends")
    assert all(result["changed"] for result in canceled.values())
    assert len(writes(sim)) == len(SERVICES)


def test_cancel_cancels_nothing_by_itself(launch: Launch, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    refused = results(launch("cancel", sim, code=2), "Cancel the tasks, and follow them to their ends")
    assert [result["failure"]["kind"] for result in refused.values()] == ["options", "options"]
    assert not writes(sim)


def test_retry_failed(launch: Launch, simulate: Simulate) -> None:
    sim = busy(simulate)
    retried = results(launch("retry_failed", sim), "Retry what has failed, and follow it to its end")
    assert {host: (result["retried"], result["states"]) for host, result in retried.items()} == {
        host: ([FAILED], {FAILED: "SUCCEEDED"}) for host in SERVICES
    }
    # Again, there is nothing to do.
    again = results(launch("retry_failed", sim), "Retry what has failed, and follow it to its end")
    assert not any(result["changed"] for result in again.values())
    assert len(writes(sim)) == len(SERVICES)


def test_drain(launch: Launch, simulate: Simulate) -> None:
    sim = busy(simulate)
    ran = launch("drain", sim, change_window_definition=window(30))
    looks = [record for record in ran.records if record["task"] == "Look at what is going on"]
    for host in SERVICES:
        seen = [len(look["result"]["tasks"]) for look in looks if look["host"] == host]
        assert seen == [1, 0]
    assert not writes(sim)


def test_drain_ends_with_the_window(launch: Launch, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    ran = launch("drain", sim, code=2, change_window_definition=window(-1))
    assert "outside the change window" in ran.output
    ran = launch("drain", sim, code=2, change_window_required=False, vcf_timeout=0)
    waited = results(ran, "Wait until it has ended, well or not")
    assert [result["failure"]["kind"] for result in waited.values()] == ["timeout", "timeout"]


def reports(ansible: Ansible) -> dict[str, dict[str, Any]]:
    """The reports that were written, by host."""
    files = (ansible.folder / "reports").glob("*/report.json")
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in files}


def test_report(launch: Launch, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    # Where the user is, and not where the playbook is.
    where = {"vcf_report_directory": "reports"}
    launch("report", sim, task_report_change="CHG0031337", task_report_files=None, **where)
    written = reports(ansible)
    assert sorted(written) == sorted(SERVICES)
    for report in written.values():
        assert (report["outcome"], report["change"]) == ("failed", "CHG0031337")
        assert {task["id"]: len(task["stages"]) for task in report["tasks"]} == {FIRST: 20, FAILED: 1}
    assert {path.name for path in (ansible.folder / "reports/fleet_lcm").iterdir()} == {
        "report.html", "report.json", "report.md", "junit.xml",
    }  # fmt: skip
    assert not writes(sim)


def test_the_same_tasks_are_the_same_report(launch: Launch, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    chosen = {"vcf_hosts": "fleet_lcm", "vcf_task_ids": [FAILED]}
    launch("report", sim, **chosen)
    assert [task["id"] for task in reports(ansible)["fleet_lcm"]["tasks"]] == [FAILED]
    assert re.search(r"fleet_lcm +: ok=\d+ +changed=0 ", launch("report", sim, **chosen).output)


@pytest.mark.parametrize(
    ("variables", "count"),
    [
        ({"vcf_ended_after": "2001-01-01T00:00:00Z"}, 1),
        ({"vcf_created_before": "2001-01-01T00:00:00Z"}, 0),
        ({"vcf_states": ["RUNNING"], "vcf_details": False}, 1),
        ({"vcf_limit": 1}, 1),
    ],
)
def test_report_selects(
    launch: Launch, ansible: Ansible, simulate: Simulate, variables: dict[str, Any], count: int
) -> None:
    launch("report", simulate("endpoints"), vcf_hosts="fleet_lcm", **variables)
    assert len(reports(ansible)["fleet_lcm"]["tasks"]) == count


def test_report_of_what_can_not_be_read(launch: Launch, ansible: Ansible, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    ansible.hosts = endpoints(sim)
    ansible.hosts["fleet_lcm"]["vcf_password"] = "wrong"
    launch("report", sim, code=2)
    written = reports(ansible)
    assert written["fleet_lcm"]["failures"][0]["kind"] == "authentication"
    assert len(written["sddc_manager"]["tasks"]) == 2


def test_report_needs_a_folder(launch: Launch, simulate: Simulate) -> None:
    sim = simulate("endpoints")
    assert "Set vcf_report_directory." in launch("report", sim, code=2, vcf_report_directory="").output
    assert not sim.requests


INPUTS: dict[str, dict[str, Any]] = {
    "show": {},
    "wait": {"vcf_name": "first"},
    "cancel": {"vcf_task_ids": [FIRST]},
    "retry_failed": {"vcf_task_ids": [FAILED]},
    "drain": {"change_window_required": False},
    "report": {"vcf_name": "first"},
}
"""For the playbooks that are about tasks of any service; the others have files of their own."""


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_a_failure_hides_no_other_endpoint(launch: Launch, ansible: Ansible, simulate: Simulate, name: str) -> None:
    sim = busy(simulate, ("sddc_manager",))
    ansible.hosts = endpoints(sim)
    ansible.hosts["fleet_lcm"]["vcf_password"] = "wrong"
    ran = launch(name, sim, code=2, **INPUTS[name])
    failed = [record for record in ran.records if record["outcome"] == "failed"]
    assert [(record["host"], record["result"]["failure"]["kind"]) for record in failed] == [
        ("fleet_lcm", "authentication")
    ]
    assert re.search(r"sddc_manager +: ok=\d+ .* failed=0", ran.output)


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_check_mode_writes_nothing(launch: Launch, simulate: Simulate, name: str) -> None:
    sim = simulate("endpoints")
    ran = launch(name, sim, "--check", **INPUTS[name])
    assert {record["host"] for record in ran.records if record["result"]["changed"]} == (
        set(SERVICES) if name in ("cancel", "retry_failed", "report") else set()
    )
    assert not writes(sim)
