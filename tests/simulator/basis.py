# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts of a scenario are made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


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
