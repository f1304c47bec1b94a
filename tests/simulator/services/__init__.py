# SPDX-License-Identifier: GPL-3.0-or-later
"""The services, one a file. To add one: write its file and name it here."""

from __future__ import annotations

from tests.simulator.services.base import Service
from tests.simulator.services.fleet_lcm import FleetLcm
from tests.simulator.services.sddc_manager import SddcManager

SERVICES: dict[str, type[Service]] = {service.name: service for service in (FleetLcm, SddcManager)}
