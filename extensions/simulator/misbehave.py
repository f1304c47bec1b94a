# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault does to an answer and its connection."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .faults import CLOSING, Fault

BROKEN_CONNECTION = frozenset({"reset_before", "reset_after", "truncated"}) | CLOSING
PROXY_PAGE = """<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body>
</html>
"""
DRIPS = 20  # pieces of a slow body


def replacement(fault: Fault) -> Response | None:
    """The answer a fault gives in place of the service's, or None if the service is to answer."""
    if fault.kind == "status":
        return _answer(fault.code, fault.body, fault.headers)
    if fault.kind == "shape":
        return _json(json.dumps(fault.body), fault.headers)
    if fault.kind == "html":
        return Response(PROXY_PAGE, 502, fault.headers, media_type="text/html")
    if fault.kind == "not_json":
        return _json('{"elements": [', fault.headers)
    if fault.kind == "huge":
        return _json('{"elements": ["' + "x" * int(fault.megabytes * 1024 * 1024) + '"]}', fault.headers)
    if fault.kind == "deep":
        return _json("[" * fault.levels + "]" * fault.levels, fault.headers)
    if fault.kind == "redirect":
        return Response(status_code=307, headers=fault.headers | {"location": fault.location})
    return None


def _answer(code: int, body: object, headers: dict[str, str]) -> Response:
    if isinstance(body, str):
        return Response(body, code, headers, media_type="text/html" if body.lstrip().startswith("<") else "text/plain")
    if body is None:
        return Response(status_code=code, headers=headers)
    return Response(json.dumps(body), code, headers, media_type="application/json")


def _json(text: str, headers: dict[str, str]) -> Response:
    return Response(text, 200, headers, media_type="application/json")


def mislabeled(response: Response) -> Response:
    """The answer, said to be what it is not."""
    return Response(bytes(response.body), response.status_code, media_type="text/html")


def reset(transport: asyncio.Transport) -> None:
    """Close the connection with a TCP reset. Lingering for no time is what makes the kernel send one."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def truncate(transport: asyncio.Transport, response: Response) -> None:
    """Announce the whole body, send half of it, and close in an orderly way: only the length tells."""
    body = bytes(response.body) or b"{}"
    head = f"HTTP/1.1 {response.status_code} \r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    transport.write(head.encode() + body[: len(body) // 2])
    transport.close()


async def until_gone(receive: Receive) -> None:
    """Wait until uvicorn knows that the connection is closed: before that it would answer for us."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def drip(response: Response, seconds: float, scope: Scope, send: Send) -> None:
    """Send the body in pieces over ``seconds`` real seconds."""
    body = bytes(response.body)
    size = max(1, -(-len(body) // DRIPS))
    pieces = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    for piece in pieces:
        await asyncio.sleep(seconds / len(pieces))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
