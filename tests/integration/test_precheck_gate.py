# SPDX-License-Identifier: GPL-3.0-or-later
"""The role precheck_gate, in plays."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.integration.conftest import Play
from tests.integration.runs import Ansible, Run

CERTIFICATE = {"id": "CERT-30", "severity": "WARN", "message": "The certificate expires.", "resolution": "Replace it."}
WARNED = {"changed": True, "prechecks": {"errors": 0, "warnings": 1, "findings": [CERTIFICATE]}}
BACKUP = {"id": "vcenter-backup", "severity": "ERROR", "description": "The backup is old.", "resource": "sfo-vc01"}
FAILED = {"changed": True, "error_count": 1, "warning_count": 0, "findings": [BACKUP]}
TAKEN = {"id": "CERT-.*", "reason": "It is replaced next week.", "by": "K. Lindqvist", "expires": "2036-11-30"}


def judge(result: Any, **variables: Any) -> list[dict[str, Any]]:
    """Tasks that run the role, and then show the fact even where it has failed."""
    role = {
        "name": "include",
        "ansible.builtin.include_role": {"name": "vcf.lifecycle.precheck_gate"},
        "vars": {f"precheck_gate_{name}": value for name, value in {"result": result, **variables}.items()},
    }
    show = {"name": "verdict", "ansible.builtin.debug": {"var": "precheck_gate"}}
    return [{"block": [role], "always": [show]}]


def verdict(ran: Run) -> dict[str, Any]:
    found: dict[str, Any] = ran["verdict"]["precheck_gate"]
    return found


REFUSE = "vcf.lifecycle.precheck_gate : Refuse to go on where the prechecks block"
SHOW = "vcf.lifecycle.precheck_gate : Show what was found"


@pytest.mark.parametrize(
    ("result", "variables", "said"),
    [
        (WARNED, {}, ["WARN CERT-30: The certificate expires. Replace it.", "can be acknowledged instead"]),
        (WARNED, {"acknowledgements": [{**TAKEN, "expires": "2026-01-31"}]}, ["has expired (2026-01-31)"]),
        (
            FAILED,
            {"acknowledgements": [{**TAKEN, "id": ".*"}]},
            ["ERROR vcenter-backup (sfo-vc01): The backup is old."],
        ),
        ({}, {}, ["There is no result of any precheck."]),
    ],
    ids=["warning", "expired", "error", "no result"],
)
def test_it_blocks(play: Play, result: Any, variables: dict[str, Any], said: list[str]) -> None:
    ran = play(judge(result, **variables), code=2)
    message = ran[REFUSE]["msg"]
    assert [text for text in said if text not in message] == [], message
    assert verdict(ran)["passed"] is False


def test_it_lets_through_what_is_acknowledged(play: Play) -> None:
    ran = play(judge(WARNED, acknowledgements=[TAKEN]))
    assert verdict(ran)["acknowledgements"] == [TAKEN]
    assert ran[REFUSE]["msg"] == "The prechecks let it through: 0 errors, 1 warning (1 acknowledged)."
    assert "acknowledged WARN CERT-30: The certificate expires." in ran.section(SHOW)


def test_days_may_go_without_quotes(play: Play) -> None:
    tasks = yaml.safe_dump(judge(WARNED, acknowledgements=[TAKEN])).replace("'2036-11-30'", "2036-11-30")
    assert "expires: 2036-11-30" in tasks
    assert verdict(play(tasks))["acknowledgements"] == [TAKEN]


def test_there_is_no_verdict_in_check_mode(play: Play) -> None:
    ran = play(judge({"changed": True, "prechecks": None}), "--check")
    assert verdict(ran)["passed"] is None
    assert "Nothing was checked" in ran[REFUSE]["msg"]


@pytest.mark.parametrize(
    ("acknowledgement", "said"),
    [
        ({"id": "CERT-30", "reason": "It does not matter."}, "Acknowledgement 1 (CERT-30) has no by."),
        ({**TAKEN, "id": "CERT-("}, "Acknowledgement 1 (CERT-(): its id is not a regular expression"),
        ({**TAKEN, "until": "2036-11-30"}, "Acknowledgement 1 (CERT-.*) has until"),
        ("CERT-30", "precheck_gate_acknowledgements"),
    ],
)
def test_a_wrong_acknowledgement_stops_the_play(play: Play, acknowledgement: Any, said: str) -> None:
    ran = play(judge(WARNED, acknowledgements=[acknowledgement])[0]["block"], code=2)
    (failed,) = [record for record in ran.records if record["outcome"] == "failed"]
    shown = json.dumps(failed["result"])
    assert said in shown, shown


def test_the_examples_of_the_filter_work(play: Play, ansible: Ansible) -> None:
    name = "vcf.lifecycle.precheck_gate"
    shown = json.loads(ansible.run("doc", "--type", "filter", "--json", name).stdout)[name]
    (record,) = play(yaml.safe_load(shown["examples"])).records
    assert record["result"]["msg"] == "The prechecks let it through: 0 errors, 1 warning (1 acknowledged)."
    # What is said to be returned is what is.
    found = play([{"name": "verdict", "ansible.builtin.debug": {"msg": "{{ {} | vcf.lifecycle.precheck_gate }}"}}])
    assert set(shown["return"]["_value"]["contains"]) == set(found["verdict"]["msg"])
