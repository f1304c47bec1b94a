# SPDX-License-Identifier: GPL-3.0-or-later
"""What waiting for tasks, and retrying those that failed, has come to. Decisions only; no I/O.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import failure_of_tasks
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import of_result

Item = dict[str, Any]

_NOT_TRIED = ("not_allowed", "unsupported", "options")
"""The kinds of failures by which a retry says that it was not even begun."""


def recovery(results: list[Any], *, check_mode: bool = False) -> dict[str, Any]:
    """Return what it has come to, as plain JSON types.

    :param results: what task_wait has returned and, where it was run, what task_retry has.
    :param check_mode: whether they come from check mode, where what would be retried counts as what ends well.
    :return: C(recovered), C(timed_out), C(retried), C(failure) (empty where there is none) and C(message).
    """
    waited, retry = [*(_result(one) for one in results), {}, {}][:2]
    retried = list(retry.get("retried") or [])
    seen = _last_seen(waited, retry, left_out=retried if check_mode else [])
    bad = [task for task in seen if task["state"] in ("FAILED", "CANCELED")]
    failure, said = _failure(waited, retry, bad)
    return {
        "recovered": not failure,
        "timed_out": bool((retry or waited).get("timed_out")),
        "retried": retried,
        "failure": failure,
        "message": " ".join(filter(None, [said, _tried(waited, retry, bad)])) if failure else "",
    }


def _result(given: Any) -> Item:
    """Return what a module has returned; nothing where it was skipped."""
    return dict(given) if isinstance(given, Mapping) and not given.get("skipped") else {}


def _last_seen(waited: Item, retry: Item, left_out: list[str]) -> list[Item]:
    """Return the tasks as they were seen last. One that was retried may go on by another id, and not by its own."""
    seen = {task["id"]: task for task in waited.get("tasks") or [] if task["id"] not in (retry.get("retried") or [])}
    seen.update({task["id"]: task for task in retry.get("tasks") or [] if task["id"] not in left_out})
    return list(seen.values())


def _is_told(retry: Item) -> bool:
    """Tell whether the retry itself says why it has all failed."""
    return bool(retry.get("failure")) and retry["failure"].get("kind") not in _NOT_TRIED


def _failure(waited: Item, retry: Item, bad: list[Item]) -> tuple[Item, str]:
    """Return the typed failure, and what it says to a person; nothing where all has ended well."""
    if _is_told(retry):
        return retry["failure"], retry["msg"]
    if bad:
        failure = failure_of_tasks([of_result(task) for task in bad])
        return failure.as_failure(), failure.as_sentence()
    failed = next((one for one in (retry, waited) if one.get("failure") or one.get("failed")), {})
    if retry and failed is waited and (waited.get("failure") or {}).get("kind") == "task_failed":
        return {}, ""
    if failed or "tasks" not in waited:
        said = failed.get("msg") or "There is no result of any wait."
        return failed.get("failure") or {"kind": "invalid_response", "message": said}, said
    return {}, ""


def _tried(waited: Item, retry: Item, bad: list[Item]) -> str:
    """Return, as a sentence, what was done about the failure, as far as that is not said already."""
    untried = [task for task in bad if task["state"] == "FAILED" and task["id"] not in (retry.get("retried") or [])]
    attempts = retry.get("attempts_made") or 0
    if attempts and (_is_told(retry) or not untried):
        return f"Retried {'once' if attempts == 1 else f'{attempts} times'}."
    if _is_told(retry) or not untried:
        return ""
    if all(task.get("retriable") is False for task in untried):
        return "It was not retried, since the service says that it can not be."
    if retry.get("msg"):
        return f"It was not retried: {retry['msg']}"
    if waited.get("timed_out"):
        return "It was not retried, since time was up."
    return "It was not to be retried."
