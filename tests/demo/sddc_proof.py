# SPDX-License-Identifier: GPL-3.0-or-later
"""What SDDC Manager saw of the demo."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.services.sddc_manager import SddcManager
from ansible_collections.vcf.lifecycle.extensions.simulator.services.sddc_platform import Platform
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.demo.point import SDDC_MANAGER, Point, acknowledged, away, point, sent

WARNING = "esx-hcl-nic"


def points(simulator: Simulator, report: dict[str, Any]) -> list[Point]:
    """All that must have happened. ``report`` is what report.json says."""
    service = simulator.service(SDDC_MANAGER)
    assert isinstance(service, SddcManager)
    assert service.platform is not None
    platform = service.platform
    return [
        _warned(simulator, platform, report),
        _itself(simulator, platform),
        _once(simulator, platform),
        *_releases(platform),
    ]


def _warned(simulator: Simulator, platform: Platform, report: dict[str, Any]) -> Point:
    checked = [seen["at"] for seen in sent(simulator, SDDC_MANAGER, "/check-sets") if seen["status"] == 202]
    first = min((upgrade.entry.start for upgrade in platform.upgrades.values()), default=platform.now)
    return point(
        f"The checks warned of {WARNING}, which was acknowledged before anything was upgraded",
        [
            *([] if any(at < first for at in checked) else ["they were not run before"]),
            *filter(None, [acknowledged(report, WARNING)]),
        ],
    )


def _itself(simulator: Simulator, platform: Platform) -> Point:
    ends = [each.entry.look(platform.now) for each in platform.upgrades.values() if each.kind == "SDDC_MANAGER"]
    return point(
        "SDDC Manager was upgraded, and was away in the middle of it",
        [
            *([] if ends else ["it was not upgraded"]),
            *filter(None, (away(simulator, SDDC_MANAGER, end) for end in ends)),
        ],
    )


def _once(simulator: Simulator, platform: Platform) -> Point:
    """No upgrade was asked for twice, be it accepted or refused."""
    asked = sent(simulator, SDDC_MANAGER, "/v1/upgrades")
    times = Counter(upgrade.component.name for upgrade in platform.upgrades.values())
    twice = [name for name, count in times.items() if count > 1]
    return point(
        f"SDDC Manager was asked for {len(times)} upgrades, for each in one request",
        [
            *([] if times else ["none was asked for"]),
            *([f"{len(asked)} requests were sent"] if len(asked) != len(times) else []),
            *([f"more than one was for {', '.join(twice)}"] if twice else []),
        ],
    )


def _releases(platform: Platform) -> list[Point]:
    return [
        point(
            f"All of domain {domain.name} has release {domain.target}",
            [f"there is left: {', '.join(kind for kind, _part in platform.missing(domain))}"]
            if platform.missing(domain)
            else [],
        )
        for domain in platform.domains.values()
    ]
