# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator does what it says: TLS, faults as they are on the wire, time, and a clean end."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import trustme

from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.plain import SCENARIO, TASK, TASKS, Client, refused, wait_until

ROOT = Path(__file__).parents[2]
COLLECTIONS = ROOT / ".build" / "collections"
COMMAND = [sys.executable, "-m", "ansible_collections.vcf.lifecycle.extensions.simulator"]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.from_dict(SCENARIO) as running:
        yield running


@pytest.fixture
def client(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> Client:
    return Client(sim, session_for(sim))


def test_tls_verifies_with_its_authority_and_no_other(sim: Simulator, client: Client, tmp_path: Path) -> None:
    assert client.send().status_code == 200
    for name in ("localhost", "127.0.0.1"):
        context = ssl.create_default_context(cafile=str(sim.ca_path))
        with (
            socket.create_connection(("127.0.0.1", sim.port), 5) as raw,
            context.wrap_socket(raw, server_hostname=name),
        ):
            pass
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(sim.url, verify=str(tmp_path / "other.pem"), timeout=10)


def test_requests_are_recorded_as_sent(sim: Simulator, client: Client) -> None:
    client.send(path=f"{TASKS}/a%2Fb%20c?x=%20y", headers={"Accept": "*/*"})
    seen = sim.requests[-1]
    assert seen | {"at": 0, "connection": 0} == {
        "at": 0,
        "connection": 0,
        "method": "GET",
        "path": f"{TASKS}/a%2Fb%20c",
        "query": "x=%20y",
        "status": 404,
        "service": "fleet_lcm",
        "fault": None,
    }
    assert (sim.count("GET"), sim.count("POST", "identity"), sim.count(), sim.count("GET", r"%2F.*x=")) == (1, 1, 2, 1)
    client.send("POST", f"{TASKS}/{TASK}?action=cancel")
    assert sim.count("POST", r"action=cancel") == 1


def test_paths_nobody_has_are_404(sim: Simulator, client: Client) -> None:
    assert client.send(path="/nothing").status_code == 404
    assert sim.requests[-1]["service"] is None


def test_a_request_costs_little(client: Client) -> None:
    client.send()
    took = []
    for _ in range(20):
        began = time.monotonic()
        client.send()
        took.append(time.monotonic() - began)
    # 40 ms each is what two writes without TCP_NODELAY would cost; a busy machine does not make all of them slow.
    assert min(took) < 0.03


def test_simulated_time_can_be_jumped_and_runs_faster(sim: Simulator, client: Client) -> None:
    assert client.send().json()["status"] == "RUNNING"
    sim.clock.advance(100)
    assert client.send().json()["status"] == "SUCCEEDED"
    with Simulator.from_dict(SCENARIO | {"speed": 1000}) as fast:
        began = fast.clock.now()
        time.sleep(0.02)
        assert fast.clock.now() - began >= 20


def test_tokens_expire_in_simulated_time_and_are_forgotten(sim: Simulator, client: Client) -> None:
    sim.clock.advance(14300)
    assert client.send().status_code == 200
    sim.clock.advance(100)
    assert client.send().status_code == 401
    client.log_in()
    assert client.send().status_code == 200
    sim.forget_tokens()
    assert client.send().status_code == 401


def test_tasks_appear_late_and_are_purged(session_for: Callable[[Simulator], requests.Session]) -> None:
    task = {"id": TASK, "name": "t", "seconds": 5, "appears_after": 10, "purged_after": 1000}
    with Simulator.from_dict({"services": {"fleet_lcm": {"users": {"u": "p"}, "tasks": [task]}}}) as sim:
        client = Client(sim, session_for(sim))
        seen = [client.send().status_code]
        for jump in (10, 1000):
            sim.clock.advance(jump)
            seen.append(client.send().status_code)
        assert seen == [404, 200, 404]


def test_odd_tasks_are_shown_as_given(session_for: Callable[[Simulator], requests.Session]) -> None:
    tasks = [
        {"name": "raw", "raw": {"id": "raw-1", "status": "?", "odd": [1]}},
        {"id": "free", "name": "free", "status_spelling": "FROBNICATING"},
        {"id": "text", "name": "text", "additional_details": "{}"},
        {"id": "more", "name": "more", "extra": {"type": "ODD"}, "stages": [{"name": "s", "extra": {"code": 1}}]},
    ]
    with Simulator.from_dict({"services": {"fleet_lcm": {"users": {"u": "p"}, "tasks": tasks}}}) as sim:
        client = Client(sim, session_for(sim))
        assert client.send(path=f"{TASKS}/raw-1").json() == tasks[0]["raw"]
        assert client.send(path=f"{TASKS}/free").json()["status"] == "FROBNICATING"
        assert client.send(path=f"{TASKS}/text").json()["additionalDetails"] == "{}"
        more = client.send(path=f"{TASKS}/more").json()
        assert (more["type"], more["stages"][0]["code"]) == ("ODD", 1)
        assert [found["id"] for found in client.send(path=f"{TASKS}?status=FROBNICATING").json()["elements"]] == [
            "free"
        ]


def test_a_retry_may_make_a_new_task(session_for: Callable[[Simulator], requests.Session]) -> None:
    task = {"id": TASK, "name": "t", "retry_new_id": True, "attempts": [{"fail": "t"}, {}]}
    with Simulator.from_dict({"services": {"fleet_lcm": {"users": {"u": "p"}, "tasks": [task]}}}) as sim:
        client = Client(sim, session_for(sim))
        made = client.send("POST", f"{TASKS}/{TASK}?action=retry").json()
        assert (made["id"] != TASK, made["status"]) == (True, "SUCCEEDED")
        assert client.send().json()["status"] == "FAILED"
        assert sim.task_id("t") == made["id"]


def test_a_service_may_start_late(session_for: Callable[[Simulator], requests.Session]) -> None:
    with Simulator.from_dict({"services": {"sddc_manager": {"api_keys": ["k"], "accept_after": 60}}}) as sim:
        session = session_for(sim)
        seen = []
        for jump in (0, 61):
            sim.clock.advance(jump)
            seen.append(session.post(sim.url + "/v1/tokens", json={"apiKey": "k"}, timeout=10).status_code)
        assert seen == [503, 201]


def test_what_can_not_be_served_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"services\.nothing: no such service"):
        Simulator.from_dict({"services": {"nothing": {}}})
    nested = {"name": "t", "stages": [{"name": "a", "stages": [{"name": "b"}]}]}
    with pytest.raises(ScenarioError, match="do not nest"):
        Simulator.from_dict({"services": {"fleet_lcm": {"tasks": [nested]}}})


def test_the_end_leaves_nothing_behind(session_for: Callable[[Simulator], requests.Session]) -> None:
    threads = set(threading.enumerate())
    with Simulator.from_dict(SCENARIO) as sim:
        Client(sim, session_for(sim)).send()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert set(threading.enumerate()) <= threads
    assert refused(sim)
    assert not sim.ca_path.exists()
    sim.stop()
    with Simulator.from_dict(SCENARIO, port=sim.port) as again:
        assert again.port == sim.port


def test_the_end_does_not_wait_for_who_waits(client: Client, sim: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    sim.inject({"kind": "stall", "seconds": 60})
    failures: list[BaseException] = []

    def wait_for_an_answer() -> None:
        try:
            client.send()
        except requests.exceptions.RequestException as problem:
            failures.append(problem)

    waiting = threading.Thread(target=wait_for_an_answer)
    waiting.start()
    wait_until(lambda: sim.count("GET") == 1)
    sim.stop()
    waiting.join(10)
    assert len(failures) == 1
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


def test_a_port_is_not_shared(sim: Simulator) -> None:
    with pytest.raises(OSError, match="in use"):
        Simulator.from_dict(SCENARIO, port=sim.port)


@pytest.mark.parametrize("how", ["signal", "parent"])
def test_the_command_serves_until_it_is_told_to_end(how: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    command = [*COMMAND, "--scenario", str(ROOT / "tests/scenarios/tasks.yml"), "--speed", "1"]
    command += ["--directory", str(tmp_path), "--ready-file", str(ready), "--parent", str(parent.pid), "--log"]
    with subprocess.Popen(
        command, cwd=COLLECTIONS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_until(ready.exists)
            url, ca_path = ready.read_text(encoding="utf-8").splitlines()
            assert requests.get(url + TASKS, verify=ca_path, timeout=10).status_code == 401
            if how == "signal":
                os.kill(process.pid, signal.SIGTERM)
            parent.communicate(b"\n", timeout=60)
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
            parent.kill()
    assert (process.returncode, errors) == (0, "")
    assert "upgrade-vcf-fleet-depot" in output
    assert f"GET {TASKS} -> 401" in output


def test_the_command_refuses_a_bad_scenario(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text("services: {fleet_lcm: {tasks: [{nam: x}]}}", encoding="utf-8")
    command = [*COMMAND, "--scenario", str(bad)]
    done = subprocess.run(command, cwd=COLLECTIONS, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "services.fleet_lcm.tasks.0.nam" in done.stderr) == (2, True)


def test_connections_are_told_apart(sim: Simulator, client: Client) -> None:
    before = sim.requests[-1]["connection"]
    for _request in range(2):
        client.send(path=TASKS)
    with requests.Session() as other:
        other.get(sim.url, verify=str(sim.ca_path), timeout=10)
    mine, again, others = (seen["connection"] for seen in sim.requests[-3:])
    assert before == mine == again != others
