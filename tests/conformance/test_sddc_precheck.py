# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_precheck, against the simulated SDDC Manager."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.sddc import DOMAINS, MANAGEMENT, NEW, OLD, WORKLOAD, sddc

BACKUP = {"id": "backup", "message": "The backup is old.", "remediation": "Back up vCenter."}
MENDED = {**BACKUP, "runs": 1}
NIC = {"id": "nic", "severity": "WARNING", "message": "A driver is not certified.", "component": "ESX"}
RUN = {"method": "POST", "path": "v1/system/check-sets$"}
RERUN = {"method": "PATCH", "path": "v1/system/check-sets/"}


def finding(*findings: dict[str, Any], **checks: Any) -> list[dict[str, Any]]:
    """The domains, where the checks of the first find this."""
    return [{**DOMAINS[0], "checks": {"findings": findings, **checks}}, DOMAINS[1]]


def test_a_domain_that_is_fine() -> None:
    with sddc() as line:
        result = line.precheck()
        assert line.runs == [result["run_id"]]
    assert (result["changed"], result["adopted"], result["target_version"]) == (True, False, NEW)
    assert (result["error_count"], result["warning_count"], result["findings"]) == (0, 0, [])
    assert result["states"] == {result["run_id"]: "SUCCEEDED"}
    assert result["diff"] == {"before": {"run_id": None}, "after": {"run_id": result["run_id"]}}


def test_errors_fail_although_the_run_succeeded() -> None:
    with sddc(domains=finding(BACKUP, NIC)) as line:
        failed = line.precheck()
    assert (failed["failure"]["kind"], failed["failure"]["code"]) == ("task_failed", "backup")
    assert failed["failure"]["remediation"] == "Back up vCenter."
    assert "The checks of domain sfo-m01 found 1 error: The backup is old." in failed["msg"]
    assert (failed["changed"], failed["error_count"], failed["warning_count"]) == (True, 1, 1)
    assert failed["states"] == {failed["run_id"]: "SUCCEEDED"}
    assert failed["findings"] == [
        {
            "id": "backup",
            "severity": "ERROR",
            "description": "The backup is old.",
            "resource": "VCENTER",
            "remediation": "Back up vCenter.",
        },
        {
            "id": "nic",
            "severity": "WARNING",
            "description": "A driver is not certified.",
            "resource": "ESX",
            "remediation": None,
        },
    ]


@pytest.mark.parametrize(("findings", "errors", "warnings"), [((BACKUP, NIC), 1, 1), ((NIC,), 0, 1)])
def test_what_was_found_may_be_left_to_the_playbook(findings: Any, errors: int, warnings: int) -> None:
    with sddc(domains=finding(*findings)) as line:
        result = line.precheck(fail_on_errors=False)
    assert "failure" not in result
    assert (result["error_count"], result["warning_count"]) == (errors, warnings)


def test_warnings_alone_never_fail() -> None:
    with sddc(domains=finding(NIC)) as line:
        assert line.precheck()["warning_count"] == 1


@pytest.mark.parametrize("gate", [True, False])
def test_a_run_that_failed_is_never_a_good_one(gate: bool) -> None:
    with sddc(domains=finding(outcome="failed")) as line:
        failed = line.precheck(fail_on_errors=gate)
    assert failed["failure"]["kind"] == "task_failed"
    assert (failed["error_count"], failed["warning_count"], failed["changed"]) == (None, None, True)


def test_the_checks_are_those_for_the_versions_of_the_release() -> None:
    # The simulated service refuses a version that is neither the release's nor the component's own.
    components = {"VCENTER": {"target": "9.1.0.0300"}, "ESX": {"target": "9.1.0.0200"}}
    with sddc(domains=[{**DOMAINS[0], "components": components}, DOMAINS[1]]) as line:
        result = line.precheck(domain=line.domain_id(), target_version=NEW)
    assert (result["error_count"], result["target_version"]) == (0, NEW)


def test_only_what_failed_is_run_again() -> None:
    with sddc(domains=finding(MENDED, NIC)) as line:
        failed = line.precheck()
        result = line.precheck(rerun_failed=True)
        unchanged = line.precheck(rerun_failed=True)
        assert line.runs == [failed["run_id"], result["run_id"]]
        assert [seen["method"] for seen in line.writes] == ["POST", "POST", "POST", "PATCH"]
    assert (result["changed"], result["error_count"], result["warning_count"]) == (True, 0, 1)
    assert result["diff"]["before"] == {"run_id": failed["run_id"]}
    assert (unchanged["changed"], unchanged["run_id"], unchanged["warning_count"]) == (False, result["run_id"], 1)
    assert unchanged["diff"]["before"] == unchanged["diff"]["after"]


def test_all_is_run_where_there_was_no_run() -> None:
    with sddc(domains=finding(MENDED)) as line:
        result = line.precheck(rerun_failed=True, fail_on_errors=False)
        assert line.runs == [result["run_id"]]
    assert (result["changed"], result["error_count"]) == (True, 1)


def test_all_is_run_where_the_last_run_was_not_to_the_end() -> None:
    with sddc(domains=finding(outcome="failed")) as line:
        line.precheck()
        line.precheck(rerun_failed=True)
        assert len(line.runs) == 2
        assert not [seen for seen in line.writes if seen["method"] == "PATCH"]


@pytest.mark.parametrize("rerun_failed", [True, False])
def test_a_run_that_goes_on_is_followed(rerun_failed: bool) -> None:
    with sddc(domains=finding(NIC)) as line:
        run = line.check()
        result = line.precheck(rerun_failed=rerun_failed)
        assert line.writes == []
    assert (result["changed"], result["adopted"], result["run_id"], result["warning_count"]) == (False, True, run, 1)


def test_a_run_for_another_domain_is_not_taken_for_this_one() -> None:
    with sddc() as line:
        run = line.check(WORKLOAD)
        result = line.precheck()
    assert (result["changed"], result["adopted"]) == (True, False)
    assert result["run_id"] != run


def test_check_mode_predicts_and_sends_nothing() -> None:
    with sddc(domains=finding(MENDED, NIC)) as line:
        first = line.precheck(check=True)
        assert line.writes == []
        run = line.check()
        going_on = line.precheck(check=True)
        line.sim.advance(100)
        after = line.precheck(check=True)
        again = line.precheck(check=True, rerun_failed=True)
        assert line.writes == []
        assert line.runs == [run]
    assert (first["changed"], first["run_id"], first["error_count"]) == (True, None, None)
    assert first["diff"] == {"before": {"run_id": None}, "after": {"run_id": "a new run"}}
    assert (going_on["changed"], going_on["adopted"], going_on["run_id"]) == (False, True, run)
    # What the last run has found is said, and is no failure of a run that was not made.
    for predicted in (after, again):
        assert "failure" not in predicted
        assert (predicted["changed"], predicted["run_id"], predicted["error_count"]) == (True, run, 1)


def test_time_runs_out_and_the_next_run_goes_on() -> None:
    with sddc() as line:
        failed = line.precheck(timeout=20)
        result = line.precheck()
        assert line.runs == [result["run_id"]]
    assert (failed["failure"]["kind"], failed["timed_out"], failed["changed"]) == ("timeout", True, True)
    assert failed["error_count"] is None
    assert (result["changed"], result["adopted"], result["error_count"]) == (False, True, 0)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_after"},
        {"kind": "truncated"},
        {"kind": "status", "code": 502, "processed": True},
        {"kind": "status", "code": 504, "processed": True},
        {"kind": "shape", "body": {}, "processed": True},
    ],
    ids=str,
)
def test_a_lost_answer_starts_nothing_twice(fault: dict[str, Any], again: bool) -> None:
    with sddc(domains=finding(MENDED)) as line:
        if again:
            line.precheck()
        line.sim.inject({**(RERUN if again else RUN), "times": 1, **fault})
        result = line.precheck(rerun_failed=again, fail_on_errors=False)
        assert len(line.runs) == (2 if again else 1)
        assert line.runs[-1] == result["run_id"]
        assert line.sim.unmet_faults() == []
    assert (result["changed"], result["adopted"], result["error_count"]) == (True, False, 0 if again else 1)


@pytest.mark.parametrize("fault", [{"kind": "reset_before"}, {"kind": "status", "code": 503, "times": 3}], ids=str)
def test_what_was_not_heard_is_sent_again(fault: dict[str, Any]) -> None:
    with sddc() as line:
        line.sim.inject({**RUN, "times": 1, **fault})
        result = line.precheck()
        assert line.runs == [result["run_id"]]
    assert result["changed"]


def test_what_may_still_be_under_way_is_not_sent_again() -> None:
    with sddc() as line:
        line.sim.inject({**RUN, "kind": "status", "code": 504})
        failed = line.precheck()
        assert line.runs == []
        assert len([seen for seen in line.writes if not seen["path"].endswith("/queries")]) == 1
    assert (failed["failure"]["kind"], failed["changed"]) == ("lost_contact", True)


def test_the_question_for_checks_may_be_asked_again() -> None:
    with sddc() as line:
        line.sim.inject({"kind": "reset_after", "method": "POST", "path": "queries", "times": 2})
        result = line.precheck()
        assert line.runs == [result["run_id"]]


def test_an_outage_is_ridden_out() -> None:
    with sddc(domains=finding(NIC)) as line:
        line.sim.inject({"kind": "html", "after": 20, "for": 300})
        result = line.precheck()
        assert line.runs == [result["run_id"]]
    assert (result["warning_count"], result["outages"]) == (1, 1)


def test_a_refusal_is_said() -> None:
    body = {"errorCode": "BUSY", "message": "Another assessment is running.", "remediationMessage": "Wait."}
    with sddc() as line:
        line.sim.inject({**RUN, "kind": "status", "code": 400, "body": body})
        failed = line.precheck()
    assert (failed["failure"]["kind"], failed["failure"]["code"], failed["changed"]) == ("not_allowed", "BUSY", False)
    assert "Another assessment is running" in failed["msg"]


def test_a_release_that_nothing_can_be_checked_for() -> None:
    with sddc() as line:
        failed = line.precheck(target_version="1.2.3")
        assert line.runs == []
    assert failed["failure"]["kind"] == "not_allowed"
    assert "1.2.3" in failed["msg"]


def test_without_a_target_there_is_nothing_to_check_for() -> None:
    with sddc(domains=[{**domain, "selected": False} for domain in DOMAINS]) as line:
        failed = line.precheck()
        assert line.writes == []
        result = line.precheck(target_version=NEW)
    assert failed["failure"]["kind"] == "options"
    assert failed["msg"].startswith("target_version is required")
    assert (result["target_version"], result["error_count"]) == (NEW, 0)


def test_a_run_for_another_release_is_no_answer() -> None:
    with sddc(domains=finding(MENDED)) as line:
        line.check(version=OLD)
        line.sim.advance(100)
        predicted = line.precheck(check=True, rerun_failed=True)
        result = line.precheck(rerun_failed=True)
        assert not [seen for seen in line.writes if seen["method"] == "PATCH"]
    assert (predicted["run_id"], predicted["error_count"], predicted["changed"]) == (None, None, True)
    assert (result["error_count"], result["changed"]) == (0, True)


@pytest.mark.parametrize("domain", ["another", "..", "a/b?c"])
def test_a_domain_there_is_not(domain: str) -> None:
    with sddc() as line:
        failed = line.precheck(domain)
        assert line.writes == []
    assert failed["failure"]["kind"] == "not_found"
    assert f"There are {MANAGEMENT}, {WORKLOAD}." in failed["msg"]
