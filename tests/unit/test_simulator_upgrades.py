# SPDX-License-Identifier: GPL-3.0-or-later
"""What the upgrades of all simulated services have in common."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.clock import Clock
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError, ServiceSpec
from ansible_collections.vcf.lifecycle.extensions.simulator.services import SERVICES
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator

SHORTEST: dict[str, dict[str, Any]] = {
    "fleet_lcm": {},
    "sddc_manager": {"domains": [{"name": "m", "version": "9.0", "target": "9.1"}]},
}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(SHORTEST)))
def test_a_service_that_plays_no_upgrades_says_so(name: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^scenario: services\.{name}\.upgrade: this service plays none$"):
        Simulator.from_dict({"services": {name: {"upgrade": {}}}})


@pytest.mark.parametrize("name", SHORTEST)
def test_what_is_wrong_is_named_by_its_path(name: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^scenario: services\.{name}\.upgrade\.bundels: Extra inputs"):
        Simulator.from_dict({"services": {name: {"upgrade": SHORTEST[name] | {"bundels": {}}}}})


@pytest.mark.parametrize("name", SHORTEST)
def test_upgrades_are_still_there_when_the_service_comes_back_as_another_version(name: str) -> None:
    service = SERVICES[name](ServiceSpec(upgrade=SHORTEST[name]), Clock(speed=1))
    paths = {route.template for route in service.routes}
    service.become({"page_size": 7}, {})
    assert {route.template for route in service.routes} == paths
    assert any("upgrade" in path for path in paths)
