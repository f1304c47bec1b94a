# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that are described in a way that makes no sense: wrong types, unknown words, times that run backwards."""

from __future__ import annotations

from typing import Any

from tests.faults.row import ALL, Outcome, Row

_LONG_AGO, _SOME_DAY = "2001-01-01T00:00:00.000Z", "2051-01-01T00:00:00.000Z"

_FLEET: dict[str, Any] = {
    "createTime": 1234567890,
    "description": ["a", {"b": None}],
    "createdBy": {},
    "resourceId": 7,
    "retriable": "perhaps",
    "cancellable": 1,
    "correlationId": [],
}
_SDDC: dict[str, Any] = {
    "creationTimestamp": {"seconds": 7},
    "subTasks": {"name": "one, not a list"},
    "errors": None,
    "resources": "none",
    "type": 5,
    "isCancellable": "false",
    "isRetryable": 0,
    "localizableDescriptionPack": [],
}

WRONG_TYPES: dict[str, dict[str, Any]] = {
    "fleet_lcm": _FLEET,
    "sddc_lcm": _FLEET,
    "sddc_manager": _SDDC,
    "sddc_manager_credentials": _SDDC,
    "vcf_installer": {**_SDDC, "sddcSubTasks": {"name": "one, not a list"}, "milestones": "none", "name": ["a"]},
    "vcenter": {
        "progress": {"total": "12", "completed": "three", "message": 7},
        "target": [],
        "description": 5,
        "cancelable": "yes",
        "start_time": 5,
        "user": {},
        "error": [],
        "parent": 7,
    },
    "vmc": {
        "progress_percent": "17",
        "estimated_remaining_minutes": "soon",
        "task_progress_phases": {"name": "one, not a list"},
        "service_errors": None,
        "start_time": 5,
        "params": [],
        "error_message": {"a": []},
        "resource_id": 7,
    },
}
"""Numbers as text, objects where lists belong, nothing where something does: in the bodies of tasks, all the time."""

BACKWARDS: dict[str, dict[str, Any]] = {
    "fleet_lcm": {"createTime": _SOME_DAY, "startTime": _SOME_DAY, "updateTime": _LONG_AGO, "endTime": _LONG_AGO},
    "sddc_lcm": {"startTime": _SOME_DAY, "updateTime": _LONG_AGO},
    "sddc_manager": {"creationTimestamp": _SOME_DAY, "completionTimestamp": _LONG_AGO},
    "sddc_manager_credentials": {"creationTimestamp": _SOME_DAY},
    "vcf_installer": {"creationTimestamp": _SOME_DAY},
    "vcenter": {"start_time": _SOME_DAY, "end_time": _LONG_AGO},
    "vmc": {"created": _SOME_DAY, "start_time": _SOME_DAY, "updated": _LONG_AGO, "end_time": _LONG_AGO},
}
"""Tasks that end before they begin."""

NO_STATUS = {"status": None}
WRONG_STATUS = {"status": {"value": "SUCCEEDED"}}

ROWS = [
    *(
        Row(
            "wrong-types",
            "the fields of the task have wrong types",
            Outcome("success", "SUCCEEDED", outages=0, warnings=0),
            service,
            but={"extra": extra},
        )
        for service, extra in WRONG_TYPES.items()
    ),
    *(
        Row(
            "wrong-types-of-stages",
            "the fields of stages have wrong types",
            Outcome("success", "SUCCEEDED", outages=0, warnings=0),
            service,
            but={"stages": [{"name": "odd", "seconds": 60, "extra": extra}]},
        )
        for service, extra in {
            "fleet_lcm": {"status": 5, "messages": {"a": 1}, "startTime": []},
            "sddc_manager": {"status": ["FAILED"], "errors": {"a": 1}, "stages": "none", "name": 3},
            "vcf_installer": {"status": {}, "errors": "none", "milestoneTask": 7},
        }.items()
    ),
    *Row(
        "status-is-missing",
        "the task has no status",
        Outcome("timeout", "UNKNOWN", timed_out=True, warnings=1),
        but={"extra": NO_STATUS},
        options={"timeout": 200},
    ).at("fleet_lcm", "vcenter", "vmc"),
    *Row(
        "status-is-no-word",
        "the status of the task is an object",
        Outcome("timeout", "UNKNOWN", timed_out=True, warnings=1),
        but={"extra": WRONG_STATUS},
        options={"timeout": 200},
    ).at("sddc_manager", "vcf_installer"),
    *Row(
        "unknown-status",
        "the task is in a status that is not known, for longer than there is time",
        Outcome("timeout", "UNKNOWN", timed_out=True, outages=0, warnings=1, says="in the unknown status 'Zapping'"),
        task="strange",
        options={"timeout": 60},
    ).at("sddc_lcm", "sddc_manager_credentials", "vcenter", "vmc"),
    *Row(
        "unknown-status-for-a-time",
        "the task is in a status that is not known, and then succeeds",
        Outcome("success", "SUCCEEDED", warnings=1),
        task="strange",
    ).at("fleet_lcm", "sddc_manager", "vmc"),
    *Row(
        "unknown-end",
        "the task ends in a status that is not known: no success",
        Outcome("timeout", "UNKNOWN", truth="SUCCEEDED", timed_out=True, warnings=1),
        but={"status_spelling": {"succeeded": "SUCCESSFUL_MOSTLY"}},
        options={"timeout": 200},
    ).at(*ALL),
    *Row(
        "other-spelling",
        "statuses come in another spelling",
        Outcome("success", "SUCCEEDED", warnings=0),
        but={"status_spelling": {"pending": "Pending", "running": "In Progress", "succeeded": "Successful"}},
    ).at("sddc_manager", "sddc_manager_credentials"),
    *(
        Row(
            "time-runs-backwards",
            "the task ends before it begins, by the service's stamps",
            Outcome("success", "SUCCEEDED", outages=0, negative_durations=0),
            service,
            but={"extra": extra},
        )
        for service, extra in BACKWARDS.items()
    ),
]
