# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts of errors say no more than that something failed."""

from __future__ import annotations

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.causes import choose, is_generic
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TaskError


@pytest.mark.parametrize(
    "text",
    [
        "Internal error occurred. Please retry",
        "Internal error occurred. Please retry the operation. If the problem persists, contact support.",
        "An internal error has occurred. Try again later or contact your administrator.",
        "Unexpected error. Please contact Broadcom support. See the logs for more details.",
        "Task failed.",
    ],
)
def test_an_error_with_nothing_but_advice_is_generic(text: str) -> None:
    assert is_generic(TaskError(message=text))


@pytest.mark.parametrize(
    "text",
    [
        "Internal error occurred: node logs-2 is down.",
        "Internal error occurred. Please retry after logs-2 has left maintenance mode.",
        "Task failed. Contact support, quoting license 7.",
        "Upgrade failed because the disk is full.",
    ],
)
def test_an_error_that_says_something_is_not(text: str) -> None:
    assert not is_generic(TaskError(message=text))


def test_a_wrapper_with_advice_is_dropped_for_what_it_wraps() -> None:
    wrapper = TaskError(message="Internal error occurred. Please retry the operation. If it persists, contact support.")
    real = TaskError(code="X-1", message="Node logs-2 is down.")
    assert choose([wrapper, real]) == [real]
