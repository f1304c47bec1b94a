# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the bodies that Fleet LCM sends of its upgrades, also of odd ones."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import newest_first
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import fleet_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import FleetLcm
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_upgrade import Choice, PlanSpec
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request
from tests.unit.fakes import FakeFleet, is_login


def serving(bodies: dict[str, Any]) -> tuple[FleetLcm, list[Request]]:
    """Fleet LCM as a script: what it answers by the path below v1; and the requests so far."""
    fake = FakeFleet(max_outage=0.0)

    def serve(request: Request) -> Any:
        if is_login(request):
            return {"access_token": "a-token-of-the-fake"}
        return bodies[urlsplit(request.url).path.split("/v1/")[1]]

    fake.transport.serve = serve
    return cast(FleetLcm, fake.service), fake.transport.requests


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"currentVersion": None, "availableTargetVersions": None, "upgrade": None, "bundles": None},
        {"currentVersion": [], "availableTargetVersions": "9.1", "upgrade": [], "bundles": [None, {"components": {}}]},
    ],
)
def test_a_system_of_which_little_is_known(body: dict[str, Any]) -> None:
    service, _requests = serving({"system": body})
    system = fleet_upgrade.get_system(service)
    assert (system.version, system.available_versions, system.upgrade, system.bundles) == (None, [], None, [])


def test_a_plan_of_which_little_is_known() -> None:
    odd = {
        "id": "p1",
        "status": "THINKING",
        "spec": None,
        "executions": [None, {}, {"taskId": "t1", "status": "DREAMING"}],
        "components": {
            "elements": [None, {}, {"id": "c1", "userInputSpec": '{"fqdn": "x"}', "dependsOn": [None, "c2"]}]
        },
    }
    service, _requests = serving({"upgrade-plans/p1": odd})
    plan = fleet_upgrade.get_plan(service, "p1")
    assert plan is not None
    assert (plan.status, plan.version, plan.desired) == ("THINKING", None, {})
    assert [(run.task_id, run.state, run.status) for run in plan.executions] == [("t1", State.UNKNOWN, "DREAMING")]
    (component,) = plan.components
    assert (component.user_input, component.depends_on, component.is_done) == ({"fqdn": "x"}, ["c2"], False)
    assert component.as_result()["user_input"] == {"fqdn": "********"}


def test_a_plan_that_leaves_the_versions_to_the_service() -> None:
    components = [{"id": "c1", "type": "OPS", "targetVersion": "9.1.0.2"}, {"id": "c2", "type": "SALT"}]
    body = {"id": "p1", "spec": {"desiredSoftware": {"version": "9.1.0.0"}}, "components": {"elements": components}}
    service, _requests = serving({"upgrade-plans/p1": body})
    plan = fleet_upgrade.get_plan(service, "p1")
    assert plan is not None
    assert (plan.software, plan.desired) == (None, {"OPS": "9.1.0.2"})


@pytest.mark.parametrize("body", [None, [], "a text", {"code": "X"}])
def test_what_is_no_list_is_none(body: Any) -> None:
    service, _requests = serving({"release-versions": body})
    with pytest.raises(Failure) as raised:
        fleet_upgrade.list_releases(service)
    assert raised.value.kind == "invalid_response"


def test_a_list_whose_pages_repeat_themselves_ends() -> None:
    page = {"elements": [{"id": "p1"}], "pageMetadata": {"totalPages": 99}}
    service, requests = serving({"upgrade-plans": page})
    assert fleet_upgrade.list_plan_ids(service) == ["p1"]
    assert len([request for request in requests if request.method == "GET"]) == 2


def test_components_that_are_only_listed_on_request_are_listed() -> None:
    service, requests = serving({"components": {"components": [{"id": "c1", "componentType": "VCD_MIGRATOR"}]}})
    assert [one.type for one in fleet_upgrade.list_components(service)] == ["VCD_MIGRATOR"]
    assert (requests[-1].query["includeVcdMigrator"], requests[-1].query["includeConsumptionVsp"]) == ("true", "true")


def test_releases_the_newest_first_whatever_their_order() -> None:
    known = {"type": "OPS", "versions": ["9.1.0.0.5", "9.1.0.0400.4", "9.1.0.0200.6", None]}
    elements = [{"version": "9.9.0.0"}, {"version": "9.10.0.0", "components": [known]}, {"version": None}]
    service, _requests = serving({"release-versions": {"elements": elements}})
    releases = fleet_upgrade.list_releases(service)
    assert [release.version for release in releases] == ["9.10.0.0", "9.9.0.0"]
    assert releases[0].versions == {"OPS": ["9.1.0.0400.4", "9.1.0.0200.6", "9.1.0.0.5"]}


def test_versions_are_compared_by_their_numbers() -> None:
    assert newest_first(["9.1.0.0.99", "9.1.0.0400.1", "9.1.0.0100.7", "8.0.0"]) == [
        "9.1.0.0400.1",
        "9.1.0.0100.7",
        "9.1.0.0.99",
        "8.0.0",
    ]


def test_a_write_whose_answer_names_no_task_is_not_taken_for_one() -> None:
    service, _requests = serving({"depot-metadata": {}, "upgrade-plans": {"status": "DRAFT"}})
    with pytest.raises(Fault):
        fleet_upgrade.sync_depot(service)
    with pytest.raises(Fault):
        fleet_upgrade.create_plan(service, PlanSpec("9.1.0.0", {}))


@pytest.mark.parametrize(
    ("choice", "body"),
    [
        (Choice(), {}),
        (Choice(("c1", "c2")), {"componentsFilter": [{"id": "c1"}, {"id": "c2"}]}),
        (Choice(("c1",), {"c1": {"fqdn": "x"}}), {"componentsFilter": [{"id": "c1", "userInputSpec": {"fqdn": "x"}}]}),
    ],
)
def test_what_an_action_is_sent_with(choice: Choice, body: dict[str, Any]) -> None:
    service, requests = serving({"upgrade-plans/p1": Answer(202, {}, {"id": "t1", "status": "PENDING"})})
    assert fleet_upgrade.start(service, "p1", "apply", choice).id == "t1"
    assert (requests[-1].method, requests[-1].query, requests[-1].json) == ("POST", {"action": "apply"}, body)


def test_what_a_plan_is_sent_with() -> None:
    service, requests = serving({"upgrade-plans/p1": {}})
    fleet_upgrade.update_plan(service, "p1", PlanSpec("9.1.0.0", {"OPS": "9.1.0.2"}, ("c1",)))
    assert requests[-1].method == "PATCH"
    assert requests[-1].json == {
        "spec": {
            "desiredSoftware": {"version": "9.1.0.0", "components": [{"type": "OPS", "version": "9.1.0.2"}]},
            "componentsFilter": [{"id": "c1"}],
        }
    }
