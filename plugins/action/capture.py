# SPDX-License-Identifier: GPL-3.0-or-later
"""capture, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import capture
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """capture."""

    module = "capture"
    argument_spec = capture.ARGUMENT_SPEC
    operation = capture.run
