# SPDX-License-Identifier: GPL-3.0-or-later
"""What all services share: the login, reading, paging, and how an answer is judged."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    AuthenticationFailure,
    AuthorizationFailure,
    InvalidResponseFailure,
    LostContactFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Selection
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault
from tests.unit.fakes import FakeFleet, fleet_task, not_found, page, refusal

HTML = Answer(404, foreign=True)


def fleet(**options: Any) -> FakeFleet:
    made = FakeFleet(**options)
    made.tasks = {"t1": [fleet_task()]}
    return made


# The login ------------------------------------------------------------------------------------------------------------


def test_one_login_serves_all_requests() -> None:
    line = fleet()
    for _time in range(3):
        line.service.get_task("t1")
    assert (len(line.logins), len(line.sent())) == (1, 3)
    assert line.transport.requests[0].secret
    assert line.transport.requests[1].headers["Authorization"] == "Bearer a-token-of-the-fake"


def test_a_task_that_has_not_changed_is_read_once_and_belongs_to_who_asked() -> None:
    line = fleet()
    first = line.service.get_task("t1")
    assert first is not None
    first.estimated_remaining_seconds = 5
    second = line.service.get_task("t1")
    assert second is not None
    assert (second.id, second.estimated_remaining_seconds) == ("t1", None)
    assert second.stages is first.stages
    # The same answer for another task is none.
    line.tasks["t2"] = line.tasks["t1"]
    with pytest.raises(LostContactFailure, match="another task"):
        line.service.get_task("t2")


def test_the_token_is_masked_from_then_on() -> None:
    line = fleet()
    line.service.get_task("t1")
    assert line.redactor.text("a-token-of-the-fake") == "********"


def test_a_given_token_needs_no_login() -> None:
    line = fleet(token="given-token")
    line.service.get_task("t1")
    assert line.logins == []
    assert line.transport.requests[0].headers["Authorization"] == "Bearer given-token"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_rejected_login_is_not_tried_again(status: int) -> None:
    line = fleet()
    line.login = [refusal(status, "IDENTITY_UNAUTHORIZED_ENTITY", "Wrong password")]
    with pytest.raises(AuthenticationFailure, match=r"admin.*Wrong password.*accounts lock") as caught:
        line.service.get_task("t1")
    assert (len(line.logins), line.sent(), line.clock.sleeps) == (1, [], [])
    assert (caught.value.http_status, caught.value.code) == (status, "IDENTITY_UNAUTHORIZED_ENTITY")
    assert "a-secret-password" not in caught.value.as_sentence()


def test_a_login_rides_out_an_outage() -> None:
    line = fleet()
    line.login = [Answer(503), Fault("connection refused", delivery=Delivery.NONE), *line.login]
    assert line.service.get_task("t1") is not None
    assert len(line.logins) == 3


def test_a_login_without_a_token_is_no_answer() -> None:
    line = fleet()
    line.login = [{"unexpected": "body"}]
    with pytest.raises(InvalidResponseFailure, match="without a token"):
        line.service.get_task("t1")


@pytest.mark.parametrize("token", ["line\nbreak", "line\r\nInjected: yes", "t\u00f6ken", "two words", "nul\0", "", []])
@pytest.mark.parametrize("service", ["fleet_lcm", "vmc", "sddc_manager"])
def test_a_token_that_can_not_be_sent_is_no_answer(service: str, token: Any) -> None:
    line = FakeFleet(service)
    odd = {"access_token": token, "accessToken": token}
    line.login = [odd]
    with pytest.raises(InvalidResponseFailure, match="without a token that could be used"):
        line.service.get_task("t1")
    line = fleet()
    line.tasks["t1"] = [fleet_task(), Answer(401, body={}), fleet_task()]
    line.login = [*line.login, odd, odd, *line.login]
    line.service.get_task("t1")
    # Later it is an outage.
    assert line.service.get_task("t1") is not None
    assert (line.contact.settle().count, len(line.logins)) == (1, 4)


def test_a_login_at_the_wrong_address_says_so() -> None:
    line = fleet()
    line.login = [not_found()]
    with pytest.raises(InvalidResponseFailure, match="auth_url"):
        line.service.get_task("t1")


def test_an_expired_token_is_renewed() -> None:
    line = fleet()
    line.tasks["t1"] = [fleet_task(), Answer(401, body={}), fleet_task(status="SUCCEEDED")]
    line.login = [{"access_token": "first-token"}, {"access_token": "second-token"}]
    line.service.get_task("t1")
    task = line.service.get_task("t1")
    assert task is not None
    assert task.done
    assert len(line.logins) == 2
    assert line.transport.requests[-1].headers["Authorization"] == "Bearer second-token"


def test_a_new_token_that_is_rejected_is_final() -> None:
    line = fleet()
    line.tasks["t1"] = [Answer(401, body={})]
    with pytest.raises(AuthenticationFailure, match="clocks"):
        line.service.get_task("t1")
    assert len(line.logins) == 2


def test_a_given_token_is_never_renewed() -> None:
    line = fleet(token="given-token")
    line.tasks["t1"] = [Answer(401, body={})]
    with pytest.raises(AuthenticationFailure, match="expired"):
        line.service.get_task("t1")
    assert (line.logins, len(line.sent())) == ([], 1)


def test_not_allowed_is_final() -> None:
    line = fleet()
    line.tasks["t1"] = [refusal(403, "FORBIDDEN", "Role missing")]
    with pytest.raises(AuthorizationFailure, match=r"user admin.*Role missing") as caught:
        line.service.get_task("t1")
    assert (len(line.sent()), caught.value.http_status, caught.value.code) == (1, 403, "FORBIDDEN")


# One task -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_task_that_is_not_known(status: int) -> None:
    line = fleet()
    line.tasks["t1"] = [refusal(status)]
    assert line.service.get_task("t1") is None


@pytest.mark.parametrize("task_id", [".", ".."])
def test_an_id_that_can_not_be_quoted_is_not_sent(task_id: str) -> None:
    line = fleet()
    assert line.service.get_task(task_id) is None
    assert line.transport.requests == []


@pytest.mark.parametrize(
    ("task_id", "quoted"),
    [
        ("a/b", "a%2Fb"),
        ("../v1/users", "..%2Fv1%2Fusers"),
        ("a b", "a%20b"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("'\"", "%27%22"),
        ("%2e%2e", "%252e%252e"),
        ("a\nb", "a%0Ab"),
        ("ä", "%C3%A4"),
    ],
)
def test_an_id_is_one_segment(task_id: str, quoted: str) -> None:
    service = fleet().service
    url = f"https://fleet.example.com/fleet-lcm/v1/tasks/{quoted}"
    assert (
        service.task_url(task_id)
        == service.cancel_request(task_id).url
        == service.retry_request(task_id, None).url
        == url
    )


@pytest.mark.parametrize("body", [[], "text", {}, {"id": None}, {"id": ""}, {"id": "other"}, {"elements": []}])
def test_something_else_than_the_task_is_no_answer(body: Any) -> None:
    line = fleet()
    line.tasks["t1"] = [body]
    with pytest.raises(InvalidResponseFailure):
        line.service.get_task("t1")
    line = fleet()
    line.tasks["t1"] = [fleet_task(), body, body, fleet_task(status="SUCCEEDED")]
    line.service.get_task("t1")
    task = line.service.get_task("t1")
    assert task is not None
    assert task.done


@pytest.mark.parametrize("body", [None, Answer(204)])
def test_an_answer_with_nothing_in_it_is_an_outage(body: Any) -> None:
    line = fleet()
    line.login = [body, *line.login]
    line.tasks["t1"] = [body, fleet_task()]
    line.list = [body, page(fleet_task())]
    assert line.service.get_task("t1") is not None
    assert ids(line) == ["t1"]
    assert line.contact.settle().count == 3
    line.tasks["t1"] = [body]
    with pytest.raises(LostContactFailure, match="answers with nothing"):
        line.service.get_task("t1")


def test_an_id_in_another_case_is_the_same_id() -> None:
    line = fleet()
    line.tasks["T1"] = [fleet_task("t1")]
    task = line.service.get_task("T1")
    assert task is not None
    assert task.id == "t1"


def test_a_404_of_a_proxy_counts_once_the_list_answers() -> None:
    line = fleet()
    line.tasks["t1"] = [HTML]
    assert line.service.get_task("t1") is None
    assert line.sent() == ["GET t1", "GET tasks"]


def test_a_404_of_a_proxy_is_an_outage_while_the_list_is_away() -> None:
    line = fleet()
    line.tasks["t1"] = [HTML, fleet_task()]
    line.list = [HTML, HTML, page()]
    assert line.service.get_task("t1") is not None


def test_a_404_of_a_proxy_that_never_ends_is_an_outage_after_the_login() -> None:
    line = fleet()
    line.tasks["t1"], line.list = [HTML], [HTML]
    with pytest.raises(LostContactFailure, match="base_path"):
        line.service.get_task("t1")
    assert line.clock.seconds == 60.0


def test_another_refusal_of_a_read_is_final() -> None:
    line = fleet()
    line.tasks["t1"] = [refusal(418, "TEAPOT", "Short and stout")]
    with pytest.raises(InvalidResponseFailure, match="Short and stout") as caught:
        line.service.get_task("t1")
    assert (caught.value.http_status, caught.value.code) == (418, "TEAPOT")


def test_what_the_service_says_in_an_outage_is_passed_on() -> None:
    line = fleet(max_outage=0.0)
    line.tasks["t1"] = [refusal(500, "X", "The database is away")]
    with pytest.raises(Exception, match=r"HTTP 500 \(The database is away\)"):
        line.service.get_task("t1")


# The list -------------------------------------------------------------------------------------------------------------


def ids(line: FakeFleet) -> list[str]:
    return [task.id for task in line.service.list_tasks(Selection())]


def test_all_pages_are_read() -> None:
    line = fleet()
    line.list = [page(fleet_task(f"t{number}"), number=number, of=3) for number in (1, 2, 3)]
    assert ids(line) == ["t1", "t2", "t3"]
    queries = [request.query for request in line.transport.requests[1:]]
    assert [query["pageNumber"] for query in queries] == ["1", "2", "3"]
    assert {query["pageSize"] for query in queries} == {"100"}


def test_a_task_that_moved_to_the_next_page_is_one_task() -> None:
    line = fleet()
    line.list = [page(fleet_task("a"), fleet_task("b"), of=2), page(fleet_task("b"), fleet_task("c"), number=2, of=2)]
    assert ids(line) == ["a", "b", "c"]


def test_an_empty_page_is_the_last_whatever_the_count_says() -> None:
    line = fleet()
    line.list = [page(fleet_task("a"), of=10**6), page(of=10**6)]
    assert ids(line) == ["a"]
    assert len(line.sent()) == 2


def test_a_page_that_repeats_the_one_before_is_not_the_last_while_the_count_says_more() -> None:
    line = fleet()
    line.list = [page(fleet_task("a"), of=3), page(fleet_task("a"), of=3), page(fleet_task("b"), of=3)]
    assert ids(line) == ["a", "b"]
    assert len(line.sent()) == 3


@pytest.mark.parametrize("again", [{"elements": []}, {"elements": None}, {"elements": [fleet_task("b")]}])
@pytest.mark.parametrize("metadata", [{}, {"pageMetadata": None}, {"pageMetadata": {"totalPages": "many"}}])
def test_without_a_page_count_a_page_without_anything_new_is_the_last(
    metadata: dict[str, Any], again: dict[str, Any]
) -> None:
    line = fleet()
    pages = [{"elements": [fleet_task("a")]}, {"elements": [fleet_task("b")]}, again]
    line.list = [{"elements": [], **body, **metadata} for body in pages]
    assert ids(line) == ["a", "b"]
    assert len(line.sent()) == 3


@pytest.mark.parametrize(
    "metadata",
    [
        {"totalPages": 2},
        {"totalPages": "2"},
        {"totalPages": 2.0},
        {"totalElements": 200},
        {"totalElements": "199"},
        {"totalPages": None, "totalElements": 101},
    ],
)
def test_counts_of_pages_or_of_tasks_as_numbers_or_as_text(metadata: dict[str, Any]) -> None:
    line = fleet()
    first, second = [[fleet_task(f"{letter}{number}") for number in range(100)] for letter in "ab"]
    line.list = [{"elements": first, "pageMetadata": metadata}, {"elements": second, "pageMetadata": metadata}]
    assert len(ids(line)) == 200
    assert len(line.sent()) == 2


def test_a_service_that_cuts_its_pages_smaller_than_asked_for_is_read_to_the_end() -> None:
    line = fleet()
    pages = [[fleet_task(f"{page_number}-{number}") for number in range(40)] for page_number in range(3)]
    line.list = [{"elements": tasks, "pageMetadata": {"totalElements": 120}} for tasks in pages]
    assert len(ids(line)) == 120


def test_nulls_and_what_has_no_id_are_no_tasks() -> None:
    line = fleet()
    line.list = [{"elements": [None, {}, {"id": None}, "x", fleet_task("a")], "pageMetadata": {"totalPages": 1}}]
    assert ids(line) == ["a"]


@pytest.mark.parametrize("body", [[], "text", {}, {"status": "ok"}])
def test_something_else_than_a_list_is_no_answer(body: Any) -> None:
    line = fleet()
    line.list = [body]
    with pytest.raises(InvalidResponseFailure):
        ids(line)


def test_no_tasks_are_an_answer() -> None:
    line = fleet()
    line.list = [{"elements": None, "pageMetadata": None}]
    assert ids(line) == []


@pytest.mark.parametrize(
    ("service", "names"),
    [
        ("fleet_lcm", {"type": "type", "created_by": "createdBy", "resource_id": "resourceId"}),
        ("sddc_manager", {"type": "taskType", "resource_id": "resourceId", "resource_type": "resourceType"}),
    ],
)
def test_filters_go_to_the_service_where_it_means_the_same(service: str, names: dict[str, str]) -> None:
    line = FakeFleet(service)
    line.service.list_tasks(Selection.of({**dict.fromkeys(names, "x"), "name": "n", "states": ["FAILED"]}))
    query = {name: value for name, value in line.transport.requests[1].query.items() if not name.startswith("page")}
    assert query == dict.fromkeys(names.values(), "x")


def test_system_tasks_are_asked_for() -> None:
    line = fleet()
    line.service.list_tasks(Selection(include_system_tasks=True))
    assert line.transport.requests[1].query["includeSystemTasks"] == "true"


# Writing --------------------------------------------------------------------------------------------------------------


def test_a_request_has_no_longer_than_to_the_limit() -> None:
    line = fleet()
    line.service.get_task("t1")
    line.contact.limit = 7.0
    line.service.get_task("t1")
    assert line.transport.limits == [None, None, 7.0]


def test_a_refusal_has_the_services_reason() -> None:
    line = fleet()
    line.write = [refusal(409, "E1", "Already ended")]
    with pytest.raises(Refused, match="Already ended") as caught:
        line.service.cancel_task("t1")
    assert (caught.value.status, caught.value.error.code) == (409, "E1")


@pytest.mark.parametrize("fault", [Fault("it broke"), Answer(503), Answer(200, foreign=True)])
def test_a_write_whose_answer_is_lost_is_not_repeated(fault: Any) -> None:
    line = fleet()
    line.write = [fault]
    with pytest.raises(Fault):
        line.service.cancel_task("t1")
    assert line.writes == ["POST t1 cancel"]


@pytest.mark.parametrize("fault", [Fault("connection refused", delivery=Delivery.NONE), HTML, Answer(429)])
def test_a_write_that_was_not_delivered_is_not_repeated_here_either(fault: Any) -> None:
    # Whoever asks for it looks at the task first, and needs to know that.
    line = fleet()
    line.write = [fault]
    with pytest.raises(Fault) as caught:
        line.service.retry_task("t1")
    assert (caught.value.delivery, line.writes) == (Delivery.NONE, ["POST t1 retry"])


def test_a_write_with_an_expired_token_is_sent_with_a_new_one() -> None:
    line = fleet()
    line.write = [Answer(401, body={}), fleet_task()]
    assert line.service.retry_task("t1") == "t1"
    assert (len(line.writes), len(line.logins)) == (2, 2)


def test_a_retry_may_have_another_id() -> None:
    line = fleet()
    line.write = [fleet_task("t2")]
    assert line.service.retry_task("t1") == "t2"
