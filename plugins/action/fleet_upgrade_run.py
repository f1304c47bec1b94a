# SPDX-License-Identifier: GPL-3.0-or-later
"""fleet_upgrade_run, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import fleet_upgrade_run
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """fleet_upgrade_run."""

    module = "fleet_upgrade_run"
    argument_spec = fleet_upgrade_run.ARGUMENT_SPEC
    operation = fleet_upgrade_run.run
