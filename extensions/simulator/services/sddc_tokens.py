# SPDX-License-Identifier: GPL-3.0-or-later
"""The tokens of SDDC Manager and VCF Installer (sddc-manager-openapi.json and vcf-installer-openapi.json 9.1:
createToken, refreshAccessToken, invalidateRefreshToken), and the errors they share."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from starlette.responses import Response

from ..clock import Clock
from ..faults import Fault
from ..scenario import ServiceSpec
from ..tokens import Tokens
from . import sddc_bodies as bodies
from .base import BadRequest, Call, Route, Service, json, read_json

REFRESH_LIFETIME = 24 * 3600  # simulated seconds


class SddcTokens(Service):
    """What logs in with `/v1/tokens`."""

    token_lifetime = 3600
    login_status = 400  # the one that createToken documents; 401 is seen too
    login_path = "/v1/tokens"

    def __init__(self, spec: ServiceSpec, clock: Clock, faults: Sequence[Fault] = ()) -> None:
        self.refresh_tokens = Tokens(clock, REFRESH_LIFETIME)
        super().__init__(spec, clock, faults)

    def join(self, first: Service) -> None:
        super().join(first)
        if isinstance(first, SddcTokens):
            self.refresh_tokens = first.refresh_tokens

    def logins(self) -> list[Route]:
        """The paths of tokens."""
        tokens = f"{self.base_path}/v1/tokens"
        return [
            Route("POST", tokens, self.log_in, open=True),
            Route("PATCH", tokens + "/access-token/refresh", self.refresh, open=True),
            Route("DELETE", tokens + "/refresh-token", self.invalidate, open=True),
        ]

    def new_id(self, created: float) -> str:
        return str(uuid.uuid4())

    def error(self, status: int, code: str, text: str, remedy: str = "") -> Response:
        return json(bodies.error_fields(code, text, remedy, uuid.uuid4().hex[:6].upper()), status)

    def forget_tokens(self) -> None:
        super().forget_tokens()
        self.refresh_tokens.forget()

    def log_in(self, call: Call) -> Response:
        spec = read_json(call)
        if not isinstance(spec, dict):
            raise BadRequest("the body must be a TokenCreationSpec")
        accepted = self.password_accepted(spec.get("username"), spec.get("password"))
        if not (accepted or spec.get("apiKey") in self.api_keys):
            text = "Invalid credentials. The user is not authorized."
            return self.error(self.login_status, "IDENTITY_UNAUTHORIZED_ENTITY", text, "Check the user and password.")
        return json({"accessToken": self.tokens.issue(), "refreshToken": {"id": self.refresh_tokens.issue()}}, 201)

    def refresh(self, call: Call) -> Response:
        if not self.refresh_tokens.valid(_text(call)):
            return self.error(404, "IDENTITY_REFRESH_TOKEN_NOT_FOUND", "The refresh token is unknown or expired.")
        return json(self.tokens.issue())

    def invalidate(self, call: Call) -> Response:
        self.refresh_tokens.forget(_text(call))
        return Response(status_code=204)

    def not_found(self, task_id: str) -> Response:
        """The answer for an id nobody has."""
        text = f"Task with ID {task_id} is not found."
        return self.error(404, "TA_TASK_NOT_FOUND", text, "Provide a valid task ID.")


def _text(call: Call) -> str:
    value = read_json(call)
    if not isinstance(value, str):
        raise BadRequest("the body must be a JSON string")
    return value
