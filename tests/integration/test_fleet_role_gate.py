# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate in a whole upgrade: what prechecks find stops it, or does not; and no fleet stops another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.fleets import DEPOT, FIRST, NEWEST, OPS, PATIENCE, Fleets, applied, two, versions

pytestmark = pytest.mark.timeout(PATIENCE)

ERROR = {"id": "DISK-FULL", "type": "ERROR", "message": "The disk is full.", "resolution": "Make room."}
WARNING = {"id": "CERT-EXPIRY-30", "message": "The certificate expires in 30 days."}
TAKEN = {"id": r"CERT-EXPIRY-\d+", "reason": "It is replaced next week.", "by": "K. Lindqvist"}
STALE = {**TAKEN, "expires": "2020-01-01"}


def finding(issue: dict[str, Any]) -> dict[str, Any]:
    """What a scenario says of two components, of one of which a precheck finds that."""
    return {"components": two(OPS={"prechecks": [{"id": "CHECK", "issue": issue}]})}


def test_what_is_found_blocks_unless_it_is_acknowledged(fleets: Fleets) -> None:
    fleets.add("error", {"fleet_upgrade_acknowledgements": [{**TAKEN, "id": ".*"}]}, **finding(ERROR))
    # Some services have the task fail as well.
    fleets.add("failed", **finding(ERROR), findings_fail_tasks=True)
    fleets.add("warning", **finding(WARNING))
    fleets.add("acknowledged", {"fleet_upgrade_acknowledgements": [TAKEN]}, **finding(WARNING))
    fleets.add("expired", {"fleet_upgrade_acknowledgements": [STALE]}, **finding(WARNING))
    fleets.run(code=2)

    blocked = dict.fromkeys(["error", "failed", "warning", "expired"], "blocked")
    assert fleets.outcomes() == blocked | {"acknowledged": "succeeded_with_warnings"}
    for name in blocked:
        assert applied(fleets.sims[name]) == []
        assert versions(fleets.sims[name]) == {OPS: FIRST[OPS], DEPOT: FIRST[DEPOT]}
        assert fleets.report(name)["gate"]["passed"] is False
    sim, gate = fleets.sims["acknowledged"], fleets.report("acknowledged")["gate"]
    assert applied(sim) == [[DEPOT], [OPS]]
    assert versions(sim) == {OPS: NEWEST[OPS], DEPOT: NEWEST[DEPOT]}
    assert (gate["passed"], gate["acknowledgements"]) == (True, [{**TAKEN, "expires": None}])
    assert [(one["id"], one["acknowledged"]) for one in gate["findings"]] == [("CERT-EXPIRY-30", True)]
