# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_info, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_upgrade_info
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """sddc_upgrade_info."""

    module = "sddc_upgrade_info"
    argument_spec = sddc_upgrade_info.ARGUMENT_SPEC
    operation = sddc_upgrade_info.run
