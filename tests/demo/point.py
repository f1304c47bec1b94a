# SPDX-License-Identifier: GPL-3.0-or-later
"""What a proof is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.extensions.simulator.timeline import View

FLEET, SDDC_MANAGER = "fleet_lcm", "sddc_manager"
HOSTS = {FLEET: "fleet", SDDC_MANAGER: "sddc_manager"}
"""The host of the inventory that each service is."""

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Point:
    """One thing that must have happened, and what there was instead of it (empty: nothing)."""

    claim: str
    instead: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the play's output, and when it came: in seconds of any one clock."""

    at: float
    text: str


def point(claim: str, wrong: Sequence[str]) -> Point:
    """A claim, and all that is wrong with it."""
    return Point(claim, ", and ".join(wrong))


def sent(simulator: Simulator, service: str, end: str = "") -> list[dict[str, Any]]:
    """The requests for a service that change something, refused ones too, whose target ends like that."""
    login = simulator.service(service).login_path
    return [
        seen
        for seen in list(simulator.requests)
        if seen["service"] == service
        and seen["method"] != "GET"
        and not seen["path"].startswith(login)
        and f"{seen['path']}?{seen['query']}".rstrip("?").endswith(end)
    ]


def away(simulator: Simulator, service: str, view: View) -> str:
    """What is wrong with the claim that a service was away, and somebody asked meanwhile, in a task's restart."""
    restarts = view.restarts()
    met = [
        seen
        for seen in list(simulator.requests)
        if seen["service"] == service and seen["fault"] and any(_during(restart, seen["at"]) for restart in restarts)
    ]
    if not restarts:
        return "it did not restart"
    return "" if met else "nobody asked while it was away"


def acknowledged(report: dict[str, Any], finding: str) -> str:
    """What is wrong with the claim that a report has that finding, acknowledged."""
    gate = report.get("gate") or {}
    found = [each for each in gate.get("findings") or [] if each.get("id") == finding]
    if not found:
        return "the report does not have it"
    if not all(each.get("acknowledged") for each in found) or not gate.get("acknowledgements"):
        return "nobody has acknowledged it"
    return ""


def _during(restart: View, at: float) -> bool:
    return restart.began is not None and restart.began <= at and (restart.ended is None or at < restart.ended)
