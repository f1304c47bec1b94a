# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the get-pip.py that ansible-test downloads from a host of its own.

ansible-test runs it inside an environment without pip, with the arguments of `pip install`. This one takes the pip that
Python brings along, so that the only host ever asked is the package index that pip is configured for. That pip runs as
it is, from its archive: it is there only to install the one that ansible-test asks for, ten times in a run.
"""

import ensurepip
import sys
import sysconfig
from pathlib import Path
from runpy import run_module

# get-pip.py's own options; pip does not know them.
packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]

# Distributions keep the archives in a place of their own; Debian's Python does not say in which.
elsewhere = sysconfig.get_config_var("WHEEL_PKG_DIR") or "/usr/share/python-wheels"
folders = [Path(ensurepip.__file__).parent / "_bundled", Path(elsewhere)]
archive = next(path for folder in folders for path in folder.glob("pip-*.whl"))
sys.path.insert(0, str(archive))
sys.argv = ["pip", "install", *packages]
run_module("pip", run_name="__main__", alter_sys=True)
