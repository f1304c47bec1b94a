# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulators that stand for the endpoints, and the variables that lead there in place of the real ones."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ..simulator.clock import Clock
from ..simulator.fault_check import check_faults
from ..simulator.faults import Fault
from ..simulator.scenario import Scenario, ScenarioError
from ..simulator.simulator import Simulator

USER = "rehearsal"
ALWAYS_OPEN = {"change_window_definition": {}, "change_window_required": False}
"""The variables of a run that no change window cuts off."""


@contextmanager
def serving(scenario: Scenario, hosts: dict[str, str], clock: Clock, directory: Path) -> Iterator[dict[str, Simulator]]:
    """A simulator for each host, all of one clock, until the end of the block. The CA of all is in the folder."""
    with ExitStack() as running:
        served = {}
        for host, service in hosts.items():
            part = part_of(scenario, host, service)
            served[host] = running.enter_context(Simulator(part, directory=directory, clock=clock))
        yield served


def variables(served: dict[str, Simulator], hosts: dict[str, str]) -> dict[str, Any]:
    """The extra vars that lead to the simulators: they count for more than whatever the inventory says.

    Nothing of what it says is looked at, so that no secret in it needs to be known. A host that is no endpoint of the
    rehearsal finds nothing here and fails, and so reaches nothing real.
    """
    mine = "rehearsal_endpoints[inventory_hostname]"
    return {
        "rehearsal_endpoints": {host: _connection(one, hosts[host]) for host, one in served.items()},
        **{f"vcf_{name}": f"{{{{ {mine}.{name} }}}}" for name in ("service", "hostname", "port", "ca_path")},
        **{
            f"vcf_{name}": f"{{{{ {mine}.{name} | default(omit) }}}}"
            for name in ("username", "password", "api_token", "org_id", "auth_url", "base_path")
        },
        "vcf_token": "{{ omit }}",
        "vcf_validate_certs": True,
    }


def with_faults(scenario: Scenario, faults: Sequence[Fault], hosts: dict[str, str]) -> Scenario:
    """The scenario with further faults for the hosts. Raises ScenarioError where one, or one of its own, is for
    nothing that there is."""
    served = {host: scenario.endpoints.get(host, scenario.services) for host in hosts}
    check_faults(scenario.faults, {"": scenario.services, **scenario.endpoints, **served}, "scenario: ")
    # These are for what is rehearsed: what else is in the scenario is not there.
    asked = {host: {hosts[host]: found[hosts[host]]} for host, found in served.items() if hosts[host] in found}
    if len(asked) == len(hosts):  # else there is more to say, by `part_of`
        check_faults(faults, asked)
    return scenario.model_copy(update={"faults": [*faults, *scenario.faults]})


def part_of(scenario: Scenario, host: str, service: str) -> Scenario:
    """What is played for a host, with a login of its own. Raises ScenarioError where there is nothing for it."""
    if not service:
        raise ScenarioError(f"Nothing says which service {host} is: set its vcf_service.")
    part = scenario.at(host) if host in scenario.endpoints else scenario
    if service not in part.services:
        known = ", ".join([*scenario.endpoints, *scenario.services])
        raise ScenarioError(f"The scenario has nothing for {host}, whose service is {service} (it has {known}).")
    logins = {"users": {USER: secrets.token_urlsafe(16)}, "api_keys": [secrets.token_urlsafe(16)]}
    # Nothing else: what is of another host, too, would be taken for what has come of this one.
    services = {service: part.services[service].model_copy(update=logins)}
    return part.model_copy(update={"services": services, "endpoints": {}, "faults": scenario.faults_at(host)})


def _connection(simulator: Simulator, name: str) -> dict[str, Any]:
    served = simulator.service(name)
    options: dict[str, Any] = {
        "service": name,
        "hostname": simulator.host,
        "port": simulator.port,
        "ca_path": str(simulator.ca_path),
    }
    if name == "vmc":
        return {**options, "api_token": served.api_keys[0], "org_id": served.spec.org_id, "auth_url": simulator.url}
    prefix = served.login_url.removesuffix(served.login_path)
    ((username, password),) = served.users.items()
    options |= {"username": username, "password": password}
    return options | ({"base_path": prefix, "auth_url": simulator.url + prefix} if prefix else {})
