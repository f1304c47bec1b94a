# SPDX-License-Identifier: GPL-3.0-or-later
"""Which faults chance brings."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.rehearsal.chaos import BEGINNINGS, MOMENTS, faults
from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import Scenario, parse

SEEDS = 300
COMPONENTS: list[dict[str, Any]] = [
    {"type": "OPS", "stages": {"prepare": 1, "deploy": 2}},
    {"type": "TELEMETRY_ACCEPTOR"},  # which has nothing newer
]
FLEET = {"fleet_lcm": {"upgrade": {"components": COMPONENTS}}}
DOMAIN = {"name": "m01", "version": "9.0.0.0", "target": "9.1.0.0"}
MANAGER = {"sddc_manager": {"upgrade": {"domains": [DOMAIN]}}}
HOSTS = {"fleet": "fleet_lcm", "manager": "sddc_manager"}


def both() -> Scenario:
    return parse({"endpoints": {"fleet": FLEET, "manager": MANAGER}})


def drawn(scenario: Scenario, hosts: dict[str, str]) -> list[list[dict[str, Any]]]:
    return [faults(scenario, hosts, Random(seed)) for seed in range(SEEDS)]


def test_the_same_seed_draws_the_same_whatever_the_order_of_the_hosts() -> None:
    again = dict(reversed(HOSTS.items()))
    assert drawn(both(), HOSTS) == drawn(both(), again)


def test_a_run_meets_one_to_four_faults_of_all_kinds_at_all_endpoints() -> None:
    found = drawn(both(), HOSTS)
    assert {len(one) for one in found} == {1, 2, 3, 4}
    seen = [fault for one in found for fault in one]
    assert {fault["endpoint"] for fault in seen} == set(HOSTS)
    kinds = Counter(fault["kind"] for fault in seen)
    assert kinds.keys() >= {"fail", "false_failed", "false_succeeded", "finding", "reset_before", "reset_after"}
    assert kinds.keys() >= {"truncated", "unauthorized", "status", "html", "refuse", "restart", "shape", "jump", "slow"}
    codes = Counter(fault["code"] for fault in seen if fault["kind"] == "status")
    assert codes.keys() == {404, 409, 429, 500, 502, 503, 504}
    assert {fault["processed"] for fault in seen if fault.get("code") == 504} == {True, False}
    assert all(fault["seconds"] <= MOMENTS for fault in seen if fault["kind"] in ("slow", "stall"))


def test_faults_are_for_what_is_to_be_upgraded_and_for_stages_that_it_has() -> None:
    seen = [fault for one in drawn(both(), HOSTS) for fault in one if "component" in fault]
    at_fleet = [fault for fault in seen if fault["endpoint"] == "fleet"]
    assert {fault["component"] for fault in at_fleet} == {"OPS", "VCF_FLEET_LCM"}
    stages = {fault["stage"] for fault in at_fleet if fault["component"] == "OPS" and "stage" in fault}
    assert stages == {"prepare", "deploy"}
    assert {fault["component"] for fault in at_fleet if fault["kind"] == "finding"} == {"OPS"}
    at_manager = [fault for fault in seen if fault["endpoint"] == "manager"]
    parts = {f"m01-{kind}" for kind in ("sddc-manager", "drift", "nsx", "vcenter", "esx")}
    assert {fault["component"] for fault in at_manager} == parts
    assert {fault["stage"] for fault in at_manager if "stage" in fault} == {"Prepare", "Upgrade", "Restart", "Verify"}


def test_no_upgrade_ends_in_two_ways() -> None:
    ends = ("fail", "false_failed", "false_succeeded")
    for found in drawn(both(), HOSTS):
        ended = [(fault["endpoint"], fault["component"]) for fault in found if fault["kind"] in ends]
        assert len(ended) == len(set(ended))


def test_answers_are_lost_to_requests_that_begin_something() -> None:
    lost = [
        (fault["method"], fault["path"])
        for one in drawn(both(), HOSTS)
        for fault in one
        if fault["kind"] in ("reset_after", "reset_before")
    ]
    assert set(lost) == {each for service in HOSTS.values() for each in BEGINNINGS[service]}


def test_an_endpoint_that_is_the_only_one_is_not_named_and_needs_no_upgrades() -> None:
    tasks = parse({"services": {"vcenter": {"tasks": [{"name": "one", "seconds": 5}]}}})
    seen = [fault for one in drawn(tasks, {"vc": "vcenter"}) for fault in one]
    assert not any("endpoint" in fault or "component" in fault for fault in seen)
    closing = ("refuse", "restart")
    assert all(("service" in fault) == (fault["kind"] not in closing) for fault in seen)
