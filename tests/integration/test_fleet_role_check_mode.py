# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode of a whole upgrade, however far that has come: it says what would be done, and sends no write."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.fleet import plan, post
from tests.integration.fleets import NEWEST, PATIENCE, Fleets, components, fresh, two, writes

pytestmark = pytest.mark.timeout(PATIENCE)


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
    changed = {
        name: sum("Step: " in one["task"] and one["result"]["changed"] for one in ran.records if one["host"] == name)
        for name in sims
    }
    # The depot; configure, precheck and two waves; nothing of its own; the same but for a retry and one wave; nothing.
    assert changed == {"fresh": 1, "planned": 4, "going on": 0, "failed": 4, "finished": 0}
    outcomes = {
        name: next(one["result"]["ansible_facts"]["fleet_upgrade_outcome"] for one in ran.records if is_end(one, name))
        for name in sims
    }
    assert outcomes == dict.fromkeys(sims, "predicted") | {"finished": "succeeded"}
    assert not fleets.reports.exists()


def is_end(record: dict[str, Any], host: str) -> bool:
    """Tell whether that is the task of a host which notes how it ended."""
    return record["host"] == host and "fleet_upgrade_outcome" in record["result"].get("ansible_facts", {})
