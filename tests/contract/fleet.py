# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's classes for the upgrades of Fleet LCM, together, and a small fleet for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import vcf.fleet_lcm.model_client as model
from vcf.fleet_lcm.v1.components_client import Status
from vcf.fleet_lcm.v1.release_versions_client import TargetVersions
from vcf.fleet_lcm.v1.upgrade_plans_client import Bundles, Validations
from vcf.fleet_lcm.v1_client import Components, DepotMetadata, ReleaseVersions, System, Tasks, UpgradePlans

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import SYSTEM
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT, Wire, configuration

USER, PASSWORD = "admin@vsp.local", "secret"
RELEASE = "9.1.0.0"
STILL = 1e-6  # simulated seconds per real second
UPGRADED: dict[str, Any] = {"version": SYSTEM.newest}  # a system that is through with its own upgrade
COMPONENTS: list[dict[str, Any]] = [
    {"type": "OPS", "seconds": 100, "depends_on": ["VCF_FLEET_DEPOT"]},
    {"type": "VCF_FLEET_DEPOT", "seconds": 50},
]


def scenario(**upgrade: Any) -> dict[str, Any]:
    """A Fleet LCM with that `upgrade`, whose time only the tests move. Its tokens outlive the jumps of the clock: what
    expires is tested elsewhere."""
    spec = {"users": {USER: PASSWORD}, "token_lifetime": 10_000_000, "upgrade": {"components": COMPONENTS} | upgrade}
    return {"speed": STILL, "services": {"fleet_lcm": spec}}


@dataclass
class Client:
    """Broadcom's classes, each on the same connection, and what came over it."""

    sim: Simulator
    session: requests.Session
    wire: Wire
    config: Any
    headers: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        made = {
            "system": System,
            "depot": DepotMetadata,
            "releases": ReleaseVersions,
            "target_versions": TargetVersions,
            "components": Components,
            "status": Status,
            "plans": UpgradePlans,
            "validations": Validations,
            "bundles": Bundles,
            "tasks": Tasks,
        }
        return made[name](self.config)

    def accepts(self, kind: Any, status: int = 200) -> None:
        """The last answer is what the specification says."""
        assert (self.wire.status, differences(self.wire.body, kind)) == (status, [])

    def post(self, path: str, body: Any) -> requests.Response:
        """A plain request, for what the classes do not let through."""
        url = f"{self.sim.url}/fleet-lcm/v1/{path}"
        return self.session.post(url, json=body, headers=self.headers, timeout=TIMEOUT)

    def ended(self, task_id: str, word: str = "SUCCEEDED") -> Any:
        """The task after it has ended, in whatever time it takes."""
        self.sim.clock.advance(10_000)
        task = self.tasks.get_task(task_id)
        self.accepts(model.Task)
        assert task.status == word
        return task

    def plan(self, **versions: str) -> Any:
        """A plan for versions by type."""
        return self.plans.create_upgrade_plan(create_request(versions))

    def component(self, plan_id: str, kind: str) -> Any:
        """What the plan says of the component of a type."""
        found = self.plans.get_upgrade_plan(plan_id)
        self.accepts(model.UpgradePlan)
        return next(one for one in found.components.elements if one.type == kind)

    def version(self, kind: str) -> str:
        """The version of the component of a type, as the list has it."""
        found = self.components.get_components(page_size=100).components
        return str(next(one.version for one in found if one.component_type == kind))

    def refused(self, status: int, code: str, call: Callable[[], Any]) -> None:
        """The call is refused, in the service's own shape, and starts nothing."""
        before = [one.id for one in self.tasks.get_tasks(page_size=100).elements]
        with pytest.raises(model.ErrorResponse):
            call()
        self.accepts(model.ErrorResponse, status)
        assert self.wire.body["code"] == code
        assert [one.id for one in self.tasks.get_tasks(page_size=100).elements] == before


def spec(versions: dict[str, str], release: str = RELEASE) -> model.UpgradePlanSpec:
    wanted = [model.ComponentDesiredSoftware(type=kind, version=version) for kind, version in versions.items()]
    return model.UpgradePlanSpec(desired_software=model.DesiredSoftware(version=release, components=wanted))


def create_request(versions: dict[str, str], release: str = RELEASE) -> model.CreateUpgradePlanRequest:
    return model.CreateUpgradePlanRequest(spec=spec(versions, release))


def filtered(*ids: str, given: dict[str, Any] | None = None) -> model.UpgradePlanActionRequest:
    chosen = [model.ComponentFilterSpec(id=one, user_input_spec=given) for one in ids]
    return model.UpgradePlanActionRequest(components_filter=chosen)


def client_of(sim: Simulator, session: requests.Session, password: str) -> Client:
    form = {"grant_type": "password", "username": USER, "password": password}
    token = session.post(sim.url + "/api/v1/identity/token", data=form, timeout=TIMEOUT).json()["access_token"]
    config = configuration(session, sim.url + "/fleet-lcm", token)
    return Client(sim, session, Wire(session), config, {"Authorization": "Bearer " + token})
