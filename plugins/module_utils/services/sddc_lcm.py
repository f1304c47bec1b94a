# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC lifecycle (SDDC LCM): the same API as Fleet LCM under another prefix, with smaller pages.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "VCF SDDC LCM Service APIs" 9.1.0.0, operations getTasks, getTask, retryTask and cancelTask.
"""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm


class SddcLcm(FleetLcm):
    """Tasks of SDDC LCM. Ids of Fleet LCM are unknown here, and the other way round."""

    name = "sddc_lcm"
    base_path = "/sddc-lcm"
    page_size = 50
