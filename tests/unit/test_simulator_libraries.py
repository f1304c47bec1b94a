# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator needs is in one file, and whoever lacks any of it is told."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

from ansible_collections.vcf.lifecycle.extensions.simulator.libraries import complaint, missing

ROOT = Path(__file__).parents[2]
EXTENSIONS = ROOT / "extensions"


def bounds(name: str, mark: str) -> dict[str, tuple[int, ...]]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pairs = [line.split(mark) for line in lines if mark in line and not line.startswith("#")]
    return {package: tuple(map(int, re.findall(r"\d+", number))) for package, number in pairs}


def test_what_is_pinned_for_development_is_allowed() -> None:
    pins, least = bounds("requirements-dev.txt", "=="), bounds("requirements-simulator.txt", ">=")
    assert least
    assert {name: pins[name] >= bound for name, bound in least.items()} == dict.fromkeys(least, True)


def test_nothing_else_is_imported() -> None:
    required = bounds("requirements-simulator.txt", ">=")
    allowed = sys.stdlib_module_names | {"yaml" if name == "PyYAML" else name for name in required}
    for path in sorted((EXTENSIONS / "simulator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.partition(".")[0] for alias in node.names} <= allowed, path
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").partition(".")[0] in allowed, path


def test_what_is_missing_is_told() -> None:
    assert complaint() == ""
    lines = ["# what it needs", "no-such-library>=1.0", "uvicorn>=9999.0", "trustme>=0.1"]
    assert missing(lines) == ["no-such-library>=1.0", "uvicorn>=9999.0"]


def test_the_command_says_which_file_to_install() -> None:
    # Isolated and without site-packages, a Python has nothing but its own library.
    program = (
        f"import runpy, sys; sys.path[:0] = [{str(EXTENSIONS)!r}]; runpy.run_module('simulator', None, '__main__')"
    )
    ran = subprocess.run([sys.executable, "-ISc", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("The simulator needs pydantic>=")
    assert "uvicorn>=" in ran.stderr
    assert f"-m pip install -r {shlex.quote(str(ROOT / 'requirements-simulator.txt'))}" in ran.stderr
