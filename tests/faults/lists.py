# SPDX-License-Identifier: GPL-3.0-or-later
"""Many tasks: their list is read page by page, and changes meanwhile."""

from __future__ import annotations

from typing import Any

from tests.faults.row import ALL, Outcome, Row

PAGED = ("fleet_lcm", "sddc_lcm", "sddc_manager")


def _task(kind: str, number: int, **given: Any) -> dict[str, Any]:
    return {"name": f"{kind}-{number}", "id": f"7a4be3d4-11f6-4b51-bb0c-{kind}{number:06}", **given}


# The newest task is the first of the list: old and awaited ones lie among each other, and new ones come before them.
AWAITED = tuple(_task("a", number, start=-2 * number, seconds=2 * number + 20 + number % 3) for number in range(60))
DOOMED = tuple({**task, "outcome": "failed"} if task["name"] == "a-50" else task for task in AWAITED)
STAYING = tuple(_task("b", number, start=-2 * number - 1, seconds=1) for number in range(100))
LEAVING = tuple({**task, "purged_after": 15} for task in STAYING)
COMING = tuple(_task("c", number, start=10, seconds=500, appears_after=10) for number in range(100))

MANY = Outcome("success", "SUCCEEDED", truth="SUCCEEDED", outages=0, logins=1)
# An estimate would read the list, too.
QUIETLY = {"progress": False}
JUMP = {"kind": "jump", "seconds": 15, "path": "pageNumber=2", "times": 1}

ROWS = [
    *Row(
        "list-loses-tasks",
        "many tasks are purged while the second page is asked for",
        MANY,
        tasks=AWAITED,
        beside=LEAVING,
        options=QUIETLY,
        faults=(JUMP,),
    ).at(*PAGED),
    *Row(
        "list-gets-tasks",
        "the second page of tasks moves, since many are added while it is asked for",
        MANY,
        tasks=AWAITED,
        beside=STAYING + COMING,
        options=QUIETLY,
        faults=(JUMP,),
    ).at(*PAGED),
    *Row(
        "list-moves-and-tasks-end",
        "tasks are purged, added and end while the second page is asked for, and one fails",
        Outcome("task_failed", "SUCCEEDED+FAILED", truth="SUCCEEDED+FAILED", outages=0),
        tasks=DOOMED,
        beside=LEAVING + COMING,
        options=QUIETLY,
        faults=({**JUMP, "seconds": 25},),
    ).at(*PAGED),
    *Row(
        "page-is-lost",
        "a page of the list is answered with 503",
        Outcome("success", "SUCCEEDED", truth="SUCCEEDED", outages=1),
        tasks=AWAITED,
        beside=LEAVING,
        options=QUIETLY,
        faults=({"kind": "status", "code": 503, "path": "pageNumber=2", "skip": 1, "times": 1},),
    ).at("fleet_lcm", "sddc_manager"),
    *Row(
        "list-is-cut-off",
        "the list is cut off in the middle of a body",
        Outcome("success", "SUCCEEDED", truth="SUCCEEDED", outages=1),
        tasks=AWAITED[:30],
        options=QUIETLY,
        faults=({"kind": "truncated", "path": r"(tasks|sddcs)(\?|$)", "skip": 1, "times": 1},),
    ).at(*ALL),
    *Row(
        "list-of-nothing",
        "the list has null where its tasks belong",
        Outcome("success", "SUCCEEDED", truth="SUCCEEDED"),
        tasks=AWAITED[:30],
        options=QUIETLY,
        faults=(
            {
                "kind": "shape",
                "body": {"elements": None, "pageMetadata": {"totalPages": "1"}},
                "path": r"(tasks|sddcs)\?",
                "skip": 1,
                "times": 1,
            },
        ),
    ).at("fleet_lcm", "sddc_manager"),
    *Row(
        "one-of-many-is-purged",
        "one of 30 tasks is purged in the wait",
        Outcome("not_found", says="It was there before"),
        tasks=tuple({**task, "purged_after": 15} if task["name"] == "a-20" else task for task in AWAITED[:30]),
    ).at("fleet_lcm", "vcf_installer", "vcenter", "vmc"),
]
