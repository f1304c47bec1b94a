# SPDX-License-Identifier: GPL-3.0-or-later
"""The action group C(all): every module for a service is in it, has an action plugin, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GROUP = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]


def names(kind: str) -> list[str]:
    return sorted({path.stem for path in (ROOT / "plugins" / kind).glob("[!_]*.py")} - {"rehearse"})


def test_there_is_one_group_of_all_modules() -> None:
    assert list(GROUP) == ["all"]
    assert sorted(GROUP["all"]) == names("modules") == names("action")


def test_the_fragment_names_the_group() -> None:
    from ansible_collections.vcf.lifecycle.plugins.doc_fragments.attributes import ModuleDocFragment

    fragment = yaml.safe_load(ModuleDocFragment.ACTIONGROUP)["attributes"]["action_group"]
    assert fragment["support"] == "full"
    assert fragment["membership"] == [f"vcf.lifecycle.{group}" for group in GROUP]


@pytest.mark.parametrize("module", names("modules"))
def test_the_module_says_that_it_is_in_the_group(module: str) -> None:
    text = (ROOT / "plugins/modules" / f"{module}.py").read_text(encoding="utf-8")
    documentation = yaml.safe_load(text.partition('DOCUMENTATION = r"""')[2].partition('"""')[0])
    assert "vcf.lifecycle.attributes.actiongroup" in documentation["extends_documentation_fragment"]
