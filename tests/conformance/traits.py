# SPDX-License-Identifier: GPL-3.0-or-later
"""What each service can, and how: the one table that a new service needs a line in. A test holds it to the classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection

FILTERS = frozenset(field.name for field in fields(Selection)) - {"task_ids"}


@dataclass(frozen=True)
class Traits:
    """How one service differs from what is usual."""

    cancels: str = "running"
    """The tasks that it cancels: C(running), C(failed), or none."""
    retries: str = "alone"
    """What a retry is given besides the id: nothing (C(alone)), an option that it needs, or C(spec), which it can do
    without; empty where there is no retry."""
    without: frozenset[str] = frozenset()
    """The filters that its tasks say nothing for."""
    list_needs: Mapping[str, str] | None = None
    """What its list has to be asked for."""

    def as_text(self) -> str:
        """Return the verbs, for a person."""
        filters = f"{len(FILTERS - self.without)} of {len(FILTERS)} filters"
        lists = f"list by {' or '.join(('id', *self.list_needs))}" if self.list_needs else "list"
        cancels = f"cancel {self.cancels}" if self.cancels else "no cancel"
        alone = {"alone": "retry", "spec": "retry (or with spec)", "": "no retry"}
        return ", ".join(
            (lists, "get", filters, "wait", cancels, alone.get(self.retries, f"retry with {self.retries}"))
        )


_SDDC_MANAGER = frozenset({"created_by", "correlation_id", "include_system_tasks"})

TRAITS = {
    "fleet_lcm": Traits(),
    "sddc_lcm": Traits(),
    "sddc_manager": Traits(without=_SDDC_MANAGER),
    "sddc_manager_credentials": Traits(
        cancels="failed", retries="credentials_spec", without=_SDDC_MANAGER | {"resource_id"}
    ),
    "vcf_installer": Traits(cancels="", retries="spec", without=_SDDC_MANAGER | {"resource_id", "resource_type"}),
    "vcenter": Traits(
        retries="",
        without=frozenset({"correlation_id", "include_system_tasks", "created_after", "created_before"}),
        list_needs={"type": "com.vmware.vcenter.lcm.update"},
    ),
    "vmc": Traits(retries="", without=frozenset({"include_system_tasks"})),
}
