# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the bodies that Fleet LCM sends."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, TaskError
from tests.unit.data import EMPTY_ERROR, EMPTY_STAGE, EMPTY_TASK, example, read
from tests.unit.fakes import FakeFleet, failed_task, fleet_task


def task(**fields: Any) -> dict[str, Any]:
    return read("fleet_lcm", fleet_task(**fields)).as_result()


def failing(**fields: Any) -> list[dict[str, Any]]:
    """The root causes of a failed task."""
    return task(status="FAILED", **fields)["root_causes"]


def error_message(**message: Any) -> dict[str, Any]:
    return {"level": "ERROR", "message": message}


# The documents' examples ----------------------------------------------------------------------------------------------


def message(text: str, second: int) -> dict[str, Any]:
    return {
        "level": "INFO",
        "timestamp": f"2000-01-23T04:56:{second:02}Z",
        "text": text,
        "code": "lcm.proxy.upgrade.progress",
    }


def stage(stage_id: str, name: str, second: int) -> dict[str, Any]:
    return {
        **EMPTY_STAGE,
        "id": stage_id,
        "name": name,
        "description": f"Stage {name} of proxy-01.example.com",
        "state": "PENDING",
        "status": "PENDING",
        "started_at": f"2000-01-23T04:56:{second:02}Z",
        "ended_at": f"2000-01-23T04:56:{second + 3:02}Z",
        "messages": [message(f"{name} begins", second), message(f"{name} goes on", second + 1)],
    }


def precheck(number: int) -> dict[str, Any]:
    return {
        "id": "SYSTEM_HEALTH_CHECK",
        "name": f"Disk space of node {number}",
        "status": None,
        "resource_id": f"node-{number}",
        "resource_name": f"node-0{number}.example.com",
        "issue": {
            "id": f"VCF-ERROR-00{number}",
            "severity": "WARN",
            "message": f"Node {number} has little disk space left",
            "resolution": f"Free some space on node {number}",
        },
    }


def precheck_group(site: int) -> dict[str, Any]:
    return {
        "id": "SYSTEM_HEALTH_CHECK",
        "name": f"Health of site {site}",
        "status": None,
        "prechecks": [precheck(2 * site - 1), precheck(2 * site)],
    }


@pytest.mark.parametrize(
    ("name", "task_id"),
    [
        pytest.param("fleet_lcm_task", "2b9e4d71-5c3f-4a86-b0d2-7f1e9c8a6b54", id="schema Task"),
        pytest.param("fleet_lcm_cancel_answer", "91c7d0a4-3e58-4b2f-8f16-2d4b6a8c0e13", id="answer to a cancel"),
    ],
)
def test_the_example_of_a_task(name: str, task_id: str) -> None:
    resource = {"id": "7d3c8a52-9c1e-4c8e-9a44-0f6f6a1d2b3c", "type": "COMPONENT", "name": None}
    assert read("fleet_lcm", example(name)).as_result() == {
        "id": task_id,
        "name": "vcfa_90_to_91_upgrade",
        "service": "fleet_lcm",
        "type": "type",
        "description": "The upgrade of `proxy-01.example.com` has begun",
        "state": "PENDING",
        "status": "PENDING",
        # It has an end time, and yet its status is what counts.
        "done": False,
        "progress_percent": 0,
        "created_at": "2000-01-23T04:56:07Z",
        "started_at": "2000-01-23T04:56:08Z",
        "updated_at": "2000-01-23T04:56:30Z",
        "ended_at": "2000-01-23T04:56:40.500000Z",
        "duration_seconds": None,
        "created_by": "admin",
        "resource": resource,
        "resources": [resource],
        "parent_id": "c1b0f6f2-6a52-4f7a-8b8e-3d2f1e0a9b8c",
        "correlation_id": "5e4d3c2b-1a09-4f8e-9d7c-6b5a49382716",
        "cancellable": True,
        "retriable": True,
        "current_stage": None,
        "stages": [stage("stage-deploy", "package-deploy", 9), stage("stage-binary", "upgrade-binary", 14)],
        # The example's two nulls are no sub-tasks.
        "subtasks": [],
        "messages": [message("Two stages to go", 20), message("Still two stages to go", 21)],
        "errors": [],
        "root_causes": [],
        "prechecks": {
            "status": "PENDING",
            "report_url": "reportUrl",
            "total": 4,
            "by_status": {"UNKNOWN": 4},
            "by_severity": {"WARN": 4},
            "groups": [precheck_group(1), precheck_group(2)],
        },
        "result": example(name)["result"],
        # Sent as the text "{}".
        "additional_details": {},
        "estimated_remaining_seconds": None,
    }


def test_the_example_of_an_error() -> None:
    assert FakeFleet().service.error_of(example("fleet_lcm_error")) == TaskError(
        code="code",
        message="Task has ended and can not be cancelled",
        remediation="Nothing is left to be done",
        reference="referenceId",
        cause="detail",
        where=None,
    )


@pytest.mark.parametrize("body", [None, [], "ErrorResponse Object", 5, {}, {"message": None, "resolution": []}])
def test_an_error_without_content(body: Any) -> None:
    assert FakeFleet().service.error_of(body) == TaskError(**EMPTY_ERROR)


def test_an_error_of_the_identity_service() -> None:
    error = FakeFleet().service.error_of({"error": "invalid_grant", "error_description": "Wrong password"})
    assert (error.code, error.message) == ("invalid_grant", "Wrong password")


# Variants -------------------------------------------------------------------------------------------------------------


def test_an_id_is_all_that_a_task_needs() -> None:
    assert read("fleet_lcm", {"id": "t1"}).as_result() == {**EMPTY_TASK, "id": "t1", "service": "fleet_lcm"}


def test_a_null_is_as_good_as_nothing() -> None:
    body = dict.fromkeys(example("fleet_lcm_task"))
    assert read("fleet_lcm", {**body, "id": "t1"}).as_result() == {**EMPTY_TASK, "id": "t1", "service": "fleet_lcm"}


def test_nulls_in_every_list() -> None:
    stages = [None, {"name": "a", "status": "RUNNING", "messages": [None, {"level": "INFO"}, None]}, None]
    groups = [None, {"prechecks": [None, {"id": "P", "issue": None}]}]
    body = task(stages=stages, messages=[None], subTasks=[None], result={"precheckGroups": groups})
    assert [found["name"] for found in body["stages"]] == ["a"]
    assert len(body["stages"][0]["messages"]) == 1
    assert (body["messages"], body["subtasks"], body["prechecks"]["total"]) == ([], [], 1)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        ("{}", {}),
        (" [1]", [1]),
        ("plain text", "plain text"),
        ("{cut off", "{cut off"),
        ("[" * 5000, "[" * 5000),
        ("", ""),
        (None, None),
        (7, 7),
    ],
)
def test_additional_details_are_what_they_mean(sent: Any, expected: Any) -> None:
    assert task(additionalDetails=sent)["additional_details"] == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("plain text", "plain text"),
        ({"localizedMessage": "theirs", "defaultMessage": "default", "id": "x"}, "theirs"),
        ({"localizedMessage": "", "defaultMessage": "default", "id": "x"}, "default"),
        ({"localizedMessage": None, "id": "x.y", "args": {"host": "h", "port": 1}}, "x.y (host=h, port=1)"),
        ({"id": "x.y"}, "x.y"),
        ({"id": "x.y", "args": None}, "x.y"),
        ({"args": {"host": "h"}}, None),
        ({}, None),
        ("DNS &amp; NTP &lt;both&gt;", "DNS & NTP <both>"),
        ({"defaultMessage": "can&#39;t"}, "can't"),
        ({"defaultMessage": "DNS \\u0026 NTP"}, "DNS & NTP"),
        ({"defaultMessage": "half \\ud83d"}, "half \\ud83d"),
        (["a"], None),
        (True, None),
        (5, "5"),
    ],
)
def test_texts_are_for_people(sent: Any, expected: str | None) -> None:
    assert task(description=sent)["description"] == expected


def test_a_running_task() -> None:
    stages = [
        {"id": "1", "name": "prepare", "status": "SUCCEEDED"},
        {"id": "2", "name": "deploy", "status": "RUNNING"},
        {"id": "3", "name": "tidy up", "status": "PENDING"},
    ]
    body = task(status="RUNNING", stages=stages)
    assert (body["state"], body["progress_percent"], body["current_stage"]) == ("RUNNING", 33, "deploy")


def test_a_failed_task_says_why_and_where() -> None:
    body = read("fleet_lcm", failed_task(startTime="2026-01-01T00:00:00Z", endTime="2026-01-01T00:01:30Z")).as_result()
    error = {
        "code": "LCM_DNS_ERROR",
        "message": "The name does not resolve",
        "remediation": "Check the DNS records.",
        "reference": "REF123",
        "cause": None,
        "where": "deploy",
    }
    assert body["root_causes"] == [error]
    assert body["stages"][1]["errors"] == [{**error, "where": None}]
    assert (body["done"], body["duration_seconds"], body["current_stage"]) == (True, 90.0, None)


def test_a_subtask_is_a_task_with_its_own_errors() -> None:
    body = task(status="FAILED", subTasks=[failed_task("inner", name="proxy")])
    assert body["subtasks"][0]["id"] == "inner"
    assert [cause["where"] for cause in body["root_causes"]] == ["proxy / deploy"]


def test_the_generic_message_before_the_real_one_is_dropped() -> None:
    generic = error_message(id="LCM_INTERNAL", localizedMessage="Internal error occurred. Please retry")
    real = error_message(id="LCM_DISK", localizedMessage="The disk is full")
    assert [cause["code"] for cause in failing(messages=[generic, real])] == ["LCM_DISK"]


def test_the_generic_message_stays_where_there_is_no_other() -> None:
    generic = error_message(id="LCM_INTERNAL", localizedMessage="Internal error occurred. Please retry")
    assert [cause["code"] for cause in failing(messages=[generic])] == ["LCM_INTERNAL"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_error_in_the_additional_details(wrapped: bool) -> None:
    error: Any = {"code": "E1", "message": {"defaultMessage": "Broken"}, "resolution": "Mend it", "referenceId": "R"}
    details: Any = {"error": error}
    if wrapped:
        details = '{"error": {"code": "E1", "message": "Broken", "resolution": "Mend it", "referenceId": "R"}}'
    expected = {**EMPTY_ERROR, "code": "E1", "message": "Broken", "remediation": "Mend it", "reference": "R"}
    assert failing(additionalDetails=details) == [expected]


def test_failed_validations_count_by_severity() -> None:
    validations = [
        {"errorCode": "V1", "message": "wrong", "severity": "ERROR"},
        {"errorCode": "V2", "message": "odd", "severity": "WARNING"},
        {"errorCode": "V3", "message": "also wrong"},
    ]
    assert [cause["code"] for cause in failing(result={"failedValidations": validations})] == ["V1", "V3"]


def test_failed_prechecks_are_root_causes() -> None:
    prechecks = [
        {"id": "A", "name": "Disk", "status": "FAILED", "issue": {"id": "I1", "type": "ERROR", "message": "full"}},
        {"id": "B", "name": "CPU", "status": "SUCCEEDED", "issue": {"id": "I2", "type": "WARN", "message": "hot"}},
        {"id": "C", "name": "RAM", "status": "SUCCEEDED", "issue": None},
    ]
    body = task(status="FAILED", result={"precheckGroups": [{"name": "Health", "prechecks": prechecks}]})
    assert body["root_causes"] == [{**EMPTY_ERROR, "code": "I1", "message": "full", "where": "Health / Disk"}]
    assert body["prechecks"]["by_status"] == {"FAILED": 1, "SUCCEEDED": 2}
    assert body["prechecks"]["by_severity"] == {"ERROR": 1, "WARN": 1}


def test_a_result_of_another_kind_is_no_precheck() -> None:
    assert task(result={"type": "ValidationResult"})["prechecks"] is None


# Statuses -------------------------------------------------------------------------------------------------------------

STATUSES = {
    "PENDING": State.PENDING,
    "SCHEDULED": State.SCHEDULED,
    "RUNNING": State.RUNNING,
    "SUCCEEDED": State.SUCCEEDED,
    "FAILED": State.FAILED,
    "CANCELED": State.CANCELED,
    "SKIPPED": State.SKIPPED,
}


@pytest.mark.parametrize("spell", [str, str.lower, str.title, lambda word: f" {word} "])
@pytest.mark.parametrize(("status", "state"), STATUSES.items())
def test_statuses(status: str, state: State, spell: Any) -> None:
    sent = spell(status)
    body = task(status=sent, stages=[{"name": "s", "status": sent}])
    assert (body["state"], body["status"]) == (state, sent)
    assert (body["stages"][0]["state"], body["stages"][0]["status"]) == (state, sent)


@pytest.mark.parametrize("status", ["SUCCESS", "DONE", "FINISHED", "succeeded!", "", None, True, {}, 0, "NOT FAILED"])
def test_an_unknown_status_is_never_an_end(status: Any) -> None:
    body = task(status=status)
    assert (body["state"], body["done"], body["duration_seconds"]) == ("UNKNOWN", False, None)


# Requests -------------------------------------------------------------------------------------------------------------


def test_requests() -> None:
    service = FakeFleet().service
    cancel, retry, (login,) = (
        service.cancel_request("a/b"),
        service.retry_request("a/b", None),
        service.login_requests(),
    )
    url = "https://fleet.example.com/fleet-lcm/v1/tasks/a%2Fb"
    assert (cancel.method, cancel.url, cancel.query) == ("POST", url, {"action": "cancel"})
    assert (retry.method, retry.url, retry.query) == ("POST", url, {"action": "retry"})
    assert (login.method, login.url) == ("POST", "https://fleet.example.com/api/v1/identity/token")
    assert login.form == {"grant_type": "password", "username": "admin", "password": "a-secret-password"}


def test_the_login_may_be_elsewhere() -> None:
    service = FakeFleet(auth_url="https://id.example.com/", base_path="/gateway/").service
    assert [login.url for login in service.login_requests()] == ["https://id.example.com/api/v1/identity/token"]
    assert service.task_url("t1") == "https://fleet.example.com/gateway/v1/tasks/t1"
