# SPDX-License-Identifier: GPL-3.0-or-later
"""The login of a service: one token for as long as it lasts, and never a rejected password twice.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import AuthenticationFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, is_sendable

if TYPE_CHECKING:
    from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service

# How often, and how far apart, a login is tried again that was rejected although it had worked before: an identity
# provider that restarts rejects good passwords, but each try counts towards locking the account.
_REJECTED_LOGINS_TRIED_AGAIN = 2
_SECONDS_BETWEEN_REJECTED_LOGINS = 60.0
# How often one logs in again without being asked to.
_SECONDS_BETWEEN_RENEWALS = 60.0


class Login:
    """What a service knows us by. C(patient) says that somebody waits, and that a rejection may be tried again."""

    def __init__(self, service: Service) -> None:
        """Begin with the token that was given, if one was; nothing is sent yet."""
        self._service = service
        self._worked_before = False
        self._made_at = 0.0
        # How often in a row it was rejected, and when last; kept beyond a deadline, after which there may be a cancel.
        self._rejected = 0
        self._rejected_at = 0.0
        self.patient = False
        self.token = service.connection.token

    def make(self) -> str:
        """Log in, and return the token.

        A rejected login is final: accounts lock. In a wait that had logged in before with the same password it is
        tried again at most twice, at least a minute apart.

        :raises AuthenticationFailure: when the service rejects it.
        """
        service, contact = self._service, self._service.contact
        while True:
            if self._rejected:
                seconds = self._rejected_at + _SECONDS_BETWEEN_REJECTED_LOGINS - contact.clock.monotonic()
                contact.hold(max(0.0, seconds))
            answer = contact.ride(self._try, is_login=True)
            if answer.is_success:
                break
            self._rejected, self._rejected_at = self._rejected + 1, contact.clock.monotonic()
            if self._rejected > (_REJECTED_LOGINS_TRIED_AGAIN if self.patient and self._worked_before else 0):
                raise self._failure(answer)
        token = service.token_of(answer.body)
        service.redactor.learn(token)
        self.token = token
        self._rejected, self._worked_before, self._made_at = 0, True, contact.clock.monotonic()
        return token or ""

    def _failure(self, answer: Answer) -> AuthenticationFailure:
        service = self._service
        error = service.error_of(answer.body)
        again = "It was not tried again, since accounts lock."
        if self._rejected > 1:
            again = f"It was tried {self._rejected} times, since it had worked before."
        return AuthenticationFailure.of_error(
            f"{service.name} at {service.contact.address} rejects the login of "
            f"{service.connection.username or 'the api_token'} (HTTP {answer.status})"
            f"{': ' + error.message.rstrip('.') if error.message else ''}. {again}",
            error,
            service=service.name,
            http_status=answer.status,
        )

    def lose(self, answer: Answer, times: int) -> None:
        """Forget a token that the service does not take, so that the next request logs in again.

        :param answer: what the service said.
        :param times: how many tokens it has not taken for one request.
        :raises AuthenticationFailure: when another login would be of no use.
        """
        service = self._service
        who = f"{service.name} at {service.contact.address}"
        if service.connection.token:
            raise AuthenticationFailure(
                f"{who} rejects the given token: it has expired or is not for this service. A given token is never "
                f"renewed; give {service.ways('a new token')}.",
                service=service.name,
                http_status=answer.status,
            )
        if times > 1:
            raise AuthenticationFailure(
                f"{who} accepts the login and then rejects the token it has just given out. Do the clocks of the "
                "service and of whoever issues its tokens agree?",
                service=service.name,
                http_status=answer.status,
            )
        self.token = None

    def renew(self) -> None:
        """Log in again at the next request, though the token was not rejected: the service may have come back changed.

        Nothing for a minute after a login, and for a token that was given.
        """
        if self._service.contact.clock.monotonic() - self._made_at >= _SECONDS_BETWEEN_RENEWALS:
            self.token = self._service.connection.token

    def _try(self) -> Answer:
        service = self._service
        for request in service.login_requests():
            answer = service.exchange(replace(request, secret=True))
            if answer.status != 404:
                break
        if answer.is_success and answer.body is None:
            raise Fault("it answers the login with nothing")
        if answer.is_success and not is_sendable(service.token_of(answer.body) or " "):
            raise Fault("it answers the login without a token that could be used", first_kind="invalid_response")
        if not answer.is_success and not service.is_login_rejected(answer):
            raise Fault(
                f"it answers the login at {request.url} with HTTP {answer.status}; are service, hostname and auth_url "
                "right?",
                first_kind=None if answer.foreign else "invalid_response",
            )
        if answer.is_success:
            service.logged_in(request)
        return answer
