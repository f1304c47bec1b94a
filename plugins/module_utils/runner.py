# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a verb: the one road from a module's options to its result, for modules and action plugins alike.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.arg_spec import ValidationResult
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import Contact, DeadlinePassed
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    Failure,
    InvalidResponseFailure,
    OptionsFailure,
    TimeoutFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import MISSING
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Transport

_OBJECTS_BETWEEN_COLLECTIONS = 50_000

Operation = Callable[[Service, Mapping[str, Any], Context], "dict[str, Any]"]


class LifecycleModule(AnsibleModule):
    """AnsibleModule, whose own complaints about options have the typed twin that ours have."""

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        """Fail; without a C(failure) it is an option that is wrong."""
        if "failure" not in kwargs:
            if self.validation_result.error_messages:
                msg = complaint(self.validation_result, self._name)
            kwargs["failure"] = options_failure(msg, self.params)
        super().fail_json(msg=msg, **kwargs)


def run_module(module: AnsibleModule, operation: Operation) -> None:
    """Run a verb in a process of its own, and exit as a module does."""
    if MISSING:
        module.fail_json(msg=missing_library(), failure=None)
    context = Context(check_mode=module.check_mode, diff=module._diff)
    result = outcome(operation, module.params, context)
    for warning in context.warnings:
        module.warn(warning)
    if "failure" in result:
        module.fail_json(**result)
    module.exit_json(**result)


def missing_library() -> str:
    """Return Ansible's usual message for the first library that could not be imported."""
    message: str = missing_required_lib(next(iter(MISSING)))
    return message


def complaint(validation: ValidationResult, module: str) -> str:
    """Return what Ansible says of options that do not fit the argument spec.

    A name that there is not goes first: who misspells a required option would else read only that it is missing.

    :param module: the module's name, with the collection's.
    """
    unsupported = next((error for error in validation.errors if isinstance(error, UnsupportedError)), None)
    if unsupported is not None:
        return f"Unsupported parameters for ({module}) module: {unsupported.msg}"
    message: str = validation.errors.msg
    return message


def options_failure(message: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the typed twin of a complaint that Ansible itself has about the options."""
    return OptionsFailure(message, service=params.get("service")).as_failure()


def outcome(operation: Operation, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Run a verb and return its result; that of a failure has C(failure) and C(msg).

    Never raises: whatever goes wrong becomes a failure with a sentence to act on.
    """
    try:
        return perform(operation, params, context)
    except Failure as failure:
        problem = failure
    except DeadlinePassed as passed:
        problem = TimeoutFailure(f"Time ran out before the tasks could be read: {passed}.")
        problem.result = {"timed_out": True}
    except Exception as error:  # pylint: disable=broad-except
        problem = InvalidResponseFailure(
            f"Something that vcf.lifecycle is not prepared for: {type(error).__name__}: {error}. "
            "Please report this as a bug, with what the service answers (task_info with raw shows it, masked)."
        )
    problem.service = problem.service or params.get("service")
    return problem.as_result()


def perform(operation: Operation, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Run a verb and return its result.

    :raises Failure: when it fails.
    """
    connection = Connection.of(params)
    SERVICES[connection.service].check_connection(connection)
    with opened(connection, context) as service:
        return operation(service, params, context)


@contextmanager
def opened(connection: Connection, context: Context) -> Iterator[Service]:
    """Open the line to a service for one verb, and close it whatever happens."""
    with connected(connection, context) as service, rare_collections():
        yield service


@contextmanager
def connected(connection: Connection, context: Context) -> Iterator[Service]:
    """Open the line to a service, and close it whatever happens. Nothing is sent before the first question."""
    redactor = Redactor((connection.password, connection.token, connection.api_token))
    transport = Transport(
        verify=connection.verify, timeout=connection.request_timeout, redactor=redactor, clock=context.clock
    )
    contact = Contact(
        address=connection.hostname,
        service=connection.service,
        max_outage=connection.max_outage,
        clock=context.clock,
    )
    service = SERVICES[connection.service](connection, transport, contact, redactor)
    try:
        yield service
    finally:
        try:
            service.close()
        finally:
            transport.close()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Have Python look for garbage less often for a while.

    What thousands of tasks consist of is all in use: looking through it, again and again while it is being read, would
    take as long as reading it.
    """
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
