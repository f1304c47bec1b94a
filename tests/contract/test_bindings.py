# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison itself notices what it is for."""

from __future__ import annotations

from typing import Any

import pytest
import vcf.fleet_lcm.model_client as fleet
import vmware.sddc_manager.model_client as sddc
import vmware.vcf_installer.model_client as installer
from com.vmware.cis.task_client import Info

from tests.contract.bindings import differences

STAGE = {"name": "n", "type": "t", "description": "d", "status": "s", "creationTimestamp": "c"}
SUBTASK = {"name": "n", "description": "d", "status": "s", "creationTimestamp": "c"}
INFO = {
    "description": {"id": "i", "default_message": "d", "args": []},
    "service": "s",
    "operation": "o",
    "status": "RUNNING",
    "cancelable": True,
}
SDDC_TASK = {"id": "1", "name": "n", "status": "s", "creationTimestamp": "c"}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (fleet.Task, {"id": "1"}),
        (fleet.Task, {"id": "1", "startTime": "2000-01-23T04:56:07.000Z", "additionalDetails": {"any": ["thing"]}}),
        (Info, INFO | {"result": ["any", "thing"], "error": {"error_type": "CANCELED", "messages": []}}),
        (Info, INFO | {"error": {"type": "com.vmware.vapi.std.errors.canceled", "value": {"messages": []}}}),
        (sddc.Task, SDDC_TASK | {"subTasks": [SUBTASK | {"stages": [STAGE]}]}),
    ],
)
def test_what_the_specification_allows_has_no_differences(model: Any, body: dict[str, Any]) -> None:
    assert differences(body, model) == []


@pytest.mark.parametrize(
    ("model", "body", "line"),
    [
        (fleet.Task, {"id": "1", "colour": "red"}, "Task.colour: unknown field"),
        (fleet.Task, {"name": "n"}, "Task.id: required and missing"),
        (fleet.Task, {"id": "1", "stages": [{"stages": []}]}, "Task.stages[0].stages: unknown field"),
        (fleet.Task, {"id": "1", "subTasks": [{}]}, "Task.subTasks[0].id: required and missing"),
        (fleet.Task, {"id": "1", "startTime": "yesterday"}, "Task.startTime: 'yesterday' is not a time"),
        (fleet.Task, {"id": "1", "additionalDetails": "{}"}, "Task.additionalDetails: '{}' is not an object"),
        (fleet.Task, {"id": "1", "result": {"type": "PRECHECK"}}, "Task.result.precheckGroups: required and missing"),
        (fleet.Task, {"id": "1", "retriable": "yes"}, "Task.retriable: 'yes' is not a boolean"),
        (fleet.Task, {"id": "1", "description": {"args": {"n": 1}}}, "Task.description.args.n: 1 is not of StringType"),
        (fleet.PageOfTaskSummary, {"elements": {}}, "PageOfTaskSummary.elements: {} is not a list"),
        (fleet.PageMetadata, {"pageNumber": True}, "PageMetadata.pageNumber: True is not of IntegerType"),
        (sddc.Task, SDDC_TASK | {"progress": 1}, "Task.progress: unknown field"),
        (Info, INFO | {"colour": "red"}, "Info.colour: unknown field"),
        (Info, INFO | {"status": "CANCELED"}, "Info.status: 'CANCELED' is not one of"),
        (Info, {key: INFO[key] for key in INFO if key != "cancelable"}, "Info.cancelable: required and missing"),
        (Info, INFO | {"error": {"message": "no"}}, "Info.error: {'message': 'no'} is not an error"),
        (Info, INFO | {"error": {"messages": [{"id": "x"}]}}, "Info.error[0].default_message: required and missing"),
        (installer.SddcTask, {"status": "s"}, "SddcTask.creationTimestamp: required and missing"),
        (sddc.Task, {**SDDC_TASK, "subTasks": [{}]}, "Task.subTasks[0].name: required and missing"),
    ],
)
def test_what_it_does_not_allow_is_noticed(model: Any, body: dict[str, Any], line: str) -> None:
    assert any(found.startswith(line) for found in differences(body, model)), differences(body, model)
