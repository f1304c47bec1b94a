# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent is carried out once, whatever happens to the answers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import LostContactFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import (
    Sending,
    UnheardFailure,
    may_be_sent_again,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Delivery, Fault
from tests.unit.fakes import FakeFleet


class Scene:
    """A service that answers each request in turn, and shows what was made from a look on."""

    def __init__(self, *answers: Any, shows_at: int | None = None, **options: Any) -> None:
        self.fake = FakeFleet(max_outage=30.0)
        self.sending = Sending(self.fake.service, "for a cake", **options)
        self.answers = list(answers)
        self.sent = self.looks = 0
        self.shows_at = shows_at

    def request(self) -> str:
        self.sent += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    def look(self) -> str | None:
        self.looks += 1
        return "found" if self.shows_at is not None and self.looks >= self.shows_at else None

    def once(self) -> str:
        return self.sending.once(self.request, self.look)


def lost(delivery: Delivery) -> Fault:
    return Fault("the line broke", delivery=delivery)


NO = Refused(400, TaskError(code="BUSY", message="Somebody else bakes."))


def test_an_answer() -> None:
    scene = Scene("made")
    assert (scene.once(), scene.sent, scene.looks, scene.sending.is_asked) == ("made", 1, 0, True)


@pytest.mark.parametrize("delivery", [Delivery.ANSWERED, Delivery.BROKEN, Delivery.LATE])
def test_a_lost_answer_whose_work_shows_after_a_while(delivery: Delivery) -> None:
    scene = Scene(lost(delivery), shows_at=3)
    assert (scene.once(), scene.sent, scene.sending.is_asked) == ("found", 1, True)


def test_what_was_not_delivered_and_is_there_is_somebody_elses() -> None:
    scene = Scene(lost(Delivery.NONE), shows_at=1)
    assert (scene.once(), scene.sent, scene.sending.is_asked) == ("found", 1, False)


def test_what_was_not_carried_out_is_sent_again() -> None:
    scene = Scene(lost(Delivery.NONE), lost(Delivery.ANSWERED), lost(Delivery.BROKEN), "made")
    assert (scene.once(), scene.sent) == ("made", 4)
    # One look after what was not delivered, and looks for five seconds after each of the others.
    assert scene.looks == 1 + 2 * 11


def test_what_may_still_be_under_way_is_not_sent_again() -> None:
    scene = Scene(lost(Delivery.LATE))
    with pytest.raises(UnheardFailure, match="did not answer the request for a cake"):
        scene.once()
    assert (scene.sent, scene.sending.is_asked) == (1, True)


def test_unless_it_is_harmless_and_then_once() -> None:
    scene = Scene(lost(Delivery.LATE), lost(Delivery.LATE), harmless=True)
    with pytest.raises(UnheardFailure):
        scene.once()
    assert scene.sent == 2


def test_an_outage_ends_it() -> None:
    scene = Scene(*[lost(Delivery.ANSWERED)] * 20)
    with pytest.raises(LostContactFailure):
        scene.once()
    assert scene.fake.clock.seconds < 60


def test_a_refusal() -> None:
    scene = Scene(NO)
    with pytest.raises(Refused) as raised:
        scene.once()
    assert not scene.sending.is_asked
    failure = scene.sending.refusal(raised.value)
    assert "does not accept the request for a cake: Somebody else bakes" in failure.message
    assert (failure.code, failure.http_status) == ("BUSY", 400)


def test_a_refusal_after_a_lost_request_is_no_plain_refusal() -> None:
    """It may say no because the first request is being carried out, and does not show that yet."""
    scene = Scene(lost(Delivery.BROKEN), NO)
    with pytest.raises(UnheardFailure, match="refuses another one: Somebody else bakes"):
        scene.once()
    assert (scene.sent, scene.sending.is_asked) == (2, True)


def test_a_refusal_after_one_that_was_not_delivered_is_a_refusal() -> None:
    scene = Scene(lost(Delivery.NONE), NO)
    with pytest.raises(Refused):
        scene.once()
    assert not scene.sending.is_asked


def test_a_refusal_because_it_is_there() -> None:
    somebody_else = Scene(NO, shows_at=1)
    assert (somebody_else.once(), somebody_else.sending.is_asked) == ("found", False)
    ours = Scene(lost(Delivery.BROKEN), NO, shows_at=12)
    assert (ours.once(), ours.sending.is_asked) == ("found", True)


@pytest.mark.parametrize("harmless", [True, False])
@pytest.mark.parametrize("unheard", [0, 1, 2])
@pytest.mark.parametrize("delivery", [Delivery.NONE, Delivery.ANSWERED])
def test_what_was_not_carried_out_may_be_sent_again(delivery: Delivery, unheard: int, harmless: bool) -> None:
    assert may_be_sent_again(delivery, unheard, harmless=harmless)


@pytest.mark.parametrize(
    ("delivery", "unheard", "harmless", "allowed"),
    [
        (Delivery.BROKEN, 1, False, True),
        (Delivery.BROKEN, 1, True, True),
        (Delivery.BROKEN, 2, False, False),
        (Delivery.BROKEN, 2, True, False),
        (Delivery.LATE, 1, False, False),
        (Delivery.LATE, 1, True, True),
        (Delivery.LATE, 2, False, False),
        (Delivery.LATE, 2, True, False),
    ],
)
def test_what_may_have_been_carried_out_is_sent_again_once_at_most(
    delivery: Delivery, unheard: int, harmless: bool, allowed: bool
) -> None:
    assert may_be_sent_again(delivery, unheard, harmless=harmless) is allowed
