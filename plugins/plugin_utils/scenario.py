# SPDX-License-Identifier: GPL-3.0-or-later
"""What was captured of several endpoints, as one scenario.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import yaml

from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.pseudonyms import Pseudonyms

_HEAD = """\
---
# A scenario for the simulator of vcf.lifecycle, captured from services as they were. It has no users: whoever plays it
# says who may log in.
"""
_PATHS = {"vcf_installer": "/installer"}
"""Where a service is played whose own paths another one of the same scenario has."""


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text_of(
    captured: Mapping[str, Mapping[str, Any]], *, pseudonyms: bool = False, key: str = "", missing: Sequence[str] = ()
) -> str:
    """Return the scenario as YAML.

    :param captured: what the module capture has returned, by the names of the endpoints.
    :param missing: the names of endpoints that could not be read.
    """
    scenario = merged(captured)
    names = list(missing)
    if pseudonyms:
        others = Pseudonyms(key)
        scenario, names = others.scenario(scenario), [others.name(name) for name in missing]
    head = _HEAD + "".join(f"# Missing, as it could not be read: {' '.join(name.split())}\n" for name in names)
    return head + yaml.dump(
        scenario, Dumper=_Dumper, sort_keys=False, default_flow_style=None, allow_unicode=True, width=120
    )


def merged(captured: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return one scenario, which counts its seconds from the latest of the moments that the captures count from.

    A service is in C(services); where several endpoints are of one, each is in C(endpoints), by its name.

    :raises ValueError: when there is nothing, or something that the module has not returned.
    """
    results = {str(name): plain(result) for name, result in captured.items()}
    if not results:
        raise ValueError("there is nothing to make a scenario of")
    for name, result in results.items():
        if not isinstance(result, dict) or not isinstance(result.get("services"), dict) or "captured_at" not in result:
            raise ValueError(f"{name}: that is no result of vcf.lifecycle.capture")
    moments = {name: _moment(result) for name, result in results.items()}
    zero = max((when for when in moments.values() if when), default=None)
    played = [service for result in results.values() for service in result["services"]]
    services: dict[str, Any] = {}
    endpoints: dict[str, Any] = {}
    for name, result in sorted(results.items()):
        # The transport has masked it all. What it could not know as a secret, it may know in its place here.
        when = moments[name]
        seconds = (when - zero).total_seconds() if when and zero else 0.0
        shown = Redactor().body({one: _shifted(part, round(seconds, 3)) for one, part in result["services"].items()})
        if any(played.count(service) > 1 for service in shown):
            endpoints[name] = shown
        else:
            services.update(shown)
    for service, path in _PATHS.items():
        if service in services and len(services) > 1:
            services[service] = {"base_path": path, **services[service]}
    captured_at = zero and zero.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    parts = {"captured_at": captured_at, "services": dict(sorted(services.items())), "endpoints": endpoints}
    return {name: part for name, part in parts.items() if part}


def _moment(result: Mapping[str, Any]) -> datetime | None:
    said = result["captured_at"]
    return None if said is None else datetime.fromisoformat(str(said).replace("Z", "+00:00"))


def _shifted(service: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return a service of which all times are that much later, and no duration is another."""
    if not seconds:
        return service
    shifted = {**service, "tasks": [_later(task, seconds, "start") for task in service.get("tasks", [])]}
    upgrade = service.get("upgrade")
    if isinstance(upgrade, dict):
        plans = [_later(plan, seconds, "created", "updated") for plan in upgrade.get("plans", [])]
        asked = [_later(one, seconds, "at") for one in upgrade.get("upgrades", [])]
        parts = {"plans": plans, "upgrades": asked}
        shifted["upgrade"] = {**upgrade, **{name: part for name, part in parts.items() if part}}
    return shifted


def _later(part: dict[str, Any], seconds: float, *names: str) -> dict[str, Any]:
    return {**part, **{name: round(part[name] + seconds, 3) for name in names if name in part}}
