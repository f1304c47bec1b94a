# SPDX-License-Identifier: GPL-3.0-or-later
"""What Fleet LCM takes for its upgrades (fleet-lcm-openapi.yaml 9.1), strictly: a misspelt field is a 400."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import Field, ValidationError

from ..basis import Strict
from .base import BadRequest, Call, read_json


class DesiredComponent(Strict):
    """ComponentDesiredSoftware."""

    type: str
    version: str
    publicName: str | None = None


class DesiredSoftware(Strict):
    """DesiredSoftware."""

    version: str
    components: list[DesiredComponent] | None = None


class Filter(Strict):
    """ComponentFilterSpec."""

    id: str
    userInputSpec: dict[str, Any] | None = None


class Action(Strict):
    """UpgradePlanActionRequest."""

    componentsFilter: list[Filter] | None = None

    @property
    def ids(self) -> list[str]:
        """The components it is for; empty: all."""
        return [wanted.id for wanted in self.componentsFilter or []]

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """What the user gives for components, by their ids."""
        return {wanted.id: wanted.userInputSpec for wanted in self.componentsFilter or [] if wanted.userInputSpec}


class PlanSpec(Action):
    """UpgradePlanSpec."""

    desiredSoftware: DesiredSoftware


class PlanRequest(Strict):
    """CreateUpgradePlanRequest and UpdateUpgradePlanRequest."""

    spec: PlanSpec


class SystemRequest(Strict):
    """SystemUpgradeRequest."""

    targetVersion: str | None = Field(None, min_length=1)


Model = TypeVar("Model", bound=Strict)


def read(call: Call, model: type[Model]) -> Model:
    """The body as that model, or BadRequest. No body at all is an empty object: some need nothing."""
    plain = read_json(call) if call.body.strip() not in (b"", b"null") else {}
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['msg']}") from error
