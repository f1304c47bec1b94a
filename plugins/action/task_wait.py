# SPDX-License-Identifier: GPL-3.0-or-later
"""task_wait, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import wait
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """task_wait."""

    module = "task_wait"
    argument_spec = wait.ARGUMENT_SPEC
    operation = wait.run
