# SPDX-License-Identifier: GPL-3.0-or-later
"""A structure for an option that is a secret is one secret, and not each word and number in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import packed

SPEC: dict[str, Any] = {"spec": {"type": "json", "no_log": True}, "name": {"type": "raw"}}
STRUCTURE = {"password": "Hidden-1", "nodes": 3, "inner": [1, {"deep": True}]}


def test_what_ansible_takes_for_secrets() -> None:
    validated = ArgumentSpecValidator(SPEC).validate(packed({"spec": STRUCTURE}, SPEC))
    assert validated._no_log_values == {json.dumps(STRUCTURE)}
    assert json.loads(validated.validated_parameters["spec"]) == STRUCTURE


@pytest.mark.parametrize("arguments", [{"spec": '{"a": 1}'}, {"spec": None}, {"name": {"a": 1}}, {"unknown": [1]}, {}])
def test_all_else_stays_as_it_is(arguments: dict[str, Any]) -> None:
    assert packed(arguments, SPEC) == arguments
