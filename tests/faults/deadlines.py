# SPDX-License-Identifier: GPL-3.0-or-later
"""Time that runs out: in an outage, with a cancel at the end, with an answer that is on its way."""

from __future__ import annotations

from tests.faults.row import CANCEL_RUNNING, TASK_PATHS, WRITE, Outcome, Row

_RESTART = {"kind": "restart", "after": 20, "for": 30}
_CANCELED = Outcome("timeout", "CANCELED", timed_out=True, changed=True, lists="cancelled", sent=1, done="cancel")

ROWS = [
    *Row(
        "timeout",
        "time runs out: the task has not failed",
        Outcome("timeout", "RUNNING", timed_out=True, lost_contact=False, elapsed=(30, 31), says="It has not failed"),
        options={"timeout": 30},
    ).at("vcf_installer", "sddc_manager_credentials"),
    *Row(
        "timeout-in-an-outage",
        "time runs out while the service is away: nobody says how the task stands",
        Outcome(
            "timeout",
            "RUNNING",
            timed_out=True,
            lost_contact=True,
            elapsed=(30, 31),
            outages=1,
            says="this is how it was last seen",
        ),
        options={"timeout": 30},
        faults=(_RESTART,),
    ).at("fleet_lcm", "sddc_manager", "vcf_installer", "vcenter"),
    *Row(
        "continue-in-an-outage",
        "time runs out while the service is away, and the play is to go on",
        Outcome("success", "RUNNING", timed_out=True, lost_contact=True, elapsed=(30, 31)),
        options={"timeout": 30, "on_timeout": "continue"},
        faults=(_RESTART,),
    ).at("sddc_lcm", "vmc"),
    *Row(
        "timeout-in-a-busy-service",
        "time runs out while the service asks to be left alone for a minute",
        Outcome("timeout", "RUNNING", timed_out=True, elapsed=(30, 31)),
        options={"timeout": 30},
        faults=({"kind": "status", "code": 429, "headers": {"Retry-After": "60"}, "path": TASK_PATHS, "after": 15},),
    ).at("fleet_lcm", "vmc"),
    *Row(
        "timeout-without-an-answer",
        "time runs out before the service has ever answered",
        Outcome("timeout", timed_out=True, logins=0),
        options={"timeout": 30, "on_timeout": "continue"},
        faults=({"kind": "refuse", "for": 500},),
    ).at("fleet_lcm", "vcenter"),
    *Row(
        "cancel-at-the-end",
        "time runs out, and the task is to be cancelled then",
        _CANCELED,
        options={"timeout": 30, "on_timeout": "cancel"},
    ).at(*CANCEL_RUNNING),
    *Row(
        "cancel-at-the-end-reset",
        "the cancel at the end is reset after it is processed",
        _CANCELED,
        options={"timeout": 30, "on_timeout": "cancel"},
        faults=({"kind": "reset_after", **WRITE, "times": 1},),
    ).at("fleet_lcm", "sddc_manager", "vcenter", "vmc"),
    *Row(
        "cancel-at-the-end-of-an-outage",
        "time runs out while the service is away, and the task is to be cancelled then",
        _CANCELED,
        but={"stages": [{"name": "first", "seconds": 75}, {"name": "second", "seconds": 60}]},
        options={"timeout": 45, "on_timeout": "cancel"},
        faults=(_RESTART,),
    ).at("fleet_lcm", "sddc_manager", "vcenter", "vmc"),
    *Row(
        "ended-before-the-cancel",
        "the task ends between the last look at it and the cancel at the end",
        Outcome("success", "SUCCEEDED", changed=False, lists="finished_first", sent=1, done="nothing"),
        options={"timeout": 100, "on_timeout": "cancel"},
        faults=({"kind": "jump", "seconds": 60, **WRITE},),
    ).at("sddc_lcm", "vcenter"),
    *Row(
        "no-cancel-at-the-end",
        "time runs out at a service that can not cancel",
        Outcome("timeout", "RUNNING", timed_out=True, changed=False, sent=0, done="nothing"),
        options={"timeout": 30, "on_timeout": "cancel"},
    ).at("vcf_installer", "sddc_manager_credentials"),
]
