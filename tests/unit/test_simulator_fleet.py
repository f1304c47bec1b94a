# SPDX-License-Identifier: GPL-3.0-or-later
"""The upgrades of the simulated Fleet LCM without a server: what a scenario means, and where work stands."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.clock import Clock
from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_scenario import Upgrade
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError, State, Task
from ansible_collections.vcf.lifecycle.extensions.simulator.services import fleet_plan as plan
from ansible_collections.vcf.lifecycle.extensions.simulator.services import fleet_upgrade_bodies as bodies
from ansible_collections.vcf.lifecycle.extensions.simulator.services import fleet_work as work
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.extensions.simulator.tasks import Entry, TaskBook

OPS, LOGS = CATALOG["OPS"], CATALOG["OPS_LOGS"]


def upgrade(**fields: Any) -> Upgrade:
    return Upgrade.model_validate(fields)


class Book:
    """A fleet, and the tasks of it that were started, in a time that only the tests move."""

    def __init__(self, **fields: Any) -> None:
        self.fleet = plan.Fleet(upgrade(**fields))
        self.clock = Clock(speed=1e-9)
        ids = iter(range(1000))
        self.tasks = TaskBook([], self.clock, lambda _created: str(next(ids)))

    def apply(self, *kinds: str) -> plan.Work:
        components = [one for one in self.fleet.upgrade.ordered() if one.type in kinds]
        failed = {one.id: plan.failed_runs(self.fleet, one.id, self.clock.now()) for one in components}
        task, blamed = work.apply("plan-1", components, failed)
        targets = {one.id: one.versions[0] for one in components}
        return self.begin("apply", task, targets, blamed)

    def begin(self, kind: plan.Kind, task: Task, targets: dict[str, str], blamed: tuple[str, ...] = ()) -> plan.Work:
        self.fleet.works.append(plan.Work(kind, self.tasks.create(task), "plan-1", targets, {}, blamed))
        return self.fleet.works[-1]

    def versions(self) -> dict[str, str]:
        """By type."""
        found = plan.versions(self.fleet, self.clock.now())
        return {one.type: found[one.id] for one in self.fleet.upgrade.components}


def test_nothing_said_is_the_whole_fleet_in_its_first_versions() -> None:
    whole = upgrade()
    assert {one.type: (one.name, one.version, one.versions) for one in whole.components} == {
        name: (kind.name, kind.first, [kind.newest]) for name, kind in CATALOG.items()
    }
    assert (len(whole.components), len({one.id for one in whole.components})) == (15, 15)
    assert [release.version for release in whole.releases] == ["9.1.0.0"]
    assert upgrade().components[0].id == whole.components[0].id


def test_stages_share_the_seconds_and_a_restart_is_before_the_last() -> None:
    (one,) = upgrade(components=[{"type": "OPS", "seconds": 100, "restart": 7}]).components
    assert one.stages == {"prepare": 10, "upgrade": 80, "restart": 7, "verify": 10}


def test_dependencies_are_found_by_type_name_and_id() -> None:
    components = [
        {"type": "OPS", "depends_on": ["OPS_LOGS", "Identity broker", "proxy-1"]},
        {"type": "OPS_LOGS", "depends_on": ["VIDB"]},
        {"type": "VIDB"},
        {"type": "VCF_OPS_CLOUD_PROXY", "id": "proxy-1"},
    ]
    found = upgrade(components=components)
    ids = {one.type: one.id for one in found.components}
    assert found.components[0].depends_on == [ids["OPS_LOGS"], ids["VIDB"], "proxy-1"]
    assert [one.type for one in found.ordered()] == ["VIDB", "VCF_OPS_CLOUD_PROXY", "OPS_LOGS", "OPS"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"components": [{"type": "OPSY"}]},
            r"upgrade\.components\.0\.type: .*no such type",
        ),
        ({"components": [{"type": "OPS", "secnds": 1}]}, r"upgrade\.components\.0\.secnds"),
        ({"components": [{"type": "OPS"}, {"type": "OPS"}]}, "more than one has the name 'VCF Operations'"),
        ({"components": [{"type": "OPS", "depends_on": ["VIDB"]}]}, "depends on 'VIDB', which is not there"),
        ({"components": [{"type": "OPS", "depends_on": ["OPS"]}]}, "'VCF Operations' depends on itself"),
        ({"components": [{"type": "OPS", "failures": [{"stage": "x"}]}]}, "there is no stage 'x'"),
        ({"components": [{"type": "OPS", "version": "nine"}]}, r"upgrade\.components\.0\.version"),
    ],
)
def test_a_mistake_is_named(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(ScenarioError, match=text):
        Simulator.from_dict({"services": {"fleet_lcm": {"upgrade": fields}}})


def test_versions_change_as_each_component_ends() -> None:
    book = Book(components=[{"type": "OPS", "seconds": 10}, {"type": "OPS_LOGS", "seconds": 10}])
    book.apply("OPS", "OPS_LOGS")
    seen = []
    for _moment in range(3):
        book.clock.advance(9)
        versions = book.versions()
        seen.append((versions["OPS"] == OPS.newest, versions["OPS_LOGS"] == LOGS.newest))
    assert seen == [(False, False), (True, False), (True, True)]


def test_failures_are_used_up_by_runs_and_not_by_tasks() -> None:
    components = [
        {"type": "OPS", "failures": [{}, {}]},
        {"type": "OPS_LOGS", "failures": [{}], "retriable": False},
    ]
    book = Book(components=components)
    ids = {one.type: one.id for one in book.fleet.upgrade.components}
    first = book.apply("OPS", "OPS_LOGS")
    assert first.blamed == (ids["OPS"], ids["OPS"], ids["OPS_LOGS"])
    book.clock.advance(1000)
    assert plan.failed_runs(book.fleet, ids["OPS"], book.clock.now()) == 1
    second = book.apply("OPS", "OPS_LOGS")
    assert second.blamed == (ids["OPS"], ids["OPS_LOGS"])
    assert book.apply("OPS_LOGS").blamed == (ids["OPS_LOGS"],)


def test_a_false_failure_leaves_the_version_changed_while_it_is_retried() -> None:
    book = Book(components=[{"type": "OPS", "false_failed": True}])
    entry = book.apply("OPS").entry
    book.clock.advance(59)
    assert book.versions() == {"OPS": OPS.first}
    book.clock.advance(2)
    assert (entry.look(book.clock.now()).state, book.versions()) == (State.FAILED, {"OPS": OPS.newest})
    book.tasks.retry(entry)
    assert (entry.look(book.clock.now()).state, book.versions()) == (State.RUNNING, {"OPS": OPS.newest})


def test_what_failed_stands_in_the_way_until_it_is_on_target() -> None:
    book = Book(components=[{"type": "OPS", "failures": [{}]}, {"type": "OPS_LOGS", "false_failed": True}])
    failed, in_name_alone = book.apply("OPS"), book.apply("OPS_LOGS")
    book.clock.advance(1000)
    now = book.clock.now()
    assert plan.unresolved(book.fleet, [in_name_alone], now) is None
    assert plan.unresolved(book.fleet, [in_name_alone, failed], now) is failed


def test_releases_later_than_the_system_are_hidden() -> None:
    later = {"version": "9.1.1.0", "components": {"OPS": ["9.1.1.0.1", "9.1.1.0.2"]}}
    earlier = {"version": "9.1.0.0", "components": {"OPS": [OPS.first, OPS.newest]}}
    parts: dict[str, Any] = {"components": [{"type": "OPS"}], "releases": [earlier, later]}

    def seen(version: str) -> dict[str, Any]:
        return plan.releases(plan.Fleet(upgrade(system={"version": version}, **parts)), 0)

    assert seen(SYSTEM.first) == {"9.1.0.0": {"OPS": [OPS.first]}}
    assert seen(SYSTEM.newest) == {"9.1.0.0": {"OPS": [OPS.newest, OPS.first]}}
    assert next(iter(seen("9.1.1.0.5").items())) == ("9.1.1.0", {"OPS": ["9.1.1.0.2", "9.1.1.0.1"]})


def test_the_service_is_away_while_a_component_restarts_it() -> None:
    book = Book(components=[{"type": "VSP", "seconds": 100, "restart": 20}])
    book.apply("VSP")
    seen = []
    for seconds in (80, 15, 20):
        book.clock.advance(seconds)
        seen.append(plan.restarting(book.fleet, book.clock.now()))
    assert seen == [False, True, False]


def test_a_plan_takes_as_many_looks_at_its_work_however_many_components_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    look = Entry.look
    monkeypatch.setattr(Entry, "look", lambda self, now: looks.append(now) or look(self, now))
    counts = []
    for size in (2, 40):
        types = [f"TYPE{number}" for number in range(size)]
        book = Book(components=[{"type": name, "version": "9.0", "versions": ["9.1"]} for name in types])
        targets = dict(book.apply(*types).targets)
        looks.clear()
        written = bodies.plan_components(book.fleet, plan.Plan("plan-1", 0, 0, {}, targets), book.clock)
        assert [one["upgrade"]["status"] for one in written] == ["RUNNING"] + ["PENDING"] * (size - 1)
        counts.append(len(looks))
    assert counts[0] == counts[1]
