# SPDX-License-Identifier: GPL-3.0-or-later
"""VCF Installer: bring-ups of whole VCF instances.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "VMware Cloud Foundation Installer API Reference Guide" 9.1.0.0, operations createToken,
getSddcTasks, getSddcTaskByID, getSddcSpecByID and retrySddc, schemas SddcTask, SddcSubTask and SddcMilestoneTask.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_family import root_causes_of, stages_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.sddc_manager import SddcManager
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    mapping,
    mappings,
    moment,
    state_of,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task, new_task
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request

if TYPE_CHECKING:
    from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection

# SddcTask.status, SddcMilestoneTask.status and SddcSubTask.status. A roll-back that succeeds is a bring-up that failed.
STATUSES = {
    "NOT_STARTED": State.PENDING,
    "INITIALIZED": State.PENDING,
    "IN_PROGRESS": State.RUNNING,
    "PREVALIDATION_IN_PROGRESS": State.RUNNING,
    "PREVALIDATION_COMPLETED_WITH_SUCCESS": State.RUNNING,
    "PREVALIDATION_COMPLETED_WITH_FAILURE": State.FAILED,
    "POSTVALIDATION_IN_PROGRESS": State.RUNNING,
    "POSTVALIDATION_COMPLETED_WITH_SUCCESS": State.SUCCEEDED,
    "POSTVALIDATION_COMPLETED_WITH_FAILURE": State.FAILED,
    "COMPLETED_WITH_SUCCESS": State.SUCCEEDED,
    "COMPLETED_WITH_FAILURE": State.FAILED,
    "INTERNAL_ERROR": State.FAILED,
    "ROLLBACK_SUCCESS": State.FAILED,
}


class VcfInstaller(SddcManager):
    """Bring-ups. They can be retried, with the specification they were started with, and not be cancelled."""

    name = "vcf_installer"
    statuses = STATUSES
    collection = ("v1", "sddcs")
    logins = (("username", "password"), ("api_token",))
    unsupported_filters = SddcManager.unsupported_filters | {"resource_id", "resource_type"}
    can_cancel = False
    retry_spec = "spec"

    def paging(self, page: int, size: int) -> dict[str, str]:
        """Return nothing: the list has no pages to ask for."""
        return {}

    def server_filters(self, selection: Selection) -> dict[str, str]:
        """Return nothing: the list has no filters."""
        return {}

    def retry_task(self, task_id: str, spec: dict[str, Any] | None = None) -> str:
        """Retry with the given SddcSpec, or with the one that the installer has."""
        return super().retry_task(task_id, spec or self._spec_of(task_id))

    def narrowed(self, tasks: Sequence[Task], newest: datetime | None) -> list[dict[str, str]]:
        """Return nothing: the list has no filters."""
        return []

    def retry_request(self, task_id: str, spec: dict[str, Any] | None) -> Request:
        """Retry a failed bring-up with an SddcSpec."""
        return Request("PATCH", self.task_url(task_id), json=spec)

    def _spec_of(self, task_id: str) -> dict[str, Any]:
        """Read the specification back. It goes nowhere but into the retry, and only therefore is read unmasked."""

        def read(answer: Answer) -> dict[str, Any]:
            if not isinstance(answer.body, dict) or not answer.body:
                raise Fault("it answers with something that is not a specification")
            return answer.body

        return self.call(Request("GET", self.url(*self.collection, task_id, "spec"), secret=True), read)

    def task_of(self, body: dict[str, Any]) -> Task:
        """Return a task from the schema SddcTask. Sub-tasks stand below the milestone they belong to."""
        state = state_of(word(body.get("status")), STATUSES)
        steps = body.get("sddcSubTasks")
        name_pack = mapping(body.get("localizableNamePack"))
        updates = [when for step in mappings(steps) if (when := moment(step.get("updateTimestamp")))]
        return new_task(
            id=word(body.get("id")) or "",
            service=self.name,
            name=text(body.get("name")) or text(name_pack.get("message")),
            type=word(body.get("deploymentType")),
            description=text(body.get("vcfInstanceName")),
            state=state,
            status=word(body.get("status")),
            created_at=moment(body.get("creationTimestamp")),
            # There is no time of completion: the last update of a step of a bring-up that has ended is its end.
            updated_at=max(updates, default=None),
            ended_at=max(updates, default=None) if state.is_terminal else None,
            cancellable=False,
            retriable=state is State.FAILED and word(body.get("status")) != "ROLLBACK_SUCCESS",
            stages=_staged(mappings(body.get("milestones")), mappings(steps)),
            root_causes=root_causes_of(state, None, steps, STATUSES, ()),
        )


def _staged(milestones: list[dict[str, Any]], steps: list[dict[str, Any]]) -> list[Stage]:
    """Return a stage for each milestone with its steps in it, and then the steps that belong to none."""
    names = {word(milestone.get("name")) for milestone in milestones}
    stages = []
    for milestone in milestones:
        (stage,) = stages_of([milestone], STATUSES, ())
        own = [step for step in steps if word(step.get("milestoneTask")) == word(milestone.get("name"))]
        stages.append(stage.model_copy(update={"stages": stages_of(own, STATUSES, ())}))
    rest = [step for step in steps if word(step.get("milestoneTask")) not in names]
    return [*stages, *stages_of(rest, STATUSES, ())]
