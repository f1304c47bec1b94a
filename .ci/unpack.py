# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpack one collection of the package C(ansible): python .ci/unpack.py REQUIREMENTS COLLECTION DIRECTORY

Which version of the package that is a comment in REQUIREMENTS says, `# ansible==VERSION`: it is nothing to install,
since it brings all of its collections along, and the version of ansible-core that they were tried with. No other place
has the collections for those who ask a Python package index alone. DIRECTORY becomes the parent of
ansible_collections.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path


def main() -> None:
    requirements, collection, directory = sys.argv[1:]
    pin = re.search(r"^# (ansible==\S+)$", Path(requirements).read_text(encoding="utf-8"), re.MULTILINE)
    if not pin:
        sys.exit(f"{requirements} has no line such as # ansible==12.3.0, which says where {collection} comes from.")
    below = f"ansible_collections/{collection.replace('.', '/')}/"
    with tempfile.TemporaryDirectory() as folder:
        download = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([sys.executable, "-m", "pip", *download, "--dest", folder, pin[1]], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.startswith(below)]
            if not names:
                sys.exit(f"{pin[1]} has no collection {collection}.")
            archive.extractall(folder, names)
        # All of it or nothing: whoever finds the folder takes it for whole.
        there = Path(directory, below)
        shutil.rmtree(there, ignore_errors=True)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(Path(folder, below), there)


if __name__ == "__main__":
    main()
