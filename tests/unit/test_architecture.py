# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of the house: who may use whom, and what runs without the libraries."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
PREFIX = "ansible_collections.vcf.lifecycle.plugins."
FILES = sorted(PLUGINS.rglob("*.py"))
PRIVATE = [path for path in FILES if path.relative_to(PLUGINS).parts[0] in ("module_utils", "plugin_utils")]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


@cache
def imports(path: Path) -> frozenset[str]:
    """What a file imports when it runs: modules of ours without the prefix, of others whole."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            ours = {module for module in inner if is_file(module)}
            found |= ours or {node.module}
    return frozenset(module.removeprefix(PREFIX) for module in found)


def is_file(module: str) -> bool:
    return (
        module.startswith(PREFIX)
        and PLUGINS.joinpath(*module.removeprefix(PREFIX).split(".")).with_suffix(".py").is_file()
    )


@pytest.mark.parametrize("path", PRIVATE, ids=name_of)
def test_private_files_say_so(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert "PRIVATE to the collection vcf.lifecycle" in (ast.get_docstring(tree) or "")


# REUSE-IgnoreStart
LICENCE = "# SPDX-License-Identifier: GPL-3.0-or-later"
# REUSE-IgnoreEnd


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_begin_as_the_house_wants(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert LICENCE in (lines if "modules" in path.parts else lines[:1])
    assert "from __future__ import annotations" in lines


# What each part of the house may use of the others; the order is that of the design.
MAY_USE = {
    "modules": ("module_utils.operations", "module_utils.runner"),
    "action": ("module_utils.operations", "plugin_utils"),
    "filter": ("module_utils.clock", "plugin_utils"),
    "plugin_utils": ("module_utils", "plugin_utils"),
    "doc_fragments": (),
    "module_utils.operations": (
        "module_utils.operations",
        "module_utils.services.base",
        "module_utils.services.fleet_lcm",
        "module_utils.services.fleet_upgrade",
        "module_utils.services.lists",
        "module_utils.services.registry",
        "module_utils.services.sddc_checks",
        "module_utils.services.sddc_manager",
        "module_utils.services.sddc_releases",
        "module_utils.services.sddc_upgrade",
        "module_utils.services.vcenter",
        "module_utils.services.vcenter_extension",
        "module_utils.options",
        "module_utils.selection",
        "module_utils.contact",
        "module_utils.clock",
        "module_utils.errors",
        "module_utils.fleet_upgrade_model",
        "module_utils.rehearsal_clock",
        "module_utils.sddc_upgrade_model",
        "module_utils.task",
        "module_utils.transport",
    ),
    "module_utils.services": (
        "module_utils.services",
        "module_utils.causes",
        "module_utils.contact",
        "module_utils.errors",
        "module_utils.fleet_upgrade_model",
        "module_utils.libraries",
        "module_utils.redaction",
        "module_utils.sddc_upgrade_model",
        "module_utils.task",
        "module_utils.transport",
    ),
    "module_utils.transport": (
        "module_utils.clock",
        "module_utils.errors",
        "module_utils.libraries",
        "module_utils.redaction",
        "module_utils.version",
    ),
    "module_utils.contact": ("module_utils.clock", "module_utils.errors", "module_utils.transport"),
    "module_utils.fleet_upgrade_model": ("module_utils.libraries", "module_utils.task"),
    "module_utils.sddc_upgrade_model": ("module_utils.libraries", "module_utils.task"),
    "module_utils.task": ("module_utils.libraries",),
    "module_utils.causes": ("module_utils.task",),
    "module_utils.errors": (),
    "module_utils.clock": (),
    "module_utils.rehearsal_clock": ("module_utils.clock",),
    "module_utils.libraries": (),
    "module_utils.redaction": (),
    "module_utils.version": (),
}


def is_within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_dependencies_point_one_way(path: Path) -> None:
    allowed = next((use for part, use in MAY_USE.items() if is_within(name_of(path), part)), None)
    used = {module for module in imports(path) if is_file(PREFIX + module)}
    if allowed is None:
        # options, runner and selection tie the others together; nothing of the verbs is in them but their context.
        assert name_of(path) in ("module_utils.options", "module_utils.runner", "module_utils.selection")
        used = {module for module in used if is_within(module, "module_utils.operations")}
        allowed = ("module_utils.operations.context",)
    assert [module for module in sorted(used) if not any(is_within(module, part) for part in allowed)] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_one_file_imports_the_libraries(path: Path) -> None:
    libraries = {module for module in imports(path) if module.split(".")[0] in ("requests", "pydantic", "urllib3")}
    assert not libraries or name_of(path) == "module_utils.libraries"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_there_is_no_circle(path: Path) -> None:
    seen: set[str] = set()
    waiting = [name_of(path)]
    while waiting:
        for used in imports(PLUGINS.joinpath(*waiting.pop().split(".")).with_suffix(".py")):
            assert used != name_of(path)
            if is_file(PREFIX + used) and used not in seen:
                seen.add(used)
                waiting.append(used)


SHIPPED = [path for path in sorted((PLUGINS / "modules").glob("*.py")) if path.stem != "rehearse"]
"""The modules that can run in a process of their own."""


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_modules_have_no_logic(path: Path) -> None:
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == ["main"]
    assert (functions[0].end_lineno or 0) - functions[0].lineno + 1 <= 14


WITHOUT_LIBRARIES = """
import importlib, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("requests", "pydantic"):
            raise ImportError(f"No module named {name!r}")

sys.meta_path.insert(0, Blocker())
for name in sys.argv[1:]:
    importlib.import_module("ansible_collections.vcf.lifecycle.plugins." + name)
from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import MISSING
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import missing_library
print(sorted(MISSING), missing_library())
"""


def test_every_file_can_be_imported_without_the_libraries(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT / ".build/collections"),
        "PYTHONWARNINGS": "error::SyntaxWarning",
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LIBRARIES, *map(name_of, FILES)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "['pydantic>=2.6', 'requests'] Failed to import the required Python library (requests)"
    )
