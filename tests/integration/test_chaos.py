# SPDX-License-Identifier: GPL-3.0-or-later
"""The upgrade playbooks under random faults: whatever befalls them, none ends wrong. What was found stays tried."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.conformance.fleet import RELEASE
from tests.integration.fleets import DEPOT, OPS, PATIENCE
from tests.integration.leftovers import all_of, end_all_of
from tests.integration.runs import Ansible, Run

pytestmark = pytest.mark.timeout(PATIENCE)

VERSIONS = {"version": "9.0.0.0", "target": RELEASE}
DEPOT_ALONE: list[dict[str, Any]] = [{"type": DEPOT, "seconds": 600}]
BOTH = [*DEPOT_ALONE, {"type": OPS, "seconds": 900, "depends_on": [DEPOT]}]
# SDDC Manager restarts in its own upgrade.
MANAGEMENT = {"name": "mgmt", **VERSIONS, "components": {"DRIFT": None, "ESX": None, "VCENTER": None}}
WORKLOAD = {"name": "wld", "type": "VI", **VERSIONS, "components": {"NSX": None, "VCENTER": None}}


def fleet(components: list[dict[str, Any]]) -> dict[str, Any]:
    system = {"seconds": 900, "restart": 300}
    return {"fleet_lcm": {"upgrade": {"system": system, "components": components}}}


def sddc(*domains: dict[str, Any], downloaded: bool) -> dict[str, Any]:
    return {"sddc_manager": {"upgrade": {"domains": list(domains), "downloaded": downloaded}}}


PLAYBOOKS: dict[str, dict[str, Any]] = {
    "fleet_upgrade": {"small": fleet(DEPOT_ALONE), "large": fleet(BOTH)},
    "sddc_upgrade": {
        "small": sddc(MANAGEMENT, downloaded=True),
        "large": sddc(MANAGEMENT, WORKLOAD, downloaded=False),
    },
}
RETRIED = {"attempts": 3, "delay": 30}


def night(end: str, **more: Any) -> dict[str, Any]:
    return {"change_window_definition": {"start": "22:00", "end": end, "zone": "+01:00"}, **more}


# With the defaults in a window that is long enough; with retries in shorter ones, at whose end is a cancel or none.
NIGHTS: dict[str, dict[str, Any]] = {
    "long": night("04:00"),
    "short": night("22:31", change_window_at_end="cancel", recovery=RETRIED),
    "shorter": night("22:17", recovery=RETRIED, accept_failed_but_on_target=True),
    "careful": night("23:00", change_window_at_end="cancel", recovery=RETRIED, step_minutes=20),
}
# How many of each playbook, 200 in all: more of those that a window cuts off, since most of them take less.
SEEDS = {"long": 15, "short": 35, "shorter": 35, "careful": 15}
TIMES = int(os.environ.get("CHAOS", "1"))  # as many as that


@pytest.fixture
def rehearsed(ansible: Ansible) -> Iterator[Ansible]:
    ansible.too_long = PATIENCE
    yield ansible
    end_all_of(ansible.folder)


def chaos(
    ansible: Ansible,
    playbook: str,
    variables: dict[str, Any],
    seed: int,
    runs: int,
    *faults: dict[str, Any],
    size: str = "large",
    code: int = 0,
) -> Run:
    """Break a playbook, one of the collection's upgrades or one of the folder with the fleet.

    :param runs: how many runs chance breaks; with none there is one, which the faults alone break.
    """
    shared = ("change_window_", "vcf_")
    named = {name if name.startswith(shared) else f"{playbook}_{name}": one for name, one in variables.items()}
    ansible.hosts = {"vienna": {"vcf_hostname": "vienna.example.com", f"{playbook}_version": RELEASE, **named}}
    scenario = {"services": PLAYBOOKS.get(playbook, PLAYBOOKS["fleet_upgrade"])[size]}
    (ansible.folder / "tonight.yml").write_text(yaml.safe_dump(scenario))
    name = f"vcf.lifecycle.{playbook}" if playbook in PLAYBOOKS else f"{playbook}.yml"
    given = [
        "scenario=tonight.yml",
        f"playbook={name}",
        "speed=100000",
        f"runs={int(not runs)}",
        f"chaos={runs}",
        f"seed={seed}",
    ]
    given.append(json.dumps({"faults": faults}))
    ran = ansible.run("playbook", "vcf.lifecycle.rehearse", *(part for one in given for part in ("-e", one)))
    assert ran.code == code, ran.output
    assert "Traceback (most recent call last)" not in ran.output, ran.output
    return ran


@pytest.mark.parametrize("playbook", PLAYBOOKS)
@pytest.mark.parametrize("when", NIGHTS)
def test_no_run_ends_wrong(rehearsed: Ansible, playbook: str, when: str) -> None:
    seed = 1000 * (1 + list(NIGHTS).index(when))
    # What a run costs depends on how much there is to do, and what may go wrong does not.
    size = "large" if when == "careful" else "small"
    count = SEEDS[when] * TIMES
    result = chaos(rehearsed, playbook, NIGHTS[when], seed, count, size=size)["Rehearse"]
    assert [run["seed"] for run in result["runs"]] == list(range(seed, seed + count))
    assert all(run["faults"] and run["outcomes"] for run in result["runs"])
    # The faults are met, and not all in the same way.
    assert len({run["outcomes"]["vienna"] for run in result["runs"]}) >= 2
    assert not all_of(rehearsed.folder)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_what_stops_it_is_told_also_where_nothing_can_be_seen_afterwards(rehearsed: Ansible, playbook: str) -> None:
    """The look at what had come of it failed as well, and that was all that was said."""
    component = {"fleet_upgrade": OPS, "sddc_upgrade": "NSX"}[playbook]
    forbidden = {"component": component, "kind": "status", "code": 403}
    (run,) = chaos(rehearsed, playbook, NIGHTS["long"], 1, 0, forbidden, code=2)["Rehearse"]["runs"]
    _before, _name, told = run["output"].partition("Fail, now that everything is noted")
    assert "does not allow this to user rehearsal" in told
    assert run["outcomes"] == {"vienna": "failed"}


def test_a_window_that_closes_while_something_is_retried(rehearsed: Ansible) -> None:
    """It was found going on after the window, in which it was to be canceled: seed 3006."""
    fails = {"component": "NSX", "stage": "Upgrade", "times": 2}
    (run,) = chaos(rehearsed, "sddc_upgrade", NIGHTS["short"], 3006, 1, fails)["Rehearse"]["runs"]
    assert run["outcomes"] == {"vienna": "canceled"}


def test_what_ends_wrong_is_told_with_its_seed(rehearsed: Ansible) -> None:
    """A playbook that begins an upgrade and does not care."""
    connection = {name: f"{{{{ vcf_{name} }}}}" for name in ("hostname", "port", "username", "password", "ca_path")}
    begin = {"action": "system", "target_version": "9.1.0.0400.25570101", "wait": False}
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "tasks": [{"vcf.lifecycle.fleet_upgrade_run": {**connection, **begin}}],
    }
    (rehearsed.folder / "careless.yml").write_text(yaml.safe_dump([play]))
    ran = chaos(rehearsed, "careless", {"vcf_service": "fleet_lcm"}, 6, 2, code=2)
    problems = ran["Fail where a run went wrong"]["msg"]
    for seed in (6, 7):
        assert f"seed {seed}: succeeded. " in ran.stdout
        assert f"Chaos with seed {seed}: vienna: The playbook says success, and Upgrade Fleet lifecycle" in problems
        assert f"To see it again, add -e chaos=1 -e seed={seed}." in problems
    again = chaos(rehearsed, "careless", {"vcf_service": "fleet_lcm"}, 7, 1, code=2)
    first, second = (ran["Rehearse"]["runs"][1], again["Rehearse"]["runs"][0])
    assert [run["rule"] for run in first["wrong"]] == [run["rule"] for run in second["wrong"]]
    assert first["faults"] == second["faults"]
