# SPDX-License-Identifier: GPL-3.0-or-later
"""One scenario of what was captured of several endpoints."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.scenario import ScenarioError, parse
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.scenario import merged, text_of

NOON = "2026-11-21T12:00:00.000Z"


def result(service: str, at: str | None = NOON, **part: Any) -> dict[str, Any]:
    tasks = [{"name": "sync", "id": "t-1", "start": -60.0, "pending": 5.0, "seconds": 10.0}]
    return {"changed": False, "captured_at": at, "services": {service: {"tasks": tasks, **part}}}


def test_times_count_from_the_latest_capture() -> None:
    upgrade = {"plans": [{"id": "p-1", "created": -100.0, "updated": -50.0}], "upgrades": [{"id": "u", "at": 30.0}]}
    found = merged(
        {
            "early": result("fleet_lcm", upgrade=upgrade),
            "late": result("vcenter", "2026-11-21T12:01:00.500Z"),
            "quiet": result("sddc_lcm", None),
        }
    )
    assert found["captured_at"] == "2026-11-21T12:01:00.500Z"
    fleet = found["services"]["fleet_lcm"]
    assert fleet["tasks"] == [{"name": "sync", "id": "t-1", "start": -120.5, "pending": 5.0, "seconds": 10.0}]
    assert fleet["upgrade"]["plans"] == [{"id": "p-1", "created": -160.5, "updated": -110.5}]
    assert fleet["upgrade"]["upgrades"] == [{"id": "u", "at": -30.5}]
    assert {found["services"][name]["tasks"][0]["start"] for name in ("vcenter", "sddc_lcm")} == {-60.0}


def test_endpoints_of_one_service_are_told_apart() -> None:
    found = merged({"a": result("sddc_manager"), "b": result("sddc_manager"), "f": result("fleet_lcm")})
    assert (list(found["services"]), list(found["endpoints"])) == (["fleet_lcm"], ["a", "b"])
    scenario = parse(found)
    assert list(scenario.at("b").services) == ["sddc_manager"]
    with pytest.raises(ScenarioError, match=r"there is no 'c' \(there are a, b\)"):
        scenario.at("c")


def test_services_with_the_same_paths_can_be_played_together() -> None:
    both = merged({"a": result("sddc_manager"), "b": result("vcf_installer")})["services"]
    assert both["vcf_installer"]["base_path"] == "/installer"
    assert "base_path" not in merged({"b": result("vcf_installer")})["services"]["vcf_installer"]


def test_the_file_is_the_same_for_the_same_and_says_what_is_missing() -> None:
    captured = {"b": result("vcenter"), "a": result("fleet_lcm")}
    text = text_of(captured, missing=["sddc\nservices: {}"])
    assert text == text_of(dict(reversed(captured.items())), missing=["sddc\nservices: {}"])
    assert "# Missing, as it could not be read: sddc services: {}\n" in text
    assert yaml.safe_load(text) == merged(captured)
    # A name that is to be a pseudonym is none at the head of the file.
    assert "rainpole" not in text_of(captured, missing=["rainpole"], pseudonyms=True)


@pytest.mark.parametrize(
    ("captured", "says"),
    [({}, "nothing to make a scenario of"), ({"a": {"failed": True}}, "a: that is no result of vcf.lifecycle.capture")],
)
def test_what_can_not_be_written_is_refused(captured: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        text_of(captured)
