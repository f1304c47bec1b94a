# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image needs that the playbooks run in, and the tools that make one and use one.

No image is built here, which takes an engine for containers: what the engine would be told is looked at instead.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Simulate
from tests.integration.leftovers import end_all_of
from tests.integration.runs import COLLECTIONS, PROGRAMS, ROOT, TOO_LONG, Ansible, connection

DEFINITION = ROOT / "execution-environment.yml"
STAGES = [{"name": name, "seconds": 60} for name in ("prepare", "deploy")]


def requirements(name: str) -> list[str]:
    """The lines of a file with requirements, without comments."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def run(ansible: Ansible, program: str, *arguments: str | Path, **variables: str) -> str:
    """Run one of the tools to its good end, and return its output."""
    # Who has one of them but not the others tests beside another version of ansible-core.
    pytest.importorskip(program.replace("-", "_"), reason="it is not among what the tests need beside ansible-core")
    try:
        done = subprocess.run(
            [PROGRAMS / program, *arguments],
            cwd=ansible.folder,
            env={**ansible.environment, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TOO_LONG,
            check=False,
        )
    finally:
        left = end_all_of(ansible.folder)
    assert left == []
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_collection_says_what_it_needs(ansible: Ansible, tmp_path: Path) -> None:
    # Beside others it would be one of many.
    here = tmp_path / "ansible_collections/vcf"
    here.mkdir(parents=True)
    (here / "lifecycle").symlink_to(COLLECTIONS / "ansible_collections/vcf/lifecycle")
    shown = yaml.safe_load(run(ansible, "ansible-builder", "introspect", tmp_path))
    of_collection = "  # from collection vcf.lifecycle"
    assert shown == {
        "python": [line + of_collection for line in requirements("requirements.txt")],
        "system": [line + of_collection for line in requirements("bindep.txt")],
    }


def test_an_image_can_be_made_of_it(ansible: Ansible, tmp_path: Path) -> None:
    context = tmp_path / "context"
    arguments = ("--file", DEFINITION, "--context", context, "--output-filename", "Containerfile")
    run(ansible, "ansible-builder", "create", *arguments)
    definition = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    lines = (context / "Containerfile").read_text(encoding="utf-8").splitlines()
    least = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    assert f'ARG EE_BASE_IMAGE="{definition["images"]["base_image"]["name"]}"' in lines
    assert f'ARG ANSIBLE_INSTALL_REFS="ansible-core{least.removesuffix(".0")} ansible-runner"' in lines
    # What the collection needs is read from the collection, when it is there.
    steps = [line.split("/")[-1] for line in lines if "-r requirements.yml" in line or "introspect.py" in line]
    assert len(steps) == 3
    needed = yaml.safe_load((context / "_build/requirements.yml").read_text(encoding="utf-8"))
    assert needed == {"collections": [{"name": "vcf.lifecycle"}]}


def test_navigator_runs_a_playbook_without_an_image(ansible: Ansible, simulate: Simulate) -> None:
    task: dict[str, Any] = {"name": "upgrade of the depot", "id": "upgrade", "stages": STAGES}
    served = {"users": {"somebody": "Hidden-login-1"}, "tasks": [task]}
    # Time passes with the looks, however long they are in coming.
    sim = simulate({"services": {"fleet_lcm": served}}, on_request=lambda request: sim.clock.advance(35))
    sim.clock.speed = 0
    arguments = {"vcf_task_ids": ["upgrade"], "vcf_poll_interval": 0.1}
    output = run(
        ansible,
        "ansible-navigator",
        *("run", "vcf.lifecycle.wait", "--execution-environment", "false", "--mode", "stdout"),
        *("--inventory", f"{sim.host},", "--extra-vars", json.dumps(arguments)),
        *("--playbook-artifact-save-as", "artifact.json"),
        **{f"VCF_{name.upper()}": str(value) for name, value in connection(sim).items()},
    )
    assert f"[{sim.host}] upgrade of the depot (upgrade): RUNNING, 1/2 stages, 50%, in deploy" in output
    kept = (ansible.folder / "artifact.json").read_text(encoding="utf-8")
    assert json.loads(kept)["status"] == "successful"
    log = (ansible.folder / "ansible-navigator.log").read_text(encoding="utf-8")
    assert "Hidden" not in output + kept + log
