# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with logins, tokens and rights."""

from __future__ import annotations

from tests.faults.row import ALL, LOGIN_PATHS, TASK_PATHS, Outcome, Row

BUT_VMC = tuple(name for name in ALL if name != "vmc")
# A session of vCenter lives for as long as it is used.
BUT_VCENTER = tuple(name for name in ALL if name != "vcenter")

_REJECTED = Row(
    "rejected-login",
    "the password is wrong",
    Outcome("authentication", "UNSEEN", logins=1, reads=0, says="accounts lock"),
    options={"password": "wrong-password"},
)

ROWS = [
    *Row(
        "401-once",
        "a token is no longer taken",
        Outcome("success", "SUCCEEDED", outages=0, logins=2),
        faults=({"kind": "unauthorized", "path": TASK_PATHS, "skip": 3},),
    ).at(*ALL),
    *Row(
        "401-for-ever",
        "no token is ever taken",
        Outcome("authentication", "UNSEEN", logins=2, reads=2),
        faults=({"kind": "status", "code": 401, "path": TASK_PATHS},),
    ).at("fleet_lcm", "sddc_manager_credentials", "vcenter", "vmc"),
    *Row(
        "401-from-now-on",
        "no token is taken any more",
        Outcome("authentication", "RUNNING", logins=2),
        faults=({"kind": "status", "code": 401, "path": TASK_PATHS, "after": 20},),
    ).at("fleet_lcm", "sddc_manager", "vcenter"),
    *_REJECTED.at(*BUT_VMC),
    Row(
        _REJECTED.name,
        "the API token is wrong",
        _REJECTED.expected,
        "vmc",
        options={"api_token": "wrong-token"},
    ),
    *Row(
        "rejected-once-after-it-worked",
        "a login that had worked is rejected once",
        Outcome("success", "SUCCEEDED", outages=0, logins=3),
        faults=(
            {"kind": "unauthorized", "path": TASK_PATHS, "skip": 3},
            {"kind": "status", "code": 401, "path": LOGIN_PATHS, "method": "POST", "skip": 1, "times": 1},
        ),
    ).at("fleet_lcm", "sddc_manager", "vcenter"),
    *Row(
        "rejected-for-good-after-it-worked",
        "a login that had worked is rejected from then on",
        Outcome("authentication", "RUNNING", elapsed=(120, 160), logins=4),
        but={"stages": [{"name": "long", "seconds": 10000}]},
        faults=(
            {"kind": "unauthorized", "path": TASK_PATHS, "skip": 3},
            {"kind": "status", "code": 401, "path": LOGIN_PATHS, "method": "POST", "skip": 1},
        ),
    ).at("fleet_lcm", "vcf_installer", "vmc"),
    *Row(
        "given-token-expires",
        "a token that was given is not taken",
        Outcome("authentication", "UNSEEN", logins=0, reads=1, says="never renewed"),
        options={"token": "an-old-token"},
    ).at("sddc_lcm", "vmc"),
    *Row(
        "token-expires",
        "tokens expire two times in the wait",
        Outcome("success", "SUCCEEDED", outages=0, logins=3),
        service_is={"token_lifetime": 50},
    ).at(*BUT_VCENTER),
    *Row(
        "login-is-down",
        "whoever issues tokens answers 503 for a time, when a new one is needed",
        Outcome("success", "SUCCEEDED", outages=1, outage_seconds=(10, 50)),
        faults=(
            {"kind": "unauthorized", "path": TASK_PATHS, "skip": 3},
            {"kind": "status", "code": 503, "path": LOGIN_PATHS, "after": 10, "for": 30},
        ),
    ).at("fleet_lcm", "vcenter", "vmc"),
    *Row(
        "403",
        "the user may not read tasks",
        Outcome("authorization", "UNSEEN", logins=1, reads=1),
        faults=({"kind": "status", "code": 403, "path": TASK_PATHS},),
    ).at(*ALL),
    *Row(
        "403-from-now-on",
        "the user's role is taken away in the wait",
        Outcome("authorization", "RUNNING", logins=1),
        faults=({"kind": "status", "code": 403, "path": TASK_PATHS, "after": 20},),
    ).at(
        "sddc_manager",
    ),
]
