# SPDX-License-Identifier: GPL-3.0-or-later
"""What awx_setup creates fits the playbooks, the roles, and the options of the modules."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.plugins.module_utils import options
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import capture
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from tests.awx_data import CREDENTIAL_TYPES, JOB_TEMPLATES, PLAYBOOKS, QUESTIONS, ROOT, WORKFLOWS, Item

CONNECTION = options.connection_spec(60)
MODULES = {
    **options.SELECTION_SPEC,
    **options.ALLOW_MULTIPLE_SPEC,
    **options.PACE_SPEC,
    **options.ON_TIMEOUT_SPEC,
    **options.RETRYING_SPEC,
}
OWN = {
    "vcf_hosts": {"type": "str"},
    "vcf_window_start": {"type": "str"},
    "vcf_window_end": {"type": "str"},
    "vcf_window_zone": {"type": "str"},
    "vcf_acknowledgements": {"type": "str"},
    "vcf_domains": {"type": "str"},
    "vcf_report_directory": {"type": "str"},
    "capture_file": {"type": "str"},
    "capture_days": capture.ARGUMENT_SPEC["days"],
    "capture_pseudonyms": {"type": "bool", "default": False},
    "capture_key": {"type": "str", "no_log": True},
}
"""Variables of the playbooks that are no options."""

ASKED_AS = {
    "str": {"text", "textarea", "multiplechoice"},
    "raw": {"text"},
    "list": {"text", "multiselect"},
    "bool": {"multiplechoice"},
    "int": {"integer"},
    "float": {"integer", "float"},
}
TEMPLATES = [*JOB_TEMPLATES.values(), *WORKFLOWS.values()]


def role_options() -> dict[str, Item]:
    found: dict[str, Item] = {}
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for spec in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            found |= spec["options"]
    return found


def spec_of(variable: str) -> Item:
    """The argument spec of what a variable is for."""
    if variable in OWN:
        return OWN[variable]
    return MODULES[variable.removeprefix("vcf_")] if variable.startswith("vcf_") else role_options()[variable]


def head_of(playbook: str) -> str:
    return (PLAYBOOKS / f"{playbook}.yml").read_text(encoding="utf-8").split("\n- name: ", 1)[0]


def test_there_is_a_job_template_for_each_playbook() -> None:
    # An execution environment has not what a rehearsal needs.
    others = {"awx_setup", "rehearse"}
    assert sorted(JOB_TEMPLATES) == sorted({path.stem for path in PLAYBOOKS.glob("*.yml")} - others)


@pytest.mark.parametrize("playbook", sorted(JOB_TEMPLATES))
def test_the_head_of_the_playbook_names_each_variable(playbook: str) -> None:
    named = set(re.findall(r"\b\w+\b", head_of(playbook)))
    assert {question["variable"] for question in JOB_TEMPLATES[playbook]["survey"]} <= named


@pytest.mark.parametrize("variable", sorted(QUESTIONS))
def test_a_question_asks_for_what_the_variable_takes(variable: str) -> None:
    question, spec = QUESTIONS[variable], spec_of(variable)
    assert question["variable"] == variable
    assert question["type"] in ({"password"} if spec.get("no_log") else ASKED_AS[spec["type"]])
    # What is asked for as a text may be left open, and a text that is empty is no number.
    assert question["required"] or question["type"] in ("text", "textarea", "multiselect", "password")
    if spec["type"] == "bool":
        assert sorted(question["choices"]) == ["false", "true"]
    elif "choices" in spec:
        assert question["choices"] == spec["choices"]
    if "default" in spec and question.get("default", "") != "":
        shown = str(spec["default"]).lower() if spec["type"] == "bool" else spec["default"]
        assert question["default"] == shown
    if "min" in question and question["type"] == "integer":
        assert question["min"] <= question["default"] <= question["max"]


def test_questions_are_asked() -> None:
    asked = {question["variable"] for template in TEMPLATES for question in template["survey"]}
    assert asked == set(QUESTIONS)
    assert QUESTIONS["vcf_states"]["choices"] == [state.value for state in State]


def test_what_a_role_needs_is_asked_for() -> None:
    for playbook, template in JOB_TEMPLATES.items():
        asked = {question["variable"]: question for question in template["survey"]}
        needed = {f"{playbook}_version"} & set(role_options())
        assert all(asked[name]["required"] for name in needed)


@pytest.mark.parametrize("workflow", sorted(WORKFLOWS))
def test_each_question_of_a_workflow_is_for_one_of_its_jobs(workflow: str) -> None:
    item = WORKFLOWS[workflow]
    by_name = {template["name"]: template for template in JOB_TEMPLATES.values()}
    templates = [node["unified_job_template"] for node in item["nodes"]]
    jobs = [by_name[job["name"]] for job in templates if job["type"] == "job_template"]
    known = {question["variable"] for job in jobs for question in job["survey"]}
    asked = {question["variable"] for question in item["survey"]}
    assert asked <= known
    # Nobody is there to answer for a job of a workflow.
    needed = {
        question["variable"]
        for job in jobs
        for question in job["survey"]
        if question["required"] and "default" not in question
    }
    assert needed <= asked


def test_artifacts_are_no_answers() -> None:
    assert not {"vcf_outcome", "vcf_summary"} & set(QUESTIONS)


def env(kind: Item) -> dict[str, Any]:
    found: dict[str, Any] = kind["injectors"]["env"]
    return found


def test_there_is_a_credential_type_for_each_way_to_log_in() -> None:
    ways = {login for service in SERVICES.values() for login in service.logins} | {("token",)}
    assert {tuple(kind["inputs"]["required"]) for kind in CREDENTIAL_TYPES.values()} == ways


@pytest.mark.parametrize("name", sorted(CREDENTIAL_TYPES))
def test_injectors_are_the_environment_of_the_options(name: str) -> None:
    kind = CREDENTIAL_TYPES[name]
    by_variable = {
        variable: option for option, spec in CONNECTION.items() for variable in spec.get("fallback", (None, [None]))[1]
    }
    assert set(env(kind)) <= set(by_variable)
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    assert len(fields) == len(kind["inputs"]["fields"])
    # Each input goes into a variable of its own name, but the two that are about certificates.
    injected = {by_variable[variable] for variable in env(kind)}
    assert injected == (set(fields) - {"ca_bundle", "skip_verification"}) | {"ca_path", "validate_certs"}
    for option in injected & set(fields):
        assert env(kind)[f"VCF_{option.upper()}"] == f"{{{{ {option} }}}}"
        assert fields[option].get("secret", False) == CONNECTION[option].get("no_log", False)
        assert fields[option]["type"] == "string"
