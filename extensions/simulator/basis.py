# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of a scenario are made of."""

from __future__ import annotations

import re
import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0)]
Version = Annotated[str, Field(pattern=r"^\d+(\.\d+)*([.+-]\w+)*$")]

# Of an upgrade: how its stages share its seconds where the scenario names none, and the type of a stage during which
# the service itself does not answer.
SHARES = {"prepare": 0.1, "upgrade": 0.8, "verify": 0.1}
RESTART = "RESTART"


def stable_id(*parts: str) -> str:
    """An id that is the same in every run of a scenario."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, "/".join(parts)))


def numbers(version: str) -> tuple[int, ...]:
    """What versions are compared by."""
    return tuple(int(digits) for digits in re.findall(r"\d+", version))


class Strict(BaseModel):
    """A misspelt key is an error, not a default."""

    model_config = ConfigDict(extra="forbid")


class Cause(Strict):
    """One entry of SDDC Manager's ``Error.causes``."""

    type: str
    message: str


class Error(Strict):
    """What went wrong. ``generic_first`` puts the well-known "Internal error occurred" in front of it."""

    code: str
    message: str
    remediation: str = ""
    reference: str = ""
    generic_first: bool = False
    nested: list[Error] = []
    causes: list[Cause] = []
