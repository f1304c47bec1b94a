# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides of the documentation site say what the code and the README say."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.faults import CLOSING, OF_COMPONENTS, Fault, Kind
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import FAILURES
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from tests.unit.test_readme import table

ROOT = Path(__file__).resolve().parents[2]
DOCSITE = ROOT / "docs" / "docsite"
GUIDES = DOCSITE / "rst"


def guide(name: str) -> str:
    return (GUIDES / f"guide_{name}.rst").read_text(encoding="utf-8")


def sections(text: str, underline: str = "-") -> dict[str, str]:
    """The text below each heading of one level, by the heading."""
    parts = re.split(rf"^(\S.*)\n{re.escape(underline)}{{3,}}$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def statuses(service: str) -> dict[str, State]:
    """The words of a service; those that have no table of their own share that of the class they come from."""
    for cls in SERVICES[service].__mro__:
        found: dict[str, State] = getattr(importlib.import_module(cls.__module__), "STATUSES", {})
        if found:
            return found
    raise AssertionError(f"{service} has no table of statuses")


def as_table(words: dict[str, State]) -> str:
    """The states in their order, and the words for each, as a table of the guide."""
    lines = [".. list-table::", "    :header-rows: 1", "", "    * - state", "      - what the service says"]
    for state in State:
        said = [f"``{word}``" for word, meant in words.items() if meant is state]
        if said:
            lines += [f"    * - ``{state.value}``", f"      - {', '.join(said)}"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("service", SERVICES)
def test_the_words_of_each_service_are_those_of_its_table(service: str) -> None:
    shown = {name: text for heading, text in sections(guide("states")).items() for name in heading.split(" and ")}
    assert as_table(statuses(service)) in shown[service]


def test_no_other_services_have_words() -> None:
    named = [name for heading in sections(guide("states")) for name in heading.split(" and ")]
    assert [name for name in named if re.fullmatch(r"[a-z_]+", name)] == list(SERVICES)


def test_the_states_mean_what_the_readme_says() -> None:
    _, *rows = table("States")
    text = " ".join(guide("states").split())
    for states, meaning in rows:
        assert f"{', '.join(f'``{state}``' for state in states.replace('`', '').split())}: {meaning}" in text


def test_the_kinds_of_failures_mean_what_the_readme_says() -> None:
    _, *rows = table("When something fails")
    explained = sections(guide("failures"))
    assert list(explained) == [row[0].strip("`") for row in rows]
    assert set(explained) == set(FAILURES)
    for kind, meaning, _what_to_do in rows:
        first, what_to_do, *_more = [part for part in explained[kind.strip("`")].split("\n\n") if part.strip()]
        assert " ".join(first.split()) == f"{meaning[0].upper()}{meaning[1:]}.".replace("`", "``")
        assert what_to_do.strip()


def test_each_playbook_has_its_section() -> None:
    shown = sections(guide("playbooks"))
    run = [
        re.findall(r"^    \$ ansible-playbook vcf\.lifecycle\.(\w+) ", text, re.MULTILINE) for text in shown.values()
    ]
    described = {name for names in run for name in names}
    assert described == {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert all(heading.startswith("How to ") for heading in shown)


def test_every_guide_is_on_the_site() -> None:
    listed = yaml.safe_load((DOCSITE / "extra-docs.yml").read_text(encoding="utf-8"))["sections"]
    names = [name for section in listed for name in section["toctree"]]
    assert sorted(names) == sorted(path.stem for path in GUIDES.glob("*.rst"))


def test_the_faults_of_the_guide_make_sense() -> None:
    (block,) = re.findall(r":caption: faults\.yml\n((?:\n|    .*\n)+)", guide("playbooks"))
    for fault in yaml.safe_load(block)["faults"]:
        Fault.model_validate(fault)
    rows = re.findall(r"^    \* - (``[a-z_`, ]+)$", guide("playbooks"), flags=re.MULTILINE)
    kinds = {kind for row in rows for kind in re.findall(r"\w+", row)} & set(get_args(Kind))
    assert kinds >= OF_COMPONENTS | CLOSING
