# SPDX-License-Identifier: GPL-3.0-or-later
"""task_info, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import info
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """task_info."""

    module = "task_info"
    argument_spec = info.ARGUMENT_SPEC
    operation = info.run
