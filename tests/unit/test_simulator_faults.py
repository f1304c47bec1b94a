# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults by component, stage and endpoint: what makes sense, what is found, and how they are said."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.rehearsal.stage import part_of, with_faults
from ansible_collections.vcf.lifecycle.extensions.simulator.fault_book import FaultBook
from ansible_collections.vcf.lifecycle.extensions.simulator.fault_check import check
from ansible_collections.vcf.lifecycle.extensions.simulator.fault_words import in_words
from ansible_collections.vcf.lifecycle.extensions.simulator.faults import Fault
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import Scenario, ScenarioError, parse

FLEET = {"fleet_lcm": {"upgrade": {"components": [{"type": "OPS"}]}}}
DOMAINS = [
    {"name": "m", "version": "9.0", "target": "9.1"},
    {"name": "w", "type": "VI", "version": "9.0", "target": "9.1"},
]
SDDC = {"sddc_manager": {"upgrade": {"domains": DOMAINS}}}
STATUS = {"kind": "status"}
NAMES = "SDDC_MANAGER, DRIFT, NSX, VCENTER, ESX"


def scenario(*faults: dict[str, Any]) -> Scenario:
    """A fleet, and the SDDC Managers a and b."""
    return parse({"services": FLEET, "endpoints": {"a": SDDC, "b": SDDC}, "faults": list(faults)})


def words(**fault: Any) -> str:
    return in_words(Fault.model_validate(fault))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({}, "say which kind it is, or the component whose upgrade is to fail"),
        ({"kind": "finding"}, "the kind finding needs a component"),
        (STATUS | {"stage": "verify"}, "a stage needs a component"),
        ({"component": "OPS", "after": 60}, "the kind fail counts runs of the component, and so goes without after"),
        ({"component": "OPS", "for": 1, "path": "x"}, "goes without for, path"),
        ({"component": "OPS", "kind": "finding", "stage": "x"}, "for the whole of a component, and goes without stage"),
    ],
)
def test_what_makes_no_sense_is_refused(fault: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^scenario: faults\.1: .*{says}$"):
        scenario(STATUS, fault)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"component": "OPSS"}, f"there is no component 'OPSS' (there are OPS, VCF_FLEET_LCM, {NAMES})"),
        ({"component": "OPS", "stage": "deploy"}, "OPS has no stage 'deploy' (there are prepare, upgrade, verify)"),
        (STATUS | {"component": "nsx", "stage": "x"}, "nsx has no stage 'x' (there are Prepare, Upgrade, Verify)"),
        (STATUS | {"endpoint": "c"}, "there is no endpoint 'c' (there are a, b)"),
        (STATUS | {"service": "sddc"}, "there is no service 'sddc' (there are fleet_lcm, sddc_manager)"),
        (STATUS | {"service": "fleet_lcm", "endpoint": "a"}, "no service 'fleet_lcm' (there are sddc_manager)"),
        ({"component": "OPS", "endpoint": "a"}, f"there is no component 'OPS' (there are {NAMES})"),
        ({"component": "NSX", "service": "fleet_lcm"}, "there is no component 'NSX' (there are OPS, VCF_FLEET_LCM)"),
        ({"component": "VCF_FLEET_LCM", "kind": "finding"}, "VCF_FLEET_LCM has no prechecks"),
    ],
)
def test_what_is_for_nothing_is_refused(fault: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        check(scenario(STATUS, fault))
    (line,) = str(raised.value).splitlines()
    assert line.startswith("scenario: faults.1: ")
    assert line.endswith(says)


@pytest.mark.parametrize(
    "fault",
    [
        {"component": "fleet lifecycle"},
        {"component": "w-NSX.example.com", "stage": "verify", "endpoint": "b"},
        {"component": "VCENTER", "kind": "finding"},
        {"component": "OPS", "service": "fleet_lcm", "kind": "false_failed"},
        STATUS | {"component": "ESX", "after": 5},
    ],
)
def test_one_that_has_it_is_enough(fault: dict[str, Any]) -> None:
    check(scenario(fault))


def test_an_endpoint_has_its_own_faults_and_those_of_all() -> None:
    given = scenario({"component": "ESX"}, {"component": "NSX", "endpoint": "a"}, {"component": "OPS"})
    assert [fault.component for fault in given.at("a").faults] == ["ESX", "NSX", "OPS"]
    assert [fault.component for fault in given.at("b").faults] == ["ESX", "OPS"]


def test_the_faults_of_a_rehearsal_are_for_what_is_rehearsed() -> None:
    given, hosts = scenario(STATUS | {"endpoint": "b"}, {"component": "OPS"}), {"a": "sddc_manager", "f": "fleet_lcm"}
    more = [Fault(component="NSX"), Fault(kind="html", endpoint="f")]
    both = with_faults(given, more, hosts)
    assert [fault.kind for fault in part_of(both, "a", "sddc_manager").faults] == ["fail", "fail"]
    assert [fault.kind for fault in part_of(both, "f", "fleet_lcm").faults] == ["fail", "html", "fail"]
    with pytest.raises(ScenarioError, match=r"^faults\.0: there is no endpoint 'b' \(there are a, f\)$"):
        with_faults(given, [Fault(kind="html", endpoint="b")], hosts)
    with pytest.raises(ScenarioError, match=r"^faults\.0: there is no component 'NSX' \(there are OPS, V.*\)$"):
        with_faults(given, [Fault(component="NSX")], {"f": "fleet_lcm"})


def test_a_window_opens_when_something_begins() -> None:
    begun: list[float] = []
    book = FaultBook(lambda _fault: begun[0] if begun else None)
    book.add(Fault.model_validate({"kind": "html", "component": "NSX", "after": 5, "for": 10}), 0)
    book.add(Fault.model_validate({"kind": "refuse", "component": "NSX", "after": 2, "for": 1}), 0)

    def hit(now: float) -> bool:
        return book.hit(now, "sddc_manager", "GET", "/", frozenset()) is not None

    assert not hit(100)
    assert book.refusal(100) is None
    begun.append(100)
    assert [hit(now) for now in (104, 105, 114, 115)] == [False, True, True, False]
    refusal = book.refusal(110)  # long over, and yet it was
    assert refusal is not None
    assert (refusal[0].kind, refusal[1]) == ("refuse", 102)
    assert book.refusal(111) is None


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"component": "OPS", "stage": "deploy"}, "The upgrade of VCF Operations fails in its stage deploy."),
        ({"component": "m-nsx", "times": 2, "endpoint": "a"}, "At a, the upgrade of m-nsx fails 2 times."),
        (
            {"component": "vcenter", "kind": "false_failed"},
            "The upgrade of vCenter is said to have failed, though the version has changed.",
        ),
        (
            {"component": "VCF_FLEET_LCM", "kind": "false_succeeded"},
            "The upgrade of Fleet lifecycle is said to have succeeded, though the version has not changed.",
        ),
        (
            {"component": "NSX", "kind": "finding", "severity": "WARNING", "times": 1, "message": "It is hot."},
            "The prechecks of NSX find a warning, once: It is hot.",
        ),
        (
            {"component": "NSX", "kind": "status", "service": "fleet_lcm", "for": 300},
            "fleet_lcm answers with 503 for 5m, from when NSX begins.",
        ),
        (
            {"component": "NSX", "stage": "Verify", "kind": "restart", "after": 90, "for": 3605},
            "The service restarts and forgets all tokens for 1h, from 1m 30s after the stage Verify of NSX begins.",
        ),
        (
            {"kind": "refuse", "after": 600, "seconds": 3, "endpoint": "a"},
            "At a, the service does not accept connections for 3 real seconds, from 10m after the start.",
        ),
        (
            {"kind": "reset_before", "method": "POST", "path": "/v1/upgrades", "times": 1, "skip": 1, "task": "t"},
            "The service breaks connections before it does anything once to POST /v1/upgrades for the task t, "
            "after the first one.",
        ),
    ],
)
def test_faults_in_words(fault: dict[str, Any], says: str) -> None:
    assert words(**fault) == says
