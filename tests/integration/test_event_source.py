# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source against the simulator: what it tells of tasks, outages and itself."""

from __future__ import annotations

import asyncio
import json
import logging
import runpy
import shutil
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.eda import SOURCE, TOO_LONG, listening
from tests.integration.runs import connection

STAGES = [{"name": name, "seconds": 60} for name in ("prepare", "deploy")]
FAIL = {"fail": "deploy", "error": {"code": "NODE-3", "message": "The node did not answer."}}
USERS = {"somebody": "Hidden-login-1"}


def scenario(*tasks: dict[str, Any], service: str = "fleet_lcm", **more: Any) -> dict[str, Any]:
    shown = [{"stages": STAGES, **task} for task in tasks]
    return {"services": {service: {"users": USERS, "tasks": shown, **more}}}


@pytest.mark.parametrize("service", ["fleet_lcm", "sddc_lcm", "sddc_manager", "vcf_installer"])
def test_a_task_from_its_start_to_its_end_and_again(service: str) -> None:
    async def run() -> None:
        task = {"name": "upgrade", "start": 100, "attempts": [FAIL, {}]}
        async with listening(scenario(task, service=service), service) as source:
            await source.advance(101)
            await source.advance(60)
            await source.advance(60)
            assert await source.until("failed upgrade") == [
                "started upgrade",
                "stage_changed upgrade",
                "failed upgrade",
            ]
            served = source.sim.service(service)
            entry = served.tasks.get(source.sim.task_id("upgrade"))
            assert entry is not None
            served.tasks.retry(entry)
            await source.look()
            await source.advance(300)
            told = await source.until("succeeded upgrade")
            assert [word for word in told if not word.startswith("stage_changed")] == [
                "started upgrade",
                "succeeded upgrade",
            ]
            changed, failed = source.events[1:3]
            assert (changed["previous_stage"], changed["task"]["current_stage"]) == ("prepare", "deploy")
            assert failed["task"]["root_causes"][0]["message"] == "The node did not answer."
            assert failed["task"]["stages"]
            assert "failed" in failed["message"]

    asyncio.run(run())


def test_a_restart_that_forgets_the_tokens_loses_and_repeats_nothing() -> None:
    async def run() -> None:
        tasks = [
            {"name": "short", "start": 10},
            {"name": "long", "start": 5, "stages": [{"name": name, "seconds": 60} for name in "abcd"]},
        ]
        async with listening(scenario(*tasks), max_outage=0.2) as source:
            await source.advance(11)
            assert sorted(await source.until("started short")) == ["started long", "started short"]
            await asyncio.to_thread(source.sim.inject, {"kind": "restart", "for": 130})
            assert await source.until("outage_began") == ["outage_began"]
            await source.until_warned()
            # One ends while nobody can see it, the other goes on.
            await asyncio.to_thread(source.sim.advance, 130)
            assert await source.until("succeeded short") == [
                "outage_ended",
                "stage_changed long",
                "succeeded short",
            ]
            await source.advance(300)
            assert await source.until("succeeded long") == ["succeeded long"]
            assert source.sim.count("POST", "identity/token") == 2
            assert source.events[2]["reason"]
            assert source.events[3]["outage_seconds"] > 0.2

    asyncio.run(run())


def test_tokens_that_expire_are_renewed() -> None:
    async def run() -> None:
        async with listening(scenario({"name": "upgrade", "start": 10}, token_lifetime=50)) as source:
            for _ in range(3):
                await source.advance(60)
            assert await source.until("succeeded upgrade") == [
                "started upgrade",
                "stage_changed upgrade",
                "succeeded upgrade",
            ]
            assert source.sim.count("POST", "identity/token") > 2

    asyncio.run(run())


def test_a_storm_of_errors_is_ridden_out() -> None:
    async def run() -> None:
        async with listening(scenario({"name": "upgrade", "start": 10})) as source:
            headers = {"Retry-After": "0"}
            source.sim.inject({"kind": "status", "code": 429, "path": "tasks", "times": 2, "headers": headers})
            source.sim.inject({"kind": "html", "path": "tasks", "skip": 3, "times": 1})
            await source.until("outage_ended")
            await source.advance(300)
            told = await source.until("succeeded upgrade")
            assert [word for word in told if not word.startswith("outage")] == ["started upgrade", "succeeded upgrade"]

    asyncio.run(run())


def test_of_many_tasks_each_is_told_once_though_the_queue_is_small() -> None:
    async def run() -> None:
        count = 250
        tasks = [{"name": f"t{number}", "start": number + 1, "stages": [], "seconds": 600} for number in range(count)]
        async with listening(scenario(*tasks), room=3) as source:
            # A full queue keeps the source from looking again: what it tells is waited for, not its looks.
            await asyncio.to_thread(source.sim.advance, 300)
            started = await source.until(f"started t{count - 1}")
            # In the order in which they began.
            assert started == [f"started t{number}" for number in range(count)]
            await asyncio.to_thread(source.sim.advance, 1000)
            ended = await source.until(f"succeeded t{count - 1}")
            assert ended == [f"succeeded t{number}" for number in range(count)]

    asyncio.run(run())


def test_it_catches_up_from_a_time_on() -> None:
    async def run() -> None:
        tasks = [
            {"name": "late", "start": -400, "attempts": [FAIL]},
            {"name": "early", "start": -800},
            {"name": "long ago", "start": -90000},
        ]
        # By the clock of the machine that the simulator runs on: a day, less an hour.
        with Simulator.from_dict(scenario()) as clock:
            since = clock.clock.at(-82800).isoformat()
        async with listening(scenario(*tasks), since=since) as source:
            assert await source.until("failed late") == [
                "started early",
                "succeeded early",
                "started late",
                "failed late",
            ]
            await source.look()

    asyncio.run(run())


def test_a_stall_is_told() -> None:
    async def run() -> None:
        async with listening(scenario({"name": "upgrade", "start": -10}), stall_after=0.1) as source:
            assert await source.until("stalled upgrade") == ["stalled upgrade"]
            assert source.events[0]["message"].startswith("Nothing has changed in task 'upgrade'")

    asyncio.run(run())


def test_it_ends_at_once_in_the_midst_of_an_outage() -> None:
    async def run() -> None:
        async with listening(scenario({"name": "upgrade", "start": -10})) as source:
            await asyncio.to_thread(source.sim.inject, {"kind": "refuse", "seconds": 600.0})
            await source.until("outage_began")
            began = asyncio.get_running_loop().time()
            source.running.cancel()
            await asyncio.wait({source.running}, timeout=TOO_LONG)
            assert asyncio.get_running_loop().time() - began < 5

    asyncio.run(run())


def test_the_session_of_vcenter_is_closed() -> None:
    async def run() -> None:
        async with listening(
            scenario({"name": "upgrade", "start": -10, "type": "com.vmware.x"}, service="vcenter"),
            "vcenter",
            type="com.vmware.x",
        ) as source:
            service = source.sim.service("vcenter")
            tokens: Any = service.tokens
        assert tokens.opened
        assert [token for token in tokens.opened if tokens.valid(token)] == []

    asyncio.run(run())


def failure_of(args: dict[str, Any]) -> str:
    """What the source says when it ends by itself."""

    async def run() -> str:
        main = runpy.run_path(str(SOURCE))["main"]
        ended: Coroutine[Any, Any, None] = main(asyncio.Queue(), args)
        try:
            await asyncio.wait_for(ended, TOO_LONG)
        except Exception as error:
            return str(error)
        raise AssertionError("it ended without an error")

    return asyncio.run(run())


WRONG = {
    "no service": ({}, "missing required arguments: service"),
    "an option that there is not": (
        {"service": "fleet_lcm", "states": ["FAILED"]},
        "Unsupported parameters for (vcf.lifecycle.tasks) module: states. Supported parameters",
    ),
    "a required option that is misspelled": ({"servcie": "fleet_lcm"}, "module: servcie."),
    "a choice that there is not": ({"service": "vcfa"}, "value of service must be one of: fleet_lcm"),
    "no number": ({"service": "fleet_lcm", "poll_interval": "soon"}, "poll_interval"),
    "no host": ({"service": "fleet_lcm"}, "hostname is required"),
    "nobody": ({"service": "fleet_lcm", "hostname": "h"}, "fleet_lcm needs username and password"),
    "no zone": (
        {"service": "fleet_lcm", "hostname": "h", "token": "a-token", "since": "2026-11-21"},
        "since '2026-11-21' needs a time zone",
    ),
    "no such filter": (
        {"service": "sddc_manager", "hostname": "h", "token": "a-token", "created_by": "x"},
        "can not filter by created_by",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_end_it_with_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VCF_SERVICE", raising=False)
    args, said = WRONG[name]
    assert said in failure_of(args)


def test_a_rejected_login_ends_it_after_one_try() -> None:
    with Simulator.from_dict(scenario()) as sim:
        said = failure_of({**connection(sim), "password": "Hidden-and-wrong"})
        assert sim.count("POST", "identity/token") == 1
    assert "rejects the login of somebody" in said
    assert "Hidden" not in said


def test_what_is_not_given_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with Simulator.from_dict(scenario()) as sim:
        for name, value in connection(sim).items():
            monkeypatch.setenv(f"VCF_{name.upper()}", str(value))
        monkeypatch.setenv("VCF_PASSWORD", "Hidden-and-wrong")
        # As of a variable of the rulebook that is not set, and of one that is empty.
        said = failure_of({"hostname": None, "password": "", "eda_feedback_queue": object()})
    assert "rejects the login of somebody" in said


def test_secrets_are_in_no_event_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    hidden = {"name": "hunter2 Hidden-login-1", "start": 10}

    async def run() -> str:
        async with listening(scenario(hidden), max_outage=0.1) as source:
            await asyncio.to_thread(source.sim.inject, {"kind": "refuse", "for": 5})
            await source.until_warned()
            await asyncio.to_thread(source.sim.advance, 5)
            await source.until("outage_ended")
            await source.advance(300)
            await source.until("succeeded hunter2 ********")
            return json.dumps(source.events)

    with caplog.at_level(logging.DEBUG):
        shown = asyncio.run(run())
    assert "hunter2" in shown
    assert "goes on being watched" in caplog.text
    assert "Hidden" not in shown + caplog.text


def test_a_copy_outside_of_a_collection_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible import constants

    copy = shutil.copy(SOURCE, tmp_path)
    root = str(SOURCE.parents[7])
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != root])
    find = runpy.run_path(str(copy))["_find_collection"]
    monkeypatch.setattr(constants, "COLLECTIONS_PATHS", [str(tmp_path)])
    with pytest.raises(ImportError, match="Install the collection"):
        find()
    monkeypatch.setattr(constants, "COLLECTIONS_PATHS", [str(tmp_path), root])
    find()
    assert sys.path[0] == root
