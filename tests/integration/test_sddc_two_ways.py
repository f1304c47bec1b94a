# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for the upgrades of SDDC Manager return the same, run in process and shipped; and show no secret."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.conformance.sddc import DOMAINS, MANAGEMENT, NEW, OLD, WORKLOAD, Sddc, scenario
from tests.integration.conftest import Play, Simulate
from tests.integration.runs import SDDC, SHIPPED, Ansible, call, connection
from tests.integration.test_two_ways import MEASURED, Case, difference, without

QUICK = {"poll_interval": 0.05}
SECONDS = 25  # what checks and downloads take, which is as many requests
FINDINGS = [
    {
        "id": "backup",
        "message": "The backup is old, and password=Hidden-backup-1.",
        "remediation": "Back up.",
        "runs": 1,
    },
    {"id": "nic", "severity": "WARNING", "message": "A driver is not certified."},
]
FREE, BROKEN = "sfo-w02", "sfo-w03"
INVALID = {"code": "NSX_VERSION_UNKNOWN", "message": "NSX was upgraded by hand, and password=Hidden-nsx-1."}
CHECKED = [
    *({**domain, "checks": {"findings": FINDINGS, "seconds": SECONDS}} for domain in DOMAINS),
    {"name": FREE, "type": "VI", "version": OLD, "target": NEW},
    {"name": BROKEN, "type": "VI", "version": OLD, "target": NEW, "invalid": INVALID},
]
FAILURE = {"code": "LCM-1", "message": "It failed, and password=Hidden-failure-1."}
UPGRADED = {
    "SDDC_MANAGER": {"seconds": 2 * SECONDS, "restart": 0, "pending": 0},
    "DRIFT": {"seconds": SECONDS, "pending": 0, "runs": [{"fail": "Upgrade", "error": FAILURE}]},
}
CHECKED[0]["components"] = UPGRADED

BUNDLES = {
    **{kind: {"seconds": SECONDS} for kind in ("NSX", "VCENTER", "ESX")},
    **{kind: {"downloaded": True} for kind in UPGRADED},
}


def of_service(options: dict[str, Any]) -> list[Case]:
    """What every module is given besides what it can not do without."""
    return [
        ("no service", {**options, "service": None}),
        ("another service", {**options, "service": "fleet_lcm"}),
        ("an unknown option", {**options, "colour": "red"}),
    ]


def of_connections(options: dict[str, Any]) -> list[Case]:
    """What is the same for all modules, so that one of them has to be given it."""
    return [
        *of_service(options),
        ("a service there is not", {**options, "service": "toaster"}),
        ("no hostname", {**options, "hostname": None}),
        ("a wrong password", {**options, "password": "Hidden-password-9"}),
    ]


def own(module: str, line: Sddc) -> list[Case]:
    """What each module is given. A new module needs a list."""
    bundle, domain = {"bundle_id": line.bundle_id("ESX")}, {"domain": MANAGEMENT}
    release = {**domain, "version": NEW}
    first = {**domain, "component": "SDDC_MANAGER"}
    cases: dict[str, list[Case]] = {
        "sddc_bundle": [
            ("a download in check mode", bundle, {"check_mode": True, "diff": True}),
            ("a download that is not waited for", {**bundle, "wait": False}, {"diff": True}),
            ("one that goes on, in check mode", bundle, {"check_mode": True, "diff": True}),
            ("one that goes on", {**bundle, **QUICK}, {"diff": True}),
            ("one that is over", bundle, {"diff": True}),
            ("a download", {"bundle_id": line.bundle_id("NSX"), **QUICK}, {"diff": True}),
            ("a timeout", {"bundle_id": line.bundle_id("VCENTER"), "timeout": 0, "progress": False}),
            ("a bundle there is not", {"bundle_id": "../x y?z"}),
            ("no bundle", {}),
            ("an empty bundle", {"bundle_id": " "}),
            ("a bad interval", {**bundle, "poll_interval": "nan"}),
            *of_service(bundle),
        ],
        "sddc_precheck": [
            ("checks in check mode", domain, {"check_mode": True, "diff": True}),
            ("checks that find an error", {**domain, **QUICK}, {"diff": True}),
            ("the same in check mode", domain, {"check_mode": True, "diff": True}),
            ("only what failed, in check mode", {**domain, "rerun_failed": "yes"}, {"check_mode": True, "diff": True}),
            ("only what failed", {**domain, "rerun_failed": True, **QUICK}, {"diff": True}),
            ("only what failed, again", {**domain, "rerun_failed": True}, {"diff": True}),
            ("an error that is no failure", {"domain": WORKLOAD, "fail_on_errors": False, **QUICK}, {"diff": True}),
            ("a timeout", {**domain, "timeout": 0, "progress": False}),
            ("checks that go on, in check mode", domain, {"check_mode": True, "diff": True}),
            ("checks that go on", {**domain, **QUICK}, {"diff": True}),
            ("a release there is not", {**domain, "target_version": "1.2"}),
            ("a domain there is not", {"domain": "../x y?z"}),
            ("no domain", {}),
            ("a bad interval", {**domain, "poll_interval": "nan"}),
            *of_service({**domain, **QUICK}),
        ],
        "sddc_release": [
            ("a release in check mode", {**release, "domain": FREE}, {"check_mode": True, "diff": True}),
            ("a release", {**release, "domain": FREE, **QUICK}, {"diff": True}),
            ("a release that is chosen already", {**release, "domain": FREE}, {"diff": True}),
            ("a release that is not valid", {**release, "domain": BROKEN, **QUICK}, {"diff": True}),
            ("a timeout", {**release, "domain": BROKEN, "timeout": 0}),
            ("a release there is not", {**release, "domain": FREE, "version": "9.7"}),
            ("a version that is none", {**release, "version": "latest"}),
            ("a domain there is not", {**release, "domain": "../x y?z"}),
            ("no version", domain),
            ("a bad interval", {**release, "poll_interval": "nan"}),
            *of_service(release),
        ],
        "sddc_upgrade_run": [
            ("an upgrade in check mode", first, {"check_mode": True, "diff": True}),
            ("a draft", {**first, "draft": True}, {"diff": True}),
            ("the same draft", {**first, "draft": "yes"}, {"diff": True}),
            ("an upgrade that is not waited for", {**first, "wait": False}, {"diff": True}),
            ("one that goes on, in check mode", first, {"check_mode": True, "diff": True}),
            ("one that goes on", {**first, **QUICK}, {"diff": True}),
            ("one that is over", first, {"diff": True}),
            ("an upgrade that fails", {**domain, "component": "DRIFT", **QUICK}, {"diff": True}),
            ("it has to be downloaded", {**domain, "component": "NSX"}),
            ("it is not its turn", {**domain, "component": "VCENTER", "version": NEW}),
            ("a timeout", {**domain, "component": "DRIFT", "timeout": 0, "progress": False}),
            ("a time that is past", {**domain, "component": "DRIFT", "schedule_at": "2020-01-01T00:00:00Z"}),
            ("an input there is not", {**first, "user_input": {"colour": "red"}}),
            ("a bundle there is not", {**domain, "bundle_id": "../x y?z"}),
            ("a bundle and a component", {**first, "bundle_id": "b1"}),
            ("a domain there is not", {**first, "domain": "../x y?z"}),
            ("no domain", {"component": "ESX"}),
            ("a bad interval", {**first, "poll_interval": "nan"}),
            *of_service({**first, **QUICK}),
        ],
        "sddc_upgrade_info": [
            ("everything", {}),
            ("everything in check mode", {}, {"check_mode": True, "diff": True}),
            ("one domain", {"domain": MANAGEMENT}),
            ("a domain there is not", {"domain": "../x y?z"}),
            *of_connections({}),
        ],
    }
    return cases[module]


@pytest.fixture
def started(simulate: Simulate) -> Any:
    """Return a function that serves an SDDC Manager whose time moves a second with each request."""

    def serve() -> Sddc:
        made: list[Sddc] = []
        sim = simulate(
            scenario(domains=CHECKED, bundles=BUNDLES), on_request=lambda _record: made[0].sim.clock.advance(1)
        )
        made.append(Sddc("sddc_manager", sim))
        return made[0]

    return serve


def comparable(result: Any, line: Sddc) -> str:
    """A result as a text, without what differs from one simulator to the next."""
    text = json.dumps(without(MEASURED, result), sort_keys=True, indent=1).replace(str(line.sim.port), "PORT")
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text).replace(str(line.sim.ca_path), "CA")
    ids: dict[str, str] = {}
    found = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
    text = found.sub(lambda match: ids.setdefault(match.group(0), f"ID-{len(ids)}"), text)
    # After the ids, whose ends may be digits alone.
    return re.sub(r"\b[0-9A-F]{6}\b", "REFERENCE", text)


@pytest.mark.parametrize("module", SDDC)
def test_both_ways_return_the_same(ansible: Ansible, play: Play, started: Any, module: str) -> None:
    shown: list[dict[str, str]] = []
    outcomes: list[dict[str, str]] = []
    for environment in ({}, SHIPPED):
        line = started()
        tasks = []
        for name, options, *keywords in own(module, line):
            to = connection(line.sim, "sddc_manager", **options)
            tasks.append(call(name, module, to, **(keywords or [{}])[0]))
        ran = play(tasks, "-vvv", environment=environment)
        assert ran.stdout.count(f"/AnsiballZ_{module}.py\n") == (len(tasks) if environment else 0)
        shown.append({task["name"]: comparable(ran[task["name"]], line) for task in tasks})
        outcomes.append({task["name"]: ran.record(task["name"])["outcome"] for task in tasks})
        for place, text in (("output", ran.output), ("results", ansible.records.read_text())):
            assert "Hidden" not in text, f"{place}: {text[max(0, text.index('Hidden') - 300) :][:400]}"
        assert all("failure" in ran[name] for name, outcome in outcomes[-1].items() if outcome == "failed")
    here, there = shown
    differing = [difference(name, here[name], there[name]) for name in here if here[name] != there[name]]
    assert not differing, "\n\n".join(differing)
    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0].values()) == {"ok", "failed"}
