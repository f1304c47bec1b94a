# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be rehearsed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr

from ..simulator.basis import Strict
from ..simulator.faults import Fault


class Window(Strict):
    """A change window: when it opens, in seconds since 1970, how long it is, how it is called, and what is to become of
    the task that goes on when it closes."""

    opens: float
    minutes: float
    label: str = ""
    at_end: str = "finish"


class Order(Strict):
    """A rehearsal: ``runs`` runs of a playbook, by an inventory, against a scenario; and ``chaos`` runs, which chance
    breaks.

    ``hosts`` are the endpoints of the inventory, each with its service. ``variables`` are the playbook's extra vars,
    and ``options`` further options of C(ansible-playbook). ``vault`` are the passwords of Ansible's vault, in latin-1,
    with their ids. ``faults`` are further ones than those of the scenario, and without ``chaos`` what it says of that
    counts.
    Without a ``directory`` what the runs print is kept only where they fail. All ends with the process ``parent``.
    """

    scenario: Path
    playbook: str
    inventory: list[str]
    hosts: dict[str, str] = Field(min_length=1)
    windows: dict[str, Window] = {}
    variables: dict[str, Any] = {}
    faults: list[Fault] = []
    options: list[str] = []
    vault: list[tuple[str, SecretStr]] = []
    speed: float = Field(100_000, gt=0)
    runs: int = Field(1, ge=0)
    chaos: int | None = Field(None, ge=0)
    seed: int = 0
    directory: Path | None = None
    parent: int | None = None
