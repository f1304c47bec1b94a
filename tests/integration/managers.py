# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook sddc_upgrade over simulated SDDC Managers: many of them in one run, since a run takes its time."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime, timedelta, timezone
from pathlib import Path
from subprocess import Popen
from typing import Any

import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.conformance.sddc import MANAGEMENT, NEW, OLD, scenario
from tests.integration.fleets import REPORT
from tests.integration.runs import TOO_LONG, Ansible, Run, connection

PATIENCE = 600
"""Seconds that a test may take where many others run beside it: it runs whole upgrades, of many at once."""

SECONDS = 20.0
"""How much simulated time passes with each request to an SDDC Manager; no other does."""

WRITES = {
    "validate": r"POST .*/releases/domains/[^/]+/validations\?",
    "choose": r"PATCH .*/releases/domains/",
    "download": r"PATCH .*/bundles/",
    "check": r"POST .*/check-sets\?",
    "upgrade": r"POST .*/upgrades\?",
    "retry": r"PATCH .*/tasks/",
}
FINDINGS = r"GET .*/check-sets/"
FOLLOW = r"GET .*/tasks/[^?]"
VERIFY = r"GET .*/vcenters\?"

KINDS = ("SDDC_MANAGER", "DRIFT", "NSX", "VCENTER", "ESX")


def domain(name: str, *kinds: str, changes: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What a scenario says of a domain in which only these components are upgraded.

    :param changes: what it says of them, by component.
    :param more: what else it says of the domain.
    """
    known = KINDS if name == MANAGEMENT else KINDS[2:]
    return {
        "name": name,
        "type": "MANAGEMENT" if name == MANAGEMENT else "VI",
        "version": OLD,
        "target": NEW,
        "components": {kind: (changes or {}).get(kind, {}) if kind in kinds else None for kind in known},
        **more,
    }


class Manager:
    """A simulated SDDC Manager whose time passes with the requests, and the change window for it."""

    def __init__(self, managers: Managers, name: str, **upgrade: Any) -> None:
        self._managers, self.name = managers, name
        self.sim = managers.simulate(scenario(**upgrade), on_request=self._seen)
        self.sim.clock.speed = 0
        self.sim.advance(1)
        self.stands_still = False
        self._on: dict[str, Callable[[], object]] = {}
        self._window_end: Path = managers.ansible.folder / f"window_of_{name}"
        self.close_in(hours=5)

    @property
    def variables(self) -> dict[str, Any]:
        """What a run is told of it."""
        return {
            **{f"vcf_{name}": value for name, value in connection(self.sim, "sddc_manager", service=None).items()},
            "change_window_definition": {
                "start": (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat(),
                # Read anew each time, so that it can change while a run goes on.
                "end": f"{{{{ lookup('ansible.builtin.file', '{self._window_end}') }}}}",
            },
        }

    def close_in(self, **left: float) -> None:
        """Let the change window close that long from now."""
        self._window_end.write_text((datetime.now(timezone.utc) + timedelta(**left)).isoformat())

    def when(self, request: str, act: Callable[[], object]) -> None:
        """Do something once, while a request is held: when that has been processed, and before its answer is out.

        :param request: a regular expression, of method, path and query; or the name of a write.
        """
        self._on[WRITES.get(request, request)] = act

    def stand_still(self) -> None:
        """Let no more time pass with the requests."""
        self.stands_still = True

    def _seen(self, record: dict[str, Any]) -> None:
        if not self.stands_still:
            self.sim.clock.advance(SECONDS)
        shown = f"{record['method']} {record['path']}?{record['query']}"
        for request in [request for request in self._on if re.match(request, shown)]:
            self._on.pop(request)()

    @property
    def writes(self) -> dict[str, int]:
        """How many requests of each kind that change something have come to it."""
        login = self.sim.service("sddc_manager").login_url
        seen = [
            f"{one['method']} {one['path']}?"
            for one in self.sim.requests
            if one["method"] != "GET" and one["path"] != login and not one["path"].endswith("/queries")
        ]
        kinds = [next((kind for kind, known in WRITES.items() if re.match(known, each)), each) for each in seen]
        return dict(Counter(kinds))

    @property
    def upgrades(self) -> list[str]:
        """What it has accepted to upgrade, and where, in order."""
        platform = self.sim.service("sddc_manager").platform  # type: ignore[attr-defined]
        return [f"{one.kind} of {one.domain.name}" for one in platform.upgrades.values()]

    @property
    def report(self) -> dict[str, Any]:
        """The last report on it."""
        path = self._managers.reports / self.name / "report.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


class Managers:
    """SDDC Managers by the names of their hosts, and runs of the playbook over them."""

    def __init__(self, ansible: Ansible, simulate: Callable[..., Simulator]) -> None:
        self.ansible, self.simulate = ansible, simulate
        ansible.hosts = {}
        ansible.settings["forks"] = 10
        ansible.too_long = PATIENCE
        self.reports = ansible.folder / "reports"
        self.all: dict[str, Manager] = {}
        self._process: Future[Popen[str]] = Future()

    def add(self, name: str = "sddc", /, variables: Mapping[str, Any] | None = None, **upgrade: Any) -> Manager:
        """Serve one more SDDC Manager, by default with a single thing to upgrade, and all that is needed for that.

        :param variables: of its host; those of the role without its name.
        :param upgrade: what the scenario says of its upgrade.
        """
        ready = {"domains": [domain(MANAGEMENT, "VCENTER", selected=True)], "downloaded": True}
        self.all[name] = made = Manager(self, name, **{**ready, **upgrade})
        own = {f"sddc_upgrade_{key}": value for key, value in (variables or {}).items()}
        self.ansible.hosts[name] = {**made.variables, **own}
        return made

    def run(self, *options: str, code: int = 0, **variables: Any) -> Ended:
        """Run the playbook to its end.

        :param variables: of the role, without its name.
        """
        done = self._run(*options, **variables)
        assert done.code == code, done.output
        assert not done.warnings, done.output
        assert "Traceback (most recent call last)" not in done.output, done.output
        return Ended(done)

    def run_until(self, manager: Manager, kill: Callable[[Popen[str]], object], *requests: str) -> None:
        """Run the playbook, and kill it while the last of these requests to that SDDC Manager is held.

        :param requests: as C(Manager.when) takes them, one after the other.
        """

        def await_next(*later: str) -> None:
            if later:
                manager.when(later[0], lambda: await_next(*later[1:]))
            else:
                kill(self._process.result(TOO_LONG))

        await_next(*requests)
        done = self._run()
        assert done.code == -9, done.output

    def _run(self, *options: str, **variables: Any) -> Run:
        path, self._process = self.ansible.folder / "variables.yml", Future()
        given = {
            "sddc_upgrade_version": NEW,
            "sddc_upgrade_poll_interval": 0.02,
            "sddc_upgrade_recovery": {"delay": 0},
            "vcf_report_directory": str(self.reports),
            **REPORT,
            **{f"sddc_upgrade_{name}": value for name, value in variables.items()},
        }
        path.write_text(yaml.safe_dump(given))
        arguments = ("playbook", "vcf.lifecycle.sddc_upgrade", "-e", f"@{path}", *options)
        with self.ansible.start(*arguments, start_new_session=True) as process:
            self._process.set_result(process)
            return self.ansible.finish(process)


class Ended:
    """What came of a run, by the names of the hosts."""

    def __init__(self, run: Run) -> None:
        self.run, self.output = run, run.output
        noted = [one for one in run.records if one["task"].endswith("Note how it ended")]
        self._facts = {one["host"]: one["result"]["ansible_facts"] for one in noted}

    def outcome(self, name: str = "sddc") -> str:
        """What the role calls it."""
        return str(self._facts[name]["sddc_upgrade_outcome"])

    @property
    def outcomes(self) -> dict[str, str]:
        """The same of all."""
        return {name: self.outcome(name) for name in self._facts}

    def left(self, name: str = "sddc") -> list[str]:
        """The names of what is left."""
        return [one["name"] for one in self._facts[name]["sddc_upgrade_left"]]

    def verified(self, name: str = "sddc") -> dict[str, dict[str, str]]:
        """The versions as they are to be, and as they are."""
        found: dict[str, dict[str, str]] = self._facts[name]["sddc_upgrade_verified"]
        return found

    def account(self, name: str = "sddc") -> str:
        """What the last task says."""
        last = [one for one in self.run.records if one["task"].endswith("now that everything is noted")]
        (found,) = [one["result"]["msg"] for one in last if one["host"] == name]
        return str(found)

    @property
    def changes(self) -> list[str]:
        """Which tasks have changed something; those of the report are none."""
        changed = [one["task"] for one in self.run.records if one["result"].get("changed")]
        return [task for task in changed if "task_report" not in task]
