# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the playbook sddc_upgrade where something fails: it stops, says so, and hides nobody else."""

from __future__ import annotations

import pytest

from tests.conformance.sddc import MANAGEMENT, WORKLOAD
from tests.integration.managers import PATIENCE, Managers, domain
from tests.integration.test_sddc_role import FAILURE, TAKEN, VCENTER, WARNING, small

pytestmark = pytest.mark.timeout(PATIENCE)

BACKUP = {"id": "backup", "message": "The last backup is older than a day.", "remediation": "Back up."}
AWAY = {"code": "DEPOT_UNREACHABLE", "message": "The depot is away."}
OUTDATED = {"code": "NSX_VERSION_UNKNOWN", "message": "NSX was upgraded by hand."}
FAILING = {"runs": [{"fail": "Upgrade", "error": FAILURE}]}


def test_what_stops_it_before_anything_is_upgraded(managers: Managers) -> None:
    def checked(*findings: dict[str, str]) -> list[dict[str, object]]:
        return [domain(MANAGEMENT, "VCENTER", selected=True, checks={"findings": list(findings)})]

    expired = {**TAKEN, "expires": "2020-01-01"}
    managers.add("error", {"acknowledgements": [{**TAKEN, "id": "backup"}]}, domains=checked(BACKUP))
    managers.add("warning", domains=checked(WARNING))
    managers.add("expired", {"acknowledgements": [expired]}, domains=checked(WARNING))
    managers.add("closed").close_in(seconds=-1)
    managers.add("short", {"expected_minutes": 60}).close_in(minutes=30)
    managers.add("step", {"step_minutes": 60}).close_in(minutes=30)
    managers.add("unknown", {"domains": ["sfo-w99"]})
    managers.add("input", {"user_input": {"sfo-w99": {}}})
    fine = managers.add("fine")

    ran = managers.run(code=2)
    assert ran.outcomes == {**dict.fromkeys(managers.all, "blocked"), "fine": "succeeded"}
    gated, unasked = ("error", "warning", "expired"), ("closed", "short", "step", "unknown", "input")
    assert [managers.all[name].writes for name in gated] == [{"check": 1}] * len(gated)
    assert [managers.all[name].writes for name in unasked] == [{}] * len(unasked)
    assert {name: one.report["outcome"] for name, one in managers.all.items()} == ran.outcomes
    assert [managers.all[name].report["gate"]["passed"] for name in gated] == [False] * len(gated)
    assert {tuple(ran.left(name)) for name in (*gated, "closed", "short", "step", "input")} == {(VCENTER,)}
    assert fine.upgrades == [VCENTER]
    for name, said in {
        "error": "The last backup is older than a day",
        "warning": "A driver is not certified",
        "closed": "outside the change window",
        "short": "expected to take 1h",
        "step": "expected to take 1h",
        "unknown": "no domain sfo-w99",
        "input": "sddc_upgrade_user_input is for sfo-w99",
    }.items():
        assert said in ran.account(name)


def test_what_fails_in_a_step(managers: Managers) -> None:
    managers.add("validation", domains=[domain(MANAGEMENT, "VCENTER", invalid=OUTDATED)])
    download = {"seconds": 40, "attempts": [{"fail": "Download", "error": AWAY}]}
    managers.add("download", downloaded=False, bundles={"VCENTER": download})
    managers.add("checks", domains=[domain(MANAGEMENT, "VCENTER", selected=True, checks={"outcome": "failed"})])
    # One that fails again when it is retried, and one that can not be.
    again = managers.add(
        "again", domains=[domain(WORKLOAD, "ESX"), domain(MANAGEMENT, "VCENTER", changes={"VCENTER": FAILING})]
    )
    final = managers.add("final", domains=small({**FAILING, "retriable": False}))
    # Done, and yet it says that it failed.
    untrue = managers.add("untrue", domains=small({"runs": [{"false_failed": True, "error": FAILURE}]}))

    ran = managers.run(code=2)
    assert ran.outcomes == {**dict.fromkeys(managers.all, "failed"), "untrue": "failed_but_on_target"}
    assert {name: one.report["outcome"] for name, one in managers.all.items()} == ran.outcomes
    for name, said in {
        "validation": OUTDATED["message"],
        "download": AWAY["message"],
        "checks": "Check sfo-m01",
        "again": FAILURE["message"],
        "final": FAILURE["message"],
        "untrue": "accept_failed_but_on_target",
    }.items():
        assert said.rstrip(".") in ran.account(name), name
    for name in ("validation", "download", "checks"):
        assert (managers.all[name].upgrades, ran.left(name)) == ([], [VCENTER])

    # The domain that comes after it is not begun.
    assert (again.upgrades, ran.left("again")) == ([VCENTER], [VCENTER, f"ESX of {WORKLOAD}"])
    assert (again.writes["upgrade"], again.writes["retry"]) == (1, 1)
    assert final.writes == {"check": 1, "upgrade": 1}
    for one in (again, final):
        cause = one.report["root_causes"][0]
        assert (cause["code"], cause["reference"]) == (FAILURE["code"], FAILURE["reference"])
    assert (untrue.writes, ran.left("untrue")) == ({"check": 1, "upgrade": 1}, [])
