# SPDX-License-Identifier: GPL-3.0-or-later
"""Many tasks with few requests: which lists a wait asks for, and that nothing is missed whatever they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.rounds import Rounds
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.wait import run
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request
from tests.unit.fakes import EPOCH, FakeFleet, Reply, fleet_task, is_login, not_found, refusal

Body = dict[str, Any]


def stamp(seconds: float) -> str:
    return (EPOCH + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH).total_seconds()


class Listing(FakeFleet):
    """A service that lists its tasks, the oldest first, in pages, and honours its filters.

    A task is its end in seconds, or None for one that goes on for ever; one that has ended at 0 or before is history.
    """

    def __init__(self, service: str = "fleet_lcm", **options: Any) -> None:
        super().__init__(service, max_outage=60.0, **options)
        self.ends: dict[str, float | None] = {}
        self.filtered: Callable[[Request], Reply] | None = None
        self.hidden: set[str] = set()
        self._made: dict[tuple[str, bool], Body] = {}
        self.updated: Callable[[float], str | None] = stamp

    def add(self, count: int, prefix: str, end: float | None = None) -> list[str]:
        ids = [f"{prefix}{number:04}" for number in range(count)]
        self.ends.update(dict.fromkeys(ids, end))
        return ids

    def body(self, task_id: str) -> Body:
        end = self.ends[task_id]
        done = end is not None and self.clock.seconds >= end
        if (task_id, done) not in self._made:
            self._made[task_id, done] = self._body(task_id, end, done)
        return self._made[task_id, done]

    def _body(self, task_id: str, end: float | None, done: bool) -> Body:
        changed = float(end) if done and end is not None else -1.0
        if self.service.name.startswith("sddc_manager"):
            status = "SUCCESSFUL" if done else "IN_PROGRESS"
            times = {
                "creationTimestamp": stamp(min(changed, -1.0)),
                "completionTimestamp": stamp(changed) if done else None,
            }
            return {"id": task_id, "name": task_id, "status": status, **times}
        if self.service.name == "vmc":
            return {"id": task_id, "status": "FINISHED" if done else "STARTED", "updated": stamp(changed)}
        return fleet_task(task_id, "SUCCEEDED" if done else "RUNNING", updateTime=self.updated(changed))

    def _serve(self, request: Request) -> Reply:
        if is_login(request) or request.method != "GET":
            return super()._serve(request)
        last = urlsplit(request.url).path.rsplit("/", 1)[-1]
        if last != "tasks":
            return self.body(last) if last in self.ends else not_found()
        query = {name: value for name, value in request.query.items() if not name.startswith(("page", "include"))}
        if query and self.filtered is not None:
            return self.filtered(request)
        bodies = [self.body(task_id) for task_id in self.ends if task_id not in self.hidden or not query]
        return self._page([body for body in bodies if matches(body, query)], request)

    def _page(self, bodies: list[Body], request: Request) -> Reply:
        if self.service.name == "vmc":
            return bodies
        number, size = int(request.query["pageNumber"]), int(request.query["pageSize"])
        elements = bodies[(number - 1) * size : number * size]
        metadata = {"pageNumber": number, "totalElements": len(bodies), "totalPages": -(-len(bodies) // size)}
        return {"elements": elements, "pageMetadata": metadata}

    @property
    def lists(self) -> list[str]:
        """What narrowed each list that was asked for, with the number of its page."""
        shown = []
        for request in self.transport.requests:
            if request.method == "GET" and request.url.endswith("/tasks"):
                names = [name for name in request.query if not name.startswith(("page", "include"))]
                shown.append(f"{'+'.join(names) or 'all'} {request.query.get('pageNumber', 1)}")
        return shown

    @property
    def singles(self) -> list[str]:
        return [sent for sent in self.sent("GET") if not sent.endswith("/tasks") and sent != "GET tasks"]


def matches(body: Body, query: dict[str, str]) -> bool:
    for name, value in query.items():
        if name in ("status", "taskStatus") and body["status"] != value:
            return False
        if name == "updateTimeGt" and not (body["updateTime"] and body["updateTime"] > value):
            return False
        if name == "completedAfter":
            ended = body["completionTimestamp"]
            if not ended or (seconds_of(ended) + EPOCH.timestamp()) * 1000 <= int(value):
                return False
        if name == "$filter":
            found = re.fullmatch(r"\(updated ge (\S+)\)", value)
            if found is None or body["updated"] < found.group(1):
                return False
    return True


def wait(line: FakeFleet, ids: list[str], **options: Any) -> dict[str, Any]:
    return line.run(run, task_ids=ids, poll_interval=1.0, max_poll_interval=1.0, progress=False, **options)


@pytest.mark.parametrize(
    ("service", "narrowed"),
    [("fleet_lcm", "updateTimeGt"), ("sddc_lcm", "updateTimeGt"), ("sddc_manager", "taskStatus"), ("vmc", "$filter")],
)
def test_a_long_history_is_read_once(service: str, narrowed: str) -> None:
    line = Listing(service)
    line.add(580, "old", end=-5000.0)
    ids = line.add(20, "new", end=10.5)
    result = wait(line, ids)
    assert set(result["states"].values()) == {"SUCCEEDED"}
    whole = [asked for asked in line.lists if asked.startswith("all ")]
    assert len(whole) == -(-600 // line.service.page_size) if service != "vmc" else len(whole) == 1
    others = [asked for asked in line.lists if not asked.startswith("all ")]
    assert {asked.split(" ")[0] for asked in others} <= {narrowed, "completedAfter"}
    # One page a round, and one more to see what has become of those that are in no such status any more.
    assert result["polls"] - 1 <= len(others) <= result["polls"]
    # Details are read of tasks that have ended, and only where the list does not show them.
    assert len(line.singles) == (0 if line.service.list_has_stages else 20)


def test_a_short_list_is_not_narrowed() -> None:
    line = Listing("sddc_manager")
    ids = line.add(20, "new", end=10.5)
    wait(line, ids)
    assert {asked.split(" ")[0] for asked in line.lists} == {"all"}


def test_the_list_is_read_no_further_than_to_the_last_awaited_task() -> None:
    line = Listing("sddc_manager")
    ids = line.add(20, "new", end=0.5)
    line.add(580, "other", end=-5000.0)
    assert wait(line, ids)["requests"] <= 4
    assert line.lists[0] == "all 1"
    assert "all 2" not in line.lists


def test_five_hundred_tasks_that_end_one_after_the_other() -> None:
    line = Listing("sddc_manager")
    line.add(500, "old", end=-5000.0)
    ids = line.add(500, "new")
    line.ends.update({task_id: 0.06 * number for number, task_id in enumerate(ids)})
    result = wait(line, ids)
    first = 10
    assert (result["requests"] - first - 1) / (result["polls"] - 1) <= 7
    assert line.singles == []


@pytest.mark.parametrize("service", ["fleet_lcm", "sddc_manager", "vmc"])
@pytest.mark.parametrize(
    "answer",
    [
        lambda _request: refusal(400),
        lambda _request: Answer(500, body={}),
        lambda _request: Fault("reset"),
        lambda _request: Answer(200, foreign=True),
    ],
    ids=["refused", "broken", "reset", "foreign"],
)
def test_a_service_that_does_not_know_the_filter(service: str, answer: Callable[[Request], Reply]) -> None:
    line = Listing(service)
    line.add(580, "old", end=-5000.0)
    ids = line.add(20, "new", end=10.5)
    line.filtered = answer
    result = wait(line, ids)
    assert set(result["states"].values()) == {"SUCCEEDED"}
    # It is not asked again and again what it does not understand.
    assert sum(not asked.startswith("all ") for asked in line.lists) <= 2


@pytest.mark.parametrize("hidden", [3, 20])
@pytest.mark.parametrize("service", ["fleet_lcm", "sddc_manager", "vmc"])
def test_what_the_narrowed_list_does_not_show_is_read_all_the_same(service: str, hidden: int) -> None:
    line = Listing(service)
    line.add(580, "old", end=-5000.0)
    ids = line.add(20, "new", end=10.5)
    line.hidden = set(ids[:hidden])
    result = wait(line, ids)
    assert set(result["states"].values()) == {"SUCCEEDED"}
    assert result["requests"] < 8 * result["polls"] + 20


def test_stamps_that_go_backwards_hide_nothing() -> None:
    line = Listing()
    line.add(580, "old", end=-5000.0)
    ids = line.add(20, "new", end=10.5)
    # The clock of the service was set back by an hour: what it stamps now is older than what it has stamped before.
    line.updated = lambda seconds: stamp(seconds - 3600 if seconds > 0 else seconds)
    assert set(wait(line, ids)["states"].values()) == {"SUCCEEDED"}


def test_without_stamps_the_list_is_narrowed_by_status() -> None:
    line = Listing()
    line.updated = lambda _seconds: None
    line.add(580, "old", end=-5000.0)
    ids = line.add(20, "new", end=10.5)
    assert set(wait(line, ids)["states"].values()) == {"SUCCEEDED"}
    assert {asked.split(" ")[0] for asked in line.lists} == {"all", "status"}


def test_what_a_list_says_is_known_even_if_the_details_can_not_be_read() -> None:
    line = Listing()
    ids = line.add(20, "new", end=0.0)

    def serve(request: Request) -> Reply:
        return Fault("reset") if "/tasks/" in request.url else original(request)

    original, line.transport.serve = line.transport.serve, serve
    failure = line.fail(run, task_ids=ids)
    assert failure.kind == "lost_contact"
    assert failure.result["states"] == dict.fromkeys(ids, "SUCCEEDED")


def test_vcenter_is_asked_for_a_thousand_ids_of_one_provider_at_once() -> None:
    line = FakeFleet("vcenter")
    ids = [f"{number}:cis" for number in range(1500)] + [f"{number}:content" for number in range(10)]
    asked: list[list[str]] = []

    def listed(request: Request) -> Reply:
        if is_login(request):
            return "a-token-of-the-fake"
        asked.append(request.json["filter_spec"]["tasks"])
        return {task_id: {"status": "SUCCEEDED"} for task_id in asked[-1]}

    line.transport.serve = listed
    result = line.run(run, task_ids=ids)
    assert set(result["states"].values()) == {"SUCCEEDED"}
    assert [len(some) for some in asked] == [1000, 500, 10]
    assert all(len({task_id.split(":")[1] for task_id in some}) == 1 for some in asked)


def test_a_task_of_many_that_vcenter_has_purged_is_not_found() -> None:
    line = FakeFleet("vcenter")
    line.tasks = {f"{number}:cis": [{"status": "RUNNING"}] for number in range(8)}

    def serve(request: Request) -> Reply:
        if line.clock.seconds > 30:
            line.tasks.pop("0:cis", None)
        asked = (request.json or request.query).get("filter_spec", request.query).get("tasks", [])
        if asked and not set(asked) <= set(line.tasks):
            return refusal(400)
        return {task_id: {"status": "RUNNING"} for task_id in asked} if asked else original(request)

    original, line.transport.serve = line.transport.serve, serve
    failure = line.fail(run, task_ids=list(line.tasks), timeout=100.0)
    assert (failure.kind, failure.task_id) == ("not_found", "0:cis")
    assert line.clock.seconds < 60.0


def test_a_round_reads_a_handful_one_by_one() -> None:
    line = Listing()
    ids = line.add(5, "new")
    read = list(Rounds(line.service).read(dict.fromkeys(ids)))
    assert [task_id for task_id, _task in read] == ids
    assert line.lists == []


def test_pages_that_shift_are_read_again() -> None:
    line = FakeFleet()
    bodies = [fleet_task(f"t{number}") for number in range(4)]

    def listed(request: Request) -> Reply:
        if is_login(request):
            return line.login[0]
        number = int(request.query["pageNumber"])
        shown = bodies[2 * number - 2 : 2 * number]
        metadata = {"totalElements": len(bodies), "totalPages": -(-len(bodies) // 2)}
        if number == 1 and len(bodies) == 4:
            # One is purged while its page is under way: the next page begins one task later.
            del bodies[0]
        return {"elements": shown, "pageMetadata": metadata}

    line.transport.serve = listed
    assert {task.id for task in line.service.list_tasks(Selection())} == {"t0", "t1", "t2", "t3"}
