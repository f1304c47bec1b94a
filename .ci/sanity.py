# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on the built collection: python .ci/sanity.py TARBALL DIRECTORY

What is judged is the tarball, installed below DIRECTORY: what users get, and nothing else. The files of tests/ are not
in it; ruff, which asks for more, looks after those. ansible-test gets a home of its own in DIRECTORY, so that nothing
is read from or written to the user's.
"""

from __future__ import annotations

import ast
import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

# Private, but the only place that knows which name ansible-test will look for.
from ansible_test._internal.python_requirements import get_venv_packages

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON_VERSION = "{}.{}".format(*sys.version_info[:2])


def install(tarball: Path, directory: Path) -> Path:
    """Install the tarball the way users do, and make of it what ansible-test takes for a source tree."""
    shutil.rmtree(directory / "ansible_collections", ignore_errors=True)
    galaxy = [BIN / "ansible-galaxy", "collection", "install", "--offline", "-p", directory, tarball]
    # On the path only to keep ansible-galaxy from warning that it is not.
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(directory)}
    subprocess.run(galaxy, check=True, env=environment, stdout=subprocess.DEVNULL)
    tree = directory / "ansible_collections/vcf/lifecycle"
    (tree / "tests").mkdir()
    shutil.copy(ROOT / "tests/config.yml", tree / "tests")
    # ansible-test asks the next git repository above for the files, and the one of the checkout ignores this folder.
    subprocess.run(["git", "init", "--quiet"], cwd=tree, check=True)
    return tree


def prepare_home(home: Path) -> None:
    """Give ansible-test its get-pip.py, and the settings of pip: it drops the environment variables they may be in."""
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    version = get_venv_packages(SimpleNamespace(version=PYTHON_VERSION))["pip"]
    shutil.copy(ROOT / ".ci/get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")

    config = configparser.RawConfigParser()
    config["global"] = {
        name: os.environ[variable]
        for name, variable in (("cert", "SSL_CERT_FILE"), ("cert", "REQUESTS_CA_BUNDLE"), ("proxy", "https_proxy"))
        if os.environ.get(variable)
    }
    listing = [sys.executable, "-m", "pip", "config", "list"]
    for line in subprocess.run(listing, check=True, capture_output=True, text=True).stdout.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.rpartition(".")
        section = "global" if section == ":env:" else section
        if option != "config-file":
            config.setdefault(section, {})[option] = ast.literal_eval(value)
    config["global"]["quiet"] = "2"
    # The environments are used once, and hold far more than what is used of them.
    config.setdefault("install", {})["no-compile"] = "true"
    pip_conf = home / ".config/pip/pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    # An index URL may hold a password.
    pip_conf.touch(mode=0o600)
    with pip_conf.open("w") as file:
        config.write(file)


def main() -> int:
    tarball, directory = (Path(argument).resolve() for argument in sys.argv[1:])
    tree = install(tarball, directory)
    home = directory / "home"
    prepare_home(home)
    # By way of Python, because old pips write a first line that is of no use where the path has a blank.
    sanity = [sys.executable, BIN / "ansible-test", "sanity", "--local", "--python", PYTHON_VERSION, "--color", "no"]
    return subprocess.run(sanity, cwd=tree, env={**os.environ, "HOME": str(home)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
