# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret can be in a scenario: they are planted wherever a service can say anything."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from ansible_collections.vcf.lifecycle.extensions.simulator.services.base import Json
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.scenario import text_of
from tests.conformance.bench import Bench
from tests.conformance.capturing import captured
from tests.conformance.fleet import NEWEST, fleet
from tests.conformance.sddc import sddc

SECRET = "Hunter2-is-secret!"
KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"
TEXTS = [
    f"password={SECRET}",
    f'The login failed: {{"username": "root", "password": "{SECRET}"}}',
    json.dumps({"oldPassword": SECRET, "nested": [{"apiKey": SECRET}]}),
    json.dumps({"spec": json.dumps({"rootPassword": SECRET})}),
    f"https://root:{SECRET}@esx01.sfo.example.com/sdk",
    f"Authorization: Bearer {SECRET}0123456789",
    f"passphrase: '{SECRET}'",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJIdW50ZXIyLWlzLXNlY3JldCJ9.Hunter2-is-secret",
    f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n-----END RSA PRIVATE KEY-----",
]
FOUND = ("Hunter2", "Hidden-login", "Hidden-api-token", KEY)
FIELDS = {"password": SECRET, "newPassword": SECRET, "access_token": SECRET, "privateKey": KEY}
IDENTIFIERS = ("id", "status", "state", "version", "type", "resultStatus", "downloadStatus")
ENDINGS = ("Id", "Time", "Timestamp", "Version", "Status", "_time")


TIMES = 3
"""How often each service is captured, with another secret in each text each time."""


def planted(value: Any, texts: Iterator[str], key: str = "") -> Any:
    """An answer with a secret in each of its texts that nothing depends on, and in fields of their own."""
    if isinstance(value, dict):
        return {**FIELDS, **{name: planted(item, texts, name) for name, item in value.items()}}
    if isinstance(value, list):
        return [planted(item, texts, key) for item in value]
    # Without these nothing can be read.
    if not isinstance(value, str) or key in IDENTIFIERS or key.endswith(ENDINGS):
        return value
    return f"{value} {next(texts)}"


def plant(line: Bench) -> None:
    """Have a service plant secrets in all that it answers from now on."""
    options = line.options()
    texts = itertools.cycle([*TEXTS, f"{options.get('password') or options['api_token']} is what was typed"])
    answer = line.service.answer

    def with_secrets(call: Any, route: Any, values: Any) -> Response:
        said = answer(call, route, values)
        if route.open or not isinstance(said, Json):
            return said
        return Json(planted(json.loads(said.body), texts), said.status_code)

    line.service.answer = with_secrets  # type: ignore[method-assign]


def check(line: Bench, **options: Any) -> None:
    plant(line)
    for how in ({"pseudonyms": number == 0} for number in range(TIMES)):
        found = captured(line, **options)
        assert found["services"][line.name]["tasks"]
        for shown in (json.dumps(found), text_of({"it": found}, **how)):
            assert [secret for secret in FOUND if secret in shown] == [], shown


def test_no_secret_of_any_service_is_in_the_scenario(service: Bench) -> None:
    check(service, **({"types": ["com.vmware.vcenter.lcm.update"]} if service.name == "vcenter" else {}))


def test_no_secret_of_an_upgrade_is_in_the_scenario() -> None:
    with fleet() as line:
        plan_id = line.plan(**NEWEST)
        given = {"componentsFilter": [{"id": line.component_id("OPS"), "userInputSpec": {"any": SECRET}}]}
        line.post(f"upgrade-plans/{plan_id}?action=configure", given)
        line.sim.advance(100)
        line.post(f"upgrade-plans/{plan_id}?action=precheck")
        line.sim.advance(100)
        check(line)
    with sddc(downloaded=True) as second:
        second.check()
        second.sim.advance(100)
        second.post("POST", "upgrades", second.spec("SDDC_MANAGER"))
        check(second)
