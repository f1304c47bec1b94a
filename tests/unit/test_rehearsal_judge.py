# SPDX-License-Identifier: GPL-3.0-or-later
"""When a run has ended wrong, and which faults playbooks do not get over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.rehearsal import claims
from ansible_collections.vcf.lifecycle.extensions.rehearsal.claims import Claim
from ansible_collections.vcf.lifecycle.extensions.rehearsal.facts import Component, Facts, GoingOn, Upgrading
from ansible_collections.vcf.lifecycle.extensions.rehearsal.judge import Closing, judge
from ansible_collections.vcf.lifecycle.extensions.rehearsal.weak import weak_points

DONE = Upgrading(10, 20, "SUCCEEDED", "9.0", "9.1")
FAILED = Upgrading(10, 20, "FAILED", "9.0", "9.1")
TASK = GoingOn("t1", "Apply upgrade plan", "RUNNING", ("VCF Operations",), could_be_cancelled=True)


def component(version: str, *upgradings: Upgrading, wanted: str | None = "9.1") -> Component:
    return Component("NSX", version, wanted, upgradings)


def texts(claim: Claim, *components: Component, **more: Any) -> list[str]:
    closing = more.pop("closing", None)
    return [one["text"] for one in judge(Facts("h", 100, components, **more), claim, closing)]


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (Upgrading(30, 40, "SUCCEEDED", "9.1", "9.1"), "begun again at 30 s, although it had 9.1 already"),
        (Upgrading(15, 40, "SUCCEEDED", "9.0", "9.1"), "although the one begun at 10 s was still going on"),
        (Upgrading(30, None, "RUNNING", "9.1", "9.1", is_retry=True), "was retried at 30 s"),
    ],
)
def test_applied_twice(again: Upgrading, why: str) -> None:
    (text,) = texts(Claim("failed"), component("9.1", DONE, again))
    assert why in text
    assert texts(Claim("failed"), component("9.1", DONE, replace(again, ours=False))) == []
    if again.is_retry:
        assert texts(Claim("failed"), component("9.1", DONE, replace(again, for_others=True))) == []
    (of_bundle,) = texts(Claim("failed"), downloads=(component("9.1", DONE, again),))
    assert of_bundle == text.replace("upgrade", "download")


@pytest.mark.parametrize(
    "again", [Upgrading(30, 40, "SUCCEEDED", "9.0", "9.1"), Upgrading(20, 40, "FAILED", "9.0", "9.1")]
)
def test_what_has_failed_may_be_begun_again(again: Upgrading) -> None:
    assert texts(Claim("failed"), component("9.0", FAILED, again, replace(again, at=50, is_retry=True))) == []


@pytest.mark.parametrize("outcome", ["succeeded", "succeeded_with_warnings", "finished"])
def test_success_is_claimed_without_the_version(outcome: str) -> None:
    assert texts(Claim(outcome), component("9.0")) == [f"The playbook says {outcome}, and NSX has 9.0 instead of 9.1."]
    assert texts(Claim(outcome), component("9.1"), component("9.2"), component("9.0", wanted=None)) == []


def test_what_is_named_as_left_is_not_claimed() -> None:
    said = Claim("succeeded_with_warnings", "The upgrade to 9.1: succeeded_with_warnings. Left: NSX, OPS.")
    assert texts(said, component("9.0")) == []
    assert texts(replace(said, message="Left: many, and …"), component("9.0")) == []
    assert len(texts(replace(said, outcome="succeeded"), component("9.0"))) == 1


@pytest.mark.parametrize("outcome", ["failed", "paused", "canceled", "lost_contact", "timeout", "blocked", "predicted"])
def test_what_is_no_success_claims_no_version(outcome: str) -> None:
    assert texts(Claim(outcome), component("9.0", DONE)) == []


def test_a_playbook_that_leaves_no_outcome_claims_what_it_has_begun() -> None:
    assert texts(Claim(), component("9.0")) == []
    assert len(texts(Claim(), component("9.0", DONE))) == 1
    assert texts(Claim(failed=True), component("9.0", DONE)) == []


@pytest.mark.parametrize(
    ("claim", "is_wrong"),
    [
        (Claim("succeeded", "Apply upgrade plan t1", ("t1",), {"RUNNING": 1}), True),
        (Claim("failed", "It failed."), True),
        (Claim("failed", "It failed.", ("t1",), {"FAILED": 1}), True),
        (Claim("failed", "It failed.", ("t1",), {"RUNNING": 1}), False),
        (Claim("failed", "Task t1 still runs."), False),
        (Claim("paused", "Left: Identity broker."), True),
        (Claim("paused", "Left: VCF Operations."), False),
        (Claim("lost_contact"), False),
        (Claim("timeout"), False),
        (Claim(), True),
        (Claim(failed=True, output="ok: [h]"), True),
        (Claim(failed=True, output="... t1 ..."), False),
    ],
)
def test_a_task_that_goes_on_has_to_be_told(claim: Claim, *, is_wrong: bool) -> None:
    assert bool(texts(claim, going_on=(TASK,))) is is_wrong


@pytest.mark.parametrize(
    ("task", "outcome", "closing", "is_wrong"),
    [
        (TASK, "paused", Closing(0, 99, "cancel"), True),
        (TASK, "paused", Closing(0, 99, "finish"), False),
        (TASK, "paused", Closing(0, 101, "cancel"), False),
        (TASK, "lost_contact", Closing(0, 99, "cancel"), False),
        (replace(TASK, could_be_cancelled=False), "paused", Closing(0, 99, "cancel"), False),
    ],
)
def test_a_task_is_cancelled_when_the_window_closes(
    task: GoingOn, outcome: str, closing: Closing, *, is_wrong: bool
) -> None:
    found = texts(Claim(outcome, "Left: VCF Operations."), going_on=(task,), closing=closing)
    assert bool(found) is is_wrong


def test_claims_of_a_playbook_that_was_killed_or_leaves_nothing(tmp_path: Path) -> None:
    assert claims.read(tmp_path / "none", 0) == {}
    told = tmp_path / "claims.json"
    told.write_text('{"custom": {}, "hosts": {"a": {}}}', encoding="utf-8")
    assert claims.read(told, 4, "said") == {"a": Claim(failed=True, output="said")}
    assert (Claim().release, Claim("failed", "no").release) == (None, None)


def test_folders_of_callbacks_are_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "{{" not in claims.environment(Path("f"))[claims.FOLDERS]
    monkeypatch.setattr(claims.constants, "DEFAULT_CALLBACK_PLUGIN_PATH", ["/one", "/two"])
    assert claims.environment(Path("f"))[claims.FOLDERS] == f"/one:/two:{claims.FOLDER}"


FAIL = "The upgrade of VCF Operations fails in its stage deploy"


def run(seed: int, outcome: str, *faults: str, wrong: tuple[str, ...] = (), chaos: bool = True) -> dict[str, Any]:
    said = [{"rule": "claimed", "host": "h", "text": text} for text in wrong]
    status = 0 if outcome in ("succeeded", "finished") else 2
    return {
        "seed": seed,
        "chaos": chaos,
        "faults": list(faults),
        "status": status,
        "outcomes": {"h": outcome},
        "wrong": said,
    }


def test_weak_points() -> None:
    found = weak_points(
        [
            run(1, "failed", f"{FAIL}."),
            run(2, "failed", f"{FAIL} 2 times."),
            run(3, "succeeded", f"{FAIL} 5 times."),
            run(4, "succeeded", "fleet_lcm answers with 503 for 10m, after the first 3."),
            run(5, "lost_contact", "fleet_lcm answers with 503 for 1h 20m, after the first one."),
            run(6, "succeeded", "fleet_lcm answers with 429 once."),
            run(7, "succeeded", wrong=("NSX has 9.0 instead of 9.1.",)),
            run(8, "failed", "this one is told elsewhere", chaos=False),
        ]
    )
    assert [(one["runs"], one["of"], one["seeds"]) for one in found] == [(1, 7, [7]), (2, 3, [1, 2]), (1, 2, [5])]
    assert found[0]["text"] == "h: NSX has 9.0 instead of 9.1. (seed 7; this must not happen)"
    assert found[1]["text"] == (
        f"2 of 3 runs in which {FAIL[0].lower()}{FAIL[1:]} ended failed (seeds 1, 2): raise the attempts of "
        "fleet_upgrade_recovery or sddc_upgrade_recovery."
    )
    assert found[2]["text"].startswith("1 of 2 runs in which fleet_lcm answers with 503 ended lost_contact (seed 5)")


def test_what_goes_wrong_as_often_without_a_fault_is_not_its_doing() -> None:
    runs = [run(1, "failed", FAIL), run(2, "failed", FAIL), run(3, "failed", "all tokens"), run(4, "failed")]
    assert [one["seeds"] for one in weak_points(runs)] == [[1, 2], [3]]  # since all have failed
    assert weak_points([*runs, run(5, "succeeded", "all tokens")])[0]["seeds"] == [1, 2]
    assert weak_points([run(1, "failed", "a"), run(2, "succeeded", "a"), run(3, "failed", "b")])[0]["seeds"] == [3]


def test_a_run_is_told_of_with_the_worst_of_its_faults() -> None:
    late = "The service restarts and forgets all tokens for 10m, from when the stage deploy of VCF Operations begins."
    runs = [run(1, "failed", FAIL, late), run(2, "failed", FAIL), run(3, "succeeded", late), run(4, "succeeded")]
    (only,) = weak_points(runs)
    assert (only["seeds"], "fails in its stage" in only["text"]) == ([1, 2], True)
    (restarts,) = weak_points([run(1, "failed", late), run(2, "failed", late.replace("deploy", "verify"))])
    assert restarts["seeds"] == [1, 2]


def test_many_seeds_are_not_all_named() -> None:
    (found,) = weak_points([run(seed, "failed", FAIL) for seed in range(12)])
    assert "seeds 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more" in found["text"]
    assert len(found["seeds"]) == 12
