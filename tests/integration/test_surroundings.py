# SPDX-License-Identifier: GPL-3.0-or-later
"""Options from elsewhere than the task: the play's defaults and the environment; and an installed collection."""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.integration.conftest import Play, Simulate
from tests.integration.runs import ROOT, SHIPPED, VERBS, Ansible, call, connection, defaults

SECRET = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_every_module_takes_the_defaults_of_the_group(play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    tasks = [call(module, module, {"task_id": sim.task_id("over", "fleet_lcm")}) for module in VERBS]
    ran = play(tasks, module_defaults=defaults(sim))
    assert {record["outcome"] for record in ran.records} == {"ok"}, ran.output
    vcenter = {"task_id": sim.task_id("over", "vcenter")}
    tasks = [call(module, module, vcenter) for module in (*VERBS, "extension_task") if module != "task_retry"]
    ran = play(tasks, module_defaults=defaults(sim, "vcenter"))
    assert {record["outcome"] for record in ran.records} == {"ok"}, ran.output


def test_defaults_for_another_service_are_not_for_extension_tasks(play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    ran = play([call("it", "extension_task", {"state": "RUNNING"})], module_defaults=defaults(sim))
    assert ran["it"]["failure"]["kind"] == "options"
    assert "service" in ran["it"]["msg"]
    assert sim.requests == []


@pytest.mark.parametrize("keywords", [{}, {"environment": SHIPPED}], ids=["in process", "shipped"])
def test_the_environment_stands_in_for_options(
    play: Play, simulate: Simulate, keywords: dict[str, dict[str, str]]
) -> None:
    sim = simulate("two_ways")
    options = {
        **connection(sim),
        "auth_url": sim.url,
        "base_path": "/fleet-lcm",
        "validate_certs": True,
        "request_timeout": 7.5,
        "max_outage": 3.0,
    }
    refused = {"token": "a-token", "api_token": "an-api-token", "org_id": "an-org"}
    task = {"task_id": sim.task_id("over", "fleet_lcm")}
    for given, outcome in ((options, "ok"), (options | refused, "failed")):
        variables = {f"VCF_{name.upper()}": str(value) for name, value in given.items()}
        ran = play([call("it", "task_info", task)], variables=variables, **keywords)
        assert ran.record("it")["outcome"] == outcome, ran.output
        seen = ran["it"]["invocation"]["module_args"]
        hidden = {name: SECRET for name in ("password", "token", "api_token") if name in given}
        assert {name: seen[name] for name in given} == given | hidden
    # All there are: an option that is new needs a variable, and a line in here.
    assert set(given) == documented_variables()


def documented_variables() -> set[str]:
    text = (ROOT / "plugins/doc_fragments/connection.py").read_text()
    return {name.lower() for name in re.findall(r"E\(VCF_(\w+)\)", text)}


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an installed collection and a Python with nothing but what that needs; one for all workers."""
    shared = tmp_path_factory.getbasetemp().parent / "installed"
    with (shared.parent / "installed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            install(shared)
            (shared / "done").touch()
    return shared


def install(folder: Path) -> None:
    galaxy = [sys.executable, "-m", "ansible", "galaxy", "collection"]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    for arguments in (
        ["build", "--output-path", str(folder), str(ROOT)],
        ["install", "--offline", "--collections-path", str(folder / "collections"), "TARBALL"],
    ):
        found = [str(path) for path in folder.glob("*.tar.gz")]
        line = [*galaxy, *(found[0] if argument == "TARBALL" else argument for argument in arguments)]
        ran = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=100, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    venv.create(folder / "venv", symlinks=True)
    here = Path(sysconfig.get_path("purelib"))
    there = folder / "venv" / here.relative_to(sys.prefix)
    for top in {path.parts[0] for name in needed() for path in metadata.files(name) or [] if path.parts[0] != ".."}:
        if top != "__pycache__":
            (there / top).symlink_to(here / top)


def needed() -> set[str]:
    """The distributions that the collection's run-time libraries consist of, and what those need."""
    names, waiting = set[str](), ["ansible-core", "requests", "pydantic"]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names.add(name)
            wanted = [Requirement(line) for line in metadata.requires(name) or []]
            waiting += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return names


@pytest.mark.parametrize("shipped", [False, True], ids=["in process", "shipped"])
def test_an_installed_collection_needs_nothing_else(
    installed: Path, tmp_path: Path, simulate: Simulate, shipped: bool
) -> None:
    sim = simulate("two_ways")
    ansible = Ansible(tmp_path, programs=installed / "venv/bin", collections=installed / "collections")
    arguments = " ".join(f"{name}={value}" for name, value in connection(sim).items())
    line = ["localhost", "-m", "vcf.lifecycle.task_info", "-a", f"{arguments} name=over", *(["-B", "30"] * shipped)]
    ran = ansible.run("adhoc", *line)
    assert ran.code == 0, ran.output
    assert not ran.warnings, ran.output
    assert '"name": "over"' in ran.stdout
    python = [str(installed / "venv/bin/python"), "-c", "import pytest"]
    assert "No module named 'pytest'" in subprocess.run(python, capture_output=True, text=True, check=False).stderr
