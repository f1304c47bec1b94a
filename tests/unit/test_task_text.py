# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks as tables and trees of plain text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, strategies

from ansible_collections.vcf.lifecycle.plugins.filter.task_table import task_table
from ansible_collections.vcf.lifecycle.plugins.filter.task_tree import task_tree
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.task_text import columns, cut
from tests.unit.data import a_task, example, read
from tests.unit.report_facts import anything, at, error, stage, task

ID = "0198c2f4-5a6b-7c3d-9e10-2f4a6b8c0d1e"
NOW = at(45)


def the_failed(**more: Any) -> dict[str, Any]:
    """A task whose stage failed deep down."""
    inner = [stage("unpack", start=10, end=12), stage("apply", "FAILED", 12, 25)]
    return task(
        ID,
        "FAILED",
        stage("download"),
        stage("install", "FAILED", 10, 25, stages=inner),
        stage("verify", "PENDING", None, None),
        name="upgrade-depot",
        root_causes=[
            error("Two nodes disagree.", code="SYNC-4", remediation="Restart one of them.", where="install / apply")
        ],
        **more,
    )


# Tables ---------------------------------------------------------------------------------------------------------------


def test_a_table() -> None:
    running = task("t2", "RUNNING", name="upgrade-operations", progress_percent=50, current_stage="binaries")
    strange = task("t3", "UNKNOWN", status="Zapping", ended_at=None)
    fresh = task("t4", "PENDING", started_at=None)
    assert task_table([the_failed(), running, strange, fresh], 120, NOW).splitlines() == [
        "STATE        ID                                    NAME                BEGAN (UTC)       TIME  STAGE/ERROR",
        f"FAILED       {ID}  upgrade-depot       2026-11-21 22:00  30m   SYNC-4: Two nodes disagr…",
        "RUNNING 50%  t2                                    upgrade-operations  2026-11-21 22:00  45m   binaries",
        "UNKNOWN      t3                                    upgrade-t3          2026-11-21 22:00  45m   "
        "the service says 'Zappin…",
        "PENDING      t4                                    upgrade-t4",
    ]


def test_ids_are_whole_and_columns_aligned_however_narrow_it_is() -> None:
    tasks = [the_failed(), task("t2", "RUNNING", name="昇級 " * 30, current_stage="é" * 90)]
    for width in (80, 90, 100, 108, 120):
        lines = task_table(tasks, width, NOW).splitlines()
        assert all(columns(line) <= width for line in lines)
        assert ID in lines[1]
        assert "…" in lines[2]
        starts = zip(lines, ("NAME", "upgrade", "昇"), strict=True)
        names = [columns(line[: line.index(start)]) for line, start in starts]
        assert len(set(names)) == 1
    assert "BEGAN (UTC)" in task_table(tasks, 108, NOW)
    assert task_table(tasks, 80, NOW).splitlines()[0].split() == ["STATE", "ID", "NAME", "TIME", "STAGE/ERROR"]
    tasks[1]["progress_percent"] = 99
    assert task_table(tasks, 80, NOW).splitlines()[0].split() == ["STATE", "ID", "NAME", "TIME"]


def test_even_an_endless_id_leaves_it_within_its_width() -> None:
    lines = task_table([task("i" * 500, name="n" * 500)], 80, NOW).splitlines()
    assert max(map(columns, lines)) <= 80
    assert "i…" in lines[1]


@pytest.mark.parametrize("nothing", [[], {"tasks": []}, ()])
def test_no_tasks(nothing: Any) -> None:
    assert task_table(nothing) == task_tree(nothing) == "No tasks."


def test_a_result_its_tasks_and_one_task_are_the_same() -> None:
    one = the_failed()
    for shown in (task_table, task_tree):
        assert shown({"changed": False, "tasks": [one]}, now=NOW) == shown([one], now=NOW) == shown(one, now=NOW)


def test_what_happened_to_be_written_in_several_lines_takes_one() -> None:
    broken = task("t1", "RUNNING", name="a\nb\x1b[31m", current_stage="c\r\nd")
    assert len(task_table(broken, now=NOW).splitlines()) == 2
    assert task_tree(broken, now=NOW).splitlines()[0].startswith("a b[31m (t1): RUNNING")


# Trees ----------------------------------------------------------------------------------------------------------------


def test_a_tree() -> None:
    assert task_tree(the_failed(), 120, NOW).splitlines() == [
        f"upgrade-depot ({ID}): FAILED, 30m",
        "├─ download: SUCCEEDED, 10m",
        "├─ install: FAILED, 15m",
        "│  ├─ unpack: SUCCEEDED, 2m",
        "│  └─ apply: FAILED, 13m  <-- failed here",
        "│        SYNC-4: Two nodes disagree.",
        "│        Remediation: Restart one of them.",
        "└─ verify: PENDING",
    ]


def test_a_subtask_is_named_with_its_id_and_marked_as_a_stage_is() -> None:
    failed = task("s2", "FAILED", name="node 2", root_causes=[error("It has no disk.", code="D-1")])
    whole = task(
        "t1",
        "FAILED",
        subtasks=[task("s1", name="node 1"), failed],
        root_causes=[error("It has no disk.", code="D-1", where="node 2")],
    )
    assert task_tree(whole, now=NOW).splitlines()[1:] == [
        "├─ node 1 (s1): SUCCEEDED, 30m",
        "└─ node 2 (s2): FAILED, 30m  <-- failed here",
        "      D-1: It has no disk.",
    ]


def test_an_error_without_a_place_is_the_tasks_own() -> None:
    whole = task("t1", "FAILED", stage("a"), root_causes=[error("No licence.", code="L-1", reference="AB12")])
    assert task_tree(whole, now=NOW).splitlines() == [
        "upgrade-t1 (t1): FAILED, 30m",
        "│  L-1: No licence.",
        "│  Reference: AB12",
        "└─ a: SUCCEEDED, 10m",
    ]


def test_what_the_root_causes_leave_out_is_said_by_the_stage_itself() -> None:
    whole = task("t1", "FAILED", stage("a", "FAILED", errors=[error("It failed.", code="X")]))
    assert task_tree(whole, now=NOW).splitlines()[1:] == ["└─ a: FAILED, 10m  <-- failed here", "      X: It failed."]


def test_of_two_stages_with_one_name_the_failed_one_is_explained() -> None:
    whole = task("t1", "FAILED", stage("a"), stage("a", "FAILED"), root_causes=[error("No.", where="a")])
    assert task_tree(whole, now=NOW).splitlines()[2:] == ["└─ a: FAILED, 10m  <-- failed here", "      No."]


def test_long_reasons_are_wrapped_and_deep_stages_stay_within_the_width() -> None:
    deep: dict[str, Any] = stage("innermost " * 30, "FAILED", errors=[error("word " * 60, code="C")])
    for level in range(40):
        deep = stage(f"level {level}", "FAILED", stages=[deep])
    lines = task_tree(task("t1", "FAILED", deep), now=NOW).splitlines()
    assert max(map(columns, lines)) <= 120
    shallow = task_tree(task("t1", "FAILED", stage("a", "FAILED", errors=[error("word " * 60)])), now=NOW)
    assert len(re.findall("word", shallow)) == 60


# What services send, and what people get wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(("service", "name"), [("fleet_lcm", "fleet_lcm_task"), ("sddc_manager", "sddc_manager_task")])
def test_examples_of_the_documents(service: str, name: str) -> None:
    whole = read(service, example(name))
    lines = task_tree(whole.as_result(), now=NOW).splitlines()
    assert whole.id in lines[0]
    assert len(lines) > len(whole.stages)
    assert whole.id in task_table(whole.as_result(), now=NOW)


def test_every_state_can_be_shown() -> None:
    tasks = [a_task(state, f"t-{state.value}").as_result() for state in State]
    for state in State:
        assert f"{state.value} " in task_table(tasks, now=NOW)
        assert f": {state.value}" in task_tree(tasks, now=NOW)


@pytest.mark.parametrize("shown", [task_table, task_tree])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("abc",), "this is no list of tasks; give it the result of a module"),
        ((None,), "this is no list of tasks"),
        ((7,), "this is no list of tasks"),
        (([the_failed(), "t1"],), "item 2 is no task"),
        (({"failed": True, "msg": "No."},), "item 1 is no task: a task of vcf.lifecycle has an id and a state"),
        (([{"id": None, "state": "FAILED"}],), "item 1 is no task"),
        (([], 79), "width 79 is not a number of columns, at least 80"),
        (([], "wide"), "width 'wide' is not"),
        (([], True), "width True is not"),
        (([], 100.5), "width 100.5 is not"),
        (([], 120, "soon"), "now 'soon' is not an ISO 8601 time"),
    ],
)
def test_what_can_not_be_shown(shown: Any, arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=re.escape(said)) as raised:
        shown(*arguments)
    assert str(raised.value).startswith(shown.__name__)


@given(body=strategies.dictionaries(strategies.sampled_from(sorted(the_failed())), anything))
def test_any_task_can_be_shown(body: dict[str, Any]) -> None:
    odd = {**body, "id": "t1", "state": body.get("state")}
    for shown in (task_table, task_tree):
        assert max(map(columns, shown(odd, now=NOW).splitlines())) <= 120


@given(strategies.text(), strategies.integers(1, 40))
def test_what_is_cut_says_so_and_fits(text: str, width: int) -> None:
    kept = cut(text, width)
    assert columns(kept) <= width
    assert kept == text or kept.endswith("…")
