# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while a play waits, and does not end the wait; and what the play says meanwhile."""

from __future__ import annotations

import threading

from tests.integration.conftest import Play, Simulate
from tests.integration.runs import TOO_LONG, Ansible, call, defaults


def test_a_wait_goes_on(play: Play, simulate: Simulate) -> None:
    # Time passes with the looks: what is strange about a task is there until somebody has seen it.
    sim = simulate("weather", on_request=lambda _record: sim.clock.advance(20))
    sim.clock.speed = 0
    # What starts at 0 has begun.
    sim.advance(1)
    quick = {"poll_interval": 0.05, "timeout": 30}
    tasks = [
        call("strange", "task_wait", {**quick, "task_id": "strange"}),
        call("expiry", "task_wait", {**quick, "task_id": "expiry", "timeout": 1, "on_timeout": "continue"}),
        call("outage", "task_wait", {**quick, "task_id": "outage", "timeout": 3, "on_timeout": "continue"}),
        *(call(name, "task_wait", {**quick, "task_id": name}) for name in ("storm", "proxy")),
    ]
    ran = play(tasks, module_defaults=defaults(sim), warnings=("says 'Zapping' of task 'strange'",))
    assert {record["outcome"] for record in ran.records} == {"ok"}, ran.output
    assert {seen["fault"] for seen in sim.requests} >= {"unauthorized", "refuse", "status", "html"}
    assert sim.count("POST", "identity/token") == len(tasks) + 1
    assert ran["expiry"]["outages"] == 0
    assert ran["outage"]["outages"] == 1
    assert ran["outage"]["outage_seconds"] >= 0.4
    assert not ran["outage"]["lost_contact"]
    assert "out of contact" in ran.section("outage")
    assert "back in contact" in ran.section("outage")
    assert (ran["storm"]["outages"], ran["proxy"]["outages"]) == (1, 1)
    assert ran["strange"]["states"] == {"strange": "SUCCEEDED"}
    assert len(ran["strange"]["warnings"]) == 1
    assert "UNKNOWN (the service says 'Zapping')" in ran.section("strange")


def test_an_outage_that_is_too_long(play: Play, simulate: Simulate) -> None:
    sim = simulate("weather")
    sim.inject({"kind": "html", "task": "outage", "skip": 1})
    options = {"task_id": "outage", "poll_interval": 0.05, "max_outage": 0.3}
    ran = play([call("wait", "task_wait", options)], module_defaults=defaults(sim))
    assert ran["wait"]["failure"]["kind"] == "lost_contact"
    assert ran["wait"]["lost_contact"]
    assert ran["wait"]["states"] == {"outage": "RUNNING"}


def test_progress_is_shown_while_it_is_made(ansible: Ansible, simulate: Simulate) -> None:
    stages = [{"name": name, "seconds": 1000} for name in ("download", "install")]
    tasks = [{"id": "1", "name": "upgrade", "stages": stages}]
    sim = simulate({"services": {"fleet_lcm": {"users": {"u": "a long password"}, "tasks": tasks}}})
    wait = call("wait", "task_wait", {"task_id": "1", "poll_interval": 0.05})
    playbook = ansible.written([wait], module_defaults=defaults(sim))
    # Ansible leaves flushing to Python, which does that line by line on a terminal only.
    with ansible.start("playbook", playbook, variables={"PYTHONUNBUFFERED": "1"}) as process:
        # Reading a line waits for it: the one that never comes must not keep us.
        guard = threading.Timer(TOO_LONG, process.kill)
        guard.start()
        assert process.stdout is not None
        shown = []
        for line in process.stdout:
            shown.append(line.strip())
            if "RUNNING" in line and ("in download" in line or "in install" in line):
                # Only now does the stage end: the line can not have waited for that.
                sim.clock.advance(1000)
        guard.cancel()
    progress = [line for line in shown if line.startswith("[localhost] upgrade (1): ")]
    assert [line.split(": ")[1].rpartition(", ")[0] for line in progress] == [
        "RUNNING, 0/2 stages, 0%, in download",
        "RUNNING, 1/2 stages, 50%, in install",
        "SUCCEEDED, 2/2 stages",
    ], shown
    assert process.returncode == 0
