# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: errors block, warnings block unless they are acknowledged, and in doubt it blocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.gate import GateError, precheck_gate

NOW = "2026-11-21T22:00:00Z"
ENDED = [{"id": "7", "done": True, "state": "SUCCEEDED"}]


def fleet(*severities: str | None, **instead: Any) -> dict[str, Any]:
    """What fleet_upgrade_run returns, with a finding of each severity; the ids are C(F-0), C(F-1) and so on."""
    found = [
        {
            "id": f"F-{number}",
            "severity": severity,
            "message": f"Message {number}.",
            "resolution": f"Resolution {number}.",
            "group": "OPS",
            "check": "Certificates",
            "resource_id": "r-1",
            "resource_name": "ops.example.com",
        }
        for number, severity in enumerate(severities)
    ]
    counts = {
        "errors": sum(severity not in ("WARN", "SKIPPED") for severity in severities),
        "warnings": severities.count("WARN"),
    }
    outcome = "failed" if counts["errors"] else "succeeded"
    return {
        "changed": True,
        "adopted": False,
        "outcome": outcome,
        "tasks": ENDED,
        "prechecks": {**counts, "findings": found},
        **instead,
    }


def sddc(*severities: str, **instead: Any) -> dict[str, Any]:
    """What sddc_precheck returns, with a finding of each severity; the ids are C(S-0), C(S-1) and so on."""
    return {
        "changed": True,
        "adopted": False,
        "tasks": ENDED,
        "error_count": severities.count("ERROR"),
        "warning_count": severities.count("WARNING"),
        "findings": [
            {
                "id": f"S-{number}",
                "severity": severity,
                "description": f"Message {number}.",
                "remediation": f"Resolution {number}.",
                "resource": "nsx.example.com",
            }
            for number, severity in enumerate(severities)
        ],
        **instead,
    }


def taken(pattern: str = ".*", **instead: Any) -> dict[str, Any]:
    """An acknowledgement."""
    return {"id": pattern, "reason": "It is replaced next week.", "by": "K. Lindqvist", **instead}


def gate(result: Any, *acknowledgements: Any, **options: Any) -> dict[str, Any]:
    return precheck_gate(result, list(acknowledgements), **{"now": NOW, **options})


@pytest.mark.parametrize(
    ("result", "passed", "counts"),
    [
        (fleet(), True, (0, 0)),
        (sddc(), True, (0, 0)),
        (fleet("SKIPPED"), True, (0, 0)),
        (fleet("WARN"), False, (0, 1)),
        (fleet("ERROR", "WARN"), False, (1, 1)),
        (sddc("WARNING"), False, (0, 1)),
        (sddc("ERROR"), False, (1, 0)),
        (fleet("FATAL"), False, (1, 0)),
        (fleet(None), False, (1, 0)),
        (sddc("warning"), False, (1, 0)),
        # Counted, and not described; the other way round.
        (sddc("ERROR", error_count=3), False, (3, 0)),
        (sddc(error_count=2), False, (2, 0)),
        (sddc(warning_count=2), False, (0, 2)),
        (sddc("ERROR", error_count=0), False, (1, 0)),
        # No result, or none to be sure of.
        (None, False, (1, 0)),
        ({}, False, (1, 0)),
        ({"skipped": True, "changed": False}, False, (1, 0)),
        (fleet(prechecks=None), False, (1, 0)),
        (fleet(prechecks={"errors": 0, "warnings": None, "findings": []}), False, (1, 0)),
        (sddc(error_count=None), False, (1, 0)),
        (sddc(error_count=False), False, (1, 0)),
        (sddc(findings=["strange"]), False, (1, 0)),
        (sddc(tasks=[{"id": "7", "done": False}]), False, (1, 0)),
        (sddc(failed=True, msg="Time ran out."), False, (1, 0)),
        # With failed_when only the typed failure is left.
        (fleet(failed=False, failure={"kind": "timeout", "message": "Time ran out."}), False, (1, 0)),
        # All was on target.
        (fleet(prechecks=None, tasks=[], changed=False), True, (0, 0)),
        (fleet(prechecks=None, tasks=[], changed=False, outcome=None), False, (1, 0)),
        (fleet(prechecks=None, tasks=[], changed=False, failed=True), False, (1, 0)),
    ],
)
def test_without_acknowledgements(result: Any, passed: bool, counts: tuple[int, int]) -> None:
    verdict = gate(result)
    assert (verdict["passed"], verdict["errors"], verdict["warnings"]) == (passed, *counts)
    assert bool(verdict["blocking"]) == (not passed)


@pytest.mark.parametrize(
    ("pattern", "passed"),
    [("F-0", True), (r"F-\d", True), (".*", True), ("F-", False), ("-0", False), ("f-0", False), ("F-1", False)],
)
def test_an_acknowledgement_matches_the_whole_id(pattern: str, passed: bool) -> None:
    verdict = gate(fleet("WARN"), taken(pattern))
    assert verdict["passed"] == passed
    assert [one["acknowledged"] for one in verdict["findings"]] == [passed]
    used, unused = ([taken(pattern, expires=None)] if is_used else [] for is_used in (passed, not passed))
    assert (verdict["acknowledgements"], verdict["unused"], verdict["expired"]) == (used, unused, [])


@pytest.mark.parametrize(
    "result",
    [
        fleet("ERROR"),
        fleet("FATAL"),
        sddc("ERROR"),
        sddc(warning_count=1),
        sddc(error_count=None),
        {},
        sddc(failed=True, failure={"code": "S-0", "message": "Time ran out."}),
        # A warning without an id.
        sddc(warning_count=1, findings=[{"severity": "WARNING", "description": "A driver."}]),
    ],
)
def test_what_can_not_be_acknowledged(result: Any) -> None:
    verdict = gate(result, taken())
    assert verdict["passed"] is False
    assert not verdict["acknowledgements"]


BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("expires", "holds"),
    [
        (None, True),
        ("", True),
        ("2026-11-21T22:00:01Z", True),
        ("2026-11-21T22:00:00Z", False),
        ("2026-11-21T23:00:01+01:00", True),
        ("2026-11-21 23:00+01:00", False),
        # A day counts until it ends in UTC.
        ("2026-11-21", True),
        ("2026-11-20", False),
        ("9999-12-31", True),
        # What YAML makes of them without quotes.
        (date(2026, 11, 21), True),
        (date(2026, 11, 20), False),
        (datetime(2026, 11, 21, 23, 0, 1, tzinfo=BERLIN), True),
        (datetime(2026, 11, 21, 23, 0, 0, tzinfo=BERLIN), False),
    ],
)
def test_expiry(expires: Any, holds: bool) -> None:
    verdict = gate(sddc("WARNING"), taken(expires=expires))
    assert verdict["passed"] == holds
    assert (len(verdict["acknowledgements"]), len(verdict["expired"])) == ((1, 0) if holds else (0, 1))
    assert ("has expired" in verdict["message"]) == (not holds)
    shown = [one["expires"] for one in verdict["acknowledgements"] + verdict["expired"]]
    assert shown == [expires.isoformat() if isinstance(expires, date) else expires]


def test_without_a_moment_it_is_now() -> None:
    today = datetime.now(timezone.utc)
    for expires, holds in (("2001-01-01", False), ((today + timedelta(hours=1)).isoformat(), True)):
        assert precheck_gate(sddc("WARNING"), [taken(expires=expires)])["passed"] == holds


@pytest.mark.parametrize(
    ("acknowledgements", "said"),
    [
        ("F-0", "are a list of dictionaries with id, reason, by, expires, and not 'F-0'"),
        ([taken(), "F-0"], "Acknowledgement 2 is not a dictionary"),
        ([taken(), taken("F-0", by=None)], "Acknowledgement 2 (F-0) has no by."),
        ([{"id": "F-0", "by": "me"}], "Acknowledgement 1 (F-0) has no reason."),
        ([taken(""), taken()], "Acknowledgement 1 has no id."),
        ([taken(reason=" ")], "reason ' ' is not a text"),
        ([taken(4711)], "Acknowledgement 1 (4711): id 4711 is not a text. Put quotes around it."),
        ([taken(expiry="2026-11-21")], "Acknowledgement 1 (.*) has expiry, which is none of id, reason, by, expires."),
        ([taken("F-(")], "Acknowledgement 1 (F-(): its id is not a regular expression (missing )"),
        ([taken(expires="soon")], "Acknowledgement 1 (.*): expires 'soon' is not an ISO 8601 time"),
        ([taken(expires="2026-11-21T22:00")], "needs a time zone"),
        ([taken(expires=datetime(2026, 11, 21, 22))], "needs a time zone"),
        ([taken(expires="2026-11-31")], "Acknowledgement 1 (.*): day is out of range for month."),
        ([taken(expires=20261121)], "expires 20261121 is not a text"),
    ],
)
@pytest.mark.parametrize("result", [fleet(), fleet("WARN", "ERROR")])
def test_what_is_wrong_with_an_acknowledgement_is_said(result: Any, acknowledgements: Any, said: str) -> None:
    with pytest.raises(GateError) as caught:
        precheck_gate(result, acknowledgements, NOW)
    assert said in str(caught.value)


@pytest.mark.parametrize("options", [{"now": "22:00"}, {"now": 7}, {"now": ""}, {"now": datetime(2026, 11, 21)}])
def test_a_moment_that_is_none(options: dict[str, Any]) -> None:
    with pytest.raises(GateError, match="now"):
        gate(fleet(), **options)


def test_it_judges_results_of_modules_only() -> None:
    with pytest.raises(GateError, match="and not 'passed'"):
        gate("passed")


@pytest.mark.parametrize(
    ("result", "passed"),
    [
        (fleet(prechecks=None, tasks=[]), None),
        (sddc("ERROR"), None),
        (sddc("WARNING", changed=False, adopted=True), None),
        # Nothing would be run, so that it is known.
        (sddc(changed=False), True),
        (sddc("ERROR", changed=False), False),
        (fleet(prechecks=None, tasks=[], changed=False), True),
        ({}, False),
        (sddc(failed=True, msg="The login was rejected."), False),
    ],
)
def test_check_mode(result: Any, passed: bool | None) -> None:
    verdict = gate(result, check_mode=True)
    assert verdict["passed"] is passed
    assert ("Nothing was checked" in verdict["message"]) == (passed is None)


def test_what_was_only_predicted_has_found_nothing() -> None:
    verdict = gate({"changed": True, "prechecks": None, "tasks": []}, check_mode=True)
    assert (verdict["passed"], verdict["findings"], verdict["errors"]) == (None, [], 0)


ON_TARGET = fleet(prechecks=None, tasks=[], changed=False)


@pytest.mark.parametrize(
    ("results", "passed", "counts"),
    [
        ([sddc(), sddc()], True, (0, 0)),
        ([sddc(), sddc("ERROR", "WARNING")], False, (1, 1)),
        ([sddc("ERROR"), sddc("ERROR", error_count=3)], False, (4, 0)),
        ([sddc(), {"skipped": True}], False, (1, 0)),
        ([sddc(), "strange"], False, (1, 0)),
        ([ON_TARGET, sddc()], True, (0, 0)),
        ([], False, (1, 0)),
    ],
)
def test_results_of_a_loop(results: list[Any], passed: bool, counts: tuple[int, int]) -> None:
    verdict = gate({"changed": True, "results": results})
    assert (verdict["passed"], verdict["errors"], verdict["warnings"]) == (passed, *counts)


@pytest.mark.parametrize(
    ("item", "resource"), [("sfo-m01", "sfo-m01 / "), ({"name": "sfo-m01"}, "sfo-m01 / "), (7, "")]
)
def test_what_a_loop_is_about_is_told(item: Any, resource: str) -> None:
    (found,) = gate({"results": [sddc("ERROR", item=item)]})["findings"]
    assert found["resource"] == f"{resource}nsx.example.com"


@pytest.mark.parametrize(
    ("results", "passed"),
    [([sddc(), sddc(changed=False)], None), ([sddc(), sddc("ERROR", changed=False)], False), ([ON_TARGET], True)],
)
def test_results_of_a_loop_in_check_mode(results: list[Any], passed: bool | None) -> None:
    assert gate({"changed": True, "results": results}, check_mode=True)["passed"] is passed


def test_all_that_is_said_of_findings() -> None:
    found = {"message": "Message 0.", "resolution": "Resolution 0.", "acknowledged": False}
    assert gate(fleet("ERROR"))["findings"] == [
        {"id": "F-0", "severity": "ERROR", "resource": "ops.example.com", **found}
    ]
    assert gate(sddc("WARNING"))["findings"] == [
        {"id": "S-0", "severity": "WARNING", "resource": "nsx.example.com", **found}
    ]


def test_what_blocks_is_told() -> None:
    message = gate(fleet("ERROR", "WARN", "WARN"), taken("F-1"))["message"]
    assert message == (
        "The prechecks block: 1 error, 2 warnings (1 acknowledged). "
        "ERROR F-0 (ops.example.com): Message 0. Resolution 0. WARN F-2 (ops.example.com): Message 2. Resolution 2."
    )
    assert "3 errors counted, of which 1 described." in gate(sddc("ERROR", error_count=3))["message"]
    assert "ERROR: There is no result of any precheck." in gate(None)["message"]
    assert "Time ran out." in gate({"failed": True, "msg": "Time ran out."})["message"]
    assert "And 2 more." in gate(sddc(*["ERROR"] * 7))["message"]
    without_id = sddc(warning_count=1, findings=[{"severity": "WARNING"}])
    assert (
        "A check does not say what it has found. It has no id, so that it can not be acknowledged."
        in (gate(without_id)["message"])
    )


def test_what_lets_it_through_is_told() -> None:
    assert gate(fleet())["message"] == "The prechecks let it through: 0 errors, 0 warnings."
    assert gate(fleet("WARN"), taken())["message"] == (
        "The prechecks let it through: 0 errors, 1 warning (1 acknowledged)."
    )
    assert gate(fleet(prechecks=None, tasks=[], changed=False))["message"] == "Nothing was left to be checked."


RESULTS = st.one_of(
    st.builds(lambda found: fleet(*found), st.lists(st.sampled_from(["ERROR", "WARN", "SKIPPED", "FATAL", None]))),
    st.builds(lambda found: sddc(*found), st.lists(st.sampled_from(["ERROR", "WARNING"]))),
    st.builds(
        lambda found, errors, warnings: sddc(*found, error_count=errors, warning_count=warnings),
        st.lists(st.sampled_from(["ERROR", "WARNING"])),
        st.one_of(st.none(), st.integers(0, 3)),
        st.one_of(st.none(), st.integers(0, 3)),
    ),
)
ACKNOWLEDGEMENTS = st.lists(
    st.builds(
        lambda pattern, expires: taken(pattern, expires=expires),
        st.sampled_from([".*", r"[FS]-\d", "F-0", "S-1", "other"]),
        st.sampled_from([None, "2026-11-20", "2026-12-31"]),
    ),
    max_size=4,
)


@given(RESULTS, ACKNOWLEDGEMENTS, ACKNOWLEDGEMENTS)
def test_one_more_acknowledgement_never_blocks_more(result: Any, some: Any, more: Any) -> None:
    before, after = gate(result, *some), gate(result, *some, *more)
    assert after["passed"] >= before["passed"]
    for was, now in zip(before["findings"], after["findings"], strict=True):
        assert now["acknowledged"] >= was["acknowledged"]
    assert len(after["blocking"]) <= len(before["blocking"])


@given(RESULTS, ACKNOWLEDGEMENTS)
def test_an_error_never_passes(result: Any, acknowledgements: Any) -> None:
    verdict = gate(result, *acknowledgements)
    severities = [one["severity"] for one in (result.get("prechecks") or result)["findings"]]
    counted = (result.get("prechecks") or {"errors": result.get("error_count")})["errors"]
    if counted is None or counted or not {*severities} <= {"WARN", "WARNING", "SKIPPED"}:
        assert verdict["passed"] is False
    # What passes has nothing that is not acknowledged, and says by whom.
    if verdict["passed"]:
        open_warnings = [one for one in verdict["findings"] if not one["acknowledged"] and one["severity"] != "SKIPPED"]
        assert open_warnings == []
        assert bool(verdict["acknowledgements"]) == any(one["acknowledged"] for one in verdict["findings"])
