# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_bundle: a bundle is downloaded.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    NotFoundFailure,
    OptionsFailure,
    TaskFailedFailure,
    TimeoutFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import pace
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.follow import Course, Follower
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.report import concluded, waited
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_reading import check_service
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import Sending
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.verdict import failure_of_tasks
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    PACE_SPEC,
    ArgumentSpec,
    Selection,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import Bundle, Download
from ansible_collections.vcf.lifecycle.plugins.module_utils.selection import newest_first
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused, Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, plain

ARGUMENT_SPEC: ArgumentSpec = {
    **connection_spec(max_outage=1800.0, service="sddc_manager"),
    "bundle_id": {"type": "str", "required": True},
    "wait": {"type": "bool", "default": True},
    **PACE_SPEC,
}


@dataclass
class Downloading:
    """How a bundle was, and how it is.

    C(asked) is whether a download of ours was started, or would be; C(adopted) whether somebody else's is followed.
    C(vouched) is whether the service says that the bundle is here or on its way, though the bundle does not show it.
    """

    bundle_id: str
    before: Bundle | None = None
    bundle: Bundle | None = None
    asked: bool = False
    adopted: bool = False
    vouched: bool = False
    quiet_since: float | None = None

    @property
    def progress(self) -> Download:
        """How far the bundle has come."""
        return Download.UNKNOWN if self.bundle is None else sddc_upgrade.download_of(self.bundle)


def run(service: Service, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Have the bundle downloaded unless it is, and wait for it; a failure returns just as much."""
    check_service(service)
    if not params["bundle_id"].strip():
        raise OptionsFailure("bundle_id is empty.", service=service.name)
    follower, course = Follower(service, Waiting.of(params), context), Course()
    downloading = Downloading(params["bundle_id"])
    with follower.keeping(course):
        _begin(follower, course, downloading)
        if downloading.progress is not Download.DONE and not context.check_mode:
            if params["wait"]:
                follower.follow(course, lambda course: _is_over(follower, course, downloading))
            else:
                follower.refresh(course)
    result = {
        **waited(follower, course),
        "changed": downloading.asked,
        "adopted": downloading.adopted,
        "bundle_id": downloading.bundle_id,
        "bundle": plain(downloading.bundle),
    }
    if context.diff:
        result["diff"] = difference(downloading, predicted=context.check_mode)
    awaits = params["wait"] and not context.check_mode
    return concluded(result, failure_of(service, course, downloading, awaits=awaits))


def difference(downloading: Downloading, *, predicted: bool) -> dict[str, Any]:
    """Return whether the bundle is downloaded, before and after, as C(--diff) shows it.

    :param predicted: whether nothing was sent, so that what would have been is shown.
    """
    before = {"id": downloading.bundle_id, "downloaded": bool(downloading.before and downloading.before.downloaded)}
    after = before
    if downloading.asked:
        is_here = downloading.progress is Download.DONE
        after = {**before, "downloaded": predicted or is_here}
    return {"before": before, "after": after}


def failure_of(service: Service, course: Course, downloading: Downloading, *, awaits: bool) -> Failure | None:
    """Return why the bundle is not downloaded as it should be; None where it is.

    :param awaits: whether the module has waited for that.
    """
    if downloading.progress is Download.DONE:
        return None
    if course.failure is not None or not awaits:
        return course.failure
    status = "not seen yet" if downloading.bundle is None else f"{downloading.bundle.status}"
    if course.timed_out:
        return TimeoutFailure(
            f"Time ran out: the download of bundle {downloading.bundle_id} is {status}. "
            "Run again to go on waiting: it is not started twice.",
            service=service.name,
            task_id=next((task.id for task in course.tasks), None),
        )
    bad = [task for task in course.tasks if task.state in (State.FAILED, State.CANCELED)]
    if bad:
        return failure_of_tasks(bad)
    return TaskFailedFailure(
        f"Bundle {downloading.bundle_id} is not downloaded although its download has ended; it is {status}.",
        service=service.name,
        task_id=next((task.id for task in course.tasks), None),
    )


def _begin(follower: Follower, course: Course, downloading: Downloading) -> None:
    """See how the bundle is, and start its download where there is none.

    :raises NotFoundFailure: when the service does not know the bundle.
    :raises NotAllowedFailure: when the service refuses the download.
    """
    service = follower.service
    downloading.before = downloading.bundle = _read(service, downloading)
    if downloading.progress is Download.DONE:
        return
    if downloading.progress is Download.GOING_ON:
        downloading.adopted = True
        task_id = next(iter(_tasks_of(service, downloading.bundle_id)), None)
    elif follower.context.check_mode:
        downloading.asked = True
        return
    else:
        task_id = _start(service, downloading)
    if task_id is not None:
        course.watch(task_id)
        if follower.context.check_mode:
            follower.look_once(course)


def _start(service: Service, downloading: Downloading) -> str | None:
    """Start the download; return the id of the task that does it, where there is one to be seen."""
    bundle_id = downloading.bundle_id
    sending = Sending(service, f"to download bundle {bundle_id}")

    def request() -> list[str]:
        try:
            return [sddc_upgrade.download(service, bundle_id)]
        except Refused as refused:
            if not sddc_upgrade.is_under_way(refused):
                raise
            downloading.vouched = True
            downloading.adopted = not sending.is_asked
            return []

    def look() -> list[str] | None:
        downloading.bundle = _read(service, downloading)
        if downloading.progress not in (Download.DONE, Download.GOING_ON):
            return None
        return _tasks_of(service, bundle_id)

    try:
        task_ids = sending.once(request, look)
    except Refused as refused:
        raise sending.refusal(refused) from refused
    finally:
        downloading.asked = sending.is_asked and not downloading.adopted
    if not sending.is_asked:
        downloading.adopted = downloading.progress is Download.GOING_ON
    return next(iter(task_ids), None)


def _is_over(follower: Follower, course: Course, downloading: Downloading) -> bool:
    """Look at the bundle; tell whether there is anything left to wait for."""
    downloading.bundle = _read(follower.service, downloading)
    if downloading.progress is Download.DONE:
        # Its task may have ended since it was looked at.
        follower.refresh(course)
        return True
    if course.going_on or downloading.progress in (Download.GOING_ON, Download.UNKNOWN):
        downloading.quiet_since = None
        return False
    if any(task.state in (State.FAILED, State.CANCELED) for task in course.tasks):
        return True
    if downloading.vouched:
        return downloading.progress is Download.FAILED
    # A bundle may take a moment to show how its task has ended.
    now = follower.context.clock.monotonic()
    downloading.quiet_since = now if downloading.quiet_since is None else downloading.quiet_since
    return now - downloading.quiet_since >= pace.STALE_SECONDS


def _read(service: Service, downloading: Downloading) -> Bundle:
    bundle = sddc_upgrade.get_bundle(service, downloading.bundle_id)
    if bundle is None:
        raise NotFoundFailure(
            f"{service.name} at {service.contact.address} knows no bundle {downloading.bundle_id!r}. "
            "sddc_upgrade_info lists the bundles that there are.",
            service=service.name,
            http_status=404,
        )
    return bundle


def _tasks_of(service: Service, bundle_id: str) -> list[str]:
    """Return the ids of the tasks that go on and work on a bundle, as a download does, the newest first."""
    tasks = newest_first(task for task in service.list_tasks(Selection(resource_id=bundle_id)) if not task.done)
    return [task.id for task in tasks if any(one.id == bundle_id for one in task.resources)]
