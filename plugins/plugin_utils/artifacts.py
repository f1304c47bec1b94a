# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job leaves for the jobs after it: how it went, and the little of the report that fits.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release. What is returned is public.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report import report

MOST_TASKS, MOST_CAUSES, MOST_CHARACTERS = 100, 10, 500
"""AWX keeps artifacts in its database, and hands them on with every job of a workflow."""

_CAUSE = ("task_id", "kind", "where", "code", "message", "remediation")


def artifacts(
    results: Any, host: str, outcome: Any = "", message: Any = "", secrets: Any = None
) -> dict[str, dict[str, Any]]:
    """Return C(vcf_outcome) and C(vcf_summary), each a dictionary by host, so that those of hosts add up.

    :param results: what the modules have returned, as the report takes it.
    :param outcome: how it went in one word; without it the tasks tell.
    :param message: how it went in a sentence.
    :param secrets: texts to mask.
    """
    made = report({"results": results, "host": host, "outcome": outcome, "title": message}, secrets)
    if made["outcome"] == "unknown" and any(isinstance(result, dict) and "tasks" in result for result in results):
        made["outcome"] = "nothing_to_do"
    summary = {
        "message": _short(made["title"]) if message else None,
        "began_at": made["began_at"],
        "last_event_at": made["last_event_at"],
        "seconds": made["seconds"],
        "states": made["counts"]["by_state"],
        "task_ids": [task["id"] for task in made["tasks"]][:MOST_TASKS],
        "root_causes": [{key: _short(cause[key]) for key in _CAUSE} for cause in made["root_causes"][:MOST_CAUSES]],
    }
    return {"vcf_outcome": {host: made["outcome"]}, "vcf_summary": {host: summary}}


def _short(value: Any) -> Any:
    return value[: MOST_CHARACTERS - 1] + "…" if isinstance(value, str) and len(value) > MOST_CHARACTERS else value
