# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters are documented as what they are."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.vcf.lifecycle.plugins.filter import duration

ROOT = Path(__file__).parents[2]
FILTERS = sorted(path.stem for path in (ROOT / "plugins/filter").glob("[!_]*.py"))


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Documentation of each filter, as ansible-doc shows it."""
    home = str(tmp_path_factory.mktemp("home"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "ANSIBLE_HOME": home,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"),
        "LC_ALL": "C.UTF-8",
    }
    names = [f"vcf.lifecycle.{name}" for name in FILTERS]
    command = [sys.executable, "-m", "ansible", "doc", "--type", "filter", "--json", *names]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return {name.rpartition(".")[2]: page for name, page in json.loads(done.stdout).items()}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_has_the_name_of_its_file_and_is_documented(name: str, docs: dict[str, Any]) -> None:
    module = importlib.import_module(f"ansible_collections.vcf.lifecycle.plugins.filter.{name}")
    assert list(module.FilterModule().filters()) == [name]
    assert docs[name]["doc"]["options"]["_input"]["required"]
    assert docs[name]["return"]["_value"]["description"]
    assert f"vcf.lifecycle.{name}" in docs[name]["examples"]


@pytest.mark.parametrize(("seconds", "text"), [(None, ""), (0, "0s"), (4320, "1h 12m"), ("90", "1m 30s"), (0.2, "0s")])
def test_durations(seconds: Any, text: str) -> None:
    assert duration.shown(seconds) == text


@pytest.mark.parametrize("seconds", [-1, "soon", True, [], {}, float("nan"), float("inf"), "inf"])
def test_what_is_no_duration(seconds: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="not a number of seconds"):
        duration.shown(seconds)
