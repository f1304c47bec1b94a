# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a task's many errors are the ones to act on.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import re
from dataclasses import fields

from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Stage, State, Task, TaskError

_FIELDS = tuple(field.name for field in fields(TaskError))
_GENERIC = re.compile(
    r"""^\W*(
        (an?\s+)?internal\s+(server\s+)?error(\s+(has\s+)?occurred)?
      | (an?\s+)?(unexpected|unknown)\s+(error|exception)(\s+(has\s+)?occurred)?
      | (the\s+)?(task|operation|workflow|stage|sub-?task|execution|upgrade)\s+(has\s+)?failed
      | something\s+went\s+wrong
    )
    (\W+(or\s+)?(please\s+)?(
        (re)?try(\s+again)?(\s+(the|this)\s+(operation|task))?(\s+later)?
      | if\s+(it|(the|this)\s+(error|issue|problem))\s+persists
      | contact(\s+your|\s+the)?(\s+\w+)?\s+(support|administrator)
      | (see|check)\s+the\s+logs?(\s+for(\s+more)?\s+details)?
    ))*\W*$""",
    re.IGNORECASE | re.VERBOSE,
)


def is_generic(error: TaskError) -> bool:
    """Tell whether the text says no more than that something failed."""
    return not error.message or bool(_GENERIC.match(error.message))


def choose(leaves: list[TaskError]) -> list[TaskError]:
    """Return the leaf errors worth a person's time: each once, wrappers dropped where something better exists.

    Services repeat one error on several levels, some of which know more about it than others: of errors with the same
    code and text one is kept, and knows what any of them knew.
    """
    telling = [_with_telling_message(error) for error in leaves]
    specific = [error for error in telling if not is_generic(error)] or telling
    merged: dict[tuple[str | None, str | None], TaskError] = {}
    for error in specific:
        key = (error.code, error.message)
        merged[key] = _merged(merged[key], error) if key in merged else error
    return list(merged.values())


def gather(state: State, errors: list[TaskError], stages: list[Stage], subtasks: list[Task]) -> list[TaskError]:
    """Return the root causes of a task whose errors, and those of its stages, are leaves already.

    A retried stage keeps the messages of its first run: what stands in a stage that has since gone well is history,
    and counts only if a failed task has no other reason to show. The same holds for the errors of the task itself
    while it is going on.
    """
    if state in (State.SUCCEEDED, State.SKIPPED):
        return []
    buried = [*(errors if state.is_terminal else []), *_stage_errors(stages, failed_only=True)]
    for subtask in subtasks:
        buried.extend(_inside(error, subtask.name or subtask.id) for error in subtask.root_causes)
    if state.is_terminal and all(is_generic(error) for error in buried):
        buried.extend(_stage_errors(stages, failed_only=False))
    return choose(buried)


def _stage_errors(stages: list[Stage], failed_only: bool) -> list[TaskError]:
    found: list[TaskError] = []
    for stage in stages:
        if stage.state is State.FAILED or not failed_only:
            found.extend(_inside(error, stage.label) for error in stage.errors)
        found.extend(_inside(error, stage.label) for error in _stage_errors(stage.stages, failed_only))
    return found


def _inside(error: TaskError, place: str) -> TaskError:
    where = f"{place} / {error.where}" if error.where else place
    return error.model_copy(update={"where": where})


def _with_telling_message(error: TaskError) -> TaskError:
    """Return the error with its cause for a message, where the message itself says nothing."""
    if is_generic(error) and error.cause:
        return error.model_copy(update={"message": error.cause, "cause": None})
    return error


def _merged(one: TaskError, other: TaskError) -> TaskError:
    return one.model_copy(update={name: getattr(other, name) for name in _FIELDS if getattr(one, name) is None})
