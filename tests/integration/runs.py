# SPDX-License-Identifier: GPL-3.0-or-later
"""Running Ansible as its users do: its own programs, a clean environment, no settings but ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator

ROOT = Path(__file__).parents[2]
COLLECTIONS = ROOT / ".build" / "collections"
PLUGINS = Path(__file__).parent / "plugins"
MODULES = sorted({path.stem for path in (ROOT / "plugins" / "modules").glob("[!_]*.py")} - {"rehearse"})
"""The modules that talk to services."""
VERBS = [module for module in MODULES if module.startswith("task_")]
"""The modules for tasks of any service. The others are for one service, and do not select tasks."""
FLEET = [module for module in MODULES if module.startswith("fleet_")]
"""The modules for the upgrades of Fleet LCM."""
SDDC = [module for module in MODULES if module.startswith("sddc_")]
"""The modules for the upgrades of SDDC Manager."""
OF_TASKS = [*VERBS, "extension_task"]
PROGRAMS = Path(sys.executable).parent

SHIPPED = {"BY": "itself"}
"""An C(environment) that changes nothing, but asks for a process of the module's own."""

TOO_LONG = 400  # seconds for one run, however busy the machine is

Tasks = Sequence[Mapping[str, Any]]


def warnings_in(output: str) -> list[str]:
    """The warnings of Ansible's that are shown in it, each in one line."""
    found = re.findall(r"^\[(?:DEPRECATION )?WARNING\]:?.*(?:\n(?!\n|[\[\w]).+)*", output, re.MULTILINE)
    return [" ".join(warning.split()) for warning in found]


@dataclass
class Run:
    """What came of a run of Ansible."""

    code: int
    stdout: str
    stderr: str
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def output(self) -> str:
        """All that a person would see."""
        return self.stdout + self.stderr

    @property
    def warnings(self) -> list[str]:
        """The warnings that were shown, each in one line."""
        return warnings_in(self.output)

    def record(self, task: str) -> dict[str, Any]:
        """What was recorded of the task with that name: C(outcome), C(seconds), C(result) and so on."""
        found = [record for record in self.records if record["task"] == task]
        assert len(found) == 1, f"task {task!r} ended {len(found)} times: {self.output}"
        return found[0]

    def __getitem__(self, task: str) -> dict[str, Any]:
        """The result of the task with that name."""
        result: dict[str, Any] = self.record(task)["result"]
        return result

    def section(self, task: str) -> str:
        """What was printed while the task with that name ran."""
        found = re.search(rf"^TASK \[{re.escape(task)}\].*?(?=^(?:TASK|PLAY)\b|\Z)", self.stdout, re.M | re.S)
        assert found, f"there is no task {task!r}: {self.output}"
        return found.group(0)


class Ansible:
    """Runs Ansible's programs in a folder of its own."""

    def __init__(self, folder: Path, programs: Path = PROGRAMS, collections: Path = COLLECTIONS) -> None:
        self.folder = folder
        self.programs = programs
        self.too_long = TOO_LONG
        self.records = folder / "records.jsonl"
        # Ansible's async knows no blanks in the path of an interpreter, and a checkout may have some in its own.
        python_home = folder / "python"
        if not python_home.is_symlink():
            python_home.symlink_to(programs.parent)
        self.hosts: dict[str, dict[str, Any]] = {"localhost": {"ansible_connection": "local"}}
        self.settings: dict[str, Any] = {
            "callback_plugins": PLUGINS / "callback",
            "become_plugins": PLUGINS / "become",
            "connection_plugins": PLUGINS / "connection",
            "callbacks_enabled": "recorder",
            # How often Ansible looks whether a task has ended, in seconds: by default it keeps a core busy with that.
            "internal_poll_interval": 0.01,
            "interpreter_python": python_home / "bin" / "python",
            "inventory": folder / "hosts.yml",
            "collections_path": collections,
            "roles_path": Path(__file__).parent / "targets",
        }
        self.environment = {
            "PATH": f"{programs}:{os.defpath}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "home"),
            # Where HOME does not count: a shell looks the user's folder up.
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "ANSIBLE_DEPRECATION_WARNINGS": "true",
            "RECORDER_FILE": str(self.records),
        }

    def play(self, tasks: Tasks | str, *options: str, variables: Mapping[str, str] | None = None, **play: Any) -> Run:
        """Run a playbook of one play.

        :param tasks: what to do, as structures or as YAML.
        :param options: for the command line.
        :param variables: of the environment, which the program gets besides.
        :param play: more keywords of the play.
        """
        return self.run("playbook", *options, self.written(tasks, **play), variables=variables)

    def written(self, tasks: Tasks | str, **play: Any) -> str:
        """Write a playbook of one play, and return its path."""
        path = self.folder / "playbook.yml"
        if isinstance(tasks, str):
            tasks = yaml.safe_load(tasks)
        path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, **play, "tasks": tasks}]))
        return str(path)

    def run(self, program: str, *arguments: str, variables: Mapping[str, str] | None = None) -> Run:
        """Run C(ansible-playbook) (C(playbook)) or C(ansible) (C(adhoc)) to its end."""
        with self.start(program, *arguments, variables=variables) as process:
            return self.finish(process)

    def shell(self, script: str, typed: str = "") -> Run:
        """Run a script of bash to its end, in which all of Ansible's programs are on the path.

        :param typed: what it reads.
        """
        with self._started(["bash", "-c", script], stdin=subprocess.PIPE) as process:
            return self.finish(process, typed)

    def finish(self, process: subprocess.Popen[str], typed: str | None = None) -> Run:
        """Wait for the end of what was started."""
        try:
            stdout, stderr = process.communicate(typed, timeout=self.too_long)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
            raise AssertionError(f"{process.args} did not come to an end: {stdout}{stderr}") from None
        lines = self.records.read_text().splitlines() if self.records.exists() else []
        return Run(process.returncode, stdout, stderr, [json.loads(line) for line in lines])

    def start(
        self,
        program: str,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        start_new_session: bool = False,
    ) -> subprocess.Popen[str]:
        """Start one of them, with pipes for its output."""
        command = [str(self.programs / "python"), "-m", "ansible", program, *arguments]
        return self._started(command, variables, start_new_session=start_new_session)

    def _started(
        self,
        command: list[str],
        variables: Mapping[str, str] | None = None,
        *,
        stdin: int = subprocess.DEVNULL,
        start_new_session: bool = False,
    ) -> subprocess.Popen[str]:
        settings = "\n".join(f"{name} = {value}" for name, value in self.settings.items())
        (self.folder / "ansible.cfg").write_text(f"[defaults]\n{settings}\n")
        (self.folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": self.hosts}}))
        self.records.unlink(missing_ok=True)
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self.environment, **(variables or {})},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=start_new_session,
        )


def connection(sim: Simulator, service: str = "fleet_lcm", /, **instead: Any) -> dict[str, Any]:
    """The options that lead to a simulated service.

    :param instead: options besides or in place of those; None leaves one out.
    """
    served = sim.service(service)
    username, password = next(iter(served.users.items()), (None, None))
    prefix = served.login_url.removesuffix(served.login_path)
    options = {
        "service": service,
        "hostname": sim.host,
        "port": sim.port,
        "username": username,
        "password": password,
        "ca_path": str(sim.ca_path),
    }
    if prefix:
        options |= {"base_path": prefix, "auth_url": sim.url + prefix}
    if service == "vmc":
        options |= {"api_token": served.api_keys[0], "org_id": served.spec.org_id, "auth_url": sim.url}
    return {name: value for name, value in {**options, **instead}.items() if value is not None}


def defaults(sim: Simulator, service: str = "fleet_lcm", /, **instead: Any) -> dict[str, Any]:
    """The same as a play's C(module_defaults), for all modules of the collection."""
    return {"group/vcf.lifecycle.all": connection(sim, service, **instead)}


def call(name: str, module: str, options: Mapping[str, Any] | None = None, **keywords: Any) -> dict[str, Any]:
    """A task that calls one of our modules and lets the play go on if that fails."""
    return {"name": name, f"vcf.lifecycle.{module}": dict(options or {}), "ignore_errors": True, **keywords}
