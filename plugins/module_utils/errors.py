# SPDX-License-Identifier: GPL-3.0-or-later
"""The one family of exceptions; each knows how to become a module's failure.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    # Failures need no other file to run, so that any file may raise them.
    from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TaskError

F = TypeVar("F", bound="Failure")


class Failure(Exception):
    """Something a module fails with: a sentence for a person, and its typed twin for a playbook.

    The subclass says the C(kind). C(result) holds what the module returns all the same (tasks, elapsed, ...), so that
    a later run can go on by id.
    """

    kind = "invalid_response"

    def __init__(
        self,
        message: str,
        *,
        service: str | None = None,
        task_id: str | None = None,
        http_status: int | None = None,
        code: str | None = None,
        remediation: str | None = None,
        reference: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.service = service
        self.task_id = task_id
        self.http_status = http_status
        self.code = code
        self.remediation = remediation
        self.reference = reference
        self.result: dict[str, Any] = {}

    @classmethod
    def of_error(cls: type[F], message: str, error: TaskError | None, **more: Any) -> F:
        """Return a failure with what an error of the service says of it; None says nothing.

        :param more: the other arguments, which go before what the error says.
        """
        said = {} if error is None else {name: getattr(error, name) for name in ("code", "remediation", "reference")}
        return cls(message, **{**said, **more})

    def as_failure(self) -> dict[str, Any]:
        """Return the typed twin of the message, as documented under RV(failure) of every module."""
        return {
            "kind": self.kind,
            "service": self.service,
            "task_id": self.task_id,
            "http_status": self.http_status,
            "code": self.code,
            "message": self.message,
            "remediation": self.remediation,
            "reference": self.reference,
        }

    def as_sentence(self) -> str:
        """Return the message with code, remediation and reference, as far as it does not hold them already."""
        parts = [self.message.rstrip()]
        if self.code and self.code not in parts[0]:
            parts[0] = f"{parts[0].rstrip('.')} [{self.code}]."
        if self.remediation and self.remediation not in parts[0]:
            parts.append(f"Remediation: {self.remediation.rstrip()}")
        if self.reference and self.reference not in parts[0]:
            parts.append(f"Reference: {self.reference}")
        return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts)

    def as_result(self) -> dict[str, Any]:
        """Return what the module fails with."""
        return {"changed": False, "tasks": [], **self.result, "failure": self.as_failure(), "msg": self.as_sentence()}


class OptionsFailure(Failure):
    """An option is missing, malformed or contradicts another one."""

    kind = "options"


class AuthenticationFailure(Failure):
    """The service rejects the user name, password or token."""

    kind = "authentication"


class AuthorizationFailure(Failure):
    """The service knows the user but does not let it do this."""

    kind = "authorization"


class NotFoundFailure(Failure):
    """The service does not know the task."""

    kind = "not_found"


class NotAllowedFailure(Failure):
    """The task, as it is now, can not be cancelled or retried."""

    kind = "not_allowed"


class UnsupportedFailure(Failure):
    """The service has no such operation, or can not serve an option."""

    kind = "unsupported"


class TaskFailedFailure(Failure):
    """The awaited task ended in a failure."""

    kind = "task_failed"


class TaskCanceledFailure(Failure):
    """The awaited task was canceled."""

    kind = "task_canceled"


class TimeoutFailure(Failure):
    """Time ran out. This says nothing about how the task will end."""

    kind = "timeout"


class UnreachableFailure(Failure):
    """The service never gave a sensible answer."""

    kind = "unreachable"


class LostContactFailure(Failure):
    """The service answered before, and was then out of reach for longer than allowed."""

    kind = "lost_contact"


class InvalidResponseFailure(Failure):
    """The service gave an answer that can not be its own, or is too large or too deep to be read."""

    kind = "invalid_response"


FAILURES = {
    failure.kind: failure
    for failure in (
        OptionsFailure,
        AuthenticationFailure,
        AuthorizationFailure,
        NotFoundFailure,
        NotAllowedFailure,
        UnsupportedFailure,
        TaskFailedFailure,
        TaskCanceledFailure,
        TimeoutFailure,
        UnreachableFailure,
        LostContactFailure,
        InvalidResponseFailure,
    )
}
"""Every kind of failure there is -> its class."""
