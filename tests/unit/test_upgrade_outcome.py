# SPDX-License-Identifier: GPL-3.0-or-later
"""What the run of a whole upgrade comes to."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.upgrade_outcome import upgrade_outcome

GOOD, WARNED = {"outcome": "succeeded"}, {"outcome": "succeeded_with_warnings"}
CHANGED, PLANNED = {"changed": True, "outcome": None}, {"changed": False, "plan_id": "1"}
FAILED = {"kind": "task_failed", "message": "It failed."}
SAID = {"message": "Something else."}


@pytest.mark.parametrize(
    ("results", "more", "outcome"),
    [
        ([], {}, "succeeded"),
        ([GOOD, PLANNED, GOOD], {}, "succeeded"),
        ([GOOD, WARNED, GOOD], {}, "succeeded_with_warnings"),
        ([GOOD], {"gate": {"passed": True, "warnings": 1}}, "succeeded_with_warnings"),
        ([GOOD], {"left": [{"name": "Logs"}]}, "succeeded_with_warnings"),
        ([CHANGED], {"check_mode": True, "left": [{"name": "Logs"}]}, "predicted"),
        ([GOOD], {"check_mode": True, "left": [{"name": "Logs", "why": None}]}, "predicted"),
        ([GOOD], {"check_mode": True, "left": [{"name": "Logs", "why": "It has no licence."}]}, "succeeded"),
        ([GOOD], {"check_mode": True}, "succeeded"),
        ([], {"failure": SAID}, "blocked"),
        ([WARNED], {"failure": SAID, "gate": {"passed": False}}, "blocked"),
        ([GOOD], {"failure": SAID, "gate": {"passed": True}}, "failed"),
        ([], {"failure": {"kind": "authentication"}}, "failed"),
        ([GOOD, {"outcome": "failed"}], {"failure": FAILED}, "failed"),
        # What a retry returns says nothing of versions.
        ([{"outcome": "failed_but_on_target"}, {"tasks": []}], {"failure": FAILED}, "failed_but_on_target"),
        ([{"outcome": "succeeded_but_not_on_target"}], {"failure": FAILED}, "succeeded_but_not_on_target"),
        ([PLANNED], {"failure": FAILED}, "failed"),
        ([], {"failure": {"kind": "unreachable"}}, "lost_contact"),
        ([GOOD], {"failure": {"kind": "lost_contact"}}, "lost_contact"),
        ([GOOD], {"failure": {"kind": "timeout"}}, "timeout"),
        ([GOOD], {"failure": {"kind": "task_canceled"}}, "canceled"),
    ],
)
def test_it_is_said_in_one_word(results: list[dict[str, Any]], more: dict[str, Any], outcome: str) -> None:
    assert upgrade_outcome(results, **more) == outcome
