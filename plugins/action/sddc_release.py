# SPDX-License-Identifier: GPL-3.0-or-later
"""sddc_release, run inside the controller where that is possible."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_release
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """sddc_release."""

    module = "sddc_release"
    argument_spec = sddc_release.ARGUMENT_SPEC
    operation = sddc_release.run
