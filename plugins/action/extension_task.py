# SPDX-License-Identifier: GPL-3.0-or-later
"""extension_task, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import extension
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """extension_task."""

    module = "extension_task"
    argument_spec = extension.ARGUMENT_SPEC
    operation = extension.run
