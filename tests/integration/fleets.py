# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook fleet_upgrade over simulated fleets: many of them in one run, since a run takes its time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.conformance.fleet import RELEASE, scenario
from tests.integration.runs import Ansible, Run, connection

PLAYBOOK = "vcf.lifecycle.fleet_upgrade"
DEPOT, OPS, VSP, LOGS = "VCF_FLEET_DEPOT", "OPS", "VSP", "OPS_LOGS"
COMPONENTS: dict[str, dict[str, Any]] = {
    LOGS: {"type": LOGS, "seconds": 40, "depends_on": [OPS]},
    OPS: {"type": OPS, "seconds": 60, "depends_on": [DEPOT]},
    VSP: {"type": VSP, "seconds": 40, "depends_on": [DEPOT]},
    DEPOT: {"type": DEPOT, "seconds": 40},
}
WAVES = [[DEPOT], [OPS, VSP], [LOGS]]
NEWEST = {name: CATALOG[name].newest for name in COMPONENTS}
FIRST = {name: CATALOG[name].first for name in COMPONENTS}
PATIENCE = 900
"""Seconds for a test, which takes some ten on a machine that does nothing else."""
REPORT = {"task_report_files": ["report.json"]}
"""What the tests read. The others are proven with the role task_report, and take time of each host of each run."""
QUICK = {"fleet_upgrade_poll_interval": 0.05, "fleet_upgrade_recovery": {"delay": 0.05}}


def window(minutes: float = 60) -> dict[str, str]:
    """A change window that has been open for an hour, and closes so many minutes from now."""
    now = datetime.now(timezone.utc)
    return {"start": (now - timedelta(hours=1)).isoformat(), "end": (now + timedelta(minutes=minutes)).isoformat()}


def components(*types: str, **changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a scenario says of components, by default of all four.

    :param changes: more of it, by type.
    """
    return [{**COMPONENTS[name], **changes.get(name, {})} for name in types or COMPONENTS]


def two(**changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The depot, and what comes after it."""
    return components(OPS, DEPOT, **changes)


class Fleets:
    """Fleets by the names of their hosts, and runs of the playbook over them."""

    def __init__(self, ansible: Ansible, simulate: Callable[..., Simulator]) -> None:
        self.ansible, self.simulate = ansible, simulate
        ansible.hosts = {}
        ansible.settings["forks"] = 10
        ansible.too_long = PATIENCE
        self.sims: dict[str, Simulator] = {}
        self.reports = ansible.folder / "reports"

    def add(
        self,
        name: str = "fleet",
        /,
        variables: Mapping[str, Any] | None = None,
        speed: float = 300,
        on_request: Callable[[dict[str, Any]], None] | None = None,
        **upgrade: Any,
    ) -> Simulator:
        """Serve one more fleet, by default of two components and a Fleet LCM that is upgraded already.

        :param variables: of its host.
        :param upgrade: what the scenario says of it.
        """
        upgrade = {"components": two(), **upgrade}
        self.sims[name] = sim = self.simulate({**scenario(**upgrade), "speed": speed}, on_request=on_request)
        options = {f"vcf_{option}": value for option, value in connection(sim, service=None).items()}
        self.ansible.hosts[name] = {
            **options,
            **QUICK,
            "fleet_upgrade_version": RELEASE,
            "change_window_definition": window(),
            **(variables or {}),
        }
        return sim

    def run(self, *options: str, code: int = 0, warnings: tuple[str, ...] = (), **variables: Any) -> Run:
        """Run the playbook, which is to end with that code, and with no warnings but those named."""
        path = self.ansible.folder / "variables.yml"
        path.write_text(yaml.safe_dump({"vcf_report_directory": str(self.reports), **REPORT, **variables}))
        done = self.ansible.run("playbook", PLAYBOOK, "-e", f"@{path}", *options)
        assert done.code == code, done.output
        unexpected = [text for text in done.warnings if not any(named in text for named in warnings)]
        assert not unexpected, done.output
        assert "Traceback (most recent call last)" not in done.output, done.output
        return done

    def report(self, name: str = "fleet") -> dict[str, Any]:
        """The report of a host."""
        found: dict[str, Any] = json.loads((self.reports / name / "report.json").read_text(encoding="utf-8"))
        return found

    def outcomes(self) -> dict[str, str]:
        """What the reports say of all hosts."""
        return {name: self.report(name)["outcome"] for name in self.sims}


def fresh() -> dict[str, Any]:
    """What a scenario says of four components, of which nothing has been done, not even for Fleet LCM itself."""
    return {"components": components(), "system": {"seconds": 60, "restart": 60}, "synced": False}


def writes(sim: Simulator) -> list[str]:
    """The requests so far that were to change something, without ids."""
    login = sim.service("fleet_lcm").login_url
    return [
        f"{seen['method']} {seen['path'].removeprefix('/fleet-lcm/v1/').partition('/')[0]}?{seen['query']}".rstrip("?")
        for seen in sim.requests
        if seen["method"] != "GET" and seen["path"] != login
    ]


def applied(sim: Simulator) -> list[list[str]]:
    """The types of components of each upgrade that the service has begun; those of all requests for one."""
    works = [work for work in sim.service("fleet_lcm").upgrade.fleet.works if work.kind == "apply"]
    types = {one.id: one.type for one in sim.service("fleet_lcm").upgrade.fleet.upgrade.components}
    assert len(works) == sim.count("POST", "upgrade-plans/.*action=apply"), writes(sim)
    return [sorted(types[component] for component in work.targets) for work in works]


def versions(sim: Simulator) -> dict[str, str]:
    """The real version of each component, by its type."""
    upgrade = sim.service("fleet_lcm").upgrade
    types = {one.name: one.type for one in upgrade.fleet.upgrade.components}
    return {types[name]: version for name, version in upgrade.versions().items() if name in types}


def system_version(sim: Simulator) -> str:
    """The real version of Fleet LCM itself."""
    return str(sim.service("fleet_lcm").upgrade.versions()["system"])
