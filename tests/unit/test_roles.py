# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles are documented as they are: argument specs, defaults, READMEs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted((Path(__file__).parents[2] / "roles").iterdir())


def read(role: Path, name: str) -> Any:
    return yaml.safe_load((role / name).read_text(encoding="utf-8"))


def options(role: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every variable of every entry point."""
    specs = read(role, "meta/argument_specs.yml")["argument_specs"]
    return [pair for spec in specs.values() for pair in spec["options"].items()]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_entry_point_is_described(role: Path) -> None:
    specs = read(role, "meta/argument_specs.yml")["argument_specs"]
    for name, spec in specs.items():
        assert (role / "tasks" / f"{name}.yml").is_file()
        assert spec["short_description"]
        assert spec["description"]
        assert str(spec["version_added"])


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_variable_is_described_and_has_the_roles_name(role: Path) -> None:
    readme = (role / "README.md").read_text(encoding="utf-8")
    for name, option in options(role):
        assert name.startswith(f"{role.name}_")
        assert option["description"], name
        assert f"`{name}`" in readme, name


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_are_those_that_are_documented(role: Path) -> None:
    documented = {name: option["default"] for name, option in options(role) if "default" in option}
    assert read(role, "defaults/main.yml") == documented
