# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's tables say what the code does."""

from __future__ import annotations

from pathlib import Path

import yaml

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import FAILURES
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.vcenter import VCenter
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State

ROOT = Path(__file__).resolve().parents[2]


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without the row of dashes."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if not row.startswith("| ---")]


def cancel_cell(service: type[Service]) -> str:
    if not service.can_cancel:
        return ""
    return "failed tasks" if service.cancels_failed else "yes"


def retry_cell(service: type[Service]) -> str:
    if not service.can_retry:
        return ""
    return f"with `{service.retry_spec}`" if service.retry_needs_spec else "yes"


def test_services_and_verbs_are_those_of_the_registry() -> None:
    heading, *rows = table("Services")
    assert heading[:6] == [
        "`service`",
        "`task_info`",
        "`task_wait`",
        "`task_cancel`",
        "`task_retry`",
        "`extension_task`",
    ]
    assert rows == [
        [
            f"`{name}`",
            "yes",
            "yes",
            cancel_cell(service),
            retry_cell(service),
            "yes" if issubclass(service, VCenter) else "",
            ", ".join(" and ".join(f"`{option}`" for option in login) for login in service.logins),
        ]
        for name, service in SERVICES.items()
    ]


def test_modules_are_those_of_the_action_group() -> None:
    _, *rows = table("Modules")
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == [f"`vcf.lifecycle.{name}`" for name in runtime["action_groups"]["all"]]


def test_failure_kinds_are_all_explained() -> None:
    _, *rows = table("When something fails")
    assert sorted(row[0] for row in rows) == sorted(f"`{kind}`" for kind in FAILURES)


def test_states_are_all_explained() -> None:
    _, *rows = table("States")
    named = [word.strip("`") for row in rows for word in row[0].split()]
    assert sorted(named) == sorted(state.value for state in State)
