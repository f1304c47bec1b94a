# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the get-pip.py that ansible-test downloads from a host of its own.

ansible-test runs it inside an environment without pip, with the arguments of `pip install`. This one takes the pip that
Python brings along, so that the only host ever asked is the package index that pip is configured for.
"""

import subprocess
import sys

# get-pip.py's own options; pip does not know them.
packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]

# In a process of its own: ensurepip turns off all settings of pip in the process that it runs in.
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([sys.executable, "-m", "pip", "install", *packages], check=True)
