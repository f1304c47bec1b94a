# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has really done, as the simulators know it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.vcf.lifecycle.extensions.rehearsal import facts, judge
from ansible_collections.vcf.lifecycle.extensions.rehearsal.chaos import accepting_again
from ansible_collections.vcf.lifecycle.extensions.rehearsal.claims import Claim
from ansible_collections.vcf.lifecycle.extensions.rehearsal.facts import Component, Facts
from ansible_collections.vcf.lifecycle.extensions.simulator.basis import stable_id
from ansible_collections.vcf.lifecycle.extensions.simulator.clock import Clock
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import parse
from ansible_collections.vcf.lifecycle.extensions.simulator.services.base import Call
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator

OPS, VIDB = "9.1.0.0.25346025", "9.1.0.0.25346734"
NEW_OPS, NEW_VIDB = "9.1.0.0400.25541561", "9.1.0.0100.25522734"
FLEET = "/fleet-lcm/v1"
GIVEN_UP = Claim(outcome="failed")


@contextmanager
def simulating(service: str, upgrade: dict[str, Any], **spec: Any) -> Iterator[Simulator]:
    """A simulator whose time stands still, and that nobody reaches by a network."""
    found = Simulator.from_dict({"services": {service: {"upgrade": upgrade, **spec}}}, clock=Clock(0))
    try:
        yield found
    finally:
        found.stop()


def ask(simulator: Simulator, method: str, path: str, body: Any = None) -> Any:
    """What the service answers who is logged in."""
    parts = urlsplit(path)
    call = Call(method, parts.path, parts.query, {"content-type": "application/json"}, json.dumps(body or {}).encode())
    for route in (route for service in simulator.services for route in service.routes):
        values = route.match(method, parts.path)
        if values is not None:
            answer = route.handler(call, **values)
            return json.loads(bytes(answer.body) or b"{}") | {"http": answer.status_code}
    raise AssertionError(path)


def plan(simulator: Simulator) -> str:
    """A plan to upgrade all of a fleet."""
    return str(
        ask(simulator, "POST", f"{FLEET}/upgrade-plans", {"spec": {"desiredSoftware": {"version": "9.1.0.0"}}})["id"]
    )


def apply(simulator: Simulator, plan_id: str) -> Any:
    return ask(simulator, "POST", f"{FLEET}/upgrade-plans/{plan_id}?action=apply")


def named(found: Facts, name: str) -> Component:
    return next(one for one in found.components if one.name == name)


def fleet(**ops: Any) -> dict[str, Any]:
    """A fleet whose system is new already, with two components: each upgrade takes a minute."""
    components = [{"type": "OPS", "seconds": 60, **ops}, {"type": "VIDB", "seconds": 60}]
    return {"system": {"version": "9.1.0.0400.25570101"}, "components": components}


def rules(found: Facts, claim: Claim) -> list[str]:
    return [one["rule"] for one in judge.judge(found, claim)]


def test_an_upgrade_that_goes_well() -> None:
    with simulating("fleet_lcm", fleet()) as sim:
        start, plan_id = facts.before(sim), plan(sim)
        task = apply(sim, plan_id)
        sim.clock.advance(70)
        halfway = facts.read("fleet", sim, start, "9.1.0.0")
        sim.clock.advance(60)
        found = facts.read("fleet", sim, start, "9.1.0.0")
    going_on = halfway.going_on[0]
    assert (going_on.id, going_on.state, going_on.could_be_cancelled) == (task["id"], "RUNNING", True)
    assert named(halfway, "VCF Operations").is_on_target
    assert not named(halfway, "Identity broker").is_on_target
    assert rules(halfway, Claim("succeeded")) == ["claimed", "left_running"]
    ops = named(found, "VCF Operations")
    assert (ops.version, ops.wanted, ops.is_begun) == (NEW_OPS, NEW_OPS, True)
    (only,) = ops.upgradings
    assert (only.at, only.ended, only.state, only.had, only.target) == (0, 60, "SUCCEEDED", OPS, NEW_OPS)
    assert found.going_on == ()
    assert rules(found, Claim("succeeded")) == []


def after_a_retry(upgrade: dict[str, Any], asked: float, more: float) -> facts.Facts:
    """What there is ``more`` seconds after the plan was applied and, ``asked`` seconds later, retried."""
    with simulating("fleet_lcm", upgrade) as sim:
        start = facts.before(sim)
        task = apply(sim, plan(sim))
        sim.clock.advance(asked)
        ask(sim, "POST", f"{FLEET}/tasks/{task['id']}?action=retry")
        sim.clock.advance(more)
        return facts.read("fleet", sim, start)


def test_a_retry_does_again_what_had_failed_and_nothing_else() -> None:
    components = [{"type": "OPS", "seconds": 60}, {"type": "VIDB", "seconds": 60, "failures": [{}]}]
    found = after_a_retry(fleet() | {"components": components}, 130, 30)
    assert [one.state for one in named(found, "VCF Operations").upgradings] == ["SUCCEEDED"]
    vidb = named(found, "Identity broker").upgradings
    assert [(one.at, one.state, one.is_retry, one.had) for one in vidb] == [
        (0, "FAILED", False, VIDB),
        (130, "SUCCEEDED", True, VIDB),
    ]
    assert rules(found, Claim("succeeded")) == []


def test_a_retry_of_what_has_its_version_is_an_upgrade_too_many() -> None:
    alone = fleet(false_failed=True)
    alone["components"].pop()
    for_others = after_a_retry(fleet(false_failed=True), 70, 100)
    assert rules(for_others, Claim("succeeded")) == []
    found = after_a_retry(alone, 70, 100)
    assert judge.judge(found, Claim("succeeded")) == [
        {
            "rule": "applied_twice",
            "host": "fleet",
            "text": f"The upgrade of VCF Operations was retried at 70 s, although it had {NEW_OPS} already.",
        }
    ]


def test_success_without_the_version() -> None:
    with simulating("fleet_lcm", fleet(false_succeeded=True)) as sim:
        start = facts.before(sim)
        apply(sim, plan(sim))
        sim.clock.advance(130)
        found = facts.read("fleet", sim, start)
    (wrong,) = judge.judge(found, Claim("succeeded"))
    assert wrong["rule"] == "claimed"
    assert wrong["text"] == f"The playbook says succeeded, and VCF Operations has {OPS} instead of {NEW_OPS}."
    assert rules(found, GIVEN_UP) == []


def test_what_a_release_wants_counts_though_nothing_of_it_was_begun() -> None:
    with simulating("fleet_lcm", fleet() | {"system": {}}) as sim:
        start = facts.before(sim)
        found = facts.read("fleet", sim, start, "9.1.0.0")
        of_none = facts.read("fleet", sim, start)
    assert {one.name: one.wanted for one in found.components} == {
        "Fleet lifecycle": None,  # it is in the train of the release
        "VCF Operations": NEW_OPS,
        "Identity broker": NEW_VIDB,
    }
    assert rules(found, Claim("succeeded")) == ["claimed", "claimed"]
    assert rules(of_none, Claim()) == []


def test_what_was_there_before_is_not_of_this_run() -> None:
    tasks = [
        {"name": "somebody else's", "start": -10, "seconds": 1000},
        {"name": "to come", "start": 5, "seconds": 1000},
    ]
    with simulating("fleet_lcm", fleet(), tasks=tasks) as sim:
        apply(sim, plan(sim))
        sim.clock.advance(10)
        start = facts.before(sim)
        sim.clock.advance(10)
        found = facts.read("fleet", sim, start)
    assert found.going_on == ()
    assert not named(found, "VCF Operations").is_begun


def test_the_domains_of_an_sddc_manager() -> None:
    parts = dict.fromkeys(("SDDC_MANAGER", "DRIFT", "VCENTER", "ESX"))
    nsx = {"pending": 0, "seconds": 60, "runs": [{"false_failed": True}, {}]}
    domain = {"name": "m01", "version": "9.0.0.0", "target": "9.1.0.0", "components": {**parts, "NSX": nsx}}
    other = {**domain, "name": "w01", "type": "VI", "components": {"NSX": {}, "VCENTER": None, "ESX": None}}
    with simulating("sddc_manager", {"domains": [domain | {"selected": True}, other]}) as sim:
        start = facts.before(sim)
        (bundle,) = {one["id"] for one in ask(sim, "GET", "/v1/bundles")["elements"]}
        download = {"bundleDownloadSpec": {"downloadNow": True}}
        ask(sim, "PATCH", f"/v1/bundles/{bundle}", download)
        sim.clock.advance(1)
        assert ask(sim, "PATCH", f"/v1/bundles/{bundle}", download)["http"] == 409
        sim.clock.advance(60)
        management = next(one for one in ask(sim, "GET", "/v1/domains")["elements"] if one["name"] == "m01")
        resources = [{"resourceId": management["id"], "upgradeNow": True}]
        spec = {"bundleId": bundle, "resourceType": "DOMAIN", "resourceUpgradeSpecs": resources}
        idle = facts.read("manager", sim, start, "9.1.0.0")
        task = ask(sim, "POST", "/v1/upgrades", spec)
        sim.clock.advance(70)
        honest = facts.read("manager", sim, start)
        ask(sim, "PATCH", f"/v1/tasks/{task['id']}")
        sim.clock.advance(70)
        found = facts.read("manager", sim, start)
    assert {one.name: one.wanted for one in idle.components} == {"NSX of m01": "9.1.0.0", "NSX of w01": None}
    assert [(one.version, len(one.upgradings)) for one in found.downloads] == [("downloaded", 1)]
    assert (named(honest, "NSX of m01").version, rules(honest, GIVEN_UP)) == ("9.1.0.0", [])
    assert [one.had for one in named(found, "NSX of m01").upgradings] == ["9.0.0.0", "9.1.0.0"]
    assert named(found, "NSX of w01").wanted is None
    assert rules(found, GIVEN_UP) == ["applied_twice"]


def test_services_that_may_accept_an_upgrade_twice() -> None:
    """What the real ones do nobody has written down; so that it is seen who asks twice, these accept it."""
    given = parse({"services": {"fleet_lcm": {"upgrade": fleet()}}})
    upgrade = accepting_again(given).services["fleet_lcm"].upgrade
    assert upgrade is not None
    body = {"componentsFilter": [{"id": stable_id("VCF Operations")}]}
    with simulating("fleet_lcm", upgrade) as sim:
        start, plan_id = facts.before(sim), plan(sim)
        action = f"{FLEET}/upgrade-plans/{plan_id}?action=apply"
        assert [ask(sim, "POST", action, body)["http"] for _twice in range(2)] == [202, 202]
        beside = rules(facts.read("fleet", sim, start), GIVEN_UP)
        sim.clock.advance(70)
        assert ask(sim, "POST", action, body)["http"] == 202
        sim.clock.advance(70)
        after = facts.read("fleet", sim, start)
    assert beside == ["applied_twice", "left_running", "left_running"]
    assert rules(after, GIVEN_UP) == ["applied_twice"] * 2
    with simulating("fleet_lcm", fleet()) as sim:
        action = f"{FLEET}/upgrade-plans/{plan(sim)}?action=apply"
        assert [ask(sim, "POST", action, body)["http"] for _twice in range(2)] == [202, 400]


def test_an_sddc_manager_that_may_accept_an_upgrade_twice() -> None:
    parts: dict[str, Any] = dict.fromkeys(("SDDC_MANAGER", "DRIFT", "VCENTER", "ESX"))
    nsx = {"pending": 0, "seconds": 60}
    domain = {"name": "m01", "id": "d", "version": "9.0.0.0", "target": "9.1.0.0", "selected": True}
    upgrade = {"domains": [{**domain, "components": {**parts, "NSX": nsx}}], "downloaded": True}
    for again, statuses in ((True, [202, 202, 202]), (False, [202, 409, 424])):
        with simulating("sddc_manager", {**upgrade, "accepts_again": again}) as sim:
            start = facts.before(sim)
            bundle = ask(sim, "GET", "/v1/bundles")["elements"][0]["id"]
            resources = [{"resourceId": "d", "upgradeNow": True}]
            spec = {"bundleId": bundle, "resourceType": "DOMAIN", "resourceUpgradeSpecs": resources}
            seen = [ask(sim, "POST", "/v1/upgrades", spec)["http"]]
            sim.clock.advance(30)
            seen.append(ask(sim, "POST", "/v1/upgrades", spec)["http"])
            sim.clock.advance(100)
            seen.append(ask(sim, "POST", "/v1/upgrades", spec)["http"])
            sim.clock.advance(100)
            assert seen == statuses
            assert rules(facts.read("manager", sim, start), GIVEN_UP) == ["applied_twice"] * (2 if again else 0)
