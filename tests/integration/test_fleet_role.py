# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbook fleet_upgrade where all goes well."""

from __future__ import annotations

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import SYSTEM
from tests.integration.fleets import (
    DEPOT,
    FIRST,
    LOGS,
    NEWEST,
    OPS,
    PATIENCE,
    VSP,
    WAVES,
    Fleets,
    applied,
    components,
    fresh,
    system_version,
    versions,
    writes,
)

pytestmark = pytest.mark.timeout(PATIENCE)

STEPS = [
    "POST depot-metadata?action=sync",
    "POST system?action=apply",
    "POST upgrade-plans",
    "POST upgrade-plans",
    *(f"POST upgrade-plans?action={action}" for action in ("configure", "precheck", "apply", "apply", "apply")),
]


def test_a_whole_upgrade_and_again(fleets: Fleets) -> None:
    sim = fleets.add(**fresh())
    fleets.run(fleet_upgrade_change="CHG0031337", fleet_upgrade_who="K. Lindqvist")
    assert writes(sim) == STEPS
    assert (versions(sim), system_version(sim)) == (NEWEST, SYSTEM.newest)
    assert applied(sim) == WAVES

    report = fleets.report()
    assert (report["outcome"], report["failures"], report["gate"]["passed"]) == ("succeeded", [], True)
    assert (report["who"], report["change"]) == ("K. Lindqvist", "CHG0031337")
    assert report["window"]["start"] < report["began_at"]
    assert report["window"]["end"]
    seen = {one["component"]: (one["before"], one["after"], one["on_target"]) for one in report["versions"]}
    assert seen == {
        "VCF_FLEET_LCM": (SYSTEM.first, SYSTEM.newest, True),
        **{name: (FIRST[name], NEWEST[name], True) for name in NEWEST},
    }
    assert len(report["tasks"]) == len(STEPS) - 1

    again = fleets.run(vcf_report_directory="")
    assert {record["outcome"] for record in again.records} <= {"ok", "skipped"}
    assert not any(record["result"].get("changed") for record in again.records)
    assert writes(sim) == STEPS
    assert "The upgrade to 9.1.0.0: succeeded. Nothing is left." in again.output


def test_batches_of_ones_own_and_what_does_not_fit(fleets: Fleets) -> None:
    batches = {
        "good": [[DEPOT, OPS], ["VCF services runtime", LOGS]],
        "misspelt": [[DEPOT], ["OPPS"]],
    }
    for name, order in batches.items():
        fleets.add(name, {"fleet_upgrade_batches": order}, components=components())
    # What can not be upgraded, and what waits for it, is left out, and said.
    fleets.add("ineligible", components=components(OPS={"ineligible": "It has no licence."}))
    ran = fleets.run(code=2, warnings=("It has no licence.",))
    outcomes = dict.fromkeys(batches, "failed") | {"good": "succeeded", "ineligible": "succeeded_with_warnings"}
    assert fleets.outcomes() == outcomes
    assert applied(fleets.sims["good"]) == [[OPS, DEPOT], [LOGS, VSP]]
    assert applied(fleets.sims["ineligible"]) == [[DEPOT], [VSP]]
    said = fleets.report("misspelt")["root_causes"][0]["message"]
    assert "name OPPS, which the plan does not have. It has OPS, OPS_LOGS, VCF_FLEET_DEPOT, VSP." in said
    assert applied(fleets.sims["misspelt"]) == []
    assert "Left: Log management, VCF Operations." in ran.output
