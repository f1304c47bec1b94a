# SPDX-License-Identifier: GPL-3.0-or-later
"""The module rehearse says what its action plugin takes, which alone does the work."""

from __future__ import annotations

import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.faults import Fault
from ansible_collections.vcf.lifecycle.plugins.action.rehearse import ARGUMENT_SPEC, OWN
from ansible_collections.vcf.lifecycle.plugins.modules import rehearse


def test_options_are_those_of_the_argument_spec() -> None:
    documented = yaml.safe_load(rehearse.DOCUMENTATION)["options"]
    assert set(documented) == set(ARGUMENT_SPEC)
    for option, settings in ARGUMENT_SPEC.items():
        assert {key: documented[option][key] for key in settings} == settings, option


def test_examples_and_results_are_yaml() -> None:
    *tasks, _show = yaml.safe_load(rehearse.EXAMPLES)
    for task in tasks:
        options = task["vcf.lifecycle.rehearse"]
        assert set(options) <= set(ARGUMENT_SPEC)
        for fault in options.get("faults", []):
            Fault.model_validate(fault)
    assert set(yaml.safe_load(rehearse.RETURN)) == {"forecast", "report", "runs", "weak_points", "problems"}
    assert {"scenario", "playbook", "faults", "speed", "runs", "chaos", "seed"} <= OWN


def test_what_is_said_of_faults_is_of_the_simulator_s() -> None:
    documented = yaml.safe_load(rehearse.DOCUMENTATION)["options"]["faults"]["suboptions"]
    assert set(documented) <= {field.alias or name for name, field in Fault.model_fields.items()}
