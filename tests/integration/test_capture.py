# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook capture, and the proof of it: the rehearsal of what was captured is the same run as the original."""

from __future__ import annotations

import json
import re
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.rehearsal import course, stage
from ansible_collections.vcf.lifecycle.extensions.rehearsal.clock import SharedClock
from ansible_collections.vcf.lifecycle.extensions.rehearsal.order import Order
from ansible_collections.vcf.lifecycle.extensions.rehearsal.run import Plan
from ansible_collections.vcf.lifecycle.extensions.rehearsal.run import play as rehearse
from ansible_collections.vcf.lifecycle.extensions.simulator.basis import stable_id
from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import load
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils.rehearsal_clock import VARIABLE
from tests.conformance import fleet as fleets
from tests.conformance import sddc
from tests.integration.conftest import Play, Simulate
from tests.integration.fleets import DEPOT, NEWEST, OPS, PATIENCE, VSP, applied, components, versions, window
from tests.integration.managers import domain
from tests.integration.runs import SHIPPED, Ansible, Run, call, connection, defaults
from tests.integration.test_two_ways import MEASURED, without

pytestmark = pytest.mark.timeout(PATIENCE)

SPEED = 400.0
TYPES = (OPS, VSP, DEPOT)
VERSIONS = {name: NEWEST[name] for name in TYPES}
VARIABLES = {
    "fleet_lcm": {"fleet_upgrade_version": fleets.RELEASE},
    "sddc_manager": {"sddc_upgrade_version": sddc.NEW},
}
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d)")


def past_upgrades() -> list[dict[str, Any]]:
    """A month ago each component was upgraded, as fast as it will be now."""
    return [
        {
            "name": f"upgrade-{one['type']}",
            "type": "COMPONENT_UPGRADE",
            "start": -86400 * 30,
            "resource": {"id": stable_id(CATALOG[one["type"]].name), "type": one["type"]},
            "stages": [{"name": "prepare", "seconds": 1}, {"name": "upgrade", "seconds": one["seconds"] - 1}],
        }
        for one in components(*TYPES)
    ]


def originals() -> dict[str, dict[str, Any]]:
    """What stands for the real ones."""
    given = fleets.scenario(components=components(*TYPES))
    given["services"]["fleet_lcm"]["tasks"] = past_upgrades()
    # Away for a few requests: whoever waits tries again less and less often.
    manager = {"seconds": 200, "restart": 60}
    domains = [domain(sddc.MANAGEMENT, "SDDC_MANAGER", "ESX", hosts=3, changes={"SDDC_MANAGER": manager})]
    past = {
        "name": "Upgrade SDDC Manager",
        "type": "SDDC_MANAGER_UPGRADE",
        "start": -86400 * 30,
        "resource": {"id": "a-month-ago", "type": "SDDC_MANAGER"},
        "stages": [{"name": "Upgrade", "seconds": 200}, {"name": "Restart", "seconds": 60}],
    }
    platform = sddc.scenario(domains=domains)
    platform["services"]["sddc_manager"]["tasks"] = [past]
    return {"fleet_lcm": given, "sddc_manager": platform}


class Noted:
    """What a simulated service has answered, but for logins."""

    def __init__(self, sim: Simulator, service: str) -> None:
        self.answered: list[str] = []
        answer = sim.service(service).answer

        def noted(call: Any, route: Any, values: Any) -> Any:
            if not route.open:
                self.answered.append(f"{call.method} {call.target} {call.body.decode()}")
            return answer(call, route, values)

        sim.service(service).answer = noted  # type: ignore[method-assign]

    @property
    def requests(self) -> list[str]:
        """The requests without the ids and the times in them: each thing is called by when it was first seen. Of those
        between two that change something, each is here once: how often somebody polls depends on the time."""
        seen: dict[str, str] = {}
        found = [_TIME.sub("TIME", each) for each in self.answered]
        named = [_ID.sub(lambda one: seen.setdefault(one.group(0), f"ID{len(seen)}"), each) for each in found]
        kept: list[str] = []
        asked: set[str] = set()
        for each in named:
            if not each.startswith("GET "):
                asked.clear()
            if each not in asked:
                kept.append(each)
            asked.add(each)
        return kept


class Original(Noted):
    """A simulator that stands for a real endpoint."""

    def __init__(self, simulate: Simulate, service: str, scenario: dict[str, Any], clock: SharedClock) -> None:
        self.service = service
        self.sim: Simulator = simulate(scenario, clock=clock)
        super().__init__(self.sim, service)

    def host(self, **more: Any) -> dict[str, Any]:
        """The variables of its host."""
        options = connection(self.sim, self.service)
        return {
            **{f"vcf_{name}": value for name, value in options.items()},
            **VARIABLES[self.service],
            "change_window_definition": window(),
            # What a capture does not need, it does not read; the logins of other hosts are none of its business.
            "of_no_use_here": "{{ lookup('ansible.builtin.file', '/no/such/password') }}",
            **more,
        }


def run(ansible: Ansible, playbook: str, code: int = 0, warnings: tuple[str, ...] = (), **variables: Any) -> Run:
    path = ansible.folder / "variables.yml"
    path.write_text(yaml.safe_dump(variables))
    ansible.too_long = PATIENCE
    done = ansible.run("playbook", f"vcf.lifecycle.{playbook}", "-e", f"@{path}")
    assert done.code == code, done.output
    assert not [text for text in done.warnings if not any(named in text for named in warnings)], done.output
    assert "Traceback (most recent call last)" not in done.output, done.output
    return done


class Rehearsed:
    """A rehearsal of what was captured, and what its simulated service has answered meanwhile."""

    def __init__(self, ansible: Ansible, file: Path, service: str, playbook: str) -> None:
        inventory = ansible.folder / "tonight.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {service: VARIABLES[service]}}}))
        order = Order(
            scenario=file,
            playbook=f"vcf.lifecycle.{playbook}",
            inventory=[str(inventory)],
            hosts={service: service},
            speed=SPEED,
        )
        serving = stage.serving

        @contextmanager
        def noting(*given: Any) -> Iterator[dict[str, Simulator]]:
            with serving(*given) as served:
                self.sim = served[service]
                self.noted = Noted(self.sim, service)
                yield served

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stage, "serving", noting)
            for name, value in ansible.environment.items():
                patch.setenv(name, value)
            self.course = rehearse(order, load(file), Plan(1, seed=0), threading.Event(), print)
        assert (self.course.status, self.course.wrong) == (0, ()), self.course.output


def comparable(steps: tuple[course.Step, ...]) -> list[Any]:
    """Steps without when they began: what is between them takes as long as the machine does."""
    return [(one.name, one.state, one.ended and round(one.ended - one.began, 2), one.parts) for one in steps]


def test_the_rehearsal_of_what_was_captured_is_the_same_run(ansible: Ansible, simulate: Simulate) -> None:
    # As fast as the rehearsal, of which nothing but the clock is here.
    clock = SharedClock(ansible.folder / "clock", time.time(), SPEED)
    ansible.environment[VARIABLE] = str(clock.path)
    lines = {name: Original(simulate, name, scenario, clock) for name, scenario in originals().items()}
    # Nothing but a plan says what depends on what.
    fleets.plan(lines["fleet_lcm"].sim, **VERSIONS)
    ansible.hosts = {name: line.host() for name, line in lines.items()}
    file = ansible.folder / "captured.yml"

    # Where one can not be read, there is no file; or one without it, by which it is named.
    broken = {**lines["sddc_manager"].host(), "vcf_password": "Hidden-login-9"}
    ansible.hosts["sddc_manager"] = broken
    ran = run(ansible, "capture", code=2, capture_file="captured.yml")
    assert "The scenario is not written. Set capture_partial" in ran.output
    assert not file.exists()
    # The name of the file is relative to where the user is.
    run(ansible, "capture", code=2, capture_file="captured.yml", capture_partial=True, capture_pseudonyms=True)
    partial = file.read_text()
    assert "# Missing, as it could not be read: name-" in partial
    assert list(yaml.safe_load(partial)["services"]) == ["fleet_lcm"]
    assert "sfo" not in partial

    ansible.hosts["sddc_manager"] = lines["sddc_manager"].host()
    # One after the other: it is written when the last has been read.
    run(ansible, "capture", capture_file=str(file), vcf_serial=1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    captured = yaml.safe_load(file.read_text())
    assert "users" not in captured["services"]["fleet_lcm"]
    assert not [line for line in lines.values() for each in line.answered if not each.startswith("GET ")]
    for line in lines.values():
        line.answered.clear()

    for name, playbook in (("fleet_lcm", "fleet_upgrade"), ("sddc_manager", "sddc_upgrade")):
        line = lines[name]
        before = course.marks({name: line.sim})
        ansible.hosts = {name: line.host()}
        run(ansible, playbook)
        steps = course.steps({name: line.sim}, before, line.sim.clock.now())
        rehearsed = Rehearsed(ansible, file, name, playbook)
        assert comparable(rehearsed.course.steps) == comparable(steps)
        assert rehearsed.noted.requests == line.requests
        if name == "fleet_lcm":
            assert applied(rehearsed.sim) == applied(line.sim) == [[DEPOT], [OPS, VSP]]
            assert versions(line.sim) == VERSIONS


def test_both_ways_return_the_same(play: Play, simulate: Simulate) -> None:
    sim = simulate("capture")
    cases: dict[str, dict[str, Any]] = {
        "everything": {},
        "a little": {"service": "sddc_manager", "days": "0.5", "limit": 1, "types": "SYNC", "target_version": 9.9},
        "a wrong password": {"password": "Hidden-password-9", "limit": -1},
    }
    tasks = [
        call(f"{name}{mark}", "capture", options, **keywords)
        for name, options in cases.items()
        for mark, keywords in (("", {}), (", shipped", {"environment": SHIPPED}), (", checked", {"check_mode": True}))
    ]
    ran = play(tasks, module_defaults=defaults(sim))
    for name in cases:
        here, shipped, checked = (without(MEASURED, ran[f"{name}{mark}"]) for mark in ("", ", shipped", ", checked"))
        here, shipped, checked = (re.sub(r"\b[0-9A-F]{12}\b", "", json.dumps(one)) for one in (here, shipped, checked))
        assert shipped == here == checked
    logins = {service.login_url for service in sim.services}
    assert [seen for seen in sim.requests if seen["method"] != "GET" and seen["path"] not in logins] == []
