# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job leaves for the jobs after it is small, says how it went, and holds no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.artifacts import artifacts

FAILURE = {"kind": "authentication", "message": "The login was rejected."}


def task(number: int = 1, state: str = "SUCCEEDED", **more: Any) -> dict[str, Any]:
    return {"id": f"task-{number}", "state": state, "done": state != "RUNNING", **more}


@pytest.mark.parametrize(
    ("results", "given", "outcome"),
    [
        ([{"tasks": [task()]}], "", "succeeded"),
        ([{"tasks": [task(), task(2, "FAILED")]}], "", "failed"),
        ([{"tasks": [task()]}], "paused", "paused"),
        ([{"tasks": []}], "", "nothing_to_do"),
        ([{"tasks": [], "failed": True, "failure": FAILURE}], "", "failed"),
        ([{}], "", "unknown"),
        ([], "", "unknown"),
        ([None], "", "unknown"),
    ],
)
def test_outcomes(results: list[Any], given: str, outcome: str) -> None:
    assert artifacts(results, "fleet", given)["vcf_outcome"] == {"fleet": outcome}


def test_a_summary_names_tasks_and_causes() -> None:
    ended = task(began_at="2026-11-21T22:00:00Z", ended_at="2026-11-21T22:01:00Z")
    results = [{"tasks": [ended]}, {"tasks": [], "failed": True, "failure": FAILURE}]
    summary = artifacts(results, "fleet", message="It did not go well.")["vcf_summary"]["fleet"]
    assert summary["message"] == "It did not go well."
    assert (summary["task_ids"], summary["states"]) == (["task-1"], {"SUCCEEDED": 1})
    assert [(cause["kind"], cause["message"]) for cause in summary["root_causes"]] == [tuple(FAILURE.values())]


def test_it_stays_small_and_holds_no_secret() -> None:
    error = {"code": "X-1", "message": "Pass-Word-1 " * 1000}
    results = [{"tasks": [task(number, "FAILED", errors=[error], root_causes=[error]) for number in range(1000)]}]
    made = artifacts(results, "fleet", message="m" * 1000, secrets=["Pass-Word-1"])
    summary = made["vcf_summary"]["fleet"]
    assert len(summary["task_ids"]) == 100
    assert 0 < len(summary["root_causes"]) <= 10
    assert len(summary["message"]) == 500
    shown = json.dumps(made)
    assert len(shown) < 20_000
    assert "Pass-Word-1" not in shown
