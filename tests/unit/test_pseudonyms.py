# SPDX-License-Identifier: GPL-3.0-or-later
"""Pseudonyms: nothing of the place is left, and everything still fits."""

from __future__ import annotations

import ipaddress
import re
import uuid
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.pseudonyms import Pseudonyms

TASK_ID = "019aa000-0000-7000-8000-000000000001"
SCENARIO: dict[str, Any] = {
    "services": {
        "fleet_lcm": {
            "tasks": [
                {
                    "name": "Upgrade logs-1.sfo.rainpole.io",
                    "id": TASK_ID,
                    "created_by": "kim.lindqvist@rainpole.io",
                    "attempts": [
                        {
                            "fail": "Evacuate sfo-m01-esx01",
                            "error": {
                                "code": "VCFMS-UPGRADE-COMPONENT-031",
                                "message": "sql-07 on 172.16.11.5 (fe80::1:2) blocks sfo-m01-cl01, says RAINPOLE\\kim.",
                                "reference": "8D6KQ1",
                            },
                        }
                    ],
                    "stages": [{"name": "Evacuate sfo-m01-esx01", "seconds": 1.0}],
                },
                {"name": "sync", "id": "task-1234", "created_by": "svc_night", "description": "By svc_night"},
            ],
            "upgrade": {
                "system": {"task": TASK_ID, "version": "9.1.0.0"},
                "components": [
                    {"type": "OPS", "id": "c-12", "name": "VCF Operations", "stages": {"Restart nsx07 now": 1.0}},
                    {"type": "OPS_LOGS", "id": "c-13", "version": "9.1.0.5", "depends_on": ["c-12"]},
                ],
                "plans": [{"executions": [{"task": "task-1234", "components": ["c-12", "c-13"]}]}],
            },
        },
        "sddc_manager": {
            "tasks": [{"name": "Upgrade sfo-m01", "description": "From 9.1.0.0 to 9.1.0.5"}],
            "upgrade": {
                "domains": [
                    {
                        "name": "sfo-m01",
                        "version": "9.1.0.0",
                        "clusters": [{"id": "domain-c8", "name": "production"}],
                        "hosts": [{"id": "h-1", "fqdn": "sfo-m01-esx01.sfo.rainpole.io"}],
                        "checks": {"findings": [{"id": "VCF-WARN-014", "message": "production is full"}]},
                    }
                ]
            },
        },
    },
}
OF_THE_PLACE = ("rainpole", "sfo", "sql-07", "172.16", "fe80", "kim", "lindqvist", "svc_night", "nsx07", "production")


def every_text(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for name, item in value.items() for text in [name, *every_text(item)]]
    if isinstance(value, list):
        return [text for item in value for text in every_text(item)]
    return [value] if isinstance(value, str) else []


def changed(key: str = "") -> dict[str, Any]:
    return Pseudonyms(key).scenario(SCENARIO)


def test_nothing_of_the_place_is_left() -> None:
    texts = every_text(changed())
    assert [text for text in texts for name in OF_THE_PLACE if name in text.lower()] == []


def test_what_is_the_same_everywhere_stays() -> None:
    services = changed()["services"]
    error = services["fleet_lcm"]["tasks"][0]["attempts"][0]["error"]
    assert error["code"] == "VCFMS-UPGRADE-COMPONENT-031"
    assert services["fleet_lcm"]["upgrade"]["components"][0]["name"] == "VCF Operations"
    assert services["sddc_manager"]["tasks"][0]["description"] == "From 9.1.0.0 to 9.1.0.5"
    (domain,) = services["sddc_manager"]["upgrade"]["domains"]
    assert domain["checks"]["findings"][0]["id"] == "VCF-WARN-014"
    assert domain["version"] == "9.1.0.0"


def test_what_refers_to_something_refers_to_the_same() -> None:
    services = changed()["services"]
    first, second = services["fleet_lcm"]["tasks"]
    upgrade = services["fleet_lcm"]["upgrade"]
    one, other = upgrade["components"]
    assert upgrade["system"]["task"] == first["id"] != TASK_ID
    assert other["depends_on"] == [one["id"]]
    assert upgrade["plans"][0]["executions"] == [{"task": second["id"], "components": [one["id"], other["id"]]}]
    assert first["attempts"][0]["fail"] == first["stages"][0]["name"]
    (domain,) = services["sddc_manager"]["upgrade"]["domains"]
    assert domain["hosts"][0]["fqdn"].partition(".")[0] in first["stages"][0]["name"]
    assert services["sddc_manager"]["tasks"][0]["name"] == f"Upgrade {domain['name']}"
    assert domain["checks"]["findings"][0]["message"] == f"{domain['clusters'][0]['name']} is full"


def test_shapes_stay() -> None:
    first, second = changed()["services"]["fleet_lcm"]["tasks"]
    assert uuid.UUID(first["id"]).version == 7
    assert re.fullmatch(r"task-\d{4}", second["id"])
    assert re.fullmatch(r"user-\w+@d-\w+\.example\.com", first["created_by"])
    assert re.fullmatch(r"Upgrade name-\w+\.d-\w+\.example\.com", first["name"])
    said = first["attempts"][0]["error"]["message"]
    (found,) = re.findall(r"\d+\.\d+\.\d+\.\d+", said)
    ranges = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    assert any(ipaddress.ip_address(found) in ipaddress.ip_network(one) for one in ranges)
    (found,) = re.findall(r"\((\S+)\)", said)
    assert ipaddress.ip_address(found) in ipaddress.ip_network("2001:db8::/32")


def test_the_same_has_the_same_in_all_runs_and_others_with_another_key() -> None:
    assert changed() == changed()
    assert changed("a key") == changed("a key")
    mine, yours = every_text(changed("a key")), every_text(changed("another"))
    assert mine != yours
    # One alone, elsewhere, has the one that it has in a scenario.
    alone = Pseudonyms("a key").text("logs-1.sfo.rainpole.io")
    assert f"Upgrade {alone}" in mine


@pytest.mark.parametrize(
    "text",
    [
        "com.vmware.vim.fault.TimedOut",
        "It took 12:30:45 on 2026-11-21T22:00:00Z.",
        "Release 9.1.0.0.25371105 and 9.1.0.0400.25570105",
        "127.0.0.1",
        "999.999.999.999",
        "Retry the task. If it fails again, contact support.",
    ],
)
def test_what_only_looks_like_a_name_stays(text: str) -> None:
    assert Pseudonyms().text(text) == text


@pytest.mark.parametrize("shape", ["c-{}", "task-{:04}", "{:02}:{}"])
def test_ids_that_differ_differ(shape: str) -> None:
    ids = [shape.format(number, number % 10) for number in range(100)]
    others = [Pseudonyms("a key").reference(one) for one in ids]
    assert len(set(others)) == len(ids)
    assert [re.sub(r"\d", "0", one) for one in others] == [re.sub(r"\d", "0", one) for one in ids]


def test_hosts_that_differ_differ() -> None:
    names = [f"esx{number}.site{number % 7}.example.org" for number in range(2000)]
    assert len({Pseudonyms().fqdn(name) for name in names}) == len(names)
