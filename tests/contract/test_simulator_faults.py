# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault is on the wire what it says, and meets the requests it is for."""

from __future__ import annotations

import errno
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from ansible_collections.vcf.lifecycle.extensions.simulator.faults import Fault
from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.plain import SCENARIO, TASK, TASKS, Client, refused, wait_until


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.from_dict(SCENARIO) as running:
        yield running


@pytest.fixture
def client(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> Client:
    return Client(sim, session_for(sim))


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "text"),
    [
        ({"kind": "status", "code": 429, "headers": {"Retry-After": "7"}}, 429, None, ""),
        ({"kind": "status", "code": 500, "body": {"a": 1}}, 500, "application/json", '{"a": 1}'),
        ({"kind": "status", "code": 503, "body": "<html></html>"}, 503, "text/html; charset=utf-8", "<html></html>"),
        ({"kind": "html"}, 502, "text/html; charset=utf-8", None),
        ({"kind": "not_json"}, 200, "application/json", '{"elements": ['),
        ({"kind": "shape", "body": []}, 200, "application/json", "[]"),
        ({"kind": "deep", "levels": 3}, 200, "application/json", "[[[]]]"),
        ({"kind": "redirect", "location": "https://elsewhere.example.com/"}, 307, None, ""),
    ],
)
def test_answers_in_place_of_the_service_s(
    sim: Simulator, client: Client, fault: dict[str, Any], status: int, content_type: str | None, text: str | None
) -> None:
    sim.inject(fault | {"times": 1})
    answer = client.send()
    assert (answer.status_code, answer.headers.get("content-type")) == (status, content_type)
    assert text is None or answer.text == text
    for name, value in fault.get("headers", {}).items():
        assert answer.headers[name] == value
    assert answer.headers.get("location") == fault.get("location")
    assert client.send().status_code == 200


def test_an_answer_may_be_lost_in_a_proxy(sim: Simulator, client: Client) -> None:
    for processed in (False, True):
        sim.inject({"kind": "html", "method": "POST", "times": 1, "processed": processed})
        assert client.send("POST", f"{TASKS}/{TASK}?action=cancel").status_code == 502
        assert client.send().json()["cancellable"] is not processed


def test_huge(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "huge", "megabytes": 3, "times": 1})
    answer = client.send()
    assert len(answer.content) > 3 * 1024 * 1024
    assert list(answer.json()) == ["elements"]


@contextmanager
def asked(sim: Simulator, client: Client, method: str, path: str) -> Iterator[ssl.SSLSocket]:
    """A connection of its own over which a request was sent."""
    context = ssl.create_default_context(cafile=str(sim.ca_path))
    token = str(client.session.headers["Authorization"])
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\nContent-Length: 0\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", sim.port), 5) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secure,
    ):
        secure.sendall(head.encode())
        yield secure


@pytest.mark.parametrize(("kind", "processed"), [("reset_before", False), ("reset_after", True)])
def test_resets_are_those_of_tcp(sim: Simulator, client: Client, kind: str, processed: bool) -> None:
    sim.inject({"kind": kind, "method": "POST", "times": 1})
    with asked(sim, client, "POST", f"{TASKS}/{TASK}?action=cancel") as connection:
        # Python's TLS makes the same of a reset and of an end without one: ask the socket below it.
        poller = select.poll()
        poller.register(connection, select.POLLRDHUP)
        assert poller.poll(5000), "the connection stays open"
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET
        assert connection.recv(65536) == b""
    assert (sim.requests[-1]["status"], sim.requests[-1]["fault"]) == (None, kind)
    assert client.send().json()["cancellable"] is not processed


def test_truncated_bodies_end_in_an_orderly_way_too_soon(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "truncated", "times": 2})
    received = b""
    with asked(sim, client, "GET", f"{TASKS}/{TASK}") as connection:
        while piece := connection.recv(65536):
            received += piece
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    head, _blank, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert 0 < len(body) < length
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        client.send()
    assert client.send().status_code == 200


def test_slow_and_stall_take_their_time(sim: Simulator, client: Client) -> None:
    for kind in ("slow", "stall"):
        sim.inject({"kind": kind, "seconds": 0.2, "times": 1})
        began = time.monotonic()
        assert client.send().json()["id"] == TASK
        assert 0.2 <= time.monotonic() - began < 5
    sim.inject({"kind": "stall", "seconds": 60})
    with pytest.raises(requests.exceptions.ReadTimeout):
        client.send(timeout=0.2)


def test_unauthorized_forgets_the_tokens_once(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "unauthorized"})
    assert [client.send().status_code, client.log_in(), client.send().status_code] == [401, None, 200]


def test_refuse_closes_the_port_and_opens_it_again(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "refuse", "seconds": 1})
    assert refused(sim)
    with pytest.raises(requests.exceptions.ConnectionError):
        client.send()
    wait_until(lambda: not refused(sim))
    assert client.send().status_code == 200


def test_refuse_may_wait_for_a_request_or_a_time(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "refuse", "for": 30, "method": "POST", "path": "action=cancel"})
    assert client.send().status_code == 200
    with pytest.raises(requests.exceptions.ConnectionError):
        client.send("POST", f"{TASKS}/{TASK}?action=cancel")
    assert refused(sim)
    sim.advance(30)
    assert client.send().json()["cancellable"] is True
    sim.inject({"kind": "refuse", "seconds": 60, "after": 1000})
    assert client.send().status_code == 200
    sim.clock.advance(1000)
    wait_until(lambda: refused(sim))


def test_refuse_may_last_for_simulated_time(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "refuse", "for": 300})
    sim.advance(200)
    assert refused(sim)
    sim.advance(100)
    assert not refused(sim)
    sim.inject({"kind": "refuse", "after": 100, "for": 1000})
    sim.advance(1)
    assert client.send().status_code == 200
    sim.advance(99)
    assert refused(sim)


def test_restart_forgets_tokens_and_comes_back_as_another_version(sim: Simulator, client: Client) -> None:
    other = {"status_spelling": {"running": "Busy"}, "extra": {"phase": 1}}
    sim.inject({"kind": "restart", "for": 5, "becomes": {"page_size": 7}, "tasks_become": other})
    assert refused(sim)
    sim.advance(5)
    assert client.send().status_code == 401
    client.log_in()
    found = client.send().json()
    assert (found["name"], found["status"], found["phase"]) == ("upgrade", "Busy", 1)
    assert client.send(path=TASKS).json()["pageMetadata"]["pageSize"] == 7


@pytest.mark.parametrize("certificate", ["unknown", "elsewhere", "expired"])
def test_restart_comes_back_with_another_certificate(sim: Simulator, client: Client, certificate: str) -> None:
    usual = ssl.get_server_certificate(("127.0.0.1", sim.port))
    sim.inject({"kind": "restart", "seconds": 0, "certificate": certificate})
    sim.advance(0)
    with pytest.raises(requests.exceptions.SSLError):
        client.send()
    sim.inject({"kind": "restart", "seconds": 0, "certificate": "renewed"})
    sim.advance(0)
    assert client.send().status_code == 401
    assert ssl.get_server_certificate(("127.0.0.1", sim.port)) != usual


def test_time_may_jump_before_a_request_is_processed(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "jump", "seconds": 100})
    assert [client.send().json()["status"], sim.clock.now() < 200] == ["SUCCEEDED", True]


def test_somebody_else_may_be_first(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "meanwhile", "request": "cancel", "method": "POST"})
    assert client.send().json()["cancellable"] is True
    assert client.send("POST", f"{TASKS}/{TASK}?action=cancel").status_code == 400
    assert client.send().json()["cancellable"] is False


def test_json_may_be_mislabeled(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "mislabeled", "times": 1})
    answer = client.send()
    assert (answer.json()["id"], answer.headers["content-type"]) == (TASK, "text/html; charset=utf-8")


def test_it_is_known_which_faults_have_not_happened(sim: Simulator, client: Client) -> None:
    for method in ("GET", "POST|PATCH"):
        sim.inject({"kind": "html", "method": method, "skip": 1, "times": 1})
    assert len(sim.unmet_faults()) == 2
    assert [client.send().status_code, len(sim.unmet_faults())] == [200, 2]
    assert [client.send().status_code, len(sim.unmet_faults())] == [502, 1]


def test_faults_are_for_the_requests_they_name(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "html", "service": "sddc_manager"})
    sim.inject({"kind": "html", "method": "DELETE"})
    sim.inject({"kind": "html", "path": "pageNumber=2"})
    sim.inject({"kind": "html", "task": "another"})
    assert client.send().status_code == 200
    sim.inject(Fault(kind="html", task="upgrade"))
    assert [client.send().status_code, client.send(path=TASKS).status_code] == [502, 200]
    assert client.send(path=TASKS + "?pageNumber=2").status_code == 502
    sim.clear_faults()
    assert client.send().status_code == 200


def test_faults_have_windows(sim: Simulator, client: Client) -> None:
    sim.inject({"kind": "html", "skip": 1, "times": 2})
    assert [client.send().status_code for _ in range(4)] == [200, 502, 502, 200]
    sim.inject({"kind": "html", "after": 10, "for": 10})
    seen = []
    for jump in (0, 10, 10):
        sim.clock.advance(jump)
        seen.append(client.send().status_code)
    assert seen == [200, 502, 200]


@pytest.mark.parametrize("kind", ["refuse", "restart"])
def test_a_port_that_is_due_to_be_closed_answers_nothing_more(sim: Simulator, client: Client, kind: str) -> None:
    sim.inject({"kind": kind, "after": 100, "for": 50})
    # Without giving the server time to see it by itself, as where the time of others passes fast.
    sim.clock.advance(120)
    with pytest.raises(requests.ConnectionError):
        client.send()
    wait_until(lambda: refused(sim))
    sim.advance(31)
    wait_until(lambda: not refused(sim))
