# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx_setup with the modules of awx.awx themselves, against an AWX that knows its own rules."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.controller import Controller, Refused, credential_type, schedule, survey
from tests.integration.runs import COLLECTIONS, ROOT, Ansible, Run

AWX = COLLECTIONS / "ansible_collections/awx/awx"
PLAYBOOK = ROOT / "playbooks/awx_setup.yml"
ENDPOINTS = {
    "fleet": {"vcf_service": "fleet_lcm", "vcf_hostname": "fleet.example.com"},
    "sddc": {"vcf_service": "sddc_manager", "ansible_host": "sddc.example.com"},
    "other": {"vcf_service": "sddc_manager"},
}
UPGRADE = "VCF fleet upgrade"


@pytest.fixture
def controller() -> Iterator[Controller]:
    with Controller() as running:
        yield running


def setup(ansible: Ansible, controller: Controller, *options: str, **variables: Any) -> Run:
    path = ansible.folder / "endpoints.yml"
    path.write_text(yaml.safe_dump({"awx_setup_endpoints": ENDPOINTS, **variables}))
    arguments = ("playbook", "vcf.lifecycle.awx_setup", "-e", f"@{path}", *options)
    variables = {**controller.environment, "CONTROLLER_OPTIONAL_API_URLPATTERN_PREFIX": "/api/"}
    ran = ansible.run(*arguments, variables=variables)
    assert ran.code == 0, ran.output
    # That of ansible.controller is sure to find that this is no Automation Platform; and before 2.19 ansible-core looks
    # modules up before it knows their names.
    known = ("version of this collection", "errors were encountered during the plugin load for {{")
    assert [text for text in ran.warnings if not any(one in text for one in known)] == []
    return ran


def changed(ran: Run) -> list[str]:
    return [record["task"] for record in ran.records if record["result"].get("changed")]


def automation_platform(folder: Path) -> Path:
    """Make of awx.awx what ansible.controller is: the same modules by another name, with another idea of paths."""
    copy = folder / "ansible_collections/ansible/controller"
    shutil.copytree(AWX, copy, ignore=shutil.ignore_patterns("test", "images"))
    helper = copy / "plugins/module_utils/controller_api.py"
    helper.write_text(helper.read_text().replace('_COLLECTION_TYPE = "awx"', '_COLLECTION_TYPE = "controller"'))
    return folder


def test_it_creates_all_and_changes_nothing_when_run_again(ansible: Ansible, controller: Controller) -> None:
    ansible.settings["collections_path"] = f"{automation_platform(ansible.folder / 'platform')}:{COLLECTIONS}"
    kind = controller.add("credential_types", {**GOOD_TYPE, "name": "Another"})
    controller.add("credentials", {"name": "Fleet", "credential_type": kind["id"]})
    credentials = {"awx_setup_credentials": {"fleet_lcm": [{"name": "Fleet"}]}}
    first = setup(ansible, controller, awx_setup_collection="ansible.controller", **credentials)
    assert len(changed(first)) == len(first.records) == 8
    made = Counter({name: len(items) for name, items in controller.tables.items() if items})
    assert made == {
        "organizations": 1, "credential_types": 4, "credentials": 1, "projects": 1, "inventories": 1, "hosts": 3,
        "groups": 2, "job_templates": 10, "workflow_job_templates": 2, "workflow_job_template_nodes": 8,
        "workflow_approval_templates": 2, "schedules": 1,
    }  # fmt: skip
    templates = controller.named("job_templates")
    assert {item["playbook"] for item in templates.values()} == {
        f"playbooks/{path.name}"
        for path in PLAYBOOK.parent.glob("*.yml")
        if path != PLAYBOOK and path.stem != "rehearse"
    }
    logins = {name: controller.linked("job_templates", item["id"], "credentials") for name, item in templates.items()}
    assert {name: login for name, login in logins.items() if login} == {UPGRADE: ["Fleet"]}
    assert [item["enabled"] for item in controller.tables["schedules"].values()] == [False]
    assert len(controller.surveys) == made["job_templates"] + made["workflow_job_templates"]
    sddc = controller.named("groups")["sddc_manager"]["id"]
    assert sorted(controller.linked("groups", sddc, "hosts")) == ["other", "sddc"]
    for workflow, login in (("VCF fleet upgrade with approval", ["Fleet"]), ("VCF domain upgrade with approval", [])):
        assert branches(controller, workflow) == {
            "precheck": {"success_nodes": ["approval"], "failure_nodes": ["report"], "credentials": login},
            "approval": {"success_nodes": ["upgrade"]},
            "upgrade": {"always_nodes": ["report"]},
            "report": {"credentials": login},
        }

    controller.writes.clear()
    assert changed(setup(ansible, controller, **credentials)) == []
    assert controller.writes == []

    next(iter(controller.tables["schedules"].values()))["rrule"] = (
        "DTSTART:20260101T190000Z RRULE:FREQ=DAILY;INTERVAL=2"
    )
    predicted = setup(ansible, controller, "--check", "--start-at-task", "Create the workflows", **credentials)
    assert changed(predicted) == ["Create an example of a schedule"]
    assert controller.writes == []


def branches(controller: Controller, workflow: str) -> dict[str, dict[str, list[str]]]:
    """The nodes of a workflow, and what follows each; what is empty in the fake is left out, unless it is a login."""
    number = controller.named("workflow_job_templates")[workflow]["id"]
    nodes = controller.tables["workflow_job_template_nodes"].values()
    found: dict[str, dict[str, list[str]]] = {}
    for node in nodes:
        if node["workflow_job_template"] == number:
            relations = ("success_nodes", "failure_nodes", "always_nodes", "credentials")
            there = {name: controller.linked("workflow_job_template_nodes", node["id"], name) for name in relations}
            has_login = node["identifier"] in ("precheck", "report")
            kept = {name: names for name, names in there.items() if names or (has_login and name == "credentials")}
            found[node["identifier"]] = kept
    return found


def test_all_its_variables_are_said_at_the_head() -> None:
    head, play = PLAYBOOK.read_text(encoding="utf-8").split("\n- name: ", 1)
    data = [path.read_text(encoding="utf-8") for path in (PLAYBOOK.parent / "vars").glob("awx_*.yml")]
    own = {name for text in data for name in re.findall(r"^(awx_setup_\w+):", text, re.M)}
    used = {name for text in (play, *data) for name in re.findall(r"\bawx_setup_\w+", text)}
    assert used - own == set(re.findall(r"\bawx_setup_\w+", head))
    assert "ansible-playbook vcf.lifecycle.awx_setup " in head


GOOD_TYPE = {
    "kind": "cloud",
    "inputs": {"fields": [{"id": "token", "label": "Token"}]},
    "injectors": {"env": {"VCF_TOKEN": "{{ token }}"}},
}
QUESTION = {"variable": "a", "question_name": "A", "type": "integer", "required": True, "default": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: credential_type({**GOOD_TYPE, "kind": "ssh"}),
        lambda: credential_type({**GOOD_TYPE, "injectors": {"env": {"VCF_TOKEN": "{{ tokn }}"}}}),
        lambda: credential_type({**GOOD_TYPE, "injectors": {"env": {"VCF_CA_PATH": "{{ tower.filename }}"}}}),
        lambda: credential_type({**GOOD_TYPE, "injectors": {"env": {"ANSIBLE_CONFIG": "{{ token }}"}}}),
        lambda: survey({"name": "", "description": "", "spec": [QUESTION, QUESTION]}),
        lambda: survey({"name": "", "description": "", "spec": [{**QUESTION, "default": "1"}]}),
        lambda: survey({"name": "", "description": "", "spec": [{**QUESTION, "type": "multiplechoice"}]}),
        lambda: survey({"name": "", "description": "", "spec": [{**QUESTION, "required": "yes"}]}),
        lambda: schedule({"rrule": "RRULE:FREQ=DAILY;INTERVAL=1"}),
        lambda: schedule({"rrule": "DTSTART:20260101T190000 RRULE:FREQ=DAILY;INTERVAL=1"}),
        lambda: schedule({"rrule": "DTSTART:20260101T190000Z RRULE:FREQ=DAILY"}),
    ],
)
def test_the_fake_refuses_what_awx_refuses(wrong: Any) -> None:
    with pytest.raises(Refused):
        wrong()
    credential_type(GOOD_TYPE)
    survey({"name": "", "description": "", "spec": [QUESTION]})
