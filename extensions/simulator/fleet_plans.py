# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario says of Fleet LCM's upgrade plans that are there from the start. All times are simulated seconds."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import model_validator

from .basis import Strict, Version, stable_id


class Execution(Strict):
    """A precheck or an upgrade of a plan: the id of its task, which is one of the service's tasks, and the ids of the
    components that it is of."""

    task: str
    type: Literal["PRECHECK", "UPGRADE"]
    components: list[str] = []


class PlanSpec(Strict):
    """An upgrade plan for a release: the version of each type, and the ids of the components that it is limited to
    (none: all). Without ``named`` the plan has left the versions to the service."""

    id: str = ""
    version: Version
    components: dict[str, Version] = {}
    named: bool = True
    chosen: list[str] = []
    configured: bool = False
    created: float = 0
    updated: float | None = None
    created_by: str | None = None
    executions: list[Execution] = []

    @model_validator(mode="after")
    def _complete(self) -> PlanSpec:
        self.id = self.id or stable_id("plan", self.version)
        self.updated = self.created if self.updated is None else self.updated
        return self

    def as_request(self) -> dict[str, Any]:
        """The same as UpgradePlanSpec."""
        desired: dict[str, Any] = {"version": self.version}
        if self.named:
            desired["components"] = [{"type": name, "version": one} for name, one in self.components.items()]
        spec: dict[str, Any] = {"desiredSoftware": desired}
        if self.chosen:
            spec["componentsFilter"] = [{"id": one} for one in self.chosen]
        return spec
