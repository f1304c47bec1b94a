# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTPS client against a server that answers whatever a test writes, byte by byte."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.vcf.lifecycle.plugins.module_utils import transport as transport_module
from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import MASK, Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import (
    Answer,
    Delivery,
    Fault,
    Request,
    Transport,
)
from tests.unit.fakes import FakeFleet

PATIENCE = 10.0

Handler = Callable[[ssl.SSLSocket, bytes], None]


def reply(body: bytes | Any, status: str = "200 OK", *headers: str) -> Handler:
    """Answer with a body (JSON, unless it is bytes) and close."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers]

    def handle(connection: ssl.SSLSocket, request: bytes) -> None:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + content)

    return handle


class RawServer:
    """Answers each connection's request with the next handler; the last one stays."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self.handlers: list[Handler] = [reply({})]
        self.requests: list[bytes] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"raw:{self.port}", daemon=True)

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.ended.set()
        self._thread.join(PATIENCE)
        self._listener.close()
        assert not self._thread.is_alive()

    def url(self, path: str = "/", host: str = "localhost") -> str:
        return f"https://{host}:{self.port}{path}"

    def _serve(self) -> None:
        while not self.ended.is_set():
            try:
                plain, _address = self._listener.accept()
            except TimeoutError:
                continue
            # Who leaves early, or does not trust us, is what these tests are about.
            with plain, contextlib.suppress(OSError):
                plain.settimeout(PATIENCE)
                with self._context.wrap_socket(plain, server_side=True) as connection:
                    self._answer(connection)

    def _answer(self, connection: ssl.SSLSocket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        # Who closes with something unread resets the connection, and the answer is lost.
        length = re.search(rb"\r\nContent-Length: (\d+)", request)
        while length and len(request.split(b"\r\n\r\n", 1)[1]) < int(length[1]):
            request += connection.recv(65536)
        self.requests.append(request)
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        handler(connection, request)


def context_for(issuer: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_path(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[RawServer]:
    with RawServer(context_for(authority, "localhost", "127.0.0.1")) as running:
        yield running


@pytest.fixture
def client(ca_path: str) -> Iterator[Callable[..., Transport]]:
    """Makes transports, and closes them."""
    with contextlib.ExitStack() as stack:

        def make(**settings: Any) -> Transport:
            given = {"verify": ca_path, "timeout": 5.0, "redactor": Redactor(), "clock": Clock(), **settings}
            made = Transport(**given)
            stack.callback(made.close)
            return made

        yield make


def get(made: Transport, url: str, **fields: Any) -> Answer:
    return made.exchange(Request("GET", url, headers={"Authorization": "Bearer s3cret-token"}, **fields))


def fault(made: Transport, url: str, method: str = "GET") -> Fault:
    with pytest.raises(Fault) as caught:
        made.exchange(Request(method, url, headers={"Authorization": "Bearer s3cret-token"}))
    return caught.value


# Answers --------------------------------------------------------------------------------------------------------------


def test_a_json_answer(server: RawServer, client: Any) -> None:
    server.handlers = [reply({"id": "t1", "password": "x"}, "201 Created", "X-Test: yes")]
    answer = get(client(), server.url("/a"), query={"b": "c d"})
    assert (answer.status, answer.body, answer.foreign) == (201, {"id": "t1", "password": MASK}, False)
    assert answer.headers["x-test"] == "yes"
    assert server.requests[0].startswith(b"GET /a?b=c+d HTTP/1.1\r\n")
    assert b"\r\nAccept: application/json\r\n" in server.requests[0]
    assert b"User-Agent: vcf.lifecycle/" in server.requests[0]


def test_a_login_keeps_its_token_and_only_a_success_does(server: RawServer, client: Any) -> None:
    server.handlers = [reply({"access_token": "x"}), reply({"access_token": "x"}, "401 Unauthorized")]
    assert get(client(), server.url(), secret=True).body == {"access_token": "x"}
    assert get(client(), server.url(), secret=True).body == {"access_token": MASK}


def test_the_same_text_is_read_once_as_long_as_it_would_be_masked_in_the_same_way(
    server: RawServer, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.handlers = [reply({"id": "t1", "name": "Aurora-borealis"})]
    redactor = Redactor()
    made = client(redactor=redactor)
    first = get(made, server.url()).body
    assert get(made, server.url()).body is first
    redactor.learn("Aurora-borealis")
    assert get(made, server.url()).body == {"id": "t1", "name": MASK}
    assert get(made, server.url(), secret=True).body == {"id": "t1", "name": "Aurora-borealis"}
    assert get(made, server.url()).body == {"id": "t1", "name": MASK}
    # What is large is not kept in memory for that.
    monkeypatch.setattr(transport_module, "_REMEMBERED_BYTES", 5)
    server.handlers = [reply({"id": "t2"})]
    assert get(made, server.url()).body == {"id": "t2"}
    assert get(made, server.url()).body is not get(made, server.url()).body


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_answer(body: bytes, server: RawServer, client: Any) -> None:
    server.handlers = [reply(body)]
    answer = get(client(), server.url())
    assert (answer.body, answer.foreign) == (None, False)


@pytest.mark.parametrize("body", [b"<html>503</html>", b'{"cut": ', b"\xff\xfe\x00", b"{} trailing"])
def test_an_answer_that_is_not_json(body: bytes, server: RawServer, client: Any) -> None:
    server.handlers = [reply(body)]
    answer = get(client(), server.url())
    assert (answer.body, answer.foreign, answer.status) == (None, True, 200)


def test_numbers_that_json_does_not_have(server: RawServer, client: Any) -> None:
    server.handlers = [reply(b'{"a": NaN, "b": [-Infinity]}')]
    assert get(client(), server.url()).body == {"a": None, "b": [None]}


@pytest.mark.parametrize("digits", [b"1e400", b"-1e400", b"1" * 400 + b".0"])
def test_numbers_that_are_too_large_for_a_float(digits: bytes, server: RawServer, client: Any) -> None:
    server.handlers = [reply(b'{"a": ' + digits + b', "b": 1e4}')]
    assert get(client(), server.url()).body == {"a": None, "b": 10000.0}


def test_half_characters_in_names_and_values(server: RawServer, client: Any) -> None:
    server.handlers = [reply(b'{"\\ud83d": "\\udc00", "\\u00e4": "\\ud83d\\ude00"}')]
    body = get(client(), server.url()).body
    assert body == {"?": "?", "\u00e4": "\U0001f600"}
    json.dumps(body, ensure_ascii=False).encode("utf-8")


def test_a_body_that_is_too_large_is_not_read_to_its_end(server: RawServer, client: Any) -> None:
    sent: list[int] = []

    def fifty_megabytes(connection: ssl.SSLSocket, request: bytes) -> None:
        size = 50 * 1024 * 1024
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        block = b" " * 1024 * 1024
        for number in range(50):
            connection.sendall(block)
            sent.append(number)

    server.handlers = [fifty_megabytes]
    with pytest.raises(Fault, match="larger than 33554432 bytes") as caught:
        get(client(), server.url("/v1/tasks"))
    assert caught.value.first_kind == "invalid_response"
    assert len(sent) < 50


def test_a_large_body_that_hides_in_a_small_one(server: RawServer, client: Any) -> None:
    bomb = gzip.compress(b" " * 40 * 1024 * 1024)
    server.handlers = [reply(bomb, "200 OK", "Content-Encoding: gzip")]
    with pytest.raises(Fault, match="larger than"):
        get(client(), server.url())


@pytest.mark.parametrize("body", [b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000])
def test_a_body_that_is_too_deep(body: bytes, server: RawServer, client: Any) -> None:
    server.handlers = [reply(body)]
    with pytest.raises(Fault, match="too deeply") as caught:
        get(client(), server.url("/v1/tasks"))
    # Who never answers otherwise is not the service; of one that did before it is an answer that was lost.
    assert (caught.value.first_kind, caught.value.delivery) == ("invalid_response", Delivery.ANSWERED)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_an_answer_that_is_cut_off_or_nonsense(answer: bytes, server: RawServer, client: Any) -> None:
    server.handlers = [lambda connection, request: connection.sendall(answer)]
    found = fault(client(), server.url())
    assert (found.delivery, found.first_kind) == (Delivery.BROKEN, None)


@pytest.mark.parametrize("at_once", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"])
def test_a_body_that_drips(at_once: bytes, server: RawServer, client: Any) -> None:
    def drip(connection: ssl.SSLSocket, request: bytes) -> None:
        connection.sendall(at_once)
        # Each byte comes within the time-out of a single read.
        for _byte in range(250):
            if server.ended.wait(0.1):
                return
            connection.sendall(b" " if at_once else b"X")

    server.handlers = [drip]
    begun = time.monotonic()
    found = fault(client(timeout=0.5), server.url())
    assert "time-out" in found.reason
    assert found.delivery is Delivery.LATE
    assert time.monotonic() - begun < 20


def test_silence(server: RawServer, client: Any) -> None:
    server.handlers = [lambda connection, request: server.ended.wait(60) and None]
    found = fault(client(timeout=0.5), server.url())
    assert "time-out" in found.reason
    assert found.delivery is Delivery.LATE


def test_a_request_may_be_given_less_time_and_never_more(server: RawServer, client: Any) -> None:
    server.handlers = [lambda connection, request: server.ended.wait(60) and None]
    for timeout, seconds in ((30.0, 0.3), (0.3, 30.0), (30.0, -5.0)):
        begun = time.monotonic()
        with pytest.raises(Fault, match="time-out"):
            client(timeout=timeout).exchange(Request("GET", server.url()), seconds)
        assert time.monotonic() - begun < 20


# Connections ----------------------------------------------------------------------------------------------------------


def test_a_refused_port(client: Any) -> None:
    with socket.socket() as bound:
        # Bound and not listened on: refused, and nobody else can have it.
        bound.bind(("127.0.0.1", 0))
        found = fault(client(), f"https://127.0.0.1:{bound.getsockname()[1]}/")
    assert (found.reason, found.delivery, found.first_kind) == ("connection refused", Delivery.NONE, None)


def test_a_name_that_does_not_resolve(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    found = fault(client(), "https://nowhere.invalid/")
    assert (found.reason, found.delivery) == ("its name does not resolve", Delivery.NONE)
    assert found.first_kind == "unreachable"


def test_a_peer_that_does_not_speak_tls(client: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _address = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        found = fault(client(), f"https://localhost:{listener.getsockname()[1]}/")
        thread.join(PATIENCE)
    # An error of TLS can come after the request as well as before it.
    assert (found.reason, found.delivery) == ("the TLS connection failed", Delivery.BROKEN)
    assert found.first_kind is None


def test_a_certificate_of_another_authority(client: Any) -> None:
    with RawServer(context_for(trustme.CA(), "localhost")) as other:
        found = fault(client(), other.url())
    assert found.reason.startswith("its certificate does not verify (")
    assert (found.delivery, found.first_kind, other.requests) == (Delivery.NONE, "unreachable", [])


def test_a_certificate_that_nobody_vouches_for(client: Any) -> None:
    with RawServer(context_for(trustme.CA(), "localhost")) as other:
        found = fault(client(verify=True), other.url())
    assert (found.first_kind, other.requests) == ("unreachable", [])


def test_a_certificate_for_another_name(authority: trustme.CA, client: Any) -> None:
    with RawServer(context_for(authority, "elsewhere.example.com")) as other:
        found = fault(client(), other.url())
    assert "localhost" in found.reason
    assert (found.first_kind, other.requests) == ("unreachable", [])


def test_nothing_is_verified_where_nobody_wants_it(client: Any) -> None:
    with RawServer(context_for(trustme.CA(), "elsewhere.example.com")) as other:
        assert get(client(verify=False), other.url()).status == 200


# The environment ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_no_variable_stands_in_for_the_options(
    variable: str, server: RawServer, client: Any, ca_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv(variable, str(other))
    # With the wrong bundle there, ca_path and validate_certs=false go on meaning what they say,
    assert get(client(), server.url()).status == 200
    assert get(client(verify=False), server.url()).status == 200
    # and with the right bundle there, another ca_path, and no ca_path at all, still do not trust the server.
    monkeypatch.setenv(variable, ca_path)
    assert fault(client(verify=str(other)), server.url()).first_kind == "unreachable"
    assert fault(client(verify=True), server.url()).first_kind == "unreachable"


def test_no_netrc(server: RawServer, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login other password other\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    get(client(), server.url())
    client().exchange(Request("GET", server.url()))
    assert b"Authorization: Bearer s3cret-token\r\n" in server.requests[0]
    assert b"Authorization" not in server.requests[1]


def test_a_proxy_that_is_away(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{bound.getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        found = fault(client(), "https://fleet.example.com/")
    assert "proxy" in found.reason
    assert found.delivery is Delivery.NONE


# Redirects ------------------------------------------------------------------------------------------------------------


def redirect(location: str, status: str = "302 Found") -> Handler:
    return reply(b"", status, f"Location: {location}")


def test_within_the_host_a_read_follows(server: RawServer, client: Any) -> None:
    server.handlers = [redirect("/b?c=d"), reply({"here": True})]
    assert get(client(), server.url("/a")).body == {"here": True}
    assert server.requests[1].startswith(b"GET /b?c=d HTTP/1.1\r\n")
    assert b"Authorization: Bearer s3cret-token\r\n" in server.requests[1]


def test_another_host_is_refused_and_hears_nothing(server: RawServer, authority: trustme.CA, client: Any) -> None:
    with RawServer(context_for(authority, "localhost", "127.0.0.1")) as other:
        for target in (other.url("/x"), server.url("/x", host="127.0.0.1"), f"http://localhost:{server.port}/x"):
            server.handlers = [redirect(target)]
            found = fault(client(), server.url())
            assert "redirects to another host" in found.reason
            assert found.first_kind == "invalid_response"
        assert other.requests == []
    assert len(server.requests) == 3


@pytest.mark.parametrize("location", ["https://[::1", "//[", "//evil.invalid/x", "https://localhost:99999/x", "ftp:x"])
def test_an_odd_target_is_refused(location: str, server: RawServer, client: Any) -> None:
    server.handlers = [redirect(location)]
    found = fault(client(), server.url())
    assert found.reason.startswith("it redirects to a")
    assert (found.first_kind, len(server.requests)) == ("invalid_response", 1)


def test_a_circle(server: RawServer, client: Any) -> None:
    server.handlers = [redirect("/a")]
    found = fault(client(), server.url("/a"))
    assert ("circle" in found.reason, found.first_kind, len(server.requests)) == (True, "invalid_response", 4)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other"])
def test_a_write_does_not_become_a_read(status: str, server: RawServer, client: Any) -> None:
    server.handlers = [redirect("/b", status)]
    found = fault(client(), server.url("/a"), method="POST")
    assert ("redirect" in found.reason, len(server.requests)) == (True, 1)


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_write_may_be_sent_on_within_the_host(status: str, server: RawServer, client: Any) -> None:
    server.handlers = [redirect("/b", status), reply({})]
    client().exchange(Request("POST", server.url("/a"), form={"x": "y"}))
    assert server.requests[1].startswith(b"POST /b HTTP/1.1\r\n")


PATHS = {
    "fleet_lcm": b"/fleet-lcm/v1/tasks/",
    "sddc_lcm": b"/sddc-lcm/v1/tasks/",
    "sddc_manager": b"/v1/tasks/",
    "sddc_manager_credentials": b"/v1/credentials/tasks/",
    "vcf_installer": b"/v1/sddcs/",
    "vcenter": b"/api/cis/tasks/",
    "vmc": b"/vmc/api/orgs/o1/tasks/",
}
"""Where the tasks of each service are."""


# Ids ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", sorted(SERVICES))
@pytest.mark.parametrize(
    ("task_id", "segment"),
    [
        ("a/b", b"a%2Fb"),
        ("../../v1/tokens", b"..%2F..%2Fv1%2Ftokens"),
        ("...", b"..."),
        ("a b", b"a%20b"),
        ("\"a\"'b'", b"%22a%22%27b%27"),
        ("a?b=c", b"a%3Fb%3Dc"),
        ("a#b", b"a%23b"),
        ("%2e%2e", b"%252e%252e"),
        ("a\r\nX-Injected: yes", b"a%0D%0AX-Injected%3A%20yes"),
        ("a\\b", b"a%5Cb"),
        ("ä", b"%C3%A4"),
    ],
)
def test_an_id_reaches_the_server_as_one_segment(
    service: str, task_id: str, segment: bytes, server: RawServer, client: Any
) -> None:
    line = FakeFleet(service, token="given-token", port=server.port)
    connection = Connection(service=service, hostname="localhost", port=server.port, token="given-token", org_id="o1")
    owner = SERVICES[service](connection, client(), line.contact, line.redactor)
    server.handlers = [reply({}, "404 Not Found")]
    assert owner.get_task(task_id) is None
    line_sent = server.requests[0].split(b"\r\n", 1)[0]
    assert line_sent == b"GET " + PATHS[service] + segment + b" HTTP/1.1"
    assert b"X-Injected: yes\r\n" not in server.requests[0]


@pytest.mark.parametrize("task_id", [".", ".."])
def test_an_id_that_can_not_be_quoted_is_not_sent(task_id: str, server: RawServer, client: Any) -> None:
    line = FakeFleet(token="given-token", port=server.port)
    line.service.transport = client()
    assert line.service.get_task(task_id) is None
    assert server.requests == []


def test_limits_are_what_the_documentation_promises() -> None:
    assert transport_module.MAX_BODY_BYTES == 32 * 1024 * 1024
