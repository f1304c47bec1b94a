# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as CI systems show one: a test suite for each task, a test case for each of its innermost stages, and a
test case for each run of a rehearsal.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_rehearsal import WRONG
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import (
    ENDED_WELL,
    FAILED,
    Item,
    began,
    leaves,
)

_RESULTS = {
    "SUCCEEDED": None,
    "WARNING": None,
    "FAILED": "failure",
    "SKIPPED": "skipped",
    "CANCELED": "skipped",
    "PENDING": "skipped",
    "SCHEDULED": "skipped",
}
"""What a state is for CI. All others are errors: something that has not ended is never a success."""


def suites(report: dict[str, Any]) -> dict[str, Any]:
    """Return the suites of a report, with how many cases of them ended how."""
    found = [_suite_of(task, report) for task in report["tasks"]]
    # Causes without a task: what never came to be one, and what stopped the run.
    others = [cause for cause in report["root_causes"] if cause["kind"]]
    others += [cause for cause in report["root_causes"] if not cause["kind"] and not cause["task"]]
    if others:
        cases = [_case(report["title"], cause["kind"] or "failure", 0.0, "failure", [cause]) for cause in others]
        found.append(_suite("run", report, None, cases))
    if report["gate"] and report["gate"]["findings"]:
        found.append(_suite("gate", report, None, [_gate_case(finding) for finding in report["gate"]["findings"]]))
    if report["runs"]:
        found.append(_suite("rehearsal", report, None, [_run_case(run) for run in report["runs"]]))
    return {"suites": found, **_counts([case for suite in found for case in suite["cases"]])}


def _suite_of(task: Item, report: dict[str, Any]) -> Item:
    name = f"{task['label']} ({task['id']})" if task["id"] else task["label"]
    cases = [
        _case(
            name,
            " / ".join(path),
            leaf["duration_seconds"],
            _RESULTS.get(leaf["state"], "error"),
            _errors(task, path, leaf),
            leaf,
        )
        for path, leaf in leaves(task)
    ]
    told = {"failure", "error"} & {case["result"] for case in cases}
    if not cases or (task["state"] not in ENDED_WELL and not told):
        # The task itself, since none of its stages tells how it went.
        result = "failure" if task["state"] == "CANCELED" else _RESULTS.get(task["state"], "error")
        cases.append(_case(name, task["label"], task["duration_seconds"], result, task["root_causes"], task))
    return _suite(name, report, task, cases)


def _suite(name: str, report: dict[str, Any], task: Item | None, cases: list[Item]) -> Item:
    return {
        "name": name,
        "host": report["host"] or "localhost",
        "began_at": ((began(task) if task else report["began_at"]) or "")[:19] or None,
        "properties": {
            key: task[key] for key in ("id", "service", "type", "state", "status", "created_by") if task[key]
        }
        if task
        else {},
        "cases": cases,
        **_counts(cases),
    }


def _case(
    suite: str, name: str, seconds: float | None, result: str | None, errors: list[Item], item: Item | None = None
) -> Item:
    """Return a test case; C(text) says of it what a person needs to act on it."""
    first = errors[0] if errors else {}
    state = item["state"] if item else FAILED
    messages = [message["text"] for message in item["messages"]] if item else []
    lines = []
    for error in errors:
        lines += [error["message"] or "", *(f"{key}: {error[key]}" for key in _SAID if error.get(key))]
    return {
        "suite": suite,
        "name": name,
        "seconds": seconds or 0.0,
        "result": result,
        "type": first.get("code") or first.get("kind") or state,
        "message": first.get("message") or f"The state is {state}.",
        "text": "\n".join(lines),
        "output": "\n".join(messages),
    }


_SAID = ("code", "where", "cause", "remediation", "reference")


def _errors(task: Item, path: tuple[str, ...], leaf: Item) -> list[Item]:
    """Return the errors of a stage: its own, else those of the task's root causes that lead to it."""
    own: list[Item] = leaf.get("errors") or leaf.get("root_causes") or []
    return own or [error for error in task["root_causes"] if error["where"] == " / ".join(path)]


def _gate_case(finding: Item) -> Item:
    error = {"message": finding["message"], "code": finding["id"], "remediation": finding["resolution"]}
    # A severity that is not known, or not said, blocks.
    is_blocking = not finding["acknowledged"] and (finding["severity"] or "").upper() not in ("INFO", "SKIPPED")
    case = _case("gate", finding["id"] or "finding", 0.0, "failure" if is_blocking else None, [error])
    return {**case, "output": "" if is_blocking else finding["message"] or ""}


def _run_case(run: Item) -> Item:
    """Return the test case of a rehearsed run, which fails where the run ended as it must not."""
    name = f"run {run['number']}" + ("" if run["seed"] is None else f", seed {run['seed']}")
    errors = [{"message": end["text"], "code": end["rule"], "where": end["host"]} for end in run["wrong"]]
    is_wrong = run["result"] == WRONG
    case = _case("rehearsal", name, run["seconds"], "failure" if is_wrong else None, errors)
    facts = [*run["faults"], *([f"To replay it: {run['replay']}"] if run["replay"] else []), run["output"] or ""]
    return {**case, "output": "\n".join(filter(None, facts))}


def _counts(cases: list[Item]) -> Item:
    results = [case["result"] for case in cases]
    return {
        "tests": len(cases),
        "failures": results.count("failure"),
        "errors": results.count("error"),
        "skipped": results.count("skipped"),
        "seconds": round(sum(case["seconds"] for case in cases), 3),
    }
