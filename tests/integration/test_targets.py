# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets, each against a simulator that plays the scenario of the same name."""

from __future__ import annotations

import pytest

from tests.integration.conftest import Play, Simulate
from tests.integration.runs import FLEET, SDDC, VERBS, call, connection, defaults

SERVICES = ("fleet_lcm", "sddc_manager")


@pytest.mark.parametrize(
    ("module", "service"),
    [*((module, service) for module in [*VERBS, "capture"] for service in SERVICES), ("extension_task", "vcenter")]
    + [(module, "fleet_lcm") for module in FLEET]
    + [(module, "sddc_manager") for module in SDDC],
)
def test_target(play: Play, simulate: Simulate, module: str, service: str) -> None:
    sim = simulate(module)
    served = next(candidate for candidate in sim.services if candidate.name == service)
    ids = {name: task_id for task_id, name in served.tasks.names().items()}
    variables = {f"vcf_{name}": value for name, value in connection(sim, service).items()} | {"vcf_ids": ids}
    ran = play(f"- ansible.builtin.include_role: {{name: {module}}}", vars=variables)
    assert {record["outcome"] for record in ran.records} <= {"ok", "skipped"}, ran.output


@pytest.mark.parametrize("service", SERVICES)
def test_all_pages_are_read(play: Play, simulate: Simulate, service: str) -> None:
    tasks = [{"name": f"task-{number}", "start": -number, "seconds": 0} for number in range(1, 231)]
    sim = simulate({"services": {service: {"users": {"u": "a long password"}, "tasks": tasks}}})
    ran = play(
        [call("all", "task_info"), call("last", "task_info", {"name": "task-230"})],
        module_defaults=defaults(sim, service),
    )
    assert [task["name"] for task in ran["all"]["tasks"]] == [task["name"] for task in tasks]
    assert [task["name"] for task in ran["last"]["tasks"]] == ["task-230"]
