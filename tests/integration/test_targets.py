# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets under C(ansible-test integration), each against a simulator that plays the scenario of the same name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.integration.conftest import Play, Simulate
from tests.integration.runs import FLEET, PROGRAMS, ROOT, SDDC, TOO_LONG, VERBS, call, connection, defaults, warnings_in

SERVICES = ("fleet_lcm", "sddc_manager")
PYTHON_VERSION = "{}.{}".format(*sys.version_info[:2])
SECONDS = 10
"""How much simulated time passes with each request where a scenario has next to no speed: what a target is to see going
on goes on until it has looked, however slow the machine is."""


def source_tree(folder: Path, target: str) -> Path:
    """What ansible-test takes for a checkout of the collection: it must be at such a path, and is written to."""
    tree = folder / "ansible_collections/vcf/lifecycle"
    # It looks for targets in real folders only.
    path = shutil.copytree(ROOT / "tests/integration/targets" / target, tree / "tests/integration/targets" / target)
    (path / "aliases").write_text("gather_facts/no\n")
    for name in ("galaxy.yml", "meta", "plugins"):
        (tree / name).symlink_to(ROOT / name)
    return tree


@pytest.mark.parametrize(
    ("target", "service"),
    [*((module, service) for module in [*VERBS, "capture"] for service in SERVICES), ("extension_task", "vcenter")]
    + [(module, "fleet_lcm") for module in FLEET]
    + [(module, "sddc_manager") for module in SDDC],
)
def test_target(tmp_path: Path, simulate: Simulate, target: str, service: str) -> None:
    sim = simulate(target, on_request=lambda _record: sim.clock.advance(SECONDS if sim.clock.speed < 1 else 0))
    served = next(candidate for candidate in sim.services if candidate.name == service)
    ids = {name: task_id for task_id, name in served.tasks.names().items()}
    variables = {f"vcf_{name}": value for name, value in connection(sim, service).items()} | {"vcf_ids": ids}
    tree = source_tree(tmp_path, target)
    (tree / "tests/integration/integration_config.yml").write_text(yaml.safe_dump(variables))
    # A path without blanks, which ansible-test puts into the first lines of scripts.
    programs = tmp_path / "programs"
    programs.symlink_to(PROGRAMS.parent)
    programs /= PROGRAMS.name
    ran = subprocess.run(
        [programs / "python", programs / "ansible-test", "integration", "--local", "--python", PYTHON_VERSION, target],
        cwd=tree,
        env={"PATH": f"{programs}:{os.defpath}", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TOO_LONG,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    # Not one failure that was ignored; what is to fail is expected by its failed_when.
    assert re.findall(r"(failed|rescued|ignored)=(\d+)", ran.stdout) == [
        ("failed", "0"),
        ("rescued", "0"),
        ("ignored", "0"),
    ], ran.stdout
    assert not warnings_in(ran.stdout), ran.stdout
    assert "Traceback (most recent call last)" not in ran.stdout, ran.stdout


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
