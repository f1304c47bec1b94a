# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong is said, with the right kind, soon enough, and without a traceback."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.integration.conftest import Play, Simulate
from tests.integration.runs import FLEET, MODULES, SDDC, SHIPPED, VERBS, Ansible, call, connection, defaults

AT_ONCE = 60.0  # seconds: far less than the outage that would be ridden out, far more than a busy machine takes
PATIENT = {"max_outage": 1800}
REQUIRED: dict[str, dict[str, Any]] = {
    "fleet_upgrade_info": {"plan_id": "any"},
    "fleet_upgrade_plan": {"version": "9.1.0.0"},
    "fleet_upgrade_run": {"action": "apply"},
    "sddc_bundle": {"bundle_id": "any"},
    "sddc_precheck": {"domain": "any"},
    "sddc_release": {"domain": "any", "version": "9.1.0.0"},
    "sddc_upgrade_info": {},
    "sddc_upgrade_run": {"domain": "any", "component": "ESX"},
}
"""What the modules for upgrades can not do without, or need to ask the service anything."""


@pytest.fixture
def other_ca(tmp_path: Path) -> str:
    path = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken, so that nobody else listens at it, and refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize(
    ("module", "service"),
    [
        *((module, service) for module in VERBS for service in ("fleet_lcm", "sddc_manager")),
        ("extension_task", "vcenter"),
        *((module, "fleet_lcm") for module in FLEET),
        *((module, "sddc_manager") for module in SDDC),
    ],
)
def test_a_wrong_password_is_tried_once(play: Play, simulate: Simulate, module: str, service: str) -> None:
    sim = simulate("two_ways")
    options = connection(sim, service, password="Wrong-Horse-1", **REQUIRED.get(module, {"task_id": "any"}))
    ran = play([call("it", module, options)])
    assert ran["it"]["failure"]["kind"] == "authentication"
    assert [seen["method"] for seen in sim.requests] == ["POST"]


def test_ids_are_never_another_path(play: Play, simulate: Simulate) -> None:
    sim = simulate("two_ways")
    ids = ["../../v1/tasks", "..", ".", "a/b", "a b", 'quo"te', "it's", "a?action=cancel", "a#b", "%2e%2e", "ä", "a;b"]
    info = call("info", "task_info", {"task_ids": ids})
    writes = [
        call(f"{module} {i}", module, {"task_id": i}) for module in ("task_cancel", "task_retry") for i in ids[:8]
    ]
    ran = play([info, *writes], module_defaults=defaults(sim))
    assert ran["info"]["missing"] == ids
    for task in writes:
        assert ran[task["name"]]["failure"]["kind"] == "not_found"
        assert "Is it the id of another service" in ran[task["name"]]["msg"]
    paths = {seen["path"] for seen in sim.requests if seen["method"] == "GET"}
    # SDDC LCM, which is beside it, is asked too.
    assert all(re.fullmatch("/(fleet|sddc)-lcm/v1/tasks/[^/]+", path) for path in paths)
    assert not any(seen["query"] for seen in sim.requests)
    assert sim.count("POST", "action") == 0


@pytest.mark.parametrize(
    ("modules", "keywords"),
    [(MODULES, {}), (["task_info", "fleet_upgrade_plan"], {"environment": SHIPPED})],
    ids=["in process", "shipped"],
)
def test_a_misspelled_option_is_named_beside_those_that_there_are(
    play: Play, modules: list[str], keywords: dict[str, Any]
) -> None:
    calls = [call(module, module, {"servce": "fleet_lcm", "hostnme": "localhost"}) for module in modules]
    ran = play(calls, **keywords)
    for module in modules:
        # That "service" is missing, where it is required, would only lead astray.
        said = f"Unsupported parameters for (vcf.lifecycle.{module}) module: hostnme, servce. "
        assert ran[module]["msg"].startswith(f"{said}Supported parameters include: "), ran[module]["msg"]
        assert {"hostname", "service", "username"} < set(re.findall(r"\w+", ran[module]["msg"]))
        assert ran[module]["failure"]["kind"] == "options"
        assert ran[module]["failure"]["message"] == ran[module]["msg"]


def test_bodies_that_make_no_sense(play: Play, simulate: Simulate) -> None:
    elsewhere = simulate("two_ways")
    kinds = {
        "not_json": "lost_contact",
        "truncated": "lost_contact",
        "html": "lost_contact",
        "huge": "invalid_response",
        "deep": "invalid_response",
        "redirect": "invalid_response",
        "shape": "invalid_response",
    }
    more: dict[str, dict[str, Any]] = {
        "huge": {"megabytes": 50},
        "deep": {"levels": 10_000},
        "redirect": {"location": f"{elsewhere.url}/fleet-lcm/v1/tasks/x"},
        "shape": {"body": ["no", "task"]},
    }
    sim = simulate("task_info")
    for kind in kinds:
        sim.inject({"kind": kind, "path": f"/{kind}$", **more.get(kind, {})})
    sim.inject({"kind": "redirect", "path": "^/moved", "location": f"{elsewhere.url}/api/v1/identity/token"})
    tasks = [call(kind, "task_info", {"task_id": kind, "max_outage": 0.2}) for kind in kinds]
    tasks.append(call("a login that leads elsewhere", "task_info", {"auth_url": f"{sim.url}/moved"}))
    ran = play(tasks, module_defaults=defaults(sim))
    assert {kind: ran[kind]["failure"]["kind"] for kind in kinds} == kinds
    assert ran["a login that leads elsewhere"]["failure"]["kind"] == "invalid_response"
    assert f"https://localhost:{elsewhere.port}" in ran["redirect"]["msg"]
    assert elsewhere.requests == []


@pytest.mark.parametrize("keywords", [{}, {"environment": SHIPPED}], ids=["in process", "shipped"])
def test_who_can_not_be_reached(
    play: Play, simulate: Simulate, other_ca: str, closed_port: int, keywords: dict[str, Any]
) -> None:
    sim = simulate("task_info")
    unnamed = simulate("task_info", address="127.0.0.2")
    certificate = "its certificate does not verify"
    cases = {
        "a name there is not": (PATIENT | {"hostname": "no-such-host.invalid"}, "its name does not resolve"),
        "another authority": (PATIENT | {"ca_path": other_ca}, certificate),
        "no authority": (PATIENT | {"ca_path": None}, certificate),
        "another name": (PATIENT | {"hostname": "127.0.0.2", "port": unnamed.port}, certificate),
        "a refused port": ({"max_outage": 0.3, "port": closed_port}, "connection refused"),
    }
    tasks = [call(name, "task_info", connection(sim, **options)) for name, (options, _said) in cases.items()]
    # Offline machines would wait for a name server.
    ran = play(tasks, variables={"RES_OPTIONS": "timeout:1 attempts:1"}, **keywords)
    for name, (_options, said) in cases.items():
        assert ran[name]["failure"]["kind"] == "unreachable", name
        assert said in ran[name]["msg"]
        assert ran.record(name)["seconds"] < AT_ONCE, name
    assert sim.requests == unnamed.requests == []


def test_the_environment_overrides_no_option(ansible: Ansible, play: Play, simulate: Simulate, other_ca: str) -> None:
    sim = simulate("task_info")
    (ansible.folder / ".netrc").write_text("machine localhost login somebody password else\n")
    names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    unverified = connection(sim, ca_path=None, validate_certs=False)
    for bundle, tasks in (
        (other_ca, [call("named", "task_info", connection(sim)), call("unverified", "task_info", unverified)]),
        (str(sim.ca_path), [call("unnamed", "task_info", connection(sim, ca_path=None))]),
    ):
        shipped = [{**task, "name": f"{task['name']}, shipped", "environment": SHIPPED} for task in tasks]
        ran = play([*tasks, *shipped], variables=dict.fromkeys(names, bundle))
        expected = "failed" if bundle == str(sim.ca_path) else "ok"
        assert {record["outcome"] for record in ran.records} == {expected}, ran.output


@pytest.mark.parametrize(("library", "name"), [("requests", "requests"), ("pydantic", "pydantic>=2.6")])
def test_a_missing_library_is_named(ansible: Ansible, play: Play, simulate: Simulate, library: str, name: str) -> None:
    sim = simulate("task_info")
    poison = ansible.folder / "poison"
    poison.mkdir()
    (poison / f"{library}.py").write_text("raise ImportError('there is none')\n")
    path = {"PYTHONPATH": str(poison)}
    options = {module: REQUIRED.get(module, {}) for module in MODULES} | {"extension_task": {"service": "vcenter"}}
    calls = [call(module, module, options[module]) for module in MODULES]
    here = play(calls, variables=path, module_defaults=defaults(sim))
    # Shipped, all modules begin in the same way: one of each kind has to show it.
    kinds = ["task_info", "extension_task", FLEET[0], SDDC[0]]
    shipped = [{**task, "environment": path} for task in calls if task["name"] in kinds]
    there = play(shipped, module_defaults=defaults(sim))
    for ran, modules in ((here, MODULES), (there, kinds)):
        for module in modules:
            assert f"Failed to import the required Python library ({name})" in ran[module]["msg"]
    assert sim.requests == []
