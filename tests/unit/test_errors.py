# SPDX-License-Identifier: GPL-3.0-or-later
"""How failures become a sentence and its typed twin."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils import errors
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    FAILURES,
    Failure,
    NotAllowedFailure,
    TaskFailedFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TaskError

KINDS = [
    "options",
    "authentication",
    "authorization",
    "not_found",
    "not_allowed",
    "unsupported",
    "task_failed",
    "task_canceled",
    "timeout",
    "unreachable",
    "lost_contact",
    "invalid_response",
]


def test_the_kinds_are_the_public_ones() -> None:
    assert list(FAILURES) == KINDS
    defined = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Failure)}
    assert defined - {Failure} == set(FAILURES.values())


@pytest.mark.parametrize(
    ("message", "fields", "sentence"),
    [
        ("It failed", {}, "It failed."),
        ("It failed!", {}, "It failed!"),
        ("It failed. ", {}, "It failed."),
        ("It failed.", {"code": "E1"}, "It failed [E1]."),
        ("It failed with E1.", {"code": "E1"}, "It failed with E1."),
        ("It failed.", {"remediation": "Mend it"}, "It failed. Remediation: Mend it."),
        ("It failed. Mend it.", {"remediation": "Mend it"}, "It failed. Mend it."),
        ("It failed.", {"reference": "R1"}, "It failed. Reference: R1."),
        (
            "It failed.",
            {"code": "E1", "remediation": "Mend it.", "reference": "R1"},
            "It failed [E1]. Remediation: Mend it. Reference: R1.",
        ),
    ],
)
def test_sentence(message: str, fields: dict[str, Any], sentence: str) -> None:
    assert TaskFailedFailure(message, **fields).as_sentence() == sentence


def test_what_a_service_says_of_an_error() -> None:
    error = TaskError(code="E1", message="It is full.", remediation="Empty it.", reference="R1", where="deploy")
    failure = NotAllowedFailure.of_error("It failed.", error, service="vmc", task_id="t1", http_status=400)
    assert type(failure) is NotAllowedFailure
    assert failure.as_failure() == {
        "kind": "not_allowed",
        "service": "vmc",
        "task_id": "t1",
        "http_status": 400,
        "code": "E1",
        "message": "It failed.",
        "remediation": "Empty it.",
        "reference": "R1",
    }
    assert NotAllowedFailure.of_error("It failed.", error, remediation="Ask.").remediation == "Ask."
    assert Failure.of_error("It failed.", None).as_failure() == Failure("It failed.").as_failure()


def test_result() -> None:
    failure = TaskFailedFailure("It failed.", service="fleet_lcm", task_id="t1", http_status=400, code="E1")
    twin = {
        "kind": "task_failed",
        "service": "fleet_lcm",
        "task_id": "t1",
        "http_status": 400,
        "code": "E1",
        "message": "It failed.",
        "remediation": None,
        "reference": None,
    }
    assert failure.as_result() == {"changed": False, "tasks": [], "failure": twin, "msg": "It failed [E1]."}
    failure.result = {"changed": True, "tasks": [{"id": "t1"}], "elapsed": 5.0}
    assert failure.as_result() == {**failure.result, "failure": twin, "msg": "It failed [E1]."}
