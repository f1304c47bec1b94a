# SPDX-License-Identifier: GPL-3.0-or-later
"""task_cancel, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import cancel
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """task_cancel."""

    module = "task_cancel"
    argument_spec = cancel.ARGUMENT_SPEC
    operation = cancel.run
