# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of components that a Fleet LCM 9.1.0.0 listed in the field: their names, and a first and a newest version.

The newest versions are all known; of the first ones, those of OPS, VCFA, VCF_FLEET_DEPOT and VSP, and the others are
made in their likeness. Of TELEMETRY_ACCEPTOR there was no newer one.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """What is known of a type of components."""

    name: str
    first: str
    newest: str


CATALOG: dict[str, Kind] = {
    "VCF_FLEET_DEPOT": Kind("Software depot", "9.1.0.0.25371105", "9.1.0.0400.25570105"),
    "VSP": Kind("VCF services runtime", "9.1.0.0.25370367", "9.1.0.0200.25555874"),
    "VCF_SDDC_LCM": Kind("SDDC lifecycle", "9.1.0.0.25371103", "9.1.0.0400.25570103"),
    "VIDB": Kind("Identity broker", "9.1.0.0.25346734", "9.1.0.0100.25522734"),
    "OPS": Kind("VCF Operations", "9.1.0.0.25346025", "9.1.0.0400.25541561"),
    "VCF_OPS_CLOUD_PROXY": Kind("Cloud proxy", "9.1.0.0.25346026", "9.1.0.0400.25541562"),
    "OPS_LOGS": Kind("Log management", "9.1.0.0.25346028", "9.1.0.0400.25544947"),
    "OPS_NETWORKS": Kind("VCF Operations for networks", "9.1.0.0.25346220", "9.1.0.0200.25517220"),
    "OPS_DATA_PLATFORM": Kind("Real-time metrics", "9.1.0.0.25346944", "9.1.0.0400.25544944"),
    "VCFMS_METRICS_STORE": Kind("Real-time metrics store", "9.1.0.0.25370874", "9.1.0.0200.25555874"),
    "SALT": Kind("Salt master", "9.1.0.0.25346946", "9.1.0.0400.25544946"),
    "SALT_RAAS": Kind("Salt RaaS", "9.1.0.0.25346946", "9.1.0.0400.25544946"),
    "TELEMETRY_ACCEPTOR": Kind("Telemetry", "9.1.0.0.25181946", "9.1.0.0.25181946"),
    "VCD_MIGRATOR": Kind("Migration service engine", "9.1.0.0.25370825", "9.1.0.0200.25556825"),
    "VCFA": Kind("VCF Automation", "9.1.0.0.25370929", "9.1.0.0200.25556825"),
}
SYSTEM = Kind("Fleet lifecycle", "9.1.0.0.25371101", "9.1.0.0400.25570101")


def name_of(kind: str) -> str:
    """The public name of a type of components; of one that is not known, the type."""
    return CATALOG[kind].name if kind in CATALOG else kind
