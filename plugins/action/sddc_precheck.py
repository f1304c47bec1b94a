# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_precheck, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_precheck
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """sddc_precheck."""

    module = "sddc_precheck"
    argument_spec = sddc_precheck.ARGUMENT_SPEC
    operation = sddc_precheck.run
