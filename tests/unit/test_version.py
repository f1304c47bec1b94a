# SPDX-License-Identifier: GPL-3.0-or-later
"""The version is in galaxy.yml, and wherever else it is needed it is the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Transport
from ansible_collections.vcf.lifecycle.plugins.module_utils.version import VERSION

ROOT = Path(__file__).parents[2]
SHIPPED = [
    path
    for name in ("README.md", "docs", "extensions", "meta", "playbooks", "plugins", "roles")
    for path in ([ROOT / name] if (ROOT / name).is_file() else sorted((ROOT / name).rglob("*")))
    if path.is_file() and path.suffix != ".pyc"
]
SEMANTIC = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?")
ADDED = re.compile(r"version_added: *(.+)")


def numbers(version: str) -> tuple[int, ...]:
    found = SEMANTIC.fullmatch(version)
    assert found, f"{version} is no semantic version"
    return tuple(int(number) for number in found.groups())


def test_galaxy_has_it() -> None:
    assert str(yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]) == VERSION
    assert numbers(VERSION)


def test_services_see_it() -> None:
    transport = Transport(verify=True, timeout=5.0, redactor=Redactor(), clock=Clock())
    assert transport._session.headers["User-Agent"] == f"vcf.lifecycle/{VERSION}"
    transport.close()


def test_the_changelog_is_not_ahead_of_it() -> None:
    releases = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text(encoding="utf-8"))["releases"]
    assert [release for release in releases if numbers(release) > numbers(VERSION)] == []
    # Its text is made of the same releases.
    text = ROOT / "CHANGELOG.md"
    assert not releases or max(releases, key=numbers) in text.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_newer_and_nothing_repeats_it(path: Path) -> None:
    if path == ROOT / "plugins/module_utils/version.py":
        return
    text = path.read_text(encoding="utf-8")
    for added in ADDED.findall(text):
        assert numbers(added.strip("\"'")) <= numbers(VERSION)
    assert not re.search(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])", ADDED.sub("", text))
