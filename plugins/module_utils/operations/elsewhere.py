# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a task that a service does not know is one of another service at the same address.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES


def hint(service: Service, task_id: str) -> str | None:
    """Return a sentence on the service whose task it is; None where none is seen to know it.

    It costs at most one request to each service beside the one that was asked, at the same host and with the token
    that is there already. Whatever comes of them, it is no failure.
    """
    home = next((beside.name for beside in _beside(service) if beside.shows(task_id)), None)
    return home and f"It is a task of {home}, which is at the same address: set service to {home}."


def _beside(service: Service) -> Iterator[Service]:
    """Yield the services that take the same token at the same host."""
    given = service.connection
    for name, kind in SERVICES.items():
        if kind.realm is None or kind.realm != service.realm or name == service.name:
            continue
        if given.base_path is not None and kind.base_path != service.base_path:
            # Where one of them has been moved to says nothing about the other.
            continue
        beside = kind(replace(given, service=name), service.transport, service.contact, service.redactor)
        beside.login.token = service.login.token
        yield beside
