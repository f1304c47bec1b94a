# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the bodies that SDDC Manager sends."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, TaskError
from tests.unit.data import EMPTY_ERROR, EMPTY_STAGE, EMPTY_TASK, example, read
from tests.unit.fakes import Answer, FakeFleet

CREATED = "2019-06-20T12:03:18.890000Z"


def task(**fields: Any) -> dict[str, Any]:
    return read("sddc_manager", {"id": "t1", **fields}).as_result()


def causes(*errors: Any, **fields: Any) -> list[dict[str, Any]]:
    """The root causes of a failed task with these errors."""
    return task(status="FAILED", errors=list(errors), **fields)["root_causes"]


# The document's examples ----------------------------------------------------------------------------------------------


def stage(name: str, description: str, state: str, status: str) -> dict[str, Any]:
    started_at = None if state == "PENDING" else CREATED
    found = {"name": name, "description": description, "state": state, "status": status, "started_at": started_at}
    return {**EMPTY_STAGE, **found}


def host(resource_id: str) -> dict[str, Any]:
    resource = {"id": resource_id, "type": "HOST", "name": None}
    return {"resource": resource, "resources": [resource]}


def test_the_example_of_a_list() -> None:
    fleet = FakeFleet("sddc_manager")
    fleet.list = [example("sddc_manager_tasks")]
    error = {
        **EMPTY_ERROR,
        "code": "VCF_ENABLE_CEIP_ERROR",
        "message": "The program's setting could not be changed",
    }
    common = {"service": "sddc_manager", "done": True, "created_at": CREATED, "cancellable": False, "retriable": False}
    common["additional_details"] = {"resolutionStatus": "UNRESOLVED"}
    assert [found.as_result() for found in fleet.service.list_tasks(Selection())] == [
        {
            **EMPTY_TASK,
            **common,
            "id": "5a0e6f0c-2a0d-4b55-8f3a-6f4a3f1f9a10",
            "name": "Join the customer experience program",
            "state": "FAILED",
            "status": "Failed",
            "progress_percent": 50,
            **host("1f7a2c33-6b1d-47d5-a3f0-9a6e9b3f2d01"),
            "stages": [
                stage("FetchEntitiesForCEIPChangeAction", "Find what takes part", "SUCCEEDED", "SUCCESSFUL"),
                stage("UpdateCeipForEsxiAction", "Change the setting on ESXi hosts", "FAILED", "FAILED"),
                stage("UpdateCeipOnNsxTAction", "Change the setting on NSX", "PENDING", "PENDING"),
                stage("SaveResourceCeipStatusAction", "Remember the setting", "PENDING", "PENDING"),
            ],
            "errors": [error],
            "root_causes": [error],
        },
        {
            **EMPTY_TASK,
            **common,
            "id": "c4b7c2be-0a68-4d0c-8c0c-2f6f4d1f7b22",
            "name": "Rotate credentials",
            "state": "SUCCEEDED",
            "status": "Successful",
            "progress_percent": 100,
            **host("8e2d4b66-3c5f-4f7a-9b8c-7d6e5f4a3b02"),
            "stages": [
                stage(
                    "sddc-manager.example.com:FTP",
                    "Rotate the password of sddc-manager.example.com for FTP",
                    "SUCCEEDED",
                    "SUCCESSFUL",
                )
            ],
        },
    ]


def test_the_example_of_a_task() -> None:
    assert read("sddc_manager", example("sddc_manager_task")).as_result() == {
        **EMPTY_TASK,
        "id": "e0c9d7aa-51b1-4f2f-9a44-1c2d3e4f5a33",
        "service": "sddc_manager",
        "name": "Create a workload domain",
        "state": "FAILED",
        "status": "FAILED",
        "done": True,
        "progress_percent": 66,
        "created_at": "1970-01-20T23:06:29.526000Z",
        "cancellable": False,
        "retriable": False,
        **host("3b6a9c55-7d8e-4f1a-8c2b-5e4d3c2b1a44"),
        "stages": [
            stage("HostVibValidationAction", "Look for VIBs that are not allowed", "SUCCEEDED", "SUCCESSFUL"),
            stage("HostMaintenanceModeValidationAction", "Look for hosts in maintenance mode", "FAILED", "FAILED"),
            # The document escapes the ampersand twice.
            stage("FetchDnsAndNtpAction", "Find DNS & NTP addresses", "PENDING", "PENDING"),
        ],
        # It failed, and the service does not say why.
        "root_causes": [],
        "additional_details": {"resolutionStatus": "UNRESOLVED"},
    }


# Variants -------------------------------------------------------------------------------------------------------------


def test_an_id_is_all_that_a_task_needs() -> None:
    assert task() == {**EMPTY_TASK, "id": "t1", "service": "sddc_manager"}


def test_a_null_is_as_good_as_nothing() -> None:
    body = {**dict.fromkeys(example("sddc_manager_task")), "id": "t1"}
    assert task(**body) == {**EMPTY_TASK, "id": "t1", "service": "sddc_manager"}


def test_nulls_in_every_list() -> None:
    error = {"message": "broken", "causes": [None], "nestedErrors": [None], "notifications": [None]}
    body = task(
        status="FAILED",
        subTasks=[None, {"name": "a", "subTasks": [None], "stages": [None], "errors": [None]}],
        errors=[None, error],
        resources=[None],
    )
    assert [found["name"] for found in body["stages"]] == ["a"]
    assert [found["message"] for found in body["root_causes"]] == ["broken"]
    assert body["resources"] == []


def test_subtasks_nest() -> None:
    inner = {"name": "inner", "status": "IN_PROGRESS", "creationTimestamp": "2026-01-01T00:00:00Z"}
    body = task(status="In Progress", subTasks=[{"name": "outer", "status": "IN_PROGRESS", "stages": [inner]}])
    assert body["stages"][0]["stages"][0]["name"] == "inner"
    assert (body["current_stage"], body["progress_percent"]) == ("inner", 0)


def test_a_resource_may_have_a_name() -> None:
    body = task(resources=[{"resourceId": "1", "type": "ESXI", "fqdn": "esx.example.com"}, {"name": "nsx"}])
    assert [found["name"] for found in body["resources"]] == ["esx.example.com", "nsx"]
    assert body["resource"]["id"] == "1"


# Root causes ----------------------------------------------------------------------------------------------------------


def test_a_nested_error_is_the_root_and_inherits_what_it_lacks() -> None:
    outer = {
        "errorCode": "OUTER",
        "message": "Task failed",
        "remediationMessage": "Look at the logs.",
        "referenceToken": "ABC123",
        "nestedErrors": [{"errorCode": "INNER", "message": "No route to host"}, {"message": "No name server"}],
    }
    assert [(found["code"], found["message"], found["reference"], found["remediation"]) for found in causes(outer)] == [
        ("INNER", "No route to host", "ABC123", "Look at the logs."),
        ("OUTER", "No name server", "ABC123", "Look at the logs."),
    ]


def test_notifications_of_severity_error_are_roots() -> None:
    notice = {
        "severity": "Error",
        "message": "The certificate has expired",
        "impactMessage": "Hosts can not be added",
        "remediations": [{"message": "Renew it."}, None, {"message": "Then retry."}],
    }
    error = {"errorCode": "E", "message": "Wrapper", "notifications": [{**notice, "severity": "WARNING"}, notice]}
    expected = {"code": "E", "message": "The certificate has expired", "cause": "Hosts can not be added"}
    assert causes(error) == [{**EMPTY_ERROR, **expected, "remediation": "Renew it. Then retry."}]


def test_the_last_cause_is_the_innermost() -> None:
    error = {"message": "It broke", "causes": [{"message": "outer"}, {"message": "inner"}, {"message": None}]}
    assert causes(error)[0]["cause"] == "inner"


def test_a_cause_speaks_where_the_message_says_nothing() -> None:
    error = {"message": "An internal error has occurred", "causes": [{"message": "The disk is full"}]}
    assert [(found["message"], found["cause"]) for found in causes(error)] == [("The disk is full", None)]


def test_errors_of_subtasks_say_where() -> None:
    inner = {"name": "inner", "status": "FAILED", "errors": [{"errorCode": "E", "message": "Broken"}]}
    wrapper = {"message": "Workflow failed"}
    found = causes(wrapper, subTasks=[{"name": "outer", "status": "FAILED", "subTasks": [inner]}])
    assert [(error["message"], error["where"]) for error in found] == [("Broken", "outer / inner")]


def test_one_error_on_two_levels_is_one_that_knows_all() -> None:
    error = {"errorCode": "E", "message": "Broken"}
    subtask = {"name": "s", "status": "FAILED", "errors": [{**error, "remediationMessage": "Mend it."}]}
    found = causes({**error, "referenceToken": "R"}, subTasks=[subtask])
    expected = {"code": "E", "message": "Broken", "remediation": "Mend it.", "reference": "R", "where": "s"}
    assert found == [{**EMPTY_ERROR, **expected}]


def test_an_error_that_says_nothing_is_none() -> None:
    assert causes({}, {"context": {}}) == []


def test_an_error_answer() -> None:
    body = {"errorCode": "TA_TASK_CAN_NOT_BE_RETRIED", "message": "Not now", "referenceToken": "R"}
    error = FakeFleet("sddc_manager").service.error_of(body)
    assert (error.code, error.message, error.reference) == ("TA_TASK_CAN_NOT_BE_RETRIED", "Not now", "R")
    assert FakeFleet("sddc_manager").service.error_of(["?"]) == TaskError(**EMPTY_ERROR)


# Statuses -------------------------------------------------------------------------------------------------------------

STATUSES = {
    "PENDING": State.PENDING,
    "QUEUED": State.PENDING,
    "IN_PROGRESS": State.RUNNING,
    "SUCCESSFUL": State.SUCCEEDED,
    "COMPLETED_WITH_WARNING": State.WARNING,
    "FAILED": State.FAILED,
    "TIMED_OUT": State.FAILED,
    "CANCELLED": State.CANCELED,
    "SKIPPED": State.SKIPPED,
    "NOT_APPLICABLE": State.SKIPPED,
}

SPELLINGS = {
    "as documented": str,
    "small": str.lower,
    "title": lambda status: status.replace("_", " ").title(),
    "blanks": lambda status: status.replace("_", "  "),
    "hyphens": lambda status: status.replace("_", "-").lower(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("status", "state"), STATUSES.items())
def test_statuses(status: str, state: State, spelling: str) -> None:
    sent = SPELLINGS[spelling](status)
    body = task(status=sent, subTasks=[{"name": "s", "status": sent}])
    assert (body["state"], body["status"]) == (state, sent)
    assert (body["stages"][0]["state"], body["stages"][0]["status"]) == (state, sent)


@pytest.mark.parametrize("status", ["COMPLETED", "SUCCEEDED_MAYBE", "UNSUCCESSFUL", "", None, [], 1.5, "IN"])
def test_an_unknown_status_is_never_an_end(status: Any) -> None:
    body = task(status=status, completionTimestamp="2026-01-01T00:00:00Z")
    assert (body["state"], body["done"]) == ("UNKNOWN", False)


# Requests -------------------------------------------------------------------------------------------------------------


def test_requests() -> None:
    service = FakeFleet("sddc_manager").service
    url = "https://fleet.example.com/v1/tasks/t%3F1"
    assert (service.cancel_request("t?1").method, service.cancel_request("t?1").url) == ("DELETE", url)
    assert (service.retry_request("t?1", None).method, service.retry_request("t?1", None).url) == ("PATCH", url)
    assert [request.json for request in service.login_requests()] == [
        {"username": "admin", "password": "a-secret-password"}
    ]


def test_a_login_with_an_api_key() -> None:
    service = FakeFleet("sddc_manager", username=None, password=None, api_token="key").service
    (login,) = service.login_requests()
    assert (login.url, login.json) == ("https://fleet.example.com/v1/tokens", {"apiKey": "key"})


def test_a_retry_is_answered_without_a_body() -> None:
    fleet = FakeFleet("sddc_manager")
    fleet.write = [Answer(200)]
    assert fleet.service.retry_task("t1") == "t1"
    assert fleet.writes == ["PATCH t1"]
