# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain requests to a small scenario, for the tests of the simulator itself."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import requests

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator

TASK = "019aa000-0000-7000-8000-000000000001"
TASKS = "/fleet-lcm/v1/tasks"
SCENARIO: dict[str, Any] = {
    "services": {
        "fleet_lcm": {"users": {"u": "p"}, "tasks": [{"id": TASK, "name": "upgrade", "seconds": 100}]},
        "sddc_manager": {"api_keys": ["k"], "tasks": [{"id": "1", "name": "other", "seconds": 5}]},
    }
}


class Client:
    """Requests with a token of the service, on one connection kept alive."""

    def __init__(self, sim: Simulator, session: requests.Session) -> None:
        self.sim, self.session = sim, session
        self.log_in()

    def log_in(self) -> None:
        form = {"grant_type": "password", "username": "u", "password": "p"}
        answer = self.session.post(self.sim.url + "/api/v1/identity/token", data=form, timeout=10)
        self.session.headers["Authorization"] = "Bearer " + answer.json()["access_token"]

    def send(self, method: str = "GET", path: str = f"{TASKS}/{TASK}", **options: Any) -> requests.Response:
        options = {"timeout": 10, "allow_redirects": False} | options
        return self.session.request(method, self.sim.url + path, **options)


def refused(sim: Simulator) -> bool:
    try:
        socket.create_connection(("127.0.0.1", sim.port), 5).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
