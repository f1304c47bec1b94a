# SPDX-License-Identifier: GPL-3.0-or-later
"""What an outage is, and how it is ridden out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import (
    Contact,
    DeadlinePassed,
    fault_of,
    pause,
    seconds_to_wait,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    InvalidResponseFailure,
    LostContactFailure,
    UnreachableFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault
from tests.unit.fakes import EPOCH, FakeClock

REFUSED = Fault("connection refused", delivery=Delivery.NONE)
BROKEN = Fault("the connection broke", delivery=Delivery.BROKEN)

# What is an answer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 599, 408, 425, 429])
@pytest.mark.parametrize("foreign", [False, True])
def test_no_answers(status: int, foreign: bool) -> None:
    fault = fault_of(Answer(status, foreign=foreign), EPOCH)
    assert fault is not None
    assert f"HTTP {status}" in fault.reason
    # Who is told to come back later has not been served; what a gateway has not waited for may still be carried out.
    assert fault.delivery is {429: Delivery.NONE, 504: Delivery.LATE}.get(status, Delivery.ANSWERED)
    assert fault.http_status == status


@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 409, 410, 418])
def test_answers(status: int) -> None:
    assert fault_of(Answer(status, body={}), EPOCH) is None


@pytest.mark.parametrize(
    ("status", "is_answer"),
    [(200, False), (202, False), (400, False), (410, False), (401, True), (403, True), (404, True), (409, True)],
)
def test_answers_that_are_not_json(status: int, is_answer: bool) -> None:
    assert (fault_of(Answer(status, foreign=True), EPOCH) is None) is is_answer


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("3600", 60.0),
        ("9" * 40, None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("\u00b2", None),
        ("\u0663", None),
        (format_datetime(EPOCH + timedelta(seconds=20), usegmt=True), 20.0),
        (format_datetime(EPOCH + timedelta(days=1), usegmt=True), 60.0),
        (format_datetime(EPOCH - timedelta(days=1), usegmt=True), 0.0),
        ("Sat, 21 Nov 2026 22:00:20", None),
        ("Sat, 99 Nov 2026 22:00:20 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    answer = Answer(503, {} if header is None else {"Retry-After": header})
    assert seconds_to_wait(answer, EPOCH) == seconds
    fault = fault_of(answer, EPOCH)
    assert fault is not None
    assert fault.retry_after == seconds


def test_pauses_grow_to_a_limit_and_differ() -> None:
    assert [pause(failures, None, 0.5) for failures in (1, 2, 3, 4, 5, 6, 60, 10_000)] == [
        *(0.5, 1.0, 2.0, 4.0, 8.0),
        *(15.0, 15.0, 15.0),
    ]
    assert (pause(2, None, 0.0), pause(2, None, 1.0)) == (0.75, 1.25)


def test_a_service_that_wants_to_be_left_alone_is() -> None:
    assert pause(1, 30.0, 0.5) == 30.0
    assert pause(6, 3.0, 0.5) == 15.0


# Riding ---------------------------------------------------------------------------------------------------------------


class Line:
    """A contact, and tries that fail as told."""

    def __init__(self, max_outage: float = 60.0) -> None:
        self.clock = FakeClock()
        self.contact = Contact(address="host", service="fleet_lcm", max_outage=max_outage, clock=self.clock)
        self.tries: list[float] = []

    def until(self, seconds: float, fault: Fault = REFUSED, took: float = 0.0) -> Callable[[], str]:
        """A try that fails before that time and succeeds from then on."""

        def attempt() -> str:
            self.tries.append(self.clock.seconds)
            if self.clock.seconds < seconds:
                self.clock.seconds += took
                raise fault
            return "answer"

        return attempt


def test_no_outage() -> None:
    line = Line()
    assert line.contact.ride(line.until(0)) == "answer"
    assert (line.clock.sleeps, line.contact.requests, line.contact.settle().count) == ([], 1, 0)


def test_an_outage_is_ridden_out_and_accounted_for() -> None:
    line = Line()
    heard: list[Any] = []
    line.contact.on_lost = lambda reason, seconds: heard.append(reason)
    line.contact.on_back = heard.append
    line.contact.ride(line.until(20))
    account = line.contact.settle()
    assert account.count == 1
    assert 20 <= account.total == account.longest == line.clock.seconds < 36
    assert heard == ["connection refused"] * (len(line.tries) - 1) + [line.clock.seconds]
    assert line.contact.requests == len(line.tries) > 3
    assert not line.contact.is_out


def test_two_outages_are_two() -> None:
    line = Line()
    line.contact.ride(line.until(5))
    first = line.clock.seconds
    line.clock.seconds = 100
    line.contact.ride(line.until(130))
    account = line.contact.settle()
    second = line.clock.seconds - 100
    assert (account.count, account.longest) == (2, second)
    assert account.total == pytest.approx(first + second)


def test_the_time_of_a_try_that_fails_is_outage() -> None:
    line = Line()
    line.contact.ride(line.until(5, took=30.0))
    assert line.contact.settle().total >= 30.0


def test_an_outage_that_goes_on_is_settled_as_far_as_it_went() -> None:
    line = Line(max_outage=10)
    with pytest.raises(UnreachableFailure):
        line.contact.ride(line.until(1000))
    account = line.contact.settle()
    assert (account.count, account.total) == (1, 10.0)
    assert line.contact.settle().count == 1


def test_never_answered_is_unreachable() -> None:
    line = Line()
    with pytest.raises(
        UnreachableFailure, match=r"fleet_lcm at host can not be reached \(tried for 1m\): connection refused"
    ):
        line.contact.ride(line.until(1000))
    # The last try is made at the very end of what is allowed.
    assert line.tries[-1] == line.clock.seconds == 60.0


def test_answered_before_is_lost_contact_and_says_nothing_of_tasks() -> None:
    line = Line()
    line.contact.ride(line.until(0))
    with pytest.raises(LostContactFailure, match="says nothing about its tasks"):
        line.contact.ride(line.until(1000))
    assert line.tries[-1] == 60.0


def test_no_outage_is_allowed_at_all() -> None:
    line = Line(max_outage=0)
    with pytest.raises(UnreachableFailure):
        line.contact.ride(line.until(1000))
    assert len(line.tries) == 1


def test_the_last_try_is_the_last_at_whatever_instant_the_outage_began() -> None:
    line = Line()
    line.clock.seconds = 4.1
    # The clock can not tell the end of the outage from a moment before it.
    assert (line.clock.seconds + 60.0) - line.clock.seconds < 60.0
    with pytest.raises(UnreachableFailure):
        line.contact.ride(line.until(1000))
    assert line.tries.count(4.1 + 60.0) == 1


def test_retry_after_is_obeyed_within_max_outage() -> None:
    line = Line()
    line.contact.ride(line.until(40, Fault("busy", retry_after=45.0)))
    assert line.tries == [0.0, 45.0]
    line = Line(max_outage=20)
    with pytest.raises(UnreachableFailure):
        line.contact.ride(line.until(40, Fault("busy", retry_after=45.0)))
    assert line.tries == [0.0, 20.0]


AT_ONCE = Fault("its name does not resolve", delivery=Delivery.NONE, first_kind="unreachable")


def test_some_faults_end_it_at_first_contact() -> None:
    line = Line()
    with pytest.raises(UnreachableFailure, match="its name does not resolve"):
        line.contact.ride(line.until(1000, AT_ONCE))
    assert line.tries == [0.0]


def test_the_kind_is_the_faults() -> None:
    line = Line()
    with pytest.raises(InvalidResponseFailure):
        line.contact.ride(line.until(1000, Fault("no list", first_kind="invalid_response")))


def test_the_same_faults_are_an_outage_later() -> None:
    line = Line()
    line.contact.ride(line.until(0))
    assert line.contact.ride(line.until(30, AT_ONCE)) == "answer"


def test_a_login_elsewhere_does_not_show_that_the_address_is_right() -> None:
    line = Line()
    line.contact.ride(line.until(0), is_login=True)
    with pytest.raises(UnreachableFailure):
        line.contact.ride(line.until(1000, AT_ONCE))


def test_the_deadline_ends_an_outage() -> None:
    line = Line()
    line.contact.deadline = 7.0
    with pytest.raises(DeadlinePassed):
        line.contact.ride(line.until(1000))
    assert line.tries[-1] == line.clock.seconds == 7.0
    assert line.contact.is_out


@pytest.mark.parametrize("delivery", Delivery)
def test_what_could_do_harm_twice_has_one_try(delivery: Delivery) -> None:
    line = Line()
    with pytest.raises(Fault, match="away"):
        line.contact.ride(line.until(5, Fault("away", delivery=delivery)), repeatable=False)
    assert (len(line.tries), line.clock.sleeps) == (1, [])
    # It is an outage all the same, which ends with the next answer.
    assert line.contact.is_out
    line.clock.seconds = 7.0
    line.contact.ride(line.until(5))
    assert line.contact.settle().total == 7.0


def test_reads_are_sent_again() -> None:
    line = Line()
    assert line.contact.ride(line.until(5, BROKEN)) == "answer"


def test_holding_ends_at_the_deadline() -> None:
    line = Line()
    line.contact.hold(50)
    assert line.clock.seconds == 50
    line.contact.deadline = 100.0
    line.contact.hold(20)
    with pytest.raises(DeadlinePassed):
        line.contact.hold(60)
    assert line.clock.seconds == 100


def test_who_looks_after_a_try_of_his_own_waits_like_a_ride() -> None:
    line = Line()
    line.contact.ride(line.until(0))
    for failures in (1, 2, 3):
        line.contact.wait(failures, REFUSED)
    assert line.clock.sleeps == [0.5, 1.0, 2.0]


def test_waiting_ends_at_the_deadline() -> None:
    line = Line()
    line.contact.deadline = 2.0
    line.contact.wait(6, REFUSED)
    assert line.clock.seconds == 2.0
    with pytest.raises(DeadlinePassed, match="connection refused"):
        line.contact.wait(7, REFUSED)


def test_a_request_has_no_longer_than_to_the_limit() -> None:
    line = Line()
    assert line.contact.seconds_left() is None
    line.contact.limit = 10.0
    line.clock.seconds = 4.0
    assert line.contact.seconds_left() == 6.0
    line.clock.seconds = 10.0
    with pytest.raises(DeadlinePassed):
        line.contact.ride(line.until(0))
    assert line.tries == []
