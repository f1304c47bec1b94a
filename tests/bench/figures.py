# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, and the table that shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One thing that was measured.

    ``value`` is in ``unit``, which may be empty. What is compared with ``most`` (or ``least``) is the ratio where there
    is one, and the value else.
    """

    what: str
    value: float
    unit: str = ""
    ratio: float | None = None
    most: float | None = None
    least: float | None = None

    @property
    def target(self) -> str:
        """The goal, in words; empty where there is none."""
        if self.most is not None:
            return f"<= {self.most:g}"
        return "" if self.least is None else f">= {self.least:g}"

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None where there is none."""
        compared = self.value if self.ratio is None else self.ratio
        if self.most is not None:
            return compared <= self.most
        return None if self.least is None else compared >= self.least


def table(figures: list[Figure]) -> str:
    """All figures, a line each, below a heading."""
    widest = max(len(figure.what) for figure in figures)
    lines = [f"{'':<{widest}}  {'figure':>16} {'ratio':>7} {'target':>8}"]
    for figure in figures:
        value = f"{figure.value:,.{1 if figure.value % 1 else 0}f} {figure.unit}".strip()
        if figure.value % 1 and abs(figure.value) < 10:
            value = f"{figure.value:.2f} {figure.unit}".strip()
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        verdict = {None: "", True: "met", False: "NOT MET"}[figure.met]
        lines.append(f"{figure.what:<{widest}}  {value:>16} {ratio:>7} {figure.target:>8}  {verdict}".rstrip())
    return "\n".join(lines)
