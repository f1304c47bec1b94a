# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that restart: without tokens, with another certificate, as another version; and what tasks do meanwhile."""

from __future__ import annotations

from typing import Any

from tests.faults.row import ALL, Outcome, Row
from tests.faults.tasks import BACKWARDS


def _restart(**fault: Any) -> dict[str, Any]:
    return {"kind": "restart", "after": 20, "for": 30, **fault}


_SURVIVED = Outcome("success", "SUCCEEDED", lost_contact=False, outages=1, logins=2)


def _wrong_at_first(certificate: str, scenario: str) -> Row:
    return Row(
        f"certificate-{certificate}",
        scenario,
        Outcome("unreachable", "UNSEEN", elapsed=(0, 1), logins=0, reads=0, says="its certificate does not verify"),
        faults=({"kind": "restart", "seconds": 0, "certificate": certificate},),
    )


ROWS = [
    *Row("restart", "the service restarts, and knows no token any more", _SURVIVED, faults=(_restart(),)).at(*ALL),
    *Row(
        "starting",
        "the service is still starting (503), for 40 s",
        Outcome("success", "SUCCEEDED", outages=1, outage_seconds=(39, 60)),
        service_is={"accept_after": 40},
    ).at("fleet_lcm", "vcf_installer"),
    *Row(
        "certificate-renewed",
        "the service comes back with another certificate of the same authority",
        _SURVIVED,
        faults=(_restart(certificate="renewed"),),
    ).at("fleet_lcm", "sddc_manager", "vcenter"),
    *Row(
        "certificate-of-its-own-for-a-time",
        "the service comes back with a certificate of its own, and with a good one later",
        Outcome("success", "SUCCEEDED", outages=1),
        faults=(
            _restart(certificate="unknown", **{"for": 10}),
            _restart(certificate="renewed", after=40, **{"for": 25}),
        ),
    ).at("sddc_lcm", "vcenter"),
    *Row(
        "certificate-unknown-later",
        "the service comes back with a certificate of an unknown authority",
        Outcome(
            "lost_contact",
            "RUNNING",
            lost_contact=True,
            outages=1,
            outage_seconds=(60, 61),
            logins=1,
            says="its certificate does not verify",
        ),
        faults=(_restart(certificate="unknown"),),
    ).at("fleet_lcm", "vcf_installer", "vmc"),
    *Row(
        "certificate-expired-later",
        "the certificate expires, and nobody renews it",
        Outcome("lost_contact", "RUNNING", lost_contact=True, outages=1, logins=1),
        faults=(_restart(certificate="expired"),),
    ).at(
        "sddc_manager",
    ),
    *_wrong_at_first("unknown", "the certificate is of an unknown authority, at first contact").at(
        "sddc_lcm", "vcf_installer", "vmc"
    ),
    *_wrong_at_first("elsewhere", "the certificate is for another host, at first contact").at("fleet_lcm", "vcenter"),
    *_wrong_at_first("expired", "the certificate has expired, at first contact").at(
        "sddc_manager",
    ),
    Row(
        "version-without-rest",
        "vCenter comes back without /rest, at which it was asked",
        Outcome("success", "SUCCEEDED", lost_contact=False),
        "vcenter",
        service_is={"rest_only": True},
        faults=(_restart(becomes={"rest_only": False, "api_only": True}),),
    ),
    Row(
        "version-with-api",
        "vCenter comes back with /api besides /rest, at which it was asked",
        Outcome("success", "SUCCEEDED", lost_contact=False, outages=1),
        "vcenter",
        service_is={"rest_only": True},
        faults=(_restart(becomes={"rest_only": False}),),
    ),
    Row(
        "version-in-other-words",
        "SDDC Manager comes back with new fields, and statuses in another spelling",
        Outcome("success", "SUCCEEDED", outages=1, logins=2, warnings=0),
        "sddc_manager",
        faults=(
            _restart(
                tasks_become={
                    "status_spelling": {"running": "In Progress", "succeeded": "Successful"},
                    "extra": {"phase": {"no": 1}, "subTasks": None, "isCancellable": None, "resources": [None, 7]},
                }
            ),
        ),
    ),
    Row(
        "version-with-other-fields",
        "vCenter comes back with tasks in another shape",
        Outcome("success", "SUCCEEDED", outages=1, logins=2, warnings=0),
        "vcenter",
        faults=(_restart(tasks_become={"extra": {"progress": None, "target": [{"id": "a"}], "phases": [1, 2]}}),),
    ),
    *Row(
        "version-with-new-statuses",
        "the service comes back with a new word for what is running",
        Outcome("success", "SUCCEEDED", outages=1, logins=2, warnings=1),
        faults=(_restart(tasks_become={"status_spelling": {"running": "PROCESSING"}}),),
    ).at("fleet_lcm", "vcf_installer", "vmc"),
    Row(
        "version-with-a-new-end",
        "Fleet comes back with a new word for what has succeeded: no success",
        Outcome("timeout", "UNKNOWN", truth="SUCCEEDED", warnings=1),
        "fleet_lcm",
        options={"timeout": 200},
        faults=(_restart(tasks_become={"status_spelling": {"succeeded": "COMPLETED_V2"}}),),
    ),
    *(
        Row(
            "clock-set-back",
            "the service comes back with stamps that lie years before those from before",
            Outcome("success", "SUCCEEDED", outages=1, negative_durations=0),
            service,
            faults=(_restart(tasks_become={"extra": extra}),),
        )
        for service, extra in BACKWARDS.items()
        if service in ("fleet_lcm", "sddc_manager", "vmc")
    ),
    *Row(
        "failed-in-an-outage",
        "the task fails while the service is away",
        Outcome("task_failed", "FAILED", truth="FAILED", outages=1, says="The node did not answer"),
        task="doomed",
        faults=(_restart(after=100, **{"for": 40}),),
    ).at(*ALL),
    *Row(
        "purged-in-an-outage",
        "the task is purged while the service is away",
        Outcome("not_found", "RUNNING", outages=1, says="It was there before"),
        task="purged",
        faults=(_restart(),),
    ).at("fleet_lcm", "sddc_manager", "vcenter"),
    *Row(
        "ended-in-a-lost-contact",
        "the task ends while the service is away for too long: nobody says that it has",
        Outcome("lost_contact", "RUNNING", truth="SUCCEEDED", lost_contact=True, says="This says nothing"),
        faults=(_restart(after=100, **{"for": 500}),),
    ).at("sddc_lcm", "vmc"),
]
