# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_bundle, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_bundle
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """sddc_bundle."""

    module = "sddc_bundle"
    argument_spec = sddc_bundle.ARGUMENT_SPEC
    operation = sddc_bundle.run
