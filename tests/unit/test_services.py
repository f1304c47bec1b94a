# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services mean by their statuses, and what becomes of bodies that have no file of their own here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import MASK, Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer
from tests.unit.data import EMPTY_STAGE, EMPTY_TASK, example, read
from tests.unit.fakes import FakeFleet, failed_task

# Statuses -------------------------------------------------------------------------------------------------------------

LCM = {
    "PENDING": "PENDING",
    "SCHEDULED": "SCHEDULED",
    "RUNNING": "RUNNING",
    "SUCCEEDED": "SUCCEEDED",
    "FAILED": "FAILED",
    "CANCELED": "CANCELED",
    "CANCELLED": "CANCELED",
    "SKIPPED": "SKIPPED",
}
STATUSES = {
    "fleet_lcm": LCM,
    "sddc_lcm": LCM,
    "sddc_manager": {
        "PENDING": "PENDING",
        "QUEUED": "PENDING",
        "SCHEDULED": "SCHEDULED",
        "IN_PROGRESS": "RUNNING",
        "INPROGRESS": "RUNNING",
        "SUCCESSFUL": "SUCCEEDED",
        "COMPLETED_WITH_WARNING": "WARNING",
        "FAILED": "FAILED",
        "TIMED_OUT": "FAILED",
        "CANCELLED": "CANCELED",
        "CANCELED": "CANCELED",
        "SKIPPED": "SKIPPED",
        "NOT_APPLICABLE": "SKIPPED",
    },
    "sddc_manager_credentials": {
        "PENDING": "PENDING",
        "IN_PROGRESS": "RUNNING",
        "SUCCESSFUL": "SUCCEEDED",
        "FAILED": "FAILED",
        "USER_CANCELLED": "CANCELED",
        "USER_CANCELED": "CANCELED",
        "CANCELLED": "CANCELED",
        "CANCELED": "CANCELED",
        "INCONSISTENT": "FAILED",
        "PREVALIDATION_FAILED": "FAILED",
        "SKIPPED": "SKIPPED",
    },
    "vcf_installer": {
        "NOT_STARTED": "PENDING",
        "INITIALIZED": "PENDING",
        "IN_PROGRESS": "RUNNING",
        "PREVALIDATION_IN_PROGRESS": "RUNNING",
        "PREVALIDATION_COMPLETED_WITH_SUCCESS": "RUNNING",
        "PREVALIDATION_COMPLETED_WITH_FAILURE": "FAILED",
        "POSTVALIDATION_IN_PROGRESS": "RUNNING",
        "POSTVALIDATION_COMPLETED_WITH_SUCCESS": "SUCCEEDED",
        "POSTVALIDATION_COMPLETED_WITH_FAILURE": "FAILED",
        "COMPLETED_WITH_SUCCESS": "SUCCEEDED",
        "COMPLETED_WITH_FAILURE": "FAILED",
        "INTERNAL_ERROR": "FAILED",
        "ROLLBACK_SUCCESS": "FAILED",
    },
    "vcenter": {
        "PENDING": "PENDING",
        "RUNNING": "RUNNING",
        "BLOCKED": "BLOCKED",
        "SUCCEEDED": "SUCCEEDED",
        "FAILED": "FAILED",
    },
    "vmc": {
        "STARTED": "RUNNING",
        "CANCELING": "CANCELING",
        "CANCELLING": "CANCELING",
        "FINISHED": "SUCCEEDED",
        "COMPLETED": "SUCCEEDED",
        "FAILED": "FAILED",
        "CANCELED": "CANCELED",
        "CANCELLED": "CANCELED",
    },
}
"""Every status that a service is known to say, and what it means."""

SPELLINGS = {
    "as documented": str,
    "small": str.lower,
    "title": lambda status: status.replace("_", " ").title(),
    "title, joined": lambda status: status.title(),
    "blanks": lambda status: f" {status.replace('_', '  ')} ",
    "hyphens": lambda status: status.replace("_", "-").lower(),
}


def of_status(service: str, status: Any) -> Task:
    return read(service, {"id": "t1", "status": status})


def test_every_service_is_here() -> None:
    assert set(STATUSES) == set(SERVICES)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("service", "status", "state"),
    [(service, status, state) for service, table in STATUSES.items() for status, state in table.items()],
)
def test_statuses(service: str, status: str, state: str, spelling: str) -> None:
    sent = SPELLINGS[spelling](status)
    task = of_status(service, sent)
    assert (task.state, task.status, task.done) == (State(state), sent, State(state).is_terminal)


@pytest.mark.parametrize("service", STATUSES)
@pytest.mark.parametrize(
    "status",
    ["DONE", "SUCCESS", "UNSUCCESSFUL", "FAILED_SOON", "NOT FAILED", "UNKNOWN", "", " ", None, [], {}, 1.5, True],
)
def test_an_unknown_status_is_neither_an_end_nor_a_success(service: str, status: Any) -> None:
    task = read(service, {"id": "t1", "status": status, "end_time": "2026-01-01T00:00:00Z", "endTime": 1})
    assert (task.state, task.done) == (State.UNKNOWN, False)


@pytest.mark.parametrize(
    ("service", "status"),
    [(service, status) for service in STATUSES for other in STATUSES.values() for status in other],
)
def test_a_status_of_another_service_alone_is_unknown(service: str, status: str) -> None:
    expected = STATUSES[service].get(status, "UNKNOWN")
    assert of_status(service, status).state.value == expected


@pytest.mark.parametrize("service", STATUSES)
def test_a_task_of_which_only_the_id_is_known(service: str) -> None:
    known: dict[str, Any] = {"id": "t1", "service": service}
    if service in ("vcenter", "vmc"):
        known["retriable"] = False
    if service in ("sddc_manager_credentials", "vcf_installer"):
        known |= {"cancellable": False, "retriable": False}
    assert read(service, {"id": "t1"}).as_result() == {**EMPTY_TASK, **known}


# SDDC LCM -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [example("fleet_lcm_task"), failed_task()], ids=["example", "failed"])
def test_sddc_lcm_says_the_same_as_fleet_lcm(body: dict[str, Any]) -> None:
    def services(task: dict[str, Any]) -> set[str]:
        return {task["service"]}.union(*(services(subtask) for subtask in task["subtasks"]))

    fleet, sddc = (read(service, body).as_result() for service in ("fleet_lcm", "sddc_lcm"))
    assert services(sddc) == {"sddc_lcm"}
    assert json.loads(json.dumps(fleet).replace('"fleet_lcm"', '"sddc_lcm"')) == sddc


def test_sddc_lcm_is_asked_below_its_own_prefix_for_smaller_pages() -> None:
    line = FakeFleet("sddc_lcm")
    line.service.list_tasks(Selection())
    request = line.transport.requests[-1]
    assert request.url == "https://fleet.example.com/sddc-lcm/v1/tasks"
    assert request.query == {"pageNumber": "1", "pageSize": "50"}


# Credentials ----------------------------------------------------------------------------------------------------------


def credentials_task(status: str = "FAILED") -> dict[str, Any]:
    step = {
        "id": "s1",
        "name": "Update password",
        "status": status,
        "resourceName": "esx-01.example.com",
        "entityType": "ESXI",
        "oldPassword": "Old-Secret-1",
        "newPassword": "New-Secret-2",
        "errors": [{"errorCode": "PASSWORD_POLICY", "message": "The password is too short", "referenceToken": "REF1"}],
        "dependentSubTasks": [
            {"id": "s2", "status": "INCONSISTENT", "oldPassword": "Old-Secret-3", "newPassword": "New-Secret-4"}
        ],
    }
    return {
        "id": "t1",
        "name": "Rotate",
        "type": "ROTATE",
        "status": status,
        "isAutoRotate": True,
        "creationTimestamp": "2026-11-21T20:00:00Z",
        "completionTimestamp": "2026-11-21T20:01:30Z",
        "subTasks": [step],
    }


def test_passwords_of_credentials_tasks_are_nowhere() -> None:
    line = FakeFleet("sddc_manager_credentials")
    line.service.keep_raw = True
    body = Redactor().body(credentials_task())
    result = line.service.read_task(body).as_result(raw=True)
    assert "Secret" not in json.dumps(result)
    assert result["raw"]["subTasks"][0]["oldPassword"] == MASK
    assert result["raw"]["subTasks"][0]["dependentSubTasks"][0]["newPassword"] == MASK


def test_a_credentials_task() -> None:
    task = read("sddc_manager_credentials", credentials_task()).as_result()
    assert (task["state"], task["duration_seconds"], task["type"]) == ("FAILED", 90.0, "ROTATE")
    assert task["resource"] == {"id": None, "type": "ESXI", "name": "esx-01.example.com"}
    assert task["additional_details"] == {"isAutoRotate": True}
    assert [stage["state"] for stage in task["stages"]] == ["FAILED"]
    assert [stage["state"] for stage in task["stages"][0]["stages"]] == ["FAILED"]
    (cause,) = task["root_causes"]
    assert (cause["code"], cause["reference"], cause["where"]) == ("PASSWORD_POLICY", "REF1", "Update password")


@pytest.mark.parametrize(("status", "able"), [("FAILED", True), ("IN_PROGRESS", False), ("USER_CANCELLED", False)])
def test_only_failed_credentials_tasks_can_be_cancelled_or_retried(status: str, able: bool) -> None:
    task = read("sddc_manager_credentials", credentials_task(status))
    assert (task.cancellable, task.retriable) == (able, able)


def test_a_retry_of_a_credentials_task_carries_the_passwords() -> None:
    line = FakeFleet("sddc_manager_credentials")
    line.write = [Answer(202)]
    assert line.service.retry_task("t1", {"operationType": "UPDATE"}) == "t1"
    request = line.transport.requests[-1]
    assert (request.method, request.url) == ("PATCH", "https://fleet.example.com/v1/credentials/tasks/t1")
    assert request.json == {"operationType": "UPDATE"}


# VCF Installer --------------------------------------------------------------------------------------------------------


def bring_up(status: str = "IN_PROGRESS", **fields: Any) -> dict[str, Any]:
    return {
        "id": "t1",
        "name": "vcf-01",
        "status": status,
        "creationTimestamp": "2026-11-21T20:00:00Z",
        "milestones": [
            {"name": "DEPLOY_VCENTER", "status": "COMPLETED_WITH_SUCCESS"},
            {"name": "DEPLOY_NSX", "status": status},
            {"name": "FINISH", "status": "NOT_STARTED"},
        ],
        "sddcSubTasks": [
            {
                "name": "Deploy the appliance",
                "milestoneTask": "DEPLOY_VCENTER",
                "status": "COMPLETED_WITH_SUCCESS",
                "updateTimestamp": "2026-11-21T20:10:00Z",
            },
            {
                "name": "Join the nodes",
                "milestoneTask": "DEPLOY_NSX",
                "status": status,
                "updateTimestamp": "2026-11-21T20:30:00Z",
                "errors": [{"errorCode": "NSX_JOIN", "message": "Node 2 does not answer"}],
            },
            {"name": "Clean up", "status": "NOT_STARTED"},
        ],
        **fields,
    }


def test_steps_of_a_bring_up_stand_below_their_milestones() -> None:
    task = read("vcf_installer", bring_up()).as_result()
    shape = [(stage["name"], [inner["name"] for inner in stage["stages"]]) for stage in task["stages"]]
    assert shape == [
        ("DEPLOY_VCENTER", ["Deploy the appliance"]),
        ("DEPLOY_NSX", ["Join the nodes"]),
        ("FINISH", []),
        ("Clean up", []),
    ]
    assert (task["progress_percent"], task["current_stage"]) == (25, "Join the nodes")
    assert (task["updated_at"], task["ended_at"]) == ("2026-11-21T20:30:00Z", None)
    assert (task["cancellable"], task["retriable"], task["root_causes"]) == (False, False, [])


def test_a_bring_up_that_failed() -> None:
    task = read("vcf_installer", bring_up("COMPLETED_WITH_FAILURE")).as_result()
    assert (task["state"], task["retriable"], task["ended_at"]) == ("FAILED", True, "2026-11-21T20:30:00Z")
    assert [(cause["code"], cause["where"]) for cause in task["root_causes"]] == [("NSX_JOIN", "Join the nodes")]


def test_a_bring_up_that_was_rolled_back_has_failed_for_good() -> None:
    task = read("vcf_installer", bring_up("ROLLBACK_SUCCESS"))
    assert (task.state, task.done, task.retriable) == (State.FAILED, True, False)


def test_a_retry_of_a_bring_up_reads_its_specification_back() -> None:
    spec = {"sddcId": "vcf-01", "vcenterSpec": {"rootVcenterPassword": "A-secret"}}
    line = FakeFleet("vcf_installer")
    line.tasks["spec"] = [spec]
    line.write = [{"id": "t1"}]
    assert line.service.retry_task("t1") == "t1"
    read_spec, sent = line.transport.requests[-2:]
    assert (read_spec.url, read_spec.secret) == ("https://fleet.example.com/v1/sddcs/t1/spec", True)
    assert (sent.method, sent.json) == ("PATCH", spec)
    line.service.retry_task("t1", {"sddcId": "other"})
    assert line.transport.requests[-1].json == {"sddcId": "other"}


# vCenter --------------------------------------------------------------------------------------------------------------

API_CANCELED = {"error_type": "CANCELED", "messages": []}
REST_CANCELED = {"type": "com.vmware.vapi.std.errors.canceled", "value": {"messages": []}}
NESTED_CANCELED = {"com.vmware.vapi.std.errors.canceled": {"messages": []}}
VIM_CANCELED = {"error_type": "ERROR", "data": {"fault": "vim.fault.RequestCanceled"}, "messages": []}


@pytest.mark.parametrize("error", [API_CANCELED, REST_CANCELED, NESTED_CANCELED, VIM_CANCELED])
@pytest.mark.parametrize("as_text", [False, True])
def test_a_failed_task_with_a_canceled_error_was_canceled(as_text: bool, error: dict[str, Any]) -> None:
    given = json.dumps(error) if as_text else error
    task = read("vcenter", {"id": "t1", "status": "FAILED", "error": given})
    assert (task.state, task.status, task.done) == (State.CANCELED, "FAILED", True)


@pytest.mark.parametrize(
    "error",
    [
        None,
        {},
        "canceled?",
        {"error_type": "TIMED_OUT", "messages": [{"id": "x", "default_message": "It was not canceled"}]},
        {"type": "com.vmware.vapi.std.errors.error", "value": {"messages": []}},
    ],
)
def test_a_failed_task_with_another_error_has_failed(error: Any) -> None:
    assert read("vcenter", {"id": "t1", "status": "FAILED", "error": error}).state is State.FAILED


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "BLOCKED", "ODD"])
def test_only_a_failed_task_can_have_been_canceled(status: str) -> None:
    assert read("vcenter", {"id": "t1", "status": status, "error": API_CANCELED}).state is not State.CANCELED


@pytest.mark.parametrize(
    ("progress", "percent"),
    [
        ({"completed": 1, "total": 3}, 33),
        ({"completed": "50", "total": "100"}, 50),
        ({"completed": 0, "total": 100}, 0),
        ({"completed": 7, "total": 5}, 100),
        ({"completed": -1, "total": 5}, 0),
        ({"completed": 1, "total": 0}, None),
        ({"completed": 1}, None),
        ({"total": 100}, None),
        (None, None),
    ],
)
def test_progress_of_vcenter(progress: Any, percent: int | None) -> None:
    assert read("vcenter", {"id": "t1", "status": "RUNNING", "progress": progress}).progress_percent == percent


def test_a_blocked_task_goes_on() -> None:
    task = read("vcenter", {"id": "t1", "status": "BLOCKED", "cancelable": True})
    assert (task.state, task.done, task.cancellable) == (State.BLOCKED, False, True)


@pytest.mark.parametrize(
    "error",
    [
        {"error_type": "UNABLE", "messages": [{"id": "disk.full", "default_message": "The disk is full", "args": []}]},
        {
            "type": "com.vmware.vapi.std.errors.unable",
            "value": {"messages": [{"id": "disk.full", "default_message": "The disk is full", "args": []}]},
        },
    ],
    ids=["api", "rest"],
)
def test_errors_of_vcenter(error: dict[str, Any]) -> None:
    task = read("vcenter", {"id": "t1", "status": "FAILED", "error": error})
    (cause,) = task.root_causes
    assert (cause.code, cause.message) == ("disk.full", "The disk is full")
    said = FakeFleet("vcenter").service.error_of(error)
    assert (said.code, said.message) == ("disk.full", "The disk is full")


def old_vcenter() -> FakeFleet:
    """A vCenter that has the older API only."""
    line = FakeFleet("vcenter")
    line.login = [Answer(404, foreign=True), {"value": "a-session-id"}]
    line.tasks["t1"] = [{"value": {"status": "RUNNING"}}]
    line.list = [{"value": [{"key": "t1", "value": {"status": "SUCCEEDED"}}]}]
    return line


def test_a_task_of_a_vcenter_without_the_newer_api() -> None:
    line = old_vcenter()
    task = line.service.get_task("t1")
    assert task is not None
    assert (task.id, task.state) == ("t1", State.RUNNING)
    assert [request.url for request in line.transport.requests] == [
        "https://fleet.example.com/api/session",
        "https://fleet.example.com/rest/com/vmware/cis/session",
        "https://fleet.example.com/rest/cis/tasks/t1",
    ]
    assert line.transport.requests[-1].headers["vmware-api-session-id"] == "a-session-id"


def test_the_list_of_a_vcenter_without_the_newer_api() -> None:
    line = old_vcenter()
    line.write = line.list
    for _time in range(2):
        ((listed,),) = [page.tasks for page in line.service.pages_with({"t1"})]
        assert (listed.id, listed.state) == ("t1", State.SUCCEEDED)
        assert line.transport.requests[-1].url == "https://fleet.example.com/rest/cis/tasks"
    assert line.transport.requests[-1].query == {"filter_spec.tasks.1": "t1"}


def test_a_session_is_closed_once_and_only_if_it_was_opened() -> None:
    line = FakeFleet("vcenter")
    line.service.close()
    assert line.transport.requests == []
    line.tasks["t1"] = [{"status": "RUNNING"}]
    line.service.get_task("t1")
    line.service.close()
    line.service.close()
    closing = [request for request in line.transport.requests if request.method == "DELETE"]
    assert [request.url for request in closing] == ["https://fleet.example.com/api/session"]


# VMC ------------------------------------------------------------------------------------------------------------------


def vmc_task(**fields: Any) -> dict[str, Any]:
    """The structure Task of "VMware Cloud on AWS API"."""
    return {
        "id": "t1",
        "status": "STARTED",
        "sub_status": "DEPLOYING",
        "task_type": "SDDC-PROVISION",
        "created": "2026-11-21T20:00:00.000Z",
        "start_time": "2026-11-21T20:01:00.000Z",
        "updated": "2026-11-21T20:30:00.000Z",
        "user_id": "u1",
        "user_name": "admin@example.com",
        "resource_id": "sddc-1",
        "resource_type": "sddc",
        "parent_task_id": "t0",
        "correlation_id": "c1",
        "progress_percent": 40,
        "estimated_remaining_minutes": 12,
        "phase_in_progress": "Deploy",
        "task_progress_phases": [
            {"id": "p1", "name": "Prepare", "progress_percent": 100},
            {"id": "p2", "name": "Deploy", "progress_percent": 0},
            {"id": "p3", "name": "Finish", "progress_percent": 0},
        ],
        "params": {"size": 3},
        **fields,
    }


def test_a_task_of_vmc() -> None:
    task = read("vmc", vmc_task()).as_result()
    phases = [("p1", "Prepare", "SUCCEEDED"), ("p2", "Deploy", "RUNNING"), ("p3", "Finish", "PENDING")]
    assert task == {
        **EMPTY_TASK,
        "id": "t1",
        "service": "vmc",
        "name": "SDDC-PROVISION",
        "type": "SDDC-PROVISION",
        "description": "DEPLOYING",
        "state": "RUNNING",
        "status": "STARTED",
        "progress_percent": 40,
        "created_at": "2026-11-21T20:00:00Z",
        "started_at": "2026-11-21T20:01:00Z",
        "updated_at": "2026-11-21T20:30:00Z",
        "created_by": "admin@example.com",
        "resource": {"id": "sddc-1", "type": "sddc", "name": None},
        "resources": [{"id": "sddc-1", "type": "sddc", "name": None}],
        "parent_id": "t0",
        "correlation_id": "c1",
        "retriable": False,
        "current_stage": "Deploy",
        "stages": [{**EMPTY_STAGE, "id": i, "name": name, "state": state} for i, name, state in phases],
        "additional_details": {"sub_status": "DEPLOYING", "params": {"size": 3}},
        "estimated_remaining_seconds": 720,
    }


def test_the_phase_in_which_a_task_of_vmc_failed() -> None:
    error = {
        "original_service": "nsx",
        "original_service_error_code": "NSX-1",
        "default_message": "plain",
        "localized_message": "The edge does not answer",
    }
    task = read(
        "vmc",
        vmc_task(
            status="FAILED",
            end_time="2026-11-21T20:31:00Z",
            service_errors=[error, {"original_service_error_code": "NSX-2", "default_message": "Only plain"}],
            error_message="Task failed",
        ),
    ).as_result()
    assert [stage["state"] for stage in task["stages"]] == ["SUCCEEDED", "FAILED", "PENDING"]
    assert (task["duration_seconds"], task["estimated_remaining_seconds"]) == (1800.0, None)
    assert [(cause["code"], cause["message"], cause["where"]) for cause in task["root_causes"]] == [
        ("NSX-1", "The edge does not answer", "nsx"),
        ("NSX-2", "Only plain", None),
    ]


def test_what_a_task_of_vmc_itself_says_where_no_service_does() -> None:
    for key in ("customer_error_message", "localized_error_message", "error_message"):
        (cause,) = read("vmc", vmc_task(status="FAILED", **{key: "No capacity"})).root_causes
        assert cause.message == "No capacity"


def test_an_end_that_vmc_foresees_is_none() -> None:
    task = read("vmc", vmc_task(end_time="2026-11-21T23:00:00Z"))
    assert (task.ended_at, task.duration_seconds) == (None, None)


def test_vmc_is_asked_for_an_organization_with_a_token_of_its_own() -> None:
    line = FakeFleet("vmc")
    line.tasks["t1"] = [vmc_task()]
    assert [task.id for task in line.service.list_tasks(Selection())] == ["t1"]
    login, request = line.transport.requests
    assert login.url == "https://console.cloud.vmware.com/csp/gateway/am/api/auth/api-tokens/authorize"
    assert login.form == {"refresh_token": "an-api-token"}
    assert request.url == "https://fleet.example.com/vmc/api/orgs/o1/tasks"
    assert request.headers == {"csp-auth-token": "a-token-of-the-fake"}


def test_a_refusal_of_vmc() -> None:
    body = {"error_code": "E1", "error_messages": ["No.", "Never."], "retryable": True}
    error = FakeFleet("vmc").service.error_of(body)
    assert (error.code, error.message) == ("E1", "No. Never.")
    assert "again" in (error.remediation or "")
