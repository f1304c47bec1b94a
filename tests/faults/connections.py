# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with connections: refused, reset, cut off, slow, silent."""

from __future__ import annotations

from tests.faults.row import ALL, READ, Outcome, Row

ROWS = [
    *Row(
        "refused-for-a-time",
        "the port is closed for 30 s of the wait",
        Outcome("success", "SUCCEEDED", lost_contact=False, outages=1, outage_seconds=(20, 60), logins=1),
        faults=({"kind": "refuse", "after": 20, "for": 30},),
    ).at(*ALL),
    *Row(
        "refused-twice",
        "the port is closed two times, together for longer than max_outage",
        Outcome("success", "SUCCEEDED", outages=2, outage_seconds=(40, 120)),
        faults=({"kind": "refuse", "after": 10, "for": 35}, {"kind": "refuse", "after": 70, "for": 35}),
    ).at("fleet_lcm", "vmc"),
    *Row(
        "refused-at-first",
        "the port is closed for the first 20 s",
        Outcome("success", "SUCCEEDED", outages=1, outage_seconds=(20, 45), logins=1),
        faults=({"kind": "refuse", "for": 20},),
    ).at("fleet_lcm", "vcenter", "vmc"),
    *Row(
        "refused-from-the-start",
        "the port stays closed from the start, for longer than max_outage",
        Outcome("unreachable", "UNSEEN", outages=1, outage_seconds=(60, 61), logins=0, says="can not be reached"),
        faults=({"kind": "refuse", "for": 500},),
    ).at("sddc_lcm", "sddc_manager", "vcf_installer", "vmc"),
    *Row(
        "refused-for-too-long",
        "the port is closed in the wait, for longer than max_outage",
        Outcome(
            "lost_contact",
            "RUNNING",
            truth="RUNNING",
            lost_contact=True,
            outage_seconds=(60, 61),
            says="This says nothing about its tasks",
        ),
        faults=({"kind": "refuse", "after": 20, "for": 500},),
    ).at(*ALL),
    *Row(
        "reset-before-a-read",
        "a read is reset before it is processed",
        Outcome("success", "SUCCEEDED", outages=1, logins=1),
        faults=({"kind": "reset_before", **READ, "skip": 3, "times": 2},),
    ).at("fleet_lcm", "sddc_manager", "vcenter"),
    *Row(
        "reset-after-a-read",
        "a read is reset after it is processed",
        Outcome("success", "SUCCEEDED", outages=1, logins=1),
        faults=({"kind": "reset_after", **READ, "skip": 3, "times": 2},),
    ).at("sddc_lcm", "sddc_manager_credentials", "vmc"),
    *Row(
        "reset-at-login",
        "the login is reset after it is processed",
        Outcome("success", "SUCCEEDED", outages=1, logins=2),
        faults=({"kind": "reset_after", "method": "POST", "times": 1},),
    ).at("fleet_lcm", "sddc_manager"),
    *Row(
        "half-a-body",
        "answers are cut off in the middle of the body",
        Outcome("success", "SUCCEEDED", outages=1),
        faults=({"kind": "truncated", **READ, "skip": 3, "times": 2},),
    ).at("fleet_lcm", "vcf_installer", "vcenter"),
    *Row(
        "half-of-the-last-body",
        "the answer that says how the task ended is cut off",
        Outcome("task_failed", "FAILED", outages=1),
        task="doomed",
        faults=({"kind": "truncated", **READ, "after": 119, "times": 1},),
    ).at("fleet_lcm", "vcf_installer"),
    *Row(
        "slow-body",
        "a body drips for longer than request_timeout",
        Outcome("success", "SUCCEEDED", outages=1),
        options={"request_timeout": 1.0},
        faults=({"kind": "slow", "seconds": 3, **READ, "skip": 3, "times": 1},),
    ).at("fleet_lcm", "vcenter", "vmc"),
    *Row(
        "slow-body-in-time",
        "a body drips, and is complete in time",
        Outcome("success", "SUCCEEDED", outages=0),
        faults=({"kind": "slow", "seconds": 0.3, **READ, "skip": 3, "times": 1},),
    ).at("sddc_manager", "vcf_installer"),
    *Row(
        "silence",
        "no answer comes within request_timeout",
        Outcome("success", "SUCCEEDED", outages=1),
        options={"request_timeout": 1.0},
        faults=({"kind": "stall", "seconds": 3, **READ, "skip": 3, "times": 1},),
    ).at("sddc_manager_credentials", "vcenter"),
    *Row(
        "info-in-an-outage",
        "the port is closed when task_info looks",
        Outcome("success", "RUNNING", logins=1, reads=1),
        verb="task_info",
        faults=({"kind": "refuse", "for": 30},),
    ).at("fleet_lcm", "sddc_manager_credentials", "vcenter"),
    *Row(
        "info-out-of-reach",
        "the port stays closed when task_info looks",
        Outcome("unreachable", "UNSEEN", logins=0, reads=0, says="can not be reached"),
        verb="task_info",
        faults=({"kind": "refuse", "for": 500},),
    ).at("sddc_lcm", "vcf_installer", "vmc"),
]
