# SPDX-License-Identifier: GPL-3.0-or-later
"""What the look through the tarball for Galaxy finds: everything that does not belong into it."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Not by runpy: with `ansible-test units` whatever is below ansible_collections is a package to it.
SPEC = spec_from_file_location("manifest", ROOT / ".ci/manifest.py")
assert SPEC
assert SPEC.loader
manifest = module_from_spec(SPEC)
SPEC.loader.exec_module(manifest)
GOOD = dict.fromkeys(("LICENSE", "README.md", "meta/runtime.yml", "plugins/modules/task_info.py"), b"text")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def described(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, and what ansible-galaxy writes about them."""
    listed = [{"name": name, "chksum_sha256": digest(content)} for name, content in files.items()]
    names = json.dumps({"files": [{"name": ".", "chksum_sha256": None}, *listed]}).encode()
    about = json.dumps({"file_manifest_file": {"chksum_sha256": digest(names)}}).encode()
    return {"MANIFEST.json": about, "FILES.json": names, **files}


def tarball(folder: Path, files: dict[str, bytes], more: Iterable[tarfile.TarInfo] = (), mode: int = 0o644) -> Path:
    path = folder / "vcf-lifecycle-1.2.3.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            archive.addfile(member, io.BytesIO(content))
        for member in more:
            archive.addfile(member)
    return path


def test_a_good_one(tmp_path: Path) -> None:
    assert manifest.complaints(tarball(tmp_path, described(GOOD)), released=False) == []
    assert manifest.complaints(tarball(tmp_path, described(GOOD)), released=True) == ["CHANGELOG.md is missing."]
    # Of what must be in it, nothing may be left out of what may be.
    assert [name for name in manifest.OUGHT_TO_BE if not manifest.MAY_BE.fullmatch(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        "tests/unit/test_wait.py",
        "Makefile",
        ".ci/run",
        ".env",
        "LICENSES/GPL-3.0-or-later.txt",
        "changelogs/fragments/first-release.yml",
        "extensions/molecule/config.yml",
        "extensions/simulator/scenarios/demo.yml",
        "playbooks/show.yml~",
        "playbooks/inventory/hosts.yml",
        "plugins/modules/__pycache__/task_info.cpython-311.pyc",
        "plugins/modules/.task_info.py.swp",
        "plugins/module_utils/key.pem",
        "roles/task_report/files/password.txt",
        "../README.md",
    ],
)
def test_what_does_not_belong(tmp_path: Path, name: str) -> None:
    found = manifest.complaints(tarball(tmp_path, described({**GOOD, name: b""})), released=False)
    assert found == [f"{name} does not belong into it."]


def test_links_and_modes(tmp_path: Path) -> None:
    link = tarfile.TarInfo("plugins/modules/task_wait.py")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    assert manifest.complaints(tarball(tmp_path, described(GOOD), [link]), released=False) == [
        "plugins/modules/task_wait.py is neither a file nor a folder."
    ]
    found = manifest.complaints(tarball(tmp_path, described(GOOD), mode=0o755), released=False)
    assert found == [f"{name} has the mode 755, not 644." for name in described(GOOD)]


def test_checksums(tmp_path: Path) -> None:
    files = described(GOOD)
    assert manifest.complaints(tarball(tmp_path, {**files, "LICENSE": b"other"}), released=False) == [
        "LICENSE is not as FILES.json lists it."
    ]
    del files["LICENSE"]
    assert manifest.complaints(tarball(tmp_path, files), released=False) == [
        "LICENSE is missing.",
        "LICENSE is not as FILES.json lists it.",
    ]
    assert manifest.complaints(tarball(tmp_path, {**described(GOOD), "FILES.json": b'{"files": []}'}), released=False)[
        0
    ] == ("FILES.json is not that of MANIFEST.json.")
    assert manifest.complaints(tarball(tmp_path, GOOD), released=False) == [
        "MANIFEST.json is missing.",
        "FILES.json is missing.",
    ]


def test_size(tmp_path: Path) -> None:
    path = tarball(tmp_path, described(GOOD))
    with path.open("ab") as file:
        file.truncate(manifest.MOST)
    assert manifest.complaints(path, released=False)[0] == "It has 2000000 bytes; 2000000 are too many."
