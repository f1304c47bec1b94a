# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault can be for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A component that can be upgraded: all its names, of which the first is the shortest to write, and the stages of
    its upgrade. ``checked`` is whether it has prechecks."""

    names: tuple[str, ...]
    stages: tuple[str, ...]
    checked: bool = True

    def has(self, stage: str | None) -> bool:
        """Whether there is such a stage."""
        return stage is None or stage.casefold() in {name.casefold() for name in self.stages}
