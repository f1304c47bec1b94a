# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs from Debian: found, else installed, else asked for."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from tests.integration import debian

CHROMIUM = ("chromium", "chromium")


@pytest.fixture(autouse=True)
def own_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Do not wait for a test beside this one, which may install something in earnest."""
    monkeypatch.setattr(debian, "LOCK", tmp_path / "lock")


def test_what_can_not_be_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="Install the package chromium"):
        debian.find(*CHROMIUM)


def test_a_program_that_is_missing_is_installed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    programs = {
        "sudo": 'shift; exec "$@"',
        "apt-get": f"""
            echo "$*" >> {shlex.quote(str(tmp_path / "asked"))}
            case "$*" in *install*) cp "$0" {shlex.quote(str(tmp_path / "chromium"))} ;; esac
        """,
    }
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("env", "cp", "true"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [debian.find(*CHROMIUM), debian.find(*CHROMIUM)] == [str(tmp_path / "chromium")] * 2
    update, install = (tmp_path / "asked").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install --yes --no-install-recommends chromium")
