# SPDX-License-Identifier: GPL-3.0-or-later
"""What is documented is what there is: options, results, examples."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import FAILURES, Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import (
    cancel,
    capture,
    extension,
    fleet_upgrade_info,
    fleet_upgrade_plan,
    fleet_upgrade_run,
    info,
    retry,
    sddc_bundle,
    sddc_precheck,
    sddc_release,
    sddc_upgrade_info,
    sddc_upgrade_run,
    wait,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import Task
from tests.conformance.fleet import FIRST, RELEASE, fleet
from tests.conformance.sddc import NEW, sddc
from tests.unit.fakes import FakeFleet, failed_task, fleet_task

ROOT = Path(__file__).parents[2]
MODULES = {
    "task_info": info,
    "task_wait": wait,
    "task_cancel": cancel,
    "task_retry": retry,
    "extension_task": extension,
    "fleet_upgrade_info": fleet_upgrade_info,
    "fleet_upgrade_plan": fleet_upgrade_plan,
    "fleet_upgrade_run": fleet_upgrade_run,
    "sddc_upgrade_info": sddc_upgrade_info,
    "sddc_bundle": sddc_bundle,
    "sddc_precheck": sddc_precheck,
    "sddc_release": sddc_release,
    "sddc_upgrade_run": sddc_upgrade_run,
    "capture": capture,
}
FLEET = {name for name in MODULES if name.startswith("fleet_")}
SDDC = {name for name in MODULES if name.startswith("sddc_")}
TASKS = {name for name in MODULES if name.startswith("task_")}


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], list[Any], dict[str, Any]]]:
    """Documentation (fragments included), examples and results of each module, as ansible-doc shows them."""
    home = str(tmp_path_factory.mktemp("home"))
    collections = str(ROOT / ".build/collections")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "ANSIBLE_HOME": home,
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "LC_ALL": "C.UTF-8",
    }
    names = [f"vcf.lifecycle.{name}" for name in MODULES]
    command = [sys.executable, "-m", "ansible", "doc", "--type", "module", "--json", *names]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert set(shown) == set(names)
    return {
        name.rpartition(".")[2]: (page["doc"], yaml.safe_load(page["examples"]), page["return"])
        for name, page in shown.items()
    }


def test_every_module_is_tested_here() -> None:
    for kind in ("modules", "action"):
        # tests/unit/test_rehearse_module.py has the one that is for no service.
        assert {path.stem for path in (ROOT / "plugins" / kind).glob("*.py")} - {"__init__"} == {*MODULES, "rehearse"}


@pytest.mark.parametrize("name", MODULES)
def test_options_are_those_of_the_argument_spec(name: str, docs: Any) -> None:
    documented, spec = docs[name][0]["options"], MODULES[name].ARGUMENT_SPEC
    assert set(documented) == set(spec)
    for option, settings in spec.items():
        shown = documented[option]
        for key in ("type", "elements", "default", "choices", "aliases"):
            assert shown.get(key) == settings.get(key), f"{option}: {key}"
        assert shown.get("required", False) == settings.get("required", False), option
        variables = settings["fallback"][1] if "fallback" in settings else []
        text = " ".join(shown["description"])
        assert [f"E({variable})" in text for variable in variables] == [True] * len(variables), option
        assert ("environment variable" in text) == bool(variables) or option == "ca_path", option


@pytest.mark.parametrize("name", MODULES)
def test_secrets_are_never_logged(name: str) -> None:
    spec = MODULES[name].ARGUMENT_SPEC
    secret = {"password", "token", "api_token", "credentials_spec", "spec", "user_input"}
    assert {option for option, settings in spec.items() if settings.get("no_log")} == secret & set(spec)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_can_do(name: str, docs: Any) -> None:
    attributes = docs[name][0]["attributes"]
    assert set(attributes) == {
        *("check_mode", "diff_mode", "idempotent", "action_group", "platform"),
        *("action", "async"),
    }
    for attribute, said in attributes.items():
        assert said["description"], attribute
        assert said["support"] in ("full", "partial", "none", "N/A"), attribute
        # Who reads that something is not so wants to know how it is.
        assert said["support"] == "full" or said.get("details"), attribute
    assert attributes["action_group"]["membership"] == ["vcf.lifecycle.all"]
    assert attributes["platform"]["platforms"] == "posix"
    source = (ROOT / "plugins/modules" / f"{name}.py").read_text(encoding="utf-8")
    assert (attributes["check_mode"]["support"] == "full") == ("supports_check_mode=True" in source)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_has_relatives(name: str, docs: Any) -> None:
    doc = docs[name][0]
    # Who upgrades, or looks after vCenter's own tasks, wants to see what has become of them.
    others = TASKS - {name} if name in TASKS else {"task_info", "task_wait"}
    others |= FLEET - {name} if name in FLEET else set()
    others |= SDDC - {name} if name in SDDC else set()
    assert {entry["module"] for entry in doc["seealso"]} == {f"vcf.lifecycle.{other}" for other in others}


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_options_that_there_are(name: str, docs: Any) -> None:
    examples, spec = docs[name][1], MODULES[name].ARGUMENT_SPEC
    known = {*spec, *(alias for settings in spec.values() for alias in settings.get("aliases", ()))}
    own = [play[f"vcf.lifecycle.{name}"] for play in examples if f"vcf.lifecycle.{name}" in play]
    assert own
    for play in examples:
        assert play["name"][0].isupper()
    for options in own:
        assert set(options) <= known
        for option, value in options.items():
            choices = spec.get(option, {}).get("choices")
            values = value if isinstance(value, list) else [value]
            assert not choices or set(values) <= set(choices), option


@pytest.mark.parametrize("name", MODULES)
def test_every_key_of_a_task_is_documented(name: str, docs: Any) -> None:
    assert set(docs[name][2]["tasks"]["contains"]) == set(FakeFleet().service.task_of({"id": "t1"}).as_result())
    shown = {field.name for field in fields(Task)} - {"raw", "resolved", "operation"}
    assert set(docs[name][2]["tasks"]["contains"]) == shown


@pytest.mark.parametrize("key", ["tasks", "failure"])
def test_all_modules_say_the_same(key: str, docs: Any) -> None:
    texts = [docs[name][2][key] for name in MODULES]
    assert texts == [texts[0]] * len(texts)


@pytest.mark.parametrize("name", MODULES)
def test_every_key_of_a_failure_is_documented(name: str, docs: Any) -> None:
    shown = docs[name][2]["failure"]["contains"]
    assert set(shown) == set(Failure("x").as_failure())
    text = str(shown["kind"]["description"])
    assert [kind for kind in FAILURES if f"V({kind})" not in text] == []


def of_fleet(name: str) -> dict[str, Any]:
    """Every key that a module for the upgrades of Fleet LCM returns."""
    with fleet() as line:
        line.plan()
        apply = {"action": "apply", "timeout": 60, "on_timeout": "cancel", "poll_interval": 5}
        options = {"fleet_upgrade_plan": {"version": RELEASE, "components": FIRST}, "fleet_upgrade_run": apply}
        return line.run(MODULES[name], diff=True, **options.get(name, {}))


def of_sddc(name: str) -> dict[str, Any]:
    """Every key that a module for the upgrades of SDDC Manager returns."""
    with sddc(downloaded=True) as line:
        domain = {"domain": line.domain_id()}
        upgrade = {**domain, "component": "SDDC_MANAGER", "timeout": 60, "on_timeout": "cancel", "poll_interval": 5}
        options = {
            "sddc_bundle": {"bundle_id": line.bundle_id("ESX")},
            "sddc_precheck": domain,
            "sddc_release": {**domain, "version": NEW},
            "sddc_upgrade_run": upgrade,
        }
        return line.run(MODULES[name], diff=True, **options.get(name, {}))


def results(name: str) -> dict[str, Any]:
    """Every key that a module returns: of a success and of a failure."""
    if name == "extension_task":
        vcenter = FakeFleet("vcenter")
        vcenter.context.diff = True
        vcenter.tasks["t1"] = [{"status": "RUNNING"}]
        return vcenter.run(extension.run, task_id="t1", state="RUNNING")
    if name in FLEET:
        return of_fleet(name)
    if name in SDDC:
        return of_sddc(name)
    line = FakeFleet()
    line.context.diff = True
    line.tasks["t1"] = [failed_task() if name == "task_retry" else fleet_task(), fleet_task(status="CANCELED")]
    if name in ("task_cancel", "task_info"):
        return line.run(MODULES[name].run, task_ids=["t1"])
    if name == "capture":
        with fleet() as fleet_line:
            return fleet_line.run(capture)
    return line.fail(MODULES[name].run, task_ids=["t1"], timeout=5.0, on_timeout="cancel").as_result()


@pytest.mark.parametrize("name", MODULES)
def test_every_result_is_documented(name: str, docs: Any) -> None:
    # Ansible's own: https://docs.ansible.com/ansible/latest/reference_appendices/common_return_values.html
    common = {"changed", "msg", "diff"}
    returned, found = docs[name][2], results(name)
    assert set(found) - common <= set(returned)
    always = {key for key, shown in returned.items() if shown["returned"] == "always"}
    assert always <= set(found)
    assert ("diff" in found) == (docs[name][0]["attributes"]["diff_mode"]["support"] == "full")


@pytest.mark.parametrize("name", MODULES)
def test_the_action_plugin_runs_the_same_operation(name: str) -> None:
    action = importlib.import_module(f"ansible_collections.vcf.lifecycle.plugins.action.{name}").ActionModule
    assert (action.module, action.operation) == (name, MODULES[name].run)
    assert action.argument_spec == MODULES[name].ARGUMENT_SPEC
