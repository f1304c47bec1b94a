# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS on a thread: uvicorn's protocol on a listener of our own, which can be closed and opened again."""

from __future__ import annotations

import asyncio
import functools
import itertools
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import trustme
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from .faults import Certificate
from .misbehave import reset

PATIENCE = 10.0  # real seconds any start or stop may take
TICK = 0.02  # real seconds between two looks at what is due without a request


_making = threading.Lock()


def authority() -> trustme.CA:
    """One certificate authority for all servers of a process: making it is most of the time a start takes."""
    with _making:  # two threads that ask at the same time would have one each
        return _authority()


@functools.cache
def _authority() -> trustme.CA:
    return trustme.CA()


@functools.cache
def _tls(certificate: Certificate) -> ssl.SSLContext:
    issuer = trustme.CA() if certificate == "unknown" else authority()
    names = ("elsewhere.example.com",) if certificate == "elsewhere" else ("localhost", "127.0.0.1", "::1")
    ended = datetime.now(timezone.utc) - timedelta(days=1) if certificate == "expired" else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(*names, not_after=ended).configure_cert(context)
    return context


class _OneWrite:
    """A transport that keeps what is written until the event loop has a breath: headers and body leave together."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop, self._kept = transport, loop, bytearray()

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._kept:
            self._loop.call_soon(self.flush)
        self._kept += data

    def flush(self) -> None:
        if self._kept and not self._transport.is_closing():
            self._transport.write(bytes(self._kept))
        self._kept.clear()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        self._kept.clear()
        self._transport.abort()


class _Protocol(H11Protocol):
    """uvicorn's, with what the application wants to know of a connection in ``scope["state"]``.

    ``transport`` is what it writes to; ``connection`` is its number among all that this process has accepted.
    """

    numbers = itertools.count(1)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one_write = _OneWrite(transport, self.loop)
        self.app_state = {"transport": one_write, "connection": next(self.numbers)}
        super().connection_made(one_write)  # type: ignore[arg-type]


class Server:
    """Serves an application until `stop`. ``tick`` is called many times a second, on the server's thread."""

    def __init__(self, app: ASGIApp, port: int, address: str, tick: Callable[[], None]) -> None:
        self._tick, self._address = tick, address
        self._config = uvicorn.Config(
            app, interface="asgi3", lifespan="off", ws="none", log_config=None, access_log=False, proxy_headers=False
        )
        self._state = ServerState()
        # Another simulator would share its port with us: ask for it alone first.
        self._bind(port, shared=False).close()
        # A port that is bound but not listened on refuses connections, and nobody else can have it: the same socket
        # keeps ours while the listening one is closed.
        self._reserved = self._bind(port)
        self.port: int = self._reserved.getsockname()[1]
        self._listener: asyncio.Server | None = None
        self._over: Callable[[], bool] | None = None
        self._opened: Callable[[], None] = lambda: None
        self._certificate: Certificate = "usual"
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"simulator:{self.port}", daemon=True)

    def start(self) -> None:
        """Return when the port answers."""
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise TimeoutError("the simulator did not start")
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Return when the thread has ended and the port is free. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(PATIENCE)
        self._reserved.close()
        if self._thread.is_alive():
            raise TimeoutError("the simulator did not stop")

    def refuse(
        self, over: Callable[[], bool], opened: Callable[[], None], certificate: Certificate | None = None
    ) -> None:
        """Close the port until ``over`` says so, and reset all connections. It opens with another certificate, if one
        is given, and ``opened`` is called then. From any thread; returns when the port is closed."""
        if threading.current_thread() is self._thread:
            self._close(over, opened, certificate)
            return
        closed = threading.Event()

        def close() -> None:
            self._close(over, opened, certificate)
            closed.set()

        self._loop.call_soon_threadsafe(close)
        if not closed.wait(PATIENCE):
            raise TimeoutError("the simulator did not close its port")

    def settle(self) -> None:
        """Do now what is due now. From any thread but the server's; returns when it is done."""
        asyncio.run_coroutine_threadsafe(self._look(), self._loop).result(PATIENCE)

    def _bind(self, port: int, *, shared: bool = True) -> socket.socket:
        bound = socket.socket(socket.AF_INET6 if ":" in self._address else socket.AF_INET)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
        try:
            bound.bind((self._address, port))
        except OSError:
            bound.close()
            raise
        return bound

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._ended, self._looking = asyncio.get_running_loop(), asyncio.Event(), asyncio.Lock()
        try:
            self._config.load()
            await self._open()
        except Exception as problem:  # start() raises it on the thread that waits
            self._failure = problem
            self._ended.set()
        self._ready.set()
        while not self._ended.is_set():
            await self._look()
            try:
                await asyncio.wait_for(self._ended.wait(), TICK)
            except asyncio.TimeoutError:
                continue
        await self._shut_down()

    async def _look(self) -> None:
        async with self._looking:
            self._tick()
            if self._over is not None and self._over():
                self._over = None
                await self._open()
                self._opened()

    async def _open(self) -> None:
        tls = _tls(self._certificate)
        self._listener = await self._loop.create_server(self._protocol, sock=self._bind(self.port), ssl=tls)

    def _protocol(self) -> asyncio.Protocol:
        return _Protocol(config=self._config, server_state=self._state, app_state={}, _loop=self._loop)

    def _close(self, over: Callable[[], bool], opened: Callable[[], None], certificate: Certificate | None) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self._state.connections):
            reset(connection.transport)
        self._opened()  # of an outage before this one, which has become a part of it
        self._over, self._opened, self._certificate = over, opened, certificate or self._certificate

    async def _shut_down(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        # Transports tell their protocols in callbacks; who is told is not answered any more.
        for _turn in range(3):
            await asyncio.sleep(0)
        waiting = list(self._state.tasks)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def write_ca(directory: Path | None) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    """Write the authority's certificate as ``ca.pem`` to a folder, or to a temporary one, which is returned too."""
    temporary = None
    if directory is None:
        temporary = tempfile.TemporaryDirectory(prefix="simulator-")
        directory = Path(temporary.name)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "ca.pem"
    authority().cert_pem.write_to_path(str(path))
    return path, temporary
