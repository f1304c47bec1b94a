# SPDX-License-Identifier: GPL-3.0-or-later
"""The role task_recovery, against a simulator."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.conftest import Play, Simulate
from tests.integration.runs import Run, defaults

ONCE, SAME, OTHERWISE, FINAL, STOPPED, OVER, ENDLESS, RENAMED = (
    f"019aa000-0000-7000-8000-00000000000{number}" for number in range(1, 9)
)
FACTS = ("recovered", "retried", "timed_out", "failure", "message", "results")
WAIT = "vcf.lifecycle.task_recovery : Wait for the tasks"
RETRY = "vcf.lifecycle.task_recovery : Retry what has failed"
STOP = "vcf.lifecycle.task_recovery : Stop where not all has ended well"


def recover(*task_ids: str, **variables: Any) -> list[dict[str, Any]]:
    """Tasks that run the role, and show its facts whether it has failed or not."""
    role = {
        "name": "include",
        "ansible.builtin.include_role": {"name": "vcf.lifecycle.task_recovery"},
        "vars": {
            f"task_recovery_{name}": value
            for name, value in {
                "task_ids": list(task_ids),
                "poll_interval": 0.1,
                "delay": 0,
                "timeout": 30,
                **variables,
            }.items()
        },
    }
    show = {
        "name": "facts",
        "ansible.builtin.debug": {"msg": {name: f"{{{{ task_recovery_{name} }}}}" for name in FACTS}},
    }
    return [{"block": [role], "always": [show]}]


def facts(ran: Run) -> dict[str, Any]:
    found: dict[str, Any] = ran["facts"]["msg"]
    return found


def retries(sim: Simulator) -> list[str]:
    """Every retry that was asked for, as a request."""
    return [
        f"{seen['method']} {seen['path']}"
        for seen in sim.requests
        if seen["method"] in ("POST", "PATCH") and "tasks/" in seen["path"]
    ]


def test_what_ends_well_needs_no_retry(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    ran = play(recover(OVER), module_defaults=defaults(sim))
    found = facts(ran)
    assert (found["recovered"], found["retried"], found["failure"], found["message"]) == (True, [], {}, "")
    assert len(found["results"]) == 1
    assert not retries(sim)


@pytest.mark.parametrize("service", ["fleet_lcm", "sddc_manager"])
def test_what_fails_once_is_retried_once(play: Play, simulate: Simulate, service: str) -> None:
    sim = simulate("task_recovery")
    found = facts(play(recover(ONCE, OVER), module_defaults=defaults(sim, service)))
    assert (found["recovered"], found["retried"], found["timed_out"], found["failure"]) == (True, [ONCE], False, {})
    assert [result["states"][ONCE] for result in found["results"]] == ["FAILED", "SUCCEEDED"]
    assert len(retries(sim)) == 1


def test_a_new_id_is_followed(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    found = facts(play(recover(RENAMED), module_defaults=defaults(sim)))
    assert (found["recovered"], found["retried"]) == (True, [RENAMED])
    assert RENAMED not in found["results"][1]["states"]


def test_what_fails_in_another_way_is_retried_again(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    found = facts(play(recover(OTHERWISE, attempts=2), module_defaults=defaults(sim)))
    assert (found["recovered"], found["results"][1]["attempts_made"]) == (True, 2)
    assert len(retries(sim)) == 2


def test_what_fails_in_the_same_way_is_not(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    ran = play(recover(SAME, attempts=5), module_defaults=defaults(sim), code=2)
    # What the service says is shown as it is, whatever it looks like.
    said = ["(install)", "The node did not answer to {{ 6 * 7 }}", "[NODE-3]", "Start the node.", "AB12CD"]
    said += ["in the same way, so that it is not retried once more", "Retried once."]
    message = ran[STOP]["msg"]
    assert [text for text in said if text not in message] == [], message
    failure = facts(ran)["failure"]
    assert (failure["kind"], failure["task_id"], failure["code"]) == ("task_failed", SAME, "NODE-3")
    assert (failure["remediation"], failure["reference"]) == ("Start the node.", "AB12CD")
    assert len(retries(sim)) == 1


@pytest.mark.parametrize(
    ("task_ids", "variables", "kind", "said"),
    [
        ([FINAL], {}, "task_failed", "the service says that it can not be."),
        ([STOPPED], {}, "task_canceled", "was canceled"),
        ([ONCE], {"attempts": 0}, "task_failed", "It was not to be retried."),
        ([ONCE], {"retry_on": ["^DISK-"]}, "task_failed", "no error matches retry_on"),
    ],
    ids=["not retriable", "canceled", "no attempts", "another error"],
)
@pytest.mark.parametrize("mode", ["run", "check mode"])
def test_what_is_not_retried(
    play: Play, simulate: Simulate, mode: str, task_ids: list[str], variables: dict[str, Any], kind: str, said: str
) -> None:
    sim = simulate("task_recovery")
    if mode == "check mode":
        sim.advance(60)
    options = ["--check"] if mode == "check mode" else []
    ran = play(recover(*task_ids, **variables), *options, module_defaults=defaults(sim), code=2)
    assert facts(ran)["failure"]["kind"] == kind
    assert said in ran[STOP]["msg"]
    assert not retries(sim)


def test_one_that_is_lost_is_not_hidden_by_one_that_was_mended(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    found = facts(play(recover(FINAL, ONCE), module_defaults=defaults(sim), code=2))
    assert (found["recovered"], found["retried"], found["failure"]["task_id"]) == (False, [ONCE], FINAL)


def test_the_playbook_may_decide(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    ran = play(recover(FINAL, fail=False), module_defaults=defaults(sim))
    assert facts(ran)["recovered"] is False
    assert "the service says that it can not be" in ran[STOP]["msg"]


def test_time_that_runs_out_is_no_failed_task(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    deadline = (datetime.now(timezone.utc) + timedelta(seconds=1)).isoformat()
    ran = play(recover(ENDLESS, deadline=deadline), module_defaults=defaults(sim), code=2)
    found = facts(ran)
    assert (found["timed_out"], found["failure"]["kind"]) == (True, "timeout")
    assert "It has not failed." in ran[STOP]["msg"]


def test_nothing_is_retried_after_the_deadline(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    sim.advance(60)
    deadline = (datetime.now(timezone.utc) - timedelta(seconds=1)).isoformat()
    ran = play(recover(ONCE, deadline=deadline), module_defaults=defaults(sim), code=2)
    found = facts(ran)
    assert (found["recovered"], found["retried"], found["failure"]["kind"]) == (False, [], "task_failed")
    assert "It was not retried, since time was up" in ran[STOP]["msg"]
    assert not retries(sim)


def test_it_rides_out_outages(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    sim.inject({"kind": "refuse", "task": ONCE, "seconds": 0.4})
    sim.inject({"kind": "reset_after", "method": "POST", "path": "tasks/", "times": 1})
    found = facts(play(recover(ONCE), module_defaults=defaults(sim)))
    assert (found["recovered"], found["retried"]) == (True, [ONCE])
    assert found["results"][0]["outages"] == 1
    assert not sim.unmet_faults()
    # The answer to the request was lost, and yet it was not sent twice.
    assert len(retries(sim)) == 1


def test_check_mode_predicts(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    sim.advance(60)
    ran = play(recover(ONCE, ENDLESS, OVER), "--check", module_defaults=defaults(sim))
    found = facts(ran)
    assert (found["recovered"], found["retried"]) == (True, [ONCE])
    assert ran[RETRY]["changed"]
    assert not retries(sim)


def test_who_can_not_be_asked_is_no_failed_task(play: Play, simulate: Simulate) -> None:
    sim = simulate("task_recovery")
    ran = play(recover(ONCE), module_defaults=defaults(sim, password="wrong"), code=2)
    assert facts(ran)["failure"]["kind"] == "authentication"
    assert facts(ran)["recovered"] is False
