# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the bodies that SDDC Manager sends of its upgrades, also of odd ones."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure
from ansible_collections.vcf.lifecycle.plugins.module_utils.sddc_upgrade_model import Domain
from ansible_collections.vcf.lifecycle.plugins.module_utils.services import sddc_checks, sddc_releases, sddc_upgrade
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Delivery, Fault, Request
from tests.unit.fakes import FakeFleet, is_login

DOMAIN = Domain(id="d 1/2", name="sfo-m01")
SUMMARY = "validation-domain-summary"


def serving(bodies: dict[str, Any]) -> tuple[Service, list[Request]]:
    """SDDC Manager as a script: what it answers by the path below v1; and the requests so far."""
    fake = FakeFleet("sddc_manager", max_outage=0.0)

    def serve(request: Request) -> Any:
        if is_login(request):
            return {"accessToken": "a-token-of-the-fake"}
        reply = bodies[urlsplit(request.url).path.split("/v1/")[1]]
        return reply(request) if callable(reply) else reply

    fake.transport.serve = serve
    return fake.service, fake.transport.requests


def page(*elements: Any, number: int = 1, of: int = 1) -> dict[str, Any]:
    return {"elements": list(elements), "pageMetadata": {"pageNumber": number, "totalPages": of}}


@pytest.mark.parametrize("first", [0, 1])
def test_all_pages_are_read_from_wherever_they_are_counted(first: int) -> None:
    def serve(request: Request) -> dict[str, Any]:
        asked = int(request.query.get("pageNumber", first))
        return page({"id": f"b{asked}"}, number=asked, of=3)

    service, requests = serving({"bundles": serve})
    assert [bundle.id for bundle in sddc_upgrade.list_bundles(service)] == [f"b{first + n}" for n in range(3)]
    assert len([request for request in requests if not is_login(request)]) == 3


def test_domains_of_which_little_is_known() -> None:
    service, _requests = serving({"domains": page(None, {}, {"id": "d1", "name": None, "type": 7})})
    (domain,) = sddc_upgrade.list_domains(service)
    assert (domain.id, domain.label, domain.status) == ("d1", "d1", None)


def test_ids_are_quoted() -> None:
    service, requests = serving({"releases/domains/d%201%2F2": {"domainId": "d 1/2", "targetVersion": ""}})
    assert sddc_upgrade.target_of(service, DOMAIN) is None
    assert requests[-1].url.endswith("/v1/releases/domains/d%201%2F2")


@pytest.mark.parametrize(
    ("body", "component"),
    [
        ({"type": "SDDC_MANAGER", "description": "SDDC Manager 9.1"}, "SDDC_MANAGER"),
        ({"type": "SDDC_MANAGER", "description": "Config Drift bundle"}, "DRIFT"),
        ({"type": "VMWARE_SOFTWARE", "description": "driftwood", "components": [{"type": "HOST"}]}, "ESX"),
        ({"type": "VMWARE_SOFTWARE", "components": [{"type": "ESX_HOST"}]}, "ESX"),
        ({"type": "VMWARE_SOFTWARE", "components": [{"type": "NSX_T_MANAGER"}]}, "NSX"),
        ({"type": "VMWARE_SOFTWARE", "components": [{"type": "WSA"}]}, "WSA"),
        ({"type": "VMWARE_SOFTWARE", "components": None}, None),
    ],
)
def test_what_a_bundle_is_for(body: dict[str, Any], component: str | None) -> None:
    service, _requests = serving({"bundles": page({"id": "b1", **body})})
    assert sddc_upgrade.list_bundles(service)[0].component == component


@pytest.mark.parametrize(
    ("status", "downloaded"),
    [("SUCCESSFUL", True), ("Successful", True), ("PENDING", False), ("DREAMING", False), (None, False)],
)
def test_only_what_is_here_is_downloaded(status: str | None, downloaded: bool) -> None:
    service, _requests = serving({"bundles": page({"id": "b1", "downloadStatus": status})})
    (bundle,) = sddc_upgrade.list_bundles(service)
    assert (bundle.downloaded, bundle.status) == (downloaded, status)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("DRAFT", State.PENDING),
        ("PENDING", State.PENDING),
        ("SCHEDULED", State.SCHEDULED),
        ("INPROGRESS", State.RUNNING),
        ("COMPLETED_WITH_SUCCESS", State.SUCCEEDED),
        ("COMPLETED_WITH_FAILURE", State.FAILED),
        ("FAILED", State.FAILED),
        ("CANCELLED", State.CANCELED),
        ("DREAMING", State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_states_of_upgrades(status: str | None, state: State) -> None:
    service, _requests = serving({"upgrades": page({"id": "u1", "status": status, "resourceUpgradeSpecs": [None]})})
    (upgrade,) = sddc_upgrade.list_upgrades(service, DOMAIN)
    assert (upgrade.state, upgrade.status, upgrade.component) == (state, status, None)


def test_why_something_can_not_be_upgraded() -> None:
    resource = {"resourceId": DOMAIN.id}
    errors = [{"message": "Generic", "nestedErrors": [{"message": "The hosts differ."}]}, {}]
    own, other = {"resource": resource, "errors": errors}, {"resource": {"resourceId": "another"}}
    service, _requests = serving({"upgradables/domains/d%201%2F2": page(own, other)})
    (found,) = sddc_upgrade.list_upgradables(service, DOMAIN, "9.1")
    assert (found.errors, found.component, found.bundle_id) == (["The hosts differ."], None, None)


@pytest.mark.parametrize(
    ("body", "applicable", "reasons"),
    [
        ({"applicabilityStatus": "APPLICABLE"}, True, []),
        ({"applicabilityStatus": "NOT_APPLICABLE"}, False, []),
        ({"applicabilityStatus": "NOT_APPLICABLE", "isApplicable": True}, False, []),
        ({"applicabilityStatus": "DREAMING"}, None, []),
        ({"isApplicable": False, "notApplicableReason": "Too old."}, False, ["Too old."]),
        ({"reasonNotApplicable": {"message": "A."}, "reasonsNotApplicable": [{"message": "A."}, {}]}, None, ["A."]),
    ],
)
def test_whether_a_release_is_applicable(body: dict[str, Any], applicable: bool | None, reasons: list[str]) -> None:
    path = "releases/domains/d%201%2F2/future-releases"
    service, _requests = serving({path: page({"version": "9.1", **body}, {"version": None})})
    (found,) = sddc_upgrade.future_releases_of(service, DOMAIN)
    assert (found.applicable, found.reasons) == (applicable, reasons)


FAILED = {"resultStatus": "FAILED", "severity": "ERROR", "description": "NSX", "errorResponse": {"message": "Old."}}


@pytest.mark.parametrize(
    ("body", "done", "passed"),
    [
        ({"executionStatus": "IN_PROGRESS", "resultStatus": "UNKNOWN"}, False, False),
        ({"executionStatus": "COMPLETED", "resultStatus": "SUCCEEDED"}, True, True),
        ({"executionStatus": "Completed", "resultStatus": "WARNING"}, True, True),
        ({"executionStatus": "COMPLETED", "resultStatus": "UNKNOWN"}, True, False),
        ({"executionStatus": "COMPLETED", "resultStatus": "FAILED"}, True, False),
        ({"executionStatus": "FAILED", "resultStatus": "SUCCEEDED"}, True, False),
        ({"executionStatus": "SKIPPED", "resultStatus": "SUCCEEDED"}, True, False),
        ({"executionStatus": "CANCELLATION_IN_PROGRESS"}, False, False),
        ({"executionStatus": "DREAMING", "resultStatus": "SUCCEEDED"}, False, False),
        ({"executionStatus": None}, False, False),
    ],
)
def test_what_a_validation_comes_to(body: dict[str, Any], done: bool, passed: bool) -> None:
    service, _requests = serving({"releases/domains/validations/v1": {"id": "v1", **body}})
    found = sddc_releases.validation_of(service, "v1")
    assert found is not None
    assert (found.done, found.passed) == (done, passed)


@pytest.mark.parametrize(
    ("check", "errors", "warnings"),
    [
        (FAILED, ["Old."], []),
        ({**FAILED, "errorResponse": None}, ["NSX"], []),
        ({**FAILED, "severity": None}, ["Old."], []),
        ({**FAILED, "severity": "WARNING"}, [], ["Old."]),
        ({**FAILED, "resultStatus": "SUCCEEDED"}, [], []),
        ({"resultStatus": "FAILED", "nestedValidationChecks": [FAILED, None]}, ["Old."], []),
        ({"resultStatus": "SUCCEEDED", "nestedValidationChecks": [FAILED]}, ["Old."], []),
    ],
)
def test_a_check_that_failed_counts_whatever_the_validation_says(
    check: dict[str, Any], errors: list[str], warnings: list[str]
) -> None:
    body = {"id": "v1", "executionStatus": "COMPLETED", "resultStatus": "SUCCEEDED", "validationChecks": [check]}
    service, _requests = serving({"releases/domains/validations/v1": body})
    found = sddc_releases.validation_of(service, "v1")
    assert found is not None
    assert ([error.message for error in found.errors], found.warnings) == (errors, warnings)
    assert found.passed is not bool(errors)


@pytest.mark.parametrize("body", [None, [], {}, {"colour": "red"}, "text"])
def test_an_answer_that_is_no_list(body: Any) -> None:
    service, _requests = serving({"domains": body})
    with pytest.raises(Failure) as caught:
        sddc_upgrade.list_domains(service)
    assert caught.value.kind == "invalid_response"


def test_a_page_of_a_proxy_is_not_taken_for_the_services_word() -> None:
    gone = Answer(404, {}, "<html>", foreign=True)
    service, _requests = serving({"upgradables/domains/d%201%2F2": gone})
    with pytest.raises(Failure) as caught:
        sddc_upgrade.list_upgradables(service, DOMAIN, "9.1")
    assert caught.value.kind in ("lost_contact", "unreachable")


def result_of(body: dict[str, Any]) -> Any:
    service, _requests = serving({"system/check-sets/r1": {"status": "COMPLETED_WITH_SUCCESS", **body}})
    return sddc_checks.result_of(service, "r1")


@pytest.mark.parametrize(
    ("counts", "errors", "warnings"),
    [
        ({"errorValidationsCount": 2.0, "warningGapsCount": 1.0}, 2, 1),
        ({"errorValidationsCount": "2", "warningGapsCount": None}, 2, 0),
        ({"criticalGapsCount": 3.0, "errorValidationsCount": 1.0}, 3, 0),
        ({"internalErrorValidationsCount": 1.0}, 1, 0),
        ({}, 0, 0),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_the_counts_of_a_result(counts: dict[str, Any], errors: int, warnings: int, listed: bool) -> None:
    summary = {"domainName": "sfo-m01", **counts}
    found = result_of({"presentedArtifactsMap": {SUMMARY: [summary] if listed else summary}})
    assert (found.errors, found.warnings, found.findings) == (errors, warnings, [])


def test_several_summaries_are_added_up() -> None:
    summaries = [{"errorValidationsCount": 1.0}, None, {"errorValidationsCount": 2.0}]
    assert result_of({"presentedArtifactsMap": {SUMMARY: summaries}}).errors == 3


def test_a_result_without_any_counts_has_none() -> None:
    found = result_of({"presentedArtifactsMap": None})
    assert (found.errors, found.warnings) == (None, None)


def test_findings_count_where_the_summary_does_not() -> None:
    deep = {"message": "The disk is full.", "context": {"severity": "critical", "resourceName": "esx01"}}
    nested = [
        {"message": "hosts", "context": {"severity": "ERROR"}, "nestedErrors": [deep]},
        {"message": "fine", "context": {"severity": "INFO"}},
        {
            "message": "old",
            "errorType": "WARNING",
            "remediationMessage": "Renew it.",
            "context": {"validationName": "v1"},
        },
        None,
    ]
    found = result_of({"validationResult": {"nestedErrors": nested}})
    assert (found.errors, found.warnings) == (1, 1)
    first, second = found.findings
    assert (first.severity, first.description, first.resource) == ("ERROR", "The disk is full.", "esx01")
    assert (second.id, second.severity, second.remediation) == ("v1", "WARNING", "Renew it.")


def test_what_was_wrong_with_the_request_is_an_error() -> None:
    found = result_of({"inputValidationErrors": [{"errorCode": "BAD", "message": "No such version."}]})
    assert (found.errors, [finding.id for finding in found.findings]) == (1, ["BAD"])


def test_the_last_run_is_the_newest_one_of_the_domain() -> None:
    runs = [
        {"id": "r1", "timestamp": 1_000, "domainInputs": [{"domainId": DOMAIN.id}]},
        {"id": "r3", "timestamp": 3_000, "domainInputs": [{"domainId": DOMAIN.id}], "state": "DREAMING"},
        {"id": "r2", "timestamp": 2_000, "domainInputs": [{"domainId": DOMAIN.id}]},
        {"id": "r4", "timestamp": 4_000, "domainInputs": [{"domainId": "another"}]},
        None,
        {},
    ]
    service, _requests = serving({"system/check-sets": runs})
    last = sddc_checks.last_run_of(service, DOMAIN)
    assert last is not None
    assert (last.id, last.state, last.status, last.target_version) == ("r3", State.UNKNOWN, "DREAMING", None)


@pytest.mark.parametrize(
    "said", [{}, {"domainInputs": None}, {"domainInputs": [None]}, {"domainInputs": [{}]}], ids=str
)
def test_a_run_that_names_no_domain_is_of_the_one_that_was_asked_about(said: dict[str, Any]) -> None:
    service, _requests = serving({"system/check-sets": [{"id": "r1", **said}]})
    last = sddc_checks.last_run_of(service, DOMAIN)
    assert last is not None
    assert last.id == "r1"


def test_a_service_without_check_sets_has_no_last_run() -> None:
    service, _requests = serving({"system/check-sets": Answer(404, {}, {"message": "no such path"})})
    assert sddc_checks.last_run_of(service, DOMAIN) is None


def test_the_checks_are_asked_for_with_the_versions_of_the_release() -> None:
    resources = [
        {
            "resourceType": "VCENTER",
            "resourceId": "v",
            "resourceName": "vc",
            "checkSets": [{"checkSetId": "c1", "x": 1}],
        },
        {"resourceType": "ESXI", "resourceId": "e", "resourceName": "esx", "checkSets": [{"checkSetId": "c2"}, None]},
        {"resourceType": "ESXI", "resourceId": "f", "resourceName": "none", "checkSets": []},
        {"resourceType": "WSA", "resourceId": "w", "resourceName": "wsa", "checkSets": [{"checkSetId": "c3"}]},
    ]
    service, requests = serving({"system/check-sets/queries": {"queryId": "q1", "resources": resources}})
    spec = sddc_checks.query(service, DOMAIN, {"VCENTER": "9.1.0.3", "ESX": "9.1.0.2"}, "9.1")
    first, second = (request.json for request in requests if not is_login(request))
    assert first == {"checkSetType": "UPGRADE", "domains": [{"domainId": DOMAIN.id}]}
    assert second["domains"][0]["resources"] == [
        {"resourceType": "VCENTER", "resourceTargetVersion": "9.1.0.3"},
        {"resourceType": "ESXI", "resourceTargetVersion": "9.1.0.2"},
        {"resourceType": "WSA", "resourceTargetVersion": "9.1"},
    ]
    assert (spec["queryId"], spec["metadata"]) == ("q1", {"targetVersion": "9.1"})
    assert [(one["resourceName"], one["checkSets"]) for one in spec["resources"]] == [
        ("vc", [{"checkSetId": "c1"}]),
        ("esx", [{"checkSetId": "c2"}]),
        ("wsa", [{"checkSetId": "c3"}]),
    ]


def test_a_domain_without_anything_to_check_is_asked_about_once() -> None:
    service, requests = serving({"system/check-sets/queries": {"queryId": "q1", "resources": None}})
    assert sddc_checks.query(service, DOMAIN, {}, "9.1")["resources"] == []
    assert len([request for request in requests if not is_login(request)]) == 1


def test_what_is_accepted_without_a_task_may_have_begun() -> None:
    service, _requests = serving({"system/check-sets": {}})
    with pytest.raises(Fault) as caught:
        sddc_checks.run(service, {})
    assert caught.value.delivery is Delivery.LATE


def test_the_summary_is_asked_for() -> None:
    service, requests = serving({"system/check-sets/r1": {"status": "IN_PROGRESS"}})
    assert sddc_checks.result_of(service, "r1") is not None
    assert requests[-1].query == {"includeSummary": "true"}


# Upgrades ------------------------------------------------------------------------------------------------------------


def test_an_upgrade_by_its_id() -> None:
    body = {"bundleId": "b1", "status": "Draft", "taskId": "t1", "resourceUpgradeSpecs": [None, {}]}
    service, _requests = serving({"upgrades/u%201": body, "upgrades/u2": Answer(404, {}, {"message": "unknown"})})
    found = sddc_upgrade.get_upgrade(service, "u 1")
    assert found is not None
    assert (found.id, found.task_id, found.scheduled_for, sddc_upgrade.is_draft(found)) == ("u 1", "t1", None, True)
    assert sddc_upgrade.get_upgrade(service, "u2") is None
    assert sddc_upgrade.get_upgrade(service, "..") is None


def test_what_an_upgrade_is_asked_with() -> None:
    given = {"parallelUpgrade": False, "esxUpgradeOptionsSpec": {"disableDpm": True}, "hostsToUpgrade": ["h1"]}
    spec = sddc_upgrade.upgrade_spec("b1", DOMAIN, at=None, draft=False, user_input=given)
    assert spec == {
        "bundleId": "b1",
        "resourceType": "DOMAIN",
        "parallelUpgrade": False,
        "resourceUpgradeSpecs": [
            {
                "resourceId": "d 1/2",
                "upgradeNow": True,
                "esxUpgradeOptionsSpec": {"disableDpm": True},
                "hostsToUpgrade": ["h1"],
            }
        ],
    }
    draft = sddc_upgrade.upgrade_spec("b1", DOMAIN, at=None, draft=True, user_input={})
    assert (draft["draftMode"], draft["resourceUpgradeSpecs"]) == (True, [{"resourceId": "d 1/2"}])


def test_times_are_sent_in_utc() -> None:
    at = datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    spec = sddc_upgrade.upgrade_spec("b1", DOMAIN, at=at, draft=False, user_input={})
    when = {"scheduledTimestamp": "2026-11-21T20:00:00.000Z"}
    assert spec["resourceUpgradeSpecs"] == [{"resourceId": "d 1/2", **when}]
    service, requests = serving({"upgrades/u1": None})
    sddc_upgrade.commit(service, "u1", at=at)
    sddc_upgrade.commit(service, "u1", at=None)
    sddc_upgrade.call_off(service, "u1")
    assert [(request.method, request.json) for request in requests if not is_login(request)] == [
        ("PATCH", when),
        ("PATCH", {"upgradeNow": True}),
        ("PATCH", {"markForCancellation": True}),
    ]
