# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Fleet LCM to try the modules for its upgrades on, whose time jumps ahead when they sleep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG, SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.services.base import Call
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_upgrade_info
from tests.conformance.bench import Bench, Result

RELEASE = "9.1.0.0"
UPGRADED: dict[str, Any] = {"version": SYSTEM.newest}
"""A system that is through with its own upgrade."""
DEPOT, OPS, LOGS = CATALOG["VCF_FLEET_DEPOT"], CATALOG["OPS"], CATALOG["OPS_LOGS"]
COMPONENTS: list[dict[str, Any]] = [
    {"type": "OPS", "seconds": 100, "depends_on": ["VCF_FLEET_DEPOT"]},
    {"type": "VCF_FLEET_DEPOT", "seconds": 50},
]
NEWEST = {"OPS": OPS.newest, "VCF_FLEET_DEPOT": DEPOT.newest}
FIRST = {"OPS": OPS.first, "VCF_FLEET_DEPOT": DEPOT.first}
PASSWORD = "Hidden-login-1"


class Fleet(Bench):
    """The bench, and what the simulator knows of upgrades."""

    def info(self, **options: Any) -> Result:
        """What fleet_upgrade_info returns."""
        return self.run(fleet_upgrade_info, **options)

    def post(self, path: str, body: Any = None) -> dict[str, Any]:
        """What somebody else asks of the service, and it accepts; its answer."""
        return post(self.sim, path, body)

    def plan(self, **versions: str) -> str:
        """The id of a plan for these versions, or else the newest, which somebody has made."""
        return plan(self.sim, **versions)

    def component_id(self, kind: str) -> str:
        """The id of the component of a type."""
        components = self.sim.service("fleet_lcm").upgrade.fleet.upgrade.components
        return str(next(one.id for one in components if one.type == kind))

    @property
    def versions(self) -> dict[str, str]:
        """The real version of each component by its type, and of the system."""
        upgrade = self.sim.service("fleet_lcm").upgrade
        found: dict[str, str] = upgrade.versions()
        types = {one.name: one.type for one in upgrade.fleet.upgrade.components}
        return {types.get(name, name): version for name, version in found.items()}

    @property
    def kinds(self) -> list[str]:
        """The kinds of work that the service has accepted, in order."""
        return [work.kind for work in self.sim.service("fleet_lcm").upgrade.fleet.works]


def post(sim: Simulator, path: str, body: Any = None) -> dict[str, Any]:
    """What somebody else asks of Fleet LCM, and it accepts; its answer. No request is counted for it."""
    path, _mark, query = path.partition("?")
    content = json.dumps(body or {}).encode()
    asked = Call("POST", f"/fleet-lcm/v1/{path}", query, {"content-type": "application/json"}, content)
    for route in sim.service("fleet_lcm").upgrade.table():
        values = route.match(asked.method, asked.path)
        if values is not None:
            answer = route.handler(asked, **values)
            assert answer.status_code < 300, answer.body
            found: dict[str, Any] = json.loads(answer.body)
            return found
    raise AssertionError(f"there is no path {path}")


def plan(sim: Simulator, **versions: str) -> str:
    """The id of a plan for these versions, or else the newest, which somebody has made."""
    software = [{"type": name, "version": version} for name, version in (versions or NEWEST).items()]
    return str(
        post(sim, "upgrade-plans", {"spec": {"desiredSoftware": {"version": RELEASE, "components": software}}})["id"]
    )


def scenario(**upgrade: Any) -> dict[str, Any]:
    """A Fleet LCM with that C(upgrade), or else a system that is upgraded and two components that are not."""
    given = {"system": UPGRADED, "components": COMPONENTS} | upgrade
    service = {"users": {"somebody": PASSWORD}, "token_lifetime": 10_000_000, "upgrade": given}
    return {"services": {"fleet_lcm": service}}


@contextmanager
def fleet(on_request: Callable[[dict[str, Any]], None] | None = None, **upgrade: Any) -> Iterator[Fleet]:
    """A simulated Fleet LCM.

    :param on_request: is told of each request.
    """
    with Simulator.from_dict(scenario(**upgrade), on_request=on_request) as sim:
        yield Fleet("fleet_lcm", sim)
