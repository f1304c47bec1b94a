# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with a cancel. C(done) is what the service accepted: a cancel is carried out once, or not at all."""

from __future__ import annotations

from typing import Any

from tests.faults.row import CANCEL_RUNNING, READ, TASK_PATHS, WRITE, Outcome, Row


def _lost(name: str, scenario: str, sent: int, **fault: Any) -> Row:
    """The answer to the first request is lost in that way; the request is carried out once all the same."""
    expected = Outcome("success", "CANCELED", lists="cancelled", changed=True, sent=sent, done="cancel")
    return Row(name, scenario, expected, verb="task_cancel", faults=({**WRITE, "times": 1, **fault},))


def _refused(name: str, scenario: str, code: int, body: dict[str, Any]) -> Row:
    expected = Outcome(
        "not_allowed", "RUNNING", lists="not_cancellable", changed=False, sent=1, done="nothing", says="Not now, please"
    )
    fault = {"kind": "status", "code": code, "body": body, **WRITE}
    return Row(name, scenario, expected, verb="task_cancel", faults=(fault,))


_FLEET_NO = {"message": {"id": "no", "defaultMessage": "Not now, please", "localizedMessage": "Not now, please"}}
_SDDC_NO = {"errorCode": "NO", "message": "Not now, please"}
_VCENTER_NO = {
    "error_type": "NOT_ALLOWED",
    "messages": [{"id": "no", "default_message": "Not now, please", "args": []}],
}
_VMC_NO = {"error_code": "no", "error_messages": ["Not now, please"]}

ROWS = [
    *_lost("cancel-reset-before", "a cancel is reset before it is processed", 2, kind="reset_before").at(
        *CANCEL_RUNNING
    ),
    *_lost("cancel-reset-after", "a cancel is reset after it is processed", 1, kind="reset_after").at(*CANCEL_RUNNING),
    *_lost("cancel-half-a-body", "the answer to a cancel is cut off", 1, kind="truncated").at("fleet_lcm", "vmc"),
    *_lost("cancel-502", "a proxy answers 502 to a cancel, and does not hand it over", 2, kind="html").at(
        "fleet_lcm", "sddc_manager", "vcenter"
    ),
    *_lost("cancel-502-after", "a proxy answers 502 to a cancel that was processed", 1, kind="html", processed=True).at(
        "sddc_lcm", "sddc_manager", "vcenter", "vmc"
    ),
    *_lost("cancel-503", "the service answers 503 to a cancel", 2, kind="status", code=503).at("sddc_lcm", "vmc"),
    *_lost("cancel-408", "the service answers 408 to a cancel", 2, kind="status", code=408).at(
        "vcenter",
    ),
    *_lost(
        "cancel-429",
        "the service is busy when it is asked to cancel",
        2,
        kind="status",
        code=429,
        headers={"Retry-After": "30"},
    ).at("fleet_lcm", "sddc_manager"),
    *_lost("cancel-deep", "the answer to a cancel is nested too deeply", 1, kind="deep", processed=True).at(
        "fleet_lcm", "vmc"
    ),
    *_lost("cancel-not-json", "the answer to a cancel is no JSON", 1, kind="not_json", processed=True).at(
        "vcenter",
    ),
    *_lost("cancel-401", "the token is no longer taken when a cancel is sent", 2, kind="unauthorized").at(
        *CANCEL_RUNNING
    ),
    *Row(
        "cancel-403",
        "the user may read, and not cancel",
        Outcome("authorization", "RUNNING", changed=False, sent=1, done="nothing"),
        verb="task_cancel",
        faults=({"kind": "status", "code": 403, **WRITE},),
    ).at("fleet_lcm", "vcenter", "vmc"),
    *_refused("cancel-400", "a cancel is refused (400)", 400, _FLEET_NO).at("fleet_lcm"),
    *_refused("cancel-400", "a cancel is refused (400)", 400, _VCENTER_NO).at("vcenter"),
    *_refused("cancel-400", "a cancel is refused (400)", 400, _VMC_NO).at("vmc"),
    *_refused("cancel-409", "a cancel is refused (409)", 409, _FLEET_NO).at("sddc_lcm"),
    *_refused("cancel-409", "a cancel is refused (409)", 409, _SDDC_NO).at("sddc_manager"),
    *Row(
        "cancel-too-late",
        "the task ends between the look at it and the cancel",
        Outcome("success", "SUCCEEDED", lists="finished_first", changed=False, sent=1, done="nothing"),
        verb="task_cancel",
        faults=({"kind": "jump", "seconds": 200, **WRITE},),
    ).at(*CANCEL_RUNNING),
    *Row(
        "cancel-of-what-fails-meanwhile",
        "the task fails between the look at it and the cancel",
        Outcome("success", "FAILED", lists="finished_first", changed=False, sent=1, done="nothing"),
        verb="task_cancel",
        task="doomed",
        faults=({"kind": "jump", "seconds": 200, **WRITE},),
    ).at("fleet_lcm", "sddc_manager"),
    *Row(
        "cancel-by-somebody",
        "somebody else cancels between the look at the task and the cancel",
        Outcome("success", "CANCELED", lists="cancelled", changed=False, sent=1, done="cancel"),
        verb="task_cancel",
        faults=({"kind": "meanwhile", "request": "cancel", **WRITE},),
    ).at(*CANCEL_RUNNING),
    *Row(
        "cancel-lasts",
        "the running stage goes on to its end before the task is canceled",
        Outcome("success", "CANCELED", lists="cancelled", elapsed=(58, 75), sent=1, done="cancel"),
        verb="task_cancel",
    ).at("fleet_lcm", "sddc_manager", "vcenter"),
    *Row(
        "cancel-lasts-too-long",
        "time runs out while the task is being canceled",
        Outcome("timeout", lists="still_canceling", changed=True, timed_out=True, sent=1, done="cancel"),
        verb="task_cancel",
        options={"timeout": 20},
    ).at(*CANCEL_RUNNING),
    *Row(
        "cancel-comes-to-nothing",
        "a cancel is accepted, and the task succeeds all the same",
        Outcome("success", "SUCCEEDED", lists="finished_first", changed=True, sent=1, done="cancel"),
        verb="task_cancel",
        task="steadfast",
    ).at("sddc_lcm", "vmc"),
    *Row(
        "outage-in-a-cancel",
        "the service restarts while the task is being canceled",
        Outcome("success", "CANCELED", lists="cancelled", outages=1, logins=2, sent=1, done="cancel"),
        verb="task_cancel",
        faults=({"kind": "restart", "after": 10, "for": 30},),
    ).at(*CANCEL_RUNNING),
    *Row(
        "cancel-starts-an-outage",
        "the service goes away with the answer to a cancel that it carries out",
        Outcome("success", "CANCELED", lists="cancelled", sent=1, done="cancel"),
        verb="task_cancel",
        faults=(
            {"kind": "reset_after", **WRITE, "times": 1},
            {"kind": "html", "path": TASK_PATHS, "method": "GET", "skip": 1, "times": 4},
        ),
    ).at("fleet_lcm", "sddc_manager", "vcenter", "vmc"),
    *Row(
        "cancel-and-gone",
        "the service goes away for good with the answer to a cancel that it carries out",
        Outcome("lost_contact", lists="still_canceling", lost_contact=True, sent=1, done="cancel"),
        verb="task_cancel",
        faults=(
            {"kind": "reset_after", **WRITE, "times": 1},
            {"kind": "html", "path": TASK_PATHS, "method": "GET", "skip": 1},
        ),
    ).at("fleet_lcm", "vmc"),
    *Row(
        "cancel-in-silence",
        "no answer to a cancel comes in time, and it is processed later, or not",
        Outcome("success", "CANCELED", lists="cancelled", done="cancel"),
        verb="task_cancel",
        options={"request_timeout": 1.0},
        faults=({"kind": "stall", "seconds": 3, **WRITE, "times": 1},),
    ).at("sddc_lcm", "vcenter"),
    Row(
        "cancel-of-running-credentials",
        "a credentials task is to be cancelled that has not failed",
        Outcome("not_allowed", "RUNNING", lists="not_cancellable", changed=False, sent=0, done="nothing"),
        "sddc_manager_credentials",
        verb="task_cancel",
    ),
    Row(
        "cancel-of-failed-credentials",
        "a credentials task is cancelled that has failed",
        Outcome("success", "CANCELED", lists="cancelled", changed=True, sent=1, done="give_up"),
        "sddc_manager_credentials",
        verb="task_cancel",
        task="failed",
    ),
    Row(
        "cancel-reset-after",
        "a cancel of a failed credentials task is reset after it is processed",
        Outcome("success", "CANCELED", lists="cancelled", changed=True, sent=1, done="give_up"),
        "sddc_manager_credentials",
        verb="task_cancel",
        task="failed",
        faults=({"kind": "reset_after", **WRITE, "times": 1},),
    ),
    Row(
        "cancel-reset-before",
        "a cancel of a failed credentials task is reset before it is processed",
        Outcome("success", "CANCELED", lists="cancelled", changed=True, sent=2, done="give_up"),
        "sddc_manager_credentials",
        verb="task_cancel",
        task="failed",
        faults=({"kind": "reset_before", **WRITE, "times": 1},),
    ),
    *Row(
        "cancel-of-what-is-purged",
        "the task is purged between the look at it and the cancel",
        Outcome("not_found", sent=1, done="nothing"),
        verb="task_cancel",
        task="purged",
        faults=({"kind": "jump", "seconds": 100, **WRITE},),
    ).at("sddc_lcm", "vcenter", "vmc"),
    *Row(
        "cancel-bites-before-the-look",
        "the answer to a cancel is lost, and the task has been canceled before it is looked at",
        Outcome("success", "CANCELED", lists="cancelled", changed=True, sent=1, done="cancel"),
        verb="task_cancel",
        faults=(
            {"kind": "reset_after", **WRITE, "times": 1},
            {"kind": "jump", "seconds": 200, **READ, "skip": 1},
        ),
    ).at(*CANCEL_RUNNING),
]
