# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare JSON with the types of Broadcom's clients, so that no field goes unnoticed.

The clients themselves take anything: they keep unknown fields aside, and every field of theirs is optional. What the
specifications require is therefore written down here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vcf.fleet_lcm.model_client as fleet
from vmware.vapi.bindings import type as types
from vmware.vapi.bindings.datetime_helper import DateTimeConverter

_FLEET, _SDDC = "vcf.fleet_lcm.model.", "vmware.sddc_manager.model."

# The "required" of each schema in fleet-lcm-openapi.yaml and sddc-manager-openapi.json, 9.1.0.
REQUIRED: Mapping[str, frozenset[str]] = {
    _FLEET + "task": frozenset({"id"}),
    _FLEET + "task_summary": frozenset({"id"}),
    _FLEET + "error_response": frozenset({"code", "message", "referenceId", "resolution", "timestamp"}),
    _FLEET + "precheck_result": frozenset({"precheckGroups", "status"}),
    _FLEET + "precheck_group": frozenset({"endTime", "id", "name", "startTime", "status"}),
    _FLEET + "precheck": frozenset({"endTime", "id", "name", "startTime", "status"}),
    _FLEET + "precheck_issue": frozenset({"id", "message", "type"}),
    _SDDC + "task": frozenset({"creationTimestamp", "id", "name", "status"}),
    _SDDC + "sub_task": frozenset({"creationTimestamp", "description", "name", "status"}),
    _SDDC + "stage": frozenset({"creationTimestamp", "description", "name", "status", "type"}),
    _SDDC + "resource": frozenset({"resourceId", "type"}),
    _SDDC + "message_pack": frozenset({"messageKey"}),
}

# Task.result is one of several schemas, told apart by its "type".
RESULTS = {"PRECHECK": fleet.PrecheckResult, "VALIDATION": fleet.ValidationResult}

_SCALARS: tuple[tuple[type, tuple[type, ...]], ...] = (
    (types.StringType, (str,)),
    (types.IntegerType, (int,)),
    (types.DoubleType, (int, float)),
)


def differences(value: Any, model: Any) -> list[str]:
    """Where a JSON value is not what a class of the clients says: one line each, beginning with the path."""
    return _walk(value, model.get_binding_type(), model.__name__)


def _walk(value: Any, binding: Any, path: str) -> list[str]:
    if isinstance(binding, types.OptionalType):
        return _walk(value, binding.element_type, path)
    if isinstance(binding, types.ReferenceType):
        return _walk(value, binding.resolved_type, path)
    if isinstance(binding, types.DynamicStructType):
        return _dynamic(value, path)
    if isinstance(binding, types.StructType):
        return _struct(value, binding, path)
    if isinstance(binding, types.ListType):
        if not isinstance(value, list):
            return [f"{path}: {value!r} is not a list"]
        return [line for i, item in enumerate(value) for line in _walk(item, binding.element_type, f"{path}[{i}]")]
    if isinstance(binding, types.MapType):
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is not an object"]
        return [line for key, item in value.items() for line in _walk(item, binding.value_type, f"{path}.{key}")]
    return _scalar(value, binding, path)


def _struct(value: Any, binding: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not an object"]
    known = set(binding.get_field_names())
    lines = [f"{path}.{name}: unknown field" for name in sorted(value.keys() - known)]
    lines += [
        f"{path}.{name}: required and missing" for name in sorted(REQUIRED.get(binding.name, set()) - value.keys())
    ]
    for name in sorted(value.keys() & known):
        lines += _walk(value[name], binding.get_field(name), f"{path}.{name}")
    return lines


def _dynamic(value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is not an object"]
    if path.endswith(".result"):
        kind = value.get("type")
        return _walk(value, RESULTS[kind].get_binding_type(), path) if kind in RESULTS else [f"{path}: type {kind!r}"]
    return []


def _scalar(value: Any, binding: Any, path: str) -> list[str]:
    if isinstance(binding, types.BooleanType):
        return [] if isinstance(value, bool) else [f"{path}: {value!r} is not a boolean"]
    if isinstance(binding, types.DateTimeType):
        try:
            DateTimeConverter.convert_to_datetime(value)
        except Exception as problem:  # whatever the clients' own converter makes of it
            return [f"{path}: {value!r} is not a time: {problem}"]
        return []
    for kind, accepted in _SCALARS:
        if isinstance(binding, kind):
            good = isinstance(value, accepted) and not isinstance(value, bool)
            return [] if good else [f"{path}: {value!r} is not of {kind.__name__}"]
    return [f"{path}: nobody knows how to compare {type(binding).__name__}"]
