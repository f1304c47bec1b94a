# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode of a whole upgrade, however far that has come: it says what would be done, and sends no write."""

from __future__ import annotations

import pytest

from tests.conformance.fleet import plan, post
from tests.integration.fleets import NEWEST, PATIENCE, Fleets, components, fresh, two, writes

pytestmark = pytest.mark.timeout(PATIENCE)

DONE = ("depot", "plan", "configured", "failed")


def test_check_mode_predicts_and_sends_no_write(fleets: Fleets) -> None:
    sims = {
        "fresh": fleets.add("fresh", **fresh()),
        "planned": fleets.add("planned"),
        "going on": fleets.add("going on", components=two(OPS={"seconds": 1e6})),
        "failed": fleets.add("failed", components=two(OPS={"failures": [{}]})),
        "finished": fleets.add("finished", components=components(version={})),
    }
    for name in ("planned", "going on", "failed", "finished"):
        of_two = {kind: NEWEST[kind] for kind in ("OPS", "VCF_FLEET_DEPOT")}
        plan_id = plan(sims[name], **(NEWEST if name == "finished" else of_two))
        if name != "planned":
            post(sims[name], f"upgrade-plans/{plan_id}?action=apply")
            sims[name].advance(1000)
    before = {name: writes(sim) for name, sim in sims.items()}
    ran = fleets.run("--check", "--diff")
    assert {name: writes(sim) for name, sim in sims.items()} == before
    steps = {
        name: [
            (record["task"].split("Step: ")[1], record["result"]["changed"])
            for record in ran.records
            if record["host"] == name and "Step: " in record["task"]
        ]
        for name in sims
    }
    said = {name: [record["result"]["msg"] for record in ran.records if record["host"] == name][-1] for name in sims}
    print(steps, said)
    assert not fleets.reports.exists()
