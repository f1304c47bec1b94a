# SPDX-License-Identifier: GPL-3.0-or-later
"""Random worlds, and random options for the verbs. Times are few round numbers, so that things happen at once."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from tests.properties.tasks import OnCancel, OnRetry, Phase, Plan, Run
from tests.properties.weather import Kind, Trouble
from tests.properties.world import Setup

WAIT_SERVICES = ("fleet_lcm", "sddc_manager", "vmc", "vcenter")

_SECONDS = st.sampled_from([0.0, 1.0, 4.0, 12.0, 35.0, 80.0, 200.0])
_GOING_ON = st.sampled_from(
    [Phase.RUNNING, Phase.RUNNING, Phase.PENDING, Phase.SCHEDULED, Phase.BLOCKED, Phase.STRANGE]
)
_END = st.sampled_from(
    [Phase.SUCCEEDED, Phase.SUCCEEDED, Phase.FAILED, Phase.FAILED, Phase.WARNING, Phase.SKIPPED, Phase.CANCELED, None]
)
_ERRORS = st.sampled_from(["LCM_NODE", "LCM_DISK"])
_SORTS = st.sampled_from(
    [
        frozenset({"login", "list", "task", "cancel", "retry"}),
        frozenset({"list", "task"}),
        frozenset({"task"}),
        frozenset({"list"}),
        frozenset({"login"}),
        frozenset({"cancel", "retry"}),
    ]
)
# What lasts comes and goes by the clock, the rest by number.
_KINDS = st.sampled_from([kind for kind in Kind if kind not in (Kind.REJECTED, Kind.FORBIDDEN)])


def runs(*, goes_on: bool = False) -> st.SearchStrategy[Run]:
    """One go at a task.

    :param goes_on: whether it takes some time.
    """
    seconds = st.sampled_from([1.0, 4.0, 12.0, 35.0, 80.0]) if goes_on else _SECONDS
    phases = st.lists(st.tuples(_GOING_ON, seconds), min_size=1 if goes_on else 0, max_size=3).map(tuple)
    return st.builds(Run, phases, _END, _ERRORS)


@st.composite
def plans(draw: st.DrawFn, task_id: str, verb: str) -> Plan:
    """What will happen to a task that a verb is run on."""
    cancel = {
        "on_cancel": draw(st.sampled_from([OnCancel.TAKES, OnCancel.TAKES, *OnCancel])),
        "cancel_seconds": draw(_SECONDS),
        "shows_after": draw(st.sampled_from([0.0, 0.0, 1.0, 4.0])),
    }
    created = draw(st.sampled_from([0.0, 0.0, 0.0, -100.0, 3.0]))
    if verb == "wait":
        # What it has seen end it looks at no more, so nothing happens after that.
        return Plan(task_id, created, (draw(runs()),), **cancel)
    if verb == "retry" and draw(st.integers(0, 3)):
        first, created = Run((), Phase.FAILED, draw(_ERRORS)), -600.0
    else:
        first = draw(runs())
    return Plan(
        task_id,
        created,
        (first, *draw(st.lists(runs(goes_on=True), min_size=1, max_size=2))),
        on_retry=draw(st.sampled_from([OnRetry.SAME_ID, OnRetry.SAME_ID, OnRetry.SAME_ID, *OnRetry])),
        helped_after=draw(st.sampled_from([None, None, None, None, None, None, 2.0, 602.0])),
        **cancel,
    )


@st.composite
def troubles(draw: st.DrawFn) -> Trouble:
    """One thing that befalls requests."""
    kind = draw(st.sampled_from([Kind.FORBIDDEN, Kind.REJECTED])) if draw(st.integers(0, 7)) == 7 else draw(_KINDS)
    return draw(troubles_of(kind, frozenset({"login"}) if kind is Kind.REJECTED else draw(_SORTS)))


@st.composite
def troubles_of(draw: st.DrawFn, kind: Kind, sorts: frozenset[str]) -> Trouble:
    """One thing of a kind that befalls requests of these sorts."""
    by_time = draw(st.booleans())
    # What is carried out in spite of an error or a broken connection is so at once.
    delays = [None, 0.0, 0.0, 30.0, 90.0] if kind is Kind.LATE else [None, 0.0, 0.0]
    return Trouble(
        kind=kind,
        sorts=sorts,
        begins=draw(_SECONDS) if by_time else 0.0,
        lasts=draw(st.sampled_from([0.5, 3.0, 7.0, 20.0, 70.0, 150.0, 1000.0])) if by_time else 0.0,
        number=0 if by_time else draw(st.integers(0, 12)),
        times=1 if by_time else draw(st.sampled_from([1, 1, 2, 3, 6])),
        carried_out_after=draw(st.sampled_from(delays)),
        retry_after=draw(st.sampled_from([None, "5", "3600"])) if kind in (Kind.PUT_OFF, Kind.BUSY) else None,
    )


TROUBLED_LOGINS = st.builds(
    lambda rejection, others: (rejection, *others),
    troubles_of(Kind.REJECTED, frozenset({"login"})),
    st.lists(troubles(), max_size=2),
)
"""Logins are rejected for a while."""

TROUBLED_WRITES = st.builds(
    lambda first, others: (first, *others),
    st.builds(
        Trouble,
        kind=_KINDS.filter(lambda kind: kind is not Kind.LATE),
        sorts=st.just(frozenset({"cancel", "retry"})),
        number=st.sampled_from([0, 0, 0, 1]),
        times=st.sampled_from([1, 1, 2, 6]),
        carried_out_after=st.sampled_from([None, 0.0]),
    )
    | st.builds(
        Trouble,
        kind=st.just(Kind.LATE),
        sorts=st.just(frozenset({"cancel", "retry"})),
        carried_out_after=st.sampled_from([None, 0.0, 20.0, 90.0]),
    ),
    st.lists(troubles(), max_size=2),
)
"""The first cancels or retries do not go well."""

TROUBLED_READS = st.builds(
    lambda away, others: (away, *others),
    st.builds(
        Trouble,
        kind=st.sampled_from([Kind.REFUSED, Kind.BUSY, Kind.PROXY]),
        sorts=st.sampled_from([frozenset({"task"}), frozenset({"list"})]),
        number=st.integers(0, 2),
        times=st.just(1000),
    ),
    st.lists(troubles(), max_size=1),
)
"""After the first few, reads come to nothing for good."""

ANY_TROUBLES = st.lists(troubles(), max_size=4).map(tuple)


@st.composite
def setups(
    draw: st.DrawFn, service: str, verb: str, befalling: st.SearchStrategy[tuple[Trouble, ...]] = ANY_TROUBLES
) -> Setup:
    """A world to run a verb in. Up to a handful of tasks is read one by one, more from the list."""
    count = draw(st.sampled_from([1, 1, 2, 3, 6, 7, 12] if verb == "wait" else [1, 1, 2, 3]))
    return Setup(
        service=service,
        plans=tuple(draw(plans(f"t{number}", verb)) for number in range(1, count + 1)),
        troubles=draw(befalling),
        token_lifetime=draw(st.sampled_from([math.inf, math.inf, math.inf, 100.0, 20.0])),
        restarts=tuple(draw(st.lists(_SECONDS, max_size=1))),
        is_password_wrong=draw(st.integers(0, 30)) == 30,
        rejection=draw(st.sampled_from([401, 401, 400])),
        latency=draw(st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 2.0, 40.0])),
        largest_page=draw(st.sampled_from([100, 1, 2, 5])),
        list_lag=draw(st.sampled_from([0.0, 0.0, 2.0, 4.0])),
    )


@st.composite
def waiting(draw: st.DrawFn) -> dict[str, Any]:
    """Options that all verbs have."""
    return {
        "timeout": draw(st.sampled_from([300.0, 300.0, 300.0, 300.0, 100.0, 20.0, 1.0, 0.0])),
        "poll_interval": draw(st.sampled_from([10.0, 5.0, 1.0, 30.0])),
        "max_poll_interval": draw(st.sampled_from([60.0, 5.0])),
        "max_outage": draw(st.sampled_from([1800.0, 60.0, 10.0, 0.0])),
        "request_timeout": draw(st.sampled_from([30.0, 5.0])),
        "progress": draw(st.booleans()),
        "on_timeout": draw(st.sampled_from(["fail", "fail", "cancel", "continue"])),
    }


@st.composite
def wait_options(draw: st.DrawFn) -> dict[str, Any]:
    """Options of task_wait, without the selection."""
    return {
        **draw(waiting()),
        "wait_for": draw(st.sampled_from(["all", "all", "any"])),
        "accept_states": draw(
            st.sampled_from([["SUCCEEDED", "WARNING", "SKIPPED"], ["SUCCEEDED"], ["FAILED", "CANCELED"], []])
        ),
    }


@st.composite
def cancel_options(draw: st.DrawFn) -> dict[str, Any]:
    """Options of task_cancel, without the selection."""
    return {**draw(waiting()), "wait": draw(st.sampled_from([True, True, True, False]))}


@st.composite
def retry_options(draw: st.DrawFn) -> dict[str, Any]:
    """Options of task_retry, without the selection."""
    return {
        **draw(waiting()),
        "wait": draw(st.sampled_from([True, True, True, False])),
        "attempts": draw(st.sampled_from([1, 2, 4])),
        "delay": draw(st.sampled_from([0.0, 5.0, 30.0])),
        "retry_on": draw(st.sampled_from([[], [], [], ["NODE"]])),
    }


OPTIONS = {"wait": wait_options(), "cancel": cancel_options(), "retry": retry_options()}
"""The options of each verb, without the selection."""
