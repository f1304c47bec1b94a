# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a service sends, it becomes a task or a fault, never a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Fault
from tests.unit.data import example
from tests.unit.fakes import FakeFleet

# What json.loads can give: half characters too, and numbers of any size.
TEXTS = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(
    ["FAILED", "ERROR", "2026-01-01T00:00:00Z", "{}", "[1", "\ud83d", "\\ud83d", "&amp;", "9" * 400, "\0"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.just(10**400)

FIELDS = {
    "fleet_lcm": sorted(
        {*example("fleet_lcm_task"), "message", "level", "args", "localizedMessage", "prechecks", "precheckGroups"}
        | {"issue", "error", "code", "resolution", "failedValidations", "severity", "timestamp"}
    ),
    "sddc_manager": sorted(
        {*example("sddc_manager_task"), "type", "localizableDescriptionPack", "completionTimestamp", "message"}
        | {"errorCode", "causes", "nestedErrors", "notifications", "severity", "remediations", "referenceToken"}
    ),
}


def bodies(service: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects that have the fields of the service's, with anything in them."""
    names = st.sampled_from(FIELDS[service]) | TEXTS
    values = st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=25
    )
    return st.dictionaries(names, values, max_size=12)


@pytest.mark.parametrize("service", sorted(FIELDS))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_any_object_with_an_id_is_a_task_or_a_fault(service: str, data: st.DataObject) -> None:
    body = data.draw(bodies(service))
    # As the transport hands it over.
    body = Redactor().body({**body, "id": "t1"})
    fleet = FakeFleet(service)
    try:
        task = fleet.service.read_task(body)
    except Fault:
        return
    json.dumps(task.as_result(), allow_nan=False).encode("ascii")
    json.dumps(task.as_result(), ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize("service", sorted(FIELDS))
@pytest.mark.parametrize("value", [True, 5, 1.5, "text", [], {}, [[]], [5], [{}], {"": None}, 10**400, -1])
def test_a_wrong_type_in_one_field_spoils_no_other(service: str, value: Any) -> None:
    whole = example("fleet_lcm_task" if service == "fleet_lcm" else "sddc_manager_task")
    kind = FakeFleet(service).service
    for field in set(whole) - {"id", "name"}:
        task = kind.task_of({**whole, field: value})
        assert (task.id, task.name) == (whole["id"], whole["name"])
        json.dumps(task.as_result())


@pytest.mark.parametrize("service", sorted(FIELDS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_body_is_an_error(service: str, data: st.DataObject) -> None:
    body = data.draw(bodies(service) | SCALARS)
    # Of a field of another type than it should have there would be a warning, which fails the test.
    TypeAdapter(TaskError).dump_json(FakeFleet(service).service.error_of(Redactor().body(body)))


@pytest.mark.parametrize(
    "details",
    [
        '{"a": NaN, "b": -Infinity, "c": 1e999}',
        "[" * 300 + "]" * 300,
        ' {"a": "\\ud83d", "\\ud83d": 1}',
    ],
    ids=["no numbers", "deep", "half characters"],
)
def test_json_inside_a_text_is_held_to_the_same_rules(details: str) -> None:
    service = FakeFleet().service

    def read() -> Any:
        return service.task_of(Redactor().body({"id": "t1", "additionalDetails": details}))

    json.dumps(read().as_result(), allow_nan=False, ensure_ascii=False).encode("utf-8")
    assert read() == read(), "it would look like a change at every poll"
