# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX has them run: a folder for ansible-runner, with the answers to the survey and a credential."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2.sandbox
import yaml

from tests.awx_data import CREDENTIAL_TYPES, JOB_TEMPLATES, PLAYBOOKS, Item
from tests.integration.runs import COLLECTIONS, PROGRAMS


class Unsafe(str):
    """An answer of a person: no template of Ansible's."""


class _Dumper(yaml.SafeDumper):
    """Writes extra variables as AWX does."""


_Dumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


def answered(survey: list[Item], given: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that AWX makes of answers: those, and the defaults, also where they are empty texts."""
    missing = [one["variable"] for one in survey if one["required"] and not {"default"} & set(one)]
    assert set(missing) <= set(given), f"{missing} must be answered"
    defaults = {one["variable"]: one["default"] for one in survey if "default" in one}
    # The form hands an empty text where a text has no answer.
    return {name: Unsafe(value) if isinstance(value, str) else value for name, value in {**defaults, **given}.items()}


class Job:
    """The folder of a job.

    :param elsewhere: where the folder will be when the job runs, if that is somewhere else.
    """

    def __init__(self, folder: Path, elsewhere: Path | None = None) -> None:
        self.folder, self._there = folder, elsewhere or folder
        for name in ("env", "inventory", "project"):
            (folder / name).mkdir(parents=True)
        # A project is a copy of the repository; what it needs of the collection the execution environment has.
        shutil.copytree(PLAYBOOKS, folder / "project/playbooks")
        self.variables: dict[str, str] = {
            "PATH": f"{PROGRAMS}:{os.defpath}",
            "HOME": str(folder.parent),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_HOME": str(folder.parent / "home"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_PYTHON_INTERPRETER": str(PROGRAMS / "python"),
        }

    def credential(self, kind: str, **inputs: Any) -> Job:
        """Inject a credential: into the environment, and into files."""
        kept = CREDENTIAL_TYPES[kind]
        fields = {field["id"]: field for field in kept["inputs"]["fields"]}
        assert set(kept["inputs"]["required"]) <= set(inputs) <= set(fields)
        # AWX knows nothing of what was left out, but that a boolean is false.
        known = {name: False for name, field in fields.items() if field["type"] == "boolean"} | inputs
        environment = jinja2.sandbox.ImmutableSandboxedEnvironment()
        (self.folder / "env/credential").write_text(
            environment.from_string(kept["injectors"]["file"]["template"]).render(known)
        )
        known["tower"] = {"filename": str(self._there / "env/credential")}
        for name, template in kept["injectors"]["env"].items():
            self.variables[name] = environment.from_string(template).render(known)
        return self

    def launch(self, playbook: str, endpoints: Mapping[str, Item], **answers: Any) -> Job:
        """Write all that the run of a playbook needs.

        :param endpoints: as the variable of awx_setup: each host with its variables.
        :param answers: to the survey, and variables besides.
        """
        groups: dict[str, Any] = {}
        for host, variables in endpoints.items():
            groups.setdefault(variables["vcf_service"], {"hosts": {}})["hosts"][host] = dict(variables)
        (self.folder / "inventory/hosts.yml").write_text(yaml.safe_dump({"all": {"children": groups}}))
        (self.folder / "env/envvars").write_text(json.dumps(self.variables))
        extra = answered(JOB_TEMPLATES[playbook]["survey"], answers)
        (self.folder / "env/extravars").write_text(yaml.dump(extra, Dumper=_Dumper))
        return self


def events(folder: Path) -> list[Item]:
    """The events of a job that has run in this folder, in their order."""
    files = folder.glob("artifacts/**/job_events/*.json")
    return sorted((json.loads(path.read_text()) for path in files), key=lambda event: int(event["counter"]))


def artifacts(folder: Path) -> Item:
    """What its playbook has left for the jobs after it."""
    (last,) = (event for event in events(folder) if event["event"] == "playbook_on_stats")
    found: Item = last["event_data"]["artifact_data"]
    return found


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """All files that a run has left, but those of what it was given."""
    for path in (folder / "artifacts").rglob("*"):
        if path.is_file():
            yield path, path.read_text(encoding="utf-8", errors="replace")
