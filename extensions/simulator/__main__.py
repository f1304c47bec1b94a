# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve a scenario to the clients of the services of VMware Cloud Foundation.

In the folder that holds ``ansible_collections``:
``python -m ansible_collections.vcf.lifecycle.extensions.simulator --scenario FILE``
"""

from __future__ import annotations

import sys

from .libraries import complaint


def main() -> int:
    """Serve, if what that needs is there."""
    text = complaint()
    if text:
        print(text, file=sys.stderr)
        return 2
    from .program import main as serve

    return serve()


if __name__ == "__main__":
    sys.exit(main())
