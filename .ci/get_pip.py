# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the get-pip.py that ansible-test downloads from a host of its own.

ansible-test runs it inside an environment without pip, with the arguments of `pip install`. This one takes the pip that
Python brings along, so that the only host ever asked is the package index that pip is configured for.
"""

import ensurepip
import os
import runpy
import sys

# ansible-test's wrapper runs this file in place of pip as long as this variable is set.
os.environ.pop("GET_PIP", None)
ensurepip.bootstrap()

# get-pip.py's own options; pip does not know them.
packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install", *packages]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
