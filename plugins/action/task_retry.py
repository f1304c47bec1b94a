# SPDX-License-Identifier: GPL-3.0-or-later
"""task_retry, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import retry
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """task_retry."""

    module = "task_retry"
    argument_spec = retry.ARGUMENT_SPEC
    operation = retry.run
