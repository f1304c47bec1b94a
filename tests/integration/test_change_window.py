# SPDX-License-Identifier: GPL-3.0-or-later
"""The role change_window, by both its entry points, against a simulator."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.conftest import Play, Simulate
from tests.integration.runs import Ansible, Run, defaults

OVER, GOING_ON, FAILED, STUBBORN = (f"019aa000-0000-7000-8000-00000000000{number}" for number in (1, 2, 3, 4))
MODES = {"run": (), "check mode": ("--check",)}
OFTEN = {"poll_interval": 0.1}


def around_now(opens: float, closes: float) -> dict[str, str]:
    """A window that opens and closes so many minutes from now."""
    now = datetime.now(timezone.utc)
    return {key: (now + timedelta(minutes=minutes)).isoformat() for key, minutes in (("start", opens), ("end", closes))}


def served(simulate: Simulate) -> Simulator:
    """A simulator whose time passes with the requests: what is going on goes on, however long a play takes."""
    sim = simulate("change_window", on_request=lambda _record: sim.clock.advance(5))
    sim.clock.speed = 0
    # What starts at 0 has begun.
    sim.advance(1)
    return sim


def include(entry_point: str, **variables: Any) -> dict[str, Any]:
    """A task that includes the role."""
    return {
        "name": entry_point,
        "ansible.builtin.include_role": {"name": "vcf.lifecycle.change_window", "tasks_from": entry_point},
        "vars": {f"change_window_{name}": value for name, value in variables.items()},
    }


def show(*names: str) -> list[dict[str, Any]]:
    """Tasks that return variables."""
    return [{"name": name, "ansible.builtin.debug": {"var": name}} for name in names]


def writes(sim: Simulator) -> list[dict[str, Any]]:
    """The requests so far that change something."""
    return [seen for seen in sim.requests if seen["method"] != "GET" and seen["path"] != sim.services[0].login_url]


def refusal(ran: Run) -> str:
    """What the one task said that failed."""
    (failed,) = [record for record in ran.records if record["outcome"] == "failed"]
    message: str = failed["result"]["msg"]
    return message


@pytest.mark.parametrize("mode", MODES)
def test_it_opens_inside_the_window_with_nothing_in_the_way(play: Play, simulate: Simulate, mode: str) -> None:
    sim = served(simulate)
    window = around_now(-10, 90.95)
    ran = play(
        [
            include("open", definition=window, expected_minutes=90, task_ids=[GOING_ON, FAILED, STUBBORN]),
            *show("change_window"),
        ],
        *MODES[mode],
        module_defaults=defaults(sim),
    )
    stand = ran["change_window"]["change_window"]
    assert (stand["inside"], stand["minutes_left"]) == (True, 90)
    for key, expected in (("opens_at", "start"), ("closes_at", "end"), ("deadline", "end")):
        assert stand[key] == window[expected].split(".")[0] + "Z"
    assert not writes(sim)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("minutes", "variables", "said"),
    [
        (None, {}, ["No change window is given.", "change_window_required to false"]),
        ((10, 20), {}, ["outside the change window", "Run this again inside the window"]),
        ((-20, -10), {}, ["outside the change window"]),
        (
            (-10, 30.95),
            {"expected_minutes": 31},
            ["30m is left", "expected to take 31m", "lower change_window_expected_minutes"],
        ),
        ((-10, 30), {}, ["Tasks are in the way (3): ", f"upgrade ({GOING_ON}): It is RUNNING."]),
        (
            (-10, 30),
            {"task_ids": [GOING_ON, STUBBORN]},
            [f"in the way (1): compare ({FAILED}): It failed and is not resolved: Two nodes disagree (SYNC-4)."],
        ),
    ],
    ids=["no window", "too early", "too late", "too short", "running", "failed"],
)
def test_it_refuses(
    play: Play,
    simulate: Simulate,
    mode: str,
    minutes: tuple[float, float] | None,
    variables: dict[str, Any],
    said: list[str],
) -> None:
    sim = served(simulate)
    window = {"definition": around_now(*minutes)} if minutes else {}
    ran = play([include("open", **window, **variables)], *MODES[mode], module_defaults=defaults(sim), code=2)
    assert [text for text in said if text not in refusal(ran)] == [], refusal(ran)
    assert not writes(sim)


def test_it_asks_no_service_where_nothing_may_be_asked(play: Play) -> None:
    ran = play([include("open", required=False, check_blocking=False), *show("change_window")])
    assert ran["change_window"]["change_window"] == {
        "now": ran["change_window"]["change_window"]["now"],
        **dict.fromkeys(("opens_at", "closes_at", "deadline", "minutes_left")),
        "inside": True,
        "label": "always open",
    }


@pytest.mark.parametrize(
    ("minutes", "needed", "allows"),
    [((-10, 30.95), 30, True), ((-10, 30.95), 31, False), ((-20, -10), 0, False), (None, 600, True)],
    ids=["enough", "too little", "closed", "always open"],
)
def test_it_tells_whether_one_more_step_may_begin(
    play: Play, minutes: tuple[float, float] | None, needed: int, allows: bool
) -> None:
    window = {"definition": around_now(*minutes)} if minutes else {}
    ran = play([include("ask", step_minutes=needed, **window), *show("change_window_allows")])
    assert ran["change_window_allows"]["change_window_allows"] is allows


NIGHT = {"start": "22:00", "end": "04:00", "zone": "Europe/Berlin", "days": ["sat"]}


def test_a_rehearsal_may_choose_the_time(play: Play) -> None:
    tasks = [include("open", definition=NIGHT, check_blocking=False, now="2026-11-22T02:00:00+01:00")]
    ran = play([*tasks, *show("change_window")], "--check")
    assert ran["change_window"]["change_window"]["minutes_left"] == 120
    assert "change_window_now is for rehearsals" in refusal(play(tasks, code=2))


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({**NIGHT, "zone": "Europe/Berln"}, "'Europe/Berln' is not in this machine's time zone database"),
        ({**NIGHT, "start": 1320}, "put quotes around the time"),
        ({**NIGHT, "days": ["caturday"]}, "caturday"),
        ({**NIGHT, "ends": "04:00"}, "ends"),
        ("22:00-04:00", "dict"),
    ],
)
def test_a_wrong_definition_is_refused(play: Play, definition: Any, said: str) -> None:
    assert said in refusal(play([include("open", definition=definition, check_blocking=False)], code=2))


def test_the_examples_of_the_filter_work(play: Play, ansible: Ansible) -> None:
    name = "vcf.lifecycle.change_window"
    shown = json.loads(ansible.run("doc", "--type", "filter", "--json", name).stdout)[name]
    ran = play(yaml.safe_load(shown["examples"]))
    assert len(ran.records) == 2
    # What is said to be returned is what is.
    stand = play(show("stand"), vars={"stand": "{{ {} | vcf.lifecycle.change_window }}"})["stand"]["stand"]
    assert set(shown["return"]["_value"]["contains"]) == set(stand)


def closing(**variables: Any) -> list[dict[str, Any]]:
    return [include("close", **variables), *show("change_window_outcome", "change_window_left")]


def left(ran: Run) -> tuple[str, list[tuple[str, str | None]]]:
    """What is said in the end: the outcome, and the name and the state of each that is left."""
    found = ran["change_window_left"]["change_window_left"]
    return ran["change_window_outcome"]["change_window_outcome"], [
        (entry["name"], entry.get("state")) for entry in found
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("task_ids", "outcome"),
    [
        ([OVER], ("finished", [])),
        ([], ("finished", [])),
        ([OVER, FAILED], ("paused", [("compare", "FAILED")])),
        ([OVER, GOING_ON], ("paused", [("upgrade", "RUNNING")])),
    ],
)
def test_finish_leaves_what_runs_alone(play: Play, simulate: Simulate, mode: str, task_ids: Any, outcome: Any) -> None:
    sim = served(simulate)
    ran = play(closing(definition=around_now(-20, -10), task_ids=task_ids), *MODES[mode], module_defaults=defaults(sim))
    assert left(ran) == outcome
    assert not writes(sim)


def test_what_was_not_started_is_left(play: Play) -> None:
    ran = play(closing(required=False, not_started=[{"name": "upgrade of VCF Operations"}]))
    assert left(ran) == ("paused", [("upgrade of VCF Operations", None)])


def close_with_cancel(play: Play, sim: Simulator, *options: str) -> Run:
    ran = play(
        closing(definition=around_now(-20, -10), task_ids=[OVER, STUBBORN, GOING_ON], at_end="cancel"),
        *options,
        module_defaults=defaults(sim) | {"vcf.lifecycle.task_cancel": OFTEN},
    )
    assert ran["change_window_outcome"]["change_window_outcome"] == "canceled"
    return ran


def test_cancel_cancels_what_can_be(play: Play, simulate: Simulate) -> None:
    sim = served(simulate)
    ran = close_with_cancel(play, sim)
    assert left(ran)[1] == [("stubborn", "RUNNING"), ("upgrade", "CANCELED")]
    assert "canceled, 2 left: stubborn, upgrade" in ran.output
    (cancel,) = writes(sim)
    assert GOING_ON in cancel["path"]


def test_cancel_cancels_nothing_in_check_mode(play: Play, simulate: Simulate) -> None:
    sim = served(simulate)
    ran = close_with_cancel(play, sim, "--check")
    assert left(ran)[1] == [("stubborn", "RUNNING"), ("upgrade", "RUNNING")]
    assert not writes(sim)


def test_close_waits_until_the_window_that_was_opened_closes(play: Play, simulate: Simulate) -> None:
    sim = served(simulate)
    # It closes soon after it was looked at for the first time, however long the play takes to come to that.
    soon = "{{ '%Y-%m-%dT%H:%M:%SZ' | strftime(now().timestamp() + 6, utc=true) }}"
    own = {"definition": {**around_now(-10, 0), "end": soon}, "task_ids": [GOING_ON, FAILED, STUBBORN]}
    ran = play(
        [include("open", **own), *show("change_window"), *closing(**own)],
        module_defaults=defaults(sim) | {"vcf.lifecycle.task_wait": OFTEN},
    )
    assert left(ran) == ("paused", [("compare", "FAILED"), ("upgrade", "RUNNING"), ("stubborn", "RUNNING")])
    deadline = ran["change_window"]["change_window"]["deadline"].replace("Z", "+00:00")
    assert datetime.fromisoformat(deadline) - timedelta(seconds=1) <= datetime.now(timezone.utc)
    assert not writes(sim)


def test_close_does_not_wait_for_what_has_ended(play: Play, simulate: Simulate) -> None:
    sim = served(simulate)
    own = {"definition": around_now(-10, 600), "task_ids": [OVER]}
    ran = play([include("open", check_blocking=False, **own), *closing(**own)], module_defaults=defaults(sim))
    assert left(ran) == ("finished", [])
