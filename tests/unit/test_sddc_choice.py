# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bundle, which upgrade, which versions: the decisions of sddc_upgrade_run."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import NotFoundFailure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import sddc_choice
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.sddc_choice import Wish
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import (
    Bundle,
    Domain,
    Part,
    Upgradable,
    Upgrade,
)

NSX = Bundle(id="b1", component="NSX", to_version="9.1", downloaded=True)
SAME = Bundle(id="b2", component="NSX", to_version="9.1", downloaded=True)
OLDER = Bundle(id="b3", component="NSX", to_version="9.0")
BARE = Bundle(id="b4")
BUNDLES = [NSX, SAME, OLDER, BARE]
DOMAIN = Domain(id="d1", name="sfo-m01")


def offered(*bundle_ids: str, status: str = "AVAILABLE", **more: Any) -> list[Upgradable]:
    return [Upgradable(bundle_id=bundle_id, component="NSX", status=status, **more) for bundle_id in bundle_ids]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bundle_id": "b1", "component": "NSX"},
        {"bundle_id": "b1", "version": "9.1"},
        {"component": "NSX", "user_input": {"password": "x"}},
    ],
    ids=str,
)
def test_wishes_that_contradict_themselves(options: dict[str, Any]) -> None:
    with pytest.raises(OptionsFailure):
        Wish(domain="d1", **options)


def test_a_bundle_by_its_id() -> None:
    assert sddc_choice.bundle_by_id(BUNDLES, "b2") is SAME
    with pytest.raises(NotFoundFailure):
        sddc_choice.bundle_by_id(BUNDLES, "b9")


def test_bundles_by_what_they_upgrade_to() -> None:
    assert sddc_choice.bundles_to(BUNDLES, "NSX", "9.1") == [NSX, SAME]
    assert sddc_choice.bundles_to(BUNDLES, "ESX", "9.1") == []
    assert sddc_choice.version_of(Bundle(id="b", version="9.2")) == "9.2"


def test_of_several_bundles_the_one_that_is_offered() -> None:
    assert sddc_choice.only_bundle([NSX, SAME], offered("b2", "b9"), "NSX") is SAME
    with pytest.raises(OptionsFailure, match=r"several bundles of NSX: b1 \(NSX to 9.1\); b2 \(NSX to 9.1\)"):
        sddc_choice.only_bundle([NSX, SAME], offered("b1", "b2"), "NSX")
    with pytest.raises(OptionsFailure, match="version is required"):
        sddc_choice.only_bundle([NSX, SAME], [], "NSX")


def test_drift_has_the_version_of_sddc_manager() -> None:
    versions = {"SDDC_MANAGER": "9.1.0.1", "NSX": "9.1"}
    found = [sddc_choice.version_in(versions, name) for name in ("DRIFT", "SDDC_MANAGER", "NSX", "ESX")]
    assert found == ["9.1.0.1", "9.1.0.1", "9.1", None]


def test_what_is_expected_is_named_by_the_component_or_its_parts() -> None:
    parts = [
        Part(component="NSX", id="n1", name="nsx01"),
        Part(component="ESX", id="h1", name="esx01"),
        Part(component="ESX", id="h2"),
    ]
    assert sddc_choice.expected(parts, "NSX", "9.1") == {"NSX": ("n1", "9.1")}
    assert sddc_choice.expected(parts, "ESX", "9.1") == {"esx01": ("h1", "9.1"), "h2": ("h2", "9.1")}
    assert sddc_choice.expected(parts, "DRIFT", "9.1") == {}
    assert sddc_choice.expected(parts, "NSX", None) == {}
    assert sddc_choice.expected(parts, None, "9.1") == {}


def test_upgrades_are_equal_by_bundle_or_by_component_and_version() -> None:
    upgrades = [Upgrade(id=bundle_id, bundle_id=bundle_id) for bundle_id in ("b1", "b2", "b3", "b4", "b9")]
    assert [one.id for one in sddc_choice.equals(upgrades, NSX, BUNDLES)] == ["b1", "b2"]
    # Of what has no version nothing is equal but itself.
    assert [one.id for one in sddc_choice.equals(upgrades, BARE, [*BUNDLES, Bundle(id="b9")])] == ["b4"]


def test_what_is_available_and_here_is_not_refused() -> None:
    assert sddc_choice.refusal(DOMAIN, NSX, offered("b1"), BUNDLES) is None


@pytest.mark.parametrize(
    ("bundle", "upgradables", "texts"),
    [
        (OLDER, offered("b3"), ["bundle b3 (NSX to 9.0): it is not downloaded", "sddc_bundle"]),
        (NSX, [], ["not among what the domain is offered", "nothing that it can be upgraded with now"]),
        (NSX, offered("b2", "b9"), ["not among", "What it can be upgraded with is b2 (NSX to 9.1), b9: do that first"]),
        (NSX, offered("b1", status="PENDING", errors=["No disk.", "No."]), ["it is PENDING (No disk; No)"]),
    ],
    ids=["not downloaded", "not offered", "others are", "not yet"],
)
def test_why_a_bundle_is_refused(bundle: Bundle, upgradables: list[Upgradable], texts: list[str]) -> None:
    failure = sddc_choice.refusal(DOMAIN, bundle, upgradables, BUNDLES)
    assert failure is not None
    assert [text for text in texts if text not in failure.message] == []
    assert failure.message.startswith("Domain sfo-m01 can not be upgraded with bundle")


@pytest.mark.parametrize(("status", "text"), [(409, "blocking"), (424, "comes before"), (400, "user_input"), (422, "")])
def test_what_to_do_about_a_refusal(status: int, text: str) -> None:
    advice = sddc_choice.advice(status)
    assert text in advice
    assert bool(advice) == bool(text)
