# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that behaves like the services of VMware Cloud Foundation that own tasks, from a YAML scenario."""

from __future__ import annotations

from tests.simulator.faults import Fault
from tests.simulator.simulator import Simulator

__all__ = ["Fault", "Simulator"]
