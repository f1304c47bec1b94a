# SPDX-License-Identifier: GPL-3.0-or-later
"""VCF Installer's bring-ups (vcf-installer-openapi.json 9.1: getSddcTasks, getSddcTaskByID, getSddcSpecByID,
retrySddc). There is no cancel.

A scenario's stage with stages inside is a milestone, and the innermost stages are the sub-tasks; ``spec`` is what was
asked for. A retry replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from ..clock import Clock
from ..faults import Fault
from ..scenario import ServiceSpec, State
from ..tasks import Entry, Refused
from ..timeline import View
from . import sddc_bodies as bodies
from .base import BadRequest, Call, Route, json, page, read_json, without_none
from .sddc_tokens import SddcTokens

# A bring-up that waits is in progress. ROLLBACK_SUCCESS is a scenario's spelling of a failure.
STATUSES = dict.fromkeys(State, "IN_PROGRESS") | {
    State.SUCCEEDED: "COMPLETED_WITH_SUCCESS",
    State.WARNING: "COMPLETED_WITH_SUCCESS",
    State.FAILED: "COMPLETED_WITH_FAILURE",
    State.TIMED_OUT: "COMPLETED_WITH_FAILURE",
    State.CANCELED: "COMPLETED_WITH_FAILURE",
    State.SKIPPED: "COMPLETED_WITH_SUCCESS",
    State.NOT_APPLICABLE: "COMPLETED_WITH_SUCCESS",
}
SUBTASK_STATUSES = STATUSES | {State.PENDING: "INITIALIZED"}
MILESTONE_STATUSES = STATUSES | {State.PENDING: "NOT_STARTED"}
REQUIRED = ("dnsSpec", "networkSpecs", "sddcId", "vcenterSpec")
DEFAULT_SPEC: dict[str, Any] = {
    "sddcId": "sfo-m01",
    "workflowType": "VCF",
    "vcfInstanceName": "sfo",
    "dnsSpec": {"subdomain": "sfo.example.com", "nameservers": ["10.0.0.4"]},
    "networkSpecs": [{"networkType": "MANAGEMENT", "vlanId": 1611, "subnet": "10.0.0.0/24", "gateway": "10.0.0.1"}],
    "vcenterSpec": {
        "vcenterHostname": "sfo-m01-vc01",
        "rootVcenterPassword": "Root-of-vCenter-1!",
        "adminUserSsoPassword": "Sso-of-vCenter-1!",
    },
    "hostSpecs": [{"hostname": "sfo01-m01-esx01", "credentials": {"username": "root", "password": "Root-of-ESX-1!"}}],
}


class VcfInstaller(SddcTokens):
    """VCF Installer. `specs` holds the specification of each bring-up, by its id."""

    name = "vcf_installer"
    users = {"admin@local": "VMware123!VMware123!"}

    def __init__(self, spec: ServiceSpec, clock: Clock, faults: Sequence[Fault] = ()) -> None:
        super().__init__(spec, clock, faults)
        self.specs = {entry.id: entry.task.spec or DEFAULT_SPEC for entry in self.tasks.entries()}

    def table(self) -> list[Route]:
        sddcs = f"{self.base_path}/v1/sddcs"
        return [
            *self.logins(),
            Route("GET", sddcs, self.list_tasks),
            Route("GET", sddcs + "/{task_id}", self.get_task),
            Route("GET", sddcs + "/{task_id}/spec", self.get_spec),
            Route("PATCH", sddcs + "/{task_id}", self.retry),
        ]

    def list_tasks(self, call: Call) -> Response:
        found = [self._body(entry) for entry in self.tasks.all()]
        elements, metadata = page(found, 1, max(1, len(found)))
        return json({"elements": elements, "pageMetadata": metadata | {"pageSize": len(elements)}})

    def get_task(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        return self.not_found(task_id) if entry is None else json(self._body(entry))

    def get_spec(self, call: Call, task_id: str) -> Response:
        return self.not_found(task_id) if self.tasks.get(task_id) is None else json(self.specs[task_id])

    def retry(self, call: Call, task_id: str) -> Response:
        entry = self.tasks.get(task_id)
        if entry is None:
            return self.not_found(task_id)
        spec = read_json(call)
        missing = [name for name in REQUIRED if name not in spec] if isinstance(spec, dict) else list(REQUIRED)
        if missing:
            raise BadRequest(f"the specification lacks {', '.join(missing)}")
        try:
            entry = self.tasks.retry(entry)
        except Refused as reason:
            return self.error(405, "BRINGUP_RETRY_NOT_ALLOWED", f"SDDC {task_id} can not be retried: {reason}.")
        self.specs[entry.id] = spec
        return json(self._body(entry), 202)

    def _body(self, entry: Entry) -> dict[str, Any]:
        return task(entry, entry.look(self.clock.now()), self.clock)


def task(entry: Entry, view: View, clock: Clock) -> dict[str, Any]:
    """SddcTask. It says neither when it ended nor what went wrong: its sub-tasks do."""
    spec = entry.task
    if spec.raw is not None:
        return spec.raw
    grouped = [(child, leaf) for child in view.children for leaf in child.leaves()]
    body = without_none(
        id=entry.id,
        name=spec.name,
        deploymentType=spec.type or "VCF",
        vcfInstanceName="sfo",
        status=spec.word(view.state, STATUSES),
        localizableNamePack=_pack(spec.description or spec.name),
        creationTimestamp=clock.iso(entry.start),
        sddcSubTasks=[subtask(entry, group, leaf, clock) for group, leaf in grouped],
        milestones=[milestone(child, clock, entry.start) for child in view.children if child.children],
    )
    return body | spec.extra


def subtask(entry: Entry, group: View, view: View, clock: Clock) -> dict[str, Any]:
    """SddcSubTask."""
    text = view.node.description or view.node.name
    body = without_none(
        sddcId=entry.id,
        processingStateName=group.node.name,
        processingStateDescription=group.node.description or group.node.name,
        name=view.node.name,
        description=text,
        localizableNamePack=_pack(view.node.name),
        localizableDescriptionPack=_pack(text),
        status=SUBTASK_STATUSES[view.state],
        creationTimestamp=clock.iso(entry.start if view.began is None else view.began),
        updateTimestamp=clock.iso(view.changed),
        errors=[bodies.error(view.error)] if view.error else [],
        # "The milestone must be started in order to be populated."
        milestoneTask=group.node.name if group.children and group.began is not None else None,
    )
    return body | view.node.extra


def milestone(view: View, clock: Clock, created: float) -> dict[str, Any]:
    """SddcMilestoneTask. It counts its sub-tasks once it has begun."""
    leaves = view.leaves() if view.began is not None else None
    return without_none(
        name=view.node.name,
        description=view.node.description or view.node.name,
        status=MILESTONE_STATUSES[view.state],
        creationTimestamp=clock.iso(created if view.began is None else view.began),
        updateTimestamp=clock.iso(view.changed),
        completedTasks=None if leaves is None else sum(leaf.state is State.SUCCEEDED for leaf in leaves),
        totalTasks=None if leaves is None else len(leaves),
    )


def _pack(text: str) -> dict[str, Any]:
    """MessagePack."""
    key = text.upper().replace(" ", "_")
    return {"component": "com.vmware.vcf.bringup", "messageKey": key, "arguments": [], "message": text}
