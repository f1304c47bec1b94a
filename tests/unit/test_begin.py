# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes something new is made once, whatever happens to the answers."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import LostContactFailure, NotAllowedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.begin import Beginning
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import UnheardFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Refused
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Delivery, Fault
from tests.unit.fakes import FakeFleet


class Scene:
    """A service that answers each request in turn, and shows what was made from a look on."""

    def __init__(self, *answers: Any, shows_at: int | None = None, **options: Any) -> None:
        self.fake = FakeFleet(max_outage=30.0)
        self.beginning = Beginning(self.fake.service, "for a cake", **options)
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
        return self.beginning.once(self.request, self.look)


def lost(delivery: Delivery) -> Fault:
    return Fault("the line broke", delivery=delivery)


NO = Refused(400, TaskError(code="BUSY", message="Somebody else bakes."))


def test_an_answer() -> None:
    scene = Scene("made")
    assert (scene.once(), scene.sent, scene.looks, scene.beginning.is_asked) == ("made", 1, 0, True)


@pytest.mark.parametrize("delivery", [Delivery.ANSWERED, Delivery.BROKEN, Delivery.LATE])
def test_a_lost_answer_whose_work_shows_after_a_while(delivery: Delivery) -> None:
    scene = Scene(lost(delivery), shows_at=3)
    assert (scene.once(), scene.sent, scene.beginning.is_asked) == ("found", 1, True)


def test_what_was_not_delivered_and_is_there_is_somebody_elses() -> None:
    scene = Scene(lost(Delivery.NONE), shows_at=1)
    assert (scene.once(), scene.sent, scene.beginning.is_asked) == ("found", 1, False)


def test_what_was_not_carried_out_is_sent_again() -> None:
    scene = Scene(lost(Delivery.NONE), lost(Delivery.ANSWERED), lost(Delivery.BROKEN), "made")
    assert (scene.once(), scene.sent) == ("made", 4)
    # One look after what was not delivered, and looks for five seconds after each of the others.
    assert scene.looks == 1 + 2 * 11


def test_what_may_still_be_under_way_is_not_sent_again() -> None:
    scene = Scene(lost(Delivery.LATE))
    with pytest.raises(UnheardFailure, match="did not answer the request for a cake"):
        scene.once()
    assert (scene.sent, scene.beginning.is_asked) == (1, True)


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
    with pytest.raises(
        NotAllowedFailure, match="does not accept the request for a cake: Somebody else bakes"
    ) as raised:
        scene.once()
    assert (raised.value.code, raised.value.http_status, scene.beginning.is_asked) == ("BUSY", 400, False)


def test_a_refusal_because_it_is_there() -> None:
    somebody_else = Scene(NO, shows_at=1)
    assert (somebody_else.once(), somebody_else.beginning.is_asked) == ("found", False)
    ours = Scene(lost(Delivery.BROKEN), NO, shows_at=12)
    assert (ours.once(), ours.beginning.is_asked) == ("found", True)
