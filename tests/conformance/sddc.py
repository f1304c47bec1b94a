# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated SDDC Manager to try the modules for its upgrades on, whose time jumps ahead when they sleep."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.services.base import Call
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import (
    sddc_bundle,
    sddc_precheck,
    sddc_release,
    sddc_upgrade_info,
    sddc_upgrade_run,
)
from tests.conformance.bench import Bench, Result

OLD, NEW = "9.0.2.0", "9.1.0.0"
MANAGEMENT, WORKLOAD = "sfo-m01", "sfo-w01"
DOMAINS: list[dict[str, Any]] = [
    {"name": MANAGEMENT, "version": OLD, "target": NEW, "selected": True},
    {"name": WORKLOAD, "type": "VI", "version": OLD, "target": NEW, "selected": True},
]
PASSWORD = "Hidden-login-1"


class Sddc(Bench):
    """The bench, and what the simulator knows of upgrades."""

    def info(self, **options: Any) -> Result:
        """What sddc_upgrade_info returns."""
        return self.run(sddc_upgrade_info, **options)

    def fetch(self, kind: str = "ESX", **options: Any) -> Result:
        """What sddc_bundle returns for the bundle of a component, with a diff."""
        given = {"bundle_id": self.bundle_id(kind), "diff": True, **options}
        return self.run(sddc_bundle, **given)

    def precheck(self, domain: str = MANAGEMENT, **options: Any) -> Result:
        """What sddc_precheck returns for a domain, with a diff."""
        return self.run(sddc_precheck, **{"domain": domain, "diff": True, **options})

    def choose(self, domain: str = MANAGEMENT, version: str = NEW, **options: Any) -> Result:
        """What sddc_release returns for a domain, with a diff."""
        return self.run(sddc_release, **{"domain": domain, "version": version, "diff": True, **options})

    def upgrade(self, kind: str | None = "SDDC_MANAGER", domain: str = MANAGEMENT, **options: Any) -> Result:
        """What sddc_upgrade_run returns for the upgrade of a component, with a diff."""
        given = {"domain": domain, "component": kind, "timeout": 86400, "diff": True, **options}
        if isinstance(given.get("user_input"), dict):
            given["user_input"] = json.dumps(given["user_input"])
        return self.run(sddc_upgrade_run, **given)

    @property
    def runs(self) -> list[str]:
        """The ids of the runs of checks that the service has accepted, the oldest first."""
        return [entry.id for entry in reversed(self.platform.tasks.all()) if entry.task.type == "ASSESSMENT"]

    @property
    def upgrades(self) -> list[Any]:
        """The upgrades that the service has accepted, drafts too, the oldest first."""
        return list(self.platform.upgrades.values())

    @property
    def downloads(self) -> int:
        """How many downloads the service has accepted."""
        return sum(len(bundle.downloads) for bundle in self.platform.bundles.values())

    @property
    def platform(self) -> Any:
        """What the simulated SDDC Manager knows."""
        return self.sim.service("sddc_manager").platform  # type: ignore[attr-defined]

    def post(self, method: str, path: str, body: Any) -> Any:
        """What somebody else asks of the service, and it accepts; its answer."""
        asked = Call(method, f"/v1/{path}", "", {"content-type": "application/json"}, json.dumps(body).encode())
        for route in self.sim.service("sddc_manager").table():
            values = route.match(asked.method, asked.path)
            if values is not None:
                answer = route.handler(asked, **values)
                assert answer.status_code < 300, answer.body
                return json.loads(answer.body) if answer.body else None
        raise AssertionError(f"there is no path {path}")

    def domain_id(self, name: str = MANAGEMENT) -> str:
        """The id of a domain."""
        return next(str(domain.id) for domain in self.platform.domains.values() if domain.name == name)

    def bundle_id(self, kind: str) -> str:
        """The id of the bundle of a component."""
        return next(str(bundle.id) for bundle in self.platform.bundles.values() if bundle.kind == kind)

    def download(self, kind: str, **spec: Any) -> str:
        """Have a bundle downloaded by somebody else; the id of the task."""
        wanted = {"bundleDownloadSpec": spec or {"downloadNow": True}}
        return str(self.post("PATCH", f"bundles/{self.bundle_id(kind)}", wanted)["id"])

    def spec(self, kind: str, name: str = MANAGEMENT, **resource: Any) -> dict[str, Any]:
        """What somebody else would ask an upgrade with, to begin now unless it is said otherwise."""
        begins = resource or {"upgradeNow": True}
        return {
            "bundleId": self.bundle_id(kind),
            "resourceType": "DOMAIN",
            "resourceUpgradeSpecs": [{"resourceId": self.domain_id(name), **begins}],
        }

    def check(self, name: str = MANAGEMENT, version: str = NEW) -> str:
        """Have a domain checked by somebody else; the id of the run."""
        wanted = {"checkSetType": "UPGRADE", "domains": [{"domainId": self.domain_id(name)}]}
        found = self.post("POST", "system/check-sets/queries", wanted)
        body = {**found, "metadata": {"targetVersion": version}}
        return str(self.post("POST", "system/check-sets", body)["id"])


def scenario(**upgrade: Any) -> dict[str, Any]:
    """An SDDC Manager with that C(upgrade), or else with two domains whose target is chosen."""
    service = {
        "users": {"somebody": PASSWORD},
        "token_lifetime": 10_000_000,
        "upgrade": {"domains": DOMAINS, **upgrade},
    }
    return {"services": {"sddc_manager": service}}


@contextmanager
def sddc(on_request: Callable[[dict[str, Any]], None] | None = None, **upgrade: Any) -> Iterator[Sddc]:
    """A simulated SDDC Manager.

    :param on_request: is told of each request.
    """
    with Simulator.from_dict(scenario(**upgrade), on_request=on_request) as sim:
        yield Sddc("sddc_manager", sim)
