# SPDX-License-Identifier: GPL-3.0-or-later
"""What options mean, and which are refused."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure, UnsupportedFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import (
    RETRYING_SPEC,
    SELECTION_SPEC,
    WAITING_SPEC,
    Connection,
    Retrying,
    Selection,
    Waiting,
    connection_spec,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State
from tests.unit.fakes import EPOCH

SENSES = {
    Connection: {**connection_spec(60.0)},
    Selection: SELECTION_SPEC,
    Waiting: WAITING_SPEC,
    Retrying: RETRYING_SPEC,
}
"""What each spec is read by."""

WHERE = {"service": "fleet_lcm", "hostname": "fleet.example.com"}


@pytest.mark.parametrize("kind", SENSES, ids=lambda kind: kind.__name__)
def test_every_option_is_read_and_has_the_same_default(kind: Any) -> None:
    given = {name: option.get("default") for name, option in SENSES[kind].items()}
    needed = WHERE if kind is Connection else {}
    assert set(SENSES[kind]) == set(kind.__dataclass_fields__)
    assert kind.of({**given, **needed}) == kind(**needed)


# Connection -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("hostname", None),
        ("hostname", ""),
        ("hostname", "https://fleet.example.com"),
        ("hostname", "fleet.example.com/fleet-lcm"),
        ("hostname", "fleet.example.com:443"),
        ("hostname", "admin@fleet.example.com"),
        ("hostname", "fleet example.com"),
        ("hostname", "fleet.example.com\n"),
        ("hostname", "fleet..example.com"),
        ("hostname", "-fleet"),
        ("hostname", "a" * 64),
        ("hostname", ".".join(["a" * 60] * 5)),
        ("hostname", "[fleet"),
        ("hostname", "[fleet.example.com]:443"),
        ("port", 0),
        ("port", -1),
        ("port", 65536),
        ("token", "two words"),
        ("token", "line\nbreak"),
        ("token", "t\u00f6ken"),
        ("api_token", "line\r\nInjected: yes"),
        ("auth_url", "http://id.example.com"),
        ("auth_url", "id.example.com"),
        ("auth_url", "https://"),
        ("auth_url", "https://user:pw@id.example.com"),
        ("auth_url", "https://id.example.com:99999"),
        ("auth_url", "https://id.example.com?x=1"),
        ("auth_url", "https://id.example.com#x"),
        ("auth_url", "https://[::1"),
        ("base_path", "fleet-lcm"),
        ("base_path", "/fleet lcm"),
        ("base_path", "/a?b"),
        ("base_path", "//evil.example.com"),
        ("base_path", "/a/%2e%2e"),
        ("base_path", "/a\n"),
        ("ca_path", "/nonexistent/ca.pem"),
        ("username", "half \ud83d"),
        ("password", "half \ud83d"),
        ("org_id", "half \ud83d"),
        ("request_timeout", 0.0),
        ("request_timeout", -1.0),
        ("request_timeout", math.nan),
        ("request_timeout", math.inf),
        ("max_outage", -1.0),
        ("max_outage", math.nan),
        ("max_outage", math.inf),
    ],
)
def test_bad_connection(option: str, value: Any) -> None:
    with pytest.raises(OptionsFailure, match=f"^{option} "):
        Connection.of({**WHERE, option: value})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("hostname", "localhost"),
        ("hostname", "fleet.example.com."),
        ("hostname", "sddc_manager-1"),
        ("hostname", "192.0.2.1"),
        ("hostname", "2001:db8::1"),
        ("port", 65535),
        ("auth_url", "https://id.example.com:8443/prefix"),
        ("auth_url", "https://[2001:db8::1]"),
        ("base_path", "/"),
        ("base_path", "/a/b-c.d_e~f/"),
        ("max_outage", 0.0),
    ],
)
def test_good_connection(option: str, value: Any) -> None:
    assert getattr(Connection.of({**WHERE, option: value}), option) == value


def test_a_bad_value_that_may_be_secret_is_not_repeated() -> None:
    for option in ("token", "api_token"):
        with pytest.raises(OptionsFailure) as caught:
            Connection.of({**WHERE, option: "my secret"})
        assert "secret" not in caught.value.as_sentence()
    with pytest.raises(OptionsFailure) as caught:
        Connection.of({**WHERE, "auth_url": "https://user:hunter2@id.example.com"})
    assert "hunter2" not in caught.value.as_sentence()


def test_ca_path_has_to_hold_certificates(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.pem", tmp_path / "good.pem"
    bad.write_text("no certificate\n", encoding="utf-8")
    trustme.CA().cert_pem.write_to_path(good)
    for path in (bad, tmp_path):
        with pytest.raises(OptionsFailure, match=r"^ca_path "):
            Connection.of({**WHERE, "ca_path": str(path)})
    assert Connection.of({**WHERE, "ca_path": str(good)}).verify == str(good)
    # Where nothing is verified nothing is read.
    assert Connection.of({**WHERE, "ca_path": str(bad), "validate_certs": False}).verify is False
    assert Connection.of(WHERE).verify is True


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        ({}, "https://fleet.example.com"),
        ({"port": 8443}, "https://fleet.example.com:8443"),
        ({"hostname": "::1"}, "https://[::1]"),
        ({"hostname": "[::1]"}, "https://[::1]"),
        ({"hostname": "::1", "port": 8443}, "https://[::1]:8443"),
    ],
)
def test_origin(settings: dict[str, Any], origin: str) -> None:
    assert Connection.of({**WHERE, **settings}).origin == origin


LOGIN = {"username": "admin", "password": "secret"}


@pytest.mark.parametrize(
    ("service", "settings", "said"),
    [
        ("fleet_lcm", {}, "needs username and password or token"),
        ("fleet_lcm", {"username": "admin"}, "needs username and password"),
        ("fleet_lcm", {"username": "admin", "password": ""}, "needs username and password"),
        ("fleet_lcm", {"api_token": "x"}, "api_token"),
        ("fleet_lcm", {**LOGIN, "api_token": "x"}, "api_token"),
        ("fleet_lcm", {**LOGIN, "org_id": "o"}, "org_id"),
        ("sddc_manager", {}, "username and password or api_token or token"),
        ("sddc_manager", {"token": "x", "org_id": "o"}, "org_id"),
    ],
)
def test_what_a_service_can_not_log_in_with(service: str, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionsFailure, match=said):
        SERVICES[service].check_connection(Connection.of({**WHERE, **settings, "service": service}))


@pytest.mark.parametrize(
    ("service", "settings"),
    [
        ("fleet_lcm", LOGIN),
        ("fleet_lcm", {"token": "x"}),
        ("fleet_lcm", {"token": "x", "api_token": "x"}),
        ("sddc_manager", LOGIN),
        ("sddc_manager", {"api_token": "x"}),
        ("sddc_manager", {"token": "x"}),
    ],
)
def test_what_a_service_can_log_in_with(service: str, settings: dict[str, Any]) -> None:
    SERVICES[service].check_connection(Connection.of({**WHERE, **settings, "service": service}))


# Selection ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"task_ids": [""]}, "task_ids"),
        ({"task_ids": ["a", " \t"]}, "task_ids"),
        ({"task_ids": ["a"], "name": "n"}, "task_ids .*name"),
        ({"task_ids": [], "states": ["FAILED"]}, "task_ids .*states"),
        ({"task_ids": ["a"], "created_after": "2026-01-01"}, "task_ids .*created_after"),
        ({"limit": 0}, "limit"),
        ({"limit": -1}, "limit"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"created_before": "1763762400"}, "created_before"),
        ({"created_before": "1763762400.5"}, "created_before"),
        ({"created_before": "-5"}, "created_before"),
        ({"ended_after": "2026-13-01"}, "ended_after"),
    ],
)
def test_bad_selection(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionsFailure, match=said):
        Selection.of(options)


def test_selection() -> None:
    selection = Selection.of(
        {"states": ["FAILED"], "created_after": "2026-11-21T22:00:00+01:00", "limit": 1, "name": ""}
    )
    assert selection.states == (State.FAILED,)
    assert selection.created_after == datetime(2026, 11, 21, 21, tzinfo=timezone.utc)
    assert selection.filters == ["states", "created_after"]
    assert Selection.of({"ended_after": "2026-11-21T22:00:00"}).ended_after == EPOCH


def test_an_id_given_twice_is_one_id() -> None:
    assert Selection.of({"task_ids": ["b", "a", "b"]}).task_ids == ("b", "a")
    # What Ansible makes of the text "b, a".
    assert Selection.of({"task_ids": ["b", " a"]}).task_ids == ("b", "a")


@pytest.mark.parametrize(
    "options", [{}, {"task_ids": []}, {"limit": 5}, {"include_system_tasks": True}, {"states": []}]
)
def test_everything_is_no_selection(options: dict[str, Any]) -> None:
    with pytest.raises(OptionsFailure, match="which tasks to cancel"):
        Selection.of(options).require("cancel")


@pytest.mark.parametrize("options", [{"task_ids": ["a"]}, {"name": "n"}, {"ended_after": "2026-01-01"}])
def test_something_is_a_selection(options: dict[str, Any]) -> None:
    Selection.of(options).require("cancel")


@pytest.mark.parametrize("options", [{"created_by": "admin"}, {"correlation_id": "c"}, {"include_system_tasks": True}])
def test_a_filter_that_a_service_can_not_serve(options: dict[str, Any]) -> None:
    SERVICES["fleet_lcm"].check_selection(Selection.of(options))
    with pytest.raises(UnsupportedFailure, match=next(iter(options))):
        SERVICES["sddc_manager"].check_selection(Selection.of(options))


# Waiting --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("option", ["timeout", "stall_after", "poll_interval", "max_poll_interval"])
def test_bad_seconds(option: str, value: float) -> None:
    with pytest.raises(OptionsFailure, match=f"^{option} "):
        Waiting.of({option: value})


@pytest.mark.parametrize("option", ["poll_interval", "max_poll_interval"])
def test_an_interval_of_nothing(option: str) -> None:
    with pytest.raises(OptionsFailure, match=f"^{option} "):
        Waiting.of({option: 0.0})


@pytest.mark.parametrize(
    "value", ["soon", "2026-11-21T02:00:00", "2026-11-21", "1795298400", "02:00", "2026-11-21T25:00Z"]
)
def test_bad_deadline(value: str) -> None:
    with pytest.raises(OptionsFailure, match=r"^deadline "):
        Waiting.of({"deadline": value})


@pytest.mark.parametrize(
    ("deadline", "left"),
    [
        ("2026-11-21T22:10:00Z", 600.0),
        ("2026-11-21T22:10:00z", 600.0),
        ("2026-11-21T23:10:00+01:00", 600.0),
        ("2026-11-21T23:10:00+0100", 600.0),
        ("2026-11-21T17:10:00-05:00", 600.0),
        ("2026-11-21T21:00:00Z", 0.0),
        ("2026-11-22T22:00:00Z", 3600.0),
        (None, 3600.0),
    ],
)
def test_the_earlier_of_timeout_and_deadline_counts(deadline: str | None, left: float) -> None:
    assert Waiting.of({"deadline": deadline}).seconds_left(EPOCH) == left


def test_a_timeout_of_nothing_is_a_timeout() -> None:
    assert Waiting.of({"timeout": 0.0}).seconds_left(EPOCH) == 0.0


# Retrying -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value"),
    [("attempts", 0), ("attempts", -1), ("delay", -1.0), ("delay", math.nan), ("delay", math.inf)],
)
def test_bad_retrying(option: str, value: Any) -> None:
    with pytest.raises(OptionsFailure, match=f"^{option} "):
        Retrying.of({option: value})


@pytest.mark.parametrize("pattern", ["(", "*", "[a"])
def test_a_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(OptionsFailure, match=r"^retry_on\b"):
        Retrying.of({"retry_on": ["fine", pattern]})


def test_what_is_worth_a_retry() -> None:
    retrying = Retrying.of({"retry_on": ["^LCM_DNS", "time(d)? ?out"]})
    assert retrying.covers(["LCM_DNS_ERROR", None])
    assert retrying.covers([None, "The request timed out"])
    assert not retrying.covers(["MY_LCM_DNS", "broken", None])
    assert not retrying.covers([])
    assert Retrying().covers([])
