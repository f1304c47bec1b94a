# SPDX-License-Identifier: GPL-3.0-or-later
"""What awx_setup creates, as its data says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PLAYBOOKS = ROOT / "playbooks"

Item = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML, in which texts may be no templates of Ansible's."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def _read(name: str) -> Item:
    found: Item = yaml.load((PLAYBOOKS / "vars" / f"awx_{name}.yml").read_text(encoding="utf-8"), _Loader)
    return {key.removeprefix("awx_setup_"): value for key, value in found.items()}


def _with_survey(item: Item, questions: dict[str, Item]) -> Item:
    """The item with its questions in whole, as the playbook puts them together."""
    return {**item, "survey": [{**questions[name], **changes} for name, changes in item["survey"].items()]}


_DATA = _read("templates")
CREDENTIAL_TYPES: dict[str, Item] = {item["name"]: item for item in _read("credential_types")["credential_types"]}
QUESTIONS: dict[str, Item] = _DATA["questions"]
JOB_TEMPLATES: dict[str, Item] = {item["playbook"]: _with_survey(item, QUESTIONS) for item in _DATA["job_templates"]}
"""By their playbooks."""
WORKFLOWS: dict[str, Item] = {item["name"]: _with_survey(item, QUESTIONS) for item in _DATA["workflows"]}
