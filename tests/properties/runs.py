# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a verb in a world, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import Contact
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import cancel, retry, wait
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from tests.properties.world import World
from tests.unit.fakes import LOGINS, defaults

VERBS: dict[str, Callable[..., dict[str, Any]]] = {"wait": wait.run, "cancel": cancel.run, "retry": retry.run}


@dataclass(frozen=True)
class Outcome:
    """What a verb came to."""

    result: dict[str, Any]
    failure: Failure | None
    seconds: float

    @property
    def kind(self) -> str | None:
        """The kind of the failure; None for a success."""
        return self.failure.kind if self.failure else None


def run(world: World, verb: str, params: dict[str, Any]) -> Outcome:
    """Run a verb with these options and the defaults of the others, as in a process of its own."""
    operation, name = VERBS[verb], world.setup.service
    options = {**defaults(operation), **params}
    connection = Connection(
        service=name,
        hostname="vcf.example.com",
        request_timeout=options["request_timeout"],
        max_outage=options["max_outage"],
        **LOGINS[name],
    )
    world.request_timeout = connection.request_timeout
    contact = Contact(address=connection.hostname, service=name, max_outage=connection.max_outage, clock=world.clock)
    service = SERVICES[name](connection, world, contact, Redactor((connection.password,)))  # type: ignore[arg-type]
    began = world.clock.seconds
    try:
        result, failure = operation(service, options, Context(clock=world.clock)), None
    except Failure as caught:
        result, failure = caught.result, caught
    return Outcome(result, failure, world.clock.seconds - began)
