# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_bundle, against the simulated SDDC Manager."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.sddc import Sddc, sddc

DOWNLOAD = {"method": "PATCH", "path": "v1/bundles/"}
ERROR = {"code": "DEPOT_UNREACHABLE", "message": "The depot did not answer.", "remediation": "Check the proxy."}
FAILING = {"ESX": {"attempts": [{"fail": "Download", "error": ERROR}, {}]}}


def test_what_is_missing_is_downloaded_once() -> None:
    with sddc() as line:
        result = line.fetch()
        again = line.fetch()
        assert len(line.writes) == line.downloads == 1
    assert (result["changed"], result["adopted"], result["bundle"]["downloaded"]) == (True, False, True)
    assert result["bundle"]["component"] == "ESX"
    assert [(task["type"], task["state"]) for task in result["tasks"]] == [("BUNDLE_DOWNLOAD", "SUCCEEDED")]
    assert result["diff"] == {
        "before": {"id": result["bundle_id"], "downloaded": False},
        "after": {"id": result["bundle_id"], "downloaded": True},
    }
    assert (again["changed"], again["adopted"], again["tasks"]) == (False, False, [])
    assert again["diff"]["before"] == again["diff"]["after"] == result["diff"]["after"]


@pytest.mark.parametrize(
    ("state", "changed", "adopted"), [("missing", True, False), ("going on", False, True), ("done", False, False)]
)
def test_check_mode_predicts_and_sends_nothing(state: str, changed: bool, adopted: bool) -> None:
    with sddc(downloaded=state == "done") as line:
        if state == "going on":
            line.download("ESX")
        predicted = line.fetch(check=True)
        assert line.writes == []
        before = line.sim.clock.now()
        assert before < 60
        real = line.fetch()
    assert (predicted["changed"], predicted["adopted"]) == (real["changed"], real["adopted"]) == (changed, adopted)
    assert predicted["diff"] == real["diff"]


def test_a_download_that_goes_on_is_followed() -> None:
    with sddc() as line:
        task = line.download("ESX")
        line.sim.advance(20)
        result = line.fetch()
        assert line.writes == []
    assert (result["changed"], result["adopted"], result["bundle"]["downloaded"]) == (False, True, True)
    assert [one["id"] for one in result["tasks"]] == [task]


def test_a_download_for_later_is_waited_for() -> None:
    with sddc() as line:
        line.download("ESX", scheduledTimestamp=line.sim.clock.iso(line.sim.clock.now() + 600))
        result = line.fetch()
        assert line.sim.clock.now() > 600
        assert line.downloads == 1
    assert (result["changed"], result["adopted"], result["bundle"]["downloaded"]) == (False, True, True)


def test_it_need_not_be_waited_for() -> None:
    with sddc() as line:
        result = line.fetch(wait=False)
        assert line.sim.clock.now() < 60
        adopted = line.fetch(wait=False)
    assert (result["changed"], result["bundle"]["downloaded"], len(result["tasks"])) == (True, False, 1)
    assert (adopted["changed"], adopted["adopted"], adopted["tasks"][0]["id"]) == (
        False,
        True,
        result["tasks"][0]["id"],
    )


def test_a_download_that_fails_and_is_tried_again() -> None:
    with sddc(bundles=FAILING) as line:
        failed = line.fetch()
        result = line.fetch()
        assert line.downloads == 2
    assert (failed["failure"]["kind"], failed["failure"]["code"]) == ("task_failed", "DEPOT_UNREACHABLE")
    assert "The depot did not answer" in failed["msg"]
    assert (failed["changed"], failed["bundle"]["status"]) == (True, "FAILED")
    assert (result["changed"], result["bundle"]["downloaded"]) == (True, True)


def test_time_runs_out_and_the_next_run_goes_on() -> None:
    with sddc() as line:
        failed = line.fetch(timeout=20)
        result = line.fetch()
        assert line.downloads == 1
    assert (failed["failure"]["kind"], failed["timed_out"], failed["changed"]) == ("timeout", True, True)
    assert "is IN_PROGRESS" in failed["msg"]
    assert (result["changed"], result["adopted"], result["bundle"]["downloaded"]) == (False, True, True)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_after"},
        {"kind": "truncated"},
        {"kind": "status", "code": 502, "processed": True},
        {"kind": "status", "code": 504, "processed": True},
        {"kind": "html", "processed": True},
        {"kind": "shape", "code": 200, "body": {}, "processed": True},
    ],
    ids=str,
)
def test_a_lost_answer_starts_nothing_twice(fault: dict[str, Any]) -> None:
    with sddc() as line:
        line.sim.inject({**DOWNLOAD, "times": 1, **fault})
        result = line.fetch()
        assert line.downloads == len(line.writes) == 1
    assert (result["changed"], result["adopted"], result["bundle"]["downloaded"]) == (True, False, True)


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ({"kind": "reset_before"}, 2),
        ({"kind": "status", "code": 503}, 2),
        ({"kind": "status", "code": 503, "times": 4}, 5),
        ({"kind": "unauthorized"}, 2),
    ],
    ids=str,
)
def test_what_was_not_heard_is_sent_again(fault: dict[str, Any], sent: int) -> None:
    with sddc() as line:
        line.sim.inject({**DOWNLOAD, "times": 1, **fault})
        result = line.fetch()
        assert (line.downloads, len(line.writes)) == (1, sent)
    assert (result["changed"], result["bundle"]["downloaded"]) == (True, True)


def test_what_may_still_be_under_way_is_not_sent_again() -> None:
    with sddc() as line:
        line.sim.inject({**DOWNLOAD, "kind": "status", "code": 504})
        failed = line.fetch()
        assert (line.downloads, len(line.writes)) == (0, 1)
    assert (failed["failure"]["kind"], failed["changed"]) == ("lost_contact", True)
    assert "may still be carried out" in failed["msg"]


def test_an_outage_is_ridden_out() -> None:
    with sddc() as line:
        line.sim.inject({"kind": "html", "after": 20, "for": 300})
        result = line.fetch()
        assert line.downloads == 1
    assert (result["bundle"]["downloaded"], result["outages"]) == (True, 1)


def refused(line: Sddc, status: int, code: str, **more: Any) -> None:
    """Have the service refuse the next download."""
    body = {"errorCode": code, "message": "No.", "remediationMessage": "Look again."}
    fault = {**DOWNLOAD, "kind": "status", "code": status, "body": body, "times": 1, **more}
    line.sim.inject(fault)


@pytest.mark.parametrize("status", [400, 409])
def test_a_refusal_is_nothing_when_somebody_was_first(status: int) -> None:
    with sddc() as line:
        # Somebody else's download begins between our look and our request.
        refused(line, status, "SOME_CODE", processed=True)
        result = line.fetch()
    assert (result["changed"], result["adopted"], result["bundle"]["downloaded"]) == (False, True, True)


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize(
    "code", ["BUNDLE_DOWNLOAD_ALREADY_DOWNLOADED", "BUNDLE_DOWNLOAD_ALREADY_SCHEDULED", "BUNDLE_DOWNLOAD_NOT_AVAILABLE"]
)
def test_a_bundle_that_does_not_show_its_download_yet_is_waited_for(status: int, code: str) -> None:
    begun: list[bool] = []

    def on_request(_record: dict[str, Any]) -> None:
        if made and not begun and made[0].sim.clock.now() > 100:
            begun.append(True)
            made[0].download("ESX")

    made: list[Sddc] = []
    with sddc(on_request) as line:
        made.append(line)
        refused(line, status, code)
        result = line.fetch()
        assert len(line.writes) == 1
    assert (result["changed"], result["adopted"], result["bundle"]["downloaded"]) == (False, True, True)


def test_a_refusal_for_another_reason_is_a_failure() -> None:
    with sddc() as line:
        refused(line, 400, "DEPOT_NOT_CONFIGURED")
        failed = line.fetch()
        assert (line.downloads, len(line.writes)) == (0, 1)
    assert (failed["failure"]["kind"], failed["failure"]["code"]) == ("not_allowed", "DEPOT_NOT_CONFIGURED")
    assert (failed["failure"]["remediation"], failed["changed"]) == ("Look again.", False)


@pytest.mark.parametrize("bundle_id", ["another", ".", "..", "a/b?c#d"])
def test_a_bundle_there_is_not(bundle_id: str) -> None:
    with sddc() as line:
        failed = line.fetch(bundle_id=bundle_id)
        assert line.writes == []
    assert failed["failure"]["kind"] == "not_found"


@pytest.mark.parametrize(
    ("options", "said"), [({"bundle_id": " "}, "bundle_id"), ({"service": "vcenter"}, "sddc_manager")], ids=str
)
def test_bad_options_are_refused_before_anything_is_sent(options: dict[str, Any], said: str) -> None:
    with sddc() as line:
        failed = line.fetch(**options)
        assert line.sim.requests == []
    assert failed["failure"]["kind"] == "options"
    assert said in failed["msg"]
