# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in process and shipped, a module returns the same; and which way is taken when."""

from __future__ import annotations

import difflib
import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.services import vcenter_extension
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.conftest import Play, Simulate
from tests.integration.runs import OF_TASKS, SHIPPED, VERBS, Ansible, call, connection, defaults

MEASURED = frozenset({"elapsed", "outage_seconds", "longest_outage_seconds"})
IN_REAL_TIME = frozenset({"a task there is not", "an outage"})
"""Cases that go on for a while: how often they ask in it is up to the machine."""

QUICK = {"poll_interval": 0.05}

Case = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], dict[str, Any]]
"""What to call it, the options besides the connection (None leaves one out), and keywords of the task."""


def of_connections(sim: Simulator) -> list[Case]:
    """What every module is given."""
    over = {"task_id": sim.task_id("over", "fleet_lcm")}
    return [
        ("a task that is over", over),
        ("the same in check mode", over, {"check_mode": True}),
        ("the same in diff mode", over, {"diff": True}),
        ("the same in both", over, {"check_mode": True, "diff": True}),
        ("other types", {**over, "port": str(sim.port), "validate_certs": "yes", "request_timeout": "20"}),
        ("a secret in the answer", {"task_id": sim.task_id("talkative", "fleet_lcm")}),
        ("a secret that is a common word", {**over, "username": "short", "password": "over"}),
        ("another service", {"service": "toaster"}),
        ("an unknown option", {**over, "colour": "red"}),
        ("a wrong type", {"port": "many"}),
        ("a wrong type of a secret", {**over, "password": ["Hidden-7"], "auth_url": f"{sim.url}/elsewhere"}),
        ("no hostname", {"hostname": None}),
        ("an address for a hostname", {"hostname": "https://localhost/"}),
        ("no password", {"password": None}),
        ("a bundle that is not there", {"ca_path": "~/no-such-file.pem"}),
        ("an option of another service", {**over, "org_id": "o"}),
        ("a token that is not taken", {**over, "token": "given-token-1", "password": None}),
        ("a login that is rejected", {**over, "auth_url": f"{sim.url}/elsewhere"}),
        ("a task there is not", {"task_id": "../x y?z=\"'"}),
        ("a task that is not ours", {"task_id": "forbidden"}),
        ("an answer that can not be read", {"task_id": "deep"}),
        ("an outage", {"task_id": "away", "max_outage": 0.2}),
        ("no verification", {**over, "validate_certs": False, "ca_path": None}),
    ]


def of_selections(sim: Simulator) -> list[Case]:
    """What every module is given that selects tasks."""
    over = {"task_id": sim.task_id("over", "fleet_lcm")}
    return [
        ("no service", {"service": None}),
        ("no service, in check mode", {"service": None}, {"check_mode": True}),
        ("two ids, as a text", {"task_ids": f"{over['task_id']},{over['task_id']}"}),
        ("a filter", {"name": "OVER", "states": "SUCCEEDED"}),
        ("a number for a text", {"name": 17, "limit": "1"}),
        ("an option and its alias", {**over, "task_ids": ["another"]}),
        ("an empty option", {**over, "name": None, "states": []}),
        ("two unknown options and a bad choice", {"colour": "red", "size": 3, "states": ["ASLEEP"]}),
        ("a bad choice", {"states": ["ASLEEP"]}),
        ("a required option misspelled", {"service": None, "servce": "fleet_lcm"}),
        ("another wrong type", {"task_ids": {"a": "b"}}),
        ("ids and a filter", {**over, "name": "over"}),
        ("nothing selected", {}),
        ("SDDC Manager", {**over, **sddc_manager(sim)}),
        ("a filter that it has not", {"created_by": "x", **sddc_manager(sim)}),
    ]


def sddc_manager(sim: Simulator) -> dict[str, Any]:
    options = connection(sim, "sddc_manager")
    return {name: options[name] for name in ("service", "username", "password")}


def own(module: str, sim: Simulator) -> list[Case]:
    """What each module is given besides. A new module needs a list, even if it is an empty one."""

    def task(name: str, **options: Any) -> dict[str, Any]:
        return {"task_id": sim.task_id(name, "fleet_lcm"), **options}

    cases: dict[str, list[Case]] = {
        "task_info": [
            ("everything", {"details": True, "raw": True, "include_system_tasks": True}),
            ("everything of SDDC Manager", {"raw": True, **sddc_manager(sim)}),
            ("what blocks, by id", task("over", blocking="yes")),
            ("what blocks is not wanted", {"name": "over", "blocking": False}),
        ],
        "task_wait": [
            ("a failed task", task("failed", **QUICK)),
            ("a canceled task", task("stopped", **QUICK)),
            ("an unknown status", task("strange", timeout=0)),
            ("a timeout", task("endless", timeout=0)),
            ("a timeout in check mode", task("endless", timeout=0), {"check_mode": True}),
            ("a timeout that is no failure", task("endless", timeout=0, on_timeout="continue")),
            ("a timeout that cancels", task("between", timeout=0, on_timeout="cancel", **QUICK)),
            ("a stall", task("endless", timeout=0, stall_after=1e-9)),
            ("a deadline without a zone", task("endless", deadline="2026-01-01T00:00:00")),
            ("a bad interval", task("endless", poll_interval="nan")),
        ],
        "task_cancel": [
            ("a cancel in check mode", task("between"), {"check_mode": True, "diff": True}),
            ("a cancel", task("between", **QUICK), {"diff": True}),
            ("another cancel", task("between", **QUICK), {"diff": True}),
            ("a cancel that is not waited for", task("endless", wait=False)),
            ("a stubborn task", task("stubborn", timeout=0)),
            ("a stubborn task that is not waited for", task("stubborn", wait=False)),
            ("several", {"name": "s", "wait": False}),
        ],
        "task_retry": [
            ("a retry in check mode", task("failed"), {"check_mode": True, "diff": True}),
            ("another reason", task("failed", retry_on=["^X"])),
            ("an expression that is none", task("failed", retry_on=["("])),
            ("a specification", task("failed", credentials_spec={"elements": [{"password": "Hidden-2"}]})),
            ("a specification that is none", task("failed", credentials_spec="Hidden-3")),
            ("a retry", task("failed", **QUICK), {"diff": True}),
            ("another retry", task("failed", **QUICK), {"diff": True}),
            ("a canceled task", task("stopped")),
            ("no attempts", task("failed", attempts=0)),
        ],
        "extension_task": [
            ("a creation in check mode", {"state": "RUNNING"}, {"check_mode": True, "diff": True}),
            ("a creation", {"state": "RUNNING", "description": "Backup", "percent": percent(1)}, {"diff": True}),
            ("a report in check mode", {**CREATED, "percent": percent(3)}, {"check_mode": True, "diff": True}),
            ("a report", {**CREATED, "percent": percent("2"), "result": {"files": [1, None]}}, {"diff": True}),
            ("the same report", {**CREATED, "percent": percent(2), "result": {"files": [1, None]}}, {"diff": True}),
            ("another description", {**CREATED, "description": {"id": "x", "default_message": "B", "args": []}}),
            ("a step back", {**CREATED, "percent": percent(1)}),
            ("more than all", {**CREATED, "percent": percent(5)}),
            ("half a percentage", {**CREATED, "percent": {"total": 4}}),
            ("a failure without a reason", {**CREATED, "state": "FAILED"}),
            ("a failure", {**CREATED, "state": "FAILED", "error": "The disk is full."}, {"diff": True}),
            ("a change of what is over", {**CREATED, "state": "RUNNING"}),
            ("a state of other services", {**CREATED, "state": "CANCELED"}),
            ("a description that is none", {"description": [1]}),
            ("a time that is none", {"state": "RUNNING", "start_time": "yesterday"}),
            ("an end too early", {"state": "RUNNING", "end_time": "2026-11-21T00:00:00Z"}),
            ("a report on a task there is not", {"task_id": "another", "state": "RUNNING"}),
            ("a service that has none", {"service": "fleet_lcm", "state": "RUNNING"}),
        ],
    }
    return cases[module]


CREATED = {"task_id": f"{UUID(int=1)}:{vcenter_extension.SERVICE}"}


def percent(completed: Any) -> dict[str, Any]:
    return {"total": 4, "completed": completed}


@pytest.fixture
def still(simulate: Simulate, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """A simulator whose time stands still and that does not invent ids, so that two runs meet the same."""
    sim = simulate("two_ways")
    sim.clock.speed = 0
    infos = sim.service("vcenter").extension.infos
    monkeypatch.setattr(vcenter_extension, "uuid", SimpleNamespace(uuid4=lambda: UUID(int=len(infos) + 1)))
    return sim


def rewind(sim: Simulator) -> None:
    """Forget what was asked of all tasks, and which were created."""
    sim.service("vcenter").extension.infos.clear()
    for service in sim.services:
        for task_id in service.tasks.names():
            entry = service.tasks.get(task_id)
            assert entry is not None
            entry.log = ()


def as_text(case: str, result: Any) -> str:
    measured = MEASURED | {"polls", "requests"} if case in IN_REAL_TIME else MEASURED
    return json.dumps(without(measured, result), sort_keys=True, indent=1)


def without(measured: frozenset[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without(measured, item) for name, item in value.items() if name not in measured}
    return [without(measured, item) for item in value] if isinstance(value, list) else value


def difference(name: str, here: str, shipped: str) -> str:
    lines = difflib.unified_diff(here.splitlines(), shipped.splitlines(), f"{name}, in process", "shipped", n=1)
    return "\n".join(line.rstrip() for line in lines)


@pytest.mark.parametrize("module", OF_TASKS)
def test_both_ways_return_the_same(play: Play, still: Simulator, module: str) -> None:
    cases = [*of_connections(still), *(of_selections(still) if module in VERBS else []), *own(module, still)]
    service = "fleet_lcm" if module in VERBS else "vcenter"
    tasks: list[dict[str, Any]] = []
    for number, (name, options, *keywords) in enumerate(cases):
        to = connection(still, service, **options)
        tasks.append(call(name, module, to, register=f"case_{number}", **(keywords or [{}])[0]))
    debug = {"name": "registered", "ansible.builtin.debug": {"msg": [f"{{{{ {t['register']} }}}}" for t in tasks]}}
    results, processes = [], []
    for environment in ({}, SHIPPED):
        rewind(still)
        ran = play(
            [*tasks, debug],
            "-vvv",
            warnings=("a status that is not known here", "Nothing has changed", "are set."),
            environment=environment,
        )
        names = [name for name, *_rest in cases]
        seen = zip(names, ran["registered"]["msg"], strict=True)
        results.append({name: [ran.record(name)["outcome"], ran[name], registered] for name, registered in seen})
        processes.append(ran.stdout.count(f"/AnsiballZ_{module}.py\n"))
    assert processes == [0, len(cases)]
    here, shipped = ({name: as_text(name, result) for name, result in ran.items()} for ran in results)
    differing = [difference(name, here[name], shipped[name]) for name in here if here[name] != shipped[name]]
    assert not differing, "\n\n".join(differing)
    # A test of equality alone would not notice if nothing came back.
    assert {outcome for outcome, *_result in results[0].values()} == {"ok", "failed"}
    assert all("failure" in result for outcome, result, _registered in results[0].values() if outcome == "failed")


def test_which_way_is_taken(ansible: Ansible, play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    ansible.hosts["elsewhere"] = {"ansible_connection": "elsewhere"}
    options = {"task_id": sim.task_id("over", "fleet_lcm")}
    become = {"become": True, "become_method": "as_itself"}
    ways = {
        "plain": (False, {}),
        "an empty environment": (False, {"environment": {}}),
        "become is off": (False, {"become": False}),
        "delegated to itself": (False, {"delegate_to": "localhost"}),
        "in check mode": (False, {"check_mode": True}),
        "an environment": (True, {"environment": SHIPPED}),
        "become": (True, become),
        "async": (True, {"async": 30, "poll": 1}),
        "another connection": (True, {"vars": {"ansible_connection": "elsewhere"}}),
        "delegated elsewhere": (True, {"delegate_to": "elsewhere"}),
        "local by another name": (False, {"vars": {"ansible_connection": "ansible.builtin.local"}}),
    }
    tasks = [call(name, "task_info", options, **keywords) for name, (_shipped, keywords) in ways.items()]
    ran = play(tasks, "-vvv", module_defaults=defaults(sim))
    shown = {name: "EXEC /bin/sh" in ran.section(name) for name in ways}
    assert shown == {name: shipped for name, (shipped, _keywords) in ways.items()}
    assert all([task["name"] for task in ran[name]["tasks"]] == ["over"] for name in ways)


def test_async_tasks_are_left_alone_and_asked_later(play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    started = call("start", "task_info", {"task_id": sim.task_id("over")}, register="job", **{"async": 30, "poll": 0})
    ask = {
        "name": "ask",
        "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
        "register": "asked",
        "until": "asked.finished | bool",
        "delay": 0.1,
        "retries": 200,
    }
    ran = play([started, ask], module_defaults=defaults(sim))
    assert "tasks" not in ran["start"]
    assert [task["name"] for task in ran["ask"]["tasks"]] == ["over"]


def test_a_play_elsewhere_can_delegate_to_the_controller(ansible: Ansible, play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    ansible.hosts["elsewhere"] = {"ansible_connection": "elsewhere"}
    wait = call("wait", "task_wait", {"task_id": sim.task_id("over")}, delegate_to="localhost")
    ran = play([wait], "-vvv", hosts="elsewhere", module_defaults=defaults(sim))
    assert "EXEC /bin/sh" not in ran.section("wait")
    assert "[elsewhere] over" in ran.section("wait")
