# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are none: error statuses, proxies' pages, bodies that make no sense."""

from __future__ import annotations

from typing import Any

from tests.faults.row import ALL, READ, TASK_PATHS, Outcome, Row

_RIDDEN_OUT = Outcome("success", "SUCCEEDED", outages=1, logins=1)


def _for_a_time(name: str, scenario: str, **fault: Any) -> Row:
    """All that is asked about tasks gets that answer for 30 s of the wait, which goes on afterwards."""
    return Row(name, scenario, _RIDDEN_OUT, faults=({"path": TASK_PATHS, "after": 20, "for": 30, **fault},))


def _once(name: str, scenario: str, **fault: Any) -> Row:
    """One read in the wait gets that answer."""
    return Row(name, scenario, _RIDDEN_OUT, faults=({**READ, "skip": 3, "times": 1, **fault},))


def _at_first(name: str, scenario: str, says: str, **fault: Any) -> Row:
    """The first read ever gets that answer, and it is clear that the address is wrong, or the service not the one."""
    expected = Outcome("invalid_response", "UNSEEN", logins=1, reads=1, says=says)
    return Row(name, scenario, expected, faults=({**READ, **fault},))


ROWS = [
    *_for_a_time("408", "reads are answered with 408", kind="status", code=408).at("sddc_lcm", "vcenter"),
    *_for_a_time("409-on-read", "reads are answered with 409", kind="status", code=409).at("fleet_lcm", "sddc_manager"),
    *_for_a_time("429", "the service is busy (429), and does not say for how long", kind="status", code=429).at(
        "fleet_lcm", "sddc_manager_credentials", "vmc"
    ),
    *Row(
        "429-with-retry-after",
        "the service is busy, and asks to be left alone for 40 s",
        Outcome("success", "SUCCEEDED", outages=1, outage_seconds=(40, 41)),
        faults=({"kind": "status", "code": 429, "headers": {"Retry-After": "40"}, **READ, "skip": 3, "times": 1},),
    ).at("sddc_lcm", "vcf_installer", "vcenter"),
    *Row(
        "503-with-retry-after",
        "the service is down for maintenance, and asks to be left alone for 40 s",
        Outcome("success", "SUCCEEDED", outages=1, outage_seconds=(40, 41)),
        faults=({"kind": "status", "code": 503, "headers": {"Retry-After": "40"}, **READ, "skip": 3, "times": 1},),
    ).at("sddc_manager_credentials", "vmc"),
    *Row(
        "429-with-a-day",
        "the service asks to be left alone for a day: a minute is obeyed",
        Outcome("success", "SUCCEEDED", outages=1, outage_seconds=(60, 61)),
        options={"max_outage": 300},
        faults=({"kind": "status", "code": 429, "headers": {"Retry-After": "86400"}, **READ, "skip": 3, "times": 1},),
    ).at(
        "sddc_manager",
    ),
    *_for_a_time("500", "the service answers 500", kind="status", code=500, body={"message": "Sorry."}).at(
        "vcf_installer", "vcenter", "vmc"
    ),
    *_for_a_time("502", "a proxy answers 502 in HTML", kind="html").at(*ALL),
    *_for_a_time("503", "the service answers 503 for less than max_outage", kind="status", code=503).at(
        "fleet_lcm", "sddc_manager", "vcenter"
    ),
    *Row(
        "503-for-too-long",
        "the service answers 503 for longer than max_outage",
        Outcome("lost_contact", "RUNNING", lost_contact=True, outages=1, outage_seconds=(60, 61)),
        faults=({"kind": "status", "code": 503, "path": TASK_PATHS, "after": 20},),
    ).at("sddc_lcm", "sddc_manager_credentials", "vmc"),
    *Row(
        "503-from-the-start",
        "the service, and whoever issues its tokens, answers 503 from the start",
        Outcome("unreachable", "UNSEEN", outages=1, outage_seconds=(60, 61), reads=0),
        faults=({"kind": "status", "code": 503},),
    ).at("fleet_lcm", "vcenter"),
    *_for_a_time(
        "portal", "a portal answers 200 with its login page", kind="status", code=200, body="<html>Hi</html>"
    ).at("sddc_manager", "vmc"),
    *Row(
        "wrong-content-type",
        "answers in JSON are said to be HTML",
        Outcome("success", "SUCCEEDED", outages=0),
        faults=({"kind": "mislabeled", **READ, "times": 100},),
    ).at("fleet_lcm", "vcf_installer", "vcenter"),
    *_for_a_time("not-json", "answers are said to be JSON, and are none", kind="not_json").at(
        "sddc_lcm", "sddc_manager_credentials", "vcenter"
    ),
    *_for_a_time("nothing", "answers are empty", kind="status", code=200).at("fleet_lcm", "vmc"),
    *_once("a-list-for-a-task", "a list comes where a task belongs", kind="shape", body=[]).at(
        "fleet_lcm", "vcenter", "vmc"
    ),
    *_once("a-number-for-a-task", "a number comes where a task belongs", kind="shape", body=7).at(
        "sddc_manager",
    ),
    *_once(
        "another-task",
        "the answer is another task, which has succeeded",
        kind="shape",
        body={"id": "another", "status": "SUCCESSFUL"},
    ).at("sddc_manager", "sddc_manager_credentials"),
    *_at_first("no-task-at-first", "the first answer is no task", "not a task", kind="shape", body={"a": 1}).at(
        "sddc_lcm", "vcf_installer", "vmc"
    ),
    *_at_first("huge", "the first answer has 33 megabytes", "is larger than", kind="huge", megabytes=33).at(
        "sddc_manager",
    ),
    *_at_first("deep", "the first answer is nested 100,000 times", "nested too deeply", kind="deep").at(
        "fleet_lcm", "vmc"
    ),
    *_once("huge-once", "an answer in the wait has 33 megabytes", kind="huge", megabytes=33).at(
        "fleet_lcm",
    ),
    *_once("deep-once", "an answer in the wait is nested 100,000 times", kind="deep").at("sddc_manager", "vcenter"),
    *_at_first(
        "redirect",
        "the first answer leads to another host",
        "no credentials go there",
        kind="redirect",
        location="https://elsewhere.example.com/",
    ).at("fleet_lcm", "vcenter", "vmc"),
    *_for_a_time(
        "redirect-for-a-time",
        "a proxy leads to another host for a time",
        kind="redirect",
        location="https://sorry.example.com/",
    ).at("fleet_lcm", "vcenter"),
    *Row(
        "404-at-first",
        "the task is not known in its first seconds",
        Outcome("success", "SUCCEEDED", outages=0, warnings=0),
        but={"appears_after": 4},
    ).at(*ALL),
    *Row(
        "404-for-ever",
        "the task is never known",
        Outcome("not_found", "UNSEEN", outages=0, elapsed=(5, 8), says="knows no task"),
        but={"appears_after": 10000},
    ).at("sddc_manager", "sddc_manager_credentials", "vcf_installer", "vcenter"),
    *Row(
        "404-after-it-was-seen",
        "the task is purged in the wait",
        Outcome("not_found", "RUNNING", outages=0, elapsed=(30, 50), says="It was there before"),
        task="purged",
    ).at(*ALL),
    *Row(
        "404-of-a-gateway",
        "a gateway answers 404 for all tasks for 30 s",
        Outcome("success", "SUCCEEDED", logins=1),
        faults=(
            {
                "kind": "status",
                "code": 404,
                "body": {"message": "no Route matched"},
                "path": TASK_PATHS,
                "after": 20,
                "for": 30,
            },
        ),
    ).at(*ALL),
    *Row(
        "404-of-a-gateway-for-too-long",
        "a gateway answers 404 for all tasks, for longer than max_outage",
        Outcome("lost_contact", "RUNNING", lost_contact=True, says="This says nothing about the task"),
        faults=(
            {"kind": "status", "code": 404, "body": {"message": "no Route matched"}, "path": TASK_PATHS, "after": 20},
        ),
    ).at("fleet_lcm", "sddc_manager", "vcenter"),
]
