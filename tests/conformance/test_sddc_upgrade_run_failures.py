# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_run, against the simulated SDDC Manager: what fails, what only seems to, and answers that are lost."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import Stage, Task
from tests.conformance.sddc import DOMAINS, MANAGEMENT, NEW, OLD, WORKLOAD, sddc
from tests.conformance.test_sddc_upgrade_run import ADOPTED, DONE, WELL, domains, in_time, said, verified

ERROR = {"code": "SM-3", "message": "The node did not answer.", "remediation": "Restart it.", "reference": "AB12CD"}
FAILING = {"runs": [{"fail": "Upgrade", "error": ERROR}, {}]}
ALONE = {"SDDC_MANAGER": None, "DRIFT": None}
"""What leaves NSX as the first of the management domain."""
ASKED = {"method": "POST", "path": "v1/upgrades$"}
COMMITTED = {"method": "PATCH", "path": "v1/upgrades/"}


@pytest.mark.parametrize("failed_as", ["COMPLETED_WITH_FAILURE", "FAILED"])
def test_an_upgrade_fails_and_is_tried_again(failed_as: str) -> None:
    with sddc(downloaded=True, domains=domains(**ALONE, NSX={**FAILING, "failed_as": failed_as})) as line:
        failed = line.upgrade("NSX")
        result = line.upgrade("NSX")
        assert len(line.upgrades) == 2
    assert said(failed) == (True, False, "failed", "task_failed")
    assert {name: failed["failure"][name] for name in ("code", "remediation", "reference")} == {
        "code": "SM-3",
        "remediation": "Restart it.",
        "reference": "AB12CD",
    }
    assert failed["verified"] == verified("NSX", actual=OLD)
    assert f"After it, NSX has {OLD} in place of {NEW}" in failed["msg"]
    assert failed["upgrade"]["status"] == failed_as
    assert failed["diff"]["before"] == {"versions": {"NSX": OLD}, "upgrade": None}
    assert failed["diff"]["after"] == {"versions": {"NSX": OLD}, "upgrade": failed_as}
    assert said(result) == WELL
    assert result["diff"]["before"]["upgrade"] is None


@pytest.mark.parametrize("accept", [False, True])
def test_an_upgrade_that_failed_in_name_alone(accept: bool) -> None:
    with sddc(downloaded=True, domains=domains(**ALONE, NSX={"runs": [{"false_failed": True}]})) as line:
        result = line.upgrade("NSX", accept_failed_but_on_target=accept)
        again = line.upgrade("NSX")
        assert len(line.upgrades) == 1
    assert said(result) == (True, False, "failed_but_on_target", None if accept else "task_failed")
    assert result["verified"] == verified("NSX")
    assert [task["state"] for task in result["tasks"]] == ["FAILED"]
    assert accept or "Set accept_failed_but_on_target to take that for good" in result["msg"]
    assert said(again) == DONE


def test_what_is_accepted_is_only_what_is_on_target() -> None:
    with sddc(downloaded=True, domains=domains(**ALONE, NSX=FAILING)) as line:
        result = line.upgrade("NSX", accept_failed_but_on_target=True)
    assert said(result) == (True, False, "failed", "task_failed")


def test_an_upgrade_that_succeeded_in_name_alone() -> None:
    with sddc(downloaded=True, domains=domains(**ALONE, NSX={"runs": [{"false_succeeded": True}]})) as line:
        result = line.upgrade("NSX")
        # The inventory may lag behind what has been done: it is read for some seconds.
        assert line.sim.count("GET", "v1/nsxt-clusters") > 5
    assert said(result) == (True, False, "succeeded_but_not_on_target", "task_failed")
    assert f"ended well, but NSX has {OLD} in place of {NEW}." in result["msg"]


def test_drift_is_judged_by_its_upgrade() -> None:
    with sddc(downloaded=True, domains=domains(SDDC_MANAGER={"version": NEW}, DRIFT=FAILING)) as line:
        failed = line.upgrade("DRIFT", accept_failed_but_on_target=True)
        result = line.upgrade("DRIFT")
        again = line.upgrade("DRIFT")
    assert (said(failed), failed["verified"]) == ((True, False, "failed", "task_failed"), {})
    assert said(result) == WELL
    assert (said(again), again["upgrade"]["id"]) == (DONE, result["upgrade"]["id"])


def test_what_was_canceled_is_begun_anew() -> None:
    with sddc(downloaded=True) as line:
        begun = line.upgrade(schedule_at=in_time(line, hours=10), wait=False)
        line.post("PATCH", f"upgrades/{begun['upgrade']['id']}", {"markForCancellation": True})
        result = line.upgrade()
        assert len(line.upgrades) == 2
    assert said(result) == WELL


def test_somebody_cancels_it_meanwhile() -> None:
    with sddc(downloaded=True) as line:
        line.sim.inject({"kind": "meanwhile", "method": "GET", "path": "v1/tasks/", "skip": 3, "request": "cancel"})
        failed = line.upgrade()
    assert said(failed) == (True, False, "canceled", "task_canceled")
    assert failed["verified"] == verified("SDDC_MANAGER", actual=OLD)


# What has to come first ----------------------------------------------------------------------------------------------


def test_what_is_not_downloaded() -> None:
    with sddc() as line:
        failed = line.upgrade()
        assert line.writes == []
    assert said(failed) == (False, False, None, "not_allowed")
    assert "it is not downloaded (PENDING). Have sddc_bundle download it first." in failed["msg"]


def test_what_is_not_its_turn() -> None:
    with sddc(downloaded=True) as line:
        failed = line.upgrade("NSX")
        assert line.writes == []
        first = line.bundle_id("SDDC_MANAGER")
    assert said(failed) == (False, False, None, "not_allowed")
    assert "it is PENDING" in failed["msg"]
    assert f"What it can be upgraded with is {first} (SDDC_MANAGER to {NEW}): do that first." in failed["msg"]


def test_a_dependency_that_only_the_service_knows_of() -> None:
    with sddc(downloaded=True, domains=[{**domain, "selected": False} for domain in DOMAINS]) as line:
        failed = line.upgrade(target_version=NEW)
    failure = failed["failure"]
    assert (failure["http_status"], failure["code"]) == (424, "UPGRADE_DEPENDENCY_NOT_MET")
    assert failure["remediation"] == "Choose one."
    assert failure["reference"]
    assert f"No target release is chosen for domain {MANAGEMENT}. " in failed["msg"]
    assert "Something that comes before is not done" in failed["msg"]


def test_something_else_that_is_in_the_way() -> None:
    with sddc(downloaded=True, domains=[{**DOMAINS[0], "version": NEW}, DOMAINS[1]]) as line:
        line.platform.tasks.create(Task(name="Rotate passwords", stages=[Stage(name="Rotate", seconds=3600)]))
        line.sim.advance(10)
        failed = line.upgrade("NSX", WORKLOAD)
        planned = line.upgrade("NSX", WORKLOAD, schedule_at=in_time(line, hours=3), wait=False)
    assert said(failed) == (False, False, None, "not_allowed")
    assert (failed["failure"]["http_status"], failed["failure"]["code"]) == (409, "OPERATION_IN_PROGRESS")
    assert "sddc_upgrade_info shows it under blocking" in failed["msg"]
    assert said(planned) == (True, False, None, None)


def test_what_failed_before_may_be_what_is_in_the_way() -> None:
    body = {"errorCode": "X-1", "message": "There is a failed upgrade.", "remediationMessage": "Mend it."}
    with sddc(downloaded=True, domains=domains(**ALONE, NSX=FAILING)) as line:
        before = line.upgrade("NSX")
        line.sim.inject({**ASKED, "kind": "status", "code": 409, "body": body})
        failed = line.upgrade("NSX")
    task_id = before["tasks"][0]["id"]
    assert said(failed) == (False, False, None, "not_allowed")
    assert (failed["failure"]["task_id"], failed["states"]) == (task_id, {task_id: "FAILED"})
    assert "failed before; see to that first" in failed["msg"]


# Time, and what is lost ----------------------------------------------------------------------------------------------


def test_time_runs_out_and_the_next_run_goes_on() -> None:
    with sddc(downloaded=True) as line:
        failed = line.upgrade(timeout=100)
        result = line.upgrade()
        assert len(line.upgrades) == 1
    assert said(failed) == (True, False, "timeout", "timeout")
    assert failed["verified"] == verified("SDDC_MANAGER", actual=OLD)
    assert said(result) == ADOPTED


def test_time_is_up_before_anything_is_begun() -> None:
    with sddc(downloaded=True) as line:
        failed = line.upgrade(timeout=0)
        assert line.writes == []
    assert failed["failure"]["kind"] == "timeout"
    assert failed["changed"] is False


def test_time_runs_out_and_it_is_left_alone() -> None:
    with sddc(downloaded=True) as line:
        result = line.upgrade(timeout=100, on_timeout="continue")
    assert said(result) == (True, False, "timeout", None)


@pytest.mark.parametrize("scheduled", [False, True])
def test_time_runs_out_and_it_is_canceled(scheduled: bool) -> None:
    with sddc(downloaded=True) as line:
        more = {"schedule_at": in_time(line, hours=10), "deadline": in_time(line, minutes=2)} if scheduled else {}
        failed = line.upgrade(timeout=400, on_timeout="cancel", **more)
    assert said(failed) == (True, False, "canceled", "timeout")
    assert failed["cancelled"] == [failed["tasks"][0]["id"]]
    assert (failed["timed_out"], failed["upgrade"]["state"]) == (True, "CANCELED")


def test_what_somebody_else_has_begun_is_canceled_too() -> None:
    with sddc(downloaded=True) as line:
        line.post("POST", "upgrades", line.spec("SDDC_MANAGER"))
        failed = line.upgrade(timeout=400, on_timeout="cancel")
    assert said(failed) == (True, True, "canceled", "timeout")


LOST: list[dict[str, Any]] = [
    {"kind": "reset_after"},
    {"kind": "truncated"},
    {"kind": "status", "code": 502, "processed": True},
    {"kind": "status", "code": 504, "processed": True},
    {"kind": "shape", "body": {}, "processed": True},
]


@pytest.mark.parametrize("separate_ids", [False, True])
@pytest.mark.parametrize("fault", LOST, ids=str)
def test_a_lost_answer_starts_nothing_twice(fault: dict[str, Any], separate_ids: bool) -> None:
    with sddc(downloaded=True, separate_ids=separate_ids) as line:
        line.sim.inject({**ASKED, "times": 1, **fault})
        result = line.upgrade()
        assert len(line.upgrades) == 1
        assert line.sim.unmet_faults() == []
    assert said(result) == WELL


@pytest.mark.parametrize("fault", LOST[:4], ids=str)
def test_a_lost_answer_commits_nothing_twice(fault: dict[str, Any]) -> None:
    with sddc(downloaded=True) as line:
        line.upgrade(draft=True)
        line.sim.inject({**COMMITTED, "times": 1, **fault})
        result = line.upgrade()
        assert [seen["method"] for seen in line.writes] == ["POST", "PATCH"]
    assert said(result) == WELL


def test_a_lost_answer_makes_no_second_draft() -> None:
    with sddc(downloaded=True) as line:
        line.sim.inject({**ASKED, "times": 1, "kind": "reset_after"})
        result = line.upgrade(draft=True)
        assert len(line.upgrades) == 1
    assert (said(result), result["upgrade"]["status"]) == ((True, False, None, None), "DRAFT")


@pytest.mark.parametrize("fault", [{"kind": "reset_before"}, {"kind": "status", "code": 503, "times": 3}], ids=str)
def test_what_was_not_heard_is_sent_again(fault: dict[str, Any]) -> None:
    with sddc(downloaded=True) as line:
        line.sim.inject({**ASKED, "times": 1, **fault})
        result = line.upgrade()
        assert len(line.upgrades) == 1
    assert said(result) == WELL


def test_what_may_still_be_under_way_is_not_sent_again() -> None:
    with sddc(downloaded=True) as line:
        line.sim.inject({**ASKED, "kind": "status", "code": 504})
        failed = line.upgrade()
        assert (line.upgrades, len(line.writes)) == ([], 1)
    assert said(failed) == (True, False, "lost_contact", "lost_contact")


def test_an_outage_is_ridden_out_with_a_new_login() -> None:
    with sddc(downloaded=True) as line:
        line.sim.inject({"kind": "html", "after": 60, "for": 300})
        line.sim.inject({"kind": "unauthorized", "after": 400})
        result = line.upgrade()
        assert line.logins > 1
    assert said(result) == WELL


def test_a_service_that_does_not_come_back() -> None:
    with sddc(downloaded=True) as line:
        line.sim.inject({"kind": "html", "after": 60})
        failed = line.upgrade(max_outage=600)
    assert said(failed) == (True, False, "lost_contact", "lost_contact")
    assert failed["lost_contact"]
    assert failed["verified"]["SDDC_MANAGER"]["actual"] is None


def test_no_secret_is_shown() -> None:
    given = {"vcenterUpgradeUserInputSpecs": [{"temporaryNetwork": {"password": "Hidden-input-1"}}]}
    error = {**ERROR, "message": "vCenter does not take Hidden-input-1."}
    parts = {**ALONE, "NSX": None, "VCENTER": {"runs": [{"fail": "Upgrade", "error": error}]}}
    with sddc(downloaded=True, domains=domains(**parts)) as line:
        failed = line.upgrade("VCENTER", user_input=given)
    assert said(failed) == (True, False, "failed", "task_failed")
    assert "vCenter does not take" in failed["msg"]
    assert "Hidden" not in str(failed)
