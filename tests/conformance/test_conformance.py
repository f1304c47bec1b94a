# SPDX-License-Identifier: GPL-3.0-or-later
"""What every service has to do, or to refuse in the right way. What differs is in C(traits)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.services import SERVICES as SIMULATED
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from tests.conformance.bench import IDS, SDDC_SPEC, SPECS, TASKS, Bench, bench
from tests.conformance.traits import FILTERS, TRAITS

Result = dict[str, Any]


def kind_of(result: Result) -> str | None:
    """Why something failed; None if it did not."""
    return result["failure"]["kind"] if "failure" in result else None


def refused(service: Bench, result: Result, kind: str, *named: str) -> None:
    """It failed in that way, naming what is wrong, before anything was sent."""
    assert (kind_of(result), service.sim.requests) == (kind, []), result.get("msg")
    assert all(name in result["msg"] for name in named), result["msg"]


def needs(service: Bench, ability: str) -> str:
    """Return the trait, or skip the test: that the verb is refused is shown in a test of its own."""
    trait: str = getattr(service.traits, ability)
    if not trait:
        pytest.skip(f"{service.name} {'cancels' if ability == 'cancels' else 'retries'} nothing")
    return trait


# What there is


def test_every_service_is_known_here() -> None:
    assert list(TRAITS) == list(SERVICES) == list(SIMULATED)


@pytest.mark.parametrize("name", SERVICES)
def test_the_traits_are_those_of_the_class(name: str) -> None:
    traits, service = TRAITS[name], SERVICES[name]
    assert traits.without == service.unsupported_filters
    assert traits.without <= FILTERS
    assert traits.cancels == (("failed" if service.cancels_failed else "running") if service.can_cancel else "")
    assert bool(traits.retries) == service.can_retry
    assert (traits.retries if traits.retries in SPECS else None) == service.retry_spec
    assert service.retry_needs_spec == (service.retry_spec == "credentials_spec")


# Reading


def test_get(service: Bench) -> None:
    result = service.ask("task_info", "failed", raw=True)
    (task,) = result["tasks"]
    assert (task["id"], task["service"]) == (IDS["failed"], service.name)
    assert (task["state"], task["done"]) == ("FAILED", True)
    assert task["status"] == task["raw"]["status"]
    assert task["root_causes"][0]["code"] == "NODE-3"
    assert task["root_causes"][0]["message"] == "The node did not answer."
    assert (result["changed"], result["missing"]) == (False, [])


def test_list(service: Bench) -> None:
    many = [{"name": f"task-{number}", "start": -number, "seconds": 0} for number in range(1, 231)]
    with bench(service.name, tasks=many) as made:
        found = made.ask("task_info", **(service.traits.list_needs or {}))["tasks"]
        ids = [made.sim.task_id(task["name"]) for task in many]
    assert [task["id"] for task in found] == ids


def test_list_by_ids(service: Bench) -> None:
    many = [{"name": f"task-{number}", "start": 0, "seconds": 5} for number in range(120)]
    with bench(service.name, tasks=many) as made:
        ids = [made.sim.task_id(task["name"]) for task in many]
        result = made.ask("task_wait", task_ids=ids)
    assert kind_of(result) is None, result.get("msg")
    assert result["states"] == dict.fromkeys(ids, "SUCCEEDED")
    # One list answers for all; only of a list that shows less than the tasks are the ends read one by one.
    assert result["requests"] < 40 or not SERVICES[service.name].list_has_stages


PASSES: dict[str, Callable[[Result, Any], bool]] = {
    "states": lambda task, wanted: task["state"] in wanted,
    "name": lambda task, wanted: wanted.lower() in (task["name"] or "").lower(),
    "type": lambda task, wanted: task["type"] == wanted,
    "resource_id": lambda task, wanted: wanted in [resource["id"] for resource in task["resources"]],
    "resource_type": lambda task, wanted: wanted in [resource["type"] for resource in task["resources"]],
    "created_by": lambda task, wanted: task["created_by"] == wanted,
    "correlation_id": lambda task, wanted: task["correlation_id"] == wanted,
    "created_after": lambda task, wanted: (task["created_at"] or "") > wanted,
    "created_before": lambda task, wanted: (task["created_at"] or "9") < wanted,
    "ended_after": lambda task, wanted: (task["ended_at"] or "") > wanted,
    "include_system_tasks": lambda task, wanted: True,
    "limit": lambda task, wanted: True,
}


def wanted_of(probe: Result, name: str) -> Any:
    """What to look for so that the probe is found, or just not."""
    values = {
        "states": [probe["state"]],
        "name": (probe["name"] or "").upper(),
        "resource_id": "r-1",
        "resource_type": "PROBED",
        "created_after": probe["created_at"],
        "created_before": probe["created_at"],
        "ended_after": probe["ended_at"],
        "include_system_tasks": True,
        "limit": 2,
    }
    return values[name] if name in values else probe[name]


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_filter(service: Bench, name: str) -> None:
    if name in service.traits.without:
        value = {"include_system_tasks": True, "limit": 1}.get(name, "2026-01-01T00:00:00Z")
        needed = service.traits.list_needs or {}
        return refused(service, service.ask("task_info", **{**needed, name: value}), "unsupported", name)
    tasks = {task: service.ask("task_info", task)["tasks"][0] for task in TASKS}
    value = wanted_of(tasks["probe"], name)
    assert value, f"the probe has no {name}"
    asked = {**(service.traits.list_needs or {}), name: value}
    expected = {task["id"] for task in tasks.values() if all(PASSES[one](task, asked[one]) for one in asked)}
    hidden = "include_system_tasks" in FILTERS - service.traits.without and name != "include_system_tasks"
    expected -= {IDS["system"]} if hidden else set()
    found = [task["id"] for task in service.ask("task_info", **asked)["tasks"]]
    if name == "limit":
        assert len(found) == 2
        assert set(found) < expected
        return None
    assert set(found) == expected
    assert len(found) == len(expected)
    everything = set(IDS.values()) - ({IDS["system"]} if hidden else set())
    assert expected
    assert expected < everything or name == "include_system_tasks"
    return None


def test_an_id_there_is_not(service: Bench) -> None:
    strange = "../x y?z=\"'"
    result = service.ask("task_info", task_ids=["nobody-1", strange, IDS["over"]])
    assert (kind_of(result), result["missing"]) == (None, ["nobody-1", strange])
    assert [task["id"] for task in result["tasks"]] == [IDS["over"]]
    verbs = ["task_wait", *(["task_cancel"] if service.traits.cancels else [])]
    for verb in [*verbs, *(["task_retry"] if service.traits.retries else [])]:
        result = service.ask(verb, strange)
        assert (kind_of(result), result["failure"]["task_id"]) == ("not_found", strange), verb
    assert service.writes == []
    # Whose it is the services beside it are asked, where there are any.
    beside = [seen for seen in service.sim.requests if seen["service"] != service.name]
    assert {seen["method"] for seen in beside} <= {"GET"}
    assert all(seen["path"].endswith(("/nobody-1", quote(strange, safe=""))) for seen in beside)


# What blocks


def blocking(service: Bench, **options: Any) -> dict[str, str]:
    """What blocks, and why."""
    result = service.ask("task_info", **(service.traits.list_needs or {}), **options)
    assert kind_of(result) is None, result.get("msg")
    return {task["id"]: task["reason"] for task in result["blocking"]}


def test_what_blocks(service: Bench) -> None:
    # Stages are shown of what is going on where the list has them.
    staged = SERVICES[service.name].list_has_stages and service.name != "vcenter"
    on = "It is RUNNING, in stage download." if staged else "It is RUNNING."
    strange = "It is in a status that is not known here ('Zapping'); until it ends take it for running."
    broken = "It failed and is not resolved: The node did not answer (NODE-3)."
    expected = {
        **dict.fromkeys(("running", "doomed", "steadfast", "stubborn", "purged"), on),
        "strange": strange,
        **dict.fromkeys(("failed", "twice", "hopeless", "probe"), broken),
    }
    named = {IDS[task]: reason for task, reason in expected.items()}
    # It is about all tasks, whichever are selected.
    assert blocking(service) == blocking(service, states=["SKIPPED"], limit=1) == named
    if service.traits.list_needs:
        service.sim.requests.clear()
        return refused(service, service.ask("task_info", "over", blocking=True), "unsupported", "blocking")
    result = service.ask("task_info", "over", blocking=True)
    assert ([task["id"] for task in result["tasks"]], len(result["blocking"])) == ([IDS["over"]], len(named))
    assert service.ask("task_info", "over")["blocking"] is None
    return None


def test_what_went_well_later_blocks_no_longer(service: Bench) -> None:
    def run(number: int, name: str, **more: Any) -> Result:
        # What a bring-up works on is not said, but its name is the same when it is tried again.
        alike = {"name": "bring-up"} if service.name == "vcf_installer" else {}
        resource = {"id": f"r-{name}", "type": "NODE"}
        stages = [{"name": "install", "seconds": 60, "resource": resource}]
        extra = {**alike, **more.pop("extra", {})}
        times = {"start": -600 + 100 * number, "id": f"00000000-0000-4000-8000-00000000000{number}"}
        return {
            "name": f"{name}-{number}",
            **times,
            "type": "UPGRADE",
            "resource": resource,
            "stages": stages,
            **more,
            "extra": extra,
        }

    fails = {"attempts": [{"fail": "install"}]}
    says = service.name == "sddc_manager"
    settled = {"extra": {"resolutionStatus": "RESOLVED"}} if says else {}
    tasks = [run(1, "one", **fails, **settled), run(2, "one"), run(3, "one", **fails)]
    with bench(service.name, tasks=tasks) as made:
        assert [task_id[-1] for task_id in blocking(made)] == ["3"]


def test_what_was_cancelled_blocks_no_longer(service: Bench) -> None:
    task = "failed" if needs(service, "cancels") == "failed" else "running"
    assert IDS[task] in blocking(service)
    assert kind_of(service.ask("task_cancel", task)) is None
    assert IDS[task] not in blocking(service)


# Waiting


def test_wait_for_success(service: Bench) -> None:
    result = service.ask("task_wait", "running")
    assert kind_of(result) is None, result.get("msg")
    assert result["states"] == {IDS["running"]: "SUCCEEDED"}
    assert (result["changed"], result["timed_out"], service.writes) == (False, False, [])
    assert 100 < result["elapsed"] < 240
    assert result["polls"] > 1


def test_wait_for_failure(service: Bench) -> None:
    result = service.ask("task_wait", "doomed")
    assert (kind_of(result), result["failure"]["code"]) == ("task_failed", "NODE-3")
    assert result["failure"]["task_id"] == IDS["doomed"]
    assert "The node did not answer" in result["msg"]
    assert result["states"] == {IDS["doomed"]: "FAILED"}


def test_an_unknown_status_is_waited_on(service: Bench) -> None:
    cut = service.ask("task_wait", "strange", timeout=20)
    assert (kind_of(cut), cut["states"]) == ("timeout", {IDS["strange"]: "UNKNOWN"})
    words = [warning for warning in service.context.warnings if "'Zapping'" in warning]
    assert len(words) == len(service.context.warnings) == 1
    assert cut["polls"] > 2


def test_time_runs_out(service: Bench) -> None:
    result = service.ask("task_wait", "running", timeout=20)
    assert (kind_of(result), result["timed_out"]) == ("timeout", True)
    assert "has not failed" in result["msg"]
    assert service.ask("task_wait", "running")["states"] == {IDS["running"]: "SUCCEEDED"}


def test_a_task_that_is_purged_meanwhile(service: Bench) -> None:
    result = service.ask("task_wait", "purged")
    assert kind_of(result) == "not_found"
    assert "It was there before" in result["msg"]


# Cancelling


def test_cancel(service: Bench) -> None:
    task = "failed" if needs(service, "cancels") == "failed" else "running"
    result = service.ask("task_cancel", task)
    assert kind_of(result) is None, result.get("msg")
    assert (result["changed"], result["cancelled"]) == (True, [IDS[task]])
    assert result["states"] == {IDS[task]: "CANCELED"}
    assert len(service.writes) == 1
    again = service.ask("task_cancel", task)
    assert (kind_of(again), again["changed"], len(service.writes)) == (None, False, 1)


def test_cancel_what_has_ended(service: Bench) -> None:
    needs(service, "cancels")
    for task in ("over", *(["failed"] if service.traits.cancels == "running" else [])):
        result = service.ask("task_cancel", task)
        assert (kind_of(result), result["changed"], result["cancelled"]) == (None, False, [])
    assert service.writes == []


def test_cancel_what_can_not_be_cancelled(service: Bench) -> None:
    task = "running" if needs(service, "cancels") == "failed" else "stubborn"
    result = service.ask("task_cancel", task)
    assert (kind_of(result), result["changed"]) == ("not_allowed", False)
    assert result["not_cancellable"] == [IDS[task]]
    assert service.accepted(task) == []


def test_a_cancel_that_the_task_does_not_heed(service: Bench) -> None:
    if needs(service, "cancels") == "failed":
        pytest.skip("what has failed can not finish first")
    result = service.ask("task_cancel", "steadfast")
    assert kind_of(result) is None, result.get("msg")
    assert (result["finished_first"], result["cancelled"]) == ([IDS["steadfast"]], [])
    assert result["states"] == {IDS["steadfast"]: "SUCCEEDED"}


def test_a_cancel_that_is_under_way(service: Bench) -> None:
    if needs(service, "cancels") == "failed":
        pytest.skip("that takes no time")
    result = service.ask("task_cancel", "running", wait=False)
    assert (kind_of(result), result["changed"]) == (None, True)
    assert result["still_canceling"] == [IDS["running"]]
    # Most have no word for a task that is being canceled: only where there is one does a second cancel follow it for as
    # long as it takes.
    verb = "task_cancel" if service.state("running") == "CANCELING" else "task_wait"
    assert service.ask(verb, "running")["states"] == {IDS["running"]: "CANCELED"}
    assert service.accepted("running") == ["cancel"]


def test_a_cancel_that_takes_effect_soon_is_told_from_one_that_is_refused(service: Bench) -> None:
    if needs(service, "cancels") == "failed":
        pytest.skip("that takes no time")
    service.ask("task_cancel", "running", wait=False)
    # Some seconds before its stage ends.
    service.sim.clock.advance(54)
    assert service.state("running") in ("RUNNING", "CANCELING")
    result = service.ask("task_cancel", "running")
    assert (kind_of(result), result["changed"], result["cancelled"]) == (None, False, [IDS["running"]])
    assert service.accepted("running") == ["cancel"]
    assert len(service.writes) == 1


def test_cancel_where_there_is_none(service: Bench) -> None:
    if service.traits.cancels:
        pytest.skip("there is one")
    refused(service, service.ask("task_cancel", "running"), "unsupported", service.name)


# Retrying


def test_retry(service: Bench) -> None:
    needs(service, "retries")
    result = service.ask("task_retry", "failed")
    assert kind_of(result) is None, result.get("msg")
    assert (result["changed"], result["retried"], result["attempts_made"]) == (True, [IDS["failed"]], 1)
    assert result["states"] == {IDS["failed"]: "SUCCEEDED"}
    again = service.ask("task_retry", "failed")
    assert (kind_of(again), again["changed"], again["retried"]) == (None, False, [])
    assert service.accepted("failed") == ["retry"]


def test_retry_until_it_goes_well(service: Bench) -> None:
    needs(service, "retries")
    result = service.ask("task_retry", "twice", attempts=3, delay=20)
    assert (kind_of(result), result["attempts_made"]) == (None, 2), result.get("msg")
    assert service.accepted("twice") == ["retry", "retry"]


def test_retry_what_fails_again(service: Bench) -> None:
    needs(service, "retries")
    result = service.ask("task_retry", "hopeless")
    assert (kind_of(result), result["failure"]["code"]) == ("task_failed", "NODE-3")
    assert "had failed before the retry (install)" in result["msg"]
    assert (result["changed"], service.accepted("hopeless")) == (True, ["retry"])


def test_retry_what_goes_on(service: Bench) -> None:
    needs(service, "retries")
    result = service.ask("task_retry", "running")
    assert (kind_of(result), result["changed"], result["states"]) == (None, False, {IDS["running"]: "SUCCEEDED"})
    assert service.writes == []


def test_retry_where_there_is_none(service: Bench) -> None:
    if service.traits.retries:
        pytest.skip("there is one")
    refused(service, service.ask("task_retry", "failed"), "unsupported", service.name)


@pytest.mark.parametrize("option", SPECS)
def test_retry_with_a_specification(service: Bench, option: str) -> None:
    given = {name: json.dumps(spec) if name == option else None for name, spec in SPECS.items()}
    result = service.ask("task_retry", "failed", **given)
    if option != service.traits.retries:
        return refused(service, result, "unsupported", service.name)
    assert (kind_of(result), service.state("failed")) == (None, "SUCCEEDED"), result.get("msg")
    assert "Hidden" not in json.dumps(result)
    return None


def test_retry_without_a_specification(service: Bench) -> None:
    if service.traits.retries not in SPECS:
        pytest.skip("it takes none")
    result = service.ask("task_retry", "failed", credentials_spec=None)
    if service.traits.retries == "credentials_spec":
        return refused(service, result, "options", "credentials_spec")
    # It reads back what it was given at first, and sends it as it is: passwords that are masked would be new ones.
    assert kind_of(result) is None, result.get("msg")
    assert service.service.specs[IDS["failed"]] == SDDC_SPEC
    return None


# Nothing is sent twice, nothing that should not be


@pytest.mark.parametrize("verb", ["task_cancel", "task_retry"])
def test_an_answer_that_is_lost(service: Bench, verb: str) -> None:
    ability = "cancels" if verb == "task_cancel" else "retries"
    task = "running" if needs(service, ability) == "running" else "failed"
    for method in ("POST", "PATCH", "DELETE"):
        service.sim.inject({"kind": "reset_after", "method": method, "task": IDS[task], "times": 1})
    result = service.ask(verb, task)
    assert kind_of(result) is None, result.get("msg")
    assert (result["changed"], len(service.writes), len(service.accepted(task))) == (True, 1, 1)


@pytest.mark.parametrize("verb", ["task_wait", "task_cancel", "task_retry"])
def test_check_mode_only_reads(service: Bench, verb: str) -> None:
    if verb != "task_wait":
        needs(service, "cancels" if verb == "task_cancel" else "retries")
    changing = {"task_wait": "", "task_cancel": service.traits.cancels, "task_retry": "failed"}[verb]
    results = {task: service.ask(verb, task, check=True) for task in ("running", "failed", "over")}
    assert {task: result["changed"] for task, result in results.items()} == {
        task: task == changing for task in ("running", "failed", "over")
    }
    assert service.writes == []
    assert all(service.accepted(task) == [] for task in results)


# Logins, and who may do what


def test_one_login_lasts(service: Bench) -> None:
    assert kind_of(service.ask("task_wait", "running")) is None
    assert service.logins == 1


def test_a_login_that_ends_in_the_middle(service: Bench) -> None:
    service.sim.inject({"kind": "unauthorized", "service": service.name, "skip": 3})
    result = service.ask("task_wait", "running")
    assert (kind_of(result), service.logins, result["outages"]) == (None, 2, 0), result.get("msg")


def test_a_wrong_login_is_tried_once(service: Bench) -> None:
    wrong = {"api_token": "wrong-token"} if service.name == "vmc" else {"password": "wrong-password"}
    for verb in ("task_info", "task_wait"):
        service.sim.requests.clear()
        result = service.ask(verb, "running", **wrong)
        assert (kind_of(result), len(service.sim.requests)) == ("authentication", 1), result.get("msg")


def test_a_given_token_is_never_renewed(service: Bench) -> None:
    result = service.ask("task_wait", "running", token="no-such-token")
    assert (kind_of(result), service.logins) == ("authentication", 0)
    assert "given token" in result["msg"]
    assert [seen["status"] for seen in service.sim.requests] == [401]


def test_a_token_of_another_kind(service: Bench) -> None:
    usable = {option for login in SERVICES[service.name].logins for option in login}
    if "api_token" in usable:
        instead, named = {"api_token": None, "username": None, "password": None}, "api_token"
        return refused(service, service.ask("task_info", "over", **instead), "options", named)
    return refused(service, service.ask("task_info", "over", api_token="a-refresh-token"), "options", "api_token")


def test_403(service: Bench) -> None:
    service.sim.inject({"kind": "status", "code": 403, "task": IDS["running"]})
    for verb in ("task_info", "task_wait"):
        before = service.sim.count("GET")
        result = service.ask(verb, "running")
        assert (kind_of(result), result["failure"]["http_status"]) == ("authorization", 403)
        assert service.sim.count("GET") == before + 1


def test_404_for_all(service: Bench) -> None:
    needed = service.traits.list_needs or {}
    auth_url = service.sim.url
    result = service.ask("task_info", **needed, base_path="/nowhere", auth_url=auth_url)
    assert kind_of(result) == "invalid_response"
    assert "base_path" in result["msg"]


def test_options_that_are_missing(service: Bench) -> None:
    login = SERVICES[service.name].logins[0][-1]
    refused(service, service.ask("task_info", **{login: None}), "options", login)
    for option in SERVICES[service.name].required_options:
        refused(service, service.ask("task_info", **{option: None}), "options", option)
    for verb in ("task_wait", "task_cancel", "task_retry"):
        refused(service, service.ask(verb), "options", "task_ids")
    if service.traits.list_needs:
        refused(service, service.ask("task_info"), "options", "task_ids", *service.traits.list_needs)


# Outages

WEATHER: list[dict[str, Any]] = [
    {"kind": "status", "code": 503},
    {"kind": "html"},
    {"kind": "status", "code": 404, "body": "<html>no such page</html>"},
    {"kind": "reset_before"},
    {"kind": "reset_after"},
    {"kind": "truncated"},
    {"kind": "not_json"},
    {"kind": "status", "code": 429, "headers": {"Retry-After": "3"}},
]


@pytest.mark.parametrize("weather", WEATHER, ids=lambda weather: f"{weather['kind']}{weather.get('code', '')}")
def test_an_outage_is_ridden_out(service: Bench, weather: dict[str, Any]) -> None:
    for method in ("GET", "POST"):
        service.sim.inject(
            {**weather, "service": service.name, "method": method, "path": "tasks|sddcs", "after": 20, "for": 15}
        )
    result = service.ask("task_wait", "running", max_outage=60)
    assert kind_of(result) is None, result.get("msg")
    assert (result["states"], result["lost_contact"]) == ({IDS["running"]: "SUCCEEDED"}, False)
    assert result["outages"] == 1
    assert result["outage_seconds"] > 0


def test_a_login_in_an_outage(service: Bench) -> None:
    service.sim.inject({"kind": "html", "times": 2})
    result = service.ask("task_info", "over")
    assert (kind_of(result), service.logins) == (None, 3), result.get("msg")


@pytest.mark.parametrize("name", SERVICES)
def test_contact_is_lost(name: str) -> None:
    with bench(name) as service:
        service.sim.inject({"kind": "html", "service": name, "path": "tasks|sddcs", "after": 20})
        result = service.ask("task_wait", "running", max_outage=60)
        service.sim.forget_tokens()
    assert (kind_of(result), result["lost_contact"]) == ("lost_contact", True)
    assert result["states"] == {IDS["running"]: "RUNNING"}
    assert result["outage_seconds"] >= 60


# Secrets, sessions

PLANTED = {
    "oldPassword": "Hidden-old-1",
    "newPassword": "Hidden-new-1",
    "params": {"password": "Hidden-param-1", "user": "root"},
}


def leaky(service: Bench, number: int, **more: Any) -> dict[str, Any]:
    """A task that is full of secrets."""
    login = service.options().get("password") or service.options()["api_token"]
    error = {"code": "E-1", "message": f"password=Hidden-text-1 was refused, and {login} too."}
    stages = [{"name": "rotate secret=Hidden-stage-1", "seconds": 60, "extra": PLANTED}]
    fails = {"fail": stages[0]["name"], "error": error}
    name = f"leaky-{number}"
    return {
        "name": name,
        "id": name,
        "stages": stages,
        "attempts": [fails],
        "extra": PLANTED,
        "spec": SDDC_SPEC,
        **more,
    }


def test_secrets_never_appear(service: Bench) -> None:
    tasks = [leaky(service, 1, start=-600), leaky(service, 2)]
    said = {"errorCode": "E-2", "message": "password=Hidden-error-1", "newPassword": "Hidden-error-2"}
    with bench(service.name, tasks=tasks) as made:
        results = [
            made.ask("task_info", "leaky-1", raw=True),
            made.ask("task_info", raw=True, **(service.traits.list_needs or {})),
            made.ask("task_wait", "leaky-2"),
        ]
        assert [kind_of(result) for result in results] == [None, None, "task_failed"]
        if service.traits.retries:
            results.append(made.ask("task_retry", "leaky-1"))
            assert kind_of(results[-1]) == "task_failed"
        for method in ("POST", "PATCH", "DELETE"):
            made.sim.inject({"kind": "status", "code": 400, "method": method, "path": "leaky", "body": said})
        results += [made.ask(verb, "leaky-1") for verb in ("task_cancel", "task_retry")]
        made.sim.inject({"kind": "status", "code": 403, "method": "GET", "path": "leaky", "body": said})
        results.append(made.ask("task_wait", "leaky-1"))
        warnings = made.context.warnings
    text = json.dumps([results, warnings])
    assert "Hidden" not in text, text[max(0, text.index("Hidden") - 300) :][:400]
    assert text.count("********") > 5
    assert results[0]["tasks"][0]["raw"]["oldPassword"] == "********"
    assert results[0]["tasks"][0]["raw"]["params"] == {"password": "********", "user": "root"}


def test_sessions_are_closed_whatever_happens(service: Bench) -> None:
    if service.name != "vcenter":
        pytest.skip("it has no sessions")
    tokens = service.service.tokens
    ends = [
        kind_of(service.ask("task_info", "over")),
        kind_of(service.ask("task_cancel", "stubborn")),
        kind_of(service.ask("task_wait", "doomed")),
        kind_of(service.ask("task_wait", "nobody")),
        kind_of(service.ask("task_wait", "nobody", timeout=0)),
    ]
    service.sim.inject({"kind": "status", "code": 403, "task": IDS["over"]})
    ends.append(kind_of(service.ask("task_info", "over")))
    service.sim.inject({"kind": "deep", "task": IDS["failed"]})
    ends.append(kind_of(service.ask("task_info", "failed")))
    assert ends == [None, "not_allowed", "task_failed", "not_found", "timeout", "authorization", "invalid_response"]
    assert len(tokens.opened) == len(ends)
    assert tokens.opened == tokens.closed
