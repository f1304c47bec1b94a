# SPDX-License-Identifier: GPL-3.0-or-later
"""How to connect Broadcom's clients, and keep what came over the wire."""

from __future__ import annotations

from typing import Any

import requests
from vmware.vapi.bindings.stub import StubConfiguration
from vmware.vapi.lib.connect import get_requests_connector
from vmware.vapi.security.http_authorization import create_http_authorization_security_context

TIMEOUT = 10  # seconds, for any request


class Wire:
    """The JSON of the last answer a session received; the clients keep only what they made of it."""

    def __init__(self, session: requests.Session) -> None:
        self.status = 0
        self.body: Any = None
        session.hooks["response"].append(self._keep)

    def _keep(self, response: requests.Response, *_args: Any, **_options: Any) -> None:
        self.status = response.status_code
        self.body = response.json() if response.content else None


def configuration(session: requests.Session, url: str, token: str | None = None) -> StubConfiguration:
    """What the clients' classes are made with. ``url`` has the prefix of the service."""
    connector = get_requests_connector(session=session, msg_protocol="rest", url=url, timeout=TIMEOUT)
    if token is not None:
        connector.set_security_context(create_http_authorization_security_context(token))
    return StubConfiguration(connector)
