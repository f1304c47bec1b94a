# SPDX-License-Identifier: GPL-3.0-or-later
"""A large VCF is captured with few requests, and its scenario has a size that a person can look at."""

from __future__ import annotations

from ansible_collections.vcf.lifecycle.extensions.simulator.fleet_catalog import CATALOG
from tests.conformance.capturing import captured, replayed
from tests.conformance.fleet import fleet
from tests.conformance.sddc import NEW, OLD, sddc

COMPONENTS, DOMAINS, HOSTS = 200, 40, 16


def test_forty_domains_cost_a_handful_of_requests_each() -> None:
    domains = [
        {
            "name": f"sfo-w{number:02}" if number else "sfo-m01",
            "type": "VI" if number else "MANAGEMENT",
            "version": OLD,
            "target": NEW,
            "selected": True,
            "hosts": HOSTS,
        }
        for number in range(DOMAINS)
    ]
    with sddc(domains=domains) as line:
        found = captured(line)
        with replayed(found, line) as second:
            assert len(captured(second)["services"]["sddc_manager"]["upgrade"]["domains"]) == DOMAINS
    # Each domain is asked for its release and those to come; all else is listed of all at once.
    assert found["counts"]["requests"] <= 2 * DOMAINS + 20
    upgrade = found["services"]["sddc_manager"]["upgrade"]
    assert sum(len(one["hosts"]) for one in upgrade["domains"]) == DOMAINS * HOSTS


def test_two_hundred_components_cost_a_request_a_hundred() -> None:
    types = list(CATALOG)
    components = [
        {"type": types[number % len(types)], "id": f"c-{number}", "fqdn": f"c{number}.sfo.example.com"}
        for number in range(COMPONENTS)
    ]
    with fleet(components=components) as line:
        line.plan()
        found = captured(line)
        with replayed(found, line) as second:
            assert len(captured(second)["services"]["fleet_lcm"]["upgrade"]["components"]) == COMPONENTS
    assert found["counts"]["requests"] <= 15
