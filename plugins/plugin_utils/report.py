# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of a run as one dictionary: what was done, by whom, when, and how it went.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release. What report.json holds is public, and
its C(schema) says which edition of it.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import flag, mapping, mappings, number
from ansible_collections.vcf.lifecycle.plugins.module_utils.version import VERSION
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_rehearsal import rehearsal_of, runs_of
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_tasks import (
    CANCELED,
    ENDED,
    ENDED_WELL,
    FAILED,
    Item,
    gather,
    leaves,
    times,
)
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.report_values import (
    moment,
    plain_json,
    seconds_between,
    stamp,
    text,
    texts,
    zone_of,
)

SCHEMA = "vcf.lifecycle.report/1"

ACTIONS = ("retried", "not_retriable", "cancelled", "finished_first", "still_canceling", "not_cancellable")
"""The lists of ids by which results say what was done to tasks, and what could not be."""

_MOST = sys.float_info.max
"""What makes no sense can add up to more, and JSON has no word for that."""

_FAILURE = ("kind", "service", "task_id", "code", "message", "remediation", "reference")


def report(facts: Any, secrets: Any = None) -> dict[str, Any]:
    """Return the report on a run: every key always there, null where nothing is known, and no secret in it.

    :param facts: what the role gathers from its variables; any of it may be missing, null or of the wrong type.
    :param secrets: a list of texts to mask wherever they stand.
    """
    given = plain_json(facts) if isinstance(facts, Mapping) else {}
    redactor = Redactor(texts(plain_json(secrets)))
    # What a rehearsal returns has hosts as keys, and one may be called like a field that holds a secret.
    redactor.learn_from({name: value for name, value in given.items() if name != "rehearsal"})
    made: dict[str, Any] = redactor.body(_assembled(given))
    return made


def _assembled(given: dict[str, Any]) -> dict[str, Any]:
    results = list(_distinct(_results([given.get("results"), given.get("failure")])))
    tasks = gather(task for result in results for task in mappings(result.get("tasks")))
    gate = _gate(mapping(given.get("gate")))
    failures = list(_failures(results))
    open_failures = [failure for failure in failures if not _is_settled(failure, tasks)]
    all_times = sorted(times(tasks))
    first, last = (all_times[0], all_times[-1]) if all_times else (None, None)
    rehearsed = mapping(given.get("rehearsal"))
    runs = runs_of(rehearsed)
    rehearsal = rehearsal_of(rehearsed, runs)
    return {
        "schema": SCHEMA,
        "made_by": f"vcf.lifecycle {VERSION}",
        "title": text(given.get("title")) or "Task report",
        "host": text(given.get("host")),
        "who": text(given.get("who")),
        "change": text(given.get("change")),
        "outcome": text(given.get("outcome")) or _outcome(tasks, open_failures, gate, rehearsal),
        "window": _window(mapping(given.get("window"))),
        "began_at": stamp(first),
        "last_event_at": stamp(last),
        "seconds": seconds_between(first, last),
        "counts": {
            "tasks": len(tasks),
            "by_state": dict(sorted(Counter(task["state"] for task in tasks).items())),
            "stages": sum(1 for task in tasks for _leaf in leaves(task)),
        },
        "outages": {
            "count": sum(int(number(result.get("outages")) or 0) for result in results),
            "seconds": round(min(sum(number(result.get("outage_seconds")) or 0 for result in results), _MOST), 3),
            "longest_seconds": max(
                (number(result.get("longest_outage_seconds")) or 0 for result in results), default=0
            ),
        },
        "root_causes": [
            *(
                _cause(task, error)
                for task in tasks
                if task["state"] not in ENDED_WELL
                for error in task["root_causes"]
            ),
            *({key: failure.get(key) for key in _CAUSE} for failure in open_failures),
        ],
        "overcome": [
            _cause(task, error)
            for task in tasks
            if task["state"] in ENDED_WELL
            for attempt in task["earlier"]
            for error in attempt["root_causes"]
        ],
        "versions": _versions(given),
        "gate": gate,
        "actions": list(_actions(results, tasks)),
        "failures": [{key: failure[key] for key in _FAILURE} for failure in failures],
        "rehearsal": rehearsal,
        "runs": runs,
        "tasks": tasks,
    }


_CAUSE = ("task", "task_id", "service", "kind", "where", "code", "message", "cause", "remediation", "reference")


def _cause(task: Item, error: Item) -> Item:
    known = {**error, "task": task["label"], "task_id": task["id"], "service": task["service"]}
    return {key: known.get(key) for key in _CAUSE}


def _results(value: Any) -> Iterator[Item]:
    """Yield the modules' results in what was given: registered variables, those of loops, and bare tasks."""
    if isinstance(value, list):
        for item in value:
            yield from _results(item)
    elif isinstance(value, dict):
        if isinstance(value.get("results"), list):
            yield from _results(value["results"])
        elif "id" in value and "state" in value:
            yield {"tasks": [value]}
        elif value:
            yield value


def _distinct(results: Iterable[Item]) -> Iterator[Item]:
    """Yield each result once: a failed one may be given by its own name and as C(ansible_failed_result) too."""
    seen = set()
    for result in results:
        key = [result.get(name) for name in ("states", "elapsed", "polls", "requests", "failure", "msg", *ACTIONS)]
        shown = json.dumps([key, None if "elapsed" in result else result], sort_keys=True)
        if shown not in seen:
            seen.add(shown)
            yield result


def _failures(results: Iterable[Item]) -> Iterator[Item]:
    """Yield why results failed, each with C(task_ids): the tasks that it is about."""
    seen = set()
    for result in results:
        failure = mapping(result.get("failure"))
        if not failure and flag(result.get("failed")):
            failure = {"message": result.get("msg")}
        if failure:
            found = {key: text(failure.get(key)) for key in _FAILURE}
            found["message"] = found["message"] or "It failed, and did not say why."
            if tuple(found.values()) not in seen:
                seen.add(tuple(found.values()))
                ids = texts([task.get("id") for task in mappings(result.get("tasks"))])
                yield {**found, "task_ids": [found["task_id"]] if found["task_id"] else ids}


def _is_settled(failure: Item, tasks: list[Item]) -> bool:
    """Tell whether a failure needs no word of its own: its tasks say all, or ended well later."""
    about = [task for task in tasks if task["id"] in failure["task_ids"]]
    says_all = failure["kind"] in ("task_failed", "task_canceled")
    return bool(about) and all(
        task["state"] in ENDED_WELL or (says_all and bool(task["root_causes"])) for task in about
    )


def _outcome(tasks: list[Item], failures: list[Item], gate: Item | None, rehearsal: Item | None) -> str:
    """Return how it went, as far as tasks and failures tell; the worst counts, and nothing seen is no success.

    A rehearsal has the word where there is nothing else.
    """
    states = {task["state"] for task in tasks}
    kinds = {failure["kind"] for failure in failures}
    named = {"lost_contact": "lost_contact", "timeout": "timeout", "task_canceled": "canceled"}
    if FAILED in states:
        return "failed"
    if gate and gate["passed"] is False:
        return "blocked"
    if kinds - set(named):
        return "failed"
    for kind, outcome in named.items():
        if kind in kinds:
            return outcome
    if CANCELED in states:
        return "canceled"
    if not states:
        return str(rehearsal["outcome"]) if rehearsal else "unknown"
    if states - ENDED:
        return "unfinished"
    return "succeeded_with_warnings" if "WARNING" in states else "succeeded"


def _window(given: Item) -> Item | None:
    """Return a change window in UTC and in its own zone; None where there is none."""
    name = text(given.get("timezone"))
    zone = zone_of(name)
    found: Item = {"timezone": name}
    for key in ("start", "end"):
        written = text(given.get(key))
        when = moment(written, zone) if zone else moment(written)
        found[key] = stamp(when)
        found[f"{key}_local"] = when.astimezone(zone).isoformat() if when and zone else written
    return found if found["start_local"] or found["end_local"] else None


def _versions(given: Item) -> list[Item]:
    """Return the version of each component before and after, and the one that it was to have."""
    before, after, verified = (mapping(given.get(key)) for key in ("versions_before", "versions_after", "verified"))
    found = []
    for component in dict.fromkeys([*before, *after, *verified]):
        check = mapping(verified.get(component))
        was, expected = text(before.get(component)), text(check.get("expected"))
        actual = text(after.get(component)) or text(check.get("actual"))
        found.append(
            {
                "component": component,
                "before": was,
                "after": actual,
                "expected": expected,
                "on_target": actual == expected if expected else None,
            }
        )
    return found


def _gate(given: Item) -> Item | None:
    """Return the verdict of the gate, what it found, and the acknowledgements that it used; None without one."""
    findings = [
        {
            **{key: text(finding.get(key)) for key in ("id", "severity", "message", "resolution", "resource")},
            "acknowledged": flag(finding.get("acknowledged")) or False,
        }
        for finding in mappings(given.get("findings"))
    ]
    used = [
        {key: text(acknowledgement.get(key)) for key in ("id", "reason", "by", "expires")}
        for acknowledgement in mappings(given.get("acknowledgements"))
    ]
    passed = flag(given.get("passed"))
    return {"passed": passed, "findings": findings, "acknowledgements": used} if given else None


def _actions(results: list[Item], tasks: list[Item]) -> Iterator[Item]:
    labels = {task["id"]: task["label"] for task in tasks}
    done = dict.fromkeys(
        (action, task_id) for result in results for action in ACTIONS for task_id in texts(result.get(action))
    )
    for action, task_id in done:
        yield {"action": action, "task_id": task_id, "task": labels.get(task_id)}
