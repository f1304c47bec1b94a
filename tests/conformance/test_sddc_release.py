# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_release, against the simulated SDDC Manager."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.sddc import DOMAINS, MANAGEMENT, NEW, OLD, WORKLOAD, Sddc, sddc

FREE: list[dict[str, Any]] = [{**domain, "selected": False} for domain in DOMAINS]
CHOICE = {"method": "PATCH", "path": "v1/releases/domains/"}
INVALID = {
    "code": "NSX_VERSION_UNKNOWN",
    "message": "NSX was upgraded by hand.",
    "remediation": "Mend the inventory.",
}


def sent(line: Sddc) -> list[str]:
    """The writes so far: a validation, and the choice itself."""
    return ["validate" if seen["method"] == "POST" else "choose" for seen in line.writes]


def test_a_release_is_validated_and_chosen_once() -> None:
    with sddc(domains=FREE) as line:
        result = line.choose()
        again = line.choose()
        assert sent(line) == ["validate", "choose"]
        assert line.platform.targets == {line.domain_id(): NEW}
        assert result["domain"] == line.domain_id()
    assert (result["changed"], result["version"], result["previous"], result["applicable"]) == (True, NEW, None, True)
    assert result["versions"] == {"SDDC_MANAGER": NEW, "NSX": NEW, "VCENTER": NEW, "ESX": NEW}
    assert result["diff"] == {"before": {"target_version": None}, "after": {"target_version": NEW}}
    assert (again["changed"], again["previous"], again["versions"]) == (False, NEW, result["versions"])
    assert again["diff"]["before"] == again["diff"]["after"] == {"target_version": NEW}


def test_a_domain_that_has_the_release_is_left_alone() -> None:
    done = [{**domain, "version": NEW, "selected": False} for domain in DOMAINS]
    with sddc(domains=done) as line:
        results = [line.choose(version=version) for version in (NEW, "9.1", OLD)]
        assert sent(line) == []
    assert [result["changed"] for result in results] == [False] * 3
    assert {result["versions"]["ESX"] for result in results} == {NEW}
    assert {(result["previous"], result["applicable"]) for result in results} == {(None, None)}


@pytest.mark.parametrize("selected", [False, True])
def test_check_mode_predicts_and_sends_nothing(selected: bool) -> None:
    with sddc(domains=DOMAINS if selected else FREE) as line:
        predicted = line.choose(WORKLOAD, check=True)
        assert line.writes == []
        real = line.choose(WORKLOAD)
    same = ("changed", "previous", "version", "versions", "applicable", "diff", "domain")
    assert {name: predicted[name] for name in same} == {name: real[name] for name in same}
    assert real["changed"] is not selected


@pytest.mark.parametrize("check", [False, True])
def test_a_release_there_is_not(check: bool) -> None:
    with sddc(domains=FREE) as line:
        failed = line.choose(version="9.7.0.0", check=check)
        assert line.writes == []
    assert (failed["failure"]["kind"], failed["changed"]) == ("options", False)
    assert f"no release 9.7.0.0 that domain {MANAGEMENT} could be upgraded to: there are {NEW}" in failed["msg"]
    assert failed["diff"]["before"] == failed["diff"]["after"]


@pytest.mark.parametrize("check", [False, True])
def test_a_release_that_is_not_applicable(check: bool) -> None:
    domains = [{**FREE[0], "inapplicable": ["vCenter is too old.", "So is NSX"]}, FREE[1]]
    with sddc(domains=domains) as line:
        failed = line.choose(check=check)
        assert line.writes == []
    assert (failed["failure"]["kind"], failed["changed"], failed["applicable"]) == ("not_allowed", False, False)
    assert "says NOT_APPLICABLE: vCenter is too old. So is NSX." in failed["msg"]


def test_a_release_that_does_not_pass_its_validation() -> None:
    with sddc(domains=[{**FREE[0], "invalid": INVALID}, FREE[1]]) as line:
        failed = line.choose()
        assert sent(line) == ["validate"]
        unasked = line.choose(validate=False)
        assert sent(line) == ["validate", "choose"]
    assert (failed["failure"]["kind"], failed["failure"]["code"]) == ("not_allowed", "NSX_VERSION_UNKNOWN")
    assert failed["failure"]["remediation"] == "Mend the inventory."
    assert "does not pass its validation" in failed["msg"]
    assert "NSX was upgraded by hand" in failed["msg"]
    assert (failed["changed"], unasked["changed"]) == (False, True)


def test_time_runs_out_and_the_next_run_goes_on() -> None:
    with sddc(domains=FREE, validation_seconds=100) as line:
        failed = line.choose(timeout=20)
        assert sent(line) == ["validate"]
        result = line.choose()
    assert (failed["failure"]["kind"], failed["timed_out"], failed["changed"]) == ("timeout", True, False)
    assert f"before release {NEW} was chosen for domain {MANAGEMENT}" in failed["msg"]
    assert result["changed"]


@pytest.mark.parametrize(
    ("fault", "choices"),
    [
        ({"kind": "reset_after"}, 1),
        ({"kind": "truncated"}, 1),
        ({"kind": "status", "code": 502, "processed": True}, 1),
        ({"kind": "reset_before"}, 2),
        ({"kind": "status", "code": 503}, 2),
    ],
    ids=str,
)
def test_a_lost_answer_is_looked_into_before_anything_is_sent_again(fault: dict[str, Any], choices: int) -> None:
    with sddc(domains=FREE) as line:
        line.sim.inject({**CHOICE, "times": 1, **fault})
        result = line.choose()
        assert sent(line) == ["validate", *["choose"] * choices]
        assert line.platform.targets[line.domain_id()] == NEW
    assert result["changed"]


def test_a_restart_is_ridden_out() -> None:
    with sddc(domains=FREE, validation_seconds=60) as line:
        line.sim.inject({"kind": "html", "after": 20, "for": 580})
        result = line.choose()
        assert line.sim.clock.now() > 600
    assert (result["changed"], result["outages"]) == (True, 1)


def test_a_refusal_is_said() -> None:
    with sddc(domains=FREE) as line:
        body = {"errorCode": "BUSY", "message": "An upgrade is going on.", "remediationMessage": "Wait."}
        line.sim.inject({**CHOICE, "kind": "status", "code": 422, "body": body, "times": 1})
        failed = line.choose()
    assert (failed["failure"]["kind"], failed["failure"]["code"], failed["changed"]) == ("not_allowed", "BUSY", False)
    assert f"to choose release {NEW} for domain {MANAGEMENT}: An upgrade is going on" in failed["msg"]


@pytest.mark.parametrize("version", ["", "latest", "v"])
def test_a_version_that_is_none(version: str) -> None:
    with sddc(domains=FREE) as line:
        failed = line.choose(version=version)
        assert line.sim.requests == []
    assert failed["failure"]["kind"] == "options"


def test_a_domain_there_is_not() -> None:
    with sddc(domains=FREE) as line:
        failed = line.choose("sfo-w99")
    assert (failed["failure"]["kind"], failed["domain"]) == ("not_found", None)
