# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_upgrade_run, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_upgrade_run
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """sddc_upgrade_run."""

    module = "sddc_upgrade_run"
    argument_spec = sddc_upgrade_run.ARGUMENT_SPEC
    operation = sddc_upgrade_run.run
