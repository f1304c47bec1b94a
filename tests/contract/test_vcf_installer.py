# SPDX-License-Identifier: GPL-3.0-or-later
"""Broadcom's client for VCF Installer, against the simulator: it accepts every answer, and so does the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import vmware.vcf_installer.model_client as model
from vmware.vapi.bindings.error import UnresolvedError
from vmware.vcf_installer.v1_client import Sddcs, Tokens

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.contract.bindings import differences
from tests.contract.clients import TIMEOUT, Wire, configuration

USER, PASSWORD = "admin@local", "secret"
RUNNING, FAILED, BACK = (f"7a4be3d4-11f6-4b51-bb0c-00000000000{i}" for i in (1, 2, 3))
UNKNOWN = "7a4be3d4-11f6-4b51-bb0c-00000000ffff"
ERROR = {"code": "NSX_FAILED", "message": "It did not join.", "remediation": "Check DNS.", "reference": "NSX001"}
STAGES = [
    {"name": "vCenter", "stages": [{"name": "Deploy vCenter", "seconds": 10}, {"name": "SSO", "seconds": 10}]},
    {"name": "NSX", "stages": [{"name": "Deploy NSX", "seconds": 10}, {"name": "Cluster", "seconds": 10}]},
    {"name": "Clean up", "seconds": 10},
]
SCENARIO: dict[str, Any] = {
    "services": {
        "vcf_installer": {
            "users": {USER: PASSWORD},
            "tasks": [
                {"id": RUNNING, "name": "sfo-m01", "stages": STAGES},
                {
                    "id": FAILED,
                    "name": "lax-m01",
                    "type": "VVF",
                    "start": -100,
                    "stages": STAGES,
                    "attempts": [{"fail": "Cluster", "error": ERROR}, {}],
                },
                {
                    "id": BACK,
                    "name": "nyc-m01",
                    "start": -1000,
                    "outcome": "failed",
                    "status_spelling": {"failed": "ROLLBACK_SUCCESS"},
                },
            ],
        }
    }
}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator.from_dict(SCENARIO) as running:
        yield running


@pytest.fixture
def session(sim: Simulator, session_for: Callable[[Simulator], requests.Session]) -> requests.Session:
    return session_for(sim)


@pytest.fixture
def wire(session: requests.Session) -> Wire:
    return Wire(session)


@pytest.fixture
def token(sim: Simulator, session: requests.Session) -> str:
    spec = model.TokenCreationSpec(username=USER, password=PASSWORD)
    return str(Tokens(configuration(session, sim.url)).create_token(spec).access_token)


@pytest.fixture
def sddcs(sim: Simulator, session: requests.Session, wire: Wire, token: str) -> Sddcs:
    return Sddcs(configuration(session, sim.url, token))


@pytest.fixture
def send(sim: Simulator, session: requests.Session, token: str) -> Callable[..., requests.Response]:
    def request(method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return session.request(method, sim.url + "/v1/sddcs" + path, headers=headers, timeout=TIMEOUT, **options)

    return request


def test_login(sim: Simulator, session: requests.Session, wire: Wire) -> None:
    tokens = Tokens(configuration(session, sim.url))
    tokens.create_token(model.TokenCreationSpec(username=USER, password=PASSWORD))
    assert (wire.status, differences(wire.body, model.TokenPair)) == (201, [])
    with pytest.raises(model.Error):
        tokens.create_token(model.TokenCreationSpec(username=USER, password="wrong"))
    assert (wire.status, differences(wire.body, model.Error)) == (400, [])


def test_get(sddcs: Sddcs, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(15)
    task = sddcs.get_sddc_task_by_id(RUNNING)
    assert differences(wire.body, model.SddcTask) == []
    assert (task.name, task.status) == ("sfo-m01", "IN_PROGRESS")
    assert [(sub.name, sub.processing_state_name, sub.status, sub.milestone_task) for sub in task.sddc_sub_tasks] == [
        ("Deploy vCenter", "vCenter", "COMPLETED_WITH_SUCCESS", "vCenter"),
        ("SSO", "vCenter", "IN_PROGRESS", "vCenter"),
        ("Deploy NSX", "NSX", "INITIALIZED", None),
        ("Cluster", "NSX", "INITIALIZED", None),
        ("Clean up", "Clean up", "INITIALIZED", None),
    ]
    assert [(one.name, one.status, one.completed_tasks, one.total_tasks) for one in task.milestones] == [
        ("vCenter", "IN_PROGRESS", 1, 2),
        ("NSX", "NOT_STARTED", None, None),
    ]
    sim.clock.advance(35)
    assert sddcs.get_sddc_task_by_id(RUNNING).status == "COMPLETED_WITH_SUCCESS"
    assert differences(wire.body, model.SddcTask) == []


def test_get_failed_says_what_went_wrong(sddcs: Sddcs, wire: Wire) -> None:
    task = sddcs.get_sddc_task_by_id(FAILED)
    assert differences(wire.body, model.SddcTask) == []
    assert (task.status, task.deployment_type) == ("COMPLETED_WITH_FAILURE", "VVF")
    assert [said.error_code for sub in task.sddc_sub_tasks for said in sub.errors] == ["NSX_FAILED"]
    assert [one.status for one in task.milestones] == ["COMPLETED_WITH_SUCCESS", "COMPLETED_WITH_FAILURE"]


def test_list(sddcs: Sddcs, wire: Wire) -> None:
    page = sddcs.get_sddc_tasks()
    assert differences(wire.body, model.PageOfSddcTask) == []
    assert [(found.id, found.status) for found in page.elements] == [
        (RUNNING, "IN_PROGRESS"),
        (FAILED, "COMPLETED_WITH_FAILURE"),
        (BACK, "ROLLBACK_SUCCESS"),
    ]


def test_the_specification_has_passwords_in_clear(send: Callable[..., requests.Response]) -> None:
    spec = send("GET", f"/{FAILED}/spec").json()
    assert differences(spec, model.SddcSpec) == []
    assert spec["vcenterSpec"]["rootVcenterPassword"] == "Root-of-vCenter-1!"
    answer = send("GET", f"/{UNKNOWN}/spec")
    assert (answer.status_code, differences(answer.json(), model.Error)) == (404, [])


def test_retry_by_the_client(sddcs: Sddcs, wire: Wire, sim: Simulator) -> None:
    spec = model.SddcSpec(
        sddc_id="lax-m01",
        dns_spec=model.DnsSpec(subdomain="lax.example.com"),
        network_specs=[model.SddcNetworkSpec(network_type="MANAGEMENT", vlan_id=1)],
        vcenter_spec=model.SddcVcenterSpec(vcenter_hostname="vc", root_vcenter_password="p"),
    )
    task = sddcs.retry_sddc(FAILED, spec)
    assert (wire.status, differences(wire.body, model.SddcTask)) == (202, [])
    assert (task.id, task.status) == (FAILED, "IN_PROGRESS")
    sim.clock.advance(20)
    assert sddcs.get_sddc_task_by_id(FAILED).status == "COMPLETED_WITH_SUCCESS"


def test_retry_with_what_was_read_back(send: Callable[..., requests.Response], sim: Simulator) -> None:
    spec = send("GET", f"/{FAILED}/spec").json()
    changed = spec | {"ntpServers": ["10.0.0.9"]}
    assert send("PATCH", f"/{FAILED}", json=changed).status_code == 202
    assert send("GET", f"/{FAILED}/spec").json() == changed
    assert spec != changed


@pytest.mark.parametrize("body", [None, {}, {"sddcId": "x", "dnsSpec": {}, "networkSpecs": []}])
def test_retry_without_the_whole_specification(
    sddcs: Sddcs, send: Callable[..., requests.Response], body: dict[str, Any] | None
) -> None:
    answer = send("PATCH", f"/{FAILED}", json=body)
    assert (answer.status_code, differences(answer.json(), model.Error)) == (400, [])
    assert sddcs.get_sddc_task_by_id(FAILED).status == "COMPLETED_WITH_FAILURE"


def test_retry_of_what_did_not_fail(send: Callable[..., requests.Response]) -> None:
    spec = send("GET", f"/{RUNNING}/spec").json()
    answer = send("PATCH", f"/{RUNNING}", json=spec)
    assert (answer.status_code, differences(answer.json(), model.Error)) == (405, [])


def test_there_is_no_cancel(send: Callable[..., requests.Response]) -> None:
    assert send("DELETE", f"/{RUNNING}").status_code == 404


def test_unknown_id(sddcs: Sddcs, wire: Wire) -> None:
    with pytest.raises(model.Error):
        sddcs.get_sddc_task_by_id(UNKNOWN)
    assert (wire.status, differences(wire.body, model.Error)) == (404, [])


def test_expired_token(sddcs: Sddcs, wire: Wire, sim: Simulator) -> None:
    sim.clock.advance(3600)
    with pytest.raises(UnresolvedError):
        sddcs.get_sddc_tasks()
    assert (wire.status, differences(wire.body, model.Error)) == (401, [])
