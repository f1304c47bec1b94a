# SPDX-License-Identifier: GPL-3.0-or-later
"""task_wait: until the tasks have ended.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.cancel import cancel_rest
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.select import listed
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import failure_of, is_enough, timeout_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    SELECTION_SPEC,
    WAITING_SPEC,
    ArgumentSpec,
    Selection,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service

ARGUMENT_SPEC: ArgumentSpec = {**connection_spec(max_outage=1800.0), **SELECTION_SPEC, **WAITING_SPEC}


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Wait, and return the tasks as they ended; a failure returns just as much."""
    selection, waiting = Selection.of(params), Waiting.of(params)
    selection.require("wait for")
    service.check_selection(selection)
    follower, course = Follower(service, waiting, context), Course()
    with follower.keeping(course):
        for task_id in selection.task_ids or [task.id for task in listed(service, selection)]:
            course.watch(task_id)
        if context.check_mode:
            follower.look_once(course)
        else:
            follower.follow(course, lambda course: is_enough(course, waiting))
    canceled: dict[str, Any] = {}
    account = ""
    if course.timed_out and waiting.on_timeout == "cancel" and not context.check_mode:
        canceled, account = cancel_rest(follower, course)
    failure = (course.failure or timeout_of(course, waiting)) if context.check_mode else failure_of(course, waiting)
    return concluded({**waited(follower, course), **canceled}, failure, account)
