# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare JSON with the types of Broadcom's clients, so that no field goes unnoticed.

The clients themselves take anything: they keep unknown fields aside, and every field of theirs is optional. What the
specifications require is therefore written down here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vcf.fleet_lcm.model_client as fleet
from com.vmware.vapi.std_client import LocalizableMessage
from vmware.vapi.bindings import type as types
from vmware.vapi.bindings.datetime_helper import DateTimeConverter

_FLEET, _SDDC_LCM = "vcf.fleet_lcm.model.", "vcf.sddc_lcm.model."
_SDDC, _INSTALLER = "vmware.sddc_manager.model.", "vmware.vcf_installer.model."

# The "required" of each schema in the OpenAPI files of the four, 9.1.0. vCenter's bindings say it themselves.
REQUIRED: Mapping[str, frozenset[str]] = {
    _FLEET + "task": frozenset({"id"}),
    _FLEET + "task_summary": frozenset({"id"}),
    _FLEET + "error_response": frozenset({"code", "message", "referenceId", "resolution", "timestamp"}),
    _FLEET + "precheck_result": frozenset({"precheckGroups", "status"}),
    _FLEET + "precheck_group": frozenset({"endTime", "id", "name", "startTime", "status"}),
    _FLEET + "precheck": frozenset({"endTime", "id", "name", "startTime", "status"}),
    _FLEET + "precheck_issue": frozenset({"id", "message", "type"}),
    _FLEET + "component": frozenset({"id"}),
    _FLEET + "upgrade_plan_spec": frozenset({"desiredSoftware"}),
    _FLEET + "desired_software": frozenset({"version"}),
    _FLEET + "component_desired_software": frozenset({"type", "version"}),
    _FLEET + "upgrade_plan_bundles": frozenset({"fdsFqdn", "fdsId"}),
    _FLEET + "upgrade_plan_component_bundles": frozenset(
        {"bundleId", "bundleType", "componentType", "size", "status", "version"}
    ),
    _SDDC_LCM + "task": frozenset({"id"}),
    _SDDC_LCM + "task_summary": frozenset({"id"}),
    _SDDC_LCM + "error_response": frozenset({"code", "message", "referenceId", "resolution", "timestamp"}),
    _SDDC + "credentials_task": frozenset({"creationTimestamp", "id", "name", "status", "type"}),
    _SDDC + "credentials_sub_task": frozenset({"creationTimestamp", "description", "name", "status"}),
    _INSTALLER + "sddc_task": frozenset({"creationTimestamp", "status"}),
    _INSTALLER + "message_pack": frozenset({"messageKey"}),
    _INSTALLER + "sddc_spec": frozenset({"dnsSpec", "networkSpecs", "sddcId", "vcenterSpec"}),
    _INSTALLER + "sddc_vcenter_spec": frozenset({"rootVcenterPassword", "vcenterHostname"}),
    _INSTALLER + "sddc_network_spec": frozenset({"networkType", "vlanId"}),
    _INSTALLER + "sddc_host_spec": frozenset({"hostname"}),
    _INSTALLER + "dns_spec": frozenset({"subdomain"}),
    _SDDC + "task": frozenset({"creationTimestamp", "id", "name", "status"}),
    _SDDC + "sub_task": frozenset({"creationTimestamp", "description", "name", "status"}),
    _SDDC + "stage": frozenset({"creationTimestamp", "description", "name", "status", "type"}),
    _SDDC + "resource": frozenset({"resourceId", "type"}),
    _SDDC + "message_pack": frozenset({"messageKey"}),
    _SDDC + "domain_reference": frozenset({"id"}),
    _SDDC + "vcenter_reference": frozenset({"id"}),
    _SDDC + "release": frozenset({"bom", "description", "product", "releaseDate", "version"}),
    _SDDC + "domain_future_release": frozenset({"bom", "description", "product", "releaseDate", "version"}),
    _SDDC + "product_version": frozenset({"name", "publicName"}),
    _SDDC + "domain_release_view": frozenset({"domainId", "targetVersion"}),
    _SDDC + "validation": frozenset({"description", "executionStatus", "id", "resultStatus"}),
    _SDDC + "validation_check": frozenset({"resultStatus"}),
    _SDDC + "bundle": frozenset({"downloadStatus", "type"}),
    _SDDC + "bundle_component": frozenset({"imageType"}),
    _SDDC + "check_set_query_result": frozenset({"queryId", "resources"}),
    _SDDC + "upgrade": frozenset({"bundleId", "id", "resourceType", "resourceUpgradeSpecs", "status", "taskId"}),
    _SDDC + "resource_upgrade_spec": frozenset({"resourceId"}),
}

# Task.result is one of several schemas, told apart by its "type".
RESULTS = {"PRECHECK": fleet.PrecheckResult, "VALIDATION": fleet.ValidationResult}

_SCALARS: tuple[tuple[type, tuple[type, ...]], ...] = (
    (types.StringType, (str,)),
    (types.IdType, (str,)),
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
    optional = {name for name in known if isinstance(binding.get_field(name), types.OptionalType)}
    required = REQUIRED.get(binding.name, set()) | ((known - optional) if binding.name.startswith("com.") else set())
    lines = [f"{path}.{name}: unknown field" for name in sorted(value.keys() - known)]
    lines += [f"{path}.{name}: required and missing" for name in sorted(required - value.keys())]
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


def _error(value: Any, path: str) -> list[str]:
    """Any of vCenter's standard errors, in the words of /api or of /rest."""
    body, known = value, {"error_type", "messages", "data"}
    if isinstance(value, dict) and value.keys() == {"type", "value"}:
        body, known = value["value"], {"messages", "data"}
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        return [f"{path}: {value!r} is not an error"]
    lines = [f"{path}.{name}: unknown field" for name in sorted(body.keys() - known)]
    message = LocalizableMessage.get_binding_type()
    return lines + [line for i, said in enumerate(body["messages"]) for line in _walk(said, message, f"{path}[{i}]")]


def _scalar(value: Any, binding: Any, path: str) -> list[str]:
    if isinstance(binding, types.OpaqueType):
        return []
    if isinstance(binding, types.AnyErrorType):
        return _error(value, path)
    if isinstance(binding, types.EnumType):
        known = [word for word in dir(binding.binding_class) if word.isupper()]
        return [] if value in known else [f"{path}: {value!r} is not one of {', '.join(known)}"]
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
