# SPDX-License-Identifier: GPL-3.0-or-later
"""Look through the tarball for Galaxy: python .ci/manifest.py TARBALL

It must hold what runs and what explains it, and nothing else; see build_ignore in galaxy.yml for the rest.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
from pathlib import Path

MOST = 2_000_000
"""Bytes that the tarball may have."""

OUGHT_TO_BE = ("CHANGELOG.md", "LICENSE", "MANIFEST.json", "FILES.json", "README.md", "meta/runtime.yml")
MAY_BE = re.compile(
    r"""
      (CHANGELOG\.md | LICENSE | README\.md | MANIFEST\.json | FILES\.json)
    | (bindep | requirements(-simulator)?)\.txt | execution-environment\.yml
    | changelogs/(changelog|config)\.yaml
    | docs/docsite/(extra-docs|links)\.yml
    | docs/docsite/rst/\w+\.rst
    | extensions/rehearsal/(callback/)?\w+\.py
    | extensions/simulator/(services/)?\w+\.py
    | extensions/eda/credential_type\.yml
    | extensions/eda/(rulebooks/\w+\.yml | plugins/event_source/\w+\.py)
    | meta/[\w-]+\.(yml | txt)
    | playbooks/((tasks | vars)/)?\w+\.yml
    | plugins/(action | doc_fragments | filter | modules | plugin_utils)/\w+\.py
    | plugins/module_utils/((operations | services)/)?\w+\.py
    | roles/\w+/(README\.md | (defaults | handlers | meta | tasks | vars)/\w+\.yml | templates/[\w.]+\.j2)
    """,
    re.VERBOSE,
)
"""What belongs into it."""


def complaints(tarball: Path, released: bool) -> list[str]:
    """What is wrong with it, in sentences.

    :param released: whether it must hold a changelog: before the first release there is none.
    """
    found = []
    size = tarball.stat().st_size
    if size >= MOST:
        found.append(f"It has {size} bytes; {MOST} are too many.")
    digests: dict[str, str] = {}
    with tarfile.open(tarball) as archive:
        for member in archive:
            if member.isdir():
                continue
            if not member.isfile():
                found.append(f"{member.name} is neither a file nor a folder.")
                continue
            if not MAY_BE.fullmatch(member.name):
                found.append(f"{member.name} does not belong into it.")
            if member.mode & 0o777 != 0o644:
                found.append(f"{member.name} has the mode {member.mode & 0o777:o}, not 644.")
            if member.name in digests:
                found.append(f"{member.name} is in it twice.")
            file = archive.extractfile(member)
            assert file is not None
            content = file.read()
            digests[member.name] = hashlib.sha256(content).hexdigest()
            if member.name == "MANIFEST.json":
                digest_of_files = json.loads(content)["file_manifest_file"]["chksum_sha256"]
            elif member.name == "FILES.json":
                listed = {entry["name"]: entry["chksum_sha256"] for entry in json.loads(content)["files"]}
    ought_to_be = OUGHT_TO_BE if released else OUGHT_TO_BE[1:]
    missing = [name for name in ought_to_be if name not in digests]
    found += [f"{name} is missing." for name in missing]
    if "MANIFEST.json" in missing or "FILES.json" in missing:
        return found
    if digests["FILES.json"] != digest_of_files:
        found.append("FILES.json is not that of MANIFEST.json.")
    in_it = {name: digest for name, digest in digests.items() if name not in ("MANIFEST.json", "FILES.json")}
    wrong = {name for name, _ in in_it.items() ^ {item for item in listed.items() if item[1]}}
    found += [f"{name} is not as FILES.json lists it." for name in sorted(wrong)]
    return found


def main() -> int:
    tarball = Path(sys.argv[1])
    found = complaints(tarball, released=Path("CHANGELOG.md").exists())
    for complaint in found:
        print(f"{tarball}: {complaint}", file=sys.stderr)
    if not found:
        print(f"{tarball}: {tarball.stat().st_size} bytes, nothing in it that does not belong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
