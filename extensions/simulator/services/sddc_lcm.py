# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC LCM's tasks (sddc-lcm-openapi.yaml 9.1): those of Fleet LCM to the letter, under another prefix, in smaller
pages. Both log in at the VCF services runtime."""

from __future__ import annotations

from .fleet_lcm import FleetLcm


class SddcLcm(FleetLcm):
    """SDDC LCM."""

    name = "sddc_lcm"
    base_path = "/sddc-lcm"
    largest_page = 50
    plays_upgrades = False
