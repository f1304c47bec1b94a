# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a good UpgradeSpec (sddc-manager-openapi.json 9.1: schemas UpgradeSpec, ResourceUpgradeSpec,
EsxUpgradeFailureAction, VcenterUpgradeUserInputSpec)."""

from __future__ import annotations

from typing import Any

from .base import BadRequest

# EsxUpgradeFailureAction with RETRY: seconds, and times
RETRY_DELAYS = range(300, 3601)
RETRY_COUNTS = range(3, 101)


def check_spec(spec: dict[str, Any]) -> None:
    """Raise BadRequest for an upgrade that can not be read, or is none of a domain."""
    if not isinstance(spec.get("bundleId"), str):
        raise BadRequest("bundleId is required")
    if spec.get("resourceType") != "DOMAIN":
        raise BadRequest("resourceType must be DOMAIN")
    resources = spec.get("resourceUpgradeSpecs")
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise BadRequest("resourceUpgradeSpecs must name one domain")
    resource = resources[0]
    if not isinstance(resource.get("resourceId"), str):
        raise BadRequest("resourceUpgradeSpecs: resourceId is required")
    if not (spec.get("draftMode") or resource.get("upgradeNow") or resource.get("scheduledTimestamp")):
        raise BadRequest("resourceUpgradeSpecs: upgradeNow or scheduledTimestamp is required")
    options = _object(resource, "esxUpgradeOptionsSpec")
    if "esxUpgradeFailureAction" in options:
        _check_failure_action(_object(options, "esxUpgradeFailureAction"))
    for name in ("nsxtUpgradeUserInputSpecs", "vcenterUpgradeUserInputSpecs"):
        given = spec.get(name) or []
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise BadRequest(f"{name} must be a list of objects")
        if name.startswith("vcenter") and not all(one.get("temporaryNetwork") for one in given):
            raise BadRequest(f"{name}: temporaryNetwork is required")


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """What is there under a name, or nothing; BadRequest for what is no object."""
    found = holder.get(name) or {}
    if not isinstance(found, dict):
        raise BadRequest(f"{name} must be an object")
    return found


def _check_failure_action(action: dict[str, Any]) -> None:
    if action.get("action") not in ("FAIL", "RETRY"):
        raise BadRequest("esxUpgradeFailureAction: action must be FAIL or RETRY")
    if action["action"] == "FAIL":
        return
    if action.get("retryDelay") not in RETRY_DELAYS:
        raise BadRequest("esxUpgradeFailureAction: retryDelay must be from 300 to 3600 seconds")
    if action.get("retryCount") not in RETRY_COUNTS:
        raise BadRequest("esxUpgradeFailureAction: retryCount must be from 3 to 100")
