# SPDX-License-Identifier: GPL-3.0-or-later
"""The one road from options to a result never raises."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils import runner
from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import DeadlinePassed
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import FAILURES
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import info
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Fault
from tests.unit.fakes import FakeClock

PARAMS = {"service": "fleet_lcm", "hostname": "fleet.example.com", "token": "a-secret-token"}


def outcome(problem: BaseException | dict[str, Any], **params: Any) -> dict[str, Any]:
    def operation(service: Any, params: Any, context: Any) -> dict[str, Any]:
        if isinstance(problem, BaseException):
            raise problem
        return problem

    return runner.outcome(operation, {**PARAMS, **params}, Context(clock=FakeClock()))


def test_a_result_is_passed_on() -> None:
    assert outcome({"changed": True, "tasks": []}) == {"changed": True, "tasks": []}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_becomes_its_result(kind: str) -> None:
    result = outcome(FAILURES[kind]("It is wrong."))
    assert (result["failure"]["kind"], result["failure"]["service"], result["msg"]) == (
        kind,
        "fleet_lcm",
        "It is wrong.",
    )


def test_a_deadline_becomes_a_timeout() -> None:
    result = outcome(DeadlinePassed("connection refused"))
    assert (result["failure"]["kind"], result["timed_out"]) == ("timeout", True)
    assert "connection refused" in result["msg"]


@pytest.mark.parametrize(
    "problem", [KeyError("x"), RecursionError("deep"), Fault("odd"), OSError(5, "io"), AssertionError(), MemoryError()]
)
def test_what_nobody_is_prepared_for_is_no_traceback(problem: Exception) -> None:
    result = outcome(problem)
    assert result["failure"]["kind"] == "invalid_response"
    assert type(problem).__name__ in result["msg"]
    assert "report" in result["msg"]


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), SystemExit(1)])
def test_who_wants_to_stop_is_let_go(problem: BaseException) -> None:
    with pytest.raises(type(problem)):
        outcome(problem)


@pytest.mark.parametrize(
    ("params", "said"), [({"hostname": None}, "hostname"), ({"token": None}, "needs"), ({"port": 0}, "port")]
)
def test_bad_options_end_it_before_the_operation(params: dict[str, Any], said: str) -> None:
    result = outcome(AssertionError("the operation ran"), **params)
    assert result["failure"]["kind"] == "options"
    assert said in result["msg"]


def test_the_line_is_closed_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(runner.Transport, "close", lambda self: closed.append("transport"))
    monkeypatch.setattr(runner.SERVICES["fleet_lcm"], "close", lambda self: closed.append("service"))
    outcome(KeyError("x"))
    assert closed == ["service", "transport"]


def test_nothing_is_sent_for_options_that_a_service_can_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner.Transport, "exchange", lambda self, request: pytest.fail("something was sent"))
    defaults = {name: option.get("default") for name, option in info.ARGUMENT_SPEC.items()}
    params = {**defaults, **PARAMS, "service": "sddc_manager", "created_by": "admin"}
    result = runner.outcome(info.run, params, Context(clock=FakeClock()))
    assert result["failure"]["kind"] == "unsupported"


def test_a_missing_library_has_ansibles_usual_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(runner.MISSING, "pydantic>=2.6", "traceback")
    assert "Failed to import the required Python library (pydantic>=2.6)" in runner.missing_library()


@pytest.mark.parametrize("problem", [{"changed": False}, FAILURES["not_found"]("It is gone.")])
def test_how_often_python_looks_for_garbage_is_as_before(problem: BaseException | dict[str, Any]) -> None:
    before, during = gc.get_threshold(), []

    def operation(service: Any, params: Any, context: Any) -> dict[str, Any]:
        during.append(gc.get_threshold())
        if isinstance(problem, BaseException):
            raise problem
        return problem

    runner.outcome(operation, PARAMS, Context(clock=FakeClock()))
    assert during[0][0] > before[0]
    assert gc.get_threshold() == before
